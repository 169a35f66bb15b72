"""What libraries and simulators make of SED-ML and COMBINE archives."""

import re
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from sbml_text import compartment, document, element, listed, math, parameter, reaction, species

MODEL = document(
    listed("Compartments", compartment())
    + listed("Species", species("A", initialConcentration=2.0))
    + listed("Parameters", parameter("k", 1.0))
    + listed("Reactions", reaction("r", "A", "", "k * A * c"))
)
SPECIFICATIONS = "http://identifiers.org/combine.specifications"


def experiment(version):
    """A course from 0 to 10 with 20 of what this version counts."""
    space = "http://sed-ml.org/" if version == 1 else f"http://sed-ml.org/sed-ml/level1/version{version}"
    count = "numberOfSteps" if version == 4 else "numberOfPoints"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><sedML xmlns="{space}" level="1" version="{version}">'
        '<listOfSimulations><uniformTimeCourse id="s" initialTime="0" outputStartTime="0" outputEndTime="10" '
        f'{count}="20"><algorithm kisaoID="KISAO:0000019"/></uniformTimeCourse></listOfSimulations>'
        '<listOfModels><model id="m" language="urn:sedml:language:sbml" source="m.xml"/></listOfModels>'
        '<listOfTasks><task id="t" modelReference="m" simulationReference="s"/></listOfTasks></sedML>'
    )


def time_course(data):
    problem = data.getTask("Time-Course").getProblem()
    return problem.getDuration(), problem.getStepNumber()


def row_sedml_points_are_steps():
    import COPASI
    import libsedml

    seen = {}
    for version in (1, 2, 3, 4):
        made = libsedml.SedDocument(1, version)
        course = made.createUniformTimeCourse()
        course.setNumberOfSteps(20)
        (written,) = re.findall(r"numberOf\w+=.20.", libsedml.writeSedMLToString(made))
        with TemporaryDirectory() as folder:
            (Path(folder) / "m.xml").write_text(MODEL)
            (Path(folder) / "e.sedml").write_text(experiment(version))
            data = COPASI.CRootContainer.addDatamodel()
            assert data.importSEDML(f"{folder}/e.sedml")
            seen[version] = written, time_course(data)
    points, steps = ('numberOfPoints="20"', (10.0, 20)), ('numberOfSteps="20"', (10.0, 20))
    assert seen == {1: points, 2: points, 3: points, 4: steps}, seen
    return f"{seen}"


def row_libcombine_no_entry_of_itself():
    import libcombine

    with TemporaryDirectory() as folder:
        (Path(folder) / "m.xml").write_text(MODEL)
        archive = libcombine.CombineArchive()
        assert archive.addFile(f"{folder}/m.xml", "./m.xml", f"{SPECIFICATIONS}/sbml", True)
        assert archive.writeToFile(f"{folder}/a.omex")
        with zipfile.ZipFile(f"{folder}/a.omex") as made:
            text = made.read("manifest.xml").decode()
    found = re.findall(r'location="([^"]*)"', text)
    assert found == ["./m.xml"], found
    return f"listed: {found}"


def row_phrasedml_derived_model():
    import phrasedml

    with TemporaryDirectory() as folder:
        (Path(folder) / "m.xml").write_text(MODEL)
        phrasedml.setWorkingDirectory(folder)
        lines = ['m1 = model "m.xml"', "m2 = model m1 with k=0.7", "s = simulate uniform(0, 10, 20)"]
        text = phrasedml.convertString("\n".join([*lines, "t = run s on m2", "report time, A"]))
    found = re.findall(r'<model id="m2"[^>]*source="([^"]*)"', text)
    assert found == ["m1"], phrasedml.getLastError() or found
    return f"source of m2: {found[0]}"


def row_phrasedml_assigned_species():
    import phrasedml
    import roadrunner

    given = element("initialAssignment", math("2 * k"), symbol="A")
    bare = MODEL.replace(' initialConcentration="2.0"', "")
    text = bare.replace("<listOfReactions>", listed("InitialAssignments", given) + "<listOfReactions>")
    with TemporaryDirectory() as folder:
        (Path(folder) / "m.xml").write_text(text)
        phrasedml.setWorkingDirectory(folder)
        lines = ['m1 = model "m.xml" with A=3', "s = simulate uniform(0, 10, 20)", "t = run s on m1"]
        written = phrasedml.convertString("\n".join([*lines, "report time, A"]))
    (path,) = re.findall(r'<changeAttribute target="([^"]*)"', written)
    assert path.endswith("species[@id='A']/@initialConcentration"), path
    changed = text.replace('<species id="A"', '<species id="A" initialConcentration="3"')
    start = roadrunner.RoadRunner(changed)["[A]"]
    assert start == 2.0
    return f"changes {path.rpartition('/')[2]}; A starts at {start}"


