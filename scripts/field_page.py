"""``python -m scripts.field_page``: docs/field.md, from tests/field/rows.csv and the pinned releases."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

__all__ = ["FieldRow", "field_page", "read_rows"]

ROOT = Path(__file__).resolve().parents[1]
ROWS, PAGE = ROOT / "tests/field/rows.csv", ROOT / "docs/field.md"

_HEAD = """# What the field's tools really do
Each row was seen: a small valid input was given to the release named, which does something else than one
would guess. The last column says what jakstat does where it reads or writes across that gap. `make verify`
runs every row again in the pinned releases, and fails when a tool has changed; each row names the test that
holds jakstat to its column. {count} rows; {changed} of them changed jakstat. Those with a script that runs on
its own stand in [surprises.md](surprises.md).
"""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One tool on one valid input.

    Parameters
    ----------
    id, format, tool, package, pins : str
        ``row_ID`` is its check, in the file named after the format; the version is that of ``package`` in
        ``requirements/PINS.txt`` (none: the one installed, as for R).
    input, does, guess, jakstat, note_code : str
        The columns of the page; the code is that of the problem or note that jakstat gives.
    product_test, changed, script : str
        Tests (parted by ``;``) that hold jakstat to its column; ``yes`` when the row changed jakstat; the
        script in ``findings/``.
    """

    id: str
    format: str
    tool: str
    package: str
    pins: str
    input: str
    does: str
    guess: str
    jakstat: str
    note_code: str
    product_test: str
    changed: str
    script: str

    @property
    def form(self) -> str:
        """The name of the format's file of checks."""
        return re.sub(r"[^a-z0-9]+", "_", self.format.lower()).strip("_")

    @property
    def version(self) -> str:
        """The release in the pins, or nothing for a tool that no pin names."""
        return _pins(self.pins)[self.package] if self.package else ""


def _pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def read_rows() -> list[FieldRow]:
    """The rows in the order of the file.

    Examples
    --------
    >>> len({row.id for row in read_rows()}) == len(read_rows())
    True
    """
    with ROWS.open(encoding="utf-8", newline="") as file:
        return [FieldRow(**line) for line in csv.DictReader(file, strict=True)]


def field_page(rows: list[FieldRow]) -> str:
    """The Markdown page: a table for each format."""
    lines = [_HEAD.format(count=len(rows), changed=sum(row.changed == "yes" for row in rows))]
    for form, group in groupby(rows, key=lambda row: row.format):
        lines += [f"## {form}", "", "| tool | valid input | what it does | what one would guess | jakstat |"]
        lines += ["|---|---|---|---|---|", *map(_line, group), ""]
    return "\n".join(lines)


def _line(row: FieldRow) -> str:
    tool = f"{row.tool} {row.version}".strip()
    code = f" (`{row.note_code}`)" if row.note_code else ""
    script = f" `{row.script}`" if row.script else ""
    cells = (tool, row.input, row.does, row.guess, f"{row.jakstat}{code}{script}")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":  # pragma: no cover - `make docs`
    PAGE.write_text(field_page(read_rows()), encoding="utf-8")
