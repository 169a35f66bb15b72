"""Wells of measured combinations, read from matrices: doses in the first row and the first column.

Each further block is a replicate: it begins with its own row of doses, or where the doses of the first column
begin again. The corner may name the drugs as ``ruxolitinib (nM) / Stattic (uM)``, rows first, as may lines
``Drug1: ...``, ``Drug2: ...`` and ``ConcUnit: ...`` above.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from jakstat.combination.matrix_wells import Well, each_kind_once, read_dose, read_response
from jakstat.errors import InputError, Problem, problem
from jakstat.grids import Grid
from jakstat.numbers import read_number
from jakstat.tables import TableCell
from jakstat.units import kind_of, usual_unit

__all__ = ["block_wells", "is_blocks"]

_LABEL = re.compile(
    r"(drug|compound|conc|concentration|dose|unit)[_ ]?(units?)?[_ ]?(1|2|a|b|rows?|col|columns?)?",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"\s*(?:\s/\s|\\|\bx\b|\||×|;| vs\.? )\s*")
_NAMED = re.compile(r"(.+?)\s*[\(\[]\s*([^()\[\]]+?)\s*[\)\]]")
_FIRST = {"1", "a", "row", "rows"}


@dataclass
class _BlocksSoFar:
    """What has been read so far of the rows of a file."""

    grid: Grid
    drugs: list[str] = field(default_factory=lambda: ["", ""])
    units: list[str] = field(default_factory=lambda: ["", ""])
    label: str = ""
    doses_b: list[float] = field(default_factory=list)
    seen: set[float] = field(default_factory=set)
    block: int = 0
    wells: list[Well] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def cell(self, line: int, place: int, text: str, name: str) -> TableCell:
        return TableCell(text, self.grid.file, line, place, name)


def is_blocks(grid: Grid) -> bool:
    """Whether the cells look like a matrix: a row of doses, and rows of numbers under it.

    Examples
    --------
    >>> rows = ((1, ("", "0", "10")), (2, ("0", "1", "0.8")), (3, ("5", "0.9", "0.4")))
    >>> is_blocks(Grid("m.csv", rows))
    True
    """
    bodies = [cells for _, cells in grid.rows if _is_body(cells)]
    heads = [cells for _, cells in grid.rows if _is_head(cells)]
    return bool(heads) and bool(bodies)


def _numeric(cells: Iterable[str]) -> list[bool]:
    return [read_number(c) is not None for c in cells if c]


def _is_head(cells: Sequence[str]) -> bool:
    """The row of doses: a corner that is no number, and numbers."""
    rest = _numeric(cells[1:])
    return read_number(cells[0]) is None and bool(rest) and all(rest)


def _is_body(cells: Sequence[str]) -> bool:
    return read_number(cells[0]) is not None and any(_numeric(cells[1:]))


def block_wells(grid: Grid, *, drugs: Sequence[str] = (), units: Sequence[str] = ()) -> list[Well]:
    """The wells of a file of matrices.

    Parameters
    ----------
    grid : Grid
    drugs, units : sequence of str
        Of the rows and of the columns, where the file does not say.

    Raises
    ------
    InputError
        ``matrix.form``, ``matrix.dose``, ``table.number``; every fault of the file.

    Examples
    --------
    >>> rows = ((1, ("A (nM) / B (uM)", "0", "10")), (2, ("0", "1", "0.8")), (3, ("5", "0.9", "0.4")))
    >>> wells = block_wells(Grid("m.csv", rows))
    >>> wells[3].drugs, wells[3].doses, wells[3].units, wells[3].response
    (('A', 'B'), (5.0, 10.0), ('nM', 'uM'), 0.4)
    """
    reading = _BlocksSoFar(grid, problems=list(grid.problems))
    for line, cells in grid.rows:
        if _is_head(cells) and not (_LABEL.fullmatch(cells[0].strip()) and len(_numeric(cells[1:])) == 1):
            _begin(reading, line, cells)
        elif reading.doses_b and (_is_body(cells) or (cells[0] and _texts(cells[1:]))):
            _body_row(reading, line, cells)
        else:
            _label_row(reading, cells)
    if not reading.wells and not reading.problems:
        raise problem("matrix.form", "the file holds no matrix", file=grid.file, hint=_FORM_HINT)
    if reading.problems:
        raise InputError(each_kind_once(reading.problems))
    named = [given or (drugs[k] if len(drugs) > k else "") for k, given in enumerate(reading.drugs)]
    named = [name or f"drug {'AB'[k]}" for k, name in enumerate(named)]
    given = [(*units, *units[-1:])[k] if units else "" for k in (0, 1)]
    said = [usual_unit(own or given[k]) for k, own in enumerate(reading.units)]
    return [
        Well(
            w.group,
            (named[0], named[1]),
            (said[0], said[1]),
            w.doses,
            w.response,
            w.replicate,
            w.file,
            w.line,
        )
        for w in reading.wells
    ]


_FORM_HINT = (
    "give a row of doses of one drug, and under it rows that begin with a dose of the other; or a long table "
    "with the columns drug_a, dose_a, unit, drug_b, dose_b, response"
)


def _texts(cells: Iterable[str]) -> bool:
    """Whether most of the cells are numbers, so that the others were meant to be."""
    found = _numeric(cells)
    return sum(found) > len(found) / 2


def _begin(reading: _BlocksSoFar, line: int, cells: Sequence[str]) -> None:
    """A new block with its doses of the second drug."""
    names, units = _corner(cells[0])
    for k in (0, 1):
        reading.drugs[k] = reading.drugs[k] or names[k]
        reading.units[k] = reading.units[k] or units[k]
    reading.block += 1
    reading.seen = set()
    reading.doses_b = []
    for place, text in enumerate(cells[1:], 2):
        try:
            reading.doses_b.append(read_dose(reading.cell(line, place, text, "dose of the columns")))
        except InputError as error:
            reading.problems += error.problems
            reading.doses_b.append(float("nan"))


def _body_row(reading: _BlocksSoFar, line: int, cells: Sequence[str]) -> None:
    try:
        dose = read_dose(reading.cell(line, 1, cells[0], "dose of the rows"))
    except InputError as error:
        reading.problems += error.problems
        return
    if dose in reading.seen:
        reading.block += 1
        reading.seen = set()
    reading.seen.add(dose)
    rest = [*cells[1:], *[""] * (len(reading.doses_b) - len(cells) + 1)]
    if any(rest[len(reading.doses_b) :]):
        message = f"the row has {len(cells) - 1} responses and the row of doses {len(reading.doses_b)} doses"
        hint = "give each column its dose"
        found = Problem("matrix.form", message, reading.grid.file, line, len(reading.doses_b) + 2, hint=hint)
        reading.problems.append(found)
        return
    for place, (other, text) in enumerate(zip(reading.doses_b, rest, strict=False), 2):
        try:
            value = read_response(reading.cell(line, place, text, "response"))
        except InputError as error:
            reading.problems += error.problems
            continue
        label = reading.label or str(reading.block)
        reading.wells.append(
            Well((), ("", ""), ("", ""), (dose, other), value, label, reading.grid.file, line)
        )


def _label_row(reading: _BlocksSoFar, cells: Sequence[str]) -> None:
    """A line above a block: what the drugs and the unit are, or what the block is called."""
    given = [cell for cell in cells if cell]
    if not given:
        return
    key, _, rest = given[0].partition(":")
    value = rest.strip() or (given[1] if len(given) > 1 else "")
    match = _LABEL.fullmatch(key.strip())
    if match is None:
        reading.label = given[0] if reading.wells or len(given) == 1 else ""
        return
    last = (match[3] or "").casefold()
    places = (0, 1) if not last else (0,) if last in _FIRST else (1,)
    named = match[1].casefold() in ("drug", "compound") and not match[2]
    target = reading.drugs if named else reading.units
    for k in places:
        target[k] = value


def _corner(text: str) -> tuple[list[str], list[str]]:
    """Names and units of the drugs of the rows and of the columns."""
    sides = _SPLIT.split(text.strip())
    if len(sides) != 2:
        return ["", ""], ["", ""]
    names, units = [], []
    for side in sides:
        match = _NAMED.fullmatch(side)
        names.append(match[1].strip() if match else side.strip())
        units.append(match[2] if match and kind_of(match[2]) is not None else "")
    return names, units
