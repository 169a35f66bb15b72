"""Formulas of network files have the values that BioNetGen's own run_network 3.0 printed for them."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jakstat.engine.load import load_sbml
from jakstat.engine.network.expression import Apply, Number, Symbol
from jakstat.exchange.bionetgen_formula import NetFormulaError, net_formula
from jakstat.exchange.bionetgen_network import read_network_text
from jakstat.exchange.bionetgen_sbml import network_sbml
from jakstat.exchange.mathml_writing import math_element

# run_network 3.0 (BioNetGen 2.9.3, in bionetgen 0.8.7), a = 3
RUN_NETWORK = {
    "2^3^2": 512.0, "-2^2": -4.0, "2^-1": 0.5, "1-2-3": -4.0, "8/4/2": 1.0, "2*-3": -6.0, "1e3+.5": 1000.5,
    "if(1>0&&2<1,5,7)": 7.0, "log10(1000)": 3.0, "ln(10)": 2.302585092994, "rint(2.5)": 3.0,
    "min(3,1,2)+max(1,5)+avg(1,3)+sum(1,2,3)": 14.0, "1>0||0": 1.0, "1||0&&0": 1.0, "-3^2*2": -18.0,
    "rint(-2.5)": -2.0, "rint(2.4)": 2.0, "log2(8)": 3.0, "sqrt(16)+abs(-3)": 7.0,
    "atanh(0.5)": 0.5493061443341, "_pi": 3.14159265359, "_pi()": 3.14159265359, "_e": 2.718281828459,
    "1+2>2": 1.0, "-a^2": -9.0, "1==1": 1.0, "2!=3": 1.0, "a?1:2": 1.0, "2^-2^2": 0.0625, "5.": 5.0,
    "exp(1)": 2.718281828459, "tanh(1)": 0.7615941559558, "2--2": 4.0, "min(1)": 1.0,
}  # fmt: skip


def values_of(formulas):
    """Values of formulas over a = 3, each the start of a species."""
    rows = [f" {i} X{i}() {text}" for i, text in enumerate(formulas, 1)]
    text = "begin parameters\n 1 a 3\nend parameters\nbegin species\n" + "\n".join(rows)
    text += "\nend species\nbegin reactions\n 1 0 1 a\nend reactions\n"
    sbml, _ = network_sbml(read_network_text(text))
    names = [f"S{i}" for i in range(1, len(rows) + 1)]
    found = load_sbml(sbml, trusted=True).simulate([0.0, 1e-9], outputs=names)
    return {text: float(found.value(name)[0, 0]) for text, name in zip(formulas, names, strict=True)}


def test_values_are_those_of_run_network():
    found = values_of(list(RUN_NETWORK))
    assert found == {text: pytest.approx(value, rel=1e-12) for text, value in RUN_NETWORK.items()}


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("log(10)", "net.formula", "ln for the natural"),
        ("mratio(1,2,3)", "net.unsupported", "Kummer"),
        ("tfun('a.tfun')", "net.unsupported", "table"),
        ("TFUN(A,'a')", "net.unsupported", "table"),
        ('FunctionProduct("f()","g()")', "net.unsupported", "NFsim"),
        ("if(1,2)", "net.formula", "2 arguments"),
        ("f(a)", "net.formula", "no arguments"),
        ("pow(2,3)", "net.formula", r"x\^y"),
        ("7%3", "net.formula", "'%3'"),
        ("0x10", "net.formula", "'0x10'"),
        ("1e999", "net.formula", "out of range"),
        ("1.5e", "net.formula", "'1.5e'"),
        ("a b", "net.formula", "'b'"),
        ("", "net.formula", "the end"),
        ("(a", "net.formula", r"'\)'"),
        ("a ? 1", "net.formula", "':'"),
        ("__import__('os')", "net.formula", "not understood"),
        ("(" * 20_000 + "a" + ")" * 20_000, "net.formula", "too deeply"),
        ("2^" * 5_000 + "a", "net.formula", "too deeply"),
        ("-" * 90_000 + "a", "net.formula", "too deeply"),
        ("/".join("a" * 300), "net.formula", "too deeply"),
        ("a+" * 60_000 + "a", "net.formula", "too long"),
        ("1" * 99_000 + "x", "net.formula", "not understood"),
    ],
)
def test_what_is_not_understood_is_refused(text, code, told):
    with pytest.raises(NetFormulaError) as error:
        net_formula(text)
    assert error.value.code == code
    assert re.search(told, f"{error.value.message} {error.value.hint}")


def test_a_long_sum_is_one_flat_node():
    found = net_formula("+".join("a" * 40_000))
    assert found == Apply("add", (Symbol("a"),) * 40_000)


SIGNS = {"add": ("+", 4), "mul": ("*", 5), "div": ("/", 5), "pow": ("^", 7)}
TREES = st.recursive(
    st.sampled_from(["a", "b"]).map(Symbol)
    | st.floats(0.0, 1e300, allow_subnormal=False).map(Number)
    | st.sampled_from([0.1, 3.0, 1e-300]).map(Number),
    lambda inner: (
        st.builds(lambda op, x, y: Apply(op, (x, y)), st.sampled_from(["div", "pow"]), inner, inner)
        | st.builds(lambda x: Apply("neg", (x,)), inner)
        | st.builds(lambda x: Apply("exp", (x,)), inner)
        | st.builds(lambda c, a, b: Apply("piecewise", (a, c, b)), inner, inner, inner)
    ),
    max_leaves=25,
)


def written(node, least=0):
    """The tree as BioNetGen's text, with brackets only where the grammar needs them."""
    if isinstance(node, Symbol):
        return node.id
    if isinstance(node, Number):
        return repr(node.value)
    if node.op == "exp":
        return f"exp({written(node.args[0])})"
    if node.op == "piecewise":
        return f"if({written(node.args[1])}, {written(node.args[0])},{written(node.args[2])})"
    if node.op == "neg":
        text, level = "-" + written(node.args[0], 6), 6
    else:
        sign, level = SIGNS[node.op]
        left, right = (level + 1, 6) if node.op == "pow" else (level, level + 1)
        text = written(node.args[0], left) + sign + written(node.args[1], right)
    return f"({text})" if level < least else text


@settings(deadline=None)  # no test is timed
@given(TREES)
def test_a_tree_comes_back_from_its_text(tree):
    assert net_formula(written(tree)) == tree


@pytest.mark.parametrize("value", [0.1, 1e-5, 1.234e-300, 1.7976931348623157e308, 5e-324, math.pi])
def test_numbers_reach_sbml_to_the_last_bit(value):
    assert values_of([repr(value) + "+0"]) == {repr(value) + "+0": value}
    assert "e" not in math_element(Number(value)).partition("<cn>")[2].partition("</cn>")[0]
