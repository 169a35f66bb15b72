"""What carries an interaction: log fluxes and levels under both drugs, each alone and none.

The interaction of a reaction is ln v(AB) - ln v(A) - ln v(B) + ln v(none) of its flux over the experiment
from time 0 on, and that of a readout the same of its area. It is 0 where the drugs act as independent
factors. Only what can move the readout of the combination is ranked; its own interaction is the yardstick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.combination.dose_lanes import DoseLanes
from jakstat.combination.upstream import reads_only, upstream
from jakstat.curves import area, window
from jakstat.experiment.lanes import run_vectors
from jakstat.experiment.readouts import Readout

__all__ = ["Carried", "Carrier", "carriers"]

_POINTS = 121
_RELATIVE = 1e-8
_SHOWN = 8
_SMALL = 1e-6
"""A flux below this share of the largest one is not ranked."""


@dataclass(frozen=True)
class Carried:
    """The interaction of the readout itself, and the largest of what lies upstream of it, largest first.

    Parameters
    ----------
    readout : float
        Of the area under the readout.
    reactions, readouts : tuple of Carrier
    ranked : int
        How many reactions were ranked. One whose net flux runs backwards, or not at all, is not.
    """

    readout: float
    reactions: tuple[Carrier, ...]
    readouts: tuple[Carrier, ...]
    ranked: int


@dataclass(frozen=True, slots=True)
class Carrier:
    """One reaction or readout.

    Parameters
    ----------
    id : str
        Of the reaction, or the readout's name.
    interaction : float
        Of its logarithm; negative: both drugs lower it by more than their product.
    flux : mapping
        By ``none``, ``a``, ``b``, ``both``: amount turned over in the experiment, zmol per cell; of a readout
        its area, in its model unit times hour.
    evidence : tuple of str
        Records that it rests on.
    """

    id: str
    interaction: float
    flux: Mapping[str, float]
    evidence: tuple[str, ...]


def carriers(
    lanes: DoseLanes, first: str, second: str, levels: tuple[int, int], *, shown: int = _SHOWN
) -> Carried | None:
    """The reactions and readouts with the largest interaction at one pair of doses.

    Parameters
    ----------
    lanes : DoseLanes
    first, second : str
        The drugs.
    levels : tuple of int
        Their dose levels; 0 is dose 0.
    shown : int
        How many to return of each.

    Returns
    -------
    Carried or None
        None when one of the four simulations failed.

    Examples
    --------
    >>> from jakstat.combination.dose_lanes import dose_lanes, read_experiment
    >>> from jakstat.combination.matrix_doses import two_drugs
    >>> e = read_experiment("hepg2", stimuli="IL6=10ng/ml", at="20min", parts="core")
    >>> pair = two_drugs(["ruxolitinib=300nM", "Stattic=3uM"], before=1.0, levels=1)
    >>> found = carriers(dose_lanes(e, pair), "ruxolitinib", "Stattic", (1, 1))
    >>> len(found.reactions), found.ranked > 8
    (8, True)
    """
    assembly, network = lanes.bench.cell.assembly, lanes.bench.cell.model.network
    read = lanes.bench.read[0]
    moving = upstream(network, read.symbol)
    ids = [r.id for r in network.reactions if r.id in moving]
    names = {o.symbol: o.name for o in assembly.observables.values() if o.symbol != read.symbol}
    shown_as = {symbol: names[symbol] for symbol in names if reads_only(network, symbol, moving)}
    areas = _areas(lanes, (first, second), levels, [*ids, *shown_as, read.symbol])
    if areas is None:
        return None
    with np.errstate(invalid="ignore"):
        least = _SMALL * np.nanmax(np.abs(areas[: len(ids)])) if ids else 0.0
    reactions = _ranked(ids, areas[: len(ids)], float(least))
    readouts = _ranked(list(shown_as), areas[len(ids) : -1], 0.0)
    return Carried(
        _interaction(areas[-1]),
        tuple(_carrier(k, v, k, assembly.evidence) for k, v in reactions[:shown]),
        tuple(_carrier(shown_as[k], v, k, assembly.rules) for k, v in readouts[:shown]),
        len(reactions),
    )


def _areas(
    lanes: DoseLanes, drugs: tuple[str, str], levels: tuple[int, int], ids: list[str]
) -> Floats | None:
    """Areas (ids, 4) from time 0 on: without drugs, with each, with both; None when a simulation failed."""
    plan = lanes.bench.plan
    i, j = levels
    tables = tuple(lanes.mixture({drugs[0]: a, drugs[1]: b}) for a, b in ((0, 0), (i, 0), (0, j), (i, j)))
    times = np.unique(np.concatenate([plan.times, np.linspace(0.0, plan.times[-1], _POINTS)]))
    times = times[np.concatenate([[True], np.diff(times) > 1e-9])]
    read = tuple(Readout(k, k, "", k) for k in ids)
    bench = replace(lanes.bench, plan=replace(plan, doses=tables, times=times), read=read)
    run = run_vectors(bench, {}, lambda t, x: area(*window(t, x, 0.0))[:, None], rtol=_RELATIVE)
    return np.stack([run.values[k][0, :, 0] for k in ids]) if run.ok.all() else None


def _ranked(ids: list[str], areas: Floats, least: float) -> list[tuple[str, Floats]]:
    """Those that are above ``least`` in all four lanes, the largest interaction first."""
    with np.errstate(invalid="ignore"):
        kept = [(name, v) for name, v in zip(ids, areas, strict=True) if (v > least).all()]
    return sorted(kept, key=lambda item: -abs(_interaction(item[1])))


def _carrier(name: str, v: Floats, key: str, evidence: Mapping[str, tuple[str, ...]]) -> Carrier:
    flux = dict(zip(("none", "a", "b", "both"), map(float, v), strict=True))
    return Carrier(name, _interaction(v), flux, tuple(evidence.get(key, ())))


def _interaction(v: Floats) -> float:
    """Of the logarithm of a number without drugs, with each, and with both; NaN unless all are above 0."""
    if not (np.isfinite(v).all() and (v > 0).all()):
        return float("nan")
    none, one, other, both = np.log(v)
    return float(both - one - other + none)
