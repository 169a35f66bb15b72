"""A patient's course from end to end: what was said is met, and what is decided happens."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import jakstat as js
import jakstat.engine.model as engine
from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.initiation.branching import dies_out
from jakstat.initiation.lineage import Lineage
from jakstat.patients.bodies import at_first_visit, body_of, cell_of, course, timetables
from jakstat.patients.body_numbers import il6_nanomolar, lanes_of_patients
from jakstat.patients.options import liver_ratios, occult_foci
from jakstat.patients.patient_record import make_patient
from jakstat.patients.plan import patient_plan
from jakstat.patients.recist import sphere_volume
from jakstat.patients.regrowth import LINEAGE_REACTIONS, regrowth_chance

RUN = CliRunner()
WHO = {
    "aetiology": "alcohol",
    "blood": {"IL6": "25 pg/ml", "CRP": "21 mg/L", "AFP": "150 ng/ml"},
    "liver": {"albumin": "33 g/L", "bilirubin": "25 umol/L"},
    "tumour": {"lesions": ["60 mm", "30 mm"], "doubling_time": "90 d"},
}
DRUG = "ruxolitinib 20 mg PO BID"


@pytest.fixture(scope="module")
def treated():
    return js.patient(WHO, DRUG, "4mo", "6w", noise=0.0)


@pytest.fixture(scope="module")
def resected():
    return js.patient(WHO, None, "12mo", "6w", resect="2mo")


def first(found, *, treated):
    return found.isel(patient=int(np.flatnonzero(found["treated"].values == treated)[0]))


def test_what_was_said_is_met_at_the_first_visit(treated):
    start = treated.isel(time=0)
    assert start["CRP"].values == pytest.approx(21.0, rel=1e-6)
    assert start["AFP"].values == pytest.approx(150.0, rel=1e-6)
    assert start["albumin"].values == pytest.approx(33.0, rel=1e-6)
    assert start["bilirubin"].values == pytest.approx(25.0, rel=1e-6)
    assert start["IL6_serum"].values == pytest.approx(25.0, rel=0.05)  # it settles by itself
    # two spheres of 6 and 3 cm
    assert start["volume"].values == pytest.approx(np.pi / 6 * (6.0**3 + 3.0**3), rel=1e-6)
    assert treated["sum_of_diameters"].values[:, 0] == pytest.approx(90.0)


def test_the_untreated_patient_doubles_as_told(treated):
    volume = first(treated, treated=False)["volume"]
    at = int(np.searchsorted(treated["time"].values, 60 * 24.0))
    days = treated["time"].values[at] / 24.0
    doubling = days * np.log(2.0) / np.log(volume.values[at] / volume.values[0])
    assert doubling == pytest.approx(90.0, rel=0.03)


def test_the_answer_repeats_its_question_with_a_control_and_every_option(treated):
    asked = json.loads(treated.attrs["question"])
    assert asked["regimens"] == [DRUG]
    assert "90 d" not in asked["from_default"]
    assert {"weight", "age"} <= set(asked["from_default"])
    assert not {"CRP", "doubling_time", "albumin"} & set(asked["from_default"])
    pairs = set(
        zip(treated["treated"].values.tolist(), treated["IL6_liver_ratio"].values.tolist(), strict=True)
    )
    assert pairs == {(t, r) for t in (True, False) for r in liver_ratios()}
    assert treated["CRP"].attrs["units"] == "mg/L"
    assert treated["volume"].dims == ("patient", "time")
    assert "nathani2021" not in treated.attrs["sources"]  # the doubling time was told
    assert set(treated["outcome"].values) == {"OK"}


@pytest.mark.long
def test_crp_falls_more_where_the_liver_sees_more_il6():
    found = js.patient(WHO, "siltuximab 11 mg/kg IV q3w", "1mo")
    week = int(np.searchsorted(found["time"].values, 168.0))
    left = {
        float(r): float(v[week] / v[0])
        for r, t, v in zip(found["IL6_liver_ratio"], found["treated"], found["CRP"].values, strict=True)
        if bool(t)
    }
    assert left[20.0] < left[5.0] < left[3.0] < 1.0
    untreated = first(found, treated=False)["CRP"].values
    assert untreated[week] == pytest.approx(untreated[0], rel=0.02)


def test_the_drug_is_there_and_not_in_the_control(treated):
    unbound = treated["ruxolitinib_unbound"]
    assert unbound.attrs["units"] == "nM"
    assert float(first(treated, treated=True)["ruxolitinib_unbound"].max()) > 5.0
    assert float(first(treated, treated=False)["ruxolitinib_unbound"].max()) == 0.0
    with_drug, without = (first(treated, treated=t)["pSTAT3_bulk"].values[1:] for t in (True, False))
    assert (with_drug < without).all()


def test_treatment_ends_at_the_visit_that_shows_progression():
    found = js.patient(WHO, DRUG, "9mo", "6w", stop_at_progression=True, noise=0.0)
    lane = first(found, treated=True)
    assert bool(lane["progressed"])
    ended = float(lane["treatment_stopped"])
    assert ended == float(lane["time_to_progression"])
    time, level = found["time"].values, lane["ruxolitinib_unbound"].values
    assert level[time < ended].max() > 5.0
    assert level[time > ended + 96.0].max() < 1e-3
    assert np.isinf(float(first(found, treated=False)["treatment_stopped"]))
    whole = js.patient(WHO, DRUG, "9mo", "6w", noise=0.0)
    before = time <= ended
    kept = first(whole, treated=True)["volume"].interp(time=time[before]).values
    assert lane["volume"].values[before] == pytest.approx(kept, rel=1e-3)


def test_an_operation_leaves_what_it_is_said_to_leave(resected):
    at = int(np.searchsorted(resected["time"].values, 2 * 730.5))
    living = sum(resected[k].values[:, at] for k in ("stem_like", "progenitors", "differentiated"))
    assert living * 1e6 == pytest.approx(resected["residual_cells"].values, rel=1e-6)
    assert sorted(set(resected["residual_cells"].values)) == pytest.approx(
        sorted(1e6 * one.cells for one in occult_foci())
    )
    shares = [
        resected["stem_like"].values[:, k] / resected["differentiated"].values[:, k] for k in (at - 1, at)
    ]
    assert shares[0] == pytest.approx(shares[1], rel=0.01)  # all kinds in the same proportion
    # few cells grow as fast as recurrence asks of them (167 over 29.67 days), and want oxygen less than many
    time = resected["time"].values
    span = slice(at + 4, int(np.searchsorted(time, 4 * 730.5)))
    growth = [np.log(v[span][-1] / v[span][0]) for v in resected["stem_like"].values]
    fast = resected["residual_cells"].values < 1e6
    assert 5.63 < np.mean(np.array(growth)[fast]) / np.mean(np.array(growth)[~fast]) < 1.1 * 5.63
    # nothing is told of responses behind the operation
    behind = resected["visit"].values > 2 * 730.5
    assert set(resected["response"].values[:, behind].ravel()) == {"NE"}
    large = resected["residual_cells"].values > 1e6
    found = resected["time_to_recurrence"].values
    assert resected["recurred"].values[large].all()
    assert (found[large] < found[~large]).all()


def test_recurrence_is_the_first_visit_at_which_the_focus_is_a_centimetre(resected):
    lane = resected.isel(patient=0)
    visits = resected["visit"].values
    volume = lane["volume"].values[np.searchsorted(resected["time"].values, visits)]
    seen = (visits > 2 * 730.5) & (volume >= float(sphere_volume(10.0)))
    assert float(lane["time_to_recurrence"]) == visits[seen][0] - 2 * 730.5


def test_chance_to_regrow_is_that_of_the_branching_process():
    rates = Lineage.of_table()
    one = {name: np.zeros(1) for name in LINEAGE_REACTIONS} | {
        "Stem_self_renewal": np.array([rates.kdiv_S * rates.share_SS]),
        "Stem_asymmetric_division": np.array([rates.kdiv_S * rates.share_SP]),
        "Stem_commitment": np.array([rates.kdiv_S * rates.share_PP]),
        "Stem_death": np.array([rates.kdeath_S]),
        "Progenitor_division": np.array([rates.kdiv_P]),
        "Progenitor_maturation": np.array([rates.kmature_P]),
        "Progenitor_return": np.array([rates.kreturn_P]),
        "Progenitor_death": np.array([rates.kdeath_P]),
    }
    q = dies_out(rates)
    found = regrowth_chance(one, np.array([3e-6]), np.array([5e-6]))
    assert found == pytest.approx(1.0 - q[0] ** 3 * q[1] ** 5, rel=1e-9)


def test_nothing_comes_back_where_nothing_is_left():
    none = {name: np.zeros(1) for name in LINEAGE_REACTIONS}
    assert regrowth_chance(none, np.zeros(1), np.zeros(1)) == 0.0
    found = js.patient({"aetiology": "alcohol", "stage": "A"}, None, "3mo", resect="1mo", residual="0 cells")
    assert set(found["outcome"].values) == {"OK"}
    assert found["volume"].values[:, -1] == pytest.approx(0.0, abs=1e-12)
    assert not found["recurred"].values.any()
    assert found["regrowth_chance"].values == pytest.approx(0.0)


def test_cells_that_kill_slow_the_tumour_and_macrophages_speed_it():
    """The doubling time is that of the default patient with the usual surroundings."""

    def volume(**tumour):
        found = js.patient({"aetiology": "alcohol", "tumour": tumour}, None, "6mo")
        return float(found["volume"].values[0, -1])

    assert volume(CD8=3.0) < volume() < volume(TAM=3.0)


def test_many_patients_in_one_call():
    """Lanes do not depend on who else is there: the last of nine is the same alone."""
    many = [make_patient({"lesions": [20.0 + 5.0 * k], "IL6": 8.0 + k}) for k in range(9)]
    body = body_of(cell_of(many[0]), "hcc", ("ruxolitinib",))
    times = np.arange(0.0, 2000.0, 500.0)
    plan = patient_plan(None, DRUG, "3mo")

    def end(patients):
        lanes = lanes_of_patients(patients)
        tables, numbers = timetables(lanes, plan.prescriptions, 2000.0)
        run = course(
            body, at_first_visit(body, lanes), tables, times, ["tumour_volume"], drug_numbers=numbers
        )
        return run.values["tumour_volume"][:, -1]

    together, alone = end(many), end(many[-1:])
    assert together[-1] == pytest.approx(alone[0], rel=1e-5)
    assert (np.diff(together) > 0.0).all()


def test_tolerances_of_a_course_are_enough():
    """The tumour's cells are many and the IL-6 of its fluid is a ten-thousandth of a nmol."""
    lanes = lanes_of_patients([make_patient({"aetiology": "alcohol"})])
    body = body_of("hepg2", "hcc", ("ruxolitinib",))
    tables, numbers = timetables(lanes, patient_plan(None, DRUG, "3mo").prescriptions, 1000.0)
    names, times = ("tumour_volume", "CRP", "IL6_tumour", "observable_B_pSTAT3"), np.arange(0.0, 1001.0, 50.0)
    settled = at_first_visit(body, lanes)
    found = course(body, settled, tables, times, names, drug_numbers=numbers)
    sharp = course(body, settled, tables, times, names, drug_numbers=numbers, rtol=1e-7, atol=None)
    for name in names:
        assert found.values[name] == pytest.approx(sharp.values[name], rel=5e-4)


