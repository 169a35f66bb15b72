"""The one table schema for numbers that mean something, and its reader.

A table is a CSV file with the columns id, value, unit, low, high, grade, source
and note; a table may have more columns in front (``context``, say).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from jakstat.errors import InputError, Problem
from jakstat.numbers import read_number
from jakstat.tables import read_lines

__all__ = [
    "COLUMNS",
    "GRADES",
    "RECORD_GRADES",
    "USER",
    "Grade",
    "RecordGrade",
    "Row",
    "read_table",
    "weakest",
]

RecordGrade = Literal["measured", "fitted", "assumed"]
RECORD_GRADES: tuple[RecordGrade, ...] = ("measured", "fitted", "assumed")
"""What a number of the product rests on, the strongest first."""
Grade = Literal["measured", "fitted", "assumed", "user"]
GRADES: tuple[Grade, ...] = (*RECORD_GRADES, "user")
"""With ``user``: a number that a user gave. It stands last, since nobody here has seen what it rests on; so
whatever has such a number in it is shown as the user's."""
USER: Literal["user"] = "user"
"""Grade and source of every number that a user gives."""
COLUMNS = ("id", "value", "unit", "low", "high", "grade", "source", "note")


@dataclass(frozen=True, slots=True)
class Row:
    """One number: its value in ``unit``, its range, and what it rests on.

    ``low`` and ``high`` bound what sources allow; ``grade`` says whether the value
    was measured, fitted or assumed, or given by the user; ``key`` holds the columns in front of ``id``.
    """

    id: str
    value: float
    unit: str
    low: float
    high: float
    grade: Grade
    source: str
    note: str
    key: tuple[str, ...] = ()


def weakest(grades: Iterable[Grade]) -> Grade:
    """The weakest of the grades; ``assumed`` when there is none.

    Examples
    --------
    >>> weakest(["assumed", "user", "measured"])
    'user'
    """
    return max(grades, key=GRADES.index, default="assumed")


def read_table(text: str, *, file: str, leading: Sequence[str] = ()) -> tuple[Row, ...]:
    """The rows of a table, or every problem in it at once.

    Parameters
    ----------
    text : str
        CSV text with a header.
    file : str
        Name used in messages.
    leading : sequence of str
        Columns in front of :data:`COLUMNS`; with ``id`` they identify a row.

    Raises
    ------
    InputError
        Missing column, text in a number, NaN, value outside low..high, unknown
        grade, missing source or unit, or the same row twice.

    Examples
    --------
    >>> text = ",".join(COLUMNS) + "\\nk,1,1/h,0,2,assumed,s,\\n"
    >>> rows = read_table(text, file="t.csv")
    >>> rows[0].value, rows[0].grade
    (1.0, 'assumed')
    """
    lines, found = read_lines(text.encode("utf-8"), columns=(*leading, *COLUMNS), file=file)
    problems = list(found)
    rows: list[Row] = []
    seen: dict[tuple[str, ...], int] = {}
    for line in lines:
        key = tuple(line.cells[c] for c in (*leading, "id"))
        if key in seen:
            message = f"{' '.join(key)} is already given in line {seen[key]}"
            problems.append(Problem("table.duplicate", message, file, line.number))
        seen.setdefault(key, line.number)
        faults = list(_row_problems(line.cells, file, line.number))
        problems += faults
        if not faults:
            rows.append(_row(line.cells, key[:-1]))
    if problems:
        raise InputError(sorted(problems, key=lambda p: p.line or 0))
    return tuple(rows)


def _row(record: Mapping[str, str], key: tuple[str, ...]) -> Row:
    value, low, high = (float(record[c]) for c in ("value", "low", "high"))
    grade = cast("Grade", record["grade"])
    return Row(record["id"], value, record["unit"], low, high, grade, record["source"], record["note"], key)


def _row_problems(record: Mapping[str, str], file: str, line: int) -> Iterator[Problem]:
    for column in ("id", "unit", "source"):
        if not record[column].strip():
            yield Problem("table.empty", f"{column} is empty", file, line, field=column)
    numbers = {c: read_number(record[c]) for c in ("value", "low", "high")}
    for column, number in numbers.items():
        if number is None:
            message = f"{record[column]!r} is not a finite number"
            yield Problem("table.number", message, file, line, field=column)
    value, low, high = numbers.values()
    if value is not None and low is not None and high is not None and not low <= value <= high:
        message = f"{record['id']} = {record['value']} lies outside {record['low']}..{record['high']}"
        yield Problem("table.range", message, file, line, field="value")
    if record["grade"] not in RECORD_GRADES:
        hint = f"allowed: {', '.join(RECORD_GRADES)}"
        yield Problem(
            "table.grade", f"grade {record['grade']!r} is unknown", file, line, field="grade", hint=hint
        )
