"""From a protocol to what the engine runs: lanes, parameter values, dose tables and times."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology import Assembly, Context, chosen_parts, dissolved, read_as, read_word
from jakstat.biology.own_drugs import SYMBOL, OwnDrug
from jakstat.engine.doses import Dose
from jakstat.engine.network.expression import symbols
from jakstat.engine.network.network import Network
from jakstat.errors import InputError, Problem, problem
from jakstat.experiment.protocol import Addition, Perturbation, Protocol, Schedule, Treatment
from jakstat.limits import LIMITS
from jakstat.pharmacology import acts_on, agent, find_agent, library_agents, misprint_note, unknown
from jakstat.units import Kind, convert, to_molar

__all__ = [
    "Axis",
    "Plan",
    "given_twice",
    "make_plan",
    "own_cell_notes",
    "pair_note",
    "protocol_parts",
    "stimulus_names",
]

_MEDIUM = "medium"
_PAIR = 2
_SHOWN = 6
_FACTOR = "factor_"
_SAME_MOMENT = 1e-9
"""Hours: times that differ by less are one."""
_UNDEPLETED = 1e4
"""By how much the medium is enlarged when the cells shall not deplete it."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One dose series: what is varied, its levels as given, and whether it is a drug."""

    name: str
    values: tuple[float, ...]
    unit: str
    kind: str


@dataclass(frozen=True)
class Plan:
    """What the engine runs.

    Parameters
    ----------
    axes : tuple of Axis
        The series; the lanes are all combinations of their levels, the last axis running fastest.
    levels : tuple of array (lanes,)
        For each axis, the level of every lane.
    parameters : mapping of id to array (1,) or (lanes,)
        Values in force from before the cells come to rest.
    doses : tuple (lanes,) of tuple of Dose
    times : array (times,)
        Hours; the first is where the integration starts.
    notes : tuple of str
        What the user should know about how the protocol was understood.
    """

    axes: tuple[Axis, ...]
    levels: tuple[Floats, ...]
    parameters: Mapping[str, Floats]
    doses: tuple[tuple[Dose, ...], ...]
    times: Floats
    notes: tuple[str, ...]

    @property
    def lanes(self) -> int:
        """Number of simulations."""
        return len(self.doses)


def stimulus_names(network: Network) -> tuple[str, ...]:
    """The species of the medium that are no drugs: what may be given as a stimulus."""
    drugs = {a.model_symbol for a in library_agents()}
    here = (s.id for s in network.species if s.compartment == _MEDIUM and s.id not in drugs)
    return tuple(name for name in here if SYMBOL not in name)


def protocol_parts(protocol: Protocol) -> tuple[str, ...]:
    """The parts that a protocol runs on: those asked for, or the whole cell; drugs bring theirs.

    Raises
    ------
    InputError
        ``part.unknown``.

    Examples
    --------
    >>> protocol_parts(Protocol("hepg2", parts=("stat3",)))
    ('receptor', 'jak', 'stat3')
    """
    named = [stimulus.name for stimulus in protocol.stimuli]
    named += [f"factor_{p.gene}" for p in protocol.perturbations]
    given = [item.name for item in protocol.drugs] + [item.name for item in protocol.treatments]
    used = [found for name in given if (found := find_agent(name)) is not None]
    named += [found.model_symbol for found in used]
    chosen = chosen_parts(protocol.parts, [*named, *protocol.observe])
    brought = [a.cell_part for a in used if a.kind == "drug" and a.cell_part]
    return chosen if set(brought) <= set(chosen) else chosen_parts([*chosen, *brought])


@dataclass(frozen=True)
class _Dosing:
    """What the doses are worked out with: the model, the medium and the level of every lane."""

    assembly: Assembly
    network: Network
    volume: float
    lanes: int
    index: Mapping[int, NDArray[np.intp]]

    def spread(self, item: Addition | Perturbation, levels: Floats) -> Floats:
        """The level of each lane (lanes,): its own in a series, the same in all lanes otherwise."""
        return levels[self.index[id(item)]] if len(levels) > 1 else np.repeat(levels, self.lanes)

    @property
    def dissolved(self) -> list[str]:
        """Every species of the medium."""
        return [s.id for s in self.network.species if s.compartment == _MEDIUM]


