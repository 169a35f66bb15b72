"""BioNetGen networks as SBML Level 3 Version 2: numbers of molecules in one compartment of size 1.

A rate is the rate constant, or the value of a function, times the reactants, as run_network 3.0 and bngsim
0.16 have it. Sat, Hill and MM are BioNetGen's own: Sat is k*S1*S2.../((K1+S1)(K2+S2)...), Hill is
k*S^h/(K^h+S^h), and MM takes the free substrate of the total quasi-steady state, S = ((St-K-Et) +
sqrt((St-K-Et)^2 + 4*K*St))/2, in kcat*Et*S/(K+S) (Faeder, Blinov and Hlavacek 2009,
doi:10.1007/978-1-59745-525-1_5, and the two programs, with which the numbers are compared).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from jakstat.engine.network.expression import Apply, Expression, Number, Symbol, symbols
from jakstat.errors import InputError, Note, Problem, problem
from jakstat.exchange.bionetgen_network import (
    BioNetGenNetwork,
    NetFormula,
    NetGroup,
    NetReaction,
    NetSpecies,
    read_network_text,
)
from jakstat.exchange.foreign_model import ForeignModel
from jakstat.exchange.mathml_writing import math_element
from jakstat.limits import LIMITS

__all__ = ["network_sbml", "read_bionetgen"]

_SPACE = "http://www.sbml.org/sbml/level3/version2/core"
_LISTED = 8


def read_bionetgen(path: Path) -> ForeignModel:
    """A BioNetGen network file as SBML.

    Raises
    ------
    InputError
        ``file.unreadable``; everything :func:`read_network_text` and :func:`network_sbml` refuse.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        message = f"'{path.name}' cannot be read: {error.strerror}"
        raise problem("file.unreadable", message, file=path.name) from None
    except UnicodeDecodeError:
        raise problem("net.syntax", f"'{path.name}' is not UTF-8 text", file=path.name) from None
    sbml, notes = network_sbml(read_network_text(text, file=path.name), file=path.name)
    return ForeignModel(sbml.encode(), notes)


def network_sbml(network: BioNetGenNetwork, *, file: str = "network") -> tuple[str, tuple[Note, ...]]:
    """The network as an SBML document, with what is not obvious about it.

    Parameters
    ----------
    network : BioNetGenNetwork
    file : str
        Its name, for notes and problems.

    Returns
    -------
    str
        Species are ``S1``, ``S2``, ... with their patterns as names; observables and functions are
        parameters with assignment rules.
    tuple of Note

    Raises
    ------
    InputError
        ``net.unknown-name``, ``net.size``.

    Examples
    --------
    >>> from jakstat.exchange.bionetgen_network import read_network_text
    >>> text = "begin species\\n1 $A() 2\\nend species\\nbegin reactions\\n1 1 0 0.5\\nend reactions"
    >>> sbml, notes = network_sbml(read_network_text(text))
    >>> 'boundaryCondition="true"' in sbml, notes[0].code
    (True, 'net.species')
    """
    _check_names(network, file)
    taken = network.names
    stem = _free("S", taken)
    ids = {one.number: f"{stem}{one.number}" for one in network.species}
    body = "".join(
        [
            _list("Compartments", [f'<compartment id="{_free("cell", taken)}" size="1" constant="true"/>']),
            _list("Species", (_species(one, ids, _free("cell", taken)) for one in network.species)),
            _list("Parameters", _parameters(network)),
            _list("InitialAssignments", _initial_assignments(network, ids)),
            _list("Rules", [*(_group(g, ids) for g in network.groups), *map(_function, network.functions)]),
            _list("Reactions", _reactions(network.reactions, ids, taken)),
        ]
    )
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<sbml xmlns="{_SPACE}" level="3" version="2">'
    name = quoteattr(Path(file).stem)
    sbml = f'{head}<model id="network" name={name}>{body}</model></sbml>\n'
    if len(sbml) > LIMITS.sbml_bytes:
        message = f"the network is too large: its SBML would have {len(sbml)} bytes"
        raise problem("net.size", message, file=file, hint=f"at most {LIMITS.sbml_bytes}")
    return sbml, tuple(_notes(network, ids, file))


