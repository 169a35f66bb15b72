"""Intervals on measured matrices cover the truth as often as they say: 500 simulated 8 x 8 matrices each."""

import numpy as np
import pytest

from jakstat.combination.measured_excess import measured_excess
from jakstat.combination.musyc import MUSYC_NAMES, musyc_effect
from jakstat.combination.null_models import excesses
from jakstat.combination.verdicts import MODELS

pytestmark = pytest.mark.long

MATRICES, WELLS = 500, 3
DOSES = np.broadcast_to(np.concatenate([[0.0], np.geomspace(1.0, 1000.0, 7)]), (MATRICES, 8))
LOW, HIGH = 0.90, 0.97


def surfaces(draw):
    """Pairs of many kinds: potencies over a decade, slopes 0.8 to 2, plateaus 0.4 to 0.95, any alpha."""
    n = MATRICES
    columns = [draw.uniform(a, b, n) for a, b in ((0.5, 0.95), (0.4, 0.95), (0.8, 0.98))]
    columns += [draw.lognormal(np.log(half), 0.7, n) for half in (30.0, 50.0)]
    columns += [draw.uniform(0.8, 2.0, n) for _ in range(2)]
    return np.stack([*columns, draw.lognormal(0.0, 0.7, n), draw.lognormal(0.0, 0.7, n)], axis=1)


def simulated(kind, seed):
    """True effects, true surfaces, wells, and whether replicates are plates."""
    draw = np.random.default_rng(seed)
    values = surfaces(draw)
    truth = musyc_effect(DOSES, DOSES, values)
    noise = draw.normal(0.0, 1.0, (MATRICES, WELLS, 8, 8))
    if kind == "level":
        return truth, values, truth[:, None] + 0.04 * noise, False
    spread = np.sqrt(0.015**2 + (0.08 * (1.0 - truth[:, None])) ** 2)
    wells = truth[:, None] + spread * noise
    if kind == "growing":
        return truth, values, wells, False
    factor = 1.0 + draw.normal(0.0, 0.06, (MATRICES, WELLS, 1, 1))
    return truth, values, 1.0 - (1.0 - wells) * factor, True


@pytest.mark.parametrize(("kind", "seed"), [("level", 11), ("growing", 12), ("plates", 13)])
def test_intervals_cover(kind, seed):
    truth, values, wells, plates = simulated(kind, seed)
    found = measured_excess(DOSES, DOSES, wells, plates=plates)
    true = excesses(DOSES, DOSES, truth, musyc=False)
    for name in MODELS:
        band, seen, wanted = found.bands[name], found.found.by_model(name), true.by_model(name)
        both = np.isfinite(seen) & np.isfinite(wanted)
        each = (np.abs(seen - wanted) <= band.each)[both].mean()
        assert LOW <= each <= HIGH, (name, each)
        count = np.maximum(both.sum(axis=(1, 2)), 1)
        defined = both.any(axis=(1, 2)) & np.isfinite(band.of_mean)
        gap = np.where(both, seen - wanted, 0.0).sum(axis=(1, 2)) / count
        mean = (np.abs(gap) <= band.of_mean)[defined].mean()
        assert LOW <= mean <= HIGH, (name, mean)
    surface = found.found.musyc
    best = values[:, :2].max(axis=1)
    low, high = (
        np.column_stack([surface.low, surface.beta_low]),
        np.column_stack([surface.high, surface.beta_high]),
    )
    wanted = np.column_stack([values, (values[:, 2] - best) / best])
    inside = ((low <= wanted) & (wanted <= high)).mean(axis=0)
    for name, share in zip((*MUSYC_NAMES, "beta"), inside, strict=True):
        assert LOW <= share <= HIGH + 0.01, (name, share)  # 500 matrices tell a share of 0.95 to 0.01
    assert LOW <= inside.mean() <= HIGH


def test_no_interaction_is_seldom_called_one():
    """Drugs that act by independent chance: Bliss and ZIP say synergy or antagonism in at most 5 % of 500."""
    draw = np.random.default_rng(14)
    values = surfaces(draw)
    one, other = (
        np.hstack([np.zeros((MATRICES, 1)), top / (1.0 + (half / DOSES[:, 1:]) ** slope)])
        for top, half, slope in (values[:, [k, k + 3, k + 5], None].swapaxes(0, 1) for k in (0, 1))
    )
    truth = one[:, :, None] + other[:, None, :] - one[:, :, None] * other[:, None, :]
    wells = truth[:, None] + draw.normal(0.0, 0.04, (MATRICES, WELLS, 8, 8))
    found = measured_excess(DOSES, DOSES, wells)
    for name in ("bliss", "zip"):
        band, seen = found.bands[name], found.found.by_model(name)
        wrong = (np.abs(seen) > band.together).any(axis=(1, 2)).mean()
        assert wrong <= (0.075 if name == "bliss" else 0.12), (name, wrong)
        assert LOW <= (np.abs(band.mean) <= band.of_mean).mean() <= HIGH
