"""Killed, stopped or out of space at each single call that changes a file: gone on with, to the same bits.

The commands run in copies of one warm process; a library preloaded there counts the calls of C that change
files (open, write, rename, link, fsync, unlink, mkdir, ...) and kills, stops or fails at the n-th.
"""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import petab_problems as pp
import small_models as sm

HERE = Path(__file__).parent
FORMATS = ["csv", "parquet", "zarr"]
COMPILER = shutil.which("cc") or shutil.which("gcc")
KILLS = ["kill before", "kill after"]
FULL = ["no space once", "no space"]
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or COMPILER is None, reason="needs Linux and a C compiler"
)


class Disturbed:
    """One warm process that does commands, each disturbed at its n-th file call."""

    def __init__(self, place):
        self.place = place
        (place / "m.xml").write_text(sm.DECAY)
        rows = [f"p{i},{0.1 * (i + 1)}\n" for i in range(8)]
        (place / "t.csv").write_text("lane,k\n" + "".join(rows))
        (place / "other.csv").write_text("lane,k\n" + "".join(rows[:5]))
        (place / "petab").mkdir()
        pp.write(place / "petab")
        (place / "pairs.csv").write_text("drug_a,drug_b\nruxolitinib=100..1000nM,Stattic=3..30uM\n")
        library = place / "interposer.so"
        subprocess.run(
            [COMPILER, "-O1", "-fPIC", "-shared", "-o", library, HERE / "interposer.c", "-ldl"], check=True
        )
        where = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
        where["JAKSTAT_CACHE"] = str(place / "kernels")  # its own: others clear up in the user's
        self.process = subprocess.Popen(
            [sys.executable, HERE / "disturbed_commands.py"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **where, "LD_PRELOAD": str(library)},
        )  # fmt: skip
        problem = str(place / "petab" / "problem.yaml")
        self._send({"models": [str(place / "m.xml")], "problems": [problem]})

    def _send(self, document):
        self.process.stdin.write(json.dumps(document) + "\n")
        self.process.stdin.flush()

    def do(self, folder, words, how="nothing", at=0):
        self._send({"folder": str(folder), "words": words, "how": how, "at": at})
        answer = json.loads(self.process.stdout.readline())
        where = f"{' '.join(words[:1])}, {how} at call {at}: {answer['said']}"
        assert "Traceback" not in answer["said"], where
        assert "Exception ignored" not in answer["said"], where
        return answer

    def halted(self, folder, words, at):
        """Begin a command that halts at a call; its process id."""
        self._send({"folder": str(folder), "words": words, "how": "halt", "at": at})
        return json.loads(self.process.stdout.readline())["halted"]

    def woken(self, child):
        """How the command that was halted ends."""
        self._send({"wake": child})
        return json.loads(self.process.stdout.readline())

    def ran(self, folder, words):
        answer = self.do(folder, words)
        assert answer["code"] == 0, answer["said"]
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory):
    made = Disturbed(tmp_path_factory.mktemp("disturbed"))
    yield made
    made.close()


@dataclass(frozen=True)
class Job:
    """A command, what stands there before it, and the words that finish it from any state."""

    name: str
    words: list[str]
    out: str
    before: str = ""
    forced: bool = False


def run_words(place, out, *more, lanes="t.csv"):
    return ["run", str(place / "m.xml"), "--until", "2", "--points", "4", "--outputs", "A",
            "--lanes", str(place / lanes), "--out", out, *more]  # fmt: skip


def job_of(disturbed, name):
    place = disturbed.place
    kind, _, before = name.partition(", ")
    if kind in FORMATS:
        more = {"": [], "other": ["--force"], "begun": ["--resume"]}[before]
        return Job(name, run_words(place, f"o.{kind}", *more), f"o.{kind}", before, forced=True)
    if kind == "fit":
        words = ["fit", str(place / "petab" / "problem.yaml"), "--starts", "3", "--iterations", "2"]
        return Job(name, [*words, "--out", "f"], "f")
    words = ["combine", "hepg2", "--screen", str(place / "pairs.csv"), "--doses", "3", "--at", "20min"]
    return Job(name, [*words, "--parts", "core", "--stimulus", "IL6=10ng/ml", "--out", "s"], "s")


