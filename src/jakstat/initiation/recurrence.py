"""When a resected tumour comes back, from each patient's occult focus, with and without an adjuvant therapy.

A focus is followed cell by cell while it is small (:mod:`jakstat.initiation.lineage_paths`), then by its
expected numbers, until it is seen. A patient's doubling time is the clock of the lineage: all rates have one
factor, so that what happens is the same in every patient and only when it happens differs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import InputError, Problem
from jakstat.initiation.branching import dies_out
from jakstat.initiation.foci import DAYS_PER_MONTH, FociOption, draw_foci, foci_option, initiation_rows
from jakstat.initiation.following import Following
from jakstat.initiation.lineage import Lineage, Signal
from jakstat.streams import check_seed, stream

__all__ = ["MONTHS", "Adjuvant", "Recurrence", "recurrence"]

MONTHS = (6.0, 12.0, 24.0, 36.0, 60.0)
_HOURS_PER_MONTH = 24.0 * DAYS_PER_MONTH


@dataclass(frozen=True, slots=True)
class Adjuvant:
    """A therapy after surgery.

    Parameters
    ----------
    months : float
        How long it is given.
    growth : float
        Speed of the whole lineage over that without it.
    stemness : float
        Stemness of stem-like cells over that without it.
    founders : float
        Share of the stem-like cells that would have founded a tumour and still can, for good. It prevents
        tumours and slows none.

    Examples
    --------
    >>> Adjuvant(growth=0.5).months
    12.0
    """

    months: float = 12.0
    growth: float = 1.0
    stemness: float = 1.0
    founders: float = 1.0

    def __post_init__(self) -> None:
        rules = {
            "months": (0.0, 120.0),
            "growth": (1e-3, 10.0),
            "stemness": (1e-3, 10.0),
            "founders": (0.0, 1.0),
        }
        found = [
            Problem(
                "adjuvant.range",
                f"{name} of {getattr(self, name)!r}",
                field=f"--{name}",
                hint=f"give {low:g} to {high:g}",
            )
            for name, (low, high) in rules.items()
            if not low <= getattr(self, name) <= high
        ]
        if found:
            raise InputError(found)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When recurrences are seen.

    Parameters
    ----------
    option : FociOption
    adjuvant : Adjuvant or None
    month : array (patients,)
        Since surgery; infinite where none comes.
    failed : int
        Patients whose focus reached the limit of events; they are left out.
    """

    option: FociOption
    adjuvant: Adjuvant | None
    month: Floats
    failed: int

    def share_by(self, months: Floats | tuple[float, ...]) -> Floats:
        """Share of patients whose recurrence is seen by a month.

        Examples
        --------
        >>> one = Recurrence(foci_option("large"), None, np.array([3.0, np.inf]), 0)
        >>> one.share_by((2.0, 3.0)).tolist()
        [0.0, 0.5]
        """
        return np.asarray((self.month[:, np.newaxis] <= np.asarray(months)).mean(axis=0))


def recurrence(
    option: str | FociOption,
    *,
    patients: int = 2000,
    seed: int = 1,
    adjuvant: Adjuvant | None = None,
    first: int = 0,
) -> Recurrence:
    """Time to recurrence of every patient.

    Parameters
    ----------
    option : str or FociOption
        Of :func:`jakstat.initiation.foci.foci_options`.
    patients, seed : int
        Patient i has the same focus, clock and chance with any therapy and in any batch.
    adjuvant : Adjuvant, optional
    first : int
        Number of the first patient.

    Returns
    -------
    Recurrence

    Examples
    --------
    >>> found = recurrence("large", patients=400, seed=1)
    >>> bool(0.55 < found.share_by((60.0,))[0] < 0.75)
    True
    """
    check_seed(seed)
    chosen = foci_option(option) if isinstance(option, str) else option
    foci = draw_foci(chosen, patients=patients, seed=seed, first=first)
    base = Lineage.of_table()
    clock = np.log(2.0) / (24.0 * foci.doubling * base.growth)  # lineage hours in one of the patient's
    now, month, failed = foci.numbers, np.full(patients, np.inf), np.zeros(patients, dtype=bool)
    course = Following(seed, first, initiation_rows()["detection_cells"].value)
    passed = 0.0
    if adjuvant is not None and adjuvant.months > 0 and (adjuvant.growth, adjuvant.stemness) != (1.0, 1.0):
        under, passed = base.under(Signal(stemness=adjuvant.stemness)), adjuvant.months
        speed = clock * adjuvant.growth * _HOURS_PER_MONTH
        hours, now, failed = course.leg("adjuvant", under, now, passed * speed)
        month = hours / speed
    seen = np.isfinite(month)
    hours, _, stuck = course.leg(
        "after", base, np.where(seen[:, np.newaxis], 0.0, now), np.full(patients, np.inf)
    )
    month = np.where(seen, month, passed + hours / (clock * _HOURS_PER_MONTH))
    if adjuvant is not None and adjuvant.founders < 1.0:
        month = np.where(_kept(foci.numbers[:, 0], adjuvant.founders, base, seed, first), month, np.inf)
    failed = failed | stuck
    return Recurrence(chosen, adjuvant, month[~failed], int(failed.sum()))


def _kept(stem: Floats, share: float, lineage: Lineage, seed: int, first: int) -> NDArray[np.bool_]:
    """Whether one of the founders of a tumour that grows is left when each is left with a chance."""
    founding = 1.0 - float(dies_out(lineage)[0])
    kept = np.ones(len(stem), dtype=bool)
    for i in np.flatnonzero(stem):
        draw = stream(seed, "founders", first + int(i))
        # of n cells at least one founds: the first founder is geometric within n, the others are free
        chance, n = draw.random() * -np.expm1(stem[i] * np.log1p(-founding)), int(stem[i])
        before = int(np.log1p(-chance) / np.log1p(-founding))
        founders = 1 + draw.binomial(max(n - before - 1, 0), founding)
        kept[i] = draw.binomial(founders, share) > 0
    return kept
