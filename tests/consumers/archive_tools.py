"""Archives run and written by other programs: ``python archive_tools.py ANSWER.json WHAT FILE ...``.

Runs in the Python of requirements/consumers.txt, without jakstat. The answer goes to a file, as
libRoadRunner's solver prints warnings to stdout.
"""

import csv
import glob
import json
import os
import sys
import tempfile
import zipfile
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")

REVERSIBLE = """model m
 compartment c=2; species S1 in c=10, S2 in c=0
 k1=0.3; k2=0.1
 J1: S1->S2; c*k1*S1
 J2: S2->S1; c*k2*S2
end
"""
ELSEWHERE = "urn:miriam:biomodels.db:BIOMD0000000012"
PHRASES = {
    "course": """m1 = model "m.xml"
s1 = simulate uniform(0, 10, 50)
t1 = run s1 on m1
plot "p" time vs S1, S2
report time, S1, S2""",
    "late": """m1 = model "m.xml" with S1=3, k1=0.5
s1 = simulate uniform(0, 5, 10, 20)
t1 = run s1 on m1
report time, S1, S2""",
    "scan": """m1 = model "m.xml"
s1 = simulate uniform(0, 10, 20)
t1 = run s1 on m1
r1 = repeat t1 for k1 in [0.1, 0.3, 1.0], reset=true
plot r1.time vs r1.S1
report r1.time, r1.S1, r1.k1""",
    "steady": """m1 = model "m.xml"
s1 = simulate steadystate
t1 = run s1 on m1
r1 = repeat t1 for k1 in uniform(0.1, 1, 4), reset=true
report r1.k1, r1.S1""",
    "onestep": """m1 = model "m.xml"
s1 = simulate onestep(0.5)
t1 = run s1 on m1
r1 = repeat t1 for local.x in uniform(0,10,10), k1 = 0.1+x*0.05
report r1.S1, r1.k1""",
    "nested": """m1 = model "m.xml"
m2 = model m1 with k2=0.7
s1 = simulate uniform(0, 4, 8)
t1 = run s1 on m2
r1 = repeat t1 for k1 in [0.1, 1.0], reset=true
r2 = repeat r1 for S1 in [5, 10], reset=true
report r2.time, r2.S1""",
    "fetched": f"""m1 = model "{ELSEWHERE}"
s1 = simulate uniform(0, 4, 8)
t1 = run s1 on m1
report time, S1""",
}


def reports(archive):
    """The reports that tellurium makes of an archive, by id and label."""
    from tellurium.sedml.tesedml import SEDMLCodeFactory

    found = {}
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
        written = set(glob.glob(f"{folder}/**/*.csv", recursive=True))
        for document in sorted(glob.glob(f"{folder}/**/*.sedml", recursive=True)):
            factory = SEDMLCodeFactory(
                document, workingDir=str(Path(document).parent), createOutputs=True, saveOutputs=True,
                outputDir=folder,
            )  # fmt: skip
            factory.reportFormat = "csv"
            factory.executePython()
        for table in set(glob.glob(f"{folder}/**/*.csv", recursive=True)) - written:
            with open(table) as handle:
                rows = list(csv.DictReader(handle))
            held = {k: [float(r[k]) for r in rows if r[k]] for k in rows[0]}
            found[Path(table).stem] = held
    return found


def tellurium(*archives):
    return {archive: reports(archive) for archive in archives}


def copasi(*archives):
    """What COPASI's time course gives, as an archive sets it."""
    import basico
    import COPASI

    found = {}
    for archive in archives:
        model = COPASI.CRootContainer.addDatamodel()
        assert model.openCombineArchive(archive), archive
        course = basico.run_time_course(model=model, use_sbml_id=True, use_initial_values=True)
        task = model.getTask("Time-Course").getProblem()
        found[archive] = {
            "duration": task.getDuration(), "steps": task.getStepNumber(), "time": course.index.tolist(),
            **{str(c): course[c].tolist() for c in course.columns},
        }  # fmt: skip
        COPASI.CRootContainer.removeDatamodel(model)
    return found


