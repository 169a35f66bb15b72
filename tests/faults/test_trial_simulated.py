"""The real chunk of a trial, killed and gone on with: the same bytes for any number of workers."""

import os
import signal
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from jakstat.trial import trial_run
from jakstat.trial.run_record import check_run, read_record
from jakstat.trial.trial_file import read_trial
from jakstat.trial.trial_run import run_trial
from trial_fakes import content

pytestmark = pytest.mark.long

TRIAL = {
    "trial": "sorafenib against placebo",
    "population": "sharp",
    "patients": 140,
    "seed": 1,
    "arms": {"placebo": {}, "sorafenib": {"regimen": ["sorafenib 400 mg PO BID"]}},
    "visits": {"every": "6w", "until": "18w"},
    "endpoints": ["OS", "TTP"],
    "primary": "OS",
    "courses": 3,
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return run_trial(read_trial(TRIAL), tmp_path_factory.mktemp("trial") / "plain", workers=1)


@pytest.mark.parametrize("workers", [2, 4])
def test_any_number_of_workers_and_a_killed_one_give_the_same_bytes(plain, tmp_path, monkeypatch, workers):
    crew, real = [], trial_run.LocalWorkers
    monkeypatch.setattr(trial_run, "LocalWorkers", lambda *a, **k: crew.append(real(*a, **k)) or crew[-1])

    def kill(done, _):
        if done == 1:
            os.kill(crew[0].processes[-1], signal.SIGKILL)

    place = run_trial(read_trial(TRIAL), tmp_path / "o", workers=workers, on_chunk=kill)
    assert content(place) == content(plain)
    assert read_record(place).withheld == ()


def test_an_interrupted_trial_is_gone_on_with(plain, tmp_path):
    def interrupt(done, _):
        if done == 1:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_trial(read_trial(TRIAL), tmp_path / "o", workers=1, on_chunk=interrupt)
    state = check_run(str(tmp_path / "o"))
    assert (state.done, state.chunks, state.damage) == (1, 3, ())
    assert content(run_trial(read_trial(TRIAL), tmp_path / "o", workers=2, resume=True)) == content(plain)


def test_other_patients_do_not_change_a_patient(plain, tmp_path):
    """The first patients of a larger trial are those of a smaller one, to the last bit."""
    few = replace(read_trial({**TRIAL, "patients": 70}), size=140)
    place = run_trial(few, tmp_path / "o", workers=1)
    for name in ("patients", "visits"):
        many, own = (pq.read_table(p.local / f"{name}.parquet").to_pandas() for p in (plain, place))
        assert many[many["patient"] < 70].reset_index(drop=True).equals(own)
