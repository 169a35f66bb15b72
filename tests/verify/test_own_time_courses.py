"""Intervals of numbers fitted to one's own blots cover the truth as often as they say."""

from dataclasses import replace

import numpy as np
import pytest

from jakstat.calibration.objective import Objective
from jakstat.calibration.optimise import search
from jakstat.calibration.own_fit import FitAsked, prepare_fit
from jakstat.calibration.own_points import CourseReading
from jakstat.calibration.own_problem import OwnModel, rise_of
from jakstat.calibration.own_tables import course_table
from jakstat.calibration.profile import profiles
from own_courses import simulated

pytestmark = pytest.mark.long
TRUTH = {"kcat_STAT3": 15_000.0, "kdeg_SOCS3_mRNA": 2.2}
SETS = 100
DESIGNS = [
    # 48 values of two readouts with noise of 5 % of the peak; 24 values; 48 with noise in proportion
    ("additive", (0, 5, 10, 20, 30, 60, 90, 120), (1, 10, 50)),
    ("additive", (0, 10, 30, 60, 90, 120), (1, 10)),
    ("log", (0, 5, 10, 20, 30, 60, 90, 120), (1, 10, 50)),
]


def drawn(problem, kind, random):
    """The problem with noise on its values, which are those of the curves."""
    sizes = {"observed_pSTAT3": 100.0, "observed_SOCS3_mRNA": 8.0}
    found = []
    for m in problem.measurements:
        if kind == "log":
            value = m.value * np.exp(0.1 * random.normal())
        else:
            value = m.value + 0.05 * sizes[problem.observables[m.observable].id] * random.normal()
        found.append(replace(m, value=float(value)))
    return replace(problem, measurements=tuple(found))


@pytest.mark.parametrize(("kind", "minutes", "doses"), DESIGNS)
def test_intervals_cover(kind, minutes, doses):
    clean = simulated(TRUTH, seed=0, noise=0.0, minutes=minutes, doses=doses)
    model, reading = OwnModel(noise=kind), CourseReading(noise=kind)
    problem = prepare_fit(
        course_table(clean), FitAsked("hepg2", tuple(TRUTH), reading=reading, model=model)
    ).problem
    rise, random = rise_of(problem), np.random.default_rng(99)
    inside = 0
    for _ in range(SETS):
        objective = Objective(drawn(problem, kind, random))
        best = search(objective, problem.nominal)
        for p in profiles(objective, best.x, rise=rise):
            inside += p.interval[0] <= np.log10(TRUTH[p.name]) <= p.interval[1]
    # of 200 intervals: 95 %, and three standard deviations of a count are 4.6 %
    assert 0.90 <= inside / (SETS * len(TRUTH)) <= 0.995
