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
from jakstat.initiation.lineage import Lineage, Signal
from jakstat.initiation.lineage_paths import numbers_after
from jakstat.streams import check_seed, stream

__all__ = ["MONTHS", "Adjuvant", "Recurrence", "recurrence"]

MONTHS = (6.0, 12.0, 24.0, 36.0, 60.0)
_HOURS_PER_MONTH = 24.0 * DAYS_PER_MONTH
_ROUNDS = 12
_GRID = 65


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
    foci_followed = _Followed(seed, first)
    passed = 0.0
    if adjuvant is not None and adjuvant.months > 0 and (adjuvant.growth, adjuvant.stemness) != (1.0, 1.0):
        under, passed = base.under(Signal(stemness=adjuvant.stemness)), adjuvant.months
        speed = clock * adjuvant.growth * _HOURS_PER_MONTH
        hours, now, failed = foci_followed.leg("adjuvant", under, now, passed * speed)
        month = hours / speed
    seen = np.isfinite(month)
    hours, _, stuck = foci_followed.leg(
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


@dataclass(frozen=True, slots=True)
class _Followed:
    """Foci over the legs of a patient's time, in hours of the lineage."""

    seed: int
    first: int

    def leg(
        self, name: str, lineage: Lineage, start: Floats, length: Floats
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Hour at which each focus is seen (infinite: not here), numbers at the end, and who failed."""
        now, passed, failed = self._cell_by_cell(name, lineage, start, length)
        hours, end = _seen(lineage, now, length - passed)
        return hours + passed, end, failed

    def _cell_by_cell(
        self, name: str, lineage: Lineage, start: Floats, length: Floats
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Numbers once they are many or the leg is over, and the hours until then."""
        few = initiation_rows()["single_cells"].value
        growth, chance = float(lineage.growth), float(dies_out(lineage)[0])
        now, passed, failed = start.copy(), np.zeros(len(start)), np.zeros(len(start), dtype=bool)
        for turn in range(_ROUNDS):
            left = length - passed
            alive = now[:, :2].sum(axis=1) > 0
            stem = np.maximum(now[:, 0], 1.0)
            shrinks = np.isfinite(left) & (
                _expected(lineage, now, np.where(np.isfinite(left), left, 0.0))[:, 0] < few
            )
            small = alive & ((now[:, 0] < few) | shrinks) & (left > 0) & ~failed
            if not small.any():
                break
            # until survivors have enough cells on average
            reach = np.log(few * -np.expm1(stem * np.log(min(chance, 1.0 - 1e-12))) / stem)
            span = np.maximum(reach, 0.1) / growth if growth > 0 else np.full(len(stem), np.inf)
            span = np.where(shrinks, left, np.minimum(span, left))
            span = np.where(small & np.isfinite(span), span, 0.0)
            begun = np.where(small[:, np.newaxis], now, 0.0)
            found, outcomes = numbers_after(
                lineage.faster(span), 1.0, begun, seed=self.seed, leg=f"{name}-{turn}", first=self.first
            )
            failed |= outcomes != 0
            now = np.where(small[:, np.newaxis], np.nan_to_num(found), now)
            passed = passed + span
        return now, passed, failed


def _modes(lineage: Lineage, start: Floats) -> tuple[Floats, Floats]:
    """Rates (3,) and amounts (patients, 3, 3): expected numbers are sums of amounts[:, k] exp(rate_k t)."""
    rates, right = np.linalg.eig(lineage.means)
    left = np.linalg.inv(right)
    amounts = (start @ right)[:, :, np.newaxis] * left
    return np.asarray(rates.real), np.asarray(amounts.real)


def _expected(lineage: Lineage, start: Floats, hours: Floats) -> Floats:
    """Expected numbers (patients, 3) after some hours each."""
    rates, amounts = _modes(lineage, start)
    return np.asarray(
        (amounts * np.exp(np.minimum(hours[:, np.newaxis] * rates, 600.0))[..., np.newaxis]).sum(axis=1)
    )


def _seen(lineage: Lineage, start: Floats, length: Floats) -> tuple[Floats, Floats]:
    """When the expected number of cells reaches the detection size, and the numbers at the end of the leg."""
    goal = np.log(initiation_rows()["detection_cells"].value)
    rates, amounts = _modes(lineage, start)
    ends = np.isfinite(length)
    hours = np.where(ends, length, _late(lineage, start, goal))[:, np.newaxis] * np.linspace(0.0, 1.0, _GRID)
    growing = np.exp(np.minimum(hours[..., np.newaxis] * rates, 600.0))
    cells = (amounts.sum(axis=2)[:, np.newaxis, :] * growing).sum(axis=2)
    size = np.log(np.maximum(cells, 1e-9))
    above = size >= goal
    rows, place = np.arange(len(start)), np.maximum(above.argmax(axis=1), 1)
    before, after = size[rows, place - 1], size[rows, place]
    share = np.clip((goal - before) / np.maximum(after - before, 1e-9), 0.0, 1.0)
    when = hours[rows, place - 1] + share * (hours[rows, place] - hours[rows, place - 1])
    end = np.where(
        ends[:, np.newaxis], np.round(_expected(lineage, start, np.where(ends, length, 0.0))), start
    )
    return np.where(above.any(axis=1), when, np.inf), end


def _late(lineage: Lineage, start: Floats, goal: float) -> Floats:
    """An hour by which a focus that grows has passed the detection size."""
    growth, worth = float(lineage.growth), start @ lineage.worth
    if growth <= 0:
        return np.zeros(len(start))
    left = np.where(worth > 0, goal - np.log(np.maximum(worth, 1e-9)), 0.0)
    return np.asarray(np.where(worth > 0, (np.maximum(left, 0.0) + 5.0) / growth, 0.0))
