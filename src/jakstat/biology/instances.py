"""Instances of the cell's parts: a cell in a body, with every identifier behind a prefix of its own.

What such a cell finds around it is not its own: a species of the medium follows the fluid of the body that
bathes it, or is held at 0 where neither the body nor the cell makes any. Nothing is depleted by the cell, and
it does not count itself: division and death act on the populations of the tumour.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from jakstat.biology.assembly import COMPARTMENTS
from jakstat.biology.contexts import parameters
from jakstat.biology.observables import Observable, part_observables
from jakstat.biology.parts import Annotation, Part, parts

__all__ = ["Instance", "instance_observables", "instance_parts", "prefixed_part", "renamed"]

_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_PLAIN = frozenset(
    (*("species", "in", "compartment", "const", "var", "substanceOnly", "time", "pi", "exponentiale"),
     *("abs", "exp", "ln", "log", "log10", "sqrt", "pow", "piecewise", "min", "max", "floor", "ceil"),
     *("and", "or", "not", "true", "false", "lt", "gt", "leq", "geq", "eq", "neq"))
)  # fmt: skip
"""Words of Antimony, and functions: what no part can call its own."""

_COUNTED = "cell_number"
"""What a culture counts; as a rate of growth in a dish it would pass 1e100 within two years."""

_MEDIUM = "medium"


@dataclass(frozen=True, slots=True)
class Instance:
    """A cell of the body.

    Parameters
    ----------
    prefix : str
        Stands before each of its identifiers, e.g. ``"S_"``.
    title : str
        Who it is, in words.
    context : str
        Which cell, with its states: ``"hepg2+HBV"``.
    parts : tuple of str
        Its parts, with all that they require.
    follows : mapping of str to str
        Formulas of the body by the symbols of the cell that follow them: species of the medium, and numbers.
    drugs : mapping of str to str
        Those of its parts that are drugs, by the symbol of the drug around it.
    """

    prefix: str
    title: str
    context: str
    parts: tuple[str, ...]
    follows: Mapping[str, str]
    drugs: Mapping[str, str] = field(default_factory=dict)


def renamed(text: str, prefix: str) -> str:
    """The text with the prefix before every identifier that a part calls its own.

    Examples
    --------
    >>> renamed("x := 2e-3*abs(IL6)/K; v: A -> 2 B; medium*k*A", "S_")
    'S_x := 2e-3*abs(S_IL6)/S_K; S_v: S_A -> 2 S_B; S_medium*S_k*S_A'
    """
    return _WORD.sub(lambda m: m[0] if m[0] in _PLAIN else prefix + m[0], text)


def instance_parts(cell: Instance) -> tuple[Part, ...]:
    """The parts of a cell of the body: renamed, and following what is around it.

    Examples
    --------
    >>> cell = Instance("S_", "a cell", "hepg2", ("receptor", "jak"), {"IL6": "IL6_tumour"})
    >>> text = instance_parts(cell)[1].text
    >>> "$S_IL6 in S_medium" in text, "S_IL6 := IL6_tumour" in text, "S_IL17A = 0" in text
    (True, True, True)
    """
    pieces = parts(cell.parts)
    stated = {piece.name: _statements(piece.text) for piece in pieces}
    held = _held(cell, [statement for found in stated.values() for statement in found])
    found = [_instance(piece, cell, stated[piece.name], held) for piece in pieces]
    return (_around(cell, held), *found)


def instance_observables(cell: Instance) -> tuple[Observable, ...]:
    """The observables of a cell of the body: ``S_pSTAT3`` for ``pSTAT3``.

    Examples
    --------
    >>> cell = Instance("S_", "a cell", "hepg2", ("receptor", "jak", "stat3"), {})
    >>> "S_pSTAT3" in [o.name for o in instance_observables(cell)]
    True
    """
    return tuple(
        Observable(cell.prefix + o.name, renamed(o.formula, cell.prefix), o.unit, f"{o.title}, {cell.title}")
        for o in part_observables(cell.parts)
        if _COUNTED not in o.formula
    )


def _statements(text: str) -> list[str]:
    """The statements of an Antimony text; a reaction is one with its law."""
    bare = re.sub(r"//.*", "", text)
    found: list[str] = []
    for piece in (p.strip() for p in bare.split(";")):
        if found and "->" in found[-1] and ";" not in found[-1]:
            found[-1] += f"; {piece}"
        elif piece:
            found.append(piece)
    return found


def _species(statement: str) -> Iterator[tuple[str, str]]:
    """Species and compartment of what a ``species`` statement declares."""
    for entry in statement.removeprefix("species").split(","):
        name, _, place = entry.strip().partition(" in ")
        yield name.lstrip("$").strip(), place.strip()


def _sides(statement: str) -> tuple[set[str], set[str]] | None:
    """Reactants and products of a reaction; None for another statement."""
    if "->" not in statement:
        return None
    left, _, right = statement.partition(";")[0].partition(":")[2].partition("->")
    return set(_WORD.findall(left)), set(_WORD.findall(right))


def _held(cell: Instance, stated: Iterable[str]) -> dict[str, str]:
    """Species of the medium that follow the body, or that nothing makes, with what they follow."""
    found: list[str] = []
    made: set[str] = set()
    for statement in stated:
        if (sides := _sides(statement)) is not None:
            made |= sides[1]
        elif statement.startswith("species "):
            found += [species for species, place in _species(statement) if place == _MEDIUM]
    follows = cell.follows
    return {name: follows.get(name, "") for name in found if name in follows or name not in made}


def _around(cell: Instance, held: Collection[str]) -> Part:
    """Where the cell is, and the numbers of it that follow the body."""
    known = {row.id: row.unit for row in parameters()}
    numbers = {name: formula for name, formula in cell.follows.items() if name not in held}
    lines = [f"compartment {cell.prefix}{place};" for place in COMPARTMENTS]
    lines += [f"{cell.prefix}{name} := {formula};" for name, formula in numbers.items()]
    return Part(
        name=f"{cell.prefix}around",
        title=f"What is around the {cell.title}",
        summary="Compartments of the cell, and numbers of it that the body sets.",
        limits=(),
        species=(),
        reactions=(),
        expected=(),
        text="\n".join(lines),
        units=MappingProxyType({cell.prefix + name: known[name] for name in numbers if name in known}),
    )


def _instance(piece: Part, cell: Instance, stated: Iterable[str], held: Mapping[str, str]) -> Part:
    prefix = cell.prefix
    lines: list[str] = []
    dropped: set[str] = set()
    for statement in stated:
        sides = _sides(statement)
        name = statement.partition(":")[0].partition("=")[0].strip().rstrip("'")
        if statement.startswith("species "):
            for species, place in _species(statement):
                lines.append(f"species {'$' if species in held else ''}{prefix}{species} in {prefix}{place}")
                if species in held:
                    follows = held[species]
                    lines.append(f"{prefix}{species} {f':= {follows}' if follows else '= 0'}")
        elif sides is not None and (sides[0] | sides[1]) <= set(held):
            dropped.add(name)
        elif name != _COUNTED and name not in held:
            lines.append(renamed(statement, prefix))
    return prefixed_part(piece, prefix, cell.title, ";\n".join([*lines, ""]), dropped)


def prefixed_part(piece: Part, prefix: str, owner: str, text: str, dropped: Collection[str] = ()) -> Part:
    """The part with the prefix before all that it declares, given its text with the prefix.

    Parameters
    ----------
    piece : Part
    prefix : str
    owner : str
        Whose it is, in words; stands behind the names of species and reactions.
    text : str
    dropped : collection of str
        Reactions that the text no longer has.

    Examples
    --------
    >>> jak, = (p for p in parts(["jak"]) if p.name == "jak")
    >>> prefixed_part(jak, "S_", "a cell", renamed(jak.text, "S_")).species[0].id
    'S_JAK1'
    """

    def own(entries: Iterable[Annotation]) -> tuple[Annotation, ...]:
        kept = [a for a in entries if a.id not in dropped]
        return tuple(replace(a, id=prefix + a.id, name=f"{a.name}, {owner}") for a in kept)

    return replace(
        piece,
        name=prefix + piece.name,
        species=own(piece.species),
        reactions=own(piece.reactions),
        text=text,
        requires=tuple(prefix + name for name in piece.requires),
        ports=tuple(
            replace(port, name=prefix + port.name, base=renamed(port.base, prefix)) for port in piece.ports
        ),
        gives=tuple((prefix + port, renamed(formula, prefix)) for port, formula in piece.gives),
        units=MappingProxyType({prefix + k: v for k, v in piece.units.items() if k != _COUNTED}),
        rules=MappingProxyType({prefix + k: v for k, v in piece.rules.items() if k != _COUNTED}),
    )
