"""What every test process does once: building the command line, and reading the same document."""

import atexit
import itertools
import os
import shutil
import signal
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
import typer.testing

# typer puts together all commands anew at each call of a test, which takes longer than most of them
typer.testing._get_command = lru_cache(maxsize=8)(typer.testing._get_command)

# whoever runs the tests may have cells and drugs of his own
_HOMES = Path(tempfile.gettempdir()) / f"jakstat-home-{os.getpid()}"
_NUMBERS = itertools.count()
os.environ["JAKSTAT_HOME"] = str(_HOMES / "shared")
atexit.register(shutil.rmtree, _HOMES, ignore_errors=True)


_ROOT = Path(__file__).resolve().parents[1]


def _at_the_top():
    return {path.name for path in _ROOT.iterdir() if not path.name.startswith(".")}


_BEFORE = _at_the_top()


def pytest_sessionfinish(session):
    """Tests and examples write into folders of their own: what one left at the top fails the run."""
    if left := sorted(_at_the_top() - _BEFORE):
        sys.stderr.write(f"\nleft at the top of the repository: {', '.join(left)}\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _own_home(monkeypatch):
    """What a test saves no other test finds, unless its module has named a folder for all of them."""
    if os.environ["JAKSTAT_HOME"] == str(_HOMES / "shared"):
        monkeypatch.setenv("JAKSTAT_HOME", str(_HOMES / str(next(_NUMBERS))))


# started in the background or under nohup, a process ignores Ctrl-C and hang-up, and what it starts with it
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="module")
def documents_read_once():
    """A document from outside is read in a child process; the same bytes once per file of tests."""
    from jakstat.engine.read import sbml_process

    real, known = sbml_process.read_in_child, {}

    def read(data, **how):
        key = (data, repr(how))
        if key not in known:
            known[key] = real(data, **how)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sbml_process, "read_in_child", read)
        yield
