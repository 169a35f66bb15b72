"""SED-ML of every version, done: values are those of A(t) = 10 exp(-k t), worked by hand."""

import math

import pytest

import sedml_documents as sd
from jakstat.errors import InputError
from jakstat.exchange.sedml_outputs import shown
from jakstat.exchange.sedml_reading import read_sedml

pytestmark = pytest.mark.usefixtures("documents_read_once")
V2 = "urn:sedml:symbol:time"
OTHER = sd.K.replace("'k'", "'q'")
SHOWN = sd.generator("time", sd.variable("v", symbol=V2))


def done(text, model=sd.MODEL, **options):
    experiment = read_sedml(text.encode(), file="e.sedml")
    return shown(experiment, lambda name, _: (model.encode(), name), file="e.sedml", **options)


def columns(answer, output=0):
    return {
        n: [v for p in pieces for v in p.values.tolist()]
        for n, pieces in answer.outputs[output].columns.items()
    }


def refused(text, **options):
    with pytest.raises(InputError) as error:
        done(text, **options)
    return error.value.problems


def decay(times, start=10.0, k=0.5):
    return pytest.approx([start * math.exp(-k * t) for t in times], rel=1e-5)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_points_of_old_versions_are_steps(version):
    found = columns(done(sd.sedml(version)))
    assert found["time"] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert found["A"] == decay(range(5))


def test_output_may_start_later_than_the_model():
    found = columns(done(sd.sedml(start="2")))
    assert found["time"] == [2.0, 2.5, 3.0, 3.5, 4.0]
    assert found["A"] == decay([2.0, 2.5, 3.0, 3.5, 4.0])


def parameter(kisao, value):
    one = f'<algorithmParameter kisaoID="KISAO:0000{kisao}" value="{value}"/>'
    return f"<listOfAlgorithmParameters>{one}</listOfAlgorithmParameters>"


def change(target, value):
    return f'<changeAttribute target="{target}" newValue="{value}"/>'


def test_attributes_are_changed():
    assert columns(done(sd.sedml(changes=change(sd.K + "/@value", "1"))))["A"] == decay(range(5), k=1.0)
    found = columns(done(sd.sedml(changes=change(sd.A + "/@initialAmount", "6"))))
    assert found["A"] == decay(range(5), start=3.0)


def test_an_initial_assignment_does_not_hide_a_change():
    """A starts at twice 10 by its assignment; a change to 3 counts all the same, and is told."""
    inner = sd.math("<apply><times/><cn>2</cn><cn>10</cn></apply>")
    assigned = f'<initialAssignment symbol="A">{inner}</initialAssignment>'
    assigned = f"<listOfInitialAssignments>{assigned}</listOfInitialAssignments>"
    model = sd.MODEL.replace("<listOfReactions>", assigned + "<listOfReactions>")
    assert columns(done(sd.sedml(), model))["A"] == decay(range(5), start=20.0)
    answer = done(sd.sedml(changes=change(sd.A + "/@initialConcentration", "3")), model)
    assert columns(answer)["A"] == decay(range(5), start=3.0)
    assert [n.code for n in answer.notes] == ["sedml.assigned"]


def test_what_other_programs_would_show_is_told():
    """20 of A in a size of 2: its law k*A*c is then 2*k of it, and COPASI would show 10."""
    model = sd.MODEL.replace('hasOnlySubstanceUnits="false"', 'hasOnlySubstanceUnits="true"')
    assert model != sd.MODEL
    answer = done(sd.sedml(), model)
    assert columns(answer)["A"] == decay(range(5), start=20.0, k=1.0)
    assert [n.code for n in answer.notes] == ["elsewhere.only_substance"]


