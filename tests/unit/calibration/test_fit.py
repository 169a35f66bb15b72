"""Searches, profiles, samples and their files."""

# ruff: noqa: E501 - one problem on one line reads best

import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

from jakstat.biology.ensemble import read_ensemble
from jakstat.calibration.convergence import effective_size, split_r_hat
from jakstat.calibration.ensemble_file import ensemble_bytes, write_ensemble
from jakstat.calibration.load import load_problem
from jakstat.calibration.multistart import fit
from jakstat.calibration.objective import Evaluation, Objective
from jakstat.calibration.profile import profiles
from jakstat.calibration.sample import Sample, sample
from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.store import manifest
from petab_problems import V1, write

pytestmark = pytest.mark.usefixtures("documents_read_once")


@pytest.fixture
def objective(tmp_path):
    (tmp_path / "p").mkdir()
    return Objective(load_problem(write(tmp_path / "p", V1)))


def vectors(found):
    return [s.found.x.tolist() for s in found.starts]


def test_searches_find_the_same_best_and_the_same_bits(objective):
    a, b = fit(objective, starts=4, seed=7), fit(objective, starts=4, seed=7)
    assert vectors(a) == vectors(b)
    assert a.agreeing(1e-3) == 4
    assert np.abs(objective.local(a.best.found.x).gradient).max() < 1e-2
    assert vectors(fit(objective, starts=4, seed=8)) != vectors(a)


def test_a_stopped_fit_goes_on_with_nothing_lost(objective, tmp_path):
    whole = fit(objective, starts=3, seed=7)

    def stop(done, _best):
        if done == 2:
            raise KeyboardInterrupt

    first = fit(objective, starts=3, seed=7, folder=tmp_path / "s", progress=stop)
    assert first.interrupted
    assert len(first.starts) == 2
    counted = []
    second = fit(objective, starts=3, seed=7, folder=tmp_path / "s", progress=lambda d, _: counted.append(d))
    assert counted == [2, 3]  # nothing is done twice
    assert vectors(second) == vectors(whole)
    with pytest.raises(InputError) as caught:
        fit(objective, starts=3, seed=9, folder=tmp_path / "s")
    assert caught.value.problems[0].code == "store.other"


def test_verdicts(tmp_path):
    # "far" cannot be seen in the data; "sum" and k are; "little" has only an upper limit
    parameters = [*V1["parameters.tsv"][:2], "little log10 1e-6 1e2 1e-4 1", "far log10 1e-3 1e3 1 1"]
    o = Objective(load_problem(write(
        tmp_path, V1, parameters__tsv=parameters,
        observables__tsv=["observableId observableFormula noiseFormula", "obs A+little+0*far 0.2"],
        measurements__tsv=["observableId simulationConditionId measurement time", "obs low 10 0", "obs low 6.06 1", "obs low 0.05 9"],
    )))  # fmt: skip
    best = fit(o, starts=3, seed=1).best.found.x
    found = {p.name: p for p in profiles(o, best)}
    assert {n: p.verdict for n, p in found.items()} == {
        "k": "identified",
        "little": "one-sided",
        "far": "flat",
    }
    low, high = (10**v for v in found["k"].interval)
    sd = 0.2 / (10 * math.exp(-0.5))  # of k, from the point at 1 h
    assert (high - low) / 2 == pytest.approx(1.96 * sd, rel=0.15)
    assert "no measurement of this kind" in found["far"].sentence
    assert found["little"].helpful.observable == "obs"
    assert found["little"].interval[0] == -math.inf


class Gaussian:
    """A posterior with known means and standard deviations."""

    names = ("a", "b")
    mean, sd = np.array([1.0, -2.0]), np.array([0.5, 3.0])

    def evaluate(self, x):
        cost = 0.5 * (((x - self.mean) / self.sd) ** 2).sum(axis=1)
        empty = np.zeros((len(x), 0))
        return Evaluation(cost, cost, cost, empty, empty, empty, {})


