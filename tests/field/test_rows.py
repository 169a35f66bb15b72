"""Every row of the table of the field's tools, run again in the releases that are pinned."""

import pytest

from field_table import interpreter, rows, seen

pytestmark = pytest.mark.long


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_the_tool_does_what_its_row_says(row):
    if not interpreter(row.pins).exists():
        pytest.skip(f"`make verify` installs requirements/{row.pins}.txt, where there is a Python for it")
    assert seen(row) is not None, "a check returns what it saw"
