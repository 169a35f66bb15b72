import math
from itertools import pairwise

import numpy as np
import pytest

import small_models as sm
from jakstat.engine import load_sbml
from jakstat.engine.fast import METHODS
from jakstat.engine.method import Method


def step(method: Method, h: float, y: float, t: float) -> tuple[float, float, list[float]]:
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


def dense(method: Method, stages: list[float], y: float, s: float) -> float:
    total = y
    for j, stage in enumerate(stages):
        h1, h2, h3 = (row[j] for row in method.dense)
        total += s * (method.b[j] + (1 - s) * (h1 + s * (h2 + s * h3))) * stage
    return total


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda m: m.name)
def test_order_is_the_stated_one(method: Method) -> None:
    goal = exact(1.0)
    errors = []
    for count in (8, 16, 32):
        y = 1.0
        for i in range(count):
            y, _, _ = step(method, 1 / count, y, i / count)
        errors.append(abs(y - goal))
    orders = [math.log2(a / b) for a, b in pairwise(errors)]
    assert orders[-1] == pytest.approx(method.order, abs=0.35)


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda m: m.name)
def test_error_estimate_and_dense_output_have_their_orders(method: Method) -> None:
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


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda m: m.name)
def test_weights_are_consistent(method: Method) -> None:
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
