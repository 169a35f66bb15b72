"""What must hold between records: no orphan, no clash of units, no duplicate, nothing rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from pydantic import BaseModel

from jakstat.errors import Problem
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.clinical_target import ClinicalTarget
from jakstat.knowledge.cytokine import Cytokine
from jakstat.knowledge.domain import Domain
from jakstat.knowledge.entity import Entity
from jakstat.knowledge.quantity import QuantityRecord
from jakstat.knowledge.record_units import dimension
from jakstat.knowledge.rejection import Rejection
from jakstat.knowledge.source import Source
from jakstat.knowledge.therapy import Therapy
from jakstat.units import Kind

__all__ = ["Filed", "cross_problems"]


@dataclass(frozen=True, slots=True)
class Filed:
    """A record, and the file and line it stands in."""

    file: str
    line: int
    record: BaseModel

    @property
    def id(self) -> str:
        """The record's own name."""
        return str(getattr(self.record, "key", None) or getattr(self.record, "id", ""))

    def problem(self, code: str, message: str, field: str, hint: str = "") -> Problem:
        """A problem of this record that says its id."""
        return Problem(code, f"{self.id}: {message}", self.file, self.line, None, field, hint)


def cross_problems(filed: Sequence[Filed]) -> list[Problem]:
    """Every problem between the records.

    Returns
    -------
    list of Problem
        ``record.orphan`` (a source, entity or claim that is not there), ``record.unused`` (a source
        that nothing rests on), ``record.duplicate`` (an id in two files, or one number twice),
        ``record.unit``, ``unit.clash`` (one quantity in two dimensions), ``record.module``,
        ``record.order``, ``record.rejected``.
    """
    return [
        *_orphans(filed),
        *_duplicates(filed),
        *_units(filed),
        *_places(filed),
        *_rejected(filed),
    ]


def _ids(filed: Iterable[Filed], kind: type[BaseModel]) -> set[str]:
    return {entry.id for entry in filed if isinstance(entry.record, kind)}


def _named(record: BaseModel) -> Iterator[tuple[str, str]]:
    """Field and entity id, for every entity a record names."""
    if isinstance(record, Claim):
        yield "subject", record.subject
        yield "object", record.object
    elif isinstance(record, QuantityRecord):
        yield "about", record.about
    elif isinstance(record, Therapy):
        yield "agent", record.agent
    elif isinstance(record, Domain):
        yield "protein", record.protein
        yield from (("agents", name) for name in record.agents)
    elif isinstance(record, ClinicalTarget):
        yield "arm", record.arm
    elif isinstance(record, Cytokine):
        yield from (("entities", name) for name in record.entities)
    elif isinstance(record, Entity):
        yield from (("members", name) for name in record.members)
    elif isinstance(record, Rejection):
        yield from (("link", name) for name in record.link)


def _orphans(filed: Sequence[Filed]) -> Iterator[Problem]:
    sources, entities, claims = (_ids(filed, kind) for kind in (Source, Entity, Claim))
    for entry in filed:
        for key in getattr(entry.record, "source", ()):
            if key not in sources:
                yield entry.problem("record.orphan", f"no source {key!r}", "source", "add it to sources.csv")
        for field, name in _named(entry.record):
            if name not in entities:
                yield entry.problem("record.orphan", f"no entity {name!r}", field, "add it to entities.csv")
        if isinstance(entry.record, Rejection):
            for claim in entry.record.claims:
                if claim not in claims:
                    yield entry.problem("record.orphan", f"no claim {claim!r}", "claims")


def _duplicates(filed: Sequence[Filed]) -> Iterator[Problem]:
    first: dict[tuple[type[BaseModel], str], Filed] = {}
    numbers: dict[tuple[object, ...], Filed] = {}
    for entry in filed:
        other = first.setdefault((type(entry.record), entry.id), entry)
        if other is not entry and other.file != entry.file:
            message = f"the id is already given in {other.file}:{other.line}"
            yield entry.problem("record.duplicate", message, "id")
        if isinstance(entry.record, QuantityRecord):
            q = entry.record
            same = numbers.setdefault((q.name, q.value, q.unit, q.context, q.source), entry)
            if same is not entry:
                yield entry.problem("record.duplicate", f"the same number as {same.id}", "value")


def _units(filed: Sequence[Filed]) -> Iterator[Problem]:
    kinds: dict[str, tuple[Kind, str, str]] = {}
    for entry in filed:
        record = entry.record
        if not isinstance(record, QuantityRecord | Therapy | ClinicalTarget) or record.value is None:
            continue
        kind = dimension(record.unit)
        if kind is None or (not record.unit and not isinstance(record, ClinicalTarget)):
            hint = "e.g. nM, ng/ml, 1/h, 1/cell, %"
            yield entry.problem("record.unit", f"unknown unit {record.unit[:40]!r}", "unit", hint)
        elif isinstance(record, QuantityRecord):
            known, unit, where = kinds.setdefault(record.name, (kind, record.unit, entry.id))
            if known is not kind:
                message = f"{record.name} is given in {record.unit}, in {where} in {unit}"
                yield entry.problem("unit.clash", message, "unit")


def _places(filed: Sequence[Filed]) -> Iterator[Problem]:
    last: dict[str, Filed] = {}
    for entry in filed:
        record = entry.record
        if isinstance(record, Claim) and PurePosixPath(entry.file).stem != record.module:
            yield entry.problem("record.module", f"stands in {entry.file}, not in its module", "module")
        before = last.get(entry.file)
        # the older two tables are ordered by topic
        sortable = not isinstance(record, Source) and not entry.file.startswith("observations")
        if before is not None and sortable and before.id > entry.id:
            yield entry.problem("record.order", f"stands after {before.id}", "id", "sort the table by id")
        last[entry.file] = entry


def _rejected(filed: Sequence[Filed]) -> Iterator[Problem]:
    rejections = [(entry, entry.record) for entry in filed if isinstance(entry.record, Rejection)]
    names = {name: entry.id for entry, record in rejections for name in record.names}
    links = {record.link: entry.id for entry, record in rejections if record.link}
    marked = {e.id for e in filed if isinstance(e.record, Entity) and e.record.kind == "reject"}
    for entry in filed:
        record = entry.record
        if isinstance(record, Entity) and record.kind != "reject":
            for symbol in record.hgnc:
                if symbol in names:
                    yield entry.problem("record.rejected", f"{symbol} is rejected by {names[symbol]}", "hgnc")
        elif isinstance(record, Claim):
            if record.expected != "annotation" and {record.subject, record.object} & marked:
                yield entry.problem(
                    "record.rejected", "a rejected entity takes part in an experiment", "subject"
                )
            link = (record.subject, record.object)
            if link in links and record.expected != "no_effect":
                yield entry.problem("record.rejected", f"the link is rejected by {links[link]}", "object")
