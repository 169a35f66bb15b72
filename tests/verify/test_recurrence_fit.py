"""The fitted foci beside the 152 resected patients that they were fitted to."""

import numpy as np
import pytest
from scripts.fit_recurrence.likelihood import FITTED, cost, fitted
from scripts.fit_recurrence.patients import kaplan_meier, resected

from jakstat.initiation.foci import foci_option, foci_options, recurred_by
from jakstat.initiation.recurrence import MONTHS
from shared_data import needs_shared

pytestmark = [pytest.mark.long, needs_shared]


@pytest.fixture(scope="module")
def patients():
    return resected()


def test_patients(patients):
    assert (len(patients.month), int(patients.recurred.sum())) == (152, 96)


@pytest.mark.parametrize("name", foci_options())
def test_course(patients, name):
    months = np.array(MONTHS)
    assert recurred_by(foci_option(name), months) == pytest.approx(kaplan_meier(patients, months), abs=0.05)


@pytest.mark.parametrize("name", foci_options())
def test_the_table_holds_the_best_numbers(patients, name):
    found, table = fitted(name, patients), foci_option(name)
    assert cost(table, patients) < cost(found, patients) + 0.05
    for row in FITTED[name]:
        assert getattr(table, row) == pytest.approx(getattr(found, row), rel=0.05)


def test_published_doubling_times_need_large_foci(patients):
    """Few cells that grow as tumours do bring back far fewer patients, however they spread."""
    from dataclasses import replace

    tumours = foci_option("large")
    best = cost(tumours, patients)
    for name in ("few_10", "few_100", "few_1000"):
        for spread in (1.0, 3.0, 6.0, 10.0):
            slow = replace(foci_option(name), doubling_median=tumours.doubling_median, size_spread=spread)
            assert cost(slow, patients) > best + 30
