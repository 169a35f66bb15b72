"""Does a cell switch? A scan of one input for ranges with two stable steady states."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology import dissolved, genes, read_as, read_word
from jakstat.biology.selection import defined_in
from jakstat.engine.batched.vector_field import VectorField
from jakstat.equilibria.branches import Branches, Input, Window, branches
from jakstat.equilibria.situation import Situation, situation
from jakstat.errors import InputError, problem
from jakstat.experiment.cell_calls import asks_cells
from jakstat.experiment.grammar import parse_addition, parse_perturbation
from jakstat.experiment.plan import protocol_parts, stimulus_names
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.question import question
from jakstat.experiment.readouts import Readout
from jakstat.knowledge.parameter_table import Row
from jakstat.limits import LIMITS, check_count
from jakstat.numbers import NUMBER
from jakstat.pharmacology import find_agent, library_agents, spoken_name, unknown
from jakstat.store import NOTICE, attributes, manifest
from jakstat.streams import check_seed
from jakstat.units import parse_number

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["bistability"]

_RANGE = re.compile(
    rf"(?P<low>{NUMBER})\s*\.\.\s*(?P<high>{NUMBER})\s*(?P<unit>[^:]*?)\s*(?::(?P<count>[0-9]{{1,9}}))?"
)
_WIDE = 10.0
"""From this ratio of its ends on, a range that starts above 0 is stepped through on a logarithmic scale."""
_LEVELS, _FEWEST, _MOST = 41, 5, 401
_STARTS = 200
_FACTOR = "factor_"


@dataclass(frozen=True, slots=True)
class _InputText:
    """The text of an input taken apart."""

    name: str
    low: str
    high: str
    unit: str
    count: int


def _read(text: str) -> _InputText:
    name, equals, rest = text.strip().partition("=")
    match = _RANGE.fullmatch(rest.strip())
    if not equals or match is None or len(text) > LIMITS.name_length:
        hint = (
            "write IL6=0.01..100ng/ml, SOCS3=0..3 (a factor) or kcat_STAT3=1e3..1e5, with :41 for 41 levels"
        )
        raise problem(
            "input.unreadable", f"{text[:60]!r} is no range of an input", field="--input", hint=hint
        )
    count = int(match["count"] or _LEVELS)
    check_count(count, least=_FEWEST, most=_MOST, field="--input")
    low, high = (parse_number(match[end], field="--input") for end in ("low", "high"))
    if not low < high:
        message = f"the range {low:g}..{high:g} does not rise"
        raise problem("input.order", message, field="--input", hint="lowest first")
    return _InputText(_named(name.strip()), match["low"], match["high"], match["unit"], count)


def _named(name: str) -> str:
    """The ligand, gene, drug or parameter that is meant."""
    if name in defined_in():
        return name
    found = read_word("ligand", name, dissolved()) or read_word("gene", name, genes())
    drug = find_agent(name) if found is None else None
    return found or (name if drug is None else spoken_name(drug, name))


def _scale(low: float, high: float) -> bool:
    return bool(low > 0 and high / low >= _WIDE)


def _input(text: str, protocol: Protocol) -> tuple[Input, Situation, int]:
    """What is varied: a ligand, a drug, a factor on a gene or a parameter of the table."""
    asked = _read(text)
    named = replace(protocol, observe=(*protocol.observe, asked.name, _FACTOR + asked.name))
    protocol = replace(protocol, parts=protocol_parts(named))
    plain = situation(protocol)
    network = plain.cell.model.network
    drugs = _drugs(asked.name)
    rows = {row.id: row for row in plain.cell.rows}
    genes = [p.id.removeprefix(_FACTOR) for p in network.parameters if p.id.startswith(_FACTOR)]
    given = [(a.name, find_agent(a.name)) for a in protocol.additions]
    taken = {name if found is None else found.name for name, found in given}
    taken |= {p.gene for p in protocol.perturbations}
    if asked.name in taken:
        raise problem("name.twice", f"{asked.name} is given twice", field="--input", hint="vary or fix it")
    if asked.name in (*stimulus_names(network), *drugs):
        return *_dissolved(asked, protocol, ligand=asked.name not in drugs), asked.count
    if asked.name in genes:
        gene = parse_perturbation(f"{asked.name}={asked.low}..{asked.high}:2", field="--input")
        return _of_parameter(asked.name, _FACTOR + asked.name, "1", gene.factors), plain, asked.count
    if asked.name in rows:
        row = rows[asked.name]
        ends = _in_unit(asked, row)
        return _of_parameter(asked.name, row.id, row.unit, ends), plain, asked.count
    every = [*stimulus_names(network), *drugs, *genes, *rows]
    raise InputError([unknown("input", asked.name, every, field="--input")])


def _drugs(asked: str) -> dict[str, str]:
    """Species of the drugs of the library by name, and of one of the user's own that is asked for."""
    found = {a.name: a.model_symbol for a in library_agents() if a.kind == "drug"}
    own = find_agent(asked)
    return found if own is None or own.own is None else {**found, asked: own.model_symbol}


