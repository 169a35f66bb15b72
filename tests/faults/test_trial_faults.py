"""A trial's run under faults: workers that die, a full disk, damaged chunks, stops: the same comes out."""

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import trial_fakes as tf
from jakstat.errors import InputError
from jakstat.store import locked
from jakstat.trial import trial_run
from jakstat.trial.chunk_queue import ChunkPart
from jakstat.trial.chunk_work import ChunkWork, Ended
from jakstat.trial.run_record import check_run, read_record
from jakstat.trial.trial_run import TrialWorkers
from jakstat.trial.workers import LocalWorkers
from trial_fakes import content, ran

COMMAND = [sys.executable, str(Path(__file__).parent / "trial_command.py")]
WHERE = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


LONG = tf.design(patients=500, name="1.0")
MANY = tf.design(patients=800, name="1.0")
"""Thirteen chunks: a worker can die behind each of ten of them."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrialWorkers, "started", lambda self, work: tf.AtOnce(work))
        return ran(tmp_path_factory.mktemp("trial") / "plain", LONG)


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(TrialWorkers, "started", lambda self, work: tf.AtOnce(work))


@pytest.fixture
def crew(monkeypatch):
    """The worker processes of the run that is started next."""
    made, plain = [], trial_run.LocalWorkers
    monkeypatch.setattr(trial_run, "LocalWorkers", lambda *a, **k: made.append(plain(*a, **k)) or made[-1])
    return made


@pytest.mark.long
@pytest.mark.parametrize("times", [3, 10])
def test_workers_killed_at_random(tmp_path, crew, times):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrialWorkers, "started", lambda self, work: tf.AtOnce(work))
        plain = ran(tmp_path / "plain", MANY)
    rng, killed = random.Random(times), []

    def kill(*_):
        if len(killed) < times:
            killed.append(rng.choice(crew[0].processes))
            os.kill(killed[-1], signal.SIGKILL)

    place = ran(tmp_path / "o", MANY, run_chunk=tf.slow, workers=2, on_chunk=lambda done, _: done and kill())
    assert len(killed) == times
    assert content(place) == content(plain)


def hurt(out, kind, *more, patients=66, **how):
    plan = tf.design(patients=patients, name=" ".join([kind, *more]))
    return ran(out, plan, run_chunk=tf.hurtful, **how)


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("die", "died"),
        ("raise", "error ZeroDivisionError"),
        pytest.param("memory", "memory", marks=pytest.mark.long),
    ],
)
def test_a_patient_who_ends_every_worker_is_withheld_and_named(tmp_path, kind, reason):
    place = hurt(tmp_path / "o", kind, "65", workers=1)
    assert [(w.patient, w.reason) for w in read_record(place).withheld] == [(65, reason)]
    rows = pq.read_table(place.local / "patients.parquet").to_pandas()
    assert rows["patient"].tolist() == [k for k in range(66) for _ in tf.ARMS]
    left = rows[rows["failed"] == "QUARANTINED"]
    assert left["patient"].tolist() == [65, 65]
    assert left["OS_h"].isna().all()
    assert rows["OS_h"].notna().sum() == 2 * 65
    assert set(pq.read_table(place.local / "visits.parquet")["patient"].to_pylist()) == set(range(65))
    assert check_run(str(place)).complete


@pytest.mark.long
def test_some_patients_of_a_whole_chunk_are_found(tmp_path):
    place = hurt(tmp_path / "o", "die", "3,70,128", patients=140, workers=2)
    assert [w.patient for w in read_record(place).withheld] == [3, 70, 128]


@pytest.mark.long
def test_a_worker_that_hangs_is_replaced():
    plan = tf.design(patients=2, name="hang 0")
    workers = LocalWorkers(ChunkWork(tf.hurtful, plan), 1, wall_limit=0.5)
    try:
        found, hung = [], ChunkPart(0, (0,))
        workers.submit(hung, tf.given(2, 1).take([0]))
        (first,) = workers.processes
        while not found:
            found = workers.ended(0.2)
        assert found == [Ended(hung, failure="timeout")]
        workers._limit = 600.0
        workers.submit(ChunkPart(0, (1,)), tf.given(2, 1).take([1]))
        assert workers.processes != (first,)
        while not (found := workers.ended(0.2)):
            pass
        assert found[0].data
    finally:
        workers.close()
    assert workers.processes == ()


@pytest.mark.long
def test_two_deaths_of_a_chunk_leave_no_trace(tmp_path):
    (tmp_path / "seen").mkdir()
    place = hurt(tmp_path / "o", "twice", "3", str(tmp_path / "seen"), patients=4)
    assert len(list((tmp_path / "seen").iterdir())) == 2
    assert read_record(place).withheld == ()
    unhurt = hurt(tmp_path / "p", "twice", "", "x", patients=4)
    tables = [pq.read_table(p.local / "patients.parquet").replace_schema_metadata() for p in (place, unhurt)]
    assert tables[0].equals(tables[1])


@pytest.mark.usefixtures("at_once")
def test_an_error_of_every_patient_ends_the_run_with_its_words(tmp_path):
    with pytest.raises(InputError, match="ZeroDivisionError: a number of the patient") as caught:
        hurt(tmp_path / "o", "raise", "0,1,2,3", patients=4)
    assert caught.value.problems[0].code == "trial.chunk"


@pytest.mark.usefixtures("at_once")
def test_a_worker_with_other_code_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tf, "deciding_source", lambda: "0" * 64)
    with pytest.raises(InputError, match="another version of the code"):
        ran(tmp_path / "o", tf.design(patients=3))


def test_workers_that_cannot_start_end_the_run(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("jakstat.trial.workers._START", "raise SystemExit('no such module')")
    with pytest.raises(InputError, match="end as soon as they start") as caught:
        ran(tmp_path / "o", tf.design(patients=3))
    assert caught.value.problems[0].code == "trial.worker"
    assert "no such module" in capfd.readouterr().err


class Command:
    """The trial in a process of its own, with what it starts."""

    def __init__(self, out, *more, seconds="1.0", patients=500, workers=2):
        words = [str(out), str(patients), seconds, str(workers), *more]
        self.process = subprocess.Popen(
            [*COMMAND, *words], env=WHERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    def until(self, chunks):
        for line in self.process.stdout:
            if int(line.split()[0]) >= chunks:
                return self
        raise AssertionError(self.process.stderr.read())

    def ended(self):
        """Exit code, once no process of it is left."""
        said = self.process.communicate(timeout=60)[1]
        assert "Traceback" not in said
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return self.process.returncode
            time.sleep(0.05)
        raise AssertionError("workers live on")


@pytest.mark.long
@pytest.mark.parametrize(
    ("number", "code", "group"),
    [
        (signal.SIGKILL, -9, False),
        (signal.SIGINT, 130, True),
        (signal.SIGTERM, 143, True),
        (signal.SIGTERM, 143, False),
    ],
)
def test_a_run_that_is_ended_is_gone_on_with_to_the_same_bytes(plain, tmp_path, number, code, group):
    """As a terminal does it, Ctrl-C reaches the workers too."""
    command = Command(tmp_path / "o").until(2)
    (os.killpg if group else os.kill)(command.process.pid, number)
    assert command.ended() == code
    state = check_run(str(tmp_path / "o"))
    assert not state.damage
    assert 2 <= state.done < state.chunks == 8
    if number != signal.SIGKILL:  # what was under way is kept, and the record knows
        assert state.record.done == state.done
        assert not state.record.complete
    place = ran(tmp_path / "o", LONG, workers=2, resume=True)
    assert content(place) == content(plain)


@pytest.mark.long
def test_a_second_interrupt_does_not_wait(tmp_path):
    command = Command(tmp_path / "o", seconds="60", patients=70).until(0)
    time.sleep(0.5)
    started = time.monotonic()
    for _ in range(2):
        os.kill(command.process.pid, signal.SIGINT)
        time.sleep(0.5)
    assert command.ended() == 130
    assert time.monotonic() - started < 50
    assert not check_run(str(tmp_path / "o")).damage


@pytest.mark.usefixtures("at_once")
def test_a_second_run_on_one_folder_is_refused(tmp_path):
    with locked(tmp_path / "o"), pytest.raises(InputError, match=f"process {os.getpid()}") as caught:
        ran(tmp_path / "o", tf.design(patients=3))
    assert caught.value.problems[0].code == "file.busy"
    assert not (tmp_path / "o").exists()


@pytest.mark.usefixtures("at_once")
def test_a_place_that_cannot_be_written_is_refused():
    with pytest.raises(InputError, match="cannot write"):
        ran("/proc/trial/o", tf.design(patients=3))


FEW = tf.design(patients=130, courses=1)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrialWorkers, "started", lambda self, work: tf.AtOnce(work))
        return ran(tmp_path_factory.mktemp("trial") / "few", FEW)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("call", ["fsync", "replace", "rename"])
@pytest.mark.parametrize("number", [errno.ENOSPC, pytest.param(errno.EIO, marks=pytest.mark.long)])
def test_a_disk_that_fails_at_any_call_leaves_nothing_half(few, tmp_path, monkeypatch, call, number):
    real, calls = getattr(os, call), []

    def failing(*given, **named):
        calls.append(given)
        if len(calls) == at:
            raise OSError(number, os.strerror(number))
        return real(*given, **named)

    monkeypatch.setattr(os, call, failing)
    at = 0
    ran(tmp_path / "count", FEW)
    every, failed = len(calls), 0
    assert every >= 8 or call == "rename"  # two manifests, three chunks, three tables
    for at in range(1, every + 1):
        calls.clear()
        out = tmp_path / f"o{at}"
        with pytest.raises(InputError) as caught:
            ran(out, FEW)
        failed += 1
        (found,) = caught.value.problems
        assert found.code == "file.write"
        assert ("free some space" in found.hint) == (number == errno.ENOSPC)
        assert not list(out.rglob(".*"))
        if (out / "chunks" / "manifest.json").exists():
            assert not check_run(str(out)).damage
        assert content(ran(out, FEW, resume=True)) == content(few)
    assert failed == every


def swap(one, other):
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


DAMAGES = {
    "flipped": (lambda c: flip(c / "chunk-000001"), {1}),
    "cut": (lambda c: (c / "chunk-000001").write_bytes((c / "chunk-000001").read_bytes()[:-7]), {1}),
    "empty": (lambda c: (c / "chunk-000001").write_bytes(b""), {1}),
    "missing": (lambda c: (c / "chunk-000001").unlink(), {1}),
    "doubled": (lambda c: shutil.copy(c / "chunk-000002", c / "chunk-000001"), {1}),
    "swapped": (lambda c: swap(c / "chunk-000001", c / "chunk-000002"), {1, 2}),
}


@pytest.fixture
def copied(few, tmp_path):
    shutil.copytree(few.local, tmp_path / "o")
    return tmp_path / "o"


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_chunk_is_found_and_only_that_one_is_computed_anew(few, copied, name, monkeypatch):
    spoil, chunks = DAMAGES[name]
    spoil(copied / "chunks")
    state = check_run(str(copied))
    assert {d.chunk for d in state.damage} == chunks
    assert not state.complete
    done = []
    plain = tf.AtOnce.submit
    monkeypatch.setattr(
        tf.AtOnce, "submit", lambda self, part, p: done.append(part.chunk) or plain(self, part, p)
    )
    ran(copied, FEW, resume=True)
    assert set(done) == chunks
    assert content(ran(copied, FEW, resume=True)) == content(few)


@pytest.mark.usefixtures("at_once")
def test_a_chunk_of_another_run_is_found(few, copied, tmp_path):
    other = ran(tmp_path / "p", tf.design(patients=130, courses=1, seed=2))
    shutil.copy(other.local / "chunks" / "chunk-000001", copied / "chunks" / "chunk-000001")
    assert [(d.chunk, d.what) for d in check_run(str(copied)).damage] == [(1, "damaged")]
    assert content(ran(copied, FEW, resume=True)) == content(few)


@pytest.mark.usefixtures("at_once")
def test_every_file_of_a_run_can_be_spoilt_or_lost(few, copied):
    good = content(few)
    for name in good:
        for spoil in (flip, Path.unlink):
            spoil(copied / name)
            found = {d.file for d in check_run(str(copied)).damage}
            assert name in found or name == "manifest.json", (name, found)
            assert not check_run(str(copied)).complete
            ran(copied, FEW, resume=True)
            assert content(ran(copied, FEW, resume=True)) == good, name
