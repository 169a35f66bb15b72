import pytest

from jakstat.errors import InputError
from jakstat.tables import TableCell, read_cells, read_file, read_lines


def read(data):
    return read_lines(data, columns=("a", "b"), file="t.csv")


def test_order_of_columns_is_free_and_cells_are_stripped():
    lines, problems = read(b"b,a\r\n 2 ,1\r\n\r\n4,3\r\n")
    assert [(line.number, dict(line.cells)) for line in lines] == [
        (2, {"b": "2", "a": "1"}),
        (4, {"b": "4", "a": "3"}),
    ]
    assert problems == ()


def test_line_numbers_count_lines_inside_quotes():
    lines, _ = read(b'a,b\n"1\n1",2\n3,4\n')
    assert [line.number for line in lines] == [2, 4]  # where the row begins


def test_byte_order_mark_is_no_part_of_the_first_column():
    lines, problems = read("\ufeffa,b\n1,2\n".encode())
    assert dict(lines[0].cells) == {"a": "1", "b": "2"}
    assert problems == ()


def read_optional(data, **more):
    return read_cells(data, file="t.csv", columns=("a",), optional=("b",), **more)


def test_a_cell_knows_its_place():
    table = read_cells(
        b"a\tb\n1\n2\t3\n", file="t.tsv", columns=("a",), others=True, delimiter="\t", ragged=True
    )
    first, second = table.lines
    assert table.cell(second, "b") == TableCell("3", "t.tsv", 3, 2, "b")
    assert table.cell(first, "b").text == ""
    assert table.cell(first, "zz").text == ""
    assert table.head("b") == TableCell("b", "t.tsv", 1, 2, "b")


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "table.columns", 1),
        (b"\n\na,a\n1,2\n", "table.columns", 3),
        (b"b\n1\n", "table.columns", 1),
        (b"a,c\n1,2\n", "table.columns", 1),
        (b"a,b\n1\n", "table.cells", 2),
        (b"a,b\n1,2,3\n", "table.cells", 2),
        (b'a\n"1', "table.form", 2),
        (b"a\n1\n\xff\n", "file.encoding", 3),
        (b"a\n1\n2\0\n", "file.encoding", 3),
        (b"a\n" + b"x" * 10_001 + b"\n", "table.field", 2),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_its_line(data, code, line):
    found = read_optional(data)
    assert [(p.code, p.line) for p in found.problems] == [(code, line)]
    with pytest.raises(InputError):
        found.sound()


def test_rows_of_nothing_are_passed_over_and_a_missing_optional_column_is_none():
    assert [dict(line.cells) for line in read_optional(b"a\n1\n\n  \n2\n").lines] == [{"a": "1"}, {"a": "2"}]
    assert [line.number for line in read_optional(b"a,b\n,\n1,2\n").lines] == [2, 3]
    assert [line.number for line in read_optional(b"a,b\n,\n1,2\n", ragged=True).lines] == [3]


def test_paths_that_cannot_be_read(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path in (loop, tmp_path, tmp_path / "no", "a\0b", "x" * 5000):
        with pytest.raises(InputError) as caught:
            read_file(path, most=10)
        assert [p.code for p in caught.value.problems] == ["file.missing"]
    (tmp_path / "big").write_bytes(b"x" * 11)
    with pytest.raises(InputError) as caught:
        read_file(tmp_path / "big", most=10)
    assert caught.value.problems[0].code == "file.too-large"
