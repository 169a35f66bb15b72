"""A laboratory for tests: in this process behind its gate, or as the real server in a child process."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
from starlette.testclient import TestClient

from jakstat.lab.access import Access
from jakstat.lab.app import application
from jakstat.lab.guard import Gate
from jakstat.lab.lab_folder import opened_folder
from jakstat.lab.laboratory import Laboratory

SOURCES = Path(__file__).resolve().parents[1] / "src"
PORT = 8642
BASE = f"http://127.0.0.1:{PORT}"


class LabInProcess:
    """A laboratory in this process; ``client`` has a session, ``stranger`` has none."""

    def __init__(self, folder, *, json_bytes=1_000_000, file_bytes=10_000, body_s=5.0):
        self.tokens = []
        self.folder = opened_folder(Path(folder))
        self.access = Access(self.folder.sessions, self.tokens.append)
        self.lab = Laboratory(self.folder)
        self.gate = Gate(self.access, PORT, json_bytes, file_bytes, self.folder.faults, body_s)
        self.app = application(self.lab, self.gate)
        self.client = self.visitor()
        assert self.client.get(f"/open?token={self.tokens[-1]}").status_code == 303
        self.client.headers["X-CSRF-Token"] = self.client.get("/api/session").json()["csrf"]

    def visitor(self, origin=BASE):
        """A browser of its own, without a session."""
        found = TestClient(self.app, base_url=BASE, follow_redirects=False)
        if origin:
            found.headers["Origin"] = origin
        return found

    def ask(self, kind, question, **more):
        return self.client.post("/api/ask", json={"kind": kind, "question": question, **more})

    def close(self):
        self.lab.close()


class RunningLab:
    """The real server, as `jakstat lab` starts it."""

    def __init__(self, folder, port=0):
        self.folder, self.port, self.process = Path(folder), port, None
        self.start()

    def start(self):
        environment = {**os.environ, "PYTHONPATH": str(SOURCES), "PYTHONUNBUFFERED": "1"}
        words = ["-m", "jakstat", "lab", "--no-browser", "--port", str(self.port), "--folder"]
        self.process = subprocess.Popen(
            [sys.executable, *words, str(self.folder)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = []
        for line in self.process.stdout:
            said.append(line)
            found = re.search(r"(http://127\.0\.0\.1:(\d+))/open\?token=\S+", line)
            if found:
                self.url, self.base, self.port = found[0], found[1], int(found[2])
                self._answers()
                return
        raise AssertionError("".join(said))

    def _answers(self):
        """Wait until it takes calls."""
        for _ in range(200):
            with contextlib.suppress(httpx2.HTTPError):
                httpx2.get(self.base, timeout=5.0)
                return
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    @contextlib.contextmanager
    def client(self):
        """A client with a session; spends the token that was printed."""
        with httpx2.Client(base_url=self.base, timeout=120.0) as found:
            assert found.get(self.url).status_code == 303
            found.headers["Origin"] = self.base
            found.headers["X-CSRF-Token"] = found.get("/api/session").json()["csrf"]
            yield found

    def stop(self, number=signal.SIGTERM):
        """End it; its exit code."""
        if self.process.stdout.closed:
            return self.process.wait(30)
        self.process.send_signal(number)
        with self.process.stdout as left:
            left.read()
        return self.process.wait(30)

    def kill(self):
        """As when the power fails, for the server alone."""
        return self.stop(signal.SIGKILL)

    def restart(self):
        """Start it again on the same port and folder."""
        self.start()


@contextlib.contextmanager
def running_lab(folder, port=0):
    """A real server for as long as the block lasts."""
    lab = RunningLab(folder, port)
    try:
        yield lab
    finally:
        lab.stop()
