"""What simulators make of SBML documents."""

from sbml_text import CORE, compartment, document, element, listed, math, parameter, reaction, side, species

PLACE = listed("Compartments", compartment())
LARGE = listed("Compartments", compartment(size=2.0))
GROWING = listed("Compartments", compartment(constant=False))


def decay(a, k, places=LARGE):
    """A -> B at rate k*A*c, with what is given of A and k."""
    pools = listed("Species", species("A", **a), species("B", initialAmount=0))
    reactions = listed("Reactions", reaction("r", "A", "B", "k * A * c"))
    return document(places + pools + listed("Parameters", parameter("k", k)) + reactions)


def amounts():
    """6 units of A in a compartment of size 2; its id is an amount in every formula."""
    pools = [species(n, initialAmount=x, hasOnlySubstanceUnits=True) for n, x in (("A", 6.0), ("B", 0.0))]
    reactions = listed("Reactions", reaction("r", "A", "B", "k * A"))
    return document(LARGE + listed("Species", *pools) + listed("Parameters", parameter("k", 1.0)) + reactions)


def converted():
    """An extent of 2 per time makes 2*3 of A."""
    pool = listed("Species", species("A", initialConcentration=0.0, conversionFactor="f"))
    law = element("kineticLaw", math("2 * c"))
    reactions = listed(
        "Reactions", element("reaction", side("Products", "A") + law, id="r", reversible=False)
    )
    return document(PLACE + pool + listed("Parameters", parameter("f", 3.0)) + reactions)


def moving_stoichiometry():
    """n = 1 + t, so A = t + t^2/2."""
    reference = element("speciesReference", id="n", species="A", constant=False)
    law = element("kineticLaw", math("c"))
    made = element("reaction", listed("Products", reference) + law, id="r", reversible=False)
    rule = element("assignmentRule", math("1 + time"), variable="n")
    pool = listed("Species", species("A", initialConcentration=0.0))
    return document(PLACE + pool + listed("Rules", rule) + listed("Reactions", made))


def clock(*parameters, rules=(), **more):
    """x counts the time."""
    counted = element("rateRule", math("1"), variable="x")
    values = listed("Parameters", parameter("x", 0.0, False), *parameters)
    return document(PLACE + values + listed("Rules", counted, *rules), **more)


def copasi(text, end=1.0, steps=1):
    """A time course by ids; COPASI's species are concentrations."""
    import basico

    basico.load_model_from_string(text)
    course = basico.run_time_course(duration=end, intervals=steps, use_sbml_id=True, use_numbers=False)
    return {name: [round(x, 6) for x in course[name]] for name in course.columns}


def copasi_says():
    import COPASI

    return COPASI.CCopasiMessage.getAllMessageText()


def road_runner(text, *columns, end=1.0, points=2):
    import roadrunner

    model = roadrunner.RoadRunner(text)
    model.timeCourseSelections = list(columns)
    return [[round(x, 6) for x in line] for line in model.simulate(0.0, end, points).tolist()]


def row_copasi_missing_values():
    import basico

    basico.load_model_from_string(decay({}, None))
    initial = basico.get_species().initial_concentration
    seen = [float(initial["A"]), float(initial["B"]), float(basico.get_parameters().initial_value["k"])]
    assert seen == [1.0, 0.0, 1.0]
    return f"A, B, k: {seen}"


def row_copasi_conversion_factor():
    import basico

    first = copasi(converted())["A"]
    assert first == [0.0, 2.0], first
    assert basico.get_current_model().getModel().forceCompile()
    again = basico.run_time_course(duration=1.0, intervals=1, use_sbml_id=True)["A"].tolist()
    assert [round(x, 6) for x in again] == [0.0, 6.0], again
    assert road_runner(converted(), "[A]") == [[0.0], [6.0]]
    return f"{first}, compiled again {again}"


def row_copasi_variable_stoichiometry():
    copasi_says()
    seen = copasi(moving_stoichiometry(), 2.0, 2)["A"]
    assert seen == [0.0, 1.0, 2.0], seen
    assert "converted to a constant value" in copasi_says()
    assert road_runner(moving_stoichiometry(), "[A]", end=2.0, points=3) == [[0.0], [1.5], [4.0]]
    return f"A at 0, 1, 2: {seen}"


def row_copasi_only_substance():
    seen = copasi(amounts())["A"]
    assert seen == [3.0, 1.103638], seen
    assert road_runner(amounts(), "A")[0] == [6.0]
    return f"A: {seen}"


