"""Intervals over parameter vectors."""

from __future__ import annotations

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.experiment import interval
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.interval import run_with_interval
from jakstat.experiment.records import readout_names, to_document

SERIES = make_protocol(
    "hepg2", stimuli={"IL6": "1,10ng/ml"}, until="1 h", points=5, observe="pSTAT3,SOCS3", parts="auto"
)


@pytest.fixture(scope="module")
def result():
    return run_with_interval(SERIES, vectors=40, seed=3)


def test_bounds_are_in_order_and_wide(result):
    for name in readout_names(result):
        low, middle, high = (result[f"{name}_{level}"].values for level in ("low", "median", "high"))
        assert np.all((low <= middle) & (middle <= high))
    later = slice(1, None)
    assert np.all(result["pSTAT3_high"].values[:, later] > 1.1 * result["pSTAT3_low"].values[:, later])


def test_the_same_seed_gives_the_same_bits(result):
    again = run_with_interval(SERIES, vectors=40, seed=3)
    assert np.array_equal(again["pSTAT3_low"].values, result["pSTAT3_low"].values)
    other = run_with_interval(SERIES, vectors=40, seed=4)
    assert not np.array_equal(other["pSTAT3_low"].values, result["pSTAT3_low"].values)


def test_the_document_holds_the_bounds_with_each_readout(result):
    document = to_document(result)
    assert set(document["observables"]) == {"pSTAT3", "SOCS3"}
    bounds = document["observables"]["pSTAT3"]["interval"]
    assert np.array_equal(bounds["high"], result["pSTAT3_high"].values)
    assert document["interval"]["vectors"] == 40


def test_no_vectors_are_refused():
    with pytest.raises(InputError):
        run_with_interval(SERIES, vectors=0)


def test_bounds_are_5_50_and_95_percent_of_the_vectors(monkeypatch):
    """101 vectors whose total STAT3 is 0, 1, ... 100 zmol: the bounds are the 5th, 50th and 95th of them."""
    drawn = {"abundance_STAT3": np.random.default_rng(1).permutation(101).astype(float)}
    monkeypatch.setattr(interval, "draw_vectors", lambda *_, **__: drawn)
    total = make_protocol("hepg2", until="1 min", points=2, observe="STAT3_total", parts="core")
    result = run_with_interval(total, vectors=101)
    per_zmol = 602.214076
    for level, zmol in (("low", 5.0), ("median", 50.0), ("high", 95.0)):
        assert result[f"STAT3_total_{level}"].values[0] == pytest.approx(zmol * per_zmol, rel=1e-6)
