"""Dose tables of the NONMEM form, in and out: ID, TIME, AMT, RATE, DUR, ADDL, II, SS, CMT, EVID, MDV.

TIME in hours, AMT in mg, RATE in mg/h, DUR in h. CMT 1 is the site of administration of a drug that is
swallowed or injected under the skin and CMT 2 its plasma; a drug that is infused only has CMT 1, its
plasma. A steady state (SS 1) is made of doses before the time of the record; which are as many as the
drug's half-life asks for.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from jakstat.engine.doses import Dose
from jakstat.errors import InputError, Problem, problem
from jakstat.limits import LIMITS
from jakstat.pharmacology.pk_library import PkModel

__all__ = ["COLUMNS", "DoseRecord", "compartments", "engine_doses", "read_dose_table", "write_dose_table"]

COLUMNS = ("ID", "TIME", "AMT", "RATE", "DUR", "ADDL", "II", "SS", "CMT", "EVID", "MDV")
_NEEDED = ("ID", "TIME", "AMT")
_MISSING = ("", ".")
_STEADY_HALF_LIVES = 10.0  # 0.1 % of the steady state is left then


@dataclass(frozen=True, slots=True)
class DoseRecord:
    """One line of a dose table.

    Examples
    --------
    >>> DoseRecord("1", 0.0, 100.0, addl=5, ii=504.0).count
    6
    """

    id: str
    time: float
    amt: float
    rate: float = 0.0
    dur: float = 0.0
    addl: int = 0
    ii: float = 0.0
    ss: int = 0
    cmt: int = 1
    evid: int = 1
    mdv: int = 1

    @property
    def count(self) -> int:
        """Doses in all."""
        return self.addl + 1

    @property
    def duration(self) -> float:
        """Length of the infusion in hours; 0 for a dose at once."""
        return self.amt / self.rate if self.rate > 0 else self.dur


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


def read_dose_table(text: str, *, file: str) -> tuple[DoseRecord, ...]:
    """The dose records of a table; observation records (EVID 0) are passed over.

    Parameters
    ----------
    text : str
        CSV with a header; ID, TIME and AMT are needed, a dot or nothing is a missing value.
    file : str
        Name for messages.

    Raises
    ------
    InputError
        Every problem, with file, line and column: ``dose-table.column``, ``.number``, ``.range``,
        ``.order``, ``.event``, ``.rate``, ``.steady-state``, ``.empty``.

    Examples
    --------
    >>> table = read_dose_table("ID,TIME,AMT,ADDL,II\\n1,0,800,5,504\\n", file="doses.csv")
    >>> table[0].count, table[0].ii
    (6, 504.0)
    """
    if len(text) > LIMITS.table_bytes:
        raise problem(
            "dose-table.size", "the table is too large", file=file, hint=f"{LIMITS.table_bytes} bytes"
        )
    try:
        lines = [(k, row) for k, row in _lines(text) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise problem("dose-table.form", f"the table cannot be read: {error}", file=file) from None
    if not lines:
        raise problem("dose-table.empty", "the table is empty", file=file, line=1, hint=",".join(COLUMNS))
    header = [cell.strip().lstrip("#").upper() for cell in lines[0][1]]
    problems = _header_problems(header, file, lines[0][0])
    found: list[DoseRecord] = []
    if not problems:
        for number, row in lines[1:]:
            record, faults = _record(header, row, file, number)
            problems += faults
            if record is not None and record.evid != 0:
                faults = list(_faults(record, found, header, file, number))
                problems += faults
                found += [] if faults else [record]
    if problems:
        raise InputError(problems[: LIMITS.name_length])
    if not found:
        raise problem(
            "dose-table.empty", "the table holds no dose", file=file, hint="EVID 1 with AMT above 0"
        )
    return tuple(found)


def _lines(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    return [(reader.line_num, row) for row in reader]


def _header_problems(header: Sequence[str], file: str, line: int) -> list[Problem]:
    hint = f"columns: {', '.join(COLUMNS)}"
    wrong = [f"column {c} is missing" for c in _NEEDED if c not in header]
    wrong += [f"column {c[:20]!r} is not known" for c in header if c not in COLUMNS]
    wrong += [f"column {c} stands there twice" for c in dict.fromkeys(header) if header.count(c) > 1]
    return [Problem("dose-table.column", w, file, line, hint=hint) for w in wrong]


def _record(
    header: Sequence[str], row: Sequence[str], file: str, line: int
) -> tuple[DoseRecord | None, list[Problem]]:
    if len(row) != len(header):
        message = f"the line has {len(row)} cells, the header {len(header)}"
        return None, [Problem("dose-table.column", message, file, line)]
    values: dict[str, float | int | str] = {}
    problems = []
    whole = {f.name.upper() for f in fields(DoseRecord) if f.type == "int"}
    for place, (column, cell) in enumerate(zip(header, row, strict=True), 1):
        word = cell.strip()
        if column == "ID":
            values["id"] = word[: LIMITS.name_length]
            if word in _MISSING:
                problems.append(Problem("dose-table.number", "ID is empty", file, line, place, column))
        elif word not in _MISSING:
            try:
                value = float(word)
            except ValueError:
                value = math.nan
            if not math.isfinite(value) or (column in whole and value != int(value)):
                kind = "a whole number" if column in whole else "a number"
                message = f"{word[:20]!r} is not {kind}"
                problems.append(Problem("dose-table.number", message, file, line, place, column))
            else:
                values[column.lower()] = int(value) if column in whole else value
        elif column in _NEEDED and not (column == "AMT" and _observes(header, row)):
            problems.append(Problem("dose-table.number", f"{column} is missing", file, line, place, column))
    if problems:
        return None, problems
    values.setdefault("amt", 0.0)
    values.setdefault("evid", 1 if float(values["amt"]) > 0 else 0)
    return DoseRecord(**values), []  # type: ignore[arg-type]


def _observes(header: Sequence[str], row: Sequence[str]) -> bool:
    return "EVID" not in header or row[list(header).index("EVID")].strip() in ("0", *_MISSING)


def _faults(
    r: DoseRecord, before: Sequence[DoseRecord], header: Sequence[str], file: str, line: int
) -> list[Problem]:
    found = []

    def say(code: str, message: str, column: str, hint: str = "") -> None:
        place = list(header).index(column) + 1 if column in header else None
        found.append(Problem(f"dose-table.{code}", message, file, line, place, column, hint))

    if r.evid != 1:
        say(
            "event",
            f"EVID {r.evid} is not supported",
            "EVID",
            "0 (observation) or 1 (dose); a reset is a new ID",
        )
    if not 0 < r.amt <= LIMITS.amount:
        say("range", f"AMT is {r.amt:g}", "AMT", "a dose has more than 0 mg")
    if not 0 <= r.time <= LIMITS.until_hours:
        say("range", f"TIME is {r.time:g}", "TIME", f"0 to {LIMITS.until_hours:g} h")
    if r.rate < 0:
        say("rate", f"RATE {r.rate:g} asks the model for it", "RATE", "give mg/h, or DUR in h")
    if r.dur < 0 or (r.rate > 0 and r.dur > 0 and abs(r.amt / r.rate - r.dur) > 1e-6 * r.dur):
        say("rate", f"RATE {r.rate:g} and DUR {r.dur:g} do not agree", "DUR", "give one of them")
    if r.addl < 0 or r.addl >= LIMITS.doses:
        say("range", f"ADDL is {r.addl}", "ADDL", f"0 to {LIMITS.doses - 1}")
    if (r.addl > 0 or r.ss) and not r.ii > 0:
        say("range", "ADDL and SS need an interval II above 0", "II")
    if r.ss not in (0, 1):
        say("steady-state", f"SS {r.ss} is not supported", "SS", "0 or 1")
    if r.ss and r.duration > r.ii > 0:
        say("steady-state", "an infusion longer than II has no such steady state", "SS", "shorten it")
    mine = [b for b in before if b.id == r.id]
    if mine and r.time < mine[-1].time:
        say("order", f"TIME {r.time:g} comes behind {mine[-1].time:g}", "TIME", "sort by ID and TIME")
    if r.ss and mine:
        say("steady-state", "SS stands behind other doses of its ID", "SS", "only the first dose of an ID")
    return found


def write_dose_table(records: Sequence[DoseRecord]) -> str:
    """The records as CSV, with every column; reads back to the same records.

    Examples
    --------
    >>> text = write_dose_table([DoseRecord("1", 0.0, 800.0, dur=1.0)])
    >>> text.splitlines()[1], read_dose_table(text, file="t")[0].dur
    ('1,0.0,800.0,0.0,1.0,0,0.0,0,1,1,1', 1.0)
    """
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    for record in records:
        writer.writerow([getattr(record, column.lower()) for column in COLUMNS])
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
        Terminal half-life; a steady state takes ten of them.

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
            before = math.ceil(_STEADY_HALF_LIVES * half_life_h / r.ii)
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
