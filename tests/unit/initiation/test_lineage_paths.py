"""Single tumours: streams of their own, and the numbers that the expectations ask for."""

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.initiation.branching import dies_out, dies_out_after
from jakstat.initiation.lineage import Lineage, Signal
from jakstat.initiation.lineage_paths import LARGE, fates, numbers_after

X = Lineage(kdiv_S=1.0, share_SS=0.4, share_SP=0.4, kdeath_S=0.1, kdiv_P=0.5, kdeath_P=0.2, kmature_P=0.5,
            kreturn_P=0.01, kdeath_D=0.1)  # fmt: skip


def test_a_path_has_its_own_stream_in_any_batch():
    whole = fates(X, paths=60, seed=7, drug=X.under(Signal(stemness=0.8)), hours=3.0)
    parts = [
        fates(X, paths=20, seed=7, drug=X.under(Signal(stemness=0.8)), hours=3.0, first=f)
        for f in (0, 20, 40)
    ]
    assert whole.dead.tolist() == [d for part in parts for d in part.dead.tolist()]
    assert whole.dead.tolist() != fates(X, paths=60, seed=8, drug=X, hours=3.0).dead.tolist()
    assert whole.failed == 0


def test_means_are_those_of_the_expectation():
    """(S, P, D) @ expm(A t), by plain small steps; 4,000 paths, four standard errors."""
    now = np.array([3.0, 1.0, 0.0])
    for _ in range(2000):
        now = now + 0.001 * (now + 0.0005 * now @ X.means) @ X.means
    found, outcomes = numbers_after(X, 2.0, np.tile([3.0, 1.0, 0.0], (4000, 1)), seed=3)
    assert not outcomes.any()
    assert (np.abs(found.mean(axis=0) - now) < 4 * found.std(axis=0) / np.sqrt(4000)).all()


def test_large_numbers_leap_to_the_same_mean():
    start = np.array([[LARGE, 0.0, 0.0]] * 5)
    now = start[0].copy()
    for _ in range(1000):
        now = now + 0.001 * (now + 0.0005 * now @ X.means) @ X.means
    found, _ = numbers_after(X, 1.0, start, seed=3)
    assert found.mean(axis=0) == pytest.approx(now, rel=0.01)


def test_rates_of_each_path():
    """Of cells that neither divide nor die nothing happens; the others lose all."""
    deaths = np.array([0.0, 1e3] * 5)
    still = Lineage(0.0, 0.4, 0.4, deaths, 0.0, 0.0, 0.0, 0.0, 0.0)
    found, _ = numbers_after(still, 1.0, np.tile([4.0, 0.0, 0.0], (10, 1)), seed=1)
    assert found[:, 0].tolist() == [4.0, 0.0] * 5


def test_the_chance_is_that_of_the_formula():
    drug = X.under(Signal(stemness=0.8))
    found = fates(X, paths=300, seed=1, start=(2, 1), drug=drug, hours=3.0)
    q = dies_out_after(drug, X, 3.0)
    assert found.chance == pytest.approx(q[0] ** 2 * q[1])
    assert fates(X, paths=10, seed=1).chance == pytest.approx(dies_out(X)[0])
    assert abs(found.z) < 4


def test_where_paths_stop_decides_nothing():
    """A path that is certain enough has the same fate when it goes on: the same draws to a later end."""
    early, late = (fates(X, paths=500, seed=2, left=left) for left in (1e-6, 1e-12))
    assert early.dead.tolist() == late.dead.tolist()


def test_no_path_is_refused():
    with pytest.raises(InputError, match=r"count\.range"):
        fates(X, paths=0, seed=1)
