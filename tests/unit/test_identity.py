import json
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jakstat.identity import canonical_json, content_key, file_key

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@dataclass(frozen=True)
class Pair:
    a: int
    b: float


class Colour(Enum):
    RED = "red"


@given(PLAIN)
def test_plain_values_read_back_to_the_same_bits(value):
    assert json.loads(canonical_json(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_back_exactly(number):
    assert json.loads(canonical_json([number]))[0].hex() == number.hex()


@given(st.dictionaries(st.text(max_size=5), st.integers(), min_size=2, max_size=6))
def test_order_of_a_mapping_does_not_matter(mapping):
    assert content_key(mapping) == content_key(dict(reversed(mapping.items())))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (1, "1"),
        (None, "null"),
        ([1, 2], [2, 1]),
        (float("nan"), float("inf")),
        (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2), np.zeros(2, dtype=np.float32)),
        (b"1", "1"),
    ],
)
def test_different_content_has_different_keys(one, other):
    assert content_key(one) != content_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Pair(1, 2.0), {"a": 1, "b": 2.0}),
        (Colour.RED, "red"),
        ({3, 1, 2}, [1, 2, 3]),
        (np.float64(0.1), 0.1),
        (np.int32(4), 4),
        (PurePosixPath("a/b"), "a/b"),
        (np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3))),
        (np.arange(3.0), np.arange(3.0).astype(">f8")),
    ],
)
def test_same_content_has_one_key(one, other):
    assert content_key(one) == content_key(other)


def test_key_is_the_same_on_every_machine():
    assert content_key({"a": [1, 2.5, "µ"]}) == content_key({"a": (1, 2.5, "µ")})
    assert content_key({"a": 1})[:12] == "015abd7f5cc5"


@pytest.mark.parametrize("value", [object(), {1: 2}, np.array([object()]), Pair])
def test_no_key_for_what_has_no_content(value):
    with pytest.raises(TypeError):
        content_key(value)


def test_file_key_of_a_large_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * (1 << 20) + b"y")
    first = file_key(path)
    path.write_bytes(b"x" * (1 << 20) + b"z")
    assert file_key(path) != first
