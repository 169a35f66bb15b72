"""Formulas of tables: values and derivatives, against derivatives worked out by hand."""

import math

import numpy as np
import pytest

from jakstat.calibration.formula import read_formula
from jakstat.tables import TableCell

X, Y = np.array([0.5, 2.0, 20.0]), 3.0


def formula(text: str):
    return read_formula(TableCell(text, "observables.tsv", 2, 3, "observableFormula"))


@pytest.mark.parametrize(
    ("text", "by_x", "by_y"),
    [
        ("y * x / (x + y)", Y**2 / (X + Y) ** 2, X**2 / (X + Y) ** 2),
        ("x^2 + y^x", 2 * X + Y**X * math.log(Y), X * Y ** (X - 1)),
        ("log10(x) - y", 1 / (X * math.log(10)), -1.0),
        ("exp(-x * y) * x", (1 - X * Y) * np.exp(-X * Y), -(X**2) * np.exp(-X * Y)),
        # 1 - tanh(20)^2 would be 0 to the last digit
        ("tanh(x) + y", [0.7864477329659274, 0.07065082485316443, 1.6993417021166355e-17], 1.0),
        ("piecewise(x * y, x < 1, x + y)", [3.0, 1.0, 1.0], [0.5, 1.0, 1.0]),
        ("max(x, y) * y", [0.0, 0.0, 3.0], [6.0, 6.0, 20.0]),
    ],
)
def test_derivatives_are_those_worked_out_by_hand(text, by_x, by_y):
    value, slopes = formula(text).partials({"x": X, "y": np.array(Y)})
    np.testing.assert_array_equal(value, formula(text)({"x": X, "y": np.array(Y)}))
    assert {n: s.shape for n, s in slopes.items()} == {"x": (3,), "y": (3,)}
    np.testing.assert_allclose(slopes["x"], by_x, rtol=1e-13)
    np.testing.assert_allclose(slopes["y"], np.broadcast_to(by_y, 3), rtol=1e-13)


def test_what_is_only_compared_has_no_derivative():
    _, slopes = formula("piecewise(2 * y, x < 1, y)").partials({"x": X, "y": np.array(Y)})
    assert sorted(slopes) == ["y"]
    assert slopes["y"].tolist() == [2.0, 1.0, 1.0]


def test_a_root_of_zero_that_does_not_move_has_no_slope():
    _, slopes = formula("piecewise(x - 1, x > 1, 0)^0.5").partials({"x": X})
    np.testing.assert_allclose(slopes["x"], [0.0, 0.5, 0.5 / math.sqrt(19.0)], rtol=1e-13)
