"""The command `jakstat potency`."""

import json

from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()


def test_table_and_document_say_the_same():
    shown = RUN.invoke(app, ["potency", "mouse_hepatocyte", "--parts", "core"])
    assert shown.exit_code == 0, shown.output
    found = json.loads(RUN.invoke(app, ["potency", "mouse_hepatocyte", "--parts", "core", "--json"]).stdout)
    assert [s["name"] for s in found["steps"]][1] == "potency shift"
    assert f"in all {found['fold']:.0f}-fold" in shown.stdout


def test_a_drug_of_another_group_is_refused():
    done = RUN.invoke(app, ["potency", "hepg2", "--drug", "siltuximab"])
    assert done.exit_code == 2
    assert "[potency.group]" in done.output