def test_numbers_of_a_patient_are_numbers_of_the_document():
    one = make_patient({"aetiology": "alcohol", "IL6": 21.0, "fibrosis": 3.0})
    lanes = lanes_of_patients([one])
    assert set(lanes.numbers) <= body_of(cell_of(one)).ids
    assert lanes.numbers["IL6_serum_start"][0] == pytest.approx(0.001)  # 21 kDa
    assert lanes.numbers["fibrosis_start"][0] == 0.75
    assert il6_nanomolar(42.0) == pytest.approx(0.002)


@pytest.mark.long
def test_osteosarcoma_has_a_course_too():
    found = js.patient({"disease": "osteosarcoma"}, None, "2mo")
    assert set(found["outcome"].values) == {"OK"}
    assert float(found["volume"].values[0, -1]) > float(found["volume"].values[0, 0])


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"regimen": ["sorafenb 4 mg PO QD", "siltuximab 3 mg PO QD"], "until": "3 mg"},
         ["drug.unknown", "regimen.route", "unit.clash"]),
        ({"until": "5h"}, ["time.span"]),
        ({"resect": "25mo"}, ["time.late"]),
        ({"visits": "0h"}, ["time.span"]),
        ({"visits": "1h", "until": "9y"}, ["time.count"]),
        ({"noise": 2.0}, ["count.range"]),
        ({"seed": -1}, ["seed.range"]),
        ({"resect": "2mo", "residual": "3 kg"}, ["unit.clash"]),
        ({"given": {"stage": "F", "liver": {"albumin": "3"}}, "until": "x"},
         ["patient.choice", "unit.missing", "number.text"]),
    ],
)  # fmt: skip
def test_every_problem_of_a_question(more, codes):
    with pytest.raises(InputError) as caught:
        js.patient(**more)
    assert [p.code for p in caught.value.problems] == codes