def _in_unit(asked: _InputText, row: Row) -> tuple[float, float]:
    if asked.unit not in ("", row.unit):
        message = f"{row.id} is in {row.unit}, not in {asked.unit[:20]!r}"
        raise problem("unit.clash", message, field="--input", hint=f"write {row.id}=LOW..HIGH{row.unit}")
    low, high = float(asked.low), float(asked.high)
    if low < 0:
        raise problem("input.negative", f"{row.id} cannot be negative", field="--input")
    return low, high


def _of_parameter(name: str, symbol: str, unit: str, ends: tuple[float, ...]) -> Input:
    low, high = ends[0], ends[-1]
    return Input(name, unit, low, high, _scale(low, high), parameters=lambda x: {symbol: x})


def _dissolved(asked: _InputText, protocol: Protocol, *, ligand: bool) -> tuple[Input, Situation]:
    """A ligand or drug that is held at each level in turn."""
    field = "--input"
    ends = f"{asked.low},{asked.high}{asked.unit}"
    levels = parse_addition(f"{asked.name}={ends}", field=field, ligand=ligand)
    top = replace(levels, levels=levels.levels[-1:])
    added = replace(
        protocol,
        stimuli=(*protocol.stimuli, top) if ligand else protocol.stimuli,
        drugs=protocol.drugs if ligand else (*protocol.drugs, top),
    )
    place = situation(added)
    drugs = _drugs(asked.name)
    symbol = asked.name if ligand else drugs[asked.name]
    per_unit = place.held[symbol] / top.values[0]
    low, high = levels.values
    vary = Input(
        asked.name, levels.unit, low, high, _scale(low, high), initial=lambda x: {symbol: x * per_unit}
    )
    held = {name: amount for name, amount in place.held.items() if name != symbol}
    return vary, replace(place, held=held)


def _with_fixed(vary: Input, place: Situation) -> Input:
    """The input with everything that stays the same in all lanes."""

    def joined(
        fixed: Mapping[str, float], moving: Callable[[Floats], Mapping[str, Floats]]
    ) -> Callable[[Floats], Mapping[str, Floats]]:
        return lambda x: {name: np.full(len(x), v) for name, v in fixed.items()} | dict(moving(x))

    return replace(
        vary, parameters=joined(place.parameters, vary.parameters), initial=joined(place.held, vary.initial)
    )


@asks_cells
def bistability(
    protocol: Protocol,
    vary: str,
    *,
    starts: int = 12,
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
) -> xr.Dataset:
    """Steady states of a cell over the range of one input, and whether it can rest in two of them.

    Parameters
    ----------
    protocol : Protocol or str
        Or a kind of cell, with what is done to it as :func:`jakstat.experiment.run.simulate` takes it.
        What else is given, without times; its ``observe`` are the readouts, the first of them decides
        which states count as low and as high.
    vary : str
        ``"IL6=0.01..100ng/ml"`` (a ligand or drug, held at each level), ``"SOCS3=0..3"`` (a factor on a
        gene's product) or ``"kcat_STAT3=1e3..1e5"`` (a parameter, in the unit of its table);
        ``:41`` for 41 levels.
    starts : int
        Random starts at both ends and in the middle of the range.
    seed : int
    progress : callable, optional
        Is told what is being done.

    Returns
    -------
    xarray.Dataset
        ``<readout>_up`` and ``<readout>_down`` over ``level``: the sweeps of quasi-static steady states; and
        ``<readout>`` over ``point``: the curves followed through folds, with coordinates ``point_level``,
        ``curve``, ``stable``, ``oscillating`` and ``fold``. Attributes: ``verdict``
        (``monostable``, ``bistable``, ``oscillating``, ``not decided``), ``sentence``, ``windows``,
        ``oscillations``, ``folds``, ``disagreements``, ``manifest``.

    Raises
    ------
    InputError
        Unknown names, an unreadable range, times in the protocol.

    Notes
    -----
    Pseudo-arclength continuation: doi:10.1137/1.9780898719154. The sweeps are carried out by integration and
    do not know of the curves; where the two disagree the verdict is "not decided".

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", observe="pSTAT3", parts="core")
    >>> found = bistability(p, "IL6=0.1..100ng/ml:5", starts=0)
    >>> found.attrs["verdict"]
    'monostable'
    """
    check_count(starts, least=0, most=_STARTS, field="--starts")
    check_seed(seed)
    asked, place, count = _input(vary, protocol)
    whole = _with_fixed(asked, place)
    lead = place.read[0].symbol

    def rank(field: VectorField, states: Floats) -> Floats:
        return field.values(states, [lead])[lead]

    found = branches(place.model, whole, count=count, starts=starts, seed=seed, rank=rank, progress=progress)
    return _labelled(protocol, place, whole, found, {"input": vary, "starts": starts, "seed": seed})


