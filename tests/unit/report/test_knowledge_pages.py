"""The pages about the records say what the records say."""

from pathlib import Path

import pytest

from jakstat.knowledge import knowledge
from jakstat.report.knowledge_pages import module_page, pages, write_pages

DOCS = Path(__file__).parents[3] / "docs" / "knowledge"


@pytest.mark.parametrize("name", sorted(pages()))
def test_committed_page_is_the_one_the_records_give(name):
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_every_claim_has_its_row():
    text = "".join(pages().values())
    for claim in knowledge().claims.values():
        assert f"| {claim.id} |" in text
        assert claim.doubtful in text


def test_verdicts_get_a_column():
    page = module_page("feedback", {"C117": "supported"})
    assert "| verdict |" in page
    assert "| supported |" in page


def test_pages_replace_older_ones(tmp_path):
    write_pages(tmp_path / "knowledge")
    write_pages(tmp_path / "knowledge")
    assert sorted(p.name for p in (tmp_path / "knowledge").iterdir()) == sorted(pages())
