"""`jakstat dose-response --data`: what is shown, written and refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "own"
CURVES, COUNTS, PSTAT3 = (str(EXAMPLES / name) for name in ("curves.csv", "growth_counts.csv", "pstat3.csv"))


def run(*words):
    return CliRunner().invoke(app, ["dose-response", *words])


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """The first example, with everything that can be written."""
    folder = tmp_path_factory.mktemp("curves")
    files = {kind: folder / f"curves.{kind}" for kind in ("png", "csv")}
    done = run(
        "--data", CURVES, "--normalise", "plate", "--model", "hill4",
        "--plot", str(files["png"]), "--csv", str(files["csv"]),
    )  # fmt: skip
    return done, files


def test_question_table_and_tests_are_shown(fitted):
    done, files = fitted
    assert done.exit_code == 0, done.output
    for said in ("curves.csv (SHA-256 ", "82 rows", "percent of the controls of each plate", "doses in uM",
                 "drug X on HepG2", "extra-sum-of-squares F tests", "no well was left out as an outlier",
                 "nothing is fixed"):  # fmt: skip
        assert said in done.output, said
    rows = files["csv"].read_text(encoding="utf-8").splitlines()
    assert len([row for row in rows if row.startswith("drug ")]) == 2
    assert files["png"].stat().st_size > 20_000


def test_document_has_every_candidate():
    done = run("--data", PSTAT3, "--response", "percent", "--json")
    found = json.loads(done.output)
    assert found["kind"] == "own-curves"
    [curve] = found["curves"]
    assert curve["EC50_low"] < 150.0 < curve["EC50_high"]  # the example was made with 150 nM
    assert {c["name"] for c in curve["candidates"]} >= {"flat", "hill2", "hill4", "hill5"}
    assert sum(c["weight"] for c in curve["candidates"]) == pytest.approx(1.0)


def test_growth_metrics_are_shown():
    done = run("--data", COUNTS, "--model", "hill4", "--compare", "none")
    assert "growth-rate metrics" in done.output
    assert "GR_AOC" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no kind of cell is named"),
        (("--data", "none.csv"), "no such file"),
        (("hepg2", "--drug", "ruxolitinib", "--model", "hill4"), "it goes with --data"),
        (("--data", CURVES, "--drug", "ruxolitinib=1nM"), "doses come from the file"),
        (("--data", CURVES, "--interval", "5"), "name a kind of cell"),
        (("--data", CURVES, "--state", "HBV"), "a state needs a kind of cell"),
        (("--data", CURVES, "--force"), "it replaces a file"),
        (("--data", CURVES, "--model", "hill9"), "one of auto, hill2"),
        (("--data", CURVES, "--response", "percent"), "are no percents"),
    ],
)
def test_refusals_end_in_one_sentence(words, said):
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert "Traceback" not in done.output
