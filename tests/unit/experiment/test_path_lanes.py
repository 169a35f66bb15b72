import csv
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import small_models as sm
from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.experiment.model_run import RunOptions, plan_run, run_table
from jakstat.experiment.path_lanes import PathOptions

BIRTH_AND_DEATH = sm.model(
    species=[sm.species("X", 100.0)],
    parameters=[sm.parameter("birth", 10.0), sm.parameter("death", 0.1)],
    reactions=[sm.reaction("make", "", "X", "c*birth"), sm.reaction("lose", "X", "", "c*death*X")],
)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.xml"
    path.write_text(BIRTH_AND_DEATH)
    return path


def options(paths, **changes):
    return RunOptions(50.0, 6, paths=PathOptions(paths, seed=3), **changes)


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def test_immigration_and_death_ends_in_its_poisson_distribution(model):
    """Mean and variance are both birth / death = 100 (Poisson); bounds are 4 standard errors."""
    report = run_table(plan_run(model, options(200)))
    spread = report.tally.spreads["X"]
    assert spread.count == 200
    assert abs(spread.mean - 100.0) < 4 * 10.0 / np.sqrt(200)
    assert abs(spread.sd**2 - 100.0) < 4 * 100.0 * np.sqrt(2 / 199)


def test_a_path_is_the_same_whatever_their_number_pieces_and_threads(model, tmp_path):
    kept = []
    for name, count, piece, threads in (("a", 24, 24, 1), ("b", 7, 3, 1), ("c", 24, 10, 3)):
        out = tmp_path / f"{name}.csv"
        run_table(plan_run(model, options(count, threads=threads), piece=piece), out)
        kept.append([(r["lane"], r["time"], r["X"]) for r in rows(out) if int(r["lane"]) < 7])
    assert kept[0] == kept[1] == kept[2]
    assert len({x for lane, time, x in kept[0] if time == "50"}) > 3


def test_an_interrupted_run_of_paths_is_gone_on_with(model, tmp_path):
    whole, broken = tmp_path / "whole.zarr", tmp_path / "broken.zarr"
    plan = plan_run(model, options(12), piece=4)
    run_table(plan, whole)

    def stop(done):
        if done == 4:
            raise KeyboardInterrupt

    assert run_table(plan, broken, progress=stop).interrupted
    assert run_table(plan, broken, resume=True).complete
    import xarray as xr

    with xr.open_zarr(whole) as a, xr.open_zarr(broken) as b:
        assert a["X"].shape == (12, 6)
        assert np.array_equal(a["X"].values, b["X"].values)


def test_summaries_of_paths(model):
    report = run_table(plan_run(model, options(5, reduce=("max", "final"))))
    assert set(report.tally.spreads) == {"max_X", "final_X"}
    assert report.tally.spreads["max_X"].mean > report.tally.spreads["final_X"].mean


def test_the_unit_of_amount_says_how_many_particles_it_is(tmp_path):
    unit = (
        '<unitDefinition id="u"><listOfUnits>'
        '<unit kind="mole" exponent="1" scale="-21" multiplier="1"/></listOfUnits></unitDefinition>'
    )
    listed = sm.listed("UnitDefinitions", [unit])
    text = BIRTH_AND_DEATH.replace("<listOfCompartments>", listed + "<listOfCompartments>")
    text = text.replace("<species ", '<species substanceUnits="u" ')
    path = tmp_path / "zmol.xml"
    path.write_text(text)
    run = plan_run(path, RunOptions(0.01, 2, paths=PathOptions(3)))
    assert run.options.paths.per_amount == pytest.approx(602.214076, rel=1e-11)
    spread = run_table(run).tally.spreads["X"]
    particles = np.array([spread.low, spread.high]) * 602.214076
    assert np.allclose(particles, np.round(particles), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--seed", "1"], "option.alone"),
        (["--per-amount", "2"], "option.alone"),
        (["--paths", "3", "--rtol", "1e-3"], "option.alone"),
        (["--paths", "0"], "count.range"),
        (["--paths", "3", "--seed", "-1"], "seed.range"),
        (["--paths", "3", "--method", "BDF"], "method.unknown"),
        (["--paths", "3", "--per-amount", "0"], "count.range"),
        (["--method", "ssa"], "method.unknown"),
    ],
)
def test_what_paths_cannot_be_asked_for(model, arguments, code):
    found = CliRunner().invoke(app, ["run", str(model), "--until", "5", *arguments])
    assert found.exit_code == 2
    assert f"[{code}]" in found.output


def test_paths_of_a_table_and_of_models_with_rate_rules_are_refused(model, tmp_path):
    table = tmp_path / "lanes.csv"
    table.write_text("birth\n1\n")
    with pytest.raises(InputError) as caught:
        plan_run(model, options(3), lanes=table)
    assert caught.value.problems[0].code == "option.clash"
    ruled = tmp_path / "ruled.xml"
    ruled.write_text(sm.model(parameters=[sm.parameter("x", 1.0, False)], rules=[sm.rule("rate", "x", "1")]))
    with pytest.raises(InputError) as caught:
        plan_run(ruled, options(3))
    assert caught.value.problems[0].code == "stochastic.rate_rules"


def test_the_command_says_what_was_drawn(model):
    found = CliRunner().invoke(
        app,
        ["run", str(model), "--until", "5", "--paths", "4", "--seed", "9", "--json"],
        catch_exceptions=False,
    )
    said = json.loads(found.stdout)
    assert said["paths"] == {"paths": 4, "seed": 9, "per_amount": 1.0, "method": "ssa"}
    assert said["statistics"]["X"]["lanes"] == 4


def test_amounts_that_are_masses_count_no_particles(tmp_path):
    unit = (
        '<unitDefinition id="u"><listOfUnits>'
        '<unit kind="gram" exponent="1" scale="0" multiplier="1"/></listOfUnits></unitDefinition>'
    )
    listed = sm.listed("UnitDefinitions", [unit])
    text = BIRTH_AND_DEATH.replace("<listOfCompartments>", listed + "<listOfCompartments>")
    path = tmp_path / "gram.xml"
    path.write_text(text.replace("<species ", '<species substanceUnits="u" '))
    with pytest.raises(InputError) as caught:
        plan_run(path, RunOptions(0.01, 2, paths=PathOptions(3)))
    [problem] = caught.value.problems
    assert (problem.code, problem.message, problem.field) == (
        "unit.clash",
        "amounts are in g",
        "--per-amount",
    )
    said = plan_run(path, RunOptions(0.01, 2, paths=PathOptions(3, per_amount=2.0)))
    assert said.options.paths.per_amount == 2.0