def make_plan(protocol: Protocol, assembly: Assembly, network: Network) -> Plan:
    """Check the names of a protocol against a model and lay out its lanes.

    Raises
    ------
    InputError
        With every unknown stimulus, drug, treatment or gene; mass doses without a
        molar mass; timed factors on what the model conserves; too many lanes.
    """
    problems: list[Problem] = []
    symbol = _check_names(protocol, network, problems)
    if problems:
        raise InputError(problems)
    varied = _varied(protocol)
    axes = tuple(axis for axis, _ in varied)
    lanes = math.prod(len(axis.values) for axis in axes)
    if lanes > LIMITS.lanes:
        raise problem("lanes.too-many", f"{lanes} combinations are too many", hint=f"at most {LIMITS.lanes}")
    grids = np.meshgrid(*(np.arange(len(axis.values)) for axis in axes), indexing="ij")
    index = {id(item): grid.ravel() for (_, item), grid in zip(varied, grids, strict=True)}
    plain = next(row.value for row in assembly.parameters if row.id == _MEDIUM)
    volume = plain if protocol.depletion else plain * _UNDEPLETED
    dosing = _Dosing(assembly, network, volume, lanes, index)
    doses, notes = _doses(protocol, symbol, dosing)
    notes = (*own_cell_notes(assembly.context), *notes)
    levels = tuple(np.array(axis.values)[index[id(item)]] for axis, item in varied)
    return Plan(axes, levels, _parameters(protocol, dosing), doses, _times(protocol), notes)


def _varied(protocol: Protocol) -> list[tuple[Axis, Addition | Perturbation]]:
    """Everything that was given more than one level, stimuli first."""
    found: list[tuple[Axis, Addition | Perturbation]] = []
    for kind, additions in (("stimulus", protocol.stimuli), ("drug", protocol.drugs)):
        found += [(Axis(a.name, a.values, a.unit, kind), a) for a in additions if len(a.values) > 1]
    for p in protocol.perturbations:
        if len(p.factors) > 1:
            found.append((Axis(p.gene, p.factors, "1", "factor"), p))
    return found


def _check_names(protocol: Protocol, network: Network, problems: list[Problem]) -> dict[str, str]:
    """Model symbols by the users' names; unknown names are added to ``problems``."""
    stimuli = stimulus_names(network)
    symbol = {}
    for stimulus in protocol.stimuli:
        symbol[stimulus.name] = stimulus.name
        if stimulus.name not in stimuli:
            problems.append(_no_stimulus(stimulus))
    given = [(d.name, "drug", "--drug") for d in protocol.drugs]
    given += [(t.name, "switch", "--treatment") for t in protocol.treatments]
    for name, kind, option in given:
        try:
            found = agent(name, field=option)
        except InputError as error:
            ligand = read_word("ligand", name, dissolved()) if kind == "drug" else None
            hint = f"{ligand} is a ligand: --stimulus {ligand}=..."
            no_drug = Problem("drug.unknown", f"{name} is no drug", field=option, hint=hint)
            problems.extend(error.problems if ligand is None else [no_drug])
            continue
        symbol[name] = found.model_symbol
        if found.kind != kind:
            hint = (
                f"write {found.name}=..nM" if found.kind == "drug" else f"write --treatment {found.name}@0h"
            )
            wants = "needs a dose" if found.kind == "drug" else "takes no dose"
            problems.append(Problem("drug.dose", f"{found.name} {wants}", field=option, hint=hint))
    genes = [p.id.removeprefix(_FACTOR) for p in network.parameters if p.id.startswith(_FACTOR)]
    for perturbation in protocol.perturbations:
        if perturbation.gene not in genes:
            problems.append(unknown("gene", perturbation.gene, genes, field="--knockdown"))
        elif perturbation.time is not None and not _acts_later(network, _FACTOR + perturbation.gene):
            message = (
                f"the model keeps the amount of {perturbation.gene} constant, so it cannot change at a time"
            )
            hint = f"write {perturbation.gene}=... without a time"
            problems.append(Problem("gene.timed", message, field="--knockdown", hint=hint))
    problems += _given_twice(protocol, symbol)
    return symbol


