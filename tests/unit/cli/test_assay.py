"""The command `jakstat assay`."""

import csv
import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()
CELL = ["assay", "hepg2", "--parts", "core,auto", "--stimulus", "IL6=1ng/ml", "--drug", "ruxolitinib=1uM"]
KINDS = {
    "dilution": (["--dose", "100", "--dose", "10"], "frequencies", 2),
    "spheres": (["--replicates", "300", "--passages", "2"], "passage", 4),
    "xenograft": (["--dose", "100", "--exposure", "14d"], "took", 2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_table_document_csv_and_figure(kind, tmp_path):
    more, _, rows = KINDS[kind]
    command = [*CELL, "--kind", kind, *more]
    files = ["--csv", str(tmp_path / "o.csv"), "--plot", str(tmp_path / "o.png")]
    shown = RUN.invoke(app, [*command, *files])
    assert shown.exit_code == 0, shown.output
    found = json.loads(RUN.invoke(app, [*command, "--json"]).stdout)
    assert len(found["rows"]) == rows
    assert f"by the formula: {found['ratio']:.2f}" in shown.stdout
    assert "ruxolitinib 1 uM" in shown.stdout
    assert set(found["signals"]) == {"control", "treated"}
    table = [x for x in (tmp_path / "o.csv").read_text().splitlines() if not x.startswith("#")]
    assert len(list(csv.DictReader(table))) == rows
    assert (tmp_path / "o.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("more", "code"),
    [(["--kind", "take"], "option.value"), (["--passages", "2"], "option.alone"),
     (["--kind", "spheres", "--dose", "10"], "option.alone"), (["--dose", "0"], "dilution.dose"),
     (["--stem-share", "2"], "assay.stem-share"), (["--exposure", "-1d"], "time.span"),
     (["--exposure", "3"], "unit.missing"), (["--drug", "tofacitinib=1..3uM:2"], "series.many")],
)  # fmt: skip
def test_refusals(more, code):
    done = RUN.invoke(app, [*CELL, *more])
    assert done.exit_code == 2
    assert f"[{code}]" in done.output


def test_exposure_needs_a_drug():
    done = RUN.invoke(app, ["assay", "hepg2", "--exposure", "3d"])
    assert "[option.alone]" in done.output
