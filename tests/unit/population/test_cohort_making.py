"""From a population to a cohort: sampling, who is left out, weights, and files."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from scipy.stats import kstest, norm

from jakstat.errors import InputError
from jakstat.population.cohort import cohort
from jakstat.population.cohort_file import patients_of, read_cohort, write_cohort
from jakstat.population.cohort_making import make_cohort, plan_of_shipped
from jakstat.population.eligibility import NumberRange
from jakstat.population.first_visit import implausible_patients, with_first_visit
from jakstat.population.margins import shipped_population
from jakstat.population.observed import MEAN, ObservedNumber, observed_of
from jakstat.population.patient_numbers import patient_numbers
from jakstat.population.population_file import population_of
from jakstat.population.sampling import normal_draws
from jakstat.population.weighting import balanced, effective_sample_size, matched_weights


@pytest.fixture(scope="module")
def made():
    return make_cohort(plan_of_shipped("sharp"), 120, seed=4)


def same(one, other):
    assert one.ids == other.ids
    assert (one.aetiology == other.aetiology).all()
    for mine, his in ((one.numbers, other.numbers), (one.first_visit, other.first_visit)):
        assert set(mine) == set(his)
        assert all(np.array_equal(mine[key], his[key], equal_nan=True) for key in mine)
    assert np.array_equal(one.lesions, other.lesions, equal_nan=True)
    assert np.array_equal(one.weights, other.weights)


@pytest.mark.parametrize("method", ["independent", "sobol"])
def test_a_longer_cohort_has_the_same_first_patients(method):
    people = replace(shipped_population("sharp"), sampling=method)
    short, long, late = (cohort(people, n, seed=5, first=f) for n, f in ((5, 0), (23, 0), (3, 20)))
    for key in short.numbers:
        assert (short.numbers[key] == long.numbers[key][:5]).all(), key
        assert (late.numbers[key] == long.numbers[key][20:]).all(), key
    assert not (cohort(people, 5, seed=6).numbers["IL6"] == short.numbers["IL6"]).any()


def test_sobol_points_fill_every_margin_more_evenly_than_independent_draws():
    """In 256 points of a net in base 2 each 256th of each margin holds exactly one."""
    names = ["a", "b", "c"]
    sobol = normal_draws("sobol", 3, range(256), names)
    for k in range(3):
        assert sorted((norm.cdf(sobol[:, k]) * 256).astype(int)) == list(range(256))
    assert (
        len(set((norm.cdf(normal_draws("independent", 3, range(256), names)[:, 0]) * 256).astype(int))) < 200
    )


def test_a_latin_hypercube_has_one_patient_in_each_stratum_and_depends_on_how_many_there_are():
    drawn = normal_draws("latin_hypercube", 3, range(50), ["a", "b"])
    for k in range(2):
        assert sorted((norm.cdf(drawn[:, k]) * 50).astype(int)) == list(range(50))
    assert not (normal_draws("latin_hypercube", 3, range(49), ["a", "b"])[:, 0] == drawn[:49, 0]).any()


@pytest.mark.parametrize("method", ["independent", "sobol", "latin_hypercube"])
def test_every_way_of_drawing_has_the_margins_of_the_table(method):
    people = replace(shipped_population("sharp"), sampling=method)
    drawn = cohort(people, 512, seed=8).numbers
    logs = np.log(drawn["IL6"])
    inside = (drawn["IL6"] > 0.5) & (drawn["IL6"] < 300)
    assert kstest((logs[inside] - np.log(6.0)) / 1.095, "norm").pvalue > 1e-3
    assert drawn["ECOG"].mean() == pytest.approx(0.46, abs=4 * np.sqrt(0.46 * 0.54 / 512))


def test_longer_cohorts_begin_with_the_same_plausible_patients(made):
    longer = make_cohort(plan_of_shipped("sharp"), 150, seed=4)
    assert longer.patients.ids[:120] == made.patients.ids
    for key, values in made.patients.first_visit.items():
        assert (longer.patients.first_visit[key][:120] == values).all(), key
    assert longer.removed[: len(made.removed)] == made.removed


def test_whoever_is_left_out_is_named_with_a_rule_that_he_breaks(made):
    assert made.drawn == 120 + len(made.removed)
    out = {one.patient for one in made.removed}
    assert out.isdisjoint(made.patients.ids)
    assert out | set(made.patients.ids) == set(range(made.drawn))
    again = with_first_visit(cohort("sharp", made.drawn, seed=4))
    for one in made.removed:
        name, end = one.rule.split(".")
        value = again.number(name)[one.patient]
        assert value == one.value
        assert value < one.limit if end == "least" else value > one.limit


def test_a_patient_with_a_giant_tumour_or_no_rest_is_not_believed():
    few = with_first_visit(cohort("sharp", 3, seed=1))
    assert implausible_patients(few) == {}
    visit = {key: values.copy() for key, values in few.first_visit.items()}
    visit["volume"][0], visit["volume"][2] = 9000.0, np.nan
    found = implausible_patients(replace(few, first_visit=MappingProxyType(visit)))
    assert {place: one.rule for place, one in found.items()} == {0: "volume.most", 2: "settled"}


def test_weights_make_the_cohort_show_what_was_observed(made):
    """15.2 % above 18.49 pg/ml (Yang 2023), a third of doubling times below three months (Nathani 2021)."""
    weights = made.patients.weights
    assert weights.mean() == pytest.approx(1.0, abs=1e-8)
    assert 0.19 <= weights.min() <= weights.max() <= 5.01
    for name, low, high, wanted in (
        ("IL6", 18.49, np.inf, 0.152),
        ("doubling_60d", 0.0, 91.3125, 0.35),
        ("ECOG", 1.0, 1.0, 0.46),
    ):
        values = made.patients.number(name)
        share = weights[(values >= low) & (values <= high)].sum() / weights.sum()
        assert share == pytest.approx(wanted, abs=2e-3), name
    assert made.effective_sample_size == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert made.effective_sample_size < 120


def test_post_stratification_is_what_balancing_gives_for_one_group():
    """Two groups of known shares: each weighs wanted over found share (Deville and Saerndal 1992)."""
    sick = np.repeat([1.0, 0.0], [30, 70])[:, None]
    weights = balanced(sick, np.array([0.45]), 0.01, 100.0)
    assert weights[:30] == pytest.approx(0.45 / 0.30, rel=1e-6)
    assert weights[30:] == pytest.approx(0.55 / 0.70, rel=1e-6)


def test_balancing_a_mean_is_the_exponential_tilt():
    """Least entropy under a mean: weights exp(a + b x), so equal steps of x have equal ratios."""
    x = np.array([0.0, 1.0, 2.0, 3.0])
    weights = balanced(x[:, None], np.array([2.0]), 1e-3, 1e3)
    assert (weights * x).sum() / weights.sum() == pytest.approx(2.0, rel=1e-6)
    ratios = weights[1:] / weights[:-1]
    assert ratios == pytest.approx(ratios[0], rel=1e-6)


def test_what_cannot_be_met_within_the_bounds_is_said():
    drawn = cohort("sharp", 60, seed=2)
    target = next(o for o in observed_of(shipped_population("sharp")) if o.of.number == "ECOG")
    far = replace(target, row=replace(target.row, value=0.999))
    weights, (match,) = matched_weights(drawn, [far], (0.5, 2.0))
    assert not match.met
    assert 0.5 <= weights.min() < weights.max() <= 2.0
    assert weights.mean() == pytest.approx(1.0, abs=1e-8)
    assert match.weighted > match.unweighted
    nobody = ObservedNumber(NumberRange("pSTAT3_bulk"), MEAN, target.row)
    _, (blind,) = matched_weights(drawn, [nobody], (0.5, 2.0))
    assert not blind.met
    assert np.isnan(blind.weighted)


def test_effective_sample_size_of_two_patients():
    assert effective_sample_size(np.array([3.0, 1.0])) == pytest.approx(16.0 / 10.0)


def test_only_those_let_in_are_there_and_weights_are_those_of_the_population():
    plan = population_of({"like": "sharp", "only": [{"number": "IL6", "above": "18.49 pg/ml"}]})
    high = make_cohort(plan, 12, seed=3)
    assert (high.patients.numbers["IL6"] >= 18.49).all()
    assert high.patients.weights.mean() == pytest.approx(1.0, abs=1e-8)
    assert high.drawn == 12 + high.turned_away + len(high.removed)
    share = next(m for m in high.match if m.observed.of.number == "IL6")
    assert share.weighted == pytest.approx(0.152, abs=2e-3)


def test_a_latin_hypercube_leaves_out_and_does_not_replace():
    plan = population_of(
        {"like": "sharp", "sampling": "latin_hypercube", "only": [{"number": "ECOG", "is": 0}]}
    )
    found = make_cohort(plan, 40, seed=3)
    assert found.drawn == 40
    assert 0 < found.patients.count < 40
    assert (found.patients.numbers["ECOG"] == 0).all()


def test_a_cohort_file_reads_back_to_the_same_bits(made, tmp_path):
    path = write_cohort(made, tmp_path / "few.parquet", asked=120)
    same(read_cohort(path), made.patients)
    again = write_cohort(
        make_cohort(plan_of_shipped("sharp"), 120, seed=4), tmp_path / "b.parquet", asked=120
    )
    assert path.read_bytes() == again.read_bytes()
    assert patients_of("few.parquet", 5, seed=9, folder=tmp_path).ids == made.patients.ids[:5]
    with pytest.raises(InputError) as caught:
        patients_of("few.parquet", 121, folder=tmp_path)
    assert caught.value.problems[0].code == "cohort.short"


def test_any_turned_bit_of_a_cohort_file_is_found(made, tmp_path):
    data = write_cohort(made, tmp_path / "a.parquet", asked=120).read_bytes()
    rng, bad = np.random.default_rng(1), tmp_path / "bad.parquet"
    for at in rng.integers(0, len(data), 60):
        turned = bytearray(data)
        turned[at] ^= 1 << int(rng.integers(8))
        bad.write_bytes(turned)
        with pytest.raises(InputError) as caught:
            read_cohort(bad)
        (problem,) = caught.value.problems
        assert problem.code in ("cohort.damaged", "cohort.foreign")
    bad.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError):
        read_cohort(bad)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"patient,IL6\n1,2\n"])
def test_another_kind_of_file_is_no_cohort(data, tmp_path):
    place = tmp_path / "x.parquet"
    place.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_cohort(place)
    assert [p.code for p in caught.value.problems] == ["cohort.foreign"]


@pytest.mark.long
def test_every_number_of_every_population_is_told_of():
    for name in ("sharp", "osteosarcoma"):
        few = with_first_visit(cohort(name, 2, seed=1))
        told = {n.name for n in patient_numbers().values() if n.stage == "first_visit"}
        assert set(few.first_visit) == told
        assert set(few.numbers) <= {n.name for n in patient_numbers().values()}