def _readings(place: Situation, vary: Input, level: Floats, states: Floats) -> dict[str, Floats]:
    """Readouts of states at their levels, by name; NaN where a state is."""
    good = ~np.isnan(states).any(axis=1)
    read = {r.name: np.full(len(states), np.nan) for r in place.read}
    if good.any():
        level = level[good]
        field = place.model.vector_field(vary.parameters(level) or None, vary.initial(level) or None)
        field = field if len(field.start) == len(level) else field.lane(0, len(level))
        values = field.values(states[good], [r.symbol for r in place.read])
        for r in place.read:
            read[r.name][good] = values[r.symbol] * r.scale
    return read


def _labelled(
    protocol: Protocol, place: Situation, vary: Input, found: Branches, asked: Mapping[str, object]
) -> xr.Dataset:
    import xarray as xr

    sources = list(place.cell.assembly.sources)
    variables: dict[str, tuple[str, Floats, dict[str, object]]] = {}

    def add(suffix: str, dim: str, readings: Mapping[str, Floats]) -> None:
        by_name: Mapping[str, Readout] = {r.name: r for r in place.read}
        for name, values in readings.items():
            attrs: dict[str, object] = {"units": by_name[name].unit, "long_name": by_name[name].title}
            variables[name + suffix] = (dim, values, {**attrs, "sources": sources})

    add("_up", "level", _readings(place, vary, found.levels, found.up))
    add("_down", "level", _readings(place, vary, found.levels, found.down))
    width = found.up.shape[1]
    levels = np.concatenate([np.empty(0), *[line.level for line in found.lines]])
    states = np.concatenate([np.empty((0, width)), *[line.states for line in found.lines]])
    add("", "point", _readings(place, vary, levels, states))
    none = np.empty(0, dtype=bool)
    folds = [np.isin(np.arange(len(line.level)), line.fold_points) for line in found.lines]
    coords = {
        "level": ("level", found.levels, {"units": vary.unit, "long_name": str(vary.name)}),
        "point_level": ("point", levels, {"units": vary.unit}),
        "curve": ("point", np.repeat(np.arange(len(found.lines)), [len(x.level) for x in found.lines])),
        "stable": ("point", np.concatenate([none, *[line.stable for line in found.lines]])),
        "oscillating": ("point", np.concatenate([none, *[line.turns for line in found.lines]])),
        "fold": ("point", np.concatenate([none, *folds])),
    }
    assembly = place.cell.assembly
    made = manifest(
        "bistability",
        {"protocol": protocol, "model_key": assembly.model_key, **asked},
        sources=assembly.sources,
    )
    attrs = {
        "context": protocol.context,
        "title": assembly.context.title,
        "question": question(protocol, assembly.parts),
        "readouts": [r.name for r in place.read],
        "input": vary.name,
        "unit": vary.unit,
        "logarithmic": vary.logarithmic,
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "sentence": _sentence(found, vary),
        "windows": _ranges(found.windows),
        "oscillations": _ranges(found.oscillations),
        "folds": sorted(float(x) for line in found.lines for x in line.folds),
        "disagreements": found.disagreements,
        "sources": sources,
        "notes": [*read_as([vary.name]), *place.notes],
        "manifest": made.to_dict(),
        "notice": NOTICE,
    }
    return xr.Dataset(variables, coords=coords, attrs=attributes(attrs))


def _ranges(windows: Sequence[Window]) -> list[dict[str, object]]:
    return [{"low": w.low, "high": w.high, "open_low": w.open_low, "open_high": w.open_high} for w in windows]


def _oscillation(found: Branches, unit: str) -> str:
    """Where a steady state gives way to an oscillation, in words."""
    spans = [f"{w.low:.4g} to {w.high:.4g}{unit}" for w in found.oscillations]
    return f"a steady state is unstable to an oscillation from {' and from '.join(spans)}" if spans else ""


def _sentence(found: Branches, vary: Input) -> str:
    """The verdict in words."""
    unit = "" if vary.unit in ("1", "dimensionless") else f" {vary.unit}"
    span = f"between {vary.low:.4g} and {vary.high:.4g}{unit} of {vary.name}"
    swings = _oscillation(found, unit)
    if found.verdict == "oscillating":
        return f"one steady state {span}; {swings.replace('a steady state', 'it', 1)}"
    if found.verdict == "not decided":
        folds = [x for line in found.lines for x in line.folds]
        turn = f"curves fold at {', '.join(f'{x:.4g}' for x in sorted(folds))}{unit}" if folds else ""
        return f"not decided {span}: {'; '.join(filter(None, [*found.reasons, turn, swings]))}"
    if found.verdict == "monostable":
        return f"monostable {span}"
    parts = []
    for w in found.windows:
        low = "below the scan's low end" if w.open_low else f"{w.low:.4g}"
        high = "above the scan's high end" if w.open_high else f"{w.high:.4g}"
        ratio = (
            f" (hysteresis {w.high / w.low:.3g}-fold)"
            if w.low > 0 and not (w.open_low or w.open_high)
            else ""
        )
        parts.append(f"from {low} to {high}{unit}{ratio}")
    also = f"; {swings}" if swings else ""
    return f"bistable in {vary.name} {', and '.join(parts)}{also}"
