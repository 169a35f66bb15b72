"""`jakstat run` of archives: with every kind of manifest, into tables and figures."""

import json
import math

import pytest
from typer.testing import CliRunner

import sedml_documents as sd
from jakstat.cli.main import app

pytestmark = pytest.mark.usefixtures("documents_read_once")

PLOT = (
    '<report id="r"><listOfDataSets><dataSet id="d1" label="time" dataReference="time"/>'
    '<dataSet id="d2" label="A" dataReference="A"/></listOfDataSets></report>'
    '<plot2D id="p" name="decay"><listOfCurves>'
    '<curve id="c" xDataReference="time" yDataReference="A"/></listOfCurves></plot2D>'
)
FILES = {"e.sedml": sd.sedml(outputs=PLOT), "m.xml": sd.MODEL}
LISTED = sd.content("e.sedml", "sed-ml", "true") + sd.content("m.xml", "sbml")
LAST = pytest.approx(10 * math.exp(-2), rel=1e-5)


def call(*words):
    return CliRunner().invoke(app, ["run", *map(str, words)])


def answer(path, *words):
    done = call(path, "--json", *words)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("listed", "notes"),
    [
        (None, []),
        (LISTED, []),
        (sd.content(".", "omex") + sd.content("./manifest.xml", "omex-manifest") + LISTED, []),
        ("", ["there is no manifest; files are told by their names"]),
        (sd.content("e.sedml", "sed-ml", "true"), ["not in the manifest: m.xml"]),
        (LISTED + sd.content("gone.txt", "x"), ["'gone.txt' is listed and not there"]),
    ],
    ids=["whole", "no-dot", "dot", "none", "unlisted", "missing"],
)
def test_manifests(tmp_path, listed, notes):
    found = answer(sd.omex(tmp_path / "a.omex", FILES, listed))
    assert [n["text"] for n in found["notes"]] == notes
    assert found["documents"] == ["e.sedml"]
    assert found["outputs"][0]["data"]["A"][0]["values"][-1] == LAST
    assert found["outcomes"] == {"OK": 1}


def test_only_the_master_is_run(tmp_path):
    files = {**FILES, "other.sedml": sd.sedml(start="2"), "third.sedml": sd.sedml()}
    found = answer(sd.omex(tmp_path / "a.omex", files, LISTED + sd.content("other.sedml", "sed-ml")))
    assert found["documents"] == ["e.sedml"]
    both = LISTED + sd.content("other.sedml", "sed-ml", "true") + sd.content("third.sedml", "sed-ml")
    found = answer(sd.omex(tmp_path / "b.omex", files, both))
    assert found["documents"] == ["e.sedml", "other.sedml"]
    assert [o["id"] for o in found["outputs"]] == ["e.sedml: r", "e.sedml: p", "other.sedml: r"]
    assert "2 files are masters" in found["notes"][0]["text"]


def test_models_may_lie_in_folders(tmp_path):
    files = {"x/e.sedml": sd.sedml(source="../models/m.xml"), "models/m.xml": sd.MODEL}
    found = answer(sd.omex(tmp_path / "a.omex", files))
    assert found["outputs"][0]["data"]["A"][0]["values"][-1] == LAST


def test_tables_and_figures(tmp_path):
    path = sd.omex(tmp_path / "a.omex", FILES)
    table, book, figure = (tmp_path / f"t.{end}" for end in ("csv", "xlsx", "png"))
    done = call(path, "--csv", table, "--xlsx", book, "--plot", figure)
    assert done.exit_code == 0, done.output
    rows = [r for r in table.read_text().splitlines() if not r.startswith("#")]
    assert rows[0] == "time,A"
    assert float(rows[-1].split(",")[1]) == LAST
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert book.read_bytes().startswith(b"PK")
    again = call(path, "--csv", table)
    assert again.exit_code == 2
    assert "file.exists" in again.stderr
    assert call(path, "--output", "q").exit_code == 2


def test_a_sedml_file_reads_its_model_beside_it(tmp_path):
    (tmp_path / "e.sedml").write_text(sd.sedml())
    (tmp_path / "m.xml").write_text(sd.MODEL)
    done = call(tmp_path / "e.sedml")
    assert done.exit_code == 0, done.output
    assert "A: 5 values, first 10, last 1.35, least 1.35, most 10" in done.stdout


def test_an_archive_of_one_model_is_a_model(tmp_path):
    path = sd.omex(tmp_path / "a.omex", {"m.xml": sd.MODEL})
    assert "does not say how long it runs" in call(path).stderr
    done = call(path, "--until", 4, "--points", 2, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["trajectory"]["values"]["A"][-1] == LAST


@pytest.mark.parametrize("words", [("--until", 3), ("--outputs", "A"), ("--paths", 3), ("--out", "a.zarr")])
def test_what_the_file_says_is_not_asked_again(tmp_path, words):
    done = call(sd.omex(tmp_path / "a.omex", FILES), *words)
    assert done.exit_code == 2
    assert "the file says what is run [option.alone]" in done.stderr


def test_options_of_documents_do_nothing_for_a_model(tmp_path):
    (tmp_path / "m.xml").write_text(sd.MODEL)
    done = call(tmp_path / "m.xml", "--until", 1, "--task", "t")
    assert done.exit_code == 2
    assert "it is for a SED-ML file or a COMBINE archive" in done.stderr
