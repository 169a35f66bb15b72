"""The stiff test set of Enright, Hull and Lindberg (1975), doi:10.1007/BF01932994.

Classes A (linear, real eigenvalues), B (linear, complex), C (coupled from the smooth to the fast part),
D (chemical and control systems with real eigenvalues) and E (non-linear, complex), as rate rules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.errors import Outcome
from long_rows import rest_long

RTOL = 1e-6
AGREE = 1e-5
"""Largest difference allowed, relative to the largest value of the same component."""


@dataclass(frozen=True)
class Problem:
    """``y1 ..`` start at ``start``, change by ``right`` and run to ``end``; ``atol`` suits their size."""

    right: tuple[str, ...]
    start: tuple[float, ...]
    end: float
    atol: float = 1e-12


def linear_chain() -> Problem:
    inner = [f"y{i - 1} - 2*y{i} + y{i + 1}" for i in range(2, 9)]
    return Problem(("-1800*y1 + 900*y2", *inner, "1000*y8 - 2000*y9 + 1000"), (0.0,) * 9, 120.0)


def fifth_powers() -> Problem:
    return Problem(tuple(f"-{i**5}*y{i}" for i in range(1, 11)), (1.0,) * 10, 1.0)


def spiral(a: float) -> Problem:
    right = f"-10*y1 + {a}*y2", f"-{a}*y1 - 10*y2", "-4*y3", "-y4", "-0.5*y5", "-0.1*y6"
    return Problem(right, (1.0,) * 6, 20.0)


def cascade(b: float) -> Problem:
    right = (
        "-y1 + 2",
        f"-10*y2 + {b}*y1^2",
        f"-40*y3 + {4 * b}*(y1^2 + y2^2)",
        f"-100*y4 + {10 * b}*(y1^2 + y2^2 + y3^2)",
    )
    return Problem(right, (1.0,) * 4, 20.0)


def rotated() -> Problem:
    """E4: y' = U'(G(z) - A z) with z = U y and U = (J - 2 I)/2, which is symmetric and its own inverse."""
    z = [f"(0.5*({' + '.join(('-' if j == i else '') + f'y{j}' for j in range(1, 5))}))" for i in range(1, 5)]
    moved = (
        f"(10*{z[0]} + 10*{z[1]} + ({z[0]}^2 - {z[1]}^2)/2)",
        f"(-10*{z[0]} + 10*{z[1]} + {z[0]}*{z[1]})",
        f"(-1000*{z[2]} + {z[2]}^2)",
        f"(-0.01*{z[3]} + {z[3]}^2)",
    )
    right = (" + ".join(("-" if j == i else "") + f"0.5*{moved[j]}" for j in range(4)) for i in range(4))
    # y1 and y2 near 20 mix their rounding into y3 and y4: an absolute tolerance of 1e-16 is out of reach
    return Problem(tuple(right), (0.0, -2.0, -1.0, -1.0), 1000.0, 1e-9)


FIRST, SECOND = "(-y1 + 1e8*y3*(1 - y1))", "(-10*y2 + 3e7*y3*(1 - y2))"
PROBLEMS = {
    "A1": Problem(("-0.5*y1", "-y2", "-100*y3", "-90*y4"), (1.0,) * 4, 20.0),
    "A2": linear_chain(),
    "A3": Problem(
        ("-1e4*y1 + 100*y2 - 10*y3 + y4", "-1e3*y2 + 10*y3 - 10*y4", "-y3 + 10*y4", "-0.1*y4"),
        (1.0,) * 4,
        20.0,
    ),
    "A4": fifth_powers(),
    "B1": Problem(
        ("-y1 + y2", "-100*y1 - y2", "-100*y3 + y4", "-10000*y3 - 100*y4"), (1.0, 0.0, 1.0, 0.0), 20.0
    ),
    "B2": spiral(3),
    "B3": spiral(8),
    "B4": spiral(25),
    "B5": spiral(100),
    "C1": Problem(
        ("-y1 + y2^2 + y3^2 + y4^2", "-10*y2 + 10*(y3^2 + y4^2)", "-40*y3 + 40*y4^2", "-100*y4 + 2"),
        (1.0,) * 4,
        20.0,
    ),
    "C2": cascade(0.1),
    "C3": cascade(1),
    "C4": cascade(10),
    "C5": cascade(20),
    "D1": Problem(
        ("0.2*(y2 - y1)", "10*y1 - (60 - 0.125*y3)*y2 + 0.125*y3", "1 + 0*y1"), (0.0, 0.0, 0.0), 400.0
    ),
    "D2": Problem(
        ("-0.04*y1 + 0.01*y2*y3", "400*y1 - 100*y2*y3 - 3000*y2^2", "30*y2^2"), (1.0, 0.0, 0.0), 40.0
    ),
    "D3": Problem(
        (
            "y3 - 100*y1*y2",
            "y3 + 2*y4 - 100*y1*y2 - 2e4*y2^2",
            "-y3 + 100*y1*y2",
            "-y4 + 1e4*y2^2",
        ),
        (1.0, 1.0, 0.0, 0.0),
        20.0,
    ),
    "D4": Problem(
        ("-0.013*y1 - 1000*y1*y3", "-2500*y2*y3", "-0.013*y1 - 1000*y1*y3 - 2500*y2*y3"),
        (1.0, 1.0, 0.0),
        50.0,
    ),
    "D5": Problem(
        (
            "0.01 - (1 + (y1 + 1000)*(y1 + 1))*(0.01 + y1 + y2)",
            "0.01 - (1 + y2^2)*(0.01 + y1 + y2)",
        ),
        (0.0, 0.0),
        100.0,
    ),
    "D6": Problem((FIRST, SECOND, f"-{FIRST} - {SECOND}"), (1.0, 0.0, 0.0), 1.0, 1e-16),
    "E1": Problem(
        (
            "y2",
            "y3",
            "y4",
            "(y1^2 - sin(y1) - 1e8)*y1 + (y2*y3/(y1^2 + 1) - 4e6)*y2 + (1 - 6e4)*y3"
            " + (10*exp(-(y4^2)) - 400)*y4 + 1",
        ),
        (0.0,) * 4,
        1.0,
    ),
    "E2": Problem(("y2", "5*(1 - y1^2)*y2 - y1"), (2.0, 0.0), 1.0),
    "E3": Problem(("-(55 + y3)*y1 + 65*y2", "0.0785*(y1 - y2)", "0.1*y1"), (1.0, 1.0, 0.0), 500.0),
    "E4": rotated(),
    "E5": Problem(
        (
            "-7.89e-10*y1 - 1.1e7*y1*y3",
            "7.89e-10*y1 - 1.13e9*y2*y3",
            "7.89e-10*y1 - 1.1e7*y1*y3 + 1.13e3*y4 - 1.13e9*y2*y3",
            "1.1e7*y1*y3 - 1.13e3*y4",
        ),
        (1.76e-3, 0.0, 0.0, 0.0),
        1000.0,
        1e-24,
    ),
}


SLOW = {"A4", "B1", "B4", "B5", "C1", "E4"}
"""Those whose reference takes seconds; each class keeps others."""


def build(problem: Problem) -> Model:
    names = [f"y{i}" for i in range(1, len(problem.start) + 1)]
    return load_sbml(
        sm.model(
            parameters=[sm.parameter(n, v, False) for n, v in zip(names, problem.start, strict=True)],
            rules=[sm.rule("rate", n, f) for n, f in zip(names, problem.right, strict=True)],
        ),
        trusted=True,
    )


def path(model: Model, problem: Problem, method: str, rtol: float, atol: float) -> np.ndarray:
    """All components from the start to the end, shape (components, times)."""
    times = np.array([0.0, 1e-3, 0.01, 0.1, 0.25, 0.5, 0.75, 1.0]) * problem.end
    run = model.simulate(times, method=method, rtol=rtol, atol=atol)
    assert run.outcomes[0] == Outcome.OK
    return np.array([run.value(f"y{i + 1}")[0] for i in range(len(problem.start))])


@pytest.mark.parametrize("name", rest_long(PROBLEMS, PROBLEMS.keys() - SLOW))
def test_stiff_set_agrees_with_the_reference(name: str) -> None:
    problem = PROBLEMS[name]
    model = build(problem)
    exact = path(model, problem, "Radau", 1e-11, problem.atol * 1e-2)
    size = np.abs(exact).max(axis=1, keepdims=True)
    assert (size > 1e3 * problem.atol).all()
    for method in ("rodas5p", "rodas4"):
        found = path(model, problem, method, RTOL, problem.atol)
        assert (np.abs(found - exact) / size).max() <= AGREE, method
