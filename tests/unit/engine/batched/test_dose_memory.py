"""Steps that follow what the last equal dose took."""

import math

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.batched.fast import METHODS, FastSolver, dose_table
from jakstat.engine.doses import Dose, schedules
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model

# a fast and a slow way down after each dose, so that steps grow from small to large
MODEL = sm.model(
    species=[sm.species(name, 0.0) for name in "ABC"],
    parameters=[sm.parameter("fast", 200.0), sm.parameter("slow", 0.1)],
    reactions=[sm.reaction("r1", "A", "B", "c*fast*A"), sm.reaction("r2", "B", "C", "c*slow*B^2/(1 + B)")],
)
COUNT, INTERVAL = 40, 12.0


@pytest.fixture(scope="module")
def model() -> Model:
    return load_sbml(MODEL, trusted=True)


def doses(sizes: tuple[float, ...], apart: float, duration: float = 0.0) -> list[Dose]:
    """A cycle of sizes; each dose is ``apart`` times larger than the last one of the same place."""
    return [
        Dose(i * INTERVAL, "A", sizes[i % len(sizes)] * (1.0 + apart * i), duration=duration)
        for i in range(COUNT)
    ]


def steps(model: Model, given: list[Dose]) -> tuple[int, np.ndarray]:
    solver, method = FastSolver(model.network, model.key, frozenset("A")), METHODS["rodas5p"]
    start = solver.begin(method, {}, {}, 1, 0.0)
    grid = np.array([0.0, COUNT * INTERVAL])
    table = dose_table(start, schedules([given], start=0.0), grid[-1])
    run = solver.run(start, method, grid, table, (), rtol=1e-6, atol=1e-9, max_steps=10**6, threads=1)
    return int(run.steps[0]), run.states[0]


@pytest.mark.parametrize("sizes", [(1.0,), (1.0, 4.0), (2.0, 1.0, 3.0)])
@pytest.mark.parametrize("duration", [0.0, 1.0])
def test_equal_doses_take_fewer_steps_than_doses_of_which_no_two_are_alike(
    model: Model, sizes: tuple[float, ...], duration: float
) -> None:
    if duration and len(sizes) == 3:
        sizes = sizes[:1]  # starts and ends of infusions are told apart: four stretches are remembered
    alike, one = steps(model, doses(sizes, 0.0, duration))
    apart, other = steps(model, doses(sizes, 1e-12, duration))
    assert alike < 0.95 * apart
    assert one == pytest.approx(other, rel=1e-5, abs=1e-8)


def test_amounts_add_up_and_the_solution_is_the_reference(model: Model) -> None:
    given = [Dose(1.0, "A", 2.0, interval=INTERVAL, count=COUNT)]
    times = np.linspace(0.0, COUNT * INTERVAL, 97)
    run = model.simulate(times, doses=given, rtol=1e-6, atol=1e-9)
    total = sum(run.amount(name)[0] for name in "ABC")
    given_by = [2.0 * max(0, math.floor((t - 1.0) / INTERVAL) + 1) for t in times]
    assert total == pytest.approx(given_by, rel=1e-9)
    slow = model.simulate(times, doses=given, method="LSODA", rtol=1e-11, atol=1e-13)
    for name in "ABC":
        assert np.abs(run.amount(name) - slow.amount(name)).max() <= 1e-5 * slow.amount(name).max()


def test_a_lane_with_doses_has_the_same_bits_in_any_place_and_batch(model: Model) -> None:
    draw = np.random.default_rng(3)
    count = 21
    values = {"slow": 0.1 * 3 ** draw.uniform(-1, 1, count)}
    tables = [
        [
            Dose(0.5 * i, "A", 1.0 + i % 3, interval=3.0 + i % 2, count=20),
            Dose(2.0, "B", 1.0, duration=2.0, interval=5.0, count=6),
        ]
        for i in range(count)
    ]
    times = np.linspace(0.0, 60.0, 7)

    def run(order: list[int]) -> np.ndarray:
        part = {name: v[order] for name, v in values.items()}
        found = model.simulate(times, part, doses=[tables[i] for i in order])
        return np.stack([found.amount(name) for name in "ABC"], axis=-1)

    together = run(list(range(count)))
    turned = run(list(reversed(range(count))))
    assert np.array_equal(together, turned[::-1])
    for lane in (0, 7, 8, 20):
        assert np.array_equal(together[lane], run([lane])[0])
