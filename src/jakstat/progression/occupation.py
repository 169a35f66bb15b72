"""Probabilities of the stages over time: the Kolmogorov forward equations, for many vectors at once.

``p' = Q(t)^T p`` with the hazards of :mod:`jakstat.progression.transitions` (Andersen & Keiding 2002,
doi:10.1191/0962280202SM276ra), by the classical Runge-Kutta scheme of order four on steps that meet every
change of treatment. The flow through every passage is integrated beside, so that cumulative incidences
with competing death and incidences per person-year come out of the same run.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.progression.transitions import FREE, PASSAGES, STAGES, Arm, Liver, Span, span_from, steps_of

__all__ = ["Occupation", "occupation"]

_STEP = 0.1  # years
_PER_PASSAGE = 2.0  # steps in the mean time to the quickest passage
_FROM = np.array([STAGES.index(a) for a, _ in PASSAGES])
_TO = np.array([STAGES.index(b) for _, b in PASSAGES])


@dataclass(frozen=True, slots=True)
class Occupation:
    """What became of a liver.

    Parameters
    ----------
    years : array, shape (times,)
    stages : array, shape (times, stages, draws)
        Probability of each of :data:`~jakstat.progression.transitions.STAGES`.
    passed : array, shape (times, passages, draws)
        Expected number of each passage up to then.
    lived : array, shape (times, stages, draws)
        Expected years in each stage up to then.
    rates : array, shape (times, passages, draws)
        Hazard of each passage then, per year.
    """

    years: Floats
    stages: Floats
    passed: Floats
    lived: Floats
    rates: Floats

    def reached(self, *targets: str) -> Floats:
        """Expected passages into these stages so far, shape (times, draws); for cancer its incidence."""
        into = [k for k, (start, to) in enumerate(PASSAGES) if to in targets and start not in targets]
        return np.asarray(self.passed[:, into].sum(axis=1), dtype=float)

    def died(self) -> Floats:
        """Probability of death so far, shape (times, draws)."""
        return self.probability(*(s for s in STAGES if s.startswith("dead")))

    def probability(self, *stages: str) -> Floats:
        """Probability of these stages together, shape (times, draws)."""
        return np.asarray(self.stages[:, [STAGES.index(s) for s in stages]].sum(axis=1), dtype=float)

    def years_in(self, *stages: str) -> Floats:
        """Expected years in these stages so far, shape (times, draws)."""
        return np.asarray(self.lived[:, [STAGES.index(s) for s in stages]].sum(axis=1), dtype=float)

    def cancer_hazard(self) -> Floats:
        """Hazard of liver cancer of those who live without it, per year, shape (times, draws)."""
        into = [k for k, (start, to) in enumerate(PASSAGES) if to == "cancer" and start in FREE]
        flow = (self.rates[:, into] * self.stages[:, _FROM[into]]).sum(axis=1)
        return np.asarray(flow / self.probability(*FREE), dtype=float)


def occupation(
    numbers: Mapping[str, Floats], liver: Liver, arm: Arm, start: Mapping[str, float], years: Floats
) -> Occupation:
    """Follow the probabilities of the stages from a start.

    Parameters
    ----------
    numbers : mapping of str to array, shape (draws,)
    liver : Liver
    arm : Arm
    start : mapping of str to float
        Probability of each stage at the first time; they add to 1.
    years : array
        Increasing, from 0.

    Examples
    --------
    >>> from jakstat.progression.hazard_numbers import hazard_draws
    >>> man = Liver(("HCV",), 50.0, True, {"HCV": 1e6}, {"HCV": 25.0})
    >>> found = occupation(hazard_draws(1, 1), man, Arm(), {"cancer": 1.0}, np.array([0.0, 1.0]))
    >>> bool(abs(found.stages[-1].sum() - 1.0) < 1e-9)
    True
    """
    draws = numbers["male"].size
    state = np.zeros((2 * len(STAGES) + len(PASSAGES), draws))
    for stage, share in start.items():
        state[STAGES.index(stage)] = share
    wanted = dict.fromkeys(float(y) for y in years)
    corners = sorted({*wanted, *steps_of((arm,), float(years[-1]))})
    kept, rates = [state], [span_from(numbers, liver, arm, 0.0).hazards(0.0)]
    for begun, ended in itertools.pairwise(corners):
        state = _followed(state, span_from(numbers, liver, arm, begun), begun, ended)
        if ended in wanted:
            kept.append(state)
            rates.append(span_from(numbers, liver, arm, ended).hazards(ended))
    whole, count = np.stack(kept), len(STAGES)
    split = (whole[:, :count], whole[:, count:-count], whole[:, -count:])
    return Occupation(np.asarray(years, dtype=float), *split, np.stack(rates))


def _flow(state: Floats, rates: Floats) -> Floats:
    """The derivative of the stages, of the passages and of the years lived."""
    count = len(STAGES)
    stages = state[:count]
    flow = rates * stages[_FROM]
    change = np.zeros_like(stages)
    np.subtract.at(change, _FROM, flow)
    np.add.at(change, _TO, flow)
    return np.concatenate([change, flow, stages])


def _followed(state: Floats, span: Span, begun: float, ended: float) -> Floats:
    """The state after a span without a change of treatment, in steps that the highest hazard allows."""
    quickest = max(float(span.hazards(t).sum(axis=0).max()) for t in (begun, ended))
    pieces = int(np.ceil((ended - begun) * max(1.0 / _STEP, _PER_PASSAGE * quickest) - 1e-9))
    times = np.linspace(begun, ended, max(pieces, 1) + 1)
    for start, end in itertools.pairwise(times.tolist()):
        step, middle = end - start, span.hazards(0.5 * (start + end))
        k1 = _flow(state, span.hazards(start))
        k2 = _flow(state + 0.5 * step * k1, middle)
        k3 = _flow(state + 0.5 * step * k2, middle)
        k4 = _flow(state + step * k3, span.hazards(end))
        state = state + step / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return state
