"""`jakstat run` with files and numbers nobody should have given it: one message, code 2, nothing written."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import small_models as sm
from jakstat.cli.main import app

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    (tmp_path / "m.xml").write_text(sm.DECAY)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)


def refused(*words, code, model="../m.xml"):
    done = RUN.invoke(app, ["run", model, *words, "--out", "o.zarr"])
    assert done.exit_code == 2, done.output
    assert (f"[{code}]" if code else "is not a finite number") in done.stderr
    assert "Traceback" not in done.output
    assert len(done.stderr) < 6000
    assert done.stdout == ""
    assert os.listdir() == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("nothing\n1\n", "value.unknown"),
        ("../../etc/passwd\n1\n", "value.unknown"),
        ("k\n" + "nan\n" * 1000, "table.number"),
        ("k\ninf\n", "table.number"),
        ("k\n=1+1\n", "table.number"),
        ("k\n" + "9" * 200_000 + "\n", "table.form"),
        ("k" * 2_000_000, "table.form"),
        ("k," * 20_000 + "k\n", "table.columns"),
        ("k\n1;2\n", "table.number"),
        ("k\n1,2\n", "table.cells"),
        ("lane,k\n#1,1\n", "table.lane"),
        ("lane,k\n" + "x" * 1000 + ",1\n", "table.lane"),
        ("k\n\x001\n", "file.encoding"),
    ],
)
def test_tables(tmp_path, content, code):
    (tmp_path / "t.csv").write_text(content)
    refused("--until", "1", "--lanes", "../t.csv", code=code)


def test_a_table_of_a_thousand_million_lanes(tmp_path):
    with open(tmp_path / "t.csv", "wb") as stream:
        stream.write(b"k\n1\n")
        stream.truncate(5_000_000_000)
    refused("--until", "1", "--lanes", "../t.csv", code="table.size")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--until", "nan"), None),
        (("--until", "inf"), None),
        (("--until", "-5"), "time.span"),
        (("--until", "1", "--points", "999999999"), "points.range"),
        (("--until", "1", "--rtol", "0"), "tolerance.range"),
        (("--until", "1", "--rtol", "2"), "tolerance.range"),
        (("--until", "1", "--atol", "nan"), None),
        (("--until", "1", "--threads", "100000"), "count.range"),
        (("--until", "1", "--outputs", "A" * 5000), "output.unknown"),
        (("--until", "1", "--outputs", "../A"), "output.unknown"),
        (("--until", "1", "--outputs", ","), "output.unknown"),
    ],
)
def test_numbers(words, code):
    refused(*words, code=code)


@pytest.mark.parametrize("model", ["/dev/zero", ".", "no.xml"])
def test_what_is_no_model(model):
    refused("--until", "1", code="file.missing", model=model)


_WITNESS = """
import sys
from jakstat.cli.main import run
try:
    run()
finally:
    heavy = {"xarray", "pandas", "matplotlib", "zarr", "pyarrow"} & set(sys.modules)
    print(*sorted(heavy), file=open("loaded.txt", "w"))
"""


def test_a_slip_is_refused_before_anything_heavy_is_loaded():
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _WITNESS, "run", "../m.xml", "--until", "1", "--outputs", "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=where)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    with open("loaded.txt") as loaded:
        assert loaded.read().split() == []
