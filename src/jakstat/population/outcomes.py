"""What becomes of patients whose tumours are known over time: new lesions, and death of tumour or liver.

Pure functions of arrays (patients, times); time in h from the first visit. The hazard of death is

    h0 exp(prognosis) (V/V0)^(beta/ln 1.728) exp(after [progressed]) + hL exp(-c (albumin - reference))

as in joint models of tumour size and survival (Rizopoulos 2012, doi:10.1201/b12208, as recalled): at 1.728
times the volume the diameter has grown by 20 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.population.outcome_numbers import OutcomeNumbers
from jakstat.streams import stream

__all__ = [
    "cumulated",
    "death_hazard",
    "first_event",
    "growth_rate",
    "new_lesion_times",
    "prognosis",
    "spliced",
    "waiting",
]

_PROGRESSION = math.log(1.2**3)


def prognosis(
    numbers: Mapping[str, Floats], aetiology: NDArray[np.str_], constants: OutcomeNumbers
) -> Floats:
    """Logarithm of the hazard of death by the tumour that a patient brings along, (patients,).

    Examples
    --------
    >>> from jakstat.population.outcome_numbers import outcome_numbers
    >>> keys = ("vascular_invasion", "ECOG", "metastases")
    >>> one = {k: np.ones(1) for k in keys} | {"AFP": np.array([70.0]), "albumin": np.array([39.0])}
    >>> prognosis(one, np.array(["HBV"]), outcome_numbers()).round(3).tolist()
    [1.083]
    """
    found = sum(constants[f"prognosis_{k}"] * numbers[k] for k in ("vascular_invasion", "ECOG", "metastases"))
    found = found + constants["prognosis_AFP"] * np.log(numbers["AFP"] / constants["AFP_reference"])
    found = found + constants["prognosis_albumin"] * (numbers["albumin"] - constants["albumin_reference"])
    return np.asarray(found + constants["prognosis_HCV"] * (aetiology == "HCV"))


def death_hazard(
    growth: Floats,
    albumin: Floats,
    progressed: NDArray[np.bool_],
    prognosis: Floats,
    constants: OutcomeNumbers,
) -> Floats:
    """Hazard of death in 1/h.

    Parameters
    ----------
    growth : array (patients, times)
        Volume over that at the first visit.
    albumin : array (patients, times)
        g/L.
    progressed : array of bool (patients, times)
    prognosis : array (patients,)
    constants : OutcomeNumbers

    Examples
    --------
    >>> from jakstat.population.outcome_numbers import outcome_numbers
    >>> x = outcome_numbers().changed(death_liver=0.0, death_tumour=1.0)
    >>> no = np.zeros((1, 2), dtype=bool)
    >>> found = death_hazard(np.array([[1.0, 1.2**3]]), np.full((1, 2), 39.0), no, np.zeros(1), x)
    >>> np.log(found).round(9).tolist()  # 20 % in diameter
    [[0.0, 0.5]]
    """
    power = constants["death_burden"] / _PROGRESSION
    log_tumour = prognosis[:, None] + power * np.log(np.maximum(growth, 1e-12))
    log_tumour = log_tumour + constants["death_progressed"] * progressed
    liver = np.exp(constants["death_albumin"] * (albumin - constants["albumin_reference"]))
    return np.asarray(constants["death_tumour"] * np.exp(log_tumour) + constants["death_liver"] * liver)


def growth_rate(growth: Floats, times: Floats) -> Floats:
    """Relative growth in 1/h between times, that of the last interval at its end too; same shape.

    Examples
    --------
    >>> growth_rate(np.exp([[0.0, 2.0, 6.0]]), np.array([0.0, 1.0, 2.0])).tolist()
    [[2.0, 4.0, 4.0]]
    """
    slope = np.diff(np.log(np.maximum(growth, 1e-12)), axis=1) / np.diff(times)
    return np.concatenate([slope, slope[:, -1:]], axis=1)


def cumulated(hazard: Floats, times: Floats) -> Floats:
    """Cumulative hazard at the times, by the trapezoid.

    Examples
    --------
    >>> cumulated(np.array([[1.0, 1.0, 3.0]]), np.array([0.0, 2.0, 3.0])).tolist()
    [[0.0, 2.0, 4.0]]
    """
    steps = 0.5 * (hazard[:, 1:] + hazard[:, :-1]) * np.diff(times)
    return np.concatenate([np.zeros((len(hazard), 1)), np.cumsum(steps, axis=1)], axis=1)


def waiting(seed: int, ids: Sequence[int], decision: str, replicate: int = 0) -> Floats:
    """Unit exponential draws, one stream for each patient and decision.

    Examples
    --------
    >>> bool(waiting(1, [3], "death")[0] == waiting(1, [2, 3], "death")[1])
    True
    """
    name = (decision,) if replicate == 0 else (decision, replicate)
    return np.array([stream(seed, "patient", who, *name).standard_exponential() for who in ids])


def first_event(cumulative: Floats, times: Floats, threshold: Floats) -> Floats:
    """When the cumulative hazard passes each patient's threshold; infinite when it does not.

    Examples
    --------
    >>> h = np.array([[0.0, 2.0, 4.0], [0.0, 0.1, 0.2]])
    >>> first_event(h, np.array([0.0, 2.0, 3.0]), np.array([3.0, 1.0])).tolist()
    [2.5, inf]
    """
    passed = cumulative > threshold[:, None]
    place = np.clip(passed.argmax(axis=1), 1, len(times) - 1)
    row = np.arange(len(cumulative))
    low, high = cumulative[row, place - 1], cumulative[row, place]
    share = (threshold - low) / np.where(high > low, high - low, 1.0)
    found = times[place - 1] + share * (times[place] - times[place - 1])
    return np.where(passed.any(axis=1), found, np.inf)


def new_lesion_times(
    growth: Floats,
    times: Floats,
    numbers: Mapping[str, Floats],
    threshold: Floats,
    constants: OutcomeNumbers,
) -> Floats:
    """When a new lesion can be seen; infinite for never.

    The hazard rises with a power of the tumour's growth, and with invasion and metastases as death does.

    Parameters
    ----------
    growth : array (patients, times)
        Volume over that at the first visit.
    threshold : array (patients,)
        Of :func:`waiting`.

    Examples
    --------
    >>> from jakstat.population.outcome_numbers import outcome_numbers
    >>> x = outcome_numbers().changed(new_lesion=1.0)
    >>> times = np.array([0.0, 1.0, 2.0])
    >>> none = {k: np.zeros(1) for k in ("vascular_invasion", "metastases")}
    >>> steady = np.exp(x["growth_reference"] * times)[None, :]
    >>> new_lesion_times(steady, times, none, np.array([1.5]), x).round(9).tolist()
    [1.5]
    """
    speed = np.maximum(growth_rate(growth, times), 0.0) / constants["growth_reference"]
    risk = np.exp(
        constants["prognosis_vascular_invasion"] * numbers["vascular_invasion"]
        + constants["prognosis_metastases"] * numbers["metastases"]
    )
    hazard = constants["new_lesion"] * risk[:, None] * speed ** constants["new_lesion_growth"]
    return first_event(cumulated(hazard, times), times, threshold)


def spliced(treated: Floats, untreated: Floats, times: Floats, stop: Floats) -> Floats:
    """Volumes of tumours whose treatment stops: from then on each grows as it does without, from where it is.

    Parameters
    ----------
    treated, untreated : array (patients, times)
        Volume over that at the first visit.
    times : array (times,)
    stop : array (patients,)
        Infinite where treatment goes on.

    Notes
    -----
    The untreated course is entered where it has the same volume, before its start or after its end along its
    first or last slope; this is exact where growth depends on the volume alone.

    Examples
    --------
    >>> t = np.arange(5.0)
    >>> spliced(np.ones((1, 5)), np.exp(t)[None, :], t, np.array([2.0]))[0].round(3).tolist()
    [1.0, 1.0, 1.0, 2.718, 7.389]
    """
    found = np.array(treated, dtype=float)
    for k in np.flatnonzero(np.isfinite(stop)):
        free = np.log(np.maximum(untreated[k], 1e-12))
        now = np.interp(stop[k], times, np.log(np.maximum(treated[k], 1e-12)))
        rising = np.maximum.accumulate(free)
        entry = float(np.interp(now, rising + 1e-12 * np.arange(len(times)), times))
        late = times > stop[k]
        found[k, late] = np.exp(now + _along(free, times, entry, times[late] - stop[k]))
    return found


def _along(free: Floats, times: Floats, entry: float, after: Floats) -> Floats:
    """What a logarithm of volume gains along a course from a time on; past the end by the last slope."""
    slope = (free[-1] - free[-2]) / (times[-1] - times[-2])
    reached = np.interp(entry + after, times, free) + slope * np.maximum(entry + after - times[-1], 0.0)
    return np.asarray(reached - np.interp(entry, times, free))
