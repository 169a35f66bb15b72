"""What is read from a document: networks, warnings, refusals, levels."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.load import load_sbml
from jakstat.engine.network.expression import Apply, Number, Symbol, Time
from jakstat.engine.network.unsupported import UNSUPPORTED, refused
from jakstat.engine.network.wire import from_wire, network_key, to_wire
from jakstat.engine.read.import_report import Assumptions
from jakstat.engine.read.mathml import AVOGADRO
from jakstat.engine.read.sbml_child import answer
from jakstat.engine.read.sbml_process import _understood
from jakstat.engine.read.sbml_read import read_document
from jakstat.errors import InputError
from shared_data import SHARED, needs_shared


def codes(text: str, **options: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_document(text, **options)
    return [p.code for p in caught.value.problems]


def rule_of(formula: str, **parts: list[str]) -> object:
    text = sm.model(
        parameters=[sm.parameter("x", None, False), sm.parameter("y", 2.0), sm.parameter("z", 3.0, False)],
        rules=[sm.rule("assignment", "x", formula)],
        **parts,
    )
    return load_sbml(text, trusted=True).network.assignment_rules[0].expression


X, Y, Z = Symbol("x"), Symbol("y"), Symbol("z")


def f(op: str, *args: object) -> Apply:
    return Apply(op, args)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("1.1e-7", Number(1.1e-7)),
        ("7", Number(7.0)),
        ("time", Time()),
        ("avogadro", Number(AVOGADRO)),
        ("pi", Number(math.pi)),
        ("true", Number(1.0)),
        ("INF", Number(math.inf)),
        ("-y", f("neg", Y)),
        ("y - z", f("sub", Y, Z)),
        ("y^z", f("pow", Y, Z)),
        ("log10(y)", f("div", f("ln", Y), f("ln", Number(10.0)))),
        ("log(2, y)", f("div", f("ln", Y), f("ln", Number(2.0)))),
        ("sqrt(y)", f("pow", Y, f("div", Number(1.0), Number(2.0)))),
        ("root(3, y)", f("pow", Y, f("div", Number(1.0), Number(3.0)))),
        ("piecewise(1, y < z, 2)", f("piecewise", Number(1.0), f("lt", Y, Z), Number(2.0))),
        ("rateOf(z)", f("rate_of", Z)),
        ("arccoth(y)", f("acoth", Y)),
        ("implies(y, z)", f("implies", Y, Z)),
    ],
)
def test_formulas(formula: str, expected: object) -> None:
    assert rule_of(formula) == expected


def test_rationals_and_empty_pieces() -> None:
    fraction = sm.model(parameters=[sm.parameter("x", None, False)], rules=[sm.rule("assignment", "x", "1")])
    third = fraction.replace('<cn type="integer"> 1 </cn>', '<cn type="rational">1<sep/>4</cn>')
    assert load_sbml(third, trusted=True).network.assignment_rules[0].expression == Number(0.25)
    endless = third.replace("1<sep/>4", "1<sep/>0")
    assert load_sbml(endless, trusted=True).network.assignment_rules[0].expression == Number(math.inf)
    empty = fraction.replace('<cn type="integer"> 1 </cn>', "<piecewise/>")
    assert codes(empty) == ["math.arguments"]


def test_functions_are_written_out() -> None:
    functions = [sm.function("outer", ["a"], "inner(a, 2) + 1"), sm.function("inner", ["a", "b"], "a * b")]
    expected = f("add", f("mul", Y, Number(2.0)), Number(1.0))
    assert rule_of("outer(y)", functions=functions) == expected


@pytest.mark.parametrize(
    ("functions", "formula", "code"),
    [
        ([sm.function("g", ["a"], "a")], "g(1, 2)", "math.arguments"),
        ([], "nowhere(1)", "math"),
        ([sm.function("g", ["a"], "a + w")], "g(1)", "math"),
        ([sm.function("g", ["a"], "rateOf(a)")], "g(1 + y)", "math.arguments"),
        ([], "delay(y, 1)", "sbml.unsupported.delay"),
        ([], "w + 1", "reference.unknown"),
    ],
)
def test_formulas_that_cannot_be_used(functions: list[str], formula: str, code: str) -> None:
    text = sm.model(
        functions=functions,
        parameters=[sm.parameter("x", None, False), sm.parameter("y", 2.0)],
        rules=[sm.rule("assignment", "x", formula)],
    )
    assert any(c.startswith((code, "sbml.rule")) for c in codes(text))


PACKAGES = "http://www.sbml.org/sbml/level3/version1"


def version_1(text: str) -> str:
    return text.replace("version2", "version1").replace('version="2"', 'version="1"')


_DRAW = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/distrib/normal">normal</csymbol>'
DRAWN = version_1(
    sm.model(parameters=[sm.parameter("x", None)], initials=[sm.initial("x", "normal(10, 2)")])
    .replace("<ci> normal </ci>", _DRAW)
    .replace("<sbml ", f'<sbml xmlns:d="{PACKAGES}/distrib/version1" d:required="true" ')
)


def test_every_feature_that_is_refused_has_its_words() -> None:
    for feature, words in UNSUPPORTED.items():
        assert words in refused(feature).message


@pytest.mark.parametrize(
    ("feature", "text"),
    [
        ("algebraic_rule", sm.model(
            parameters=[sm.parameter("x", 1.0, False)],
            rules=[f"<algebraicRule>{sm.math('x^3 + x - 1')}</algebraicRule>"])),
        ("fast_reaction", version_1(sm.DECAY).replace(
            'reversible="false"', 'reversible="false" fast="true"')),
        ("rate_of_assigned", sm.model(
            parameters=[sm.parameter("x", None, False), sm.parameter("y", None, False)],
            rules=[sm.rule("assignment", "x", "time"), sm.rule("assignment", "y", "rateOf(x)")])),
        ("cycle_through_rate", sm.model(
            parameters=[sm.parameter("x", 1.0, False), sm.parameter("y", None, False)],
            rules=[sm.rule("rate", "x", "y + 1"), sm.rule("assignment", "y", "rateOf(x) * 0.5")])),
        ("delay", sm.model(
            parameters=[sm.parameter("x", None, False)],
            rules=[sm.rule("assignment", "x", "delay(time, 1)")])),
        ("distribution", DRAWN),
        ("no_rate", sm.model(species=[sm.species("A", 1.0)], reactions=[sm.reaction("r", "A", "", None)])),
        ("missing_stoichiometry", sm.DECAY.replace('stoichiometry="1" ', "")),
        ("flux_balance", sm.sbml("").replace(
            "<sbml ", f'<sbml xmlns:fbc="{PACKAGES}/fbc/version2" fbc:required="false" ',
        ).replace("version2/core", "version1/core").replace('version="2"><model id="m">', (
            'version="1"><model id="m" fbc:strict="false"><fbc:listOfObjectives fbc:activeObjective="o">'
            '<fbc:objective fbc:id="o" fbc:type="maximize"><fbc:listOfFluxObjectives>'
            '<fbc:fluxObjective fbc:reaction="r" fbc:coefficient="1"/></fbc:listOfFluxObjectives>'
            "</fbc:objective></fbc:listOfObjectives>"))),
        ("package", sm.sbml("").replace(
            "<sbml ", f'<sbml xmlns:qual="{PACKAGES}/qual/version1" qual:required="true" ',
        ).replace("version2/core", "version1/core").replace('version="2">', 'version="1">')),
    ],
)  # fmt: skip
def test_features_are_refused_by_name(feature: str, text: str) -> None:
    assert f"sbml.unsupported.{feature}" in codes(text)


def test_hierarchical_models_are_flattened() -> None:
    text = """<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"
      xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true">
      <model id="m"><comp:listOfSubmodels>
      <comp:submodel comp:id="S" comp:modelRef="inner"/></comp:listOfSubmodels></model>
      <comp:listOfModelDefinitions><comp:modelDefinition id="inner"><listOfParameters>
      <parameter id="p" value="3" constant="true"/></listOfParameters></comp:modelDefinition>
      </comp:listOfModelDefinitions></sbml>"""
    model = load_sbml(text)
    assert model.network.parameters[0].id == "S__p"
    (told,) = [w for w in model.report.warnings if w.code == "sbml.flattened"]
    assert "k of S is S__k" in told.message
    broken = text.replace('comp:modelRef="inner"', 'comp:modelRef="nowhere"')
    assert codes(broken)


# ------------------------------------------------------------------ missing values and warnings


def unset() -> str:
    return sm.model(
        species=[sm.species("A", None), sm.species("idle", None)],
        parameters=[sm.parameter("k", None), sm.parameter("spare", None)],
        reactions=[sm.reaction("r", "A", "", "c*k*A")],
    )


def test_missing_values_that_are_needed_are_errors() -> None:
    with pytest.raises(InputError) as caught:
        load_sbml(unset(), trusted=True)
    assert {(p.code, p.field) for p in caught.value.problems} == {
        ("value.missing", "A"),
        ("value.missing", "k"),
    }
    assert all("assume_zero" in p.hint for p in caught.value.problems)


def test_missing_values_become_zero_only_on_request() -> None:
    for trusted in (True, False):
        model = load_sbml(unset(), assume_zero=True, trusted=trusted)
        assert set(model.report.assumed_zero) == {"A", "k"}
        assert "set to zero: " in str(model.report)
        assert {w.field for w in model.report.warnings if w.code == "value.unset"} == {"idle", "spare"}
        assert model.simulate([0.0, 1.0]).amount("A")[0, 1] == 0.0


PYSB = sm.DECAY.replace('stoichiometry="1" ', "")
"""As PySB writes a reaction: the stoichiometry is left out."""


@pytest.mark.parametrize("trusted", [True, False])
def test_a_stoichiometry_becomes_one_only_on_request(trusted: bool) -> None:
    with pytest.raises(InputError, match="assume-one-stoichiometry"):
        load_sbml(PYSB, trusted=trusted)
    model = load_sbml(PYSB, assume_one_stoichiometry=True, trusted=trusted)
    assert model.report.assumed_one == ("A in r", "B in r")
    assert "stoichiometry set to one: A in r, B in r" in str(model.report)
    times = [0.0, 1.0]
    assert np.array_equal(
        model.simulate(times).amount("A"), load_sbml(sm.DECAY, trusted=True).simulate(times).amount("A")
    )


@needs_shared
@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("unit_clash_l2v3", 1.8195920, "unit.clash"),
        ("layout_ns_l2v4", 1.1036383, "drawing.ignored"),
        ("substance_unit_l2v4", 1.1036383, "unit.clash"),
    ],
)
def test_units_and_drawings_are_warnings(name: str, value: float, code: str) -> None:
    model = load_sbml((SHARED / "cases" / "sbml" / f"{name}.xml").read_text())
    assert code in {w.code for w in model.report.warnings}
    assert model.simulate([0.0, 10.0]).concentration("A")[0, -1] == pytest.approx(value, rel=1e-5)


def test_a_drawing_for_level_3_in_level_2_is_a_warning() -> None:
    text = """<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"
      xmlns:render="http://www.sbml.org/sbml/level3/version1/render/version1" render:required="false">
      <model id="m"><listOfParameters><parameter id="p" value="3"/></listOfParameters></model></sbml>"""
    assert [w.code for w in load_sbml(text).report.warnings][:1] == ["drawing.ignored"]
    with pytest.raises(InputError):
        load_sbml(text.replace("render", "qual"))


def test_a_size_is_never_assumed() -> None:
    text = sm.model(
        compartments=[sm.compartment(size=None)],
        species=[sm.species("A", 1.0)],
        reactions=[sm.reaction("r", "A", "", "A")],
    )
    assert codes(text, assume=Assumptions(zero=True)) == ["value.missing"]


def test_warnings_of_units_unused_names_and_shadows() -> None:
    text = sm.model(
        compartments=[sm.compartment(), sm.compartment("flat", -1.0)],
        species=[sm.species("A", 1.0)],
        parameters=[sm.parameter("k", 1.0), sm.parameter("spare", 1.0)],
        reactions=[sm.reaction("r", "A", "", "k*c*A", {"k": 1.0})],
        events=[sm.event("time > 1", {}), "<event useValuesFromTriggerTime='true'/>"],
    )
    found = {(w.code, w.field) for w in load_sbml(text, trusted=True).report.warnings}
    assert {
        ("id.unused", "spare"),
        ("id.unused", "k"),
        ("unit.missing", "k"),
        ("id.shadowed", "r__k"),
    } <= found
    assert ("value.size", "flat") in found
    assert any(code == "event.no_trigger" for code, _ in found)


@needs_shared
def test_a_local_parameter_does_not_hide_itself() -> None:
    text = (SHARED / "cases" / "sbml" / "local_parameter.xml").read_text()
    assert not [w for w in load_sbml(text, trusted=True).report.warnings if w.code == "id.shadowed"]


@pytest.mark.parametrize(
    ("other", "hidden"), [("k", ["r__k"]), ("spare", []), (None, [])]
)  # fmt: skip
def test_only_what_is_hidden_is_warned_of(other: str | None, hidden: list[str]) -> None:
    text = sm.model(
        species=[sm.species("A", 1.0)],
        parameters=[sm.parameter(other, 1.0)] if other else [],
        reactions=[
            sm.reaction("r", "A", "", "k*A", {"k": 1.0}),
            sm.reaction("s", "A", "", "v*A", {"v": 1.0}),
        ],
    )
    warnings = load_sbml(text, trusted=True).report.warnings
    assert [w.field for w in warnings if w.code == "id.shadowed"] == hidden


def test_clashing_units_are_warned_of() -> None:
    text = sm.model(
        parameters=[
            '<parameter id="a" value="1" units="metre" constant="true"/>',
            '<parameter id="b" value="1" units="second" constant="true"/>',
            '<parameter id="x" units="metre" constant="false"/>',
        ],
        rules=[sm.rule("assignment", "x", "a + b")],
    )
    warnings = read_document(text)[1].warnings
    assert any(w.code == "unit.clash" and w.line for w in warnings)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"rules": [sm.rule("assignment", "k", "1")]}, ""),
        ({"rules": [sm.rule("rate", "w", "1")]}, ""),
        ({"initials": [sm.initial("w", "1")]}, ""),
        ({"events": [sm.event("time > 1", {"k": "2"})]}, ""),
        ({"rules": [sm.rule("rate", "B", "1"), sm.rule("assignment", "B", "1")]}, ""),
        ({"reactions": [sm.reaction("r", "W", "", "k")]}, ""),
        ({"initials": [sm.initial("q", "z"), sm.initial("z", "q")]}, "rule.circular"),
    ],
)
def test_contradictions_are_refused(parts: dict[str, list[str]], code: str) -> None:
    whole = {
        "species": [sm.species("A", 1.0), sm.species("B", 1.0)],
        "parameters": [sm.parameter("k", 1.0), sm.parameter("q", 1.0, False), sm.parameter("z", 1.0, False)],
        **parts,
    }
    found = codes(sm.model(**whole))
    assert found
    assert not code or code in found


def test_level_2_defaults() -> None:
    text = """<?xml version='1.0' encoding='UTF-8'?>
    <sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model id="m">
    <listOfCompartments><compartment id="c" size="2"/></listOfCompartments>
    <listOfSpecies><species id="A" compartment="c" initialConcentration="3"/></listOfSpecies>
    <listOfReactions><reaction id="r"><listOfReactants><speciesReference species="A">
      <stoichiometryMath><math xmlns="http://www.w3.org/1998/Math/MathML"><cn>2</cn></math></stoichiometryMath>
      </speciesReference></listOfReactants>
      <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>k</ci></math>
      <listOfParameters><parameter id="k" value="0.5"/></listOfParameters></kineticLaw></reaction>
      </listOfReactions>
    </model></sbml>"""
    result = load_sbml(text).simulate([0.0, 1.0])
    assert result.amount("A")[0] == pytest.approx([6.0, 5.0])


def test_level_1_is_read() -> None:
    text = """<sbml xmlns="http://www.sbml.org/sbml/level1" level="1" version="2"><model name="m">
    <listOfCompartments><compartment name="c" volume="1"/></listOfCompartments>
    <listOfSpecies><species name="A" compartment="c" initialAmount="1"/></listOfSpecies>
    <listOfReactions><reaction name="r"><listOfReactants><speciesReference species="A"/></listOfReactants>
    <kineticLaw formula="k*A"><listOfParameters><parameter name="k" value="1"/></listOfParameters>
    </kineticLaw></reaction></listOfReactions></model></sbml>"""
    assert load_sbml(text).simulate([0.0, 1.0]).amount("A")[0, 1] == pytest.approx(math.exp(-1), rel=1e-5)


# ------------------------------------------------------------------ ways in, and the wire


def test_ways_to_give_a_document(tmp_path: Path) -> None:
    path = tmp_path / "decay.xml"
    path.write_text("\ufeff" + sm.DECAY, encoding="utf-8")
    keys = {
        load_sbml(source).key
        for source in (path, str(path), sm.DECAY, sm.DECAY.encode(), "\n " + sm.DECAY, "\ufeff" + sm.DECAY)
    }
    assert keys == {load_sbml(path, trusted=True).key}
    changed = sm.DECAY.replace('value="0.5"', 'value="0.25"')
    assert load_sbml(changed, trusted=True).key not in keys


def test_networks_survive_the_wire() -> None:
    text = sm.model(
        species=[sm.species("A", 1.0)],
        parameters=[sm.parameter("x", None, False), sm.parameter("n", math.nan)],
        rules=[sm.rule("assignment", "x", "piecewise(time, A > 1, sin(A) * 2)")],
        events=[sm.event("A < 0.5", {"A": "A + 1"}, delay="2", priority="3")],
        reactions=[sm.reaction("r", "A", "", "c*A")],
    ).replace('value="nan"', 'value="NaN"')
    network = load_sbml(text, trusted=True).network
    again = from_wire(to_wire(network))
    assert network_key(again) == network_key(network)
    assert again.events == network.events
    assert again.reactions == network.reactions


def test_the_child_answers_with_a_network_or_with_problems() -> None:
    request = {"assume": {}, "file": "x.xml"}
    assert answer(request, sm.DECAY)["network"]["id"] == "m"
    assert answer(request, unset())["problems"][0]["file"] == "x.xml"


@pytest.mark.parametrize(
    "said",
    [b"", b"{", b"[]", b'{"network": {}, "warnings": [], "assumed_zero": [], "assumed_one": []}',
     b'{"network": 3}',
     b'{"problems": [{"bad": 1}]}',
     b'{"warnings": [], "assumed_zero": [], "network": {"events": [{"trigger": [["a", "evil", 0]]}]}}'],
)  # fmt: skip
def test_an_answer_that_is_not_understood_is_one_problem(said: bytes) -> None:
    with pytest.raises(InputError, match=r"reader_stopped"):
        _understood(said, None)