def row_copasi_rate_of_concentration():
    pool = listed("Species", species("A", initialConcentration=2.0, boundaryCondition=True))
    rules = [element("rateRule", math("1"), variable=name) for name in ("c", "A")]
    text = document(GROWING + pool + listed("Rules", *rules))
    seen = copasi(text, 2.0, 2)["A"]
    assert seen == [2.0, 1.75, 2.0], seen
    told = road_runner(text, "[A]", end=2.0, points=3)
    assert [round(x, 4) for (x,) in told] == [2.0, 3.0, 4.0], told
    return f"A at 0, 1, 2: {seen}"


def row_copasi_algebraic_rule():
    import basico

    rule = element("algebraicRule", math("T - x - y"))
    basico.load_model_from_string(clock(parameter("T", 5.0), parameter("y", None, False), rules=[rule]))
    seen = basico.get_parameters().initial_value["y"]
    assert seen == 1.0, seen
    assert "algebraic rules that were ignored" in copasi_says()
    return f"y: {seen}"


def row_copasi_delay():
    rule = element("assignmentRule", math("delay(x, 1)"), variable="y")
    seen = copasi(clock(parameter("y", None, False), rules=[rule]), 2.0, 2)["y"]
    assert all(x != x for x in seen), seen
    return f"y: {seen}"


def row_copasi_fast_reaction():
    text = document(
        PLACE
        + listed("Species", species("A", initialConcentration=2.0), species("B", initialConcentration=0.0))
        + listed("Reactions", reaction("r", "A", "B", "(A - B) * c", fast=True)),
        version=1,
    )
    seen = copasi(text)["A"]
    assert seen == [2.0, 1.135335], seen  # 1 + e^-2: the speed of its law
    return f"A: {seen}"


def row_basico_start_time_stays():
    import basico

    basico.load_model_from_string(clock())
    first = basico.run_time_course(start_time=5, duration=10, intervals=5).index.tolist()
    again = basico.run_time_course(duration=10, intervals=5).index.tolist()
    short = len(basico.run_time_course(duration=1, intervals=1))
    assert (first, again, short) == ([6.0, 8.0, 10.0], [6.0, 8.0, 10.0], 0)
    return f"times {first}, then {again}, then {short} rows"


def row_copasi_writes_level_2():
    import basico

    basico.load_model_from_string(amounts())
    text = basico.save_model_to_string(type="sbml")
    assert 'level="2" version="4"' in text
    assert 'id="A" name="A" compartment="c" initialConcentration="3"' in text
    assert "hasOnlySubstanceUnits" not in text
    return "Level 2 Version 4, initialConcentration 3"


def row_roadrunner_bare_id():
    import roadrunner

    model = roadrunner.RoadRunner(decay({"initialConcentration": 3}, 1))
    seen = [model["A"], model["[A]"], model.timeCourseSelections]
    assert seen == [6.0, 3.0, ["time", "[A]", "[B]"]]
    return f"A, [A], columns: {seen}"


def row_roadrunner_reset():
    import roadrunner

    pools = listed("Species", species("A", initialConcentration=2.0))
    values = listed("Parameters", parameter("k", 1.0), parameter("q", None))
    given = [element("initialAssignment", math("2 * k"), symbol=name) for name in ("q", "A")]
    text = document(PLACE + pools + values + listed("InitialAssignments", *given))
    model = roadrunner.RoadRunner(text)
    model["k"] = 5.0
    model.reset()
    seen = [model["k"], model["[A]"], model["q"]]
    assert seen == [5.0, 10.0, 2.0], seen
    return f"k, A, q after reset: {seen}"


def row_roadrunner_goes_on():
    import roadrunner

    model = roadrunner.RoadRunner(decay({"initialConcentration": 3}, 1))
    first, again = model.simulate(0, 1, 2)[:, 1], model.simulate(0, 1, 2)[:, 1]
    assert again[0] == first[1]
    assert abs(first[1] - 1.103638) < 1e-4, first
    return f"[A]: {first.tolist()}, then {again.tolist()}"


def row_roadrunner_points():
    import roadrunner

    model = roadrunner.RoadRunner(decay({"initialConcentration": 3}, 1))
    seen = len(model.simulate(0, 10)), len(model.simulate(0, 10, 10)), len(model.simulate(0, 10, steps=10))
    assert seen == (51, 10, 11)
    return f"rows: {seen}"


def row_roadrunner_missing_values():
    import roadrunner

    text = decay({}, 1.0, listed("Compartments", element("compartment", id="c", constant=True)))
    model = roadrunner.RoadRunner(text)
    seen = [model["c"], model["[A]"]]
    assert seen == [1.0, 0.0], seen
    try:
        roadrunner.RoadRunner(decay({}, None))
    except RuntimeError as error:
        assert "'k' is missing a value" in str(error)
        return f"c, A: {seen}; k is refused"
    raise AssertionError("a parameter without a value is taken")


