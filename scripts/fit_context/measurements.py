"""Measured courses of macrophages under IL-6 or IL-10 alone, and what is read off them.

The noise of a mean is its standard deviation between experiments, and not less than the pooled one of the
untreated samples of its readout. The figures of merit use it as it is; the search divides it by the root of
the number of experiments, so that the means count as what they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scripts.fit_core.places import read_csv, shared_data

__all__ = ["DOSES", "LIGANDS", "READOUTS", "Mean", "half_dose", "means", "noise_floor"]

Array = npt.NDArray[np.float64]

DATA_SET, FILE = "macrophage2024", "single_ligand.csv"
READOUTS = ("pSTAT1", "pSTAT3")
LIGANDS = ("IL6", "IL10")
DOSES = (0.1, 1.0, 10.0)
"""ng/ml; the untreated cells stand in the file as time 0."""


@dataclass(frozen=True)
class Mean:
    """A mean over ``n`` experiments at ``minute``, of values over the largest of their experiment."""

    readout: str
    ligand: str
    dose: float
    minute: int
    value: float
    sd: float
    n: int


def means() -> tuple[Mean, ...]:
    """Every mean, its noise raised to the floor of its readout."""
    found = []
    for row in read_csv(shared_data() / DATA_SET / FILE):
        ligand = "IL6" if float(row["il6_ng_ml"]) > 0 else "IL10"
        dose = max(float(row["il6_ng_ml"]), float(row["il10_ng_ml"]))
        place = (row["observable"], ligand, dose, int(row["time_min"]))
        found.append(Mean(*place, float(row["rel_mean"]), float(row["rel_sd"]), int(row["n"])))
    floor = {readout: noise_floor([m for m in found if m.readout == readout]) for readout in READOUTS}
    return tuple(
        Mean(m.readout, m.ligand, m.dose, m.minute, m.value, max(m.sd, floor[m.readout]), m.n) for m in found
    )


def noise_floor(series: Sequence[Mean]) -> float:
    """The pooled standard deviation of the untreated samples.

    Examples
    --------
    >>> rest = [Mean("pSTAT1", "IL6", 1.0, 0, 0.1, sd, 3) for sd in (0.03, 0.04)]
    >>> round(noise_floor(rest), 6)
    0.035355
    """
    rest = [m.sd for m in series if m.minute == 0]
    return math.sqrt(sum(sd * sd for sd in rest) / len(rest))


def half_dose(untreated: float, responses: Sequence[float]) -> float:
    """The dose (ng/ml) at half of the response to the highest, straight between doses on their logarithm.

    Examples
    --------
    A response that doubles its way to the top: 2 of 4 lies at the middle dose.

    >>> half_dose(0.0, [1.0, 2.0, 4.0])
    1.0
    """
    half = (untreated + responses[-1]) / 2
    crossing = next((i for i, r in enumerate(responses) if r >= half), len(responses) - 1)
    if crossing == 0:
        return DOSES[0]
    below, above = responses[crossing - 1], responses[crossing]
    share = (half - below) / (above - below)
    return float(DOSES[crossing - 1] * (DOSES[crossing] / DOSES[crossing - 1]) ** share)
