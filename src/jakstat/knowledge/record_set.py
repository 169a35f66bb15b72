"""Every record of the knowledge base together, read and cross-checked at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel

from jakstat.errors import InputError, Problem
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.clinical_target import ClinicalTarget
from jakstat.knowledge.cross_checks import Filed, cross_problems
from jakstat.knowledge.cytokine import Cytokine
from jakstat.knowledge.domain import Domain
from jakstat.knowledge.entity import Entity
from jakstat.knowledge.loader import checked_records
from jakstat.knowledge.method import Method
from jakstat.knowledge.observation import Observation
from jakstat.knowledge.plain_yaml import read_entries
from jakstat.knowledge.quantity import QuantityRecord
from jakstat.knowledge.rejection import Rejection
from jakstat.knowledge.source import Source
from jakstat.knowledge.therapy import Therapy
from jakstat.tables import TableLine, read_lines

__all__ = ["KINDS", "Knowledge", "knowledge", "read_knowledge", "shipped_files"]

Record = TypeVar("Record", bound=BaseModel)

KINDS: Mapping[str, type[BaseModel]] = {
    "claims/": Claim,
    "clinical_targets.csv": ClinicalTarget,
    "cytokines.csv": Cytokine,
    "domains.csv": Domain,
    "entities.csv": Entity,
    "growth.csv": Observation,
    "methods.csv": Method,
    "observations.csv": Observation,
    "quantities.csv": QuantityRecord,
    "rejected.yaml": Rejection,
    "sources.csv": Source,
    "therapies.csv": Therapy,
}
"""The record kind of every file, or folder of files, under ``data/``."""


@dataclass(frozen=True)
class Knowledge:
    """All records by id, in the order of their tables."""

    sources: Mapping[str, Source]
    entities: Mapping[str, Entity]
    claims: Mapping[str, Claim]
    quantities: Mapping[str, QuantityRecord]
    observations: Mapping[str, Observation]
    therapies: Mapping[str, Therapy]
    clinical_targets: Mapping[str, ClinicalTarget]
    cytokines: Mapping[str, Cytokine]
    methods: Mapping[str, Method]
    rejected: Mapping[str, Rejection]
    domains: Mapping[str, Domain]

    def sources_of(self, key: str) -> tuple[str, ...]:
        """The source keys behind a record id; a source stands for itself, an unknown id for nothing.

        Examples
        --------
        >>> knowledge().sources_of("C139")
        ('xu2021',)
        """
        if key in self.sources:
            return (key,)
        for table in (self.claims, self.quantities, self.observations):
            if key in table:
                return tuple(table[key].source)
        return ()


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """The records that ship with the product, read once per process.

    Raises
    ------
    InputError
        With every fault of every table.

    Examples
    --------
    >>> len(knowledge().claims)
    374
    """
    return read_knowledge(shipped_files())


def shipped_files() -> dict[str, bytes]:
    """The bytes of every record table by its path under ``data/``.

    Examples
    --------
    >>> "claims/feedback.csv" in shipped_files()
    True
    """
    data = files("jakstat.knowledge").joinpath("data")
    found: dict[str, bytes] = {}
    for place in KINDS:
        if place.endswith("/"):
            folder = data.joinpath(place.rstrip("/"))
            names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".csv"))
            found.update({place + name: folder.joinpath(name).read_bytes() for name in names})
        else:
            found[place] = data.joinpath(place).read_bytes()
    return found


def read_knowledge(tables: Mapping[str, bytes]) -> Knowledge:
    """Every record of the tables, or every problem in them at once.

    Parameters
    ----------
    tables : mapping of path to bytes
        As :func:`shipped_files` gives them.

    Raises
    ------
    InputError
        The problems of form (``table.*``, ``yaml.*``), of cells (``record.cell``, ``record.row``)
        and between records (:func:`jakstat.knowledge.cross_checks.cross_problems`), by file and line.
    """
    filed: list[Filed] = []
    problems: list[Problem] = [
        Problem("file.missing", f"there is no table {place!r}", place)
        for place in KINDS
        if not any(name.startswith(place) if place.endswith("/") else name == place for name in tables)
    ]
    for name in sorted(tables):
        kind = _kind_of_file(name)
        if kind is None:
            problems.append(Problem("file.unknown", "no kind of record is kept here", name))
            continue
        records, faults = _read_one(name, tables[name], kind)
        problems += faults
        filed += [Filed(name, line, record) for line, record in records]
    problems += cross_problems(filed)
    if problems:
        raise InputError(sorted(problems, key=lambda p: (p.file or "", p.line or 0)))
    return _assembled(filed)


def _kind_of_file(name: str) -> type[BaseModel] | None:
    folder, slash, rest = name.partition("/")
    if slash:
        return KINDS.get(folder + slash) if rest.endswith(".csv") else None
    return KINDS.get(name)


def _read_one(
    name: str, data: bytes, kind: type[BaseModel]
) -> tuple[list[tuple[int, BaseModel]], list[Problem]]:
    lines: Sequence[TableLine]
    if name.endswith(".yaml"):
        lines, found = read_entries(data, file=name)
    else:
        columns = tuple(kind.model_fields)
        lines, rest = read_lines(data, columns=columns, file=name)
        found = list(rest)
    key = "key" if kind is Source else "id"
    records, faults = checked_records(lines, kind, file=name, key=key)
    return list(records), [*found, *faults]


def _assembled(filed: Iterable[Filed]) -> Knowledge:
    found = list(filed)

    def of(kind: type[Record]) -> Mapping[str, Record]:
        return MappingProxyType(dict(_keyed(found, kind)))

    return Knowledge(
        sources=of(Source),
        entities=of(Entity),
        claims=MappingProxyType(dict(sorted(of(Claim).items()))),
        quantities=of(QuantityRecord),
        observations=of(Observation),
        therapies=of(Therapy),
        clinical_targets=of(ClinicalTarget),
        cytokines=of(Cytokine),
        methods=of(Method),
        rejected=of(Rejection),
        domains=of(Domain),
    )


def _keyed(filed: Iterable[Filed], kind: type[Record]) -> Iterator[tuple[str, Record]]:
    for entry in filed:
        record: Any = entry.record
        if isinstance(record, kind):
            yield entry.id, record
