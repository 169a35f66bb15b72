"""The faults that can be put into a module: each is one replaced stretch of its text.

Left out, because nothing of what the program computes depends on them: annotations, docstrings, decorators,
what a problem says (the arguments of ``problem``), and numbers that only set how a figure looks.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Fault", "faults"]

_ORDER = {ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
          ast.GtE: (ast.Gt, ast.Lt)}  # fmt: skip
_SAME = {ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
         ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,)}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {**_ORDER, **_SAME}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_PAIRS = (("min", "max"), ("any", "all"), ("floor", "ceil"), ("minimum", "maximum"), ("nanmin", "nanmax"),
          ("argmin", "argmax"), ("mean", "median"))  # fmt: skip
_TWIN = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
_MATHS = {"np", "math", "numpy"}
_PLAIN = {"abs", "sorted", "reversed"}
_EITHER = {"isinstance", "cast", "getattr", "min", "max", "minimum", "maximum", "isclose", "hypot"}
_LOOKS = {
    "linewidth", "lw", "alpha", "fontsize", "size", "zorder", "pad", "figsize", "dpi", "markersize", "ms",
    "capsize", "elinewidth", "width", "height", "labelpad", "wspace", "hspace", "left", "right", "top",
    "bottom", "rotation", "borderpad", "handlelength", "ncols", "ncol", "xytext", "shrink", "aspect",
    "style", "padding", "maxsize", "color", "fill", "stroke", "rasterized", "justify", "no_wrap", "markup",
    "highlight",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """A stretch of a module's text (bytes from, to), what takes its place, and the lines it concerns."""

    line: int
    last_line: int
    start: int
    end: int
    was: str
    now: str

    def applied(self, text: bytes) -> bytes:
        """The module with the fault in it."""
        return text[: self.start] + self.now.encode() + text[self.end :]


def faults(text: str) -> list[Fault]:
    """Every fault that can be put into a module, in the order of its text.

    Examples
    --------
    >>> [f.now for f in faults("x = a < 2")]
    ['(a <= 2)', '(a >= 2)', '3']
    """
    raw = text.encode()
    starts = [0]
    for row in raw.split(b"\n"):
        starts.append(starts[-1] + len(row) + 1)
    found = []
    for node, new, (line, last_line) in _changes(ast.parse(text), (1, 1)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        was = raw[start:end].decode()
        now = "pass" if new is None else ast.unparse(new)
        if isinstance(new, ast.Compare | ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.IfExp | ast.Lambda):
            now = f"({now})"
        found.append(Fault(line, last_line, start, end, was, now))
    return sorted(found, key=lambda f: (f.start, f.end, f.now))


Change = tuple[ast.expr | ast.stmt, ast.expr | ast.stmt | None]
Lines = tuple[int, int]


def _changes(node: ast.AST, lines: Lines) -> Iterator[tuple[*Change, Lines]]:
    """Changes at and below a node; ``lines`` are those of the statement or of the head of a block."""
    if _left_out(node):
        return
    if isinstance(node, ast.stmt):
        lines = (node.lineno, node.end_lineno or node.lineno)
    body = getattr(node, "body", None)
    head = (lines[0], max(lines[0], body[0].lineno - 1)) if isinstance(body, list) and body else lines
    for old, new in _own(node):
        yield old, new, head
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _changes(child, head)


def _left_out(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.keyword) and node.arg in _LOOKS:
        return True
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Expr) and ast.unparse(node).partition("(")[0].endswith(("tidy", "tick_params")):
        return True
    if isinstance(node, ast.Assign) and "__all__" in ast.unparse(node.targets[0]):
        return True
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"problem", "Problem", "warn"}


def _own(node: ast.AST) -> Iterator[Change]:
    """The changes of this node itself."""
    if isinstance(node, ast.Compare):
        yield from _compared(node)
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC and not _is_text(node):
        yield node, ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
    elif isinstance(node, ast.AugAssign) and type(node.op) in _ARITHMETIC:
        yield node, ast.AugAssign(node.target, _ARITHMETIC[type(node.op)](), node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node, node.operand
    elif isinstance(node, ast.BoolOp):
        yield node, ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.IfExp):
        yield node, ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.If):
        yield node.test, ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.Constant):
        yield from _constant(node)
    elif isinstance(node, ast.Call):
        yield from _called(node)
    elif isinstance(node, ast.Raise | ast.Continue | ast.Break) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield node, None


def _compared(node: ast.Compare) -> Iterator[Change]:
    for place, kind in enumerate(node.ops):
        for other in _COMPARE[type(kind)]:
            new = copy.copy(node)
            new.ops = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield node, new


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield node, ast.Constant(not value)
    elif isinstance(value, int):
        yield node, ast.Constant(value + 1)
    elif isinstance(value, float):
        yield node, ast.Constant(2 * value or 1.0)


def _called(node: ast.Call) -> Iterator[Change]:
    owner, name = "", ""
    if isinstance(node.func, ast.Name):
        name = node.func.id
    elif isinstance(node.func, ast.Attribute):
        owner, name = ast.unparse(node.func.value), node.func.attr
    if name in _TWIN:
        func = copy.copy(node.func)
        setattr(func, "id" if isinstance(func, ast.Name) else "attr", _TWIN[name])
        yield node, ast.Call(func, node.args, node.keywords)
    if len(node.args) == 1 and not node.keywords and (owner in _MATHS or (not owner and name in _PLAIN)):
        yield node, node.args[0]
    if len(node.args) > 1 and not any(isinstance(a, ast.Starred) for a in node.args[:2]):
        first, second, *rest = node.args
        if ast.dump(first) != ast.dump(second) and name not in _EITHER:
            yield node, ast.Call(node.func, [second, first, *rest], node.keywords)


def _is_text(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    return any(
        isinstance(s, ast.JoinedStr) or (isinstance(s, ast.Constant) and isinstance(s.value, str))
        for s in sides
    )
