"""The resected patients: months until recurrence or until last seen, and what they say without a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.fit_core.places import read_csv, shared_data

__all__ = ["Resected", "kaplan_meier", "resected"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Resected:
    """Month of recurrence, or of the last visit of those without one."""

    month: Array
    recurred: NDArray[np.bool_]


def resected() -> Resected:
    """The patients of ``hcc_resection`` (152, Li 2014, doi:10.1371/journal.pone.0110064)."""
    rows = read_csv(shared_data() / "hcc_resection" / "patients.csv")
    month = np.array([float(row["RFS"]) for row in rows])
    return Resected(month, np.array([row["Recurrence"] == "1" for row in rows]))


def kaplan_meier(patients: Resected, months: Array) -> Array:
    """Share that has recurred by each month (no death comes first in these data).

    Notes
    -----
    doi:10.1080/01621459.1958.10501452.
    """
    times = np.unique(patients.month[patients.recurred])
    events = np.array([(patients.recurred & (patients.month == t)).sum() for t in times])
    there = np.array([(patients.month >= t).sum() for t in times])
    left = np.concatenate([[1.0], np.cumprod(1.0 - events / there)])
    return np.asarray(1.0 - left[np.searchsorted(times, months, side="right")])
