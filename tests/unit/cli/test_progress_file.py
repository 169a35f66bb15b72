"""How far a command is, in the file that JAKSTAT_PROGRESS names."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.cli import progress_file
from jakstat.cli.main import app
from jakstat.cli.progress_file import counted_to_file, progress_to_file


@pytest.fixture
def file(tmp_path, monkeypatch):
    times = iter(range(1000, 2000, 10))
    monkeypatch.setattr(progress_file.time, "time", lambda: float(next(times)))
    monkeypatch.setenv("JAKSTAT_PROGRESS", str(tmp_path / "progress.json"))
    return tmp_path / "progress.json"


def test_counts_and_times_are_told(file):
    tell = progress_to_file("patients")
    tell(10, 100)
    tell(30, 100)
    assert json.loads(file.read_text()) == {
        "text": "patients", "done": 30, "total": 100, "first": 10, "since": 1000.0, "now": 1010.0
    }  # fmt: skip


def test_a_line_that_counts_is_counted(file):
    say = counted_to_file("reading the claims")
    say("condition 3 of 12: hepg2")
    told = json.loads(file.read_text())
    assert (told["text"], told["done"], told["total"]) == ("condition 3 of 12: hepg2", 2, 12)
    say("reading")
    told = json.loads(file.read_text())
    assert (told["text"], told["done"], told["total"]) == ("reading", 0, 0)


def test_what_cannot_be_written_costs_nothing_else(file, monkeypatch):
    monkeypatch.setenv("JAKSTAT_PROGRESS", str(file.parent / "none" / "progress.json"))
    progress_to_file("patients")(1, 2)


def test_a_command_tells_it(file):
    words = ["simulate", "hepg2", "--parts", "core", "--until", "1h", "--points", "3", "--interval", "3"]
    assert CliRunner().invoke(app, [*words, "--json"]).exit_code == 0
    told = json.loads(file.read_text())
    assert (told["text"], told["done"], told["total"]) == ("simulations", 3, 3)
