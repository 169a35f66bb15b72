"""Running a protocol: rest, simulate every lane at once, label the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jakstat.biology import chosen_parts, context
from jakstat.biology.selection import defined_in
from jakstat.errors import Outcome
from jakstat.experiment.describe import Entries, make_protocol
from jakstat.experiment.plan import Plan, make_plan
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.readouts import DEFAULT_READOUTS, Readout, find_readouts
from jakstat.experiment.resting import Loaded, Resting, loaded, resting, solved
from jakstat.identity import content_key
from jakstat.pharmacology import agent, find_agent
from jakstat.store import NOTICE, manifest

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["DEFAULT_READOUTS", "protocol_parts", "run_protocol", "simulate"]

Floats = NDArray[np.float64]

_RELATIVE, _ABSOLUTE = 1e-6, 1e-9


def simulate(
    context: str,
    stimuli: Entries = None,
    drugs: Entries = None,
    perturb: Entries = None,
    treatments: Entries = None,
    until: str | float = "6 h",
    observe: Iterable[str] | str | None = None,
    points: int = 241,
    *,
    medium_changes: Iterable[str] | str | None = None,
    depletion: bool = True,
    read_at: str | None = None,
    parts: Iterable[str] | str | None = None,
) -> xr.Dataset:
    """Give cells a stimulus and drugs, and see what they do.

    Parameters
    ----------
    context : str
        Kind of cell, e.g. ``"hepg2"``.
    stimuli, drugs : mapping, sequence of text, text or None
        ``{"IL6": "10 ng/ml"}``; with times ``"10 ng/ml @ 0min..20min"``; a dose series
        ``"0.1..500 ng/ml :12"``. The grammar is in :mod:`jakstat.experiment.grammar`.
    perturb : mapping or like
        Factors on synthesis or abundance, e.g. ``{"SOCS3": 0.0}``.
    treatments : mapping or like
        ``{"cycloheximide": "0h.."}``.
    until : str
        Last time, with its unit.
    observe : sequence of text
        Readouts; None reports :data:`DEFAULT_READOUTS`.
    points : int
        Number of evenly spaced times.
    medium_changes : text or sequence of text
        Times at which the medium is replaced by a plain one.
    depletion : bool
        Whether the cells use up the ligand in their medium.
    read_at : str or None
        Time at which a dose series is read; None takes each curve's peak.
    parts : sequence of text
        Parts of the model, or ``core``, ``cell`` or ``all``; None takes the core and the parts
        that define what the protocol names.

    Returns
    -------
    xarray.Dataset
        One variable per readout with dims (lane, time) and ``units``; coordinates
        ``time`` (hours), ``outcome`` (lane) and ``dose_<name>`` (lane) for each series.
        A failed lane is NaN, and its outcome says why.

    Raises
    ------
    InputError
        For names, units, doses or times that cannot be used.

    Examples
    --------
    >>> r = simulate("hepg2", stimuli={"IL6": "10 ng/ml"}, until="30 min", points=7)
    >>> r["pSTAT3"].dims, r["pSTAT3"].attrs["units"], bool(r["pSTAT3"][0, -1] > r["pSTAT3"][0, 0])
    (('lane', 'time'), '1/cell', True)
    """
    protocol = make_protocol(
        context,
        stimuli=stimuli,
        drugs=drugs,
        perturb=perturb,
        treatments=treatments,
        until=until,
        observe=observe,
        points=points,
        medium_changes=medium_changes,
        depletion=depletion,
        read_at=read_at,
        parts=parts,
    )
    return run_protocol(protocol)


def run_protocol(protocol: Protocol) -> xr.Dataset:
    """The labelled result of a protocol; see :func:`simulate`.

    Examples
    --------
    >>> from jakstat.experiment.protocol import Protocol, Sampling
    >>> run_protocol(Protocol("hepg2", until=1.0, sampling=Sampling(3))).sizes["time"]
    3
    """
    context(protocol.context)  # refuses an unknown cell before anything is built
    cell = loaded(protocol.context, protocol_parts(protocol))
    readouts = find_readouts(protocol.observe or DEFAULT_READOUTS, cell)
    plan = make_plan(protocol, cell.assembly, cell.model.network)
    rest = resting(protocol.context, cell.assembly.parts, _hashable(plan.parameters))
    result = solved(
        lambda method: cell.model.simulate(
            plan.times,
            parameters=plan.parameters or None,
            initial=rest.amounts,
            doses=plan.doses,
            outputs=[r.symbol for r in readouts],
            rtol=_RELATIVE,
            atol=_ABSOLUTE,
            method=method,
        )
    )
    outcomes = _outcomes([Outcome(int(code)) for code in result.outcomes], rest, plan.lanes)
    values = {r.symbol: np.asarray(result.value(r.symbol), dtype=float) * r.scale for r in readouts}
    return _labelled(protocol, plan, cell, readouts, values, outcomes)


def protocol_parts(protocol: Protocol) -> tuple[str, ...]:
    """The parts that a protocol runs on: those asked for, or the core and what it names; drugs bring theirs.

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
    where = defined_in()
    brought = [where[a.model_symbol] for a in used if a.kind == "drug" and a.model_symbol in where]
    return chosen if set(brought) <= set(chosen) else chosen_parts([*chosen, *brought])


