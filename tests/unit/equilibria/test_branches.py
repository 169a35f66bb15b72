"""Systems whose folds are known from one formula in one variable."""

import re

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from jakstat.engine.load import load_sbml
from jakstat.equilibria.branches import Input, branches
from jakstat.equilibria.continuation import follow
from small_models import compartment, listed, parameter, reaction, sbml, species


def model(kinds, numbers, reactions):
    text = listed("Compartments", [compartment()])
    text += listed("Species", [species(name, amount) for name, amount in kinds.items()])
    text += listed("Parameters", [parameter(name, value) for name, value in numbers.items()])
    made = []
    for i, (left, right, rate) in enumerate(reactions):
        others = [name for name in kinds if name in re.findall(r"\w+", rate)]
        others = [name for name in others if name not in (*left.split(), *right.split())]
        modifiers = [f'<modifierSpeciesReference species="{name}"/>' for name in others]
        plain = reaction(f"r{i}", left, right, rate)
        made.append(plain.replace("<kineticLaw>", listed("Modifiers", modifiers) + "<kineticLaw>"))
    return load_sbml(sbml(text + listed("Reactions", made)), trusted=True)


def vary(name, low, high, logarithmic=False):
    return Input(name, "1", low, high, logarithmic, parameters=lambda x: {name: x})


def turning(function, low, high):
    """Where a function of one variable has its extremes between low and high, by the sign of its slope."""
    x = np.linspace(low, high, 4001)
    slope = np.gradient(function(x), x)
    found = []
    for k in np.flatnonzero(slope[:-1] * slope[1:] < 0):
        sign = 1.0 if slope[k] < 0 else -1.0
        best = minimize_scalar(
            lambda u, s=sign: s * function(u),
            bounds=(x[k - 1], x[k + 2]),
            method="bounded",
            options={"xatol": 1e-12},
        )
        found.append(float(function(best.x)))
    return sorted(found)


def test_the_folds_of_schloegls_model_are_those_of_its_cubic():
    schloegl = model({"x": 0.1}, {"p": 5.0}, [("", "x", "p + 6*x^2"), ("x", "", "x^3 + 11*x")])
    found = branches(schloegl, vary("p", 4.0, 8.0), count=21, starts=8)
    exact = [6 - 2 / 3**1.5, 6 + 2 / 3**1.5]
    assert found.verdict == "bistable"
    assert sorted(np.concatenate([line.folds for line in found.lines])) == pytest.approx(exact, rel=1e-10)
    [window] = found.windows
    assert (window.low, window.high) == pytest.approx(exact, rel=1e-10)
    assert not window.open_low
    assert not window.open_high
    # the sweeps jump between the two levels that enclose each fold, and know nothing of the curve
    jump_up = int(np.argmax(np.diff(found.up[:, 0])))
    jump_down = int(np.argmax(np.diff(found.down[:, 0])))
    assert found.levels[jump_up] < exact[1] <= found.levels[jump_up + 1]
    assert found.levels[jump_down] < exact[0] <= found.levels[jump_down + 1]
    # stable outer branches, unstable middle one
    [line] = found.lines
    x = line.states[:, 0]
    inner = (x > 2 - 1 / 3**0.5 + 1e-6) & (x < 2 + 1 / 3**0.5 - 1e-6)
    outer = (x < 2 - 1 / 3**0.5 - 1e-6) | (x > 2 + 1 / 3**0.5 + 1e-6)
    assert not line.stable[inner].any()
    assert line.stable[outer].all()


def test_a_range_that_ends_inside_the_window_is_open_there():
    schloegl = model({"x": 0.1}, {"p": 5.0}, [("", "x", "p + 6*x^2"), ("x", "", "x^3 + 11*x")])
    found = branches(schloegl, vary("p", 5.8, 8.0), count=21, starts=8)
    assert found.verdict == "bistable"
    [window] = found.windows
    assert window.open_low
    assert (window.low, window.high) == pytest.approx((5.8, 6 + 2 / 3**1.5), rel=1e-9)


def test_a_branch_that_touches_neither_end_is_found_by_random_starts():
    # in 5.7 .. 6.3 both outer branches cross the whole range and the curves do not meet
    schloegl = model({"x": 0.1}, {"p": 5.0}, [("", "x", "p + 6*x^2"), ("x", "", "x^3 + 11*x")])
    found = branches(schloegl, vary("p", 5.7, 6.3), count=11, starts=8)
    assert found.verdict == "bistable"
    assert found.windows[0].open_low
    assert found.windows[0].open_high


