"""`python -m benchmarks.paths`: exact stochastic paths, one and many, ours beside bngsim and libRoadRunner.

Told are firings per processor second (their number is the integral of the mean rates, the same for all), and
mean and variance of the last value over the paths.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.trees import written
from jakstat.engine.load import load_sbml

Reals = NDArray[np.float64]
Draw = Callable[[int, int], Reals]
"""From a first seed and a number of paths to the last values of what is observed."""

MODELS = {
    # species with first numbers, reactions (name, reactants, products, rate), observed, end
    "association": ({"A": 1000, "C": 1000, "B": 0},
                    [("on", "A C", "B", "A*C*0.001"), ("off", "B", "A C", "B")], "B", 600.0),
    "gene": ({"M": 0, "P": 0}, [("make", "", "M", "20"), ("lose", "M", "", "M"), ("grow", "M", "M P", "M*10"),
                                ("fade", "P", "", "P*0.1")], "P", 900.0),
}  # fmt: skip
MANY = 16


def document(name: str) -> str:
    """The model in SBML, with numbers of molecules as amounts; products of rates stand in order."""
    species, reactions, _, _ = MODELS[name]

    def side(kind: str, words: str) -> str:
        items = "".join(
            f'<speciesReference species="{w}" stoichiometry="1" constant="true"/>' for w in words.split()
        )
        return f"<listOf{kind}>{items}</listOf{kind}>" if items else ""

    def term(word: str) -> str:
        return f"<ci>{word}</ci>" if word in species else f"<cn>{float(word)!r}</cn>"

    pools = "".join(
        f'<species id="{n}" compartment="c" initialAmount="{a}" hasOnlySubstanceUnits="true" '
        'boundaryCondition="false" constant="false"/>'
        for n, a in species.items()
    )
    laws = ""
    for label, left, right, rate in reactions:
        lost = [w for w in left.split() if w not in right.split()]
        catalysts = [w for w in left.split() if w in right.split()]
        made = [w for w in right.split() if w not in left.split()]
        modifiers = "".join(f'<modifierSpeciesReference species="{w}"/>' for w in catalysts)
        modifiers = f"<listOfModifiers>{modifiers}</listOfModifiers>" if modifiers else ""
        inside = "".join(term(w) for w in rate.split("*"))
        laws += (
            f'<reaction id="{label}" reversible="false">{side("Reactants", " ".join(lost))}'
            f"{side('Products', ' '.join(made))}{modifiers}<kineticLaw>"
            f'<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/>{inside}</apply></math>'
            "</kineticLaw></reaction>"
        )
    return (
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        '<listOfCompartments><compartment id="c" spatialDimensions="3" size="1" constant="true"/>'
        f"</listOfCompartments><listOfSpecies>{pools}</listOfSpecies><listOfReactions>{laws}"
        "</listOfReactions></model></sbml>"
    )


def _ours(text: str, observed: str, end: float) -> Draw:
    model = load_sbml(text)
    return lambda seed, paths: model.sample_paths(
        [0.0, end], outputs=[observed], seed=seed, lanes=paths, max_steps=1_000_000_000
    ).amount(observed)[:, -1]


def _bngsim(text: str, observed: str, end: float) -> Draw:
    import bngsim

    model: Any = bngsim.Model.from_sbml_string(text)
    simulator: Any = bngsim.Simulator(model, method="ssa")
    place = list(model.species_names).index(observed)

    def draw(seed: int, paths: int) -> Reals:
        rows = []
        for k in range(paths):
            model.reset()
            run = simulator.run(sample_times=[0.0, end], seed=1000 * seed + k, max_steps=1_000_000_000)
            rows.append(np.array(run.species)[-1, place])
        return np.array(rows)

    return draw


def _roadrunner(text: str, observed: str, end: float) -> Draw:
    import roadrunner

    runner: Any = roadrunner.RoadRunner(text)
    runner.integrator = "gillespie"
    runner.timeCourseSelections = [observed]

    def draw(seed: int, paths: int) -> Reals:
        runner.integrator.seed = seed
        rows = []
        for _ in range(paths):
            runner.reset()
            rows.append(np.array(runner.simulate(0.0, end, 2))[-1, 0])
        return np.array(rows)

    return draw


ENGINES = {"jakstat": _ours, "bngsim": _bngsim, "roadrunner": _roadrunner}


def firings(text: str, names: list[str], end: float) -> float:
    """Expected number of firings of a path, from the mean rates."""
    times = np.linspace(0.0, end, 2001)
    run = load_sbml(text).simulate(times, outputs=names)
    return float(sum(np.trapezoid(run.value(n)[0], times) for n in names))


def main() -> None:
    """Measure and write ``paths.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=1)
    reader.add_argument("--out", type=Path)
    asked, _ = reader.parse_known_args()
    found: dict[str, Any] = {}
    for name, (_, reactions, observed, end) in MODELS.items():
        text = document(name)
        count = firings(text, [r[0] for r in reactions], end)
        ready = {n: make(text, observed, end) for n, make in ENGINES.items() if importlib.util.find_spec(n)}
        rows: dict[str, dict[str, Any]] = {n: {"one": [], "many": [], "last": []} for n in ready}
        for k in range(asked.rounds + 1):
            for n, draw in ready.items():
                for kind, paths in (("one", 1), ("many", MANY)):
                    start = time.process_time()
                    last = draw(k + 1, paths)
                    took = time.process_time() - start
                    if k:  # the first round makes what is made once
                        rows[n][kind].append(paths * count / took)
                        rows[n]["last"].extend(last.tolist() if kind == "many" else [])
        found[name] = {
            n: {
                "one path (firings/s)": max(row["one"]), f"{MANY} paths (firings/s)": max(row["many"]),
                "mean": float(np.mean(row["last"])), "variance": float(np.var(row["last"], ddof=1)),
            }
            for n, row in rows.items()
        }  # fmt: skip
        found[name]["firings of a path"] = count
    written("paths", found, asked.out)


if __name__ == "__main__":
    main()
