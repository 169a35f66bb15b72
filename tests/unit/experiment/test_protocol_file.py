import json

import jsonschema
import pytest
import yaml

from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.protocol_file import KEYS, protocol_schema_text, read_protocol, run_file

FULL = """\
# everything that can be said
title: ruxolitinib before IL-6
context: hepg2
stimuli: {IL6: 10 ng/ml}
drugs:
  - ruxolitinib=500nM@-60min
treatments: {cycloheximide: 1h.., actinomycin_D: }
perturb: {SOCS3: 0.5}
medium_changes: [2h]
until: 3 h
observe: [pSTAT3, SOCS3]
points: 61
depletion: false
read_at: 20min
parts: [auto]
"""


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "e.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def problems(path, read=read_protocol):
    with pytest.raises(InputError) as caught:
        read(path)
    return [(p.code, p.line) for p in caught.value.problems]


def test_a_full_file_is_the_same_as_the_arguments(file):
    assert read_protocol(file(FULL)) == make_protocol(
        "hepg2",
        stimuli=["IL6=10ng/ml".replace("10ng", "10 ng")],
        drugs=["ruxolitinib=500nM@-60min"],
        treatments=["cycloheximide@1h..", "actinomycin_D"],
        perturb={"SOCS3": 0.5},
        medium_changes=["2h"],
        until="3 h",
        observe=["pSTAT3", "SOCS3"],
        points=61,
        depletion=False,
        read_at="20min",
        parts="auto",
    )


def test_the_schema_knows_the_same_keys_and_accepts_the_same_file():
    schema = json.loads(protocol_schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == set(KEYS)
    jsonschema.validate(yaml.safe_load(FULL), schema)


@pytest.mark.parametrize(
    "bad", ["context: hepg2\nfoo: 1", "stimuli: {IL6: 1nM}", "context: hepg2\npoints: x", "[1]"]
)
def test_the_schema_refuses_what_the_reader_refuses(file, bad):
    assert problems(file(bad))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(bad), json.loads(protocol_schema_text()))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ("yaml.empty", None)),
        ("# nothing", ("yaml.empty", None)),
        ("- a\n- b", ("yaml.shape", 1)),
        ("hello", ("yaml.shape", 1)),
        ("context: hepg2\ncontxt: x", ("key.unknown", 2)),
        ("context: hepg2\ncontext: hepg2", ("key.twice", 2)),
        ("stimuli: {IL6: 1nM}", ("key.missing", None)),
        ("context: hepg2\nstimuli: {IL6: 1nM, IL6: 2nM}", ("key.twice", 2)),
        ("context: hepg2\n\nstimuli: {IL6: 10h}", ("unit.clash", 3)),
        ("context: hepg2\nstimuli: 5", ("yaml.type", 2)),
        ("context: hepg2\nstimuli: {IL6: [1]}", ("yaml.type", 2)),
        ("context: hepg2\nstimuli: [[1]]", ("yaml.type", 2)),
        ("context: [hepg2]", ("yaml.type", 1)),
        ("context:", ("yaml.type", 1)),
        ("context: hepg2\npoints: 1.5", ("yaml.type", 2)),
        ("context: hepg2\npoints: true", ("yaml.type", 2)),
        ("context: hepg2\npoints: [1]", ("yaml.type", 2)),
        ("context: hepg2\npoints: 99999999", ("points.range", 2)),
        ("context: hepg2\ndepletion: 1", ("yaml.type", 2)),
        ("context: hepg2\nuntil: 0h", ("time.span", 2)),
        ("context: hepg2\nobserve: {a: b}", ("yaml.type", 2)),
        ("context: {hepg2", ("yaml.syntax", 1)),
        ("context: \t- x: [", ("yaml.syntax", 1)),
        ("context: hepg2\n---\ncontext: hepg2", ("yaml.syntax", 2)),
        ("a: &a x\ncontext: *a", ("yaml.alias", 1)),
        ("context: !!python/object/apply:os.system [ls]", ("yaml.tag", 1)),
        ("context: !!str hepg2", ("yaml.tag", 1)),
        ("!!map {context: hepg2}", ("yaml.tag", 1)),
        ("context: " + "[" * 500, ("yaml.depth", 1)),
        (b"\xff\xfe\x00bad", ("file.encoding", 1)),
        ("context: a\x07b", ("yaml.syntax", None)),
    ],
)
def test_faults_name_their_line(file, text, wanted):
    assert wanted in problems(file(text))


def test_names_of_the_model_are_placed_too(file):
    text = "context: hepg2\nstimuli: {IL66: 1nM}\ndrugs: {foo: 1nM}\nobserve: [pSTAT3]\n"
    assert problems(file(text), run_file) == [("stimulus.unknown", 2), ("drug.unknown", 3)]
    assert problems(file("context: hepg"), run_file) == [("context.unknown", 1)]


def test_a_missing_or_large_file(tmp_path, file):
    assert problems(tmp_path / "no.yaml") == [("file.missing", None)]
    assert problems(file("#" * 2_000_000)) == [("file.too-large", None)]


@pytest.mark.long
def test_a_file_runs(file):
    r = run_file(file("context: hepg2\nstimuli: [IL6=10ng/ml]\nuntil: 30min\npoints: 4\nobserve: pSTAT3"))
    assert list(r.data_vars) == ["pSTAT3"]
