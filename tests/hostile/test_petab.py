"""Wrong PEtab problems are refused, with file, line and column where they have one."""

# ruff: noqa: E501, C408 - one problem on one line reads best

import json
import math

import numpy as np
import pytest
from scipy.integrate import quad
from typer.testing import CliRunner

from jakstat.calibration.load import load_problem
from jakstat.calibration.objective import Objective
from jakstat.cli.main import app
from jakstat.errors import InputError
from petab_problems import V1, V2, row, without, write
from shared_data import SHARED, needs_shared

pytestmark = pytest.mark.usefixtures("documents_read_once")

P, C, O, M = (V1[f"{n}.tsv"] for n in ("parameters", "conditions", "observables", "measurements"))
P2, C2, E2, O2, M2 = (
    V2[f"{n}.tsv"] for n in ("parameters", "conditions", "experiments", "observables", "measurements")
)


def added(table, column, *cells):
    return [f"{line} {cell}" for line, cell in zip(table, (column, *cells), strict=True)]


FAULTS = {
    "missing column": (dict(measurements__tsv=without(M, "time")), "table.columns", "measurements.tsv", 1, None),
    "doubled column": (dict(conditions__tsv=added(C, "A", "1", "2")), "table.columns", "conditions.tsv", 1, 3),
    "too many cells": (dict(conditions__tsv=[*C[:2], C[2] + " 5"]), "table.cells", "conditions.tsv", 3, 3),
    "empty table": (dict(measurements__tsv=""), "table.columns", "measurements.tsv", 1, None),
    "not UTF-8": (None, "file.encoding", "measurements.tsv", 3, None),
    "unknown observable": (dict(measurements__tsv=row(M, 2, "observableId", "obs_X")), "petab.id", "measurements.tsv", 3, 1),
    "unknown condition": (dict(measurements__tsv=row(M, 2, "simulationConditionId", "mid")), "petab.id", "measurements.tsv", 3, 2),
    "unknown target": (dict(conditions__tsv=row(C, 0, "A", "Z")), "petab.id", "conditions.tsv", 1, 2),
    "unknown id in a formula": (dict(observables__tsv=row(O, 1, "observableFormula", "A*scal")), "petab.id", "observables.tsv", 2, 2),
    "unknown id in a condition": (dict(conditions__tsv=row(C, 2, "A", "A0")), "petab.id", "conditions.tsv", 3, 2),
    "unknown noise parameter": (dict(measurements__tsv=row(M, 4, "noiseParameters", "sd_B")), "petab.id", "measurements.tsv", 5, 5),
    "id stands there twice": (dict(parameters__tsv=[*P, P[1]]), "petab.id", "parameters.tsv", 5, 1),
    "broken formula": (dict(observables__tsv=row(O, 1, "observableFormula", "2*(A")), "petab.formula", "observables.tsv", 2, 2),
    "deep formula": (dict(observables__tsv=row(O, 1, "observableFormula", "(" * 400 + "A" + ")" * 400)), "petab.formula", "observables.tsv", 2, 2),
    "negative noise": (dict(measurements__tsv=row(M, 4, "noiseParameters", "-0.3")), "petab.noise", "measurements.tsv", 5, 5),
    "no noise at all": (dict(observables__tsv=row(O, 1, "noiseFormula", "0")), "petab.noise", "observables.tsv", 2, 3),
    "negative noise value": (dict(parameters__tsv=[*P[:3], "sd lin -5 -1 -2 1"]), "petab.noise", "measurements.tsv", 2, 5),
    "noise of no kind": (dict(observables__tsv=row(O, 1, "noiseDistribution", "cauchy")), "petab.noise", "observables.tsv", 2, 5),
    "too few placeholders": (dict(measurements__tsv=row(M, 4, "noiseParameters", "_")), "petab.placeholders", "measurements.tsv", 5, 5),
    "time before the start": (dict(measurements__tsv=row(M, 3, "time", "-2")), "time.order", "measurements.tsv", 4, 4),
    "time is no number": (dict(measurements__tsv=row(M, 3, "time", "noon")), "table.number", "measurements.tsv", 4, 4),
    "measurement is NaN": (dict(measurements__tsv=row(M, 3, "measurement", "nan")), "table.number", "measurements.tsv", 4, 3),
    "no logarithm": (dict(observables__tsv=row(O, 1, "observableTransformation", "log10"), measurements__tsv=row(M, 2, "measurement", "0")), "petab.log", "measurements.tsv", 3, 3),
    "bounds the wrong way": (dict(parameters__tsv=row(P, 1, "lowerBound", "20")), "petab.bounds", "parameters.tsv", 2, 4),
    "bound without a logarithm": (dict(parameters__tsv=row(P, 1, "lowerBound", "0")), "petab.bounds", "parameters.tsv", 2, 3),
    "scale of no kind": (dict(parameters__tsv=row(P, 1, "parameterScale", "log2")), "petab.scale", "parameters.tsv", 2, 2),
    "estimate of no kind": (dict(parameters__tsv=row(P, 1, "estimate", "maybe")), "petab.estimate", "parameters.tsv", 2, 6),
    "role of no kind": (dict(parameters__tsv=added(P, "parameterType", "gain", "_", "_")), "petab.role", "parameters.tsv", 2, 7),
    "time unit clash": (dict(measurements__tsv=added(M, "timeUnit", "h", "h", "min", "h", "h")), "unit.clash", "measurements.tsv", 4, 6),
    "unit clash of an observable": (dict(observables__tsv=added(O, "observableUnit", "pmol/l", "_")), "unit.clash", "observables.tsv", 2, 6),
    "unit clash of a measurement": (dict(observables__tsv=added(O, "observableUnit", "nmol/l", "_"), measurements__tsv=added(M, "measurementUnit", "nmol/l", "g", "_", "_", "_")), "unit.clash", "measurements.tsv", 3, 6),
    "unit clash of a parameter": (dict(parameters__tsv=added(P, "parameterUnit", "1/min", "_", "_")), "unit.clash", "parameters.tsv", 2, 7),
    "no such file": (dict(measurements__tsv=None), "petab.file", "problem.yaml", 5, 23),
    "outside the folder": (dict(problem__yaml=V1["problem.yaml"].replace("model.xml", "../model.xml")), "petab.path", "problem.yaml", 7, 16),
    "absolute path": (dict(problem__yaml=V1["problem.yaml"].replace("model.xml", "/etc/passwd")), "petab.path", "problem.yaml", 7, 16),
    "address": (dict(problem__yaml=V1["problem.yaml"].replace("model.xml", "https://example.org/m.xml")), "petab.path", "problem.yaml", 7, 16),
    "no YAML": (dict(problem__yaml="problems: [\n"), "yaml.syntax", "problem.yaml", 2, None),
    "YAML alias": (dict(problem__yaml="a: &x [1]\nb: *x\n"), "yaml.alias", "problem.yaml", 1, None),
    "no version": (dict(problem__yaml="problems: []\n"), "petab.version", "problem.yaml", 1, None),
    "version of the future": (dict(problem__yaml="format_version: 3.0\n"), "petab.version", "problem.yaml", 1, 17),
    "noise of zero": (dict(measurements__tsv=row(M, 4, "noiseParameters", "0")), "petab.noise", "measurements.tsv", 5, 5),
    "noise without end": (dict(observables__tsv=row(O, 1, "noiseFormula", "9^9^9^9")), "petab.noise", "observables.tsv", 2, 3),
    "number without end": (dict(observables__tsv=row(O, 1, "observableFormula", "A*1e-99999999")), "petab.formula", "observables.tsv", 2, 2),
    "underscored number": (dict(measurements__tsv=row(M, 3, "measurement", "7_2")), "table.number", "measurements.tsv", 4, 3),
    "number of another script": (dict(parameters__tsv=row(P, 1, "nominalValue", "５")), "table.number", "parameters.tsv", 2, 5),
    "no measurement": (dict(measurements__tsv=M[:1]), "petab.empty", "problem.yaml", None, None),
    "measurement without a condition": (dict(measurements__tsv=row(M, 2, "simulationConditionId", "_")), "petab.id", "measurements.tsv", 3, 2),
    "estimated and used nowhere": (dict(parameters__tsv=[*P, "zz log10 0.1 10 1 1"]), "petab.unused", "parameters.tsv", 5, 1),
    "estimated and set by conditions": (dict(conditions__tsv=added(C, "k", "1", "2")), "petab.id", "conditions.tsv", 1, 3),
    "condition there twice": (dict(conditions__tsv=[*C, "low 30"]), "petab.id", "conditions.tsv", 4, 1),
    "table listed twice": (dict(problem__yaml=V1["problem.yaml"].replace("[measurements.tsv]", "[measurements.tsv, ./measurements.tsv]")), "petab.twice", "problem.yaml", 5, 41),
    "key there twice": (dict(problem__yaml=V1["problem.yaml"] + "parameter_file: p2.tsv\n"), "key.twice", "problem.yaml", 8, 1),
    "NUL in a path": (dict(problem__yaml=V1["problem.yaml"].replace("[measurements.tsv]", '["a\\0b"]')), "petab.file", "problem.yaml", 5, 23),
    "no tables": (dict(problem__yaml="format_version: 1\nproblems: [{}]\n"), "petab.yaml", "problem.yaml", 1, None),
}  # fmt: skip