def row_bngsim_missing_values():
    import bngsim

    model = bngsim.Model.from_sbml_string(decay({}, 1.0))
    seen = float(model.get_concentration("A"))
    assert seen == 0.0
    return f"A: {seen}"


def row_bngsim_only_substance():
    import bngsim

    model = bngsim.Model.from_sbml_string(amounts())
    seen = float(bngsim.Simulator(model).run(t_span=(0, 1), n_points=2).species[0, 0])
    assert seen == 3.0
    return f"A: {seen}"


DISTRIB = "http://www.sbml.org/sbml/level3/version1/distrib/version1"


def drawn():
    """x is drawn from a normal distribution of mean 10 and standard deviation 2, and y grows at rate x."""
    name = "http://www.sbml.org/sbml/symbols/distrib/normal"
    draw = f'<csymbol encoding="text" definitionURL="{name}">normal</csymbol><cn>10</cn><cn>2</cn>'
    maths = f'<math xmlns="http://www.w3.org/1998/Math/MathML"><apply>{draw}</apply></math>'
    drawn = element("initialAssignment", maths, symbol="x")
    rule = element("rateRule", math("x"), variable="y")
    values = listed("Parameters", parameter("x"), parameter("y", 0.0, False))
    text = document(values + listed("InitialAssignments", drawn) + listed("Rules", rule), version=1)
    core = CORE[3, 1]
    return text.replace(
        f'<sbml xmlns="{core}"', f'<sbml xmlns="{core}" xmlns:d="{DISTRIB}" d:required="true"'
    )


def row_simulators_draw_at_load():
    import basico
    import roadrunner

    road = {roadrunner.RoadRunner(drawn())["x"] for _ in range(3)}
    other = set()
    for _ in range(3):
        basico.load_model_from_string(drawn())
        other.add(float(basico.get_parameters().initial_value["x"]))
    assert len(road) == len(other) == 3, (road, other)
    return f"libRoadRunner {sorted(road)}, COPASI {sorted(other)}"


def row_roadrunner_submodels():
    import basico
    import roadrunner

    space = "http://www.sbml.org/sbml/level3/version1/comp/version1"
    rule = listed("Rules", element("rateRule", math("1"), variable="k"))
    inner = element(
        "comp:modelDefinition", listed("Parameters", parameter("k", 2.0, False)) + rule, id="inner"
    )
    used = '<comp:listOfSubmodels><comp:submodel comp:id="a" comp:modelRef="inner"/></comp:listOfSubmodels>'
    own = listed("Parameters", parameter("z", 1.0))
    text = document(own + used, version=1).replace(
        "</sbml>", f"<comp:listOfModelDefinitions>{inner}</comp:listOfModelDefinitions></sbml>"
    )
    text = text.replace("<sbml ", f'<sbml xmlns:comp="{space}" comp:required="true" ')
    model = roadrunner.RoadRunner(text)
    basico.load_model_from_string(text)
    seen = list(model.model.getGlobalParameterIds()), basico.get_parameters().sbml_id.tolist()
    assert seen == (["z"], ["z", "a__k"]), seen
    return f"libRoadRunner {seen[0]}, COPASI {seen[1]}"


def row_roadrunner_conserved_moieties():
    import roadrunner

    pools = listed("Species", species("A", initialConcentration=3.0), species("B", initialConcentration=1.0))
    text = document(PLACE + pools + listed("Reactions", reaction("r", "A", "B", "A - 3 * B")))
    model = roadrunner.RoadRunner(text)
    model.conservedMoietyAnalysis = True
    model["[A]"] = 7.0
    seen = [model["[A]"], model["[B]"]]
    model.steadyState()
    steady = [round(model["[A]"], 6), round(model["[B]"], 6)]
    assert (seen, steady) == ([7.0, -3.0], [3.0, 1.0])
    return f"A, B: {seen}, steady {steady}"


def row_simulators_another_size():
    import basico
    import roadrunner

    text = document(LARGE + listed("Species", species("A", initialConcentration=3.0)))
    model = roadrunner.RoadRunner(text)
    model["c"] = 4.0
    model.reset()
    basico.load_model_from_string(text)
    basico.set_compartment("c", initial_size=4.0)
    seen = model["[A]"], float(basico.get_species().initial_concentration["A"])
    assert seen == (1.5, 1.5), seen
    return f"[A]: {seen}"
