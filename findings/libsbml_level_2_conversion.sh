#!/usr/bin/env bash
# libSBML 5.21.2: a conversion to Level 2 that "is not supported" returns True, and the numbers are others.
#
# setLevelAndVersion(2, 4, strict=False) turns a Level 3 document into a Level 2 one. A good guess: where Level 2
# cannot say what the document says, it returns False and leaves the document as it was. Seen: a conversion
# factor of 3 is dropped and an event that fires at the start no longer does; it returns True both times (of the
# first its own log says "conversion to earlier levels is not supported"). In libRoadRunner the first model ends
# at 2 instead of 6, the second at 1 instead of 2.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps \
    python-libsbml==5.21.2 libroadrunner==2.10.0 numpy==2.4.6
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import libsbml
import roadrunner

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" '
    'level="3" version="2"><model id="m">'
)
MATHS = '<math xmlns="http://www.w3.org/1998/Math/MathML">'
TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">time</csymbol>'
FACTOR = f"""{HEAD}<listOfCompartments><compartment id="c" spatialDimensions="3" size="1" constant="true"/>
</listOfCompartments><listOfSpecies><species id="A" compartment="c" initialConcentration="0"
hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false" conversionFactor="f"/></listOfSpecies>
<listOfParameters><parameter id="f" value="3" constant="true"/></listOfParameters><listOfReactions>
<reaction id="r" reversible="false"><listOfProducts><speciesReference species="A" stoichiometry="1" constant="true"/>
</listOfProducts><kineticLaw>{MATHS}<cn>2</cn></math></kineticLaw></reaction></listOfReactions></model></sbml>"""
EVENT = f"""{HEAD}<listOfParameters><parameter id="x" value="1" constant="false"/></listOfParameters><listOfEvents>
<event id="e" useValuesFromTriggerTime="true"><trigger initialValue="false" persistent="true">{MATHS}
<apply><geq/>{TIME}<cn>0</cn></apply></math></trigger><listOfEventAssignments><eventAssignment variable="x">{MATHS}
<cn>2</cn></math></eventAssignment></listOfEventAssignments></event></listOfEvents></model></sbml>"""


def end(text, column):
    model = roadrunner.RoadRunner(text)
    model.timeCourseSelections = [column]
    return round(float(model.simulate(0, 1, 2)[-1, 0]), 6)


seen = []
for name, text, column in (("factor", FACTOR, "[A]"), ("event", EVENT, "x")):
    document = libsbml.readSBMLFromString(text)
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    returned = document.setLevelAndVersion(2, 4, False)
    told = [document.getError(i).getShortMessage() for i in range(document.getNumErrors())]
    seen.append((returned, end(text, column), end(libsbml.writeSBMLToString(document), column)))
    print("libSBML", version("python-libsbml"), name, "returned, before, after:", seen[-1], told)
sys.exit(seen != [(True, 6.0, 2.0), (True, 2.0, 1.0)])
PY
echo "as described: True, and another model"