FAULTS_2 = {
    "missing column": (dict(experiments__tsv=without(E2, "time")), "table.columns", "experiments.tsv", 1, None),
    "unknown experiment": (dict(measurements__tsv=row(M2, 2, "experimentId", "e_mid")), "petab.id", "measurements.tsv", 3, 2),
    "unknown condition": (dict(experiments__tsv=row(E2, 1, "conditionId", "mid")), "petab.id", "experiments.tsv", 2, 3),
    "unknown target": (dict(conditions__tsv=row(C2, 1, "targetId", "Z")), "petab.id", "conditions.tsv", 2, 2),
    "time going back": (dict(experiments__tsv=[*E2, "e_low 5 high", "e_low 3 low"]), "time.order", "experiments.tsv", 5, 2),
    "before the start": (dict(experiments__tsv=row(E2, 1, "time", "3")), "time.order", "measurements.tsv", 2, 4),
    "value of a state": (dict(conditions__tsv=row(C2, 1, "targetValue", "2*B")), "petab.unsupported", "conditions.tsv", 2, 3),
    "two conditions on one target at one time": (dict(experiments__tsv=[*E2, "e_high 0 low"]), "petab.twice", "experiments.tsv", 4, 3),
    "target set twice": (dict(conditions__tsv=[*C2, "low A 20"]), "petab.id", "conditions.tsv", 4, 2),
    "estimated and set by a condition": (dict(conditions__tsv=[*C2, "low k 20"]), "petab.id", "conditions.tsv", 4, 2),
    "a period at inf": (dict(experiments__tsv=row(E2, 1, "time", "inf")), "time.value", "experiments.tsv", 2, 2),
    "noise of version 1": (dict(observables__tsv=row(O2, 1, "noiseDistribution", "log10-normal")), "petab.noise", "observables.tsv", 2, 4),
    "prior of version 1": (dict(parameters__tsv=added(added(P2, "priorDistribution", "parameterScaleNormal", "_", "_"), "priorParameters", "1;1", "_", "_")), "petab.prior", "parameters.tsv", 2, 6),
    "estimated and used nowhere": (dict(parameters__tsv=[*P2, "zz 0.1 10 1 true"]), "petab.unused", "parameters.tsv", 5, 1),
    "negative noise": (dict(measurements__tsv=row(M2, 4, "noiseParameters", "-0.3")), "petab.noise", "measurements.tsv", 5, 5),
    "estimate of no kind": (dict(parameters__tsv=row(P2, 1, "estimate", "perhaps")), "petab.estimate", "parameters.tsv", 2, 5),
    "prior of no kind": (dict(parameters__tsv=added(added(P2, "priorDistribution", "zipf", "_", "_"), "priorParameters", "1", "_", "_")), "petab.prior", "parameters.tsv", 2, 6),
    "flat prior numbers": (dict(parameters__tsv=added(added(P2, "priorDistribution", "normal", "_", "_"), "priorParameters", "1;0", "_", "_")), "petab.prior", "parameters.tsv", 2, 7),
    "extension": (dict(problem__yaml=V2["problem.yaml"] + "extensions:\n  sciml:\n    version: 1\n"), "petab.unsupported", "problem.yaml", 12, None),
    "other language": (dict(problem__yaml=V2["problem.yaml"].replace("language: sbml", "language: bngl")), "petab.unsupported", "problem.yaml", 5, 5),
}  # fmt: skip


