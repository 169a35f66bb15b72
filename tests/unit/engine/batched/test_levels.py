"""Kernels compiled at different levels of LLVM: the same numbers, and when which are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models as sm
from jakstat.biology.assembly import assemble
from jakstat.engine.batched import ensemble, fast
from jakstat.engine.batched.fast import RODAS5P, FastSolver
from jakstat.engine.compile import kernels
from jakstat.engine.compile.kernel_cache import KernelCache
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from shared_data import SHARED, needs_shared

TIMES = np.linspace(0.0, 6.0, 25)


@pytest.fixture
def levels(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The levels that model kernels are compiled at, with no model small enough for level 2 at once."""
    made: list[int] = []
    build = kernels._build_model
    monkeypatch.setattr(
        kernels, "_build_model", lambda s, m, level, pairs: made.append(level) or build(s, m, level, pairs)
    )
    monkeypatch.setattr(fast, "SMALL", 0)
    return made


def bits(model: Model, tmp_path: Path, level: int) -> bytes:
    """Amounts of all states of five lanes with different rates, from kernels of one level."""
    solver = FastSolver(model.network, model.key, cache=KernelCache(tmp_path / str(level)))
    solver.expect(fast.LONG if level else 0)
    rates = [p for p in model.network.parameters if p.constant and p.value]
    drawn = {p.id: p.value * np.linspace(0.8, 1.25, 5) for p in rates if p.value is not None}
    lanes = solver.begin(RODAS5P, drawn, {}, 5, 0.0)
    wanted = tuple(("value", name) for name in solver.kernels.state_names)
    none = fast.DoseTable.empty(5)
    run = solver.run(lanes, RODAS5P, TIMES, none, wanted, rtol=1e-6, atol=1e-9, max_steps=10_000, threads=1)
    assert np.isfinite(run.outputs).all()
    return run.outputs.tobytes() + run.steps.tobytes()


def test_every_level_gives_the_same_bits_for_the_cell(tmp_path: Path, levels: list[int]) -> None:
    parts = ["targets", "feedback", "nfkb"]
    model = load_sbml(assemble("hepg2", parts=parts).sbml, trusted=True)
    assert bits(model, tmp_path, 0) == bits(model, tmp_path, 2)
    assert levels == [0, 2]


@needs_shared
@pytest.mark.parametrize("name", ["BIOMD0000000543", "BIOMD0000000151", "BIOMD0000000347"])
def test_every_level_gives_the_same_bits_for_published_models(
    name: str, tmp_path: Path, levels: list[int]
) -> None:
    model = load_sbml(SHARED / "data" / "sbml" / f"{name}.xml")
    assert bits(model, tmp_path, 0) == bits(model, tmp_path, 2)
    assert levels == [0, 2]


def test_kernels_are_compiled_anew_once_lanes_have_taken_many_steps(
    levels: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAKSTAT_CACHE", str(tmp_path))
    monkeypatch.setattr(fast, "LONG", 10 * fast.STEPS)
    model = load_sbml(sm.DECAY, trusted=True)
    runs = [model.simulate([0.0, 1.0], initial={"A": np.ones(4)}).value("A").tobytes() for _ in range(3)]
    assert levels == [0, 2]
    assert len(set(runs)) == 1
    load_sbml(sm.DECAY, trusted=True).simulate([0.0, 1.0])
    assert levels == [0, 2]  # what level 2 has made is taken when it is there


def test_the_step_loop_is_made_roughly_first_and_anew_for_long_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAKSTAT_CACHE", str(tmp_path))
    monkeypatch.setattr(fast, "SHARED_LONG", 10 * fast.STEPS)
    made: list[int] = []
    compile_object = ensemble.compile_object

    def noted(*given: Any, level: int, **more: Any) -> bytes:
        made.append(level)
        return compile_object(*given, level=level, **more)

    monkeypatch.setattr(ensemble, "compile_object", noted)
    model = load_sbml(sm.DECAY, trusted=True)
    runs = [model.simulate([0.0, 1.0], initial={"A": np.ones(4)}).value("A").tobytes() for _ in range(3)]
    assert made == [0, ensemble.LOOPS]
    assert len(set(runs)) == 1
    load_sbml(sm.DECAY, trusted=True).simulate([0.0, 1.0])
    assert made == [0, ensemble.LOOPS]


def test_the_step_loop_carries_the_same_derivatives_at_every_level(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAKSTAT_CACHE", str(tmp_path))

    def carried(long: int) -> bytes:
        monkeypatch.setattr(fast, "SHARED_LONG", long)
        model = load_sbml(sm.DECAY, trusted=True)
        found = model.simulate([0.0, 0.5, 1.0], outputs=["A"], sensitivities=["A"]).sensitivities
        assert found is not None
        assert found.exact
        return found.values["A"].tobytes()

    assert carried(0) == carried(10**9)
