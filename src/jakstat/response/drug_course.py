"""A regimen as cells meet it: the unbound drug of plasma, and its pieces of constant concentration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import Outcome, problem
from jakstat.limits import LIMITS
from jakstat.pharmacology.dose_table import dose_ends
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.pk_library import PkModel
from jakstat.response.schedule_set import Schedule, last_cycle

__all__ = ["Course", "drug_course", "pieces"]

Reals = NDArray[np.float64]

_BEFORE_H = 1e-4  # a trough is read so long before the next dose
_EACH = 24  # points behind each dose, dense at first
_STEP_H = 1.0  # and at least one an hour, before refinement
_ROUNDS = 6
_OTHERS = 500  # so many doses are left for what else is given
_WEEK = 168.0


@dataclass(frozen=True)
class Course:
    """Plasma of a typical subject under one schedule.

    Parameters
    ----------
    schedule : Schedule
    times, unbound, total : array (T,)
        Hours; nM.
    window : (float, float)
        The last full cycle, in hours.
    weekly_mg : float
        Dose given a week in the window.
    outcome : Outcome
        How the pharmacokinetic model ended.
    """

    schedule: Schedule
    times: Reals
    unbound: Reals
    total: Reals
    window: tuple[float, float]
    weekly_mg: float
    outcome: Outcome

    def area(self, values: Reals) -> float:
        """Area under ``values`` in the window, a week, in their unit times hours."""
        start, end = self.window
        inside = (self.times > start) & (self.times < end)
        times = np.concatenate([[start], self.times[inside], [end]])
        heights = np.interp(times, self.times, values)
        return float(np.trapezoid(heights, times) * _WEEK / (end - start))

    def peak(self, values: Reals) -> float:
        """Largest of ``values`` in the window."""
        start, end = self.window
        return float(values[(self.times >= start) & (self.times <= end)].max())


def drug_course(
    model: PkModel,
    schedule: Schedule,
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
    schedule : Schedule
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
    >>> from jakstat.response.schedule_set import Schedule
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> from jakstat.pharmacology.regimen_text import parse_regimen
    >>> bid = Schedule("20 mg PO BID", "continuous", parse_regimen("20 mg PO BID"))
    >>> course = drug_course(pk_model("ruxolitinib"), bid, 336.0, change=0.15, floor=0.01)
    >>> course.window, course.weekly_mg, bool(15 < course.peak(course.unbound) < 30)
    ((168.0, 336.0), 280.0, True)
    """
    window = last_cycle(schedule, until_h)
    times = _first_times(model, schedule, until_h)
    for _ in range(_ROUNDS):
        found = exposure(
            model.id, schedule.regimen, subjects=0, population=population, days=until_h / 24.0, times_h=times
        )
        level = np.log(np.maximum(found["unbound"].values[0], floor))
        wide = np.flatnonzero((np.abs(np.diff(level)) > change) & (np.diff(times) > 10 * _BEFORE_H))
        if not len(wide):
            break
        if len(times) + 3 * len(wide) > LIMITS.time_points:
            raise _too_long(schedule)
        left, gap = times[wide], np.diff(times)[wide]
        times = np.unique(np.concatenate([times, *(left + gap * f for f in (0.25, 0.5, 0.75))]))
    weight, surface = (found[f"covariate_{name}"].values for name in ("weight", "BSA"))
    milligrams = sum(
        float(schedule.regimen.segments[g.segment].milligrams(weight, surface)[0])
        for g in schedule.regimen.given(window[1])
        if g.time_h >= window[0] - _BEFORE_H
    )
    weekly = milligrams * _WEEK / (window[1] - window[0])
    outcome = Outcome.OK if found.attrs["failed"] == 0 else Outcome.NOT_A_NUMBER
    kept = found["time"].values
    return Course(
        schedule, kept, found["unbound"].values[0], found["total_molar"].values[0], window, weekly, outcome
    )


def _first_times(model: PkModel, schedule: Schedule, until_h: float) -> Reals:
    """Times behind every dose and every end of giving, just before the next, and every hour."""
    doses = [pair for pair in dose_ends(model, schedule.regimen, until_h) if pair[0] < until_h]
    ends = [*(start for start, _ in doses[1:]), until_h]
    if len(doses) * 2 * _EACH + until_h / _STEP_H > LIMITS.time_points:
        raise _too_long(schedule)
    shape = np.linspace(0.0, 1.0, _EACH) ** 2
    found = [np.arange(0.0, until_h, _STEP_H), np.array([0.0, until_h])]
    for (start, ready), end in zip(doses, ends, strict=True):
        for begin in {start, min(ready, end)}:
            found.append(begin + (end - begin) * shape)
        if end - start > 2 * _BEFORE_H:
            found.append(np.array([end - _BEFORE_H]))
    times = np.unique(np.round(np.concatenate(found), 9))
    return np.asarray(times[times <= until_h])


def pieces(course: Course, *, change: float, floor: float) -> tuple[Reals, Reals]:
    """Starts (hours) and concentrations (nM) of pieces, each the mean of the curve over it.

    A piece ends where the curve has gone up or down by ``change`` (as a logarithm) since it began; the
    area under the pieces is that under the curve.

    Raises
    ------
    InputError
        ``dose.count`` for more pieces than the product simulates.

    Examples
    --------
    >>> from jakstat.response.schedule_set import Schedule
    >>> from jakstat.pharmacology.regimen_text import parse_regimen
    >>> t, one = np.linspace(0.0, 4.0, 41), parse_regimen("1 mg IV once")
    >>> c = np.exp(-t)
    >>> course = Course(Schedule(one.text, "pulsed", one), t, c, c, (0.0, 4.0), 1.0, Outcome.OK)
    >>> starts, held = pieces(course, change=0.5, floor=1e-3)
    >>> len(starts), bool(np.isclose((held * np.diff([*starts, 4.0])).sum(), np.trapezoid(c, t)))
    (8, True)
    """
    times, values = course.times, course.unbound
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


def _too_long(schedule: Schedule) -> Exception:
    message = f"'{schedule.text}' changes too often for so long a run"
    return problem("dose.count", message, field="--days", hint="ask for fewer days")
