"""Checks of networks that libSBML would not have let through, and the order of rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

import small_models as sm
from jakstat.engine.load import load_sbml
from jakstat.engine.network.dependencies import Roles, in_order, names_in, start_needs
from jakstat.engine.network.expression import Apply, Expression, Number, Symbol
from jakstat.engine.network.network import Assignment, Event, Network, Parameter, SpeciesReference
from jakstat.engine.read.import_report import Assumptions
from jakstat.engine.read.sbml_check import check_network, expressions, order_assignments, settle_missing

BASE = load_sbml(
    sm.model(
        species=[sm.species("A", 1.0), sm.species("B", 1.0, constant=True, boundaryCondition=True)],
        parameters=[sm.parameter("k", 1.0), sm.parameter("x", 1.0, False)],
        reactions=[sm.reaction("r", "A", "", "c*k*A")],
    ),
    trusted=True,
).network
X = Symbol("x")


def codes(network: Network) -> set[str]:
    return {p.code for p in check_network(network, file="f", lines={"x": 4}).errors}


def event(variable: str) -> Event:
    return Event("e", Number(1.0), True, True, True, None, None, (Assignment(variable, Number(1.0)),))


def test_a_sound_network_has_no_errors() -> None:
    assert codes(BASE) == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"parameters": (*BASE.parameters, BASE.parameters[0])}, "id.duplicate"),
        ({"compartments": ()}, "reference.unknown"),
        ({"conversion_factor": "f"}, "reference.unknown"),
        (
            {"species": (replace(BASE.species[0], conversion_factor="f"), BASE.species[1])},
            "reference.unknown",
        ),
        ({"rate_rules": (Assignment("x", Symbol("w")),)}, "reference.unknown"),
        ({"rate_rules": (Assignment("w", X),)}, "reference.unknown"),
        ({"rate_rules": (Assignment("k", X),)}, "rule.constant"),
        ({"rate_rules": (Assignment("x", X),), "assignment_rules": (Assignment("x", X),)}, "rule.duplicate"),
        ({"rate_rules": (Assignment("A", X),)}, "rule.overdetermined"),
        ({"initial_assignments": (Assignment("x", X), Assignment("x", X))}, "rule.duplicate"),
        ({"initial_assignments": (Assignment("w", X),)}, "reference.unknown"),
        (
            {"assignment_rules": (Assignment("x", Symbol("k")),), "events": (event("x"),)},
            "rule.overdetermined",
        ),
        ({"events": (event("w"),)}, "reference.unknown"),
        ({"species": (replace(BASE.species[0], constant=True), BASE.species[1])}, "rule.constant"),
        (
            {"reactions": (replace(BASE.reactions[0], products=(SpeciesReference("W", 1.0, None, True),)),)},
            "reference.unknown",
        ),
        ({"reactions": (replace(BASE.reactions[0], modifiers=("W",)),)}, "reference.unknown"),
    ],
)
def test_contradictions(changes: dict[str, object], code: str) -> None:
    assert code in codes(replace(BASE, **changes))  # type: ignore[arg-type]


def test_rates_of_assigned_things_are_refused() -> None:
    rules = (Assignment("x", Apply("rate_of", (Symbol("r"),))),)
    assert codes(replace(BASE, assignment_rules=rules)) == {"sbml.unsupported.rate_of_assigned"}


def test_every_formula_is_looked_at() -> None:
    one = Number(1.0)
    whole = replace(
        BASE,
        rate_rules=(Assignment("x", one),),
        events=(Event("e", one, True, True, True, one, one, (Assignment("x", one),)),),
    )
    assert len(list(expressions(whole))) == 6


def test_circles_through_rules_and_through_rates() -> None:
    y = Parameter("y", "", 1.0, False, "")
    base = replace(BASE, parameters=(*BASE.parameters, y))
    circle = replace(base, assignment_rules=(Assignment("x", Symbol("y")), Assignment("y", X)))
    same, problems = order_assignments(circle, file=None, lines={"x": 4})
    assert same is circle
    assert [(p.code, p.line) for p in problems] == [("rule.circular", 4)]
    rate: Expression = Apply("rate_of", (X,))
    through = replace(
        base, rate_rules=(Assignment("x", Symbol("y")),), assignment_rules=(Assignment("y", rate),)
    )
    assert [p.code for p in order_assignments(through, file=None, lines={})[1]] == [
        "sbml.unsupported.cycle_through_rate"
    ]
    initial = replace(base, initial_assignments=(Assignment("x", Symbol("y")), Assignment("y", X)))
    assert [p.code for p in order_assignments(initial, file=None, lines={})[1]] == ["rule.circular"]


def test_missing_stoichiometry_and_rates_are_refused() -> None:
    reaction = replace(BASE.reactions[0], rate=None, reactants=(SpeciesReference("A", None, None, True),))
    network = replace(BASE, reactions=(reaction,))
    found = settle_missing(network, assume=Assumptions(), file=None, lines={})[1]
    assert {p.code for p in found.errors} == {
        "sbml.unsupported.no_rate",
        "sbml.unsupported.missing_stoichiometry",
    }


def test_needs_of_growth_and_rates_of_change() -> None:
    grown = load_sbml(
        sm.model(
            compartments=[sm.compartment("c", 1.0, False)],
            species=[sm.species("A", 1.0)],
            parameters=[sm.parameter("x", 1.0, False)],
            rules=[sm.rule("rate", "c", "2"), sm.rule("rate", "x", "rateOf(A)")],
        ),
        trusted=True,
    )
    roles = Roles(grown.network)
    nodes = roles.computed()
    assert roles.needs(nodes["rate_of:A"]) == {"A", "c", "rate_of:c"}
    assert not in_order(start_needs(roles, nodes, frozenset()))[1]
    assert names_in(Apply("rate_of", (X,))) == {"rate_of:x"}
    # the concentration 1 / (1 + 2 t) falls from 1 to 1/3
    assert grown.simulate([0.0, 1.0], rtol=1e-10, atol=1e-12).value("x")[0, 1] == pytest.approx(1 / 3)
