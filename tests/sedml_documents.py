"""Small SED-ML documents and archives, written here for tests."""

import io
import zipfile

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">
 <model id="m"><listOfCompartments>
  <compartment id="c" size="2" constant="true" spatialDimensions="3"/>
 </listOfCompartments>
 <listOfSpecies>
  <species id="A" compartment="c" constant="false"
    initialConcentration="10" hasOnlySubstanceUnits="false" boundaryCondition="false"/>
  <species id="B" compartment="c" constant="false"
    initialAmount="0" hasOnlySubstanceUnits="false" boundaryCondition="false"/>
 </listOfSpecies>
 <listOfParameters><parameter id="k" value="0.5" constant="true"/></listOfParameters>
 <listOfReactions><reaction id="J" reversible="false" fast="false">
  <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
  <listOfProducts><speciesReference species="B" stoichiometry="1" constant="true"/></listOfProducts>
  <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
   <apply><times/><ci>c</ci><ci>k</ci><ci>A</ci></apply></math></kineticLaw>
 </reaction></listOfReactions>
 </model></sbml>"""
"""A decays into B at 0.5 of 10: A(t) = 10 exp(-k t), in a compartment of 2."""

SPACES = {
    1: "http://sed-ml.org/",
    2: "http://sed-ml.org/sed-ml/level1/version2",
    3: "http://sed-ml.org/sed-ml/level1/version3",
    4: "http://sed-ml.org/sed-ml/level1/version4",
}
A = "/sbml:sbml/sbml:model/sbml:listOfSpecies/sbml:species[@id='A']"
K = "/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='k']"
COURSE = (
    '<uniformTimeCourse id="s" initialTime="0" outputStartTime="{start}" outputEndTime="4" {count}="4">'
    '<algorithm kisaoID="KISAO:{kisao}">{tuned}</algorithm></uniformTimeCourse>'
)
TASK = '<task id="t" modelReference="m" simulationReference="s"/>'


def math(text):
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{text}</math>'


def variable(name, target="", symbol="", task="t", model=""):
    told = f' target="{target}"' if target else ""
    told += f' symbol="{symbol}"' if symbol else ""
    told += f' modelReference="{model}"' if model else ""
    return f'<variable id="{name}" taskReference="{task}"{told}/>'


def generator(name, variables, formula=None, parameters=""):
    first = variables.partition('id="')[2].partition('"')[0]
    held = f"<listOfParameters>{parameters}</listOfParameters>" if parameters else ""
    return (
        f'<dataGenerator id="{name}" name="{name}"><listOfVariables>{variables}</listOfVariables>{held}'
        f"{math(formula or f'<ci>{first}</ci>')}</dataGenerator>"
    )


def sedml(
    version=4, changes="", simulations=None, tasks=TASK, generators=None, outputs=None, source="m.xml",
    start="0", kisao="0000019", tuned="", models="", task="t",
):  # fmt: skip
    """A document; what is not said is one time course of A and of time, in a report."""
    count = "numberOfSteps" if version == 4 else "numberOfPoints"
    if simulations is None:
        simulations = COURSE.format(start=start, count=count, kisao=kisao, tuned=tuned)
    if generators is None:
        generators = generator("time", variable("v1", symbol="urn:sedml:symbol:time", task=task))
        generators += generator("A", variable("v2", A, task=task))
    if outputs is None:
        outputs = (
            '<report id="r"><listOfDataSets><dataSet id="d1" label="time" dataReference="time"/>'
            '<dataSet id="d2" label="A" dataReference="A"/></listOfDataSets></report>'
        )
    held = f"<listOfChanges>{changes}</listOfChanges>" if changes else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<sedML xmlns="{SPACES[version]}"
 xmlns:sbml="http://www.sbml.org/sbml/level3/version1/core"
 level="1" version="{version}">
<listOfModels><model id="m" language="urn:sedml:language:sbml" source="{source}">{held}</model>
{models}</listOfModels>
<listOfSimulations>{simulations}</listOfSimulations><listOfTasks>{tasks}</listOfTasks>
<listOfDataGenerators>{generators}</listOfDataGenerators><listOfOutputs>{outputs}</listOfOutputs></sedML>"""


def repeated(ranges, changes="", reset="true", name="t2", task="t", over=None):
    first = ranges.partition('id="')[2].partition('"')[0]
    return (
        f'<repeatedTask id="{name}" range="{over or first}" resetModel="{reset}">'
        f"<listOfRanges>{ranges}</listOfRanges>"
        f"<listOfChanges>{changes}</listOfChanges><listOfSubTasks>"
        f'<subTask order="1" task="{task}"/></listOfSubTasks></repeatedTask>'
    )


def set_value(target, over, formula=None, model="m"):
    return (
        f'<setValue modelReference="{model}" target="{target}" range="{over}">'
        f"{math(formula or f'<ci>{over}</ci>')}</setValue>"
    )


MANIFEST = (
    '<?xml version="1.0"?><omexManifest xmlns="http://identifiers.org/combine.specifications/omex-manifest">'
    "{}</omexManifest>"
)


def content(location, form, master="false"):
    full = f"http://identifiers.org/combine.specifications/{form}"
    return f'<content location="{location}" format="{full}" master="{master}"/>'


def omex(path, files, listed=None):
    """An archive of the given files; the manifest lists them all and itself unless it is given."""
    if listed is None:
        listed = content(".", "omex")
        for name in files:
            form = "sed-ml" if name.endswith(".sedml") else "sbml" if name.endswith(".xml") else "other"
            listed += content(f"./{name}", form, "true" if form == "sed-ml" else "false")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        if listed:
            made.writestr("manifest.xml", MANIFEST.format(listed))
        for name, text in files.items():
            made.writestr(name, text)
    path.write_bytes(out.getvalue())
    return path
