import math

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.batched.dose_table import DoseTable
from jakstat.engine.batched.ensemble import Start, run_lanes
from jakstat.engine.batched.fast import METHODS, FastSolver
from jakstat.engine.compile.method import Rosenbrock
from jakstat.engine.load import load_sbml
from jakstat.errors import Outcome


def step(method: Rosenbrock, h: float, y: float, t: float) -> tuple[float, float, list[float]]:
    """One step on y' = -y*y + cos(t), with its exact Jacobian and time derivative, in plain Python."""

    def f(t: float, y: float) -> float:
        return -y * y + math.cos(t)

    jacobian, by_time = -2 * y, -math.sin(t)
    stages: list[float] = []
    for i in range(method.stages):
        u = y + sum(a * k for a, k in zip(method.a[i], stages, strict=True))
        right = (
            f(t + method.times[i] * h, u) + sum(c * k for c, k in zip(method.c[i], stages, strict=True)) / h
        )
        right += h * method.slopes[i] * by_time
        stages.append(right / (1 / (h * method.gamma) - jacobian))
    new = y + sum(b * k for b, k in zip(method.b, stages, strict=True))
    return new, sum(e * k for e, k in zip(method.e, stages, strict=True)), stages


def exact(t: float) -> float:
    from scipy.integrate import solve_ivp

    return float(
        solve_ivp(
            lambda t, y: -y * y + math.cos(t), (0, t), [1.0], rtol=1e-13, atol=1e-14, method="DOP853"
        ).y[0, -1]
    )


def dense(method: Rosenbrock, stages: list[float], y: float, s: float) -> float:
    total = y
    for j, stage in enumerate(stages):
        h1, h2, h3 = (row[j] for row in method.dense)
        total += s * (method.b[j] + (1 - s) * (h1 + s * (h2 + s * h3))) * stage
    return total


ROSENBROCK = [m for m in METHODS.values() if isinstance(m, Rosenbrock)]
SINE = math.sin(1.0)
SMOOTH = {
    # right-hand sides with starts, the exact values at t = 1, and the steps over which neither
    # higher terms (few steps) nor rounding (many) hide the order
    "logistic, by time": (
        {"y": ("cos(time)*y*(1 - y)", 0.25)},
        {"y": 1 / (1 + 3 * math.exp(-SINE))},
        (16, 24, 32, 48),
    ),
    "coupled, by time": (
        {
            "y1": ("2*time*y2^0.2*y4", 1.0),
            "y2": ("10*time*exp(5*(y3 - 1))*y4", 1.0),
            "y3": ("2*time*y4", 1.0),
            "y4": ("-2*time*ln(y1)", 1.0),
        },
        {"y1": math.exp(SINE), "y2": math.exp(5 * SINE), "y3": SINE + 1, "y4": math.cos(1.0)},
        (32, 48, 64, 96, 128),
    ),
    "Kaps": (
        {"y1": ("-12*y1 + 10*y2^2", 1.0), "y2": ("y1 - y2*(1 + y2)", 1.0)},
        {"y1": math.exp(-2.0), "y2": math.exp(-1.0)},
        (48, 64, 96, 128),
    ),
}


def fixed_steps(solver: FastSolver, method: Rosenbrock, count: int) -> dict[str, float]:
    """States at t = 1 after equal steps of the compiled step code, which takes each whole piece at once."""
    lanes = solver.begin(method, {}, {}, 1, 0.0)
    states, none = lanes.states, np.zeros(1, np.int64)
    for i in range(count):
        ends = np.array([i / count, (i + 1) / count])
        start = Start(lanes.inputs, states, ends[:1], ends[1:], np.array([2 / count]), none)
        run = run_lanes(
            solver.drive(method), solver.kernels, solver.outputs(()), start, DoseTable.empty(1), ends,
            rtol=1e6, atol=1e6, max_steps=10,
        )  # fmt: skip
        assert run.steps[0] == 1
        assert run.outcomes[0] == Outcome.OK
        states = run.states
    return dict(zip(solver.kernels.state_names, states[0], strict=True))


@pytest.mark.parametrize("problem", SMOOTH)
@pytest.mark.parametrize("method", ROSENBROCK, ids=lambda m: m.name)
def test_order_is_the_stated_one(method: Rosenbrock, problem: str) -> None:
    right, goal, counts = SMOOTH[problem]
    model = load_sbml(
        sm.model(
            parameters=[sm.parameter(name, value, False) for name, (_, value) in right.items()],
            rules=[sm.rule("rate", name, formula) for name, (formula, _) in right.items()],
        ),
        trusted=True,
    )
    solver = FastSolver(model.network, model.key)
    errors = []
    for count in counts:
        found = fixed_steps(solver, method, count)
        errors.append(max(abs(found[name] / value - 1) for name, value in goal.items()))
    slope = -np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert slope == pytest.approx(method.order, abs=0.2)


@pytest.mark.parametrize("method", ROSENBROCK, ids=lambda m: m.name)
def test_error_estimate_and_dense_output_have_their_orders(method: Rosenbrock) -> None:
    estimates, middles = [], []
    for h in (0.05, 0.025, 0.0125):
        _, estimate, stages = step(method, h, 1.0, 0.0)
        estimates.append(abs(estimate))
        middles.append(abs(dense(method, stages, 1.0, 0.5) - exact(0.5 * h)))
    slope = np.polyfit(np.log([0.05, 0.025, 0.0125]), np.log(estimates), 1)[0]
    assert slope == pytest.approx(method.error_order + 1, abs=0.6)
    assert np.polyfit(np.log([0.05, 0.025, 0.0125]), np.log(middles), 1)[0] > method.order - 0.5
    new, _, stages = step(method, 0.1, 1.0, 0.0)
    assert dense(method, stages, 1.0, 1.0) == pytest.approx(new, rel=1e-14)


@pytest.mark.parametrize("method", ROSENBROCK, ids=lambda m: m.name)
def test_weights_are_consistent(method: Rosenbrock) -> None:
    assert method.stages == len(method.a) == len(method.c) == len(method.times) == len(method.slopes)
    assert method.slopes[0] == method.gamma
    for i in range(method.stages):
        assert len(method.a[i]) == len(method.c[i]) == i


@pytest.mark.parametrize("name", METHODS)
def test_compiled_steps_reach_their_tolerance(name: str) -> None:
    model = load_sbml(
        sm.model(parameters=[sm.parameter("y", 1.0, False)], rules=[sm.rule("rate", "y", "cos(time) - y*y")]),
        trusted=True,
    )
    goal = exact(1.0)
    for rtol in (1e-4, 1e-6, 1e-8, 1e-10):
        run = model.simulate([0.0, 1.0], rtol=rtol, atol=rtol * 1e-3, method=name)
        assert abs(run.value("y")[0, -1] - goal) < 10 * rtol
