"""Questions of some seconds: answered beside the server, so that no slider waits for them."""

import json
import threading

import pytest

from jakstat.errors import InputError
from jakstat.lab.lab_questions import CellQuestion, CombineQuestion, ExposureQuestion
from jakstat.lab.short_work import ShortWork
from jakstat.lab.slow_work import SlowWork
from lab_server import LabInProcess

BAND = {"parts": "core", "until": "1h", "points": 3, "observe": "pSTAT3", "interval": 40}


@pytest.fixture(scope="module")
def work():
    found = SlowWork()
    yield found
    found.close()


def test_the_process_gives_the_bits_that_the_server_gives(work):
    question = CellQuestion(**BAND)
    assert json.loads(work.answer("cell", question)) == ShortWork().answer("cell", question)


def test_refusals_come_through_and_the_process_goes_on(work):
    with pytest.raises(InputError) as raised:
        work.answer("cell", CellQuestion(**{**BAND, "until": "1 mg"}))
    assert raised.value.problems[0].code == "unit.clash"
    assert b"pSTAT3" in work.answer("cell", CellQuestion(**{**BAND, "interval": 2}))


def test_a_process_that_ends_is_told_and_begun_anew(work):
    question = CellQuestion(**{**BAND, "interval": 3})
    work.answer("cell", question)
    first = work._process
    threading.Timer(0.3, first.kill).start()
    with pytest.raises(InputError) as raised:
        work.answer("cell", CellQuestion(**{**BAND, "interval": 900, "points": 2000, "until": "48h"}))
    assert raised.value.problems[0].code == "lab.process"
    assert b"pSTAT3" in work.answer("cell", question)
    assert work._process is not first


@pytest.mark.parametrize(
    ("question", "slow"),
    [
        (CellQuestion(), False),
        (CellQuestion(stimulus=["IL6=1,10ng/ml"]), False),
        (CellQuestion(parts="core", interval=200), True),
        (CellQuestion(interval=20), True),
        (CombineQuestion(interval=0), True),
        (ExposureQuestion(drug="a", regimen="b", subjects=0), False),
        (ExposureQuestion(drug="a", regimen="b"), True),
    ],
)
def test_what_a_slider_moves_is_quick(question, slow):
    assert ShortWork.is_slow(question) is slow


def test_a_slider_does_not_wait_for_a_band(tmp_path):
    lab = LabInProcess(tmp_path)
    begun, go = threading.Event(), threading.Event()

    def band(kind, question):
        begun.set()
        assert go.wait(60)
        return b"{}"

    lab.lab.slow_work.answer = band
    try:
        waiting = lab.lab.ask("band", 1, "cell", CellQuestion(**BAND))
        assert begun.wait(60)
        quick = lab.ask("cell", {**BAND, "interval": None}, view="cell")
        assert quick.status_code == 200
        assert not waiting.done()
    finally:
        go.set()
        assert b'"answer": {}' in waiting.result(60)
        lab.close()
