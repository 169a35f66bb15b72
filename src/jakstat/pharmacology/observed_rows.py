"""From the rows of a table to subjects with samples and doses: a NONMEM data set, or a plain spreadsheet.

In a NONMEM data set EVID 0 is a sample, 1 a dose, 2 something else, 3 a reset, 4 a reset and a dose; an ID
that returns behind others is another individual, and where several compartments are observed one is chosen.
In a spreadsheet the rows of a subject may stand in any order; a dose in a row without a concentration is
given at its time, and a dose that every row with a concentration repeats is given once, at time 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from jakstat.errors import Problem
from jakstat.limits import LIMITS
from jakstat.numbers import read_number
from jakstat.pharmacology.nonmem import DoseRecord, NonmemRow
from jakstat.pharmacology.observed_data import ConcentrationProfile
from jakstat.tables import Table, TableCell, TableLine

__all__ = ["ReadingOrder", "TimedSample", "event_profiles", "individuals", "read_sample", "sheet_profiles"]

_BELOW = {"blq", "bql", "bloq", "bdl", "<lloq", "<loq", "<lloq*", "<bloq", "<blq", "below", "below lloq",
          "below loq", "lloq", "loq", "<"}  # fmt: skip
_EVENTS = (1, 4)
_OTHER, _RESET, _RESET_DOSE = 2, 3, 4
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class ReadingOrder:
    """How cells become numbers, and what is asked of them beside the table.

    ``value`` and ``dose`` are by what concentrations and doses are multiplied; a dose per kg or per m2 is
    multiplied by ``dose_by`` (weight or BSA) of its row too.
    """

    hours: float = 1.0
    value: float = 1.0
    dose: float = 1.0
    dose_by: str = ""
    lloq: float | None = None
    log_values: bool = False
    compartment: int | None = None
    route: str = ""
    duration_h: float | None = None
    dose_each: float | None = None
    dose_time_h: float = 0.0
    interval_h: float | None = None


@dataclass(frozen=True, slots=True)
class TimedSample:
    """One concentration with its place."""

    time: float
    value: float
    below: bool
    limit: float
    line: int
    before: bool = False


@dataclass(slots=True)
class _Found:
    """What the rows of one individual gave, one list for each profile."""

    samples: list[list[TimedSample]] = field(default_factory=lambda: [[]])
    doses: list[list[DoseRecord]] = field(default_factory=lambda: [[]])
    missing: int = 0
    others: int = 0

    def reset(self) -> None:
        """Begin another profile, if there is anything in this one."""
        if self.samples[-1] or self.doses[-1]:
            self.samples.append([])
            self.doses.append([])


def individuals(table: Table, *, events: bool) -> tuple[list[tuple[str, list[TableLine]]], list[str]]:
    """The lines of each individual under its name, and notes on names that return.

    Examples
    --------
    >>> from jakstat.spreadsheets import table_of
    >>> table = table_of({"ID": [1, 2, 1], "TIME": [0, 0, 9]}, name="d")
    >>> [(name, len(lines)) for name, lines in individuals(table, events=True)[0]]
    [('1', 1), ('2', 1), ('1 (2)', 1)]
    >>> [(name, len(lines)) for name, lines in individuals(table, events=False)[0]]
    [('1', 2), ('2', 1)]
    """
    blocks: list[tuple[str, list[TableLine]]] = []
    seen: dict[float | str, list[int]] = {}
    last: float | str | None = None
    notes: list[str] = []
    for line in table.lines:
        name = line.cells.get("ID", "1")
        number = read_number(name)
        key: float | str = name if number is None else number
        places = seen.setdefault(key, [])
        if key != last and (events or not places):
            places.append(len(blocks))
            shown = name if len(places) == 1 else f"{name} ({len(places)})"
            blocks.append((shown, []))
            if len(places) > 1:
                notes.append(
                    f"ID {name} returns in line {line.number}: another individual, {shown}, as in NONMEM"
                )
        blocks[places[-1]][1].append(line)
        last = key
    return blocks, notes[:5] + ([f"and {len(notes) - 5} more IDs that return"] if len(notes) > 5 else [])


def read_sample(
    table: Table, line: TableLine, time: float, order: ReadingOrder, faults: list[Problem]
) -> TimedSample | None:
    """The concentration of a row; None when there is none.

    Problems
    --------
    ``observed.concentration``, ``observed.limit``.
    """
    cell = table.cell(line, "DV")
    text = cell.text.strip()
    limit = _limit(table, line, order, faults)
    flag = table.cell(line, "BLQ")
    below = bool(flag.text) and not flag.missing and _flagged(flag, faults)
    if text.casefold() in _BELOW or (text.startswith("<") and _after(text) is not None):
        told = _after(text)
        limit = told * order.value if told is not None else limit
        return TimedSample(time, math.nan, True, limit, line.number)
    if cell.missing:
        return TimedSample(time, math.nan, True, limit, line.number) if below else None
    value = read_number(text)
    most = math.log(LIMITS.amount) if order.log_values else LIMITS.amount
    if value is None or abs(value) > most or (value < 0 and not order.log_values):
        faults.append(_bad(cell, value))
        return None
    value = math.exp(value) * order.value if order.log_values else value * order.value
    if below and math.isnan(limit) and value > 0:
        limit = value
    if below or (not math.isnan(limit) and value < limit):
        return TimedSample(time, math.nan, True, limit, line.number)
    return TimedSample(time, value, False, limit, line.number)


def _after(text: str) -> float | None:
    """The number behind a sign of below."""
    return read_number(text.lstrip("<= ").strip())


def _bad(cell: TableCell, value: float | None) -> Problem:
    if value is not None and value > 0:
        hint = "is the unit right? is DV a logarithm? (--unit, --log-dv)"
        return cell.fault("observed.concentration", f"the concentration is {cell.text.strip()[:20]}", hint)
    if value is not None:
        hint = "a logarithm? say --log-dv; below the limit? write BLQ, or give the limit in a column LLOQ"
        return cell.fault("observed.concentration", f"the concentration is {value:g}", hint)
    text = cell.text.strip()
    if text.startswith(">"):
        hint = "measure it diluted, or leave the row out with --ignore"
        return cell.fault("observed.concentration", f"{text[:20]!r} lies above the range of the assay", hint)
    hint = "a number; BLQ or <0.05 below the limit; a dot where there is none; its unit in the heading"
    return cell.fault("observed.concentration", f"{text[:20]!r} is no concentration", hint)


def _flagged(flag: TableCell, faults: list[Problem]) -> bool:
    """Whether a flag says below the limit."""
    value = read_number(flag.text)
    if value not in (0.0, 1.0):
        hint = "1 below the limit, 0 measured"
        faults.append(flag.fault("observed.concentration", f"{flag.text[:20]!r} is no flag", hint))
    return value == 1.0


def _limit(table: Table, line: TableLine, order: ReadingOrder, faults: list[Problem]) -> float:
    cell = table.cell(line, "LLOQ")
    if cell.missing:
        return math.nan if order.lloq is None else order.lloq
    value = read_number(cell.text)
    if value is None or value <= 0:
        hint = "a number above 0, in the unit of the concentrations"
        faults.append(cell.fault("observed.limit", f"{cell.text[:20]!r} is no limit of quantification", hint))
        return math.nan
    return value * order.value


def event_profiles(
    table: Table,
    name: str,
    lines: Sequence[TableLine],
    hours: Mapping[int, float],
    order: ReadingOrder,
    faults: list[Problem],
    depots: Mapping[int, str] | None = None,
) -> tuple[list[ConcentrationProfile], tuple[int, int]]:
    """The profiles of one individual of a NONMEM data set, and how many samples were missing or others.

    Parameters
    ----------
    depots : mapping of compartment to place, optional
        Of the drug, where it is known: a dose into ``Drug`` is intravenous.
    """
    found = _Found()
    latest = -math.inf
    kinds = _EVENTS if "EVID" in table.columns else (0, *_EVENTS)
    for line in lines:
        scale = _scale(table, line, order, faults)
        row = NonmemRow(table, line, hours=hours, scale=scale, events=kinds)
        event = row["EVID"] if "EVID" in row.values else float(row.is_dose())
        if event in (_RESET, _RESET_DOSE):
            found.reset()
            latest = -math.inf
        if row["TIME"] < latest - _CLOSE:
            hint = "sort by time, or begin another profile with EVID 3 or 4"
            said = f"the time {row['TIME']:g} h comes behind {latest:g} h"
            faults.append(table.cell(line, "TIME").fault("observed.order", said, hint))
        latest = max(latest, row["TIME"])
        if event == 0:
            row.check_observation()
            if row["MDV"] or (order.compartment and row["CMT"] not in (0, order.compartment)):
                found.missing += bool(row["MDV"])
                found.others += not row["MDV"]
            elif (sample := read_sample(table, line, row["TIME"], order, faults)) is None:
                found.missing += 1
            else:
                found.samples[-1].append(sample)
        elif event in _EVENTS and not row.problems:
            row.check_dose(first=not found.doses[-1], earlier=True)
            found.doses[-1] += [] if row.problems else [row.record()]
            found.samples[-1] = _before(found.samples[-1], row["TIME"])
        elif event not in (*_EVENTS, _OTHER, _RESET):
            row.check_dose(first=True)
        else:
            found.others += event == _OTHER
        faults += row.problems
    return _profiles(name, found, order, depots), (found.missing, found.others)


def _before(samples: list[TimedSample], time: float) -> list[TimedSample]:
    """Samples of the time of a dose that stand before it were taken before it."""
    return [replace(s, before=True) if abs(s.time - time) < _CLOSE else s for s in samples]


def _scale(table: Table, line: TableLine, order: ReadingOrder, faults: list[Problem]) -> dict[str, float]:
    dose = order.dose * _by(table, line, order, faults)
    return {"AMT": dose, "RATE": dose / order.hours, "II": order.hours, "DUR": order.hours}


def _by(table: Table, line: TableLine, order: ReadingOrder, faults: list[Problem]) -> float:
    """Weight or surface of a row, where doses are given by it."""
    if not order.dose_by:
        return 1.0
    cell = table.cell(line, order.dose_by)
    value = read_number(cell.text)
    if value is None or value <= 0:
        hint = f"a column {order.dose_by} with a number in every row, or doses in mg"
        said = f"doses are given by {order.dose_by} and it is missing"
        faults.append(cell.fault("observed.dose", said, hint))
        return 1.0
    return value


def _profiles(
    name: str, found: _Found, order: ReadingOrder, depots: Mapping[int, str] | None = None
) -> list[ConcentrationProfile]:
    made = []
    pairs = [(s, d) for s, d in zip(found.samples, found.doses, strict=True) if s]
    for k, (samples, doses) in enumerate(pairs, 1):
        label = name if len(pairs) == 1 else f"{name}, occasion {k}"
        made.append(_profile(label, samples, doses, _route(doses, order, depots)))
    return made


def _route(doses: Sequence[DoseRecord], order: ReadingOrder, depots: Mapping[int, str] | None) -> str:
    if any(d.duration > 0 for d in doses) and order.route in ("", "bolus", "infusion"):
        return "infusion"
    if order.route:
        return "bolus" if order.route == "infusion" else order.route
    if depots and doses:
        return "bolus" if depots.get(doses[0].cmt) == "Drug" else "extravascular"
    return "extravascular"


def _profile(
    label: str, samples: Sequence[TimedSample], doses: Sequence[DoseRecord], route: str
) -> ConcentrationProfile:
    ordered = sorted(samples, key=lambda s: (s.time, not s.before))
    made = ConcentrationProfile(
        label,
        np.array([s.time for s in ordered]),
        np.array([s.value for s in ordered]),
        np.array([s.below for s in ordered], dtype=bool),
        np.array([s.limit for s in ordered]),
        np.array([s.before for s in ordered], dtype=bool),
        np.array([s.line for s in ordered], dtype=np.int_),
        tuple(sorted(doses, key=lambda d: d.time)),
        route,
    )
    later = np.array([d.time + k * d.ii for d in doses for k in range(1, d.count)])
    implied = np.any(np.abs(made.times[:, None] - later[None, :]) < _CLOSE, axis=1)
    made.before[:] |= implied
    return made


def sheet_profiles(
    table: Table,
    name: str,
    lines: Sequence[TableLine],
    hours: Mapping[int, float],
    order: ReadingOrder,
    faults: list[Problem],
    compartment: Mapping[str, int] | None = None,
) -> tuple[list[ConcentrationProfile], tuple[int, int]]:
    """The profiles of one subject of a spreadsheet, one for each occasion, and how many samples were missing.

    Parameters
    ----------
    compartment : mapping of place to number, optional
        Compartments of the drug, where it is known.
    """
    groups: dict[str, list[TableLine]] = {}
    for line in lines:
        groups.setdefault(line.cells.get("OCC", ""), []).append(line)
    made: list[ConcentrationProfile] = []
    missing = 0
    for occasion, of_it in groups.items():
        rows = sorted((r for r in of_it if r.number in hours), key=lambda r: hours[r.number])
        told = [(r, read_sample(table, r, hours[r.number], order, faults)) for r in rows]
        samples = [s for _, s in told if s is not None]
        route, duration = _sheet_route(table, rows, order, faults)
        given = _sheet_doses(table, told, hours, order, faults)
        place = (compartment or {}).get("Depot" if route == "extravascular" else "Drug", 1)
        ss, ii = (1, order.interval_h) if order.interval_h else (0, 0.0)
        doses = [
            DoseRecord(name, t, a, a / duration if duration else 0.0, 0, ii, ss, place) for t, a in given
        ]
        ahead = [s for s in samples if any(abs(s.time - t) < _CLOSE for t, _ in given)]
        for sample in ahead if route != "bolus" else ():
            samples = _before(samples, sample.time)
        missing += sum(s is None and not _has_dose(table, r) for r, s in told)
        label = f"{name}, occasion {occasion}" if len(groups) > 1 and occasion else name
        if samples:
            made.append(_profile(label, samples, doses, route))
    return made, (missing, 0)


def _has_dose(table: Table, line: TableLine) -> bool:
    return not table.cell(line, "DOSE").missing


def _sheet_route(
    table: Table, rows: Sequence[TableLine], order: ReadingOrder, faults: list[Problem]
) -> tuple[str, float]:
    """Route and length of an infusion (h), of the cells or as asked for."""
    route, duration = order.route, order.duration_h or 0.0
    for line in rows:
        cell = table.cell(line, "ROUTE")
        if not cell.missing:
            found = ROUTES.get(cell.text.strip().casefold())
            if found is None:
                hint = "PO, SC, IV bolus or IV infusion"
                faults.append(cell.fault("observed.route", f"{cell.text[:20]!r} is no route", hint))
            route = found or route
        cell = table.cell(line, "DUR")
        if not cell.missing and (value := read_number(cell.text)) is not None and value > 0:
            duration = value * order.hours
    if duration > 0 and route in ("", "bolus", "infusion"):
        return "infusion", duration
    return ("bolus" if route == "infusion" else route) or "extravascular", 0.0


ROUTES: Mapping[str, str] = {
    **dict.fromkeys(("po", "oral", "sc", "im", "extravascular", "ev", "subcutaneous", "ip"), "extravascular"),
    **dict.fromkeys(("iv", "bolus", "iv bolus", "intravenous"), "bolus"),
    **dict.fromkeys(("infusion", "iv infusion", "ivinf"), "infusion"),
}
"""What routes are called, and what they are for areas and slopes."""


def _sheet_doses(
    table: Table,
    told: Sequence[tuple[TableLine, TimedSample | None]],
    hours: Mapping[int, float],
    order: ReadingOrder,
    faults: list[Problem],
) -> list[tuple[float, float]]:
    """Time and milligrams of each dose."""
    found: list[tuple[float, float, bool]] = []
    for line, sample in told:
        cell = table.cell(line, "DOSE")
        if cell.missing:
            continue
        value = read_number(cell.text)
        if value is None or value < 0:
            hint = "a number above 0, its unit in the heading: dose (mg)"
            faults.append(cell.fault("observed.dose", f"{cell.text[:20]!r} is no dose", hint))
        elif value > 0:
            amount = value * order.dose * _by(table, line, order, faults)
            found.append((hours[line.number], amount, sample is not None))
    if not found:
        if not order.dose_each or not told:
            return []
        return [(order.dose_time_h, order.dose_each * _by(table, told[0][0], order, faults))]
    if sum(beside for *_, beside in found) == sum(s is not None for _, s in told):  # in every row
        if len({round(amount, 9) for _, amount, _ in found}) > 1:
            hint = "put each dose into a row of its own, without a concentration, or name a column occasion"
            said = "the dose changes from row to row, and each row has a concentration"
            faults.append(table.cell(told[0][0], "DOSE").fault("observed.dose", said, hint))
        return [(order.dose_time_h, found[0][1])]
    return [(time, amount) for time, amount, _ in found]