def _free(stem: str, taken: Collection[str]) -> str:
    """The stem, longer until no name of the file begins with it."""
    while any((name.startswith(stem) and name[len(stem) :].isdigit()) or name == stem for name in taken):
        stem += "_"
    return stem


def _check_names(network: BioNetGenNetwork, file: str) -> None:
    """Every name in a formula is one of the file's, and means something where it stands."""
    constants = {p.name for p in network.parameters}
    moving = {made.name for made in network.moving}
    anything = constants | moving
    wrong: list[Problem] = []

    def check(where: str, expressions: Iterable[Expression], allowed: Collection[str], line: int) -> None:
        used = set().union(*map(symbols, expressions))
        for name in sorted(n for n in used if n not in allowed):
            why = "changes with time" if name in moving else "is nowhere defined"
            message = f"'{name[:60]}' in {where} {why}"
            hint = "time()" if name == "time" else ""
            wrong.append(Problem("net.unknown-name", message, file, line, None, name[:60], hint))

    for parameter in network.parameters:
        check(f"the parameter {parameter.name}", [parameter.expression], constants, parameter.line)
    for one in network.species:
        check(f"the start of species {one.number}", [one.initial], constants, one.line)
    for function in network.functions:
        check(f"the function {function.name}()", [function.expression], anything, function.line)
    for reaction in network.reactions:
        used = [reaction.factor, *reaction.constants]
        check("a reaction", used, constants if reaction.law else anything, reaction.line)
    if wrong:
        raise InputError(wrong[:50])


def _list(kind: str, items: Iterable[str]) -> str:
    inside = "".join(items)
    return f"<listOf{kind}>{inside}</listOf{kind}>\n" if inside else ""


def _value(expression: Expression) -> float | None:
    """The number that an expression is, if it is one."""
    if isinstance(expression, Apply) and expression.op == "neg" and isinstance(expression.args[0], Number):
        return -expression.args[0].value
    return expression.value if isinstance(expression, Number) else None


def _species(one: NetSpecies, ids: Mapping[int, str], compartment: str) -> str:
    value = _value(one.initial)
    start = "" if value is None else f' initialAmount="{value!r}"'
    held = str(one.fixed).lower()
    return (
        f'<species id="{ids[one.number]}" name={quoteattr(one.pattern)} compartment="{compartment}"{start}'
        f' hasOnlySubstanceUnits="true" boundaryCondition="{held}" constant="false"/>'
    )


def _parameters(network: BioNetGenNetwork) -> Iterator[str]:
    for parameter in network.parameters:
        value = _value(parameter.expression)
        given = "" if value is None else f' value="{value!r}"'
        yield f'<parameter id="{parameter.name}"{given} constant="true"/>'
    for made in network.moving:
        yield f'<parameter id="{made.name}" constant="false"/>'


def _initial_assignments(network: BioNetGenNetwork, ids: Mapping[int, str]) -> Iterator[str]:
    starts = [(p.name, p.expression) for p in network.parameters]
    starts += [(ids[s.number], s.initial) for s in network.species]
    for name, expression in starts:
        if _value(expression) is None:
            yield f'<initialAssignment symbol="{name}">{math_element(expression)}</initialAssignment>'


def _rule(name: str, expression: Expression) -> str:
    return f'<assignmentRule variable="{name}">{math_element(expression)}</assignmentRule>'


def _group(group: NetGroup, ids: Mapping[int, str]) -> str:
    terms = [
        Symbol(ids[number]) if weight == 1 else Apply("mul", (Number(weight), Symbol(ids[number])))
        for weight, number in group.terms
    ]
    return _rule(group.name, terms[0] if len(terms) == 1 else Apply("add", tuple(terms)))


