"""`python -m benchmarks.compile`: from nothing to the first result of a cell, each time in a fresh process.

Every set of parts is run with an empty kernel cache, then again with the filled one. Told are
the processor seconds of one core for importing, assembling, loading and the first run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LIMITS = {"core": {"cold": 3.0}, "all": {"cold": 10.0, "cached": 0.5}}
"""Seconds from the document to the first result that are allowed (assembly apart)."""

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
made = assemble(sys.argv[1], parts=chosen_parts([sys.argv[2]]))
lap("assemble")
model = load_sbml(made.sbml, trusted=True)
lap("load")
model.simulate([0.0, 0.01], doses=[Dose(0.0, "IL6", 476.0)])
lap("first run")
states = len(model.network.species)
print(json.dumps({"species": states, "parts": len(made.parts), **spent}))
"""


def once(cell: str, parts: str, cache: Path) -> dict[str, float]:
    """Seconds of every stage in a fresh process that uses ``cache``."""
    environment = {**os.environ, "JAKSTAT_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _RUN, cell, parts]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
    found: dict[str, float] = json.loads(run.stdout)
    found["to first result"] = found["load"] + found["first run"]
    found["with assembly"] = found["to first result"] + found["assemble"]
    return found


def measured(cell: str, parts: str, rounds: int) -> dict[str, dict[str, float]]:
    """Median over rounds, with an empty and with a filled cache."""
    cold, cached = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            cold.append(once(cell, parts, Path(folder)))
            cached.append(once(cell, parts, Path(folder)))
    return {
        name: {key: round(statistics.median(row[key] for row in rows), 4) for key in rows[0]}
        for name, rows in (("cold", cold), ("cached", cached))
    }


def main() -> None:
    """Measure core, cell and all; write ``compile.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--cell", default="hepg2")
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--out", type=Path, default=Path("build/bench"))
    asked = reader.parse_args()
    results: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "cell": asked.cell,
        "load_at_start": list(os.getloadavg()),
        "limits": LIMITS,
    }
    for parts in ("core", "cell", "all"):
        results[parts] = measured(asked.cell, parts, asked.rounds)
        for state, row in results[parts].items():
            print(parts, state, ", ".join(f"{key} {value:g}" for key, value in row.items()))
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "compile.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