def prepared(disturbed, job, folder):
    """A folder in which the command finds what it shall find."""
    folder.mkdir()
    if job.before == "other":
        disturbed.ran(folder, run_words(disturbed.place, job.out, lanes="other.csv"))
    elif job.before == "begun":
        plain = run_words(disturbed.place, job.out)
        calls = len(disturbed.do(folder, plain)["calls"])
        shutil.rmtree(folder)
        folder.mkdir()
        how = "kill before" if job.out.endswith("zarr") else "terminate"
        disturbed.do(folder, plain, how, calls // 2)
        assert (folder / job.out).exists()
    return folder


def content(folder):
    """Every file and folder, hidden ones too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        found[name] = None if path.is_dir() else path.read_bytes()
    return found


class Case:
    """A command, how it ends undisturbed, and how it goes on from where it was disturbed."""

    def __init__(self, disturbed, name, tmp_path):
        self.disturbed, self.job, self.tmp = disturbed, job_of(disturbed, name), tmp_path
        self.start = prepared(disturbed, self.job, tmp_path / "start")
        self.before = content(self.start)
        for name in (
            "first",
            "whole",
        ):  # the first keeps kernels, fonts and the like, so it does not count
            shutil.copytree(self.start, tmp_path / name)
            self.said = disturbed.ran(tmp_path / name, self.job.words)["calls"]
        self.calls = len(self.said)
        self.whole = content(tmp_path / "whole")
        assert content(tmp_path / "first") == self.whole

    def disturb(self, how, at):
        """The command disturbed in a fresh folder, and then finished in each way it could be."""
        folder = self.tmp / "now"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.start, folder)
        answer = self.disturbed.do(folder, self.job.words, how, at)
        where = f"{self.job.name}, {how} at call {at}, {self.said[at - 1]}: {answer['said']}"
        self._check_end(how, at, answer, where)
        if self.job.forced:
            copy = self.tmp / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(folder, copy)
            self._finish(copy, "--force", where)
        self._finish(folder, "--resume", where)

    def of_each_kind(self, most):
        """Of calls that differ only in their piece or array: a middle one, or the first and last as well."""
        found = {}
        for at, call in enumerate(self.said, start=1):
            kind = re.sub(r"[0-9a-f]{12,}", "", call)  # in the names of parts
            kind = re.sub(r"/(time|A|lane|outcome|failure_time|failure_species)\b", "/ARRAY", kind)
            kind = re.sub(r"^unlinkat .*", "unlinkat", kind)  # a whole folder that is in no one's way
            found.setdefault(re.sub(r"\d+", "#", kind), []).append(at)
        chosen = [(ats[len(ats) // 2], ats[0], ats[-1])[:most] for ats in found.values()]
        return sorted({at for ats in chosen for at in ats})

    def _check_end(self, how, at, answer, where):
        code, said = answer["code"], answer["said"]
        if how in KILLS:
            assert code == (-signal.SIGKILL if at <= self.calls else 0), where
        elif how == "terminate":
            assert code == 128 + signal.SIGTERM, where
        elif code != 0:  # a call that only makes sure of something, or gives space back, may fail
            assert code == 2, where
            assert os.strerror(errno.ENOSPC) in said, where
            assert re.search(r"(?i)free some space", said), where

    def _finish(self, folder, option, where):
        plain = [w for w in self.job.words if w not in ("--force", "--resume")]
        there = (folder / self.job.out).exists()
        words = [*plain, option] if there or option == "--force" else plain
        again = self.disturbed.do(folder, words)
        if option == "--resume" and again["code"] == 2 and self.job.before == "other":
            # what stands there still is the older result, which is refused by name and whole
            assert "resume.other" in again["said"], (where, again)
            assert content(folder / self.job.out) == content(self.start / self.job.out)
            return
        assert again["code"] == 0, (where, option, again)
        assert content(folder) == self.whole, (where, option)


@pytest.fixture(scope="module")
def case(disturbed, tmp_path_factory):
    made = {}

    def named(name):
        if name not in made:
            made[name] = Case(disturbed, name, tmp_path_factory.mktemp("case"))
        return made[name]

    return named


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("how", ["kill before", "no space", "terminate"])
def test_disturbed_at_some_calls(case, kind, how):
    one = case(kind)
    assert 2 * one.calls >= 30  # killed before each and after each
    tried = 1 if kind == "zarr" else 2  # of a folder's 250; `make verify` tries all of them
    for k in range(tried):
        one.disturb(how, 1 + (7 * len(how) + k * one.calls // tried) % one.calls)


def test_a_forced_run_that_cannot_take_the_place_of_an_older_one_leaves_it(case, tmp_path, monkeypatch):
    from jakstat.errors import InputError
    from jakstat.experiment.model_run import RunOptions, plan_run, run_table

    place = case("zarr").disturbed.place
    out, options = tmp_path / "o.zarr", RunOptions(until=2.0, points=4)
    run_table(plan_run(place / "m.xml", options, lanes=place / "other.csv"), out)
    before, plain = content(out), Path.rename

    def rename(self, target):
        if Path(target) == out and "older" not in seen:
            seen.append("older")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return plain(self, target)

    seen = []
    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(InputError, match="free some space"):
        run_table(plan_run(place / "m.xml", options, lanes=place / "t.csv"), out, force=True)
    assert seen
    assert content(out) == before
    assert [p.name for p in tmp_path.iterdir()] == ["o.zarr"]


@pytest.mark.long
@pytest.mark.parametrize("how", [*KILLS, *FULL, "terminate"])
@pytest.mark.parametrize(
    "name",
    [*FORMATS, *(f"{kind}, {before}" for kind in FORMATS for before in ("other", "begun")), "fit", "screen"],
)
def test_disturbed_at_every_call(case, name, how):
    """At each call. Of the 250 of a Zarr folder most are the same for each array and each piece. A new one is
    killed before each of them, one beside an older or a begun one before the first, a middle and the last of
    each kind of call. The other ways come at one of each kind: what a kill after a call leaves is what one
    before the next call does.
    """
    one = case(name)
    tried = range(1, one.calls + 1)
    if "zarr" in name and (one.job.before or how != "kill before"):
        tried = one.of_each_kind(3 if how == "kill before" else 1)
    for at in tried:
        one.disturb(how, at)


@pytest.mark.parametrize("kind", [*FORMATS, "fit", "screen"])
def test_the_second_of_two_processes_is_refused_by_name(disturbed, case, tmp_path, kind):
    """The first is halted at a call in its middle while the second tries, then goes on."""
    one = case(kind)
    first = disturbed.halted(tmp_path, one.job.words, one.calls // 2)
    words = [*one.job.words, "--resume"] if (tmp_path / one.job.out).exists() else one.job.words
    second = disturbed.do(tmp_path, words)
    assert second["code"] == 2
    assert f"another run is writing it (process {first}, since 20" in second["said"]
    assert "wait for it, stop it, or use another name" in second["said"]
    assert disturbed.woken(first)["code"] == 0
    assert content(tmp_path) == one.whole
