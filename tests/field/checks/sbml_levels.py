"""What becomes of a document that is written in another level of SBML."""

import re

from sbml_text import CORE, compartment, document, element, listed, math, parameter, reaction, side, species


def to_level_2(text):
    """The document in Level 2 Version 4, what the conversion returned, and what its log says."""
    import libsbml

    read = libsbml.readSBMLFromString(text)
    done = read.setLevelAndVersion(2, 4, False)
    told = " ".join(read.getError(i).getMessage() for i in range(read.getNumErrors()))
    return libsbml.writeSBMLToString(read), done, told


def end_of(text, column):
    import roadrunner

    model = roadrunner.RoadRunner(text)
    model.timeCourseSelections = [column]
    return round(float(model.simulate(0.0, 1.0, 2)[-1, 0]), 6)


def row_libsbml_level_2_conversion_factor():
    made = element(
        "reaction", side("Products", "A") + element("kineticLaw", math("2 * c")), id="r", reversible=False
    )
    text = document(
        listed("Compartments", compartment())
        + listed("Species", species("A", initialConcentration=0.0, conversionFactor="f"))
        + listed("Parameters", parameter("f", 3.0))
        + listed("Reactions", made)
    )
    two, done, told = to_level_2(text)
    seen = done, end_of(text, "[A]"), end_of(two, "[A]")
    assert seen == (True, 6.0, 2.0), seen
    assert "conversion to earlier levels is not supported" in told
    return f"returned {seen[0]}; A was {seen[1]}, is {seen[2]}"


def row_libsbml_level_2_event_at_start():
    sets = listed("EventAssignments", element("eventAssignment", math("2"), variable="x"))
    trigger = element("trigger", math("time >= 0"), initialValue=False, persistent=True)
    event = element("event", trigger + sets, id="e", useValuesFromTriggerTime=True)
    text = document(listed("Parameters", parameter("x", 1.0, False)) + listed("Events", event))
    two, done, _ = to_level_2(text)
    seen = done, end_of(text, "x"), end_of(two, "x")
    assert seen == (True, 2.0, 1.0), seen
    return f"returned {seen[0]}; x was {seen[1]}, is {seen[2]}"


def row_libsbml_level_2_stoichiometry():
    text = document(
        listed("Compartments", compartment())
        + listed("Species", species("A", initialConcentration=2.0))
        + listed("Reactions", reaction("r", "A", "", "A * c"))
    ).replace(' stoichiometry="1"', "")
    two, done, _ = to_level_2(text)
    (line,) = re.findall(r'<parameter id="parameterId_0"[^>]*>', two)
    assert done
    assert "<stoichiometryMath>" in two
    assert "value" not in line
    return "a stoichiometry of parameterId_0, which has no value"


def row_simulators_unset_stoichiometry():
    import basico
    import bngsim

    text = document(
        listed("Compartments", compartment())
        + listed("Species", species("A", initialConcentration=2.0))
        + listed("Reactions", reaction("r", "A", "", "A * c"))
    ).replace(' stoichiometry="1"', "")
    basico.load_model_from_string(text)
    course = basico.run_time_course(duration=1, intervals=1, use_sbml_id=True)["A"]
    run = bngsim.Simulator(bngsim.Model.from_sbml_string(text)).run(t_span=(0, 1), n_points=2)
    seen = end_of(text, "[A]"), float(course.iloc[-1]), float(run.species[-1, 0])
    assert all(abs(x - 0.735759) < 1e-4 for x in seen), seen  # 2/e
    return f"{seen}"


def row_pysb_without_stoichiometry():
    import pysb
    import sympy
    from pysb.export import export

    model = pysb.Model("m", _export=False)
    a, b = (pysb.Monomer(n, _export=False) for n in "AB")
    k, start = (pysb.Parameter(n, v, _export=False) for n, v in (("k", 0.5), ("A0", 10.0)))
    for part in (a, b, k, start, pysb.Rule("r", a() + a() >> b(), k, _export=False)):
        model.add_component(part)
    model.add_initial(pysb.Initial(a(), start, _export=False))
    # what BioNetGen would find: 2A -> B
    model.species = [pysb.as_complex_pattern(x()) for x in (a, b)]
    rate = k * sympy.Symbol("__s0") ** 2
    one = {"reactants": (0, 0), "products": (1,), "rate": rate, "rule": ("r",), "reverse": (False,)}
    model.reactions, model.reactions_bidirectional = [one], [dict(one, reversible=False)]
    found = re.findall(r"<speciesReference [^>]*>", export(model, "sbml"))
    assert len(found) == 3
    assert not any("stoichiometry" in line for line in found), found
    return f"{found}"


def row_libsbml_level_2_units_of_numbers():
    numbers = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" xmlns:s="{}"><cn s:units="second">1</cn></math>'
    )
    rule = element("assignmentRule", numbers.format(CORE[3, 2]), variable="x")
    text = document(listed("Parameters", parameter("x", None, False)) + listed("Rules", rule))
    assert 'units="second"' in text
    two, done, told = to_level_2(text)
    assert done
    assert "second" not in two
    assert "second" not in told
    return f"gone; the log says {told!r}"
