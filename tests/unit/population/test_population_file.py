"""Populations from files: every fault with its line, and what is said is what is drawn."""

from pathlib import Path

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.population.cohort import cohort
from jakstat.population.cohort_file import patients_of, vectors_of_source
from jakstat.population.population_file import population_of, read_population

ROOT = Path(__file__).resolve().parents[3]
GOOD = """population: inflamed
like: sharp
sampling: sobol
margins:
  IL6: {median: 12 pg/ml, spread: 0.9, most: 200 pg/ml, source: our clinic}
  albumin: {mean: 3.6 g/dL, spread: 4 g/L}
  ECOG: {share: 60 %}
  aetiology: {HBV: 40 %, alcohol: 15 %}
correlations: {AFP~IL6: 0.35}
only:
  - {number: Child_Pugh, below: 6}
  - {number: aetiology, is: [HBV, HCV]}
match:
  - {number: IL6, above: 18.49 pg/ml, share: 31 %}
  - {number: age, median: 62 year}
  - {number: ALBI_grade, is: 1, share: 0.4}
weights: {least: 0.1, most: 8}
vectors: 16
"""

BAD = """like: sharpe
sampling: sobel
margins:
  IL6: {mean: 12 pg/ml}
  IL7: {median: 3}
  age: {mean: 61 kg, least: 70 year}
  aetiology: {HBV: 140 %, HCV: 90 %}
correlations: {AFP~IL9: 0.3, IL6~AFP: 3}
only:
  - {number: Child_Pugh, blow: 6}
  - {above: 3}
match:
  - {number: IL6, above: 18.49 pg/ml}
weights: {least: 2}
vectors: many
foo: 1
"""


def test_what_a_file_says_is_what_is_drawn(tmp_path):
    path = tmp_path / "inflamed.yaml"
    path.write_text(GOOD)
    plan = read_population(path)
    people = plan.people
    assert (people.name, people.like, people.sampling, plan.vectors) == ("inflamed", "sharp", "sobol", 16)
    assert people.rows["albumin.mean"].value == pytest.approx(36.0)
    assert people.rows["IL6.median"].source == "our clinic"
    assert people.correlations["IL6~AFP" if "IL6~AFP" in people.correlations else "AFP~IL6"].value == 0.35
    assert plan.bounds == (0.1, 8.0)
    drawn = cohort(people, 1024, seed=1)
    assert np.median(drawn.numbers["IL6"]) == pytest.approx(12.0, rel=0.1)
    assert np.median(drawn.numbers["age"]) == pytest.approx(
        66.0, rel=0.002
    )  # goes with nothing: an even margin
    assert np.log(drawn.numbers["IL6"]).std() == pytest.approx(0.9, rel=0.08)
    assert drawn.numbers["ECOG"].mean() == pytest.approx(0.6, abs=0.01)
    assert (drawn.aetiology == "HBV").mean() == pytest.approx(0.4, abs=0.01)
    assert drawn.name == "inflamed"
    assert drawn.population == "sharp"
    wanted = {o.of.told(): o.row.value for o in plan.observed}
    assert wanted["IL6 >= 18.49"] == 0.31
    assert wanted["age <= 62"] == 0.5
    assert wanted["ALBI_grade 1"] == 0.4
    assert "CRP >= 10" not in wanted  # it rests on the IL-6 that the file changes
    assert wanted["ECOG"] == 0.6


