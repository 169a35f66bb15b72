"""From parts, parameters and a context to one standard document (SBML L3V2)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jakstat.biology.contexts import Context, context, parameters
from jakstat.biology.kept import kept
from jakstat.biology.observables import Observable, part_observables
from jakstat.biology.own_drugs import is_own_part
from jakstat.biology.parts import CORE_PARTS, Annotation, Part, own_drug_of, part, parts, with_required
from jakstat.biology.selection import chosen_parts
from jakstat.calls import one_call
from jakstat.errors import InputError, Problem
from jakstat.identity import content_key
from jakstat.knowledge.parameter_table import Row
from jakstat.units import MOLECULES_PER_ZMOL

__all__ = [
    "COMPARTMENTS",
    "PROTOCOL_ONLY",
    "Assembly",
    "annotation_cells",
    "assemble",
    "declared_units",
    "model_statements",
    "own_drug_rows",
    "used_rows",
]

PROTOCOL_ONLY = "molar_mass_"
"""Numbers that turn a protocol's units into the model's; no formula of the document uses them."""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")

COMPARTMENTS = {"medium": 3, "cytoplasm": 3, "nucleus": 3, "membrane": 2}
"""Compartments of a cell in culture, with their dimensions."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """A context's model as a standard document, with what it is made from.

    Parameters
    ----------
    context : Context
    sbml : str
        SBML Level 3 Version 2; amounts in zmol, volumes in pL, areas in um^2, time in h.
    model_key : str
        Content key of the document.
    parameters : tuple of Row
        Every number in it, in model units (abundances in zmol), with grade and source.
    evidence : mapping of reaction id to record keys
        Ids of claims (``C...``) and quantities (``Q...``), and keys of sources.
    observables : mapping of name to Observable
    parts : tuple of str
        Names of the parts that it is made of.
    rules : mapping of symbol to claims
        Rules that act as claims say.
    """

    context: Context
    sbml: str
    model_key: str
    parameters: tuple[Row, ...]
    evidence: Mapping[str, tuple[str, ...]]
    observables: Mapping[str, Observable]
    parts: tuple[str, ...] = CORE_PARTS
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of every source that the model rests on, sorted; claims and quantities give theirs."""
        known = _record_sources()
        keys = {row.source for row in self.parameters}
        keys.update(expected["source"] for name in self.parts for expected in part(name).expected)
        for found in self.evidence.values():
            keys.update(source for key in found for source in known.get(key, ()))
        return tuple(sorted(keys))


@lru_cache(maxsize=1)
def _record_sources() -> Mapping[str, Iterable[str]]:
    """Keys of the sources of every record that has some, by its id or key."""
    data = Path(str(files("jakstat.knowledge").joinpath("data")))
    tables = {p.relative_to(data).as_posix(): p for p in data.rglob("*.csv")}
    digests = {name: sha256(p.read_bytes()).hexdigest() for name, p in tables.items()}

    def read() -> dict[str, Iterable[str]]:
        from jakstat.knowledge.record_set import knowledge

        known = knowledge()
        keys = [*known.sources, *known.claims, *known.quantities, *known.observations]
        return {key: known.sources_of(key) for key in keys}

    found: Mapping[str, Iterable[str]] = kept("sources", digests, read)
    return found


def _in_model_units(row: Row) -> Row:
    if row.unit != "1/cell":
        return row
    scaled = (x / MOLECULES_PER_ZMOL for x in (row.value, row.low, row.high))
    value, low, high = scaled
    return replace(row, value=value, low=low, high=high, unit="zmol")


def used_rows(
    chosen: Context, changes: Mapping[str, float], used: Collection[str], more: Iterable[Row] = ()
) -> tuple[Row, ...]:
    """Shared and context rows that ``used`` names, in model units, the context's own taking precedence.

    ``more`` are the rows of a user's own drugs.
    """
    own = {row.id: row for row in chosen.rows}
    shared = [row for row in (*parameters(), *more) if row.id not in own]
    rows = [_in_model_units(row) for row in (*shared, *own.values()) if _is_used(row.id, used)]
    known = {row.id for row in rows}
    wrong = [key for key in changes if key not in known]
    if wrong:
        raise InputError(Problem("parameter.unknown", f"the model has no parameter {key!r}") for key in wrong)
    return tuple(replace(row, value=float(changes[row.id])) if row.id in changes else row for row in rows)


def own_drug_rows(names: Iterable[str]) -> tuple[Row, ...]:
    """The numbers of those parts that are drugs of the user's own.

    Examples
    --------
    >>> own_drug_rows(["receptor", "blocker_Stattic"])
    ()
    """
    return tuple(row for name in names if is_own_part(name) for row in own_drug_of(name).rows())


def _is_used(identifier: str, used: Collection[str]) -> bool:
    name = identifier.removeprefix(PROTOCOL_ONLY)
    return identifier in COMPARTMENTS or name in used


