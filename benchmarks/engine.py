"""`python -m benchmarks.engine`: the batched engine beside its peers, in one alternating run on one core.

For every workload each engine runs at several tolerances; its error is measured against a run at 1e-11,
and its cost is processor time per simulation. Ratios are taken at equal achieved error, by
interpolating each engine's cost between its tolerances, and the median over rounds is told.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import libsbml
import numpy as np
from numpy.typing import NDArray

from benchmarks.engine_peers import PEERS, Peer, Solve, Task, missing
from benchmarks.trees import RESULTS, TREES, in_tree
from jakstat.biology import assemble, chosen_parts
from jakstat.engine.batched.fast import METHODS, FastSolver
from jakstat.engine.compile.kernel_cache import KernelCache
from jakstat.engine.compile.machine import host
from jakstat.engine.load import load_sbml
from jakstat.engine.network.expression import symbols

SHARED = Path(os.environ.get("JAKSTAT_SHARED", Path(__file__).resolve().parents[1].parent / "shared"))
LEVELS = (5e-3, 1e-4, 1e-6, 1e-8)
CELL = "hepg2"
WORKLOADS = {
    "Bachmann 2011": ("petab/Bachmann_MSB2011/model_Bachmann_MSB2011.xml", 240.0, 1e-3, 1.0),
    "Lucarelli 2018": (
        "petab/Lucarelli_CellSystems2018/model_Lucarelli_CellSystems2018.xml",
        240.0,
        1e-3,
        1.0,
    ),
    "BIOMD0000000543": ("sbml/BIOMD0000000543.xml", 7200.0, 1e-3, 0.5),
    "Smith 2013": ("petab/Smith_BMCSystBiol2013/model_Smith_BMCSystBiol2013.xml", 240.0, 1.0, 0.5),
    "Chen 2009": ("petab/Chen_MSB2009/model_Chen_MSB2009.xml", 7200.0, 1e-3, 0.125),
    "HepG2 with IL-6": (f"{CELL}:core", 6.0, 1e-3, 0.5),
    "HepG2 with IL-6, whole cell": (f"{CELL}:cell", 6.0, 1e-3, 0.25),
}
"""Name: file, or cell and its parts; end time; absolute over relative tolerance; share of the usual lanes."""

STIMULI = {
    "HepG2 with IL-6": {"IL6": 0.476},
    "HepG2 with IL-6, whole cell": {"IL6": 0.476},
    "Lucarelli 2018": {"init_TGFb": 1.0, "init_S2": 143.7, "init_S3": 16.2, "init_S4": 132.1},
    "Chen 2009": {"c1": 5e-9},
}
"""What the published conditions set, where the file alone is at rest."""

Reals = NDArray[np.float64]
OURS, BEFORE = "jakstat rodas5p", "jakstat before"
SPREAD = 3.0
USUAL = (
    "Bachmann 2011",
    "Lucarelli 2018",
    "HepG2 with IL-6",
    "BIOMD0000000543",
    "HepG2 with IL-6, whole cell",
)
TIGHTEST = LEVELS[-1] / 3
"""An error below which an engine's tighter tolerances are not asked for."""


def without_events(text: str) -> str:
    """The document without its events, so that every engine solves the same equations."""
    document = libsbml.readSBMLFromString(text)
    events = document.getModel().getListOfEvents()
    while events.size():
        events.remove(0)
    return str(libsbml.writeSBMLToString(document))


def stimulated(text: str, values: dict[str, float]) -> str:
    """The document with other initial values of parameters: a model at rest is no workload."""
    document = libsbml.readSBMLFromString(text)
    for name, value in values.items():
        parameter, species = document.getModel().getParameter(name), document.getModel().getSpecies(name)
        if parameter is not None:
            parameter.setValue(value)
        else:
            species.setInitialConcentration(value)
    return str(libsbml.writeSBMLToString(document))


def rate_constants(text: str) -> set[str]:
    """Parameters of a document that are per time."""
    model = libsbml.readSBMLFromString(text).getModel()

    def per_time(number: int) -> bool:
        units = model.getParameter(number).getDerivedUnitDefinition()
        held = [units.getUnit(i) for i in range(units.getNumUnits())]
        return any(unit.isSecond() and unit.getExponentAsDouble() < 0.0 for unit in held)

    return {model.getParameter(i).getId() for i in range(model.getNumParameters()) if per_time(i)}


