"""The commands that show records."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()


def ask(*words):
    done = RUN.invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.stdout
    return json.loads(done.stdout)


def test_claims():
    found = ask("claims", "--module", "feedback")
    assert found["count"] == len(found["claims"]) == 28
    assert {"id", "statement", "expected", "scale", "sign", "doubtful"} <= set(found["claims"][0])


def test_entities():
    found = ask("entities", "STAT3", "--kind", "protein")
    assert "uniprot:P40763" in next(e for e in found["entities"] if e["id"] == "stat3")["identifiers_org"]


def test_sources():
    assert ask("sources")["count"] > 190
    (one,) = ask("sources", "sobotta2017")["sources"]
    assert "CT20" in one["dependents"]


def test_drugs():
    assert ask("drugs")["count"] == 46
    (one,) = ask("drugs", "ruxolitinib")["drugs"]
    assert one["usable"] == "ruxolitinib"
    assert len(one["facts"]) == 20


def test_why():
    found = ask("why", "kdeg_SOCS3")
    assert found["records"] > 3
    assert found["grades"] == ["fitted"]
    assert found["quantities"][0]["used_range"][0] < found["quantities"][0]["value"]


@pytest.mark.parametrize(
    "words",
    [
        ["claims", "--about", "SHP2"],
        ["claims", "--module", "ligand_sources"],
        ["entities", "gp130"],
        ["sources", "xu2021"],
        ["sources"],
        ["drugs"],
        ["drugs", "siltuximab"],
        ["why", "STAT3_phosphorylation"],
        ["why", "cytoplasm"],
    ],
)
def test_people_get_lines(words):
    done = RUN.invoke(app, words)
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) > 1


@pytest.mark.parametrize(
    "words",
    [
        ["claims", "--module", "x"],
        ["claims", "--about", "x_y"],
        ["entities", "--kind", "x"],
        ["sources", "x"],
        ["drugs", "jak1"],
        ["drugs", "x_y_z"],
        ["why", "x"],
    ],
)
def test_unknown_names_are_bad_input(words):
    done = RUN.invoke(app, words)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
