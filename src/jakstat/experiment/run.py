"""Running a protocol: rest, simulate every lane at once, label the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from jakstat.arrays import Floats
from jakstat.calls import one_call
from jakstat.engine.tolerance import BY_SPECIES
from jakstat.errors import Outcome
from jakstat.experiment.control import control_name, control_of, with_control
from jakstat.experiment.describe import Entries, make_protocol
from jakstat.experiment.labelled import Labelled
from jakstat.experiment.lanes import RELATIVE, Bench, bench_for, run_vectors
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.question import question
from jakstat.identity import content_key
from jakstat.pharmacology import agent
from jakstat.store import NOTICE, attributes, manifest

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["run_labelled", "run_protocol", "simulate"]


@one_call
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
        Parts of the model, or names of sets (``core`` is the fast one); None takes the whole cell.

    Returns
    -------
    xarray.Dataset
        One variable per readout with dims (lane, time) and ``units``; coordinates
        ``time`` (hours), ``outcome`` (lane) and ``dose_<name>`` (lane) for each series.
        With drugs, ``<readout>_control`` is the same without them
        (:func:`~jakstat.experiment.control.beside_control` compares).
        A failed lane is NaN, and its outcome says why.

    Raises
    ------
    InputError
        For names, units, doses or times that cannot be used.

    Examples
    --------
    >>> r = simulate("hepg2", stimuli={"IL6": "10 ng/ml"}, until="30 min", points=7, parts="core")
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
    return run_protocol(protocol, control=True)


def run_protocol(protocol: Protocol, *, control: bool = False) -> xr.Dataset:
    """The labelled result of a protocol; see :func:`simulate`.

    Parameters
    ----------
    protocol : Protocol
    control : bool
        Whether the untreated control stands beside what is treated with drugs.

    Examples
    --------
    >>> from jakstat.experiment.protocol import Protocol, Sampling
    >>> run_protocol(Protocol("hepg2", until=1.0, sampling=Sampling(3), parts=("core",))).sizes["time"]
    3
    """
    return run_labelled(protocol, control=control).to_dataset()


def run_labelled(protocol: Protocol, *, control: bool = False, rtol: float = RELATIVE) -> Labelled:
    """:func:`run_protocol` for what needs no dataset, at any relative tolerance.

    Examples
    --------
    >>> from jakstat.experiment.protocol import Protocol, Sampling
    >>> run_labelled(Protocol("hepg2", until=1.0, sampling=Sampling(3), parts=("core",))).sizes
    {'lane': 1, 'time': 3}
    """
    bench = bench_for(protocol)
    without = control_of(protocol) if control else ()
    run = run_vectors(with_control(bench) if without else bench, {}, rtol=rtol)
    lanes = bench.plan.lanes
    values = {name: found[0, :lanes] for name, found in run.values.items()}
    outcomes = [Outcome(int(code)) for code in run.outcomes[0, :lanes]]
    result = _labelled(bench, values, outcomes, rtol)
    for name in values if without else ():
        words = {"control_of": name, "long_name": f"{result[name].attrs['long_name']}, untreated"}
        found = run.values[name][0, lanes:]
        result[control_name(name)] = (("lane", "time"), found, {**result[name].attrs, **words})
        result.attrs["control"] = list(without)
    return result


def _labelled(bench: Bench, values: Mapping[str, Floats], outcomes: list[Outcome], rtol: float) -> Labelled:
    plan = bench.plan
    variables: dict[str, tuple[tuple[str, str], Floats, dict[str, object]]] = {}
    for readout in bench.read:
        attrs: dict[str, object] = {
            "units": readout.unit,
            "long_name": readout.title,
            "sources": list(bench.cell.assembly.sources),
        }
        variables[readout.name] = (("lane", "time"), values[readout.name], attrs)
    coordinates: dict[str, tuple[Any, ...]] = {
        "time": ("time", plan.times, {"units": "h"}),
        "outcome": ("lane", [o.name for o in outcomes]),
    }
    for axis, levels in zip(plan.axes, plan.levels, strict=True):
        coordinates[f"dose_{axis.name}"] = ("lane", levels, {"units": axis.unit, "kind": axis.kind})
    return Labelled(variables, coordinates, _attributes(bench, outcomes, rtol))


def _attributes(bench: Bench, outcomes: list[Outcome], rtol: float) -> dict[str, object]:
    protocol, plan, cell = bench.protocol, bench.plan, bench.cell
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
            "tolerances": {"relative": rtol, "absolute": BY_SPECIES},
            "seed": None,
        },
        sources=sources,
    )
    bad = [o for o in outcomes if o is not Outcome.OK]
    fields = {
        "context": protocol.context,
        "title": cell.assembly.context.title,
        "outcome": "OK" if not bad else bad[0].name,
        "failed_lanes": len(bad),
        "question": question(protocol, cell.assembly.parts),
        "axes": [axis.name for axis in plan.axes],
        "read_at_h": protocol.read_at,
        "sources": sorted(sources),
        "notes": list(plan.notes),
        "manifest": made.to_dict(),
        "notice": NOTICE,
    }
    return attributes(fields)
