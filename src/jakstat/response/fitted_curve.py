"""What is told of one measured curve once it is fitted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.response.curve_choice import ChosenCurves
from jakstat.response.curve_models import DoseMeans, Limbs, SigmoidFits, sigmoid
from jakstat.response.curve_profiles import (
    DoseInterval,
    absolute_dose,
    absolute_intervals,
    half_intervals,
)
from jakstat.response.dose_curve import DoseResponse
from jakstat.response.growth_rate import GrowthMetrics
from jakstat.response.plate_controls import CurveWells

with needs("analysis"):
    from scipy.stats import f as f_distribution
    from scipy.stats import t as t_distribution

__all__ = ["CandidateModel", "CurveBeside", "FittedCurve", "GrowthReading", "fitted_curves"]

_STEP = 1e-5
_STEEPEST, _FLATTEST = 19.9, 0.1005
_PARAMETERS = ("start", "end", "half", "slope", "asymmetry")


@dataclass(frozen=True)
class CandidateModel:
    """One candidate for a curve: its parameters, sum of squares, AICc, and what speaks for it.

    ``criterion`` is infinite, and the weight 0, where the curve has too few doses for it.
    """

    name: str
    parameters: int
    fixed: str
    rss: float
    criterion: float
    difference: float
    weight: float
    EC50: float


@dataclass(frozen=True)
class GrowthReading:
    """GR metrics of one curve (doi:10.1038/nmeth.3853) and its GR values by dose."""

    doses: Floats
    values: Floats
    scatter: Floats
    GR50: float
    GR50_low: float
    GR50_high: float
    GRmax: float
    GRinf: float
    h_GR: float
    GEC50: float
    GEC50_low: float
    GEC50_high: float
    GR_AOC: float
    p: float
    fit: SigmoidFits

    @classmethod
    def of(cls, found: GrowthMetrics, points: DoseMeans, row: int) -> GrowthReading:
        """The reading of one of several curves."""
        fits, used = found.fits, points.used[row]
        numbers = {
            "GR50": found.GR50,
            "GR50_low": found.GR50_interval.low,
            "GR50_high": found.GR50_interval.high,
            "GRmax": found.GRmax,
            "GRinf": fits.end,
            "h_GR": fits.slope,
            "GEC50": fits.half,
            "GEC50_low": found.GEC50_interval.low,
            "GEC50_high": found.GEC50_interval.high,
            "GR_AOC": found.GR_AOC,
            "p": found.p,
        }
        return cls(
            doses=points.dose[row][used],
            values=points.mean[row][used],
            scatter=points.scatter[row][used],
            fit=fits.rows(np.array([row])),
            **{name: float(values[row]) for name, values in numbers.items()},
        )


@dataclass(frozen=True)
class CurveBeside:
    """The model's curve beside a measured one.

    ``doses`` (m,) in the unit of the measured curve and the shares of control ``simulated`` and ``measured``;
    ``rms`` is their agreement, ``ratio`` the model's half-maximal dose over the measured one; ``limbs`` are
    the responses that stand for all and for nothing of the control.
    """

    drug: str
    curve: DoseResponse
    doses: Floats
    simulated: Floats
    measured: Floats
    limbs: tuple[float, float]
    rms: float
    ratio: float
    sentence: str


@dataclass(frozen=True)
class FittedCurve:
    """One curve: a drug on a cell.

    Parameters
    ----------
    wells : CurveWells
    points : DoseMeans
        Its means by dose, one row.
    model : str
        The chosen or named one, ``flat`` where no effect of the dose is told.
    fixed : str
        What that model holds fixed, with its value.
    fit : SigmoidFits
        One row.
    kind : {"IC50", "EC50", "none"}
        Whether the response falls or rises with the dose.
    EC50, EC50_low, EC50_high : float
        Dose half way between start and end; an open end of its interval is NaN.
    absolute, absolute_low, absolute_high : float
        Dose at which the response is half of the control's; NaN where it never is, and of rising curves.
    errors : dict of float
        Half-widths of the t intervals of start, end, slope, asymmetry (linearised).
    r2, effect_p, lack_p : float
        Share of the variance that the curve explains; p of the F test against one mean (NaN where the model
        was named); p of the test for lack of fit, NaN without replicates.
    candidates : tuple of CandidateModel
    chosen : bool
        Whether the model was chosen by AICc.
    notes : tuple of str
    growth : GrowthReading or None
    beside : CurveBeside or None
        The model of the same cell and drug.
    """

    wells: CurveWells
    points: DoseMeans
    model: str
    fixed: str
    fit: SigmoidFits
    kind: str
    EC50: float
    EC50_low: float
    EC50_high: float
    absolute: float
    absolute_low: float
    absolute_high: float
    errors: dict[str, float]
    r2: float
    effect_p: float
    lack_p: float
    candidates: tuple[CandidateModel, ...]
    chosen: bool
    notes: tuple[str, ...]
    growth: GrowthReading | None = None
    beside: CurveBeside | None = None

    @property
    def start(self) -> float:
        """Fitted or fixed response without drug."""
        return float(self.fit.start[0])

    @property
    def end(self) -> float:
        """Fitted or fixed response to an endless dose."""
        return float(self.fit.end[0])

    @property
    def slope(self) -> float:
        """Hill slope; NaN of a flat curve."""
        return float(self.fit.slope[0])

    @property
    def count(self) -> int:
        """Wells that were fitted."""
        return int(self.points.count[0])

    def at(self, dose: Floats) -> Floats:
        """The fitted response at doses (m,)."""
        return self.fit.at(dose)


def fitted_curves(
    groups: Sequence[CurveWells],
    points: DoseMeans,
    limbs: Limbs,
    chosen: ChosenCurves,
    half_response: Floats,
    level: float,
) -> list[FittedCurve]:
    """The curves with their intervals.

    Parameters
    ----------
    groups : sequence of CurveWells
    points, limbs, chosen
        Of the same curves (:func:`jakstat.response.curve_choice.choose_models`).
    half_response : array (n,)
        Half of the control's response, where it is known.
    level : float
    """
    n = len(groups)
    half, absolute = (DoseInterval(np.full(n, np.nan), np.full(n, np.nan)) for _ in range(2))
    values = np.full(n, np.nan)
    models = [chosen.model(k) for k in range(n)]
    curved = np.array([k for k in range(n) if models[k].name != "flat"], dtype=np.int64)
    if curved.size:
        fits, weights = chosen.of_doses()
        some, kept = points.rows(curved), limbs.rows(curved)
        theirs = [one.rows(curved) for one in fits]
        _put(half, curved, half_intervals(some, kept, theirs, weights[:, curved], level))
        falls = np.array([_falls(chosen, k) for k in curved])
        down = curved[falls]
        if down.size:
            fits = [one.rows(down) for one in chosen.of_doses()[0]]
            found = absolute_intervals(
                points.rows(down), limbs.rows(down), fits, weights[:, down], half_response[down], level
            )
            _put(absolute, down, found)
            for k in down:
                best = chosen.fits[int(chosen.best[k])].rows(np.array([k]))
                values[k] = absolute_dose(best, half_response[[k]])[0]
    made = []
    for k in range(n):
        ends = half.low[k], half.high[k], values[k], absolute.low[k], absolute.high[k]
        made.append(_told(groups[k], points, limbs, chosen, k, [float(x) for x in ends], level))
    return made


def _put(into: DoseInterval, rows: NDArray[np.int64], found: DoseInterval) -> None:
    into.low[rows], into.high[rows] = found.low, found.high


def _falls(chosen: ChosenCurves, row: int) -> bool:
    fit = chosen.fits[int(chosen.best[row])]
    return bool(fit.end[row] < fit.start[row])


def _told(
    group: CurveWells,
    points: DoseMeans,
    limbs: Limbs,
    chosen: ChosenCurves,
    row: int,
    ends: Sequence[float],
    level: float,
) -> FittedCurve:
    one = points.rows(np.array([row]))
    fit = chosen.fits[int(chosen.best[row])].rows(np.array([row]))
    model = fit.model
    flat = model.name == "flat"
    kind = "none" if flat else "IC50" if fit.end[0] < fit.start[0] else "EC50"
    low, high, absolute, absolute_low, absolute_high = ends
    p = float(chosen.p[row])
    said = _said(group, one, fit, ends, level, p)
    if not (chosen.named or flat or math.isfinite(chosen.criterion[int(chosen.best[row]), row])):
        said.append("too few wells for AICc: the curve with the fewest parameters is taken")
    mean = float((one.wells * one.mean).sum() / one.count[0])
    total = float(one.within[0] + (one.wells * (one.mean - mean) ** 2).sum())
    return FittedCurve(
        group, one, model.name, _fixed(model.name, limbs, row), fit, kind,
        float(fit.half[0]), low, high, absolute, absolute_low, absolute_high, _errors(one, fit, level),
        1.0 - float(fit.rss[0]) / total if total > 0 else math.nan, p, _lack(one, fit),
        _candidates(chosen, row), not chosen.named, tuple(said),
    )  # fmt: skip


def _fixed(name: str, limbs: Limbs, row: int) -> str:
    values = {
        "hill2": f"start {limbs.start[row]:g} and end {limbs.end[row]:g} are fixed",
        "hill3": f"the end is fixed at {limbs.end[row]:g}",
        "hill3u": f"the start is fixed at {limbs.start[row]:g}",
        "hill3s": "the slope is fixed at 1",
        "flat": "no effect of the dose",
    }
    return values.get(name, "nothing is fixed")


def _candidates(chosen: ChosenCurves, row: int) -> tuple[CandidateModel, ...]:
    least = float(chosen.criterion[:, row].min())
    return tuple(
        CandidateModel(
            one.model.name, one.model.count, one.model.fixed, float(one.rss[row]), float(c),
            float(c) - least, float(w), float(one.half[row]),
        )
        for one, c, w in zip(chosen.fits, chosen.criterion[:, row], chosen.weights[:, row], strict=True)
    )  # fmt: skip


def _errors(points: DoseMeans, fit: SigmoidFits, level: float) -> dict[str, float]:
    """Half-widths of t intervals of the fitted parameters but the EC50, from the curve's derivatives."""
    names = ["half" if name == "EC50" else name for name in fit.model.free]
    left = float(points.count[0]) - len(names)
    used = points.used[0]
    dose, wells = points.dose[0][used], points.wells[0][used]
    if left <= 0:
        return {}
    if fit.model.name == "flat":
        width = t_distribution.ppf(0.5 + 0.5 * level, left) * math.sqrt(fit.rss[0] / left / points.count[0])
        return {"start": float(width)}
    best = {name: float(getattr(fit, name)[0]) for name in _PARAMETERS}
    columns = []
    for name in names:
        step = _STEP * max(abs(best[name]), 1e-3 * (abs(best["start"]) + abs(best["end"])))
        step = _STEP * best[name] if name in ("half", "slope", "asymmetry") else step or _STEP
        up, down = ({**best, name: best[name] + sign * step} for sign in (1.0, -1.0))
        columns.append((sigmoid(dose, **up) - sigmoid(dose, **down)) / (2.0 * step))
    slopes = np.stack(columns, axis=1) * np.sqrt(wells)[:, None]
    size = np.linalg.norm(slopes, axis=0)
    if not (size > 0).all() or np.linalg.cond(slopes / size) > 1e8:
        return {}
    inverse = np.linalg.inv((slopes / size).T @ (slopes / size)) / np.outer(size, size)
    width = t_distribution.ppf(0.5 + 0.5 * level, left) * np.sqrt(np.diag(inverse) * fit.rss[0] / left)
    return {name: float(w) for name, w in zip(names, width, strict=True) if name != "half"}