def _no_stimulus(stimulus: Addition) -> Problem:
    """What to say of a stimulus that is none, a drug perhaps."""
    drug = find_agent(stimulus.name)
    if drug is not None and drug.kind == "drug":
        message, hint = f"{drug.name} is a drug and no stimulus", f"--drug {drug.name}=..."
        return Problem("stimulus.unknown", message, field="--stimulus", hint=hint)
    known = [s for s in dissolved() if s not in {a.model_symbol for a in library_agents()}]
    return unknown("stimulus", stimulus.name, known, field="--stimulus")


def _given_twice(protocol: Protocol, symbol: Mapping[str, str]) -> Iterator[Problem]:
    """What is given more than once, under one name or two, and neither of the two is the last word."""
    yield from given_twice(protocol.additions, lambda name: symbol.get(name, name))
    switched = [(symbol.get(t.name, t.name), t.name) for t in protocol.treatments]
    genes = [(p.gene, p.gene) for p in protocol.perturbations]
    hints = "give it once", "give one factor, or a series such as 0,0.5,1"
    for given, hint in zip((switched, genes), hints, strict=True):
        for key in sorted({k for k, _ in given}):
            same = [name for k, name in given if k == key]
            if len(same) > 1:
                yield Problem("name.twice", f"{_told(same)} is given twice", hint=hint)


def given_twice(additions: Sequence[Addition], symbol: Callable[[str], str]) -> Iterator[Problem]:
    """Doses of one agent that no protocol can have: two at one time, two series, or from two species.

    Examples
    --------
    >>> from jakstat.experiment.grammar import parse_addition
    >>> doses = [parse_addition(t, ligand=False) for t in ("a=2nM@0h", "a=1nM@8h", "a=3nM@8h,16h")]
    >>> [p.message for p in given_twice(doses, str)]
    ['a is given twice at 8 h']
    """
    of: dict[str, list[Addition]] = {}
    for addition in additions:
        of.setdefault(symbol(addition.name), []).append(addition)
    for same in of.values():
        told, field = _told([a.name for a in same]), "--stimulus" if same[0].origin else "--drug"
        starts = sorted(t for a in same for t in a.schedule.starts)
        when = next((t for t, later in itertools.pairwise(starts) if later - t < _SAME_MOMENT), None)
        if when is not None:
            hint = "add the two doses up, or give them at different times, as in @0h and @8h"
            yield Problem("name.twice", f"{told} is given twice at {when:g} h", field=field, hint=hint)
        elif sum(len(a.values) != 1 for a in same) > 1:
            hint = "give one series; the other doses have one level each"
            yield Problem("name.twice", f"{told} is given twice as a series", field=field, hint=hint)
        elif len({a.origin for a in same}) > 1:
            message = f"{told} is given twice, from two species"
            yield Problem("name.twice", message, field=field, hint="give one")


def _told(names: Sequence[str]) -> str:
    """A name, with another one that stands for the same."""
    other = next((n for n in names if n != names[0]), None)
    return names[0] if other is None else f"{names[0]} (also as {other})"


def own_cell_notes(cell: Context) -> list[str]:
    """What is the user's own in a cell.

    Examples
    --------
    >>> from jakstat.biology import context
    >>> own_cell_notes(context("hepg2"))
    []
    """
    if cell.origin != "user":
        return []
    own = [row.id for row in cell.own]
    many = ", ".join(own[:_SHOWN]) + (f" and {len(own) - _SHOWN} more" if len(own) > _SHOWN else "")
    return [f"{cell.told}: {many} are your own numbers, from data of SHA-256 {cell.data_key}"]


