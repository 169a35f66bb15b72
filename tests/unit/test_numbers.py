"""One meaning of "a number", whatever the format; what is and is not one is written down here by hand."""

import math

import pytest

from jakstat.errors import InputError
from jakstat.knowledge.parameter_table import COLUMNS, read_table
from jakstat.numbers import read_number, read_whole
from jakstat.tables import TableCell
from jakstat.units import parse_number

NUMBERS = {"1": 1.0, "-2.5e-1": -0.25, "20.": 20.0, ".5": 0.5, "+3E2": 300.0, "007": 7.0, " 4\t": 4.0}
NONE = ["", "1_0", "１０", "٣", "0x10", "0b1", "nan", "NaN", "inf", "infinity", "1,5", "1 000", "1e", "e5",
        "--1", "1e999", "5 nM", "1\u00a0", "1\n", "½", "1.2.3", "1f", "true"]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_a_number(text, value):
    assert read_number(text) == value
    assert parse_number(text) == value
    assert TableCell(text, "t.tsv", 2, 1, "time").number() == value


@pytest.mark.parametrize("text", NONE)
def test_no_number_in_any_format(text):
    assert read_number(text) is None
    with pytest.raises(InputError):
        parse_number(text)
    with pytest.raises(InputError) as caught:
        TableCell(text, "t.tsv", 2, 3, "time").number()
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 3)
    with pytest.raises(InputError):
        read_table(",".join(COLUMNS) + f'\nk,"{text}",1,0,9,assumed,s,\n', file="t.csv")


def test_infinity_only_where_a_format_has_it():
    assert [read_number(t, infinite=True) for t in ("inf", "-Inf", "+INF")] == [math.inf, -math.inf, math.inf]
    assert read_number("infinity", infinite=True) is None
    assert read_number("nan", infinite=True) is None


def test_whole_numbers():
    assert [read_whole(t) for t in ("12", "-3", "+0", "1_0", "1.0", "１", "1" * 19, "")] == [
        12, -3, 0, None, None, None, None, None,
    ]  # fmt: skip