def foreign(folder):
    """Archives as each program writes them; the values that the program itself gives, where it runs them."""
    import antimony
    import libcombine
    import phrasedml
    import tellurium as te

    antimony.loadAntimonyString(REVERSIBLE)
    sbml = antimony.getSBMLString("m")
    place = Path(folder)
    (place / "m.xml").write_text(sbml)
    for name, text in PHRASES.items():
        phrasedml.clearReferencedSBML()
        for source in ("m.xml", ELSEWHERE):
            phrasedml.setReferencedSBML(source, sbml)
        made = phrasedml.convertString(text)
        assert made, phrasedml.getLastError()
        (place / f"{name}.sedml").write_text(made)
        archive = libcombine.CombineArchive()
        for file, form, master in (
            (place / "m.xml", "sbml", False),
            (place / f"{name}.sedml", "sedml", True),
        ):
            known = libcombine.KnownFormats.lookupFormat(form)
            archive.addFile(str(file), file.name, known, master)
        archive.writeToFile(str(place / f"{name}.omex"))
    inline = REVERSIBLE + PHRASES["course"]
    te.exportInlineOmex(inline, str(place / "inline.omex"))
    _of_copasi(place, sbml)
    _of_libsedml(place, sbml)
    ran = ("course", "late", "scan", "steady", "onestep", "inline")
    return {name: reports(str(place / f"{name}.omex")) for name in ran}


def _of_copasi(place, sbml):
    import basico
    import COPASI

    model = basico.load_model_from_string(sbml)
    basico.set_task_settings(
        "Time-Course",
        {
            "scheduled": True,
            "problem": {"Duration": 10.0, "StepNumber": 50},
            "method": {"Relative Tolerance": 1e-9},
        },
    )
    basico.add_plot("courses", curves=[{"name": "S1", "channels": ["Time", "[S1]"]}], log_y=False)
    assert model.exportCombineArchive(str(place / "copasi.omex"), True, True, False, True, True)
    basico.set_task_settings("Time-Course", {"scheduled": False})
    basico.set_scan_settings(update_model=False)
    basico.add_scan_item(type="scan", num_steps=3, item="Values[k1].InitialValue", min=0.1, max=0.4)
    basico.set_task_settings("Scan", {"scheduled": True})
    assert model.exportCombineArchive(str(place / "copasi_scan.omex"), False, True, False, True, True)
    COPASI.CRootContainer.removeDatamodel(model)


def _of_libsedml(place, sbml):
    """Version 2, with its numberOfPoints, written by libSEDML."""
    import libcombine
    import libsedml

    document = libsedml.SedDocument(1, 2)
    model = document.createModel()
    model.setId("m")
    model.setLanguage("urn:sedml:language:sbml")
    model.setSource("m.xml")
    change = model.createChangeAttribute()
    change.setTarget("/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='k2']/@value")
    change.setNewValue("0")
    course = document.createUniformTimeCourse()
    course.setId("s")
    course.setInitialTime(0)
    course.setOutputStartTime(0)
    course.setOutputEndTime(4)
    course.setNumberOfPoints(8)
    course.createAlgorithm().setKisaoID("KISAO:0000032")
    task = document.createTask()
    task.setId("t")
    task.setModelReference("m")
    task.setSimulationReference("s")
    for name, symbol in (("time", "urn:sedml:symbol:time"), ("S1", "")):
        generator = document.createDataGenerator()
        generator.setId(name)
        variable = generator.createVariable()
        variable.setId(f"v_{name}")
        variable.setTaskReference("t")
        if symbol:
            variable.setSymbol(symbol)
        else:
            variable.setTarget("/sbml:sbml/sbml:model/sbml:listOfSpecies/sbml:species[@id='S1']")
        generator.setMath(libsedml.parseFormula(f"v_{name}"))
    report = document.createReport()
    report.setId("r")
    for name in ("time", "S1"):
        column = report.createDataSet()
        column.setId(f"d_{name}")
        column.setLabel(name)
        column.setDataReference(name)
    text = libsedml.writeSedMLToString(document)
    (place / "old.sedml").write_text(text)
    archive = libcombine.CombineArchive()
    for file, form, master in (("m.xml", "sbml", False), ("old.sedml", "sedml", True)):
        archive.addFile(str(place / file), file, libcombine.KnownFormats.lookupFormat(form), master)
    archive.writeToFile(str(place / "old.omex"))


def checked(*documents):
    """Errors that libSEDML finds in documents."""
    import libsedml

    found = {}
    for file in documents:
        document = libsedml.readSedMLFromFile(file)
        errors = [document.getError(i) for i in range(document.getNumErrors())]
        found[file] = [e.getMessage() for e in errors if e.getSeverity() >= libsedml.LIBSEDML_SEV_ERROR]
    return found


if __name__ == "__main__":
    answer = {"tellurium": tellurium, "copasi": copasi, "foreign": foreign, "checked": checked}[sys.argv[2]](
        *sys.argv[3:]
    )
    Path(sys.argv[1]).write_text(json.dumps(answer))