def task(name: str, lanes: int) -> Task:
    """A workload with parameters drawn log-uniformly up to three-fold either way.

    In our own cell rate constants are drawn: fractions, and how far a pathway is active at rest, rest on one
    another, and drawn alone they make cells that cannot be (one lane in ten met powers of negative rates).
    """
    path, end, atol_factor, _ = WORKLOADS[name]
    cell, _, parts = path.partition(":")
    text = (
        assemble(cell, parts=chosen_parts([parts])).sbml
        if cell == CELL
        else (SHARED / "data" / path).read_text(encoding="utf-8")
    )
    text = without_events(text)
    text = stimulated(text, STIMULI.get(name, {}))
    network = load_sbml(text, assume_zero=True).network
    ruled = {
        a.variable for a in (*network.assignment_rules, *network.rate_rules, *network.initial_assignments)
    }
    # start values stay as they are: engines differ about when a changed parameter reaches them
    ruled |= set().union(*(symbols(a.expression) for a in network.initial_assignments))
    draw = np.random.default_rng(1)
    chosen = rate_constants(text) if cell == CELL else {p.id for p in network.parameters}
    varied = {
        p.id: p.value * SPREAD ** draw.uniform(-1.0, 1.0, lanes)
        for p in network.parameters
        if p.constant and p.value and p.value > 0 and p.id in chosen - ruled and "__" not in p.id
    }
    moved = {r.species for reaction in network.reactions for r in (*reaction.reactants, *reaction.products)}
    species = [
        s.id for s in network.species if s.id in moved and not (s.boundary or s.constant or s.id in ruled)
    ]
    volumes = {c.id: c.size or 1.0 for c in network.compartments}
    sizes = {s.id: 1.0 if s.substance_only else volumes[s.compartment] for s in network.species}
    return Task(
        name,
        text,
        tuple(species),
        varied,
        np.linspace(0.0, end, 51),
        atol_factor,
        tuple(sizes[s] for s in species),
    )


def error(found: Reals, exact: Reals) -> float:
    """Median over lanes of the largest scaled error of any state at any time.

    States that stay at zero are left out (some engines fill them with noise of their tolerance), and
    so are lanes in which the engine failed.
    """
    top = np.abs(exact).max(axis=1, keepdims=True)
    scale = np.abs(exact) + 1e-3 * top + 1e-8
    scaled = np.where(top > 1e-12 * top.max(axis=2, keepdims=True), np.abs(found - exact) / scale, 0.0)
    worst = np.max(scaled, axis=(1, 2))
    return float(np.median(worst[np.isfinite(worst)])) if np.isfinite(worst).any() else float("nan")


def seconds(action: Callable[[], Callable[[], Reals]]) -> tuple[float, Reals]:
    """Processor time of an action, and its answer as an array."""
    start = time.process_time()
    answer = action()
    took = time.process_time() - start
    return float(getattr(answer, "seconds", took)), answer()


def at_error(points: Sequence[dict[str, float]], level: float) -> float | None:
    """Cost at an error, between the two runs around it; the cheapest run that is good enough beyond them."""
    known = sorted((p["error"], p["cost"]) for p in points if np.isfinite(p["error"]) and p["error"] > 0)
    good = [cost for e, cost in known if e <= level]
    if not good:
        return None
    worse = [(e, cost) for e, cost in known if e > level]
    best = max((e, cost) for e, cost in known if e <= level)
    if not worse:
        return min(good)
    next_worse = min(worse)
    share = np.log(level / best[0]) / np.log(next_worse[0] / best[0])
    return float(np.exp((1 - share) * np.log(best[1]) + share * np.log(next_worse[1])))


