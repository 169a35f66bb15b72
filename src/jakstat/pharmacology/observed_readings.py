"""Noncompartmental readings of measured concentrations: by profile and dosing interval, and over subjects.

Every reading that has no meaning is left out with its reason; what may be doubted is flagged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.pharmacology.noncompartmental import (
    AREA_RULES,
    TerminalSlope,
    between,
    reading_constants,
    terminal_slope,
    trapezoids,
)
from jakstat.pharmacology.observed_data import ConcentrationProfile, ObservedConcentrations

__all__ = [
    "OBSERVED_READINGS",
    "IntervalOfDose",
    "interval_readings_of",
    "observed_readings",
    "over_subjects",
]

OBSERVED_READINGS: Mapping[str, tuple[str, str]] = {
    "dose": ("mg", "dose at the start of the interval"),
    "tau": ("h", "time to the next dose"),
    "C0": (
        "{c}",
        "concentration at the dose: measured, or extrapolated back from the first two behind a bolus",
    ),
    "Cmax": ("{c}", "highest measured concentration"),
    "Tmax": ("h", "time of the (first) highest concentration after the dose"),
    "Clast": ("{c}", "last measured concentration above the limit"),
    "Tlast": ("h", "its time after the dose"),
    "AUC_last": ("{c}*h", "area from the dose to the last concentration above the limit"),
    "lambda_z": ("1/h", "terminal slope"),
    "half_life": ("h", "terminal half-life"),
    "points": ("", "points of the terminal slope"),
    "R2_adjusted": ("", "adjusted r2 of the terminal slope"),
    "span": ("", "half-lives between its first and last point"),
    "AUC_inf": ("{c}*h", "area to infinity, the tail from the last measured concentration"),
    "AUC_inf_pred": ("{c}*h", "area to infinity, the tail from the line's value at the last time"),
    "extrapolated": ("%", "share of AUC_inf behind the last concentration"),
    "back_extrapolated": ("%", "share of AUC_inf before the first concentration behind a bolus"),
    "MRT": ("h", "mean residence time: moment over area to infinity, less half an infusion"),
    "CL": ("L/h", "clearance: dose over AUC_inf, over AUC_tau at steady state (CL/F if not intravenous)"),
    "Vz": ("L", "volume of the terminal phase: CL over lambda_z (Vz/F if not intravenous)"),
    "Vss": ("L", "volume at steady state: CL times MRT, intravenous single doses"),
    "AUC_tau": ("{c}*h", "area of a dosing interval"),
    "Cavg": ("{c}", "AUC_tau over tau"),
    "Cmin": ("{c}", "lowest measured concentration of a dosing interval"),
    "Ctrough": ("{c}", "concentration at the end of a dosing interval"),
    "fluctuation": ("%", "(Cmax - Cmin) over Cavg"),
    "swing": ("%", "(Cmax - Cmin) over Cmin"),
    "accumulation": ("", "AUC_tau over that of the first interval"),
}
"""Unit and meaning of each reading; ``{c}`` is the unit of the concentrations."""

_ARITHMETIC = ("Tmax", "Tlast", "points", "span", "R2_adjusted", "extrapolated", "back_extrapolated",
               "fluctuation", "swing", "tau")  # fmt: skip
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class IntervalOfDose:
    """Readings behind one dose of a profile: values, why others are left out, and doubts.

    ``number`` counts the dose; ``times`` and ``values`` are the points as they were used, hours behind the
    dose; ``slope`` the terminal line.
    """

    profile: str
    subject: str
    number: int
    of: int
    start: float
    route: str
    values: Mapping[str, float]
    left_out: Mapping[str, str]
    flags: tuple[str, ...]
    times: Floats
    points: Floats
    slope: TerminalSlope | None


def observed_readings(
    data: ObservedConcentrations,
    *,
    rule: str = AREA_RULES[0],
    blq: str = "pknca",
    with_peak: bool = False,
    steady: bool = False,
) -> tuple[IntervalOfDose, ...]:
    """Readings of every profile and dose interval that has enough samples.

    Parameters
    ----------
    data : ObservedConcentrations
    rule : str
        Of areas: linear-up log-down, or linear.
    blq : str
        Rule on values below the limit of quantification.
    with_peak : bool
        Whether the peak may be a point of the terminal slope.
    steady : bool
        Whether the last interval of repeated doses is at steady state: dose over AUC_tau is a clearance.

    Examples
    --------
    >>> from jakstat.pharmacology.observed_file import read_observed
    >>> rows = {"time": [0, 1, 2, 4, 8], "conc": [0, 8, 4, 1, 0.0625], "dose": [10] * 5}
    >>> one, = observed_readings(read_observed(rows))
    >>> round(one.values["half_life"], 6), round(one.values["CL"], 6)
    (1.0, 0.643436)
    """
    found: list[IntervalOfDose] = []
    for subject in data.subjects:
        for profile in subject.profiles:
            found += interval_readings_of(
                profile, subject.id, data.unit, rule=rule, blq=blq, with_peak=with_peak, steady=steady
            )
    return tuple(found)


def interval_readings_of(
    profile: ConcentrationProfile,
    subject: str,
    unit: str,
    *,
    rule: str = AREA_RULES[0],
    blq: str = "pknca",
    with_peak: bool = False,
    steady: bool = False,
) -> list[IntervalOfDose]:
    """Readings of one profile, a row for each dose behind which there are enough samples."""
    starts = profile.dose_times
    starts = starts if len(starts) else np.array([min(0.0, float(profile.times[0]))])
    made: list[IntervalOfDose] = []
    first_area = math.nan
    for k, start in enumerate(starts):
        end = float(starts[k + 1]) if k + 1 < len(starts) else math.inf
        times, values = _points(profile, float(start), end, first=k == 0, blq=blq)
        if np.count_nonzero(times > 0) < _FEWEST:
            continue
        tau = _tau(profile, starts, k)
        at_steady = profile.doses[0].ss == 1 if profile.doses else False
        last = k == len(starts) - 1
        row = _IntervalReader(profile, times, values, rule, unit, tau)
        row.read(
            float(start), with_peak=with_peak, single=len(starts) == 1 and not at_steady,
            steady=at_steady or (steady and last and len(starts) > 1),
            later=at_steady or k > 0,
        )  # fmt: skip
        if k == 0:
            first_area = row.values.get("AUC_tau", math.nan)
        elif not at_steady and "AUC_tau" in row.values and first_area > 0:
            row.values["accumulation"] = row.values["AUC_tau"] / first_area
        made.append(
            IntervalOfDose(
                profile.label, subject, k + 1, len(starts), float(start), profile.route, row.values, row.why,
                tuple(row.flags), times, values, row.slope,
            )
        )  # fmt: skip
    return made


def _tau(profile: ConcentrationProfile, starts: Floats, k: int) -> float:
    """The interval behind a dose: to the next one; of the last, that before it; of a steady state, II."""
    if profile.doses and profile.doses[0].ss == 1:
        return profile.doses[0].ii
    if k + 1 < len(starts):
        return float(starts[k + 1] - starts[k])
    return float(starts[k] - starts[k - 1]) if k else math.nan


def _points(
    profile: ConcentrationProfile, start: float, end: float, *, first: bool, blq: str
) -> tuple[Floats, Floats]:
    """Hours behind the dose and concentrations, values below the limit replaced or left out by their rule."""
    ahead = (profile.times < start) | ((profile.times == start) & profile.before)
    inside = (~ahead & (profile.times < end)) | ((profile.times == end) & profile.before)
    if first:
        inside |= ahead & (profile.times == np.max(profile.times[ahead], initial=-math.inf))
    else:
        inside |= ahead & (profile.times == start)
    times = np.maximum(profile.times[inside] - start, 0.0)
    values, below, limits = profile.values[inside], profile.below[inside], profile.limits[inside]
    keep, filled = _filled(values, below, limits, blq)
    times, values = times[keep], filled[keep]
    unique = np.append(np.diff(times) > 0, True) if len(times) else np.zeros(0, dtype=bool)
    return times[unique], values[unique]


def _filled(values: Floats, below: Floats, limits: Floats, blq: str) -> tuple[Floats, Floats]:
    """Which points are kept, and the values of all."""
    keep = np.ones(len(values), dtype=bool)
    filled = np.where(below, 0.0, values)
    measured = np.flatnonzero(~below.astype(bool) & (filled > 0))
    low = below.astype(bool) | (filled == 0)
    if blq == "M1":
        return ~below.astype(bool), filled
    if blq in ("M5", "M6"):
        filled = np.where(below, 0.5 * limits, filled)
        if blq == "M6":
            near = np.zeros(len(values), dtype=bool)
            near[1:] |= ~below[:-1].astype(bool)
            near[:-1] |= ~below[1:].astype(bool)
            keep = ~below.astype(bool) | near
        return keep, filled
    if blq in ("pknca", "M3") and len(measured):
        inner = np.arange(len(values))
        keep = ~(low & (inner > measured[0]) & (inner < measured[-1]))
    return keep, filled


class _IntervalReader:
    """The readings of one interval as they are found."""

    def __init__(
        self, profile: ConcentrationProfile, times: Floats, values: Floats, rule: str, unit: str, tau: float
    ) -> None:
        self.profile, self.times, self.points = profile, times, values
        self.rule, self.unit, self.tau = rule, unit, tau
        self.values: dict[str, float] = {}
        self.why: dict[str, str] = {}
        self.flags: list[str] = []
        self.slope: TerminalSlope | None = None
        self.sampled, self.measured = times, values
        self.back_to = math.nan  # first sample behind a bolus whose C0 is extrapolated

    def read(self, start: float, *, with_peak: bool, single: bool, steady: bool, later: bool) -> None:
        """All of them."""
        dose, duration = self.profile.dose_at(start)
        if dose > 0:
            self.values["dose"] = dose
        after = self.times > 0 if self.profile.route != "bolus" else self.times >= 0
        if not np.any(self.points[after] > 0):
            self.leave(("Cmax", "AUC_last", "half_life"), "no concentration lies above the limit")
            return
        self._begin(later=later)
        self._peak()
        behind = duration if duration > 0 else -math.inf
        slope = terminal_slope(self.sampled, self.measured, with_peak=with_peak, after=behind)
        self.slope = slope
        if slope is None:
            self.leave(
                ("half_life", "AUC_inf"), "no terminal slope: it takes three falling points behind the peak"
            )
        area, moment = self._to_last()
        if slope is not None:
            self._of_the_slope(slope, area, moment, dose, duration, single=single)
        if math.isfinite(self.tau):
            self._of_the_interval(dose, steady=steady)
        elif not single:
            self.leave(("AUC_tau",), "there is no next dose")

    def leave(self, names: Sequence[str], reason: str) -> None:
        """Leave readings out."""
        self.why.update(dict.fromkeys(names, reason))

    def _begin(self, *, later: bool) -> None:
        """A point at the dose, where none was taken; ``later``: there is drug of earlier doses."""
        route = self.profile.route
        if self.times[0] == 0.0:
            if route == "bolus" and self.points[0] == 0.0:
                self.times, self.points = self.times[1:], self.points[1:]
            else:
                if route == "bolus":
                    self.values["C0"] = float(self.points[0])
                return
        start = 0.0
        if route == "bolus":
            start = self._back()
            self.values["C0"] = start
            self.back_to = float(self.times[0])
        elif later:
            start = float(np.min(self.points))
            self.flags.append("no sample at the dose: its lowest concentration is taken")
        self.times, self.points = np.append(0.0, self.times), np.append(start, self.points)

    def _back(self) -> float:
        """Back from the first two points on a logarithmic line; the first one where they do not fall."""
        (t1, t2), (c1, c2) = self.times[:2], self.points[:2]
        if c2 <= 0 or c2 >= c1:
            self.flags.append("C0 is the first concentration: the first two do not fall")
            return float(c1)
        return float(c1 * (c1 / c2) ** (t1 / (t2 - t1)))

    def _peak(self) -> None:
        top = int(np.argmax(self.measured))
        self.values.update(Cmax=float(self.measured[top]), Tmax=float(self.sampled[top]))
        end = int(np.flatnonzero(self.points > 0)[-1])
        self.values.update(Clast=float(self.points[end]), Tlast=float(self.times[end]))

    def _to_last(self) -> tuple[float, float]:
        end = int(np.flatnonzero(self.points > 0)[-1]) + 1
        area, moment = trapezoids(self.times[:end], self.points[:end], rule=self.rule)
        self.values["AUC_last"] = area
        return area, moment

    def _of_the_slope(
        self, slope: TerminalSlope, area: float, moment: float, dose: float, duration: float, *, single: bool
    ) -> None:
        told, constants = self.values, reading_constants()
        told.update(
            lambda_z=slope.rate, half_life=slope.half_life, points=float(slope.points),
            R2_adjusted=slope.r2_adjusted, span=slope.span,
        )  # fmt: skip
        if slope.span < constants["span_half_lives"].value:
            self.flags.append(f"the slope spans {slope.span:.2g} half-lives, less than 2")
        if slope.r2_adjusted < constants["r2_adjusted"].value:
            self.flags.append(f"adjusted r2 of the slope is {slope.r2_adjusted:.3f}, below 0.9")
        if not single:
            self.leave(("AUC_inf", "MRT"), "they are those of a single dose")
            return
        tail, last = told["Clast"] / slope.rate, told["Tlast"]
        whole = area + tail
        told.update(
            AUC_inf=whole, AUC_inf_pred=area + slope.at(last) / slope.rate, extrapolated=100.0 * tail / whole
        )
        if tail / whole > constants["extrapolated_share"].value:
            self.flags.append(f"{100.0 * tail / whole:.0f} % of AUC_inf is extrapolated, more than 20 %")
        if math.isfinite(self.back_to):
            early, _ = trapezoids(self.times[:2], self.points[:2], rule=self.rule)
            told["back_extrapolated"] = 100.0 * early / whole
        moments = moment + told["Clast"] * last / slope.rate + told["Clast"] / slope.rate**2
        told["MRT"] = moments / whole - 0.5 * duration
        self._clearance(dose, whole)
        if "CL" in told and self.profile.route != "extravascular":
            told["Vss"] = told["CL"] * told["MRT"]

    def _clearance(self, dose: float, area: float) -> None:
        if self.unit != "mg/L":
            self.leave(("CL", "Vz"), "concentrations are molar and no drug says the molar mass")
        elif not dose > 0:
            self.leave(("CL", "Vz"), "no dose is told")
        else:
            self.values["CL"] = dose / area
            if "lambda_z" in self.values:
                self.values["Vz"] = dose / area / self.values["lambda_z"]

    def _of_the_interval(self, dose: float, *, steady: bool) -> None:
        """Readings of a dosing interval, to its end; the end is measured, between points, or on the slope."""
        told, tau = self.values, self.tau
        told["tau"] = tau
        inside = self.times <= tau
        times, points = self.times[inside], self.points[inside]
        if times[-1] < tau:
            end = between(self.times, self.points, tau, rule=self.rule)
            if math.isnan(end) and self.slope is not None:
                end = float(points[-1] * np.exp(-self.slope.rate * (tau - times[-1])))
                self.flags.append("the interval's end is extrapolated by the terminal slope")
            if math.isnan(end):
                self.leave(("AUC_tau",), "the interval's end was not sampled")
                return
            times, points = np.append(times, tau), np.append(points, end)
        area, _ = trapezoids(times, points, rule=self.rule)
        low, high, mean = float(points.min()), float(points.max()), area / tau
        told.update(AUC_tau=area, Cavg=mean, Cmin=low, Ctrough=float(points[-1]))
        told["fluctuation"] = 100.0 * (high - low) / mean
        if low > 0:
            told["swing"] = 100.0 * (high - low) / low
        if steady:
            self._clearance(dose, area)
        elif "CL" not in told:
            self.leave(("CL", "Vz"), "not told to be at steady state (SS, --interval or --steady-state)")


def over_subjects(rows: Sequence[IntervalOfDose]) -> dict[str, dict[str, float]]:
    """Each reading over profiles: count, geometric mean and its CV (%), median, lowest, highest.

    The geometric CV is 100 sqrt(exp(s^2) - 1) with s the standard deviation of the logarithms. Times, shares
    and counts have no geometric mean, nor has a reading with a value of 0.

    Examples
    --------
    >>> from jakstat.pharmacology.observed_file import read_observed
    >>> rows = {"ID": [1] * 4 + [2] * 4, "TIME": [1, 2, 3, 4] * 2, "DV": [8, 4, 2, 1, 32, 16, 8, 4]}
    >>> over = over_subjects(observed_readings(read_observed(rows)))
    >>> round(over["Cmax"]["geometric_mean"], 9), round(over["Cmax"]["geometric_cv"], 1)
    (16.0, 127.0)
    """
    found: dict[str, dict[str, float]] = {}
    for name in OBSERVED_READINGS:
        values = np.array([row.values[name] for row in rows if name in row.values])
        if not len(values):
            continue
        told = {"count": float(len(values))}
        if name not in _ARITHMETIC and np.all(values > 0):
            logs = np.log(values)
            told["geometric_mean"] = float(np.exp(logs.mean()))
            if len(values) > 1:
                told["geometric_cv"] = float(100.0 * np.sqrt(np.expm1(logs.var(ddof=1))))
        told.update(median=float(np.median(values)), low=float(values.min()), high=float(values.max()))
        found[name] = told
    return found
