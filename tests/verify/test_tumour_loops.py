"""Loops of the tumour, each with and without the one number that closes it; curves stand for the cells."""

import numpy as np
import pytest

from tumour_model import CURVES, DAY, DOSES, DRUGS, LIVER_CANCER, MONTH, course, tumour_model

YEAR = 12 * MONTH
SILTUXIMAB = {"anti_IL6": 1e5, "share_tissue": 0.2}  # some 1,000 nM of two sites over a KD of 6 pM
RICH = {"IL6_tumour_ratio": 30.0, "CAF_start": 3.0}  # a tumour full of IL-6 and fibroblasts


@pytest.fixture(scope="module")
def model():
    return tumour_model(LIVER_CANCER, {**CURVES, **DRUGS}, DOSES)


def last(model, *names, until=YEAR, **numbers):
    found = [x[-1] for x in course(model, until, *names, **numbers)]
    return found[0] if len(names) == 1 else found


def test_cells_killed_by_therapy_make_the_others_resist(model):
    names = ("IL6_tumour", "CXCL8_tumour", "TNF_tumour", "pumps", "Killed")
    quiet = np.array(last(model, *names, until=2 * MONTH))
    treated = np.array(last(model, *names, until=2 * MONTH, chemotherapy=7e-3))
    assert np.all(treated > 1.1 * quiet)
    for off in ("gain_danger", "gain_cytokines_pumps"):
        assert last(model, "tumour_volume", chemotherapy=7e-3, **{off: 0.0}) < 0.85 * last(
            model, "tumour_volume", chemotherapy=7e-3
        )
    assert last(model, "pumps", chemotherapy=7e-3, gain_cytokines_pumps=0.0) == pytest.approx(1.0)


def test_stem_like_cells_outlast_therapy(model):
    assert last(model, "stem_share", chemotherapy=7e-3) > 2 * last(model, "stem_share")


def test_macrophages_raise_interleukin_6_stem_like_cells_and_growth(model):
    names = ("IL6_tumour", "stem_share", "tumour_volume")
    few, usual, many = (np.array(last(model, *names, TAM_start=x)) for x in (0.3, 1.0, 3.0))
    assert np.all(few < usual)
    assert np.all(usual < many)
    # without what cells take from IL-6, macrophages do nothing for renewal
    assert last(model, "self_renewal", TAM_start=3.0, share_renewal_STAT3=0.0) == pytest.approx(
        last(model, "self_renewal", share_renewal_STAT3=0.0)
    )


def test_interleukin_6_brings_macrophages_by_one_gain(model):
    pulse = {"IL6_serum_start": 0.002}
    with_loop, without = (
        last(model, "TAM", until=3 * MONTH, growth_held=1.0, gain_IL6_TAM=g, anti_IL6R=0.99, **pulse)
        for g in (2.0, 0.0)
    )
    assert with_loop < 0.9
    assert without == pytest.approx(1.0, abs=0.02)


def test_a_pulse_of_interleukin_6_leaves_lasting_inflammation_only_in_a_steep_loop():
    a_month = {"IL6_source_added": "pulse*IL6_source_tumour*piecewise(1, time < 730, 0)"}
    model = tumour_model(LIVER_CANCER, a_month, ("pulse",))
    for gain, lasts in ((2.0, False), (100.0, True)):
        patient = {
            "gain_IL6_TAM": gain,
            "growth_held": 1.0,
            "IL6_serum_start": 1.5e-4,
            "gain_debris_TAM": 0.0,
        }
        patient["share_IL6_TAM"] = 0.7
        calm, after = (last(model, "IL6_tumour", until=2 * YEAR, pulse=p, **patient) for p in (0.0, 30.0))
        assert bool(after > 3 * calm) is lasts


def test_tissue_inhibitor_makes_fibroblasts_and_they_growth(model):
    assert last(model, "CAF", IL6_tumour_ratio=30.0) > 1.1
    assert last(model, "CAF", IL6_tumour_ratio=30.0, gain_TIMP1_CAF=0.0) == pytest.approx(1.0)
    many, off = (
        last(model, "tumour_volume", CAF_start=3.0, share_IL6_CAF=0.1, gain_CAF_growth=g) for g in (0.15, 0.0)
    )
    assert many > 1.5 * off


def test_alpha_fetoprotein_acts(model):
    rich = {"AFP_per_cell": 0.115}
    assert last(model, "division_drive", **rich) > last(model, "division_drive", gain_AFP_growth=0.0, **rich)
    assert last(model, "DC", **rich) < 0.97 * last(model, "DC", gain_AFP_immunity=0.0, **rich)
    # from no tumour at all, where p53 is lost, and only there
    bare = {"tumour_volume_start": 1e-9, "AFP_normal": 400.0}
    assert last(model, "Stem", until=MONTH, p53_here=0.0, **bare) > 2e-5
    assert last(model, "Stem", until=MONTH, p53_here=0.0, gain_AFP_conversion=0.0, **bare) < 1e-6
    assert last(model, "Stem", until=MONTH, **bare) < 1e-6


def test_engulfed_cells_scar_the_liver_and_drive_growth(model):
    hepatitis = {"HBV_load": 1.0}
    assert last(model, "fibrosis", **hepatitis) > 1.3 * last(
        model, "fibrosis", share_stellate_fibrosis=1.0, gain_phagocytosis=0.0, gain_hepatitis_Kupffer=0.0
    )
    assert last(model, "tumour_volume", **hepatitis) > 1.2 * last(
        model, "tumour_volume", gain_regeneration_growth=0.0, **hepatitis
    )


