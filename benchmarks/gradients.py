"""`python -m benchmarks.gradients`: gradients and information matrices of PEtab problems."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engine import SHARED
from benchmarks.trees import TREES, in_tree, written

PROBLEMS = {"Bachmann_MSB2011": 25, "Smith_BMCSystBiol2013": 1}
"""How often each is repeated within a process, after as many that are not told: a fit takes thousands."""
LIMITS = {"Bachmann_MSB2011": 1 / 3, "Smith_BMCSystBiol2013": 1 / 20}

_SCRIPT = """
import json, sys, time
import numpy as np
from jakstat.calibration.load import load_problem
from jakstat.calibration.objective import Objective
problem = load_problem(sys.argv[1])
objective, x = Objective(problem), problem.nominal
took = []
repeats = int(sys.argv[2])
begin = objective.evaluate if repeats == 1 else objective.local
for _ in range(repeats):
    begin(x)
for _ in range(repeats):
    start = time.process_time()
    local = objective.local(x)
    took.append(time.process_time() - start)
print(json.dumps({"s": min(took), "gradient": np.asarray(local.gradient, dtype=float).tolist()}))
"""


def main() -> None:
    """Measure and write ``gradients.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=4)
    reader.add_argument("--out", type=Path)
    asked, _ = reader.parse_known_args()
    found: dict[str, Any] = {"limits (share of before)": LIMITS}
    for name, repeats in PROBLEMS.items():
        path = SHARED / "data" / "petab" / name / f"{name}.yaml"
        rows: dict[str, dict[str, Any]] = {}
        for _ in range(asked.rounds if repeats > 1 else 1):
            for tree in TREES:  # in turn: a machine shared with others is slow for seconds at a time
                row = in_tree(tree, _SCRIPT, str(path), str(repeats))
                rows[tree] = min(rows.get(tree, row), row, key=lambda row: row["s"])
        found[name] = {f"{tree} (s)": row["s"] for tree, row in rows.items()}
        if "before" in rows:
            now, then = (np.array(rows[t]["gradient"]) for t in ("now", "before"))
            found[name]["share of before"] = rows["now"]["s"] / rows["before"]["s"]
            found[name]["largest difference, relative to the largest slope"] = float(
                np.abs(now - then).max() / np.abs(then).max()
            )
        written("gradients", found, asked.out)


if __name__ == "__main__":
    main()
