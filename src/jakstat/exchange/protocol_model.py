"""An experiment as one SBML document that any simulator runs from time 0, without knowing of protocols.

What our runner does before and during an experiment becomes what every simulator does: the cells' steady
state and what is given at the start are the initial values, knockdowns are values of parameters, and what is
given or washed out later are events at fixed times. Times are counted from the start of the protocol.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import libsbml
import numpy as np

from jakstat.biology.sbml_units import unit_id
from jakstat.biology.sbml_writing import started_document
from jakstat.engine.doses import Dose
from jakstat.engine.network.network import Network
from jakstat.errors import Outcome, problem
from jakstat.experiment.lanes import Bench
from jakstat.experiment.resting import resting_state

__all__ = ["LaneChange", "ProtocolModel", "protocol_model"]

_SAME_MOMENT = 1e-9


@dataclass(frozen=True, slots=True)
class LaneChange:
    """What differs between lanes: an attribute of an element, and its value in every lane."""

    id: str
    kind: str
    attribute: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class ProtocolModel:
    """The document of the first lane, and what the others change in it.

    Parameters
    ----------
    sbml : str
    start : float
        Hour of the protocol at the document's time 0.
    changes : tuple of LaneChange
    """

    sbml: str
    start: float
    changes: tuple[LaneChange, ...]


@dataclass(frozen=True)
class _Begun:
    """How a lane begins: parameters, amounts, and what is given later by the id of its number."""

    numbers: Mapping[str, float]
    amounts: Mapping[str, float]
    given: Mapping[str, float]


def protocol_model(bench: Bench) -> ProtocolModel:
    """The document of a protocol.

    Raises
    ------
    InputError
        ``export.rest`` when the cells of a lane come to no rest.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> from jakstat.experiment.lanes import bench_for
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml@0h..30min", until="1h", parts="core")
    >>> made = protocol_model(bench_for(p))
    >>> made.start, made.changes, made.sbml.count("<event ")
    (0.0, (), 1)
    """
    plan, network = bench.plan, bench.cell.model.network
    start = float(plan.times[0])
    sizes = {c.id: float(c.size or 1.0) for c in network.compartments}
    lanes = [_begun(bench, lane, start, sizes) for lane in range(plan.lanes)]
    first = lanes[0]
    document = libsbml.readSBMLFromString(
        started_document(bench.cell.assembly.sbml, first.numbers, first.amounts)
    )
    model = document.getModel()
    for species in model.getListOfSpecies():
        if species.isSetInitialAmount() and not species.getHasOnlySubstanceUnits():
            size = model.getCompartment(species.getCompartment()).getSize()
            species.setInitialConcentration(species.getInitialAmount() / size)
    for name, value in first.given.items():
        made = model.createParameter()
        made.setId(name)
        made.setConstant(True)
        made.setValue(value)
    _events(model, plan.doses[0], start)
    return ProtocolModel(
        str(libsbml.writeSBMLToString(document)), start, tuple(_changes(lanes, network, sizes))
    )


def _begun(bench: Bench, lane: int, start: float, sizes: Mapping[str, float]) -> _Begun:
    """The rest of a lane with what is given at its start."""
    plan, network = bench.plan, bench.cell.model.network
    values = {
        k: v[lane if len(v) > 1 else 0 : (lane if len(v) > 1 else 0) + 1] for k, v in plan.parameters.items()
    }
    rest = resting_state(bench.cell, values)
    if rest.outcomes[0] != int(Outcome.OK):
        message = f"the cells come to no rest: {Outcome(int(rest.outcomes[0])).sentence}"
        raise problem("export.rest", message)
    numbers = {k: float(v[0]) for k, v in values.items()}
    amounts = {k: float(v[0]) for k, v in rest.amounts.items()}
    species = {s.id: s for s in network.species}
    given = {}
    later = 0
    for dose in plan.doses[lane]:
        if dose.time > start + _SAME_MOMENT:
            later += 1
            per = 1.0
            if dose.target in species and not species[dose.target].substance_only:
                home = species[dose.target].compartment
                per = numbers.get(home, sizes[home])
            given[_name(later, dose)] = dose.amount / per
        elif dose.target in species or dose.target in amounts:
            amounts[dose.target] = dose.amount + (amounts[dose.target] if dose.action == "add" else 0.0)
        else:
            numbers[dose.target] = dose.amount
    return _Begun(numbers, amounts, given)


def _name(number: int, dose: Dose) -> str:
    return f"given_{number}_{dose.target}"


def _events(model: Any, doses: Sequence[Dose], start: float) -> None:
    """One event for each moment; at one moment the medium is changed first, then things are given."""
    later = [d for d in doses if d.time > start + _SAME_MOMENT]
    names = {id(d): _name(n, d) for n, d in enumerate(later, 1)}
    for number, (time, held) in enumerate(itertools.groupby(later, key=lambda d: d.time), 1):
        event = model.createEvent()
        event.setId(f"moment_{number}")
        event.setUseValuesFromTriggerTime(True)
        trigger = event.createTrigger()
        trigger.setInitialValue(True)  # it is false at the start: nothing happens before its time
        trigger.setPersistent(True)
        trigger.setMath(libsbml.parseL3Formula(f"time >= {time - start!r} {unit_id(model, 'h')}"))
        formulas: dict[str, str] = {}
        for dose in held:
            before = formulas.get(dose.target, dose.target)
            formulas[dose.target] = (
                names[id(dose)] if dose.action == "set" else f"{before} + {names[id(dose)]}"
            )
        for target, formula in formulas.items():
            assignment = event.createEventAssignment()
            assignment.setVariable(target)
            assignment.setMath(libsbml.parseL3Formula(formula))
            element = model.getParameter(target)
            if element is not None:
                element.setConstant(False)
            unit = unit_id(model, "nM") if element is None else element.getUnits()
            for dose in (d for d in later if d.target == target):
                model.getParameter(names[id(dose)]).setUnits(unit)


def _changes(lanes: Sequence[_Begun], network: Network, sizes: Mapping[str, float]) -> Iterator[LaneChange]:
    """Every value that is not the same in all lanes."""
    species = {s.id: s for s in network.species}
    ruled = {r.variable for r in network.assignment_rules}
    for name in lanes[0].amounts:
        values = np.array([lane.amounts[name] for lane in lanes])
        if np.ptp(values) == 0 or name in ruled:
            continue
        if name not in species:
            yield LaneChange(name, "parameter", "value", tuple(values.tolist()))
            continue
        home = species[name].compartment
        per = [1.0 if species[name].substance_only else lane.numbers.get(home, sizes[home]) for lane in lanes]
        attribute = "initialAmount" if species[name].substance_only else "initialConcentration"
        yield LaneChange(name, "species", attribute, tuple((values / per).tolist()))
    for group in ("numbers", "given"):
        for name in getattr(lanes[0], group):
            found = tuple(getattr(lane, group)[name] for lane in lanes)
            if len(set(found)) > 1:
                yield LaneChange(name, "parameter", "value", found)
