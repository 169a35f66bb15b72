"""What a fit of a user's own data found: numbers with intervals in the units of the table, points, curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from jakstat.calibration.own_bands import CourseBands, Telling, along, course_bands, telling
from jakstat.calibration.own_fit import OwnFit, shown_readouts
from jakstat.calibration.own_points import OwnPoint
from jakstat.calibration.own_problem import CurveKind, curve_of, in_table_unit, table_row
from jakstat.calibration.problem import unscaled
from jakstat.calibration.profile import Profile
from jakstat.knowledge.parameter_table import Row

__all__ = ["FitFindings", "FittedNumber", "FittedPoint", "ReadoutAgreement"]

Array = npt.NDArray[np.float64]
_MOVE_TOGETHER = 0.95
_AT_END = 0.005
_MEASURABLE = ("1/cell", "nM")
"""Units of what a blot, PCR or ELISA shows; shares of promoters and the like it does not."""
_NORMAL = 1.959963984540054


@dataclass(frozen=True)
class FittedNumber:
    """A free number: its fitted value and 95 % interval in the unit of the cell's table.

    Parameters
    ----------
    row : Row
        As the table of the cell has it.
    value, low, high : float
        ``low`` and ``high`` are infinite where the data set no end; NaN without a profile.
    verdict : str
        identified, one-sided, flat, failed; empty without a profile.
    helpful : Telling or None
        What would tell it, where it is not identified.
    end : str
        "low" or "high" where the value stands at that end of its range.
    """

    row: Row
    value: float
    low: float
    high: float
    verdict: str
    helpful: Telling | None
    end: str

    @property
    def model_within(self) -> bool:
        """Whether the value of the shipped model lies in the interval."""
        return bool(self.low <= self.row.value <= self.high)


@dataclass(frozen=True)
class FittedPoint:
    """A measured value beside the fit.

    Parameters
    ----------
    point : OwnPoint
    situation : int
    fitted, low, high : float
        The curve of the best vector there, and the ends of its band.
    noise : float
        Standard deviation on the scale of the noise; NaN where it is not known.
    residual : float
        In units of the noise.
    held_out : bool
    """

    point: OwnPoint
    situation: int
    fitted: float
    low: float
    high: float
    noise: float
    residual: float
    held_out: bool


@dataclass(frozen=True)
class ReadoutAgreement:
    """How a readout's values agree with the curve: sum of squared residuals over ``points``."""

    readout: str
    points: int
    chi2: float
    held_out: bool
    inside: int
    """Values within the band, widened by two standard deviations of their noise."""


