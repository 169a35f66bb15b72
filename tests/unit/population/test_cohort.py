"""Virtual patients: margins and correlations are those of the tables, and a draw is the patient's own."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from jakstat.errors import InputError
from jakstat.pharmacology.pk_library import pk_model
from jakstat.pharmacology.subjects import individual_numbers
from jakstat.population.cohort import cohort
from jakstat.population.margins import population_names, population_rows, shipped_population

MANY = 2000
MONTH = 365.25 / 12.0


@pytest.fixture(scope="module")
def sharp():
    return cohort("sharp", MANY, seed=11)


def within(found, expected, share=False):
    """Four standard errors of a share."""
    return abs(found - expected) < 4.0 * np.sqrt(expected * (1 - expected) / MANY)


@pytest.mark.parametrize("key", ["ECOG", "vascular_invasion", "metastases", "female", "p53_lost"])
def test_shares_are_those_of_the_table(sharp, key):
    assert within(sharp.numbers[key].mean(), population_rows("sharp")[f"{key}.share"].value)


def test_doubling_times_are_published(sharp):
    """35 % below 3 months and 37.6 % above 9 (Nathani 2021), in the mixture of hepatitis B and the rest."""
    months = sharp.numbers["doubling_time"] / MONTH
    assert within((months < 3).mean(), 0.35)
    assert within((months > 9).mean(), 0.376)
    hbv = sharp.aetiology == "HBV"
    ratio = np.median(months[hbv]) / np.median(months[~hbv])
    assert ratio == pytest.approx(0.56, rel=0.25)


def test_interleukin_6_is_published(sharp):
    """15.2 % above 18.49 pg/ml (Yang 2023)."""
    assert within((sharp.numbers["IL6"] > 18.49).mean(), 0.152)


def test_aetiologies_are_those_of_the_table(sharp):
    for name, expected in {"HBV": 0.19, "HCV": 0.29, "alcohol": 0.26, "MASH": 0.1}.items():
        assert within((sharp.aetiology == name).mean(), expected)
    assert (sharp.numbers["HBV_DNA"][sharp.aetiology != "HBV"] == 0).all()
    assert (sharp.numbers["HCV_RNA"][sharp.aetiology == "HCV"] > 0).all()


def test_numbers_go_together_as_the_table_says(sharp):
    """Normal scores of two continuous numbers have the correlation of the copula."""
    n = sharp.numbers
    for one, other, expected in (
        ("IL6", "albumin", -0.25),
        ("TAM", "CAF", 0.3),
        ("albumin", "bilirubin", -0.3),
    ):
        ranks = [norm.ppf((n[k].argsort().argsort() + 0.5) / MANY) for k in (one, other)]
        assert np.corrcoef(ranks)[0, 1] == pytest.approx(expected, abs=4 * (1 - expected**2) / np.sqrt(MANY))


@pytest.mark.parametrize("population", population_names())
def test_correlations_can_hold_together(population):
    people = shipped_population(population)
    names, matrix = people.drawn, people.mixing()
    whole = matrix @ matrix.T
    assert np.allclose(np.diag(whole), 1.0)
    assert np.linalg.eigvalsh(whole).min() > 0.0
    assert len(names) == len(set(names))


def test_a_patient_is_the_same_whoever_else_is_drawn():
    many, late = cohort("sharp", 30, seed=3), cohort("sharp", 4, seed=3, first=26)
    for key, values in many.numbers.items():
        assert (values[26:] == late.numbers[key]).all(), key
    assert np.array_equal(many.lesions[26:], late.lesions, equal_nan=True)
    assert (many.aetiology[26:] == late.aetiology).all()
    other = cohort("sharp", 30, seed=4)
    assert not (other.numbers["IL6"] == many.numbers["IL6"]).any()


def test_lesions_add_up_to_the_sum_and_are_at_most_five():
    drawn = cohort("sharp", 500, seed=5)
    sums = np.nansum(drawn.lesions, axis=1)
    assert drawn.lesions.shape == (500, 5)
    assert np.nanmin(drawn.lesions[:, 0]) > 0
    assert (np.diff(drawn.lesions, axis=1)[np.isfinite(np.diff(drawn.lesions, axis=1))] < 0).all()
    assert np.median(sums) == pytest.approx(90.0, rel=0.06)


def test_an_unknown_population_says_which_there_are():
    with pytest.raises(InputError) as caught:
        cohort("shrap", 1)
    assert caught.value.problems[0].code == "population.unknown"
    assert "sharp" in caught.value.problems[0].hint


@pytest.mark.parametrize(("count", "seed", "code"), [(0, 1, "count.range"), (10, -1, "seed.range")])
def test_bad_counts_and_seeds(count, seed, code):
    with pytest.raises(InputError) as caught:
        cohort("sharp", count, seed=seed)
    assert caught.value.problems[0].code == code


def test_some_patients_keep_their_number_their_draws_and_their_weight():
    many = replace(cohort("sharp", 6, seed=2), weights=np.arange(6.0))
    some = many.take([5, 1])
    assert some.ids == (5, 1)
    assert some.weights.tolist() == [5.0, 1.0]
    assert (some.numbers["AFP"] == many.numbers["AFP"][[5, 1]]).all()
    assert (some.aetiology == many.aetiology[[5, 1]]).all()
    assert np.array_equal(some.lesions, many.lesions[[5, 1]], equal_nan=True)
    assert cohort("sharp", 3).weights.tolist() == [1.0, 1.0, 1.0]


def test_patients_with_osteosarcoma_are_young_and_have_no_liver_disease():
    """Patients of 40 years or younger were taken in EURAMOS-1 (Smeland 2019)."""
    drawn = cohort("osteosarcoma", 1000, seed=1)
    assert drawn.disease == "osteosarcoma"
    assert drawn.subjects().population == "osteosarcoma"
    assert drawn.numbers["age"].max() <= 40.0
    assert (drawn.aetiology == "none").all()
    assert (drawn.numbers["fibrosis"] == 0.0).all()
    assert np.isfinite(drawn.lesions).sum(axis=1).tolist() == [1] * 1000


def test_a_patient_is_the_same_to_the_last_bit_in_any_part_of_a_cohort():
    """Numbers, lesions and pharmacokinetics of 12 patients, drawn at once, in two parts and alone."""
    whole = cohort("sharp", 12, seed=5)
    parts = [(cohort("sharp", n, seed=5, first=k), k) for n, k in ((4, 0), (8, 4), (1, 7))]
    drugs = [pk_model(name) for name in ("sorafenib", "siltuximab")]
    for part, first in parts:
        places = slice(first, first + part.count)
        for name, values in whole.numbers.items():
            assert (values[places] == part.numbers[name]).all(), name
        assert np.array_equal(whole.lesions[places], part.lesions, equal_nan=True)
        for drug in drugs:
            own = individual_numbers(drug, part.subjects())
            for name, values in individual_numbers(drug, whole.subjects()).items():
                assert (values[places] == own[name]).all(), (drug.id, name)
    clearance = individual_numbers(drugs[0], whole.subjects())["CL"]
    assert len(set(clearance.tolist())) == 12
