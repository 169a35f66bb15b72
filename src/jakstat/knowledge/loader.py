"""Reading and cross-checking the records; every problem at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from importlib.resources import files
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from jakstat.errors import InputError, Problem
from jakstat.knowledge.observation import Observation
from jakstat.knowledge.source import Source
from jakstat.tables import TableLine, read_lines

__all__ = ["checked_records", "observations", "orphans", "read_observations", "read_sources", "sources"]

Record = TypeVar("Record", bound=BaseModel)
_DATA = "jakstat.knowledge"


def sources() -> dict[str, Source]:
    """Every source the product knows, by key, in the order of the table.

    Raises
    ------
    InputError
        When ``knowledge/data/sources.csv`` is at fault.

    Examples
    --------
    >>> sources()["sobotta2017"].doi
    '10.3389/fphys.2017.00775'
    """
    return read_sources(_shipped("sources.csv"), file="sources.csv")


def observations(*, contexts: Collection[str] | None = None, growth: bool = False) -> tuple[Observation, ...]:
    """Every published observation, in the order of the table.

    Parameters
    ----------
    contexts : collection of str, optional
        Names of the contexts that exist; an observation of another one is a problem.
    growth : bool
        Those on numbers of cells (``growth.csv``) instead of those on signals.

    Raises
    ------
    InputError
        When the table or ``sources.csv`` is at fault.

    Examples
    --------
    >>> observations()[0].measure.name
    'time_of_peak'
    """
    table = "growth.csv" if growth else "observations.csv"
    return read_observations(_shipped(table), file=table, keys=sources(), contexts=contexts)


def read_sources(data: bytes, *, file: str) -> dict[str, Source]:
    """Sources from the bytes of a table; problems as :func:`read_observations`.

    Examples
    --------
    >>> head = b"key,kind,title,authors,year,container,doi,pmid,accession,numbers,note"
    >>> read_sources(head + b"\\nsbml,method,SBML,,,,,,,,", file="s.csv")["sbml"].title
    'SBML'
    """
    lines, problems = read_lines(data, columns=tuple(Source.model_fields), file=file)
    records, faults = checked_records(lines, Source, file=file, key="key")
    _raise([*problems, *faults])
    return {record.key: record for _, record in records}


def read_observations(
    data: bytes, *, file: str, keys: Collection[str], contexts: Collection[str] | None = None
) -> tuple[Observation, ...]:
    """Observations from the bytes of a table.

    Parameters
    ----------
    data : bytes
        The table.
    file : str
        Name used in messages.
    keys : collection of str
        Keys of the sources that exist.
    contexts : collection of str, optional
        Names of the contexts that exist.

    Raises
    ------
    InputError
        With every problem: those of the form (``table.*``), of a cell (``record.*``), the same id
        twice (``record.duplicate``), unknown source (``record.orphan``) or context (``record.context``).

    Examples
    --------
    >>> read_observations(b"id,context\\n", file="o.csv", keys=())
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: o.csv:1: column 'what' is missing...
    """
    lines, problems = read_lines(data, columns=tuple(Observation.model_fields), file=file)
    records, faults = checked_records(lines, Observation, file=file, key="id")
    found = [*problems, *faults]
    for number, record in records:
        found += orphans(record.source, keys, file=file, line=number)
        if contexts is not None and record.context not in contexts:
            hint = f"known: {', '.join(sorted(contexts))}"
            message = f"no context {record.context!r}"
            found.append(Problem("record.context", message, file, number, None, "context", hint))
    _raise(found)
    return tuple(record for _, record in records)


def orphans(
    used: Iterable[str], keys: Collection[str], *, file: str, line: int | None = None
) -> list[Problem]:
    """A problem for each source key in `used` that is not in `keys`.

    Examples
    --------
    >>> [p.code for p in orphans(["nobody2001"], ["ward1994"], file="t.csv", line=3)]
    ['record.orphan']
    """
    hint = "add it to sources.csv"
    return [
        Problem("record.orphan", f"no source {key!r}", file, line, None, "source", hint)
        for key in used
        if key not in keys
    ]


def checked_records(
    lines: Sequence[TableLine], kind: type[Record], *, file: str, key: str
) -> tuple[list[tuple[int, Record]], list[Problem]]:
    """Lines of a table as records with their line, and the problems of the others.

    Returns
    -------
    records, problems : list of (int, record), list of Problem
        ``record.cell`` (one cell), ``record.row`` (cells that do not go together), ``record.duplicate``.
    """
    records: list[tuple[int, Record]] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for line in lines:
        name = line.cells[key]
        if name in first:
            message = f"{key} {name[:60]!r} is already given in line {first[name]}"
            problems.append(Problem("record.duplicate", message, file, line.number, None, key))
        first.setdefault(name, line.number)
        try:
            records.append((line.number, kind.model_validate(dict(line.cells))))
        except ValidationError as error:
            problems += _cell_problems(error, kind, file=file, line=line.number)
    return records, problems


def _cell_problems(
    error: ValidationError, kind: type[BaseModel], *, file: str, line: int
) -> Iterable[Problem]:
    for fault in error.errors(include_url=False):
        field = str(fault["loc"][0]) if fault["loc"] else None
        code = "record.cell" if field else "record.row"
        message = fault["msg"].removeprefix("Value error, ")
        given = fault.get("input")
        if field and isinstance(given, str):
            message = f"{given[:60]!r}: {message[:1].lower()}{message[1:]}"
        described = kind.model_fields[field].description if field in kind.model_fields else None
        yield Problem(code, message[:500], file, line, None, field, described or "")


def _raise(problems: Sequence[Problem]) -> None:
    if problems:
        raise InputError(sorted(problems, key=lambda p: p.line or 0))


def _shipped(name: str) -> bytes:
    return files(_DATA).joinpath("data", name).read_bytes()
