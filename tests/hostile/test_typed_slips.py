"""What a new user types wrongly, and the one sentence that mends it."""

import shlex

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.errors import InputError

SLIPS = [
    # names
    ("simulte hepg2", "Did you mean 'simulate'"),
    ("simulate", "no kind of cell is named. e.g. jakstat simulate hepg2"),
    ("simulate hepg", "no context 'hepg'. did you mean 'hepg2'"),
    ("simulate HeLa", "no context 'HeLa'. known: hepg2,"),
    ("simulate hepg2 --state HVB", "no state 'HVB'. did you mean 'HCV' or 'HBV'?"),
    ("simulate hepg2 --stimulus IL66=10ng/ml", "did you mean 'IL6' or"),
    ("simulate hepg2 --stimulus ruxolitinib=1uM", "is a drug and no stimulus. --drug ruxolitinib="),
    ("simulate hepg2 --drug IL-6=10ng/ml", "IL6 is a ligand: --stimulus IL6="),
    ("simulate hepg2 --drug ruxolitnib=1uM", "did you mean 'ruxolitinib'"),
    ("simulate hepg2 --drug Jakafy=1uM", "did you mean 'Jakafi' (ruxolitinib)"),
    ("simulate hepg2 --knockdown SOCS33=0", "did you mean 'SOCS3'"),
    ("simulate hepg2 --observe pSTAT33", "did you mean 'pSTAT3'"),
    ("simulate hepg2 --parts cor", "no part 'cor'. core, cell, all"),
    ("drugs jakafy", "did you mean 'Jakafi' (ruxolitinib)"),
    ("pk tocilizumb '8 mg/kg IV q4w'", "did you mean 'tocilizumab'"),
    ("why SOCS33", "did you mean SOCS3 or"),
    # how a thing is written
    ("simulate hepg2 --stimulus IL6", "has no '='. write e.g. IL6=10ng/ml"),
    ("simulate hepg2 --stimulus IL6:10ng/ml", "has no '='. write IL6=10ng/ml"),
    ("simulate hepg2 --drug ruxolitinib", "write e.g. ruxolitinib=500nM"),
    ("simulate hepg2 --stimulus 10ng/ml=IL6", "the name comes first"),
    ("simulate hepg2 --stimulus IL6 = 10ng/ml", "put quotes around what holds a blank"),
    ("simulate hepg2 --stimulus IL6=10 ng/ml", "put quotes around what holds a blank"),
    ("simulate hepg2 IL6=10ng/ml", "say what it is: --stimulus IL6=10ng/ml"),
    ("simulate hepg2 huh7", "ask one kind of cell at a time"),
    ("simulate hepg2 \u2013stimulus IL6=10ng/ml", "two plain hyphens: --stimulus"),
    ("simulate hepg2 --drug ruxolitinib=1-1000nM", "write a range as 1..1000"),
    ("simulate hepg2 --drug ruxolitinib=1000..1nM", "lowest first"),
    ("simulate hepg2 --drug ruxolitinib=0..1000nM", "start above 0, or list the doses"),
    ("simulate hepg2 --knockdown SOCS3", "SOCS3=0 (off)"),
    ("simulate hepg2 --knockdown STAT3=150%", "for 1.5 times as much write STAT3=1.5"),
    ("simulate hepg2 --drug CHX=1uM", "takes no dose. write --treatment cycloheximide@0h"),
    # units and separators
    ("simulate hepg2 --stimulus IL6=10", "the dose '10' has no unit. allowed: pM, nM"),
    ("simulate hepg2 --stimulus IL6=10ng", "is a mass, not a concentration"),
    ("simulate hepg2 --stimulus IL6=100U/ml", "units of activity differ between preparations; give the mass"),
    ("simulate hepg2 --stimulus IL6=10bananas", "unknown unit 'bananas'. e.g. ng/ml, nM"),
    ("simulate hepg2 --knockdown SOCS3=90nM", "write SOCS3=0.1 for a tenth of it, or SOCS3=90%"),
    ("simulate hepg2 --until 6", "the time '6' has no unit. allowed: min, h"),
    ("simulate hepg2 --until 10m", "m is a metre; write min for minutes"),
    ("pk tocilizumab '8 mg/kg'", "names no route. allowed: IV, PO, SC"),
    # options
    ("simulate hepg2 --untill 6h", "--until"),
    ("simulate hepg2 --stimuli IL6=10ng/ml", "--stimulus"),
    ("simulate hepg2 --points many", "is not a whole number in plain digits"),
    ("simulate hepg2 --until 6h --until 7h", "it takes one value"),
    ("simulate hepg2 --seed 3", "add --cells or --interval"),
    ("combine hepg2 --drug ruxolitinib", "give two, e.g. --drug ruxolitinib --drug Stattic"),
    ("combine hepg2 --drug ruxolitinib=1nM --drug Jakafi=1nM", "give two different drugs"),
    ("dose-response hepg2", "write e.g. --drug ruxolitinib"),
    ("dose-response hepg2 --drug ruxolitinib --at pek", "write a time (20min), peak, auc"),
    # files
    ("simulate hepg2 --plot out.jpg", "end its name in .png, .pdf, .svg"),
    ("simulate hepg2 --csv out.xlsx", "--xlsx out.xlsx"),
    ("simulate hepg2 --xlsx out.csv", "--xlsx out.xlsx, or --csv"),
    ("simulate hepg2 --csv no/such/out.csv", "there is no folder 'no/such'"),
    ("dose-response --data dosses.csv", "there is no such file. did you mean doses.csv?"),
    ("dose-response --data old.xls", "save it as .xlsx or CSV"),
    ("dose-response --data empty.csv", "the first row names the columns"),
    ("experiment key.yaml", "did you mean 'context'"),
    ("experiment tab.yaml", "indent with blanks, not with tabs"),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("slips")
    (made / "doses.csv").write_text("dose (nM),response\n1,2\n")
    (made / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 100)
    (made / "empty.csv").write_text("")
    (made / "key.yaml").write_text("contxt: hepg2\n")
    (made / "tab.yaml").write_text("context: hepg2\nstimuli:\n\tIL6: 10 ng/ml\n")
    return made


@pytest.mark.parametrize(("typed", "mended"), SLIPS, ids=[typed for typed, _ in SLIPS])
def test_slips_are_mended_by_one_sentence(typed, mended, folder, monkeypatch):
    monkeypatch.chdir(folder)
    before = sorted(folder.iterdir())
    done = CliRunner().invoke(app, shlex.split(typed))
    assert done.exit_code == 2, done.output
    assert not isinstance(done.exception, Exception), done.exception
    assert mended in done.stderr, done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith(("jakstat: ", "Error: "))]
    assert 1 <= len(said) <= 2
    assert max(map(len, said)) < 900
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("words", [("-h",), ("help",), ("help", "simulate"), ("simulate", "-h")])
def test_who_asks_for_help_gets_it(words):
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0
    assert done.output.startswith("Usage: ")


@pytest.mark.parametrize(
    ("given", "mended"),
    [
        ({"stimulus": {"IL-6": 10}}, "the dose '10' has no unit"),
        ({"stimuls": "IL6=10ng/ml"}, "did you mean 'stimulus'?"),
        ({"drug": "ruxo=1uM"}, "did you mean 'ruxolitinib'"),
        ({"until": 6}, "the time '6' has no unit"),
    ],
)
def test_slips_in_python(given, mended):
    import jakstat as js

    with pytest.raises(InputError) as caught:
        js.simulate("hepg2", parts="core", **given)
    assert mended in str(caught.value)
