"""Models whose rates are finite although a formula passes every bound on the way: they run, by default."""

from __future__ import annotations

import math

import numpy as np
import pytest

from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.errors import Outcome
from long_rows import rest_long
from shared_data import SHARED, needs_shared
from small_models import event, listed, parameter, rule, sbml

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


PUBLISHED = ["276", "277", "443", "554", "627", "636", "719", "829"]


@needs_shared
@pytest.mark.parametrize("number", rest_long(PUBLISHED, [n for n in PUBLISHED if n != "829"]))
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
        # below 1e-12 (model 443) LSODA's own values are noise
        assert apart <= max(1e-4 * np.max(np.abs(theirs)), 1e-12), species.id


@needs_shared
def test_a_stage_below_zero_in_a_broken_power_is_told() -> None:
    model = load_sbml(CASES / "cascade_fraction.xml")
    run = model.simulate([0.0, 10.0])
    assert run.ok.all()
    assert run.eased == (0,)
    # R: 2.5 per unit of time; the others from the note beside the files
    for symbol, value in {"R": 25.0, "KP": 12.39922, "KPP": 0.0192974}.items():
        assert run.value(symbol)[0, -1] == pytest.approx(value, rel=2e-6), symbol


def powers(*rates: str, start: float = 1.0) -> Model:
    """A chain of parameters with rate rules ``x0``, ``x1``, ...; the others begin at 0."""
    names = [f"x{k}" for k in range(len(rates))]
    body = listed("Parameters", [parameter(n, start if n == "x0" else 0.0, False) for n in names])
    return load_sbml(
        sbml(body + listed("Rules", [rule("rate", n, r) for n, r in zip(names, rates, strict=True)]))
    )


def test_a_solution_that_reaches_the_edge_of_a_root_stays_there() -> None:
    # Torricelli: x' = -sqrt(x) empties as (1 - t/2)^2 and stays empty from t = 2 on
    run = powers("-x0^0.5").simulate([0.0, 1.0, 5.0])
    assert run.ok.all()
    assert run.value("x0")[0] == pytest.approx([1.0, 0.25, 0.0], abs=1e-5)


@pytest.mark.parametrize("rate", ["-1 - x0^0.5", "-1 + 0*x0^1.5", "-1 + 0*ln(x0)"])
def test_a_solution_that_leaves_has_no_value(rate: str) -> None:
    run = powers(rate).simulate([0.0, 5.0])
    assert not run.ok.any()
    assert not run.eased
    assert Outcome(int(run.outcomes[0])) in (Outcome.NOT_A_NUMBER, Outcome.STEP_SIZE_UNDERFLOW)


def test_whether_a_lane_is_run_again_rests_on_itself() -> None:
    """Lanes that leave, stay inside or need the second run have the bits of their own runs."""
    model = powers("-x0^0.5", "x0^1.5 - x1")
    starts = {"x0": np.array([1.0, 0.0, -1.0, 40.0])}
    times = np.linspace(0.0, 3.0, 7)
    together = model.simulate(times, initial=starts)
    assert together.outcomes.tolist() == [Outcome.OK, Outcome.OK, Outcome.NOT_A_NUMBER, Outcome.OK]
    assert together.eased == (0,)
    for lane in range(4):
        alone = model.simulate(times, initial={k: v[lane] for k, v in starts.items()})
        assert alone.outcomes[0] == together.outcomes[lane]
        assert (alone.eased == (0,)) == (lane in together.eased)
        for name in ("x0", "x1"):
            assert np.array_equal(alone.value(name)[0], together.value(name)[lane], equal_nan=True)


def test_a_second_run_has_its_events_and_doses() -> None:
    tank = sbml(
        listed("Parameters", [parameter("x", 1.0, False)])
        + listed("Rules", [rule("rate", "x", "-x^0.5")])
        + listed("Events", [event("time > 4", {"x": "4"})])
    )
    filled = load_sbml(tank).simulate([0.0, 1.0, 3.0, 5.0, 9.0])
    assert filled.eased == (0,)
    # (sqrt(x0) - t/2)^2 from each filling, until it is empty
    assert filled.value("x")[0] == pytest.approx([1.0, 0.25, 0.0, 2.25, 0.0], abs=1e-5)
    doses = [Dose(4.0, "x0", 4.0, action="set")]
    given = powers("-x0^0.5").simulate([0.0, 1.0, 3.0, 5.0, 9.0], doses=doses)
    assert given.eased == (0,)
    assert given.value("x0")[0] == pytest.approx([1.0, 0.25, 0.0, 2.25, 0.0], abs=1e-5)


def test_summaries_of_a_second_run_name_its_lanes() -> None:
    starts = np.array([100.0, 1.0, 400.0, 4.0])
    run = powers("-x0^0.5").simulate([0.0, 6.0], initial={"x0": starts}, reduce={"last": ("final", "x0")})
    assert run.eased == (1, 3)
    assert run.summaries["last"] == pytest.approx([49.0, 0.0, 289.0, 0.0], abs=1e-4)
