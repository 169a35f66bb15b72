"""The sampler of the core's posterior on densities with known moments, and what it shipped."""

from __future__ import annotations

import csv
import json
from importlib.resources import files

import numpy as np
import pytest
from scipy.stats import truncnorm
from scripts.fit_core.normal_scale import NormalScale
from scripts.fit_core.parents import clear_rows, compared, compared_genes
from scripts.fit_core.places import FITS
from scripts.fit_core.quadratic_map import SquareSum, features, quadratic_slopes
from scripts.fit_core.start import free
from scripts.fit_core.transitions import Chains, Normal, crank_nicolson, random_walk, surrogate_transition

from jakstat.biology.draws import core_posterior
from jakstat.calibration.convergence import effective_size, split_r_hat
from shared_data import needs_shared


def bent(x: np.ndarray) -> np.ndarray:
    """x0 ~ N(0, 1), x1 = z + (x0^2 - 1)/2, x2 = 3 w + x0: variances 1, 1.5, 10; covariance of x0 and x2 1."""
    z, w = x[:, 1] - 0.5 * (x[:, 0] ** 2 - 1), (x[:, 2] - x[:, 0]) / 3
    return -0.5 * (x[:, 0] ** 2 + z**2 + w**2)


def wrong(x: np.ndarray) -> np.ndarray:
    """A surrogate that knows neither the bend nor the widths."""
    return -0.5 * (x[:, 0] ** 2 / 1.5 + x[:, 1] ** 2 / 1.2 + (x[:, 2] - 0.5) ** 2 / 14)


@pytest.mark.parametrize("move", ["alone", "surrogate", "walk"])
def test_chains_find_the_moments_of_a_bent_density(move):
    draws = np.random.default_rng(7)
    normal = Normal(np.array([0.2, -0.1, 0.3]), np.diag([0.9, 1.3, 2.5]))
    chains = Chains.at(draws.normal(size=(20, 3)), bent)
    chain = []
    for i in range(4000):
        if move == "surrogate" and i % 2:
            chains = surrogate_transition(chains, bent, wrong, normal, draws, steps=5)
        elif move == "walk" and i % 2:
            chains = random_walk(chains, bent, normal, draws)
        else:
            chains = crank_nicolson(chains, bent, normal, draws)
        chain.append(chains.points)
    x = np.array(chain)[200:]
    wanted = {"x0": (x[..., 0], 0.0), "x1": (x[..., 1], 0.0), "x2": (x[..., 2], 0.0),
              "x0^2": (x[..., 0] ** 2, 1.0), "x1^2": (x[..., 1] ** 2, 1.5), "x2^2": (x[..., 2] ** 2, 10.0),
              "x0 x2": (x[..., 0] * x[..., 2], 1.0)}  # fmt: skip
    for name, (values, mean) in wanted.items():
        by_chain = values.T
        error = values.std() / np.sqrt(effective_size(by_chain))
        assert split_r_hat(by_chain) < 1.02, name
        assert values.mean() == pytest.approx(mean, abs=4 * error), name
        assert error < 0.1 * max(1.0, values.std()), name


def test_a_perfect_normal_approximation_refuses_nothing():
    normal = Normal(np.array([1.0, -2.0]), np.array([[2.0, 0.0], [1.0, 0.5]]))

    def density(x):
        return -0.5 * (normal.standard(x) ** 2).sum(axis=1)

    draws = np.random.default_rng(1)
    chains = Chains.at(normal.points(draws.normal(size=(50, 2))), density)
    assert crank_nicolson(chains, density, normal, draws).taken.all()
    assert surrogate_transition(chains, density, density, normal, draws, steps=3).taken.all()


