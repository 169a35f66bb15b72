"""`python -m benchmarks.dosing`: 1,460 doses of IL-6 in 24 months, in a batch of 64 and alone."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.trees import TREES, in_tree, written

_SCRIPT = """
import json, sys, time
import numpy as np
from jakstat.biology import assemble, chosen_parts
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
model = load_sbml(assemble("hepg2", parts=chosen_parts([sys.argv[1]])).sbml, trusted=True)
times = np.linspace(0.0, 1460 * 12.0, 241)
doses = [Dose(0.0, "IL6", 476.0, interval=12.0, count=1460)]
def run(lanes):
    values = {"kcat_STAT3": 2e4 * 3.0 ** np.random.default_rng(1).uniform(-1.0, 1.0, lanes)}
    start = time.process_time()
    found = model.simulate(times, values, doses=doses, outputs=["observable_pSTAT3"], rtol=1e-5, atol=1e-8)
    return (time.process_time() - start) / lanes, int((~found.ok).sum())
model.simulate(times[:2], doses=doses, outputs=["observable_pSTAT3"])
(one, failed), (many, also) = run(1), run(64)
print(json.dumps({"alone (s)": one, "in a batch (s)": many, "failed": failed + also}))
"""


def main() -> None:
    """Measure and write ``dosing.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=2)
    reader.add_argument("--out", type=Path)
    asked, _ = reader.parse_known_args()
    found: dict[str, Any] = {"limits (s)": {"core": 2.5e-3, "cell": 60e-3}}
    for parts in ("core", "cell"):
        rows: dict[str, list[dict[str, float]]] = {tree: [] for tree in TREES}
        for k in range(asked.rounds):
            for tree, mine in rows.items():
                if tree == "now" or k == 0:
                    mine.append(in_tree(tree, _SCRIPT, parts))
        found[parts] = {t: min(mine, key=lambda row: row["in a batch (s)"]) for t, mine in rows.items()}
        written("dosing", found, asked.out)


if __name__ == "__main__":
    main()
