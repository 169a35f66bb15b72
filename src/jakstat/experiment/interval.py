"""Prediction intervals: one protocol over parameter vectors of the posterior and the graded ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.draws import draw_vectors, ranges_key
from jakstat.experiment.labelled import Labelled
from jakstat.experiment.lanes import bench_for, run_vectors
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.run import run_labelled
from jakstat.store import attributes

__all__ = ["LEVELS", "run_with_curves", "run_with_interval"]

LEVELS = {"low": 0.05, "median": 0.5, "high": 0.95}
"""Which shares of the vectors lie below the bounds and the middle of an interval."""


def run_with_interval(
    protocol: Protocol,
    *,
    vectors: int,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Labelled:
    """The result of a protocol with 90 % intervals over parameter vectors.

    Parameters
    ----------
    protocol : Protocol
    vectors : int
        How many parameter vectors; the constants of the core come from its posterior, all others
        from their graded ranges (:mod:`jakstat.biology.draws`).
    seed : int
    progress : callable, optional
        Is told how many simulations of how many are done.

    Returns
    -------
    Labelled
        As :func:`jakstat.experiment.run_protocol`, and for each readout its ``_low`` (5 %),
        ``_median`` and ``_high`` (95 %) over the vectors, with dims (lane, time). ``attrs["interval"]``
        says how many vectors there were and how many simulations failed and were left out.

    Raises
    ------
    InputError
        As the protocol does; ``count.range``.

    Examples
    --------
    >>> from jakstat.experiment.protocol import Protocol, Sampling
    >>> r = run_with_interval(Protocol("hepg2", until=1.0, sampling=Sampling(3), parts=("core",)), vectors=4)
    >>> bool((r["pSTAT3_low"].values <= r["pSTAT3_high"].values).all())
    True
    """
    return run_with_curves(protocol, vectors=vectors, seed=seed, progress=progress)[0]


def run_with_curves(
    protocol: Protocol,
    *,
    vectors: int,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Labelled, Mapping[str, Floats]]:
    """:func:`run_with_interval`, and the curves of every vector by readout, shape (vectors, levels, T).

    Examples
    --------
    >>> from jakstat.experiment.protocol import Protocol, Sampling
    >>> p = Protocol("hepg2", until=1.0, sampling=Sampling(3), parts=("core",), observe=("SOCS3",))
    >>> {name: curves.shape for name, curves in run_with_curves(p, vectors=4)[1].items()}
    {'SOCS3': (4, 1, 3)}
    """
    result = run_labelled(protocol, control=True)
    bench = bench_for(protocol)
    run = run_vectors(bench, draw_vectors(bench.cell.rows, lanes=vectors, seed=seed), progress=progress)
    for name, values in run.values.items():
        attrs = dict(result[name].attrs)
        for level, share in LEVELS.items():
            words = {"interval_of": name, "long_name": f"{attrs['long_name']}, {share:.0%} of vectors below"}
            result[f"{name}_{level}"] = (("lane", "time"), _quantile(values, share), attrs | words)
    spread = {
        "vectors": vectors,
        "failed": int(np.sum(~run.ok)),
        "seed": seed,
        "shares": list(LEVELS.values()),
        "ranges_key": ranges_key(bench.cell.assembly.parameters),
    }
    result.attrs |= attributes({"interval": spread})
    return result, run.values


def _quantile(values: Floats, share: float) -> Floats:
    """Over vectors (vectors, levels, T) without the failed ones; NaN where all failed."""
    good = np.isfinite(values).any(axis=0)
    filled = np.where(good, values, 0.0)
    return np.where(good, np.nanquantile(filled, share, axis=0), np.nan)
