"""The table of the field's tools is whole: each row has its check and the test that holds us to it."""

import ast
import functools
import itertools
from pathlib import Path

import pytest
from scripts.field_page import PAGE, ROOT, field_page, read_rows

from field_table import CHECKS, rows
from jakstat.report.error_page import error_codes

FORMS = sorted({row.form for row in rows()})


@functools.cache
def functions(file):
    """Names of a file's functions, those of a class as ``Class::name``."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    inside = [(c.name, n) for c in tree.body if isinstance(c, ast.ClassDef) for n in c.body]
    found = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    return found | {f"{owner}::{n.name}" for owner, n in inside if isinstance(n, ast.FunctionDef)}


def test_names_are_unique_and_formats_stand_together():
    assert len({row.id for row in rows()}) == len(rows())
    order = [row.format for row in rows()]
    assert len(dict.fromkeys(order)) == 1 + sum(a != b for a, b in itertools.pairwise(order))


def test_the_table_is_worth_a_page():
    assert len(rows()) >= 40
    assert sum(row.changed == "yes" for row in rows()) >= 12


@pytest.mark.parametrize("form", FORMS)
def test_each_row_has_its_check_and_each_check_its_row(form):
    checks = {n for n in functions(CHECKS / f"{form}.py") if n.startswith("row_")}
    assert checks == {f"row_{row.id}" for row in rows() if row.form == form}


def test_no_file_of_checks_is_idle():
    files = {f.stem for f in CHECKS.glob("*.py") if any(n.startswith("row_") for n in functions(f))}
    assert files == set(FORMS)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_says_all_it_has_to(row):
    assert all((row.tool, row.input, row.does, row.guess, row.jakstat, row.product_test))
    assert row.guess != row.does
    assert row.changed in ("yes", "no")
    assert not row.package or row.version  # KeyError: its package is not in the pins
    assert not row.note_code or row.note_code in error_codes()
    if row.script:
        assert (ROOT / row.script).exists()
        assert row.script in (ROOT / "docs/surprises.md").read_text(encoding="utf-8")
    for test in row.product_test.split(";"):
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in functions(ROOT / file), test


def test_the_page_is_what_the_rows_say():
    assert PAGE.read_text(encoding="utf-8") == field_page(read_rows()), "run `make docs`"
