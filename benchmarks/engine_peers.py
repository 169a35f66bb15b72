"""The engines that are compared: each turns SBML text and parameter values into trajectories.

Every peer is optional. One that is not installed is reported as missing, never guessed. Those that install
alone stand in requirements/bench.txt; numbalsoda needs a Fortran compiler, AMICI takes long to build.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.batched.fast import LONG, METHODS

__all__ = ["PEERS", "Peer", "Task", "missing"]

Reals = NDArray[np.float64]
Solve = Callable[[float, int], Callable[[], Reals]]
"""From relative tolerance and number of lanes to a run's own answer, and from that (outside the
measured time) to trajectories of shape (lanes, times, states)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One workload: a document, varied parameters by lane, what is sampled when, and the states' volumes."""

    name: str
    sbml: str
    states: tuple[str, ...]
    parameters: Mapping[str, Reals]
    times: Reals
    atol_factor: float
    sizes: tuple[float, ...]
    until: float = math.inf
    """When an engine must be ready, on the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine: its package, how a task is prepared for it, and the most states it is given."""

    name: str
    package: str
    prepare: Callable[[Task], Solve]
    tolerances: Sequence[float]
    lanes: int
    largest: int = 10_000


def missing(peer: Peer) -> bool:
    """Whether the engine is not installed here."""
    return importlib.util.find_spec(peer.package) is None


def _jakstat(method: str) -> Callable[[Task], Solve]:
    def prepare(task: Task) -> Solve:
        from jakstat.engine.load import load_sbml

        model = load_sbml(task.sbml, assume_zero=True)
        # what is timed is what a long run gets: kernels at LLVM's level 2
        model._batched.solver(model._plain).expect(LONG)

        def solve(rtol: float, lanes: int) -> Callable[[], Reals]:
            values = {k: v[:lanes] for k, v in task.parameters.items()}
            run = model.simulate(
                task.times,
                values,
                outputs=task.states,
                rtol=rtol,
                method=method,
            )
            return lambda: np.stack([run.amount(s) for s in task.states], axis=-1)

        return solve

    return prepare


class Timed:
    """An answer that knows the solver's own time, where the call around it would dominate."""

    def __init__(self, rows: list[Reals], seconds: float) -> None:
        self.rows, self.seconds = rows, seconds

    def __call__(self) -> Reals:
        """Trajectories of all lanes."""
        return np.array(self.rows)


def _roadrunner(task: Task) -> Solve:
    import roadrunner

    roadrunner.Logger.disableLogging()  # its warnings would count as its time
    runner: Any = roadrunner.RoadRunner(task.sbml)
    runner.timeCourseSelections = list(task.states)
    last, count = float(task.times[-1]), len(task.times)

    def solve(rtol: float, lanes: int) -> Timed:
        runner.integrator.relative_tolerance = rtol
        runner.integrator.absolute_tolerance = rtol * task.atol_factor
        rows, spent = [], []
        for lane in range(lanes):
            start = time.process_time()
            for name, values in task.parameters.items():
                runner.setValue(name, float(values[lane]))
            runner.reset()
            try:
                rows.append(np.array(runner.simulate(0.0, last, count)))  # its buffer is used again
            except RuntimeError:  # a lane that the engine gives up on counts neither way
                rows.append(np.full((count, len(task.states)), np.nan))
            else:
                spent.append(time.process_time() - start)
        return Timed(rows, float(np.mean(spent)) * lanes if spent else float("nan"))

    return solve


def _basico(task: Task) -> Solve:
    import basico

    basico.load_model_from_string(task.sbml)
    by_id = {row["sbml_id"]: name for name, row in basico.get_parameters().iterrows()}
    by_species = {row["sbml_id"]: name for name, row in basico.get_species().iterrows()}
    columns = [f"[{by_species[s]}]" for s in task.states]

    def solve(rtol: float, lanes: int) -> Callable[[], Reals]:
        rows = []
        for lane in range(lanes):
            for name, values in task.parameters.items():
                basico.set_parameters(by_id[name], exact=True, initial_value=float(values[lane]))
            frame = basico.run_time_course_with_output(
                columns,
                duration=float(task.times[-1]),
                intervals=len(task.times) - 1,
                method="deterministic",
                r_tol=rtol,
                a_tol=rtol * task.atol_factor,
                update_model=False,
                use_initial_values=True,
            )
            rows.append(frame.to_numpy(dtype=float) * np.array(task.sizes))  # concentrations to amounts
        return lambda: np.array(rows)

    return solve


_LSODA_WRAPPER = """
define void @lsoda_rhs(double %t, ptr %u, ptr %du, ptr %p) nounwind {
  %at = alloca double
  store double %t, ptr %at
  %scratch = getelementptr double, ptr %p, i64 {constants}
  call void @rhs(ptr %at, ptr %u, ptr %p, ptr %du, ptr null, ptr %scratch)
  ret void
}
"""


