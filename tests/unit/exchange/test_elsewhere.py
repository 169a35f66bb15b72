"""Where other simulators differ: ours follows SBML (values by hand), and a note says who does not."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import small_models as sm
from jakstat.biology import assemble
from jakstat.cli.main import app
from jakstat.engine.load import load_sbml
from jakstat.exchange.elsewhere import elsewhere

GROWING = [sm.compartment("c", 1.0, constant=False)]
MAKES_N = sm.reaction("r", "", "A", "c").replace(
    'stoichiometry="1" constant="true"', 'id="n" constant="false"'
)


def read(text, columns=(), **more):
    model = load_sbml(text, trusted=True, **more)
    return model, elsewhere(model.network, model.report, columns)


def course(model, name, times=(0.0, 1.0, 2.0)):
    return model.simulate(times, outputs=[name], rtol=1e-9, atol=1e-12).value(name)[0].tolist()


def one(notes):
    (note,) = notes
    return note.code, note.where


def test_a_moving_stoichiometry_is_followed_and_told():
    text = sm.model(
        species=[sm.species("A", 0.0)], rules=[sm.rule("assignment", "n", "1 + time")], reactions=[MAKES_N]
    )
    model, notes = read(text)
    assert course(model, "A") == pytest.approx([0.0, 1.5, 4.0])  # t + t^2/2
    assert one(notes) == ("elsewhere.variable_stoichiometry", "A in r")


def test_a_stoichiometry_that_a_rule_sets_once_is_not_told():
    text = sm.model(
        species=[sm.species("A", 0.0)],
        parameters=[sm.parameter("k", 1.5)],
        rules=[sm.rule("assignment", "n", "2 * k")],
        reactions=[MAKES_N],
    )
    model, notes = read(text)
    assert course(model, "A") == pytest.approx([0.0, 3.0, 6.0])
    assert notes == ()


def test_a_conversion_factor_counts_and_is_told():
    text = sm.model(
        species=[sm.species("A", 0.0, conversionFactor="f"), sm.species("B", 0.0, conversionFactor="one")],
        parameters=[sm.parameter("f", 3.0), sm.parameter("one", 1.0)],
        reactions=[sm.reaction("r", "", "A B", "2*c")],
    )
    model, notes = read(text)
    assert course(model, "A") == pytest.approx([0.0, 6.0, 12.0])
    assert one(notes) == ("elsewhere.conversion_factor", "A")


def test_the_rate_of_a_concentration_in_a_growing_place_is_told():
    text = sm.model(
        compartments=GROWING,
        species=[sm.species("A", 2.0, boundaryCondition=True)],
        rules=[sm.rule("rate", "c", "1"), sm.rule("rate", "A", "1")],
    )
    model, notes = read(text)
    assert course(model, "A") == pytest.approx([2.0, 3.0, 4.0])
    assert one(notes) == ("elsewhere.changing_place", "A")


def test_an_amount_in_a_place_of_another_size_than_one_is_told():
    pools = [sm.species(n, 6.0, hasOnlySubstanceUnits=True) for n in "ABCDEF"]
    model, notes = read(sm.model(compartments=[sm.compartment("c", 2.0)], species=pools))
    assert course(model, "A") == [6.0, 6.0, 6.0]
    assert one(notes) == ("elsewhere.only_substance", "A, B, C, D and 2 more")
    assert read(sm.model(species=pools))[1] == ()


def test_a_value_taken_for_zero_is_told():
    text = sm.model(species=[sm.species("A", None)], reactions=[sm.reaction("r", "A", "", "c*A")])
    model, notes = read(text, assume_zero=True)
    assert course(model, "A") == [0.0, 0.0, 0.0]
    assert one(notes) == ("elsewhere.assumed", "A")


def test_an_initial_assignment_follows_each_lane(tmp_path):
    text = sm.model(
        parameters=[sm.parameter("k", 1.0), sm.parameter("q", None), sm.parameter("x", 0.0, False)],
        initials=[sm.initial("q", "2*k")],
        rules=[sm.rule("rate", "x", "q")],
    )
    (tmp_path / "m.xml").write_text(text)
    (tmp_path / "lanes.csv").write_text("k\n1\n5\n")
    words = [
        "run", tmp_path / "m.xml", "--until", "1", "--lanes", tmp_path / "lanes.csv",
        "--outputs", "x", "--reduce", "max", "--json",
    ]  # fmt: skip
    done = CliRunner().invoke(app, [str(w) for w in words])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [(n["code"], n["where"]) for n in found["notes"]] == [("elsewhere.initial_parameter", "q")]
    (spread,) = found["statistics"].values()
    assert (spread["low"], spread["high"]) == (pytest.approx(2.0), pytest.approx(10.0))
    assert read(text)[1] == ()


def test_a_concentration_stays_where_the_size_is_another():
    pools = [sm.species("A", None, initialConcentration=3.0), sm.species("B", 6.0)]
    model, notes = read(sm.model(compartments=[sm.compartment("c", 2.0)], species=pools), ["c"])
    assert one(notes) == ("elsewhere.size", "A")
    found = model.simulate([0.0], {"c": np.array([4.0])}, outputs=["A", "B"])
    assert [found.value(n)[0, 0] for n in "AB"] == [3.0, 1.5]
    assert [found.amount(n)[0, 0] for n in "AB"] == [12.0, 6.0]


def test_a_start_changes_what_is_conserved():
    """A and B exchange; 7 + 1 end at 6 and 2, where k A = 3 B with k = 1."""
    text = sm.model(
        species=[sm.species("A", 3.0), sm.species("B", 1.0)],
        reactions=[sm.reaction("r", "A", "B", "A - 3*B")],
    )
    model, _ = read(text)
    found = model.simulate([0.0, 50.0], initial={"A": np.array([7.0])}, outputs=["A", "B"], rtol=1e-9)
    assert [found.value(n)[0].tolist() for n in "AB"] == [
        pytest.approx([7.0, 6.0]),
        pytest.approx([1.0, 2.0]),
    ]


def test_a_cell_of_ours_is_the_same_everywhere():
    _, notes = read(assemble("hepg2", parts="core").sbml)
    assert notes == ()


def test_every_run_begins_anew():
    model, _ = read(sm.DECAY)
    first, again = course(model, "A"), course(model, "A")
    assert first == again
    assert first[0] == course(model, "A", (5.0, 6.0))[0] == 10.0
