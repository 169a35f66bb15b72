"""`python -m benchmarks.own_matrices`: a thousand measured 8 x 8 matrices of one file, read and scored."""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import tempfile
import time
from pathlib import Path

import numpy as np

from jakstat.combination.musyc import musyc_effect
from jakstat.combination.own_matrices import score_matrix
from jakstat.combination.scored_matrix import matrix_rows

DOSES = np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 7)])


def write(path: Path, matrices: int, replicates: int) -> None:
    """A long table of simulated matrices."""
    draw = np.random.default_rng(1)
    n = matrices
    surfaces = np.stack(
        [
            draw.uniform(0.5, 0.95, n), draw.uniform(0.4, 0.95, n), draw.uniform(0.8, 0.98, n),
            draw.lognormal(3.4, 0.7, n), draw.lognormal(3.9, 0.7, n), draw.uniform(0.8, 2.0, n),
            draw.uniform(0.8, 2.0, n), draw.lognormal(0.0, 0.7, n), draw.lognormal(0.0, 0.7, n),
        ],
        axis=1,
    )  # fmt: skip
    effect = musyc_effect(DOSES, DOSES, surfaces)
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["matrix", "drug_a", "dose_a", "drug_b", "dose_b", "unit", "replicate", "response"])
        for k in range(n):
            for r in range(replicates):
                wells = 100.0 * (1.0 - effect[k] + draw.normal(0.0, 0.03, effect[k].shape))
                for i, x in enumerate(DOSES):
                    for j, y in enumerate(DOSES):
                        table.writerow(
                            [f"m{k}", "X", f"{x:.6g}", "Y", f"{y:.6g}", "nM", r + 1, f"{wells[i, j]:.2f}"]
                        )


def main() -> None:
    """Measure and write ``own_matrices.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--matrices", type=int, default=1000)
    reader.add_argument("--threads", type=int, default=2)
    reader.add_argument("--out", type=Path, default=Path("build/bench"))
    asked, _ = reader.parse_known_args()
    found: dict[str, object] = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": platform.processor() or platform.machine(),
        "processors": os.cpu_count(),
        "load_at_start": list(os.getloadavg()),
        "threads": asked.threads,
        "matrices": asked.matrices,
    }
    with tempfile.TemporaryDirectory() as folder:
        for replicates in (1, 3):
            path = Path(folder) / f"{replicates}.csv"
            write(path, asked.matrices, replicates)
            start, cpu = time.perf_counter(), time.process_time()
            scored = score_matrix(path, "percent-viability", threads=asked.threads)
            rows = matrix_rows(scored)
            row = {
                "wall_s": time.perf_counter() - start,
                "cpu_s": time.process_time() - cpu,
                "rows": len(rows),
                "words": {w: sum(r["verdict"] == w for r in rows) for w in {r["verdict"] for r in rows}},
            }
            found[f"{replicates} replicates"] = row
            print(json.dumps(row, indent=1))
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "own_matrices.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