def test_changes_add_remove_replace_and_compute():
    model = "/sbml:sbml/sbml:model"
    rule = (
        '<sbml:listOfRules><sbml:assignmentRule variable="p">'
        f"{sd.math('<apply><times/><cn>3</cn><ci>A</ci></apply>')}</sbml:assignmentRule></sbml:listOfRules>"
    )
    new = '<newXML><sbml:parameter id="p" constant="false"/></newXML>'
    added = f'<addXML target="{model}/sbml:listOfParameters">{new}</addXML>'
    before = f'<changeXML target="{model}/sbml:listOfReactions"><newXML>{rule}</newXML></changeXML>'
    shows = sd.generator("time", sd.variable("v", symbol=V2)) + sd.generator(
        "A", sd.variable("p", "/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='p']")
    )
    assert columns(done(sd.sedml(changes=added + before, generators=shows)))["A"] == [30.0] * 5
    removed = f"<removeXML target=\"{model}/sbml:listOfReactions/sbml:reaction[@id='J']\"/>"
    assert columns(done(sd.sedml(changes=removed)))["A"] == [10.0] * 5
    computed = (
        f'<computeChange target="{sd.K}/@value"><listOfVariables><variable id="x" modelReference="m" '
        f'target="{sd.K}/@value"/></listOfVariables>'
        '<listOfParameters><parameter id="f" value="3"/></listOfParameters>'
        f"{sd.math('<apply><times/><ci>f</ci><ci>x</ci></apply>')}</computeChange>"
    )
    assert columns(done(sd.sedml(changes=computed)))["A"] == decay(range(5), k=1.5)


@pytest.mark.parametrize("source", ["#m", "m"])
def test_models_are_derived_of_models(source):
    """phraSED-ML leaves the # out."""
    changes = f"<listOfChanges>{change(sd.K + '/@value', '2')}</listOfChanges>"
    second = f'<model id="m2" source="{source}">{changes}</model>'
    first = change(sd.A + "/@initialConcentration", "4")
    task = '<task id="t" modelReference="m2" simulationReference="s"/>'
    found = columns(done(sd.sedml(changes=first, models=second, tasks=task)))
    assert found["A"] == decay(range(5), start=4.0, k=2.0)


VECTOR = '<vectorRange id="x"><value>0.5</value><value>1</value></vectorRange>'


def test_repeats_over_a_vector_begin_anew():
    tasks = sd.TASK + sd.repeated(VECTOR, sd.set_value(sd.K, "x"))
    answer = done(sd.sedml(tasks=tasks, task="t2"))
    assert columns(answer)["A"] == pytest.approx(
        [10 * math.exp(-k * t) for k in (0.5, 1) for t in range(5)], rel=1e-5
    )
    rows = list(answer.outputs[0].rows())
    assert [r["repeat"] for r in rows] == [1] * 5 + [2] * 5
    assert rows[6]["A"] == pytest.approx(10 * math.exp(-1), rel=1e-5)


def test_repeats_without_reset_go_on():
    steps = '<oneStep id="s" step="1"><algorithm kisaoID="KISAO:0000019"/></oneStep>'
    tasks = sd.TASK + sd.repeated(
        '<uniformRange id="x" start="1" end="3" numberOfSteps="2" type="linear"/>', reset="false"
    )
    found = columns(done(sd.sedml(simulations=steps, tasks=tasks, task="t2")))
    assert found["time"] == [1.0, 2.0, 3.0]
    assert found["A"] == decay([1, 2, 3])


def test_functional_range():
    """k = x^2 / 2 for x = 1, 2."""
    power = "<apply><divide/><apply><power/><ci>x</ci><cn>2</cn></apply><cn>2</cn></apply>"
    ranges = '<uniformRange id="x" start="1" end="2" numberOfSteps="1" type="linear"/>'
    ranges += f'<functionalRange id="y" range="x">{sd.math(power)}</functionalRange>'
    tasks = sd.TASK + sd.repeated(ranges, sd.set_value(sd.K, "y"))
    found = columns(done(sd.sedml(tasks=tasks, task="t2")))
    assert found["A"] == pytest.approx(
        [10 * math.exp(-k * t) for k in (0.5, 2.0) for t in range(5)], rel=1e-5
    )


