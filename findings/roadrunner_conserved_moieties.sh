#!/usr/bin/env bash
# libRoadRunner 2.10.0: with conserved moieties on, setting one species makes another negative.
#
# A and B turn into each other; A is 3 and B is 1. A user sets [A] = 7. A good guess: B stays 1 and the total is 8,
# as without conservedMoietyAnalysis (steady state 6 and 2). Seen with it: the total stays 4, so that B is -3, and
# the steady state is that of the old total (3 and 1). Setting init([A]) does what one would guess.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps \
    libroadrunner==2.10.0 numpy==2.4.6
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys

import roadrunner

SPECIES = "".join(
    f'<species id="{name}" compartment="c" initialConcentration="{start}" hasOnlySubstanceUnits="false" '
    'boundaryCondition="false" constant="false"/>'
    for name, start in (("A", 3), ("B", 1))
)
RATE = """<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><minus/><ci>A</ci>
<apply><times/><cn>3</cn><ci>B</ci></apply></apply></math>"""
TEXT = f"""<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">
<listOfCompartments><compartment id="c" spatialDimensions="3" size="1" constant="true"/></listOfCompartments>
<listOfSpecies>{SPECIES}</listOfSpecies><listOfReactions><reaction id="r" reversible="true"><listOfReactants>
<speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants><listOfProducts>
<speciesReference species="B" stoichiometry="1" constant="true"/></listOfProducts>
<kineticLaw>{RATE}</kineticLaw></reaction></listOfReactions></model></sbml>"""
seen = {}
for moieties, name in ((False, "[A]"), (True, "[A]"), (True, "init([A])")):
    model = roadrunner.RoadRunner(TEXT)
    model.conservedMoietyAnalysis = moieties
    model[name] = 7.0
    start = [round(model[s], 6) for s in ("[A]", "[B]")]
    model.steadyState()
    seen[moieties, name] = start, [round(model[s], 6) for s in ("[A]", "[B]")]
    print("libRoadRunner", roadrunner.__version__, "moieties", moieties, name, "A, B set and steady:", seen[moieties, name])
wanted = [([7, 1], [6, 2]), ([7, -3], [3, 1]), ([7, 1], [6, 2])]
sys.exit(list(seen.values()) != wanted)
PY
echo "as described: B is -3"
