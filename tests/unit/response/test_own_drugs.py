"""A drug of one's own: its file, its part of the model; a library drug's numbers give its answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import typer
import yaml
from typer.testing import CliRunner

from jakstat.biology import assemble, part
from jakstat.biology.drug_schema import drug_schema_text
from jakstat.biology.kept_drugs import kept_drug
from jakstat.biology.own_cell import own_cell
from jakstat.biology.own_drug_file import read_drug_text
from jakstat.biology.own_drugs import MECHANISMS, OwnDrug, OwnPotency, drug_text
from jakstat.cli.main import app
from jakstat.combination.surface import combine
from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.dose_series import half_maximum
from jakstat.experiment.lanes import bench_for, run_vectors
from jakstat.experiment.run import simulate
from jakstat.patients.bodies import body_of
from jakstat.patients.plan import patient_plan
from jakstat.pharmacology import agent
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.pk_library import pk_model
from jakstat.response.own_drugs import own_drug

ROOT = Path(__file__).resolve().parents[3]
RUXOLITINIB = """\
name: like_rux
mechanism: kinase inhibitor
potency: {JAK1: 3.3 nM, JAK2: 2.8 nM, JAK3: 428 nM, TYK2: 19 nM}
molar_mass: 306.4 g/mol
unbound_in_medium: 1
loss_in_medium: 0.0582 1/h
pk: {route: PO, CL: 17.7 L/h, V1: 72 L, ka: 2.5 1/h, F: 1, fraction_unbound: 0.03}
"""
TWINS = {
    "Stattic_like": ("SH2_blocker", "STAT3", "C188-9", 326.1),
    "dbd": ("DNA_binding_blocker", "STAT3", "DBD_inhibitor", 10000.0),
    "baz": ("gp130_dimerisation_blocker", "gp130", "bazedoxifene", 389.4),
    "siltux": ("ligand_antibody", "IL6", "siltuximab", 0.00625),
    "toci": ("receptor_antibody", "IL6R", "tocilizumab", 2.54),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JAKSTAT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _written(folder: Path, text: str, name: str = "drug.yaml") -> Path:
    place = folder / name
    place.write_text(text, encoding="utf-8")
    return place


def _plain(sbml: str, drug: str, title: str) -> list[str]:
    """A document without the names of a drug and without what it rests on."""
    text = sbml
    for name in (drug, drug.replace("_", " "), title):
        text = text.replace(name, "DRUG")
    return [line for line in text.splitlines() if "<record key=" not in line]


def test_numbers_of_ruxolitinib_give_its_answer_to_the_last_bit(tmp_path: Path) -> None:
    drug = own_drug(_written(tmp_path, RUXOLITINIB))
    how = {
        "stimuli": "IL6=10ng/ml",
        "observe": "pSTAT3,SOCS3_mRNA",
        "until": "3h",
        "points": 7,
        "parts": "core",
    }
    own, library = (
        simulate("hepg2", drugs={name: "500 nM@-60min"}, **how)  # type: ignore[arg-type]
        for name in (drug, "ruxolitinib")
    )
    for readout in ("pSTAT3", "SOCS3_mRNA"):
        assert np.array_equal(own[readout].values, library[readout].values)
    mass = simulate("hepg2", drugs={drug: "153.2 ng/ml@-60min"}, **how)  # type: ignore[arg-type]
    assert mass["pSTAT3"].values == pytest.approx(library["pSTAT3"].values, rel=1e-9)  # 306.4 g/mol


def test_the_document_is_that_of_ruxolitinib_but_for_what_it_rests_on(tmp_path: Path) -> None:
    drug = own_drug(_written(tmp_path, RUXOLITINIB))
    own = _plain(assemble("hepg2", parts=["core", "jak_family", drug.part]).sbml, drug.symbol, drug.name)
    library = _plain(
        assemble("hepg2", parts=["core", "jak_family", "jak_inhibitor_ruxolitinib"]).sbml,
        "ruxolitinib",
        "ruxolitinib",
    )
    new, gone = Counter(own) - Counter(library), Counter(library) - Counter(own)
    assert not new  # its numbers stand behind those of the tables; no statement is another
    assert "CHEBI:66919" in "".join(gone)


@pytest.mark.parametrize("name", TWINS)
def test_each_mechanism_is_that_of_the_librarys_drugs(name: str, tmp_path: Path) -> None:
    """The same statements and the same gifts to ports, for the same number."""
    mechanism, target, twin, value = TWINS[name]
    text = f"name: {name}\nmechanism: {mechanism}\npotency: {{{target}: {{Kd: {value!r} nM}}}}\n"
    drug = own_drug(_written(tmp_path, text))
    own, other = part(drug.part), part(agent(twin).cell_part)
    symbol = agent(twin).model_symbol

    def same(said: str) -> str:
        return said.replace(drug.symbol, "DRUG").replace(symbol, "DRUG").replace("KD_DRUG", "K_DRUG")

    assert same(own.text) == same(other.text)
    assert {(same(p), same(f)) for p, f in own.gives} == {(same(p), same(f)) for p, f in other.gives}
    numbers = {row.id: row.value for row in drug.rows()}
    assert numbers[drug.constants()[0]] == value
    assert "own_" in drug.constants()[0]


def test_a_kinase_without_a_number_is_left_alone(tmp_path: Path) -> None:
    text = "name: one\nmechanism: kinase_inhibitor\npotency: {JAK1: 3 nM}\n"
    made = part(own_drug(_written(tmp_path, text)).part)
    assert [port for port, _ in made.gives] == ["JAK1_occupancy"]
    assert "JAK2" not in made.text
    assert set(made.units) == {"K_own_one_JAK1"}


def test_an_enzyme_constant_at_little_ATP_is_brought_to_that_of_the_library() -> None:
    """1 nM at 10 uM ATP and Km 20 uM: x (1 + 1000/20)/(1 + 10/20) = 34; of Ki: x 51."""
    base = "name: a\nmechanism: kinase_inhibitor\npotency: {JAK1: {%s, Km_ATP: 20 uM}}\n"
    for said, fold in (("IC50: 1 nM, ATP: 10 uM", 34.0), ("Ki: 1 nM", 51.0), ("IC50: 1 nM, ATP: 1 mM", 1.0)):
        drug = read_drug_text((base % said).encode(), file="a.yaml")
        assert drug.rows()[0].value == pytest.approx(fold, rel=1e-12)


def test_half_of_what_a_degrader_can_do_is_done_at_its_DC50() -> None:
    """D = 80 %: at 20 nM 40 % of the protein is gone, when 1/(1 + g*C/(C + K)) is left of it."""
    text = b"name: protac\nmechanism: degrader\npotency: {DC50: 20 nM, most: 80 %}\n"
    numbers = {row.id: row.value for row in read_drug_text(text, file="p.yaml").rows()}
    gain, K = numbers["gain_own_protac"], numbers["K_own_protac"]
    assert 1 / (1 + gain * 20 / (20 + K)) == pytest.approx(0.6, rel=1e-12)
    assert 1 / (1 + gain) == pytest.approx(0.2, rel=1e-12)


def test_a_degrader_has_STAT3_run_out(tmp_path: Path) -> None:
    text = "name: protac\nmechanism: degrader\npotency: {DC50: 20 nM, most: 80 %}\nloss_in_medium: 1e-9 1/h\n"
    drug = own_drug(_written(tmp_path, text))
    run = simulate(
        "hepg2",
        drugs={drug: "20 nM"},
        observe="STAT3_total",
        until="300h",
        points=3,
        parts="core,stat3_turnover",
    )
    left = run["STAT3_total"].values.ravel()
    assert left[-1] / left[0] == pytest.approx(0.6, abs=0.01)


@pytest.mark.long
@pytest.mark.parametrize(
    "said",
    [
        "mechanism: SH2_blocker\npotency: {IC50: 2.5 uM, assay: cell, cell: hepg2, stimulus: IL6=10ng/ml}",
        pytest.param(
            "mechanism: kinase_inhibitor\ntarget: [JAK1, JAK2]\npotency: {IC50: 150 nM, assay: cell, "
        "cell: hepg2, stimulus: IL6=3ng/ml, at: 20min}",
            marks=pytest.mark.long,
        ),
    ],
)  # fmt: skip
def test_the_model_has_the_dose_that_was_measured_on_cells(said: str, tmp_path: Path) -> None:
    drug = own_drug(_written(tmp_path, f"name: cellular\n{said}\nhalf_life_in_medium: 20 h\n"))
    p = drug.potencies[0]
    doses = f"{drug}={p.value / 300!r}..{p.value * 300!r}nM:25@-60min"
    protocol = make_protocol("hepg2", stimuli=p.stimulus, drugs=doses, observe="pSTAT3", until=p.at, points=3)
    bench = bench_for(protocol)
    response = run_vectors(bench, {}, lambda _, v: v[:, -1:]).values["pSTAT3"][0, :, 0]
    half = half_maximum(np.array(bench.plan.axes[0].values), response, unit="nM").value
    assert half == pytest.approx(p.value, rel=2e-3)
    assert kept_drug(drug.ref) == drug


def test_pharmacokinetics_of_ruxolitinib_give_its_exposure(tmp_path: Path) -> None:
    drug = own_drug(_written(tmp_path, RUXOLITINIB))
    peak = float(exposure(drug.ref, "20 mg PO", subjects=0, days=2)["peak"].max())
    ka, ke = 2.5, 17.7 / 72.0
    t = np.log(ka / ke) / (ka - ke)  # of one compartment with absorption
    by_hand = 20.0 / 72.0 * ka / (ka - ke) * (np.exp(-ke * t) - np.exp(-ka * t))
    assert peak == pytest.approx(by_hand, rel=1e-4)
    assert float(exposure(drug, "20 mg PO", subjects=0, days=2)["peak"].max()) == peak  # type: ignore[arg-type]
    assert pk_model(drug.ref).grade == "user"
    assert pk_model(drug.id) == pk_model(drug.ref)


def test_two_drugs_of_one_number_are_one_drug(tmp_path: Path) -> None:
    """50 nM of each is 100 nM of ruxolitinib, and their matrix is that of its transpose."""
    texts = {name: RUXOLITINIB.replace("like_rux", name) for name in ("first", "second")}
    one, two = (own_drug(_written(tmp_path, text, f"{name}.yaml")) for name, text in texts.items())
    how = {"stimuli": "IL6=10ng/ml", "observe": "pSTAT3", "until": "30min", "points": 3, "parts": "core"}
    mixed = simulate("hepg2", drugs={one: "50 nM@-60min", two: "50 nM@-60min"}, **how)  # type: ignore[arg-type]
    alone = simulate("hepg2", drugs="ruxolitinib=100nM@-60min", **how)  # type: ignore[arg-type]
    assert mixed["pSTAT3"].values == pytest.approx(alone["pSTAT3"].values, rel=1e-5)
    doses = [f"{one}=50,200nM", f"{two}=50,200nM"]
    effect = combine("hepg2", doses, stimuli="IL6=10ng/ml", parts="core", vectors=0)["effect"].values
    assert effect == pytest.approx(effect.T, rel=1e-5, abs=1e-9)
    assert effect[-1, -1] > effect[-1, 0] + 0.05


def test_two_versions_of_a_file_never_mix(tmp_path: Path) -> None:
    first = own_drug(_written(tmp_path, RUXOLITINIB))
    second = own_drug(_written(tmp_path, RUXOLITINIB.replace("3.3 nM", "330 nM")))
    assert first.ref != second.ref
    how = {"stimuli": "IL6=10ng/ml", "observe": "pSTAT3", "until": "30min", "points": 2, "parts": "core"}
    weak, strong = (
        float(simulate("hepg2", drugs={d: "500 nM@-60min"}, **how)["pSTAT3"].values.ravel()[-1])  # type: ignore[arg-type]
        for d in (second, first)
    )
    assert weak > 1.5 * strong


def test_what_was_understood_is_kept_and_read_back(tmp_path: Path) -> None:
    text = """\
