"""The compiled direct method against one path written out in plain Python, with the same random numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

import small_models as sm
from jakstat.engine.load import load_sbml
from jakstat.engine.stochastic import compiled_walk
from jakstat.errors import Outcome
from jakstat.streams import stream

Propensities = Callable[[list[float]], Sequence[float]]
MASK = 2**64 - 1


def rotated(x: int, left: int) -> int:
    return ((x << left) | (x >> (64 - left))) & MASK


class Generator:
    """xoshiro256++ as its authors publish it (doi:10.1145/3460772), in whole numbers of Python."""

    def __init__(self, words: Sequence[int]) -> None:
        self.s = [int(w) for w in words]

    def next(self) -> int:
        s = self.s
        result = (rotated((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotated(s[3], 45)
        return result

    def uniform(self) -> float:
        """In (0, 1], with 52 bits."""
        return 1.0 - (self.next() >> 12) * 2.0**-52


def plain_path(
    start: list[float], changes: list[dict[int, float]], law: Propensities, times: Sequence[float], seed: int,
    number: int,
) -> list[list[float]]:  # fmt: skip
    """One path of the direct method (doi:10.1021/j100540a008), step by step."""
    draws = Generator(stream(seed, "ssa").bit_generator.random_raw(4 * number + 4)[-4:])
    state, clock, rows = list(start), times[0], []
    while len(rows) < len(times):
        rates = law(state)
        total, first, second = sum(rates), draws.uniform(), draws.uniform()
        clock = clock - math.log(first) / total if total else math.inf
        while len(rows) < len(times) and (times[len(rows)] < clock or clock > times[-1]):
            rows.append(list(state))
        if clock > times[-1]:
            break
        sums = list(itertools.accumulate(rates))
        fired = sum(s < second * total for s in sums)
        for place, size in changes[fired].items():
            state[place] += size
    return rows


NETWORK = sm.model(
    species=[sm.species(n, a, hasOnlySubstanceUnits=True) for n, a in (("G", 1.0), ("M", 0.0), ("P", 40.0))],
    parameters=[sm.parameter(n, v) for n, v in (("make", 3.0), ("fade", 0.2), ("on", 0.004), ("off", 0.1))],
    reactions=[
        sm.reaction("transcribe", "G", "G M", "make*G"),
        sm.reaction("translate", "M", "M P", "0.7*M"),
        sm.reaction("decay", "M", "", "fade*M"),
        sm.reaction("bind", "2P", "", "on*P*(P - 1)"),
        sm.reaction("appear", "", "3P", "off"),
    ],
)
CHANGES = [{1: 1.0}, {2: 1.0}, {1: -1.0}, {2: -2.0}, {2: 3.0}]
TIMES = [0.0, 0.5, 2.0, 2.0000001, 9.0]


def law(x: list[float]) -> Sequence[float]:
    return [3.0 * x[0], 0.7 * x[1], 0.2 * x[1], 0.004 * x[2] * (x[2] - 1.0), 0.1]


@pytest.mark.parametrize("lanes", [1, 3, 21])
def test_paths_are_those_of_the_plain_method(lanes: int) -> None:
    run = load_sbml(NETWORK, trusted=True).sample_paths(TIMES, seed=5, lanes=lanes, first=2)
    for lane in range(lanes):
        plain = np.array(plain_path([1.0, 0.0, 40.0], CHANGES, law, TIMES, 5, 2 + lane))
        for place, name in enumerate("GMP"):
            assert run.amount(name)[lane].tolist() == plain[:, place].tolist()


def test_a_path_by_itself_has_the_bits_it_has_among_others() -> None:
    text = sm.model(
        species=[sm.species(n, 0.0, hasOnlySubstanceUnits=True) for n in "XY"],
        parameters=[sm.parameter("k", 1.7), sm.parameter("n", 2.3)],
        reactions=[
            sm.reaction("r1", "", "2X", "9/(1 + (Y/20)^n)"),
            sm.reaction("r2", "X", "Y", "0.3*X*exp(-Y/50)"),
            sm.reaction("r3", "Y", "", "0.1*Y"),
            sm.reaction("r4", "X", "", "k*log(1 + X)"),
        ],
    )
    model, times = load_sbml(text, trusted=True), [0.0, 10.0, 40.0]
    together = model.sample_paths(times, seed=4, lanes=9)
    assert (together.outcomes == Outcome.OK).all()
    for lane in (0, 4, 8):
        alone = model.sample_paths(times, seed=4, lanes=1, first=lane)
        for name in "XY":
            assert np.array_equal(alone.amount(name)[0], together.amount(name)[lane])


def test_a_call_that_is_left_and_taken_up_again_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_sbml(NETWORK, trusted=True)
    whole = [model.sample_paths(TIMES, seed=5, lanes=lanes) for lanes in (1, 11)]
    monkeypatch.setattr(compiled_walk, "TURNS", 7)
    parts = [model.sample_paths(TIMES, seed=5, lanes=lanes) for lanes in (1, 11)]
    for one, other in zip(whole, parts, strict=True):
        assert np.array_equal(one.amount("P"), other.amount("P"))


def test_paths_that_end_make_room_for_paths_of_any_length() -> None:
    # exactly 1, 2, 3, ... firings: X decays to 0 and nothing happens any more
    text = sm.model(
        species=[sm.species("X", 0.0, hasOnlySubstanceUnits=True)],
        parameters=[sm.parameter("k", 1.0)],
        reactions=[sm.reaction("r", "X", "", "k*X")],
    )
    counts = [float(n % 13) for n in range(40)]
    run = load_sbml(text, trusted=True).sample_paths([0.0, 1e6], initial={"X": counts}, seed=1)
    assert (run.outcomes == Outcome.OK).all()
    assert run.amount("X")[:, 0].tolist() == counts
    assert (run.amount("X")[:, 1] == 0.0).all()


def test_infinite_propensities_are_an_outcome() -> None:
    text = sm.model(
        species=[sm.species("X", 2.0, hasOnlySubstanceUnits=True)],
        parameters=[sm.parameter("k", 1.0)],
        reactions=[sm.reaction("r", "X", "", "1/(X - 1)^2")],
    )
    run = load_sbml(text, trusted=True).sample_paths([0.0, 1e6], seed=1)
    assert list(run.outcomes) == [Outcome.INFINITE]
