"""Ratios of hazards that the product cites are those of the patients; its own directions agree."""

import csv

import numpy as np
import pytest

from jakstat.patients.bodies import body_of
from jakstat.population.cohort import cohort
from jakstat.population.patient_validation import behaviour_rows
from jakstat.population.recurrence_behaviours import recurrence_of_infiltrates
from jakstat.population.survival import SurvivalCurve, hazard_ratio
from shared_data import SHARED, needs_shared

ROWS = {row.id: row for row in behaviour_rows()}


def patients():
    with (SHARED / "data" / "hcc_resection" / "patients.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@needs_shared
@pytest.mark.parametrize(("marker", "column"), [("CD8", "CD8T"), ("CD68", "CD68T")])
def test_the_ratio_of_the_data_is_cited(marker, column):
    """For one standard deviation of the logarithm, among the patients in whom it was counted."""
    rows = [r for r in patients() if r[column]]
    level = np.array([float(r[column]) for r in rows])
    log = np.log(np.maximum(level, level[level > 0].min() / 2))
    found = hazard_ratio(
        [float(r["RFS"]) for r in rows],
        [float(r["Recurrence"]) for r in rows],
        (log - log.mean()) / log.std(ddof=1),
    )
    cited = ROWS[f"{marker}_size"]
    assert len(rows) == 67
    assert (found.value, found.low, found.high) == pytest.approx(
        (cited.value, cited.low, cited.high), rel=2e-3
    )


@needs_shared
def test_the_bracket_of_recurrence_holds_the_data():
    rows = patients()
    time, event = ([float(r[k]) for r in rows] for k in ("RFS", "Recurrence"))
    share = 100 * float(SurvivalCurve.of(time, event).share_by(60.0))
    for name in ("recurrence_large", "recurrence_few"):
        assert ROWS[name].low < share < ROWS[name].high
        assert ROWS[name].value == pytest.approx(share, abs=0.5)


def test_more_CD8_delays_and_more_macrophages_hasten_recurrence():
    """The same 24 patients with one standard deviation more: nobody the other way round."""
    body = body_of("hepg2", "hcc", ("ruxolitinib", "siltuximab", "sorafenib"))
    found = recurrence_of_infiltrates(cohort("resected", 24, seed=2), body)
    base, happened = found[""]
    assert 0.5 < happened.mean() < 1.0
    assert (found["CD8"][0] >= base - 1e-9).all()
    assert (found["CD8"][0] > base + 0.01).mean() > 0.5
    assert (found["CD68"][0] <= base + 1e-9).all()
    assert (found["CD68"][0] < base - 0.01).mean() > 0.5
