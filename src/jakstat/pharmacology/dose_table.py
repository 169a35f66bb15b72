"""From a regimen to the engine's dose tables: one table for all lanes, or one for each subject."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from jakstat.arrays import Floats
from jakstat.engine.doses import Dose
from jakstat.pharmacology.pk_library import PkModel
from jakstat.pharmacology.regimen import Given, Regimen, Segment
from jakstat.pharmacology.subjects import Subjects

__all__ = ["dose_tables", "valve_doses"]

_VALVE = "gallbladder_open"


def _duration(model: PkModel, segment: Segment) -> float:
    """Length of an infusion in hours: the regimen's, or the drug's own."""
    if segment.route != "IV":
        return 0.0
    if segment.duration_h is not None:
        return segment.duration_h
    return model.number("infusion", "h") or 0.0


def _joined(times: Sequence[float]) -> list[tuple[float, float, int]]:
    """Times at one step joined: start, step, how many."""
    found: list[tuple[float, float, int]] = []
    for time in times:
        if found:
            start, step, count = found[-1]
            now = time - (start + (count - 1) * step)
            if count == 1 or abs(now - step) < 1e-9 * max(step, 1.0):
                found[-1] = (start, now if count == 1 else step, count + 1)
                continue
        found.append((time, 0.0, 1))
    return found


def _given_once(given: Sequence[Given]) -> list[tuple[float, float, int, int]]:
    """Doses of one segment at one step joined: start, step, how many, segment."""
    return [
        (*run, segment)
        for segment, doses in itertools.groupby(given, key=lambda dose: dose.segment)
        for run in _joined([dose.time_h for dose in doses])
    ]


def valve_doses(model: PkModel, times: Sequence[float]) -> list[Dose]:
    """The gallbladder shuts at a dose and opens a fixed time behind it; nothing for most drugs.

    Examples
    --------
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> [(d.time, d.amount) for d in valve_doses(pk_model("sorafenib"), [0.0])][0]
    (0.0, 0.0)
    >>> valve_doses(pk_model("ruxolitinib"), [0.0])
    []
    """
    delay = model.number("emptying_delay", "h")
    if delay is None:
        return []
    following = [*times[1:], np.inf]
    opens = [t + delay for t, then in zip(times, following, strict=True) if t + delay < then]
    return [
        Dose(start, _VALVE, value, action="set", interval=step, count=count)
        for value, at in ((0.0, times), (1.0, opens))
        for start, step, count in _joined(at)
    ]


def dose_tables(
    model: PkModel, regimen: Regimen, subjects: Subjects, numbers: Mapping[str, Floats], until_h: float
) -> list[list[Dose]]:
    """The doses of a regimen for the engine, in mg and hours.

    Parameters
    ----------
    model : PkModel
    regimen : Regimen
    subjects : Subjects
    numbers : mapping of str to array, shape (subjects,)
        The numbers of the drug in each subject; ``release`` is the time over which a dose is let go.
    until_h : float
        No dose from then on.

    Returns
    -------
    list of list of Dose
        One table for all when all get the same, else one for each subject.

    Raises
    ------
    InputError
        ``dose.count``.

    Examples
    --------
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> from jakstat.pharmacology.regimen_text import parse_regimen
    >>> from jakstat.pharmacology.subjects import draw_subjects
    >>> regimen, one = parse_regimen("10 mg/kg IV q3w x 2"), draw_subjects("cancer", 0)
    >>> (table,) = dose_tables(pk_model("siltuximab"), regimen, one, {}, 2000.0)
    >>> table[0].count, table[0].interval, round(table[0].amount)
    (2, 504.0, 730)
    """
    given = regimen.given(until_h)
    runs = _given_once(given)
    shared = valve_doses(model, [dose.time_h for dose in given])
    weight, bsa = subjects.covariates["weight"], subjects.covariates["BSA"]
    amounts = [segment.milligrams(weight, bsa) for segment in regimen.segments]
    release = numbers.get("release")
    flat = all(np.all(a == a[0]) for a in amounts) and (
        release is None or bool(np.all(release == release[0]))
    )

    def table(lane: int) -> list[Dose]:
        found = list(shared)
        for start, step, count, k in runs:
            segment = regimen.segments[k]
            late, long = 0.0, _duration(model, segment)
            if segment.route != "IV":
                late = model.number("lag", "h") or 0.0
                long = 0.0 if release is None else float(release[lane])
            place = model.routes[segment.route]
            amount = float(amounts[k][lane])
            found.append(Dose(start + late, place, amount, duration=long, interval=step, count=count))
        return found

    return [table(lane) for lane in range(1 if flat else subjects.count)]