def own_drug_note(drug: OwnDrug) -> str:
    """What is the user's own in a drug.

    Examples
    --------
    >>> from jakstat.biology.own_drugs import OwnPotency
    >>> one = OwnPotency("JAK1", "IC50", 3.0, "enzyme")
    >>> own_drug_note(OwnDrug("a", "kinase_inhibitor", (one,), "0" * 64))
    'a#... is your own drug, ... at JAK2, JAK3, TYK2 it does nothing, as no number is given'
    """
    told = "; ".join(f"{p.target} {p.told}" for p in drug.potencies)
    lacks = f"; at {', '.join(drug.lacks)} it does nothing, as no number is given" if drug.lacks else ""
    return f"{drug.ref} is your own drug, from a file of SHA-256 {drug.data_key}: {told}{lacks}"


def pair_note(name: str, levels: Sequence[float], unit: str = "") -> list[str]:
    """What a list of two whole numbers was read as: 10,5 may have been meant as ten and a half.

    Examples
    --------
    >>> pair_note("IL6", [10.0, 5.0], "ng/ml")
    ['IL6 was read as two doses, 10 and 5 ng/ml; a decimal number is written with a point']
    >>> pair_note("IL6", [0.5, 5.0], "ng/ml")
    []
    """
    if len(levels) != _PAIR or any(v != int(v) for v in levels):
        return []
    what = (
        f"two doses, {levels[0]:g} and {levels[1]:g} {unit}"
        if unit
        else (f"two factors, {levels[0]:g} and {levels[1]:g}")
    )
    return [f"{name} was read as {what}; a decimal number is written with a point"]


def _acts_later(network: Network, parameter: str) -> bool:
    """Whether a parameter enters a rate, so that changing it during a run does something."""
    rates = [r.rate for r in network.reactions if r.rate is not None]
    rules = [a.expression for a in (*network.assignment_rules, *network.rate_rules)]
    return any(parameter in symbols(expression) for expression in (*rates, *rules))


def _parameters(protocol: Protocol, dosing: _Dosing) -> dict[str, Floats]:
    """Values in force before the cells come to rest, (1,) or (lanes,) each."""
    values: dict[str, Floats] = {}
    for p in protocol.perturbations:
        if p.time is None:
            factors = np.array(p.factors)
            values[_FACTOR + p.gene] = dosing.spread(p, factors) if len(factors) > 1 else factors
    if not protocol.depletion:
        values[_MEDIUM] = np.array([dosing.volume])
    return values


def _nanomolar(addition: Addition, assembly: Assembly) -> Floats:
    """The dose levels in nM; mass doses through the molar mass of the agent or ligand."""
    molar_mass = None
    if addition.levels[0].kind is Kind.MASS_CONCENTRATION:
        if addition.origin:
            wanted = f"molar_mass_{addition.name}"
            row = next((row for row in assembly.parameters if row.id == wanted), None)
            molar_mass = (
                None if row is None else convert(row.value, row.unit.replace("kDa", "kg/mol"), "g/mol")
            )
        else:
            molar_mass = agent(addition.name).molar_mass
    field = f"{'--stimulus' if addition.origin else '--drug'} {addition.name}"
    return np.array([to_molar(level, molar_mass=molar_mass, field=field) for level in addition.levels])