def _hashable(parameters: Mapping[str, Floats]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return tuple((name, tuple(float(v) for v in values)) for name, values in sorted(parameters.items()))


def _outcomes(ran: list[Outcome], rest: Resting, lanes: int) -> list[Outcome]:
    """A lane that found no rest says so; otherwise what its run says."""
    rested = list(rest.outcomes) * (lanes if len(rest.outcomes) == 1 else 1)
    return [r if b is Outcome.OK else b for r, b in zip(ran, rested, strict=True)]


def _labelled(
    protocol: Protocol,
    plan: Plan,
    cell: Loaded,
    readouts: tuple[Readout, ...],
    values: Mapping[str, Floats],
    outcomes: list[Outcome],
) -> xr.Dataset:
    import xarray as xr

    failed = np.array([o is not Outcome.OK for o in outcomes])
    variables: dict[str, tuple[tuple[str, str], Floats, dict[str, object]]] = {}
    for readout in readouts:
        lanes = np.where(failed[:, None], np.nan, values[readout.symbol])
        attrs: dict[str, object] = {
            "units": readout.unit,
            "long_name": readout.title,
            "sources": list(cell.assembly.sources),
        }
        variables[readout.name] = (("lane", "time"), lanes, attrs)
    coordinates: dict[str, object] = {
        "time": ("time", plan.times, {"units": "h"}),
        "outcome": ("lane", [o.name for o in outcomes]),
    }
    for axis, levels in zip(plan.axes, plan.levels, strict=True):
        coordinates[f"dose_{axis.name}"] = ("lane", levels, {"units": axis.unit, "kind": axis.kind})
    return xr.Dataset(variables, coords=coordinates, attrs=_attributes(protocol, plan, cell, outcomes))


def _attributes(protocol: Protocol, plan: Plan, cell: Loaded, outcomes: list[Outcome]) -> dict[str, object]:
    used = [a.name for a in protocol.drugs] + [t.name for t in protocol.treatments]
    sources = {*cell.assembly.sources, *(key for name in used for key in agent(name).sources)}
    made = manifest(
        "simulation",
        {
            "context": protocol.context,
            "parts": list(cell.assembly.parts),
            "protocol": protocol,
            "model_key": cell.assembly.model_key,
            "parameters_key": content_key([(r.id, r.value, r.unit) for r in cell.assembly.parameters]),
            "tolerances": {"relative": _RELATIVE, "absolute": _ABSOLUTE},
            "seed": None,
        },
        sources=sources,
    )
    bad = [o for o in outcomes if o is not Outcome.OK]
    return {
        "context": protocol.context,
        "title": cell.assembly.context.title,
        "outcome": "OK" if not bad else bad[0].name,
        "failed_lanes": len(bad),
        "axes": [axis.name for axis in plan.axes],
        "read_at_h": protocol.read_at,
        "sources": sorted(sources),
        "notes": list(plan.notes),
        "manifest": made.to_dict(),
        "notice": NOTICE,
    }
