"""The house table: every fault is found, with its line, in one go."""

from __future__ import annotations

import pytest

from jakstat.errors import InputError
from jakstat.knowledge.parameter_table import COLUMNS, read_table

HEAD = ",".join(COLUMNS)


def _codes(text: str, leading: tuple[str, ...] = ()) -> list[tuple[str, int | None]]:
    with pytest.raises(InputError) as caught:
        read_table(text, file="t.csv", leading=leading)
    return [(p.code, p.line) for p in caught.value.problems]


def test_reads_values_with_their_grade() -> None:
    (row,) = read_table(
        f"context,{HEAD}\nhepg2,k,1.5,1/h,1,2,fitted,s,why\n", file="t.csv", leading=("context",)
    )
    assert (row.key, row.id, row.value, row.grade, row.note) == (("hepg2",), "k", 1.5, "fitted", "why")


def test_all_problems_are_reported_together() -> None:
    text = f"{HEAD}\nk,x,1/h,0,2,assumed,s,\nk,1,,0,2,guess,s,\nm,5,nM,0,2,assumed,,\n"
    assert _codes(text) == [
        ("table.number", 2),
        ("table.duplicate", 3),
        ("table.empty", 3),
        ("table.grade", 3),
        ("table.empty", 4),
        ("table.range", 4),
    ]


@pytest.mark.parametrize("number", ["nan", "inf", "", "1e999"])
def test_only_finite_numbers(number: str) -> None:
    assert _codes(f"{HEAD}\nk,{number},1/h,0,2,assumed,s,\n") == [("table.number", 2)]


@pytest.mark.parametrize("text", ["", "id,value\n", f"{HEAD},extra\n"])
def test_wrong_columns(text: str) -> None:
    assert _codes(text)[0] == ("table.columns", 1)


@pytest.mark.parametrize("row", ["k,1", "k,1,1/h,0,2,assumed,s,,more"])
def test_wrong_number_of_cells(row: str) -> None:
    assert _codes(f"{HEAD}\n{row}\n") == [("table.cells", 2)]


def test_form_is_checked_as_in_every_table() -> None:
    assert _codes(f'{HEAD}\nk,"open,1/h,0,2,assumed,s,\n')[0][0] == "table.form"
    assert _codes(f"{HEAD}\nk,1,1/h,0,2,assumed,s,{'x' * 20_000}\n") == [("table.field", 2)]
