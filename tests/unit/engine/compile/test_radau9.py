"""The collocation method: its coefficients, and its steps on problems with known solutions."""

import math

import mpmath
import numpy as np
import pytest

import small_models as sm
from jakstat.engine.compile.complex_pairs import PairBuilder
from jakstat.engine.compile.program import Builder
from jakstat.engine.compile.radau9 import RADAU9
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from program_values import run as evaluate

NODES = np.array(RADAU9.nodes)
STAGES = RADAU9.stages
T, INVERSE = np.array(RADAU9.transform), np.array(RADAU9.inverse)


def matrix() -> np.ndarray:
    """A of the method: sum_j a_ij c_j^(k-1) = c_i^k / k for k = 1 .. 5 fixes it."""
    with mpmath.workdps(40):  # the inverse in doubles is off by more than 1e-14 on some processors
        nodes = [mpmath.mpf(c) for c in RADAU9.nodes]
        powers = mpmath.matrix([[c**k for k in range(STAGES)] for c in nodes])
        integrals = mpmath.matrix([[c ** (k + 1) / (k + 1) for k in range(STAGES)] for c in nodes])
        return np.array((integrals * powers**-1).tolist(), dtype=float)


def test_nodes_are_those_of_radau_quadrature() -> None:
    # x^k is integrated exactly up to order 9 (k = 0 .. 8) and no further
    weights = matrix()[-1]
    moments = [float(weights @ NODES**k) * (k + 1) for k in range(10)]
    assert moments[:9] == pytest.approx([1.0] * 9, abs=1e-14)
    assert abs(moments[9] - 1.0) > 1e-6
    assert NODES[-1] == 1.0


def test_the_transform_brings_the_matrix_to_blocks() -> None:
    blocks = np.zeros((STAGES, STAGES))
    blocks[0, 0] = RADAU9.real
    for i, (alpha, beta) in enumerate(RADAU9.pairs):
        k = 1 + 2 * i
        blocks[k : k + 2, k : k + 2] = [[alpha, beta], [-beta, alpha]]
    assert pytest.approx(np.eye(STAGES), abs=1e-14) == INVERSE @ T
    assert INVERSE @ np.linalg.inv(matrix()) @ T == pytest.approx(blocks, abs=1e-11)


def test_the_polynomial_passes_through_the_stages_and_integrates_their_slopes() -> None:
    def weights(s: float) -> np.ndarray:
        return s * sum(np.array(row) * s**k for k, row in enumerate(RADAU9.dense))

    assert np.array([weights(c) for c in NODES]) == pytest.approx(np.eye(STAGES), abs=1e-12)
    # exact for y = s^k, k = 1 .. 5
    for k in range(1, 6):
        assert float(weights(0.37) @ NODES**k) == pytest.approx(0.37**k, abs=1e-13)


def test_the_error_estimate_is_of_order_five() -> None:
    # f(t, y) + g/h sum e_j Z_j with h = 1: zero for y = t^k, k = 1 .. 5, not for k = 6
    for k in range(1, 7):
        value = (1.0 if k == 1 else 0.0) + RADAU9.real * float(np.array(RADAU9.e) @ NODES**k)
        assert (abs(value) < 1e-12) == (k < 6)


def test_the_bound_between_the_nodes_is_the_largest_of_the_node_polynomial() -> None:
    s = np.linspace(0.0, 1.0, 100_001)
    assert RADAU9.inside == pytest.approx(np.abs(s * np.prod(s - NODES[:, None], axis=0)).max(), rel=1e-8)


def test_error_falls_with_the_tolerance_on_a_stiff_problem_without_order_reduction() -> None:
    # Prothero and Robinson: y' = -1e6 (y - cos t) - sin t follows y = cos t
    text = sm.model(
        parameters=[sm.parameter("y", 1.0, False), sm.parameter("k", 1e6)],
        rules=[sm.rule("rate", "y", "-k*(y - cos(time)) - sin(time)")],
    )
    times = np.linspace(0.0, 3.0, 31)
    run = load_sbml(text, trusted=True).simulate(times, rtol=1e-11, atol=1e-11, method="radau9")
    assert run.value("y")[0] == pytest.approx([math.cos(t) for t in times], abs=2e-11)


def test_doses_infusions_and_switches_are_met() -> None:
    text = sm.model(
        species=[sm.species("A", 1.0), sm.species("B", 0.0)],
        parameters=[sm.parameter("k", 0.5)],
        reactions=[sm.reaction("r", "A", "B", "c*k*A")],
    )
    model = load_sbml(text, trusted=True)
    doses = [Dose(1.0, "A", 2.0), Dose(2.0, "B", 3.0, duration=2.0)]
    times = np.array([0.0, 0.5, 1.0, 2.5, 5.0])
    run = model.simulate(times, doses=doses, rtol=1e-11, atol=1e-13, method="radau9")
    first = [math.exp(-0.5 * t) + (2.0 * math.exp(-0.5 * (t - 1.0)) if t >= 1.0 else 0.0) for t in times]
    given = [0.0, 0.0, 2.0, 2.75, 5.0]
    assert run.amount("A")[0] == pytest.approx(first, rel=1e-10)
    assert run.amount("A")[0] + run.amount("B")[0] == pytest.approx([1.0 + g for g in given], rel=1e-10)


@pytest.mark.parametrize("bad", [math.nan, 1e300])
def test_a_lane_keeps_its_bits_beside_any_others(bad: float) -> None:
    text = sm.model(
        species=[sm.species("A", 1.0), sm.species("B", 0.5)],
        parameters=[sm.parameter("k", 2.0)],
        reactions=[sm.reaction("r", "2A", "B", "c*k*A^2"), sm.reaction("s", "B", "A", "c*B/(1 + B)")],
    )
    model = load_sbml(text, trusted=True)
    times, values = np.linspace(0.0, 20.0, 9), 2.0 * 3.0 ** np.linspace(-3.0, 3.0, 19)

    def lanes(k: np.ndarray) -> np.ndarray:
        run = model.simulate(times, {"k": k}, rtol=1e-9, atol=1e-12, method="radau9")
        return np.stack([run.amount(s) for s in "AB"], axis=-1)

    together = lanes(values)
    for lane in (0, 7, 8, 18):
        assert np.array_equal(lanes(values[lane : lane + 1])[0], together[lane])
    beside = lanes(np.where(np.arange(19) == 3, bad, values))
    kept = np.arange(19) != 3
    assert np.array_equal(beside[kept], together[kept])


def test_complex_operations_are_those_of_complex_numbers() -> None:
    one, two, three = 1.5 - 2.0j, -0.25 + 3.0j, 4.0 + 0.5j
    cases = {
        "mul": (one * two, 2), "inv": (1 / one, 1), "neg": (-one, 1), "fnma": (three - one * two, 3),
    }  # fmt: skip
    for name, (goal, count) in cases.items():
        builder = PairBuilder(Builder())
        places = [builder.load("y", i) for i in range(3)]
        builder.store("out", 0, builder.do(name, *places[:count]))
        parts = [part for z in (one, two, three) for part in (z.real, z.imag)]
        found = evaluate(builder.real.operations, {"y": parts})
        assert complex(found["out", 0], found["out", 1]) == pytest.approx(goal, rel=1e-15)
