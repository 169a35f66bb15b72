"""Findings for which the model has to run stand in the pages as they come out now."""

import re

import pytest
from scripts.docs_site.findings import RUN, marked_pages

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
TOLD_ELSEWHERE = {"validation"}  # tests/verify/test_validate.py has run it


@pytest.mark.long
@pytest.mark.parametrize("key", sorted(set(RUN) - TOLD_ELSEWHERE))
def test_a_finding_is_what_the_model_gives(key):
    texts = [page.read_text(encoding="utf-8") for page in marked_pages()]
    [shown] = {
        m for t in texts for m in re.findall(rf"<!-- found: {key} -->(.*?)<!-- /found -->", t, re.DOTALL)
    }
    now = RUN[key]()
    assert NUMBER.sub("#", now) == NUMBER.sub("#", shown)
    read = [[float(n.replace(",", "")) for n in NUMBER.findall(text)] for text in (now, shown)]
    assert read[0] == pytest.approx(read[1], rel=0.02)
