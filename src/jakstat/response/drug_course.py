"""A regimen as cells meet it: the unbound drug of plasma, and its pieces of constant concentration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import Outcome, problem
from jakstat.limits import LIMITS
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.pk_library import PkModel
from jakstat.response.schedule_set import ComparedSchedule, last_cycle

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Course", "drug_course", "pieces"]

_STEP_H = 1.0  # a point at least every hour, before refinement
_SHORTEST_H = 1e-3  # no refinement below
_ROUNDS = 6
_OTHERS = 500  # so many doses are left for what else is given
_WEEK = 168.0


@dataclass(frozen=True)
class Course:
    """Plasma of a typical subject under one schedule.

    Parameters
    ----------
    schedule : ComparedSchedule
    times, unbound, total : array (T,)
        Hours; nM.
    window : (float, float)
        The last full cycle, in hours.
    weekly_mg : float
        Dose given a week in the window.
    outcome : Outcome
        How the pharmacokinetic model ended.
    AUC_total, Cmax_total : float
        Area a week (nM*h) and peak (nM) in the window, from the integral and the turning points of the model.
    fraction_unbound : float
    """

    schedule: ComparedSchedule
    times: Floats
    unbound: Floats
    total: Floats
    window: tuple[float, float]
    weekly_mg: float
    outcome: Outcome
    AUC_total: float = math.nan
    Cmax_total: float = math.nan
    fraction_unbound: float = math.nan


def drug_course(
    model: PkModel,
    schedule: ComparedSchedule,
    until_h: float,
    *,
    population: str | None = None,
    change: float,
    floor: float,
) -> Course:
    """The unbound drug of a typical subject, on times that follow its changes.

    Parameters
    ----------
    model : PkModel
    schedule : ComparedSchedule
    until_h : float
        Length of the run, hours.
    population : str, optional
        In whom; the drug's usual one when not given.
    change : float
        Largest relative change between two times, as far as the grid is refined.
    floor : float
        nM; changes below do not count.

    Raises
    ------
    InputError
        As :func:`jakstat.pharmacology.exposure.exposure`; ``time.range``.

    Examples
    --------
    >>> from jakstat.response.schedule_set import ComparedSchedule
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> from jakstat.pharmacology.regimen_text import parse_regimen
    >>> bid = ComparedSchedule("20 mg PO BID", "continuous", parse_regimen("20 mg PO BID"))
    >>> course = drug_course(pk_model("ruxolitinib"), bid, 336.0, change=0.15, floor=0.01)
    >>> course.window, course.weekly_mg, bool(15 < course.Cmax_total * course.fraction_unbound < 30)
    ((168.0, 336.0), 280.0, True)
    """
    window = last_cycle(schedule, until_h)
    asked = partial(exposure, model.id, schedule.regimen, subjects=0, population=population)
    found = asked(days=until_h / 24.0)
    times = np.unique([*found["time"].values, *np.arange(0.0, until_h, _STEP_H), *window])
    for _ in range(_ROUNDS):
        found = asked(times_h=times)
        level = np.log(np.maximum(found["unbound"].values[0], floor))
        wide = np.flatnonzero((np.abs(np.diff(level)) > change) & (np.diff(times) > _SHORTEST_H))
        if not len(wide):
            break
        if len(times) + 3 * len(wide) > LIMITS.time_points:
            raise _too_long(schedule)
        left, gap = times[wide], np.diff(times)[wide]
        times = np.unique(np.concatenate([times, *(left + gap * f for f in (0.25, 0.5, 0.75))]))
    weekly = _WEEK / (window[1] - window[0])
    inside = (found["dose"].values >= window[0] - _SHORTEST_H) & (found["dose"].values < window[1])
    per = model.values()["nmol_per_mg"]
    kept, area = found["time"].values, found["AUC"].values[0]
    return Course(
        schedule=schedule,
        times=kept,
        unbound=found["unbound"].values[0],
        total=found["total_molar"].values[0],
        window=window,
        weekly_mg=_milligrams(schedule, found, window) * weekly,
        outcome=Outcome.OK if found.attrs["failed"] == 0 else Outcome.NOT_A_NUMBER,
        AUC_total=float(np.diff(np.interp(window, kept, area))[0]) * weekly * per,
        Cmax_total=float(found["peak"].values[0, inside].max(initial=0.0)) * per,
        fraction_unbound=model.fraction_unbound,
    )


def _milligrams(schedule: ComparedSchedule, found: xr.Dataset, window: tuple[float, float]) -> float:
    """What is given in a window, mg."""
    weight, surface = (found[f"covariate_{name}"].values for name in ("weight", "BSA"))
    return sum(
        float(schedule.regimen.segments[g.segment].milligrams(weight, surface)[0])
        for g in schedule.regimen.given(window[1])
        if g.time_h >= window[0] - _SHORTEST_H
    )


def pieces(course: Course, *, change: float, floor: float) -> tuple[Floats, Floats]:
    """Starts (hours) and concentrations (nM) of pieces, each the mean of the curve over it.

    A piece ends where the curve has gone up or down by ``change`` (as a logarithm) since it began; the
    area under the pieces is that under the curve.

    Raises
    ------
    InputError
        ``dose.count`` for more pieces than the product simulates.

    Examples
    --------
    >>> from jakstat.response.schedule_set import ComparedSchedule
    >>> from jakstat.pharmacology.regimen_text import parse_regimen
    >>> t, one = np.linspace(0.0, 4.0, 41), parse_regimen("1 mg IV once")
    >>> c = np.exp(-t)
    >>> course = Course(ComparedSchedule(one.text, "pulsed", one), t, c, c, (0.0, 4.0), 1.0, Outcome.OK)
    >>> starts, held = pieces(course, change=0.5, floor=1e-3)
    >>> len(starts), bool(np.isclose((held * np.diff([*starts, 4.0])).sum(), np.trapezoid(c, t)))
    (8, True)
    """
    # a failed course is NaN: without drug its lane runs all the same, and is masked by the outcome
    times, values = course.times, np.nan_to_num(course.unbound)
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(np.log(np.maximum(values, floor)))))])
    number = np.floor(way / change + 1e-9).astype(int)
    # a piece begins where its number is new; the last time begins none
    first = np.flatnonzero(np.diff(number, prepend=-1))
    first = first[first < len(times) - 1]
    if len(first) > LIMITS.doses - _OTHERS:
        raise _too_long(course.schedule)
    area = np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]) * np.diff(times))])
    edges = np.append(first, len(times) - 1)
    held = np.diff(area[edges]) / np.diff(times[edges])
    return times[first], np.maximum(held, 0.0)


def _too_long(schedule: ComparedSchedule) -> Exception:
    message = f"'{schedule.text}' changes too often for so long a run"
    return problem("dose.count", message, field="--days", hint="ask for fewer days")
