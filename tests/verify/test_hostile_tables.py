"""Many mutants of the shipped tables: read or refused with a place, never a traceback."""

from importlib.resources import files

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.knowledge.loader import read_observations, read_sources, sources
from jakstat.streams import stream

DATA = files("jakstat.knowledge").joinpath("data")
FRAGMENTS = [
    b",",
    b"\n",
    b'"',
    b"\0",
    b"\xff",
    b"=cmd|' /C calc'!A0",
    b"1e999",
    b"nan",
    b"..",
    b"@",
    b"(",
    b";",
    b"\xef\xbb\xbf",
]

MUTANTS = 100_000
ROWS = 6


def mutant(table, rng):
    mutated = bytearray(table)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(mutated)))
        kind = rng.integers(4)
        if kind == 0:
            mutated[at] = int(rng.integers(256))
        elif kind == 1:
            del mutated[at : at + int(rng.integers(1, 200))]
        elif kind == 2:
            mutated[at:at] = FRAGMENTS[int(rng.integers(len(FRAGMENTS)))]
        else:
            other = int(rng.integers(len(mutated)))
            mutated[at:at] = mutated[other : other + int(rng.integers(1, 200))]
    return bytes(mutated)


def excerpt(table, rng):
    """The head and some rows: each of the others would only be read once more, as in the whole table."""
    head, *rows = table.splitlines(keepends=True)
    return head + b"".join(rows[i] for i in sorted(rng.choice(len(rows), ROWS, replace=False)))


@pytest.mark.long
@pytest.mark.parametrize("name", ["observations.csv", "sources.csv"])
def test_mutants(name):
    table = DATA.joinpath(name).read_bytes()
    keys = frozenset(sources())
    outcomes = np.zeros(2, dtype=int)
    for number in range(MUTANTS):
        rng = stream(1, name, number)
        data = mutant(excerpt(table, rng), rng)
        try:
            if name == "sources.csv":
                read_sources(data, file=name)
            else:
                read_observations(data, file=name, keys=keys)
            outcomes[0] += 1
        except InputError as error:
            outcomes[1] += 1
            assert error.problems
            assert all(p.file == name for p in error.problems)
    assert outcomes.min() > 0, "mutants must be of both kinds to mean anything"