def test_logarithmic_range():
    ranges = '<uniformRange id="x" start="0.25" end="1" numberOfSteps="2" type="log"/>'
    tasks = sd.TASK + sd.repeated(ranges, sd.set_value(sd.K, "x"))
    found = columns(done(sd.sedml(tasks=tasks, task="t2")))["A"]
    assert found[4::5] == pytest.approx([10 * math.exp(-4 * k) for k in (0.25, 0.5, 1.0)], rel=1e-5)


def test_an_inner_reset_keeps_what_the_outer_repeat_set():
    tasks = sd.TASK + sd.repeated(VECTOR, sd.set_value(sd.K, "x"))
    starts = '<vectorRange id="y"><value>2</value><value>4</value></vectorRange>'
    tasks += sd.repeated(starts, sd.set_value(sd.A + "/@initialConcentration", "y"), name="t3", task="t2")
    answer = done(sd.sedml(tasks=tasks, task="t3"))
    ends = [start * math.exp(-4 * k) for start in (2, 4) for k in (0.5, 1)]
    assert columns(answer)["A"][4::5] == pytest.approx(ends, rel=1e-5)
    assert [n.code for n in answer.notes] == ["sedml.reset"]
    assert [(r["repeat"], r["repeat_1"]) for r in answer.outputs[0].rows()][::5] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
    ]


def test_steady_state():
    steady = '<steadyState id="s"><algorithm kisaoID="KISAO:0000569"/></steadyState>'
    shows = sd.generator("time", sd.variable("v", symbol=V2)) + sd.generator(
        "A", sd.variable("b", sd.A.replace("'A'", "'B'"))
    )
    found = columns(done(sd.sedml(simulations=steady, generators=shows)))
    assert found["A"] == pytest.approx([10.0], rel=1e-9)  # all of A is B now


def test_what_is_no_number_is_an_empty_cell():
    over_nothing = "<apply><divide/><ci>a</ci><cn>0</cn></apply>"
    shows = SHOWN + sd.generator("A", sd.variable("a", sd.A), over_nothing)
    rows = list(done(sd.sedml(generators=shows)).outputs[0].rows())
    assert [r["A"] for r in rows] == [None] * 5
    assert [r["time"] for r in rows] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_formulas_constants_and_what_a_symbol_is_read_as():
    """The amount is twice the concentration in a compartment of 2."""
    amount = sd.variable("n", sd.A, symbol="KISAO:0000836")
    level = sd.variable("a", sd.A, symbol="KISAO:0000838")
    ratio = "<apply><times/><ci>f</ci><apply><divide/><ci>n</ci><ci>a</ci></apply></apply>"
    shows = sd.generator("time", sd.variable("v", symbol=V2))
    shows += sd.generator("A", amount + level, ratio, '<parameter id="f" value="10"/>')
    assert columns(done(sd.sedml(generators=shows)))["A"] == pytest.approx([20.0] * 5)
    largest = '<apply><csymbol definitionURL="urn:sedml:function:max">max</csymbol><ci>a</ci></apply>'
    share = f"<apply><divide/><ci>a</ci>{largest}</apply>"
    shows = sd.generator("time", sd.variable("v", symbol=V2)) + sd.generator(
        "A", sd.variable("a", sd.A), share
    )
    assert columns(done(sd.sedml(generators=shows)))["A"] == decay(range(5), start=1.0)


def test_plots_name_their_lines():
    plot = (
        '<plot2D id="p" name="decay"><xAxis type="linear"/><yAxis type="log10"/><listOfCurves>'
        '<curve id="c" xDataReference="time" yDataReference="A"/></listOfCurves></plot2D>'
    )
    (output,) = done(sd.sedml(outputs=plot)).outputs
    assert output.lines == (("A", ("time", "A"), (False, True)),)
    old = plot.replace('<xAxis type="linear"/><yAxis type="log10"/>', "").replace(
        '<curve id="c"', '<curve id="c" logX="false" logY="true"'
    )
    assert done(sd.sedml(3, outputs=old)).outputs[0].lines == output.lines


