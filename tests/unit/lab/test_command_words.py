"""Commands of questions: what the command line reads of them is what the question said, whatever it said."""

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.main import get_command

from jakstat.cli.main import app
from jakstat.lab.command_words import command_line, command_words
from jakstat.lab.lab_questions import CellQuestion, ExposureQuestion, PatientQuestion, TrialQuestion
from jakstat.lab.question_kinds import QUESTIONS

COMMAND = get_command(app)
KEY = "a" * 64
REQUIRED = {
    "schedule": {"drug": "ruxolitinib"},
    "exposure": {"drug": "ruxolitinib", "regimen": "15 mg PO BID"},
    "trial": {"text": "population: sharp"},
    "own_curves": {"data": KEY},
    "own_matrix": {"data": KEY},
    "own_exposure": {"data": KEY},
    "own_fit": {"data": KEY, "context": "hepg2", "free": "kcat_STAT3"},
    "own_cell": {"data": KEY, "like": "hepg2"},
    "own_drug": {"data": KEY},
}
EVIL = st.sampled_from(
    [
        "--help",
        "--plot=/etc/x",
        "-h",
        "--",
        "--out",
        "",
        " ",
        "$(id)",
        "`id`",
        "; rm -rf /",
        "a'b\"c",
        "\\",
        "ü&|<>*?",
    ]
)
TEXT = st.one_of(EVIL, st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20))


def parsed(words):
    """The parameters that the command line reads."""
    named = COMMAND.get_command(None, words[0])
    rest = list(words[1:])
    if words[0] == "trial":
        named, rest = named.commands["run"], rest
    parameters = {p.name: p for p in named.params}
    options, _, _ = named.make_parser(None if named is None else named.context_class(named)).parse_args(rest)
    return parameters, options


def fields_of(kind, values):
    """A question with texts in every field that takes them."""
    question = QUESTIONS[kind][1]
    found = dict(REQUIRED.get(kind, {}))
    for name, field in question.model_fields.items():
        if name in ("data", "text", "scale") or name in question.lab_only:
            continue
        kinds = str(field.annotation)
        if "list" in kinds:
            found[name] = values
        elif "str" in kinds and values:
            found[name] = values[0]
    return question.model_validate(found)


@pytest.mark.parametrize("kind", QUESTIONS)
@settings(max_examples=25, deadline=None)
@given(values=st.lists(TEXT, min_size=1, max_size=3))
def test_nothing_that_is_said_becomes_an_option(kind, values):
    question = fields_of(kind, values)
    _, options = parsed(command_words(kind, question))
    for name in type(question).model_fields:
        said = getattr(question, name)
        if name in question.lab_only or name in question.files or name in question.uploads:
            continue
        read = options.get(name)
        if isinstance(said, list):
            assert list(read or []) == said, name
        elif isinstance(said, str) and (read is not None or name in question.arguments):
            assert read == said, name
    own = {*type(question).model_fields, *question.uploads}
    strange = {name for name, value in options.items() if name not in own and value not in (None, [], ())}
    assert strange - {"file", "abundances", "add"} == set()  # files go by these names


def test_the_line_of_a_shell_is_the_words():
    question = CellQuestion(stimulus=["IL6=10ng/ml@0min..20min"], knockdown=["SOCS3=0"], until="$(id) 'x'")
    assert shlex.split(command_line("cell", question)) == ["jakstat", *command_words("cell", question)]


def test_only_what_differs_from_the_default_is_said():
    assert command_line("cell", CellQuestion()) == "jakstat simulate hepg2"
    said = CellQuestion(context="huh7", state=["HBV"], drug=["a=1nM", "b=2nM"], depletion=False, points=11)
    assert command_line("cell", said) == (
        "jakstat simulate huh7 --state HBV --drug a=1nM --drug b=2nM --points 11 --no-depletion"
    )


def test_texts_are_files_and_flags_are_flags():
    assert command_line("trial", TrialQuestion(text="population: sharp", patients=20)) == (
        "jakstat trial trial.yaml --patients 20 --out trial"
    )
    patient = PatientQuestion(aetiology="HBV", stop_at_progression=True, regimen=["sorafenib 400 mg PO BID"])
    assert command_line("patient", patient) == (
        "jakstat patient --regimen 'sorafenib 400 mg PO BID' --stop-at-progression --aetiology HBV"
    )
    exposure = ExposureQuestion(drug="tocilizumab", regimen="8 mg/kg IV q4w", days=0.1, subjects=0)
    assert command_line("exposure", exposure) == (
        "jakstat pk tocilizumab '8 mg/kg IV q4w' --days 0.1 --subjects 0"
    )


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\x1b[1m", "\x7f"])
def test_control_characters_are_refused(text):
    with pytest.raises(ValueError, match="control characters"):
        CellQuestion(context=text)
