"""One model in the hands of tasks: what was set in it, where it stands, and what is read of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.model import Model
from jakstat.engine.network.expression import symbols
from jakstat.engine.result import Result
from jakstat.errors import Note, Outcome, problem
from jakstat.exchange.element_paths import PathParts, named_by
from jakstat.exchange.kisao_methods import SolvingMethod
from jakstat.exchange.sedml_records import Simulation

__all__ = ["ModelInstance", "ReadAs", "form_of"]

Array = NDArray[np.float64]

_AS = {"KISAO:0000836": "amount", "KISAO:0000838": "concentration", "KISAO:0000832": "time"}
_TIME = "urn:sedml:symbol:time"


@dataclass(frozen=True, slots=True)
class ReadAs:
    """Which quantity of a model is read, and as what: value, amount, concentration or time."""

    id: str
    form: str = "value"


@dataclass
class ModelInstance:
    """A model with its values changed and its state moved on by the tasks done so far."""

    name: str
    model: Model
    file: str
    parameters: dict[str, float] = field(default_factory=dict)
    initial: dict[str, float] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    time: float = 0.0

    def reset(self) -> None:
        """As the file has it."""
        self.parameters.clear()
        self.initial.clear()
        self.time = 0.0

    def known(self, name: str) -> bool:
        """Whether the model has something of this id."""
        network = self.model.network
        kinds = (network.species, network.parameters, network.compartments, network.reactions)
        return any(item.id == name for kind in kinds for item in kind)

    def set(self, parts: PathParts, value: float, where: str) -> None:
        """Give a quantity a value, as an attribute of it or as its symbol means it."""
        name, network = self._name(parts, where), self.model.network
        species = next((s for s in network.species if s.id == name), None)
        if species is not None:
            amount = parts.attribute == "initialAmount" or (not parts.attribute and species.substance_only)
            self.initial[name] = value if amount else value * self.value(ReadAs(species.compartment))
        elif any(r.variable == name for r in network.rate_rules):
            self.initial[name] = value
        else:
            self.parameters[name] = value
            self.initial.pop(name, None)
            if not self.initial and any(name in symbols(a.expression) for a in network.initial_assignments):
                text = f"initial values worked out of {name} follow its new value; other programs keep them"
                self._tell(Note("sedml.assigned", where, text))

    def _tell(self, note: Note) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _name(self, parts: PathParts, where: str) -> str:
        name = named_by(parts)
        for step in parts.steps[:-1]:
            if step.name == "reaction" and parts.steps[-1].name in ("parameter", "localParameter"):
                name = f"{dict(step.having).get('id', '')}__{name}"
        if not self.known(name):
            raise problem(
                "sedml.path",
                f"model '{self.name}' has nothing called '{name[:60]}'",
                file=self.file,
                field=where,
            )
        return name

    def read(self, parts: PathParts, form: str, where: str) -> ReadAs:
        """The quantity that a path points to."""
        return ReadAs(self._name(parts, where), form)

    def value(self, wanted: ReadAs) -> float:
        """What a quantity is now."""
        if wanted.form == "value" and wanted.id in self.parameters:
            return self.parameters[wanted.id]
        found = self._run(np.array([self.time, self.time + 1e-6]), SolvingMethod(), [wanted.id])
        return float(_form(found, wanted)[0])

    def done(
        self, simulation: Simulation, method: SolvingMethod, wanted: Iterable[ReadAs]
    ) -> tuple[Mapping[ReadAs, Array], Outcome]:
        """Do a simulation from here on, and read: arrays of shape (times,), NaN where it failed."""
        wanted = tuple(wanted)
        ids = sorted({w.id for w in wanted if w.form != "time"})
        if simulation.kind == "steady":
            return self._rested(wanted)
        if simulation.kind == "step":
            times, kept = np.array([self.time, self.time + simulation.step]), slice(1, 2)
        else:
            grid = np.linspace(simulation.start, simulation.end, simulation.steps + 1)
            early = simulation.initial < simulation.start
            times = np.concatenate([[simulation.initial], grid]) if early else grid
            kept = slice(1, None) if early else slice(None)
        if not times[-1] > times[0]:
            raise problem("sedml.value", "the time course has no length", file=self.file, field=simulation.id)
        found = self._run(times, method, ids)
        self.initial = {n: float(v[0]) for n, v in found.final().items()}
        self.time = float(times[-1])
        times = times[kept]
        read = {w: times if w.form == "time" else _form(found, w)[kept] for w in wanted}
        return read, Outcome(int(found.outcomes[0]))

    def _rested(self, wanted: tuple[ReadAs, ...]) -> tuple[Mapping[ReadAs, Array], Outcome]:
        settled = self.model.steady_state(dict(self.parameters), dict(self.initial))
        outcome = settled.outcomes[0]
        if outcome is not Outcome.OK:
            return {w: np.array([math.nan]) for w in wanted}, outcome
        network = self.model.network
        for species in network.species:
            size = 1.0 if species.substance_only else float(settled.value(species.compartment)[0])
            if not any(r.variable == species.id for r in network.assignment_rules):
                self.initial[species.id] = float(settled.value(species.id)[0]) * size
        self.initial |= {
            r.variable: float(settled.value(r.variable)[0])
            for r in network.rate_rules
            if r.variable not in self.initial
        }
        return {w: np.array([math.nan if w.form == "time" else self.value(w)]) for w in wanted}, outcome

    def _run(self, times: Array, method: SolvingMethod, ids: Iterable[str]) -> Result:
        ids = list(ids)
        if method.drawn:
            from jakstat.experiment.path_lanes import particles_per_amount

            self.model.check_paths()
            return self.model.sample_paths(
                times, dict(self.parameters), dict(self.initial), ids, seed=method.seed, method=method.name,
                per_amount=particles_per_amount(self.model.network),
            )  # fmt: skip
        return self.model.simulate(
            times, dict(self.parameters), dict(self.initial), outputs=ids, rtol=method.rtol,
            atol=method.atol, method=method.name,
        )  # fmt: skip


def _form(found: Result, wanted: ReadAs) -> Array:
    if wanted.form == "amount":
        return np.asarray(found.amount(wanted.id)[0])
    if wanted.form == "concentration":
        return np.asarray(found.concentration(wanted.id)[0])
    return np.asarray(found.value(wanted.id)[0])


def form_of(symbol: str, *, file: str, where: str) -> str:
    """What a symbol of SED-ML asks for: time, amount, concentration, or value where there is none.

    Examples
    --------
    >>> form_of("urn:sedml:symbol:time", file="", where=""), form_of("KISAO:0000836", file="", where="")
    ('time', 'amount')
    """
    plain = symbol.strip().replace("_", ":")
    if not plain:
        return "value"
    if plain.lower() in (_TIME, "time"):
        return "time"
    word = plain.rpartition(":")[2].lower()
    if plain in _AS:
        return _AS[plain]
    if word in ("amount", "concentration"):
        return word
    raise problem("sedml.unsupported", f"the symbol '{symbol[:80]}' is not known", file=file, field=where)
