#!/usr/bin/env bash
# Antimony 3.3.0: a unit definition whose id is a plural makes a valid SBML document unreadable.
#
# An id of a unit is a name like any other. A good guess: a document with the unit definition 'cells' and a
# number in cells is read, as it is with 'cell'. Seen: the definition comes back as 'cell', the number keeps
# 'cells', and the document is refused for an unknown unit. Where only a parameter has the unit, both are
# renamed without a word.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps antimony==3.3.0 python-libsbml==5.21.2
cd "$place"
"$place/venv/bin/python" - <<'PY'
import re
import sys
from importlib.metadata import version

import antimony
import libsbml

CORE = "http://www.sbml.org/sbml/level3/version2/core"


def document(unit):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="{CORE}" level="3" version="2"><model id="m">
<listOfUnitDefinitions><unitDefinition id="{unit}"><listOfUnits>
<unit kind="item" exponent="1" scale="6" multiplier="1"/></listOfUnits></unitDefinition></listOfUnitDefinitions>
<listOfParameters><parameter id="k" value="1" units="{unit}" constant="true"/>
<parameter id="x" units="{unit}" constant="false"/></listOfParameters>
<listOfRules><assignmentRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML" xmlns:s="{CORE}">
<apply><plus/><ci>k</ci><cn s:units="{unit}">1</cn></apply></math></assignmentRule></listOfRules></model></sbml>"""


seen = {}
for unit in ("cell", "cells"):
    text = document(unit)
    valid = libsbml.readSBMLFromString(text)
    valid.checkConsistency()
    assert valid.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    antimony.clearPreviousLoads()
    read = antimony.loadSBMLString(text) >= 0
    back = antimony.getSBMLString(antimony.getMainModuleName()) if read else ""
    seen[unit] = read, re.findall(r'unitDefinition id="(\w+)"', back)
    print("antimony", version("antimony"), unit, seen[unit], "" if read else antimony.getLastError()[:90])
sys.exit(seen != {"cell": (True, ["cell"]), "cells": (False, [])})
PY
echo "as described: cell is read, cells is refused"
