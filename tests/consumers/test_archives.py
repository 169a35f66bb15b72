"""Archives of ours in other executors, and archives of other programs here.

"Within 1e-6" is that of the house: of the largest value of the curve.
"""

import csv
import functools
import json
import math
import os
import re
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("JAKSTAT_CONSUMERS", ROOT / ".venv-consumers/bin/python"))
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PYTHON.exists(), reason="`make verify` installs requirements/consumers.txt"),
]

EXPERIMENTS = {
    "stimulus": {"stimuli": {"IL6": "10 ng/ml"}, "observe": ["pSTAT3", "SOCS3", "IL6", "IL6R"]},
    "pulse": {"stimuli": {"IL6": "10 ng/ml @ 0min..20min"}},
    "repeated": {"stimuli": {"IL6": "5 ng/ml @ 0h, 1h"}},
    "series": {"stimuli": {"IL6": "0.1, 1, 10 ng/ml"}},
    "series_repeated": {"stimuli": {"IL6": "0.5, 5 ng/ml @ 0h, 40min"}},
    "knockdown": {"stimuli": {"IL6": "10 ng/ml"}, "perturb": {"SOCS3": "0"}},
    "knockdown_later": {"stimuli": {"IL6": "10 ng/ml"}, "perturb": {"SOCS3": "0 @ 1h"}},
    "knockdown_series": {"stimuli": {"IL6": "10 ng/ml"}, "perturb": {"SOCS3": "0,0.5,1"}},
    "conserved_series": {"stimuli": {"IL6": "10 ng/ml"}, "perturb": {"STAT3": "0.5,2"}},
    "two_axes": {"stimuli": {"IL6": "1, 10 ng/ml"}, "perturb": {"SOCS3": "0.2,1"}},
    "medium_change": {"stimuli": {"IL6": "10 ng/ml"}, "medium_changes": ["30min"]},
    "undepleted": {"stimuli": {"IL6": "1 ng/ml"}, "depletion": False},
    "drug_before": {"stimuli": {"IL6": "10 ng/ml"}, "drugs": {"ruxolitinib": "500 nM @ -30min"}},
    "drug_series": {"stimuli": {"IL6": "10 ng/ml"}, "drugs": {"ruxolitinib": "50, 500 nM @ -30min"}},
    "drug_washed_out": {"stimuli": {"IL6": "10 ng/ml"}, "drugs": {"ruxolitinib": "500 nM @ -1h..30min"}},
    "antibody": {"stimuli": {"IL6": "10 ng/ml"}, "drugs": {"tocilizumab": "100 nM @ -30min"}},
    "blocked_translation": {"stimuli": {"IL6": "10 ng/ml"}, "treatments": {"cycloheximide": "1h.."}},
    "mouse": {"context": "mouse_hepatocyte", "stimuli": {"IL6": "40 ng/ml"}},
    "infected": {"context": "huh7+HBV", "stimuli": {"IL6": "10 ng/ml @ 0min..30min"}},
    "osteosarcoma": {
        "context": "osteosarcoma_u2os",
        "stimuli": {"IL6": "20 ng/ml"},
        "perturb": {"SOCS3": "2"},
    },
}
ONE_LANE = [n for n in EXPERIMENTS if "series" not in n and n != "two_axes"]


def run(*words):
    done = CliRunner().invoke(app, [str(w) for w in words])
    assert done.exit_code == 0, done.output
    return done


def tool(folder, what, *files):
    """What another program says, in its own interpreter."""
    answer = folder / f"{what}.json"
    command = [str(PYTHON), str(Path(__file__).with_name("archive_tools.py")), str(answer), what]
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [*command, *map(str, files)], env=clean, capture_output=True, text=True, timeout=1200, cwd=folder
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(answer.read_text())


@functools.cache
def ours(archive):
    return json.loads(run("run", archive, "--json").stdout)


