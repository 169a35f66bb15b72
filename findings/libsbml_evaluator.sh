#!/usr/bin/env bash
# libSBML 5.21.2: initial values that it works out itself are not those of the document.
#
# The converter expandInitialAssignments writes the value of each initial assignment into the model, for
# programs that cannot work it out. A good guess: the values that MathML and SBML give these formulas, which
# libRoadRunner and COPASI find too: log of 8 to the base 2 is 3, quotient(-7, 2) is -3, rem(-7, 2) is -1 (both
# towards zero), and xor of three truths is true. Seen: 0.903 (the base is passed over), -4, 1 and false,
# without a message. The evaluator behind it (SBMLTransforms.evaluateASTNode) gives the same.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps python-libsbml==5.21.2
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import libsbml

MEANT = {"log(2, 8)": 3, "quotient(-7, 2)": -3, "rem(-7, 2)": -1, "piecewise(1, xor(true, true, true), 0)": 1}
seen = {}
for formula in MEANT:
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    parameter = model.createParameter()
    parameter.setId("y")
    parameter.setConstant(True)
    given = model.createInitialAssignment()
    given.setSymbol("y")
    given.setMath(libsbml.parseL3Formula(formula))
    assert document.checkConsistency() == 0 or not document.getNumErrors(libsbml.LIBSBML_SEV_ERROR)
    wish = libsbml.ConversionProperties()
    wish.addOption("expandInitialAssignments", True)
    assert document.convert(wish) == libsbml.LIBSBML_OPERATION_SUCCESS
    assert model.getNumInitialAssignments() == 0
    seen[formula] = round(parameter.getValue(), 4)
    print("libSBML", version("python-libsbml"), formula, "meant", MEANT[formula], "written", seen[formula])
sys.exit(list(seen.values()) != [0.9031, -4, 1, 0])
PY
echo "as described: four values that the formulas do not have"
