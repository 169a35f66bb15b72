"""Dose tables of the NONMEM form, in and out: ID, TIME, AMT, RATE, ADDL, II, SS, CMT, EVID, MDV, DV.

TIME in hours, AMT in mg, RATE in mg/h; a dose with RATE 0 is given at once. DUR (h), which other programs
know and NONMEM does not, is read too. CMT 1 is the site of administration of a drug that is swallowed or
injected under the skin and CMT 2 its plasma; a drug that is infused only has CMT 1, its plasma. A steady
state (SS 1) is made of doses before the time of the record, as many as the drug's half-life asks for.

What the columns mean follows NONMEM's guide for PREDPP as recalled: a dot is 0, records of one ID stand
together, an observation (EVID 0) has no dose, and the data item RATE and not a duration tells an infusion.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jakstat.engine.doses import Dose
from jakstat.errors import InputError, Problem, problem
from jakstat.limits import LIMITS
from jakstat.numbers import read_number
from jakstat.pharmacology.noncompartmental import reading_constants
from jakstat.pharmacology.pk_library import PkModel
from jakstat.tables import Table, TableLine, read_cells

__all__ = [
    "DoseRecord",
    "NonmemRow",
    "NonmemTable",
    "compartments",
    "engine_doses",
    "read_dose_table",
    "write_dose_table",
]

_COLUMNS = ("ID", "TIME", "DV", "AMT", "RATE", "ADDL", "II", "SS", "CMT", "EVID", "MDV")
_NUMBERS = ("TIME", "AMT", "RATE", "DUR", "ADDL", "II", "SS", "CMT", "EVID", "MDV")
_DOSING = ("AMT", "RATE", "DUR", "ADDL", "II", "SS")
_WHOLE = ("ADDL", "SS", "CMT", "EVID", "MDV")
_REFUSED = {
    **dict.fromkeys(("DATE", "DAT1", "DAT2", "DAT3"), "give TIME in hours since the first dose"),
    "CONT": "write one record in one line",
    "C": "take out the lines that are marked, and the column",
}
_MISSING = ("", ".")
_MOST_PROBLEMS = 50


@dataclass(frozen=True, slots=True)
class DoseRecord:
    """One dose of a table, with its repeats.

    Examples
    --------
    >>> DoseRecord("1", 0.0, 100.0, rate=50.0, addl=5, ii=504.0).duration
    2.0
    """

    id: str
    time: float
    amt: float
    rate: float = 0.0
    addl: int = 0
    ii: float = 0.0
    ss: int = 0
    cmt: int = 1

    @property
    def count(self) -> int:
        """Doses in all."""
        return self.addl + 1

    @property
    def duration(self) -> float:
        """Length of the infusion in hours; 0 for a dose at once."""
        return self.amt / self.rate if self.rate > 0 else 0.0


@dataclass(frozen=True, slots=True)
class NonmemTable:
    """The doses of a table, how many observations it has, and the columns that say nothing on doses."""

    records: tuple[DoseRecord, ...]
    observations: int = 0
    columns: tuple[str, ...] = ()

    @property
    def passed_over(self) -> str:
        """What is not used, in words; empty when everything is."""
        said = [f"{self.observations} observation{'s' * (self.observations != 1)}"] * (self.observations > 0)
        said += [f"column{'s' * (len(self.columns) != 1)} {', '.join(self.columns)}"] * bool(self.columns)
        return "; ".join(said)


def compartments(model: PkModel) -> Mapping[int, str]:
    """Species by number of compartment.

    Examples
    --------
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> dict(compartments(pk_model("tocilizumab"))), dict(compartments(pk_model("siltuximab")))
    ({1: 'Depot', 2: 'Drug'}, {1: 'Drug'})
    """
    places = ["Depot", "Drug"] if "Depot" in model.routes.values() else ["Drug"]
    return dict(enumerate(places, 1))


def read_dose_table(data: bytes, *, file: str) -> NonmemTable:
    """The dose records of a table; observation records and other columns are passed over, and counted.

    Parameters
    ----------
    data : bytes
        CSV with a header; ID, TIME and AMT are needed, a dot or nothing is 0.
    file : str
        Name for messages.

    Raises
    ------
    InputError
        Every problem, with file, line and column: those of :func:`jakstat.tables.read_cells`, and
        ``dose-table.column``, ``.id``, ``.number``, ``.range``, ``.order``, ``.event``, ``.rate``,
        ``.steady-state``, ``.empty``.

    Examples
    --------
    >>> table = read_dose_table(b"ID,TIME,AMT,ADDL,II,WT\\n1,0,800,5,504,70\\n", file="doses.csv")
    >>> table.records[0].count, table.records[0].ii, table.passed_over
    (6, 504.0, 'column WT')
    """
    table = read_cells(
        data, file=file, columns=("ID", "TIME", "AMT"), others=True,
        heading=lambda cell: cell.strip().lstrip("#").upper(),
    ).sound()  # fmt: skip
    problems = [
        table.head(name).fault("dose-table.column", f"column {name} is not read", hint)
        for name, hint in _REFUSED.items()
        if name in table.columns
    ]
    found: list[DoseRecord] = []
    observations, before = 0, _Before()
    for line in table.lines:
        if len(problems) >= _MOST_PROBLEMS:
            break
        row = NonmemRow(table, line)
        before.check_order(row)
        if not row.is_dose():
            row.check_observation()
            observations += 1
        elif not row.problems:
            row.check_dose(first=before.first)
            found += [] if row.problems else [row.record()]
        before.first = before.first and not row.is_dose()
        problems += row.problems
    if problems:
        raise InputError(problems)
    if not found:
        raise problem(
            "dose-table.empty", "the table holds no dose", file=file, hint="EVID 1 with AMT above 0"
        )
    others = tuple(name for name in table.columns if name and name not in ("ID", *_NUMBERS))
    return NonmemTable(tuple(found), observations, others)


class _Before:
    """What the rows read so far leave: IDs, the latest time of the last, and whether it has a dose yet."""

    def __init__(self) -> None:
        self.ids: set[float | str] = set()
        self.last: float | str | None = None
        self.time, self.first = -math.inf, True

    def check_order(self, row: NonmemRow) -> None:
        """Rows of an ID stand together, in order of time."""
        key, time = row.identity(), row["TIME"]
        if key != self.last:
            if key in self.ids:
                hint = "NONMEM takes it as another individual: give it another ID, or sort by ID and TIME"
                row.say("id", f"ID {row.id[:40]} returns after other IDs", "ID", hint)
            self.ids.add(key)
            self.last, self.time, self.first = key, -math.inf, True
        if time < self.time:
            row.say("order", f"TIME {time:g} comes behind {self.time:g}", "TIME", "sort by ID and TIME")
        self.time = max(self.time, time)


class NonmemRow:
    """One line of a table: its numbers, what is wrong with them, and the dose it makes.

    Parameters
    ----------
    table : Table
    line : TableLine
    hours : mapping of line to float, optional
        Times that were read before; the column is read where there are none.
    scale : mapping of column to float, optional
        By what numbers are multiplied, to be hours and mg.
    events : tuple of int
        What EVID may be of a dose.
    """

    def __init__(
        self,
        table: Table,
        line: TableLine,
        *,
        hours: Mapping[int, float] | None = None,
        scale: Mapping[str, float] | None = None,
        events: tuple[int, ...] = (0, 1),
    ) -> None:
        self.table, self.line, self.events = table, line, events
        self.problems: list[Problem] = []
        self.id = line.cells.get("ID", "1")
        if self.id in _MISSING or len(self.id) > LIMITS.name_length:
            said = "ID is empty" if self.id in _MISSING else f"ID has {len(self.id)} characters"
            self.say(
                "number", said, "ID", f"give a number or a name of up to {LIMITS.name_length} characters"
            )
        told = [name for name in _NUMBERS if name in table.columns and (hours is None or name != "TIME")]
        self.values = {name: self._number(name) * (scale or {}).get(name, 1.0) for name in told}
        if hours is not None:
            self.values["TIME"] = hours.get(line.number, 0.0)
        elif self.line.cells["TIME"] in _MISSING:
            self.say("number", "TIME is missing", "TIME", "hours since the first dose")

    def __getitem__(self, name: str) -> float:
        return self.values.get(name, 0.0)

    def say(self, code: str, message: str, column: str, hint: str = "") -> None:
        """Note a problem in a column."""
        self.problems.append(self.table.cell(self.line, column).fault(f"dose-table.{code}", message, hint))

    def _number(self, name: str) -> float:
        word = self.line.cells[name]
        value = 0.0 if word in _MISSING else read_number(word)
        if value is None or (name in _WHOLE and value != int(value)):
            kind = "a whole number" if name in _WHOLE else "a number"
            self.say("number", f"{word[:20]!r} is not {kind}", name)
            return 0.0
        return value

    def identity(self) -> float | str:
        """What tells individuals apart: 1 and 1.0 are one."""
        value = read_number(self.id)
        return self.id if value is None else value

    def is_dose(self) -> bool:
        """Whether the record is none of an observation; without EVID, whether it has anything of a dose."""
        return self["EVID"] != 0 if "EVID" in self.values else any(self[name] for name in _DOSING)

    def check_observation(self) -> None:
        """An observation has no dose."""
        for name in _DOSING:
            if self[name]:
                hint = "EVID 1 is a dose; an observation has 0 there"
                self.say("event", f"EVID is 0, an observation, and {name} is {self[name]:g}", name, hint)

    def check_dose(self, *, first: bool, earlier: bool = False) -> None:
        """Ranges, and what items say of each other; ``earlier`` lets it be given before time 0."""
        if self["EVID"] not in self.events:
            hint = "0 (observation) or 1 (dose); a reset is a new ID"
            self.say("event", f"EVID {self['EVID']:g} is not supported", "EVID", hint)
        if not 0 < self["AMT"] <= LIMITS.amount:
            self.say("range", f"AMT is {self['AMT']:g}", "AMT", "a dose has more than 0 mg")
        if not (-LIMITS.until_hours if earlier else 0) <= self["TIME"] <= LIMITS.until_hours:
            self.say("range", f"TIME is {self['TIME']:g}", "TIME", f"0 to {LIMITS.until_hours:g} h")
        rate, long = self["RATE"], self["DUR"]
        if rate < 0:
            self.say("rate", f"RATE {rate:g} asks the model for it", "RATE", "give mg/h, or DUR in h")
        if long < 0 or (rate > 0 and long > 0 and abs(self["AMT"] / rate - long) > 1e-6 * long):
            self.say("rate", f"RATE {rate:g} and DUR {long:g} do not agree", "DUR", "give one of them")
        if not 0 <= self["ADDL"] < LIMITS.doses:
            self.say("range", f"ADDL is {self['ADDL']:g}", "ADDL", f"0 to {LIMITS.doses - 1}")
        if (self["ADDL"] > 0 or self["SS"]) and not self["II"] > 0:
            self.say("range", "ADDL and SS need an interval II above 0", "II")
        if self["SS"] not in (0, 1):
            self.say("steady-state", f"SS {self['SS']:g} is not supported", "SS", "0 or 1")
        if self["SS"] and not first:
            said = "SS stands behind other doses of its ID"
            self.say("steady-state", said, "SS", "only the first dose of an ID")
        if self["SS"] and not self.problems and self.record().duration > self["II"]:
            said = "an infusion longer than II has no such steady state"
            self.say("steady-state", said, "SS", "shorten it")

    def record(self) -> DoseRecord:
        """The dose."""
        rate = self["RATE"] or (self["AMT"] / self["DUR"] if self["DUR"] else 0.0)
        repeats, place = int(self["ADDL"]), int(self["CMT"]) or 1
        return DoseRecord(
            self.id, self["TIME"], self["AMT"], rate, repeats, self["II"], int(self["SS"]), place
        )


def write_dose_table(records: Sequence[DoseRecord]) -> str:
    """The records as CSV in NONMEM's columns; reads back to the same records.

    Examples
    --------
    >>> text = write_dose_table([DoseRecord("1", 0.0, 800.0, rate=400.0)])
    >>> text.splitlines()[1], read_dose_table(text.encode(), file="t").records[0].duration
    ('1,0.0,.,800.0,400.0,0,0.0,0,1,1,1', 2.0)
    """
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for r in records:
        writer.writerow([r.id, r.time, ".", r.amt, r.rate, r.addl, r.ii, r.ss, r.cmt, 1, 1])
    return target.getvalue()


def engine_doses(
    model: PkModel, records: Sequence[DoseRecord], *, half_life_h: float
) -> tuple[dict[str, list[Dose]], dict[str, float]]:
    """The engine's doses by ID, and the run-in in hours before time 0 that a steady state takes.

    All doses of an ID are shifted by its run-in, so that the first lies at 0 or later.

    Parameters
    ----------
    model : PkModel
    records : sequence of DoseRecord
    half_life_h : float
        Terminal half-life; a steady state takes so many of them as ``readings.csv`` says.

    Raises
    ------
    InputError
        ``dose-table.compartment``: no such compartment; ``dose-table.steady-state``: the clearance of the
        drug changes with time, or it would take too many doses.

    Examples
    --------
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> steady = [DoseRecord("1", 0.0, 15.0, ii=12.0, ss=1)]
    >>> doses, run_in = engine_doses(pk_model("ruxolitinib"), steady, half_life_h=3.0)
    >>> doses["1"][0].count, run_in["1"]
    (4, 36.0)
    """
    places = compartments(model)
    found: dict[str, list[Dose]] = {}
    run_in: dict[str, float] = {}
    for r in records:
        if r.cmt not in places:
            hint = ", ".join(f"{k} {v}" for k, v in places.items())
            raise problem(
                "dose-table.compartment", f"{model.name} has no CMT {r.cmt}", field="CMT", hint=hint
            )
        before = 0
        if r.ss:
            if "clearance_falls" in model.parts:
                message = f"{model.name} has no steady state at its first dose: its clearance falls with time"
                raise problem("dose-table.steady-state", message, field="SS", hint="write the doses out")
            before = math.ceil(reading_constants()["run_in"].value * half_life_h / r.ii)
            if before + r.count > LIMITS.doses:
                message = f"the steady state would take {before} doses"
                raise problem("dose-table.steady-state", message, field="SS", hint=f"at most {LIMITS.doses}")
        shift = run_in.setdefault(r.id, before * r.ii)
        start = r.time + shift - before * r.ii
        place, late = places[r.cmt], 0.0
        if place == "Depot":
            late = model.number("lag", "h") or 0.0
        dose = Dose(start + late, place, r.amt, duration=r.duration, interval=r.ii, count=r.count + before)
        found.setdefault(r.id, []).append(dose)
    return found, run_in
