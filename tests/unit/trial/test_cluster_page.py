"""The page of clusters: its plan is that of the last measurement, its SLURM script asks for what it says."""

import ast
import importlib.util
import json
import re
from pathlib import Path

import pytest
from benchmarks import trial as bench

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "examples" / "cluster" / "slurm_workers.py"


def test_the_plan_of_a_million_patients_is_that_of_the_record():
    text = bench.PAGE.read_text(encoding="utf-8")
    assert bench.page(bench.latest()) in text


def test_the_plan_by_hand():
    """0.2 s more for each of 900 more patients: 55.6 core hours for a million."""
    run = {
        "chunks (bytes)": 0.0,
        "outputs (bytes)": 0.0,
        "memory of a worker (MB)": 512.0,
        "memory (MB)": 1024.0,
    }
    found = {
        "simulated": {
            "100": {**run, "processor seconds": 30.0},
            "1000": {**run, "processor seconds": 210.0, "chunks (bytes)": 900e4, "outputs (bytes)": 900e3},
        },
        "repeated": {"100": {**run, "of it here": 1.0}, "10100": {**run, "of it here": 37.0}},
    }
    plan = bench.million(found)
    assert plan["core hours"] == pytest.approx(0.2 * 1e6 / 3600)
    assert plan["hours here"] == pytest.approx(1.0)
    assert (plan["chunks (GB)"], plan["outputs (GB)"]) == pytest.approx((10.0, 1.0))
    assert (plan["memory of a worker (GB)"], plan["memory here (GB)"]) == (0.5, 1.0)


def test_the_record_keeps_what_was_promised():
    """Of the last measurement that was kept; measured, not timed here."""
    found = bench.latest()
    assert found["repeated"]["100000"]["memory (MB)"] < bench.LIMITS["memory (MB)"]
    assert found["simulated"]["1000"]["seconds"] < bench.LIMITS["1,000 patients on 2 cores (s)"]
    assert found["dask"]["Dask over local (seconds)"] > bench.LIMITS["Dask over local"]
    assert json.dumps(found["a million"]) == json.dumps(bench.million(found))


def test_the_script_parses_and_names_its_options():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    named = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    page = bench.PAGE.read_text(encoding="utf-8")
    for words in re.findall(r"^    python slurm_workers\.py (.*?)(?:#.*)?$", page, flags=re.MULTILINE):
        assert set(re.findall(r"--[a-z]+", words)) <= named


@pytest.mark.filterwarnings("ignore")  # of the library, about its own sockets
def test_the_job_asks_for_what_was_said():
    pytest.importorskip("dask_jobqueue")
    spec = importlib.util.spec_from_file_location("slurm_workers", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made = script.cluster(script.options(["--partition", "normal", "--account", "project", "--cores", "4"]))
    try:
        text = made.job_script()
    finally:
        made.close()
    for line in (
        "#SBATCH -p normal",
        "#SBATCH -A project",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH -t 08:00:00",
    ):
        assert line in text
    assert "--nthreads 1 " in text
    assert "--nworkers 4 " in text
    assert "OMP_NUM_THREADS=1" in text
