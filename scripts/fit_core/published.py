"""The published parents on the points of the core, as the measure of what noise is and what ours must reach.

MODEL2503270001 (HepG2) and MODEL2307050001 (mouse hepatocytes; both CC0, BioModels) are run by libRoadRunner
with their own parameters and compared as our model is.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import roadrunner

from scripts.fit_core.gene_points import GenePoint
from scripts.fit_core.measurements import Condition, Point
from scripts.fit_core.objective import JUDGING, Problem
from scripts.fit_core.places import shared_data
from scripts.fit_core.profile import profile

__all__ = ["published_chi2", "published_gene", "published_values"]

Array = npt.NDArray[np.float64]
State = Mapping[str, float]

_FREE_SHARE_IN_NUCLEUS = "K_transport"  # resting STAT3, nucleus over cytoplasm, in the publication
_CYTOPLASM_PL, _NUCLEUS_PL = 0.6375, 0.2125
_HEPG2_STATES = ("STAT3", "cpSTAT3", "npSTAT3", "SOCS3RNA", "SOCS3", "JAK1_gp130", "pJAK1_pgp130")
_MOUSE_STATES = ("pJAK1_gp130", "pJAK1_pgp130", "tpSTAT3", "SOCS3RNA", "SOCS3")
_BEFORE_MIN = -90.0
_SWITCHED = ("IL6", "ActD", "Stattic")
"""Inputs that rules of the mouse model hold at one protocol; without their rules they are set."""


@lru_cache(maxsize=1)
def _transport() -> float:
    path = shared_data() / "zeilfelder2025" / "zeilfelder2025_bestfit_control_IL6.csv"
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        name, value = line.split(",")[:2]
        if name == _FREE_SHARE_IN_NUCLEUS:
            return float(value)
    raise ValueError(f"{path.name} has no {_FREE_SHARE_IN_NUCLEUS}")


def _hepg2_value(observable: str, state: State) -> float:
    transport = _transport()
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


def _mouse_value(observable: str, state: State) -> float:
    """One pool of phosphorylated STAT3, in cytoplasm and nucleus alike; absolute values are left out."""
    table = {
        "pJAK1": state["pJAK1_gp130"] + state["pJAK1_pgp130"],
        "pgp130": state["pJAK1_pgp130"],
        "pSTAT3": state["tpSTAT3"],
        "pSTAT3_nuclear": state["tpSTAT3"],
        "SOCS3_mRNA": state["SOCS3RNA"],
        "SOCS3": state["SOCS3"],
    }
    return table.get(observable, np.nan)


def _states(runner: Any, times: Sequence[float], names: Sequence[str]) -> dict[float, dict[str, float]]:
    runner.timeCourseSelections = ["time", *(f"[{s}]" for s in names)]
    table = np.array(runner.simulate(times=list(times)))
    return {t: dict(zip(names, row[1:].tolist(), strict=True)) for t, row in zip(times, table, strict=True)}


def _hepg2_run(
    runner: Any, condition: Condition, times_min: Sequence[float]
) -> dict[float, dict[str, float]]:
    runner.resetAll()
    runner["input_il6"] = condition.il6_ng_ml
    runner["input_cyclo"] = float(condition.cycloheximide)
    return _states(runner, sorted({0.0, 1.0, *times_min}), _HEPG2_STATES)


def _mouse_changes(condition: Condition) -> dict[float, dict[str, float]]:
    """What is set when, in minutes."""
    changes: dict[float, dict[str, float]] = {}

    def put(hour: float | None, name: str, value: float) -> None:
        if hour is not None:
            changes.setdefault(hour * 60, {})[name] = value

    put(0.0, "IL6", condition.il6_ng_ml)
    put(condition.il6_end_h, "IL6", 0.0)
    put(condition.drug_at_h, "Stattic", condition.stattic_uM)
    if condition.actinomycin_D is not None:
        put(condition.actinomycin_D[0], "ActD", 1.0)
        put(condition.actinomycin_D[1], "ActD", 0.0)
    return changes


def _mouse_run(
    runner: Any, condition: Condition, times_min: Sequence[float], states: Sequence[str] = _MOUSE_STATES
) -> dict[float, dict[str, float]]:
    runner.resetAll()
    for name in _SWITCHED:
        runner[name] = 0.0
    for i, (dose, at) in enumerate([(condition.ruxolitinib_nM, condition.drug_at_h * 60), *[(0.0, 0.0)] * 3]):
        runner[f"input_rux{i + 1}"], runner[f"loc_rux{i + 1}"] = dose, at
    changes = _mouse_changes(condition)
    last = max(*times_min, 1.0)
    ends = sorted({_BEFORE_MIN, *(t for t in changes if t < last), last})
    found: dict[float, dict[str, float]] = {}
    for begin, end in itertools.pairwise(ends):
        for name, value in changes.get(begin, {}).items():
            runner[name] = value
        found.update(
            _states(runner, sorted({begin, end, *(t for t in times_min if begin < t < end)}), states)
        )
    # a sample at time 0 counts as untreated rest, as it does for ours
    return {**found, 0.0: found[_BEFORE_MIN]}


@lru_cache(maxsize=2)
def _runner(context: str) -> Any:
    name = "MODEL2503270001" if context == "hepg2" else "MODEL2307050001"
    text = (shared_data() / "sbml" / f"{name}.xml").read_text(encoding="utf-8")
    if context != "hepg2":
        rule = rf'<assignmentRule[^>]*variable="({"|".join(_SWITCHED)})".*?</assignmentRule>'
        text = re.sub(rule, "", text, flags=re.DOTALL)
    runner: Any = roadrunner.RoadRunner(text)
    runner.integrator.relative_tolerance = 1e-8
    return runner


def _minute(point: Point) -> float:
    return max(point.time_h, 0.0) * 60


def published_values(points: Sequence[Point], context: str) -> Array:
    """What the published model of ``context`` says at its points (P,); NaN at those of others."""
    ways: dict[str, tuple[Callable[..., Any], Callable[[str, State], float]]] = {
        "hepg2": (_hepg2_run, _hepg2_value),
        "mouse_hepatocyte": (_mouse_run, _mouse_value),
    }
    run, value = ways[context]
    times: dict[Condition, list[float]] = {}
    for point in points:
        if point.context == context:
            times.setdefault(point.condition, []).append(_minute(point))
    curves = {condition: run(_runner(context), condition, found) for condition, found in times.items()}
    model = np.full(len(points), np.nan)
    for i, point in enumerate(points):
        if point.context == context:
            curve = curves[point.condition]
            model[i] = value(point.observable, curve[_minute(point)])
            if point.of_start:
                model[i] *= 100 / value(point.observable, curve[0.0])
    return model


def published_gene(points: Sequence[GenePoint]) -> Array:
    """The mRNA of one gene that the published mouse model says at points (P,) of mouse hepatocytes."""
    doses: dict[float, list[float]] = {}
    for p in points:
        doses.setdefault(p.condition.IL6, []).append(p.time_h * 60)
    state = f"{points[0].gene}RNA"
    curves = {
        dose: _mouse_run(_runner("mouse_hepatocyte"), Condition(dose), times, (state,))
        for dose, times in doses.items()
    }
    return np.array([curves[p.condition.IL6][p.time_h * 60][state] for p in points])


def published_chi2(problem: Problem) -> dict[str, tuple[int, float]]:
    """Measured column of HepG2 to points and mean squared residual of the published model."""
    model = np.nan_to_num(
        published_values(problem.points, "hepg2"), nan=1.0
    )  # the other context is not looked at
    fitted = profile(problem.series(JUDGING), model, background_weight=JUDGING.background_weight)
    return problem.chi2_per_point(fitted.residual)["zeilfelder2025"]
