"""Growth in the dish: viability and GR value, colonies, spheres, from division and death rates per cell.

Every seeded cell is a linear birth-death process with the rates of the simulation, which change in time
(:mod:`jakstat.experiment.birth_death`). A cell without a hold carries a higher apoptotic load
(``anoikis_load``) on the same switch as on a dish, so Bcl-xL, Mcl-1 and survivin protect it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.curves import time_mean
from jakstat.experiment.assay_numbers import assay_number
from jakstat.experiment.birth_death import probability_of_at_least

__all__ = ["DeathSwitch", "colonies", "death_without_hold", "growth_rate_inhibition", "spheres"]


@dataclass(frozen=True)
class DeathSwitch:
    """The model's switch from apoptotic load to death: fastest rate (1/h) and steepness.

    Each is a number, or an array that broadcasts against rates (..., T).
    """

    fastest: Floats | float
    steepness: Floats | float

    @classmethod
    def of(cls, values: Mapping[str, Floats | float]) -> DeathSwitch | None:
        """From the model's parameters by id; None of a model whose cells do not die by it.

        Examples
        --------
        >>> DeathSwitch.of({"kapoptosis": 0.1, "hill_apoptosis": 4.0})
        DeathSwitch(fastest=0.1, steepness=4.0)
        """
        if not {"kapoptosis", "hill_apoptosis"} <= values.keys():
            return None
        return cls(values["kapoptosis"], values["hill_apoptosis"])


def growth_rate_inhibition(end: Floats, control: Floats | float) -> Floats:
    """GR value of cell numbers that began at 1: 1 no effect, 0 no growth, below 0 fewer cells than seeded.

    Parameters
    ----------
    end : array
        Cells at the end over those at the start, with the drug.
    control : array or float
        The same without it.

    Returns
    -------
    array
        2^(log2 end / log2 control) - 1; NaN where the control does not grow.

    Notes
    -----
    Hafner 2016, doi:10.1038/nmeth.3853.

    Examples
    --------
    >>> growth_rate_inhibition(np.array([8.0, 1.0]), 8.0).tolist()
    [1.0, 0.0]
    """
    grown = np.log2(np.asarray(control, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(grown > 0, np.log2(np.asarray(end, dtype=float)) / grown, np.nan)
    return np.asarray(2.0**ratio - 1.0)


def colonies(times: Floats, division: Floats, death: Floats) -> Floats:
    """Colonies per seeded cell: plating efficiency times the probability to reach the threshold.

    Parameters
    ----------
    times : array (T,)
        Hours from seeding on.
    division, death : array (..., T)
        Rates per cell, 1/h.

    Returns
    -------
    array (...)

    Notes
    -----
    Threshold and plating efficiency are rows of ``experiment/parameters.csv``. The birth-death process:
    doi:10.1214/aoms/1177730285; the assay: doi:10.1038/nprot.2006.339.

    Examples
    --------
    >>> t = np.linspace(0.0, 336.0, 673)
    >>> none = colonies(t, np.full(673, 0.001), np.full(673, 0.02))
    >>> many = colonies(t, np.full(673, 0.03), np.full(673, 0.001))
    >>> bool(none < 1e-12), bool(0.25 < many < 0.3)
    (True, True)
    """
    reached = probability_of_at_least(times, division, death, count=assay_number("colony_threshold"))
    return assay_number("plating_efficiency") * reached


def death_without_hold(death: Floats, switch: DeathSwitch) -> Floats:
    """Death rate of cells that have lost their hold, from that of the same cells on a dish (1/h).

    Death is fastest x load^h / (threshold^h + load^h); the load is multiplied by ``anoikis_load``, so the
    odds of death / (fastest - death) are multiplied by its h-th power, whatever the threshold.

    Examples
    --------
    >>> switch = DeathSwitch(0.1, 4.0)
    >>> float(death_without_hold(np.array(0.1 / 82), switch).round(5))  # 0.00122 on the dish
    0.00588
    """
    share = np.clip(np.asarray(death, dtype=float) / switch.fastest, 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = share / (1.0 - share) * assay_number("anoikis_load") ** np.asarray(switch.steepness)
        return np.asarray(switch.fastest * np.where(np.isinf(odds), 1.0, odds / (1.0 + odds)))


def spheres(times: Floats, division: Floats, death: Floats, stemness: Floats, switch: DeathSwitch) -> Floats:
    """Spheres per seeded cell: share of founders times the probability to reach the threshold in suspension.

    Parameters
    ----------
    times : array (T,)
        Hours from seeding on.
    division, death : array (..., T)
        Rates per cell on a dish, 1/h.
    stemness : array (..., T)
        Stemness score over that of the resting cell; its mean over the assay multiplies the founders.
    switch : DeathSwitch

    Returns
    -------
    array (...)

    Examples
    --------
    >>> t, one = np.linspace(0.0, 240.0, 481), np.ones(481)
    >>> switch = DeathSwitch(0.1, 4.0)
    >>> low, high = (float(spheres(t, 0.03 * one, 0.1 / 82 * one, s * one, switch)) for s in (1.0, 3.0))
    >>> round(high / low, 6)
    3.0
    """
    founders = np.clip(assay_number("sphere_founders") * time_mean(times, stemness), 0.0, 1.0)
    reached = probability_of_at_least(
        times, division, death_without_hold(death, switch), count=assay_number("sphere_threshold")
    )
    return np.asarray(founders * reached)
