"""What rests on each source, in every room: records, model parts, parameters and drugs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from jakstat.biology import context, part_names, parts, shipped_contexts, state, states
from jakstat.errors import InputError, Problem
from jakstat.knowledge import queries
from jakstat.knowledge.parameter_table import USER
from jakstat.knowledge.record_set import knowledge, read_knowledge, shipped_files
from jakstat.pharmacology.pk_library import pk_models
from jakstat.tables import read_cells

__all__ = ["check_records", "resting_on"]


def resting_on(source: str) -> tuple[str, ...]:
    """Everything that rests on a source: record ids, then pieces of the model and drugs.

    Raises
    ------
    InputError
        ``source.unknown``.

    Examples
    --------
    >>> "biology/parameters/receptor.csv kon_IL6_IL6R" in resting_on("dwivedi2014")
    True
    """
    records = queries.dependents(source)
    return (*records, *(place for key, place in _uses() if key == source))


def check_records(tables: Mapping[str, bytes] | None = None) -> None:
    """Check the record tables, and that everything the model cites is in them.

    Parameters
    ----------
    tables : mapping of path to bytes, optional
        In place of the shipped tables.

    Raises
    ------
    InputError
        Every problem; ``record.orphan`` names each piece that rests on a record that is not there.

    Examples
    --------
    >>> check_records()
    """
    problems: list[Problem] = []
    keys: Collection[str]
    try:
        known = read_knowledge(shipped_files() if tables is None else tables)
        keys = {*known.sources, *known.claims, *known.quantities}
    except InputError as error:
        problems += error.problems
        shipped = knowledge()
        missing = {p.message.split("'")[1] for p in problems if p.code == "record.orphan"}
        keys = {*shipped.sources, *shipped.claims, *shipped.quantities} - missing
        keys -= _not_given(tables or {})
    for key, place in _uses():
        if key not in keys:
            file, _, name = place.partition(" ")
            hint = "add the record, or cite another"
            problems.append(Problem("record.orphan", f"{name}: no record {key!r}", file, hint=hint))
    if problems:
        raise InputError(problems)


def _not_given(tables: Mapping[str, bytes]) -> set[str]:
    """Keys of shipped sources that do not stand in the given table of sources."""
    text = tables.get("sources.csv", b"").decode("utf-8", "replace")
    given = {line.partition(",")[0] for line in text.splitlines()}
    return set(knowledge().sources) - given


@lru_cache(maxsize=1)
def _uses() -> tuple[tuple[str, str], ...]:
    return tuple(_found())


def _found() -> Iterator[tuple[str, str]]:
    """Key and place of everything outside the record tables that cites a record."""
    yield from _table_rows()
    for name in shipped_contexts():
        yield from ((key, f"contexts.yaml {name}") for key in context(name).sources)
    for name in states():
        change = state(name)
        yield from ((key, f"states.yaml {name}") for key in (*change.sources, *change.records))
    for part in parts(part_names()):
        for entry in (*part.species, *part.reactions):
            yield from ((key, f"{part.name}.ant {entry.id}") for key in entry.evidence)
    for model in pk_models():
        for given in (*model.regimens, *model.toxicities):
            yield given["source"], f"pk_models.yaml {model.id}"
    yield USER, "own_folder.py cells and drugs of a user's own"


def _table_rows() -> Iterator[tuple[str, str]]:
    """Source and place of each row of every table of the package with a column ``source``.

    Tables are found by their columns, so a new one counts whatever room it stands in, also in rooms that
    this one may not import. Not the records, which are checked as such, nor the ranges kept for comparison.
    """
    package = files("jakstat")
    rooms = [r for r in package.iterdir() if r.is_dir() and r.name not in ("knowledge", "evidence")]
    folders = {room.name: room for room in rooms}
    folders["biology/parameters"] = package.joinpath("biology", "parameters")
    for place, folder in sorted(folders.items()):
        for path in sorted(folder.iterdir(), key=lambda p: p.name):
            data = path.read_bytes() if path.name.endswith(".csv") else b""
            if b"source" in data.partition(b"\n")[0].strip().split(b","):
                file = f"{place}/{path.name}"
                table = read_cells(data, file=file, columns=("id", "source"), others=True).sound()
                named = table.columns[: table.columns.index("id") + 1]
                for line in table.lines:
                    name = " ".join(line.cells[c] for c in named)
                    yield from ((key.strip(), f"{file} {name}") for key in line.cells["source"].split(";"))
