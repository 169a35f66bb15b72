"""How a command ends when it is asked to stop: with the code of the signal, whatever swallowed it."""

import contextlib
import signal
import subprocess
import sys

import pytest
import typer

from jakstat.cli import main as commands
from jakstat.errors import InputError, Problem

RUN = """
import sys
from jakstat.cli.ending import stopped, stops_as_interrupts

with stops_as_interrupts():
    try:
        # text that is executed, as a class may be made in the middle of an import
        exec("import os, signal\\nos.kill(os.getpid(), signal.{name})\\nwhile True: pass")
    except KeyboardInterrupt:
        code = stopped().exit_code
sys.exit(code)
"""


def command(function):
    """Run a function as a command of ours."""
    app = typer.Typer(cls=commands._Commands, pretty_exceptions_enable=False)
    for name in ("first", "second"):
        app.command(name)(function)
    app(["first"], prog_name="jakstat")


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_module_that_is_stopped_while_text_is_executed_ends_with_its_code(tmp_path, name, code):
    (tmp_path / "stopped_module.py").write_text(RUN.format(name=name))
    done = subprocess.run([sys.executable, "-m", "stopped_module"], cwd=tmp_path, check=False)
    assert done.returncode == code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    "error", [InputError([Problem("record.cell", "no such cell")]), OSError(5, "bad"), ValueError("odd")]
)
def test_an_error_after_an_interrupt_that_was_swallowed_is_an_interrupt(capfd, number, code, error):
    def swallows() -> None:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(number)
        raise error

    with pytest.raises(SystemExit) as ended:
        command(swallows)
    assert ended.value.code == code
    assert capfd.readouterr().err == "interrupted\n"


def test_without_a_signal_an_error_is_an_error(capfd):
    def fails() -> None:
        raise InputError([Problem("record.cell", "no such cell")])

    with pytest.raises(SystemExit) as ended:
        command(fails)
    assert ended.value.code == 2
    assert "no such cell" in capfd.readouterr().err
