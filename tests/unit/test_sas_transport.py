"""SAS transport files: numbers to the last bit, dates, and what cannot be read."""

import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jakstat.errors import InputError
from jakstat.grids import read_grids
from jakstat.sas_transport import (
    TransportColumn,
    ibm_float,
    read_transport,
    to_ibm_float,
    transport_bytes,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4110000000000000", 1.0),
        ("C276A00000000000", -118.625),  # the example of IBM's floating-point formats
        ("4080000000000000", 0.5),
        ("0000000000000000", 0.0),
        ("41A0000000000000", 10.0),
    ],
)
def test_numbers_of_base_16(text, value):
    assert ibm_float(bytes.fromhex(text)) == value
    assert to_ibm_float(value) == bytes.fromhex(text)


def test_a_zero_is_zero_and_a_missing_number_is_none():
    """The 0 of a transport file is eight bytes 0; pandas.read_sas makes 5.4e-79 of it."""
    made = transport_bytes("A", [TransportColumn("CNSR", "", (0.0, math.nan, 1.0))])
    values = read_transport(made, file="a.xpt")[0].columns[0].values
    assert values[0] == 0.0
    assert math.isnan(values[1])
    for letter in b"._AZ":
        assert math.isnan(ibm_float(bytes([letter]) + bytes(7)))


@settings(deadline=None)  # no test is timed
@given(st.floats(min_value=1e-77, max_value=7e75))
def test_a_number_comes_back_to_the_last_bit(value):
    assert ibm_float(to_ibm_float(value)) == value
    assert ibm_float(to_ibm_float(-value)) == -value


def with_format(made: bytes, form: bytes) -> bytes:
    """The same file with a SAS format at its first column."""
    at = 8 * 80 + 56
    return made[:at] + form.ljust(8) + made[at + 8 :]


@pytest.mark.parametrize(
    ("form", "number", "told"),
    [
        (b"DATE", 0.0, "1960-01-01"),
        (b"DATE", -1.0, "1959-12-31"),
        (b"DATE", 21915.0, "2020-01-01"),  # 60 years of 365 days and 15 leap days
        (b"DATETIME", 43200.0, "1960-01-01T12:00:00"),
        (b"TIME", 5400.0, "01:30:00"),
    ],
)
def test_dates_count_from_1960(form, number, told):
    made = with_format(transport_bytes("A", [TransportColumn("ADT", "", (number,))]), form)
    assert read_transport(made, file="a.xpt")[0].columns[0].values == (told,)


def test_two_data_sets_and_the_one_that_is_asked_for(tmp_path):
    one = transport_bytes("ADSL", [TransportColumn("USUBJID", "", ("a", "b"))])
    two = transport_bytes("ADTTE", [TransportColumn("AVAL", "", (1.5,))])
    (tmp_path / "both.xpt").write_bytes(one + two[240:])  # behind the three records of the library
    grids = read_grids(tmp_path / "both.xpt")
    assert [(g.sheet, g.rows) for g in grids] == [
        ("ADSL", ((1, ("USUBJID",)), (2, ("a",)), (3, ("b",)))),
        ("ADTTE", ((1, ("AVAL",)), (2, ("1.5",)))),
    ]
    assert [g.sheet for g in read_grids(tmp_path / "both.xpt", sheet="adtte")] == ["ADTTE"]
    with pytest.raises(InputError, match=r"it has ADSL, ADTTE"):
        read_grids(tmp_path / "both.xpt", sheet="ADLB")


def test_blanks_that_fill_the_last_record_are_no_rows():
    texts = tuple("xy" * 5)  # ten rows of one byte in a record of 80
    made = transport_bytes("A", [TransportColumn("A", "", texts)])
    assert read_transport(made, file="a.xpt")[0].columns[0].values == texts


VERSION_8 = b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!" + b"0" * 32
WHOLE = transport_bytes("A", [TransportColumn("X", "", (1.0, 2.0))])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (VERSION_8, "version 8"),
        (WHOLE[:240], "damaged"),
        (WHOLE[:700], "damaged"),
        (WHOLE[:614] + b"xxxx" + WHOLE[618:], "damaged"),
        (WHOLE[:614] + b"9999" + WHOLE[618:], "damaged"),
        (WHOLE[:644] + struct.pack(">h", 0) + WHOLE[646:], "damaged"),
    ],
)
def test_what_cannot_be_read_is_said(data, words):
    with pytest.raises(InputError, match=words):
        read_transport(data, file="a.xpt")


@settings(deadline=None)  # no test is timed
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=4)), max_size=6))
def test_whatever_stands_in_the_file_is_read_or_refused(changes):
    data = bytearray(with_format(WHOLE, b"DATE"))
    for at, piece in changes:
        data[at : at + len(piece)] = piece
    try:
        found = read_transport(bytes(data), file="a.xpt")
    except InputError as error:
        assert {p.code for p in error.problems} <= {"table.form", "table.size"}
    else:
        assert all(len(list(one.rows)) < 100 for one in found)


@pytest.mark.parametrize("number", [-1e7, 1e9])
def test_a_date_without_a_year_stays_a_number(number):
    made = with_format(transport_bytes("A", [TransportColumn("ADT", "", (number,))]), b"DATE")
    assert read_transport(made, file="a.xpt")[0].columns[0].values == (number,)


@pytest.mark.parametrize(
    "column",
    [
        TransportColumn("TOOLONGNAME", "", (1.0,)),
        TransportColumn("lower", "", (1.0,)),
        TransportColumn("A", "", ("é",)),
        TransportColumn("A", "", ("x" * 201,)),
        TransportColumn("A", "", (math.inf,)),
        TransportColumn("A", "", (1e76,)),
    ],
)
def test_what_the_format_cannot_hold_is_refused(column):
    with pytest.raises(InputError):
        transport_bytes("A", [column])
