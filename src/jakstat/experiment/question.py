"""What was asked, as it was understood: every answer repeats it, in its figure, table and document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jakstat.biology import CORE_PARTS, Context, GivenName, chosen_parts, context, given_as
from jakstat.biology.parts import drug_parts
from jakstat.experiment.protocol import Addition, Protocol
from jakstat.pharmacology import find_agent, spoken_name

__all__ = ["parts_in_short", "question", "told"]

_FEW, _MANY = 3, 8


def question(protocol: Protocol, parts: Iterable[str]) -> dict[str, Any]:
    """A protocol in words, with the parts that it ran on.

    Returns
    -------
    dict
        ``context``, and for a user's own cell ``context_data``, the SHA-256 of what it rests on;
        ``stimuli``, ``drugs``, ``perturb``, ``treatments``, ``medium_changes``: a text for each;
        ``depletion``; ``parts``.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml", drugs="Jakafi=500nM@-60min", perturb="SOCS3=0")
    >>> asked = question(p, CORE_PARTS)
    >>> asked["drugs"], asked["perturb"]
    (['ruxolitinib (Jakafi) 500 nM at -60 min'], ['SOCS3 x 0'])
    """
    cell = context(protocol.context)
    return {
        "context": _cell_told(protocol.context, cell),
        **({"context_data": cell.data_key} if cell.data_key else {}),
        "stimuli": [_given(a) for a in protocol.stimuli],
        "drugs": [_given(a) for a in protocol.drugs],
        "perturb": [
            f"{given_as(p.gene)} x {_levels(p.factors)}" + ("" if p.time is None else f" at {_hour(p.time)}")
            for p in protocol.perturbations
        ],
        "treatments": [f"{_known(t.name)}{_pulse(t.on, t.off)}" for t in protocol.treatments],
        "medium_changes": [_hour(t) for t in protocol.medium_changes],
        "depletion": protocol.depletion,
        "parts": list(parts),
    }


def told(asked: Mapping[str, Any]) -> str:
    """The question in one line.

    Examples
    --------
    >>> told(question(Protocol("hepg2+HBV"), CORE_PARTS))
    'hepg2+HBV; no stimulus; parts: core'
    """
    said = [asked["context"], ", ".join(asked["stimuli"]) or "no stimulus"]
    many = len(asked["drugs"]) > _MANY
    said += [f"{len(asked['drugs'])} drugs" if many else ", ".join(asked["drugs"])] if asked["drugs"] else []
    said += [", ".join(asked[key]) for key in ("perturb", "treatments") if asked[key]]
    said += [f"medium changed at {', '.join(asked['medium_changes'])}"] if asked["medium_changes"] else []
    said += [] if asked["depletion"] else ["ligand not used up"]
    return "; ".join([*said, f"parts: {parts_in_short(asked['parts'])}"])


def parts_in_short(parts: Iterable[str]) -> str:
    """The name of the set that the parts are, and what is there besides.

    Examples
    --------
    >>> parts_in_short(chosen_parts(["all", "jak_inhibitor_ruxolitinib"]))
    'whole cell and jak_inhibitor_ruxolitinib'
    >>> parts_in_short(["receptor", "jak", "stat3"])
    'receptor, jak, stat3'
    """
    there = list(dict.fromkeys(parts))
    sets = {"whole cell": chosen_parts(["all"]), "cell": chosen_parts(["cell"]), "core": CORE_PARTS}
    name = next((n for n, own in sets.items() if set(own) <= set(there)), "")
    more = [p for p in there if p not in sets.get(name, ())]
    if set(drug_parts()) <= set(more):
        more = ["every drug", *(p for p in more if p not in drug_parts())]
    listed = ", ".join(more[:_FEW]) + (f" and {len(more) - _FEW} more" if len(more) > _FEW else "")
    return " and ".join(filter(None, [name, listed]))


def _cell_told(name: str, cell: Context) -> str:
    """The cell, with the words in which it was given."""
    return f"{cell.told} ({name.given})" if isinstance(name, GivenName) else cell.told


def _given(addition: Addition) -> str:
    whose = "mouse " if addition.origin == "mouse" else ""
    name = given_as(addition.name) if addition.origin else _known(addition.name)
    level = f" {_levels(addition.values)} {addition.unit}" if addition.values else ""
    level += f" ({len(addition.values)} levels)" if len(addition.values) > _FEW else ""
    starts, stop = addition.schedule.starts, addition.schedule.stop
    if stop is not None:
        return f"{whose}{name}{level}{_pulse(starts[0], stop)}"
    at = "" if starts == (0.0,) else f" at {', '.join(map(_hour, starts))}"
    return f"{whose}{name}{level}{at}"


def _known(name: str) -> str:
    """The library's name, with the one that was given where they differ."""
    found = find_agent(name)
    if found is not None and found.own is not None:
        return f"{found.name} (your own, data {found.own.data_key[:8]})"
    return given_as(name if found is None else spoken_name(found, name))


def _levels(values: tuple[float, ...]) -> str:
    if len(values) > _FEW:
        low, high = (float(f"{v:.3g}") for v in (min(values), max(values)))
        return f"{low:,.7g} to {high:,.7g}"
    return ", ".join(f"{v:.6g}" for v in values)


def _pulse(start: float, stop: float | None) -> str:
    return f" from {_hour(start)}" if stop is None else f" from {_hour(start)} to {_hour(stop)}"


def _hour(time: float) -> str:
    return "0" if time == 0 else f"{time * 60:.4g} min" if abs(time) < 4 else f"{time:.4g} h"
