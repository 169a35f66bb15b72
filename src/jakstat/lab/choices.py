"""All that the controls of the pages offer: cells, ligands, drugs, genes, readouts, ranges of sliders."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jakstat.biology import (
    context,
    contexts,
    dissolved,
    observables,
    parameters,
    part_names,
    parts,
    state,
    states,
)
from jakstat.biology.own_folder import own_names
from jakstat.experiment.readouts import DEFAULT_READOUTS
from jakstat.knowledge import knowledge
from jakstat.lab.lab_questions import LabQuestion
from jakstat.lab.question_kinds import QUESTIONS
from jakstat.pharmacology import Agent, acts_on, agent, library_agents
from jakstat.pharmacology.pk_library import pk_models
from jakstat.population.margins import population_names

__all__ = ["choices"]

_FACTOR = re.compile(r"\bfactor_(\w+)\b")
_COMPLEX = "IL6_sIL6R"  # given as such; other complexes form by themselves
_STRONGEST_NM, _WEAKEST_NM = 0.1, 10_000.0
_SPAN = 1000.0
_SETS = ("core", "cell", "all", "drugs")


def choices() -> dict[str, Any]:
    """What the controls offer, by name; cells of the user's own among them, as they are now.

    Examples
    --------
    >>> found = choices()
    >>> [c["name"] for c in found["contexts"]][:1], "SOCS3" in found["genes"]
    (['hepg2'], True)
    """
    shipped = _shipped()
    own = [agent(name) for name in own_names("drugs")]
    drugs = [*shipped["drugs"], *(_drug(a) for a in own)]
    return {**shipped, "contexts": [_context(name) for name in contexts()], "drugs": drugs}


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    """What does not change while the server runs."""
    return {
        "states": [{"name": n, "title": state(n).title, "cells": state(n).cells} for n in states()],
        "stimuli": _stimuli(),
        "drugs": [_drug(a) for a in library_agents() if a.kind == "drug"],
        "treatments": [a.name for a in library_agents() if a.kind == "switch"],
        "genes": _genes(),
        "readouts": _readouts(),
        "parts": [*_SETS, *part_names()],
        "populations": list(population_names()),
        "patients": {
            "aetiology": ["HBV", "HCV", "alcohol", "MASH", "none"],
            "stage": ["A", "B", "C"],
            "disease": ["hcc", "osteosarcoma"],
        },
        "modules": list(dict.fromkeys(str(c.module) for c in knowledge().claims.values())),
        "trial_example": files("jakstat.trial").joinpath("demo_trial.yaml").read_text(encoding="utf-8"),
        "defaults": {kind: _defaults(question) for kind, (_, question) in QUESTIONS.items()},
    }


def _context(name: str) -> dict[str, Any]:
    cell = context(name)
    fits = [n for n in states() if state(n).befalls(cell.species, cell.kind)]
    own = {"name": name, "title": cell.title, "species": cell.species, "kind": cell.kind}
    return {**own, "origin": cell.origin, "states": fits}


def _genes() -> list[str]:
    """What a knock-down can name: every factor that the parts know."""
    found = {gene for part in parts(part_names()) for gene in _FACTOR.findall(part.text)}
    return sorted(found)


def _readouts() -> list[dict[str, Any]]:
    return [
        {
            "name": o.name,
            "title": o.title,
            "unit": {"zmol": "1/cell", "dimensionless": "1"}.get(o.unit, o.unit),
            "default": o.name in DEFAULT_READOUTS,
        }
        for o in observables()
    ]


def _drug(found: Agent) -> dict[str, Any]:
    """A drug, its slider around the potency that the model has of it, in nM."""
    own = () if found.own is None else found.own.rows()
    rows = {row.id: row for row in (*parameters(), *own)}
    strong = [rows[p].value for p in found.potency if rows[p].unit == "nM" and rows[p].value > 0.0]
    middle = max(min(min(strong, default=100.0), _WEAKEST_NM), _STRONGEST_NM)
    known = next((m for m in pk_models() if m.id == found.id), None)
    return {
        "name": found.name,
        "kind": found.structure,
        "group": found.group,
        "target": found.target.replace(";", ", "),
        "mechanism": found.mechanism,
        "grade": found.grade,
        "unit": "nM",
        "low": _round(middle / 10.0),
        "high": _round(middle * _SPAN),
        "usual": _round(middle * 10.0),
        "regimens": [] if known is None else [str(r["text"]) for r in known.regimens],
        "exposure": known is not None,
        "species": list(found.species),
        "synonyms": list(found.aliases),
    }


def _round(value: float) -> float:
    """One figure, as the marks of a slider have it."""
    return float(f"{value:.0e}")


def _stimuli() -> list[dict[str, Any]]:
    """The ligands that the parts take from the medium, each with the species whose cells it acts on."""
    found = []
    for name in _ligands():
        acts = [s for s in ("human", "mouse") if acts_on(name, origin="human", cells=s)]
        found.append({**_amounts(name), "species": acts})
    return found


def _amounts(name: str) -> dict[str, Any]:
    """The slider of a ligand: by mass where its molar mass is known."""
    masses = {row.id for row in parameters()}
    if f"molar_mass_{name}" in masses:
        return {"name": name, "unit": "ng/ml", "low": 0.1, "high": 500.0, "usual": 10.0}
    return {"name": name, "unit": "nM", "low": 0.01, "high": 100.0, "usual": 1.0}


def _ligands() -> list[str]:
    drugs = {a.model_symbol for a in library_agents()}
    return [name for name in dissolved() if name not in drugs and ("_" not in name or name == _COMPLEX)]


def _defaults(question: type[LabQuestion]) -> dict[str, Any]:
    fields = question.model_fields.items()
    return {n: f.get_default(call_default_factory=True) for n, f in fields if not f.is_required()}
