import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.cli.tables import number
from jakstat.engine.load import load_sbml
from jakstat.errors import problem
from jakstat.trial.reading import trial_document
from trial_tables import fake_question, fake_tables

RUN = CliRunner()


def run(*words):
    return RUN.invoke(app, list(words))


def test_model_summary():
    done = run("model", "hepg2", "--parts", "core")
    assert done.exit_code == 0
    assert "species" in done.stdout
    d = json.loads(run("model", "hepg2", "--parts", "core", "--json").stdout)
    assert d["reactions"]["IL6_binds_IL6R"]
    assert sum(d["grades"].values()) == d["parameters"]
    assert d["notice"]


def test_model_export_reads_back_and_is_not_overwritten(tmp_path):
    target = tmp_path / "model.xml"
    done = run("model", "hepg2", "--parts", "core", "--export", str(target))
    assert done.exit_code == 0
    text = target.read_text(encoding="utf-8")
    assert "<!-- For research; not for treating a patient. -->" in text
    assert load_sbml(target).network.species
    again = run("model", "hepg2", "--parts", "core", "--export", str(target))
    assert again.exit_code == 2
    assert "[file.exists]" in again.stderr
    assert (
        run("model", "hepg2", "--parts", "core", "--export", str(target), "--force", "--json").exit_code == 0
    )


@pytest.mark.parametrize("words", [["model", "hepg2", "--export"], ["graph", "--out"]])
@pytest.mark.parametrize(("file", "code"), [("there.xml", "file.exists"), ("no/new.xml", "file.folder")])
def test_a_target_is_refused_before_any_work(tmp_path, monkeypatch, words, file, code):
    def worked(*_, **__):
        raise AssertionError("the work was done first")

    monkeypatch.setattr("jakstat.experiment.resting.loaded_cell", worked)
    monkeypatch.setattr("jakstat.exchange.knowledge_graph.graph", worked)
    (tmp_path / "there.xml").write_text("mine")
    done = run(*words, str(tmp_path / file))
    assert done.exit_code == 2
    assert f"[{code}]" in done.stderr
    assert (tmp_path / "there.xml").read_text() == "mine"


def test_model_of_nothing():
    done = run("model", "hepg")
    assert done.exit_code == 2
    assert "did you mean 'hepg2'" in done.stderr


def test_experiment(tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text(
        "context: hepg2\nstimuli: {IL6: 10ng/ml}\nuntil: 30min\npoints: 4\nobserve: pSTAT3\nparts: core\n"
    )
    d = json.loads(run("experiment", str(file), "--json").stdout)
    words = "--stimulus IL6=10ng/ml --until 30min --points 4 --observe pSTAT3 --json"
    same = run("simulate", "hepg2", "--parts", "core", *words.split())
    assert d == json.loads(same.stdout)
    assert json.loads(run("experiment", "--schema").stdout)["type"] == "object"
    assert run("experiment").exit_code == 2


def test_experiment_names_the_line(tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text("context: hepg2\ndrugs: {ruxo: 5nM}\n")
    done = run("experiment", str(file))
    assert done.exit_code == 2
    assert "e.yaml:2 drugs: there is no drug 'ruxo'" in done.stderr


@pytest.fixture
def few(monkeypatch):
    """Three observations instead of all."""
    import importlib

    module = importlib.import_module("jakstat.evidence.validate")
    rows = [o for o in module.observations() if o.id in ("CT10", "CT25", "CT50")]
    monkeypatch.setattr(module, "observations", lambda: tuple(rows))


@pytest.mark.usefixtures("few")
def test_validate(tmp_path):
    plot = tmp_path / "v.png"
    done = run("validate", "--plot", str(plot))
    assert done.exit_code == 0
    assert "of 2 published observations within their bracket (1 more are inputs" in done.stdout
    assert plot.exists()
    d = json.loads(run("validate", "--json", "--context", "hepg2").stdout)
    assert [r["id"] for r in d["rows"]] == ["CT10", "CT50"]


def test_validate_strict_exits_1_when_a_row_fails(monkeypatch):
    import importlib

    module = importlib.import_module("jakstat.evidence.validate")
    (o,) = [o for o in module.observations() if o.id == "CT10"]
    impossible = o.model_copy(update={"low": 1e9, "high": 2e9, "value": 1.5e9})
    monkeypatch.setattr(module, "observations", lambda: (impossible,))
    assert run("validate").exit_code == 0
    done = run("validate", "--strict")
    assert done.exit_code == 1
    assert "CT10 failed" in done.stdout


def test_validate_of_nothing():
    done = run("validate", "--context", "hepg")
    assert done.exit_code == 2
    assert "did you mean 'hepg2'" in done.stderr


@pytest.mark.usefixtures("few")
def test_demo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("demo", "--cell")
    assert done.exit_code == 0
    assert "pSTAT3_nuclear" in done.stdout
    assert "published observations within their bracket" in done.stdout
    assert "figure:" in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["jakstat-demo.png"]
    assert run("demo", "--cell", "--plot", "jakstat-demo.png").exit_code == 0
    assert run("demo", "--cell", "--workers", "2").exit_code == 2


def test_demo_is_a_trial(tmp_path, monkeypatch):
    """A folder that holds something else is left alone, and the next name is taken."""
    tried = []

    def ran(design, out, **how):
        tried.append((out, how["resume"], [arm.name for arm in design.arms]))
        if out == "jakstat-demo":
            raise problem("file.exists", "the folder holds something else")
        return trial_document(fake_question(), fake_tables())

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("jakstat.cli.trial_outputs.run_to_folder", ran)
    done = run("demo", "--plot", "s.png", "--workers", "1")
    assert done.exit_code == 0, done.output
    arms = ["placebo", "sorafenib", "sorafenib + siltuximab"]
    assert tried == [("jakstat-demo", True, arms), ("jakstat-demo-2", True, arms)]
    assert "hazard ratios of drug against placebo" in done.stdout
    assert f"report: {tmp_path / 'jakstat-demo-2' / 'report.html'}" in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["s.png"]
    assert run("demo", "--out", "jakstat-demo").exit_code == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (12.345, "12.3"), (-1234.5, "-1,230"), (999.6, "1e+03"), (float("inf"), "-")],
)
def test_numbers_for_people(value, text):
    assert number(value) == text
