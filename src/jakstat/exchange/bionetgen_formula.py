"""Formulas of BioNetGen network files, as the engine's expressions.

The grammar is what run_network 3.0 (muParser) and bngsim 0.16 (ExprTk) both take: ``^``
binds from the right and before a minus, ``-x^2`` is ``-(x^2)``; a comparison is 1 or 0; ``if(c, a, b)`` and
``c ? a : b`` choose; ``ln`` is natural, ``log10`` and ``log2`` say their base, and ``log`` is refused because
the two differ about it. ``rint`` rounds halves up, as BioNetGen does (Faeder, Blinov and Hlavacek 2009,
doi:10.1007/978-1-59745-525-1_5, for the language).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import reduce
from types import MappingProxyType
from typing import NamedTuple

from jakstat.engine.network.expression import Apply, Expression, Number, Symbol, Time
from jakstat.limits import LIMITS

__all__ = ["NetFormulaError", "net_formula"]


class NetFormulaError(Exception):
    """A formula that is not understood: the code of the problem, the reason, and what to write instead."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class _Token(NamedTuple):
    kind: str
    text: str


_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)(?![A-Za-z_0-9.])"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>\*\*|&&|\|\||>=|<=|==|!=|~=|[-+*/^<>!~(),?:]))",
    re.ASCII,
)
_LEVELS: tuple[MappingProxyType[str, str], ...] = (
    MappingProxyType({"||": "or"}),
    MappingProxyType({"&&": "and"}),
    MappingProxyType({"==": "eq", "!=": "neq", "~=": "neq", "<": "lt", ">": "gt", "<=": "le", ">=": "ge"}),
    MappingProxyType({"+": "add", "-": "sub"}),
    MappingProxyType({"*": "mul", "/": "div"}),
)
"""Operators of two sides, those that bind least first; all from the left."""
_GATHERED = frozenset({"add", "mul", "and", "or"})
_CONSTANTS = MappingProxyType({"_pi": math.pi, "_e": math.e})
_LN_10, _LN_2 = Number(math.log(10.0)), Number(math.log(2.0))


def _mean(*args: Expression) -> Expression:
    return Apply("div", (Apply("add", args), Number(float(len(args)))))


_PLAIN = ("exp", "ln", "abs", "sin", "cos", "tan", "asin", "acos", "atan")
_FUNCTIONS: MappingProxyType[str, tuple[int | None, Callable[..., Expression]]] = MappingProxyType(
    {
        **{op: (1, lambda x, op=op: Apply(op, (x,))) for op in _PLAIN},
        **{op: (1, lambda x, op=op: Apply(op, (x,))) for op in ("sinh", "cosh", "tanh")},
        **{op: (1, lambda x, op=op: Apply(op, (x,))) for op in ("asinh", "acosh", "atanh")},
        "log10": (1, lambda x: Apply("div", (Apply("ln", (x,)), _LN_10))),
        "log2": (1, lambda x: Apply("div", (Apply("ln", (x,)), _LN_2))),
        "sqrt": (1, lambda x: Apply("pow", (x, Number(0.5)))),
        "rint": (1, lambda x: Apply("floor", (Apply("add", (x, Number(0.5))),))),
        "if": (3, lambda c, a, b: Apply("piecewise", (a, c, b))),
        "min": (None, lambda *args: Apply("min", args)),
        "max": (None, lambda *args: Apply("max", args)),
        "sum": (None, lambda *args: Apply("add", args)),
        "avg": (None, _mean),
        "time": (0, Time),
        "_pi": (0, lambda: Number(math.pi)),
        "_e": (0, lambda: Number(math.e)),
    }
)
"""Functions of the language: how many arguments (None: one or more) and what they mean."""
_REFUSED = MappingProxyType(
    {
        "mratio": "the ratio of two Kummer functions has no counterpart in SBML",
        "tfun": "a function read from a table has no counterpart here",
        "functionproduct": "a product of two local functions is only known to NFsim",
        "arrhenius": "energy patterns are written out by generate_network",
    }
)
_CALLED = re.compile(rf"\b({'|'.join(_REFUSED)})\s*\(", re.IGNORECASE)
_INSTEAD = MappingProxyType(
    {
        "log": "ln for the natural logarithm, log10 for the common one",
        "pow": "write x^y",
        "floor": "rint(x - 0.5)",
        "ceil": "-rint(-x - 0.5)",
        "round": "rint",
    }
)


def net_formula(text: str) -> Expression:
    """Read a formula.

    Parameters
    ----------
    text : str
        Such as ``0.5*kp1`` or ``if(Atot>10,kd*2,kd)``.

    Raises
    ------
    NetFormulaError
        ``net.formula``: not of the grammar, or too deep or long; ``net.unsupported``: a function of
        BioNetGen's that SBML has no word for.

    Examples
    --------
    >>> net_formula("-x^2") == Apply("neg", (Apply("pow", (Symbol("x"), Number(2.0))),))
    True
    """
    if len(text) > LIMITS.formula_nodes:
        raise NetFormulaError("net.formula", "the formula is too long", f"at most {LIMITS.formula_nodes}")
    if called := _CALLED.search(text):
        reason = _REFUSED[called[1].lower()]
        raise NetFormulaError("net.unsupported", f"{called[1]}() is not supported: {reason}")
    reader = _NetFormulaReader(list(_tokens(text)))
    found = reader.choice(0)
    if reader.ahead.kind != "end":
        raise NetFormulaError(
            "net.formula", f"there is '{reader.ahead.text[:20]}' where the formula should end"
        )
    _check_depth(found)
    return found


