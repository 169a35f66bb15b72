"""Whether a claim was built in, emerges, or was held out; computed, never typed.

A claim is *encoded* when a reaction of the network cites it and works with the claim's sign:
the rate's derivative by what stands for the subject, times what the reaction does to what
stands for the object. So it is when a rule cites it, such as the rate of apoptosis: its
derivative by the subject, where the object stands for the rule. Binding has no sign of its
own and is encoded by any effect. ``data/symbols.csv`` says which symbols of the model stand
for an entity, as an actor (``acts``) and as what is acted on (``counts``, with weights).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from jakstat.arrays import Floats
from jakstat.engine.model import Model
from jakstat.engine.network.network import Reaction
from jakstat.evidence.claim_experiment import ClaimExperiment
from jakstat.knowledge import knowledge, observations
from jakstat.knowledge.cell_values import Name, Prose, split
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.loader import checked_records
from jakstat.knowledge.table_record import TableRecord
from jakstat.tables import read_lines

__all__ = ["Role", "edge_signs", "encoded_by", "role"]

Role = Literal["encoded", "emergent", "held_out"]

_STEP = 0.01
_UNSIGNED = ("binds",)


class _EntitySymbols(TableRecord):
    """The symbols that stand for an entity."""

    id: Name
    acts: Annotated[
        tuple[str, ...], BeforeValidator(split), Field(description="A minus in front turns the sign.")
    ] = ()
    counts: Annotated[
        tuple[str, ...], BeforeValidator(split), Field(description="Species, with *weight where not 1.")
    ] = ()
    note: Prose = ""


@dataclass(frozen=True, slots=True)
class _Stands:
    acts: tuple[tuple[str, int], ...]
    counts: Mapping[str, float]


@lru_cache(maxsize=1)
def _symbols() -> dict[str, _Stands]:
    data = files("jakstat.evidence").joinpath("data", "symbols.csv").read_bytes()
    lines, _ = read_lines(data, columns=tuple(_EntitySymbols.model_fields), file="symbols.csv")
    records, _ = checked_records(lines, _EntitySymbols, file="symbols.csv", key="id")
    found = {}
    for _, row in records:
        acts = tuple((a.removeprefix("-"), -1 if a.startswith("-") else 1) for a in row.acts)
        weights = (c.partition("*") for c in row.counts)
        found[row.id] = _Stands(acts, {name: float(w or 1) for name, _, w in weights})
    return found


def edge_signs(model: Model, names: Iterable[str], rules: Iterable[str] = ()) -> dict[tuple[str, str], int]:
    """Sign of the derivative of every reaction's rate and of rules by each symbol, where it is not zero.

    Parameters
    ----------
    model : Model
        Evaluated with one unit of everything in it, so that no term vanishes.
    names : iterable of str
        Species or parameters; others are left out.
    rules : iterable of str
        Symbols that assignment rules define.

    Returns
    -------
    mapping of (reaction or rule, symbol) to 1 or -1
    """
    network = model.network
    sizes = {c.id: c.size or 1.0 for c in network.compartments}
    ruled = {a.variable for a in network.assignment_rules}
    species = {s.id: sizes[s.compartment] for s in network.species if s.id not in ruled}
    values = {p.id: p.value for p in network.parameters if p.value is not None}
    chosen = [n for n in dict.fromkeys(names) if n in species or (n in values and n not in ruled)]
    lanes = len(chosen) + 1
    initial = {name: np.full(lanes, amount) for name, amount in species.items()}
    parameters: dict[str, Floats] = {}
    for lane, name in enumerate(chosen, start=1):
        if name in species:
            initial[name][lane] *= 1.0 + _STEP
        else:
            parameters.setdefault(name, np.full(lanes, values[name]))[lane] *= 1.0 + _STEP
    reactions = [*(r.id for r in network.reactions), *rules]
    result = model.simulate([0.0], parameters=parameters or None, initial=initial, outputs=reactions)
    found: dict[tuple[str, str], int] = {}
    for reaction in reactions:
        rates = np.asarray(result.value(reaction), dtype=float)[:, 0]
        for lane, name in enumerate(chosen, start=1):
            change = rates[lane] - rates[0]
            if abs(change) > 1e-9 * max(abs(rates[0]), 1e-12):
                found[reaction, name] = 1 if change > 0 else -1
    return found


def _change(reaction: Reaction) -> dict[str, float]:
    """By how much a reaction changes each species when it happens once."""
    change: dict[str, float] = {}
    for side, sign in ((reaction.products, 1.0), (reaction.reactants, -1.0)):
        for reference in side:
            amount = 1.0 if reference.stoichiometry is None else reference.stoichiometry
            change[reference.species] = change.get(reference.species, 0.0) + sign * amount
    return change


def encoded_by(
    model: Model, evidence: Mapping[str, tuple[str, ...]], rules: Mapping[str, tuple[str, ...]] | None = None
) -> dict[str, tuple[tuple[str, int], ...]]:
    """The reactions and rules that encode each claim, with the sign in which they work.

    Parameters
    ----------
    model : Model
    evidence : mapping of reaction to record ids
        As :class:`jakstat.biology.Assembly` has it.
    rules : mapping of rule to claims
        As :class:`jakstat.biology.Assembly` has it.
    """
    claims = knowledge().claims
    stands = _symbols()
    rules = rules or {}
    signs = edge_signs(model, [name for s in stands.values() for name, _ in s.acts], rules)
    edges = [(r.id, _change(r), evidence.get(r.id, ())) for r in model.network.reactions]
    edges += [(rule, {rule: 1.0}, keys) for rule, keys in rules.items()]
    found: dict[str, list[tuple[str, int]]] = {}
    for edge, change, keys in edges:
        for key in keys:
            if key not in claims:
                continue
            claim = claims[key]
            subject, target = stands.get(claim.subject), stands.get(claim.object)
            if subject is None or target is None:
                continue
            acting = sum(w * signs.get((edge, name), 0) for name, w in subject.acts)
            made = sum(weight * change.get(name, 0.0) for name, weight in target.counts.items())
            sign = int(np.sign(acting) * np.sign(made))
            if sign and (sign == claim.sign or claim.relation in _UNSIGNED):
                found.setdefault(key, []).append((edge, sign))
    return {key: tuple(edges) for key, edges in found.items()}


def role(claim: Claim, encoded: Mapping[str, object], rows: Iterable[ClaimExperiment]) -> Role:
    """The role of a claim: encoded by an edge, held out with its observation, or emergent."""
    if claim.id in encoded:
        return "encoded"
    kept_out = {o.id for o in observations() if o.role == "predict"}
    return "held_out" if any(r.observation in kept_out for r in rows if r.observation) else "emergent"
