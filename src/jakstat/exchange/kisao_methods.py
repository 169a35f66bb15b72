"""Algorithms by their KiSAO number, and the method that is taken for each (doi:10.1038/msb.2011.77)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jakstat.errors import Note, problem
from jakstat.exchange.sedml_records import Simulation
from jakstat.numbers import read_number, read_whole

__all__ = ["ABSOLUTE", "CVODE", "RELATIVE", "SolvingMethod", "chosen_method", "kisao_text"]

CVODE, RELATIVE, ABSOLUTE = 19, 209, 211
_SEED = 488
_EXPECTED = {"CVODE", "ODE solver", "CVODE-like method", "CVODES"}
"""Those that ask for a good solver of stiff equations, which ours is."""


@dataclass(frozen=True, slots=True)
class SolvingMethod:
    """How a simulation is done here: ``name`` is a solver, or ``ssa`` and ``tau`` with a seed."""

    name: str = "auto"
    rtol: float = 1e-6
    atol: float | None = None
    seed: int = 1

    @property
    def drawn(self) -> bool:
        """Whether it is a stochastic path."""
        return self.name in ("ssa", "tau")


@cache
def _table() -> Mapping[int, Mapping[str, str]]:
    text = files("jakstat.exchange").joinpath("kisao.csv").read_text(encoding="utf-8")
    return {int(row["number"]): row for row in csv.DictReader(text.splitlines())}


def kisao_text(number: int) -> str:
    """A number as SED-ML writes it.

    Examples
    --------
    >>> kisao_text(CVODE)
    'KISAO:0000019'
    """
    return f"KISAO:{number:07d}"


def chosen_method(simulation: Simulation, *, file: str) -> tuple[SolvingMethod, tuple[Note, ...]]:
    """The method for a simulation, with what was replaced.

    Raises
    ------
    InputError
        ``sedml.unsupported`` for an algorithm that is none of a reaction network over time, or not known.

    Examples
    --------
    >>> from jakstat.exchange.sedml_records import Algorithm
    >>> method, notes = chosen_method(Simulation("s", "uniform", Algorithm(30)), file="a.sedml")
    >>> method.name, notes[0].code
    ('auto', 'sedml.algorithm')
    """
    number = simulation.algorithm.kisao
    row = _table().get(number, {"kind": "", "label": "the algorithm", "method": "auto"})
    label = f"{row['label']} ({kisao_text(number)})"
    if number == 0:
        return _tuned(simulation, SolvingMethod(), ())
    if simulation.kind == "steady" and row["kind"] in ("steady", "solved"):
        return _tuned(simulation, SolvingMethod(), ())
    if row["kind"] == "solved":
        text = f"{label} is replaced by a solver of this program, at the tolerances of the file"
        same = row["method"] != "auto" or row["label"] in _EXPECTED
        return _tuned(
            simulation,
            SolvingMethod(row["method"]),
            () if same else (Note("sedml.algorithm", simulation.id, text),),
        )
    if row["kind"] == "drawn":
        text = f"{label} is done as {row['method']}, of the same distribution up to its error"
        same = row["label"] in ("Gillespie direct algorithm", "tau-leaping method")
        return _tuned(
            simulation,
            SolvingMethod(row["method"]),
            () if same else (Note("sedml.algorithm", simulation.id, text),),
        )
    hint = "CVODE (KISAO:0000019), LSODA (KISAO:0000088) and Gillespie's (KISAO:0000029) are"
    raise problem("sedml.unsupported", f"{label} is not done", file=file, field=simulation.id, hint=hint)


def _tuned(
    simulation: Simulation, method: SolvingMethod, notes: tuple[Note, ...]
) -> tuple[SolvingMethod, tuple[Note, ...]]:
    """The method at the tolerances and the seed that are given."""
    given = simulation.algorithm.parameters
    rtol, atol = read_number(given.get(RELATIVE, "")), read_number(given.get(ABSOLUTE, ""))
    seed = read_whole(given.get(_SEED, ""))
    passed = [
        n
        for n in sorted(set(given) - {RELATIVE, ABSOLUTE, _SEED})
        if _table().get(n, {}).get("kind") != "tuning"
    ]
    if passed:
        text = "not used here: " + ", ".join(map(kisao_text, passed))
        notes = (*notes, Note("sedml.algorithm", simulation.id, text))
    tuned = SolvingMethod(
        method.name,
        min(rtol, 1e-3) if rtol is not None and rtol > 0 else method.rtol,
        min(atol, 1e-3) if atol is not None and atol > 0 else None,
        seed if seed is not None and seed >= 0 else method.seed,
    )
    return tuned, notes
