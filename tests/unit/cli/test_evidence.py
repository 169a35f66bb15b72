import json

from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()


def test_json_has_its_documented_shape():
    done = RUN.invoke(app, ["evidence", "--claim", "C024", "--lanes", "3", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    (row,) = found["claims"]
    named = ["id", "verdict", "role", "expected", "control", "perturbed", "effect", "readout", "doubtful"]
    assert set(named) <= set(row)
    assert row["verdict"] == "supported"
    assert row["role"] == "encoded"
    assert row["perturbed"] > row["control"]
    assert found["counts"]["verdict"] == {"supported": 1}
    assert found["lanes"] == 3


def test_people_get_a_line_for_each_claim(tmp_path):
    out = tmp_path / "c.png"
    done = RUN.invoke(app, ["evidence", "--claim", "C351", "--lanes", "2", "--plot", str(out)])
    assert done.exit_code == 0, done.output
    assert "C351  supported" in done.stdout
    assert out.read_bytes().startswith(b"\x89PNG")
    assert "waits for" in RUN.invoke(app, ["evidence", "--module", "stem", "--lanes", "1"]).stdout


def test_what_cannot_be_drawn_is_refused(tmp_path):
    out = str(tmp_path / "c.png")
    assert RUN.invoke(app, ["evidence", "--plot", out]).exit_code == 2
    assert RUN.invoke(app, ["evidence", "--claim", "C007", "--lanes", "1", "--plot", out]).exit_code == 2
    assert RUN.invoke(app, ["evidence", "--claim", "C999"]).exit_code == 2


def test_claims_on_patients_run_by_their_scale():
    done = RUN.invoke(app, ["evidence", "--scale", "patient", "--claim", "C045", "--lanes", "2", "--json"])
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)["claims"]
    assert (row["verdict"], row["scale"]) == ("supported", "tumour")
    assert row["perturbed"] > row["control"]


def test_what_does_not_go_with_patients_is_refused(tmp_path):
    out = str(tmp_path / "c.png")
    asked = ["evidence", "--scale", "patient", "--claim"]
    assert RUN.invoke(app, [*asked, "C024"]).exit_code == 2
    assert RUN.invoke(app, [*asked, "C045", "--plot", out]).exit_code == 2
