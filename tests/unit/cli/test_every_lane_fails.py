"""When no simulation reaches its end, no command says that all is well."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

import jakstat.engine.model as engine
from jakstat.cli.main import app
from jakstat.experiment.resting import _loaded

CORE = ["hepg2", "--parts", "core"]
IL6 = ["--stimulus", "IL6=10ng/ml"]
COMMANDS = {
    "simulate": ["simulate", *CORE, *IL6],
    "simulate --interval": ["simulate", *CORE, *IL6, "--interval", "3"],
    "simulate --cells": ["simulate", *CORE, *IL6, "--cells", "20"],
    "experiment": ["experiment", "FILE"],
    "dose-response": ["dose-response", *CORE, *IL6, "--drug", "ruxolitinib=10..100nM:3"],
    "targets": ["targets", *CORE, *IL6],
    "combine": ["combine", *CORE, *IL6, "--drug", "ruxolitinib=100,1000nM", "--drug", "Stattic=1,10uM",
                "--interval", "0", "--at", "20min"],
    "combine --screen": ["combine", *CORE, *IL6, "--screen", "PAIRS", "--doses", "3", "--at", "20min"],
    "sensitivity": ["sensitivity", *CORE, *IL6, "--at", "20min", "--method", "morris", "--rows", "8"],
    "sensitivity local": ["sensitivity", *CORE, *IL6, "--at", "20min"],
    "steady-state": ["steady-state", *CORE, "--starts", "2"],
    "bistability": ["bistability", *CORE, "--input", "IL6=1..10ng/ml:5", "--starts", "0"],
    "schedule": ["schedule", *CORE, *IL6, "--drug", "ruxolitinib", "--regimen", "15 mg PO BID",
                 "--days", "7"],
    "pk": ["pk", "ruxolitinib", "15 mg PO BID x 2", "--subjects", "3"],
    "pk --doses": ["pk", "ruxolitinib", "--doses", "DOSES"],
    "evidence": ["evidence", "--claim", "C117", "--lanes", "2"],
    "validate": ["validate", "--context", "hepg2"],
    "map": ["map", "--out", "MAP", *IL6, "--at", "20min", "--parts", "core"],
}  # fmt: skip
REFUSED = {"map": (2, "map.failed"), "schedule": (2, "lane.failed")}
"""Commands that have nothing at all to show without the one simulation they rest on."""


@pytest.fixture
def no_lane_ends(monkeypatch):
    """Every simulation is out of steps after one."""
    given = engine.read_settings
    monkeypatch.setattr(
        engine, "read_settings", lambda *asked, **more: replace(given(*asked, **more), max_steps=1)
    )
    _loaded.cache_clear()  # with it go the steady states that are kept
    yield
    _loaded.cache_clear()


@pytest.mark.usefixtures("no_lane_ends")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_whose_every_lane_failed_does_not_end_with_0(tmp_path, name):
    texts = {
        "FILE": "context: hepg2\nparts: [core]\nstimuli: {IL6: 10 ng/ml}\nuntil: 1h\n",
        "PAIRS": "drug_a,drug_b\nruxolitinib,Stattic\n",
        "DOSES": "ID,TIME,AMT,EVID,CMT\n1,0,15,1,1\n",
    }
    for file, text in texts.items():
        (tmp_path / file).write_text(text)
    said = {file: str(tmp_path / file) for file in texts} | {"MAP": str(tmp_path / "map.svg")}
    found = CliRunner().invoke(app, [said.get(word, word) for word in COMMANDS[name]])
    code, word = REFUSED.get(name, (1, "every simulation failed"))
    assert found.exit_code == code, found.output
    assert word in found.output
