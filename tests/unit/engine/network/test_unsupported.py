"""The table of refused features in the documentation is the one in the code."""

from __future__ import annotations

import re
from pathlib import Path

from jakstat.engine.network.unsupported import UNSUPPORTED

PAGE = Path(__file__).resolve().parents[4] / "docs" / "sbml.md"


def test_the_page_lists_what_the_code_refuses() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    rows.pop("name")
    assert rows == dict(UNSUPPORTED)
