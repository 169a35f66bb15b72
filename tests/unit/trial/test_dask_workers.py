"""The same chunks on a Dask cluster: the same bytes, the same patients withheld; what is said without one."""

import os
import sys

import pytest

import trial_fakes as tf
from jakstat.errors import InputError
from jakstat.trial.run_record import check_run, read_record
from jakstat.trial.trial_run import TrialWorkers
from trial_fakes import content, ran

distributed = pytest.importorskip("distributed")
PLAN = tf.design(patients=200)


@pytest.fixture(scope="module")
def cluster():
    import dask

    where = {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.nanny.pre-spawn-environ": where}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as made,
    ):
        yield made


@pytest.fixture
def dask_crew(cluster):
    return TrialWorkers(dask=cluster.scheduler_address)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # of the library, about its own sockets
def test_a_cluster_gives_the_same_bytes(tmp_path, dask_crew):
    plain = ran(tmp_path / "plain", PLAN)
    assert content(ran(tmp_path / "o", PLAN, workers=dask_crew)) == content(plain)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_patient_who_ends_workers_of_a_cluster_is_withheld(tmp_path, dask_crew):
    plan = tf.design(patients=66, name="die 65")
    place = ran(tmp_path / "o", plan, run_chunk=tf.hurtful, workers=dask_crew)
    assert [(w.patient, w.reason) for w in read_record(place).withheld] == [(65, "died")]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_is_lost_is_named_and_the_run_gone_on_with(tmp_path):
    where = {"PYTHONPATH": os.pathsep.join(sys.path)}
    import dask

    with dask.config.set(
        {"distributed.nanny.pre-spawn-environ": where, "distributed.comm.timeouts.connect": "3s"}
    ):
        cluster = distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        )
        plan = tf.design(patients=260, name="0.2")
        with pytest.raises(InputError, match="--resume") as caught:
            ran(
                tmp_path / "o", plan, run_chunk=tf.slow, workers=TrialWorkers(dask=cluster.scheduler_address),
                on_chunk=lambda done, _: done == 2 and cluster.close(),
            )  # fmt: skip
    assert caught.value.problems[0].code == "trial.dask"
    assert check_run(str(tmp_path / "o")).done >= 2
    again = ran(tmp_path / "o", plan, resume=True)
    assert content(again) == content(ran(tmp_path / "p", plan))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_whose_workers_are_gone_is_not_waited_for_without_end(tmp_path, monkeypatch):
    import dask

    monkeypatch.setattr("jakstat.trial.dask_workers._ALONE", 2.0)
    monkeypatch.setattr("jakstat.trial.dask_workers._LOOK_AGAIN", 0.2)
    where = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with (
        dask.config.set({"distributed.nanny.pre-spawn-environ": where}),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster,
        pytest.raises(InputError, match="all its workers ended") as caught,
    ):
        ran(
            tmp_path / "o", tf.design(patients=260, name="0.2"), run_chunk=tf.slow,
            workers=TrialWorkers(dask=cluster.scheduler_address),
            on_chunk=lambda done, _: done == 2 and cluster.scale(0),
        )  # fmt: skip
    assert caught.value.problems[0].code == "trial.dask"
    assert check_run(str(tmp_path / "o")).done >= 2


def test_nobody_at_the_address_is_named(monkeypatch):
    monkeypatch.setattr("jakstat.trial.dask_workers._ANSWERS", 1.0)
    with pytest.raises(InputError, match="no scheduler answers") as caught:
        TrialWorkers(dask="tcp://127.0.0.1:9").started(None)
    assert caught.value.problems[0].code == "trial.dask"


def test_without_dask_the_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'jakstat\[dask\]'"):
        TrialWorkers(dask="tcp://127.0.0.1:9").started(None)


def test_dask_is_not_loaded_unless_it_is_asked_for():
    import subprocess

    words = (
        "import sys, jakstat.trial.trial_run; sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    )
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", words], env=where, check=False).returncode == 0
