"""`jakstat contexts` and `jakstat parts`: lists, single entries, JSON, refusals."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.biology import contexts, part_names, states
from jakstat.cli.main import app

RUN = CliRunner()


def run(*words):
    return RUN.invoke(app, list(words))


def test_list_of_cells_and_states():
    done = run("contexts")
    assert done.exit_code == 0
    lines = [line.split()[0] for line in done.stdout.splitlines()]
    assert set(lines) == {*contexts(), *states(), "states,"}
    d = json.loads(run("contexts", "--json").stdout)
    assert [c["name"] for c in d["contexts"]] == list(contexts())
    assert [s["name"] for s in d["states"]] == list(states())
    assert all(sum(c["grades"].values()) > 10 and c["rows"] == [] for c in d["contexts"])


def test_a_cell_that_copies_another_says_so():
    lines = {line.split()[0]: line for line in run("contexts").stdout.splitlines()}
    assert lines["megakaryocyte"].endswith("copies macrophage in all but abundance_MPL")
    assert "copies" not in lines["hepg2"]
    cells = {c["name"]: c for c in json.loads(run("contexts", "--json").stdout)["contexts"]}
    assert cells["megakaryocyte"]["differs"] == ["abundance_MPL"]
    assert {"factor_TP53", "growth_resting"} < set(cells["hep3b"]["differs"])
    assert "cytoplasm" not in cells["hep3b"]["differs"]
    assert cells["hepg2"]["differs"] == []


def test_one_cell_says_what_it_rests_on_and_what_it_takes_over():
    done = run("contexts", "huh7")
    assert "like hepg2" in done.stdout
    assert "abundance_STAT3*" in done.stdout
    assert "niwa2005" in done.stdout
    (cell,) = json.loads(run("contexts", "huh7+HBV", "--json").stdout)["contexts"]
    rows = {row["id"]: row for row in cell["rows"]}
    assert rows["abundance_STAT3"]["taken_over"]
    assert not rows["kbasal_gp130"]["taken_over"]
    assert cell["states"] == ["HBV"]
    assert cell["requires"] == ["autocrine", "virus"]


def test_one_state_says_how_it_acts():
    done = run("contexts", "SOCS3_methylated")
    assert "promoter_SOCS3: times 0.1" in done.stdout
    assert "Q195" in done.stdout
    d = json.loads(run("contexts", "IL6_autocrine", "--json").stdout)
    assert d["contexts"] == []
    assert d["states"][0]["rows"][0]["acts"] == "add"


def test_list_of_parts_and_one_part():
    done = run("parts")
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.stdout.splitlines()][:-1] == [
        *part_names(),
        *part_names(scale="tumour"),
    ]
    d = json.loads(run("parts", "feedback", "--json").stdout)
    (part,) = d["parts"]
    assert d["count"] == 1
    assert part["core"]
    assert part["requires"] == ["stat3"]
    assert {"port": "SOCS3_bound", "formula": "share_Tyr759*SOCS3/(K_SOCS3 + SOCS3)"} in part["gives"]
    assert [o["name"] for o in part["readouts"]] == ["SOCS3_mRNA", "SOCS3", "SOCS3_promoter_occupancy"]
    shown = run("parts", "autocrine").stdout
    assert "port IL6_secretion" in shown
    assert "limit: Secretion" in shown


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("contexts", "hepg3"), "did you mean 'hepg2'"),
        (("contexts", "mouse_hepatocyte+HBV"), "befalls human cells"),
        (("parts", "kidney"), "no part 'kidney'"),
        (("model", "mouse_hepatocyte+HBV"), "befalls human cells"),
    ],
)
def test_refusals(words, hint):
    done = run(*words)
    assert done.exit_code == 2
    assert hint in done.stderr
    assert json.loads(run(*words, "--json").stdout)["problems"]
