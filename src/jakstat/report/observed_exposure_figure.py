"""Measured concentrations: profiles, terminal slopes, the model's band, its check, individual fits."""

from __future__ import annotations

import numpy as np

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.pharmacology.individual_fits import IndividualFits
from jakstat.pharmacology.observed_check import PERCENTILES, PredictiveCheck
from jakstat.pharmacology.observed_data import ConcentrationProfile
from jakstat.pharmacology.observed_exposure import ObservedExposure
from jakstat.report.canvas import COLOURS, colour, finish, headline, new_figure, tidy

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

__all__ = ["observed_exposure_figure"]

_MANY = 8  # profiles with a colour and a slope of their own
_PANELS = 12  # individual fits
_ACROSS = 4
_DAYS_FROM = 96.0
_TINY = 1e-12


def observed_exposure_figure(found: ObservedExposure) -> Figure:
    """The profiles over the model's band; with the check and the individual fits where there are any."""
    fits = [] if found.fits is None else [n for n in found.fits.ids if n not in found.fits.failed][:_PANELS]
    rows = -(-len(fits) // _ACROSS)
    tall = 3.4 + 3.2 * (found.check is not None) + 2.0 * rows
    figure = new_figure(8.6, 1.2 + tall)
    ratios = [3.4] + [3.2] * (found.check is not None) + [2.0] * rows
    grid = figure.add_gridspec(len(ratios), _ACROSS, height_ratios=ratios)
    _profiles(figure.add_subplot(grid[0, :]), found)
    row = 1
    if found.check is not None:
        _checked(figure.add_subplot(grid[row, :]), found.check)
        row += 1
    if found.fits is not None:
        for k, name in enumerate(fits):
            place = grid[row + k // _ACROSS, k % _ACROSS]
            _fitted(figure.add_subplot(place), found, found.fits, name, first=k % _ACROSS == 0)
    drug = "" if found.drug is None else f"{found.drug.name} ({found.drug.grade} numbers) and "
    error = f"; {found.error_said}" if found.check is not None or found.fits is not None else ""
    headline(figure, f"{drug}{found.heading}; {found.rule}{error}")
    notes = (
        [] if found.fits is None or len(found.fits.ids) <= _PANELS else [f"first {_PANELS} individual fits"]
    )
    return finish(figure, [] if found.drug is None else list(found.drug.sources), notes)


def _time(span: float) -> tuple[float, str]:
    return (1.0, "h") if span <= _DAYS_FROM else (1.0 / 24.0, "days")


def _scaled(axes: Axes, values: Floats, *, above: Floats | None = None) -> None:
    """A logarithmic axis around positive values; ``above`` only stretches it upwards."""
    known = values[np.isfinite(values) & (values > 0)]
    if not len(known):
        return
    axes.set_yscale("log")
    low, high = float(known.min()), float(known.max())
    if above is not None:
        high = float(np.nanmax(above, initial=high))
    axes.set_ylim(0.6 * low, 1.7 * high)
    few = np.log10(high / low) < 2.0
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _profiles(axes: Axes, found: ObservedExposure) -> None:
    """Every profile from its first dose; terminal slopes of a few; values below the limit as open marks."""
    profiles = found.data.profiles
    starts = [float(p.dose_times[0]) if len(p.dose_times) else 0.0 for p in profiles]
    span = max(float(p.times[-1]) - s for p, s in zip(profiles, starts, strict=True))
    scale, unit = _time(span)
    shown: list[Floats] = [np.where(p.below, p.limits, p.values) for p in profiles]
    above = None
    if found.band is not None:
        hours = found.band["hours"] * scale
        low, middle, above = (np.maximum(found.band[k], _TINY) for k in ("low", "median", "high"))
        axes.fill_between(hours, low, above, color="0.75", alpha=0.5, lw=0, label="model, 5 to 95 %")
        axes.plot(hours, middle, color="0.35", lw=1.2, label="model, median")
    few = len(profiles) <= _MANY
    for k, (profile, start) in enumerate(zip(profiles, starts, strict=True)):
        paint = colour(k) if few else COLOURS[0]
        hours, values = _broken(profile, start, scale)
        width = 0.9 if few else 0.5
        axes.plot(hours, values, "o-", color=paint, ms=3.5 if few else 2.5, lw=width,
                  alpha=1.0 if few else 0.55, label=profile.label if few else None)  # fmt: skip
        low_at = profile.below & np.isfinite(profile.limits)
        at = (profile.times[low_at] - start) * scale
        axes.plot(at, profile.limits[low_at], "v", mfc="none", color=paint, ms=5)
    if few:
        _slopes(axes, found, starts, scale)
    _scaled(axes, np.concatenate(shown), above=above)
    axes.set_xlabel(f"time since the first dose ({unit})", fontsize=9)
    axes.set_ylabel(f"concentration ({found.data.unit})", fontsize=9)
    below = any((p.below & np.isfinite(p.limits)).any() for p in profiles)
    title = f"{len(profiles)} profiles" + (", dashed: terminal slopes" if few else "")
    axes.set_title(title + ("; triangles: below the limit" if below else ""), fontsize=9, loc="left")
    tidy(axes)
    if few or found.band is not None:
        axes.legend(fontsize=7.5, frameon=False, ncols=2)


def _broken(profile: ConcentrationProfile, start: float, scale: float) -> tuple[Floats, Floats]:
    """Times and values of a profile, broken where a dose lies between two samples."""
    times, given = profile.times, profile.dose_times
    gaps = [k for k in range(1, len(times)) if np.any((given > times[k - 1]) & (given < times[k]))]
    hours = (times - start) * scale
    return np.insert(hours, gaps, np.nan), np.insert(profile.values, gaps, np.nan)


def _slopes(axes: Axes, found: ObservedExposure, starts: list[float], scale: float) -> None:
    labels = {p.label: k for k, p in enumerate(found.data.profiles)}
    for row in found.rows:
        if row.slope is not None:
            ends = np.array([row.slope.first, row.slope.last])
            lines = row.slope.start * np.exp(-row.slope.rate * ends)
            k = labels[row.profile]
            axes.plot((ends + row.start - starts[k]) * scale, lines, "--", color=colour(k), lw=1.6, alpha=0.8)


def _checked(axes: Axes, check: PredictiveCheck) -> None:
    """Measured percentiles over the intervals of the simulated ones."""
    scale, unit = _time(float(check.hours.max()))
    axes.plot(check.hours * scale, check.values, "o", color="0.6", ms=2.2, zorder=1)
    middles = np.array([b.middle for b in check.bins]) * scale
    paints = (COLOURS[0], COLOURS[1], COLOURS[0])
    for k, (percent, paint) in enumerate(zip(PERCENTILES, paints, strict=True)):
        spans = np.array([b.simulated[k] for b in check.bins])
        told = np.array([b.measured[k] for b in check.bins])
        low, high = np.maximum(spans[:, 0], _TINY), np.maximum(spans[:, 2], _TINY)
        axes.fill_between(middles, low, high, color=paint, alpha=0.22, lw=0, zorder=2)
        told = np.where(np.isfinite(told), told, np.nan)
        style = "-" if percent == PERCENTILES[1] else "--"
        axes.plot(
            middles, told, style, marker="s", ms=3, color=paint, lw=1.2, zorder=3, label=f"{percent:g} %"
        )
        out = np.array([bool(b.outside[k]) for b in check.bins])
        axes.plot(middles[out], told[out], "o", mfc="none", ms=9, color="#B00000", zorder=4)
    spans = np.concatenate([b.simulated.ravel() for b in check.bins])
    spans = spans[np.isfinite(spans)]
    _scaled(axes, np.concatenate([spans, check.values]))
    kind = "prediction-corrected check" if check.corrected else "visual predictive check"
    told_of = f"{check.outside} of {check.compared} percentiles outside (red)"
    axes.set_title(
        f"{kind}: lines measured, bands 95 % of {check.sets} simulated sets; {told_of}",
        fontsize=9,
        loc="left",
    )
    axes.set_xlabel(f"time since the {check.axis} dose ({unit})", fontsize=9)
    axes.set_ylabel("concentration (mg/L)", fontsize=9)
    tidy(axes)
    axes.legend(fontsize=7.5, frameon=False, ncols=3)


def _fitted(axes: Axes, found: ObservedExposure, fits: IndividualFits, name: str, *, first: bool) -> None:
    """One subject: samples, the individual curve, and the typical subject of the same covariates."""
    assert found.design is not None
    k = fits.ids.index(name)
    hours, curve, usual = fits.curves[name]
    scale, unit = _time(float(hours[-1]))
    at, values = found.design.hours[k], found.design.values[k]
    axes.plot(hours * scale, usual, ":", color="0.5", lw=1.0)
    axes.plot(hours * scale, curve, color=COLOURS[1], lw=1.2)
    axes.plot(at * scale, values, "o", color=COLOURS[0], ms=3)
    low = found.design.below[k] & found.design.counts[k]
    axes.plot(at[low] * scale, found.design.limits[k][low], "v", mfc="none", color=COLOURS[0], ms=4)
    _scaled(axes, np.where(np.isfinite(values), values, found.design.limits[k]), above=curve)
    axes.set_title(name, fontsize=8)
    tidy(axes)
    axes.tick_params(labelsize=7)
    axes.set_xlabel(unit, fontsize=7)
    if first:
        axes.set_ylabel("mg/L (line: fit, dots: typical)", fontsize=7)
