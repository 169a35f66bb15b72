import json
import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jakstat import extras
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


@pytest.mark.parametrize(
    ("module", "code", "named"), [("antimony", 1, ["antimony"]), ("emcee", 0, ["fit"]), ("roadrunner", 0, [])]
)
def test_missing_part_is_told_with_its_fix(monkeypatch, module, code, named):
    real = doctor.find_spec
    for home in (doctor, extras):
        monkeypatch.setattr(home, "find_spec", lambda name: None if name == module else real(name))
    done = RUN.invoke(main.app, ["doctor"])
    assert done.exit_code == code
    rows = [r for r in done.stdout.splitlines() if "->" in r]
    assert [r.split()[1] for r in rows] == named
    assert all("pip install" in r and (("MISSING" in r) is bool(code)) for r in rows)


def test_parts_are_the_declared_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=!~ ;\[]", r)[0].lower() for r in project["dependencies"]}
    assert names == {c.part.lower() for c in doctor.checks() if c.needed and c.part != "Python"}