def test_a_replaced_algorithm_is_told():
    answer = done(sd.sedml(kisao="0000030"))
    assert columns(answer)["A"] == decay(range(5))
    (note,) = answer.notes
    assert (note.code, note.where) == ("sedml.algorithm", "s")
    assert "Euler forward method (KISAO:0000030) is replaced" in note.text
    tuned = parameter(209, "1e-10")
    found = columns(done(sd.sedml(tuned=tuned)))["A"]
    assert found == pytest.approx([10 * math.exp(-0.5 * t) for t in range(5)], rel=1e-9)


def test_stochastic_paths_keep_what_is_conserved():
    """A and B are 20 particles at every time, whole numbers each; the seed is that of the file."""
    tuned = parameter(488, "7")
    amounts = [sd.variable(n, sd.A.replace("'A'", f"'{n}'"), symbol="KISAO:0000836") for n in "AB"]
    shows = sd.generator("time", amounts[1]) + sd.generator("A", amounts[0])
    found = columns(done(sd.sedml(kisao="0000029", tuned=tuned, generators=shows)))
    assert [a + b for a, b in zip(found["A"], found["time"], strict=True)] == [20.0] * 5
    assert found["A"][0] == 20.0
    assert all(v == int(v) for v in found["A"])
    assert found == columns(done(sd.sedml(kisao="0000029", tuned=tuned, generators=shows)))


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (sd.sedml(kisao="0000437"), "sedml.unsupported", "flux balance analysis (KISAO:0000437) is not done"),
        (sd.sedml(kisao="0099999"), "sedml.unsupported", "KISAO:0099999"),
        (sd.sedml(simulations='<analysis id="s"/>'), "sedml.unsupported", "an analysis task is not done"),
        (sd.sedml().replace('language="urn:sedml:language:sbml"', 'language="urn:sedml:language:cellml"'),
         "sedml.unsupported", "cellml"),
        (sd.sedml(changes=change(OTHER + "/@value", "1")), "sedml.path", "finds nothing"),
        (sd.sedml(changes=change("count(//*)", "1")), "sedml.path", "is not understood"),
        (sd.sedml(tasks=sd.TASK.replace('"m"', '"n"')), "sedml.reference", "no model 'n'"),
        (sd.sedml(source="#m"), "sedml.reference", "in a circle"),
        (sd.sedml(tasks=sd.TASK + sd.repeated(VECTOR, task="t2")), "sedml.reference", "repeats itself"),
        (sd.sedml().replace('numberOfSteps="4"', 'numberOfSteps="0"'), "sedml.value", "numberOfSteps is '0'"),
        (sd.sedml().replace('outputEndTime="4"', 'outputEndTime="nan"'), "sedml.value", "outputEndTime"),
        (sd.sedml().replace('version="4"', 'version="9"'), "sedml.level", "not known"),
        ("<sedML><", "xml.syntax", "no XML"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>" + sd.sedml()[38:], "xml.doctype", "entities"),
        ("<a>" * 300 + "</a>" * 300, "xml.depth", "too deeply"),
        (sd.sedml(generators=SHOWN + sd.generator("A", sd.variable("v"))),
         "sedml.value", "neither target nor symbol"),
        (sd.sedml(generators=SHOWN + sd.generator("A", sd.variable("v", sd.A), "<ci>w</ci>")),
         "sedml.math", "'w', which has no value"),
        (sd.sedml(outputs=" "), None, None),
    ],
)  # fmt: skip
def test_what_is_not_done_is_refused_by_name(text, code, told):
    if code is None:  # without outputs, every data generator is shown
        assert columns(done(text))["A"] == decay(range(5))
        return
    problems = refused(text)
    assert code in [p.code for p in problems]
    assert any(told in p.message for p in problems), problems
    assert all(p.file == "e.sedml" for p in problems)


def test_a_task_alone():
    tasks = sd.TASK + sd.repeated(VECTOR, sd.set_value(sd.K, "x"))
    text = sd.sedml(tasks=tasks)
    assert done(text, task="t").tasks == ("t",)
    (found,) = refused(text, task="q")
    assert (found.code, found.hint) == ("sedml.task", "one of t, t2")
    assert [p.code for p in refused(text, task="t2")] == ["sedml.empty"]