def row_copasi_archive_of_version_4():
    import COPASI

    seen = {}
    for form in ("sed-ml", "sed-ml.level-1.version-3", "sed-ml.level-1.version-4"):
        entries = [("./m.xml", "sbml", ""), ("./e.sedml", form, ' master="true"')]
        lines = "".join(f'<content location="{n}" format="{SPECIFICATIONS}/{f}"{m}/>' for n, f, m in entries)
        with TemporaryDirectory() as folder:
            with zipfile.ZipFile(f"{folder}/a.omex", "w") as made:
                made.writestr("m.xml", MODEL)
                made.writestr("e.sedml", experiment(4))
                head = '<?xml version="1.0" encoding="UTF-8"?>'
                space = f"{SPECIFICATIONS}/omex-manifest"
                made.writestr("manifest.xml", f'{head}<omexManifest xmlns="{space}">{lines}</omexManifest>')
            data = COPASI.CRootContainer.addDatamodel()
            seen[form] = data.openCombineArchive(f"{folder}/a.omex"), time_course(data)
    read, unread = (True, (10.0, 20)), (True, (1.0, 100))
    assert list(seen.values()) == [read, read, unread], seen
    return f"{seen}"


def row_libcombine_known_formats():
    import libcombine

    known = libcombine.KnownFormats
    forms = ("sed-ml", "sed-ml.level-1.version-3", "sed-ml.level-1.version-4")
    seen = [known.isFormat("sedml", f"{SPECIFICATIONS}/{form}") for form in forms]
    assert seen == [True, True, False], seen
    return f"{dict(zip(forms, seen, strict=True))}"


def row_copasi_archive_two_masters():
    import COPASI

    with TemporaryDirectory() as folder:
        data = COPASI.CRootContainer.addDatamodel()
        assert data.importSBMLFromString(MODEL)
        assert data.exportCombineArchive(f"{folder}/a.omex", True, True, False, True, True)
        with zipfile.ZipFile(f"{folder}/a.omex") as made:
            text = made.read("manifest.xml").decode()
    lines = re.findall(r"<content [^>]*>", text)
    masters = [re.search(r'location="([^"]*)"', x)[1] for x in lines if 'master="true"' in x]
    assert len(masters) == 2, lines
    return f"masters: {masters}"


def in_tellurium(phrases):
    """The columns of the report that tellurium makes of phraSED-ML on the model."""
    import csv

    import phrasedml
    from tellurium.sedml.tesedml import SEDMLCodeFactory

    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "m.xml").write_text(MODEL)
        phrasedml.clearReferencedSBML()
        phrasedml.setWorkingDirectory(folder)
        written = phrasedml.convertString("\n".join(['m1 = model "m.xml"', *phrases]))
        assert written, phrasedml.getLastError()
        (place / "e.sedml").write_text(written)
        factory = SEDMLCodeFactory(
            str(place / "e.sedml"), workingDir=folder, createOutputs=True, saveOutputs=True, outputDir=folder
        )
        factory.reportFormat = "csv"
        factory.executePython()
        (table,) = place.glob("*.csv")
        with table.open() as handle:
            lines = list(csv.reader(handle))
    return lines[0], [[float(x) for x in line if x] for line in lines[1:]]


def row_tellurium_one_step():
    phrases = [
        "s = simulate onestep(0.5)",
        "t = run s on m1",
        "r = repeat t for local.x in uniform(0, 5, 10)",
    ]
    _, lines = in_tellurium([*phrases, "report r.time, r.A"])
    assert len(lines) == 22, len(lines)
    return f"{len(lines)} rows for 11 steps"


def row_tellurium_nested_resets():
    run = ["s = simulate uniform(0, 1, 1)", "t = run s on m1"]
    seen = {}
    for outer, inner in (("k", "A"), ("A", "k")):
        values = {"A": "[5, 10]", "k": "[1, 3]"}
        repeats = [f"r1 = repeat t for {inner} in {values[inner]}, reset=true"]
        repeats += [f"r2 = repeat r1 for {outer} in {values[outer]}, reset=true"]
        _, lines = in_tellurium([*run, *repeats, "report r2.time, r2.A"])
        seen[outer] = [round(line[1], 3) for line in lines if line[0] == 1.0]
    # A exp(-k) with the change of the outer k lost, and that of the outer A kept
    assert seen == {"k": [1.839, 3.679, 1.839, 3.679], "A": [1.839, 0.249, 3.679, 0.498]}, seen
    return f"{seen}"
