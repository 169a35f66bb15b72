"""Times to an event of a table of one's own: ADaM's ADTTE, cBioPortal's and GDC's patients, or a plain one.

Which column is the time, in which unit, what is an event and who is in which group: read where the form of
the table settles it, asked for by name where it does not. Every patient counts once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jakstat.errors import InputError, Note, Problem, problem
from jakstat.limits import LIMITS
from jakstat.numbers import read_number
from jakstat.spreadsheets import read_spreadsheet, table_of
from jakstat.tables import Table, TableLine
from jakstat.trial.intervals import Events
from jakstat.trial.survival_status import (
    CENSORED_NAMES,
    EVENT_NAMES,
    STATUS_NAMES,
    StatusReader,
    is_missing,
    status_reader,
)
from jakstat.units import convert

__all__ = ["SurvivalReading", "SurvivalTable", "read_survival"]

_MOST_GROUPS, _MOST_PROBLEMS = 12, 50
_EVERYBODY = "all"
_TIMES = {"hour": "h", "hours": "h", "h": "h", "day": "d", "days": "d", "d": "d", "week": "week",
          "weeks": "week", "wk": "week", "month": "month", "months": "month", "mo": "month", "mon": "month",
          "year": "year", "years": "year", "yr": "year", "y": "year"}  # fmt: skip
_TIME_NAMES = ("time", "t", "os time", "pfs time", "futime", "follow up", "survival time", "duration",
               "months", "days", "weeks", "years", "time to event")  # fmt: skip
_GROUP_NAMES = ("trtp", "trt01p", "trta", "trt01a", "arm", "actarm", "group", "treatment", "trt")
_SUBJECT_NAMES = ("usubjid", "subjid", "patient id", "case submitter id", "submitter id", "case id",
                  "subject", "patient", "id")  # fmt: skip
_IN_BRACKETS = re.compile(r".*[(\[]\s*([A-Za-z]+)\s*[)\]]\s*")
_TOLD = {"h": "hours", "d": "days", "week": "weeks", "month": "months", "year": "years"}
_OF_UNIT = "days, weeks, months or years: --time-unit months"


@dataclass(frozen=True, slots=True)
class SurvivalReading:
    """What the table does not say: all empty where its form settles it.

    Parameters
    ----------
    endpoint : str
        ``PARAMCD`` of an ADTTE, or what stands before ``_MONTHS`` at cBioPortal.
    time, status, group : str
        Headings.
    events : tuple of str
        Values of the status that are the event.
    time_unit, sheet : str
    """

    endpoint: str = ""
    time: str = ""
    status: str = ""
    group: str = ""
    events: tuple[str, ...] = ()
    time_unit: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class SurvivalTable:
    """Times and events by group, in hours; the first group is the one that stands first in the file."""

    file: str
    key: str
    endpoint: str
    groups: Mapping[str, Events]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a row of this form has what; ``time`` gives the text of a row's time and its unit."""

    form: str
    time: Callable[[TableLine], tuple[str, str]]
    time_name: str
    status: str
    endpoint: str
    lines: tuple[TableLine, ...]


def read_survival(data: object, reading: SurvivalReading | None = None) -> SurvivalTable:
    """The groups of a survival table.

    Parameters
    ----------
    data : path, DataFrame, rows or columns
    reading : SurvivalReading, optional

    Raises
    ------
    InputError
        ``survival.column``, ``survival.endpoint``, ``survival.status``, ``survival.unit``,
        ``survival.time``, ``survival.twice``, ``survival.group``, ``survival.empty``; those of a table.

    Examples
    --------
    >>> rows = {"PATIENT_ID": ["a", "b"], "OS_STATUS": ["1:DECEASED", "0:LIVING"], "OS_MONTHS": [12, 24]}
    >>> found = read_survival(rows)
    >>> found.endpoint, found.groups["all"].happened.tolist(), found.groups["all"].time.tolist()
    ('OS', [True, False], [8766.0, 17532.0])
    """
    asked = reading or SurvivalReading()
    if isinstance(data, str | Path):
        table = read_spreadsheet(Path(data), field="FILE", columns=(), sheet=asked.sheet or None).sound()
    else:
        table = table_of(data, name="data").sound()
    if not table.lines:
        raise problem("survival.empty", "the table holds no row", file=table.file)
    names = {_loose(name): name for name in table.columns}
    columns = _adtte(table, names, asked) or _gdc(table, names, asked) or _portal(table, names, asked)
    columns = columns or _plain(table, names, asked)
    cells = [table.cell(line, columns.status) for line in columns.lines]
    read, words = status_reader(columns.status, cells, asked.events)
    notes = [Note("survival.status", table.file, f"{columns.form}: {words}")]
    group = _group(names, asked, table)
    rows, faults, left = _rows(table, columns, read, group, names, asked.time_unit)
    if faults:
        raise InputError(sorted(faults[:_MOST_PROBLEMS], key=lambda p: (p.line or 0, p.column or 0)))
    if not rows:
        raise problem("survival.empty", "no row has a time and a status", file=table.file)
    if left:
        told = f"{left} row{'s' * (left != 1)} without a time or a status left out"
        notes.append(Note("survival.left-out", table.file, told))
    units = " and ".join(sorted({_TOLD[unit] for *_, unit in rows}))
    notes.append(Note("survival.unit", table.file, f"times in {units}; a month is 30.4375 days"))
    once, again = _once(table, rows)
    if again:
        told = f"rows that say the same of a patient again left out: {again}"
        notes.append(Note("survival.twice", table.file, told))
    return SurvivalTable(table.file, table.key, columns.endpoint, _groups(once, table.file), tuple(notes))


