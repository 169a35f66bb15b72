"""Values made from solved states that are no numbers have an outcome; sizes not above 0 are refused."""

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import small_models as sm
from jakstat.cli.main import app
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError, Outcome
from jakstat.experiment.model_run import RunOptions, plan_run, run_table

RATIO = sm.model(
    species=[sm.species("A", 10.0), sm.species("B", 0.0)],
    parameters=[sm.parameter("k", 0.5), sm.parameter("d", 1.0), sm.parameter("q", None, constant=False)],
    rules=[sm.rule("assignment", "q", "A/d")],
    reactions=[sm.reaction("r", "A", "B", "c*k*A")],
)


@pytest.fixture
def run(tmp_path):
    (tmp_path / "m.xml").write_text(RATIO)

    def made(table, **options):
        (tmp_path / "t.csv").write_text(table)
        plan = plan_run(
            tmp_path / "m.xml", RunOptions(**{"until": 1.0, "points": 3, **options}), lanes=tmp_path / "t.csv"
        )
        report = run_table(plan, tmp_path / "o.zarr", force=True)
        return report, xr.open_zarr(tmp_path / "o.zarr")

    return made


def test_a_lane_whose_output_is_infinite_says_so_and_keeps_its_numbers(run):
    report, data = run("d\n1\n0\n", outputs=("A", "q"))
    assert [Outcome(int(o)).name for o in data["outcome"].values] == ["OK", "UNDEFINED_VALUE"]
    assert np.isinf(data["q"].values[1]).all()
    assert np.array_equal(data["A"].values[0], data["A"].values[1])
    assert np.isfinite(data["A"].values).all()
    assert data["failure_time"].values[1] == 0.0
    assert report.tally.failed == 1
    assert report.tally.failures[0].outcome == "UNDEFINED_VALUE"


def test_an_output_that_is_not_asked_for_does_not_count(run):
    report, _ = run("d\n1\n0\n", outputs=("A",))
    assert report.tally.failed == 0


def test_summaries_are_looked_at_too(run):
    _, data = run("d\n0\n1\n", outputs=("A", "q"), reduce=("max",))
    assert [Outcome(int(o)).name for o in data["outcome"].values] == ["UNDEFINED_VALUE", "OK"]


@pytest.mark.parametrize("method", ["rodas5p", "LSODA"])
@pytest.mark.parametrize("size", ["0", "-1", "-0.0"])
def test_a_compartment_of_no_size_is_a_bad_parameter(run, size, method):
    report, data = run(f"c\n{size}\n2\n", method=method)
    assert [Outcome(int(o)).name for o in data["outcome"].values] == ["BAD_PARAMETER", "OK"]
    assert np.isnan(data["A"].values[0]).all()
    assert report.tally.failed == 1


def test_a_dose_cannot_take_the_size_away():
    model = load_sbml(sm.DECAY)
    with pytest.raises(InputError, match=r"dose\.size"):
        model.simulate([0.0, 1.0], doses=[Dose(0.5, "c", 0.0, action="set")])


def test_a_model_may_mean_nan_and_its_values_stay():
    result = load_sbml(RATIO).simulate([0.0, 1.0], {"d": [0.0]}, outputs=["q"])
    assert result.outcomes.tolist() == [0]
    assert np.isinf(result.value("q")).all()


def test_a_run_in_which_every_lane_failed_does_not_end_with_0(tmp_path):
    (tmp_path / "m.xml").write_text(RATIO)
    for table, code in (("c\n0\n", 1), ("c\n0\n1\n", 0)):
        (tmp_path / "t.csv").write_text(table)
        words = ["run", str(tmp_path / "m.xml"), "--until", "1", "--lanes", str(tmp_path / "t.csv")]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == code
        assert ("every simulation failed" in done.stderr) == (code == 1)