@pytest.mark.long
def test_samples_have_the_moments_of_the_posterior():
    wide = (np.full(2, -50.0), np.full(2, 50.0))
    found = sample(Gaussian(), Gaussian.mean, wide, vectors=2000, seed=3, sweeps=4000)
    assert found.converged, (found.r_hat, found.effective)
    assert found.vectors.mean(axis=0) == pytest.approx(Gaussian.mean, abs=0.25)
    assert found.vectors.std(axis=0) == pytest.approx(Gaussian.sd, rel=0.08)
    again = sample(Gaussian(), Gaussian.mean, wide, vectors=2000, seed=3, sweeps=4000)
    assert again.vectors.tobytes() == found.vectors.tobytes()


def test_a_start_without_a_finite_cost_is_refused():
    """emcee would let the walkers stand where they are, without a word."""

    class Impossible(Gaussian):
        def evaluate(self, x):
            cost = np.full(len(x), np.inf)
            empty = np.zeros((len(x), 0))
            return Evaluation(cost, cost, cost, empty, empty, empty, {})

    bounds = (np.array([-9.0, -9.0]), np.array([9.0, 9.0]))
    with pytest.raises(InputError) as raised:
        sample(Impossible(), Gaussian.mean, bounds, vectors=10, seed=1, sweeps=10)
    assert [p.code for p in raised.value.problems] == ["sample.start"]


def test_samples_stay_within_bounds():
    found = sample(Gaussian(), Gaussian.mean, (np.array([0.9, -3.0]), np.array([9.0, 0.0])), vectors=500, seed=3, sweeps=600)  # fmt: skip
    assert (found.vectors >= [0.9, -3.0]).all()
    assert (found.vectors <= [9.0, 0.0]).all()


def test_chains_that_disagree_are_told():
    draws = np.random.default_rng(1).normal(size=(4, 400))
    assert split_r_hat(draws) < 1.01
    assert split_r_hat(draws + np.array([0, 0, 0, 2])[:, None]) > 1.1
    slow = np.cumsum(draws, axis=1)
    assert effective_size(slow) < 60


def small_sample():
    x = np.array([[0.1, 2.0], [0.2, 3.0]])
    one = np.ones(2)
    return Sample(("k", "b"), x, np.array([5.0, 6.0]), one, one, 0.3, 4, 10, 1)


def test_ensemble_file_reads_back(tmp_path):
    made = manifest("ensemble", {"seed": 1})
    place = write_ensemble(small_sample(), ("log10", "lin"), made, tmp_path / "e.npz")
    found = read_ensemble(place)
    assert found.values()["k"] == pytest.approx(10 ** np.array([0.1, 0.2]), rel=1e-6)
    assert found.values(1)["b"].tolist() == [2.0]
    assert found.manifest["inputs"] == {"seed": 1}
    assert place.read_bytes() == ensemble_bytes(small_sample(), ("log10", "lin"), made)


@pytest.mark.parametrize("spoil", [lambda d: d[:-40], lambda d: b"not a file", lambda d: d.replace(b"vectors", b"vectorz")])  # fmt: skip
def test_spoiled_ensemble_is_refused(spoil, tmp_path):
    place = tmp_path / "e.npz"
    place.write_bytes(spoil(ensemble_bytes(small_sample(), ("log10", "lin"), manifest("ensemble", {}))))
    with pytest.raises(InputError) as caught:
        read_ensemble(place)
    assert caught.value.problems[0].code == "ensemble.form"