def test_a_flare_raises_interleukin_6_of_serum_and_less_in_women(model):
    calm, flare, woman = (
        last(model, "IL6_serum", until=MONTH, HBV_load=1.0, **more)
        for more in ({}, {"flare": 4.0}, {"flare": 4.0, "female": 1.0})
    )
    assert flare > 1.5 * calm
    assert calm < woman < flare


def test_neutrophils_with_pd_l1_take_killing(model):
    rich, off = (
        last(model, "PD1_inhibition", until=MONTH, share_PDL1_neutrophils=s, **RICH) for s in (0.3, 0.0)
    )
    assert last(model, "PDL1_neutrophils", until=MONTH, **RICH) > 1.2
    assert last(model, "PDL1_neutrophils", until=MONTH, gain_IL6_PDL1=0.0, **RICH) == pytest.approx(1.0)
    assert off != pytest.approx(rich, rel=1e-3)


def test_without_interleukin_6_the_kinase_inhibitor_kills_more(model):
    blocked, usual = (
        last(model, "kill_B", until=2 * MONTH, kinase_inhibitor=3e-4, **more) for more in (SILTUXIMAB, {})
    )
    no_loop_blocked, no_loop = (
        last(model, "kill_B", until=2 * MONTH, kinase_inhibitor=3e-4, gain_EMT_TKI=0.0, **more)
        for more in (SILTUXIMAB, {})
    )
    assert blocked / usual > 1.15 * no_loop_blocked / no_loop


def test_blocking_interleukin_6_reverses_resistance_to_anti_pd_1(model):
    control, anti_PD1, anti_IL6, both = (
        last(model, "tumour_volume", until=6 * MONTH, **RICH, **arm)
        for arm in ({}, {"anti_PD1": 0.95}, SILTUXIMAB, {"anti_PD1": 0.95, **SILTUXIMAB})
    )
    assert both < min(anti_PD1, anti_IL6)
    assert anti_PD1 > 0.7 * control  # hardly helped alone
    usual = last(model, "tumour_volume", until=6 * MONTH, anti_PD1=0.95) / last(
        model, "tumour_volume", until=6 * MONTH
    )
    assert usual < anti_PD1 / control
    killing, killing_both = (
        last(model, "immune_killing", until=6 * MONTH, anti_PD1=0.95, **RICH, **more)
        for more in ({}, SILTUXIMAB)
    )
    assert killing_both > 1.5 * killing


def test_want_of_oxygen_grows_vessels_by_one_gain(model):
    big = {"tumour_volume_start": 100.0, "pace": 3.0}
    assert last(model, "vessels", **big) > last(model, "vessels", gain_HIF1A_VEGF=0.0, **big)
    half, most = (last(model, "tumour_volume", anti_VEGF=x) for x in (0.5, 0.9))
    assert most < half < last(model, "tumour_volume")


def test_antibodies_on_interleukin_6_bring_no_response_and_those_on_its_receptor_raise_it(model):
    volume, serum, liver = course(model, YEAR, "tumour_volume", "IL6_serum", "IL6_liver", **SILTUXIMAB)
    assert volume.min() > 0.343 * volume[0]  # -30 % of the diameter
    assert volume[-1] < 0.6 * last(model, "tumour_volume")
    usual, there = (x[0] for x in course(model, DAY, "IL6_serum", "IL6_liver"))
    assert serum[-1] < 0.02 * usual
    assert liver[-1] < 0.1 * there
    assert last(model, "IL6_serum", until=2 * MONTH, anti_IL6R=0.99) > 2 * usual


def test_crp_follows_the_messenger_with_a_half_life_of_19_hours():
    model = tumour_model(LIVER_CANCER, {"CRP_output": "1 - switched"}, ("switched",))
    (CRP,) = course(model, 19.0, "CRP", points=2, switched=1.0)
    assert CRP[-1] / CRP[0] == pytest.approx(0.5, rel=0.01)


def test_more_cd8_slower_and_more_macrophages_faster(model):
    cells = [last(model, "tumour_volume", CD8_start=x) for x in (0.3, 1.0, 3.0, 10.0)]
    assert np.all(np.diff(cells) < 0)
    macrophages = [last(model, "tumour_volume", TAM_start=x) for x in (0.3, 1.0, 3.0)]
    assert np.all(np.diff(macrophages) > 0)


def test_chemotherapy_of_osteosarcoma_leaves_ten_per_cent_in_the_usual_patient():
    model = tumour_model((*LIVER_CANCER, "osteosarcoma"), CURVES)
    ten_weeks = {"until": 70 * DAY, "MAP_course": 1.0}
    low, usual, high = (last(model, "necrosis", MAP_sensitivity=x, **ten_weeks) for x in (0.3, 1.0, 3.0))
    assert usual == pytest.approx(0.9, abs=0.02)  # EURAMOS: 53 % of patients reach 90 %
    assert low < usual < high
    assert last(model, "necrosis", STAT3_expression=4.0, **ten_weeks) < usual  # C347
    assert last(model, "immune_killing", until=DAY, STAT3_expression=0.3) > 1.1  # C346
