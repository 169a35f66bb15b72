import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jakstat.errors import InputError
from jakstat.streams import check_seed, stream

NAMES = st.lists(st.text(max_size=5) | st.integers(0, 10**6), max_size=3).map(tuple)


@given(st.integers(0, 2**63 - 1), st.lists(NAMES, min_size=2, max_size=5, unique_by=repr))
def test_draws_do_not_depend_on_order(seed, names):
    forward = {name: stream(seed, *name).random(3).tolist() for name in names}
    backward = {name: stream(seed, *name).random(3).tolist() for name in reversed(names)}
    assert forward == backward
    assert len({tuple(v) for v in forward.values()}) == len(names)


def test_name_parts_are_kept_apart():
    assert stream(1, "a", "bc").random() != stream(1, "ab", "c").random()
    assert stream(1, 12).random() != stream(1, "12").random()
    assert stream(1).random() != stream(2).random()


def test_draws_are_fixed_for_all_time():
    """A change of the generator would change every published run."""
    assert stream(20260101, "patient", 1).integers(0, 10**9, 3).tolist() == [
        368295010,
        196288921,
        286467255,
    ]


def test_streams_are_uniform_and_independent():
    draws = np.array([stream(7, "lane", i).random(200) for i in range(200)])
    assert abs(draws.mean() - 0.5) < 5 * np.sqrt(1 / 12 / draws.size)
    off = np.corrcoef(draws)[~np.eye(200, dtype=bool)]
    assert np.abs(off).max() < 0.4


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, True, "1", None])
def test_what_is_no_seed(seed):
    with pytest.raises(InputError) as caught:
        check_seed(seed)
    assert caught.value.problems[0].code == "seed.range"


def test_numpy_integers_are_seeds():
    assert check_seed(np.int64(3)) == 3