def _numbalsoda(task: Task) -> Solve:
    """numbalsoda on a scalar right-hand side of ours, compiled by LLVM as numba would compile its own."""
    import numbalsoda

    from jakstat.engine.compile.emit_llvm import emit_kernel
    from jakstat.engine.compile.equations import equations
    from jakstat.engine.compile.kernels import _rhs_program, module_text
    from jakstat.engine.compile.machine import compile_object, load_object
    from jakstat.engine.compile.program import Hoist
    from jakstat.engine.load import load_sbml

    model = load_sbml(task.sbml, assume_zero=True)
    solver, method = model._batched.solver(model._plain), METHODS["rodas5p"]
    hoist = Hoist()
    program = _rhs_program(equations(model.network), hoist)
    kernel = emit_kernel("rhs", program, 1)
    constants = solver.kernels.constants
    wrapper = _LSODA_WRAPPER.replace("{constants}", str(constants))
    library = load_object(
        compile_object(module_text([kernel], [program], 1) + wrapper, solver.machine),
        solver.machine,
    )
    pointer = library.address("lsoda_rhs")
    order = [solver.kernels.state_names.index(s) for s in task.states]

    def solve(rtol: float, lanes: int) -> Callable[[], Reals]:
        values = {k: v[:lanes] for k, v in task.parameters.items()}
        made = solver.begin(method, values, {}, lanes, float(task.times[0]))
        fixed = solver.constants(made.inputs, method)[:, :constants]
        data = np.zeros((lanes, constants + kernel.scratch + 1))
        data[:, :constants] = fixed
        rows = []
        for lane in range(lanes):
            track, _ = numbalsoda.lsoda(
                pointer,
                made.states[lane],
                task.times,
                data=data[lane],
                rtol=rtol,
                atol=rtol * task.atol_factor,
            )
            rows.append(track[:, order])
        library.address("lsoda_rhs")  # the code must outlive its calls
        return lambda: np.array(rows)

    return solve


_AMICI_BUILD = """
import sys, amici
amici.SbmlImporter(sys.argv[1] + "/model.xml").sbml2amici(sys.argv[2], output_dir=sys.argv[1] + "/out")
"""


def _build_amici(folder: Path, name: str, task: Task) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.xml").write_text(task.sbml, encoding="utf-8")
    tools = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))  # CMake, SWIG
    subprocess.run(
        [sys.executable, "-c", _AMICI_BUILD, str(folder), name],
        env={**os.environ, "PATH": tools}, timeout=max(1.0, min(task.until - time.monotonic(), 1e6)),
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "done").touch()


def _amici(task: Task) -> Solve:
    import amici
    import amici.sim.sundials as sundials

    # compiling takes minutes for a large model: what was built once is used again
    folder = Path("build", "bench-amici", hashlib.sha256(task.sbml.encode()).hexdigest()[:16]).resolve()
    name = "bench_" + "".join(c for c in task.name.lower() if c.isalnum())
    if not (folder / "done").is_file():
        _build_amici(folder, name, task)
    model: Any = amici.import_model_module(name, str(folder / "out")).get_model()
    solver: Any = model.create_solver()
    model.set_timepoints(task.times)
    order = [list(model.get_state_ids()).index(s) for s in task.states]
    known = set(model.get_free_parameter_ids())

    def solve(rtol: float, lanes: int) -> Timed:
        solver.set_relative_tolerance(rtol)
        solver.set_absolute_tolerance(rtol * task.atol_factor)
        rows, spent = [], 0.0
        for lane in range(lanes):
            for parameter, values in task.parameters.items():
                if parameter in known:
                    model.set_free_parameter_by_id(parameter, float(values[lane]))
            run = sundials.run_simulation(model, solver)
            spent += run.cpu_time * 1e-3
            rows.append(np.array(run.x)[:, order] * np.array(task.sizes))
        return Timed(rows, spent)

    return solve


def _bngsim(task: Task) -> Solve:
    """bngsim with its right-hand side compiled by the C compiler; setting parameters is not counted."""
    import bngsim

    model: Any = bngsim.Model.from_sbml_string(task.sbml)
    simulator: Any = bngsim.Simulator(model, codegen=True)
    order = [list(model.species_names).index(s) for s in task.states]
    times = [float(t) for t in task.times]

    def solve(rtol: float, lanes: int) -> Timed:
        rows, spent = [], []
        for lane in range(lanes):
            model.reset()
            model.set_params({name: float(values[lane]) for name, values in task.parameters.items()})
            start = time.process_time()
            try:
                run = simulator.run(
                    sample_times=times, rtol=rtol, atol=rtol * task.atol_factor, max_steps=1_000_000
                )
            except bngsim.SimulationError:
                rows.append(np.full((len(times), len(order)), np.nan))
                continue
            spent.append(time.process_time() - start)
            rows.append(np.array(run.species)[:, order] * np.array(task.sizes))  # concentrations to amounts
        return Timed(rows, float(np.mean(spent)) * lanes if spent else float("nan"))

    return solve


_OURS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-9, 1e-10)
_THEIRS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11)
PEERS = (
    *(Peer(f"jakstat {name}", "jakstat", _jakstat(name), _OURS, 400) for name in METHODS),
    Peer("libRoadRunner", "roadrunner", _roadrunner, _THEIRS, 12),
    Peer("bngsim", "bngsim", _bngsim, _THEIRS, 16),
    Peer("AMICI solver only", "amici", _amici, _THEIRS, 16, largest=220),
    Peer("numbalsoda", "numbalsoda", _numbalsoda, _THEIRS[1:8], 12, largest=130),
    Peer("COPASI", "basico", _basico, (1e-5, 1e-6), 4, largest=40),
)
