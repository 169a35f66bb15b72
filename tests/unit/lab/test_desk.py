"""The desk: one place a view, the newest question only, views in turn, and faults that reach who asked."""

import threading

import pytest

from jakstat.errors import InputError, problem
from jakstat.lab.desk import Desk


class Gates:
    """Work that waits until it is let through, and notes what was done."""

    def __init__(self):
        self.done, self.begun, self.go = [], threading.Event(), threading.Event()

    def work(self, name):
        def run():
            self.begun.set()
            assert self.go.wait(30)
            self.done.append(name)
            return str(name).encode()

        return run


@pytest.fixture
def desk():
    found = Desk(most=3)
    yield found
    found.close()


def code_of(future):
    with pytest.raises(InputError) as raised:
        future.result(30)
    return raised.value.problems[0].code


def test_a_storm_of_a_slider_answers_the_first_and_the_last(desk):
    gates = Gates()
    first = desk.put("a", gates.work(0))
    assert gates.begun.wait(30)
    storm = [desk.put("a", gates.work(n)) for n in range(1, 101)]
    assert desk.waiting == 1
    assert {code_of(future) for future in storm[:-1]} == {"lab.stale"}
    gates.go.set()
    assert (first.result(30), storm[-1].result(30)) == (b"0", b"100")
    assert gates.done == [0, 100]


def test_views_are_served_in_turn_and_keep_their_place(desk):
    gates = Gates()
    desk.put("first", gates.work("first"))
    assert gates.begun.wait(30)
    desk.put("a", gates.work("a old"))
    last = desk.put("b", gates.work("b"))
    desk.put("a", gates.work("a new"))
    gates.go.set()
    last.result(30)
    assert gates.done == ["first", "a new", "b"]


def test_too_many_views_are_told_so(desk):
    gates = Gates()
    desk.put("first", gates.work(0))
    assert gates.begun.wait(30)
    for view in "abc":
        desk.put(view, gates.work(view))
    with pytest.raises(InputError, match="too many"):
        desk.put("d", gates.work("d"))
    assert desk.waiting == 3
    gates.go.set()


def test_a_fault_reaches_who_asked_and_the_desk_goes_on(desk):
    def refused():
        raise problem("dose.negative", "dose is -1 nM")

    def broken():
        raise RuntimeError("inside")

    assert code_of(desk.put("a", refused)) == "dose.negative"
    with pytest.raises(RuntimeError, match="inside"):
        desk.put("a", broken).result(30)
    assert desk.put("a", lambda: b"well").result(30) == b"well"


def test_who_waits_at_the_end_is_told_so(desk):
    gates = Gates()
    desk.put("first", gates.work(0))
    assert gates.begun.wait(30)
    left = desk.put("a", gates.work(1))
    desk.close()
    gates.go.set()
    assert code_of(left) == "lab.busy"
    with pytest.raises(InputError, match="closing"):
        desk.put("b", gates.work(2))
