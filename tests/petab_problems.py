"""Small PEtab problems with known solutions, written for tests.

The model: A -> B at rate k * A in a compartment of size 2, A0 the initial concentration of A;
C is made at ``make`` and lost at ``lose`` (rate constants), so that it rests at make / lose.
"""

# ruff: noqa: E501 - one problem on one line reads best

import math
from pathlib import Path

SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
<model id="decay" timeUnits="hour" substanceUnits="nanomole" extentUnits="nanomole" volumeUnits="litre">
<listOfUnitDefinitions>
<unitDefinition id="hour"><listOfUnits><unit kind="second" exponent="1" scale="0" multiplier="3600"/></listOfUnits></unitDefinition>
<unitDefinition id="nanomole"><listOfUnits><unit kind="mole" exponent="1" scale="-9" multiplier="1"/></listOfUnits></unitDefinition>
<unitDefinition id="per_hour"><listOfUnits><unit kind="second" exponent="-1" scale="0" multiplier="3600"/></listOfUnits></unitDefinition>
</listOfUnitDefinitions>
<listOfCompartments><compartment id="cell" size="2" units="litre" spatialDimensions="3" constant="true"/></listOfCompartments>
<listOfSpecies>
<species id="A" compartment="cell" initialConcentration="10" substanceUnits="nanomole" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
<species id="B" compartment="cell" initialConcentration="0" substanceUnits="nanomole" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
<species id="C" compartment="cell" initialConcentration="0" substanceUnits="nanomole" hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/>
</listOfSpecies>
<listOfParameters>
<parameter id="k" value="0.5" units="per_hour" constant="true"/>
<parameter id="make" value="3" constant="false"/>
<parameter id="lose" value="1.5" units="per_hour" constant="true"/>
</listOfParameters>
<listOfReactions>
<reaction id="turn" reversible="false">
<listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
<listOfProducts><speciesReference species="B" stoichiometry="1" constant="true"/></listOfProducts>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>cell</ci><ci>k</ci><ci>A</ci></apply></math></kineticLaw>
</reaction>
<reaction id="made" reversible="false">
<listOfProducts><speciesReference species="C" stoichiometry="1" constant="true"/></listOfProducts>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>cell</ci><ci>make</ci></apply></math></kineticLaw>
</reaction>
<reaction id="lost" reversible="false">
<listOfReactants><speciesReference species="C" stoichiometry="1" constant="true"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>cell</ci><ci>lose</ci><ci>C</ci></apply></math></kineticLaw>
</reaction>
</listOfReactions>
</model></sbml>
"""

V1 = {
    "problem.yaml": """format_version: 1
parameter_file: parameters.tsv
problems:
- condition_files: [conditions.tsv]
  measurement_files: [measurements.tsv]
  observable_files: [observables.tsv]
  sbml_files: [model.xml]
""",
    "model.xml": SBML,
    "parameters.tsv": [
        "parameterId parameterScale lowerBound upperBound nominalValue estimate",
        "k log10 0.01 10 0.5 1",
        "lose lin 0 10 1.5 0",
        "sd log10 0.01 10 0.2 1",
    ],
    "conditions.tsv": ["conditionId A", "low 10", "high 20"],
    "observables.tsv": [
        "observableId observableFormula noiseFormula observableTransformation noiseDistribution",
        "obs_A A sd lin normal",
        "obs_B B noiseParameter1_obs_B lin normal",
    ],
    "measurements.tsv": [
        "observableId simulationConditionId measurement time noiseParameters",
        "obs_A low 10.1 0 _",
        "obs_A low 6.2 1 _",
        "obs_A high 7.2 2 _",
        "obs_B low 6.2 2 0.3",
        "obs_B high 17.4 4 0.3",
    ],
}

V2 = {
    "problem.yaml": """format_version: 2.0.0
parameter_files: [parameters.tsv]
model_files:
  decay:
    location: model.xml
    language: sbml
condition_files: [conditions.tsv]
experiment_files: [experiments.tsv]
measurement_files: [measurements.tsv]
observable_files: [observables.tsv]
""",
    "model.xml": SBML,
    "parameters.tsv": [
        "parameterId lowerBound upperBound nominalValue estimate",
        "k 0.01 10 0.5 true",
        "lose _ _ 1.5 false",
        "sd 0.01 10 0.2 true",
    ],
    "conditions.tsv": ["conditionId targetId targetValue", "low A 10", "high A 20"],
    "experiments.tsv": ["experimentId time conditionId", "e_low 0 low", "e_high 0 high"],
    "observables.tsv": [
        "observableId observableFormula noiseFormula noiseDistribution noisePlaceholders",
        "obs_A A sd normal _",
        "obs_B B n1 normal n1",
    ],
    "measurements.tsv": [
        "observableId experimentId measurement time noiseParameters",
        "obs_A e_low 10.1 0 _",
        "obs_A e_low 6.2 1 _",
        "obs_A e_high 7.2 2 _",
        "obs_B e_low 6.2 2 0.3",
        "obs_B e_high 17.4 4 0.3",
    ],
}


def write(folder, base=V1, **changes):
    """Write a problem; ``changes`` replace files by name (with ``__`` for the dot); the YAML's path."""
    files = {**base, **{name.replace("__", "."): text for name, text in changes.items()}}
    for name, content in files.items():
        if content is None:
            continue
        if not isinstance(content, str):
            # cells are parted by blanks; "_" is an empty one
            rows = [["" if c == "_" else c.replace("~", " ") for c in line.split(" ")] for line in content]
            content = "".join("\t".join(row) + "\n" for row in rows)
        Path(folder, name).write_text(content, encoding="utf-8")
    return Path(folder, "problem.yaml")


def row(table, number, column, text):
    """A table with one cell changed (rows from 1, the header is 0)."""
    cells = [line.split(" ") for line in table]
    cells[number][cells[0].index(column)] = text
    return [" ".join(line) for line in cells]


def without(table, column):
    """A table without one of its columns."""
    place = table[0].split(" ").index(column)
    return [" ".join(c for i, c in enumerate(line.split(" ")) if i != place) for line in table]


def normal(value, mean, sd):
    """Minus log-density."""
    return 0.5 * ((value - mean) / sd) ** 2 + math.log(sd) + 0.5 * math.log(2 * math.pi)
