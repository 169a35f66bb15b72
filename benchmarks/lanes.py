"""`python -m benchmarks.lanes`: one simulation, many doses, a million lanes, two threads."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from jakstat.biology import assemble
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.experiment.run import simulate

HOURS = np.linspace(0.0, 6.0, 51)
KEPT = ["observable_pSTAT3", "observable_SOCS3_mRNA"]
SUMMARIES = {f"{how} {name}": (how, name) for name in KEPT for how in ("max", "auc", "final")}
IL6_ZMOL = 476.0


def median_seconds(action: Callable[[], object], repeats: int = 9) -> float:
    """Median of a few runs on the wall clock, after one that does not count."""
    action()
    took = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def peak_memory_mb() -> float:
    """Largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def lanes_per_second(
    model: Model, rest: dict[str, Any], lanes: int, threads: int
) -> tuple[float, float, int]:
    """Lanes per second of wall time and of processor time, and how many failed."""
    draw = np.random.default_rng(2)
    values = {name: value * 3.0 ** draw.uniform(-1.0, 1.0, lanes) for name, value in rest["varied"].items()}
    dose = [Dose(0.0, "IL6", IL6_ZMOL)]
    wall, cpu = time.perf_counter(), time.process_time()
    result = model.simulate(
        HOURS,
        values,
        initial=rest["initial"],
        doses=dose,
        reduce=SUMMARIES,
        rtol=1e-5,
        atol=1e-8,
        threads=threads,
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return lanes / wall, lanes / cpu, int(np.sum(result.outcomes != 0))


def main() -> None:
    """Measure and write ``lanes.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--most", type=int, default=1_000_000, help="greatest number of lanes")
    reader.add_argument("--out", type=Path, default=Path("build/bench"))
    asked, _ = reader.parse_known_args()
    found: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": platform.processor() or platform.machine(),
        "load_at_start": list(os.getloadavg()),
    }
    assembly = assemble("hepg2", parts="core")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JAKSTAT_CACHE"] = folder
        for state in ("cold", "cached"):
            start = time.perf_counter()
            load_sbml(assembly.sbml, trusted=True).simulate(HOURS)
            found[f"load, compile and run once, {state} (s)"] = time.perf_counter() - start
    model = load_sbml(assembly.sbml, trusted=True)
    initial = {k: float(v[0]) for k, v in model.equilibrate().final().items()}
    dose = [Dose(0.0, "IL6", IL6_ZMOL)]
    many = [Dose(0.0, "IL6", 1.0, interval=6.0 / 700, count=700)]
    found["one simulation, engine (s)"] = median_seconds(
        lambda: model.simulate(HOURS, initial=initial, doses=dose)
    )
    found["one simulation, labelled result (s)"] = median_seconds(
        lambda: simulate("hepg2", stimuli={"IL6": "10 ng/ml"}, until="6 h", observe=["pSTAT3"])
    )
    found["700 doses (s)"] = median_seconds(lambda: model.simulate(HOURS, initial=initial, doses=many))
    varied = {
        r.id: r.value for r in assembly.parameters if r.grade == "fitted" and not r.id.startswith("abundance")
    }
    rest = {"initial": initial, "varied": varied}
    lanes_per_second(model, rest, 64, 1)
    found["lanes"] = []
    sizes = [n for n in (1_000, 10_000, 100_000, 1_000_000) if n <= asked.most]
    for lanes in sizes:
        wall, cpu, failed = lanes_per_second(model, rest, lanes, 1)
        row = {"lanes": lanes, "per_s": wall, "per_cpu_s": cpu, "failed": failed, "peak_mb": peak_memory_mb()}
        found["lanes"].append(row)
        print(row)
    pairs = [[lanes_per_second(model, rest, 10_000, threads)[0] for threads in (1, 2)] for _ in range(5)]
    found["two threads over one (ratios)"] = [two / one for one, two in pairs]
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "lanes.json").write_text(json.dumps(found, indent=1))
    print(json.dumps({k: v for k, v in found.items() if k != "lanes"}, indent=1))


if __name__ == "__main__":
    main()
