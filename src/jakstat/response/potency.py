"""From the constant of an enzyme assay to the half-maximal dose on cells, step by step.

A cell needs more of a kinase inhibitor than an enzyme: ATP competes with it (Cheng and Prusoff,
doi:10.1016/0006-2952(73)90196-2) and it has to get in, part of it may be bound in the medium, and a pathway
with spare kinase answers long after most of the kinase is blocked. The first two are one number per kind
of cell, its potency shift; the last comes out of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jakstat.errors import problem
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.dose_series import HalfMaximum, half_maximum
from jakstat.experiment.lanes import Bench, bench_for, run_vectors
from jakstat.experiment.question import question
from jakstat.experiment.readouts import read_readout
from jakstat.knowledge.parameter_table import Grade, Row
from jakstat.pharmacology import Agent, agent, library_agents

__all__ = ["PotencyChain", "PotencyStep", "potency_chain"]

_GROUP, _KINASE = "JAK", "JAK1"
_SPAN, _LEVELS = 3000.0, 41


@dataclass(frozen=True, slots=True)
class PotencyStep:
    """One factor between the enzyme and the cell; ``reached`` is the concentration (nM) up to here."""

    name: str
    fold: float
    reached: float
    grade: Grade
    sources: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class PotencyChain:
    """How the half-maximal dose of a JAK inhibitor on cells comes about.

    Parameters
    ----------
    context, drug, readout : str
    question : mapping
        What was asked (:func:`jakstat.experiment.question.question`).
    enzyme : float
        Half-maximal concentration on JAK1 in the enzyme assay, nM.
    steps : tuple of PotencyStep
        Binding in the medium, the potency shift, and what the pathway makes of it.
    IC50 : HalfMaximum
        The half-maximal dose on the cells of the model.
    """

    context: str
    drug: str
    readout: str
    question: Mapping[str, Any]
    enzyme: float
    steps: tuple[PotencyStep, ...]
    IC50: HalfMaximum

    @property
    def fold(self) -> float:
        """The whole way: the dose on cells over the constant of the enzyme."""
        return self.IC50.value / self.enzyme


def potency_chain(
    context: str,
    drug: str,
    *,
    stimuli: str = "IL6=40ng/ml",
    readout: str = "pSTAT3",
    at: str = "20min",
    before: str = "60min",
    parts: Iterable[str] | str | None = None,
) -> PotencyChain:
    """Take the shift between enzyme and cell apart.

    Parameters
    ----------
    context, drug : str
        A kind of cell, and an inhibitor on the kinase site of the JAKs.
    stimuli, readout, at, before : str
        The experiment: what is given, what is read and when, and how long before the drug is there.
    parts : sequence of text, optional
        Parts of the model; the whole cell when not given.

    Raises
    ------
    InputError
        ``potency.group`` for a drug of another group; unknown names, units and times.

    Examples
    --------
    >>> chain = potency_chain("mouse_hepatocyte", "ruxolitinib", parts="core")
    >>> [step.name for step in chain.steps]
    ['binding in medium', 'potency shift', 'signal amplification']
    """
    found, readout = agent(drug, field="--drug"), read_readout(readout)
    if found.group != _GROUP:
        hint = ", ".join(a.name for a in library_agents() if a.group == _GROUP)
        raise problem("potency.group", f"{found.name} is no JAK inhibitor", field="--drug", hint=hint)
    middle = _effective(
        _numbers(bench_for(make_protocol(context, drugs=f"{found.name}=1nM", parts=parts))), found
    )
    doses = f"{drug}={middle / _SPAN**0.5!r}..{middle * _SPAN!r}nM:{_LEVELS}@-{before}"
    protocol = make_protocol(
        context, stimuli=stimuli, drugs=doses, observe=readout, until=at, points=3, parts=parts
    )
    bench = bench_for(protocol)
    run = run_vectors(bench, {}, lambda _, values: values[:, -1:])
    response = run.values[readout][0, :, 0]
    half = half_maximum(np.array(bench.plan.axes[0].values), response, unit="nM")
    rows = _numbers(bench)
    return PotencyChain(
        context, found.name, readout, question(protocol, bench.cell.assembly.parts),
        rows[f"IC50_{found.model_symbol}_{_KINASE}"].value,
        _steps(rows, found, half.value), half,
    )  # fmt: skip


def _numbers(bench: Bench) -> Mapping[str, Row]:
    return {row.id: row for row in bench.cell.assembly.parameters}


def _shift(rows: Mapping[str, Row], found: Agent) -> Row:
    """The cell's potency shift; a drug that does not compete with ATP has a factor of its own."""
    return rows.get(f"potency_shift_{found.model_symbol}") or rows["potency_shift"]


def _effective(rows: Mapping[str, Row], found: Agent) -> float:
    """The constant of the drug on JAK1 in the cell, nM in the medium."""
    enzyme = rows[f"IC50_{found.model_symbol}_{_KINASE}"].value
    return enzyme * _shift(rows, found).value / found.fraction_unbound_medium


def _steps(rows: Mapping[str, Row], found: Agent, half: float) -> tuple[PotencyStep, ...]:
    enzyme, shift = rows[f"IC50_{found.model_symbol}_{_KINASE}"], _shift(rows, found)
    bound, unbound = 1 / found.fraction_unbound_medium, found.properties["fraction_unbound_medium"]
    free, inside = np.cumprod([enzyme.value * bound, shift.value]).tolist()
    return (
        PotencyStep("binding in medium", bound, free, unbound.grade, (unbound.source,), unbound.note),
        PotencyStep("potency shift", shift.value, inside, shift.grade, (shift.source,), shift.note),
        PotencyStep("signal amplification", half / inside, half, "fitted", (), "what the model makes of it"),
    )
