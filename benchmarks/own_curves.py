"""`python -m benchmarks.own_curves`: a hundred own curves of 8 doses and three replicates, with intervals."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

from jakstat.response.curve_models import sigmoid
from jakstat.response.own_curves import fit_curves

_DOSES = np.repeat(np.geomspace(1.0, 3000.0, 8), 3)


def plate(curves: int, seed: int = 1) -> dict[str, list[Any]]:
    """Simulated wells of many drugs: percents of control with a noise of 5."""
    draw = np.random.default_rng(seed)
    found: dict[str, list[Any]] = {"drug": [], "dose (nM)": [], "response": []}
    for k in range(curves):
        half, slope, end = (
            np.exp(draw.uniform(np.log(10), np.log(300))),
            draw.uniform(0.7, 2.0),
            draw.uniform(0, 30),
        )
        read = sigmoid(_DOSES, 100.0, end, half, slope) + draw.normal(0.0, 5.0, _DOSES.size)
        found["drug"] += [f"drug {k}"] * _DOSES.size
        found["dose (nM)"] += _DOSES.tolist()
        found["response"] += read.tolist()
    return found


def main() -> None:
    """Measure and write ``own_curves.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--curves", type=int, default=100)
    reader.add_argument("--out", type=Path, default=Path("build/bench"))
    asked, _ = reader.parse_known_args()
    wells = plate(asked.curves)
    fit_curves(plate(2), response="percent")  # imports and the like
    found: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": platform.processor() or platform.machine(),
        "processors": os.cpu_count(),
        "load_at_start": list(os.getloadavg()),
        "curves": asked.curves,
        "wells": len(wells["response"]),
    }
    for model in ("auto", "hill4", "hill5"):
        start, cpu = time.perf_counter(), time.process_time()
        fitted = fit_curves(wells, response="percent", model=model)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        models = [one.model for one in fitted.curves]
        found[model] = {
            "wall_s": round(wall, 2),
            "cpu_s": round(cpu, 2),
            "models": {m: models.count(m) for m in sorted(set(models))},
            "closed_intervals": sum(
                np.isfinite(one.EC50_low + one.EC50_high) for one in fitted.curves
            ).item(),
        }
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "own_curves.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
