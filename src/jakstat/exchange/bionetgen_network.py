"""The text of a BioNetGen network file (``.net``, as ``generate_network`` writes it), taken apart.

The blocks ``parameters``, ``functions``, ``species``, ``reactions`` and ``groups`` are read; of all else
that such a file may hold the network says which it was. Lines are numbered or not, as both of BioNetGen's own
writers have it. The language: Faeder, Blinov and Hlavacek 2009, doi:10.1007/978-1-59745-525-1_5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from jakstat.engine.network.expression import Expression, Number
from jakstat.errors import InputError, Problem
from jakstat.exchange.bionetgen_formula import NetFormulaError, net_formula
from jakstat.limits import LIMITS
from jakstat.numbers import read_number, read_whole

__all__ = ["BioNetGenNetwork", "NetFormula", "NetGroup", "NetReaction", "NetSpecies", "read_network_text"]

Made = TypeVar("Made")

_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*", re.ASCII)
_BEGIN = re.compile(r"(begin|end)((?: [A-Za-z]+)+)", re.ASCII)
_ACTION = re.compile(r"[A-Za-z_]\w*\s*\(.*\)\s*;?", re.ASCII)
_LAW = re.compile(r"(?:(.+)\*\s*)?(MM|Sat|Hill)\s+(.+)", re.ASCII)
_RULES = ("reaction rules", "seed species", "molecule types")
_PASSED = frozenset({"molecule types", "observables", "compartments", "energy patterns", "population maps"})
_CONSTANTS = {"MM": (2, 2), "Sat": (1, None), "Hill": (3, 3)}


@dataclass(frozen=True, slots=True)
class NetFormula:
    """A parameter or function: its name, its formula and its line."""

    name: str
    expression: Expression
    line: int


@dataclass(frozen=True, slots=True)
class NetSpecies:
    """A species: its number in the file, its pattern, whether it is held (``$``), and where it starts."""

    number: int
    pattern: str
    fixed: bool
    initial: Expression
    line: int


@dataclass(frozen=True, slots=True)
class NetReaction:
    """A reaction between numbered species.

    ``law`` is empty for mass action and functions (``constants`` holds the factor of the product of the
    reactants), or ``MM``, ``Sat`` or ``Hill`` with ``factor`` before it.
    """

    reactants: tuple[int, ...]
    products: tuple[int, ...]
    law: str
    constants: tuple[Expression, ...]
    factor: Expression
    line: int


@dataclass(frozen=True, slots=True)
class NetGroup:
    """An observable: weights of numbered species."""

    name: str
    terms: tuple[tuple[float, int], ...]
    line: int


@dataclass(frozen=True, slots=True)
class BioNetGenNetwork:
    """What a network file says; ``passed`` are blocks, ``actions`` lines that change no number here."""

    parameters: tuple[NetFormula, ...]
    functions: tuple[NetFormula, ...]
    species: tuple[NetSpecies, ...]
    reactions: tuple[NetReaction, ...]
    groups: tuple[NetGroup, ...]
    passed: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    @property
    def moving(self) -> tuple[NetFormula | NetGroup, ...]:
        """Observables and functions: what has a name and changes with time."""
        return (*self.groups, *self.functions)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the file but those of species."""
        return tuple(made.name for made in (*self.parameters, *self.moving))


def read_network_text(text: str, *, file: str | None = None) -> BioNetGenNetwork:
    """Take the text of a network file apart.

    Parameters
    ----------
    text : str
    file : str, optional
        Its name, for messages.

    Raises
    ------
    InputError
        Every problem by line: ``net.rules`` (rules and no network), ``net.syntax``, ``net.formula``,
        ``net.unsupported``, ``net.twice``, ``net.reference``, ``net.size``.

    Examples
    --------
    >>> found = read_network_text('''
    ... begin parameters
    ...   1 k 0.1
    ... end parameters
    ... begin species
    ...   1 A() 100
    ... end species
    ... begin reactions
    ...   1 1 0 k
    ... end reactions''')
    >>> found.reactions[0].reactants, found.reactions[0].products
    ((1,), ())
    """
    reader = _NetReader(file)
    reader.lines(text)
    if reader.problems:
        raise InputError(reader.problems[:50])
    return reader.network()


