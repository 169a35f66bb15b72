"""Model parts: Antimony text with a heading that says what each of its pieces rests on.

A part is one file under ``parts/``. Lines that start with ``//!`` form a YAML
heading (title, summary, limits, species, reactions, expected); the rest is
Antimony without any number of biological meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from jakstat.errors import problem

__all__ = ["CELL_PARTS", "Annotation", "Part", "part", "parts"]

CELL_PARTS = ("receptor", "jak", "stat3", "feedback", "targets")
"""The parts of a cell, in the order in which they are joined."""

_MARK = "//!"


@dataclass(frozen=True, slots=True)
class Annotation:
    """Who a species is or what a reaction does, and the records that say so.

    ``uniprot`` maps the species of the context (human, mouse) to accessions.
    """

    id: str
    name: str
    sbo: str
    evidence: tuple[str, ...]
    uniprot: Mapping[str, tuple[str, ...]]
    chebi: str
    go: str


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the cell: its prose, its annotated pieces and its Antimony text."""

    name: str
    title: str
    summary: str
    limits: tuple[str, ...]
    species: tuple[Annotation, ...]
    reactions: tuple[Annotation, ...]
    expected: tuple[Mapping[str, Any], ...]
    text: str


def _annotation(identifier: str, entry: Mapping[str, Any]) -> Annotation:
    uniprot = {
        organism: (accessions,) if isinstance(accessions, str) else tuple(accessions)
        for organism, accessions in entry.get("uniprot", {}).items()
    }
    return Annotation(
        id=identifier,
        name=entry.get("name", identifier.replace("_", " ")),
        sbo=entry["sbo"],
        evidence=tuple(entry["evidence"]),
        uniprot=MappingProxyType(uniprot),
        chebi=entry.get("chebi", ""),
        go=entry.get("go", ""),
    )


@lru_cache(maxsize=32)
def part(name: str) -> Part:
    """The part called ``name``.

    Raises
    ------
    InputError
        No such part.

    Examples
    --------
    >>> part("stat3").title
    'STAT3 from docking to the nucleus and back'
    """
    if name not in CELL_PARTS:
        raise problem("part.unknown", f"there is no part {name!r}", hint=f"parts: {', '.join(CELL_PARTS)}")
    source = files("jakstat.biology").joinpath("parts", "cell", f"{name}.ant").read_text(encoding="utf-8")
    lines = source.splitlines()
    heading = yaml.safe_load("\n".join(line[len(_MARK) + 1 :] for line in lines if line.startswith(_MARK)))
    return Part(
        name=name,
        title=heading["title"],
        summary=heading["summary"].strip(),
        limits=tuple(heading["limits"]),
        species=tuple(_annotation(k, v) for k, v in heading["species"].items()),
        reactions=tuple(_annotation(k, v) for k, v in heading["reactions"].items()),
        expected=tuple(MappingProxyType(e) for e in heading["expected"]),
        text="\n".join(line for line in lines if not line.startswith(_MARK)).strip(),
    )


def parts() -> tuple[Part, ...]:
    """Every part of the cell, in the order of assembly.

    Examples
    --------
    >>> [p.name for p in parts()]
    ['receptor', 'jak', 'stat3', 'feedback', 'targets']
    """
    return tuple(part(name) for name in CELL_PARTS)
