"""What a page shows as the output of a command is what the command prints, and its figures are drawn."""

import re
from pathlib import Path

import pytest
from scripts.docs_site.shown import run_page

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if "\n```console\n$ jakstat " in page.read_text(encoding="utf-8")
]
NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")

pytestmark = pytest.mark.long


def words_and_numbers(text):
    """The text without its numbers and rules, and its numbers."""
    numbers = [float(n.replace(",", "")) for n in NUMBER.findall(text)]
    return re.sub(r"[\s─]+", " ", NUMBER.sub("#", text)), numbers


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_shows_what_its_commands_print(page, tmp_path):
    shown = page.read_text(encoding="utf-8")
    now = run_page(page, tmp_path, figures=False)
    assert words_and_numbers(now)[0] == words_and_numbers(shown)[0]
    # Another processor may round another way: the third digit, and what is next to nothing beside it.
    assert words_and_numbers(now)[1] == pytest.approx(words_and_numbers(shown)[1], rel=0.02, abs=1e-9)
    for figure in re.findall(r"!\[[^]]*\]\(\.\./img/tutorials/([^)]+)\)", shown):
        assert (tmp_path / figure).stat().st_size > 5000
