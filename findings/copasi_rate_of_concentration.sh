#!/usr/bin/env bash
# COPASI 4.48: the rate of a concentration is read as something else where the compartment grows.
#
# In SBML a rate rule for a species that counts as a concentration gives the rate of that concentration. With
# d[A]/dt = 1, [A](0) = 2 and a compartment of size 1 + t, a good guess is 2, 3, 4 at t = 0, 1, 2, as
# libRoadRunner has it. Seen: 2, 1.75, 2: the rule is taken as a rate of the amount per size, and the growth
# dilutes what is there. Nothing in the message log says so.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps python-copasi==4.48.311
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import COPASI

ONE = '<math xmlns="http://www.w3.org/1998/Math/MathML"><cn>1</cn></math>'
TEXT = f"""<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">
<listOfCompartments><compartment id="c" spatialDimensions="3" size="1" constant="false"/></listOfCompartments>
<listOfSpecies><species id="A" compartment="c" initialConcentration="2" hasOnlySubstanceUnits="false"
boundaryCondition="true" constant="false"/></listOfSpecies>
<listOfRules><rateRule variable="c">{ONE}</rateRule><rateRule variable="A">{ONE}</rateRule></listOfRules>
</model></sbml>"""
data = COPASI.CRootContainer.addDatamodel()
assert data.importSBMLFromString(TEXT)
told = COPASI.CCopasiMessage.getAllMessageText()
task = data.getTask("Time-Course")
problem = task.getProblem()
problem.setDuration(2.0)
problem.setStepNumber(2)
problem.setTimeSeriesRequested(True)
assert task.initialize(COPASI.CCopasiTask.OUTPUT_UI)
assert task.process(True)
series = task.getTimeSeries()
names = [series.getSBMLId(i, data) for i in range(series.getNumVariables())]
course = [round(series.getConcentrationData(row, names.index("A")), 5) for row in range(3)]
print("COPASI", version("python-copasi"), "[A] at 0, 1, 2:", course)
assert "rate" not in told.lower(), told
sys.exit(course != [2.0, 1.75, 2.0])
PY
echo "as described: not the rate of the concentration"