def _function(function: NetFormula) -> str:
    return _rule(function.name, function.expression)


def _reactions(
    reactions: Iterable[NetReaction], ids: Mapping[int, str], taken: Collection[str]
) -> Iterator[str]:
    stem = _free("R", taken)
    for place, reaction in enumerate(reactions, 1):
        law = f"<kineticLaw>{math_element(_rate(reaction, ids))}</kineticLaw>"
        sides = _side("Reactants", reaction.reactants, ids) + _side("Products", reaction.products, ids)
        yield f'<reaction id="{stem}{place}" reversible="false">{sides}{law}</reaction>'


def _side(kind: str, numbers: Iterable[int], ids: Mapping[int, str]) -> str:
    return _list(
        kind,
        (
            f'<speciesReference species="{ids[number]}" stoichiometry="{count}" constant="true"/>'
            for number, count in Counter(numbers).items()
        ),
    )


def _product(factors: Iterable[Expression]) -> Expression:
    kept = tuple(f for f in factors if f != Number(1.0))
    return kept[0] if len(kept) == 1 else Apply("mul", kept) if kept else Number(1.0)


def _rate(reaction: NetReaction, ids: Mapping[int, str]) -> Expression:
    met: list[Expression] = [Symbol(ids[number]) for number in reaction.reactants]
    factor, (k, *constants) = reaction.factor, reaction.constants
    if reaction.law == "MM":
        return _product([factor, _quasi_steady(k, constants[0], met[0], met[1])])
    if reaction.law == "Sat":
        halves = [Apply("add", (half, s)) for half, s in zip(constants, met, strict=False)]
        above = _product([factor, k, *met])
        return Apply("div", (above, _product(halves))) if halves else _product([factor, k])
    if reaction.law == "Hill":
        half, steep = constants
        above, below = Apply("pow", (met[0], steep)), Apply("pow", (half, steep))
        return Apply("div", (_product([factor, k, above, *met[1:]]), Apply("add", (below, above))))
    return _product([factor, k, *met])


def _quasi_steady(k: Expression, half: Expression, total: Expression, enzyme: Expression) -> Expression:
    """BioNetGen's MM: the module's docstring has its formula."""
    span = Apply("sub", (Apply("sub", (total, half)), enzyme))
    square = Apply("pow", (span, Number(2.0)))
    root = Apply("pow", (Apply("add", (square, Apply("mul", (Number(4.0), half, total)))), Number(0.5)))
    free = Apply("mul", (Number(0.5), Apply("add", (span, root))))
    return Apply("div", (Apply("mul", (k, enzyme, free)), Apply("add", (half, free))))


def _notes(network: BioNetGenNetwork, ids: Mapping[int, str], file: str) -> Iterator[Note]:
    first = [f"{ids[s.number]} is {s.pattern}" for s in network.species[:_LISTED]]
    more = f" and {len(network.species) - _LISTED} more" if len(network.species) > _LISTED else ""
    text = f"species are counted in the file's own numbers in a volume of 1: {', '.join(first)}{more}"
    yield Note("net.species", file, text)
    if network.groups:
        names = ", ".join(g.name for g in network.groups[:_LISTED])
        more = f" and {len(network.groups) - _LISTED} more" if len(network.groups) > _LISTED else ""
        yield Note("net.observables", file, f"observables are quantities that --outputs takes: {names}{more}")
    if any(r.law == "MM" for r in network.reactions):
        text = "MM is BioNetGen's: the enzyme's share of the substrate is taken off, so that the rate is not"
        yield Note("net.michaelis-menten", file, f"{text} kcat*E*S/(Km+S) of the numbers shown")
    if network.actions:
        text = "what the file would have done with the network is passed over"
        yield Note("net.actions", file, f"{text}: {', '.join(network.actions[:_LISTED])}")
    if network.passed:
        text = "blocks that change no number of a finished network are passed over"
        yield Note("net.blocks", file, f"{text}: {', '.join(network.passed)}")
