"""Jobs: their row, their ends, and that neither a closed nor a killed server loses one.

The commands are small programs here; that the command line is what runs is the matter of test_job_process.
"""

import json
import sys
import time

import pytest

from jakstat.errors import InputError
from jakstat.lab import jobs as module
from jakstat.lab.job_records import JobRecord, JobStore
from jakstat.lab.jobs import Jobs
from jakstat.lab.lab_folder import opened_folder
from jakstat.lab.lab_questions import EvidenceQuestion, PatientQuestion
from jakstat.lab.uploads import Uploads

KEYS = [letter * 64 for letter in "abcdef"]
ANSWER = {"value": 0.1, "notice": "n"}
SAYS = f"print({json.dumps(json.dumps(ANSWER))})"
WAITS = "import time, pathlib\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)\n"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAITS
PLACES = dict.fromkeys(("file", "line", "column"))
REFUSED = {"code": "dose.negative", "message": "dose is -1", **PLACES, "field": "--drug", "hint": ""}
REFUSES = f"print({json.dumps(json.dumps({'problems': [REFUSED]}))})\nraise SystemExit(2)"


@pytest.fixture
def programs(monkeypatch):
    """Programs by what the question says in its field ``until``; run as jobs are, under their lock."""
    known = {"says": SAYS, "waits": WAITS + SAYS, "stubborn": STUBBORN + SAYS, "refuses": REFUSES,
             "breaks": "raise RuntimeError('inside')",
             "dies": "import os\nos.kill(os.getpid(), 9)"}  # fmt: skip
    real = module.start_process

    def started(words, place, progress):
        code = next(known[word] for word in words if word in known)
        monkeypatch.setattr("jakstat.lab.job_process.COMMAND", [sys.executable, "-I", "-S", "-c", code])
        return real([], place, progress)

    monkeypatch.setattr(module, "start_process", started)
    monkeypatch.setattr(module, "_LOOK_S", 0.02)
    return known


@pytest.fixture
def make(tmp_path, programs):
    """Servers on one folder; all are closed at the end."""
    made = []

    def jobs():
        folder = opened_folder(tmp_path)
        made.append(Jobs(folder, Uploads(folder), at_once=1))
        return made[-1]

    yield jobs
    for place in (tmp_path / "jobs").iterdir():
        (place / "go").touch()
    for one in made:
        one.close()


def add(jobs, key, until):
    return jobs.add(key, "patient", PatientQuestion(until=until), until)[0]


def until_state(jobs, key, *states):
    for _ in range(1500):
        found = jobs.get(key)
        if found["state"] in states:
            return found
        time.sleep(0.01)
    raise AssertionError(found)


def test_a_job_gives_the_document_that_its_command_prints(make):
    jobs = make()
    told = add(jobs, KEYS[0], "says")
    assert (told["state"], told["position"], told["command"]) == ("queued", 1, "jakstat patient --until says")
    done = until_state(jobs, KEYS[0], "done")
    assert json.loads(jobs.answer(KEYS[0])) == ANSWER
    assert done["created"] <= done["started"] <= done["ended"]


def test_the_same_question_is_the_same_job(make, tmp_path):
    jobs = make()
    add(jobs, KEYS[0], "says")
    done = until_state(jobs, KEYS[0], "done")
    assert jobs.add(KEYS[0], "patient", PatientQuestion(until="says"), "") == (done, False)
    assert len(jobs.listed()) == 1
    jobs.close()
    later = make()
    assert later.listed() == [done]
    assert json.loads(later.answer(KEYS[0])) == ANSWER


def test_jobs_wait_in_a_row_and_run_one_after_the_other(make, tmp_path):
    jobs = make()
    add(jobs, KEYS[0], "waits")
    until_state(jobs, KEYS[0], "running")
    for key in KEYS[1:3]:
        add(jobs, key, "says")
    assert [(j["state"], j["position"]) for j in jobs.listed()] == [
        ("queued", 2),
        ("queued", 1),
        ("running", 0),
    ]
    (tmp_path / "jobs" / KEYS[0] / "go").touch()
    ends = [until_state(jobs, key, "done")["ended"] for key in KEYS[:3]]
    assert ends == sorted(ends)


def test_a_short_job_does_not_wait_for_one_of_minutes(make, tmp_path, programs):
    jobs = make()
    programs["24mo"] = WAITS + SAYS  # what a trial's words hold stands for its program here
    jobs.add(KEYS[0], "evidence", EvidenceQuestion(module="24mo"), "")
    until_state(jobs, KEYS[0], "running")
    add(jobs, KEYS[1], "says")
    until_state(jobs, KEYS[1], "done")
    assert jobs.get(KEYS[0])["state"] == "running"


def test_refusals_and_faults_are_told(make):
    jobs = make()
    for key, until in zip(KEYS, ("refuses", "breaks", "says"), strict=False):
        add(jobs, key, until)
    assert until_state(jobs, KEYS[0], "failed")["problems"] == [REFUSED]
    broken = until_state(jobs, KEYS[1], "failed")["problems"][0]
    assert (broken["code"], broken["hint"]) == ("lab.job", "RuntimeError: inside")
    until_state(jobs, KEYS[2], "done")
    with pytest.raises(InputError, match="no result"):
        jobs.answer(KEYS[0])


def test_what_is_killed_from_outside_is_tried_again_and_then_fails(make):
    jobs = make()
    add(jobs, KEYS[0], "dies")
    until_state(jobs, KEYS[0], "failed")
    assert JobStore(jobs._store._folder).get(KEYS[0]).attempts == 3


