#!/usr/bin/env bash
# petab 0.8.2: the converter from version 1 to 2 makes another prior of one on the scale of log10.
#
# In PEtab 1 "parameterScaleNormal 0;1" of a parameter on the scale log10 is a normal density of log10(k): one
# standard deviation is a factor of 10. PEtab 2 has log-normal, of the natural logarithm; by hand the same density is
# log-normal with mean 0 and standard deviation ln(10) = 2.303. A good guess: that is written, or it is refused, as
# the converter refuses parameterScaleUniform and parameterScaleLaplace on log10.
# Seen: log-normal 0;1, whose standard deviation is a factor of 2.718. Nothing is said. (0.10.0 writes 2.303.)
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip --quiet --disable-pip-version-check install petab==0.8.2 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 python-libsbml==5.21.2 sympy==1.14.0 pydantic==2.14.4 pyyaml==6.0.4 jsonschema==4.26.0 antlr4-python3-runtime==4.13.1 colorama==0.4.6
cd "$place"
"$place/venv/bin/python" - <<'PY'
SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model id="m">
<listOfCompartments><compartment id="c" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>
<listOfSpecies><species id="A" compartment="c" initialConcentration="1" hasOnlySubstanceUnits="false"
 boundaryCondition="false" constant="false"/></listOfSpecies>
<listOfParameters><parameter id="k" value="1" constant="true"/></listOfParameters></model></sbml>"""
YAML = """format_version: 1
parameter_file: par.tsv
problems:
- sbml_files: [m.xml]
  measurement_files: [meas.tsv]
  condition_files: [cond.tsv]
  observable_files: [obs.tsv]
"""
import logging
import math
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import pandas as pd

Path("m.xml").write_text(SBML)
Path("p.yaml").write_text(YAML)
Path("obs.tsv").write_text("observableId\tobservableFormula\tnoiseFormula\no1\tA\t0.1\n")
Path("cond.tsv").write_text("conditionId\nc1\n")
Path("meas.tsv").write_text("observableId\tsimulationConditionId\ttime\tmeasurement\no1\tc1\t1\t0.5\n")
head = "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\tobjectivePriorType"
Path("par.tsv").write_text(
    f"{head}\tobjectivePriorParameters\nk\tlog10\t0.001\t1000\t1\t1\tparameterScaleNormal\t0;1\n"
)
logging.disable(logging.ERROR)
warnings.simplefilter("ignore")
from petab.v1.lint import lint_problem
from petab.v1.problem import Problem
from petab.v2.petab1to2 import petab1to2

faulty = lint_problem(Problem.from_yaml("p.yaml"))  # False: version 1 of it is valid
petab1to2("p.yaml", "out")
made = pd.read_csv("out/par.tsv", sep="\t").iloc[0]
mean, spread = map(float, made["priorParameters"].split(";"))
print("petab", version("petab"), "version 1 has faults:", faulty)
print("written:", made["priorDistribution"], mean, spread)
print(f"a factor of 10 should lie {math.log(10) / math.log(10):g} standard deviations off; it lies", math.log(10) / spread)
sys.exit(not (not faulty and made["priorDistribution"] == "log-normal" and (mean, spread) == (0.0, 1.0)))
PY
echo "as described: a standard deviation of log10 taken for one of ln"