name: everything
mechanism: ligand antibody
potency: {IL6: {Kd: 12.5 pM, low: 5 pM, high: 30 pM}}
site: III
species: human
molar_mass: 148 kg/mol
note: "an antibody: mine"
pk: {route: SC, CL: 0.2 L/day, V1: 3 L, V2: 2.5 L, Q2: 0.4 L/day, ka: 0.2 1/day, F: 60 %,
  regimen: 100 mg SC q4w}
"""
    drug = own_drug(_written(tmp_path, text))
    assert read_drug_text(drug_text(drug).encode(), file="x.yaml", own=True) == drug
    assert (drug.potencies[0].value, drug.species, drug.site) == (0.0125, ("human",), "III")
    assert {k: v for k, v, _ in drug.pk}["CL"] == pytest.approx(0.2 / 24)
    assert "hexamer_formation" in dict(part(drug.part).gives)
    assert agent(drug.ref).binds == "IL6"


def test_a_copy_that_was_spoilt_is_refused(tmp_path: Path, home: Path) -> None:
    drug = own_drug(_written(tmp_path, RUXOLITINIB))
    (copy,) = (home / "used_drugs").glob("*.yaml")
    copy.write_text(copy.read_text(encoding="utf-8").replace("3.3", "33"), encoding="utf-8")
    with pytest.raises(InputError) as error:
        make_protocol("hepg2", drugs={drug: "1 nM"})
    assert [p.code for p in error.value.problems] == ["own.file"]


BAD = """\
name: ruxo litinib
mechanism: kinase blocker
potency:
  JAK1: 3.3 nM
