#!/usr/bin/env bash
# libRoadRunner 2.10.0: the submodels of a hierarchical model are left out, and nothing is said.
#
# A document with the package comp, marked as required, holds a parameter of its own and two submodels. A good
# guess: the model is made flat (COPASI and Antimony do), or refused, as "required" asks of a reader that does not
# know the package. Seen: it loads, and the quantities of the submodels are not there.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps \
    libroadrunner==2.10.0 numpy==2.4.6 python-libsbml==5.21.2 python-copasi==4.48.311
cd "$place"
"$place/venv/bin/python" - <<'PY'
import sys

import COPASI
import libsbml
import roadrunner

COMP = "http://www.sbml.org/sbml/level3/version1/comp/version1"
RATE = '<math xmlns="http://www.w3.org/1998/Math/MathML"><cn>{}</cn></math>'


def counted(name, start, rate):
    return (
        f'<listOfParameters><parameter id="{name}" value="{start}" constant="false"/></listOfParameters>'
        f'<listOfRules><rateRule variable="{name}">{RATE.format(rate)}</rateRule></listOfRules>'
    )


TEXT = f"""<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" xmlns:comp="{COMP}" level="3" version="1"
comp:required="true"><model id="m">{counted("z", 1, 2)}<comp:listOfSubmodels>
<comp:submodel comp:id="a" comp:modelRef="inner"/><comp:submodel comp:id="b" comp:modelRef="inner"/>
</comp:listOfSubmodels></model><comp:listOfModelDefinitions>
<comp:modelDefinition id="inner">{counted("k", 2, 1)}</comp:modelDefinition>
</comp:listOfModelDefinitions></sbml>"""
document = libsbml.readSBMLFromString(TEXT)
document.checkConsistency()
assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
data = COPASI.CRootContainer.addDatamodel()
assert data.importSBMLFromString(TEXT)
values = data.getModel().getModelValues()
theirs = sorted(values.get(i).getSBMLId() for i in range(values.size()))
model = roadrunner.RoadRunner(TEXT)
seen = sorted(name for name in model.model.keys() if name.isidentifier())
print("libRoadRunner", roadrunner.__version__, "has", seen, "where COPASI has", theirs)
sys.exit((seen, theirs) != (["z"], ["a__k", "b__k", "z"]))
PY
echo "as described: the submodels are gone"
