"""The pages about the records say what the records and the experiments say."""

from pathlib import Path

import pytest

from jakstat.evidence.recorded_verdicts import RecordedVerdict, recorded_verdicts, verdict_table
from jakstat.evidence.verdicts import claim_verdict
from jakstat.knowledge import knowledge
from jakstat.report.knowledge_pages import (
    knowledge_pages,
    module_page,
    write_knowledge_pages,
)

DOCS = Path(__file__).parents[3] / "docs" / "knowledge"
VERDICTS = recorded_verdicts()
PAGES = knowledge_pages(VERDICTS)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_committed_page_is_the_one_the_records_give(name):
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name], "run `make docs`"


def test_every_claim_has_its_row_and_verdict():
    assert list(VERDICTS) == list(knowledge().claims)
    text = "".join(PAGES.values())
    for claim in knowledge().claims.values():
        assert f"| {claim.id} |" in text
        assert claim.doubtful in text


def test_verdicts_get_a_column():
    page = module_page("feedback", {"C117": RecordedVerdict("not_yet", "")})
    assert "| verdict |" in page
    assert "| not yet |" in page
    assert "| verdict |" not in module_page("feedback")


def test_pages_replace_older_ones(tmp_path):
    table = verdict_table(claim_verdict(module="receptor", lanes=1))
    write_knowledge_pages(tmp_path / "knowledge", table)
    write_knowledge_pages(tmp_path / "knowledge", table)
    assert sorted(p.name for p in (tmp_path / "knowledge").iterdir()) == sorted(PAGES)
