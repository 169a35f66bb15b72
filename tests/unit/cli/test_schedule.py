import json

from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()
REGIMENS = ("--regimen", "20 mg PO BID", "--regimen", "40 mg PO QD")
WORDS = ("schedule", "hepg2", "--parts", "core", "--drug", "ruxolitinib", *REGIMENS, "--days", "14")


def test_table_sentences_and_toxicities():
    done = RUN.invoke(app, [*WORDS, "--suppress", "10"])
    assert done.exit_code == 0, done.output
    text = " ".join(done.stdout.split())
    assert "exposure assumed" in text
    assert "ruxolitinib: exposure ASSUMED" in text
    assert "with the same weekly dose (280 mg), '20 mg PO BID' keeps pSTAT3 10 % or more lower" in text
    assert "toxicity: anaemia" in text
    assert "no stimulus was given: IL6 at 50 pg/ml (assumed)" in text


def test_json_and_figure(tmp_path):
    figure = tmp_path / "o.png"
    done = RUN.invoke(app, [*WORDS, "--stimulus", "IL6=1ng/ml", "--plot", str(figure), "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["stimuli"] == ["IL6 1 ng/ml"]
    assert [s["regimen"] for s in document["schedules"]] == ["20 mg PO BID", "40 mg PO QD"]
    assert document["schedules"][0]["weekly_dose"] == 280.0
    assert document["schedules"][0]["front"]
    assert not document["schedules"][1]["front"]
    assert figure.stat().st_size > 10_000
    again = RUN.invoke(app, [*WORDS, "--plot", str(figure), "--json"])
    assert json.loads(again.stdout)["problems"][0]["code"] == "file.exists"
