"""Resting and stimulated steady states of a cell, their stability, and a search for more than one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jakstat.biology import read_as
from jakstat.engine.batched.steady_state import Settled
from jakstat.equilibria.newton import Mode, distinct, modes, residual, scattered
from jakstat.equilibria.situation import SEARCH_STEPS, Situation, settled_lanes, situation
from jakstat.errors import Outcome
from jakstat.experiment.cell_calls import asks_cells
from jakstat.experiment.labelled import Labelled
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.question import question
from jakstat.experiment.resting import HORIZON_HOURS
from jakstat.limits import check_count
from jakstat.store import NOTICE, attributes, manifest
from jakstat.streams import check_seed

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MARGINAL", "find_steady_states", "stability", "steady_states", "verdict_of"]

Reals = NDArray[np.float64]

MARGINAL = 1e-11
"""A growth rate within this share of the fastest rate is rounding: neither stable nor unstable."""
MODES_SHOWN = 5
_MOST_STARTS = 1000


def stability(found: tuple[Mode, ...]) -> str:
    """``stable``, ``unstable`` or ``marginal`` from the modes of a steady state.

    Examples
    --------
    >>> stability((Mode(-1 + 0j, ()), Mode(-5 + 0j, ())))
    'stable'
    """
    if not found:
        return "stable"
    fastest = max(abs(m.rate) for m in found)
    growth = found[0].rate.real
    if abs(growth) <= MARGINAL * fastest:
        return "marginal"
    return "unstable" if growth > 0 else "stable"


@dataclass(frozen=True)
class _SituationSearch:
    """What one situation gave: its distinct steady states, most visited first, and the starts."""

    states: Reals
    shares: tuple[int, ...]
    starts: int
    failed: int
    settled: Settled


@asks_cells
def steady_states(
    protocol: Protocol, *, starts: int = 32, seed: int = 1, progress: Callable[[str], None] | None = None
) -> xr.Dataset:
    """Steady states of a cell at rest and, when something is given, under it.

    Ligands and drugs are held at their dose; nothing in the protocol may have a time.

    Parameters
    ----------
    protocol : Protocol or str
        Or a kind of cell, with what is done to it as :func:`jakstat.experiment.run.simulate` takes it.
    starts : int
        Random starts with the same conserved totals, per situation, 0 to 1000.
    seed : int
    progress : callable, optional
        Is told what is being done.

    Returns
    -------
    xarray.Dataset
        One variable per readout with dim ``state`` and ``units``; coordinates ``situation``
        (``resting`` or ``stimulated``), ``outcome``, ``stability``, ``residual`` (largest relative rate of
        change, 1/h), ``relaxation_h``, ``reached`` (random starts that ended there); ``mode_rate``,
        ``mode_frequency`` (1/h) and ``mode_states`` with dims (state, mode). Attributes: ``starts``,
        ``failed_starts`` and ``verdict`` by situation, ``manifest``.

    Raises
    ------
    InputError
        Unknown names, times or series; ``count.range``, ``seed.range``.

    Notes
    -----
    The search finds stable states only, and only those whose basins the starts meet: more than one
    is a proof, one is not.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> found = steady_states(make_protocol("hepg2", observe="pSTAT3", parts="core"), starts=0)
    >>> str(found["stability"].values[0]), bool(found["residual"].values[0] < 1e-6)
    ('stable', True)
    """
    return find_steady_states(protocol, starts=starts, seed=seed, progress=progress).to_dataset()


def find_steady_states(
    protocol: Protocol, *, starts: int = 32, seed: int = 1, progress: Callable[[str], None] | None = None
) -> Labelled:
    """:func:`steady_states` for what needs no dataset."""
    check_count(starts, least=0, most=_MOST_STARTS, field="--starts")
    check_seed(seed)
    told = progress or (lambda _text: None)
    given = situation(protocol)
    rest = replace(given, parameters=_before(given), held={}, notes=read_as(protocol.observe))
    searches: dict[str, tuple[Situation, _SituationSearch]] = {}
    told("resting steady states")
    searches["resting"] = (rest, _search(rest, None, starts, seed))
    resting = searches["resting"][1]
    if given.held or given.parameters != rest.parameters:
        told("stimulated steady states")
        searches["stimulated"] = (given, _search(given, resting.settled, starts, seed))
    return _labelled(protocol, searches, seed)


def _before(given: Situation) -> dict[str, float]:
    """What is in force before anything is added: the factors of genes, no treatments."""
    return {name: v for name, v in given.parameters.items() if name.startswith("factor_")}


def _search(place: Situation, rest: Settled | None, starts: int, seed: int) -> _SituationSearch:
    """The state the cell comes to, then those that random starts come to."""
    initial: dict[str, float] = dict(place.held)
    if rest is not None and rest.ok[0]:
        initial |= {n: float(v[0]) for n, v in rest.field.amounts(rest.states[:1]).items()}
    first = settled_lanes(place.model, parameters=place.parameters, initial=initial, horizon=HORIZON_HOURS)
    if not first.ok[0] or not starts:
        return _SituationSearch(first.states[:1], (0,), 0, 0, first)
    tried = scattered(first.field, first.states[0], count=starts, seed=seed)
    more = settled_lanes(
        place.model, parameters=place.parameters, initial=initial, states=tried, max_steps=SEARCH_STEPS
    )
    everything = np.concatenate([first.states, more.states[more.ok]])
    groups = distinct(everything)
    chosen = np.stack([everything[g[0]] for g in groups])
    counts = tuple(len(g) - (1 if 0 in g else 0) for g in groups)
    return _SituationSearch(chosen, counts, len(tried), int((~more.ok).sum()), first)


def verdict_of(stable: int, starts: int, failed: int, outcome: Outcome) -> str:
    """What a search says, in words.

    Examples
    --------
    >>> verdict_of(2, 30, 0, Outcome.OK)
    '2 stable steady states'
    """
    if outcome in (Outcome.STEP_LIMIT, Outcome.NOT_STEADY):
        return (
            f"no steady state: the cell did not come to rest in {HORIZON_HOURS:g} h; "
            "it may oscillate (simulate some days to see), or drift"
        )
    if outcome is not Outcome.OK:
        return f"no steady state: {outcome.sentence}"
    if stable > 1:
        return f"{stable} stable steady states"
    lost = f", {failed} did not come to rest" if failed else ""
    if not starts:
        return "one steady state; no others were looked for"
    return f"one steady state; {starts - failed} of {starts} random starts came to it{lost}"


def _labelled(
    protocol: Protocol, searches: dict[str, tuple[Situation, _SituationSearch]], seed: int
) -> Labelled:
    columns: dict[str, list[object]] = {
        k: [] for k in ("situation", "outcome", "stability", "residual", "relaxation_h", "reached")
    }
    rates, frequencies, takes_part = [], [], []
    values: dict[str, list[float]] = {}
    verdicts: dict[str, str] = {}
    given = next(iter(searches.values()))[0]
    for name, (place, search) in searches.items():
        outcome, stable = search.settled.outcomes[0], 0
        for k, state in enumerate(search.states):
            good = bool(np.isfinite(state).all()) and outcome is Outcome.OK
            found = modes(search.settled.field, state) if good else ()
            said = stability(found) if good else "unknown"
            stable += said == "stable"
            growth = found[0].rate.real if found else np.nan
            field = search.settled.field.lane(0)
            columns["situation"].append(name)
            columns["outcome"].append(outcome.name)
            columns["stability"].append(said)
            columns["residual"].append(float(residual(field, state[None])[0]) if good else np.nan)
            columns["relaxation_h"].append(-1.0 / growth if growth < 0 else np.nan)
            columns["reached"].append(search.shares[k])
            shown = [*found[:MODES_SHOWN], *[Mode(complex(np.nan, np.nan), ())] * MODES_SHOWN][:MODES_SHOWN]
            rates.append([m.rate.real for m in shown])
            frequencies.append([abs(m.rate.imag) for m in shown])
            takes_part.append([" ".join(m.states) for m in shown])
            read = field.values(state[None], [r.symbol for r in place.read])
            for r in place.read:
                values.setdefault(r.name, []).append(float(read[r.symbol][0]) * r.scale if good else np.nan)
        verdicts[name] = verdict_of(stable, search.starts, search.failed, outcome)
    sources = list(given.cell.assembly.sources)
    attrs = {r.name: {"units": r.unit, "long_name": r.title, "sources": sources} for r in given.read}
    units = {"residual": {"units": "1/h"}, "relaxation_h": {"units": "h"}}
    coords = {k: ("state", v, units.get(k, {})) for k, v in columns.items()}
    return Labelled(
        {n: ("state", v, attrs[n]) for n, v in values.items()}
        | {
            "mode_rate": (("state", "mode"), rates, {"units": "1/h"}),
            "mode_frequency": (("state", "mode"), frequencies, {"units": "1/h"}),
            "mode_states": (("state", "mode"), np.array(takes_part, dtype=object)),
        },
        coords=coords,
        attrs=attributes(_attributes(protocol, given, searches, verdicts, seed)),
    )


def _attributes(
    protocol: Protocol,
    given: Situation,
    searches: dict[str, tuple[Situation, _SituationSearch]],
    verdicts: dict[str, str],
    seed: int,
) -> dict[str, object]:
    assembly = given.cell.assembly
    starts = {name: search.starts for name, (_, search) in searches.items()}
    made = manifest(
        "steady-state",
        {"protocol": protocol, "model_key": assembly.model_key, "starts": starts, "seed": seed},
        sources=assembly.sources,
    )
    last = list(searches.values())[-1][0]
    return {
        "context": protocol.context,
        "title": assembly.context.title,
        "question": question(protocol, assembly.parts),
        "readouts": [r.name for r in given.read],
        "verdict": verdicts,
        "starts": starts,
        "failed_starts": {name: search.failed for name, (_, search) in searches.items()},
        "held_zmol": dict(last.held),
        "sources": list(assembly.sources),
        "notes": list(last.notes),
        "manifest": made.to_dict(),
        "notice": NOTICE,
    }