def model_statements(pieces: Iterable[Part], shown: Iterable[Observable]) -> list[str]:
    """The Antimony statements of the parts: their own, the rules of their ports, the observables."""
    pieces = tuple(pieces)
    given: dict[str, list[str]] = {}
    for piece in pieces:
        for port, formula in piece.gives:
            given.setdefault(port, []).append(formula)
    lines = [piece.text for piece in pieces]
    lines += [port.rule(given.get(port.name, ())) for piece in pieces for port in piece.ports]
    lines += [f"{o.symbol} := {o.formula};" for o in shown]
    return lines


def _antimony(name: str, statements: Iterable[str], rows: Iterable[Row]) -> str:
    """The whole model as Antimony text: numbers first, then what the parts say."""
    values = {row.id: row.value for row in rows}
    lines = [f"model {name}"]
    lines += [f"compartment {c} = {values[c]!r};" for c in COMPARTMENTS]
    lines += [f"const {key} = {value!r};" for key, value in values.items() if key not in COMPARTMENTS]
    return "\n".join([*lines, *statements, "end"])


def declared_units(pieces: Iterable[Part], shown: Iterable[Observable]) -> dict[str, str]:
    """Units of what the parts' rules, their ports and the observables define, where they have one."""
    found = {o.symbol: o.unit for o in shown}
    for piece in pieces:
        found.update(piece.units)
        found.update({port.name: port.unit for port in piece.ports})
    return found


@one_call
def assemble(
    name: str, *, parts: Iterable[str] | str | None = None, parameters: Mapping[str, float] | None = None
) -> Assembly:
    """The model of one context as SBML Level 3 Version 2.

    Parameters
    ----------
    name : str
        A context, e.g. ``"hepg2"``, with the states of the cell behind a plus: ``"hepg2+HBV"``.
    parts : iterable of str, optional
        Parts of the cell or names of sets, ``"core"`` for the fast one; the whole cell when not given. What
        they require comes with them, and parts that the context requires are always there.
    parameters : mapping of id to value, optional
        Values (in model units) that replace those of the tables.

    Returns
    -------
    Assembly

    Raises
    ------
    InputError
        Unknown context, state, part or parameter.

    Notes
    -----
    SBML L3V2: doi:10.1515/jib-2017-0081; MIRIAM identifiers: doi:10.1038/nbt1156.

    Examples
    --------
    >>> model = assemble("hepg2", parts="core")
    >>> "STAT3_phosphorylation" in model.evidence
    True
    >>> assemble("hepg2", parts=["stat3"]).parts
    ('receptor', 'jak', 'stat3')
    """
    wanted = parts.split(",") if isinstance(parts, str) else parts or ()
    chosen = with_required([*chosen_parts(wanted), *context(name).requires])
    return _assemble(context(name), chosen, tuple(sorted((parameters or {}).items())))


def annotation_cells(a: Annotation) -> list[Any]:
    """What an annotation says, as JSON holds it.

    Examples
    --------
    >>> annotation_cells(part("jak").species[0])[0]
    'JAK1'
    """
    return [a.id, a.name, a.sbo, a.evidence, dict(a.uniprot), a.chebi, a.go]


@lru_cache(maxsize=64)
def _assemble(cell: Context, chosen: tuple[str, ...], changes: tuple[tuple[str, float], ...]) -> Assembly:
    pieces = parts(chosen)
    shown = part_observables(chosen)
    statements = model_statements(pieces, shown)
    words = {word for s in statements for word in _IDENTIFIER.findall(s)}
    rows = used_rows(cell, dict(changes), words, own_drug_rows(chosen))
    used = tuple(row for row in rows if not row.id.startswith(PROTOCOL_ONLY))
    title = f"jakstat_{cell.name.replace('+', '_')}"
    antimony = _antimony(title, statements, used)
    units = declared_units(pieces, shown)
    annotations = [a for piece in pieces for a in (*piece.species, *piece.reactions)]

    def write() -> str:
        from jakstat.biology.sbml_writing import cell_document

        return cell_document(title, antimony, cell, used, units, annotations, COMPARTMENTS)

    rested = [
        title,
        cell.title,
        cell.species,
        cell.taxonomy,
        cell.cell,
        antimony,
        [(r.id, r.unit, r.source) for r in used],
        units,
    ]
    sbml: str = kept("documents", [*rested, [annotation_cells(a) for a in annotations]], write)
    return Assembly(
        context=cell,
        sbml=sbml,
        model_key=content_key(sbml),
        parameters=rows,
        evidence=MappingProxyType({a.id: a.evidence for piece in pieces for a in piece.reactions}),
        observables=MappingProxyType({o.name: o for o in shown}),
        parts=chosen,
        rules=MappingProxyType({k: v for piece in pieces for k, v in piece.rules.items()}),
    )
