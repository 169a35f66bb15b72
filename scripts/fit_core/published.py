"""The published HepG2 model on the same points, as the measure of what noise is.

MODEL2503270001 (CC0, BioModels) is run by libRoadRunner with its own parameters and compared as
our model is: one scale and one background per relative series.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import roadrunner

from scripts.fit_core.measurements import Condition, Point
from scripts.fit_core.objective import JUDGING, Problem
from scripts.fit_core.places import shared_data
from scripts.fit_core.profile import profile

__all__ = ["published_chi2"]

_FREE_SHARE_IN_NUCLEUS = "K_transport"  # resting STAT3, nucleus over cytoplasm, in the publication
_CYTOPLASM_PL, _NUCLEUS_PL = 0.6375, 0.2125
_STATES = ("STAT3", "cpSTAT3", "npSTAT3", "SOCS3RNA", "SOCS3", "JAK1_gp130", "pJAK1_pgp130")


def _transport() -> float:
    path = shared_data() / "zeilfelder2025" / "zeilfelder2025_bestfit_control_IL6.csv"
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        name, value = line.split(",")[:2]
        if name == _FREE_SHARE_IN_NUCLEUS:
            return float(value)
    raise ValueError(f"{path.name} has no {_FREE_SHARE_IN_NUCLEUS}")


def _value(observable: str, state: dict[str, float], transport: float) -> float:
    free = state["STAT3"] / (1 + transport)
    receptors = state["JAK1_gp130"] + state["pJAK1_pgp130"]
    table = {
        "SOCS3_mRNA": state["SOCS3RNA"],
        "SOCS3": state["SOCS3"] * _CYTOPLASM_PL,
        "pSTAT3_cytoplasmic": state["cpSTAT3"],
        "pSTAT3_nuclear": state["npSTAT3"],
        "pSTAT3": state["cpSTAT3"] * _CYTOPLASM_PL + state["npSTAT3"] * _NUCLEUS_PL,
        "STAT3_cytoplasmic": free + state["cpSTAT3"],
        "STAT3_nuclear": free * transport + state["npSTAT3"],
        "IL6_binding_sites": receptors,
        "IL6ST_total": receptors * _CYTOPLASM_PL,
    }
    return table[observable]


def _run(runner: Any, condition: Condition, times_min: list[float]) -> dict[float, dict[str, float]]:
    runner.resetAll()
    runner["input_il6"] = condition.il6_ng_ml
    runner["input_cyclo"] = float(condition.cycloheximide)
    grid = sorted({0.0, 1.0, *times_min})
    runner.timeCourseSelections = ["time", *(f"[{s}]" for s in _STATES)]
    table = np.array(runner.simulate(times=grid))
    return {t: dict(zip(_STATES, row[1:].tolist(), strict=True)) for t, row in zip(grid, table, strict=True)}


def _minute(point: Point) -> float:
    return max(point.time_h, 0.0) * 60


def published_chi2(problem: Problem) -> dict[str, tuple[int, float]]:
    """Measured column of HepG2 to points and mean squared residual of the published model."""
    runner: Any = roadrunner.RoadRunner(str(shared_data() / "sbml" / "MODEL2503270001.xml"))
    runner.integrator.relative_tolerance = 1e-8
    times: dict[Condition, list[float]] = {}
    for point in problem.points:
        if point.context == "hepg2":
            times.setdefault(point.condition, []).append(_minute(point))
    curves = {condition: _run(runner, condition, found) for condition, found in times.items()}
    transport = _transport()
    model = np.ones(len(problem.points))  # the points of the other context are not looked at
    for i, point in enumerate(problem.points):
        if point.context == "hepg2":
            curve = curves[point.condition]
            model[i] = _value(point.observable, curve[_minute(point)], transport)
            if point.of_start:
                model[i] *= 100 / _value(point.observable, curve[0.0], transport)
    fitted = profile(problem.series(JUDGING), model, background_weight=JUDGING.background_weight)
    return problem.chi2_per_point(fitted.residual)["zeilfelder2025"]
