"""Who may enter a trial, when he does, which arm he is randomised to, and how long he is followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.population.cohort import Cohort
from jakstat.population.outcomes import waiting
from jakstat.streams import stream
from jakstat.trial.design import TrialDesign

__all__ = ["Enrolment", "eligible_patients", "enrolment"]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How each patient takes part.

    Parameters
    ----------
    entry : array (patients,)
        h from the first patient's entry.
    arm : int array (patients,)
        Place of the arm that he is randomised to.
    followed : array (patients,)
        h from his entry to where he is lost from sight, the trial is read out, or the end.
    """

    entry: Floats
    arm: NDArray[np.intp]
    followed: Floats


def eligible_patients(design: TrialDesign, patients: Cohort) -> NDArray[np.bool_]:
    """Whether the design lets each patient in.

    Raises
    ------
    InputError
        ``trial.number``.

    Examples
    --------
    >>> from jakstat.population.cohort import cohort
    >>> from jakstat.trial.design import Eligibility
    >>> from types import SimpleNamespace
    >>> few = cohort("sharp", 4, seed=1)
    >>> let_in = eligible_patients(SimpleNamespace(eligible=(Eligibility("IL6", low=5.0),)), few)
    >>> bool((let_in == (few.numbers["IL6"] >= 5.0)).all())
    True
    """
    found = np.ones(patients.count, dtype=bool)
    for one in design.eligible:
        values = patients.number(one.number)
        if values is None:
            raise problem("trial.number", f"patients have no {one.number[:60]!r}", field="eligible")
        found &= (values >= one.low) & (values <= one.high)
    return found


def enrolment(design: TrialDesign, patients: Cohort) -> Enrolment:
    """Draw entry, arm and loss from sight, each from a stream of the patient's own.

    Arms are drawn independently in the ratio of the allocation, so that no patient's arm rests on another's;
    groups of a stratum are balanced as far as chance goes.
    """
    ids, seed = patients.ids, design.seed
    entry = design.accrual_h * _uniform(seed, ids, "entry")
    edges = np.cumsum([arm.allocation for arm in design.arms])
    arm = np.searchsorted(edges / edges[-1], _uniform(seed, ids, "assigned"), side="right")
    lost = np.full(len(ids), np.inf)
    if design.dropout > 0.0:
        lost = waiting(seed, ids, "dropout") / design.dropout
    open_h = np.maximum(design.closes_h - entry, 0.0)
    followed = np.minimum(np.minimum(lost, open_h), design.until_h)
    return Enrolment(entry, np.minimum(arm, len(design.arms) - 1), followed)


def _uniform(seed: int, ids: tuple[int, ...], decision: str) -> Floats:
    return np.array([stream(seed, "patient", who, decision).random() for who in ids])
