"""The command `jakstat recurrence`."""

import csv
import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()
FEW = ["recurrence", "--patients", "200"]


def test_every_assumption_is_shown_in_table_document_and_csv(tmp_path):
    table = tmp_path / "out.csv"
    files = ["--csv", str(table), "--plot", str(tmp_path / "out.png")]
    shown = RUN.invoke(app, [*FEW, "--growth", "0.5", *files])
    assert shown.exit_code == 0, shown.output
    for name in ("large", "few_10", "few_100", "few_1000"):
        assert shown.stdout.count(f" {name} ") == 2
    found = json.loads(RUN.invoke(app, [*FEW, "--growth", "0.5", "--json"]).stdout)
    assert found["adjuvant"] == {"months": 12.0, "growth": 0.5, "stemness": 1.0, "founders": 1.0}
    assert len(found["curves"]) == 4 * 2 * 5
    assert {"li2014", "nathani2021"} <= set(found["manifest"]["sources"])
    rows = list(csv.DictReader(x for x in table.read_text().splitlines() if not x.startswith("#")))
    assert [float(r["recurred"]) for r in rows] == [c["recurred"] for c in found["curves"]]
    assert (tmp_path / "out.png").stat().st_size > 5000


def test_one_assumption_without_a_therapy():
    done = RUN.invoke(app, [*FEW, "--foci", "large"])
    assert "no adjuvant therapy" in done.stdout
    assert "given" not in done.stdout


@pytest.mark.parametrize(
    ("more", "code"),
    [(["--months", "6"], "option.alone"), (["--growth", "-1"], "adjuvant.range"),
     (["--foci", "big"], "foci.unknown"), (["--seed", "-1"], "seed.range"),
     (["--patients", "0"], "count.range")],
)  # fmt: skip
def test_refusals(more, code):
    done = RUN.invoke(app, ["recurrence", *more])
    assert done.exit_code == 2
    assert f"[{code}]" in done.output
