"""Ctrl-C and full disks in the middle of `jakstat run`: what is done can be read and gone on with."""

import errno
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr

import small_models as sm
from jakstat.engine.model import Model
from jakstat.errors import InputError
from jakstat.experiment.lane_writers.target import stored_run
from jakstat.experiment.model_run import RunOptions, plan_run, run_table

FORMATS = ["zarr", "parquet", "csv"]
LANES = 10


@pytest.fixture
def plan(tmp_path):
    model, table = tmp_path / "decay.xml", tmp_path / "lanes.csv"
    model.write_text(sm.DECAY)
    rows = [0.1 * (i + 1) for i in range(LANES)]
    rows[1] = -1e4
    table.write_text("k\n" + "".join(f"{k!r}\n" for k in rows))
    return plan_run(model, RunOptions(until=2.0, points=4), lanes=table, piece=3)


def stop_at(monkeypatch, number, error=KeyboardInterrupt):
    plain, calls = Model.simulate, []

    def simulate(self, *args, **more):
        calls.append(1)
        if len(calls) == number:
            raise error
        return plain(self, *args, **more)

    monkeypatch.setattr(Model, "simulate", simulate)


def rows(path):
    if path.suffix == ".zarr":
        data = xr.open_zarr(path)
        return data["A"].values, data["outcome"].values
    if path.suffix == ".parquet":
        data = pq.read_table(path)
        return np.array(data["A"]), np.array(data["outcome"])
    return path.read_text().splitlines()[:-1], None


@pytest.mark.parametrize("kind", FORMATS)
def test_interrupt_then_resume_gives_the_same_bits(plan, tmp_path, monkeypatch, kind):
    whole, out = tmp_path / f"whole.{kind}", tmp_path / f"o.{kind}"
    full = run_table(plan, whole)
    with monkeypatch.context() as patch:
        stop_at(patch, 3)
        report = run_table(plan, out)
    assert report.interrupted
    assert not report.complete
    stored = stored_run(out)
    assert not stored.complete
    assert stored.manifest["complete"] is False
    assert stored.manifest["lanes_done"] == 6
    if kind == "zarr":
        data = xr.open_zarr(out)
        assert data.attrs["manifest"]["lanes_done"] == 6
        assert np.isnan(data["A"].values[6:]).all()
        assert (data["outcome"].values[6:] == 9).all()
    elif kind == "parquet":
        assert pq.read_table(out).num_rows == 6 * 4
    with monkeypatch.context() as patch:
        stop_at(patch, 1)
        run_table(plan, out, resume=True)
    assert stored_run(out).lanes_done == 6
    again = run_table(plan, out, resume=True)
    assert again.complete
    assert again.lanes_now == 4
    assert again.tally == full.tally
    for a, b in zip(rows(whole), rows(out), strict=True):
        assert np.array_equal(a, b, equal_nan=kind == "zarr") or str(a) == str(b)
    if kind != "zarr":
        assert whole.read_bytes() == out.read_bytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_interrupt_before_anything_is_done_leaves_nothing(plan, tmp_path, monkeypatch, kind):
    out = tmp_path / f"o.{kind}"
    before = sorted(p.name for p in tmp_path.iterdir())
    stop_at(monkeypatch, 1)
    report = run_table(plan, out)
    assert report.interrupted
    assert report.out is None
    assert sorted(p.name for p in tmp_path.iterdir()) == before


@pytest.mark.parametrize("kind", FORMATS)
def test_ctrl_c_while_writing_waits_for_the_piece(plan, tmp_path, monkeypatch, kind):
    module = __import__(f"jakstat.experiment.lane_writers.{MODULES[kind]}", fromlist=["x"])
    owner = getattr(module, WRITERS[kind])
    plain = owner.write

    def write(self, number, block, tally):
        if number == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return plain(self, number, block, tally)

    monkeypatch.setattr(owner, "write", write)
    report = run_table(plan, tmp_path / f"o.{kind}")
    assert report.interrupted
    assert stored_run(tmp_path / f"o.{kind}").lanes_done == 6


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("error", [RuntimeError, MemoryError])
def test_another_fault_leaves_no_half_file(plan, tmp_path, monkeypatch, kind, error):
    stop_at(monkeypatch, 3, error)
    out = tmp_path / f"o.{kind}"
    with pytest.raises(error):
        run_table(plan, out)
    assert not any(p.name.endswith(".part") for p in tmp_path.iterdir())
    if kind == "zarr":
        assert stored_run(out).lanes_done == 6
    else:
        assert not out.exists()


def full_disk(monkeypatch, kind, number):
    module = __import__(f"jakstat.experiment.lane_writers.{MODULES[kind]}", fromlist=["x"])
    owner = getattr(module, WRITERS[kind])
    plain, calls = owner.write, []

    def write(self, place, block, tally):
        calls.append(1)
        if len(calls) == number:
            if kind == "csv":
                self.held.stream.write(b"half a row")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return plain(self, place, block, tally)

    monkeypatch.setattr(owner, "write", write)


MODULES = {"zarr": "zarr_folder", "parquet": "parquet_file", "csv": "csv_file"}
WRITERS = {"zarr": "ZarrWriter", "parquet": "ParquetLanes", "csv": "CsvWriter"}


@pytest.mark.parametrize("kind", FORMATS)
def test_disk_full(plan, tmp_path, monkeypatch, kind):
    out = tmp_path / f"o.{kind}"
    with monkeypatch.context() as patch:
        full_disk(patch, kind, 3)
        with pytest.raises(InputError) as caught:
            run_table(plan, out)
    assert caught.value.problems[0].code == "file.write"
    assert not any(p.name.endswith(".part") for p in tmp_path.iterdir())
    if kind == "zarr":
        assert stored_run(out).lanes_done == 6
        assert run_table(plan, out, resume=True).complete
    else:
        assert not out.exists()


@pytest.mark.parametrize("kind", FORMATS)
def test_disk_full_on_resume_keeps_the_older_file(plan, tmp_path, monkeypatch, kind):
    out = tmp_path / f"o.{kind}"
    with monkeypatch.context() as patch:
        stop_at(patch, 2)
        run_table(plan, out)
    with monkeypatch.context() as patch:
        full_disk(patch, kind, 1)
        with pytest.raises(InputError, match="--resume"):
            run_table(plan, out, resume=True)
    assert stored_run(out).lanes_done == 3
    assert run_table(plan, out, resume=True).complete


@pytest.mark.long
def test_a_real_signal(tmp_path):
    """The command itself: one SIGINT, code 130, a file that can be read and gone on with."""
    model, table, out = tmp_path / "m.xml", tmp_path / "t.csv", tmp_path / "o.zarr"
    model.write_text(sm.DECAY)
    table.write_text("k\n" + "".join(f"{0.1 + i / 50_000}\n" for i in range(50_000)))
    words = ["run", str(model), "--until", "2", "--lanes", str(table), "--out", str(out), "--method", "LSODA"]
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "jakstat", *words],
        env=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not (out / "outcome" / "c" / "0").exists() and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert "not complete" in output
    stored = stored_run(out)
    assert not stored.complete
    done = stored.lanes_done
    assert 0 < done < 50_000
    data = xr.open_zarr(out)
    assert np.isfinite(data["A"].values[:done]).all()
    assert np.isnan(data["A"].values[done:]).all()
