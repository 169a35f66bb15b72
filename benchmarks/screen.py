"""`python -m benchmarks.screen`: 96 pairs of drugs at 8 x 8 doses, and what a lane of the full cell costs."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from jakstat.combination.dose_lanes import dose_lanes, read_experiment
from jakstat.combination.matrix_doses import two_drugs
from jakstat.combination.screen import all_pairs, screen

CONTEXT, STIMULUS = "hepg2", "IL6=10ng/ml"


def one_matrix(at: str, threads: int) -> dict[str, float]:
    """Seconds of a dose matrix of the full cell by stage; the model and its kernels were made before."""
    experiment = read_experiment(CONTEXT, stimuli=STIMULUS, at=at, parts="cell")
    pair = two_drugs(["ruxolitinib=60..6000nM", "Stattic=10..1000uM"], before=1.0, levels=16)
    start = time.perf_counter()
    lanes = dose_lanes(experiment, pair)
    tables = [lanes.bare, *lanes.matrix("ruxolitinib", "Stattic")]
    laid = time.perf_counter()
    lanes.run(tables[:2])  # rest, kernels
    ready = time.perf_counter()
    lanes.run(tables, threads=threads)
    done = time.perf_counter()
    network = lanes.bench.cell.model.network
    return {
        "species": len(network.species),
        "reactions": len(network.reactions),
        "lanes": len(tables),
        "model and dose tables (s)": laid - start,
        "rest and kernels (s)": ready - laid,
        "lanes (s)": done - ready,
        "one lane (ms)": 1e3 * (done - ready) / len(tables),
    }


def main() -> None:
    """Measure and write ``screen.json``; nothing is in the cache at first."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JAKSTAT_CACHE"] = folder
        _measure()


def _measure() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--pairs", type=int, default=96)
    reader.add_argument("--doses", type=int, default=8)
    reader.add_argument("--threads", type=int, default=2)
    reader.add_argument("--out", type=Path, default=Path("build/bench"))
    asked, _ = reader.parse_known_args()
    known = all_pairs()
    found: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": platform.processor() or platform.machine(),
        "processors": os.cpu_count(),
        "load_at_start": list(os.getloadavg()),
        "threads": asked.threads,
        "distinct pairs": min(asked.pairs, len(known)),
    }
    pairs = list(itertools.islice(itertools.cycle(known), asked.pairs))
    found["screens"] = []
    for at, state in (("20min", "nothing cached"), ("20min", "again"), ("72h", "model cached")):
        marks: list[tuple[float, int]] = []
        start, cpu = time.perf_counter(), time.process_time()
        result = screen(
            CONTEXT,
            pairs,
            asked.doses,
            stimuli=STIMULUS,
            at=at,
            parts="cell",
            threads=asked.threads,
            progress=lambda done, _, marks=marks: marks.append((time.perf_counter(), done)),
        )
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        row = {
            "at": at,
            "state": state,
            "pairs": asked.pairs,
            "mixtures": asked.pairs * asked.doses**2,
            "simulations": result.attrs["simulations"],
            "failed": result.attrs["failed"],
            "wall_s": wall,
            "cpu_s": cpu,
            "until the first block (s)": marks[0][0] - start,
            "other blocks (s)": marks[-1][0] - marks[0][0],
            "null models (s)": start + wall - marks[-1][0],
            "largest Bliss excess": float(np.nanmax(result["bliss_most"].values)),
        }
        found["screens"].append(row)
        print(json.dumps(row, indent=1))
    found["one matrix"] = {at: one_matrix(at, 1) for at in ("20min", "72h")}
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "screen.json").write_text(json.dumps(found, indent=1))
    print(json.dumps({k: v for k, v in found.items() if k != "screens"}, indent=1))


if __name__ == "__main__":
    main()
