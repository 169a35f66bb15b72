"""The tumour with its cells in one document: at rest in the usual patient, and what moves it."""

import numpy as np
import pytest

from jakstat.biology.patient_assembly import assemble_patient
from jakstat.biology.patient_start import patient_model, patient_start
from tumour_model import DAY, MONTH

PORTS = (
    *("division_stem", "division_bulk", "apoptosis_stem", "apoptosis_bulk", "stemness_stem", "stemness_bulk"),
    *("efflux_bulk", "EMT_output", "PDL1_tumour", "VEGF_output", "TIMP1_output", "AFP_output"),
    *("CRP_output", "HAMP_output", "FGG_output"),
)
FAST = (
    "TAM",
    "CAF",
    "MDSC",
    "CD8",
    "NK",
    "DC",
    "Treg",
    "CRP",
    "hepcidin",
    "fibrinogen",
    "albumin",
    "vessels",
)
LANES = {  # the usual patient, and others who differ from him in one number
    "usual": {},
    "CD8": {"CD8_start": 3.0},
    "TAM": {"TAM_start": 3.0},
    "little IL-6": {"IL6_serum_start": 1e-4},
    "much IL-6": {"IL6_serum_start": 0.003},
    "rich liver": {"IL6_liver_ratio": 20.0, "IL6_serum_start": 0.002},
    "hepatitis B": {"HBV_load": 1.0},
    "large": {"tumour_volume_start": 800.0},
}


@pytest.fixture(scope="module")
def followed():
    found = assemble_patient()
    usual = {row.id: row.value for row in found.parameters}
    names = {name for numbers in LANES.values() for name in numbers}
    lanes = {n: np.array([numbers.get(n, usual[n]) for numbers in LANES.values()]) for n in sorted(names)}
    start = patient_start(found, lanes)
    times = np.array([0.0, 10 * DAY, MONTH, 3 * MONTH, 12 * MONTH])
    outputs = (*PORTS, *FAST, "tumour_volume", "stem_share", "IL6_serum", "IL6_tumour", "IL6_liver", "AFP")
    run = patient_model(found.sbml).simulate(
        times, parameters=start.parameters, initial=start.initial, outputs=outputs, rtol=1e-5
    )
    assert run.ok.all()
    return {name: dict(zip(LANES, run.value(name), strict=True)) for name in outputs}


def test_every_port_is_1_in_the_usual_patient(followed):
    found = {port: followed[port]["usual"][0] for port in PORTS}
    assert found == pytest.approx(dict.fromkeys(PORTS, 1.0), abs=0.05)


@pytest.mark.parametrize("lane", LANES)
def test_a_patient_starts_at_rest(followed, lane):
    moved = {name: followed[name][lane][1] / followed[name][lane][0] for name in FAST}
    assert moved == pytest.approx(dict.fromkeys(FAST, 1.0), abs=0.04)


def test_the_usual_patient_grows_as_his_lineage_does(followed):
    volume = followed["tumour_volume"]["usual"]
    assert np.log(2) / np.log(volume[2] / volume[0]) * MONTH / DAY == pytest.approx(115.0, rel=0.05)
    assert followed["stem_share"]["usual"][-1] == pytest.approx(0.038, abs=0.006)


def test_what_makes_a_tumour_grow_faster_and_slower(followed):
    grown = {lane: x[3] / x[0] for lane, x in followed["tumour_volume"].items()}
    assert grown["CD8"] < grown["usual"] < grown["TAM"]
    assert grown["little IL-6"] < grown["usual"] < grown["much IL-6"]
    assert grown["large"] < grown["usual"] < grown["hepatitis B"]


def test_interleukin_6_of_serum_rises_with_the_tumour(followed):
    assert all(x[-1] > 1.15 * x[0] for lane, x in followed["IL6_serum"].items() if lane != "little IL-6")


def test_c_reactive_protein_follows_interleukin_6_of_the_liver(followed):
    CRP = {lane: x[0] for lane, x in followed["CRP"].items()}
    assert CRP["little IL-6"] < CRP["usual"] < CRP["much IL-6"] < CRP["rich liver"]


def test_alpha_fetoprotein_follows_the_tumour(followed):
    AFP, volume = followed["AFP"]["usual"], followed["tumour_volume"]["usual"]
    assert AFP[-1] / AFP[0] == pytest.approx(volume[-1] / volume[0], rel=0.15)
