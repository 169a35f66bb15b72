"""Linux, macOS and Windows: the same files, locks, workers and answers; the others are played on this one."""

import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest

from jakstat import systems
from long_rows import rest_long

ROOT = Path(__file__).resolve().parents[2]
OTHERS = ("darwin", "win32")


BEFORE = """
import asyncio, pathlib, shutil, sysconfig, tempfile
import libsbml, lifelines, llvmlite.binding, numpy, pandas, pyarrow.parquet, pydantic.main, scipy.stats, zarr
import other_system
sysconfig.get_config_vars()
"""
"""Libraries do not ask which system is played: they are loaded before."""


@lru_cache
def told_on(system):
    """What each program prints on a system that is played, all of them in one process."""
    with tempfile.TemporaryDirectory() as held:
        code = [BEFORE, f"other_system.played({system!r})"]
        for name, program in PROGRAMS.items():
            code += [f"print('=={name}', flush=True)", "import os", f"os.makedirs('{held}/{name}')"]
            code += [f"os.chdir('{held}/{name}')", program]
        where = {
            "HOME": held,
            "LOCALAPPDATA": held,
            "JAKSTAT_CACHE": f"{held}/cache",
            "JAKSTAT_HOME": f"{held}/home",
        }
        where["PYTHONPATH"] = os.pathsep.join([str(ROOT / "tests"), str(ROOT / "src")])
        words = [sys.executable, "-c", "\n".join(code)]
        done = subprocess.run(words, env=os.environ | where, capture_output=True, text=True, check=False)
    parts = [part.splitlines() for part in done.stdout.split("==")[1:]]
    return {part[0]: part[1:] for part in parts}, done.stderr


def on(system, name):
    """The lines of one program, after which all went well."""
    told, errors = told_on(system)
    assert name in told, errors
    return [*told[name], *([errors] if name == list(told)[-1] and errors else [])]


FILES = """
import os
from pathlib import Path
from jakstat.errors import InputError
from jakstat.store import clear_parts, locked, part_name, write_text, writing

def refused(act):
    try:
        act()
    except InputError as error:
        return error.problems[0].code

write_text("a.txt", "one\\n")
print(refused(lambda: write_text("a.txt", "two\\n")))
write_text("a.txt", "two\\n", replace=True)
print(Path("a.txt").read_bytes())
try:
    with writing("b.txt") as stream:
        stream.write(b"half")
        raise RuntimeError
except RuntimeError:
    pass
left = part_name(Path("a.txt"))
left.write_bytes(b"of a process that died")
with writing("c.txt") as living:
    part = next(Path().glob(".c.txt.*.part"))
    clear_parts(Path("c.txt"))
    print(part.exists())
    clear_parts(Path("a.txt"))
with locked("out"):
    print(refused(locked("out").__enter__), Path(".out.lock").read_text().startswith("process "))
with locked("out"):
    pass
print(sorted(os.listdir()))
"""


@pytest.mark.long
@pytest.mark.parametrize("system", OTHERS)
def test_files_are_whole_or_absent_and_filled_by_one(system):
    assert on(system, "files") == [
        "file.exists", "b'two\\n'", "True", "file.busy True", "['a.txt', 'c.txt']",
    ]  # fmt: skip


MODEL = """
from pathlib import Path
import numpy as np
import small_models as sm
from jakstat.engine.compile.kernel_cache import Entry, KernelCache, default_folder
from jakstat.engine.load import load_sbml

result = load_sbml(sm.DECAY).simulate(np.linspace(0.0, 1.0, 3))
print(result.outcomes.tolist())
folder = default_folder()
print({path.suffix for path in folder.iterdir()})
kept = KernelCache(folder, max_bytes=1)
kept.fetch("k", lambda: Entry({}, b"code"))
print(kept.kept("k"), list(folder.iterdir()))
again = KernelCache(folder)
again.fetch("k", lambda: Entry({}, b"code"))
again.fetch("k", lambda: Entry({}, b"new"))
print(again.kept("k").code)
"""


@pytest.mark.parametrize("system", rest_long(OTHERS, ["win32"]))
def test_a_model_is_read_compiled_and_kept(system):
    outcome, suffixes, trimmed, kept = on(system, "model")
    assert (outcome, suffixes, kept) == ("[0]", "{'.kernel'}", "b'code'")
    assert trimmed == "None []"


WORKERS = """
from pathlib import Path
import trial_fakes as tf
from jakstat.systems import usable_cores
from jakstat.trial.trial_run import TrialWorkers

plan = tf.design(patients=130)
both = [tf.ran(Path(name), plan, workers=TrialWorkers(count)) for name, count in (("one", 1), ("two", 2))]
print(usable_cores() >= 1, tf.content(both[0]) == tf.content(both[1]))
"""


@pytest.mark.parametrize("system", rest_long(OTHERS, ["win32"]))
def test_workers_of_a_trial_have_their_pipes(system):
    assert on(system, "workers") == ["True True"]


JOBS = """
import sys, time
from pathlib import Path
from jakstat.lab import job_process
job_process.COMMAND = (sys.executable, "-c", "import time; print('{}', flush=True); time.sleep(60)")
place = Path("job"); place.mkdir()
print(job_process.is_alive(place))
process = job_process.start_process([], place, Path("progress"))
while not (place / "answer.part").stat().st_size:
    time.sleep(0.02)
print(job_process.is_alive(place), job_process.ended_with(place))
job_process.stop_process(place)
print(process.wait(20) != 0, job_process.is_alive(place))
"""


PROGRAMS = {"files": FILES, "model": MODEL, "workers": WORKERS, "jobs": JOBS}


@pytest.mark.long
@pytest.mark.parametrize("system", OTHERS)
def test_a_job_holds_its_lock_while_it_lives_and_can_be_stopped(system):
    assert on(system, "jobs") == ["False", "True {}", "True False"]


def test_stops_are_those_that_the_system_has(monkeypatch):
    names = [number.name for number in systems.stop_numbers()]
    assert names == ["SIGINT", "SIGTERM", "SIGHUP"]
    monkeypatch.delattr("signal.SIGHUP")
    assert [number.name for number in systems.stop_numbers()] == ["SIGINT", "SIGTERM"]


@pytest.mark.parametrize(
    ("system", "variables", "kind", "folder"),
    [
        ("linux", {}, "cache", "home/.cache/jakstat"),
        ("linux", {"XDG_DATA_HOME": "x"}, "data", "x/jakstat"),
        ("darwin", {"XDG_DATA_HOME": "x"}, "data", "home/Library/Application Support/jakstat"),
        ("darwin", {}, "cache", "home/Library/Caches/jakstat"),
        ("win32", {"LOCALAPPDATA": "local"}, "cache", "local/jakstat"),
        ("win32", {}, "data", "home/AppData/Local/jakstat"),
    ],
)
def test_the_users_folder_is_where_the_system_has_it(monkeypatch, system, variables, kind, folder):
    monkeypatch.setattr(sys, "platform", system)
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    assert systems.user_folder(kind) == Path(folder)


def test_a_place_of_an_open_file_is_read_and_written_without_moving_in_it(monkeypatch, tmp_path):
    for name in ("pread", "pwrite"):
        monkeypatch.delattr(os, name)
    with open(tmp_path / "a", "w+b") as stream:
        stream.write(b"0123456789")
        stream.flush()
        systems.write_at(stream.fileno(), b"ab", 3)
        assert systems.read_at(stream.fileno(), 4, 2) == b"2ab5"
        stream.write(b"X")
    assert (tmp_path / "a").read_bytes() == b"012ab56789X"