def refused(base, case, folder):
    changes, code, file, line, column = case
    place = write(folder, base, **(changes or {}))
    if changes is None:
        (folder / "measurements.tsv").write_bytes(b"observableId\n\n\xff\n")
    with pytest.raises(InputError) as caught:
        load_problem(place)
    first = caught.value.problems[0]
    assert (first.code, first.file, first.line, first.column) == (code, file, line, column), str(first)
    return place


@pytest.mark.parametrize("name", FAULTS)
def test_wrong_problem_of_version_1(name, tmp_path):
    refused(V1, FAULTS[name], tmp_path)


@pytest.mark.parametrize("name", FAULTS_2)
def test_wrong_problem_of_version_2(name, tmp_path):
    refused(V2, FAULTS_2[name], tmp_path)


def test_a_link_to_itself_is_no_file(tmp_path):
    place = write(tmp_path, V1, measurements__tsv=None)
    (tmp_path / "measurements.tsv").symlink_to(tmp_path / "measurements.tsv")
    with pytest.raises(InputError) as caught:
        load_problem(place)
    assert [p.code for p in caught.value.problems] == ["petab.file"]


def test_bounds_may_be_infinite_and_a_power_tower_is_only_infinite(tmp_path):
    table = row(row(P, 3, "lowerBound", "-inf"), 3, "parameterScale", "lin")
    observables = row(O, 1, "observableFormula", "A+0/9^9^9^9")
    problem = load_problem(write(tmp_path, V1, parameters__tsv=table, observables__tsv=observables))
    assert problem.parameters[2].low == -math.inf
    assert problem.observables[0].formula({"A": np.array(3.0)}) == 3.0