def _check_depth(expression: Expression) -> None:
    """Chains of signs or quotients are deep without brackets."""
    level, deepest = [expression], 0
    while level:
        _check_level(deepest)
        level = [a for node in level if isinstance(node, Apply) for a in node.args]
        deepest += 1


def _check_level(depth: int) -> None:
    if depth > LIMITS.formula_depth:
        hint = f"at most {LIMITS.formula_depth} levels"
        raise NetFormulaError("net.formula", "the formula is nested too deeply", hint)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            rest = text[at:].strip()
            if not rest:
                break
            raise NetFormulaError("net.formula", f"'{rest[:20]}' is not understood")
        yield _Token(str(found.lastgroup), found[str(found.lastgroup)])
        at = found.end()
    yield _Token("end", "")


class _NetFormulaReader:
    """Precedence climbing; the depth of what is read is counted and capped."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at = tokens, 0

    @property
    def ahead(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *signs: str) -> str:
        """The next sign if it is one of these, and past it; else nothing."""
        if self.ahead.kind == "sign" and self.ahead.text in signs:
            self.at += 1
            return self.tokens[self.at - 1].text
        return ""

    def need(self, sign: str) -> None:
        if not self.take(sign):
            said = f"'{self.ahead.text[:20]}'" if self.ahead.text else "the end"
            raise NetFormulaError("net.formula", f"there is {said} where '{sign}' should be")

    def choice(self, depth: int) -> Expression:
        """Anything: ``c ? a : b`` binds least."""
        _check_level(depth)
        condition = self.binary(depth)
        if not self.take("?"):
            return condition
        yes = self.choice(depth + 1)
        self.need(":")
        return Apply("piecewise", (yes, condition, self.choice(depth + 1)))

    def binary(self, depth: int) -> Expression:
        """Operands between operators, joined level by level from those that bind most."""
        operands, signs = [self.signed(depth)], []
        while sign := self.take(*(s for level in _LEVELS for s in level)):
            signs.append(sign)
            operands.append(self.signed(depth))
        for level in reversed(_LEVELS):
            operands, signs = _joined(operands, signs, level)
        return operands[0]

    def signed(self, depth: int) -> Expression:
        """A power with the signs before it: a minus binds less than ``^``."""
        signs = []
        while sign := self.take("-", "+", "!", "~"):
            signs.append(sign)
        found = self.power(depth + len(signs))
        kinds = {"-": "neg", "!": "not", "~": "not"}
        return reduce(lambda x, s: x if s == "+" else Apply(kinds[s], (x,)), reversed(signs), found)

    def power(self, depth: int) -> Expression:
        root = self.operand(depth)
        if not self.take("^", "**"):
            return root
        _check_level(depth)
        return Apply("pow", (root, self.signed(depth + 1)))

    def operand(self, depth: int) -> Expression:
        kind, text = self.ahead
        if self.take("("):
            inner = self.choice(depth + 1)
            self.need(")")
            return inner
        if kind == "number":
            self.at += 1
            if not math.isfinite(float(text)):
                raise NetFormulaError("net.formula", f"the number {text[:20]} is out of range")
            return Number(float(text))
        if kind != "name":
            said = f"'{text[:20]}'" if text else "the end"
            raise NetFormulaError("net.formula", f"there is {said} where a number or name should be")
        self.at += 1
        if self.take("("):
            return _called(text, self.arguments(depth + 1))
        return Number(_CONSTANTS[text]) if text in _CONSTANTS else Symbol(text)

    def arguments(self, depth: int) -> list[Expression]:
        if self.take(")"):
            return []
        found = [self.choice(depth)]
        while self.take(","):
            found.append(self.choice(depth))
        self.need(")")
        return found


def _joined(
    operands: list[Expression], signs: list[str], level: MappingProxyType[str, str]
) -> tuple[list[Expression], list[str]]:
    """Operands and signs after every run of operators of one level is joined."""
    kept: list[Expression] = []
    left: list[str] = []
    run, ops = [operands[0]], list[str]()
    for sign, operand in zip(signs, operands[1:], strict=True):
        if sign in level:
            run.append(operand)
            ops.append(level[sign])
        else:
            kept.append(_folded(run, ops))
            left.append(sign)
            run, ops = [operand], []
    return [*kept, _folded(run, ops)], left


def _folded(operands: list[Expression], ops: list[str]) -> Expression:
    """Operands joined from the left; a sum or product of many is one node, so that it is not deep."""
    terms, kind = operands[:1], ""
    for op, operand in zip(ops, operands[1:], strict=True):
        term, joins = (Apply("neg", (operand,)), "add") if op == "sub" else (operand, op)
        if joins != kind or joins not in _GATHERED:
            terms, kind = [_of(kind, terms)], joins
        terms.append(term)
    return _of(kind, terms)


def _of(op: str, terms: list[Expression]) -> Expression:
    return Apply(op, tuple(terms)) if len(terms) > 1 else terms[0]


def _called(name: str, args: list[Expression]) -> Expression:
    """A function of the language, or the value of a name that is written with empty brackets."""
    if name not in _FUNCTIONS:
        if not args and name not in _INSTEAD:
            return Symbol(name)
        hint = _INSTEAD.get(name, "functions of a network file take no arguments")
        raise NetFormulaError("net.formula", f"there is no function {name[:40]}() of {len(args)}", hint)
    count, make = _FUNCTIONS[name]
    if not (args if count is None else len(args) == count):
        wanted = "one or more" if count is None else count
        raise NetFormulaError("net.formula", f"{name}() has {len(args)} arguments, not {wanted}")
    return make(*args)