def prepared(work: Task, until: float) -> dict[str, tuple[Peer, Solve, float]]:
    """Engines that are here and ready to run by a time, with the time their preparation took."""
    ready = {}
    for peer in PEERS:
        if missing(peer) or len(work.states) > peer.largest:
            continue
        start = time.perf_counter()
        try:
            solve = peer.prepare(replace(work, until=until))
            solve(peer.tolerances[0], 1)
        except Exception as problem:
            print(f"  {peer.name}: cannot run this model ({type(problem).__name__}: {str(problem)[:80]})")
            continue
        ready[peer.name] = (peer, solve, time.perf_counter() - start)
    return ready


def measure(name: str, rounds: int, scale: float, seconds_left: float) -> dict[str, Any]:
    """All engines on one workload; at least one round, and no further one after the time given."""
    began = time.monotonic()
    share = WORKLOADS[name][3] * scale
    counts = {p.name: max(1 if p.lanes < 10 else 4, int(p.lanes * share)) for p in PEERS}
    work = task(name, max(counts.values()))
    ready = prepared(work, began + seconds_left / 3)
    exact = ready["jakstat rodas5p"][1](1e-11, max(counts.values()))()
    failed = int((~np.isfinite(exact).all(axis=(1, 2))).sum())
    table: dict[str, list[list[dict[str, float]]]] = {n: [] for n in ready}
    earlier = [] if "before" not in TREES else [before(work, exact, counts[OURS])]
    for k in range(rounds):
        if k and (time.monotonic() - began) * (k + 1) / k > seconds_left:
            break
        if earlier and k:
            earlier.append(before(work, exact, counts[OURS]))
        for engine, (peer, solve, _prepare) in ready.items():
            points = []
            for rtol in peer.tolerances:
                lanes = counts[engine]
                took, found = seconds(lambda s=solve, r=rtol, n=lanes: s(r, n))  # type: ignore[misc]
                points.append({"rtol": rtol, "cost": took / lanes, "error": error(found, exact[:lanes])})
                if points[-1]["error"] < TIGHTEST:
                    break
            table[engine].append(points)
    if earlier:
        table[BEFORE] = earlier
    prepare = {n: r[2] for n, r in ready.items()}
    return {"states": len(work.states), "failed": failed, "prepare": prepare, "rounds": table}


def before(work: Task, exact: Reals, lanes: int) -> list[dict[str, float]]:
    """An earlier version of ours at several tolerances, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "model.xml").write_text(work.sbml, encoding="utf-8")
        np.savez(
            place / "in.npz", times=work.times, **{f"p.{k}": v[:lanes] for k, v in work.parameters.items()}
        )
        (place / "states.json").write_text(json.dumps([work.states, work.atol_factor]), encoding="utf-8")
        took = in_tree("before", _BEFORE, folder)
        found = np.load(place / "out.npz")
        return [
            {"rtol": rtol, "cost": cost / lanes, "error": error(found[str(i)], exact[:lanes])}
            for i, (rtol, cost) in enumerate(took)
        ]


_BEFORE = """
import json, sys, time
from pathlib import Path
import numpy as np
from jakstat.engine.load import load_sbml
place = Path(sys.argv[1])
states, factor = json.loads((place / "states.json").read_text())
held = dict(np.load(place / "in.npz"))
times, values = held["times"], {k[2:]: v for k, v in held.items() if k.startswith("p.")}
model = load_sbml((place / "model.xml").read_text(), assume_zero=True)
kept, took = {}, []
model.simulate(times, {k: v[:1] for k, v in values.items()}, outputs=states)
for i, rtol in enumerate((1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-9)):
    start = time.process_time()
    run = model.simulate(times, values, outputs=states, rtol=rtol, atol=rtol * factor)
    took.append([rtol, time.process_time() - start])
    kept[str(i)] = np.stack([run.amount(s) for s in states], axis=-1)
