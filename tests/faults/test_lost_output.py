"""A reader that leaves, a full device, a closed stream, SIGTERM: the right exit code and no traceback."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import small_models as sm
from jakstat.cli.ending import guarded_output
from jakstat.cli.main import app

WHERE = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
JAKSTAT = [sys.executable, "-m", "jakstat"]


def asked(words, **streams):
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    done = subprocess.run([*JAKSTAT, *words], env=WHERE, text=True, timeout=120, check=False, **given)
    assert "Traceback" not in (done.stderr or "")
    assert "Exception ignored" not in (done.stderr or "")
    return done


@pytest.fixture
def gone():
    """A pipe whose reader has left."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.mark.parametrize("words", [["drugs"], ["--help"]])
def test_output_that_cannot_be_written(gone, words):
    assert asked(words, stdout=gone).returncode == 141
    with open("/dev/full", "w") as full:
        done = asked(words, stdout=full)
    assert done.returncode == 2
    assert done.stderr == "jakstat: stdout: cannot write: No space left on device. [file.write]\n"


def test_lost_messages_do_not_hide_the_exit_code(gone):
    assert asked(["drugs", "nothing"], stderr=gone).returncode == 2


def test_files_are_whole_although_the_answer_is_lost(tmp_path, gone):
    (tmp_path / "m.xml").write_text(sm.DECAY)
    out = tmp_path / "o.csv"
    words = ["run", str(tmp_path / "m.xml"), "--until", "1", "--out", str(out)]
    assert asked(words, stdout=gone).returncode == 141
    assert asked(["verify", str(out)]).returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        *(
            ["run", "no.xml", "--until", "1", "--out", f"/proc/o.{kind}"]
            for kind in ("csv", "zarr", "parquet")
        ),
        ["simulate", "hepg2", "--plot", "/proc/o.png"],
        ["simulate", "hepg2", "--csv", "/proc/o.csv"],
        ["targets", "hepg2", "--csv", "/proc/o.csv"],
        ["evidence", "--claim", "C117", "--plot", "/proc/o.png"],
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_anything_runs(words):
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2
    assert "cannot write" in done.stderr
    assert done.stdout == ""


def test_neither_a_device_nor_a_link_is_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link.csv").symlink_to("file")
    for name in ("pipe.csv", "link.csv"):
        done = CliRunner().invoke(app, ["simulate", "hepg2", "--csv", str(tmp_path / name), "--force"])
        assert done.exit_code == 2
        assert "no plain file" in done.stderr
    assert (tmp_path / "pipe.csv").is_fifo()
    assert (tmp_path / "link.csv").is_symlink()


def catches(process, number):
    """Whether a process has come so far that it handles a signal; taken for granted where nothing says so."""
    status = Path(f"/proc/{process.pid}/status")
    found = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status.read_text() if status.exists() else "", re.M)
    return found is None or bool(int(found[1], 16) >> (number - 1) & 1)


def stopped_while(words, ready, number):
    """Exit code and output of a command that gets a signal once ``ready()``."""
    process = subprocess.Popen(
        [*JAKSTAT, *words], env=WHERE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        end = time.monotonic() + 60
        while (
            not (ready() and catches(process, number)) and process.poll() is None and time.monotonic() < end
        ):
            time.sleep(0.02)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert "Traceback" not in err
    return process.returncode, out + err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), pytest.param(signal.SIGHUP, 129, marks=pytest.mark.long)]
)
def test_a_run_is_stopped_by_signals_and_gone_on_with(tmp_path, number, code):
    (tmp_path / "m.xml").write_text(sm.DECAY)
    (tmp_path / "t.csv").write_text("k\n" + "".join(f"{0.1 + i / 20_000}\n" for i in range(20_000)))
    out = tmp_path / "o.zarr"
    words = ["run", str(tmp_path / "m.xml"), "--until", "2", "--points", "3", "--method", "LSODA",
             "--lanes", str(tmp_path / "t.csv"), "--out", str(out)]  # fmt: skip
    ended, said = stopped_while(words, (out / "seals" / "chunk-000001").exists, number)
    assert ended == code
    assert "not complete" in said
    assert not list(tmp_path.glob(".*"))
    assert "not complete" in asked(["verify", str(out)]).stdout


@pytest.mark.long
def test_a_command_that_keeps_nothing_stops_too(tmp_path):
    started = time.monotonic()
    ended, said = stopped_while(["evidence"], lambda: time.monotonic() > started + 4, signal.SIGTERM)
    assert ended == 143
    assert "interrupted" in said


def test_an_encoding_that_lacks_a_character_ends_no_command():
    for encoding in ("ascii", "cp1252"):
        where = WHERE | {"PYTHONIOENCODING": encoding}
        done = subprocess.run([*JAKSTAT, "drugs", "ruxolitinib"], env=where, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        done.stdout.decode(encoding)


def test_a_pipe_of_windows_gets_utf8(monkeypatch):
    held = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(held, encoding="cp1252"))
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    with guarded_output():
        sys.stdout.write("β-catenin → µM\n")
    assert held.getvalue().rstrip() == "β-catenin → µM".encode()
