import threading

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.batched import ensemble
from jakstat.engine.batched.dose_table import DoseTable
from jakstat.engine.batched.ensemble import Start, map_lanes, run_lanes
from jakstat.engine.batched.fast import METHODS
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.errors import Outcome


@pytest.fixture(scope="module")
def solver():
    model = load_sbml(sm.DECAY, trusted=True)
    return model._batched.solver(model._plain)


def lanes(solver, count: int):
    return solver.begin(METHODS["rodas5p"], {"k": np.linspace(0.1, 2.0, count)}, {}, count, 0.0)


def start(made, count: int, **changes: object) -> Start:
    given = {
        "inputs": made.inputs, "states": made.states, "time": np.zeros(count), "end": np.ones(count),
        "step": np.zeros(count), "output": np.zeros(count, np.int64), **changes,
    }  # fmt: skip
    return Start(**given)


def run(solver, begin: Start, **more: object):
    return run_lanes(
        solver.drive(METHODS["rodas5p"]), solver.kernels, solver.outputs((("amount", "A"),)), begin,
        DoseTable.empty(len(begin.time)), np.array([0.0, 1.0]), rtol=1e-8, atol=1e-10, max_steps=1000, **more,
    )  # fmt: skip


def test_lanes_may_start_and_end_at_different_times(solver) -> None:
    made = lanes(solver, 3)
    got = run(solver, start(made, 3, time=np.array([0.0, 0.5, 0.0]), output=np.array([0, 1, 0])))
    k = np.linspace(0.1, 2.0, 3)
    assert got.outputs[1, 1, 0] == pytest.approx(10 * np.exp(-k[1] * 0.5), rel=1e-7)
    assert got.outputs[2, 1, 0] == pytest.approx(10 * np.exp(-k[2]), rel=1e-7)
    assert (got.next == 2).all()


def test_what_is_kept_of_a_call_is_not_taken_for_another() -> None:
    model = load_sbml(sm.DECAY, trusted=True)
    times, halved = [0.0, 1.0, 2.0], [Dose(1.0, "k", 0.25, action="set")]
    for _ in range(2):
        plain = model.simulate(times, {"k": [0.5]}, outputs=["k"], rtol=1e-8)
        assert plain.value("k").tolist() == [[0.5, 0.5, 0.5]]
        dosed = model.simulate(times, {"k": [0.5]}, doses=halved, outputs=["k"], rtol=1e-8)
        assert dosed.value("k").tolist() == [[0.5, 0.25, 0.25]]
        other = model.simulate(times, {"k": [0.5]}, doses=halved, outputs=["A"], rtol=1e-8)
        assert other.amount("A")[0] == pytest.approx(10 * np.exp([0.0, -0.5, -0.75]), rel=1e-6)


def test_arrays_of_the_wrong_shape_never_reach_compiled_code(solver) -> None:
    made = lanes(solver, 3)
    with pytest.raises(ValueError, match="shape"):
        run(solver, start(made, 3, end=np.ones(2)))
    with pytest.raises(ValueError, match="shape"):
        run(solver, start(made, 3, states=made.states[:, :1]))


def test_map_applies_a_kernel_to_every_row(solver) -> None:
    made = lanes(solver, 13)
    constants = solver.constants(made.inputs, METHODS["rodas5p"])
    rates = solver.rates(made.states, constants, METHODS["rodas5p"])
    assert np.allclose(rates[:, 0], -np.linspace(0.1, 2.0, 13) * 10)
    sizes = (solver.kernels.states, constants.shape[1], solver.kernels.states)
    none = map_lanes(solver.drive(METHODS["rodas5p"]), 0, sizes, made.states[:0], constants[:0], 0.0, 0)
    assert none.shape == (0, 2)


def test_an_interrupt_ends_the_run_and_leaves_the_rest_undone(
    solver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = lanes(solver, 100)
    plain, joined = threading.Thread.join, []

    def join(self, timeout=None):
        if not joined:
            joined.append(1)
            raise KeyboardInterrupt
        plain(self, timeout)

    monkeypatch.setattr(threading.Thread, "join", join)
    with pytest.raises(KeyboardInterrupt):
        run(solver, start(made, 100), threads=2)


def test_a_halted_queue_hands_out_no_more_lanes(solver, monkeypatch: pytest.MonkeyPatch) -> None:
    made = lanes(solver, 20)
    real = ensemble._run

    def halted(function, calls, halt, *, apart):
        halt[0] = 1
        real(function, calls, halt, apart=apart)

    monkeypatch.setattr(ensemble, "_run", halted)
    got = run(solver, start(made, 20))
    assert (got.outcomes == Outcome.INTERRUPTED).all()
    assert np.isnan(got.outputs).all()
