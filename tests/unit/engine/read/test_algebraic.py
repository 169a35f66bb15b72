"""Algebraic rules solved for the quantity that nothing else determines."""

from __future__ import annotations

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.load import load_sbml
from jakstat.engine.network.expression import Apply, Number, Symbol
from jakstat.engine.read.algebraic import AlgebraicRule, linear_in, solve_algebraic
from jakstat.errors import InputError

X, K = Symbol("x"), Symbol("k")


def algebraic(formula: str) -> str:
    return f"<algebraicRule>{sm.math(formula)}</algebraicRule>"


def decay_with(formulas: list[str], *names: str, events: list[str] | None = None) -> str:
    """A -> B with rate 0.5 A from A = 10, and free parameters that the rules determine."""
    return sm.model(
        species=[sm.species("A", 10.0), sm.species("B", 0.0)],
        parameters=[sm.parameter("k", 0.5), *(sm.parameter(n, None, False) for n in names)],
        reactions=[sm.reaction("r", "A", "B", "c*k*A")],
        rules=[algebraic(f) for f in formulas],
        events=events or [],
    )


A = 10.0 * np.exp(-0.5 * np.array([0.0, 1.0, 3.0]))
"""The first-order decay at the times below."""


@pytest.mark.parametrize("method", ["rodas5p", "LSODA"])
@pytest.mark.parametrize(
    ("formula", "right"),
    [
        ("A + x - 12", 12.0 - A),
        ("3 * A - 4 * x", 0.75 * A),
        ("(x - A) / 2 + 2 * x", 0.2 * A),
        ("-(x * A) + 5 * A + x", 5.0 * A / (A - 1.0)),
        ("A - (1 - x)", 1.0 - A),
        ("A * x * 2 - 10", 5.0 / A),
    ],
)
def test_a_rule_is_solved_for_its_free_quantity(formula: str, right: np.ndarray, method: str) -> None:
    result = load_sbml(decay_with([formula], "x"), trusted=True).simulate([0.0, 1.0, 3.0], method=method)
    assert result.value("x")[0] == pytest.approx(right, rel=1e-5)


def test_rules_that_share_quantities_are_solved_together() -> None:
    # x + y = A and x - y = 4: x = (A + 4) / 2, y = (A - 4) / 2
    model = load_sbml(decay_with(["x + y - A", "x - y - 4"], "x", "y"), trusted=True)
    result = model.simulate([0.0, 1.0, 3.0])
    assert result.value("x")[0] == pytest.approx((A + 4.0) / 2.0, rel=1e-5)
    assert result.value("y")[0] == pytest.approx((A - 4.0) / 2.0, rel=1e-5)


def test_a_quantity_goes_to_the_rule_that_has_no_other() -> None:
    # the first rule could take x or y, the second only x
    model = load_sbml(decay_with(["y + x - A", "x - 3"], "x", "y"), trusted=True)
    assert model.simulate([0.0, 1.0]).value("y")[0, 0] == pytest.approx(7.0)


def test_what_an_event_sets_is_given_and_not_solved_for() -> None:
    event = sm.event("time > 0.5", {"x": "2"})
    text = decay_with(["x - y"], "x", "y", events=[event]).replace(
        '<parameter id="x"', '<parameter id="x" value="1"'
    )
    assert load_sbml(text, trusted=True).simulate([0.0, 1.0]).value("y")[0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("formulas", "names"),
    [
        (["exp(x) - A"], ["x"]),
        (["x * x - A"], ["x"]),
        (["x + y - A", "2 * x + 2 * y - 2 * A"], ["x", "y"]),
        (["A + B - 10"], []),
        (["x - A", "x - B"], ["x"]),
    ],
)
def test_the_others_are_refused_by_name(formulas: list[str], names: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        load_sbml(decay_with(formulas, *names), trusted=True)
    assert {p.code for p in caught.value.problems} == {"sbml.unsupported.algebraic_rule"}


def test_a_rule_without_a_free_quantity_is_refused() -> None:
    network = load_sbml(sm.DECAY, trusted=True).network
    rule = AlgebraicRule(Apply("sub", (Symbol("A"), Symbol("k"))), 7)
    (problem,) = solve_algebraic(network, [rule], "f.xml")[1]
    assert (problem.file, problem.line) == ("f.xml", 7)
    assert "determines no quantity" in problem.message


@pytest.mark.parametrize(
    ("expression", "form"),
    [
        (X, (Number(1.0), Number(0.0))),
        (Apply("neg", (X,)), (Number(-1.0), Number(0.0))),
        (Apply("add", (X, K, X)), (Number(2.0), K)),
        (Apply("mul", (Number(2.0), X, Number(3.0))), (Number(6.0), Number(0.0))),
        (Apply("div", (K, X)), None),
        (Apply("piecewise", (X, Apply("lt", (K, Number(1.0))), K)), None),
    ],
)
def test_linear_form(expression: Apply, form: object) -> None:
    assert linear_in(expression, "x") == form
