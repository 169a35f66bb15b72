"""Which parts a simulation has: the whole cell, or those that are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from jakstat.biology.contexts import parameters
from jakstat.biology.observables import part_observables
from jakstat.biology.own_drugs import is_own_part
from jakstat.biology.parts import CORE_PARTS, cell_parts, drug_parts, part, part_names, with_required
from jakstat.errors import problem

__all__ = ["SETS", "chosen_parts", "defined_in", "dissolved", "genes", "needed_parts"]

SETS: Mapping[str, str] = {
    "core": "IL-6, its receptor, JAK1, STAT3, SOCS3 and the acute-phase genes",
    "cell": "every part of the cell with every gene; of other cytokines and STATs what these require",
    "all": "the whole cell, with every cytokine, STAT and dimer of two STATs; the default",
    "drugs": "every drug, with what it acts on",
    "auto": "the core, and what defines the ligands, genes and readouts that are named",
}
"""Names for sets of parts, beside single parts."""

_FACTOR = "factor_"
_RULE = re.compile(r"^\s*(\w+)\s*:=", re.MULTILINE)
_SPECIES = re.compile(r"^\s*species\s+([^;]+);", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")


@lru_cache(maxsize=1)
def defined_in() -> Mapping[str, str]:
    """The part that defines each symbol that a user may name: species, observables, numbers, reactions.

    Examples
    --------
    >>> defined_in()["IL6"], defined_in()["factor_SOCS3"], defined_in()["pSTAT3"]
    ('receptor', 'feedback', 'stat3')
    """
    found: dict[str, str] = {}
    numbers = {row.id for row in parameters()}
    for name in part_names():
        piece = part(name)
        own = [a.id for a in (*piece.species, *piece.reactions)]
        own += [port.name for port in piece.ports] + _RULE.findall(piece.text)
        own += [text for o in part_observables([name]) for text in (o.name, o.symbol)]
        own += [word for word in _WORD.findall(piece.text) if word in numbers]
        formulas = [formula for _, formula in piece.gives] + [port.base for port in piece.ports]
        own += [word for formula in formulas for word in _WORD.findall(formula) if word in numbers]
        for symbol in own:
            found.setdefault(symbol, name)
    return found


@lru_cache(maxsize=1)
def genes() -> tuple[str, ...]:
    """The genes whose product a factor changes, in any part.

    Examples
    --------
    >>> "SOCS3" in genes()
    True
    """
    return tuple(name.removeprefix(_FACTOR) for name in defined_in() if name.startswith(_FACTOR))


@lru_cache(maxsize=1)
def dissolved() -> tuple[str, ...]:
    """Every species of the medium in any part.

    Examples
    --------
    >>> "IL6" in dissolved() and "STAT3" not in dissolved()
    True
    """
    found: dict[str, None] = {}
    for name in part_names():
        for statement in _SPECIES.findall(part(name).text):
            for entry in statement.split(","):
                species, _, compartment = entry.strip().partition(" in ")
                if compartment.strip() == "medium":
                    found[species.lstrip("$").strip()] = None
    return tuple(found)


def needed_parts(names: Iterable[str]) -> tuple[str, ...]:
    """The core parts and those that define ``names``; a name that nothing defines is left out.

    Examples
    --------
    >>> needed_parts(["IL6", "pSTAT3"])
    ('receptor', 'jak', 'stat3', 'feedback', 'targets')
    """
    where = defined_in()
    return with_required([*CORE_PARTS, *(where[name] for name in names if name in where)])


def chosen_parts(wanted: Iterable[str], names: Iterable[str] = ()) -> tuple[str, ...]:
    """The parts that a user asks for, by name or by the name of a set.

    Parameters
    ----------
    wanted : iterable of str
        Parts, or names of sets (:data:`SETS`). Nothing means the whole cell, so that what is named changes
        no structure: cells with and without a drug, read in one way or another, are the same cells.
    names : iterable of str
        What the simulation names; it matters to ``auto`` only.

    Raises
    ------
    InputError
        ``part.unknown``.

    Examples
    --------
    >>> chosen_parts(["stat3"])
    ('receptor', 'jak', 'stat3')
    """
    found: list[str] = []
    for item in [w.strip() for w in wanted] or ["all"]:
        if item == "auto":
            found += needed_parts(names)
        elif item == "core":
            found += CORE_PARTS
        elif item == "cell":
            found += cell_parts()
        elif item == "all":
            found += [name for name in part_names() if name not in drug_parts()]
        elif item == "drugs":
            found += drug_parts()
        elif item in part_names() or is_own_part(item):
            found.append(item)
        else:
            hint = f"{', '.join(SETS)}, or parts: {', '.join(part_names(instances=False))}"
            raise problem("part.unknown", f"there is no part {item[:80]!r}", field="--parts", hint=hint)
    return with_required(found)
