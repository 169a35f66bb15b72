"""The reading child, run in this process with its limits recorded instead of set."""

from __future__ import annotations

import io
import json
import signal
import sys

import pytest

import small_models as sm
from jakstat.engine.read import sbml_child
from jakstat.engine.read.guard import ReadLimits, check_bytes
from jakstat.engine.read.limited_child import limit_process
from jakstat.errors import InputError


def test_child_sets_its_limits_then_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    set_limits: dict[object, object] = {}

    def refuse(kind: int, pair: tuple[int, int]) -> None:
        set_limits[kind] = pair
        if kind == resource.RLIMIT_CORE:
            raise OSError("not here")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    monkeypatch.setattr(signal, "setitimer", lambda which, cpu: set_limits.update({"cpu": cpu}))
    request = json.dumps({"assume": {}, "file": None, "cpu": 1.5, "memory": 10**9})
    data = io.BytesIO(request.encode() + b"\n" + sm.DECAY.encode())
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(data))
    monkeypatch.setattr(sys, "stdout", output)
    assert sbml_child.main() == 0
    assert json.loads(output.getvalue())["network"]["id"] == "m"
    assert set_limits["cpu"] == 1.5
    assert set_limits[resource.RLIMIT_AS] == (10**9, 10**9)
    assert set_limits[resource.RLIMIT_FSIZE] == (0, 0)


def test_a_system_without_limits_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_: object) -> None:
        raise AssertionError("a limit was set")

    monkeypatch.setitem(sys.modules, "resource", None)
    monkeypatch.setattr(signal, "setitimer", called)
    limit_process(1.0, 10)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<!-- only a comment -->", "xml.syntax"),
        ("<sbml>", "sbml.unsupported.level"),
        ("</sbml>", "xml.syntax"),
        ("<![CDATA[x", "xml.syntax"),
        ("<?pi", "xml.syntax"),
        ("<sbml a=<", "xml.syntax"),
        ("x<sbml/>", "xml.syntax"),
    ],
)
def test_markup_the_guard_refuses(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        check_bytes(text.encode(), file="f.xml")
    assert caught.value.problems[0].code == code
    assert caught.value.problems[0].file == "f.xml"


def test_markup_the_guard_lets_pass() -> None:
    text = sm.DECAY.replace("<model", "<!-- <x> --><?pi <?><model name=\"a > b &lt; 'c'\"", 1)
    text = text.replace("</model>", "<annotation><![CDATA[<<<]]></annotation></model>")
    check_bytes(text.encode())
    prefixed = '<s:sbml xmlns:s="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"/>'
    check_bytes(b"\xef\xbb\xbf" + prefixed.encode())


def test_caps_can_be_set() -> None:
    with pytest.raises(InputError, match=r"xml\.size"):
        check_bytes(sm.DECAY.encode(), limits=ReadLimits(size=100))
    with pytest.raises(InputError, match=r"xml\.depth"):
        check_bytes(sm.DECAY.encode(), limits=ReadLimits(depth=3))
