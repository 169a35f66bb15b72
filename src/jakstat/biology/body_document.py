"""Parts of cells, tumour and drugs joined to one document: the statements, the numbers they use, the SBML."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from jakstat.biology.assembly import (
    PROTOCOL_ONLY,
    annotation_cells,
    declared_units,
    model_statements,
    own_drug_rows,
    used_rows,
)
from jakstat.biology.contexts import context
from jakstat.biology.instances import Instance
from jakstat.biology.kept import kept
from jakstat.biology.observables import Observable
from jakstat.biology.parts import Part
from jakstat.knowledge.parameter_table import Row

__all__ = ["instance_rows", "joined", "words_of"]

_WORD = re.compile(r"[A-Za-z_]\w*")
_PLACES = re.compile(r"\bcompartment\s+([^;]+);")


def words_of(pieces: Iterable[Part], shown: Iterable[Observable] = ()) -> frozenset[str]:
    """Every identifier in the statements of the parts."""
    return frozenset(w for line in model_statements(pieces, shown) for w in _WORD.findall(line))


def instance_rows(cell: Instance, words: Collection[str]) -> tuple[Row, ...]:
    """The numbers of a cell that the words of a document name, with its prefix; what it follows is none."""
    own = {word.removeprefix(cell.prefix) for word in words if word.startswith(cell.prefix)}
    rows = used_rows(context(cell.context), {}, own, own_drug_rows(cell.parts))
    return tuple(
        replace(row, id=cell.prefix + row.id, key=())
        for row in rows
        if row.id not in cell.follows and not row.id.startswith(PROTOCOL_ONLY)
    )


def joined(
    name: str,
    title: str,
    pieces: Iterable[Part],
    shown: Iterable[Observable],
    rows: Iterable[Row],
    membranes: Collection[str],
) -> str:
    """The document of the parts, as :func:`jakstat.biology.sbml_writing.body_document` writes it."""
    pieces, shown, rows = tuple(pieces), tuple(shown), tuple(rows)
    statements = model_statements(pieces, shown)
    values = {row.id: row.value for row in rows}
    places = dict.fromkeys(
        place.strip() for line in statements for found in _PLACES.findall(line) for place in found.split(",")
    )
    lines = [f"model {name}", *(f"compartment {place} = {values[place]!r};" for place in places)]
    lines += [f"{key} = {value!r};" for key, value in values.items() if key not in places]
    text = "\n".join([*lines, *statements, "end"])
    units = declared_units(pieces, shown)
    annotations = [a for piece in pieces for a in (*piece.species, *piece.reactions)]

    def write() -> str:
        from jakstat.biology.sbml_writing import body_document

        return body_document(name, title, text, rows, units, annotations, membranes)

    said = [name, title, text, [(row.id, row.unit, row.source) for row in rows], units]
    sbml: str = kept("documents", [*said, [annotation_cells(a) for a in annotations]], write)
    return sbml