def curves(answer, kind="report"):
    """Data of an answer of ours: by label, all simulations one after the other."""
    found = {}
    for output in answer["outputs"]:
        if output["kind"] == kind:
            for label, pieces in output["data"].items():
                found[label] = np.array([v for piece in pieces for v in piece["values"]], dtype=float)
    return found


def same(found, wanted, share=1e-6):
    assert set(found) == set(wanted)
    for name, values in wanted.items():
        scale = np.max(np.abs(values))
        np.testing.assert_allclose(found[name], values, rtol=0, atol=share * scale, err_msg=name)


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archives")
    for name, given in EXPERIMENTS.items():
        file = folder / f"{name}.yaml"
        usual = {"context": "hepg2", "parts": ["core"], "until": "2h", "points": 41}
        file.write_text(json.dumps({**usual, "observe": ["pSTAT3", "SOCS3"], **given}))
        run("export", folder / f"{name}.omex", "--experiment", file)
    return folder


@pytest.fixture(scope="module")
def in_tellurium(archives):
    return tool(archives, "tellurium", *(archives / f"{n}.omex" for n in EXPERIMENTS))


def test_there_are_twenty():
    assert len(EXPERIMENTS) == 20


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_tellurium_runs_ours(archives, in_tellurium, name):
    archive = archives / f"{name}.omex"
    theirs = {k: np.array(v) for k, v in in_tellurium[str(archive)]["readouts"].items()}
    read_back = ours(archive)
    same(curves(read_back), theirs)
    assert set(read_back["outcomes"]) == {"OK"}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_data_of_an_archive_are_what_its_model_does(archives, in_tellurium, name):
    """The table was made by the protocol's own runner, which knows nothing of events and SED-ML."""
    archive = archives / f"{name}.omex"
    with zipfile.ZipFile(archive) as opened:
        text = opened.read("data.csv").decode()
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    theirs = in_tellurium[str(archive)]["readouts"]
    lanes = sorted({int(r["lane"]) for r in rows})
    times = np.array(theirs["time_h"]).reshape(len(lanes), -1)
    for readout in set(theirs) - {"time_h"}:
        read = np.array(theirs[readout]).reshape(times.shape)
        for lane in lanes:
            mine = [r for r in rows if r["observable"] == readout and int(r["lane"]) == lane]
            at = np.array([float(r["time_h"]) for r in mine])
            values = np.array([float(r["value"]) for r in mine])
            near = np.abs(at[:, None] - times[lane]).argmin(axis=0)
            np.testing.assert_allclose(at[near], times[lane], atol=1e-9)
            scale = np.max(np.abs(read))
            np.testing.assert_allclose(values[near], read[lane], rtol=0, atol=1e-6 * scale, err_msg=readout)


def symbols(archive):
    """Which quantity of the model each readout is made of."""
    with zipfile.ZipFile(archive) as opened:
        text = opened.read("experiment.sedml").decode()
    found = re.findall(r"""id="data_(\w+)".*?@id='(\w+)'""", text, re.DOTALL)
    assert found
    return dict(found)


def test_copasi_runs_ours(archives):
    """COPASI's own importer of archives; its values are the model's, before the readout's unit."""
    found = tool(archives, "copasi", *(archives / f"{n}.omex" for n in ONE_LANE))
    for name in ONE_LANE:
        theirs, mine = found[str(archives / f"{name}.omex")], curves(ours(archives / f"{name}.omex"))
        assert theirs["steps"] == 40
        for readout, symbol in symbols(archives / f"{name}.omex").items():
            # a gene that is knocked out whole stays 0
            shape, wanted = (np.array(v) / (np.max(v) or 1.0) for v in (theirs[symbol], mine[readout]))
            np.testing.assert_allclose(shape, wanted, rtol=0, atol=1e-6, err_msg=f"{name} {readout}")


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4"])
def test_libsedml_finds_no_fault(archives, tmp_path, version):
    run("export", tmp_path / "a.omex", "--experiment", archives / "series.yaml", "--sedml", version)
    with zipfile.ZipFile(tmp_path / "a.omex") as opened:
        (tmp_path / "a.sedml").write_bytes(opened.read("experiment.sedml"))
    assert list(tool(tmp_path, "checked", tmp_path / "a.sedml").values()) == [[]]
    same(curves(ours(tmp_path / "a.omex")), curves(ours(archives / "series.omex")))