def test_the_normal_of_points_is_theirs():
    draws = np.random.default_rng(3)
    factor = np.array([[2.0, 0.0], [1.0, 0.5]])
    points = np.array([5.0, 1.0]) + draws.normal(size=(40_000, 2)) @ factor.T
    found = Normal.around(points, Normal(np.zeros(2), np.eye(2)), 1.0)
    assert found.mean == pytest.approx([5.0, 1.0], abs=0.05)
    assert found.factor @ found.factor.T == pytest.approx(factor @ factor.T, rel=0.05)


def test_coordinates_are_normal_where_the_prior_is_cut():
    scale = NormalScale(np.array([0.5]), np.array([1.0]), np.array([-1.5]), np.array([1.0]))
    u = np.random.default_rng(5).normal(size=(100_000, 1))
    x = scale.logarithms(u)
    prior = truncnorm(-2.0, 0.5, loc=0.5)
    assert x.mean() == pytest.approx(prior.mean(), abs=0.01)
    assert x.std() == pytest.approx(prior.std(), abs=0.01)
    assert scale.coordinates(x[:100]) == pytest.approx(u[:100], abs=1e-6)
    assert scale.logarithms(np.array([[40.0], [-40.0]])).ravel() == pytest.approx([1.0, -1.5])


def test_a_quadratic_map_is_found_and_its_squares_are_summed():
    draws = np.random.default_rng(2)
    v = draws.normal(size=(400, 3))
    true = draws.normal(size=(10, 6))  # 1, three coordinates, six products; six values
    values = features(v) @ true
    slopes = quadratic_slopes(v, values)
    there = draws.normal(size=(5, 3))
    assert features(there) @ slopes == pytest.approx(features(there) @ true, rel=0.1, abs=0.1)
    squares = SquareSum.of(true, v)
    assert squares.slopes.shape[1] <= 6
    assert squares.at(features(there)) == pytest.approx(((features(there) @ true) ** 2).sum(axis=1), rel=0.02)


def test_the_diagnostics_of_the_shipped_chains_stand_beside_them():
    table = files("jakstat.biology").joinpath("core_posterior_chains.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    posterior, made = core_posterior(), core_posterior().manifest["inputs"]
    assert tuple(r["number"] for r in rows) == posterior.names == free().keys
    assert max(float(r["r_hat"]) for r in rows) == made["largest_r_hat"]
    mixed = made["largest_r_hat"] <= 1.05 and made["least_effective_size"] >= 400
    assert mixed != ("have not converged" in (FITS / "core.md").read_text(encoding="utf-8"))
    told = json.loads((FITS / "posterior.json").read_text(encoding="utf-8"))["numbers"]
    for key, values in posterior.values().items():
        assert np.median(values) == pytest.approx(told[key]["median"], rel=1e-4)


@needs_shared
def test_ours_beside_the_published_parents():
    told = json.loads((FITS / "parents.json").read_text(encoding="utf-8"))
    found = {**compared("test"), "mouse genes": compared_genes("test")}
    for context, figures in found.items():
        for name in ("ours", "parent"):
            assert figures[name] == pytest.approx(told["test"][context][name], rel=0.01), (context, name)
    ours, parent = (sum(f[name]["scale"] for f in found.values()) for name in ("ours", "parent"))
    assert ours <= parent


def test_a_row_is_clear_by_its_data_alone():
    from dataclasses import replace

    from scripts.fit_core.measurements import Condition, Point

    plain = Point("d", "hepg2", "e", "m", "pSTAT3", Condition(10.0), 1.0, 0.0, True, 0.1, 1.0, False)
    drug = Condition(10.0, ruxolitinib_nM=500.0)
    # two single samples of sd 0.1: their difference has sd 0.1414, and is clear above 0.2828
    assert not clear_rows([plain, replace(plain, condition=drug, log10_value=-0.28)])
    (row,) = clear_rows([plain, replace(plain, condition=drug, log10_value=-0.29)])
    assert (row.treated, row.control, row.rises) == ((1,), (0,), False)
    assert not clear_rows([plain, replace(plain, condition=drug, log10_value=-1.0, time_h=2.0)])
