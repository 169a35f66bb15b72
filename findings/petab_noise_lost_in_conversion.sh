#!/usr/bin/env bash
# petab 0.8.2: the converter from version 1 to 2 drops the transformation and the distribution of the noise.
#
# PEtab 1 has observableTransformation (lin, log, log10) and noiseDistribution (normal, laplace); PEtab 2 says the
# same by noiseDistribution (normal, log-normal, laplace, log-laplace). A good guess: petab1to2 writes those.
# Seen: the column is there and empty for every observable, which means normal noise. Nothing is raised or said; the
# converted problem is valid, and has another likelihood, another fit and other intervals. (0.10.0 writes them.)
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
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import pandas as pd

GIVEN = {"o1": ("log", "normal"), "o2": ("lin", "laplace"), "o3": ("log", "laplace"), "o4": ("lin", "normal")}
rows = [f"{name}\tA\t{t}\t0.1\t{d}" for name, (t, d) in GIVEN.items()]
head = "observableId\tobservableFormula\tobservableTransformation\tnoiseFormula\tnoiseDistribution"
Path("m.xml").write_text(SBML)
Path("p.yaml").write_text(YAML)
Path("obs.tsv").write_text("\n".join([head, *rows]) + "\n")
Path("cond.tsv").write_text("conditionId\nc1\n")
measured = [f"{name}\tc1\t1\t0.5" for name in GIVEN]
Path("meas.tsv").write_text("\n".join(["observableId\tsimulationConditionId\ttime\tmeasurement", *measured]) + "\n")
Path("par.tsv").write_text(
    "parameterId\tparameterScale\tlowerBound\tupperBound\tnominalValue\testimate\nk\tlin\t0.01\t100\t1\t1\n"
)
logging.disable(logging.ERROR)
warnings.simplefilter("ignore")
from petab.v1.lint import lint_problem
from petab.v1.problem import Problem
from petab.v2 import Problem as Problem2
from petab.v2.petab1to2 import petab1to2

faulty = lint_problem(Problem.from_yaml("p.yaml"))  # False: version 1 of it is valid
petab1to2("p.yaml", "out")
made = pd.read_csv("out/obs.tsv", sep="\t", keep_default_na=False).set_index("observableId")
read = {o.id: o.noise_distribution.value for o in Problem2.from_yaml("out/p.yaml").observables}
print("petab", version("petab"), "version 1 has faults:", faulty)
print("given:", GIVEN)
print("written:", made["noiseDistribution"].to_dict(), "read as:", read)
empty = not made["noiseDistribution"].astype(str).str.strip().any()
sys.exit(not (not faulty and empty and set(read.values()) == {"normal"}))
PY
echo "as described: every noise is normal after conversion"