@pytest.mark.long
def test_command_with_json_table_and_figure(tmp_path):
    figure, table = tmp_path / "o.png", tmp_path / "o.csv"
    words = ["patient", "--aetiology", "alcohol", "--regimen", DRUG, "--until", "3mo", "--plot", str(figure),
             "--csv", str(table), "--json"]  # fmt: skip
    done = RUN.invoke(app, words)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["question"]["regimens"] == [DRUG]
    assert document["options"]["IL6_liver_ratio"] == list(liver_ratios())
    assert [c["treated"] for c in document["courses"]] == [True, False] * 3
    assert len(document["series"]["CRP"]["values"]) == 6
    assert len(document["series"]["CRP"]["values"][0]) == len(document["time_h"])
    lines = table.read_text().splitlines()
    assert lines[0].startswith("# For research")
    assert "ruxolitinib 20 mg PO BID" in lines[1]
    assert len(lines) == 3 + 6 * 3  # notice, question and header; six courses at three visits
    assert figure.stat().st_size > 50_000


def test_command_of_an_operation_shows_both_sizes_of_foci(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("aetiology: alcohol\nstage: A\n", encoding="utf-8")
    done = RUN.invoke(app, ["patient", str(path), "--resect", "1mo", "--until", "3mo"])
    assert done.exit_code == 0, done.output
    assert "1e+08 cells left" in done.stdout
    assert "2,612 cells left" in done.stdout
    assert "chance to regrow" in done.stdout


def test_schema_is_printed():
    done = RUN.invoke(app, ["patient", "--schema"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["$id"] == "urn:jakstat:patient"


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (("none.yaml",), ["file.missing"]),
        (("--residual", "5 mm"), ["option.alone"]),
        (("--stop-at-progression",), ["option.alone"]),
        (("--schema", "--until", "3mo"), ["option.alone"]),
        (("--aetiology", "HBC", "--stage", "Z"), ["patient.choice", "patient.choice"]),
        (("--regimen", "sorafenb 4 mg PO QD", "--until", "24"), ["drug.unknown", "unit.missing"]),
        (("--plot", "o.xyz"), ["figure.format"]),
    ],
)
def test_bad_input_ends_with_every_problem_and_nothing_else(words, codes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = RUN.invoke(app, ["patient", *words])
    assert done.exit_code == 2, done.output
    assert [line.rpartition("[")[2][:-1] for line in done.stderr.splitlines()] == codes
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_bad_file_tells_its_lines(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("aetiology: HBC\nliver:\n  albumin: 3\n", encoding="utf-8")
    done = RUN.invoke(app, ["patient", str(path), "--json"])
    assert done.exit_code == 2
    found = json.loads(done.stdout)["problems"]
    assert [(p["file"], p["line"]) for p in found] == [("p.yaml", 1), ("p.yaml", 3)]


@pytest.mark.usefixtures("treated")  # the document and the usual patient are there by then
@pytest.mark.parametrize("more", [(), ("--json",), ("--resect", "1mo")])
def test_a_patient_whose_every_course_failed_does_not_end_with_0(more, monkeypatch):
    given = engine.read_settings
    monkeypatch.setattr(
        engine, "read_settings", lambda *asked, **more: replace(given(*asked, **more), max_steps=1)
    )
    done = RUN.invoke(app, ["patient", "--aetiology", "alcohol", "--regimen", DRUG, "--until", "3mo", *more])
    assert done.exit_code == 1, done.output
    assert "every simulation failed" in done.stderr
