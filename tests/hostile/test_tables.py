"""Tables from strangers: each fault gives problems with a place, never a traceback."""

from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jakstat.errors import InputError
from jakstat.knowledge.loader import read_observations, read_sources, sources
from jakstat.limits import LIMITS

DATA = files("jakstat.knowledge").joinpath("data")
OBSERVATIONS = DATA.joinpath("observations.csv").read_bytes()
SOURCES = DATA.joinpath("sources.csv").read_bytes()
KEYS = frozenset(sources())


def problems(data):
    with pytest.raises(InputError) as caught:
        read_observations(data, file="o.csv", keys=KEYS)
    found = caught.value.problems
    assert found
    assert all(p.file == "o.csv" and p.code and p.message for p in found)
    return found


def line(number, old, new):
    rows = OBSERVATIONS.split(b"\n")
    assert old in rows[number - 1]
    rows[number - 1] = rows[number - 1].replace(old, new, 1)
    return b"\n".join(rows)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "table.columns"),
        (b"\n\n\n", "table.columns"),
        (OBSERVATIONS.replace(b",low,", b",lower,", 1), "table.columns"),
        (OBSERVATIONS.replace(b"id,context", b"id,id", 1), "table.columns"),
        (OBSERVATIONS.replace(b",note", b",note,extra", 1), "table.columns"),
        (OBSERVATIONS.decode().encode("utf-16"), "file.encoding"),
        ("\u00b5".encode("latin-1") + OBSERVATIONS, "file.encoding"),
        (OBSERVATIONS + b"\xff", "file.encoding"),
        (OBSERVATIONS.replace(b"hepg2", b"hep\0g2", 1), "file.encoding"),
        (OBSERVATIONS + b'CT99,"open quote\n', "table.form"),
        (OBSERVATIONS + b'CT99,"a"b,c\n', "table.form"),
        (OBSERVATIONS + b"CT99,hepg2\n", "table.cells"),
        (OBSERVATIONS + b"," * 50 + b"\n", "table.cells"),
        (line(2, b"steady", b"x" * (LIMITS.table_field_length + 1)), "table.field"),
        (line(2, b"steady", b"x" * 200_000), "table.form"),
        (b"x" * (LIMITS.table_bytes + 1), "table.size"),
        (line(2, b",20,10,30,", b",twenty,10,30,"), "record.cell"),
        (line(2, b",20,10,30,", b",nan,10,30,"), "record.cell"),
        (line(2, b",20,10,30,", b",inf,10,inf,"), "record.cell"),
        (line(2, b",20,10,30,", b",1e999,10,30,"), "record.cell"),
        (line(2, b",20,10,30,", b",=1+1,10,30,"), "record.cell"),
        (line(2, b",20,10,30,", b",40,10,30,"), "record.row"),
        (line(2, b",20,10,30,", b",20,30,10,"), "record.row"),
        (line(2, b",min,", b",h,"), "record.cell"),
        (line(2, b",fit,", b",FIT,"), "record.cell"),
        (line(2, b"CT01", b"<script>"), "record.cell"),
        (line(2, b"hepg2", b"../hepg2"), "record.cell"),
        (line(2, b"zeilfelder2025", b"nobody1900"), "record.orphan"),
        (line(3, b"CT02", b"CT01"), "record.duplicate"),
        (line(2, b"time_of_peak(0min..240min)", b"value(" + b"(" * 500), "record.cell"),
        (line(2, b"stimulus IL6=10ng/ml", b"; " * 4000), "record.cell"),
    ],
)
def test_fault_is_named(data, code):
    assert code in {p.code for p in problems(data)}


def test_place_of_a_fault_is_told():
    (found,) = problems(line(5, b",1.3,", b",x,"))
    assert (found.line, found.field) == (5, "value")


def test_byte_order_mark_is_read_past():
    rows = read_observations(b"\xef\xbb\xbf" + OBSERVATIONS, file="o.csv", keys=KEYS)
    assert len(rows) == len(OBSERVATIONS.strip().splitlines()) - 1


@pytest.mark.parametrize(
    "reader", [read_sources, lambda data, file: read_observations(data, file=file, keys=KEYS)]
)
@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(reader, data):
    with pytest.raises(InputError):
        reader(data, file="f.csv")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_tables_are_read_or_refused(data):
    table = bytearray(data.draw(st.sampled_from([OBSERVATIONS, SOURCES])))
    observed = bytes(table) == OBSERVATIONS
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(table) - 1))
        if data.draw(st.booleans()):
            table[at] = data.draw(st.integers(0, 255))
        else:
            del table[at : at + data.draw(st.integers(1, 400))]
    try:
        if observed:
            read_observations(bytes(table), file="f.csv", keys=KEYS)
        else:
            read_sources(bytes(table), file="f.csv")
    except InputError as error:
        assert all(p.file == "f.csv" for p in error.problems)
