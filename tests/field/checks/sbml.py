"""What simulators make of SBML documents."""

from sbml_text import compartment, document, listed, parameter, reaction, species


def decay(a, k, size=1.0):
    """A -> B at rate k*A*c, with what is given of A and k."""
    return document(
        listed("Compartments", compartment(size=size))
        + listed("Species", species("A", **a), species("B", initialAmount=0))
        + listed("Parameters", parameter("k", k))
        + listed("Reactions", reaction("r", "A", "B", "k * A * c"))
    )


def row_copasi_missing_values():
    import basico

    basico.load_model_from_string(decay({}, None))
    initial = basico.get_species().initial_concentration
    seen = [float(initial["A"]), float(initial["B"]), float(basico.get_parameters().initial_value["k"])]
    assert seen == [1.0, 0.0, 1.0]
    return f"A, B, k: {seen}"


def row_roadrunner_bare_id():
    import roadrunner

    model = roadrunner.RoadRunner(decay({"initialConcentration": 3}, 1, size=2.0))
    seen = [model["A"], model["[A]"], model.timeCourseSelections]
    assert seen == [6.0, 3.0, ["time", "[A]", "[B]"]]
    return f"A, [A], columns: {seen}"
