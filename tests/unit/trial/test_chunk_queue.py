"""Who is withheld, whatever the order in which workers end, and what is computed in the end."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jakstat.errors import InputError
from jakstat.trial.chunk_queue import MOST_DEATHS, ChunkPart, ChunkQueue, withheld_patients

SIZE = 64


def worked(queue, poison, order, strays=0):
    """All parts done by workers that die of the poisoned places, and of ``strays`` other causes."""
    found, deaths, running = {}, dict.fromkeys(poison, 0), []
    while True:
        while len(running) < 3 and (part := queue.next()) is not None:
            running.append(part)
        if not running:
            return found, deaths
        part = running.pop(order.randrange(len(running)))
        if hit := [place for place in part.places if (part.chunk, place) in poison]:
            for place in hit if len(part.places) == 1 else ():
                deaths[part.chunk, place] += 1
            queue.failed(part, "died")
        elif strays and order.random() < 0.3:
            strays -= 1
            queue.failed(part, "died")
        elif (places := queue.done(part)) is not None:
            found[part.chunk] = (part.places, places)


places = st.tuples(st.integers(0, 2), st.integers(0, SIZE - 1))


@settings(max_examples=60, deadline=None)
@given(st.sets(places, max_size=5), st.integers(0, 1000), st.integers(0, 2))
def test_exactly_the_poisoned_are_withheld_and_the_rest_is_one_batch(poison, seed, strays):
    found, deaths = worked(ChunkQueue([(k, SIZE) for k in range(3)]), poison, random.Random(seed), strays)
    for number, (kept, withheld) in found.items():
        bad = {place for chunk, place in poison if chunk == number}
        assert set(withheld) == bad
        assert kept == tuple(k for k in range(SIZE) if k not in bad)
    assert set(found) == {0, 1, 2}
    assert all(count == MOST_DEATHS for count in deaths.values())


def test_a_death_before_the_third_only_sends_the_chunk_back():
    queue = ChunkQueue([(0, SIZE)])
    whole = ChunkPart(0, tuple(range(SIZE)))
    for _ in range(MOST_DEATHS - 1):
        assert queue.next() == whole
        queue.failed(whole, "died")
    assert queue.next() == whole
    assert queue.done(whole) == {}
    assert queue.left == 0


def test_an_error_is_looked_through_at_once_and_named_by_its_kind():
    queue = ChunkQueue([(0, 2)])
    queue.failed(queue.next(), "error ValueError: of patient 1")
    first = queue.next()
    assert (first.places, first.probe) == ((0,), True)
    assert queue.done(first) is None
    queue.failed(queue.next(), "error ValueError: of patient 1")
    assert queue.done(queue.next()) == {1: "error ValueError"}
    assert withheld_patients({1: "error ValueError"}, [64, 65])[0].patient == 65


def test_a_chunk_that_dies_though_none_of_its_patients_does_is_refused():
    """As with too little memory for all of them together."""
    queue = ChunkQueue([(7, 4)])
    together = ChunkPart(7, (0, 1, 2, 3))

    def until_refused():
        while (part := queue.next()) is not None:
            queue.failed(part, "memory") if part == together else queue.done(part)

    with pytest.raises(InputError, match="chunk 7 ends its workers though none of its pat") as caught:
        until_refused()
    assert caught.value.problems[0].code == "trial.chunk"
