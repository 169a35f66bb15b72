"""The commands that show records."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.pharmacology import library_agents

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
    assert ask("drugs")["count"] == 60
    (one,) = ask("drugs", "ruxolitinib")["drugs"]
    assert one["usable"] == "ruxolitinib"
    assert len(one["facts"]) == 20
    library = one["library"]
    assert (library["group"], library["structure"]) == ("JAK", "small molecule")
    first = library["potency"][0]
    assert (first["id"], first["value"], first["unit"]) == ("IC50_ruxolitinib_JAK1", 3.3, "nM")
    assert (first["grade"], first["source"]) == ("measured", "quintas2010")
    assert "IC50_ruxolitinib_TYK2" in {row["id"] for row in library["numbers"]}


def test_every_drug_of_the_library_has_facts_and_an_entity():
    listed = {d["id"]: d for d in ask("drugs")["drugs"]}
    for a in library_agents():
        if a.kind == "drug":
            assert listed[a.id]["usable"] == a.name
            assert listed[a.id]["library"]["potency"]


def test_a_misprinted_drug_is_shown_with_a_note():
    found = ask("drugs", "AZG1480")
    assert found["drugs"][0]["id"] == "azd1480"
    assert found["notes"] == ["'AZG1480' is a misprint; the drug is AZD1480"]
    assert found["drugs"][0]["library"]["misprints"] == ["AZG1480"]


def test_a_regimen_is_no_drug_of_the_library_and_a_treatment_has_no_facts():
    (mapie,) = ask("drugs", "MAPIE")["drugs"]
    assert (mapie["usable"], mapie["library"]) == (None, None)
    (hypoxia,) = ask("drugs", "hypoxia")["drugs"]
    assert (hypoxia["facts"], hypoxia["library"]["potency"]) == ([], [])


def test_assumed_numbers_are_said_to_be_assumed():
    done = RUN.invoke(app, ["drugs"])
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert lines["madindoline_a"].endswith("as madindoline_A")
    assert lines["curcumin"].endswith("its numbers are assumed")


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
