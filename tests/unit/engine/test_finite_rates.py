"""Models whose rates are finite although a formula passes every bound on the way: they run, by default."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jakstat.engine.load import load_sbml
from shared_data import SHARED, needs_shared

CASES = SHARED / "cases" / "sbml"

# file: end, and values there from the closed solutions (the cascade: from the note beside the files)
VALUES = {
    "sigmoid_overflow_time": (20.0, {"x": 1.0 - math.exp(-10.0)}),
    "ratio_over_zero": (20.0, {"x": 1.0 - math.exp(-20.0), "y": 16.0 / 17.0}),
    "zero_to_state_power": (20.0, {"y": 1.0 - math.exp(-20.0), "s": 0.0}),
    "hill_steep_rise": (20.0, {"z": 1.0 - math.exp(-20.0), "y": 1.0}),
    "hill_steep_large": (20.0, {"y": 1.32323e-4}),
}


@needs_shared
@pytest.mark.parametrize("name", sorted(VALUES))
def test_small_inputs_run_and_are_right(name: str) -> None:
    end, values = VALUES[name]
    run = load_sbml(CASES / f"{name}.xml").simulate([0.0, end])
    assert run.ok.all()
    for symbol, value in values.items():
        assert run.value(symbol)[0, -1] == pytest.approx(value, rel=2e-5, abs=1e-9), symbol


PUBLISHED = ["276", "277", "554", "627", "636", "719", "829"]


@needs_shared
@pytest.mark.parametrize("number", PUBLISHED)
def test_published_models_agree_with_another_solver(number: str) -> None:
    """Species to 1e-4 of their largest value, by LSODA at 1e-9."""
    model = load_sbml(SHARED / "data" / "biomodels" / f"BIOMD{int(number):010d}.xml")
    times = np.linspace(0.0, 100.0, 51)
    run = model.simulate(times)
    other = model.simulate(times, rtol=1e-9, atol=1e-12, method="LSODA")
    assert run.ok.all()
    assert other.ok.all()
    for species in model.network.species:
        theirs = other.amount(species.id)[0]
        apart = np.max(np.abs(run.amount(species.id)[0] - theirs))
        assert apart <= 1e-4 * np.max(np.abs(theirs)), species.id
