"""Wells of measured combinations, read from a long table: one row for each well.

A well of one drug alone has dose 0 of the other. Rows that leave the other drug out (or call it DMSO) belong
to every pair with their drug; rows that name a pair the other way round are turned.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from jakstat.errors import InputError, Problem
from jakstat.numbers import read_number
from jakstat.tables import Table, TableCell, TableLine
from jakstat.units import usual_unit

__all__ = [
    "LONG_NAMES",
    "RESPONSE_COLUMNS",
    "Well",
    "each_kind_once",
    "long_wells",
    "read_dose",
    "read_response",
]

RESPONSE_COLUMNS = {
    "response": "", "viability": "viability", "survival": "viability", "effect": "effect",
    "inhibition": "effect", "signal": "signal", "value": "",
}  # fmt: skip
"""Headings of the column of responses, and the kind of scale that each says."""

LONG_NAMES = {
    "drug1": "drug_a", "drug_row": "drug_a", "drugA": "drug_a", "drug_1": "drug_a", "compound_a": "drug_a",
    "drug2": "drug_b", "drug_col": "drug_b", "drugB": "drug_b", "drug_2": "drug_b", "compound_b": "drug_b",
    "conc1": "dose_a", "conc_a": "dose_a", "conc_r": "dose_a", "concA": "dose_a", "dose1": "dose_a",
    "concentration_a": "dose_a", "conc_row": "dose_a",
    "conc2": "dose_b", "conc_b": "dose_b", "conc_c": "dose_b", "concB": "dose_b", "dose2": "dose_b",
    "concentration_b": "dose_b", "conc_col": "dose_b",
    "unit": "unit", "dose_unit": "unit", "conc_unit": "unit", "units": "unit",
    "unit_a": "unit_a", "dose_a_unit": "unit_a", "dose_unit_a": "unit_a", "conc_r_unit": "unit_a",
    "conc_unit1": "unit_a", "unit1": "unit_a",
    "unit_b": "unit_b", "dose_b_unit": "unit_b", "dose_unit_b": "unit_b", "conc_c_unit": "unit_b",
    "conc_unit2": "unit_b", "unit2": "unit_b",
    "replicate": "replicate", "rep": "replicate", "repeat": "replicate",
    "matrix": "matrix", "block_id": "matrix", "block": "matrix", "experiment": "matrix",
    "cell": "cell", "cell_line": "cell", "cell_line_name": "cell", "plate": "plate", "plate_id": "plate",
    "percent_viability": "viability", "percent_inhibition": "inhibition",
    "drug_a": "drug_a", "drug_b": "drug_b", "dose_a": "dose_a", "dose_b": "dose_b",
    **{name: name for name in RESPONSE_COLUMNS},
}  # fmt: skip
"""Headings that are understood, and the column that each means."""

_NOTHING = {"", "na", "nan", "n/a", "n.a.", "nd", "n.d.", "-", "null", "none"}
_VEHICLE = _NOTHING | {"dmso", "vehicle", "control", "untreated", "medium", "no drug"}
_SIDES = ("a", "b")


@dataclass(frozen=True, slots=True)
class Well:
    """One well.

    Parameters
    ----------
    group : tuple of str
        What tells its matrix from others, apart from its drugs.
    drugs, units : tuple of str
        A drug is empty in a well that belongs to every pair.
    doses : tuple of float
    response : float
        NaN where the cell is empty.
    replicate : str
    file : str
    line : int
    """

    group: tuple[str, ...]
    drugs: tuple[str, str]
    units: tuple[str, str]
    doses: tuple[float, float]
    response: float
    replicate: str
    file: str
    line: int

    def turned(self) -> Well:
        """The same with the drugs the other way round."""
        return replace(self, drugs=self.drugs[::-1], units=self.units[::-1], doses=self.doses[::-1])


def long_wells(table: Table, column: str, *, by: Sequence[str], drugs: Sequence[str] = ()) -> list[Well]:
    """The wells of a long table.

    Parameters
    ----------
    table : Table
        With the columns ``dose_a``, ``dose_b`` and ``column``, and the others of :data:`LONG_NAMES` if there.
    column : str
        Holds the responses.
    by : sequence of str
        Columns that tell matrices apart.
    drugs : sequence of str
        Names of the drugs where the table has no column for them.

    Raises
    ------
    InputError
        ``matrix.dose``, ``matrix.swapped``, ``matrix.drug``, ``table.number``; every fault of the table.

    Examples
    --------
    >>> from jakstat.spreadsheets import table_of
    >>> rows = [{"drug_a": "A", "dose_a (nM)": 1, "drug_b": "B", "dose_b (uM)": 0, "response": 0.5}]
    >>> long_wells(table_of(rows, name="data", names=LONG_NAMES), "response", by=())[0].units
    ('nM', 'uM')
    """
    table.sound()
    _check_swapped(table, column)
    if not table.lines:
        hint = "give one row for each well"
        raise InputError([Problem("matrix.form", "the table has no rows", table.file, hint=hint)])
    problems: list[Problem] = []
    run = [name for name in ("plate", "replicate") if name in table.columns and name not in by]
    found: list[Well] = []
    for line in table.lines:
        try:
            found.append(_well(table, line, column, by, run, drugs))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(each_kind_once(problems))
    return found


def each_kind_once(problems: Iterable[Problem]) -> list[Problem]:
    """Faults of cells with one remedy as one: the first, and how many more there are.

    Examples
    --------
    >>> found = [Problem("matrix.dose", f"the dose -{k} is below 0", "m.csv", k) for k in (2, 3)]
    >>> [str(p) for p in each_kind_once(found)]
    ['m.csv:2: the dose -2 is below 0, and so 1 more cell. [matrix.dose]']
    """
    kinds: dict[tuple[str, str | None, str | None, str], list[Problem]] = {}
    for one in problems:
        kinds.setdefault((one.code, one.file, one.field, one.hint), []).append(one)
    made = []
    for first, *others in kinds.values():
        more = f", and so {len(others)} more cell{'s' * (len(others) > 1)}" if others else ""
        made.append(replace(first, message=first.message.rstrip(".") + more))
    return made


def _well(
    table: Table, line: TableLine, column: str, by: Sequence[str], run: Sequence[str], drugs: Sequence[str]
) -> Well:
    faults: list[Problem] = []

    def read(cell: TableCell, how: Callable[[TableCell], float]) -> float:
        try:
            return how(cell)
        except InputError as error:
            faults.extend(error.problems)
            return math.nan

    names, units, doses = [], [], []
    for k, side in enumerate(_SIDES):
        given = table.cell(line, f"drug_{side}").text if f"drug_{side}" in table.columns else ""
        name = "" if given.casefold() in _VEHICLE else given
        if f"drug_{side}" not in table.columns:
            name = drugs[k] if len(drugs) > k else f"drug {side.upper()}"
        cell = table.cell(line, f"dose_{side}")
        empty = not name and cell.text.casefold() in _NOTHING
        dose = 0.0 if empty else read(cell, read_dose)
        if not name and dose > 0:
            message = f"there is a dose {cell.text} of no drug"
            hint = f"name the drug in column drug_{side}, or give dose 0"
            faults.append(table.cell(line, f"drug_{side}").fault("matrix.drug", message, hint))
        names.append(name)
        doses.append(dose)
        own = next((u for u in (f"unit_{side}", "unit") if u in table.columns), "")
        units.append(usual_unit(table.cell(line, own).text if own else table.units.get(f"dose_{side}", "")))
    response = read(table.cell(line, column), read_response)
    if faults:
        raise InputError(faults)
    group = tuple(table.cell(line, name).text for name in by)
    label = "/".join(table.cell(line, name).text for name in run)
    return Well(
        group, (names[0], names[1]), (units[0], units[1]), (doses[0], doses[1]), response, label,
        table.file, line.number,
    )  # fmt: skip


def read_dose(cell: TableCell) -> float:
    """A dose that is not negative.

    Raises
    ------
    InputError
        ``table.number``, ``matrix.dose``.

    Examples
    --------
    >>> read_dose(TableCell("0.5", "m.csv", 2, 1, "dose_a"))
    0.5
    """
    if cell.text.casefold() in _VEHICLE:
        hint = "write 0 where a drug is not given"
        raise InputError([cell.fault("matrix.dose", "the dose is empty", hint)])
    value = cell.number()
    if value < 0:
        hint = "give plain doses, not logarithms: -8 of log10 M is 10 nM"
        raise InputError([cell.fault("matrix.dose", f"the dose {cell.text} is below 0", hint)])
    return value


def read_response(cell: TableCell) -> float:
    """A response; NaN of an empty cell, which is a well that failed.

    Raises
    ------
    InputError
        ``table.number``.

    Examples
    --------
    >>> read_response(TableCell("n.d.", "m.csv", 2, 1, "response"))
    nan
    """
    if cell.text.casefold() in _NOTHING:
        return math.nan
    value = read_number(cell.text.removesuffix("%").strip())
    if value is None:
        hint = "write a number, or leave the cell empty where a well failed"
        raise InputError([cell.fault("table.number", f"{cell.text[:40]!r} is not a number", hint)])
    return value


_MANY, _FEW = 0.5, 0.35


def _check_swapped(table: Table, column: str) -> None:
    """Columns that hold what belongs into another."""

    def texts(name: str) -> list[str]:
        return [line.cells.get(name, "") for line in table.lines] if name in table.columns else []

    problems = []
    for side in _SIDES:
        names, doses = texts(f"drug_{side}"), texts(f"dose_{side}")
        if names and _numbers(names) > 0.9 and doses and _numbers(doses) < 0.1:
            message = f"column drug_{side} holds numbers and column dose_{side} names"
            problems.append(
                table.head(f"drug_{side}").fault("matrix.swapped", message, "exchange their headings")
            )
    kinds = {name: len(set(texts(name))) for name in ("dose_a", "dose_b", column)}
    rows = len(table.lines)
    for name in ("dose_a", "dose_b"):
        if rows >= 16 and kinds[name] > _MANY * rows and kinds[column] < _FEW * kinds[name]:
            message = (
                f"column {name} has {kinds[name]} different values in {rows} rows and column {column} has "
                f"{kinds[column]}: they seem to be exchanged"
            )
            hint = "exchange their headings; doses repeat in a matrix, responses do not"
            problems.append(table.head(name).fault("matrix.swapped", message, hint))
    if problems:
        raise InputError(problems)


def _numbers(texts: Iterable[str]) -> float:
    """Share of texts that are numbers, of those that are not empty."""
    given = [text for text in texts if text]
    return sum(read_number(text) is not None for text in given) / max(len(given), 1)
