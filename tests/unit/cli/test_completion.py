"""What the shell offers behind Tab, through the scripts that the command prints."""

import functools
import os
import shutil
import subprocess
import sys

import pytest

from jakstat.cli.completion import completed


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """An environment in which `jakstat` is a command."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "jakstat"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m jakstat "$@"\n')
    command.chmod(0o755)
    known = {k: v for k, v in os.environ.items() if k in ("PYTHONPATH", "HOME", "LANG", "JAKSTAT_CACHE")}
    return {**known, "PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def script(path):
    """What `--show-completion` prints, once for each shell."""
    return functools.cache(lambda shell: printed_script(shell, path))


def printed_script(shell, path):
    told = {**path, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        ["jakstat", "--show-completion", shell], capture_output=True, text=True, env=told, check=True
    )
    return done.stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("jakstat simulate hep", {"hepg2", "hep3b", "hepatic_stellate"}),
        ("jakstat simulate hepg2 --drug Jak", {"Jakafi=", "Jakavi="}),
        ("jakstat simulate hepg2 --stimulus IFNL", {"IFNL1="}),
        ("jakstat simulate hepg2 --knockdown SOCS3", {"SOCS3="}),
        ("jakstat dose-response hepg2 --readout pSTAT3_n", {"pSTAT3_nuclear"}),
        ("jakstat steady", {"steady-state"}),
    ],
)
def test_bash_takes_the_printed_script(words, offered, path, script):
    asked = words.split()
    lines = [script("bash"), f"COMP_WORDS=({words}); COMP_CWORD={len(asked) - 1}"]
    lines += ["_jakstat_completion jakstat", 'printf "%s\\n" "${COMPREPLY[@]}"']
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], capture_output=True, text=True, env=path, check=True
    )
    assert set(done.stdout.split()) == offered, done.stderr


@pytest.mark.parametrize(
    ("shell", "given"),
    [("zsh", {}), ("fish", {"_TYPER_COMPLETE_FISH_ACTION": "get-args"})],
)
def test_other_shells_ask_the_same(shell, given, path, script):
    """What their scripts run; the scripts themselves where the shell is there."""
    printed = script(shell)
    assert f"_JAKSTAT_COMPLETE=complete_{shell}" in printed
    words = {"_JAKSTAT_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "jakstat model osteo"}
    done = subprocess.run(
        ["jakstat"], capture_output=True, text=True, env={**path, **words, **given}, check=False
    )
    assert "osteosarcoma_u2os" in done.stdout
    if shutil.which(shell):
        checked = subprocess.run(
            [shell, "-n"], input=printed, capture_output=True, text=True, env=path, check=False
        )
        assert checked.returncode == 0, checked.stderr


def test_lists_of_names_go_on_behind_their_sign():
    assert completed("context", "huh7+HB") == ["huh7+HBV", "huh7+HBV_exposed"]
    assert completed("parts", "core,stat3") == ["core,stat3", "core,stat3_turnover"]
    assert completed("drug", "ruxolitinib=5", dosed=True) == []
    assert "tocilizumab" in completed("drug", "TOCI")
