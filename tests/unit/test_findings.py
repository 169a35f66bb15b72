"""Numbers in the sentences of README and docs are those that tables and pages give now."""

import re

import pytest
from scripts.docs_site.findings import READ, RUN, marked_pages, written_anew


@pytest.mark.parametrize("page", marked_pages(), ids=lambda p: p.stem)
def test_the_numbers_that_are_read_are_those_of_today(page):
    text = page.read_text(encoding="utf-8")
    assert text == written_anew(text, READ)


def test_every_mark_is_one_that_is_known_and_every_finding_is_told():
    texts = [page.read_text(encoding="utf-8") for page in marked_pages()]
    told = {key for text in texts for key in re.findall(r"<!-- found: ([\w.]+) -->", text)}
    assert told == {*READ, *RUN}


def test_a_number_that_changed_is_written_anew():
    page = "<!-- found: contexts -->14<!-- /found --> kinds, <!-- found: other -->1<!-- /found -->"
    said = "<!-- found: contexts -->15<!-- /found --> kinds, <!-- found: other -->1<!-- /found -->"
    assert written_anew(page, {"contexts": lambda: "15"}) == said


def test_no_line_begins_with_a_mark():
    """What follows on such a line would not be read as Markdown."""
    for page in marked_pages():
        assert not re.search(r"^<!-- found: \S+ -->\S", page.read_text(encoding="utf-8"), re.MULTILINE), (
            page.name
        )
