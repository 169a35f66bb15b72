"""The page of the published numbers of cells: what papers found, what the model says, and every miss."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from jakstat.store import write_text

if TYPE_CHECKING:
    from jakstat.evidence import ValidatedRow

__all__ = ["growth_page"]

_HEAD = """# Numbers of cells: published and modelled

Half-maximal doses (the dose that leaves half of the cells of the control) and effects (cells over those of
their control), each in the line and after the hours of its source. The bracket is threefold either way, set
before anything was fitted; `jakstat validate --growth` runs the table. Rows of role fit set constants of
division, death and cytotoxic drugs; the others were not used.
"""


def growth_page(rows: Iterable[ValidatedRow]) -> str:
    """The Markdown page of validated rows: the count, the table, the misses.

    Examples
    --------
    >>> from jakstat.evidence import ValidatedRow
    >>> r = ValidatedRow("GR01", "huh7", "half", "fit", 1.0, 0.3, 3.0, "uM", 5.0, False, "recalled", "above")
    >>> growth_page([r]).splitlines()[-1]
    '- GR01, huh7, half: above'
    """
    found = list(rows)
    passed = sum(row.ok for row in found)
    lines = [_HEAD, f"{passed} of {len(found)} lie within their bracket.", ""]
    lines += ["| id | line | what | role | published | bracket | ours | unit | source |", "| " + "--- | " * 9]
    lines[-1] = lines[-1].rstrip()
    for row in found:
        ours = "none" if row.model is None else f"{row.model:.3g}"
        mark = "" if row.ok else " (miss)"
        bracket = f"{row.low:.3g} to {row.high:.3g}"
        cells = (row.id, row.context, row.what, row.role, f"{row.published:.4g}", bracket, ours + mark)
        lines.append(f"| {' | '.join((*cells, row.unit, row.source))} |")
    lines += ["", "## Misses", ""]
    lines += [f"- {row.id}, {row.context}, {row.what}: {row.reason}" for row in found if not row.ok]
    return "\n".join(lines) + "\n"


def _write() -> None:  # pragma: no cover - run by hand, and by make docs
    from jakstat.evidence import validate
    from jakstat.knowledge import observations

    write_text(
        Path("docs/growth.md"), growth_page(validate(rows=observations(growth=True)).rows), replace=True
    )


if __name__ == "__main__":  # pragma: no cover
    _write()