def test_right_problems_are_not_refused(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    assert load_problem(write(tmp_path / "1", V1)).names == load_problem(write(tmp_path / "2", V2)).names


def test_several_faults_are_told_at_once(tmp_path):
    bad = row(row(M, 1, "time", "-1"), 2, "observableId", "obs_X")
    with pytest.raises(InputError) as caught:
        load_problem(write(tmp_path, V1, measurements__tsv=bad))
    assert [p.code for p in caught.value.problems] == ["time.order", "petab.id"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.xml").write_text("x")
    place = write(inside, V1, model__xml=None)
    (inside / "model.xml").symlink_to(tmp_path / "secret.xml")
    with pytest.raises(InputError) as caught:
        load_problem(place)
    assert caught.value.problems[0].code == "petab.path"


def test_the_command_says_where_and_ends_with_2(tmp_path):
    place = refused(V1, FAULTS["negative noise"], tmp_path)
    run = CliRunner().invoke(app, ["fit", str(place), "--json"])
    assert run.exit_code == 2
    found = json.loads(run.stdout)["problems"][0]
    assert (found["code"], found["file"], found["line"], found["column"]) == (
        "petab.noise",
        "measurements.tsv",
        5,
        5,
    )


@pytest.mark.parametrize(
    "options", [["--starts", "-1"], ["--seed", "-1"], ["--rtol", "0"], ["--resume"], ["--threads", "0"]]
)
def test_options_out_of_range(options, tmp_path):
    place = write(tmp_path, V1)
    run = CliRunner().invoke(app, ["fit", str(place), "--out", str(tmp_path / "fit"), *options])
    assert run.exit_code == 2
    assert not (tmp_path / "fit").exists()


@needs_shared
@pytest.mark.parametrize(
    ("name", "code"), [("estimated_not_in_model", [("petab.unused", "p.tsv", 3, 1)]), ("hill_ratio", [])]
)
def test_small_cases(name, code):
    try:
        found = []
        load_problem(SHARED / "cases" / "petab" / name / "p.yaml")
    except InputError as error:
        found = [(p.code, p.file, p.line, p.column) for p in error.problems]
    assert found == code


@needs_shared
def test_a_ratio_over_zero_has_a_likelihood():
    """y(1) of y' = 1/(1 + (0.5/x)^4) - y, x' = 1 - x from 0, as a quadrature gives it; measured 2, noise 0.5."""
    x = lambda t: 1 - math.exp(-t)  # noqa: E731
    y, _ = quad(lambda t: math.exp(t - 1) * x(t) ** 4 / (x(t) ** 4 + 0.5**4), 0, 1, epsabs=1e-12)
    expected = -0.5 * ((2 - y) / 0.5) ** 2 - math.log(0.5 * math.sqrt(2 * math.pi))
    objective = Objective(load_problem(SHARED / "cases" / "petab" / "hill_ratio" / "p.yaml"))
    assert -objective.evaluate(np.array([[0.5]])).nllh[0] == pytest.approx(expected, rel=1e-6)
