"""Published models reproduced: the authors' own trajectory, and another simulator."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from jakstat.engine.load import load_sbml
from shared_data import SHARED, needs_shared

SBML = SHARED / "data" / "sbml"
TRAJECTORY = SHARED / "data" / "sobotta2017" / "sobotta2017_reference_trajectory_il6_40_rux_500_187_187.csv"


def trajectory() -> tuple[list[str], np.ndarray]:
    with TRAJECTORY.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.reader(handle))
    return rows[0], np.array([[float(cell) for cell in row] for row in rows[1:]])


def apart(mine: np.ndarray, theirs: np.ndarray) -> float:
    """Largest difference over the largest value."""
    return float(np.max(np.abs(mine - theirs)) / np.max(np.abs(theirs)))


@needs_shared
def test_sobotta2017_il6_with_three_doses_of_ruxolitinib() -> None:
    """MODEL2307050001 against the authors' COPASI run, to 1e-4 of each species' maximum."""
    model = load_sbml(SBML / "MODEL2307050001.xml")
    head, table = trajectory()
    result = model.simulate(table[:, 0], rtol=1e-9, atol=1e-15)
    assert result.ok.all()
    assert not result.violations
    for s in model.network.species:
        # delays that share a name are numbered in the table, in the table's own order
        columns = [i for i, name in enumerate(head) if name == s.name or name.rpartition("_")[0] == s.name]
        mine = result.concentration(s.id)[0]
        assert min(apart(mine, table[:, i]) for i in columns) < 1e-4, s.id
    for name, column in (("Ruxolitinib", "ruxolitinib_nM"), ("IL6", "il6_ng_ml")):
        assert apart(result.value(name)[0], table[:, head.index(column)]) < 1e-4


def others(path: str, times: np.ndarray, changes: dict[str, float], atol: float) -> dict[str, np.ndarray]:
    """Concentrations by libRoadRunner at tight tolerances."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(path)
    for name, value in changes.items():
        runner[name] = value
    runner.reset()
    names = list(runner.model.getFloatingSpeciesIds())
    runner.integrator.relative_tolerance = 1e-11
    runner.integrator.absolute_tolerance = atol
    runner.integrator.maximum_num_steps = 100_000
    runner.timeCourseSelections = ["time", *(f"[{n}]" for n in names)]
    rows = np.array(runner.simulate(times=list(times)))
    return {name: rows[:, i + 1] for i, name in enumerate(names)}


def agree(model_id: str, end: float, changes: dict[str, float], atol: float, tolerance: float) -> None:
    path = SBML / f"{model_id}.xml"
    times = np.linspace(0.0, end, 61)
    theirs = others(str(path), times, changes, atol)
    result = load_sbml(path).simulate(times, parameters=changes, rtol=1e-10, atol=1e-14)
    assert result.ok.all()
    # below this there is only rounding
    floor = 1e-12 * max(float(np.max(np.abs(track))) for track in theirs.values())
    for name, track in theirs.items():
        if np.max(np.abs(track)) > floor:
            assert apart(result.concentration(name)[0], track) < tolerance, name


@needs_shared
@pytest.mark.parametrize("changes", [{"input_il6": 10.0}, {"input_il6": 1.0, "input_cyclo": 0.5}])
def test_zeilfelder2025_agrees_with_libroadrunner(changes: dict[str, float]) -> None:
    agree("MODEL2503270001", 600.0, changes, atol=1e-26, tolerance=1e-6)


@needs_shared
@pytest.mark.long
@pytest.mark.parametrize(
    ("model_id", "tolerance"),
    [
        ("BIOMD0000000151", 1e-6), ("BIOMD0000000313", 1e-7), ("BIOMD0000000314", 1e-7),
        ("BIOMD0000000347", 1e-7), ("BIOMD0000000534", 1e-4), ("BIOMD0000000535", 1e-4),
        ("BIOMD0000000536", 1e-6), ("BIOMD0000000537", 1e-4), ("BIOMD0000000543", 1e-6),
        ("BIOMD0000000544", 1e-5), ("BIOMD0000000591", 1e-7), ("BIOMD0000000819", 1e-7),
        ("BIOMD0000000959", 1e-7), ("BIOMD0000001077", 1e-7), ("MODEL2003200001", 1e-7),
        ("MODEL2307050001", 1e-7),
    ],
)  # fmt: skip
def test_models_of_the_field_agree_with_libroadrunner(model_id: str, tolerance: float) -> None:
    """Event-driven models agree less closely, because libRoadRunner locates events to its own tolerance."""
    agree(model_id, 100.0, {}, atol=1e-20, tolerance=tolerance)
