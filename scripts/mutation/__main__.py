"""``python -m scripts.mutation response report --sample 150 --seed 1``: which faults do the tests see?

A copy of the tree is made; its tests run once with coverage, which tells what lines each test reaches. Then
every sampled fault is put into the copy alone, and the tests that reach its lines run, the quickest first,
until one fails. A fault that no test reaches, or that all of them pass, has survived.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scripts.mutation.faults import Fault, faults

ROOT = Path(__file__).resolve().parents[2]
TESTS: dict[str, list[str]] = {
    "pharmacology": ["verify/test_pk_reported", "unit/cli/test_pk", "unit/response/test_schedules"],
    "response": ["unit/cli/test_dose_commands"],
    "report": ["unit/cli/test_simulate"],
    "experiment": ["unit/cli/test_simulate", "unit/cli/test_run", "faults/test_stored_runs"],
}
"""Tests beside those of the room itself (``tests/unit/ROOM`` and the examples in its docstrings)."""
HEAVY = (
    "numpy", "scipy.optimize", "scipy.stats", "scipy.integrate", "scipy.sparse", "xarray", "pint", "pydantic",
    "yaml", "typer.testing", "rich.table", "matplotlib.pyplot", "zarr", "pyarrow.parquet", "llvmlite.binding",
    "libsbml", "antimony", "hypothesis", "jsonschema", "_pytest.doctest",
)  # fmt: skip
"""Imported before the fork, so that no test run pays for them."""
_QUIET = [
    "-q",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-p",
    "no:cov",
]
_MEMORY = 8 << 30


@dataclass
class Reach:
    """What the tests of the copy reach: lines of each module by test, and how long each test takes."""

    lines: dict[Path, dict[int, set[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def tests(self, module: Path, fault: Fault) -> list[str]:
        """Tests that may see the fault, the quickest first.

        Those that reach its lines; all of the module's for what an import runs; and the rest of their file
        where the file shares what it has set up.
        """
        lines = self.lines.get(module, {})
        found = set().union(*(lines.get(n, set()) for n in range(fault.line, fault.last_line + 1)))
        if "" in found:
            found = set().union(*lines.values())
        files = {name.split("::")[0] for name in found - {""}}
        sharing = tuple(f"{f}::" for f in files if _shares(Path(f)))
        more = {name for name in self.seconds if name.startswith(sharing)} - found if sharing else set()

        def quickest(names: set[str]) -> list[str]:
            return sorted(names - {""}, key=lambda name: (self.seconds.get(name, 9.0), name))

        return quickest(found) + quickest(more)


def _shares(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return path.name.startswith("test_") and ("scope=" in text or "cache" in text)


class _Chosen:
    """A pytest plugin: only these tests, in this order."""

    def __init__(self, names: list[str]) -> None:
        self.place = {name: i for i, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid])


def run_tests(names: list[str], limit: int) -> str:
    """``killed``, ``late`` or ``survived``: the tests in a process that may use ``limit`` CPU seconds."""
    child = os.fork()
    if child == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        files = list(dict.fromkeys(name.split("::")[0] for name in names))
        os._exit(int(pytest.main(["-x", *_QUIET, *files], plugins=[_Chosen(names)])))
    end = time.monotonic() + 20 * limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return "late" if code == -signal.SIGXCPU else "killed" if code else "survived"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "late"


def reached(copy: Path, rooms: list[str]) -> Reach:
    """Run the tests of the rooms once in the copy, with coverage."""
    import coverage

    reach = Reach()
    for room in rooms:
        paths = [
            f"src/jakstat/{room}",
            f"tests/unit/{room}",
            *(f"tests/{name}.py" for name in TESTS.get(room, [])),
        ]
        kept = copy / f".reach-{room}"
        subprocess.run(
            [sys.executable, "-m", "scripts.mutation", "--reach", str(kept), room, *paths],
            cwd=copy,
            check=True,
        )
        data = coverage.CoverageData(str(kept))
        data.read()
        for name in data.measured_files():
            lines = reach.lines.setdefault(Path(name), {})
            for line, tests in data.contexts_by_lineno(name).items():
                lines.setdefault(line, set()).update(test.split("|")[0] for test in tests)
        for row in kept.with_suffix(".seconds").read_text().splitlines():
            seconds, _, test = row.partition(" ")
            reach.seconds[test] = float(seconds)
    return reach


class _Contexts:
    """A pytest plugin: what lines each test reaches, and how much CPU time it takes."""

    def __init__(self, measured: Any, room: str) -> None:
        self.measured, self.room = measured, f"jakstat.{room}"
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Any:
        self._forget()
        self.measured.switch_context(item.nodeid)
        start = sum(os.times()[:4])
        result = yield
        self.seconds[item.nodeid] = sum(os.times()[:4]) - start
        self.measured.switch_context("")
        return result

    def _forget(self) -> None:
        """Empty the room's caches, or only the first test would be seen to reach what they hold."""
        for name, module in list(sys.modules.items()):
            if name.startswith(self.room):
                for thing in list(vars(module).values()):
                    if hasattr(thing, "cache_clear"):
                        thing.cache_clear()


