"""The laboratory, the command line and Python give the same bits for random situations."""

import json

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.lab.command_words import command_words
from jakstat.lab.lab_questions import CellQuestion, DoseResponseQuestion, ExposureQuestion
from jakstat.lab.python_lines import python_lines
from jakstat.lab.replies import json_bytes
from jakstat.lab.short_work import ShortWork

WORK = ShortWork()

dose = st.floats(0.01, 500.0).map(lambda x: f"{x:.3g}")
time = st.sampled_from(["", "@-30min", "@0min..20min", "@10min"])
cells = st.fixed_dictionaries(
    {
        "context": st.sampled_from(["hepg2", "huh7", "mouse_hepatocyte"]),
        "stimulus": st.lists(st.builds("IL6={}ng/ml{}".format, dose, st.just("") | time), max_size=1),
        "drug": st.lists(st.builds("ruxolitinib={}nM{}".format, dose, time), max_size=1),
        "knockdown": st.lists(
            st.builds("{}={}".format, st.sampled_from(["SOCS3", "STAT3"]), dose), max_size=1
        ),
        "parts": st.just("core"),
        "until": st.sampled_from(["1h", "90 min", "6h"]),
        "observe": st.sampled_from([None, "pSTAT3", "pSTAT3,SOCS3_mRNA"]),
        "points": st.integers(2, 41),
        "depletion": st.booleans(),
        "medium_change": st.lists(st.just("30min"), max_size=1),
        "interval": st.sampled_from([None, None, 3]),
    }
)


def told(words):
    """What the command prints, and its exit code."""
    done = CliRunner().invoke(app, [*words, "--json"])
    return done.exit_code, json.loads(done.stdout)


def ours(kind, question):
    """What the laboratory answers, as it goes to the browser and back."""
    try:
        return 0, json.loads(json_bytes(WORK.answer(kind, question)))
    except InputError as error:
        return 2, {"problems": [p.to_dict() for p in error.problems]}


def of_python(lines):
    """What the lines give; they are ours, and stand alone."""
    names = {}
    exec(compile(lines, "lines", "exec"), names)  # noqa: S102
    return names["found"]


def compare(kind, question):
    answer, printed = ours(kind, question), told(command_words(kind, question))
    for _, document in (answer, printed):  # a hint names a control here and an option there
        for entry in document.get("problems", []):
            entry.pop("hint")
    assert answer == printed
    return answer[1]


@settings(max_examples=6, deadline=None)
@seed(16)
@given(fields=cells)
def test_a_cell(fields):
    question = CellQuestion(**fields)
    document = compare("cell", question)
    if "problems" in document:
        return
    found = of_python(python_lines("cell", question))
    for name, observed in document["observables"].items():
        assert np.array_equal(found[name].values[0], observed["values"])
    assert np.array_equal(found["time"].values, document["time_h"])


@pytest.mark.long
@settings(max_examples=30, deadline=None)
@seed(1)
@given(fields=cells)
def test_thirty_cells(fields):
    question = CellQuestion(**fields)
    document = compare("cell", question)
    if "problems" not in document:
        found = of_python(python_lines("cell", question))
        for name, observed in document["observables"].items():
            assert np.array_equal(found[name].values[0], observed["values"])


def test_a_dose_response():
    fields = {
        "drug": ["ruxolitinib=1..100000nM:6"],
        "stimulus": ["IL6=10ng/ml"],
        "parts": "core",
        "pre": "60min",
    }
    question = DoseResponseQuestion(**fields)
    document = compare("dose_response", question)
    [found] = of_python(python_lines("dose_response", question))
    assert found.half.value == document["IC50"]["value"]


def test_an_exposure():
    question = ExposureQuestion(
        drug="tocilizumab", regimen="8 mg/kg IV q4w x 2", subjects=0, weight=60.0, days=30.0
    )
    document = compare("exposure", question)
    found = of_python(python_lines("exposure", question))
    assert np.array_equal(found["total"].values[0], document["curves"]["total"]["median"])


def test_refusals_are_the_same():
    for fields in ({"stimulus": ["IL6=1 mg"]}, {"context": "hepg3"}, {"seed": 3}, {"read_at": "20min"}):
        assert compare("cell", CellQuestion(parts="core", **fields))["problems"]


@pytest.mark.long
def test_whole_cells_and_two_drugs():
    from jakstat.lab.lab_questions import CombineQuestion

    cell = {"stimulus": ["IL6=10ng/ml"], "drug": ["ruxolitinib=500nM@-60min"], "knockdown": ["SOCS3=0.3"]}
    compare("cell", CellQuestion(**cell, state=["HBV"]))
    two = {"drug": ["ruxolitinib=10..1000nM:3", "tocilizumab=1..100nM:3"], "interval": 0, "doses": 8}
    compare("combine", CombineQuestion(**two, stimulus=["IL6=10ng/ml"], parts="core,drugs"))
