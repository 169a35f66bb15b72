"""`python -m benchmarks.start_up`: from nothing to the first result of a cell, and warm commands.

Everything runs in fresh processes; told are processor seconds, least of a few, alternating with an earlier
version where there is one (:mod:`benchmarks.trees`). ``cold``: nothing is cached but bytecode;
``cached``: once more.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.trees import TREES, in_tree, kept, surroundings, written

_RUN = """
import json, sys, time
spent, last = {}, 0.0
def lap(name):
    global last
    now = time.process_time()
    spent[name], last = now - last, now
from jakstat.biology import assemble, chosen_parts
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
lap("import")
made = assemble("hepg2", parts=chosen_parts([sys.argv[1]]))
lap("assemble")
model = load_sbml(made.sbml, trusted=True)
lap("load")
model.simulate([0.0, 0.01], doses=[Dose(0.0, "IL6", 476.0)])
lap("first run")
print(json.dumps({**spent, "document to first result": spent["load"] + spent["first run"]}))
"""
COMMANDS = {
    "simulate": "simulate hepg2 --stimulus IL6=10ng/ml --parts core --json",
    "steady-state": "steady-state hepg2 --parts core --json",
    "dose-response": "dose-response hepg2 --parts core --stimulus IL6=10ng/ml --drug ruxolitinib=1..1000nM",
    "parts": "parts --json",
}
"""Warm commands on the core."""

Row = dict[str, Any]


def command(tree: str, line: str, cache: Path) -> float:
    """Processor seconds of a command."""
    environment = surroundings(tree, cache)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        [sys.executable, "-m", "jakstat", *line.split()], env=environment, capture_output=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        return float("nan")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least(rows: list[Row], key: str) -> Row:
    """The row in which ``key`` is least."""
    return min(rows, key=lambda row: row[key])


def main() -> None:
    """Measure and write ``start_up.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=2)
    reader.add_argument("--out", type=Path)
    asked, _ = reader.parse_known_args()
    found: dict[str, Any] = {"limits (share of before)": {"cold": 1 / 3, "warm commands": 0.3}}
    key = "document to first result"
    for parts in ("core", "cell", "all"):
        cold: dict[str, list[Row]] = {tree: [] for tree in TREES}
        cached: dict[str, list[Row]] = {tree: [] for tree in TREES}
        for _ in range(asked.rounds):
            for tree in TREES:
                with tempfile.TemporaryDirectory() as folder:
                    cold[tree].append(in_tree(tree, _RUN, parts, cache=Path(folder)))
                    cached[tree].append(in_tree(tree, _RUN, parts, cache=Path(folder)))
        found[parts] = {
            state: {tree: least(rows[tree], key) for tree in TREES}
            for state, rows in (("cold", cold), ("cached", cached))
        }
        if "before" in TREES:
            now, then = (least(cold[tree], key)[key] for tree in ("now", "before"))
            found[parts]["share of before, cold"] = now / then
        kept("start_up", found, asked.out)
    found["warm commands"] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, line in COMMANDS.items():
            took: dict[str, list[float]] = {tree: [] for tree in TREES}
            for k in range(asked.rounds + 1):
                for tree in TREES:
                    seconds = command(tree, line, Path(folder) / tree)
                    if k:  # the first one fills the cache
                        took[tree].append(seconds)
            best: dict[str, float] = {tree: min(values) for tree, values in took.items()}
            if "before" in best:
                best["share of before"] = best["now"] / best["before"]
            found["warm commands"][name] = best
    written("start_up", found, asked.out)


if __name__ == "__main__":
    main()