def _loose(name: str) -> str:
    """A heading without case, signs and what stands before a point (GDC's ``demographic.``)."""
    return re.sub(r"[\s_.\-]+", " ", name.casefold().rsplit(".", 1)[-1]).strip()


def _wanted(name: str, names: Mapping[str, str], table: Table, field: str) -> str:
    found = names.get(_loose(name))
    if found is None:
        hint = f"the file has {', '.join(table.columns)[:300]}"
        raise problem(
            "survival.column", f"there is no column {name[:40]!r}", file=table.file, field=field, hint=hint
        )
    return found


def _adtte(table: Table, names: Mapping[str, str], asked: SurvivalReading) -> _Columns | None:
    """ADaM's basic data set of times: one row for each subject and PARAMCD."""
    if not {"aval", "cnsr"} <= names.keys():
        return None
    code = names.get("paramcd")
    lines, endpoint = table.lines, asked.endpoint
    if code is not None:
        there = list(dict.fromkeys(line.cells.get(code, "") for line in lines))
        endpoint = _endpoint(there, asked, table.file)
        lines = tuple(line for line in lines if line.cells.get(code, "").casefold() == endpoint.casefold())

    def time(line: TableLine) -> tuple[str, str]:
        said = line.cells.get(names.get("avalu", ""), "")
        bracket = _IN_BRACKETS.fullmatch(line.cells.get(names.get("param", ""), ""))
        return line.cells.get(names["aval"], ""), said or (bracket[1] if bracket else "")

    return _Columns("ADTTE", time, names["aval"], asked.status or names["cnsr"], endpoint, tuple(lines))


def _gdc(table: Table, names: Mapping[str, str], asked: SurvivalReading) -> _Columns | None:
    """GDC's clinical table: days to death of who died, days to the last visit of the others."""
    if "vital status" not in names or "days to death" not in names:
        return None
    status, death = names["vital status"], names["days to death"]
    last = names.get("days to last follow up", names.get("days to last followup", ""))

    def time(line: TableLine) -> tuple[str, str]:
        died = line.cells.get(death, "")
        return (line.cells.get(last, "") if is_missing(died) else died), "days"

    return _Columns("GDC", time, death, asked.status or status, asked.endpoint or "OS", table.lines)


def _portal(table: Table, names: Mapping[str, str], asked: SurvivalReading) -> _Columns | None:
    """CBioPortal's patients: pairs of columns such as OS_STATUS and OS_MONTHS."""
    there = [n.removesuffix(" months").upper() for n in names if n.endswith(" months")]
    there = [name for name in there if f"{name.casefold()} status" in names]
    if not there or asked.time or asked.status:
        return None
    endpoint = _endpoint(there, asked, table.file)
    months, status = (names[f"{endpoint.casefold()} {word}"] for word in ("months", "status"))
    return _Columns(
        "cBioPortal",
        lambda line: (line.cells.get(months, ""), "months"),
        months,
        status,
        endpoint,
        table.lines,
    )


def _endpoint(there: Sequence[str], asked: SurvivalReading, file: str) -> str:
    if asked.endpoint:
        found = next((name for name in there if name.casefold() == asked.endpoint.casefold()), None)
    else:
        found = there[0] if len(there) == 1 else None
    if found is None:
        said = f"there is no {asked.endpoint[:40]!r}" if asked.endpoint else "there are several endpoints"
        raise problem("survival.endpoint", said, file=file, field="--endpoint", hint=", ".join(there)[:200])
    return found


