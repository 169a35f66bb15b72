"""The objective: minus log-likelihood (and log-prior) of many parameter vectors at once, with derivatives.

All vectors, and all that derivatives need, are lanes of one call of the engine
(:mod:`jakstat.calibration.lanes`). Derivatives are those of the integration itself, or central differences
where the engine cannot carry them; the matrix of second derivatives is the expected information of the
noise model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from jakstat.calibration.hierarchical import Affine, Component, components, solve_inner
from jakstat.calibration.lanes import Curves, Points, Solving, Wiring
from jakstat.calibration.noise import NoiseModel
from jakstat.calibration.problem import FitProblem
from jakstat.calibration.readout import Moving, PointReadout, PointSlopes
from jakstat.errors import problem as fault

__all__ = ["Evaluation", "Local", "Objective"]

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.intp]
_BASES = {"lin": 0.0, "log": math.e, "log10": 10.0}
_LN10 = math.log(10.0)
_STEPS = {"lin": 1e-4, "log": 2e-3, "log10": 1e-3}


@dataclass(frozen=True)
class Evaluation:
    """What parameter vectors give.

    Parameters
    ----------
    cost : array, shape (V,)
        Minus log-posterior; NaN where a lane failed.
    nllh : array, shape (V,)
        Minus log-likelihood.
    chi2 : array, shape (V,)
        Sum of squared weighted residuals.
    simulated, sigma : array, shape (V, N)
        Simulated measurements and their noise (on the scale of the noise).
    inner : array, shape (V, I)
        Scales, offsets and noise that were solved within.
    outcomes : dict of str to int
        How the lanes ended.
    """

    cost: Array
    nllh: Array
    chi2: Array
    simulated: Array
    sigma: Array
    inner: Array
    outcomes: dict[str, int]


@dataclass(frozen=True)
class Local:
    """The cost at one vector with its slope, shape (K,), and curvature, shape (K, K).

    ``how`` says whether they are exact or differences, and why.
    """

    cost: float
    gradient: Array
    hessian: Array
    how: str = "exact"


class Objective:
    """Minus log-posterior of a calibration problem.

    Parameters
    ----------
    problem : FitProblem
    solving : Solving, optional
        Tolerances of the integration.
    difference : {"none", "central", "forward"}
        How derivatives are taken: exactly, or by differences (central ones where the model has
        none that are exact); forward takes half the lanes and is less exact.

    Raises
    ------
    InputError
        ``petab.unsupported`` and ``inner.*`` for problems that cannot be put as lanes.
    """

    def __init__(
        self,
        problem: FitProblem,
        *,
        solving: Solving | None = None,
        difference: Literal["none", "central", "forward"] = "none",
    ) -> None:
        self.problem = problem
        self.solving = solving or Solving()
        self.difference = difference
        self.names = problem.names
        self.low, self.high = problem.bounds
        m = problem.measurements
        self._readout = PointReadout(problem)
        points = Points(np.array([x.experiment for x in m], dtype=np.intp), np.array([x.time for x in m]))
        self._wiring = Wiring(problem, points, self._readout.outputs, self.solving)
        observed = [problem.observables[x.observable] for x in m]
        self.noise = NoiseModel(
            np.array([x.value for x in m]),
            np.array([_BASES[o.transform] for o in observed]),
            np.array([o.distribution == "laplace" for o in observed]),
        )
        self._column = {p.id: i for i, p in enumerate(problem.parameters)}
        self._why = ""  # why derivatives are not exact, once that is known
        self._outer = np.array([self._column[p.id] for p in problem.outer], dtype=np.intp)
        reaching = self._wiring.reaching
        self._reaching = np.array([p.id in reaching for p in problem.parameters], dtype=bool)
        self._inner = np.array([self._column[p.id] for p in problem.inner], dtype=np.intp)

    @property
    def key(self) -> dict[str, object]:
        """What decides the numbers, for a manifest."""
        s = self.solving
        return {**self.problem.inputs, "rtol": s.rtol, "atol": s.atol, "method": s.method,
                "max_steps": s.max_steps, "horizon": s.horizon, "difference": self.difference}  # fmt: skip

    def table(self, x: Array) -> Array:
        """Values of all parameters of the problem, shape (V, P), for vectors on the scale of the search."""
        vectors = np.atleast_2d(np.asarray(x, dtype=np.float64))
        if vectors.shape[1] != len(self.names):
            message = f"{vectors.shape[1]} numbers for {len(self.names)} parameters"
            raise fault("fit.vector", message)
        values = np.tile([p.nominal for p in self.problem.parameters], (len(vectors), 1))
        values[:, self._outer] = self.problem.values(vectors)
        values[:, self._inner] = 1.0
        return values

    def evaluate(self, x: Array) -> Evaluation:
        """The cost of vectors.

        Parameters
        ----------
        x : array, shape (V, K) or (K,)
            On the scale of the search.

        Returns
        -------
        Evaluation
        """
        vectors = np.atleast_2d(np.asarray(x, dtype=np.float64))
        values = self.table(vectors)
        curves = self._wiring.run(values)
        inner = self._solved(values, curves)
        values[:, self._inner] = inner
        simulated, sigma = self._readout(values, curves)
        nllh = -self.noise.log_likelihood(simulated, sigma).sum(axis=1)
        with np.errstate(all="ignore"):
            chi2 = (self.noise.residual(simulated, sigma) ** 2).sum(axis=1)
        nllh = np.where(np.isfinite(nllh), nllh, math.nan)
        cost = nllh - self.log_prior(vectors)
        return Evaluation(cost, nllh, chi2, simulated, sigma, inner, dict(curves.outcomes))

    def predictions(self, x: Array) -> Array:
        """Predicted measurements of vectors, shape (V, N), in units of the noise of one measurement."""
        found = self.evaluate(x)
        with np.errstate(all="ignore"):
            return np.asarray(self.noise.on_scale(found.simulated) / np.median(found.sigma, axis=0))

    def point(self, n: int) -> tuple[str, str, float]:
        """Observable, experiment and time of measurement ``n``."""
        m = self.problem.measurements[n]
        return self.problem.observables[m.observable].id, self.problem.experiments[m.experiment].id, m.time

    def told(self, k: int, value: float) -> str:
        """A value of parameter ``k`` on the scale of the search, as a number with its unit."""
        p = self.problem.outer[k]
        plain = 10**value if p.scale == "log10" else math.exp(value) if p.scale == "log" else value
        return f"{plain:.3g}" + (f" {p.unit}" if p.unit else "")

    def log_prior(self, x: Array) -> Array:
        """Logarithm of the prior densities, shape (V,); 0 without priors."""
        return np.asarray(self._priors(np.atleast_2d(x)).sum(axis=1))

    def _priors(self, x: Array) -> Array:
        values = self.problem.values(x)
        found = np.zeros(x.shape)
        for k, p in enumerate(self.problem.outer):
            if p.prior is not None:
                found[:, k] = p.prior.log_density(x[:, k] if p.prior.on_scale else values[:, k])
        return found

    def local(self, x: Array, *, free: Whole | None = None) -> Local:
        """Cost, gradient and expected information at one vector.

        Parameters
        ----------
        x : array, shape (K,)
        free : int array, shape (F,), optional
            Parameters to take derivatives for; all when not given.

        Returns
        -------
        Local
            NaN throughout where the vector itself fails.
        """
        here = np.asarray(x, dtype=np.float64)
        chosen = np.arange(len(here)) if free is None else free
        found = self._exact(here, chosen) if self.difference == "none" and not self._why else None
        if found is None:
            found = self._by_differences(here, chosen)
        pull, bend = self._prior_slope(here)
        gradient, hessian = found.gradient + pull[chosen], found.hessian + np.diag(bend[chosen])
        return Local(found.cost, gradient, hessian, found.how)

    def _exact(self, here: Array, chosen: Whole) -> Local | None:
        """Derivatives of the likelihood from those of the integration; None where there are none."""
        values, count = self.table(here[None]), len(chosen)
        at = self._outer[chosen]
        scales = np.array([self.problem.outer[k].scale for k in chosen])
        plain = scales == "lin"
        factor = np.where(plain, 1.0, values[0, at] * np.where(scales == "log10", _LN10, 1.0))
        rows = np.flatnonzero(self._reaching[at])
        moves = np.zeros((len(rows), values.shape[1]))
        moves[np.arange(len(rows)), at[rows]] = factor[rows]
        unit = np.where(plain & (here[chosen] != 0), np.abs(here[chosen]), 1.0)
        curves, along = self._wiring.run_along(values, moves, unit[rows])
        if along.why:
            # a solver that took over for one vector says nothing about the next
            self._why = "" if along.why.endswith("carries none") else along.why
            return None
        inner = self._solved(values, curves)
        values[:, self._inner] = inner
        solved = self._free_inner(inner[0])
        total = count + len(solved)
        number, rate = np.full(values.shape[1], total), np.zeros(values.shape[1])
        number[at], rate[at] = np.arange(count), factor
        number[self._inner[solved]], rate[self._inner[solved]] = np.arange(count, total), 1.0
        moving = Moving(total, number, rate, along.parts, rows)
        return self._assembled(here, self._readout.slopes(values, curves, moving), count)

    def _free_inner(self, inner: Array) -> Whole:
        """Scales and offsets that lie within their bounds."""
        free = [
            i for i, p in enumerate(self.problem.inner) if p.role != "sigma" and p.low < inner[i] < p.high
        ]
        return np.array(free, dtype=np.intp)

    def _assembled(self, here: Array, read: PointSlopes, count: int) -> Local:
        """Cost, gradient and information; slopes past ``count`` are those of inner parameters."""
        simulated, sigma = read.simulated, read.sigma
        point = -self.noise.log_likelihood(simulated[None], sigma[None])[0]
        cost = float(point.sum()) - float(self.log_prior(here)[0])
        if not math.isfinite(cost):
            return Local(math.nan, np.full(count, math.nan), np.full((count, count), math.nan))
        z = self.noise.residual(simulated[None], sigma[None])[0]
        shift = read.slope * (self.noise.scale_slope(simulated) / sigma)[:, None]
        widen = read.widening[:, :count] / sigma[:, None]
        outer, own = shift[:, :count], shift[:, count:]
        laplace = self.noise.laplace
        pull = np.where(laplace, np.sign(z), z)
        gradient = (1.0 - np.where(laplace, np.abs(z), z * z)) @ widen - pull @ outer
        # scales and offsets follow the curves: what they make up for is no information
        if own.shape[1]:
            outer = outer - own @ np.linalg.pinv(own, rcond=1e-10) @ outer
        weight = np.where(self._solved_noise, 0.0, np.where(laplace, 1.0, math.sqrt(2.0)))
        hessian, noisy = outer.T @ outer, np.flatnonzero(widen.any(axis=0))
        widen = widen[:, noisy] * weight[:, None]
        hessian[np.ix_(noisy, noisy)] += widen.T @ widen
        return Local(cost, gradient, hessian)

    def _by_differences(self, here: Array, chosen: Whole) -> Local:
        """Derivatives of the likelihood from vectors to either side."""
        up, down = (step[chosen] for step in self._steps(here))
        moves = np.zeros((len(chosen), len(here)))
        moves[np.arange(len(chosen)), chosen] = 1.0
        moved = [here[None], here + moves * up[:, None]]
        if self.difference != "forward":
            moved.append(here - moves * down[:, None])
        e = self.evaluate(np.concatenate(moved))
        found = self._local(e, up, down)
        kind = "forward" if self.difference == "forward" else "central"
        return replace(found, how=f"{kind} differences" + (f": {self._why}" if self._why else ""))

    def _steps(self, x: Array) -> tuple[Array, Array]:
        """Steps up and down, shape (K,); a step across a bound is 0, or turned round for forward."""
        step = np.array([_STEPS[p.scale] for p in self.problem.outer])
        plain = np.array([p.scale == "lin" for p in self.problem.outer])
        span = np.where(np.isfinite(self.high - self.low), self.high - self.low, 1.0)
        step = np.where(plain, step * np.maximum(np.abs(x), 1e-2 * span), step)
        up = np.where(x + step <= self.high, step, 0.0)
        down = np.where(x - step >= self.low, step, 0.0)
        if self.difference == "forward":
            return np.where(up > 0, up, -down), down
        return up, down

    def _local(self, e: Evaluation, up: Array, down: Array) -> Local:
        count = len(up)
        if not np.isfinite(e.nllh[0]):
            return Local(math.nan, np.full(count, math.nan), np.full((count, count), math.nan))
        high = np.arange(1, count + 1)
        low = high + count if self.difference != "forward" else np.zeros(count, dtype=int)
        gap_up, gap_down = up.copy(), down.copy() if self.difference != "forward" else np.zeros(count)
        for side, gap in ((high, gap_up), (low, gap_down)):
            bad = ~np.isfinite(e.nllh[side])
            side[bad], gap[bad] = 0, 0.0
        gap = gap_up + gap_down
        with np.errstate(all="ignore"):
            mean = self.noise.on_scale(e.simulated)

            def slope(array: Array) -> Array:
                found = (array[high] - array[low]) / (gap if array.ndim == 1 else gap[:, None])
                return np.asarray(np.where(np.isfinite(found), found, 0.0))

            point = -self.noise.log_likelihood(e.simulated, e.sigma)
            gradient = slope(point).sum(axis=1)
            weight = 1.0 / e.sigma[0]
            shift, widen = slope(mean) * weight, slope(e.sigma) * weight
        widen = widen * np.where(self._solved_noise, 0.0, np.where(self.noise.laplace, 1.0, math.sqrt(2.0)))
        hessian = shift @ shift.T + widen @ widen.T
        return Local(float(e.cost[0]), gradient, hessian)

    def _prior_slope(self, x: Array) -> tuple[Array, Array]:
        """Slope and (non-negative) curvature of minus the log-prior, shape (K,) each."""
        if not any(p.prior for p in self.problem.outer):
            return np.zeros(len(x)), np.zeros(len(x))
        step = 1e-4
        here, above, below = self._priors(np.stack([x, x + step, x - step]))
        with np.errstate(invalid="ignore"):
            slope, bend = -(above - below) / (2 * step), -(above - 2 * here + below) / step**2
        return np.where(np.isfinite(slope), slope, 0.0), np.where(
            np.isfinite(bend), np.maximum(bend, 0.0), 0.0
        )

    # ------------------------------------------------------------ inner parameters

    def _solved(self, values: Array, curves: Curves) -> Array:
        """The inner parameters of every vector, shape (V, I)."""
        inner = self.problem.inner
        if not inner:
            return np.zeros((len(values), 0))
        return solve_inner(self._parts, inner, self._affine(values, curves), self.noise)

    def _affine(self, values: Array, curves: Curves) -> Affine:
        roles = {role: self._of_role(role) for role in ("scaling", "offset", "sigma")}

        def at(scale: float, offset: float, sigma: float) -> tuple[Array, Array]:
            tried = values.copy()
            for role, level in (("scaling", scale), ("offset", offset), ("sigma", sigma)):
                tried[:, roles[role]] = level
            return self._readout(tried, curves)

        rest, width = at(0.0, 0.0, 1.0)
        scaled, width_scaled = at(1.0, 0.0, 1.0)
        raised, width_raised = at(0.0, 1.0, 1.0)
        mixed, wide = at(2.0, 3.0, 2.0)
        with np.errstate(all="ignore"):
            found = Affine(rest, scaled - rest, raised - rest, width_scaled)
            expected = rest + 2 * found.per_scale + 3 * found.per_offset
            double = np.where(self._solved_noise, 2.0, 1.0) * width
            size = np.fmax.reduce(np.abs(expected), axis=1, keepdims=True)
            odd = np.isfinite(mixed) & ~np.isfinite(rest)
            odd |= (np.abs(mixed - expected) > 1e-9 * size) | (np.abs(wide - double) > 1e-9 * np.abs(double))
            odd |= (np.abs(width_scaled - width) > 1e-9 * width) | (
                np.abs(width_raised - width) > 1e-9 * width
            )
            log = self.noise.base > 0
            odd |= log & (self._scale >= 0) & (np.abs(rest) > 1e-12 * size)
        if odd.any():
            point = int(np.flatnonzero(odd.any(axis=0))[0])
            name = self.problem.observables[self.problem.measurements[point].observable].id
            hint = "offset + scaling * formula, and noise that is the sigma parameter times a formula"
            raise fault(
                "inner.form", f"'{name}' is not linear in its inner parameters", field=name, hint=hint
            )
        return found

    def _of_role(self, role: str) -> Whole:
        return np.array([self._column[p.id] for p in self.problem.inner if p.role == role], dtype=np.intp)

    @cached_property
    def _uses(self) -> dict[str, Whole]:
        """Number of the scale, offset and sd of each point among the inner parameters, or -1."""
        place = {p.id: i for i, p in enumerate(self.problem.inner)}
        found = {
            r: np.full(len(self.problem.measurements), -1, dtype=np.intp)
            for r in ("scaling", "offset", "sigma")
        }
        for n, m in enumerate(self.problem.measurements):
            o = self.problem.observables[m.observable]
            symbols = o.formula.symbols | o.noise.symbols
            symbols = symbols.union(*(f.symbols for f in (*m.overrides, *m.noise_overrides)))
            for name in sorted(symbols & set(place)):
                role = self.problem.inner[place[name]].role
                if found[role][n] >= 0:
                    raise fault("inner.form", f"'{o.id}' has more than one {role}", field=o.id)
                found[role][n] = place[name]
        return found

    @cached_property
    def _scale(self) -> Whole:
        return self._uses["scaling"]

    @cached_property
    def _solved_noise(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self._uses["sigma"] >= 0)

    @cached_property
    def _parts(self) -> tuple[Component, ...]:
        uses = self._uses
        return components(uses["scaling"], uses["offset"], uses["sigma"], self.noise)
