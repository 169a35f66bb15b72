"""From the parts of cells, tumour and drugs to one standard document of a patient (SBML L3V2).

Time is in hours. The cells count in zmol and pL, the body in L, nM and mg, the tumour in millions of cells.
The cells read the fluids around them, and the tumour reads what the cells give over that of the cells of the
usual patient (``cell_outputs.yaml``), never a rate of a dish as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from jakstat.biology.body_document import instance_rows, joined, words_of
from jakstat.biology.body_drugs import BodyDrug, drug_actions, drug_pieces, drug_rows, tumour_drug_rows
from jakstat.biology.contexts import context
from jakstat.biology.contexts import parameters as tables
from jakstat.biology.instances import Instance, instance_observables, instance_parts
from jakstat.biology.observables import Observable, part_observables
from jakstat.biology.parts import Part, part_names, parts, with_required
from jakstat.biology.patient_cells import cell_outputs, patient_cells
from jakstat.biology.pk_assembly import pk_constants
from jakstat.errors import InputError, Problem
from jakstat.identity import content_key
from jakstat.knowledge.parameter_table import Row

__all__ = ["PatientAssembly", "assemble_patient"]

_OTHER_DISEASE = ("osteosarcoma",)
"""Parts of the tumour that are another disease; they are there when asked for."""

_RULE = re.compile(r"^\s*(\w+)'?\s*:?=", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PatientAssembly:
    """The model of a patient as a standard document, with what it is made from.

    Parameters
    ----------
    sbml : str
        SBML Level 3 Version 2; time in h.
    model_key : str
        Content key of the document.
    parameters : tuple of Row
        Every number in it, with grade and source; those of a cell with its prefix.
    evidence : mapping of reaction id to record keys
    observables : mapping of name to Observable
        Those of cells with their prefix: ``S_pSTAT3``.
    rules : mapping of symbol to claims
    parts : tuple of str
        Names of the parts of the tumour.
    instances : mapping of str to Instance
        The cells, by prefix.
    drugs : tuple of BodyDrug
    clamped : mapping of str to str
        What the cells follow: formulas of the body by symbol of the document.
    """

    sbml: str
    model_key: str
    parameters: tuple[Row, ...]
    evidence: Mapping[str, tuple[str, ...]]
    observables: Mapping[str, Observable]
    rules: Mapping[str, tuple[str, ...]]
    parts: tuple[str, ...]
    instances: Mapping[str, Instance]
    drugs: tuple[BodyDrug, ...]
    clamped: Mapping[str, str]


def assemble_patient(
    cell: str = "hepg2",
    hepatocyte: str = "human_hepatocyte",
    *,
    drugs: Sequence[BodyDrug] = (),
    tumour: Iterable[str] | None = None,
    parameters: Mapping[str, float] | None = None,
) -> PatientAssembly:
    """The model of a patient: stem-like and bulk cancer cells, a hepatocyte, the tumour and the drugs.

    Parameters
    ----------
    cell : str
        Which cancer cell, with its states: ``"hepg2+HBV"``.
    hepatocyte : str
    drugs : sequence of BodyDrug
        What the patient may be given (:func:`jakstat.pharmacology.body_drugs.body_drug`).
    tumour : iterable of str, optional
        Parts of the tumour; all of liver cancer when not given. What they require comes with them.
    parameters : mapping of id to value, optional
        Values that replace those of the tables, by the ids of the document: ``S_abundance_STAT3``.

    Returns
    -------
    PatientAssembly

    Raises
    ------
    InputError
        Unknown context, state, part or parameter; ``drug.twice``.

    Notes
    -----
    SBML L3V2: doi:10.1515/jib-2017-0081.

    Examples
    --------
    >>> model = assemble_patient()
    >>> sorted(model.instances), "S_STAT3_phosphorylation" in model.evidence
    (['B_', 'H_', 'S_'], True)
    """
    ids = [drug.id for drug in drugs]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise InputError(Problem("drug.twice", f"{i} is given twice", field="drugs") for i in twice)
    names = part_names(instances=False, scale="tumour") if tumour is None else tuple(tumour)
    wanted = [name for name in names if tumour is not None or name not in _OTHER_DISEASE]
    return _assembled(cell, hepatocyte, tuple(drugs), with_required(wanted), parameters or {})


def _assembled(
    cell: str,
    hepatocyte: str,
    drugs: tuple[BodyDrug, ...],
    names: tuple[str, ...],
    changes: Mapping[str, float],
) -> PatientAssembly:
    body = parts(names)
    symbols = _defined(body)
    cells = patient_cells(cell, hepatocyte, drugs, symbols)
    medicine = [piece for drug in drugs for piece in drug_pieces(drug, symbols)]
    living = [piece for one in cells for piece in instance_parts(one)]
    ports = {port.name: port for piece in body for port in piece.ports}
    actions = [drug_actions(drug, ports) for drug in drugs]
    outputs, rests = cell_outputs(cells, ports, living)
    pieces = (*living, *body, *medicine, *actions, outputs)
    shown = (
        *(o for one in cells for o in instance_observables(one)),
        *part_observables(p.name for p in body),
    )
    rows = _changed((*_rows(pieces, shown, cells, drugs), *rests), changes)
    title = f"jakstat_patient_{cell.replace('+', '_')}"
    membranes = tuple(f"{one.prefix}membrane" for one in cells)
    words = f"IL-6/JAK/STAT3 signalling in a patient with {context(cell).title}"
    sbml = joined(title, words, pieces, shown, rows, membranes)
    return PatientAssembly(
        sbml=sbml,
        model_key=content_key(sbml),
        parameters=rows,
        evidence=MappingProxyType({a.id: a.evidence for piece in pieces for a in piece.reactions}),
        observables=MappingProxyType({o.name: o for o in shown}),
        rules=MappingProxyType(_merged(pieces)),
        parts=tuple(piece.name for piece in body),
        instances=MappingProxyType({one.prefix: one for one in cells}),
        drugs=drugs,
        clamped=MappingProxyType({f"{one.prefix}{k}": v for one in cells for k, v in one.follows.items()}),
    )


def _defined(pieces: Iterable[Part]) -> frozenset[str]:
    """What parts define: species, reactions, ports, and what their rules and initial formulas set."""
    found: set[str] = set()
    for piece in pieces:
        found |= {a.id for a in (*piece.species, *piece.reactions)} | {port.name for port in piece.ports}
        found |= set(_RULE.findall(piece.text))
    return frozenset(found)


def _rows(
    pieces: Iterable[Part],
    shown: Iterable[Observable],
    cells: Iterable[Instance],
    drugs: Iterable[BodyDrug],
) -> tuple[Row, ...]:
    """Every number that the document names."""
    pieces = tuple(pieces)
    words = words_of(pieces, shown)
    found = {row.id: row for cell in cells for row in instance_rows(cell, words)}
    found.update({row.id: row for drug in drugs for row in drug_rows(drug) if row.id in words})
    for row in (*tables("tumour"), *tumour_drug_rows(), *tables(), *pk_constants().values()):
        if row.id in words:
            found.setdefault(row.id, row)
    ruled = _defined(pieces)
    return tuple(row for row in found.values() if row.id not in ruled)


def _changed(rows: Iterable[Row], changes: Mapping[str, float]) -> tuple[Row, ...]:
    rows = tuple(rows)
    wrong = sorted(set(changes) - {row.id for row in rows})
    if wrong:
        hint = "numbers of a cell stand behind its prefix, those of a drug behind its name: S_abundance_STAT3"
        raise InputError(
            Problem("parameter.unknown", f"the patient has no parameter {key[:80]!r}", hint=hint)
            for key in wrong
        )
    return tuple(replace(row, value=float(changes[row.id])) if row.id in changes else row for row in rows)


def _merged(pieces: Iterable[Part]) -> dict[str, tuple[str, ...]]:
    """The claims of every rule; a port may have some of each drug that acts on it."""
    found: dict[str, tuple[str, ...]] = {}
    for piece in pieces:
        for symbol, claims in piece.rules.items():
            found[symbol] = tuple(dict.fromkeys((*found.get(symbol, ()), *claims)))
    return found
