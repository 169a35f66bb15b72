"""The real server: started, asked, stopped, and started again on the same folder."""

import signal
import socket
import time

import httpx2
import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.lab.lab_folder import opened_folder
from jakstat.lab.serve import bound_socket
from jakstat.store import locked
from lab_server import running_lab


def test_a_server_is_asked_stopped_and_started_again(tmp_path):
    with running_lab(tmp_path / "lab") as lab, lab.client() as client:
        question = {"parts": "core", "until": "1h", "points": 3, "observe": "pSTAT3"}
        asked = {"kind": "cell", "question": question}
        first = client.post("/api/ask", json=asked)
        assert first.status_code == 200, first.text
        assert httpx2.get(lab.url).status_code == 403  # the token is spent
        job = client.post("/api/jobs", json=asked).json()
        assert lab.stop(signal.SIGTERM) == 0
        assert not list((tmp_path / "lab").rglob("*.part"))[1:]
        lab.restart()
        # the tab that was open goes on: its session is known, and so is its job
        assert client.get("/api/session").json()["csrf"] == client.headers["X-CSRF-Token"]
        assert client.get(f"/api/jobs/{job['id']}").json()["title"] == "cell: hepg2; until 1h"
        assert client.post("/api/ask", json=asked).json()["answer"] == first.json()["answer"]
        with pytest.raises(httpx2.TransportError):  # no other address of this machine is served
            httpx2.get(f"http://127.0.0.2:{lab.port}/", timeout=5.0)


@pytest.mark.long
def test_a_killed_server_leaves_its_job_to_the_next(tmp_path):
    with running_lab(tmp_path / "lab") as lab, lab.client() as client:
        asked = {"kind": "cell", "question": {"parts": "core", "interval": 20}}
        job = client.post("/api/jobs", json=asked).json()
        lab.kill()
        lab.restart()
        for _ in range(3000):
            found = client.get(f"/api/jobs/{job['id']}").json()
            if found["state"] not in ("queued", "running"):
                break
            time.sleep(0.1)
        assert found["state"] == "done", found["problems"]
        result = client.get(f"/api/jobs/{job['id']}/result").json()
        assert result["answer"] == client.post("/api/ask", json=asked).json()["answer"]


def test_sharing_is_refused_with_a_sentence():
    done = CliRunner().invoke(app, ["lab", "--share"])
    assert done.exit_code == 2
    assert "cannot be shared" in done.stderr
    assert "permanent link" in done.stderr


def test_a_port_that_is_taken_is_refused_or_passed_over():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        done = CliRunner().invoke(app, ["lab", "--no-browser", "--port", str(taken)])
        assert (done.exit_code, "lab.port" in done.stderr) == (2, True)
    assert CliRunner().invoke(app, ["lab", "--port", "70000"]).exit_code == 2
    with bound_socket(0) as free:
        assert free.getsockname()[0] == "127.0.0.1"


def test_two_laboratories_do_not_share_a_folder(tmp_path):
    folder = opened_folder(tmp_path)
    with locked(folder.path / "laboratory"):
        done = CliRunner().invoke(app, ["lab", "--no-browser", "--port", "0", "--folder", str(tmp_path)])
    assert done.exit_code == 2
    assert "file.busy" in done.stderr
