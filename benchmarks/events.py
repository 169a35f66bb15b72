"""`python -m benchmarks.events`: 1 to 1,000 events a lane, ours beside libRoadRunner and bngsim.

Two kinds: at given times, and when a state passes a threshold. Told are processor seconds per lane at
rtol 1e-6.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engine_peers import PEERS, Task, missing
from benchmarks.trees import TREES, in_tree, kept

COUNTS = {1: 200, 10: 200, 100: 50, 1000: 6}
"""Lanes by number of events."""
KINDS = {"time": "<csymbol encoding='text' definitionURL='http://www.sbml.org/sbml/symbols/time'>t</csymbol>",
         "state": "<ci>C</ci>"}  # fmt: skip
END = 100.0

_OURS = """
import json, sys, time
import numpy as np
from jakstat.engine.load import load_sbml
model = load_sbml(open(sys.argv[1]).read())
lanes, times = int(sys.argv[2]), np.linspace(0.0, 100.0, 51)
model.simulate(times, {"k": [0.1]}, outputs=["A"])
values = {"k": 0.1 * 3.0 ** np.random.default_rng(1).uniform(-1.0, 1.0, lanes)}
start = time.process_time()
run = model.simulate(times, values, outputs=["A"])
took = time.process_time() - start
print(json.dumps([took / lanes, run.amount("A")[:4, -1].tolist()]))
"""


def document(count: int, kind: str) -> str:
    """A -> B at the rate k A, C growing steadily; one unit of A is added at every event."""

    def number(x: float) -> str:
        return f"<cn>{x!r}</cn>"

    def formula(inside: str) -> str:
        return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{inside}</math>'

    events = "".join(
        f'<event id="e{i}" useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true">'
        + formula(f"<apply><gt/>{KINDS[kind]}{number(END * (i + 0.37) / count)}</apply>")
        + '</trigger><listOfEventAssignments><eventAssignment variable="A">'
        + formula(f"<apply><plus/><ci>A</ci>{number(1.0)}</apply>")
        + "</eventAssignment></listOfEventAssignments></event>"
        for i in range(count)
    )
    flags = 'hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"'
    pools = "".join(
        f'<species id="{n}" compartment="c" initialAmount="{a}" {flags}/>'
        for n, a in (("A", 1.0), ("B", 0.0), ("C", 0.0))
    )
    return (
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        '<listOfCompartments><compartment id="c" spatialDimensions="3" size="1" constant="true"/>'
        f"</listOfCompartments><listOfSpecies>{pools}</listOfSpecies>"
        '<listOfParameters><parameter id="k" value="0.1" constant="true"/></listOfParameters>'
        '<listOfReactions><reaction id="r" reversible="false"><listOfReactants>'
        '<speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants><listOfProducts>'
        '<speciesReference species="B" stoichiometry="1" constant="true"/></listOfProducts><kineticLaw>'
        + formula("<apply><times/><ci>k</ci><ci>A</ci></apply>")
        + '</kineticLaw></reaction><reaction id="s" reversible="false"><listOfProducts>'
        '<speciesReference species="C" stoichiometry="1" constant="true"/></listOfProducts><kineticLaw>'
        + formula(number(1.0))
        + f"</kineticLaw></reaction></listOfReactions><listOfEvents>{events}</listOfEvents></model></sbml>"
    )


def by_peers(text: str, lanes: int) -> dict[str, list[Any]]:
    """Seconds per lane of the installed peers, and the last A of the first lanes."""
    values = {"k": 0.1 * 3.0 ** np.random.default_rng(1).uniform(-1.0, 1.0, lanes)}
    work = Task("events", text, ("A",), values, np.linspace(0.0, END, 51), 1e-3, (1.0,))
    found = {}
    for peer in PEERS:
        if peer.name not in ("libRoadRunner", "bngsim") or missing(peer):
            continue
        solve = peer.prepare(work)
        solve(1e-6, 1)
        start = time.process_time()
        answer = solve(1e-6, lanes)
        took = float(getattr(answer, "seconds", time.process_time() - start))
        found[peer.name] = [took / lanes, answer()[:4, -1, 0].tolist()]
    return found


def main() -> None:
    """Measure and write ``events.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=2)
    reader.add_argument("--out", type=Path)
    asked, _ = reader.parse_known_args()
    place = Path("build") / "bench-events.xml"
    place.parent.mkdir(exist_ok=True)
    rows = []
    for kind in KINDS:
        for count, lanes in COUNTS.items():
            place.write_text(document(count, kind), encoding="utf-8")
            best: dict[str, list[Any]] = {}
            for k in range(asked.rounds):
                found = {"now": in_tree("now", _OURS, str(place), str(lanes))}
                if "before" in TREES and k == 0:  # quadratic: a second round would take minutes
                    found["before"] = in_tree("before", _OURS, str(place), str(max(2, lanes // 10)))
                found |= by_peers(place.read_text(encoding="utf-8"), max(4, lanes // 10))
                for name, row in found.items():
                    best[name] = min(best.get(name, row), row)
            costs = {name: row[0] for name, row in best.items()}
            exact = np.array(best["now"][1])
            gaps = {
                n: float(np.abs(np.array(r[1]) - exact[: len(r[1])]).max() / exact.max())
                for n, r in best.items()
            }
            over = {name: cost / costs["now"] for name, cost in costs.items() if name != "now"}
            row = {"events": count, "by": kind, "s per lane": costs, "over ours": over, "relative gap": gaps}
            print(json.dumps(row), flush=True)
            rows.append(row)
            kept("events", {"rows": rows}, asked.out)


if __name__ == "__main__":
    main()
