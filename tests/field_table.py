"""The table of what the field's tools really do (tests/field/rows.csv), for its tests."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from pathlib import Path

import pytest
from scripts.field_page import ROOT, FieldRow, read_rows

__all__ = ["CHECKS", "interpreter", "rows", "seen"]

CHECKS = ROOT / "tests/field/checks"


@functools.cache
def rows() -> tuple[FieldRow, ...]:
    return tuple(read_rows())


def interpreter(pins: str) -> Path:
    """The Python in which ``make verify`` installs the pins of ``requirements/NAME.txt``."""
    named = os.environ.get(f"JAKSTAT_{pins.upper()}")
    return Path(named) if named else ROOT / f".venv-{pins}/bin/python"


@functools.cache
def _answers(form: str, pins: str) -> dict[str, dict[str, str]]:
    """All rows of a format in one process of the tools' Python, without our package on its path."""
    wanted = [row.id for row in rows() if (row.form, row.pins) == (form, pins)]
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [str(interpreter(pins)), str(CHECKS.with_name("run_rows.py")), form, *wanted]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=1200)
    lines = [json.loads(x[4:]) for x in done.stdout.splitlines() if x.startswith("ROW ")]
    found = {line["id"]: line for line in lines}
    for name in wanted:
        stopped = f"the process ended before this row: {done.stderr[-2000:]}"
        found.setdefault(name, {"id": name, "seen": "", "failed": stopped, "lacks": ""})
    return found


def seen(row: FieldRow) -> str:
    """What the tool did; AssertionError if that is no longer what the row says."""
    answer = _answers(row.form, row.pins)[row.id]
    if answer["lacks"]:
        pytest.skip(f"{answer['lacks']} is not installed")
    assert not answer["failed"], answer["failed"]
    return answer["seen"]
