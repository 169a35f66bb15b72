"""Formulas of SED-ML: values by hand, and what libSBML and others read differently."""

import math

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.exchange.element_paths import found_by, named_by, path_parts
from jakstat.exchange.mathml import evaluated
from jakstat.exchange.plain_xml import parsed_xml
from jakstat.exchange.sedml_records import XPath

X = np.array([1.0, 4.0, math.nan])


def value(text, **values):
    space = 'xmlns="http://www.w3.org/1998/Math/MathML"'
    return evaluated(
        parsed_xml(f"<math {space}>{text}</math>".encode(), file="f"), values, file="f", where="g"
    )


def apply(name, *arguments):
    return f"<apply><{name}/>{''.join(arguments)}</apply>"


def cn(number, kind=""):
    return f"<cn{f' type={chr(34)}{kind}{chr(34)}' if kind else ''}>{number}</cn>"


PIECE = f"<piece>{cn(1)}{apply('gt', cn(1), cn(2))}</piece>"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (apply("log", cn(1000)), 3.0),
        (f"<apply><log/><logbase>{cn(2)}</logbase>{cn(8)}</apply>", 3.0),
        (apply("ln", "<exponentiale/>"), 1.0),
        (apply("root", cn(9)), 3.0),
        (f"<apply><root/><degree>{cn(3)}</degree>{cn(27)}</apply>", 3.0),
        (apply("minus", cn(2)), -2.0),
        (apply("minus", cn(2), cn(5)), -3.0),
        (apply("plus"), 0.0),
        (apply("times"), 1.0),
        (apply("plus", cn(1), cn(2), cn(3)), 6.0),
        (apply("quotient", cn(-7), cn(2)), -3.0),
        (apply("rem", cn(-7), cn(2)), -1.0),
        (apply("factorial", cn(5)), 120.0),
        (apply("xor", "<true/>", "<true/>", "<true/>"), 1.0),
        (apply("lt", cn(1), cn(2), cn(2)), 0.0),
        (apply("leq", cn(1), cn(2), cn(2)), 1.0),
        (apply("max", cn(1), cn(7), cn(3)), 7.0),
        (cn("2<sep/>3", "e-notation"), 2000.0),
        (cn("1<sep/>4", "rational"), 0.25),
        (
            f"<piecewise>{PIECE}<otherwise>{cn(5)}</otherwise></piecewise>",
            5,
        ),
        ("<notanumber/>", math.nan),
        ("<infinity/>", math.inf),
    ],
)
def test_values(text, wanted):
    assert float(value(text)) == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize(
    ("function", "wanted"),
    [("max", 4.0), ("min", 1.0), ("sum", 5.0), ("count", 2.0), ("mean", 2.5), ("variance", 4.5)],
)
def test_functions_over_everything(function, wanted):
    text = f'<apply><csymbol definitionURL="urn:sedml:function:{function}">f</csymbol><ci>x</ci></apply>'
    assert value(text, x=X) == pytest.approx(wanted)


def test_arrays_are_taken_point_by_point():
    assert value(apply("times", "<ci> x </ci>", cn(2)), x=X)[:2].tolist() == [2.0, 8.0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<ci>y</ci>", "uses 'y', which has no value"),
        (apply("diff", cn(1)), "<diff> with 1 arguments"),
        (apply("power", cn(1)), "<power> with 1 arguments"),
        ("<lambda/>", "<lambda> is not known"),
        ("", "is empty"),
        (cn("1_0"), "'1_0' is no number"),
        (apply("abs", cn("__import__")), "is no number"),
        ("<apply><abs/>" * 160 + cn(1) + "</apply>" * 160, "nested too deeply"),
    ],
)
def test_what_is_no_formula_is_refused(text, told):
    with pytest.raises(InputError) as error:
        value(text)
    (found,) = error.value.problems
    assert (found.code, found.file, found.field) == ("sedml.math", "f", "g")
    assert told in found.message


MODEL = parsed_xml(
    b'<s:sbml xmlns:s="http://www.sbml.org/sbml/level2/version4"><s:model><s:listOfParameters>'
    b'<s:parameter id="a"/><s:parameter id="b"/></s:listOfParameters></s:model></s:sbml>',
    file="",
)
SPACE = {"sbml": "http://www.sbml.org/sbml/level3/version1/core", "n": "http://a.b"}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='b']/@value", ["b"]),
        ("/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[2]", ["b"]),
        ('//sbml:parameter[@id="a"]', ["a"]),
        ("//*[@id='a']", ["a"]),
        ("/sbml/model/listOfParameters/parameter", ["a", "b"]),
        ("//n:parameter", []),
        ("/sbml:sbml/sbml:parameter", []),
    ],
)
def test_paths_find(path, wanted):
    """A model of Level 2 is found by the namespace of Level 3, as documents often have it."""
    parts = path_parts(XPath(path, SPACE), file="", where="")
    assert [e.getAttribute("id") for e in found_by(parts, MODEL)] == wanted
    if "@id" in path:
        assert named_by(parts) == (wanted or [""])[0]


@pytest.mark.parametrize(
    "path", ["", "a", "//sbml:a[position()=1]", "//sbml:a | //sbml:b", "/a/text()", "/q:a", "/a/..", "//*//*"]
)
def test_other_paths_are_refused(path):
    with pytest.raises(InputError) as error:
        path_parts(XPath(path, SPACE), file="f", where="w")
    assert [p.code for p in error.value.problems] == ["sedml.path"]
