"""Every command and every piece of Python in README.md runs, as it stands there."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jakstat.biology import assemble
from jakstat.cli.main import app

TEXT = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    jakstat (.+)$", TEXT, re.MULTILINE)
SNIPPETS = re.findall(r"^```python\n(.+?)^```", TEXT, re.MULTILINE | re.DOTALL)

MEASURED = """\
time,time_unit,observable,value
0,min,pSTAT3_nuclear,100
20,min,pSTAT3_nuclear,3000
60,min,pSTAT3_nuclear,900
"""


def test_there_is_something_to_run():
    assert len(COMMANDS) >= 6
    assert len(SNIPPETS) >= 1


@pytest.mark.parametrize("command", COMMANDS)
def test_command_runs(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.csv").write_text(MEASURED, encoding="utf-8")
    if command.startswith("run "):
        (tmp_path / "model.xml").write_text(assemble("hepg2").sbml, encoding="utf-8")
        (tmp_path / "params.csv").write_text("kcat_STAT3\n10000\n20000\n", encoding="utf-8")
    done = CliRunner().invoke(app, shlex.split(command))
    assert done.exit_code == 0, done.output
    for name in re.findall(r"--(?:plot|export|csv|out) (\S+)", command):
        assert (tmp_path / name).stat().st_size > 0


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_python_runs(snippet):
    names = {}
    # The README of this checkout is no file of a stranger.
    exec(compile(snippet, "README.md", "exec"), names)  # noqa: S102
    assert "js" in names
