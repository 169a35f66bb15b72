"""Every command in README and docs runs as it stands there, and so does every piece of Python in them.

Trials are run with fewer patients. The cheap ones of the first pages run in ``make test``, the others in
``make verify``.
The commands of a page that go on with
what the one before has left run one after the other, in one folder; a command on several pages runs once.
Blocks that show what is printed are run by ``tests/verify/test_shown_output.py``, which compares it.
"""

import re
from pathlib import Path

import pytest
from scripts.docs_site.shown import documented_commands
from typer.testing import CliRunner

import petab_problems
from jakstat.biology import assemble
from jakstat.cli.main import app
from small_models import DECAY

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SNIPPETS = [
    pytest.param(snippet, id=f"{page.stem}-{n}", marks=pytest.mark.long if "starts=50" in snippet else ())
    for page in PAGES
    for n, snippet in enumerate(
        re.findall(r"^```python\n(.+?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
]
IN_ORDER = ("lanes.md", "calibration.md", "trial.md", "archives.md")
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
    "experiment",
    "readouts",
    "stimuli",
    "sources",
    "entities",
    "domains",
    "graph",
    "doctor",
)
FIRST = ("README.md", "commands.md", "install.md")
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

EXPERIMENT = """\
context: hepg2
parts: [core]
stimuli: {IL6: 10 ng/ml @ 0min..20min}
until: 1 h
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

THEIRS = """\
<sbgn xmlns="http://sbgn.org/libsbgn/0.3"><map language="process description">
<glyph class="macromolecule" id="g"><label text="STAT3"/><bbox x="10" y="10" w="90" h="40"/></glyph>
</map></sbgn>
"""


def commands(page):
    """The commands of a page that can run."""
    found = documented_commands(page.read_text(encoding="utf-8"))
    return [list(command.words) for command in found if command.reason is None and not command.shown]


def shown(page):
    found = documented_commands(page.read_text(encoding="utf-8"))
    return [list(command.words) for command in found if command.shown]


def cheap(words):
    few = "--parts" in words and words[words.index("--parts") + 1].startswith("core")
    own = words[0] in ("combine", "dose-response") and "--data" in words
    only_read = {"--schema", "--check"} & set(words) and words[0] in ("trial", "patient", "experiment")
    return (words[0] in CHEAP or few or own or only_read) and not set(DEAR) & set(words)


def sharded():
    """One case for each command, or for each page whose commands belong together."""
    ran = {tuple(words) for page in PAGES if page.name in IN_ORDER for words in commands(page)}
    ran |= {tuple(words) for page in PAGES for words in shown(page)}
    for page in PAGES:
        found = commands(page)
        groups = [found] if page.name in IN_ORDER else [[words] for words in found if tuple(words) not in ran]
        ran |= {tuple(words) for words in found}
        for group in groups:
            quick = page.name in FIRST and all(map(cheap, group))
            marks = () if quick else (pytest.mark.long,)
            yield pytest.param(group, id=f"{page.stem}: {' '.join(group[0])}"[:80], marks=marks)


CASES = [case for case in sharded() if case.values[0]]


def test_there_is_something_to_run():
    """A page that loses its commands by another indentation would be tested no more."""
    by_page = {page.relative_to(ROOT).as_posix(): len(commands(page)) for page in PAGES}
    assert by_page["README.md"] >= 20
    assert by_page["docs/commands.md"] >= 40
    assert sum(by_page.values()) >= 150
    assert any(not case.marks for case in CASES)
    assert len(SNIPPETS) >= 2
    assert sum(len(shown(page)) for page in PAGES) >= 20


def test_what_does_not_run_says_why():
    left_out = [c for p in PAGES for c in documented_commands(p.read_text(encoding="utf-8")) if c.reason]
    assert {command.words[0] for command in left_out} <= {"lab", "trial"}
    assert all(len(command.reason) > 20 for command in left_out)


@pytest.mark.parametrize("group", CASES)
def test_command_runs(group, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "my.csv").write_text(MEASURED, encoding="utf-8")
    (tmp_path / "pairs.csv").write_text("drug_a,drug_b\nruxolitinib,Stattic\n", encoding="utf-8")
    (tmp_path / "model.ant").write_text(ANTIMONY, encoding="utf-8")
    (tmp_path / "network.net").write_text(NETWORK, encoding="utf-8")
    (tmp_path / "their.sbgn").write_text(THEIRS, encoding="utf-8")
    (tmp_path / "wells.csv").write_text(WELLS, encoding="utf-8")
    (tmp_path / "experiment.yaml").write_text(EXPERIMENT, encoding="utf-8")
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
def test_python_runs(snippet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    petab_problems.write(tmp_path)
    (tmp_path / "problem.yaml").rename(tmp_path / "PROBLEM.yaml")
    names = {}
    # A page of this checkout is no file of a stranger.
    exec(compile(snippet, "page", "exec"), names)  # noqa: S102
    assert "jakstat" in snippet