def _lack(points: DoseMeans, fit: SigmoidFits) -> float:
    """P of the F test of the curve against the means by dose; NaN without replicates or spare doses."""
    levels = int(points.used.sum())
    more, left = levels - fit.model.count, float(points.count[0]) - levels
    if more <= 0 or left <= 0 or not points.within[0] > 0:
        return math.nan
    F = (fit.rss[0] - points.within[0]) / more / (points.within[0] / left)
    return float(f_distribution.sf(max(float(F), 0.0), more, left))


def _said(
    group: CurveWells, points: DoseMeans, fit: SigmoidFits, ends: Sequence[float], level: float, p: float
) -> list[str]:
    if fit.model.name == "flat":
        return [f"no effect of the dose is told (F test against one mean, p = {p:.2g}), so there is no EC50"]
    low, high = ends[:2]
    least, most = (float(x[0]) for x in points.ends)
    half, unit = float(fit.half[0]), group.unit
    said = []
    beyond = "above" if half > most else "below" if half < least else ""
    if beyond:
        edge = most if half > most else least
        said.append(f"the EC50 lies {beyond} all doses ({edge:g} {unit}) and is extrapolated")
    sure = f"{50 + 50 * level:g} %"
    if math.isnan(low) and math.isnan(high):
        said.append("the doses bound the EC50 on neither side")
    elif math.isnan(high):
        said.append(
            f"one-sided: the EC50 is above {low:.3g} {unit} ({sure}), and the doses do not bound it above"
        )
    elif math.isnan(low):
        said.append(
            f"one-sided: the EC50 is below {high:.3g} {unit} ({sure}), and the doses do not bound it below"
        )
    slope = float(fit.slope[0])
    if slope > _STEEPEST or slope < _FLATTEST:
        said.append(f"the slope is at the end of what is searched ({slope:.3g}): doses between would tell it")
    if fit.end[0] < fit.start[0] and math.isnan(ends[2]):
        said.append("the curve does not come down to half of the control, so there is no absolute IC50")
    lack = _lack(points, fit)
    if lack < 0.05:
        said.append(
            f"the curve misses the means by more than the replicates differ (lack of fit, p = {lack:.2g})"
        )
    return said