@dataclass
class _NetReader:
    """Goes through the lines and keeps what is wrong with them."""

    file: str | None
    problems: list[Problem] = field(default_factory=list)
    blocks: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    terms: int = 0

    def fault(self, code: str, message: str, line: int, hint: str = "") -> None:
        self.problems.append(Problem(code, message, self.file, line, None, None, hint))

    def lines(self, text: str) -> None:
        """Sort the lines into blocks."""
        block = ""
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.partition("#")[0].strip()
            if not line:
                continue
            bound = _BEGIN.fullmatch(" ".join(line.split()))
            if bound and bound[2] == " model":
                continue
            if bound and bound[1] == "begin" and not block:
                block = bound[2].strip()
                if block in self.blocks:
                    self.fault("net.twice", f"there are two blocks of {block}", number)
                self.blocks.setdefault(block, [])
            elif bound and bound[1] == "end" and bound[2].strip() == block:
                block = ""
            elif bound:
                self.fault(
                    "net.syntax", f"'{line[:40]}' stands inside the block of {block or 'nothing'}", number
                )
            elif block:
                self.blocks[block].append((number, line))
            elif _ACTION.fullmatch(line):
                self.actions.append(line.partition("(")[0].strip())
            else:
                self.fault("net.syntax", f"'{line[:40]}' is no line of a network file", number)
        if block and not self.problems:
            self.fault("net.syntax", f"the block of {block} is never closed", number)
        self.check_blocks()

    def check_blocks(self) -> None:
        if self.problems:
            return
        if "reactions" not in self.blocks or "species" not in self.blocks:
            rules = next((name for name in _RULES if name in self.blocks), None)
            if rules is not None:
                hint = "let BioNetGen write its network: generate_network({overwrite=>1}) gives a .net file"
                self.fault(
                    "net.rules", f"the file has a block of {rules} and no network of reactions", 1, hint
                )
            else:
                self.fault("net.syntax", "the file has no blocks of species and reactions", 1)
            return
        known = {"parameters", "functions", "species", "reactions", "groups"} | _PASSED
        for name in self.blocks.keys() - known:
            self.fault("net.unsupported", f"the block of {name} is not read", 1)
        for name, lines in self.blocks.items():
            most = LIMITS.sbml_species if name == "species" else LIMITS.network_lines
            if len(lines) > most:
                self.fault("net.size", f"there are too many {name}", lines[most][0], f"at most {most}")

    def network(self) -> BioNetGenNetwork:
        """What the blocks hold.

        Raises
        ------
        InputError
            With everything that is wrong with their lines.
        """
        self.places = {line: place for place, (line, _) in enumerate(self.blocks["species"], 1)}
        parameters = tuple(self.each("parameters", self.named))
        functions = tuple(self.each("functions", self.function))
        species = tuple(self.each("species", self.one_species))
        reactions = tuple(self.each("reactions", self.reaction))
        groups = tuple(self.each("groups", self.group))
        named: list[NetFormula | NetGroup] = [*parameters, *groups, *functions]
        self.once((made.name, made.line) for made in named)
        self.once((str(s.number), s.line) for s in species)
        if self.problems:  # a line that was not read would be missed by others
            raise InputError(sorted(self.problems, key=lambda p: p.line or 0)[:50])
        numbers = {s.number for s in species}
        for reaction in reactions:
            self.refer((*reaction.reactants, *reaction.products), numbers, reaction.line)
        for group in groups:
            self.refer((number for _, number in group.terms), numbers, group.line)
        if self.problems:
            raise InputError(self.problems[:50])
        passed = tuple(name for name in self.blocks if name in _PASSED)
        return BioNetGenNetwork(
            parameters, functions, species, reactions, groups, passed, tuple(dict.fromkeys(self.actions))
        )

    def each(self, block: str, make: Callable[[int, list[str]], Made | None]) -> Iterator[Made]:
        for number, line in self.blocks.get(block, ()):
            try:
                made = make(number, line.split())
            except NetFormulaError as error:
                self.fault(error.code, error.message, number, error.hint)
                continue
            if made is not None:
                yield made
            elif not self.problems or self.problems[-1].line != number:
                self.fault("net.syntax", f"'{line[:60]}' is no line of the block of {block}", number)

    def once(self, names: Iterable[tuple[str, int]]) -> None:
        seen: dict[str, int] = {}
        for name, line in names:
            if name in seen:
                self.fault("net.twice", f"'{name}' stands in line {seen[name]} as well", line)
            seen.setdefault(name, line)

    def refer(self, used: Iterable[int], known: set[int], line: int) -> None:
        for number in sorted(set(used) - known):
            self.fault("net.reference", f"there is no species {number}", line)

    def named(self, line: int, words: list[str]) -> NetFormula | None:
        """``[number] name formula``."""
        words = words[1:] if _numbered(words) else words
        if len(words) < 2 or not _NAME.fullmatch(words[0]):
            return None
        return NetFormula(words[0], net_formula(" ".join(words[1:])), line)

    def function(self, line: int, words: list[str]) -> NetFormula | None:
        """``[number] name() [=] formula``."""
        words = words[1:] if _numbered(words) else words
        name, bracket, rest = " ".join(words).partition("(")
        inside, closed, formula = rest.partition(")")
        if not bracket or not closed or not _NAME.fullmatch(name.strip()):
            return None
        if inside.strip():
            raise NetFormulaError(
                "net.unsupported",
                f"the function {name.strip()} has arguments ({inside.strip()[:40]})",
                "BioNetGen writes local functions out; a network file holds functions of nothing",
            )
        return NetFormula(name.strip(), net_formula(formula.strip().removeprefix("=")), line)

    def one_species(self, line: int, words: list[str]) -> NetSpecies | None:
        """``[number] [$]pattern formula``."""
        given = _numbered(words)
        number = read_whole(words[0]) if given else self.places[line]
        words = words[1:] if given else words
        if len(words) < 2 or not number:
            return None
        held = re.fullmatch(r"((?:@\w+:{1,2})?)\$(.+)", words[0], re.ASCII)
        pattern = words[0] if held is None else held[1] + held[2]
        return NetSpecies(number, pattern, held is not None, net_formula(" ".join(words[1:])), line)

    def reaction(self, line: int, words: list[str]) -> NetReaction | None:
        """``number reactants products rate``; 0 stands for nothing."""
        if len(words) < 4 or read_whole(words[0]) is None:
            return None
        sides = [_species_numbers(text) for text in words[1:3]]
        if sides[0] is None or sides[1] is None:
            return None
        rate = " ".join(words[3:])
        law = _LAW.fullmatch(rate)
        if law is None:
            return NetReaction(sides[0], sides[1], "", (net_formula(rate),), Number(1.0), line)
        constants = tuple(net_formula(word) for word in law[3].split())
        least, most = _CONSTANTS[law[2]]
        allowed = len(sides[0]) + 1 if most is None else most
        # run_network and bngsim disagree about MM of three reactants
        fits = len(sides[0]) == 2 if law[2] == "MM" else sides[0]
        if not fits or not least <= len(constants) <= allowed:
            message = f"{law[2]} with {len(sides[0])} reactants and {len(constants)} constants"
            hint = "MM kcat Km of substrate,enzyme; Sat kcat K of a reactant each; Hill Vmax K h"
            raise NetFormulaError("net.syntax", message, hint)
        factor = net_formula(law[1]) if law[1] else Number(1.0)
        return NetReaction(sides[0], sides[1], law[2], constants, factor, line)

    def group(self, line: int, words: list[str]) -> NetGroup | None:
        """``[number] name weight*species,...``."""
        words = words[1:] if _numbered(words) else words
        if not words or len(words) > 2 or not _NAME.fullmatch(words[0]):
            return None
        self.terms += words[-1].count(",") + 1
        if self.terms > LIMITS.network_terms:
            raise NetFormulaError(
                "net.size", "the groups are too large", f"at most {LIMITS.network_terms} terms"
            )
        terms = [_term(text) for text in words[1].split(",")] if len(words) == 2 else []
        known = [term for term in terms if term is not None]
        return NetGroup(words[0], tuple(known), line) if len(known) == len(terms) else None


def _numbered(words: list[str]) -> bool:
    return read_whole(words[0]) is not None


def _species_numbers(text: str) -> tuple[int, ...] | None:
    found = [read_whole(part) for part in text.split(",")]
    if any(n is None or n < 0 for n in found):
        return None
    return tuple(n for n in found if n)


def _term(text: str) -> tuple[float, int] | None:
    weight, star, number = text.rpartition("*")
    value, species = read_number(weight) if star else 1.0, read_whole(number)
    return None if value is None or species is None else (value, species)