def test_every_fault_is_told_with_its_line(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    with pytest.raises(InputError) as caught:
        read_population(path)
    found = {(p.line, p.code) for p in caught.value.problems}
    assert found == {
        (1, "population.unknown"),
        (2, "patient.choice"),
        (4, "population.margin"),
        (5, "population.number"),
        (6, "unit.clash"),
        (7, "population.range"),
        (7, "population.margin"),
        (8, "population.number"),
        (8, "population.range"),
        (10, "key.unknown"),
        (11, "key.missing"),
        (13, "population.match"),
        (14, "population.range"),
        (15, "count.range"),
        (16, "key.unknown"),
    }
    assert all(p.file == "bad.yaml" for p in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "yaml.empty"),
        ("- 1", "yaml.shape"),
        ("a: &x 1", "yaml.alias"),
        ("like: sharp\nlike: sharp", "key.twice"),
        ("margins: {}", "key.missing"),
        ("like: sharp\nmargins: 3", "yaml.type"),
        ("like: sharp\nonly: {number: IL6}", "yaml.type"),
        ("like: sharp\nmargins: {IL6: 12}", "yaml.type"),
        ("like: sharp\nmargins: {age: {least: 80 year, most: 40 year}}", "population.margin"),
        ("like: sharp\nmargins: {ECOG: {share: many}}", "number.text"),
        ("like: sharp\nonly: [{number: IL6, above: 5}]", "unit.missing"),
        ("like: sharp\nonly: [{number: IL6, above: 9 pg/ml, below: 3 pg/ml}]", "population.range"),
        ("like: sharp\nonly: [{number: aetiology, is: HBC}]", "population.range"),
        ("like: sharp\nonly: [{number: extra_lesions, above: 1}]", "population.number"),
        ("like: sharp\nplausible: perhaps", "yaml.type"),
        ("like: osteosarcoma\nmargins: {MAP_sensitivity: {median: 100}}", "patient.range"),
    ],
)
def test_slips_in_a_population_file(text, code, tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_population(path)
    assert code in [p.code for p in caught.value.problems]


def test_correlations_that_cannot_hold_together_are_refused():
    """Three numbers, two of them opposite and both as the third: impossible."""
    pairs = {"CD8~TAM": -0.95, "CD8~CAF": 0.95, "TAM~CAF": 0.95}
    with pytest.raises(InputError) as caught:
        population_of({"like": "sharp", "correlations": pairs})
    assert caught.value.problems[0].code == "population.correlations"


def test_nobody_to_let_in_is_an_error(monkeypatch):
    from jakstat.population import cohort_making

    monkeypatch.setattr(cohort_making, "_ENOUGH", 256)
    monkeypatch.setattr(cohort_making, "_judged", lambda part, **_: (part, []))
    plan = population_of({"like": "sharp", "only": [{"number": "IL6", "above": "4000 pg/ml"}], "match": []})
    with pytest.raises(InputError) as caught:
        cohort_making.make_cohort(plan, 2)
    assert caught.value.problems[0].code == "population.empty"


@pytest.mark.parametrize(
    "margins",
    [
        {"weight": {"spread": 0}, "doubling_time": {"spread": 0}, "IL6": {"spread": 0}},
        {"ECOG": {"share": 1}, "female": {"share": 0}, "extra_lesions": {"expected": 0}},
        {"age": {"mean": "5 year", "least": "1 year"}, "weight": {"median": "6 kg", "least": "5 kg"}},
    ],
)
def test_margins_at_their_ends_give_patients(margins):
    drawn = cohort(population_of({"like": "sharp", "margins": margins}).people, 20, seed=1)
    assert all(np.isfinite(values).all() for values in drawn.numbers.values())
    for number, said in margins.items():
        if said.get("spread") == 0 and number == "weight":
            assert set(drawn.numbers[number]) == {78.0}  # the median of SHARP's men and women
        if "share" in said:
            assert set(drawn.numbers[number]) == {float(said["share"])}


def test_a_trial_finds_patients_of_a_population_file(tmp_path):
    (tmp_path / "p.yaml").write_text("like: sharp\nonly: [{number: ECOG, is: 1}]\n")
    found = patients_of("p.yaml", 6, seed=2, folder=tmp_path)
    assert found.count == 6
    assert (found.numbers["ECOG"] == 1).all()
    assert found.name == "p"
    assert found.weights.mean() == pytest.approx(1.0, abs=1e-8)
    assert vectors_of_source(tmp_path / "p.yaml") == 0
    (tmp_path / "v.yaml").write_text("like: osteosarcoma\nvectors: 4\n")
    assert vectors_of_source(tmp_path / "v.yaml") == 4


def test_the_example_is_the_one_of_the_page():
    text = (ROOT / "examples/populations/inflamed.yaml").read_text(encoding="utf-8")
    assert f"```yaml\n{text}```" in (ROOT / "docs/population.md").read_text(encoding="utf-8")
    plan = read_population(ROOT / "examples/populations/inflamed.yaml")
    assert (plan.people.name, plan.vectors, len(plan.only)) == ("inflamed", 16, 2)
