"""An experiment as an archive: what is in it, and that its model does what the protocol's runner does."""

import json
import re
import zipfile

import libsbml
import numpy as np
import pytest
from typer.testing import CliRunner

from jakstat.biology import assemble
from jakstat.biology.sbml_writing import with_initial_values
from jakstat.cli.main import app
from jakstat.exchange.omex_file import read_archive
from jakstat.exchange.protocol_model import protocol_model
from jakstat.exchange.sedml_reading import read_sedml
from jakstat.exchange.sedml_writing import SedmlQuestion, ShownReadout, sedml_text
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.lanes import bench_for

FILE = """context: hepg2
parts: [core]
stimuli: {IL6: "10 ng/ml @ 0min, 30min"}
perturb: {SOCS3: "0.5"}
until: 1h
points: 13
observe: [pSTAT3, IL6]
"""


def call(*words):
    return CliRunner().invoke(app, [str(w) for w in words])


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archive")
    (folder / "e.yaml").write_text(FILE)
    done = call("export", folder / "e.omex", "--experiment", folder / "e.yaml", "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["lanes"] == 1
    return folder / "e.omex", document


def test_what_lies_in_it(archive):
    path, document = archive
    found = read_archive(path)
    assert found.notes == ()
    names = {"experiment.sedml", "model.xml", "experiment.yaml", "data.csv", "metadata.rdf"}
    assert set(found.entries) == set(document["files"]) == names | {"figure.png", "figure.svg"}
    assert found.entries["experiment.yaml"].data.decode() == FILE
    assert [e.name for e in found.entries.values() if e.master] == ["experiment.sedml"]
    with zipfile.ZipFile(path) as opened:
        manifest = opened.read("manifest.xml").decode()
    assert '<content location="." format="http://identifiers.org/combine.specifications/omex"/>' in manifest
    told = found.entries["metadata.rdf"].data.decode()
    assert re.search(r"<dcterms:identifier>sha256:[0-9a-f]{64}</dcterms:identifier>", told)
    assert "For research; not for treating a patient." in told
    assert "<dcterms:W3CDTF>" in told


def test_read_back_it_gives_its_own_data(archive):
    path, _ = archive
    answer = json.loads(call("run", path, "--json").stdout)
    (report, *plots) = answer["outputs"]
    assert [p["id"] for p in plots] == ["plot_pSTAT3", "plot_IL6"]
    text = read_archive(path).entries["data.csv"].data.decode()
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")][1:]
    for name in ("pSTAT3", "IL6"):
        wanted = {round(float(r[1]), 9): float(r[3]) for r in rows if r[2] == name}
        times, values = (report["data"][n][0]["values"] for n in ("time_h", name))
        assert len(times) == 13
        np.testing.assert_allclose(
            values, [wanted[round(t, 9)] for t in times], rtol=0, atol=1e-6 * max(wanted.values())
        )


def test_a_protocol_becomes_values_and_events():
    protocol = make_protocol(
        "hepg2", stimuli="IL6=10ng/ml@0h..20min", drugs="ruxolitinib=100nM@-30min", medium_changes="40min",
        perturb="SOCS3=0.5@10min", until="1h", parts="core",
    )  # fmt: skip
    bench = bench_for(protocol)
    made = protocol_model(bench)
    assert made.start == -0.5
    model = libsbml.readSBMLFromString(made.sbml).getModel()
    assert model.getParameter("factor_SOCS3").getValue() == 1.0
    assert model.getParameter("factor_SOCS3").getConstant() is False
    moments = {
        libsbml.formulaToL3String(e.getTrigger().getMath()): {
            a.getVariable(): libsbml.formulaToL3String(a.getMath()) for a in e.getListOfEventAssignments()
        }
        for e in model.getListOfEvents()
    }
    when = sorted(float(re.search(r"[\d.]+", trigger)[0]) for trigger in moments)
    assert when == pytest.approx([0.5, 0.5 + 1 / 6, 0.5 + 1 / 3, 0.5 + 2 / 3])
    first = min(moments, key=lambda t: float(re.search(r"[\d.]+", t)[0]))
    assert moments[first] == {"IL6": "IL6 + given_1_IL6"}
    molar_mass = next(r.value for r in bench.cell.assembly.parameters if r.id == "molar_mass_IL6")
    assert model.getParameter("given_1_IL6").getValue() == pytest.approx(
        10 / molar_mass
    )  # ng/ml by kDa is nM
    assert model.getSpecies("IL6").getInitialConcentration() == pytest.approx(0.0, abs=1e-9)
    drug = next(d.amount for d in bench.plan.doses[0] if d.time == -0.5)
    assert model.getSpecies("ruxolitinib").getInitialConcentration() == pytest.approx(
        drug / model.getCompartment("medium").getSize()
    )


def test_series_are_values_side_by_side():
    protocol = make_protocol("hepg2", stimuli="IL6=1,10ng/ml@0h,30min", until="1h", parts="core")
    changes = protocol_model(bench_for(protocol)).changes
    assert [(c.id, c.kind) for c in changes] == [("IL6", "species"), ("given_1_IL6", "parameter")]
    assert [c.values[1] / c.values[0] for c in changes] == pytest.approx([10.0, 10.0])


@pytest.mark.parametrize(("version", "number"), [("1.2", 2), ("1.3", 3), ("1.4", 4)])
def test_versions_come_back(version, number):
    read = ShownReadout("x", "nM", "x", "species", 2.0)
    found = read_sedml(
        sedml_text(SedmlQuestion("m.xml", "a & b", 6.0, -0.5, 60, 1e-9, 1e-12, [read]), version).encode(),
        file="a.sedml",
    )
    assert found.version == number
    (course,) = found.simulations
    assert (course.start, course.end, course.steps) == (0.0, 6.0, 60)
    assert course.algorithm.parameters == {209: "1e-09", 211: "1e-12"}
    assert [g.name for g in found.generators] == ["time (h)", "x (nM)"]


def test_a_wrong_question_writes_nothing(tmp_path):
    (tmp_path / "e.yaml").write_text(FILE)
    (tmp_path / "there.omex").write_text("")
    for words, code in (
        (("a.zip",), "option.value"),
        (("a.omex", "--sedml", "1.1"), "option.value"),
        (("there.omex",), "file.exists"),
    ):
        done = call("export", tmp_path / words[0], *words[1:], "--experiment", tmp_path / "e.yaml")
        assert done.exit_code == 2
        assert f"[{code}]" in done.stderr
    done = call("export", tmp_path / "b.omex", "--experiment", tmp_path / "none.yaml")
    assert "[file.missing]" in done.stderr
    assert {p.name for p in tmp_path.iterdir()} == {"e.yaml", "there.omex"}


def test_every_species_has_an_attribute_that_a_path_finds():
    """STAT3 stands in an initial assignment: its abundance over the size of the cytoplasm."""
    assembly = assemble("hepg2", parts="core")
    model = libsbml.readSBMLFromString(with_initial_values(assembly.sbml)).getModel()
    assert all(s.isSetInitialConcentration() for s in model.getListOfSpecies())
    rows = {r.id: r.value for r in assembly.parameters}
    found = model.getSpecies("STAT3").getInitialConcentration()
    assert found == pytest.approx(rows["abundance_STAT3"] / rows["cytoplasm"], rel=1e-12)
    assert model.getInitialAssignmentBySymbol("STAT3") is not None
