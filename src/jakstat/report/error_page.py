"""The page of error codes (docs/errors.md), written from the one table of them."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from jakstat.limits import LIMITS
from jakstat.store import write_text
from jakstat.tables import read_cells

__all__ = ["error_codes", "error_page"]

_HEAD = """# Error codes

Input that cannot be used gives a list of problems and exit code 2: with `--json` as
`{"problems": [{"code", "message", "file", "line", "column", "field", "hint"}]}`, in Python as
`InputError.problems`. `code` is stable and says the kind of fault; `message` and `hint` are for readers and
may change. Some codes only warn.
"""


def error_codes() -> dict[str, tuple[str, str]]:
    """What each code means and what is allowed instead, from ``error_codes.csv``.

    Examples
    --------
    >>> error_codes()["dose.interval"]
    ('a repeated dose has no interval', 'an interval above 0')
    """
    data = (files("jakstat") / "error_codes.csv").read_bytes()
    lines = read_cells(data, file="error_codes.csv", columns=("code", "means", "allowed")).sound().lines
    return {line.cells["code"]: (line.cells["means"], line.cells["allowed"]) for line in lines}


def error_page() -> str:
    """The Markdown page of all codes, a table for each family.

    Examples
    --------
    >>> error_page().splitlines()[0]
    '# Error codes'
    """
    lines = [_HEAD]
    for family, codes in groupby(error_codes().items(), key=lambda item: item[0].partition(".")[0]):
        lines += [f"## {family}", "", "| code | means | allowed |", "|---|---|---|"]
        lines += [f"| `{code}` | {means} | {_with_limits(allowed)} |" for code, (means, allowed) in codes]
        lines.append("")
    return "\n".join(lines)


def _with_limits(text: str) -> str:
    return re.sub(r"LIMITS\.(\w+)", lambda found: f"{getattr(LIMITS, found[1]):,.0f}", text)


if __name__ == "__main__":  # pragma: no cover - `make docs`
    write_text(Path("docs") / "errors.md", error_page(), replace=True)
