"""Hostile and damaged SBML: one clear message, quickly, and nothing written."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import small_models as sm
from jakstat.engine.load import load_sbml
from jakstat.engine.read.guard import ReadLimits
from jakstat.errors import InputError

MATH = 'xmlns="http://www.w3.org/1998/Math/MathML"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def nested_math(depth: int) -> str:
    inside = "<apply><minus/>" * depth + "<cn>1</cn>" + "</apply>" * depth
    rule = f'<assignmentRule variable="x"><math {MATH}>{inside}</math></assignmentRule>'
    return sm.sbml(sm.listed("Parameters", [sm.parameter("x", None, False)]) + sm.listed("Rules", [rule]))


def nested_notes(depth: int) -> str:
    body = '<body xmlns="http://www.w3.org/1999/xhtml">' + "<p>" * depth + "x" + "</p>" * depth + "</body>"
    return sm.sbml(f"<notes>{body}</notes>")


def bomb() -> str:
    names = "abcdefghij"
    lines = ['<!ENTITY a "ha">'] + [f'<!ENTITY {n} "{f"&{m};" * 10}">' for m, n in pairwise(names)]
    return f"{HEAD}<!DOCTYPE sbml [{''.join(lines)}]>" + sm.sbml("<notes>&j;</notes>")


def doubling(levels: int) -> str:
    """Functions that call each other twice: small on disk, huge when written out."""
    functions = [sm.function("f0", ["x"], "x + x")]
    functions += [sm.function(f"f{i}", ["x"], f"f{i - 1}(f{i - 1}(x))") for i in range(1, levels)]
    return sm.model(
        functions=functions,
        parameters=[sm.parameter("y", None, False)],
        rules=[sm.rule("assignment", "y", f"f{levels - 1}(2)")],
    )


def circle_of_functions(count: int) -> str:
    functions = [sm.function(f"f{i}", ["x"], f"f{(i + 1) % count}(x)") for i in range(count)]
    return sm.model(
        functions=functions,
        parameters=[sm.parameter("y", None, False)],
        rules=[sm.rule("assignment", "y", "f0(2)")],
    )


def two_rules(first: str, second: str) -> str:
    return sm.model(
        parameters=[sm.parameter("x", None, False), sm.parameter("y", None, False)],
        rules=[sm.rule("assignment", "x", first), sm.rule("assignment", "y", second)],
    )


def rate_of_nothing() -> str:
    text = two_rules("1", "rateOf(x)")
    return text.replace("<ci> x </ci>", "")


def with_reaction(**changes: object) -> str:
    parts: dict[str, object] = {
        "species": [sm.species("A", 1.0)],
        "parameters": [sm.parameter("k", 1.0)],
        "reactions": [sm.reaction("r", "A", "", "k*A*c")],
    }
    return sm.model(**{**parts, **changes})  # type: ignore[arg-type]


HOSTILE: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "empty": (lambda: b"", "xml.empty"),
    "blank": (lambda: b"  \n ", "xml.empty"),
    "truncated in a tag": (lambda: sm.DECAY[:-150], "xml.syntax"),
    "truncated between tags": (lambda: sm.DECAY.split("<listOfReactions>")[0], "xml.syntax"),
    "truncated in a comment": (lambda: sm.DECAY.replace("<model", "<!-- <model"), "xml.syntax"),
    "closed twice": (lambda: sm.DECAY + "</sbml>", "xml.syntax"),
    "crossed tags": (
        lambda: sm.DECAY.replace("</listOfSpecies></model>", "</model></listOfSpecies>").replace(
            "</listOfParameters>", "</listOfSpecies>", 1
        ),
        "xml.syntax",
    ),
    "not xml": (lambda: "k1*A -> B\n", "xml.syntax"),
    "json": (lambda: b'{"sbml": 1}', "xml.syntax"),
    "two roots": (lambda: sm.DECAY + sm.DECAY, "xml.syntax"),
    "html": (lambda: "<html><body/></html>", "sbml.root"),
    "svg": (lambda: HEAD + '<svg xmlns="http://www.w3.org/2000/svg"/>', "sbml.root"),
    "nul bytes": (lambda: sm.DECAY.encode().replace(b"model", b"mod\0el"), "xml.encoding"),
    "utf-16": (lambda: sm.DECAY.encode("utf-16"), "xml.encoding"),
    "latin-1 bytes": (
        lambda: sm.DECAY.replace('id="m"', 'id="m" name="é"').encode("latin-1"),
        "xml.encoding",
    ),
    "declared latin-1": (lambda: '<?xml version="1.0" encoding="ISO-8859-1"?>' + sm.DECAY, "xml.encoding"),
    "doctype": (lambda: HEAD + "<!DOCTYPE sbml>" + sm.DECAY, "xml.doctype"),
    "entity bomb": (bomb, "xml.doctype"),
    "quadratic bomb": (
        lambda: (
            f'{HEAD}<!DOCTYPE s [<!ENTITY a "{"a" * 50_000}">]>'
            + sm.sbml("<notes>" + "&a;" * 1000 + "</notes>")
        ),
        "xml.doctype",
    ),
    "external file": (
        lambda: (
            f'{HEAD}<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + sm.sbml("<notes>&x;</notes>")
        ),
        "xml.doctype",
    ),
    "external url": (
        lambda: f'{HEAD}<!DOCTYPE s SYSTEM "http://example.invalid/x.dtd">' + sm.DECAY,
        "xml.doctype",
    ),
    "undeclared entity": (lambda: sm.sbml("<notes>&boom;</notes>"), "xml.syntax"),
    "maths nested 201 deep": (lambda: nested_math(201), "xml.depth"),
    "maths nested 10,000 deep": (lambda: nested_math(10_000), "xml.depth"),
    "maths nested 100,000 deep": (lambda: nested_math(100_000), "xml.depth"),
    "notes nested 10,000 deep": (lambda: nested_notes(10_000), "xml.depth"),
    "11 megabytes": (lambda: sm.sbml("<notes>" + "x" * 11_000_000 + "</notes>"), "xml.size"),
    "100,000 species": (
        lambda: sm.sbml(
            sm.listed("Compartments", [sm.compartment()])
            + sm.listed("Species", [f'<species id="S{i}" compartment="c"/>' for i in range(100_000)])
        ),
        "xml.elements",
    ),
    "500,000 elements": (
        lambda: sm.sbml("<annotation>" + "<a/>" * 500_000 + "</annotation>"),
        "xml.elements",
    ),
    "huge attribute": (lambda: sm.DECAY.replace('id="m"', f'id="{"m" * 200_000}"'), "xml.attribute"),
    "10,000 attributes": (
        lambda: sm.DECAY.replace('id="m"', " ".join(f'a{i}="1"' for i in range(10_000))),
        "xml.attribute",
    ),
    "unknown level": (lambda: sm.DECAY.replace('level="3"', 'level="9"'), "sbml.unsupported.level"),
    "unknown package": (
        lambda: sm.DECAY.replace(
            'level="3"', 'xmlns:q="http://example.invalid/q" q:required="true" level="3"'
        ),
        "sbml.unsupported.package",
    ),
    "no model": (lambda: sm.sbml("").replace('<model id="m"></model>', ""), "sbml.no_model"),
    "functions in a circle": (lambda: circle_of_functions(3), "function.circular"),
    "function calls itself": (lambda: circle_of_functions(1), "function.circular"),
    "function doubling": (lambda: doubling(12), "math.size"),
    "rules in a circle": (lambda: two_rules("y + 1", "x + 1"), "rule.circular"),
    "rule rests on itself": (lambda: two_rules("x + 1", "1"), "rule.circular"),
    "rate of nothing": (rate_of_nothing, "math.arguments"),
    "level that does not fit its namespace": (
        lambda: sm.DECAY.replace('version="2"', 'version="1"'),
        "sbml.unsupported.level",
    ),
    "version that is no number": (
        lambda: sm.DECAY.replace('version="2"', 'version="volume"'),
        "sbml.unsupported.level",
    ),
    "duplicate ids": (lambda: with_reaction(species=[sm.species("A", 1.0)] * 2), "id.duplicate"),
    "id of species and parameter": (
        lambda: with_reaction(parameters=[sm.parameter("A", 1.0), sm.parameter("k", 1.0)]),
        "id.duplicate",
    ),
    "unknown name in a rate": (lambda: with_reaction(parameters=[]), "reference.unknown"),
    "species in no compartment": (lambda: with_reaction(compartments=[], reactions=[]), "reference.unknown"),
    "missing amount": (lambda: with_reaction(species=[sm.species("A", None)]), "value.missing"),
    "missing parameter": (lambda: with_reaction(parameters=[sm.parameter("k", None)]), "value.missing"),
    "missing size": (lambda: with_reaction(compartments=[sm.compartment(size=None)]), "value.missing"),
    "no rate law": (
        lambda: with_reaction(reactions=[sm.reaction("r", "A", "", None)]),
        "sbml.unsupported.no_rate",
    ),
    "rate and rule": (
        lambda: with_reaction(rules=[sm.rule("rate", "A", "1")]),
        "rule.overdetermined",
    ),
    "code in an id": (
        lambda: sm.model(parameters=[sm.parameter("__import__('os').system('x')", 1.0)]),
        "id.syntax",
    ),
    "wrong arity": (
        lambda: two_rules("1", "2").replace(
            '<cn type="integer"> 1 </cn>', "<apply><divide/><cn>1</cn></apply>"
        ),
        "math",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_is_refused_with_a_problem(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, code = HOSTILE[name]
    document = make()
    path = tmp_path / "model.xml"
    path.write_bytes(document if isinstance(document, bytes) else document.encode())
    monkeypatch.chdir(tmp_path)
    begin = time.perf_counter()
    with pytest.raises(InputError) as caught:
        load_sbml(path)
    assert time.perf_counter() - begin < 60  # a guard against work that never ends
    codes = [p.code for p in caught.value.problems]
    assert any(c.startswith(code) for c in codes), caught.value
    assert all(p.message and p.file == "model.xml" for p in caught.value.problems)
    assert os.listdir(tmp_path) == ["model.xml"]


def test_depth_within_the_cap_is_read() -> None:
    text = nested_math(150)
    model = load_sbml(text)
    assert model.simulate([0.0]).value("x")[0, 0] == 1.0


def test_entity_file_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("k = 3", encoding="utf-8")
    text = f'{HEAD}<!DOCTYPE s [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + sm.sbml("<notes>&x;</notes>")
    with pytest.raises(InputError) as caught:
        load_sbml(text)
    assert "k = 3" not in str(caught.value)


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo"])
def test_path_that_is_no_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    if kind == "folder":
        path.mkdir()
    if kind == "fifo":
        if not hasattr(os, "mkfifo"):
            pytest.skip("this system has no named pipes")
        os.mkfifo(path)
    with pytest.raises(InputError, match=r"file\.missing"):
        load_sbml(path)


def test_reader_over_its_processor_time_is_one_problem() -> None:
    limits = ReadLimits(cpu_base=0.001, cpu_per_megabyte=0.0)
    with pytest.raises(InputError, match=r"sbml\.reader_stopped"):
        load_sbml(sm.DECAY, limits=limits)


def test_reader_over_its_waiting_time_is_one_problem() -> None:
    limits = ReadLimits(wall_base=0.001, wall_factor=0.0)
    with pytest.raises(InputError, match=r"took too long"):
        load_sbml(sm.DECAY, limits=limits)


EDITS = st.lists(
    st.tuples(
        st.integers(0, len(sm.DECAY) - 1),
        st.sampled_from(["drop", "double", "swap", "put", "value"]),
        st.sampled_from(
            ["<", ">", '"', "&", "/", "0", "-", "\0", "A", "k", "é", "<!", "]]>", "1e999", "true"]
        ),
    ),
    min_size=1,
    max_size=6,
)


def mutant(edits: list[tuple[int, str, str]]) -> bytes:
    text = sm.DECAY
    for where, kind, piece in edits:
        at = min(where, len(text) - 1)
        if kind == "drop":
            text = text[:at] + text[at + len(piece) :]
        elif kind == "double":
            text = text[:at] + text[at : at + 20] + text[at:]
        elif kind == "swap":
            text = text[:at] + text[at : at + 12][::-1] + text[at + 12 :]
        elif kind == "put":
            text = text[:at] + piece + text[at:]
        else:  # another attribute value, so that the document stays well formed
            value = re.compile(r'(?<==")[^"<&]*(?=")').search(text, at)
            if value is not None and piece not in '<"&\0':
                text = text[: value.start()] + piece + text[value.end() :]
    return text.encode("utf-8", "replace")


def read_or_refused(edits: list[tuple[int, str, str]]) -> None:
    try:
        model = load_sbml(mutant(edits))
        model.simulate([0.0, 1.0], max_steps=500)
    except InputError as error:
        assert error.problems


RELAXED = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=20, **RELAXED)
@given(edits=EDITS)
def test_mutants_are_read_or_refused(edits: list[tuple[int, str, str]]) -> None:
    """Each in a child process, as documents from outside are: libSBML itself may crash."""
    read_or_refused(edits)


@pytest.mark.long
@settings(max_examples=1500, **RELAXED)
@given(edits=EDITS)
def test_many_mutants_are_read_or_refused(edits: list[tuple[int, str, str]]) -> None:
    read_or_refused(edits)
