"""`python -m benchmarks.agreement`: all parts of three cells by three engines at tight tolerances.

The SBML document of a cell with every cytokine, STAT and gene is run by us, by libRoadRunner and by COPASI
(through basico) for three hours after IL-6 and a second stimulus. For every species the largest difference
over time is told as a share of its own maximum; species below 1e-9 of the largest are left out.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.biology import assemble, chosen_parts
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml

STIMULI = {
    "hepg2": {"IL6": 500.0, "IFNG": 300.0},
    "mouse_hepatocyte": {"IL6": 2000.0, "OSM": 400.0},
    "macrophage": {"IL6": 500.0, "IL10": 300.0},
}
"""Amounts in zmol into the medium at the start."""

TIMES = np.linspace(0.0, 3.0, 13)
FLOOR = 1e-9
LIMIT = 1e-6

Tracks = dict[str, NDArray[np.float64]]


def ours(sbml: str, stimuli: dict[str, float]) -> tuple[Tracks, dict[str, float]]:
    """Amounts of every species, and the size of the compartment that each is in."""
    model = load_sbml(sbml, trusted=True)
    doses = [Dose(0.0, species, amount) for species, amount in stimuli.items()]
    run = model.simulate(TIMES, doses=doses, rtol=1e-11, atol=1e-14)
    if not run.ok.all():
        raise RuntimeError(f"our run ended with {run.outcomes}")
    places = {c.id: c.size or 1.0 for c in model.network.compartments}
    sizes = {s.id: places[s.compartment] for s in model.network.species}
    return {s.id: np.asarray(run.amount(s.id)[0]) for s in model.network.species}, sizes


def by_libroadrunner(sbml: str, stimuli: dict[str, float]) -> Tracks:
    """Amounts by CVODE of libRoadRunner."""
    import roadrunner

    runner: Any = roadrunner.RoadRunner(sbml)
    for species, amount in stimuli.items():
        runner[species] = amount
    names = list(runner.model.getFloatingSpeciesIds())
    runner.integrator.relative_tolerance = 1e-11
    runner.integrator.absolute_tolerance = 1e-13
    runner.integrator.maximum_num_steps = 1_000_000
    runner.timeCourseSelections = names
    rows = np.array(runner.simulate(times=list(TIMES)))
    return {name: rows[:, i] for i, name in enumerate(names)}


def by_copasi(sbml: str, stimuli: dict[str, float], sizes: dict[str, float]) -> Tracks:
    """Amounts by LSODA of COPASI, through basico."""
    import basico

    basico.load_model_from_string(sbml)
    known = {row["sbml_id"]: name for name, row in basico.get_species().iterrows()}
    for species, amount in stimuli.items():
        basico.set_species(known[species], exact=True, initial_concentration=amount / sizes[species])
    found = basico.run_time_course_with_output(
        [f"[{name}]" for name in known.values()],
        duration=float(TIMES[-1]),
        intervals=len(TIMES) - 1,
        method="deterministic",
        r_tol=1e-11,
        a_tol=1e-14,
        max_steps=1_000_000,
        update_model=False,
        use_initial_values=True,
    ).to_numpy(dtype=float)
    return {identifier: found[:, i] * sizes[identifier] for i, identifier in enumerate(known)}


def compared(mine: Tracks, theirs: Tracks) -> dict[str, Any]:
    """The largest difference of any species over its maximum, and which species that is."""
    shared = sorted(mine.keys() & theirs.keys())
    top = {name: float(np.abs(theirs[name]).max()) for name in shared}
    floor = FLOOR * max(top.values())
    gaps = {n: float(np.abs(mine[n] - theirs[n]).max()) / top[n] for n in shared if top[n] > floor}
    worst = max(gaps, key=lambda name: gaps[name])
    beyond = sorted(name for name, gap in gaps.items() if not gap <= LIMIT)
    return {
        "species": len(shared),
        "compared": len(gaps),
        "largest": gaps[worst],
        "of": worst,
        "beyond": beyond,
    }


def main() -> None:
    """Compare every cell and write ``agreement.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--parts", default="all")
    reader.add_argument("--out", type=Path, default=Path("build/bench"))
    asked = reader.parse_args()
    engines = {"libRoadRunner": "libroadrunner", "COPASI": "python-copasi", "basico": "copasi-basico"}
    results: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "parts": asked.parts,
        "limit": LIMIT,
        "versions": {name: importlib.metadata.version(package) for name, package in engines.items()},
    }
    for cell, stimuli in STIMULI.items():
        sbml = assemble(cell, parts=chosen_parts([asked.parts])).sbml
        mine, sizes = ours(sbml, stimuli)
        results[cell] = {
            "libRoadRunner": compared(mine, by_libroadrunner(sbml, stimuli)),
            "COPASI": compared(mine, by_copasi(sbml, stimuli, sizes)),
        }
        print(cell, json.dumps(results[cell]), flush=True)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "agreement.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
