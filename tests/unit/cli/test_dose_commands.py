import json

import pytest
from typer.testing import CliRunner

from jakstat.biology.selection import needed_parts
from jakstat.cli.main import app
from jakstat.pharmacology import agent

RUN = CliRunner()
CURVE = (
    "dose-response",
    "mouse_hepatocyte",
    "--parts",
    "core",
    "--drug",
    "ruxolitinib",
    "--stimulus",
    "IL6=40ng/ml",
)
PARTS = ",".join(needed_parts(["ruxolitinib"]))
TARGETS = ("targets", "hepg2", "--stimulus", "IL6=10ng/ml", "--parts", PARTS,
           "--readout", "pSTAT3,SOCS3_mRNA")  # fmt: skip


def run(*words):
    return RUN.invoke(app, [str(w) for w in words])


def test_the_document_of_a_curve(tmp_path):
    plot = tmp_path / "c.png"
    done = run(*CURVE, "--readout", "pSTAT3", "--at", "20min", "--json", "--plot", plot)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert list(found)[:5] == ["IC50", "hill", "emax", "curve", "grade"]
    assert list(found)[-2:] == ["manifest", "notice"]
    assert set(found["IC50"]) == {"value", "low", "high", "unit"}
    assert found["IC50"]["unit"] == "nM"
    assert 190 < found["IC50"]["value"] < 760
    assert found["IC50"]["low"] is None
    assert found["EC50"]["value"] is None
    assert found["interval"] is None
    assert set(found["curve"][0]) == {"dose", "response", "effect", "low", "high"}
    assert (found["curve"][0]["dose"], found["curve"][0]["effect"]) == (0.0, 1.0)
    assert found["grade"] == agent("ruxolitinib").grade
    assert found["floor"] < 0.05 * found["baseline"]
    assert plot.read_bytes()[:4] == b"\x89PNG"
    again = run(*CURVE, "--plot", plot)
    assert again.exit_code == 2
    assert "[file.exists]" in again.stderr


def test_several_drugs_are_a_list_and_growth_has_gr_values():
    words = ("dose-response", "hepg2", "--drug", "ruxolitinib=0.01..1000uM:6", "--drug", "cisplatin",
             "--parts", "phenotype,p53,efflux", "--at", "24h:growth")  # fmt: skip
    found = json.loads(run(*words, "--json").stdout)
    assert [c["drug"] for c in found["curves"]] == ["ruxolitinib", "cisplatin"]
    assert found["curves"][0]["IC50"]["unit"] == "uM"
    assert "GR" in found["curves"][1]["curve"][0]
    assert found["curves"][1]["readout"] == "viable cells"
    shown = run(*words).stdout
    assert "no crowding" in shown
    assert "assumed" in shown


def test_a_flat_curve_is_null_and_said():
    words = (
        "dose-response",
        "hepg2",
        "--drug",
        "cisplatin",
        "--stimulus",
        "IL6=10ng/ml",
        "--parts",
        "core",
    )
    found = json.loads(run(*words, "--json").stdout)
    assert found["IC50"]["value"] is found["EC50"]["value"] is found["emax"] is found["hill"] is None
    assert found["method"] == "none"
    assert any("does not change" in note for note in found["notes"])
    assert "cisplatin: how strongly it acts is assumed" in found["notes"]
    assert "does not change" in run(*words).stdout


def test_an_interval_says_where_it_is_from():
    found = json.loads(run(*CURVE, "--interval", "6", "--json").stdout)
    assert found["interval"]["of"] == "vectors"
    assert found["interval"]["vectors"] == 6
    assert found["IC50"]["low"] < found["IC50"]["high"]
    assert found["curve"][3]["low"] <= found["curve"][3]["high"]
    drawn, plain = run(*CURVE, "--interval", "6").stdout, run(*CURVE).stdout
    assert "no interval" not in drawn
    assert "not drawn" not in drawn
    assert "no interval: no parameter vectors were drawn (--interval 200)" in plain


def test_the_document_of_a_scan(tmp_path):
    plot = tmp_path / "t.svg"
    done = run(*TARGETS, "--at", "20min,1h", "--json", "--plot", plot)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [r["readout"] for r in found["readings"]] == ["pSTAT3", "SOCS3_mRNA"]
    assert [t["rank"] for t in found["targets"]] == list(range(1, len(found["targets"]) + 1))
    drug = next(t for t in found["targets"] if t["name"] == "ruxolitinib")
    assert drug["grade"] == agent("ruxolitinib").grade
    assert "JAK1" in drug["acts_on"]
    gene = next(t for t in found["targets"] if t["name"] == "JAK1")
    assert "ruxolitinib" in gene["drugs"]
    assert 0 < gene["effect"]["pSTAT3"] < 1
    assert plot.read_text().startswith("<?xml")
    shown = run(*TARGETS).stdout
    assert "ruxolitinib" in shown
    assert "grade: of the drug's potency" in shown


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("dose-response", "hepg2"), "drug.none"),
        (("dose-response", "hepg", "--drug", "ruxolitinib"), "context.unknown"),
        (("dose-response", "hepg2", "--drug", "ruxolitinb"), "drug.unknown"),
        (("dose-response", "hepg2", "--drug", "ruxolitinib=1..9h"), "unit.clash"),
        (("dose-response", "hepg2", "--drug", "ruxolitinib=9..1nM"), "series.order"),
        (("dose-response", "hepg2", "--drug", "ruxolitinib=1..9nM:2"), "series.short"),
        (("dose-response", "hepg2", "--drug", "ruxolitinib=1..9nM:9999"), "series.count"),
        (("dose-response", "hepg2", "--drug", "ruxolitinib", "--at", "72h:soup"), "option.value"),
        (("dose-response", "hepg2", "--drug", "ruxolitinib", "--at", "9999h:colony"), "assay.length"),
        (("dose-response", "hepg2", "--drug", "ruxolitinib", "--pre", "1nM"), "unit.clash"),
        (
            ("dose-response", "hepg2", "--drug", "Stattic", "--renew", "1s", "--at", "growth"),
            "renew.interval",
        ),
        (("dose-response", "hepg2", "--drug", "ruxolitinib", "--interval", "-1"), "count.range"),
        (("dose-response", "hepg2", "--drug", "ruxolitinib", "--stimulus", "IL6=1..9nM:3"), "series.many"),
        (("targets", "hepg"), "context.unknown"),
        (("targets", "hepg2", "--factor", "2"), "factor.range"),
        (("targets", "hepg2", "--multiple", "0"), "multiple.range"),
        (("targets", "hepg2", "--at", "3d:sphere"), "option.value"),
        (("targets", "hepg2", "--readout", "nothing", "--parts", "core"), "observable.unknown"),
        (("targets", "hepg2", "--plot", "a.txt"), "figure.format"),
    ],
)
def test_slips_are_one_message_and_code_2(words, code):
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert f"[{code}]" in done.stderr
    assert done.stdout == ""
    as_json = run(*words, "--json")
    assert as_json.exit_code == 2
    assert json.loads(as_json.stdout)["problems"][0]["code"] == code