speces: [human]
molar_mass: 306
unbound_in_medium: 3
species: [rat]
"""


def test_every_fault_is_told_with_its_line() -> None:
    with pytest.raises(InputError) as error:
        read_drug_text(BAD.encode(), file="bad.yaml")
    found = {(p.line, p.code) for p in error.value.problems}
    assert found == {(1, "own.name"), (2, "own-drug.mechanism"), (5, "key.unknown")}
    with pytest.raises(InputError) as error:
        read_drug_text(BAD.replace("kinase blocker", "kinase inhibitor").encode(), file="bad.yaml")
    found = {(p.line, p.code) for p in error.value.problems}
    assert found == {
        (1, "own.name"), (5, "key.unknown"), (6, "unit.missing"), (7, "own-drug.range"),
        (8, "own-drug.species"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("potency", "codes"),
    [
        ("{JAK1: 3.3}", ["unit.missing"]),
        ("{JAK1: 3.3 ng/ml}", ["unit.clash"]),
        ("{JAK1: -3 nM}", ["own-drug.range"]),
        ("{JAK1: three nM}", ["number.text"]),
        ("{STAT3: 3 nM}", ["own-drug.target"]),
        ("3 nM", ["own-drug.target"]),
        ("{JAK1: {IC50: 3 nM, Ki: 2 nM}}", ["own-drug.potency"]),
        ("{JAK1: {Kd: 3 nM}}", ["own-drug.potency"]),
        ("{JAK1: {Ki: 3 nM}}", ["own-drug.potency"]),
        ("{JAK1: {IC50: 3 nM, Km_ATP: 20 uM}}", ["own-drug.potency"]),
        ("{JAK1: {IC50: 3 nM, low: 4 nM}}", ["own-drug.range"]),
        ("{JAK1: {IC50: 3 nM, assay: binding}}", ["own-drug.assay"]),
        ("{JAK1: {IC50: 3 nM, assay: cell}}", ["own-drug.potency", "own-drug.potency"]),
        ("{JAK1: {IC50: 3 nM, stimulus: IL6=1nM}}", ["own-drug.assay"]),
        ("{JAK1: {IC50: 3 nM, constant: 2 nM}}", ["key.unknown"]),
        ("{JAK1: {IC50: 3 nM, ic: 2 nM}}", ["key.unknown"]),
        ("{JAK1: 3 nM, jak-1: 4 nM}", ["own-drug.target"]),
        ("[3 nM]", ["yaml.shape"]),
        ("{JAK1: [3 nM]}", ["yaml.shape"]),
    ],
)  # fmt: skip
def test_potencies_that_cannot_be_are_refused(potency: str, codes: Sequence[str]) -> None:
    text = f"name: mine\nmechanism: kinase_inhibitor\npotency: {potency}\n"
    with pytest.raises(InputError) as error:
        read_drug_text(text.encode(), file="x.yaml")
    assert [p.code for p in error.value.problems] == list(codes)
    assert {p.line for p in error.value.problems} == {3}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (RUXOLITINIB.replace("like_rux", "Jakafi"), "own.name"),
        ("name: a\nmechanism: ligand_antibody\npotency: {IL66: {Kd: 1 nM}}\n", "stimulus.unknown"),
        ("name: a\nmechanism: ligand_antibody\npotency: {OSM: {Kd: 1 nM}}\nsite: III\n", "own-drug.site"),
        (
            "name: a\nmechanism: SH2_blocker\npotency: {IC50: 1 uM, cell: hepg3, stimulus: IL6=1nM}\n",
            "context.unknown",
        ),
        (
            "name: a\nmechanism: kinase_inhibitor\npotency:\n"
            "  JAK1: {IC50: 1 uM, cell: hepg2, stimulus: IL6=1nM}\n  JAK2: 3 nM\n", "own-drug.cell",
        ),
        (RUXOLITINIB.replace("V1: 72 L, ", ""), "own-drug.pk"),
        (RUXOLITINIB.replace("72 L,", "72 L, V2: 5 L,"), "own-drug.pk"),
        (RUXOLITINIB.replace("CL: 17.7 L/h", "CL: 17.7 L"), "unit.clash"),
        (RUXOLITINIB.replace("molar_mass: 306.4 g/mol\n", ""), "own-drug.pk"),
        (RUXOLITINIB + "half_life_in_medium: 2 h\n", "own-drug.clash"),
        (RUXOLITINIB + "data_key: abc\n", "key.unknown"),
        (RUXOLITINIB + "name: again\n", "key.twice"),
        ("", "yaml.empty"), ("- a\n", "yaml.shape"), ("a: &x b\n", "yaml.alias"), ("{", "yaml.syntax"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_are_refused_and_nothing_is_kept(
    text: str, code: str, tmp_path: Path, home: Path
) -> None:
    with pytest.raises(InputError) as error:
        own_drug(_written(tmp_path, text))
    assert code in [p.code for p in error.value.problems]
    assert all(p.file == "drug.yaml" for p in error.value.problems)
    assert not home.exists()


def test_the_schema_says_what_the_reader_says() -> None:
    place = ROOT / "src/jakstat/biology/schemas/own_drug.schema.json"
    assert place.read_text(encoding="utf-8") == drug_schema_text(), "run `make docs`"
    check = jsonschema.Draft202012Validator(json.loads(drug_schema_text()))
    for file in sorted((ROOT / "examples/own").glob("*.yaml")):
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "mechanism" in said:
            assert not list(check.iter_errors(said)), file.name
    assert list(check.iter_errors(yaml.safe_load(BAD)))
    assert set(json.loads(drug_schema_text())["properties"]["mechanism"]["enum"]) == set(MECHANISMS)


def test_the_option_gives_the_drug_to_a_command_and_the_answer_says_whose_it_is(tmp_path: Path) -> None:
    place = str(_written(tmp_path, RUXOLITINIB))
    words = ["simulate", "hepg2", "--stimulus", "IL6=10ng/ml", "--parts", "core", "--points", "3", "--json"]
    own, library = (
        json.loads(CliRunner().invoke(app, [*words, *more]).stdout)
        for more in (
            ["--drug", "like_rux=500nM@-60min", "--drug-file", place], ["--drug", "ruxolitinib=500nM@-60min"],
        )
    )  # fmt: skip
    assert "(your own, data " in own["question"]["drugs"][0]
    assert any("is your own drug" in note for note in own["notes"])
    assert "user" in own["manifest"]["sources"]

    def curve(document: dict[str, object]) -> object:
        return json.loads(json.dumps(document["lanes"] if "lanes" in document else document["observables"]))

    assert json.dumps(curve(own)).replace("like_rux", "") == json.dumps(curve(library)).replace(
        "ruxolitinib", ""
    )


def test_drugs_are_added_listed_and_forgotten(tmp_path: Path) -> None:
    run = CliRunner()
    place = str(_written(tmp_path, RUXOLITINIB))
    words = ["simulate", "hepg2", "--drug", "like_rux=1nM", "--parts", "core", "--points", "3"]
    assert run.invoke(app, words).exit_code == 2
    added = run.invoke(app, ["drugs", "--add", place])
    assert added.exit_code == 0
    assert "IC50_own_like_rux_JAK1 = 3.3 nM (user; user)" in added.output
    assert run.invoke(app, ["drugs", "--add", place]).exit_code == 2
    assert run.invoke(app, ["drugs", "--add", place, "--force"]).exit_code == 0
    assert "a drug of your own" in run.invoke(app, ["drugs"]).output
    assert run.invoke(app, words).exit_code == 0
    why = run.invoke(app, ["why", "like_rux"]).output
    assert "JAK1_occupancy" in why
    assert "competes with ATP" in why
    assert run.invoke(app, ["drugs", "--forget", "like_rux"]).exit_code == 0
    assert run.invoke(app, words).exit_code == 2
    assert json.loads(run.invoke(app, ["drugs", "--schema"]).stdout)["$id"] == "urn:jakstat:own-drug"


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", "hepg2", "--drug-file", "{}", "--parts", "core"),
        ("simulate", "hepg2", "--drug-file", "no.yaml", "--drug", "a=1nM"),
        ("simulate", "hepg2", "--drug-file", "{}", "--drug-file", "{}", "--drug", "like_rux=1nM"),
        ("drugs", "--add", "{}", "--schema"),
        ("drugs", "--forget", "ruxolitinib"),
        ("simulate", "hepg2", "--drug", "like_rux#0123abcd=1nM", "--parts", "core"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_refused(words: Sequence[str], tmp_path: Path) -> None:
    place = str(_written(tmp_path, RUXOLITINIB))
    assert CliRunner().invoke(app, [w.format(place) for w in words]).exit_code == 2


def test_a_patient_is_asked_about_with_own_cell_and_own_drug(tmp_path: Path) -> None:
    drug = own_drug(_written(tmp_path, RUXOLITINIB))
    own_cell([{"gene": "STAT3", "copies": 250000}], like="hepg2", save="my_cell")
    plan = patient_plan({"tumour": {"cell": "my_cell"}}, f"{drug} 20 mg PO BID", until="8w")
    assert plan.question["cell"].startswith("my_cell (your own, like hepg2")
    assert "(your own, data " in plan.question["regimens"][0]
    assert "tumour of my_cell (your own" in plan.told


@pytest.mark.long
def test_a_patients_cells_have_the_users_numbers_and_a_cell_that_is_replaced_counts(tmp_path: Path) -> None:
    drug = own_drug(_written(tmp_path, RUXOLITINIB))
    own_cell([{"gene": "STAT3", "copies": 250000}], like="hepg2", save="my_cell")
    body = body_of("my_cell", "hcc", (drug.id,))
    assert body.value("B_IC50_own_like_rux_JAK1") == 3.3
    assert body.value("B_abundance_STAT3") == pytest.approx(250000 / 602.214076)
    own_cell([{"gene": "STAT3", "copies": 125000}], like="hepg2", save="my_cell", replace=True)
    assert body_of("my_cell", "hcc", (drug.id,)).value("B_abundance_STAT3") == pytest.approx(
        125000 / 602.214076
    )


def test_the_commands_that_take_drugs_have_the_option_and_no_others() -> None:
    group = typer.main.get_command(app)
    having = {n for n, c in group.commands.items() if "--drug-file" in {o for p in c.params for o in p.opts}}  # type: ignore[attr-defined]
    assert having >= {
        "simulate", "steady-state", "sensitivity", "bistability", "dose-response", "targets", "combine",
        "schedule", "assay", "pk", "patient", "potency", "map", "why",
    }  # fmt: skip
    assert not having & {"contexts", "parts", "drugs", "claims", "sources", "fit", "model", "trial", "cite"}


def test_the_grade_of_an_own_drug_is_the_users() -> None:
    drug = OwnDrug("a", "gp130_antibody", (OwnPotency("IL6ST", "Kd", 1.0, "binding"),), "0" * 64)
    assert {row.grade for row in drug.rows()} == {"user", "assumed"}
    assert MECHANISMS["gp130_antibody"].structure == "antibody"
