"""A literal behaves as a parameter or a state of its value: what is worked out beforehand is IEEE 754."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import small_models as sm
from jakstat.engine.compile.dag import STATE, TIME, Graph, from_expression
from jakstat.engine.compile.machine import host
from jakstat.engine.compile.program import Builder, Hoist, Lowering
from jakstat.engine.load import load_sbml
from jakstat.engine.network.expression import ARITY, Apply, Expression, Number, Symbol
from jakstat.engine.reference.closures import closure
from kernel_calls import Compiled
from shared_data import SHARED, needs_shared

INF, NAN = math.inf, math.nan
VALUES = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -4.0, 8.0, INF, -INF, NAN)


def trees(leaves: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    def apply(op: str, *args: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        return st.tuples(*args).map(lambda a: Apply(op, a))

    def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        test = st.one_of(*(apply(op, inner, inner) for op in ("lt", "le", "gt", "ge", "eq", "neq")))
        whole = st.sampled_from([Number(float(n)) for n in range(-3, 4)])
        return st.one_of(
            *(apply(op, inner, inner) for op in ("add", "sub", "mul", "div", "quotient", "rem")),
            *(apply(op, inner) for op in ("neg", "abs", "floor", "ceil", "acot")),
            apply("add", inner, inner, inner),
            apply("mul", inner, inner, inner),
            apply("pow", inner, whole),
            apply("piecewise", inner, test, inner),
            apply("piecewise", inner, apply("not", test), inner),
        )

    return st.recursive(leaves, grown, max_leaves=7)


def exact(tree: Expression, value: dict[str, float]) -> bool:
    """Whether every step is exact in doubles, so that no order of the steps changes the result."""
    f = closure(tree, {n: i + 1 for i, n in enumerate(value)})
    if isinstance(tree, Apply):
        if not all(exact(a, value) for a in tree.args):
            return False
        got = f([0.0, *value.values()])
        a = [closure(x, {n: i + 1 for i, n in enumerate(value)})([0.0, *value.values()]) for x in tree.args]
        if not all(math.isfinite(x) for x in (got, *a)):
            return tree.op not in ("rem",) or not (math.isfinite(got) and got == 0.0)
        if tree.op in ("div", "quotient", "rem", "pow"):
            bottom = a[1] if tree.op != "pow" else a[0]
            if bottom and abs(math.frexp(bottom)[0]) != 0.5:  # not a power of two: 1 / bottom is rounded
                return False
        if tree.op in ("add", "mul"):
            total = Fraction(0 if tree.op == "add" else 1)
            for x in a:
                total = total + Fraction(x) if tree.op == "add" else total * Fraction(x)
            return total == Fraction(got)
        if tree.op == "acot":  # rounded, so nothing may follow
            return False
    return True


def bits(x: float) -> bytes:
    return b"nan" if x != x else struct.pack("d", x)


def compiled(found: list[Expression], value: dict[str, float], states: set[str]) -> list[float]:
    """The values by the compiled kernels: constants hoisted into one program, the rest in another."""
    graph, machine = Graph(), host()
    names = list(value)

    def symbol(name: str) -> int:
        return graph.input("y" if name in states else "p", names.index(name), STATE * (name in states))

    time = graph.input("t", 0, TIME)
    nodes = [from_expression(graph, tree, symbol, time, symbol) for tree in found]
    hoist = Hoist()
    main = Lowering(graph, Builder(), lambda array, index: (array, index), hoist)
    main.count(nodes)
    for i, node in enumerate(nodes):
        main.builder.store("out", i, main.value(node))
    prep = Lowering(graph, Builder(), lambda array, index: ("y" if array == "p" else array, index), None)
    prep.count(hoist.slots)
    for slot in hoist.slots:
        prep.builder.store("out", hoist.slots[slot], prep.value(slot))
    given = np.repeat(np.array([[*value.values(), 0.0]]).T, machine.width, axis=1)
    count = max(len(hoist.slots), 1)
    constants = Compiled(prep.builder.operations, machine)({"y": given}, {"out": count})["out"][:count]
    run = Compiled(main.builder.operations, machine)
    return [float(x) for x in run({"y": given, "c": constants}, {"out": len(nodes)})["out"][: len(nodes), 0]]


LITERAL = st.sampled_from(VALUES).map(Number)
NAMED = st.sampled_from([f"n{i}" for i in range(len(VALUES))]).map(Symbol)
TABLE = {f"n{i}": v for i, v in enumerate(VALUES)}


def written_out(tree: Expression) -> Expression:
    if isinstance(tree, Symbol):
        return Number(TABLE[tree.id])
    return Apply(tree.op, tuple(written_out(a) for a in tree.args)) if isinstance(tree, Apply) else tree


ZERO, ONE, ENDLESS = Symbol("n0"), Symbol("n2"), Symbol("n8")


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(trees(st.one_of(NAMED, LITERAL)), st.sets(st.sampled_from(sorted(TABLE))))
@example(Apply("div", (ONE, Number(0.0))), set())
@example(Apply("div", (ZERO, ZERO)), set())
@example(Apply("mul", (Number(0.0), Apply("div", (ONE, ZERO)))), {"n0"})
@example(Apply("sub", (ENDLESS, ENDLESS)), {"n8"})
@example(Apply("div", (ONE, Apply("sub", (Number(0.0), ZERO)))), {"n0"})
@example(Apply("div", (ONE, Apply("add", (Number(0.0), Apply("mul", (ZERO, Symbol("n3"))))))), {"n0"})
@example(Apply("rem", (ONE, ENDLESS)), set())
def test_a_literal_is_what_a_parameter_and_a_state_of_its_value_are(
    tree: Expression, states: set[str]
) -> None:
    outer = tree.args[0] if isinstance(tree, Apply) and tree.op == "acot" else tree
    assume(exact(outer, TABLE))
    places = {n: i + 1 for i, n in enumerate(TABLE)}
    expected = closure(tree, places)([0.0, *TABLE.values()])
    literal = written_out(tree)
    assert bits(closure(literal, {})([0.0])) == bits(expected)
    for (found,) in (compiled([literal], TABLE, set()), compiled([tree], TABLE, states)):
        if isinstance(tree, Apply) and tree.op == "acot" and math.isfinite(expected):
            assert found == pytest.approx(expected, rel=1e-15, abs=0)
        else:
            assert bits(found) == bits(expected), str(tree)


ONE_ARGUMENT = sorted(op for op, counts in ARITY.items() if counts == (1, 1) and op != "rate_of")


def test_every_function_of_a_literal_is_that_of_a_parameter_and_of_a_state() -> None:
    named = [Apply(op, (Symbol(name),)) for op in ONE_ARGUMENT for name in TABLE]
    named += [Apply("pow", (Symbol(a), Symbol(b))) for a in TABLE for b in TABLE]
    places = {n: i + 1 for i, n in enumerate(TABLE)}
    literal = compiled([written_out(t) for t in named], TABLE, set())
    given = compiled(named, TABLE, set())
    moving = compiled(named, TABLE, set(TABLE))
    for tree, one, two, three in zip(named, literal, given, moving, strict=True):
        expected = closure(tree, places)([0.0, *TABLE.values()])
        assert [bits(two)] == [bits(three)], str(tree)
        if not math.isfinite(expected) or expected == 0.0:
            assert bits(one) == bits(two) == bits(expected), str(tree)
        else:
            assert one == pytest.approx(two, rel=1e-15, abs=0), str(tree)
            assert one == pytest.approx(expected, rel=2e-15, abs=0), str(tree)


METHODS = ("rodas5p", "LSODA")


def model_of(formula: str) -> str:
    return sm.model(
        parameters=[sm.parameter("x", None, False), sm.parameter("eight", 8.0), sm.parameter("two", 2.0),
                    sm.parameter("n", 49.0, False)],
        rules=[sm.rule("assignment", "x", formula), sm.rule("rate", "n", "0")],
    )  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("floor(log(2, 8))", 3.0),
        ("floor(log(two, eight))", 3.0),
        ("floor(n / 49)", 1.0),
        ("quotient(n, 49)", 1.0),
        ("rem(1, 0.1)", math.fmod(1.0, 0.1)),
        ("arccot(0)", math.pi / 2),
        ("1 / 0", INF),
        ("-1 / 0", -INF),
        ("0 / 0", NAN),
        ("two^(1 / 0)", INF),
        ("(two - two) / (two - two)", NAN),
        ("1 / (0 - 0 * n)", INF),
    ],
)
def test_formulas_of_literals(formula: str, expected: float, method: str) -> None:
    got = load_sbml(model_of(formula), trusted=True).simulate([0.0, 1.0], method=method).value("x")[0, 1]
    assert got == expected or (got != got and expected != expected)


@needs_shared
@pytest.mark.parametrize("method", METHODS)
def test_arccot_of_zero_is_a_right_angle(method: str) -> None:
    text = (SHARED / "cases" / "sbml" / "arccot_of_zero.xml").read_text()
    run = load_sbml(text, trusted=True).simulate([0.0, 1.0], method=method)
    assert run.value("arccot0")[0].tolist() == [math.pi / 2, math.pi / 2]
