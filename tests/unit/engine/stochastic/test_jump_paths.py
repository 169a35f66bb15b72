"""Random paths: bits, and means and variances of processes that are known in closed form."""

import math

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.errors import InputError, Outcome
from long_rows import rest_long

BIRTH_DEATH = sm.model(
    species=[sm.species("X", 100.0, hasOnlySubstanceUnits=True)],
    parameters=[sm.parameter("birth", 1.0), sm.parameter("death", 1.1)],
    reactions=[sm.reaction("up", "X", "2X", "birth*X"), sm.reaction("down", "X", "", "death*X")],
)
IMMIGRATION = sm.model(
    species=[sm.species("X", 0.0, hasOnlySubstanceUnits=True)],
    parameters=[sm.parameter("a", 1.0), sm.parameter("loss", 0.1)],
    reactions=[sm.reaction("come", "", "5X", "a"), sm.reaction("go", "X", "", "loss*X")],
)
DIMER = sm.model(
    species=[
        sm.species("P", 100.0, hasOnlySubstanceUnits=True),
        sm.species("D", 0.0, hasOnlySubstanceUnits=True),
    ],
    parameters=[sm.parameter("on", 0.001), sm.parameter("off", 0.01)],
    reactions=[sm.reaction("join", "2P", "D", "on*P*(P - 1)/2"), sm.reaction("split", "D", "2P", "off*D")],
)
TIMES = np.array([0.0, 1.0, 3.0, 10.0])


def z_of_mean(sample: np.ndarray, mean: float, variance: float) -> float:
    return float((sample.mean() - mean) / math.sqrt(variance / len(sample)))


def z_of_variance(sample: np.ndarray, mean: float, variance: float) -> float:
    """By the normal approximation of the DSMTS user guide."""
    squares = (sample - mean) ** 2
    return float((squares.mean() / variance - 1) / math.sqrt(2 / len(sample)))


@pytest.fixture(scope="module")
def model() -> Model:
    return load_sbml(BIRTH_DEATH, trusted=True)


@pytest.mark.parametrize("method", rest_long(["ssa", "tau"], ["ssa"]))
def test_birth_and_death_has_its_mean_and_variance(model: Model, method: str) -> None:
    lanes = 2000 if method == "ssa" else 60
    run = model.sample_paths(TIMES, seed=11, lanes=lanes, method=method)
    assert (run.outcomes == Outcome.OK).all()
    for i, t in enumerate(TIMES[1:], start=1):
        growth = math.exp(-0.1 * t)
        mean, variance = 100 * growth, 100 * 2.1 / -0.1 * growth * (growth - 1)
        assert abs(z_of_mean(run.amount("X")[:, i], mean, variance)) < 3.5
        assert abs(z_of_variance(run.amount("X")[:, i], mean, variance)) < 5


def test_batch_immigration_has_its_mean_and_variance() -> None:
    run = load_sbml(IMMIGRATION, trusted=True).sample_paths(TIMES, seed=5, lanes=2000)
    for i, t in enumerate(TIMES[1:], start=1):
        fade = 1 - math.exp(-0.1 * t)
        mean = 5 * 1.0 / 0.1 * fade
        square = 1 - math.exp(-0.2 * t)
        variance = mean + 1.0 * 5 * 4 / 0.2 * square
        assert abs(z_of_mean(run.amount("X")[:, i], mean, variance)) < 3.5


@pytest.mark.parametrize("method", ["ssa", "tau"])
def test_dimers_follow_the_master_equation(method: str) -> None:
    """The distribution over 0..50 dimers by the matrix exponential."""
    from scipy.linalg import expm

    k = np.arange(51)
    free = 100 - 2 * k
    up, down = 0.001 * free * (free - 1) / 2, 0.01 * k
    generator = np.diag(-(up + down)) + np.diag(up[:-1], -1) + np.diag(down[1:], 1)
    share = expm(generator * 10.0)[:, 0]
    mean = float(share @ k)
    variance = float(share @ (k - mean) ** 2)
    lanes = 2000 if method == "ssa" else 100
    run = load_sbml(DIMER, trusted=True).sample_paths(TIMES, seed=3, lanes=lanes, method=method)
    assert abs(z_of_mean(run.amount("D")[:, -1], mean, variance)) < (3.5 if method == "ssa" else 5)
    assert (run.amount("P") + 2 * run.amount("D") == 100).all()


@pytest.mark.parametrize("method", ["ssa", pytest.param("tau", marks=pytest.mark.long)])
def test_a_path_depends_on_seed_and_lane_only(model: Model, method: str) -> None:
    many = model.sample_paths(TIMES, seed=7, lanes=20, method=method).amount("X")
    few = model.sample_paths(TIMES, seed=7, lanes=5, method=method).amount("X")
    assert (many[:5] == few).all()
    assert (model.sample_paths(TIMES, seed=8, lanes=5, method=method).amount("X") != few).any()
    assert len({tuple(row) for row in many}) > 15


def test_particles_per_amount(model: Model) -> None:
    run = model.sample_paths(TIMES, initial={"X": 0.5}, seed=1, lanes=4, per_amount=200.0)
    assert (run.amount("X")[:, 0] == 0.5).all()
    assert np.allclose(run.amount("X") * 200, np.round(run.amount("X") * 200))


def test_what_goes_wrong_is_an_outcome(model: Model) -> None:
    run = model.sample_paths(TIMES, {"birth": [1.0, -1.0, math.nan]}, seed=1)
    assert list(run.outcomes) == [Outcome.OK, Outcome.NEGATIVE_STATE, Outcome.NOT_A_NUMBER]
    assert np.isnan(run.amount("X")[1:]).all()
    assert model.sample_paths(TIMES, seed=1, max_steps=10).outcomes[0] == Outcome.STEP_LIMIT
    assert model.sample_paths(TIMES, seed=1, max_steps=2, method="tau").outcomes[0] == Outcome.STEP_LIMIT


@pytest.mark.parametrize(
    ("arguments", "code"),
    [({"method": "magic"}, "method.unknown"), ({"lanes": 0}, "count.range"), ({"seed": -1}, "seed.range")],
)
def test_wrong_requests_are_refused(model: Model, arguments: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        model.sample_paths(TIMES, **{"seed": 1, **arguments})
    assert caught.value.problems[0].code == code


def test_models_that_are_no_jump_process_are_refused() -> None:
    text = sm.model(
        parameters=[sm.parameter("x", 1.0, False)], rules=[sm.rule("rate", "x", "-x*time")],
        events=[sm.event("x < 0.5", {"x": "1"})],
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        load_sbml(text, trusted=True).sample_paths([0.0, 1.0], seed=1)
    assert {p.code for p in caught.value.problems} == {
        "stochastic.events",
        "stochastic.rate_rules",
        "stochastic.time",
    }
