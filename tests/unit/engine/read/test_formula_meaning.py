"""What a formula in MathML is worth here, where other readers of formulas differ; values worked by hand."""

import pytest

import small_models as sm
from jakstat.engine.load import load_sbml

MEANING = [
    ("log10(100)", 2.0),  # MathML's log without a base is that of 10
    ("-x^2", -9.0),
    ("2^3^2", 512.0),
    ("log(2, 8)", 3.0),
    ("quotient(-7, 2)", -3.0),  # towards zero, so that n = d*quotient + rem
    ("rem(-7, 2)", -1.0),
    ("piecewise(1, xor(true, true, true), 0)", 1.0),  # true where an odd number is
    ("piecewise(1, xor(true, true), 0)", 0.0),
]


@pytest.mark.parametrize(("infix", "value"), MEANING)
def test_a_formula_is_worth_what_mathml_says(infix, value):
    text = sm.model(
        parameters=[sm.parameter("x", 3.0), sm.parameter("y", None, constant=False)],
        rules=[sm.rule("assignment", "y", infix)],
    )
    found = load_sbml(text, trusted=True).simulate([0.0, 1.0], outputs=["y"]).value("y")
    assert found[0].tolist() == pytest.approx([value, value], rel=1e-15)
