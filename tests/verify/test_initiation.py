"""Simulated extinction beside the root of the branching process: |Z| < 3 with 10,000 paths."""

import pytest

from jakstat.initiation.lineage import Lineage, Signal
from jakstat.initiation.lineage_paths import fates

pytestmark = pytest.mark.long
PATHS = 10_000
UNIT = Lineage(kdiv_S=1.0, share_SS=0.4, share_SP=0.4, kdeath_S=0.07, kdiv_P=0.5, kdeath_P=0.2, kmature_P=0.5,
               kreturn_P=0.01, kdeath_D=0.1)  # fmt: skip


@pytest.mark.parametrize("return_rate", [0.0, 0.01])
def test_without_a_drug(return_rate):
    x = Lineage(1.0, 0.4, 0.4, 0.07, 0.5, 0.2, 0.5, return_rate, 0.1)
    found = fates(x, paths=PATHS, seed=1)
    assert abs(found.z) < 3
    assert found.failed == 0
    assert found.left <= 1e-6


@pytest.mark.parametrize("start", [(1, 0), (3, 0), (0, 20), (2, 5)])
def test_few_cells(start):
    assert abs(fates(UNIT, paths=PATHS, seed=2, start=start).z) < 3


@pytest.mark.parametrize("stemness", [0.6, 0.9, 1.2])
@pytest.mark.parametrize("time", [3.0, 12.0, 40.0])
def test_a_drug_for_a_time_and_then_none(time, stemness):
    found = fates(
        UNIT, paths=PATHS, seed=3, drug=UNIT.under(Signal(stemness=stemness, apoptosis=50.0)), hours=time
    )
    assert abs(found.z) < 3
    assert found.failed == 0


@pytest.mark.parametrize("days", [30.0, 120.0, 400.0])
def test_the_lineage_of_the_table(days):
    x = Lineage.of_table()
    found = fates(
        x, paths=PATHS, seed=4, start=(2, 10), drug=x.under(Signal(stemness=0.9)), hours=24.0 * days
    )
    assert abs(found.z) < 3
    assert found.failed == 0
