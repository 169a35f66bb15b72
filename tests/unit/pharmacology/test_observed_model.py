"""The model at measured samples: what it predicts, known individuals found again, and predictive checks."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.individual_fits import individual_fits
from jakstat.pharmacology.observed_check import predictive_check
from jakstat.pharmacology.observed_exposure import observed_exposure
from jakstat.pharmacology.observed_file import ObservedReading, read_observed
from jakstat.pharmacology.observed_model import observed_design, residual_error
from jakstat.pharmacology.pk_library import pk_model, pk_models
from jakstat.pharmacology.posterior_modes import ErrorModel
from jakstat.pharmacology.subjects import draw_factor

TIMES = [0.5, 1, 2, 4, 6, 8, 12]


def oral(values, times=TIMES, dose=15, weights=None):
    """Rows of a spreadsheet, one subject for each row of values."""
    return [
        {"ID": k + 1, "TIME": t, "DV": v, "DOSE": dose, **({} if weights is None else {"WT": weights[k]})}
        for k, row in enumerate(np.atleast_2d(values))
        for t, v in zip(times, row, strict=True)
    ]


def design_of(rows, drug, **how):
    return observed_design(read_observed(rows, ObservedReading(**how), drug=drug), pk_model(drug))


@pytest.mark.parametrize(
    ("drug", "regimen", "rows"),
    [
        ("ruxolitinib", "15 mg PO BID x 4", {"AMT": 15, "ADDL": 3, "II": 12, "RATE": 0, "CMT": 1}),
        ("sorafenib", "400 mg PO BID x 4", {"AMT": 400, "ADDL": 3, "II": 12, "RATE": 0, "CMT": 1}),
        ("lenvatinib", "12 mg PO QD x 3", {"AMT": 12, "ADDL": 2, "II": 24, "RATE": 0, "CMT": 1}),
        ("tofacitinib", "10 mg PO BID x 4", {"AMT": 10, "ADDL": 3, "II": 12, "RATE": 0, "CMT": 1}),
        (
            "nivolumab",
            "240 mg IV over 1 h q2w x 3",
            {"AMT": 240, "ADDL": 2, "II": 336, "RATE": 240, "CMT": 1},
        ),
    ],
)
def test_a_data_set_predicts_what_its_regimen_does(drug, regimen, rows):
    """Lags, transit chains, release over a time, recycling and falling clearance, at the typical subject."""
    times = [0.5, 3, 11, 13, 20, 30, 47] if rows["II"] < 300 else [2, 100, 335, 338, 700, 900]
    head = {"ID": 1, "TIME": 0, "EVID": 1, "DV": ".", **rows}
    samples = [{"ID": 1, "TIME": t, "EVID": 0, "DV": 1.0, "CMT": 1} for t in times]
    design = design_of([head, *samples], drug)
    direct = exposure(drug, regimen, subjects=0, times_h=[0, *times])["total"].values[0, 1:]
    found = design.predict(np.zeros((1, len(design.draws))), np.array([0]))[0]
    assert found == pytest.approx(direct, rel=2e-5)


def test_a_trough_is_predicted_before_its_dose():
    head = {"ID": 1, "TIME": 0, "EVID": 1, "DV": ".", "AMT": 100, "ADDL": 1, "II": 504, "CMT": 1, "RATE": 100}
    design = design_of([head, {"ID": 1, "TIME": 504, "EVID": 0, "DV": 1.0, "CMT": 1}], "siltuximab")
    direct = exposure("siltuximab", "100 mg IV over 1 h q3w x 2", subjects=0, times_h=[0, 503.9999, 504.1])
    found = design.predict(np.zeros((1, 2)), np.array([0]))[0, 0]
    assert found == pytest.approx(float(direct["total"][0, 1]), rel=1e-5)


def test_what_lies_before_the_first_dose_is_not_compared():
    design = design_of(oral([[0, 0.1, 0.05]], times=[0, 1, 4]), "ruxolitinib")
    assert design.counts.tolist() == [[False, True, True]]


def test_covariates_of_the_data_move_the_model():
    """V1 of siltuximab follows weight to the power of 0.65."""
    design = design_of(oral(np.full((2, 7), 0.1), weights=[50, 100]), "siltuximab")
    numbers = design.numbers(np.zeros((2, 2)), np.array([0, 1]))
    assert numbers["V1"][1] / numbers["V1"][0] == pytest.approx(2**0.65)
    assert design.covariates["weight"] == "the data"


@pytest.mark.parametrize("drug", ["ruxolitinib", "tofacitinib", "fedratinib", "lenvatinib"])
def test_known_individuals_are_found_again(drug):
    """Draws up to one standard deviation, dense samples, an error of 0.1 %: the mode is where they were."""
    model = pk_model(drug)
    times = [0.3, 0.6, 1, 1.5, 2, 3, 4, 6, 9, 12, 18, 24, 36, 48, 72, 96]
    blank = design_of(oral(np.ones((4, len(times))), times), drug)
    draws = np.random.default_rng(5).uniform(-1, 1, (4, len(blank.draws)))
    independent = np.linalg.solve(draw_factor(model), draws.T).T
    values = blank.predict(independent, np.arange(4))
    kept = [{**row, "DV": row["DV"] if row["DV"] > 1e-6 else ""} for row in oral(values, times)]
    fits = individual_fits(design_of(kept, drug), ErrorModel(1e-3), curves=False)
    assert fits.failed == ()
    assert fits.etas == pytest.approx(draws, abs=0.02)
    true = blank.numbers(independent, np.arange(4))
    assert fits.numbers["CL"] == pytest.approx(true["CL"], rel=1e-3)
    assert np.all((fits.low["CL"] <= true["CL"]) & (true["CL"] <= fits.high["CL"]))


def test_profiles_of_one_individual_share_its_draws():
    """Two doses apart by a reset, each seen from 0 on: both speak of one clearance."""
    numbers = np.array([[1.0, -0.5]])
    times = [0.5, 1, 2, 4, 8]

    def rows(values):
        found = []
        for dose, seen in zip((15, 30), values, strict=True):
            found.append({"ID": 1, "TIME": 0, "EVID": 4, "AMT": dose, "DV": ".", "CMT": 1})
            found += [
                {"ID": 1, "TIME": t, "EVID": 0, "AMT": ".", "DV": v, "CMT": 2}
                for t, v in zip(times, seen, strict=True)
            ]
        return found

    blank = design_of(rows(np.ones((2, 5))), "ruxolitinib")
    exact = blank.predict(numbers, np.array([0]))[0].reshape(2, 5)
    assert exact[1] == pytest.approx(2 * exact[0], rel=1e-6)
    fits = individual_fits(design_of(rows(exact), "ruxolitinib"), ErrorModel(1e-3))
    assert (len(fits.ids), fits.used) == (1, 10)
    assert fits.etas[0] == pytest.approx(numbers[0], abs=0.01)


def test_a_steady_state_is_where_doses_lead():
    """SS 1 with II 12: the first interval is that of the twentieth dose."""
    head = {"ID": 1, "TIME": 0, "EVID": 1, "DV": ".", "AMT": 15, "SS": 1, "II": 12, "CMT": 1}
    samples = [{"ID": 1, "TIME": t, "EVID": 0, "DV": 1.0, "CMT": 2} for t in (1, 4, 11)]
    design = design_of([head, *samples], "ruxolitinib")
    led = exposure("ruxolitinib", "15 mg PO BID x 20", subjects=0, times_h=[0, 229, 232, 239])
    found = design.predict(np.zeros((1, 2)), np.array([0]))[0]
    assert found == pytest.approx(led["total"].values[0, 1:], rel=1e-3)


def test_without_information_a_fit_stays_at_the_typical_subject():
    """One sample with an error of 500 %: shrinkage is all, and the posterior is the prior."""
    design = design_of(oral([[0.1], [0.2]], times=[4]), "ruxolitinib")
    fits = individual_fits(design, ErrorModel(0.0, 1e3))
    assert fits.etas == pytest.approx(np.zeros((2, 2)), abs=1e-6)
    assert fits.errors == pytest.approx(np.ones((2, 2)), abs=0.12)  # of weighted draws
    assert fits.shrinkage["CL"] == pytest.approx(1.0, abs=1e-5)


def test_censored_samples_pull_a_fit_down():
    rows = oral([[0.1, 0.1, 0.08, 0.01, "BLQ", "BLQ", "BLQ"]])
    design = design_of(rows, "ruxolitinib", lloq=0.005)
    error = ErrorModel(0.2)
    with_them, without = (individual_fits(design, error, blq=rule) for rule in ("M3", "M1"))
    assert (with_them.used, without.used) == (7, 4)
    half = individual_fits(design, error, blq="M6")
    assert half.used == 5
    late = np.array([4, 5, 6])
    assert np.all(with_them.predicted[0, late] < 0.02)


def simulated(seed, people=40, scale=1.0, error=0.2):
    """A data set that the model made, clearances times ``scale``."""
    blank = design_of(oral(np.ones((people, 7))), "ruxolitinib")
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((people, 2))
    z[:, 0] += np.log(scale) / 0.376
    values = blank.predict(z, np.arange(people))
    return oral(values * (1 + error * rng.standard_normal(values.shape)))


def test_a_check_of_its_own_data_lies_within_and_of_others_without():
    own = predictive_check(design_of(simulated(1), "ruxolitinib"), ErrorModel(0.2), sets=300)
    assert (own.compared, len(own.bins)) == (21, 7)
    assert own.outside <= 4
    other = predictive_check(design_of(simulated(1, scale=2.0), "ruxolitinib"), ErrorModel(0.2), sets=300)
    assert other.outside >= 8


def test_a_check_is_the_same_for_the_same_seed():
    design = design_of(simulated(2, people=6), "ruxolitinib")
    one, two, three = (predictive_check(design, ErrorModel(0.2), sets=40, seed=s) for s in (3, 3, 4))
    assert [b.simulated.tolist() for b in one.bins] == [b.simulated.tolist() for b in two.bins]
    assert one.bins[0].simulated.tolist() != three.bins[0].simulated.tolist()


def test_prediction_correction_by_hand():
    """Two doses, 10 and 20 mg: linear, so typical predictions are 1 : 2 and the median of their bin 1.5."""
    rows = [{"ID": k, "TIME": 2, "DV": v, "DOSE": d} for k, v, d in ((1, 0.1, 10), (2, 0.3, 20))]
    check = predictive_check(design_of(rows, "ruxolitinib"), ErrorModel(0.2), sets=40, corrected=True)
    assert check.values == pytest.approx([0.1 * 1.5, 0.3 * 0.75], rel=1e-6)
    assert check.bins[0].measured[1] == pytest.approx((0.15 + 0.225) / 2, rel=1e-6)


def test_bins():
    design = design_of(simulated(3, people=4), "ruxolitinib")
    edges = predictive_check(design, ErrorModel(0.2), sets=20, bins=[0, 1.5, 5, 24]).bins
    assert [(b.low, b.high, b.count) for b in edges] == [(0, 1.5, 8), (1.5, 5, 8), (5, 24, 12)]
    assert len(predictive_check(design, ErrorModel(0.2), sets=20, bins=3).bins) == 3
    for bad in ([5, 1], [0, 3]):
        with pytest.raises(InputError, match=r"observed\.bins"):
            predictive_check(design, ErrorModel(0.2), sets=20, bins=bad)


def test_percentiles_below_the_limit():
    values = [[0.1, "BLQ"], [0.2, "BLQ"], [0.3, 0.02]]
    design = design_of(oral(values, times=[1, 12]), "ruxolitinib", lloq=0.01)
    check = predictive_check(design, ErrorModel(0.2), sets=60)
    late = check.bins[1]
    assert (late.below, late.count) == (2, 3)
    assert np.isneginf(late.measured[:2]).all()
    assert np.isfinite(late.measured[2])
    assert 0 <= late.below_simulated[0] <= late.below_simulated[2] <= 1


def test_the_residual_error_asked_for():
    rows = simulated(4, people=2)
    asked = {"20 %": (0.2, 0.0), "15 % + 5 ng/mL": (0.15, 0.005), "0.3": (0.3, 0.0), "": (0.2, 0.0)}
    for text, expected in asked.items():
        found = observed_exposure(rows, "ruxolitinib", error=text).error
        assert (found.proportional, found.additive) == pytest.approx(expected)
    for bad in ("a lot", "-5 %", "3 h", "0 %"):
        with pytest.raises(InputError):
            observed_exposure(rows, "ruxolitinib", error=bad)


def test_every_drug_has_a_residual_error():
    for model in pk_models():
        error, grade, source = residual_error(model.id)
        assert 0 < error.proportional < 1
        assert (grade == "assumed") == (source == "protocol")


def test_data_that_do_not_suit_the_drug():
    with pytest.raises(InputError, match="no profile has a dose"):
        observed_exposure({"time": [1, 2], "conc": [1, 2]}, "ruxolitinib")
    with pytest.raises(InputError, match="not given so"):
        observed_exposure({"time": [1, 2], "conc": [1, 2]}, "ruxolitinib", route="IV", dose="5 mg")
    with pytest.raises(InputError, match="did you mean 'time_unit'"):
        observed_exposure({"time": [1, 2], "conc": [1, 2]}, time_units="h")
    with pytest.raises(InputError, match="name the drug"):
        observed_exposure({"time": [1, 2], "conc": [1, 2]}, fit=True)
    with pytest.raises(InputError, match="M5 needs the limit"):
        observed_exposure({"time": [1, 2], "conc": ["BLQ", 2]}, blq="M5")


def test_a_frame_of_the_readings():
    frame = observed_exposure(oral([[0.1, 0.09, 0.07, 0.04, 0.02, 0.01, 0.002]])).to_dataframe()
    assert {"subject", "profile", "dose_number", "reading", "value", "unit"} == set(frame.columns)
    assert frame.set_index("reading")["value"]["Cmax"] == 0.1
    assert "<table" in observed_exposure(oral([[0.1, 0.09, 0.07, 0.04, 0.02, 0.01, 0.002]]))._repr_html_()
