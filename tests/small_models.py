"""Small SBML documents for tests, written from infix formulas."""

from __future__ import annotations

import re

import libsbml

NAMESPACE = "http://www.sbml.org/sbml/level3/version2/core"


def math(infix: str) -> str:
    """MathML of a formula in SBML's infix notation."""
    tree = libsbml.parseL3Formula(infix)
    assert tree is not None, libsbml.getLastParseL3Error()
    return re.sub(r"<\?xml[^>]*\?>", "", libsbml.writeMathMLToString(tree)).strip()


def sbml(body: str) -> str:
    """A Level 3 Version 2 document around the inside of a model."""
    return f'<sbml xmlns="{NAMESPACE}" level="3" version="2"><model id="m">{body}</model></sbml>'


def listed(name: str, items: list[str]) -> str:
    return f"<listOf{name}>{''.join(items)}</listOf{name}>" if items else ""


def parameter(name: str, value: float | None, constant: bool = True) -> str:
    text = "" if value is None else f' value="{value!r}"'
    return f'<parameter id="{name}"{text} constant="{str(constant).lower()}"/>'


def compartment(name: str = "c", size: float | None = 1.0, constant: bool = True) -> str:
    text = "" if size is None else f' size="{size!r}"'
    return f'<compartment id="{name}" spatialDimensions="3"{text} constant="{str(constant).lower()}"/>'


def species(name: str, amount: float | None = 0.0, home: str = "c", **flags: bool | float) -> str:
    fixed = {"hasOnlySubstanceUnits": False, "boundaryCondition": False, "constant": False}
    values = {"initialAmount": amount} if amount is not None else {}
    attributes = {"id": name, "compartment": home, **fixed, **values, **flags}
    return "<species " + " ".join(f'{k}="{_text(v)}"' for k, v in attributes.items()) + "/>"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def reaction(
    name: str, reactants: str, products: str, rate: str | None, local: dict[str, float] | None = None
) -> str:
    """A reaction; sides as ``"A 2B"``, the rate in infix."""
    inside = _side("Reactants", reactants) + _side("Products", products)
    if rate is not None:
        values = [f'<localParameter id="{k}" value="{v!r}"/>' for k, v in (local or {}).items()]
        inside += f"<kineticLaw>{math(rate)}{listed('LocalParameters', values)}</kineticLaw>"
    return f'<reaction id="{name}" reversible="false">{inside}</reaction>'


def _side(kind: str, text: str) -> str:
    items = []
    for part in text.split():
        number, name = re.fullmatch(r"([\d.]*)(\w+)", part).groups()  # type: ignore[union-attr]
        items.append(f'<speciesReference species="{name}" stoichiometry="{number or 1}" constant="true"/>')
    return listed(kind, items)


def rule(kind: str, variable: str, formula: str) -> str:
    return f'<{kind}Rule variable="{variable}">{math(formula)}</{kind}Rule>'


def initial(variable: str, formula: str) -> str:
    return f'<initialAssignment symbol="{variable}">{math(formula)}</initialAssignment>'


def event(
    trigger: str,
    assignments: dict[str, str],
    *,
    delay: str | None = None,
    priority: str | None = None,
    initial_value: bool = True,
    persistent: bool = True,
    at_trigger: bool = True,
    name: str = "e",
) -> str:
    flags = f'initialValue="{str(initial_value).lower()}" persistent="{str(persistent).lower()}"'
    parts = f"<trigger {flags}>{math(trigger)}</trigger>"
    parts += f"<delay>{math(delay)}</delay>" if delay else ""
    parts += f"<priority>{math(priority)}</priority>" if priority else ""
    sets = [f'<eventAssignment variable="{k}">{math(v)}</eventAssignment>' for k, v in assignments.items()]
    use = str(at_trigger).lower()
    inside = parts + listed("EventAssignments", sets)
    return f'<event id="{name}" useValuesFromTriggerTime="{use}">{inside}</event>'


def model(
    *,
    functions: list[str] | None = None,
    compartments: list[str] | None = None,
    species: list[str] | None = None,
    parameters: list[str] | None = None,
    initials: list[str] | None = None,
    rules: list[str] | None = None,
    reactions: list[str] | None = None,
    events: list[str] | None = None,
) -> str:
    """A whole document from lists of parts; one compartment ``c`` of size 1 unless given."""
    places = [compartment()] if compartments is None else compartments
    return sbml(
        listed("FunctionDefinitions", functions or [])
        + listed("Compartments", places)
        + listed("Species", species or [])
        + listed("Parameters", parameters or [])
        + listed("InitialAssignments", initials or [])
        + listed("Rules", rules or [])
        + listed("Reactions", reactions or [])
        + listed("Events", events or [])
    )


def function(name: str, arguments: list[str], body: str) -> str:
    inside = ", ".join([*arguments, body])
    return f'<functionDefinition id="{name}">{math(f"lambda({inside})")}</functionDefinition>'


DECAY = model(
    species=[species("A", 10.0), species("B", 0.0)],
    parameters=[parameter("k", 0.5)],
    reactions=[reaction("r", "A", "B", "c*k*A")],
)
"""A turns into B with rate constant 0.5."""
