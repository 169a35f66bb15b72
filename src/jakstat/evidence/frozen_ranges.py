"""The ranges that vectors are drawn from, frozen: changing one needs a source.

``python -m jakstat.evidence.frozen_ranges`` writes ``data/frozen_ranges.csv`` anew after a
range was changed together with its grade or source, or a parameter came or went.
"""

from __future__ import annotations

import csv
import io
from importlib.resources import files
from pathlib import Path

from jakstat.biology import context, parameters, shipped_contexts, state, states
from jakstat.errors import Problem
from jakstat.knowledge.parameter_table import Row
from jakstat.store import write_text
from jakstat.tables import read_lines

__all__ = ["check_ranges", "frozen_text", "write_frozen"]

_COLUMNS = ("id", "unit", "low", "high", "grade", "source")
_FILE = "frozen_ranges.csv"


def _rows() -> dict[str, Row]:
    """Every range by its name: ``context.parameter``, or the parameter alone when all cells share it.

    A state's row is ``state.parameter``; what one cell takes over from another follows from the
    other's range and is not written again.
    """
    found = {row.id: row for row in parameters()}
    found.update({f"{name}.{row.id}": row for name in shipped_contexts() for row in context(name).own})
    found.update({f"{name}.{row.id}": row for name in states() for row in state(name).rows})
    return found


def frozen_text() -> str:
    """The table of the ranges as they are now.

    Examples
    --------
    >>> frozen_text().splitlines()[0]
    'id,unit,low,high,grade,source'
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for name, row in sorted(_rows().items()):
        writer.writerow([name, row.unit, repr(row.low), repr(row.high), row.grade, row.source])
    return out.getvalue()


def check_ranges(text: str | None = None) -> list[Problem]:
    """What changed against the frozen table without a new source or grade, and what stands in one only.

    Parameters
    ----------
    text : str, optional
        A table in place of the shipped one.

    Examples
    --------
    >>> check_ranges()
    []
    """
    place = files("jakstat.evidence").joinpath("data", _FILE)
    given = place.read_text(encoding="utf-8") if text is None else text
    lines, problems = read_lines(given.encode(), columns=_COLUMNS, file=_FILE)
    found = list(problems)
    now = _rows()
    again = "run: python -m jakstat.evidence.frozen_ranges"
    for line in lines:
        was = line.cells
        row = now.pop(was["id"], None)
        if row is None:
            message, hint = f"{was['id']} is gone", f"if it is meant to be, {again}"
            found.append(Problem("range.changed", message, _FILE, line.number, None, "id", hint))
            continue
        same = (row.grade, row.source) == (was["grade"], was["source"])
        moved = (row.unit, repr(row.low), repr(row.high)) != (was["unit"], was["low"], was["high"])
        if moved and same:
            message = f"{was['id']} was {was['low']} .. {was['high']} {was['unit']}"
            hint = f"give the source of the change, then {again}"
            found.append(Problem("range.changed", message, _FILE, line.number, None, "low", hint))
    return found + [
        Problem("range.changed", f"{name} is not frozen", _FILE, hint=again) for name in sorted(now)
    ]


def write_frozen(folder: Path) -> Path:
    """Write the table into ``folder``; problems as :func:`jakstat.store.writing`."""
    return write_text(folder / _FILE, frozen_text(), replace=True)


if __name__ == "__main__":  # pragma: no cover - run by hand after a range was changed
    write_frozen(Path(str(files("jakstat.evidence").joinpath("data"))))