def _plain(table: Table, names: Mapping[str, str], asked: SurvivalReading) -> _Columns:
    """Any other table: a column of times and one of statuses."""
    hint = f"--time and --status name them; the file has {', '.join(table.columns)[:300]}"

    def one(name: str, option: str, known: Sequence[str] | frozenset[str], what: str) -> str:
        if name:
            return _wanted(name, names, table, option)
        found = [column for loose, column in names.items() if loose in known]
        if len(found) != 1:
            said = f"{'several columns' if found else 'no column'} may hold {what}"
            raise problem("survival.column", said, file=table.file, field=option, hint=hint)
        return found[0]

    time = one(asked.time, "--time", _TIME_NAMES, "the time")
    status = one(asked.status, "--status", EVENT_NAMES | STATUS_NAMES | CENSORED_NAMES, "what happened")
    word = _loose(time).rsplit(" ", 1)[-1]
    unit = table.units.get(time, "") or (word if word in _TIMES and len(word) > 1 else "")
    return _Columns(
        "table", lambda line: (line.cells.get(time, ""), unit), time, status, asked.endpoint, table.lines
    )


def _group(names: Mapping[str, str], asked: SurvivalReading, table: Table) -> str:
    if asked.group:
        return _wanted(asked.group, names, table, "--group")
    return next((names[name] for name in _GROUP_NAMES if name in names), "")


_Row = tuple[str, str, float, bool, TableLine, str]
"""Subject, group, time in h, whether it happened, line, unit."""


def _rows(
    table: Table,
    columns: _Columns,
    read: StatusReader,
    group: str,
    names: Mapping[str, str],
    time_unit: str,
) -> tuple[list[_Row], list[Problem], int]:
    subject = next((names[name] for name in _SUBJECT_NAMES if name in names), "")
    rows: list[_Row] = []
    faults: list[Problem] = []
    left = 0
    for line in columns.lines:
        text, said = columns.time(line)
        happened = read(table.cell(line, columns.status), faults)
        if is_missing(text) or happened is None:
            left += 1
            continue
        cell = table.cell(line, columns.time_name)
        if time_unit and said and _TIMES.get(said.casefold()) != _TIMES.get(time_unit.casefold()):
            hint = "leave --time-unit out"
            raise InputError([cell.fault("survival.unit", f"the file says that times are in {said}", hint)])
        said = said or time_unit
        unit = _TIMES.get(said.casefold(), "")
        value = read_number(text)
        if value is None or value < 0:
            hint = "a number, 0 or more"
            faults.append(cell.fault("survival.time", f"{text[:20]!r} is no time of following", hint))
        elif not unit:
            said = f"{said!r} is no unit of time" if said else "the unit of the time is not told"
            raise InputError([cell.fault("survival.unit", said, _OF_UNIT)])
        elif value > LIMITS.followed_hours / convert(1.0, unit, "h"):
            hint = "is the unit right? (--time-unit)"
            told = f"nobody is followed for {value:g} {_TOLD[unit]}"
            faults.append(cell.fault("survival.time", told, hint))
        else:
            who = line.cells.get(subject, "") if subject else ""
            where = line.cells.get(group, "") if group else _EVERYBODY
            rows.append((who, where or "(none)", convert(value, unit, "h"), happened, line, unit))
    return rows, faults, left


def _once(table: Table, rows: Sequence[_Row]) -> tuple[list[_Row], int]:
    """Every patient once; rows that differ of the same patient are a fault."""
    kept: dict[object, _Row] = {}
    faults: list[Problem] = []
    again = 0
    for place, row in enumerate(rows):
        before = kept.setdefault(row[0] or place, row)
        if before is row:
            continue
        if before[1:4] == row[1:4]:
            again += 1
        elif len(faults) < _MOST_PROBLEMS:
            said = f"{row[0][:40]} stands in line {before[4].number} with another time, status or group"
            faults.append(
                Problem("survival.twice", said, table.file, row[4].number, hint="one row for each patient")
            )
    if faults:
        raise InputError(faults)
    return list(kept.values()), again


def _groups(rows: Sequence[_Row], file: str) -> dict[str, Events]:
    names = list(dict.fromkeys(row[1] for row in rows))
    if len(names) > _MOST_GROUPS:
        hint = f"a column with at most {_MOST_GROUPS} values: --group"
        raise problem(
            "survival.group", f"there are {len(names)} groups", file=file, field="--group", hint=hint
        )
    found = {}
    for name in names:
        own = [row for row in rows if row[1] == name]
        found[name] = Events(np.array([r[2] for r in own]), np.array([r[3] for r in own], dtype=bool))
    return found
