"""What Antimony makes of its own text and of SBML."""

import re

from sbml_text import CORE, compartment, document, element, listed, parameter, reaction, species


def to_sbml(text, load="loadAntimonyString"):
    import antimony

    antimony.clearPreviousLoads()
    if getattr(antimony, load)(text) < 0:
        return None
    return antimony.getSBMLString(antimony.getMainModuleName())


def row_antimony_log():
    found = re.sub(r"\s", "", to_sbml("model m\n  a = log(100)\nend"))
    assert "<apply><ln/>" in found
    return "log(100) is <ln/>"


def row_antimony_unset_product():
    found = to_sbml("model m\n  A -> B; k*A\n  A = 5; k = 1\nend")
    (line,) = re.findall(r'<species id="B"[^>]*>', found)
    assert "initial" not in line
    import antimony
    import bngsim
    import roadrunner

    assert not antimony.getWarnings()
    import basico

    basico.load_model_from_string(found)
    starts = {
        "COPASI": float(basico.get_species().initial_concentration["B"]),
        "libRoadRunner": roadrunner.RoadRunner(found)["B"],
        "bngsim": float(bngsim.Model.from_sbml_string(found).get_concentration("B")),
    }
    assert starts == {"COPASI": 1.0, "libRoadRunner": 0.0, "bngsim": 0.0}, starts
    return f"B starts at {starts}"


def row_antimony_reserved_ids():
    import antimony

    ids = ("gene", "at", "ln", "species", "in", "time", "volume")
    text = document(listed("Parameters", *(parameter(n, 1.0) for n in ids)))
    found = re.findall(r'<parameter id="(\w+)"', to_sbml(text, "loadSBMLString"))
    assert found == [f"{n}_" for n in ids], found
    assert not antimony.getWarnings()
    return f"{ids} become {found}"


def row_antimony_stoichiometry():
    text = document(
        listed("Compartments", compartment())
        + listed("Species", species("A", initialAmount=2.0))
        + listed("Reactions", reaction("r", "A", "", "A * c"))
    ).replace(' stoichiometry="1"', "")
    found = to_sbml(text, "loadSBMLString")
    assert 'species="A" stoichiometry="1"' in found
    return "stoichiometry 1"


def in_units(name):
    """B is made at 1 of a unit of the model's own."""
    unit = element("unit", kind="item", exponent=1, scale=6, multiplier=1)
    law = reaction("r", "", "B", "1").replace("<cn ", f'<cn xmlns:s="{CORE[3, 2]}" s:units="{name}" ')
    return document(
        listed("UnitDefinitions", element("unitDefinition", listed("Units", unit), id=name))
        + listed("Compartments", compartment())
        + listed("Species", species("B", initialAmount=0))
        + listed("Reactions", law)
    )


def row_antimony_plural_units():
    import antimony

    assert 'unitDefinition id="cell"' in to_sbml(in_units("cell"), "loadSBMLString")
    assert to_sbml(in_units("cells"), "loadSBMLString") is None
    assert "unknown unit definition: 'cells'" in antimony.getLastError()
    plain = listed("Parameters", element("parameter", id="k", value=1, units="cells", constant=True))
    named = in_units("cells").split("<listOfCompartments>")[0] + plain + "</model></sbml>"
    kept = to_sbml(named, "loadSBMLString")
    assert 'unitDefinition id="cell"' in kept
    assert 'units="cell"' in kept
    return "cell is read, cells is refused"


def row_antimony_huge_number():
    found = to_sbml("x = 1e999")
    assert '<parameter id="x" value="1" units="e999"' in found
    return "x is 1, in units of e999"


def row_antimony_set_twice():
    found = to_sbml("J: A -> B; A\nJ: B -> A; B\nA = 1; B = 2; A = 5")
    sides = re.findall(r'speciesReference species="(\w)"', found)
    assert (sides, found.count("<reaction ")) == (["B", "A"], 1)
    assert '<species id="A" compartment="default_compartment" initialConcentration="5"' in found
    return "one reaction, B to A; A is 5"


def row_antimony_unknown_unit():
    found = to_sbml("x = 3 furlong")
    assert '<unitDefinition id="furlong"/>' in found
    return "an empty definition of furlong"


def row_antimony_outside_of_a_model():
    found = to_sbml("model *a()\n  y = 2\nend\nx = 1")
    assert re.findall(r'<parameter id="(\w+)"', found) == ["y"]
    import antimony

    assert not antimony.getWarnings()
    return "y alone"


def row_antimony_ruled_species():
    found = to_sbml("A := 3*k; A -> B; A\nk = 1; B = 0")
    assert re.search(r'<species id="A"[^>]* boundaryCondition="true"', found)
    return "A is a boundary species"
