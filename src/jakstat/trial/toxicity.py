"""Dose-limiting adverse events: a hazard for each drug, by exposure over that of its label where known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.pharmacology.pk_library import pk_model
from jakstat.streams import stream
from jakstat.units import convert

__all__ = ["MOST_EVENTS", "toxicity_hazard", "toxicity_rows", "toxicity_thresholds"]

MOST_EVENTS = 8
"""Of one drug in one patient."""


@lru_cache(maxsize=1)
def toxicity_rows() -> Mapping[tuple[str, str], Row]:
    """The rows of ``toxicity.csv`` by drug, or kind of drug, and id.

    Examples
    --------
    >>> toxicity_rows()["sorafenib", "hazard"].unit
    '1/month'
    """
    text = files("jakstat.trial").joinpath("toxicity.csv").read_text(encoding="utf-8")
    rows = read_table(text, file="trial/toxicity.csv", leading=("drug",))
    return MappingProxyType({(row.key[0], row.id): row for row in rows})


def toxicity_hazard(drug: str, level: Floats, given: NDArray[np.bool_]) -> Floats:
    """Hazard of a dose-limiting adverse event in 1/h.

    Parameters
    ----------
    drug : str
        Its id.
    level : array (patients,)
        Mean level of plasma in mg/L.
    given : bool array (patients,)
        Whether he is under the drug; otherwise there is no hazard.

    Examples
    --------
    >>> per_month = toxicity_hazard("nivolumab", np.array([9.0, 0.0]), np.array([True, False])) * 730.5
    >>> per_month.round(9).tolist()
    [0.02, 0.0]
    """
    rows = toxicity_rows()
    own = rows.get((drug, "hazard")) or rows[pk_model(drug).kind, "hazard"]
    hazard = convert(own.value, own.unit, "1/h")
    label, power = rows.get((drug, "label_level")), rows.get((drug, "exposure_power"))
    if label is None or power is None:
        return np.asarray(hazard * given)
    return np.asarray(hazard * given * (np.maximum(level, 0.0) / label.value) ** power.value)


def toxicity_thresholds(seed: int, ids: Sequence[int], drug: str) -> Floats:
    """Cumulative hazards at which each patient's events come, (patients, :data:`MOST_EVENTS`).

    Examples
    --------
    >>> one, two = (toxicity_thresholds(1, ids, "sorafenib") for ids in ([4], [2, 4]))
    >>> bool((one[0] == two[1]).all())
    True
    """
    draws = [stream(seed, "patient", who, "toxicity", drug).standard_exponential(MOST_EVENTS) for who in ids]
    return np.asarray(np.cumsum(np.array(draws).reshape(len(ids), MOST_EVENTS), axis=1))
