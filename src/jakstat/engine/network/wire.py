"""A network as plain JSON values and back.

Used between the reading child process and its parent, and as the canonical text
of which a model's content key is the hash. Formulas travel as flat lists of
nodes, so that their depth costs no stack.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from jakstat.engine.network.expression import ARITY, Apply, Expression, Number, Symbol, Time
from jakstat.engine.network.network import (
    Assignment,
    Compartment,
    Event,
    Network,
    Parameter,
    Reaction,
    Species,
    SpeciesReference,
)

__all__ = ["from_wire", "network_key", "to_wire"]

Json = Any
_LISTED = {
    "compartments": Compartment,
    "species": Species,
    "parameters": Parameter,
    "reactions": Reaction,
    "assignment_rules": Assignment,
    "rate_rules": Assignment,
    "initial_assignments": Assignment,
    "events": Event,
    "reactants": SpeciesReference,
    "products": SpeciesReference,
    "assignments": Assignment,
}
_FORMULAS = frozenset({"expression", "rate", "trigger", "delay", "priority"})


def to_wire(part: Any) -> Json:
    """A network, or one of its parts, as JSON values.

    Examples
    --------
    >>> to_wire(Assignment("x", Apply("neg", (Symbol("y"),))))
    {'variable': 'x', 'expression': [['s', 'y'], ['a', 'neg', 0]]}
    """
    if isinstance(part, tuple):
        return [to_wire(item) for item in part]
    if isinstance(part, Number | Symbol | Time | Apply):
        return _tape(part)
    if hasattr(part, "__dataclass_fields__"):
        return {name: to_wire(getattr(part, name)) for name in part.__dataclass_fields__}
    return part


def _tape(expression: Expression) -> list[Json]:
    tape: list[Json] = []
    place: dict[int, int] = {}
    stack: list[tuple[Expression, bool]] = [(expression, False)]
    while stack:
        node, ready = stack.pop()
        if id(node) in place:
            continue
        if isinstance(node, Apply) and not ready:
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args))
            continue
        place[id(node)] = len(tape)
        if isinstance(node, Apply):
            tape.append(["a", node.op, *(place[id(a)] for a in node.args)])
        elif isinstance(node, Number):
            tape.append(["n", node.value])
        else:
            tape.append(["s", node.id] if isinstance(node, Symbol) else ["t"])
    return tape


def _expression(tape: list[Json]) -> Expression:
    nodes: list[Expression] = []
    for kind, *rest in tape:
        if kind == "a":
            op, *places = rest
            if op not in ARITY or not all(0 <= p < len(nodes) for p in places):
                raise ValueError("not a formula")
            nodes.append(Apply(op, tuple(nodes[p] for p in places)))
        elif kind == "n":
            nodes.append(Number(float(rest[0])))
        else:
            nodes.append(Symbol(str(rest[0])) if kind == "s" else Time())
    return nodes[-1]


def from_wire(data: Mapping[str, Json]) -> Network:
    """The network that :func:`to_wire` wrote.

    Raises
    ------
    ValueError, KeyError, TypeError
        When the data are not a network.

    Examples
    --------
    >>> empty = Network("m", "", 3, 2, (), (), (), (), (), (), (), (), None, "", "", "")
    >>> from_wire(to_wire(empty)) == empty
    True
    """
    network = _part(Network, data)
    assert isinstance(network, Network)
    return network


def _part(kind: Callable[..., object], data: Mapping[str, Json]) -> object:
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name in _FORMULAS:
            values[name] = None if value is None else _expression(value)
        elif name in _LISTED and isinstance(value, list):
            values[name] = tuple(_part(_LISTED[name], item) for item in value)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def network_key(network: Network) -> str:
    """SHA-256 over the network's canonical JSON; equal for equal mathematics and names.

    Examples
    --------
    >>> empty = Network("m", "", 3, 2, (), (), (), (), (), (), (), (), None, "", "", "")
    >>> len(network_key(empty))
    64
    """
    text = json.dumps(to_wire(network), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
