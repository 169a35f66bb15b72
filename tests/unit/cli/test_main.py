import errno
import json
import sys

import pytest
import typer
from typer.testing import CliRunner

from jakstat.cli import main
from jakstat.errors import problem

RUN = CliRunner()


@pytest.fixture
def invoke():
    """Run a command that raises, through the same group as every real one."""

    def call(error, *options):
        app = typer.Typer(cls=main.app.info.cls)
        app.callback()(lambda: None)

        def command(as_json: bool = typer.Option(False, "--json")):
            raise error

        app.command("go")(command)
        return RUN.invoke(app, ["go", *options])

    return call


def test_bad_input_is_one_line_on_stderr_and_code_2(invoke):
    done = invoke(problem("unit.clash", "'10h' is a time", field="--stimulus IL6", hint="e.g. nM"))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr == "jakstat: --stimulus IL6: '10h' is a time. e.g. nM [unit.clash]\n"


def test_bad_input_as_json_is_one_document(invoke):
    done = invoke(problem("unit.clash", "a"), "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["problems"][0]["code"] == "unit.clash"


def test_missing_file_is_bad_input(invoke):
    done = invoke(FileNotFoundError(2, "No such file or directory", "a.csv"))
    assert done.exit_code == 2
    assert "a.csv: No such file or directory. [file.access]" in done.stderr


def test_a_full_disk_says_what_helps(invoke):
    done = invoke(OSError(errno.ENOSPC, "No space left on device"))
    assert done.exit_code == 2
    assert "No space left on device. free some space and run again [file.access]" in done.stderr


def test_interrupt_is_130(invoke):
    assert invoke(KeyboardInterrupt()).exit_code == 130


def test_a_fault_of_our_own_is_not_hidden(invoke):
    assert isinstance(invoke(ZeroDivisionError()).exception, ZeroDivisionError)


def test_version():
    done = RUN.invoke(main.app, ["--version"])
    assert done.exit_code == 0
    assert done.stdout.startswith("jakstat 0.")


@pytest.mark.parametrize("words", [["nosuch"], ["doctor", "--nosuch"]])
def test_wrong_usage_is_code_2(words):
    assert RUN.invoke(main.app, words).exit_code == 2


def test_commands_are_registered_once_and_documented():
    names = [name for name, _ in main.COMMANDS]
    assert names == list(dict.fromkeys(names))
    assert {"cite", "doctor"} <= set(names)
    assert all(function.__doc__ for _, function in main.COMMANDS)


def test_run_is_the_entry_point(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["jakstat", "--version"])
    with pytest.raises(SystemExit) as caught:
        main.run()
    assert caught.value.code == 0
    assert "jakstat" in capsys.readouterr().out
