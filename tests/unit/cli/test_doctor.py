import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jakstat.cli import doctor, main

RUN = CliRunner()
ROOT = Path(__file__).resolve().parents[3]


def test_everything_needed_is_here():
    done = RUN.invoke(main.app, ["doctor", "--json"])
    report = json.loads(done.stdout)
    assert done.exit_code == 0
    assert report["ok"] is True
    assert {p["part"] for p in report["parts"]} >= {"Python", "numpy", "python-libsbml", "libroadrunner"}
    assert "not for treating a patient" in report["notice"]


@pytest.mark.parametrize(("module", "needed", "code"), [("antimony", True, 1), ("roadrunner", False, 0)])
def test_missing_part_is_told_with_its_fix(monkeypatch, module, needed, code):
    real = doctor.find_spec
    monkeypatch.setattr(doctor, "find_spec", lambda name: None if name == module else real(name))
    done = RUN.invoke(main.app, ["doctor"])
    assert done.exit_code == code
    (row,) = [r for r in done.stdout.splitlines() if "->" in r]
    assert "pip install" in row
    assert ("MISSING" in row) is needed


def test_parts_are_the_declared_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=!~ ;\[]", r)[0].lower() for r in project["dependencies"]}
    assert names == {c.part.lower() for c in doctor.checks() if c.needed and c.part != "Python"}
