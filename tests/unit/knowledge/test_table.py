from jakstat.knowledge.table import read_lines


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
    assert [line.number for line in lines] == [3, 4]


def test_byte_order_mark_is_no_part_of_the_first_column():
    lines, problems = read("\ufeffa,b\n1,2\n".encode())
    assert dict(lines[0].cells) == {"a": "1", "b": "2"}
    assert problems == ()
