import numpy as np
import pytest

from jakstat.biology.pk_assembly import assemble_pk
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError
from jakstat.knowledge import sources
from jakstat.pharmacology.exposure import exposure, unbound_nanomolar
from jakstat.pharmacology.exposure_summary import METRICS, readings, summary
from jakstat.pharmacology.noncompartmental import disposition_half_life, slope_half_life
from jakstat.pharmacology.pk_library import pk_model, pk_models
from jakstat.pharmacology.subjects import draw_subjects, individual_numbers, populations

REGIMEN = "11 mg/kg IV over 1 h q3w x 4"


def test_every_number_has_a_source_and_the_parts_have_their_numbers():
    known = set(sources())
    for model in pk_models():
        assert model.population in populations()
        assemble_pk(model.id, model.parts, model.values())
        assert {s.number for s in model.spreads if s.scale != "correlation"} <= set(model.numbers)
        assert {c.number for c in model.covariates} <= set(model.numbers)
    assert {row.source for rows in populations().values() for row in rows.values()} <= known


def test_names_are_unique():
    names = [n.casefold() for m in pk_models() for n in {m.id, m.name.casefold(), *m.aliases}]
    assert len(names) == len(set(names))


def test_drugs_with_recalled_clearance_say_that_they_are_assumed():
    assert pk_model("ipilimumab").grade == "assumed"
    assert pk_model("danvatirsen").grade == "assumed"
    row = summary(readings(exposure("danvatirsen", "3 mg/kg IV qw x 2", subjects=0)))["Cmax"]
    assert row["grade"] == "assumed"


def test_a_thousand_subjects_for_twelve_weeks():
    found = exposure("siltuximab", REGIMEN, subjects=1000)
    assert found.attrs["failed"] == 0
    assert found["total"].sizes["subject"] == 1000


def test_subjects_do_not_depend_on_how_many_there_are():
    few, many = (exposure("siltuximab", REGIMEN, subjects=n, times_h=[0.0, 500.0]) for n in (3, 30))
    assert np.array_equal(few["total"].values, many["total"].values[:3])
    other = exposure("siltuximab", REGIMEN, subjects=3, times_h=[0.0, 500.0], seed=2)
    assert not np.allclose(few["total"].values[:, 1], other["total"].values[:, 1])


def test_correlations_and_spreads_are_those_of_the_table():
    numbers = individual_numbers(
        pk_model("clazakizumab"), draw_subjects("dialysis", 4000, fixed={"weight": 95, "IL6": 6.8})
    )
    logs = np.log([numbers["CL"], numbers["V1"]])
    assert logs.std(axis=1) == pytest.approx([0.4614, 0.3518], rel=0.05)
    assert np.corrcoef(logs)[0, 1] == pytest.approx(0.936, abs=0.02)


def test_covariates_act_as_the_table_says():
    def clearance(**fixed):
        return float(
            individual_numbers(pk_model("siltuximab"), draw_subjects("cancer", 0, fixed=fixed))["CL"][0]
        )

    assert clearance(castleman=1) / clearance() == pytest.approx(1.24)
    assert clearance(healthy=1) / clearance() == pytest.approx(0.77)
    assert clearance(albumin=3.0) / clearance(albumin=4.1) == pytest.approx((3.0 / 4.1) ** -0.84)


def test_spreads_of_covariates_are_coefficients_of_variation():
    """The table's 22 % of weight and 12 % of albumin in cancer, 100 % of IL-6: the standard deviation of a
    logarithm is the root of ln(1 + CV^2), 0.2173, 0.1196 and 0.8326, and that of a normal cut at 2.5 of its
    own 0.9546 of it.
    """
    people = draw_subjects("cancer", 20_000, fixed={"female": 0}).covariates
    logs = {name: float(np.log(people[name]).std()) for name in ("weight", "albumin", "IL6")}
    whole = {"weight": 0.2173, "albumin": 0.1196, "IL6": 0.8326}
    assert logs == pytest.approx({name: 0.9546 * value for name, value in whole.items()}, rel=0.015)


def test_covariates_of_a_population():
    people = draw_subjects("rheumatoid_arthritis", 4000).covariates
    assert np.median(people["weight"]) == pytest.approx(70.0, rel=0.03)
    assert people["female"].mean() == pytest.approx(0.82, abs=0.02)
    assert np.corrcoef(np.log(people["weight"]), np.log(people["height"]))[0, 1] > 0.3


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"population": "cancr"}, "population.unknown"),
        ({"covariates": {"albumn": 4.0}}, "covariate.unknown"),
        ({"covariates": {"albumin": 40.0}}, "covariate.range"),
        ({"covariates": {"weight": float("nan")}}, "covariate.range"),
        ({"subjects": -1}, "count.range"),
        ({"days": 0.0}, "time.range"),
        ({"days": 1e9}, "time.range"),
    ],
)
def test_bad_requests(options, code):
    with pytest.raises(InputError) as caught:
        exposure("siltuximab", REGIMEN, **{"subjects": 0, **options})
    assert caught.value.problems[0].code == code


