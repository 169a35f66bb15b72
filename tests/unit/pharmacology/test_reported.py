"""Ours beside a reported number, where ours is known: bazedoxifene, 300 L/h from 13,000 L, 470.6 g/mol."""

import math
from dataclasses import replace

import numpy as np
import pytest

from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.exposure_documents import exposure_document, reported_document, table_document
from jakstat.pharmacology.exposure_summary import exposure_question
from jakstat.pharmacology.nonmem import DoseRecord
from jakstat.pharmacology.reported_exposure import Reported, compare_reported, reported
from jakstat.pharmacology.table_exposure import table_exposure

K, KA = 300.0 / 13_000.0, 0.6
PEAK = (
    20
    * KA
    / (13_000 * (KA - K))
    * (  # mg/L
        (KA / K) ** (-K / (KA - K)) - (KA / K) ** (-KA / (KA - K))
    )
)
ROW = Reported(
    id="T1", drug="bazedoxifene", regimen="20 mg PO once", population="cancer", covariates={}, days=20.0,
    statistic="typical", metric="half_life", value=30.0, sd=math.nan, unit="h", low=29.0, high=31.0,
    accept="fraction", tolerance=0.15, fact="", source="", note="",
)  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "unit", "ours"),
    [
        ("half_life", "h", math.log(2) / K),
        ("half_life", "day", math.log(2) / K / 24),
        ("clearance", "L/h", 300.0),
        ("clearance", "mL/min", 5000.0),
        ("clearance_per_kg", "mL/h/kg", 300_000.0 / 80.0),
        ("AUC_inf", "mg*h/L", 20 / 300),
        ("AUC_inf", "ng*h/ml", 20 / 300 * 1000),
        ("AUC_inf", "ug*day/ml", 20 / 300 / 24),
        ("Cmax", "ng/ml", PEAK * 1000),
        ("Cmax", "nM", PEAK / 470.6 * 1e6),
        ("Cmax", "uM", PEAK / 470.6 * 1e3),
    ],
)
def test_a_reading_in_the_unit_of_its_report(metric, unit, ours):
    (found,) = compare_reported([replace(ROW, metric=metric, unit=unit, covariates={"weight": 80.0})])
    assert found.ours == pytest.approx(ours, rel=1e-5)
    assert (found.subjects, found.grade) == (1, "assumed")
    assert math.isnan(found.ours_sd)


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({"value": 30.03, "tolerance": 1e-3}, True),
        ({"value": 30.2, "tolerance": 1e-3}, False),
        ({"value": 29.9, "tolerance": 1e-3}, False),
        ({"value": 90.0, "accept": "range"}, True),
        ({"value": 30.0, "accept": "range", "low": 30.1, "high": 31.0}, False),
        ({"value": 30.0, "accept": "range", "low": 29.0, "high": 30.0}, False),
    ],
)
def test_near_enough(changes, passes):
    (found,) = compare_reported([replace(ROW, **changes)])
    assert found.passes is passes
    assert found.deviation == pytest.approx(math.log(2) / K / changes["value"] - 1)


def test_statistics_over_subjects():
    rows = [replace(ROW, id=s, statistic=s, metric="clearance", unit="L/h") for s in ("mean", "median")]
    mean, median = compare_reported(rows, subjects=2000, seed=3)
    assert mean.subjects == 2000
    spread = 0.4  # of the logarithm, by its table
    assert median.ours == pytest.approx(300.0, rel=0.03)
    assert mean.ours == pytest.approx(300.0 * math.exp(spread**2 / 2), rel=0.03)
    assert mean.ours_sd == pytest.approx(mean.ours * math.sqrt(math.expm1(spread**2)), rel=0.08)


def test_rows_come_back_in_their_order_whatever_they_share():
    rows = [replace(ROW, id="a"), replace(ROW, id="b", days=30.0), replace(ROW, id="c", metric="Tmax_first")]
    assert [r.reported.id for r in compare_reported(rows)] == ["a", "b", "c"]


def test_the_document_of_a_comparison():
    rows = compare_reported([ROW, replace(ROW, id="T2", value=90.0)])
    document = reported_document(rows, subjects=7, seed=4)
    assert (document["count"], document["within"], document["subjects"], document["seed"]) == (2, 1, 7, 4)
    assert (document["rows"][1]["id"], document["rows"][1]["passes"]) == ("T2", False)
    assert document["rows"][0]["sd"] is None
    assert document["rows"][0]["ours"] == pytest.approx(math.log(2) / K)


def test_numbers_of_the_table_are_read():
    rows = {row.id: row for row in reported()}
    assert (rows["X010"].value, rows["X010"].sd, rows["X010"].days) == (332.0, 139.0, 210.0)
    assert math.isnan(rows["X001"].sd)
    assert rows["X014"].covariates == {"female": 0.0}


def test_the_document_of_an_exposure_holds_bands_and_the_question():
    found = exposure("bazedoxifene", "20 mg PO QD x 3", subjects=40, seed=5, covariates={"weight": 70.0})
    document = exposure_document(found)
    curve = found["unbound"].values
    for name, expected in (
        ("low", np.percentile(curve, 5, axis=0)), ("median", np.median(curve, axis=0)),
        ("high", np.percentile(curve, 95, axis=0)), ("mean", curve.mean(axis=0)),
    ):  # fmt: skip
        assert document["curves"]["unbound"][name] == pytest.approx(expected.tolist())
    assert (document["covariates"], document["days"], document["subjects"]) == ({"weight": 70.0}, 3.0, 40)
    assert document["dose_times_h"] == [0.0, 24.0, 48.0]
    assert set(document["left_out"]) >= {"AUC_inf"}
    peaks = found["peak"].values[:, 0]
    told = document["metrics"]["Cmax_first"]
    assert (told["mean"], told["median"]) == pytest.approx((peaks.mean(), np.median(peaks)))
    assert (told["low"], told["high"]) == pytest.approx(tuple(np.percentile(peaks, [5, 95])))
    assert told["sd"] == pytest.approx(peaks.std(ddof=1))
    assert exposure_question(found).endswith("40 virtual subjects of cancer, weight 70, 3 days, seed 5")


def test_a_typical_subject_has_no_spread():
    document = exposure_document(exposure("bazedoxifene", "20 mg PO QD x 3", subjects=0))
    assert document["metrics"]["Cmax"]["sd"] is None
    assert document["metrics"]["Cmax"]["subjects"] == 1
    assert document["subjects"] == 0


def test_the_document_of_a_table():
    rows = [DoseRecord("A", 0.0, 20.0), DoseRecord("B", 0.0, 40.0)]
    document = table_document(table_exposure("bazedoxifene", rows, days=2.0), passed_over="column WT")
    assert document["subjects"] == ["A", "B"]
    assert document["peak"] == pytest.approx([PEAK, 2 * PEAK], rel=1e-5)
    assert (document["passed_over"], document["days"]) == ("column WT", 2.0)
    top = np.max(document["unbound"]["values"], axis=1) / np.max(document["total"]["values"], axis=1)
    assert top == pytest.approx([0.015 * 1e6 / 470.6] * 2)
