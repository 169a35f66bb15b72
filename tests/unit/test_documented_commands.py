"""Every command in README and docs runs as it stands there, and so does every piece of Python in README.

Trials are run with fewer patients. The cheap ones run in ``make test``, the others in ``make verify``.
The commands of a page that go on with
what the one before has left run one after the other, in one folder.
"""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import petab_problems
from jakstat.biology import assemble
from jakstat.cli.main import app
from small_models import DECAY

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = PAGES[0].read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.+?)^```", TEXT, re.MULTILINE | re.DOTALL)
IN_ORDER = ("lanes.md", "calibration.md", "trial.md")
CHEAP = (
    "parts",
    "contexts",
    "drugs",
    "why",
    "claims",
    "model",
    "map",
    "run",
    "verify",
    "pk",
    "cite",
    "dilution",
    "recurrence",
)
DEAR = ("--reported", "--paths", "sobol")

WELLS = """\
dose,tested,positive,group
1000,8,8,control
100,8,5,control
10,8,1,control
1000,8,6,drug
100,8,2,drug
10,8,0,drug
"""

MEASURED = """\
time,time_unit,observable,value
0,min,pSTAT3_nuclear,100
20,min,pSTAT3_nuclear,3000
60,min,pSTAT3_nuclear,900
"""

ANTIMONY = "A -> B; k*A; A = 2; B = 0; k = 0.5"
NETWORK = """\
begin species
 1 A(b) 100
 2 A(b!1).A(b!1) 0
end species
begin reactions
 1 1,1 2 0.001
end reactions
begin groups
 1 Bound 2*2
end groups
"""


def commands(page):
    """The commands of a page, without comments."""
    lines = re.findall(r"^    jakstat (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def cheap(words):
    few = "--parts" in words and words[words.index("--parts") + 1].startswith("core")
    own = words[0] in ("combine", "dose-response") and "--data" in words
    return (words[0] in CHEAP or few or own) and not set(DEAR) & set(words)


def sharded():
    """One case for each command, or for each page whose commands belong together."""
    for page in PAGES:
        found = commands(page)
        groups = [found] if page.name in IN_ORDER else [[words] for words in found]
        for group in groups:
            marks = () if all(map(cheap, group)) else (pytest.mark.long,)
            yield pytest.param(group, id=f"{page.stem}: {' '.join(group[0])}"[:80], marks=marks)


CASES = [case for case in sharded() if case.values[0]]


def test_there_is_something_to_run():
    """A page that loses its commands by another indentation would be tested no more."""
    by_page = {page.name: len(commands(page)) for page in PAGES}
    assert by_page["README.md"] >= 20
    assert sum(by_page.values()) >= 60
    assert any(not case.marks for case in CASES)
    assert len(SNIPPETS) >= 1


@pytest.mark.parametrize("group", CASES)
def test_command_runs(group, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "my.csv").write_text(MEASURED, encoding="utf-8")
    (tmp_path / "pairs.csv").write_text("drug_a,drug_b\nruxolitinib,Stattic\n", encoding="utf-8")
    (tmp_path / "model.ant").write_text(ANTIMONY, encoding="utf-8")
    (tmp_path / "network.net").write_text(NETWORK, encoding="utf-8")
    (tmp_path / "wells.csv").write_text(WELLS, encoding="utf-8")
    if any("model.xml" in words and words[0] != "model" for words in group):
        paths = any("--paths" in words for words in group)  # of a cell they would take minutes
        column = "k" if paths else "kcat_STAT3"
        model = DECAY if paths else assemble("hepg2", parts="core").sbml
        (tmp_path / "model.xml").write_text(model, encoding="utf-8")
        (tmp_path / "params.csv").write_text(f"{column}\n0.5\n1\n", encoding="utf-8")
    if any(words[0] == "fit" for words in group):
        petab_problems.write(tmp_path)
        (tmp_path / "problem.yaml").rename(tmp_path / "PROBLEM.yaml")
    for words in group:
        if (
            words[0] == "trial"
            and words[1].endswith(".yaml")
            and "--out" in words
            and "--patients" not in words
        ):
            words += ["--patients", "64", "--size", "64"]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.output)
        for option in ("--plot", "--export", "--csv", "--out"):
            if option in words:
                assert (tmp_path / words[words.index(option) + 1]).stat().st_size > 0


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_python_runs(snippet):
    names = {}
    # The README of this checkout is no file of a stranger.
    exec(compile(snippet, "README.md", "exec"), names)  # noqa: S102
    assert "js" in names