np.savez(place / "out.npz", **kept)
print(json.dumps(took))
"""


def ratios(result: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    """For each level of error and each engine: median of its cost over ours (the cheaper method)."""
    table = result["rounds"]
    ours = [n for n in table if n.startswith("jakstat") and n != BEFORE]
    found: dict[str, dict[str, float | None]] = {}
    for level in LEVELS:
        row: dict[str, float | None] = {}
        for engine in table:
            if engine in ours:
                continue
            values = []
            for i, points in enumerate(table[engine]):
                mine = [c for c in (at_error(table[o][i], level) for o in ours) if c is not None]
                theirs = at_error(points, level)
                if mine and theirs is not None:
                    values.append(theirs / min(mine))
            row[engine] = statistics.median(values) if values else None
        found[f"{level:g}"] = row
    return found


def compile_seconds(name: str) -> dict[str, float]:
    """Time to kernels that can run: from nothing, and from the kernel cache."""
    network = load_sbml(task(name, 1).sbml, assume_zero=True).network
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for state in ("cold", "cached"):
            start = time.perf_counter()
            solver = FastSolver(network, name, cache=KernelCache(Path(folder)))
            _ = solver.kernels, solver.start(frozenset())
            found[state] = time.perf_counter() - start
            start = time.perf_counter()
            solver.drive(METHODS["rodas5p"])
            found[f"step loop, {state}"] = time.perf_counter() - start
    return found


def figure(results: dict[str, Any], path: Path) -> None:
    """Cost against achieved error, one panel per workload."""
    if importlib.util.find_spec("matplotlib") is None:
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawing, axes = pyplot.subplots(1, len(results), figsize=(4 * len(results), 3.6), squeeze=False)
    for axis, (name, result) in zip(axes[0], results.items(), strict=True):
        for engine, rounds in result["rounds"].items():
            colour = f"C{[*(p.name for p in PEERS), BEFORE].index(engine)}"
            errors = [p["error"] for p in min(rounds, key=len)]
            costs = [statistics.median(r[i]["cost"] for r in rounds) * 1e3 for i in range(len(errors))]
            axis.loglog(errors, costs, "o-", color=colour, label=engine, markersize=3)
        axis.set_title(f"{name}, {result['states']} states", fontsize=9)
        axis.set_xlabel("achieved error (share of each state's maximum)", fontsize=8)
    axes[0][0].set_ylabel("processor time per simulation (ms)")
    axes[0][0].legend(fontsize=7)
    drawing.tight_layout()
    drawing.savefig(path, dpi=120)


def main() -> None:
    """Run the workloads and write ``engine.json`` and ``engine.png``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--only", nargs="*", default=list(USUAL))
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--minutes", type=float, default=11.0, help="for all workloads together")
    reader.add_argument("--scale", type=float, default=1.0, help="share of the usual number of lanes")
    reader.add_argument("--out", type=Path, default=RESULTS / time.strftime("%Y-%m-%d"))
    asked, _ = reader.parse_known_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    absent = [p.name for p in PEERS if missing(p)]
    about = {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "processor": platform.processor() or platform.machine(),
        "vector_width": host().width,
        "load_at_start": list(os.getloadavg()),
        "missing": absent,
    }
    print(f"{platform.processor() or platform.machine()}; missing: {', '.join(absent) or 'none'}")
    results, end = {}, time.monotonic() + 60.0 * asked.minutes
    for k, name in enumerate(asked.only):
        left = (end - time.monotonic()) / (len(asked.only) - k)
        result = measure(name, asked.rounds, asked.scale, left)
        result["ratios"] = ratios(result)
        result["compile"] = compile_seconds(name)
        results[name] = result
        print(f"{name} ({result['states']} states), {result['failed']} lanes fail")
        for engine, rounds in result["rounds"].items():
            cells = [f"{p['rtol']:g}: {1 / p['cost']:.1f}/s {p['error']:.1e}" for p in rounds[0]]
            print(f"  {engine:<18} ready in {result['prepare'].get(engine, 0.0):.2f} s; " + "; ".join(cells))
        print("  compile: " + ", ".join(f"{k} {v:.3f} s" for k, v in result["compile"].items()))
        asked.out.mkdir(parents=True, exist_ok=True)
        (asked.out / "engine.json").write_text(json.dumps({**about, "workloads": results}, indent=1))
        for level, row in result["ratios"].items():
            told = ", ".join(f"{e} {v:.1f} x" if v else f"{e} not reached" for e, v in row.items())
            print(f"  at error {level}: {told}")
    figure(results, asked.out / "engine.png")


if __name__ == "__main__":
    main()
