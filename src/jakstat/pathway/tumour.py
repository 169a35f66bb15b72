"""The map of the tumour: its cells and signals, out of the document of a patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from jakstat.biology.parts import Part, parts
from jakstat.biology.patient_assembly import PatientAssembly
from jakstat.biology.patient_cells import PREFIXES
from jakstat.biology.terms import terms
from jakstat.engine.load import load_sbml
from jakstat.engine.network.expression import symbols
from jakstat.engine.network.network import Assignment, Network, Parameter
from jakstat.engine.reference.closures import closure
from jakstat.errors import InputError, Problem
from jakstat.pathway.build import draw_network
from jakstat.pathway.records import PathwayMap

__all__ = ["tumour_map", "tumour_network"]

_LEFT_OUT = (
    "Left out: what is inside the stem-like and the bulk cancer cell and the hepatocyte, "
    "what these give to the tumour, and drugs with their pharmacokinetics."
)
_LEVELS = (-4.0, 0.0)
"""Decades of the states: levels up to those of the usual tumour, as a share is at most 1."""


def tumour_map(patient: PatientAssembly, chosen: Sequence[str] = ()) -> PathwayMap:
    """The map of the tumour of a patient.

    Parameters
    ----------
    patient : PatientAssembly
    chosen : sequence of str
        Parts of the tumour whose reactions are drawn; all when there is none.

    Raises
    ------
    InputError
        ``part.unknown`` for what is no part of this tumour.

    Examples
    --------
    >>> from jakstat.biology.patient_assembly import assemble_patient
    >>> drawn = tumour_map(assemble_patient(), ["vessels"])
    >>> sorted(p.stands_for for p in drawn.processes())
    ['VEGF_loss', 'VEGF_secretion', 'Vessel_growth', 'Vessel_regression']
    """
    network = tumour_network(patient, chosen)
    own = {a.id for piece in _pieces(patient, chosen) for a in piece.species}
    evidence = dict.fromkeys(key for r in network.reactions for key in patient.evidence[r.id])
    drawn = draw_network(
        network,
        terms(patient.sbml),
        title="Cells and signals of a tumour",
        sources=tuple(evidence),
        decades=_LEVELS,
    )
    return replace(drawn, unconnected=tuple(n for n in drawn.unconnected if n in own), left_out=_LEFT_OUT)


def tumour_network(patient: PatientAssembly, chosen: Sequence[str] = ()) -> Network:
    """Species and reactions of the parts of the tumour; what the cells give is as in the usual patient.

    Parameters
    ----------
    patient : PatientAssembly
    chosen : sequence of str
        As for :func:`tumour_map`.
    """
    unknown = [name for name in chosen if name not in patient.parts]
    if unknown:
        hint = f"its parts are {', '.join(patient.parts)}"
        raise InputError(
            Problem("part.unknown", f"the tumour has no part {name[:40]!r}", field="--parts", hint=hint)
            for name in unknown
        )
    whole = load_sbml(patient.sbml, trusted=True).network
    species = {a.id for piece in parts(patient.parts) for a in piece.species}
    reactions = {a.id for piece in _pieces(patient, chosen) for a in piece.reactions}
    rules = tuple(a for a in whole.assignment_rules if not a.variable.startswith((*PREFIXES, "observable_")))
    return replace(
        whole,
        id="tumour",
        species=tuple(s for s in whole.species if s.id in species),
        reactions=tuple(r for r in whole.reactions if r.id in reactions),
        assignment_rules=rules,
        initial_assignments=tuple(a for a in whole.initial_assignments if a.variable in species),
        parameters=_numbers(whole, rules),
    )


def _pieces(patient: PatientAssembly, chosen: Sequence[str]) -> Iterator[Part]:
    """The chosen parts without what they require."""
    return (piece for piece in parts(patient.parts) if not chosen or piece.name in chosen)


def _numbers(whole: Network, rules: Sequence[Assignment]) -> tuple[Parameter, ...]:
    """The parameters with their values at the start, and what the rules read of cells at its usual value."""
    given = {c.id: c.size for c in whole.compartments} | {p.id: p.value for p in whole.parameters}
    known = {name: value for name, value in given.items() if value is not None}
    for start in whole.initial_assignments:
        names = sorted(symbols(start.expression))
        if all(name in known for name in names):
            slots = {name: k for k, name in enumerate(names, 1)}
            known[start.variable] = closure(start.expression, slots)([0.0, *(known[n] for n in names)])
    read = {name for rule in rules for name in symbols(rule.expression) if name.startswith(PREFIXES)}
    for name in read:
        known[name] = known.get(f"{name[:2]}usual_{name[2:]}", known.get(name, 1.0))
    there = {p.id for p in whole.parameters}
    more = (Parameter(name, name, known[name], True, "") for name in sorted(read - there))
    return (*(replace(p, value=known.get(p.id)) for p in whole.parameters), *more)
