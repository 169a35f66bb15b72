"""Times of records in hours: plain numbers in a unit, clock times, and days by date.

A clock time or a date counts from the first record of its individual, as in NONMEM. What the parts of a
date are is told by the name of its column: DATE is month/day/year, DAT1 day/month/year, DAT2
year/month/day, DAT3 year/day/month; a date that begins with its year (2024-03-01) reads alike in all but
DAT3, and may stand in front of a clock time. One number alone is a day, two are a day of a month. (NONMEM's
help on the items DATE and TIME.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from jakstat.errors import Problem
from jakstat.limits import LIMITS
from jakstat.numbers import read_number, read_whole
from jakstat.tables import Table, TableCell, TableLine

__all__ = ["record_hours"]

_ORDERS = {"DATE": "mdy", "DAT1": "dmy", "DAT2": "ymd", "DAT3": "ydm"}
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9](?:\.[0-9]+)?))?")
_STAMP = re.compile(r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})[T ]+(.+)")
_PARTS = re.compile(r"[/\-.]")
_DAY_H = 24.0
_LATE, _CENTURY = 50, 100  # two digits up to 50 are of this century, as with NONMEM's LAST20
_NO_YEAR = 2001  # of 365 days
_FOUR, _THREE = 4, 3


def record_hours(
    table: Table, blocks: Sequence[Sequence[TableLine]], *, per_unit: float
) -> tuple[dict[int, float], list[Problem], str]:
    """Hours of every line, what is wrong, and how the times were read.

    Parameters
    ----------
    table : Table
        With TIME and perhaps one of DATE, DAT1, DAT2, DAT3.
    blocks : sequence of sequence of TableLine
        The records of each individual, in their order.
    per_unit : float
        Hours in the unit of plain times.

    Returns
    -------
    hours : dict of line number to float
    problems : list of Problem
        ``observed.time``, ``observed.date``.
    said : str
        Empty where times are plain numbers.

    Examples
    --------
    >>> from jakstat.spreadsheets import table_of
    >>> table = table_of({"ID": [1, 1], "DATE": ["2024-03-01"] * 2, "TIME": ["8:30", "20:00"]}, name="d")
    >>> hours, _, said = record_hours(table, [table.lines], per_unit=1.0)
    >>> list(hours.values()), said
    ([0.0, 11.5], 'clock times, in hours from the first record of each individual')
    """
    days = [name for name in _ORDERS if name in table.columns]
    problems: list[Problem] = []
    if len(days) > 1:
        problems.append(table.head(days[1]).fault("observed.date", f"{days[0]} and {days[1]} both give days",
                                                  "leave one of them out"))  # fmt: skip
    clock = bool(days) or any(":" in line.cells.get("TIME", "") for line in table.lines)
    hours: dict[int, float] = {}
    for block in blocks:
        first: float | None = None
        for line in block:
            found = _at(table, line, days[0] if days else "", per_unit, clock=clock, problems=problems)
            if found is None:
                continue
            first = found if first is None else first
            hours[line.number] = found - first if clock else found
            if abs(hours[line.number]) > LIMITS.until_hours:
                said = f"the time is {hours[line.number]:.6g} h"
                hint = f"at most {LIMITS.until_hours:g} h; is the unit right? (--time-unit)"
                problems.append(table.cell(line, "TIME").fault("observed.time", said, hint))
    said = "clock times, in hours from the first record of each individual" if clock else ""
    return hours, problems, said


def _at(
    table: Table, line: TableLine, days: str, per_unit: float, *, clock: bool, problems: list[Problem]
) -> float | None:
    """One time, in hours from any origin."""
    cell = table.cell(line, "TIME")
    text = cell.text.strip()
    if cell.missing:
        problems.append(cell.fault("observed.time", "TIME is missing", "give the time of every record"))
        return None
    day = 0.0
    if (stamp := _STAMP.fullmatch(text)) is not None:
        found = _day(cell, stamp[1], "ymd", problems)
        if found is None:
            return None
        day, text = found, stamp[2].strip()
    elif days:
        found = _day(table.cell(line, days), line.cells[days], _ORDERS[days], problems)
        if found is None:
            return None
        day = found
    if (match := _CLOCK.fullmatch(text)) is not None:
        return day * _DAY_H + int(match[1]) + int(match[2]) / 60.0 + float(match[3] or 0.0) / 3600.0
    value = read_number(text)
    if value is None:
        hint = "hours as a number (8.5), or a clock time (8:30) in every row, with a column DATE over days"
        problems.append(cell.fault("observed.time", f"{text[:20]!r} is no time", hint))
        return None
    return day * _DAY_H + value * (1.0 if clock and day else per_unit)


def _day(cell: TableCell, text: str, order: str, problems: list[Problem]) -> float | None:
    """A date as a number of days."""
    plain = text.strip()
    if (number := read_whole(plain)) is not None:
        return float(number)
    parts = [p for p in _PARTS.split(plain) if p]
    if len(parts) in (_THREE - 1, _THREE) and all(p.isdigit() for p in parts):
        if len(parts) < _THREE:
            order = order.replace("y", "")
        elif len(parts[0]) == _FOUR and order != "ydm":
            order = "ymd"
        named = dict(zip(order, (int(p) for p in parts), strict=True))
        year = named.get("y", _NO_YEAR)
        if year < _CENTURY:
            year += 2000 if year <= _LATE else 1900
        try:
            return float(date(year, named["m"], named["d"]).toordinal())
        except ValueError:
            pass
    hint = (
        "2024-03-01; or name the column DAT1 (day/month/year), DAT2 (year/month/day) or DATE (month/day/year)"
    )
    problems.append(cell.fault("observed.date", f"{plain[:20]!r} is no date", hint))
    return None
