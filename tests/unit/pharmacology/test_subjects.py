"""Virtual subjects against numbers worked out by hand from the tables."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.pharmacology.dose_table import dose_tables
from jakstat.pharmacology.pk_library import pk_model
from jakstat.pharmacology.regimen_text import parse_regimen
from jakstat.pharmacology.subjects import draw_subjects, individual_numbers


def test_a_typical_subject_has_medians():
    one = draw_subjects("cancer", 0)
    assert (one.typical, one.count) == (True, 1)
    values = {name: float(value[0]) for name, value in one.covariates.items()}
    assert (values["weight"], values["female"], values["male"]) == (73.0, 0.0, 1.0)
    assert values["BSA"] == pytest.approx((values["height"] * 73.0 / 3600) ** 0.5)  # Mosteller 1987


def test_body_surface_is_that_of_mosteller():
    """180 cm and 80 kg: 2 m2; what is given is taken."""
    one = draw_subjects("cancer", 0, fixed={"weight": 80.0, "height": 180.0})
    assert one.covariates["BSA"].tolist() == [2.0]
    assert draw_subjects("cancer", 0, fixed={"BSA": 1.5}).covariates["BSA"].tolist() == [1.5]


def test_women_weigh_less_and_the_median_of_all_is_that_of_the_table():
    people = draw_subjects("cancer", 20_000).covariates
    women = people["female"] == 1
    assert women.mean() == pytest.approx(0.45, abs=0.01)
    assert np.median(people["weight"]) == pytest.approx(73.0, rel=0.01)
    ratio = np.median(people["weight"][women]) / np.median(people["weight"][~women])
    assert ratio == pytest.approx(0.88, rel=0.015)
    for chosen, height in ((women, 163.0), (~women, 176.0)):
        assert np.median(people["height"][chosen]) == pytest.approx(height, rel=0.003)
        logs = np.log([people["weight"][chosen], people["height"][chosen]])
        assert np.corrcoef(logs)[0, 1] == pytest.approx(0.45, abs=0.03)
        assert logs[1].std() == pytest.approx(0.9546 * 0.03998, rel=0.03)


def test_everyone_lies_within_the_reach_of_the_table():
    people = draw_subjects("cancer", 5000, fixed={"female": 0}).covariates
    far = np.abs(np.log(people["albumin"] / np.median(people["albumin"]))) / np.log1p(0.12**2) ** 0.5
    assert 2.4 < far.max() < 2.55


def test_covariates_of_a_flag_and_the_other_sex():
    assert draw_subjects("cancer", 3, fixed={"female": 1}).covariates["male"].tolist() == [0.0] * 3
    assert draw_subjects("cancer", 2, fixed={"hepatic_severe": 1}).covariates["hepatic_severe"].sum() == 2


@pytest.mark.parametrize(
    ("name", "fits", "fails"),
    [("weight", (2.0, 400.0), (1.99, 400.1)), ("height", (40.0, 250.0), (39.9, 250.1)),
     ("albumin", (0.5, 7.0), (0.49, 7.01)), ("BSA", (0.1, 4.0), (0.09, 4.01)),
     ("CRP", (0.0,), (-0.1, 1.1e6))],
)  # fmt: skip
def test_ranges_of_covariates(name, fits, fails):
    for value in fits:
        assert draw_subjects("cancer", 0, fixed={name: value}).covariates[name][0] == value
    for value in fails:
        with pytest.raises(InputError) as caught:
            draw_subjects("cancer", 0, fixed={name: value})
        assert caught.value.problems[0].code == "covariate.range"


def test_every_wrong_covariate_is_told():
    with pytest.raises(InputError) as caught:
        draw_subjects("cancer", 0, fixed={"weight": 1.0, "albumn": 4.0})
    assert [p.code for p in caught.value.problems] == ["covariate.range", "covariate.unknown"]


def test_powers_of_weight():
    """Siltuximab in 80 kg instead of 73: volumes by the power 0.65."""
    model = pk_model("siltuximab")
    light, heavy = (
        individual_numbers(model, draw_subjects("cancer", 0, fixed={"weight": w})) for w in (73, 80)
    )
    assert heavy["V1"][0] / light["V1"][0] == pytest.approx((80 / 73) ** 0.65)
    assert light["V1"][0] == pytest.approx(3.66, rel=0.02)


def test_IL6_of_a_subject_is_what_its_antibody_binds():
    """10 ng/L of 21 kDa are 4.7619e-4 nM."""
    people = draw_subjects("cancer", 0, fixed={"IL6": 10.0})
    numbers = individual_numbers(pk_model("siltuximab"), people, target=True)
    assert numbers["baseline_IL6"][0] == pytest.approx(4.7619e-4, rel=1e-4)
    receptor = individual_numbers(pk_model("tocilizumab"), people, target=True)
    assert receptor["baseline_sIL6R"][0] == pytest.approx(40e-6 / 50_000 * 1e9)  # 40 ng/ml of 50 kDa


def test_IL6_of_the_population_moves_CYP3A4_unless_it_is_given():
    model = pk_model("ruxolitinib")
    drawn = individual_numbers(model, draw_subjects("rheumatoid_arthritis", 4))["IL6"]
    assert len(set(drawn.tolist())) == 1
    given = individual_numbers(model, draw_subjects("rheumatoid_arthritis", 4, fixed={"IL6": 77.0}))["IL6"]
    assert given.tolist() == [77.0] * 4


def test_release_is_that_of_the_table_and_differs_between_subjects():
    model = pk_model("lenvatinib")
    assert individual_numbers(model, draw_subjects("cancer", 0))["release"].tolist() == [1.06]
    drawn = individual_numbers(model, draw_subjects("cancer", 4000))["release"]
    assert np.log(drawn).std() == pytest.approx(0.684, rel=0.04)
    assert np.median(drawn) == pytest.approx(1.06, rel=0.05)
    regimen, people = parse_regimen("12 mg PO QD x 3"), draw_subjects("cancer", 2)
    tables = dose_tables(model, regimen, people, individual_numbers(model, people), 100.0)
    assert [t[0].duration for t in tables] == pytest.approx(drawn[:2].tolist())


def test_doses_of_a_regimen():
    people = draw_subjects("cancer", 2, fixed={"BSA": 2.0})
    regimen = parse_regimen("50 mg/m2 IV over 2 h day 1,8 q3w x 2 then 30 mg IV q1w x 2 max 20 mg")
    tables = dose_tables(pk_model("cisplatin"), regimen, people, {}, 2000.0)
    assert len(tables) == 1
    told = [(d.time / 24, d.count, d.interval / 24, d.amount, d.duration) for d in tables[0]]
    assert told == [
        (0, 2, 7, 100, 2), (21, 2, 7, 100, 2), (42, 2, 7, 20, 1),
    ]  # fmt: skip


def test_a_lag_shifts_what_is_swallowed():
    one, model = draw_subjects("cancer", 0), pk_model("fedratinib")
    regimen = parse_regimen("400 mg PO QD x 2")
    (table,) = dose_tables(model, regimen, one, individual_numbers(model, one), 48.0)
    assert [(d.time, d.target, d.count) for d in table] == [(0.265, "Depot", 2)]


def _set_times(table):
    return [d.time + k * d.interval for d in table if d.action == "set" for k in range(d.count)]


def test_a_gallbladder_that_would_open_at_the_next_dose_stays_shut():
    one, model = draw_subjects("liver_cancer", 0), pk_model("sorafenib")
    table = dose_tables(
        model, parse_regimen("9 mg PO q6.13h x 2"), one, individual_numbers(model, one), 24.0
    )[0]
    assert sorted(_set_times(table)) == pytest.approx([0.0, 6.13, 12.26])


def test_the_gallbladder_shuts_at_a_dose_and_opens_behind_it():
    one = draw_subjects("liver_cancer", 0)
    model = pk_model("sorafenib")
    table = dose_tables(model, parse_regimen("400 mg PO q6h x 2"), one, individual_numbers(model, one), 24.0)[
        0
    ]
    valves = {k: _set_times([d for d in table if d.amount == k]) for k in (0.0, 1.0)}
    assert valves == {0.0: [0.0, 6.0], 1.0: [pytest.approx(12.13)]}
    assert {d.target for d in table if d.action == "set"} == {"gallbladder_open"}