def test_the_command(tmp_path):
    place = write(tmp_path, V1)
    options = ["fit", str(place), "--starts", "2", "--out", str(tmp_path / "out"), "--json"]
    run = CliRunner().invoke(app, [*options, "--profiles", "--sample", "50", "--sweeps", "40"])
    assert run.exit_code == 0, run.output
    document = json.loads(run.stdout)
    assert document["complete"]
    assert {p["verdict"] for p in document["profiles"]} == {"identified"}
    assert document["best"]["chi2_by_observable"].keys() == {"obs_A", "obs_B"}
    assert document["sample"]["vectors"] == 50
    assert len(read_ensemble(tmp_path / "out" / "ensemble.npz")) == 50
    for name in ("waterfall.png", "residuals.png", "profiles.png", "fit.json"):
        assert (tmp_path / "out" / name).stat().st_size > 1000
    written = CliRunner().invoke(app, ["fit", str(tmp_path / "out" / "petab" / "problem.yaml"), "--starts", "0", "--json"])  # fmt: skip
    assert json.loads(written.stdout)["log_likelihood"] == pytest.approx(
        document["best"]["log_likelihood"], rel=1e-9
    )
    assert CliRunner().invoke(app, options).exit_code == 2  # without --resume
    again = CliRunner().invoke(app, [*options, "--resume"])
    assert json.loads(again.stdout)["costs"] == document["costs"]


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        (["--starts", "0", "--profiles"], "option.alone", "--profiles"),
        (["--starts", "0", "--sample", "5"], "option.alone", "--sample"),
        (["--starts", "0", "--out", "there"], "option.alone", "--out"),
        (["--sweeps", "3"], "count.range", "--sweeps"),
        (["--sample", "1000", "--sweeps", "10"], "count.range", "--sample"),
    ],
)
def test_options_are_checked_before_a_search_begins(options, code, field, tmp_path, monkeypatch):
    place = write(tmp_path, V1)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["fit", str(place), "--json", *options])
    assert done.exit_code == 2
    assert [(p["code"], p["field"]) for p in json.loads(done.stdout)["problems"]] == [(code, field)]
    assert not (tmp_path / "problem-fit").exists()


def test_a_problem_with_nothing_to_estimate_or_no_bounds_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fixed = [line.removesuffix(" 1") + " 0" if line.endswith(" 1") else line for line in V1["parameters.tsv"]]
    endless = [line.replace("log10 0.01 10", "lin -inf inf") for line in V1["parameters.tsv"]]
    for table, code in ((fixed, "fit.nothing"), (endless, "fit.bounds")):
        done = CliRunner().invoke(app, ["fit", str(write(tmp_path, V1, parameters__tsv=table)), "--json"])
        assert done.exit_code == 2
        assert json.loads(done.stdout)["problems"][0]["code"] == code
        assert not (tmp_path / "problem-fit").exists()


def test_a_likelihood_that_is_no_number_is_no_success(tmp_path, monkeypatch):
    """log of a negative concentration; the likelihood at the nominal values does not exist."""
    monkeypatch.chdir(tmp_path)
    observables = ["observableId observableFormula noiseFormula", "obs_A ln(0-A) sd", "obs_B B 0.3"]
    measurements = [line.rsplit(" ", 1)[0] for line in V1["measurements.tsv"]]
    place = write(tmp_path, V1, observables__tsv=observables, measurements__tsv=measurements)
    done = CliRunner().invoke(app, ["fit", str(place), "--starts", "0", "--json"])
    assert json.loads(done.stdout)["log_likelihood"] is None
    assert done.exit_code == 1
    done = CliRunner().invoke(app, ["fit", str(place), "--starts", "1", "--json"])
    assert json.loads(done.stdout)["best"] is None
    assert done.exit_code == 1


@pytest.mark.long
def test_no_bit_of_an_ensemble_can_change_a_number_unseen(tmp_path):
    """Refused, or (names, times and flags of the archive that say nothing) read as it was written."""
    good = ensemble_bytes(small_sample(), ("log10", "lin"), manifest("ensemble", {"seed": 1}))
    place = tmp_path / "e.npz"
    place.write_bytes(good)
    right, refused = read_ensemble(place), 0
    for at in range(len(good)):
        for bit in range(8):
            place.write_bytes(good[:at] + bytes([good[at] ^ (1 << bit)]) + good[at + 1 :])
            try:
                found = read_ensemble(place)
            except InputError as error:
                assert error.problems[0].code == "ensemble.form"
                refused += 1
                continue
            assert (found.names, found.scales, found.manifest) == (right.names, right.scales, right.manifest)
            assert np.array_equal(found.vectors, right.vectors)
            assert np.array_equal(found.cost, right.cost)
    assert refused > 4 * len(good)
