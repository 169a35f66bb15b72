"""The child that Antimony runs in: text on standard input, SBML and what it left open as JSON.

Run as ``python -m jakstat.exchange.antimony_child``. Antimony is a parser in C++ with a stack of its own.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from jakstat.engine.read.limited_child import limit_process

__all__ = ["antimony_answer", "run_antimony"]

_TOP = "__main"
_LINE = re.compile(r"Error in model string, line ([0-9]+):\s*")


def antimony_answer(text: str) -> dict[str, Any]:
    """What the child says about one text: ``error`` with ``line``, or ``sbml`` with what is open in it."""
    import antimony

    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        said = str(antimony.getLastError())
        line = _LINE.match(said)
        return {"error": _LINE.sub("", said), "line": int(line[1]) if line else None}
    module = str(antimony.getMainModuleName())
    others = [str(name) for name in antimony.getModuleNames() if name not in (_TOP, module)]
    if module != _TOP and "<listOf" in str(antimony.getSBMLString(_TOP)):
        others.append("what stands outside of models")
    sbml = str(antimony.getSBMLString(module))
    return {"sbml": sbml, "module": module, "others": others, **_left_open(sbml)}


def _left_open(sbml: str) -> dict[str, list[str]]:
    """Ids that the text gave no value, no place, or no meaning."""
    import libsbml

    model = libsbml.readSBMLFromString(sbml).getModel()
    given = {a.getSymbol() for a in model.getListOfInitialAssignments()}
    given |= {r.getVariable() for r in model.getListOfRules() if r.isAssignment()}
    species = list(model.getListOfSpecies())
    ruled = {r.getVariable() for r in model.getListOfRules()}
    ends = [x for r in model.getListOfReactions() for x in (*r.getListOfReactants(), *r.getListOfProducts())]
    reacting = {end.getSpecies() for end in ends}
    units = {d.getId() for d in model.getListOfUnitDefinitions() if not d.getNumUnits()}
    return {
        "unset_species": [
            s.getId()
            for s in species
            if not (s.isSetInitialAmount() or s.isSetInitialConcentration() or s.getId() in given)
        ],
        "unset_parameters": [
            p.getId() for p in model.getListOfParameters() if not (p.isSetValue() or p.getId() in given)
        ],
        "ruled": [s.getId() for s in species if s.getId() in ruled & reacting],
        "placed": [s.getId() for s in species if s.getCompartment() == "default_compartment"],
        "units": sorted(u for u in units if not u.endswith(("_litre", "_per_litre"))),
    }


def run_antimony() -> int:
    """Read one request line (JSON) and the text after it; write the answer as JSON."""
    request = json.loads(sys.stdin.buffer.readline())
    limit_process(float(request["cpu"]), int(request["memory"]))
    text = sys.stdin.buffer.read().decode("utf-8")
    said = json.dumps(antimony_answer(text))
    sys.stdout.write("\n" + said)
    return 0


if __name__ == "__main__":  # pragma: no cover
    raise SystemExit(run_antimony())
