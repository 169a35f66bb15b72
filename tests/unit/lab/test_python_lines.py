"""The lines of Python beside an answer can be read, import what is there, and name arguments that exist."""

import ast
import inspect
import re
from importlib import import_module

import pytest

from jakstat.lab.lab_questions import CellQuestion
from jakstat.lab.python_lines import python_lines
from jakstat.lab.question_kinds import QUESTIONS

KEY = "a" * 64
SAID = {"text": "population: sharp", "data": KEY, "scale": "cell", "covariate": ["albumin=3"], "weight": 60.0,
        "regimen": "15 mg PO BID", "predict": "SOCS3,CIS", "free": "a,b"}  # fmt: skip


def full(kind, **changes):
    """A question that says something in each of its fields."""
    question = QUESTIONS[kind][1]
    found = {}
    for name, field in question.model_fields.items():
        shown = str(field.annotation)
        if "list" in shown:
            found[name] = ["x"]
        elif "bool" in shown:
            found[name] = not field.default
        elif "float" in shown or "int" in shown:
            found[name] = 7
        else:
            found[name] = "y"
        if name in SAID:
            found[name] = [SAID[name]] if "list" in shown and isinstance(SAID[name], str) else SAID[name]
    return question.model_validate(found | changes)


def names_of(lines):
    """What the imports of the lines bring, by name."""
    found = {}
    for node in ast.walk(ast.parse(lines)):
        if isinstance(node, ast.Import):
            found |= {a.asname or a.name: import_module(a.name) for a in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {a.name: getattr(import_module(node.module), a.name) for a in node.names}
    return found


def taken(function):
    """Names of the arguments of a function, those of a typed ``**`` too."""
    inner = inspect.unwrap(function)
    found = set()
    for parameter in inspect.signature(inner).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            for of in re.findall(r"^Unpack\[(\w+)\]$", str(parameter.annotation)):
                found |= set(inner.__globals__[of].__annotations__)
        else:
            found.add(parameter.name)
    return found


CASES = [(kind, full(kind)) for kind in QUESTIONS]
CASES += [
    ("cell", full("cell", interval=None)),
    ("map", full("map", scale="patient")),
    ("map", full("map", at=None)),
    ("evidence", full("evidence", scale="patient")),
    ("patient", full("patient", text=None)),
    ("own_curves", full("own_curves", context=None)),
    ("own_exposure", full("own_exposure", drug=None)),
]


@pytest.mark.parametrize(("kind", "question"), CASES, ids=lambda x: x if isinstance(x, str) else "")
def test_the_lines_call_what_is_there(kind, question):
    lines = python_lines(kind, question, {"data": 'a "plate".csv'})
    names, called = names_of(lines), 0
    for node in ast.walk(ast.parse(lines)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr == "to_dataset":
            continue
        if isinstance(node.func, ast.Attribute):
            function = getattr(names[node.func.value.id], node.func.attr)
        else:
            function = names[node.func.id]
        called += 1
        assert {k.arg for k in node.keywords} <= taken(function), lines
    assert called >= 1
    assert lines.rstrip().splitlines()[-1].startswith(("found = ", ")", "    "))


def test_texts_keep_what_they_say():
    question = CellQuestion(stimulus=["a\"b\\c'd", "ü {x} %s"])
    tree = ast.parse(python_lines("cell", question))
    [said] = [k.value for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords]
    assert ast.literal_eval(said) == question.stimulus
