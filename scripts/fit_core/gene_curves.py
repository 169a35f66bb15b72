"""mRNA of a target gene from stored curves of what drives it, without running the cell again.

Nothing of these genes acts back on the core, so the nuclear dimer is run once per dose by the product's
engine. The rest is a chain of first-order stages, each solved exactly for an input that is linear within
a step of the grid (first-order hold).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from jakstat.engine.doses import Dose
from jakstat.experiment.resting import loaded_cell
from scripts.fit_core.gene_points import GeneCondition

__all__ = ["STEP_H", "Drive", "dimer_scale", "drive_of", "lagging", "mrna", "occupancy", "smad_level"]

Array = npt.NDArray[np.float64]

STEP_H = 0.02
_PARTS = ("receptor", "jak", "stat3", "feedback")
_REST_H = 400.0
_STAGES = 3


@dataclass(frozen=True)
class Drive:
    """The nuclear dimer (C, T) under C conditions and the cell's own scale of it, in nM."""

    conditions: tuple[GeneCondition, ...]
    dimer: Array
    scale: float


@lru_cache(maxsize=64)
def _dimer(context: str, doses: tuple[float, ...], steps: int) -> Array:
    cell = loaded_cell(context, _PARTS)
    number = {row.id: row.value for row in cell.assembly.parameters}
    names = [s.id for s in cell.model.network.species]
    rest = cell.model.simulate([0.0, _REST_H], outputs=names, rtol=1e-8, atol=1e-10).final()
    zmol = [dose / number["molar_mass_IL6"] * number["medium"] for dose in doses]
    result = cell.model.simulate(
        np.arange(steps) * STEP_H,
        initial={k: np.repeat(np.asarray(v), len(doses)) for k, v in rest.items()},
        doses=[(Dose(0.0, "IL6", amount),) for amount in zmol],
        outputs=["STAT3_on_DNA"],
        rtol=1e-6,
        atol=1e-9,
    )
    return np.asarray(result.value("STAT3_on_DNA"))


@lru_cache(maxsize=8)
def dimer_scale(context: str) -> float:
    """The unit in which the sites of a context count the dimer, in nM, as the part ``stat3`` defines it."""
    cell = loaded_cell(context, _PARTS)
    found = cell.model.simulate([0.0, 1e-3], outputs=["dimer_scale"])
    return float(found.value("dimer_scale")[0, 0])


def drive_of(context: str, conditions: tuple[GeneCondition, ...], last_h: float) -> Drive:
    """Curves of the nuclear dimer of one context up to ``last_h``, and the context's own scale."""
    doses = tuple(sorted({c.IL6 for c in conditions}))
    curves = _dimer(context, doses, math.ceil(last_h / STEP_H) + 2)
    return Drive(conditions, curves[[doses.index(c.IL6) for c in conditions]], dimer_scale(context))


def occupancy(level: Array, half: float, hill: float) -> Array:
    """The power law of a promoter: ``(x/K)^h / (1 + (x/K)^h)``."""
    power = (np.abs(level) / half) ** hill
    return np.asarray(power / (1 + power))


def _stage(inflow: Array, rate: float, first: Array) -> Array:
    """``x' = rate (u - x)`` along the last axis (C, T), from ``first`` (C,)."""
    left = math.exp(-rate * STEP_H)
    mean = (1 - left) / (rate * STEP_H)
    now, before = 1 - mean, mean - left
    start = (first - now * inflow[:, 0])[:, None]
    return np.asarray(lfilter([now, before], [1, -left], inflow, axis=1, zi=start)[0])


def lagging(level: Array, rate: float) -> Array:
    """What follows ``level`` (C, T) with a loss of ``rate`` in 1/h, in balance with it at the start."""
    return _stage(level, rate, level[:, 0])


def mrna(inflow: Array, resting: Array, *, kdelay: float | None, kdeg: float) -> Array:
    """The mRNA (C, T) that a promoter's output (C, T) gives, ``resting`` (C,) before.

    ``kdelay`` is the rate of each of three stages in 1/h; None for a gene without them.
    """
    for _ in range(0 if kdelay is None else _STAGES):
        inflow = _stage(inflow, kdelay or 1.0, resting)
    return _stage(inflow, kdeg, resting)


def smad_level(
    values: Mapping[str, float],
    conditions: tuple[GeneCondition, ...],
    steps: int,
    tone: Array | None = None,
) -> Array:
    """Phosphorylated SMAD1/5 over the resting cell (C, T), as in the part ``bmp_smad``.

    ``values`` holds that part's constants; the exchange is linear in pSMAD within a step. ``tone`` (C,): what
    the culture has of BMP over that of the resting cell, 1 when not given.
    """
    own = values["BMP_endogenous"] * (np.ones(len(conditions)) if tone is None else tone)
    time = np.arange(steps) * STEP_H
    arrival, loss = values["karrival_BMP"], values["kloss_BMP"]
    gap = arrival - loss if abs(arrival - loss) > 1e-6 else 1e-6
    arrived = arrival / gap * (np.exp(-loss * time) - np.exp(-arrival * time))
    bmp = np.array([c.BMP2 for c in conditions]) / values["molar_mass_BMP2"]
    noggin = np.array([c.noggin for c in conditions]) / values["molar_mass_noggin"]
    free = (own[:, None] + bmp[:, None] * arrived) / (1 + noggin / values["K_noggin"])[:, None]
    active = free / (values["K_BMP"] + free)
    still = values["BMP_endogenous"] / (values["K_BMP"] + values["BMP_endogenous"])
    on, off = values["kphos_SMAD15"], values["kdephos_SMAD15"]
    resting = on * still / (on * still + off)
    before = own / (values["K_BMP"] + own)
    found = np.empty_like(active)
    share = on * before / (on * before + off)
    found[:, 0] = share
    for i in range(1, steps):
        rate = on * (active[:, i - 1] + active[:, i]) / 2
        goal = rate / (rate + off)
        share = goal + (share - goal) * np.exp(-(rate + off) * STEP_H)
        found[:, i] = share
    return np.asarray(found / resting)
