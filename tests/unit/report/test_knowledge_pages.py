"""The pages about the records say what the records and the experiments say."""

from pathlib import Path

import pytest

from jakstat.evidence.verdicts import claim_verdict
from jakstat.knowledge import knowledge
from jakstat.report.knowledge_pages import (
    knowledge_pages,
    module_page,
    read_verdicts,
    verdict_table,
    write_knowledge_pages,
)

DOCS = Path(__file__).parents[3] / "docs" / "knowledge"
TABLE = (DOCS / "verdicts.csv").read_text(encoding="utf-8")
VERDICTS = read_verdicts(TABLE)
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
    page = module_page("feedback", {"C117": ("not_yet", "")})
    assert "| verdict |" in page
    assert "| not yet |" in page
    assert "| verdict |" not in module_page("feedback")


def test_pages_replace_older_ones(tmp_path):
    report = claim_verdict(module="receptor", lanes=1)
    write_knowledge_pages(tmp_path / "knowledge", report)
    write_knowledge_pages(tmp_path / "knowledge", report)
    assert sorted(p.name for p in (tmp_path / "knowledge").iterdir()) == sorted([*PAGES, "verdicts.csv"])


@pytest.mark.long
def test_committed_verdicts_are_those_of_the_model():
    assert verdict_table(claim_verdict()) == TABLE, "run `make docs`"
