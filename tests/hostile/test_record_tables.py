"""Record tables from strangers: mutants are read or refused with a file, never a traceback."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jakstat.errors import InputError
from jakstat.knowledge import read_knowledge
from jakstat.knowledge.plain_yaml import read_entries
from jakstat.knowledge.record_set import shipped_files

TABLES = shipped_files()
NAMES = sorted(n for n in TABLES if n != "sources.csv")


@pytest.mark.long
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_mutated_tables_are_read_or_refused(data):
    name = data.draw(st.sampled_from(NAMES))
    table = bytearray(TABLES[name])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(table) - 1))
        if data.draw(st.booleans()):
            table[at] = data.draw(st.integers(0, 255))
        else:
            del table[at : at + data.draw(st.integers(1, 400))]
    try:
        read_knowledge(TABLES | {name: bytes(table)})
    except InputError as error:
        assert error.problems
        assert all(p.file and p.code and p.message for p in error.problems)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")))
def test_any_bytes_are_a_list_of_records_or_problems(data):
    lines, problems = read_entries(data, file="r.yaml")
    assert isinstance(lines, list)
    assert all(p.file == "r.yaml" for p in problems)


@pytest.mark.parametrize(
    "data",
    [
        b"- &a [1]\n- *a",
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        b"- !!python/object/new:os.system [ls]",
        b"[" * 500,
        b"- {id: R01, names: {a: b}}",
        b"\x00",
        b"- {id: R01, id: R01",
        b"x" * 2_000_000,
    ],
)
def test_bombs_and_objects_are_refused(data):
    lines, problems = read_entries(data, file="r.yaml")
    assert problems
    assert all(p.file == "r.yaml" for p in problems)
    assert [line for line in lines if "R01" not in line.cells.values()] == []


def test_a_table_that_is_empty_or_alone_is_refused():
    with pytest.raises(InputError) as caught:
        read_knowledge({})
    assert {p.code for p in caught.value.problems} == {"file.missing"}
    with pytest.raises(InputError):
        read_knowledge(dict.fromkeys(TABLES, b""))
