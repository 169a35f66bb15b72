"""Cycles of doses in which nothing would change any more are left out, and only those."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.batched.dose_table import DoseTable
from jakstat.engine.batched.fast import METHODS, FastSolver, dose_table
from jakstat.engine.compile.layout import (
    ADDED_TO,
    DOSE_ADD,
    DOSE_INPUT,
    DOSE_INPUT_ADD,
    MULTIPLIED,
    RETURNING,
)
from jakstat.engine.doses import Dose, schedules
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model

APART, LOSE, GROW, SLOW = 12.0, 0.5, 1e-3, 1e-4
COUNT = 400


def decays(rules: dict[str, tuple[float, str]]) -> Model:
    """A decays by itself; further quantities start at a value and have a rate."""
    start = {"lose": LOSE, **{name: value for name, (value, _) in rules.items()}}
    text = sm.model(
        species=[sm.species("A", 0.0)],
        parameters=[
            sm.parameter(n, v, constant=False) for n, v in (*start.items(), ("on", 0.0), ("open", 0.0))
        ],
        reactions=[sm.reaction("r", "A", "", "c*lose*A")],
        rules=[sm.rule("rate", name, rate) for name, (_, rate) in rules.items()],
    )
    return load_sbml(text, trusted=True)


RETURNS = {"area": (0.0, "A"), "cells": (2.0, f"{GROW}*A*cells - 2e-4*cells")}


@pytest.fixture(scope="module")
def model() -> Model:
    return decays(RETURNS)


def every(count: int = COUNT) -> list[Dose]:
    return [Dose(0.0, "A", 1.0, interval=APART, count=count)]


def ages(times: np.ndarray, count: int = COUNT) -> np.ndarray:
    """Times since each dose, infinite before it: shape (times, doses)."""
    since = times[:, None] - APART * np.arange(count)
    return np.where(since >= 0.0, since, np.inf)


def exact(times: np.ndarray) -> dict[str, np.ndarray]:
    """What each dose leaves, added up: the equations are linear."""
    since = ages(times)
    given = np.isfinite(since).sum(axis=1)
    left = np.exp(-LOSE * since).sum(axis=1)
    area = (given - left) / LOSE
    return {"A": left, "area": area, "cells": 2.0 * np.exp(GROW * area - 2e-4 * times)}


def steps(model: Model, doses: Sequence[Dose], end: float) -> int:
    solver, method = FastSolver(model.network, model.key), METHODS["rodas5p"]
    start = solver.begin(method, {}, {}, 1, 0.0)
    grid = np.array([0.0, end])
    table = dose_table(start, schedules([doses], start=0.0), end)
    run = solver.run(start, method, grid, table, (), rtol=1e-5, atol=None, max_steps=10**6, threads=1)
    assert run.outcomes.tolist() == [0]
    return int(run.steps[0])


@pytest.mark.parametrize("method", ["rodas5p", "radau9"])
def test_what_is_left_out_makes_no_difference(model: Model, method: str) -> None:
    times = np.array([0.0, 5.0, 12.0, 600.0, 601.0, 1200.0, 1206.5, 1211.0, 1212.0, 3000.0, 4799.0, 4900.0])
    run = model.simulate(times, doses=every(), rtol=1e-6, method=method)
    for name, right in exact(times).items():
        assert run.value(name)[0] == pytest.approx(right, rel=2e-5)


def test_doses_that_change_nothing_any_more_take_no_steps(model: Model) -> None:
    few, many = (steps(model, every(n), n * APART) for n in (COUNT // 4, COUNT))
    assert many < 1.1 * few


def test_what_has_not_come_to_rest_is_followed() -> None:
    # S comes near the mean of A with a time constant of 833 cycles; what grows from next to nothing changes
    # by a part in a hundred a cycle, and R depends on it
    model = decays(
        {"S": (0.0, f"{SLOW}*(A - S)"), "C": (1e-9, f"{math.log(1.01) / APART}*C"), "R": (0.0, "C - R")}
    )
    times = np.array([0.0, 1200.0, 2406.0, 4800.0])
    run = model.simulate(times, doses=every(), rtol=1e-6)
    since = np.where(np.isfinite(ages(times)), ages(times), 0.0)
    slow = SLOW * (np.exp(-LOSE * since) - np.exp(-SLOW * since)).sum(axis=1) / (SLOW - LOSE)
    assert run.value("S")[0] == pytest.approx(slow, rel=2e-5)
    assert run.value("C")[0] == pytest.approx(1e-9 * 1.01 ** (times / APART), rel=1e-4)


def test_an_input_that_a_cycle_leaves_behind_counts_from_the_second_cycle_on() -> None:
    # Y moves while on and open are both 1: open from each dose for 3 hours, on from hour 6 of the first cycle
    model = decays({"Y": (0.0, "0.01*on*open*(10 - Y)")})
    doses = [
        Dose(0.0, "open", 1.0, action="set", interval=APART, count=40),
        Dose(3.0, "open", 0.0, action="set", interval=APART, count=40),
        Dose(6.0, "on", 1.0, action="set", interval=APART, count=40),
    ]
    times = np.array([0.0, 11.0, 40 * APART])
    run = model.simulate(times, doses=doses, rtol=1e-6)
    right = 10.0 * (1.0 - np.exp(-0.01 * 3.0 * np.array([0, 0, 39])))
    assert run.value("Y")[0] == pytest.approx(right, rel=1e-5, abs=1e-9)


def test_infusions_and_two_drugs_in_a_cycle_of_a_week(model: Model) -> None:
    doses = [
        *(Dose(24.0 * day, "A", 3.0, duration=2.0, interval=168.0, count=30) for day in range(5)),
        Dose(30.0, "A", 1.0, interval=168.0, count=30),
    ]
    times = np.array([0.0, 100.0, 168.0 * 20 + 40.0, 168.0 * 30])
    run = model.simulate(times, doses=doses, rtol=1e-6)
    week = 168.0 * np.arange(30)
    infused = times[:, None] - np.concatenate([24.0 * day + week for day in range(5)])
    since = np.where(infused >= 0.0, infused, np.inf)
    # what a dose of 3 over 2 hours leaves: 1.5 (e^(-k max(s - 2, 0)) - e^(-k s)) / k
    left = 1.5 * (np.exp(-LOSE * np.maximum(since - 2.0, 0.0)) - np.exp(-LOSE * since)).sum(axis=1) / LOSE
    once = times[:, None] - 30.0 - week
    left += np.exp(-LOSE * np.where(once >= 0.0, once, np.inf)).sum(axis=1)
    given = 1.5 * np.clip(infused, 0.0, 2.0).sum(axis=1) + (once >= 0.0).sum(axis=1)
    area = (given - left) / LOSE
    assert run.value("A")[0] == pytest.approx(left, rel=2e-5, abs=1e-12)
    assert run.value("area")[0] == pytest.approx(area, rel=2e-5)
    assert run.value("cells")[0] == pytest.approx(2.0 * np.exp(GROW * area - 2e-4 * times), rel=2e-5)
    assert steps(model, doses[:1], 168.0 * 30) < 1.3 * steps(model, doses[:1], 168.0 * 15)


def test_a_lane_has_the_same_bits_in_any_batch(model: Model) -> None:
    lose = 0.5 * 3.0 ** np.random.default_rng(2).uniform(-1.0, 1.0, 19)
    tables = [[Dose(0.0, "A", 1.0 + k % 2, interval=6.0 * (1 + k % 3), count=100)] for k in range(19)]
    times = np.linspace(0.0, 600.0, 4)
    together = model.simulate(times, {"lose": lose}, doses=tables)
    for lane in (0, 8, 18):
        alone = model.simulate(times, {"lose": lose[lane]}, doses=tables[lane])
        for name in ("A", "cells"):
            assert np.array_equal(alone.value(name)[0], together.value(name)[lane])


def test_states_on_which_nothing_depends_are_known_by_their_equations() -> None:
    model = decays(
        {**RETURNS, "held": (1.0, "A*held*(5 - held)"), "seen": (1.0, "piecewise(1, held > 2, 0)")}
    )
    kernels = FastSolver(model.network, model.key).kernels
    kinds = dict(zip(kernels.state_names, kernels.trailing, strict=True))
    assert kinds == {
        "A": RETURNING, "area": ADDED_TO, "cells": MULTIPLIED, "held": RETURNING, "seen": ADDED_TO,
    }  # fmt: skip
    assert kernels.autonomous
    timed = decays({"area": (0.0, "A*time")})
    assert not FastSolver(timed.network, timed.key).kernels.autonomous


def rows(*given: tuple[float, int, int, float]) -> DoseTable:
    time, kind, index, value = (np.array(column) for column in zip(*given, strict=True))
    return DoseTable(np.zeros(1, np.int64), np.array([len(given)]), time, kind, index, value, False)


def test_cycles_in_a_table_of_doses() -> None:
    # once 5 at 0; then 1 and, at the same time, input 2 set to 7, with 3 in between: five times; then others
    loading = [(0.0, DOSE_ADD, 0, 5.0)]
    weekly = [
        row
        for k in range(5)
        for row in (
            (10.0 + 4 * k, DOSE_ADD, 0, 1.0),
            (10.0 + 4 * k, DOSE_INPUT, 2, 7.0),
            (11.0 + 4 * k, DOSE_ADD, 1, 3.0),
        )
    ]
    table = rows(*loading, *weekly, (40.0, DOSE_ADD, 0, 1.0), (math.inf, DOSE_ADD, 0, 0.0))
    size, left = table.cycles((RETURNING, RETURNING))
    first = [2, 5, 8, 11, 14]
    assert {k: int(size[k]) for k in np.flatnonzero(size)} == dict(zip(first, (-3, 3, 3, 3, 3), strict=True))
    assert left[first].tolist() == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(("kind", "trailing"), [(DOSE_INPUT_ADD, RETURNING), (DOSE_ADD, ADDED_TO)])
def test_what_adds_up_makes_no_cycle(kind: int, trailing: int) -> None:
    table = rows(*((12.0 * k, kind, 0, 1.0) for k in range(30)))
    assert not table.cycles((trailing,))[0].any()


def test_unequal_distances_make_no_cycle() -> None:
    table = rows(*((float(k * k), DOSE_ADD, 0, 1.0) for k in range(30)))
    assert not table.cycles((RETURNING,))[0].any()
