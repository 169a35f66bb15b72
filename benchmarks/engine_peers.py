"""The engines that are compared: each turns SBML text and parameter values into trajectories.

Every peer is optional. One that is not installed is reported as missing, never guessed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PEERS", "Peer", "Task", "missing"]

Reals = NDArray[np.float64]
Solve = Callable[[float, int], Callable[[], Reals]]
"""From relative tolerance and number of lanes to a run's own answer, and from that (outside the
measured time) to trajectories of shape (lanes, times, states)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One workload: a document, its varied parameters (by lane), what is sampled when."""

    name: str
    sbml: str
    states: tuple[str, ...]
    parameters: Mapping[str, Reals]
    times: Reals
    atol_factor: float


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine: the package it needs and how a task is prepared for it."""

    name: str
    package: str
    prepare: Callable[[Task], Solve]
    tolerances: Sequence[float]
    lanes: int


def missing(peer: Peer) -> bool:
    """Whether the engine is not installed here."""
    return importlib.util.find_spec(peer.package) is None


def _jakstat(method: str) -> Callable[[Task], Solve]:
    def prepare(task: Task) -> Solve:
        from jakstat.engine import load_sbml

        model = load_sbml(task.sbml, assume_zero=True)

        def solve(rtol: float, lanes: int) -> Callable[[], Reals]:
            values = {k: v[:lanes] for k, v in task.parameters.items()}
            run = model.simulate(
                task.times,
                values,
                outputs=task.states,
                rtol=rtol,
                atol=rtol * task.atol_factor,
                method=method,
            )
            return lambda: np.stack([run.amount(s) for s in task.states], axis=-1)

        return solve

    return prepare


def _roadrunner(task: Task) -> Solve:
    import roadrunner

    runner: Any = roadrunner.RoadRunner(task.sbml)
    runner.timeCourseSelections = list(task.states)
    last, count = float(task.times[-1]), len(task.times)

    def solve(rtol: float, lanes: int) -> Callable[[], Reals]:
        runner.integrator.relative_tolerance = rtol
        runner.integrator.absolute_tolerance = rtol * task.atol_factor
        rows = []
        for lane in range(lanes):
            for name, values in task.parameters.items():
                runner.setValue(name, float(values[lane]))
            runner.reset()
            rows.append(np.array(runner.simulate(0.0, last, count)))  # its buffer is used again
        return lambda: np.array(rows)

    return solve


def _basico(task: Task) -> Solve:
    import basico

    basico.load_model_from_string(task.sbml)
    by_id = {row["sbml_id"]: name for name, row in basico.get_parameters().iterrows()}
    by_species = {row["sbml_id"]: name for name, row in basico.get_species().iterrows()}
    columns = [
        f"{by_species[s]}.ParticleNumber" if s in by_species else f"Values[{by_id[s]}]" for s in task.states
    ]

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
            rows.append(frame.to_numpy(dtype=float))
        return lambda: np.array(rows)

    return solve


PEERS = (
    Peer("jakstat rodas5p", "jakstat", _jakstat("rodas5p"), (1e-3, 1e-4, 1e-5, 1e-6, 1e-8), 512),
    Peer("jakstat rodas4", "jakstat", _jakstat("rodas4"), (1e-3, 1e-4, 1e-5, 1e-6), 512),
    Peer("libRoadRunner", "roadrunner", _roadrunner, (1e-4, 1e-5, 1e-6, 1e-7, 1e-8), 24),
    Peer("COPASI", "basico", _basico, (1e-6,), 4),
    Peer("SciPy LSODA", "scipy", _jakstat("LSODA"), (1e-6,), 2),
)
"""AMICI, bngsim and numbalsoda need a compiler or another format and are listed in :data:`ABSENT`."""

ABSENT = ("amici", "bngsim", "numbalsoda")