def test_the_folds_of_a_genetic_toggle():
    # doi:10.1038/35002131; u = a/(1+v^2), v = 4/(1+u^2): a is a function of u alone
    toggle = model(
        {"u": 0.1, "v": 3.0},
        {"a": 2.0},
        [("", "u", "a/(1+v^2)"), ("u", "", "u"), ("", "v", "4/(1+u^2)"), ("v", "", "v")],
    )
    exact = turning(lambda u: u * (1 + (4 / (1 + u**2)) ** 2), 0.05, 5.0)
    found = branches(toggle, vary("a", 1.0, 12.0, logarithmic=True), starts=8)
    assert found.verdict == "bistable"
    assert [found.windows[0].low, found.windows[0].high] == pytest.approx(exact, rel=1e-7)


def test_the_folds_over_a_conserved_total():
    # a protein that phosphorylates itself; its total is given by the first amounts
    f = "(0.02 + xp^2/(1+xp^2))*x"
    switch = model({"x": 1.0, "xp": 0.0}, {"d": 0.6}, [("x", "xp", f), ("xp", "x", "d*xp")])
    exact = turning(lambda u: u + 0.6 * u / (0.02 + u**2 / (1 + u**2)), 0.005, 4.0)
    total = Input("total", "zmol", 0.5, 3.0, False, initial=lambda t: {"x": t, "xp": np.zeros_like(t)})
    found = branches(switch, total, starts=8)
    assert found.verdict == "bistable"
    assert [found.windows[0].low, found.windows[0].high] == pytest.approx(exact, rel=1e-6)


def test_a_linear_system_is_monostable():
    plain = model({"x": 1.0}, {"p": 1.0}, [("", "x", "p"), ("x", "", "2*x")])
    found = branches(plain, vary("p", 0.0, 4.0), count=9, starts=4)
    assert (found.verdict, found.windows, found.disagreements) == ("monostable", (), 0)
    assert found.up[:, 0] == pytest.approx(found.levels / 2)


def test_an_oscillator_is_not_called_monostable():
    # the Brusselator with A = 1: its state (1, B) loses stability at B = 2 without a fold
    brusselator = model(
        {"x": 1.1, "y": 1.0}, {"b": 1.0},
        [("", "x", "1"), ("", "x", "x^2*y"), ("y", "", "x^2*y"), ("x", "", "b*x"), ("", "y", "b*x"), ("x",
        "", "x")],
    )  # fmt: skip
    found = branches(brusselator, vary("b", 1.0, 3.0), count=9, starts=2, horizon=300.0)
    assert found.verdict == "oscillating"
    assert found.swinging > 0
    assert found.lost == 0
    swing = found.oscillations[0]
    assert 2.0 <= swing.low < 2.2  # the Hopf point, b = 1 + a^2, to the spacing of the curve's points
    assert swing.open_high
    [line] = found.lines
    assert line.turns[line.level > 2.001].all()
    assert not line.turns[line.level < 1.999].any()


class Circle:
    def values(self, x):
        return np.array([(x[0] - 0.5) ** 2 + (x[1] - 0.5) ** 2 - 0.09])

    def slopes(self, x):
        return np.array([[2 * (x[0] - 0.5), 2 * (x[1] - 0.5)]])


def test_a_closed_curve_is_followed_once_around():
    curve = follow(Circle(), np.array([0.2, 0.5]))
    assert curve.ended == "closed"
    assert sorted(fold.x[1] for _, fold in curve.folds) == pytest.approx([0.2, 0.8], abs=1e-9)


class Kink(Circle):
    def values(self, x):
        return np.array([np.nan if x[1] > 0.6 else x[0] - 0.5])

    def slopes(self, x):
        return np.array([[1.0, 0.0]])


def test_a_curve_that_cannot_be_followed_says_so():
    assert follow(Kink(), np.array([0.5, 0.5])).ended == "stuck"
    assert follow(Kink(), np.array([0.5, 0.9])).vertices == ()


def test_the_oracle_itself():
    assert turning(lambda u: u**3 - 6 * u**2 + 11 * u, 0.5, 3.5) == pytest.approx(
        [6 - 2 / 3**1.5, 6 + 2 / 3**1.5]
    )
