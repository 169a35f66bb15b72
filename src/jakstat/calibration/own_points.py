"""A user's own time courses as a table tells them: measured values, and what was done to the cells.

Every fault of the table is told at once, with its line and the sentence that mends it; nothing is guessed
(a time without a unit, a dose without one, rows that say the same thing twice).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from jakstat.errors import InputError, Problem
from jakstat.experiment.grammar import parse_addition, parse_perturbation
from jakstat.experiment.protocol import Addition, Perturbation
from jakstat.experiment.readouts import read_readout
from jakstat.limits import LIMITS
from jakstat.tables import Table, TableCell, TableLine
from jakstat.units import convert, usual_unit

__all__ = [
    "COURSE_NAMES",
    "CourseReading",
    "CourseSituation",
    "OwnPoint",
    "OwnPoints",
    "lines_in_words",
    "loose_text",
    "read_points",
]

Noise = Literal["additive", "log"]
T = TypeVar("T")

COURSE_NAMES: Mapping[str, str] = {
    "timepoint": "time", "time_unit": "time_unit", "unit_of_time": "time_unit",
    "observable": "readout", "analyte": "readout", "target": "readout",
    "signal": "value", "intensity": "value", "measurement": "value", "reading": "value",
    "unit": "unit", "value_unit": "unit", "sd": "sd", "std": "sd", "standard_deviation": "sd",
    "stimulus": "stimulus", "ligand": "stimulus", "cytokine": "stimulus",
    "dose": "dose", "stimulus_dose": "dose", "ligand_dose": "dose",
    "dose_unit": "dose_unit", "stimulus_unit": "dose_unit", "ligand_unit": "dose_unit",
    "drug": "drug", "inhibitor": "drug", "compound": "drug",
    "drug_dose": "drug_dose", "inhibitor_dose": "drug_dose",
    "drug_unit": "drug_unit", "drug_dose_unit": "drug_unit", "inhibitor_unit": "drug_unit",
    "drug_time": "drug_time", "knockdown": "knockdown", "perturbation": "knockdown",
    "replicate": "replicate", "blot": "replicate", "gel": "replicate", "experiment": "replicate",
    "condition": "condition", "cell": "cell", "cell_line": "cell", "context": "cell",
}  # fmt: skip
"""Headings that are understood, and the column that each means."""

_NOTHING = ("", "none", "no", "control", "untreated", "medium", "vehicle", "0", "-")
_SEVERAL = re.compile(r"[;&]")
_FEW_LINES = 5
_SHORT_HOURS = 0.2
_KEPT = ("condition", "replicate", "cell", "stimulus", "dose", "drug", "drug_dose", "knockdown", "time")


@dataclass(frozen=True, slots=True)
class CourseSituation:
    """What was done to the cells of a course."""

    stimuli: tuple[Addition, ...] = ()
    drugs: tuple[Addition, ...] = ()
    perturbations: tuple[Perturbation, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnPoint:
    """A measured value, its place in the table, and what it was measured of.

    Parameters
    ----------
    line : int
    time_h : float
    readout : str
        The model's name of what the table says.
    value : float
    sd : float or None
    unit : str
        Empty for arbitrary units.
    situation : CourseSituation
    replicate : str
    labels : mapping of str to str
        The cells of the row that tell it from others, for a held-out set.
    """

    line: int
    time_h: float
    readout: str
    value: float
    sd: float | None
    unit: str
    situation: CourseSituation
    replicate: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CourseReading:
    """How a table is to be read.

    Parameters
    ----------
    stimulus : str
        Of all rows where the table has no such column: ``"IL6=10ng/ml"``, or a name whose doses stand in
        the column ``dose``.
    cell : str
        Rows of this cell are taken where the table has several.
    noise : {"additive", "log"}
        Under ``log`` every value must have a logarithm.
    """

    stimulus: str = ""
    cell: str = ""
    noise: Noise = "additive"


@dataclass
class OwnPoints:
    """What a table holds.

    Parameters
    ----------
    file, key : str
        Name, and SHA-256 of what was read.
    points : list of OwnPoint
    problems : list of Problem
    notes : list of str
        How it was understood, where that may surprise.
    understood : list of str
        Units, and how many rows were left out and why.
    named : dict of readout to lines
        Of all rows with a value, whatever else is wrong with them.
    """

    file: str
    key: str
    points: list[OwnPoint] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    understood: list[str] = field(default_factory=list)
    named: dict[str, list[int]] = field(default_factory=dict)


def lines_in_words(lines: Iterable[int]) -> str:
    """Lines of a table.

    Examples
    --------
    >>> lines_in_words([3]), lines_in_words([3, 4]), lines_in_words(range(2, 10))
    ('line 3', 'lines 3, 4', 'lines 2, 3, 4, 5, 6 and 3 more')
    """
    found = list(lines)
    shown = ", ".join(map(str, found[:_FEW_LINES]))
    more = f" and {len(found) - _FEW_LINES} more" if len(found) > _FEW_LINES else ""
    return f"line{'s' * (len(found) > 1)} {shown}{more}"


def read_points(table: Table, reading: CourseReading, *, key: str = "") -> OwnPoints:
    """The measurements of a table, and everything that is wrong with it.

    Parameters
    ----------
    table : Table
        With the columns ``time``, ``readout`` and ``value``; :data:`COURSE_NAMES` has the others.
    reading : CourseReading
    key : str
        SHA-256 of the table.

    Examples
    --------
    >>> from jakstat.tables import read_cells
    >>> text = b"time,time_unit,readout,value,stimulus\\n30,min,pSTAT3,12,IL6=10ng/ml\\n"
    >>> found = read_points(read_cells(text, file="my.csv", columns=["time"], others=True), CourseReading())
    >>> found.points[0].time_h, found.points[0].situation.stimuli[0].unit
    (0.5, 'ng/ml')
    """
    found = OwnPoints(table.file, key, problems=list(table.problems))
    if found.problems and not table.lines:
        return found
    rows = _Rows(table, reading, found)
    rows.check_columns()
    kept = rows.of_one_cell()
    empty = [line for line in kept if table.cell(line, "value").missing]
    for line in kept:
        if not table.cell(line, "value").missing:
            rows.read(line)
    if empty:
        found.understood.append(
            f"{lines_in_words(dict.fromkeys(n.number for n in empty))} left out: no value"
        )
    if not table.lines:
        found.problems.append(Problem("courses.empty", "the table has no measurement", table.file))
    if len(found.points) > LIMITS.overlay_points:
        message, hint = f"{len(found.points)} values are too many", f"at most {LIMITS.overlay_points}"
        found.problems.append(Problem("courses.many", message, table.file, hint=hint))
    rows.check_times()
    return found


@dataclass
class _Rows:
    """One reading of a table: rows in, points out, faults noted on the way."""

    table: Table
    reading: CourseReading
    found: OwnPoints
    told: set[str] = field(default_factory=set)
    units: dict[str, list[int]] = field(default_factory=dict)

    def say(
        self, code: str, message: str, hint: str = "", *, once: str = "", line: int | None = None
    ) -> None:
        """Note a fault of the table; one with the same ``once`` is told the first time only."""
        if once and once in self.told:
            return
        self.told.add(once)
        self.found.problems.append(Problem(code, message, self.table.file, line, hint=hint))

    def wrong(self, cell: TableCell, code: str, message: str, hint: str = "") -> None:
        self.found.problems.append(cell.fault(code, message, hint))

    def has(self, name: str) -> bool:
        return name in self.table.columns

    def heading_unit(self, name: str) -> str:
        """The unit that stands in a heading."""
        return self.table.units.get(name, "")

    def check_columns(self) -> None:
        """Note what the columns taken together lack, and options that they have no use for."""
        head = self.table.head_line
        if not (self.has("time_unit") or self.heading_unit("time")):
            hint = "add a column time_unit with min or h, or write time (min) in the header"
            self.say("courses.time-unit", "the times have no unit", hint, line=head)
        given = self.reading.stimulus
        if given and self.has("stimulus"):
            message = "the table has a column stimulus, and --stimulus is given"
            self.say("courses.stimulus", message, "leave one of them out", line=head)
        if "=" in given and self.has("dose"):
            message = f"the table has a column dose, and --stimulus says {given[:40]!r}"
            self.say("courses.stimulus", message, f"write --stimulus {given.partition('=')[0]}", line=head)
        if not given and not self.has("stimulus"):
            hint = "add a column stimulus (IL6=10ng/ml), or --stimulus IL6=10ng/ml for all rows, or none"
            self.say("courses.stimulus", "nothing says what was given to the cells", hint, line=head)
        for name in ("drug_dose", "drug_time"):
            if self.has(name) and not self.has("drug"):
                self.say("courses.dose", f"there is a column {name} and no column drug", "add it", line=head)

    def of_one_cell(self) -> list[TableLine]:
        """The rows of the cell that is asked for; all where the table names one or none."""
        lines = list(self.table.lines)
        wanted = self.reading.cell
        names = {loose_text(line.cells.get("cell", "")): line.cells.get("cell", "") for line in lines}
        if not self.has("cell"):
            if wanted:
                self.say("courses.cell", "the table has no column cell", "leave out --cell")
            return lines
        if not wanted:
            if len(names) > 1:
                listed = ", ".join(filter(None, names.values())) or "no name"
                hint = f"a fit is of one: --cell {next(filter(None, names.values()))} takes its rows"
                self.say("courses.cell", f"the table has rows of several cells: {listed}", hint)
            else:
                self.found.notes += [f"cell in the table: {n}" for n in names.values() if n]
            return lines
        kept = [line for line in lines if loose_text(line.cells.get("cell", "")) == loose_text(wanted)]
        if not kept:
            hint = f"the table has {', '.join(filter(None, names.values()))}"
            self.say("courses.cell", f"no row is of the cell {wanted[:40]!r}", hint)
        elif len(kept) < len(lines):
            self.found.understood.append(f"{len(lines) - len(kept)} rows of other cells left out")
        return kept

    def read(self, line: TableLine) -> None:
        """Add the point of a row, or what is wrong with it."""
        before = len(self.found.problems)
        unit = self._time_unit(line)
        time = self._number(line, "time")
        value = self._number(line, "value")
        sd = self._number(line, "sd") if line.cells.get("sd", "") else None
        readout = self.table.cell(line, "readout")
        name = str(read_readout(readout.text))
        if not name:
            self.wrong(readout, "table.empty", "the row has no readout", "e.g. pSTAT3")
        if name:
            self.found.named.setdefault(name, []).append(line.number)
        if name != readout.text and readout.text not in self.told:
            self.told.add(readout.text)
            self.found.notes.append(f"{readout.text} read as {name}")
        if time is not None and time < 0:
            hint = "time 0 is when the stimulus is given; what was measured before it stands at 0"
            self.wrong(self.table.cell(line, "time"), "courses.time", f"the time is {time:g}", hint)
        if sd is not None and sd <= 0:
            hint = "leave the cell empty where there is no standard deviation"
            self.wrong(self.table.cell(line, "sd"), "courses.sd", f"the sd is {sd:g}", hint)
        situation = self._situation(line, unit)
        if len(self.found.problems) > before or time is None or value is None or situation is None:
            return
        if unit is None:
            return
        labels = {name: line.cells[name] for name in _KEPT if name in line.cells}
        labels["readout"] = name
        relative = line.cells.get("unit", "") or self.heading_unit("value")
        self.found.points.append(
            OwnPoint(
                line.number,
                time * unit,
                name,
                value,
                sd,
                relative,
                situation,
                line.cells.get("replicate", ""),
                labels,
            )
        )

    def _number(self, line: TableLine, name: str) -> float | None:
        cell = self.table.cell(line, name)
        if not cell.text:
            self.wrong(cell, "table.empty", f"the row has no {name}", "write it in, or leave the row out")
            return None
        try:
            return cell.number()
        except InputError as error:
            self.found.problems += error.problems
            return None

    def _time_unit(self, line: TableLine) -> float | None:
        """Hours in the unit of a row's time."""
        text = line.cells.get("time_unit", "") or self.heading_unit("time")
        if not text:
            if self.has("time_unit"):
                hint = "write min or h; nothing is guessed"
                self.wrong(
                    self.table.cell(line, "time_unit"), "courses.time-unit", "the time has no unit", hint
                )
            return None
        try:
            hours = convert(1.0, usual_unit(text, time=True), "h")
        except InputError:
            message = f"{text[:40]!r} is no unit of time"
            self.wrong(self.table.cell(line, "time_unit"), "courses.time-unit", message, "e.g. min or h")
            return None
        self.units.setdefault(text, []).append(line.number)
        return hours

    def _situation(self, line: TableLine, hours: float | None) -> CourseSituation | None:
        before = len(self.found.problems)
        stimuli = self._additions(line, "stimulus", "dose", "dose_unit", ligand=True)
        drugs = self._additions(line, "drug", "drug_dose", "drug_unit", ligand=False, hours=hours)
        changes: list[Perturbation] = []
        cell = self.table.cell(line, "knockdown")
        if cell.text.casefold() not in _NOTHING:
            for text in _SEVERAL.split(cell.text):
                parsed = self._parsed(cell, lambda t: parse_perturbation(t, field="knockdown"), text.strip())
                changes += [parsed] if parsed is not None else []
        if any(len(p.factors) > 1 for p in changes):
            self.wrong(cell, "courses.dose", f"{cell.text[:40]!r} is a series", "one factor a row")
        if len(self.found.problems) > before:
            return None
        return CourseSituation(tuple(stimuli), tuple(drugs), tuple(changes))

    def _additions(
        self, line: TableLine, name: str, dose: str, unit: str, *, ligand: bool, hours: float | None = None
    ) -> list[Addition]:
        """What a row gives of ligands or drugs."""
        cell = self.table.cell(line, name)
        text = cell.text
        if ligand and not self.has(name):
            text = self.reading.stimulus
        if text.casefold() in _NOTHING:
            return self._nothing(line, dose, cell)
        pieces = [piece.strip() for piece in _SEVERAL.split(text)] if "=" in text else []
        if not pieces:
            pieces = self._written(line, text, dose, unit)
            if pieces and hours is not None and line.cells.get("drug_time", ""):
                at = self._number(line, "drug_time")
                pieces = [f"{pieces[0]}@{(at or 0.0) * hours!r}h"]
        found = []
        for piece in pieces:
            parsed = self._parsed(cell, lambda t: parse_addition(t, field=name, ligand=ligand), piece)
            if parsed is None:
                continue
            if len(parsed.levels) > 1:
                self.wrong(cell, "courses.dose", f"{piece[:40]!r} is a series", "one dose a row")
            elif parsed.values[0] > 0:
                found.append(parsed)
        return found

    def _nothing(self, line: TableLine, dose: str, cell: TableCell) -> list[Addition]:
        """No ligand or drug; a dose of it would be of nothing."""
        amount = self._number(line, dose) if line.cells.get(dose, "") else 0.0
        if amount:
            message = f"the row has a {dose} of {amount:g} and no name for what was given"
            self.wrong(cell, "courses.dose", message, "e.g. IL6")
        return []

    def _written(self, line: TableLine, name: str, dose: str, unit: str) -> list[str]:
        """A name with the dose and unit of other columns, in the grammar of protocols."""
        cell = self.table.cell(line, dose)
        if not cell.text:
            hint = f"fill the column {dose} (0 for none), or write {name[:40]}=10ng/ml"
            self.wrong(cell, "courses.dose", f"{name[:40]} has no dose", hint)
            return []
        amount = self._number(line, dose)
        if amount is None or amount == 0:
            return []
        given = line.cells.get(unit, "") or self.heading_unit(dose)
        if not given:
            hint = f"add a column {unit}, e.g. ng/ml or nM, or write {dose} (ng/ml) in the header"
            self.say("courses.dose", f"the column {dose} has no unit", hint, once=unit, line=line.number)
            return []
        return [f"{name}={amount!r}{given}"]

    def _parsed(self, cell: TableCell, parse: Callable[[str], T], text: str) -> T | None:
        try:
            return parse(text)
        except InputError as error:
            self.found.problems += [cell.fault(p.code, p.message, p.hint) for p in error.problems]
            return None

    def check_times(self) -> None:
        """Note times that were meant in another unit, as far as one can tell."""
        points = self.found.points
        if not points:
            return
        last = max(points, key=lambda p: p.time_h)
        if last.time_h > LIMITS.fit_hours:
            message = f"the times run to {last.time_h:g} h, which is {last.time_h / 24:.3g} days"
            hint = f"if they are minutes, write min as their unit; a fit takes {LIMITS.fit_hours:g} h at most"
            self.found.problems.append(
                Problem("courses.time", message, self.table.file, last.line, hint=hint)
            )
        if last.time_h < _SHORT_HOURS and last.time_h > 0:
            self.found.notes.append(
                f"the last time is {last.time_h * 60:.3g} min; if the times are hours, write h as their unit"
            )
        self.found.understood.append(f"times in {', '.join(self.units)}")
        if len(self.units) > 1:
            listed = "; ".join(f"{unit} in {lines_in_words(lines)}" for unit, lines in self.units.items())
            self.found.notes.append(f"times in several units: {listed}")


def loose_text(text: str) -> str:
    """A text without what people write differently: case, blanks, hyphens.

    Examples
    --------
    >>> loose_text("Huh-7") == loose_text("HUH 7")
    True
    """
    return "".join(c for c in text.casefold() if c.isalnum())
