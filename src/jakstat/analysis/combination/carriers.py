"""Which reactions carry an interaction: log fluxes under both drugs, each alone and none.

The interaction of a reaction is ln v(AB) - ln v(A) - ln v(B) + ln v(none) of its flux over the experiment
from time 0 on. It is 0 where the drugs act on it as independent factors. That of the readout is the
yardstick: what lies upstream of it and has its size carries the interaction on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.analysis.combination.dose_lanes import DoseLanes
from jakstat.experiment.resting import resting, solved

__all__ = ["Carrier", "carriers"]

Floats = NDArray[np.float64]

_POINTS = 121
_RELATIVE, _ABSOLUTE = 1e-8, 1e-11
_SHOWN = 8
_SMALL = 1e-6
"""A flux below this share of the largest one is not ranked."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One reaction.

    Parameters
    ----------
    id : str
    interaction : float
        Of the logarithm of its flux; negative: both drugs lower it by more than their product.
    flux : mapping
        Amount over the experiment by ``none``, ``a``, ``b``, ``both``; zmol per cell's share of the dish.
    evidence : tuple of str
        Records that the reaction rests on.
    """

    id: str
    interaction: float
    flux: Mapping[str, float]
    evidence: tuple[str, ...]


def carriers(
    lanes: DoseLanes, first: str, second: str, levels: tuple[int, int], *, shown: int = _SHOWN
) -> tuple[float, tuple[Carrier, ...], int]:
    """The reactions with the largest interaction at one pair of doses.

    Parameters
    ----------
    lanes : DoseLanes
    first, second : str
        The drugs.
    levels : tuple of int
        Their dose levels; 0 is dose 0.
    shown : int
        How many to return.

    Returns
    -------
    float
        The interaction of the readout itself, time-integrated like a flux.
    tuple of Carrier
        Largest size first. A reaction whose net flux runs backwards, or not at all, is not ranked.
    int
        How many reactions were ranked.

    Examples
    --------
    >>> from jakstat.analysis.combination.dose_lanes import dose_lanes, read_experiment
    >>> from jakstat.analysis.combination.matrix_doses import two_drugs
    >>> e = read_experiment("hepg2", stimuli="IL6=10ng/ml", at="20min")
    >>> pair = two_drugs(["ruxolitinib=300nM", "Stattic=3uM"], before=1.0, levels=1)
    >>> readout, found, ranked = carriers(dose_lanes(e, pair), "ruxolitinib", "Stattic", (1, 1))
    >>> len(found), ranked > 8
    (8, True)
    """
    cell, plan = lanes.bench.cell, lanes.bench.plan
    ids = [r.id for r in cell.model.network.reactions]
    read = lanes.bench.read[0]
    i, j = levels
    tables = [lanes.mixture({first: a, second: b}) for a, b in ((0, 0), (i, 0), (0, j), (i, j))]
    held = tuple((n, tuple(float(x) for x in v)) for n, v in sorted(plan.parameters.items()))
    rest = resting(lanes.bench.protocol.context, cell.assembly.parts, held)
    times = np.unique(np.concatenate([plan.times, np.linspace(0.0, plan.times[-1], _POINTS)]))
    times = times[np.concatenate([[True], np.diff(times) > 1e-9])]
    result = solved(
        lambda method: cell.model.simulate(
            times, plan.parameters or None, rest.amounts, tables, [*ids, read.symbol],
            rtol=_RELATIVE, atol=_ABSOLUTE, method=method,
        )
    )  # fmt: skip
    after = times >= 0

    def total(name: str) -> Floats:
        return np.asarray(np.trapezoid(np.asarray(result.value(name))[:, after], times[after], axis=1))

    fluxes = np.stack([total(name) for name in ids])
    with np.errstate(invalid="ignore"):
        forward = (fluxes > _SMALL * np.nanmax(np.abs(fluxes))).all(axis=1)
    ranked = [(ids[k], fluxes[k], _interaction(fluxes[k])) for k in np.flatnonzero(forward)]
    ranked.sort(key=lambda item: -abs(item[2]))
    evidence = cell.assembly.evidence
    found = tuple(
        Carrier(
            name,
            size,
            dict(zip(("none", "a", "b", "both"), map(float, v), strict=True)),
            evidence.get(name, ()),
        )
        for name, v, size in ranked[:shown]
    )
    return _interaction(total(read.symbol)), found, len(ranked)


def _interaction(v: Floats) -> float:
    """Of the logarithm of a number without drugs, with each, and with both; NaN unless all are above 0."""
    if not (np.isfinite(v).all() and (v > 0).all()):
        return float("nan")
    none, one, other, both = np.log(v)
    return float(both - one - other + none)
