"""What was read once comes back equal, and nothing but what was read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jakstat.engine.compile.kernel_cache import Entry, KernelCache
from jakstat.engine.load import load_sbml
from jakstat.engine.network.network import Network
from jakstat.engine.network_cache import kept_network
from jakstat.engine.read.guard import ReadLimits
from jakstat.engine.read.import_report import Assumptions, ImportReport
from jakstat.errors import InputError, Problem

TEXT = """<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model>
<listOfParameters><parameter id="k" value="2" constant="true"/></listOfParameters></model></sbml>"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JAKSTAT_CACHE", str(tmp_path))
    return tmp_path / "networks"


def _refuse() -> tuple[Network, ImportReport]:
    raise AssertionError("it should have been there")


def test_network_and_report_come_back_equal(folder: Path) -> None:
    first = load_sbml(TEXT, trusted=True)
    assert len(list(folder.iterdir())) == 1
    warned = ImportReport((Problem("unit.missing", "k has no unit", line=3),), ("k",))
    kept = {"assume": Assumptions(zero=True), "file": "m.xml", "limits": ReadLimits()}
    kept_network(b"a", lambda: (first.network, warned), **kept)
    assert kept_network(b"a", _refuse, **kept) == (first.network, warned)
    assert load_sbml(TEXT, trusted=True).network == first.network


def test_other_text_or_limits_are_read_anew(folder: Path) -> None:
    load_sbml(TEXT, trusted=True)
    assert load_sbml(TEXT.replace('value="2"', 'value="5"'), trusted=True).network.parameters[0].value == 5.0
    with pytest.raises(InputError):
        load_sbml(TEXT, trusted=True, limits=replace(ReadLimits(), size=10))


def test_what_is_refused_is_not_kept_and_documents_from_outside_are_not_either(folder: Path) -> None:
    for _ in range(2):
        with pytest.raises(InputError):
            load_sbml(TEXT.replace("</model>", ""), trusted=True)
    load_sbml(TEXT)
    assert not folder.exists() or not list(folder.iterdir())


def test_an_entry_that_is_no_network_is_read_anew(folder: Path) -> None:
    kept = {"assume": Assumptions(), "file": None, "limits": ReadLimits()}
    network = load_sbml(TEXT, trusted=True).network
    kept_network(b"b", lambda: (network, ImportReport()), **kept)
    keys = [path.stem for path in folder.iterdir()]
    for path in folder.iterdir():
        path.unlink()
    for key in keys:
        KernelCache(folder).fetch(key, lambda: Entry({}, b"{}"))
    assert kept_network(b"b", lambda: (network, ImportReport()), **kept)[0] == network
