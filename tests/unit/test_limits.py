import dataclasses
import re
from pathlib import Path

import pytest

import jakstat
from jakstat.errors import InputError
from jakstat.limits import LIMITS, check_count, check_text


def test_caps_are_positive_and_frozen():
    assert all(value > 0 for value in dataclasses.asdict(LIMITS).values())
    with pytest.raises(dataclasses.FrozenInstanceError):
        LIMITS.lanes = 1  # type: ignore[misc]


def test_every_cap_caps_something():
    source = Path(jakstat.__file__).parent
    text = "".join(p.read_text() for p in source.rglob("*.py") if p.name != "limits.py")
    used = set(re.findall(r"LIMITS\.(\w+)", text))
    assert {f.name for f in dataclasses.fields(LIMITS)} - used == set()


def test_text_within_and_beyond():
    assert check_text("a" * 5, field="f", longest=5) == "aaaaa"
    with pytest.raises(InputError) as caught:
        check_text("a" * 6, field="f", longest=5)
    assert caught.value.problems[0].code == "text.long"


@pytest.mark.parametrize("count", [0, -1, 11])
def test_count_out_of_range(count):
    with pytest.raises(InputError) as caught:
        check_count(count, most=10, field="n")
    assert caught.value.problems[0].hint == "allowed: 1 to 10"


def test_count_at_its_ends():
    assert [check_count(n, least=0, most=3, field="n") for n in (0, 3)] == [0, 3]
