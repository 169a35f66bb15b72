import json

from typer.testing import CliRunner

from jakstat.cli import main

RUN = CliRunner()


def test_bibtex_of_everything():
    done = RUN.invoke(main.app, ["cite"])
    assert done.exit_code == 0
    assert done.stdout.count("\n@") + 1 == done.stdout.count("@")
    assert "10.3389/fphys.2017.00775" in done.stdout


def test_json_of_a_result(tmp_path):
    result = tmp_path / "r.json"
    result.write_text(json.dumps({"manifest": {"sources": ["ward1994"]}}))
    done = RUN.invoke(main.app, ["cite", str(result), "--json"])
    entries = json.loads(done.stdout)["entries"]
    assert "ward1994" in [e["key"] for e in entries]
    assert all(e["bibtex"].startswith("@") for e in entries)


def test_what_is_no_result_is_code_2(tmp_path):
    result = tmp_path / "r.json"
    result.write_text("nothing")
    done = RUN.invoke(main.app, ["cite", str(result)])
    assert done.exit_code == 2
    assert "[result.form]" in done.stderr