@pytest.mark.parametrize("times", [[-1.0, 5.0], [0.0, 87_601.0], [5.0, 4.0], [0.0, float("nan")]])
def test_bad_times(times):
    with pytest.raises(InputError) as caught:
        exposure("siltuximab", REGIMEN, subjects=0, times_h=times)
    assert caught.value.problems[0].code.startswith("time.")


def test_times_may_start_late_and_reach_ten_years():
    found = exposure("siltuximab", "11 mg/kg IV once", subjects=0, times_h=[30.0, 87_600.0])
    assert found["time"].values.tolist() == [30.0, 87_600.0]
    assert abs(float(found["total"][0, -1])) < 1e-9


def test_nothing_is_given_before_the_first_day():
    with pytest.raises(InputError) as caught:
        exposure("siltuximab", "11 mg/kg IV q3w from day 5", subjects=0, days=4.0)
    assert caught.value.problems[0].code == "time.range"


def test_unknown_drug_and_drug_without_numbers():
    for name, code in (("siltuximb", "drug.unknown"), ("Stattic", "pk.none")):
        with pytest.raises(InputError) as caught:
            pk_model(name)
        assert caught.value.problems[0].code == code


def test_unbound_is_the_share_of_the_total():
    found = exposure("sorafenib", "400 mg PO BID x 4", subjects=0)
    share = found["unbound"].values[0, 50:] / found["total_molar"].values[0, 50:]
    assert share == pytest.approx(0.005)
    molar = float(found["total"][0, -1]) / 464.8 * 1e6
    assert float(found["total_molar"][0, -1]) == pytest.approx(molar)


def test_unbound_at_times_is_that_of_the_exposure():
    times = [3.0, 14.5, 30.0]
    direct = exposure("ruxolitinib", "20 mg PO BID", subjects=0, times_h=[0.0, *times])["unbound"].values[
        0, 1:
    ]
    assert unbound_nanomolar("Jakafi", "20 mg PO BID", times) == pytest.approx(direct, rel=1e-9)


def test_half_life_of_two_compartments_and_of_a_slope():
    numbers = {k: np.array([v]) for k, v in {"CL": 1.5, "V1": 12.0, "V2": 30.0, "Q2": 4.0}.items()}
    model = load_sbml(
        assemble_pk("two", ["central", "peripheral_1"], {k: v[0] for k, v in numbers.items()}).sbml,
        trusted=True,
    )
    times = np.linspace(0.0, 300.0, 400)
    curve = model.simulate(times, doses=[Dose(0.0, "Drug", 100.0)], rtol=1e-9, atol=1e-14).value("Drug")
    assert slope_half_life(times, curve, change=0.05)[0] == pytest.approx(
        disposition_half_life(numbers)[0], rel=1e-3
    )


def test_readings_of_a_known_course():
    one = exposure(
        "siltuximab", "11 mg/kg IV bolus once", subjects=0, days=300.0, covariates={"weight": 73.0}
    )
    told = readings(one)
    clearance = float(one["number_CL"][0])
    assert float(told["AUC_inf"][0]) == pytest.approx(11 * 73 / clearance, rel=1e-3)
    assert float(told["Cmax"][0]) == pytest.approx(11 * 73 / float(one["number_V1"][0]), rel=1e-3)
    assert np.isnan(float(told["accumulation"][0]))
    assert set(told.data_vars) == set(METRICS)


def test_a_cut_last_interval_is_not_read():
    whole = readings(exposure("tocilizumab", "8 mg/kg IV q4w", subjects=0, days=56.0))
    cut = readings(exposure("tocilizumab", "8 mg/kg IV q4w", subjects=0, days=65.0))
    assert float(cut["AUC_tau"][0]) == pytest.approx(float(whole["AUC_tau"][0]), rel=1e-3)


@pytest.mark.parametrize("drug", [m.id for m in pk_models()])
def test_every_drug_runs_its_own_regimen(drug):
    model = pk_model(drug)
    found = exposure(drug, model.regimens[0]["text"], subjects=3)
    assert found.attrs["failed"] == 0
    assert (found["total"].values > -1e-6).all()
    assert float(found["total"].max()) > 0