def _doses(
    protocol: Protocol, symbol: Mapping[str, str], dosing: _Dosing
) -> tuple[tuple[tuple[Dose, ...], ...], tuple[str, ...]]:
    """Dose tables and notes; at one moment the medium is changed first, then things are given."""
    notes = [*read_as(protocol.observe)]
    notes += [note for a in protocol.additions for note in pair_note(a.name, a.values, a.unit)]
    notes += [note for p in protocol.perturbations for note in pair_note(p.gene, p.factors)]
    shared = [Dose(t, s, 0.0, action="set") for t in protocol.medium_changes for s in dosing.dissolved]
    for treatment in protocol.treatments:
        shared += _switched(treatment, symbol[treatment.name])
    per_lane: list[list[Dose]] = [[] for _ in range(dosing.lanes)]
    for addition in protocol.additions:
        target = symbol[addition.name]
        shared += _washed(addition.schedule, target, dosing.dissolved)
        acting = dosing.volume * _share_acting(addition, protocol, dosing.assembly, notes)
        amounts = dosing.spread(addition, _nanomolar(addition, dosing.assembly) * acting)
        for lane, amount in zip(per_lane, amounts, strict=True):
            lane += [Dose(start, target, float(amount)) for start in addition.schedule.starts]
    for p in protocol.perturbations:
        if p.time is not None:
            for lane, factor in zip(per_lane, dosing.spread(p, np.array(p.factors)), strict=True):
                lane.append(Dose(p.time, _FACTOR + p.gene, float(factor), action="set"))
    return tuple(_in_order([*shared, *lane]) for lane in per_lane), tuple(dict.fromkeys(notes))


def _in_order(doses: Iterable[Dose]) -> tuple[Dose, ...]:
    return tuple(sorted(doses, key=lambda dose: (dose.time, dose.action != "set")))


def _switched(treatment: Treatment, parameter: str) -> list[Dose]:
    on = [Dose(treatment.on, parameter, 1.0, action="set")]
    return on if treatment.off is None else [*on, Dose(treatment.off, parameter, 0.0, action="set")]


def _washed(schedule: Schedule, target: str, dissolved: Iterable[str]) -> list[Dose]:
    """The end of a pulse: the agent, and everything in the medium that contains it, is gone."""
    if schedule.stop is None:
        return []
    containing = [s for s in dissolved if f"_{target}_" in f"_{s}_"]
    return [Dose(schedule.stop, s, 0.0, action="set") for s in containing]


def _share_acting(addition: Addition, protocol: Protocol, assembly: Assembly, notes: list[str]) -> float:
    """The share of a dose that the cells can see."""
    cells = assembly.context.species
    if not addition.origin:
        return _share_of_drug(addition.name, protocol, cells, notes)
    if acts_on(addition.name, origin=addition.origin, cells=cells):
        return 1.0
    notes.append(f"{addition.origin} {addition.name} does not act on {cells} cells; it was left out")
    return 0.0


def _share_of_drug(name: str, protocol: Protocol, cells: str, notes: list[str]) -> float:
    """The unbound share of a drug, 0 where it does not know the target's species."""
    drug = agent(name)
    notes += [note for note in [misprint_note(name)] if note is not None]
    given = (s.origin for s in protocol.stimuli if s.name == drug.binds)
    whose = next(given, cells)
    if whose in drug.species:
        if drug.own is not None:
            notes.append(own_drug_note(drug.own))
        elif drug.grade == "assumed":
            notes.append(f"{drug.name}: how strongly it acts is assumed")
        return drug.fraction_unbound_medium
    target = f"{whose} cells" if drug.binds == "cells" else f"{whose} {drug.binds}"
    notes.append(f"{drug.name} does not act on {target}; it was left out")
    return 0.0


def _times(protocol: Protocol) -> Floats:
    """The sampled hours: an even grid, every moment at which something is done, and the asked-for ones."""
    start, until = protocol.start, protocol.until
    grid = np.linspace(start, until, protocol.sampling.points)
    wanted = [0.0, *protocol.moments(), *protocol.sampling.times]
    if protocol.read_at is not None:
        wanted.append(protocol.read_at)
    extra = [t for t in wanted if start <= t <= until]
    times = np.unique(np.concatenate([grid, np.array(extra)]))
    # points that differ by rounding only would be two samples of one moment
    keep = np.concatenate([[True], np.diff(times) > 1e-9 * max(1.0, until - start)])
    return np.asarray(times[keep], dtype=np.float64)
