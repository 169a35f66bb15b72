"""A model in SBML Level 2 says the same, and is refused by name where Level 2 has no word for it."""

import json

import libsbml
import numpy as np
import pytest
from typer.testing import CliRunner

import small_models as sm
from jakstat.biology import assemble
from jakstat.cli.main import app
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError
from jakstat.exchange.sbml_level2 import to_level_2

RUN = CliRunner()


def by_libroadrunner(text):
    import roadrunner

    roadrunner.Logger.disableLogging()
    runner = roadrunner.RoadRunner(text)
    names = sorted(runner.model.getFloatingSpeciesIds())
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-13
    runner.timeCourseSelections = [f"[{name}]" for name in names]
    return names, np.array(runner.simulate(0.0, 24.0, 13))


@pytest.fixture(scope="module")
def core():
    three = assemble("hepg2", parts="core").sbml
    return three, to_level_2(three, file="m.xml")


def test_the_core_is_valid_level_2_and_the_same_in_libroadrunner(core):
    three, (two, notes) = core
    document = libsbml.readSBMLFromString(two)
    assert (document.getLevel(), document.getVersion()) == (2, 4)
    assert document.checkConsistency() is not None
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    names, old = by_libroadrunner(three)
    again, new = by_libroadrunner(two)
    assert again == names
    np.testing.assert_allclose(new, old, rtol=0, atol=1e-9 * np.abs(old).max())
    assert [n.code for n in notes] == ["level2.units-of-numbers"]
    assert notes[0].text.startswith(f"{three.count(' sbml:units=')} numbers in formulas")


def test_units_of_the_model_become_the_ones_that_level_2_has_by_name(core):
    """By hand: h, zmol, pL and um^2 are 3600 s, 1e-21 mol, 1e-12 L and 1e-12 m^2."""
    model = libsbml.readSBMLFromString(core[1][0]).getModel()
    found = {}
    for name in ("time", "substance", "volume", "area"):
        unit = model.getUnitDefinition(name).getUnit(0)
        size = unit.getMultiplier() * 10.0 ** unit.getScale()
        found[name] = (libsbml.UnitKind_toString(unit.getKind()), unit.getExponent(), size)
    assert found == {
        "time": ("second", 1, 3600.0),
        "substance": ("mole", 1, pytest.approx(1e-21)),
        "volume": ("litre", 1, pytest.approx(1e-12)),
        "area": ("metre", 2, pytest.approx(1e-6)),
    }


def test_small_models_keep_their_numbers():
    """By hand: A = 10 e^-t/2, and q = 1 is added to its value at 2, half an hour later."""
    text = sm.model(
        functions=[sm.function("f", ["x"], "x/2")],
        species=[sm.species("A", 10.0), sm.species("B", 0.0)],
        parameters=[sm.parameter("k", 0.5), sm.parameter("p", None, False), sm.parameter("q", None)],
        initials=[sm.initial("q", "2*k")],
        rules=[sm.rule("assignment", "p", "f(A)^2")],
        reactions=[sm.reaction("r", "A", "2B", "c*k*A")],
        events=[sm.event("time > 2", {"A": "A+q"}, delay="0.5")],
    )
    two, notes = to_level_2(text)
    assert notes == ()
    times, names = [0.0, 1.0, 2.5], ["A", "B", "p"]
    found = load_sbml(two, trusted=True).simulate(times, outputs=names, rtol=1e-10, atol=1e-12)
    after = 10 * np.exp(-1.0) + 1.0
    a = np.array([10.0, 10 * np.exp(-0.5), after])
    b = 2 * np.array([0.0, 10 - a[1], 10 - 10 * np.exp(-1.25)])
    np.testing.assert_allclose(found.value("A")[0], a, rtol=1e-8)
    np.testing.assert_allclose(found.value("B")[0], b, rtol=1e-8)
    np.testing.assert_allclose(found.value("p")[0], (a / 2) ** 2, rtol=1e-8)


A = sm.species("A", 1.0)
FLOW = sm.reaction("r", "A", "", "A")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (sm.model(species=[A], events=[sm.event("A > 1", {"A": "1"}, priority="1")]), "priority"),
        (sm.model(species=[A], events=[sm.event("A > 1", {"A": "1"}, initial_value=False)]), "trigger"),
        (sm.model(species=[A], events=[sm.event("A > 1", {"A": "1"}, persistent=False)]), "trigger"),
        (
            sm.model(
                species=[sm.species("A", 1.0, conversionFactor="f")],
                parameters=[sm.parameter("f", 2.0)],
                reactions=[FLOW],
            ),
            "conversion factor of a species",
        ),
        (
            sm.model(species=[A], parameters=[sm.parameter("f", 2.0)], reactions=[FLOW]).replace(
                '<model id="m"', '<model id="m" conversionFactor="f"'
            ),
            "conversion factor of the model",
        ),
        (
            sm.model(species=[A], reactions=[FLOW]).replace(
                '<model id="m"', '<model id="m" substanceUnits="mole" extentUnits="item"'
            ),
            "another unit",
        ),
        (sm.model(species=[A], reactions=[sm.reaction("r", "A", "", "max(A, 1)")]), "operator max"),
        (sm.model(species=[A], reactions=[sm.reaction("r", "A", "", "A*rateOf(A)")]), "operator rateOf"),
        (sm.model(species=[A], reactions=[sm.reaction("r", "A", "", "A*avogadro")]), "operator avogadro"),
        (
            sm.model(
                species=[A], rules=[sm.rule("assignment", "n", "2*time")], reactions=[FLOW]
            ).replace('species="A" stoichiometry="1" constant="true"', 'id="n" species="A" constant="false"'),
            "stoichiometry",
        ),
    ],
)  # fmt: skip
def test_what_level_2_cannot_say_is_refused_by_name(text, told):
    with pytest.raises(InputError) as error:
        to_level_2(text, file="m.xml")
    (found,) = error.value.problems
    assert (found.code, found.file, found.hint) == ("level2.meaning", "m.xml", "--level 3.2")
    assert told in found.message


def test_the_command_writes_it_and_says_what_is_lost(tmp_path):
    path = tmp_path / "m.xml"
    words = ["model", "hepg2", "--parts", "core", "--export", str(path), "--level", "2.4", "--json"]
    done = RUN.invoke(app, words)
    assert done.exit_code == 0, done.output
    assert [n["code"] for n in json.loads(done.stdout)["notes"]] == ["level2.units-of-numbers"]
    assert '<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4">' in path.read_text()
    assert "For research" in path.read_text()


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--export", "m.xml", "--level", "1.2"], "level.unknown"), (["--level", "2.4"], "option.alone")],
)
def test_levels_that_make_no_sense(tmp_path, monkeypatch, words, code):
    monkeypatch.chdir(tmp_path)
    done = RUN.invoke(app, ["model", "hepg2", "--parts", "core", *words])
    assert done.exit_code == 2
    assert f"[{code}]" in done.stderr
    assert list(tmp_path.iterdir()) == []