@dataclass(frozen=True)
class FitFindings:
    """Of a fit whose searches ended; :attr:`OwnFit.bands` must be there."""

    fit: OwnFit

    @property
    def bands(self) -> CourseBands:
        """Curves of the allowed vectors."""
        assert self.fit.bands is not None
        return self.fit.bands

    @cached_property
    def _replicates(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.replicate for p in self.fit.prepared.found.points))

    def kind(self, point: OwnPoint) -> CurveKind:
        """The observable of a point."""
        prepared = self.fit.prepared
        return curve_of(point, prepared.laid, prepared.asked.model, self._replicates)

    def inner(self, name: str) -> Array | None:
        """Values (V,) of a scale, background or noise for every allowed vector."""
        for k, p in enumerate(self.fit.objective.problem.inner):
            if p.id == name:
                return np.asarray(self.fit.inner[:, k])
        return None

    def course(self, kind: CurveKind, situation: int) -> Array | None:
        """Fitted courses (V, T) in the unit of the table; None where nothing gives the scale."""
        readout = self.fit.prepared.laid.readouts[kind.readout].name
        values = self.bands.values[readout][:, situation]
        if kind not in self._fitted_kinds:
            return None
        scale, background = self.inner(f"scaling_{kind.name}"), self.inner(f"background_{kind.name}")
        values = values * (1.0 if scale is None else scale[:, None])
        return np.asarray(values + (0.0 if background is None else background[:, None]))

    @cached_property
    def _fitted_kinds(self) -> frozenset[CurveKind]:
        points = self.fit.prepared.found.points
        return frozenset(self.kind(points[i]) for i in self.fit.prepared.fitted)

    # ------------------------------------------------------------ numbers

    @cached_property
    def numbers(self) -> tuple[FittedNumber, ...]:
        """The free numbers in the order in which they were asked for."""
        by_name = {p.name: p for p in self.fit.report.profiles}
        return tuple(self._number(k, by_name.get(row.id)) for k, row in enumerate(self.fit.prepared.rows))

    def _number(self, k: int, drawn: Profile | None) -> FittedNumber:
        objective, prepared = self.fit.objective, self.fit.prepared
        row = table_row(prepared.rows[k].id, prepared.asked.context)
        place = objective.names.index(row.id)
        best = self.fit.vectors[0]

        def plain(x: float) -> float:
            if math.isinf(x):
                return x
            value = float(unscaled([objective.problem.outer[place]], np.array([x]))[0])
            return in_table_unit(value, row)

        low, high = (math.nan, math.nan) if drawn is None else map(plain, drawn.interval)
        share = (best[place] - objective.low[place]) / (objective.high[place] - objective.low[place])
        end = "low" if share < _AT_END else "high" if share > 1 - _AT_END else ""
        helpful = None
        if drawn is not None and drawn.verdict in ("one-sided", "flat"):
            helpful = self._helpful(drawn)
        verdict = "" if drawn is None else drawn.verdict
        return FittedNumber(row, plain(float(best[place])), low, high, verdict, helpful, end)

    def _helpful(self, drawn: Profile) -> Telling | None:
        prepared = self.fit.prepared
        vectors = along(drawn, self.fit.vectors[0], rise=self.fit.rise)
        if len(vectors) < 3 or not math.isfinite(self.noise_share):
            return None
        own = {r.name for r in prepared.laid.readouts.values()}
        readouts = [r for r in shown_readouts(prepared) if r.name in own or r.unit in _MEASURABLE]
        found = course_bands(self.fit.objective, prepared.laid, vectors, readouts, self.bands.times)
        return telling(found, self.noise_share)

    @cached_property
    def noise_share(self) -> float:
        """The noise of one value as a share of the signal of its readout, in the middle over readouts."""
        found = []
        for kind in self._fitted_kinds:
            own = [p for p in self.points if not p.held_out and self.kind(p.point) == kind]
            size = float(np.ptp([p.fitted for p in own])) if own else 0.0
            width = float(np.median([p.noise for p in own])) if own else math.nan
            if self.fit.prepared.asked.model.noise == "log":
                found.append(width)
            elif size > 0:
                found.append(width / size)
        return float(np.median(found)) if found else math.nan

    @cached_property
    def together(self) -> tuple[tuple[str, str, float], ...]:
        """Pairs of numbers that move together, with the correlation of their estimates."""
        objective = self.fit.objective
        information = objective.local(self.fit.vectors[0]).hessian
        if not np.isfinite(information).all():
            return ()
        spread = np.linalg.pinv(information, rcond=1e-12, hermitian=True)
        size = np.sqrt(np.maximum(np.diag(spread), 1e-300))
        found = []
        for i in range(len(size)):
            for j in range(i):
                r = float(spread[i, j] / (size[i] * size[j]))
                if abs(r) > _MOVE_TOGETHER:
                    found.append((objective.names[j], objective.names[i], r))
        return tuple(found)

    # ------------------------------------------------------------ points

    @cached_property
    def points(self) -> tuple[FittedPoint, ...]:
        """Every measured value beside the fit, in the order of the table."""
        prepared = self.fit.prepared
        held = set(prepared.held)
        places = {i: n for n, i in enumerate(prepared.fitted)}
        sigma = self.fit.objective.evaluate(self.fit.vectors[:1]).sigma[0]
        own = self._own_scales
        found = []
        for i, p in enumerate(prepared.found.points):
            situation = prepared.laid.situations.index(p.situation)
            kind = self.kind(p)
            course = self.course(kind, situation)
            at = int(np.argmin(np.abs(self.bands.times - p.time_h)))
            if course is not None:
                values = course[:, at]
            else:
                scale, background = own[kind]
                values = self.bands.at(prepared.laid.readouts[p.readout].name, situation, p.time_h)
                values = background + scale * values
            noise = float(sigma[places[i]]) if i in places else self._noise_of(p)
            found.append(self._beside(p, situation, values, noise, i in held))
        return tuple(found)

    def _beside(
        self, p: OwnPoint, situation: int, values: Array, noise: float, held_out: bool
    ) -> FittedPoint:
        gap = p.value - float(values[0])
        if self.fit.prepared.asked.model.noise == "log":
            gap = math.log(p.value / float(values[0])) if p.value * values[0] > 0 else math.nan
        ends = float(np.nanmin(values)), float(np.nanmax(values))
        return FittedPoint(p, situation, float(values[0]), *ends, noise, gap / noise, held_out)

    def _noise_of(self, p: OwnPoint) -> float:
        """The noise of a value that was kept out."""
        model = self.fit.prepared.asked.model
        if p.sd is not None:
            return p.sd / p.value if model.noise == "log" else p.sd
        solved = self.inner(f"noise_{self.fit.prepared.laid.readouts[p.readout].name}")
        return math.nan if solved is None else float(solved[0])

    @cached_property
    def _own_scales(self) -> dict[CurveKind, tuple[Array, Array]]:
        """Scale and background (V,) of what was kept out as a whole, from its own values."""
        prepared = self.fit.prepared
        by_kind: dict[CurveKind, list[OwnPoint]] = {}
        for i in prepared.held:
            p = prepared.found.points[i]
            if self.kind(p) not in self._fitted_kinds:
                by_kind.setdefault(self.kind(p), []).append(p)
        return {kind: self._own_scale(points) for kind, points in by_kind.items()}

    def _own_scale(self, points: Sequence[OwnPoint]) -> tuple[Array, Array]:
        laid, model = self.fit.prepared.laid, self.fit.prepared.asked.model
        measured = np.array([p.value for p in points])
        values = np.stack(
            [
                self.bands.at(laid.readouts[p.readout].name, laid.situations.index(p.situation), p.time_h)
                for p in points
            ],
            axis=1,
        )
        found = []
        for row in values:
            design = np.stack([row, np.ones(len(row))], axis=1)[:, : 2 if model.background else 1]
            best, *_ = np.linalg.lstsq(design, measured, rcond=None)
            found.append((best[0], best[1] if model.background else 0.0))
        both = np.array(found)
        return both[:, 0], both[:, 1]

    @cached_property
    def agreements(self) -> tuple[ReadoutAgreement, ...]:
        """A line for each readout and use."""
        groups: dict[tuple[str, bool], list[FittedPoint]] = {}
        for p in self.points:
            groups.setdefault((p.point.readout, p.held_out), []).append(p)
        return tuple(
            ReadoutAgreement(
                name, len(own), float(np.sum([p.residual**2 for p in own])), held, sum(map(self._inside, own))
            )
            for (name, held), own in groups.items()
        )

    def _inside(self, p: FittedPoint) -> bool:
        if math.isnan(p.noise):
            return p.low <= p.point.value <= p.high
        if self.fit.prepared.asked.model.noise == "log":
            widen = math.exp(_NORMAL * p.noise)
            return p.low / widen <= p.point.value <= p.high * widen
        return p.low - _NORMAL * p.noise <= p.point.value <= p.high + _NORMAL * p.noise