def measure(kept: Path, room: str, paths: list[str]) -> int:
    """Run these tests under coverage; lines by test go to ``kept``, CPU times beside it."""
    import coverage

    measured = coverage.Coverage(data_file=str(kept), source=[f"src/jakstat/{room}"], config_file=False)
    contexts = _Contexts(measured, room)
    measured.start()
    code = int(pytest.main([*_QUIET, *paths], plugins=[contexts]))
    measured.stop()
    measured.save()
    rows = [f"{seconds:.4f} {test}\n" for test, seconds in contexts.seconds.items()]
    kept.with_suffix(".seconds").write_text("".join(rows), encoding="utf-8")
    return code


def sampled(copy: Path, room: str, wanted: str, count: int, seed: int) -> list[tuple[Path, Fault]]:
    """Faults of a room's modules, drawn without putting back."""
    modules = [p for p in sorted((copy / "src" / "jakstat" / room).rglob("*.py")) if wanted in p.as_posix()]
    every = [(path, fault) for path in modules for fault in faults(path.read_text(encoding="utf-8"))]
    if count and count < len(every):
        every = random.Random(f"{room} {seed}").sample(every, count)
    return sorted(every, key=lambda pair: (str(pair[0]), pair[1].start))


def try_room(copy: Path, room: str, chosen: list[tuple[Path, Fault]], reach: Reach) -> list[str]:
    """Put in each fault in turn; print what happens, and give the lines of the survivors."""
    quickest = sorted(reach.seconds, key=lambda name: reach.seconds[name])[:50]
    if run_tests(quickest, 100) != "survived":
        raise SystemExit("tests fail without any fault: nothing can be said")
    survivors, tally = [], {"killed": 0, "late": 0, "survived": 0, "not reached": 0}
    for path, fault in chosen:
        tests = reach.tests(path, fault)
        plain = path.read_bytes()
        path.write_bytes(fault.applied(plain))
        limit = 30 + min(90, int(4 * sum(reach.seconds.get(test, 1.0) for test in tests)))
        outcome = run_tests(tests, limit) if tests else "not reached"
        path.write_bytes(plain)
        tally[outcome] += 1
        place = f"{path.relative_to(copy / 'src' / 'jakstat').as_posix()}:{fault.line}"
        row = f"- `{place}` {' '.join(fault.was.split())[:70]} -> {' '.join(fault.now.split())[:70]}"
        print(outcome, row, flush=True)
        if outcome in ("survived", "not reached"):
            survivors.append(row + (" (no test reaches it)" if outcome == "not reached" else ""))
    gone = tally["killed"] + tally["late"]
    share = 100 * gone / max(1, len(chosen))
    said = ", ".join(f"{n} {name}" for name, n in tally.items())
    return [f"## {room}: {gone} of {len(chosen)} killed ({share:.0f} %)", "", said, "", *survivors, ""]


def main() -> int:
    """Read the command line, run, and write the survivors."""
    parser = argparse.ArgumentParser(prog="python -m scripts.mutation")
    parser.add_argument("rooms", nargs="+", help="rooms of src/jakstat")
    parser.add_argument("--sample", type=int, default=150, help="faults per room; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--module", default="", help="only modules whose path holds this text")
    parser.add_argument("--out", type=Path, help="write the result there")
    parser.add_argument("--copy", type=Path, help="keep the copy there, and use what lies there again")
    parser.add_argument("--reach", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.reach:
        return measure(asked.reach, asked.rooms[0], asked.rooms[1:])
    for name in HEAVY:
        __import__(name)
    copy = (asked.copy or Path(tempfile.mkdtemp(prefix="faults-"))).resolve()
    if not (copy / "src").exists():
        shutil.copytree(
            ROOT, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git", ".venv", "*_cache")
        )
    os.chdir(copy)
    os.environ.setdefault("JAKSTAT_SHARED", str(ROOT.parent / "shared"))
    os.environ["PYTHONPATH"] = str(copy / "src")
    sys.dont_write_bytecode = True
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() not in (ROOT, ROOT / "src")]
    reach = reached(copy, asked.rooms)
    report = [f"# Faults put into the source (seed {asked.seed}, {time.strftime('%Y-%m-%d')})", ""]
    for room in asked.rooms:
        chosen = sampled(copy, room, asked.module, asked.sample, asked.seed)
        report += try_room(copy, room, chosen, reach)
    print("\n".join(report))
    if asked.out:
        asked.out.write_text("\n".join(report), encoding="utf-8")
    if not asked.copy:
        shutil.rmtree(copy)
    return 0


if __name__ == "__main__":
    sys.exit(main())
