"""What every test process does once: building the command line, and reading the same document."""

import atexit
import os
import shutil
import signal
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
import typer.testing

# typer puts together all commands anew at each call of a test, which takes longer than most of them
typer.testing._get_command = lru_cache(maxsize=8)(typer.testing._get_command)

# whoever runs the tests may have cells and drugs of his own; a test that saves some has a folder of its own
os.environ["JAKSTAT_HOME"] = str(Path(tempfile.gettempdir()) / f"jakstat-home-{os.getpid()}")
atexit.register(shutil.rmtree, os.environ["JAKSTAT_HOME"], ignore_errors=True)

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