def test_a_job_is_cancelled_waiting_or_running(make):
    jobs = make()
    add(jobs, KEYS[0], "waits")
    add(jobs, KEYS[1], "says")
    until_state(jobs, KEYS[0], "running")
    assert jobs.cancel(KEYS[1])["state"] == "cancelled"
    jobs.cancel(KEYS[0])
    until_state(jobs, KEYS[0], "cancelled")
    assert jobs.again(KEYS[1])["state"] in ("queued", "running", "done")
    until_state(jobs, KEYS[1], "done")
    assert jobs.cancel(KEYS[1])["state"] == "done"


def test_one_that_does_not_stop_is_ended(make, monkeypatch):
    monkeypatch.setattr(module, "_GRACE_S", 0.05)
    jobs = make()
    add(jobs, KEYS[0], "stubborn")
    until_state(jobs, KEYS[0], "running")
    time.sleep(0.3)
    jobs.cancel(KEYS[0])
    until_state(jobs, KEYS[0], "cancelled")


def test_a_closed_server_leaves_its_jobs_to_the_next(make, tmp_path):
    jobs = make()
    add(jobs, KEYS[0], "waits")
    add(jobs, KEYS[1], "says")
    until_state(jobs, KEYS[0], "running")
    jobs.close()
    assert [j.state for j in JobStore(opened_folder(tmp_path)).all()] == ["queued", "queued"]
    later = make()
    until_state(later, KEYS[0], "running")
    (tmp_path / "jobs" / KEYS[0] / "go").touch()
    until_state(later, KEYS[1], "done")
    assert until_state(later, KEYS[0], "done")["state"] == "done"


def test_a_job_outlives_a_server_that_is_killed(make, tmp_path, monkeypatch):
    jobs = make()
    add(jobs, KEYS[0], "waits")
    until_state(jobs, KEYS[0], "running")
    later = make()  # as after a kill: the first one's thread has no part in what the second reads
    process = jobs._running.pop(KEYS[0])
    assert later.get(KEYS[0])["state"] == "running"
    (tmp_path / "jobs" / KEYS[0] / "go").touch()
    until_state(later, KEYS[0], "done")
    assert later._store.get(KEYS[0]).attempts == 1
    assert process.wait(30) == 0


def test_a_job_that_was_begun_and_not_yet_noted_is_taken_over(make, tmp_path):
    jobs = make()
    add(jobs, KEYS[0], "waits")
    until_state(jobs, KEYS[0], "running")
    process = jobs._running.pop(KEYS[0])
    jobs._store.write(jobs._store.get(KEYS[0]), state="queued", started=None, attempts=0)
    jobs.close()
    later = make()
    assert later.get(KEYS[0])["state"] == "running"
    later.cancel(KEYS[0])
    until_state(later, KEYS[0], "cancelled")
    assert process.wait(30) == -15


def test_a_job_whose_process_is_gone_too_is_begun_anew(make, tmp_path):
    store = JobStore(opened_folder(tmp_path))
    question = PatientQuestion(until="says").model_dump(mode="json")
    store.write(JobRecord(KEYS[0], "patient", question, "", 1, state="running", attempts=1))
    until_state(make(), KEYS[0], "done")


def test_what_remains_is_told_from_how_it_goes(tmp_path):
    store = JobStore(opened_folder(tmp_path))
    store.write(JobRecord(KEYS[0], "patient", {}, "", 1, state="running"))
    told = {"text": "patients", "done": 30, "total": 100, "first": 10, "since": 1000.0, "now": 1020.0}
    store.progress_path(KEYS[0]).write_text(json.dumps(told))
    # 20 in 20 s, and 70 to come
    expected = {"done": 30, "total": 100, "text": "patients", "share": 0.3, "remaining_s": 70.0}
    assert store.progress(KEYS[0]) == expected
    store.progress_path(KEYS[0]).write_text(json.dumps({**told, "done": 10}))
    assert store.progress(KEYS[0])["remaining_s"] is None
    store.progress_path(KEYS[0]).write_text("{")
    assert store.progress(KEYS[0]) is None


def test_a_running_job_is_not_removed_and_another_is_with_all_that_it_kept(make, tmp_path):
    jobs = make()
    add(jobs, KEYS[0], "waits")
    add(jobs, KEYS[1], "says")
    until_state(jobs, KEYS[0], "running")
    with pytest.raises(InputError, match="runs"):
        jobs.remove(KEYS[0])
    jobs.remove(KEYS[1])
    assert not (tmp_path / "jobs" / KEYS[1]).exists()
    with pytest.raises(InputError, match="no such job"):
        jobs.get(KEYS[1])


def test_only_files_of_the_list_are_given(make, tmp_path):
    jobs = make()
    add(jobs, KEYS[0], "says")
    until_state(jobs, KEYS[0], "done")
    place = tmp_path / "jobs" / KEYS[0]
    (place / "trial").mkdir()
    (place / "trial" / "report.html").write_text("<p>")
    (place / "trial" / "secret.sh").write_text("x")
    (place / "link.html").symlink_to("/etc/hostname")
    assert jobs.get(KEYS[0])["files"] == [{"name": "report.html", "bytes": 3, "type": "html"}]
    assert jobs.file(KEYS[0], "report.html").read_text() == "<p>"
    for name in ("secret.sh", "link.html", "job.json", "lock", "../job.json", "trial/report.html"):
        with pytest.raises(InputError, match="no such file"):
            jobs.file(KEYS[0], name)


def test_strange_folders_are_no_jobs(tmp_path):
    folder = opened_folder(tmp_path)
    (folder.jobs / "x").mkdir()
    for key, text in ((KEYS[0], "{"), (KEYS[1], "[]"), (KEYS[2], '{"id": "' + KEYS[3] + '"}')):
        (folder.jobs / key).mkdir()
        (folder.jobs / key / "job.json").write_text(text)
    assert JobStore(folder).all() == ()
