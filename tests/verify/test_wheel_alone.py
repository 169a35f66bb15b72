"""The wheel on an empty machine: light, complete, and the demo runs; what an extra adds is told."""

import subprocess
from pathlib import Path

import pytest
from scripts.release.distributions import build, distribution_faults
from scripts.release.empty_machine import LIGHT_MB, install_alone, installed, run_alone

ROOT = Path(__file__).resolve().parents[2]
PINS = ROOT / "requirements" / "run.txt"

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def core(built):
    with installed(built[0], PINS) as (python, weight):
        yield python, weight


def test_sdist_and_wheel_are_complete_and_agree(built):
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = ["git", "status", "--porcelain", "--untracked-files=all"]
    unclean = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    untracked = [line[3:] for line in unclean.splitlines() if line.startswith("??")]
    faults = [f for f in distribution_faults(built, ROOT) if not any(f.startswith(u) for u in untracked)]
    assert faults == []


def test_the_core_is_light(core):
    assert core[1] <= LIGHT_MB


def test_the_demo_runs_from_the_wheel_alone(core):
    done = run_alone(core[0], "demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "pSTAT3_nuclear" in done.stdout
    assert "published observations within their bracket" in done.stdout
    for extra in ("plot", "trial"):
        assert f"pip install 'jakstat[{extra}]'" in done.stdout


QUESTIONS = {
    "one curve": "simulate hepg2 --stimulus IL6=10ng/ml --until 1h --parts core",
    "dose-response": "dose-response hepg2 --drug ruxolitinib --stimulus IL6=10ng/ml --at 20min --parts core",
    "patient": "patient --aetiology HCV --stage B --until 6w",
}


@pytest.mark.parametrize("words", QUESTIONS.values(), ids=QUESTIONS)
def test_the_core_answers(core, words):
    done = run_alone(core[0], *words.split())
    assert done.returncode == 0, done.stderr


def test_a_missing_extra_is_one_line_and_installing_it_mends_it(built):
    words = ("simulate", "hepg2", "--until", "10min", "--parts", "core", "--plot", "a.png")
    with installed(built[0], PINS) as (python, _):
        done = run_alone(python, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert "pip install 'jakstat[plot]' [extra.missing]" in done.stderr
        install_alone(python, PINS, "jakstat[plot]")
        done = run_alone(python, *words)
        assert done.returncode == 0, done.stderr
        assert (python.parents[2] / "empty" / "a.png").read_bytes().startswith(b"\x89PNG")
