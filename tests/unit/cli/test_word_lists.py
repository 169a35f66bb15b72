"""`list` in place of a name, and the commands that list names."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.biology import genes, observables
from jakstat.cli.main import app


def run(*words):
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("simulate", "hepg2", "--observe", "list"), [o.name for o in observables()]),
        (("dose-response", "hepg2", "--readout", "list"), [o.name for o in observables()]),
        (("simulate", "hepg2", "--knockdown", "list"), sorted(genes())),
        (("simulate", "list"), ["hepg2", "huh7"]),
        (("simulate", "hepg2", "--stimulus", "list"), ["IL6", "OSM", "IFNG"]),
        (("combine", "hepg2", "--drug", "List"), ["ruxolitinib", "tocilizumab"]),
        (("simulate", "hepg2", "--treatment", "list"), ["cycloheximide", "hypoxia"]),
        (("simulate", "hepg2", "--state", "list"), ["HBV"]),
        (("simulate", "hepg2", "--parts", "list"), ["core", "stat3"]),
    ],
)
def test_list_in_place_of_a_name(words, names):
    done = run(*words)
    assert done.exit_code == 0, done.output
    told = {line.split()[0] for line in done.output.splitlines()}
    assert set(names) <= told


def test_readouts_have_units_meanings_and_other_words():
    found = json.loads(run("readouts", "--json").stdout)
    assert found["count"] == len(found["readouts"]) == len(observables())
    (one,) = [row for row in found["readouts"] if row["name"] == "pSTAT3"]
    assert (one["unit"], one["part"]) == ("1/cell", "stat3")
    assert "pY705" in one["also"]
    done = run("readouts", "stat33")
    assert (done.exit_code, "stat3" in done.stderr) == (2, True)


def test_stimuli_say_in_which_units_they_are_given():
    rows = {row["name"]: row for row in json.loads(run("stimuli", "--json").stdout)["stimuli"]}
    assert rows["IL6"]["units"] == "ng/ml or nM"
    assert rows["sgp130"]["units"] == "nM"
    assert rows["CSF3"]["also"][0] == "G-CSF"
    assert "ruxolitinib" not in rows
    assert "IL6_siltuximab" not in rows
