"""The pages about the model say what the parts say."""

from __future__ import annotations

from pathlib import Path

import pytest

from jakstat.biology import assemble, contexts
from jakstat.report.model_pages import model_pages, write_model_pages

DOCS = Path(__file__).parents[3] / "docs" / "model"


@pytest.mark.parametrize("name", sorted(model_pages()))
def test_committed_page_is_the_one_the_parts_give(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == model_pages()[name], "run `make docs`"


def test_every_reaction_and_constant_has_its_row() -> None:
    text = "".join(model_pages().values())
    assembly = assemble("hepg2", parts="core")
    assert all(f"| `{reaction}` |" in text for reaction in assembly.evidence)
    assert all(f"`{row.id}`" in text for row in assembly.parameters if row.grade == "fitted")
    assert all(f"## {name}" in text for name in contexts())


def test_pages_replace_older_ones(tmp_path: Path) -> None:
    write_model_pages(tmp_path / "model")
    write_model_pages(tmp_path / "model")
    assert sorted(p.name for p in (tmp_path / "model").iterdir()) == sorted(model_pages())
