"""How far a ratio of hazards would vary between trials, and the share of patients who respond.

The interval of sampling draws whole trials: other patients in each arm, as many as the design enrols, and
never one patient in two arms. The same patients in both arms say nothing of it: their ratio varies less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.population.two_groups import two_group_ratio
from jakstat.streams import stream

with needs("trial"):
    from scipy.stats import beta, norm

__all__ = [
    "Events",
    "SamplingInterval",
    "binomial_limits",
    "difference_limits",
    "pooled",
    "sampling_interval",
]

LEVEL = 0.9
"""Of the two intervals of a ratio of hazards."""
_TRIALS = 400
_FEWEST = 100
_ROWS = 400_000


@dataclass(frozen=True, slots=True)
class Events:
    """Times of patients to an event or to where they are lost from sight.

    Parameters
    ----------
    time : array (patients,)
        h.
    happened : bool array (patients,)
    weights : array (patients,), optional
        How much each counts; None when all count the same.
    """

    time: Floats
    happened: NDArray[np.bool_]
    weights: Floats | None = None

    @property
    def count(self) -> int:
        """Number of patients."""
        return len(self.time)

    def take(self, places: NDArray[np.int64]) -> Events:
        """Some of the patients, each as often as named; they count the same from then on."""
        return Events(self.time[places], self.happened[places])


def pooled(control: Events, treated: Events) -> tuple[Floats, NDArray[np.bool_], Floats, Floats | None]:
    """Times, events, flags of the second group, and weights of two groups together."""
    weights = None
    if control.weights is not None and treated.weights is not None:
        weights = np.concatenate([control.weights, treated.weights])
    return (
        np.concatenate([control.time, treated.time]),
        np.concatenate([control.happened, treated.happened]),
        np.repeat([0.0, 1.0], [control.count, treated.count]),
        weights,
    )


@dataclass(frozen=True, slots=True)
class SamplingInterval:
    """Where the ratio of hazards of nine in ten trials lies.

    Parameters
    ----------
    low, high : float
    trials : int
        How many were drawn.
    patients : tuple of int
        In each of the two arms of one.
    """

    low: float
    high: float
    trials: int
    patients: tuple[int, int]


def sampling_interval(
    control: Events, treated: Events, patients: Sequence[int], *, seed: int, name: Sequence[str]
) -> SamplingInterval:
    """Trials drawn from two arms with other patients in each (a bootstrap within arms).

    Parameters
    ----------
    control, treated : Events
        Of the patients randomised to each; no patient is in both.
    patients : (int, int)
        How many the design enrols in each arm. Where fewer were simulated, a trial of that many is drawn: the
        interval can only be wider for it.
    seed : int
    name : sequence of str
        Of the stream of draws.

    Notes
    -----
    Efron 1979, doi:10.1214/aos/1176344552; the interval is that of percentiles.

    Examples
    --------
    >>> time = np.arange(1.0, 41.0)
    >>> one = Events(time, np.ones(40, dtype=bool))
    >>> found = sampling_interval(one, one, (40, 40), seed=1, name=("OS", "b"))
    >>> found.low < 1.0 < found.high, found.trials
    (True, 400)
    """
    own = (min(patients[0], control.count), min(patients[1], treated.count))
    trials = max(_FEWEST, min(_TRIALS, _ROWS // max(sum(own), 1)))
    if min(own) == 0:
        return SamplingInterval(float("nan"), float("nan"), 0, own)
    draws = stream(seed, "trial", "sampling", *name)
    logs = np.empty(trials)
    for k in range(trials):
        both = [
            arm.take(draws.choice(arm.count, size=n, p=_chances(arm)))
            for arm, n in zip((control, treated), own, strict=True)
        ]
        time, happened, group, _ = pooled(both[0], both[1])
        logs[k] = two_group_ratio(time, happened, group).log
    edge = 0.5 * (1.0 - LEVEL)
    low, high = np.exp(np.quantile(logs[~np.isnan(logs)], [edge, 1.0 - edge], method="nearest"))
    return SamplingInterval(float(low), float(high), trials, own)


def _chances(arm: Events) -> Floats | None:
    return None if arm.weights is None else np.asarray(arm.weights / arm.weights.sum())


def binomial_limits(events: float, count: float, *, level: float = 0.95) -> tuple[float, float]:
    """Limits of a share by Clopper and Pearson (doi:10.1093/biomet/26.4.404).

    Examples
    --------
    >>> [round(x, 4) for x in binomial_limits(2, 20)]
    [0.0123, 0.317]
    """
    edge = 0.5 * (1.0 - level)
    low = beta.ppf(edge, events, count - events + 1.0) if events > 0 else 0.0
    high = beta.ppf(1.0 - edge, events + 1.0, count - events) if events < count else 1.0
    return float(low), float(high)


def difference_limits(
    first: tuple[float, float], second: tuple[float, float], *, level: float = 0.95
) -> tuple[float, float]:
    """Limits of the second share less the first, each as (events, count), by Newcombe's hybrid score.

    Method 10 of doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.

    Examples
    --------
    >>> [round(x, 4) for x in difference_limits((48, 80), (56, 70))]
    [0.0524, 0.3339]
    """
    z = float(norm.ppf(0.5 + 0.5 * level))
    (p, (low, high)), (q, (low2, high2)) = ((e / n, _wilson(e / n, n, z)) for e, n in (first, second))
    down = ((q - low2) ** 2 + (high - p) ** 2) ** 0.5
    up = ((high2 - q) ** 2 + (p - low) ** 2) ** 0.5
    return q - p - down, q - p + up


def _wilson(share: float, n: float, z: float) -> tuple[float, float]:
    middle, spread = 2 * n * share + z**2, z * (z**2 + 4 * n * share * (1 - share)) ** 0.5
    return (middle - spread) / (2 * (n + z**2)), (middle + spread) / (2 * (n + z**2))