FOREIGN = (
    "course", "late", "scan", "steady", "onestep", "nested", "inline", "copasi", "copasi_scan", "old",
    "fetched",
)  # fmt: skip


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    folder = tmp_path_factory.mktemp("foreign")
    return folder, tool(folder, "foreign", folder)


def reversible(times, start=10.0, k1=0.3, k2=0.1):
    """S1 of S1 <-> S2, begun with S1 alone."""
    rest = start * k2 / (k1 + k2)
    return rest + (start - rest) * np.exp(-(k1 + k2) * np.asarray(times))


def test_there_are_more_than_ten(foreign):
    assert {p.stem for p in foreign[0].glob("*.omex")} == set(FOREIGN)


@pytest.mark.parametrize("name", ["course", "scan", "steady"])
def test_what_phrasedml_and_libcombine_write(foreign, name):
    folder, theirs = foreign
    (wanted,) = theirs[name].values()
    same(curves(ours(folder / f"{name}.omex")), {k: np.array(v) for k, v in wanted.items()}, share=1e-5)


def test_what_tellurium_writes(foreign):
    """Its SED-ML is called main.xml."""
    folder, theirs = foreign
    (wanted,) = theirs["course"].values()
    same(curves(ours(folder / "inline.omex")), {k: np.array(v) for k, v in wanted.items()}, share=1e-5)


def test_one_step_gives_the_value_after_it(foreign):
    """tellurium has the value before the step as well."""
    folder, theirs = foreign
    (both,) = theirs["onestep"].values()
    same(curves(ours(folder / "onestep.omex")), {k: np.array(v[1::2]) for k, v in both.items()}, share=1e-5)


def test_changes_count_in_any_order(foreign):
    """S1 begins at 3 with k1 = 0.5; tellurium loses the change of k1, as setting S1 resets the model."""
    found = curves(ours(foreign[0] / "late.omex"))
    times = np.linspace(5, 10, 21)
    np.testing.assert_allclose(found["time"], times)
    np.testing.assert_allclose(found["S1"], reversible(times, 3.0, 0.5), rtol=1e-5)


def test_repeats_within_repeats(foreign):
    found = curves(ours(foreign[0] / "nested.omex"))
    times = np.linspace(0, 4, 9)
    wanted = [reversible(times, start, k1, 0.7) for start in (5, 10) for k1 in (0.1, 1.0)]
    np.testing.assert_allclose(found["r2.S1"], np.concatenate(wanted), rtol=1e-5)


def test_what_copasi_writes(foreign):
    found = curves(ours(foreign[0] / "copasi.omex"), "plot2D")
    np.testing.assert_allclose(found["[S1]"], reversible(found["Time"]), rtol=1e-5)
    found = curves(ours(foreign[0] / "copasi_scan.omex"), "plot2D")
    times = np.linspace(0, 10, 51)
    wanted = [reversible(times, k1=k1) for k1 in (0.1, 0.2, 0.3, 0.4)]
    np.testing.assert_allclose(found["[S1]"], np.concatenate(wanted), rtol=1e-5)


def test_what_libsedml_writes_as_version_2(foreign):
    found = curves(ours(foreign[0] / "old.omex"))
    assert found["time"].tolist() == [0.5 * i for i in range(9)]
    assert found["S1"][-1] == pytest.approx(10 * math.exp(-0.3 * 4), rel=1e-5)


def test_a_model_that_would_have_to_be_fetched_is_refused_by_name(foreign):
    done = CliRunner().invoke(app, ["run", str(foreign[0] / "fetched.omex")])
    assert done.exit_code == 2
    assert "urn:miriam:biomodels.db:BIOMD0000000012" in done.stderr
    assert "[sedml.source]" in done.stderr
