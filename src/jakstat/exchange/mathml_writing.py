"""Formulas of the engine as MathML text, for documents that are written by hand.

SBML Level 3 Version 2 Core, 3.4 (doi:10.1515/jib-2019-0021): a truth value and a number are different types,
so that one that stands where the other is wanted is written out as a comparison or a choice.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from xml.sax.saxutils import escape

from jakstat.engine.network.expression import Apply, Expression, Number, Symbol, Time, boolean

__all__ = ["math_element"]

_SPACE = "http://www.w3.org/1998/Math/MathML"
_TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">time</csymbol>'
_NAMES = MappingProxyType(
    {
        "add": "plus", "mul": "times", "sub": "minus", "neg": "minus", "div": "divide", "pow": "power",
        "ceil": "ceiling", "neq": "neq", "eq": "eq", "lt": "lt", "le": "leq", "gt": "gt", "ge": "geq",
        **{f"a{s}{h}": f"arc{s}{h}" for s in ("sin", "cos", "tan", "sec", "csc", "cot") for h in ("", "h")},
    }
)  # fmt: skip
"""Operators whose element has another name than they."""
_OF_TRUTHS = frozenset({"and", "or", "xor", "not", "implies"})


def math_element(expression: Expression) -> str:
    """The formula as a ``math`` element; its value is a number.

    Parameters
    ----------
    expression : Expression
        At most a few hundred levels deep.

    Examples
    --------
    >>> math_element(Apply("mul", (Symbol("k"), Number(0.5))))
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>k</ci><cn>0.5</cn></apply></math>'
    """
    return f'<math xmlns="{_SPACE}">{_number(expression)}</math>'


def _number(node: Expression) -> str:
    """The element of a number; a truth value counts as 1 or 0."""
    if boolean(node):
        true = f"<piece><cn>1</cn>{_element(node)}</piece>"
        return f"<piecewise>{true}<otherwise><cn>0</cn></otherwise></piecewise>"
    return _element(node)


def _truth(node: Expression) -> str:
    """The element of a truth value; a number is true unless it is 0."""
    return _element(node) if boolean(node) else f"<apply><neq/>{_element(node)}<cn>0</cn></apply>"


def _element(node: Expression) -> str:
    if isinstance(node, Number):
        # without an exponent: libSBML multiplies mantissa and power of ten, and loses the last bit
        return f"<cn>{Decimal(repr(node.value)):f}</cn>"
    if isinstance(node, Symbol):
        return f"<ci>{escape(node.id)}</ci>"
    if isinstance(node, Time):
        return _TIME
    if node.op == "piecewise":
        return _piecewise(node)
    written = _truth if node.op in _OF_TRUTHS else _number
    return f"<apply><{_NAMES.get(node.op, node.op)}/>{''.join(map(written, node.args))}</apply>"


def _piecewise(node: Apply) -> str:
    pairs = len(node.args) // 2
    pieces = [
        f"<piece>{_number(node.args[2 * i])}{_truth(node.args[2 * i + 1])}</piece>" for i in range(pairs)
    ]
    rest = f"<otherwise>{_number(node.args[-1])}</otherwise>" if len(node.args) % 2 else ""
    return f"<piecewise>{''.join(pieces)}{rest}</piecewise>"
