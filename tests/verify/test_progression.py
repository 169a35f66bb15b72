"""Progression: lives drawn one by one, the fitted hazards found again, the published table and its misses."""

import numpy as np
import pytest

from jakstat.progression.hazard_numbers import hazard_draws, hazard_rows
from jakstat.progression.microsimulation import sample_lives
from jakstat.progression.occupation import occupation
from jakstat.progression.published import compare_published, published_intervals, refit_hazards
from jakstat.progression.transitions import Arm, Liver
from jakstat.progression.treatments import parse_liver_treatment, treated_arm
from jakstat.report.progression_page import progression_page

pytestmark = pytest.mark.long

PEOPLE = 20_000
# Each with its reason in docs/progression.md; HCV18 is the option that the community's rate speaks against.
MISSES = {"HBV03", "HBV04", "HBV05", "HBV11", "HBV12", "HCV05", "HCV18", "HCV20", "HCV27", "IL602"}


@pytest.mark.parametrize(
    ("liver", "start", "treat"),
    [
        (Liver(("HBV",), 45.0, True, {"HBV": 1e6}, {"HBV": 0.0}), "hepatitis", []),
        (Liver(("HBV",), 45.0, True, {"HBV": 1e6}, {"HBV": 0.0}), "hepatitis", ["entecavir@3y"]),
        (Liver(("HBV",), 30.0, False, {"HBV": 1e3}, {"HBV": 0.0}), "normal", ["IL6=3@10y", "STAT3=0.5@15y"]),
        (Liver(("HCV",), 60.0, True, {"HCV": 1e6}, {"HCV": 25.0}), "cirrhosis", ["DAA@2y"]),
        (
            Liver(("HBV", "HCV"), 50.0, True, {"HBV": 1e6, "HCV": 1e6}, {"HBV": 0.0, "HCV": 25.0}),
            "cirrhosis",
            [],
        ),
    ],
)
def test_lives_drawn_one_by_one_agree_with_the_integrated_probabilities(liver, start, treat):
    """Every stage at six times: with 60 looks at a run, the largest |Z| is allowed 4 (p = 0.004 for 60)."""
    table, years = hazard_draws(1, 1), np.linspace(0.0, 30.0, 7)
    arm = treated_arm([parse_liver_treatment(t) for t in treat], table)
    found = occupation(table, liver, arm, {start: 1.0}, years)
    lives = sample_lives(table, liver, arm, start, 30.0, people=PEOPLE, seed=3)
    for stage in ("decompensated", "cancer", "dead_of_liver", "dead_of_cancer", "dead_of_other"):
        expected = found.reached(stage)[1:, 0]
        drawn = lives.share_entered(stage, years[1:])
        z = (drawn - expected) / np.sqrt(np.maximum(expected * (1.0 - expected), 1e-6) / PEOPLE)
        assert np.abs(z).max() < 4.0, stage


def test_a_fitted_number_is_found_again():
    table = hazard_rows()
    for name, value in refit_hazards().items():
        assert table[name].value == pytest.approx(value, rel=0.03), name


def test_the_published_table():
    """The fitted rows agree, every miss is one that the page explains, and the page tells them all."""
    found = compare_published()
    misses = {c.published.id for c in found if not c.agrees}
    assert misses <= MISSES  # what the cell model's STAT3 moves may end a miss, and must not make one
    page = progression_page(found)
    assert page.count("(miss)") == len(misses)
    assert all(f"| {row.id} |" in page for row in published_intervals())
    for c in found:
        p = c.published
        if p.role == "fit" and p.measure != "ratio":
            assert c.value == pytest.approx(p.value, rel=0.02), p.id


def test_the_published_rows_are_those_of_the_studies():
    """Sealed: what was read and how it was used. A change here changes what was promised."""
    read = {r.id: (r.value, r.role) for r in published_intervals()}
    assert read["HBV01"] == (3.16, "fit")
    assert read["HBV02"] == (0.10, "fit")
    assert read["HBV11"] == (1.93, "predict")
    assert [read[f"HCV0{k}"] for k in (1, 2, 3, 4)] == [
        (3.7, "fit"), (21.0, "predict"), (28.0, "predict"), (40.0, "predict"),
    ]  # fmt: skip
    assert (read["HCV11"], read["HCV16"]) == ((7.6, "fit"), (7.0, "fit"))
    assert read["HCV21"] == (3.5, "predict")
    assert sum(role == "predict" for _, role in read.values()) == 38


def test_more_steps_change_nothing():
    """The step of a tenth of a year against times asked for every hundredth."""
    table = hazard_draws(1, 1)
    man = Liver(("HBV",), 45.0, True, {"HBV": 1e6}, {"HBV": 0.0})
    few, many = (
        occupation(table, man, Arm(), {"hepatitis": 1.0}, np.linspace(0.0, 30.0, n)) for n in (4, 3001)
    )
    assert few.stages[-1] == pytest.approx(many.stages[-1], abs=1e-8)
