"""The batched solver against the reference solver and against published solutions of stiff problems."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import small_models as sm
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.errors import InputError, Outcome
from shared_data import SHARED, needs_shared

FOLDER = SHARED / "data" / "sbml"
LARGE = frozenset({"BIOMD0000000543", "BIOMD0000000544", "BIOMD0000000151"})
TIGHT = {"rtol": 1e-11, "atol": 1e-14}
AGREE = 1e-8


def published(large: bool) -> list[Path]:
    return sorted(p for p in FOLDER.glob("*.xml") if (p.stem in LARGE) == large)


def apart(model: Model, times: np.ndarray) -> float:
    """Largest difference of any species, relative to its own largest amount."""
    fast = model.simulate(times, method="rodas5p", **TIGHT)
    slow = model.simulate(times, method="LSODA", rtol=1e-12, atol=1e-15)
    if slow.outcomes[0] != Outcome.OK:
        slow = model.simulate(times, method="Radau", **TIGHT)
    assert fast.outcomes[0] == slow.outcomes[0] == Outcome.OK
    worst, compared = 0.0, 0
    for species in model.network.species:
        # values, not amounts: in a litre-based cell model every amount is tiny
        a, b = fast.value(species.id), slow.value(species.id)
        size = np.abs(b).max()
        if size > 1e-9:  # below that both solvers are at their absolute tolerance
            worst = max(worst, float(np.abs(a - b).max() / size))
            compared += 1
    assert compared, "nothing was compared"
    return worst


REFUSED = {"MODEL2509100001": "sbml.unsupported.no_rate"}  # a Petri net: structure without rates


def check(path: Path) -> None:
    try:
        model = load_sbml(path, assume_zero=True, trusted=True)
    except InputError as error:
        assert path.stem in REFUSED
        assert all(p.code == REFUSED[path.stem] for p in error.problems), error
        return
    assert path.stem not in REFUSED
    assert apart(model, np.linspace(0.0, 20.0, 11)) <= AGREE


@needs_shared
@pytest.mark.parametrize("path", published(large=False), ids=lambda p: p.stem)
def test_small_published_models(path: Path) -> None:
    check(path)


@needs_shared
@pytest.mark.long
@pytest.mark.parametrize("path", published(large=True), ids=lambda p: p.stem)
def test_large_published_models(path: Path) -> None:
    check(path)


def rates(**right: str) -> Model:
    """A system of rate rules; ``y1="-y1 @ 1.0"`` starts y1 at 1."""
    parts = {name: text.split("@") for name, text in right.items()}
    return load_sbml(
        sm.model(
            parameters=[sm.parameter(name, float(start), False) for name, (_, start) in parts.items()],
            rules=[sm.rule("rate", name, formula) for name, (formula, _) in parts.items()],
        ),
        trusted=True,
    )


@pytest.mark.parametrize("method", ["rodas5p", "rodas4"])
def test_robertson(method: str) -> None:
    """doi:10.1007/978-3-642-05221-7, section IV.10; values of the test set for IVP solvers at t = 1e11."""
    model = rates(
        y1="-0.04*y1 + 1e4*y2*y3 @ 1",
        y2="0.04*y1 - 1e4*y2*y3 - 3e7*y2*y2 @ 0",
        y3="3e7*y2*y2 @ 0",
    )
    run = model.simulate([0.0, 1e11], rtol=1e-9, atol=1e-18, method=method)
    exact = {"y1": 0.2083340149701255e-07, "y2": 0.8333360770334713e-13, "y3": 0.9999999791665050}
    for name, value in exact.items():
        assert run.value(name)[0, -1] == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("method", ["rodas5p", "rodas4"])
def test_hires(method: str) -> None:
    """High irradiance response: the test set for IVP solvers, reference solution at t = 321.8122."""
    model = rates(
        y1="-1.71*y1 + 0.43*y2 + 8.32*y3 + 0.0007 @ 1",
        y2="1.71*y1 - 8.75*y2 @ 0",
        y3="-10.03*y3 + 0.43*y4 + 0.035*y5 @ 0",
        y4="8.32*y2 + 1.71*y3 - 1.12*y4 @ 0",
        y5="-1.745*y5 + 0.43*y6 + 0.43*y7 @ 0",
        y6="-280*y6*y8 + 0.69*y4 + 1.71*y5 - 0.43*y6 + 0.69*y7 @ 0",
        y7="280*y6*y8 - 1.81*y7 @ 0",
        y8="-280*y6*y8 + 1.81*y7 @ 0.0057",
    )
    exact = [
        0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
        0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2,
    ]  # fmt: skip
    run = model.simulate([0.0, 321.8122], rtol=1e-10, atol=1e-14, method=method)
    assert [run.value(f"y{i}")[0, -1] for i in range(1, 9)] == pytest.approx(exact, rel=1e-7)


@pytest.mark.parametrize("method", ["rodas5p", "rodas4"])
def test_van_der_pol(method: str) -> None:
    """Stiffness 1e6: the test set for IVP solvers, reference solution at t = 2."""
    model = rates(y1="y2 @ 2", y2="((1 - y1*y1)*y2 - y1)/1e-6 @ 0")
    run = model.simulate([0.0, 2.0], rtol=1e-9, atol=1e-12, method=method)
    assert run.value("y1")[0, -1] == pytest.approx(1.706167732170483, rel=1e-6)
    assert run.value("y2")[0, -1] == pytest.approx(-0.8928097010247975, rel=1e-6)


@st.composite
def networks(draw: st.DrawFn) -> str:
    """Random mass-action networks that conserve nothing in particular."""
    count = draw(st.integers(2, 6))
    names = [f"S{i}" for i in range(count)]
    pick = st.lists(st.sampled_from(names), min_size=0, max_size=2)
    reactions = []
    for i in range(draw(st.integers(1, 8))):
        left, right = draw(pick), draw(pick)
        constant = 10 ** draw(st.floats(-3, 3))
        law = "*".join(["c", repr(constant), *left])
        reactions.append(sm.reaction(f"r{i}", " ".join(left), " ".join(right), law))
    starts = [sm.species(name, draw(st.sampled_from([0.0, 1e-6, 0.5, 1.0, 10.0]))) for name in names]
    return sm.model(species=starts, reactions=reactions)


@settings(deadline=None, max_examples=25)
@given(networks())
def test_random_networks_agree_or_fail_with_an_outcome(text: str) -> None:
    model = load_sbml(text, trusted=True)
    times = np.array([0.0, 0.1, 1.0])
    fast = model.simulate(times, rtol=1e-9, atol=1e-12, method="rodas5p", max_steps=20_000)
    slow = model.simulate(times, rtol=1e-10, atol=1e-13, method="LSODA", max_steps=20_000)
    if fast.outcomes[0] != Outcome.OK:
        assert np.isnan(fast.amount("S0")).all()
        assert fast.failures[0].lane == 0
        return
    if slow.outcomes[0] != Outcome.OK:
        return
    for species in model.network.species:
        a, b = fast.amount(species.id)[0], slow.amount(species.id)[0]
        size = max(np.abs(b).max(), 1e-3)
        if math.isfinite(size) and size < 1e12:
            assert np.abs(a - b).max() <= 1e-6 * size
