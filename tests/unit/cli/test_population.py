"""`jakstat population`: patients as a file, as a table, as a document and as a figure."""

import json
from importlib.resources import files

import jsonschema
import pyarrow.parquet as pq
import pytest
import yaml
from tests.unit.population.test_population_file import BAD, GOOD
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.population.cohort_file import read_cohort
from jakstat.population.population_schema import population_schema_text


def run(*arguments):
    return CliRunner().invoke(app, ["population", *map(str, arguments)])


@pytest.mark.long
def test_patients_go_into_a_file_that_reads_back(tmp_path):
    out, csv, plot = tmp_path / "few.parquet", tmp_path / "few.csv", tmp_path / "few.png"
    done = run("sharp", "--patients", 24, "--seed", 2, "--out", out, "--csv", csv, "--plot", plot)
    assert done.exit_code == 0, done.output
    for path in (out, csv, plot):
        assert f"wrote {path}" in done.output
    found = read_cohort(out)
    assert (found.count, found.seed, found.population) == (24, 2, "sharp")
    assert "effective sample size" in done.output
    rows = [line for line in csv.read_text().splitlines() if not line.startswith("#")]
    assert len(rows) == 25
    assert rows[0].startswith("patient,aetiology,prevalence_weight,age_year,female,")
    column = pq.read_schema(out).field("IL6")
    assert column.metadata[b"unit"] == b"pg/ml"
    again = run("sharp", "--patients", 24, "--seed", 2, "--out", out)
    assert again.exit_code == 2
    assert "file.exists" in again.output
    told = json.loads(run(out, "--json").output)
    assert (told["patients"], told["seed"], told["population"]) == (24, 2, "sharp")
    assert "24 patients of sharp, seed 2" in run(out).output
    assert "[option.alone]" in run(out, "--seed", 3).output
    before = out.read_bytes()
    assert run("sharp", "--patients", 24, "--seed", 2, "--out", out, "--force").exit_code == 0
    assert out.read_bytes() == before


def test_the_document_says_whom_was_left_out_and_how_well_the_rest_agrees(tmp_path):
    source = tmp_path / "inflamed.yaml"
    source.write_text(GOOD)
    done = run(source, "--patients", 40, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["question"]["population"] == "inflamed"
    assert found["question"]["only"] == ["Child_Pugh <= 6", "aetiology HBV or HCV"]
    assert found["patients"] == 40
    assert found["drawn"] == 40 + len(found["removed"]) + found["turned_away"]
    assert {one["rule"] for one in found["removed"]} <= {rule["id"] for rule in found["rules"]} | {"settled"}
    assert found["effective_sample_size"] <= 40
    match = {one["what"]: one for one in found["match"]}
    assert match["IL6 >= 18.49 pg/ml"]["wanted"] == 0.31
    assert {one["name"] for one in found["aetiology"]} == {"HBV", "HCV"}
    changed = {one["id"]: one for one in found["question"]["changed"]}
    assert (changed["IL6.median"]["value"], changed["IL6.median"]["was"]) == (12.0, 6.0)
    assert found["manifest"]["inputs"]["patients"] == 40


def test_populations_are_listed():
    done = run("--json")
    names = [one["population"] for one in json.loads(done.output)["populations"]]
    assert {"sharp", "reflect", "checkmate459", "keynote240", "osteosarcoma"} <= set(names)
    assert "osteosarcoma" in run().output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["shrap"], "population.unknown"),
        (["nowhere.yaml"], "file.missing"),
        (["sharp", "--patients", "0"], "count.range"),
        (["sharp", "--patients", "3", "--seed", "-1"], "seed.range"),
        (["sharp", "--out", "few.csv"], "out.format"),
        (["sharp", "--out", "few.parquet", "--csv", "few.parquet"], "file.exists"),
        (["sharp", "--out", "no/where.parquet"], "file.folder"),
        (["--patients", "3"], "option.alone"),
        (["sharp", "--schema"], "option.alone"),
        (["sharp", "--force"], "option.alone"),
    ],
)
def test_bad_requests(arguments, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert f"[{code}]" in done.output
    assert list(tmp_path.iterdir()) == []


def test_schema_is_published_and_agrees_with_the_reader():
    place = files("jakstat.population").joinpath("schemas/population.schema.json")
    assert place.read_text(encoding="utf-8") == population_schema_text(), "run `make docs`"
    assert run("--schema").output == population_schema_text()
    schema = json.loads(population_schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    assert list(check.iter_errors(yaml.safe_load(GOOD))) == []
    places = {".".join(map(str, e.absolute_path)) for e in check.iter_errors(yaml.safe_load(BAD))}
    assert {"like", "sampling", "margins.IL6", "correlations.IL6~AFP", "only.0", "only.1", "weights.least",
            "vectors", ""} <= places  # fmt: skip
