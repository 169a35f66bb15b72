"""Ratios of hazards on a line: with their two intervals, and over groups of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jakstat.extras import needs
from jakstat.report.page_figure import INK, MUTED, SERIES, WIDE, empty_figure, page_axes, shortened, wrapped

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

__all__ = ["ForestRow", "RatioRow", "forest", "forest_rows", "ratio_intervals", "ratio_rows"]

_SAMPLING, _MODEL, _SAME = SERIES[1], SERIES[2], SERIES[3]
_MARKS_AT = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0, 20.0)
_CLOSE_MARKS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.6, 2.0, 2.5)


@dataclass(frozen=True, slots=True)
class RatioRow:
    """A ratio of hazards with what is known of its spread; bounds are None where there are none."""

    endpoint: str
    arm: str
    value: float
    sampling: tuple[float, float] | None
    model: tuple[float, float] | None
    same_patients: float | None


@dataclass(frozen=True, slots=True)
class ForestRow:
    """A ratio of hazards in a group of patients."""

    group: str
    n: int | None
    value: float
    low: float
    high: float
    whole: bool = False


def _pair(found: Any) -> tuple[float, float] | None:
    low, high = (found or {}).get("low"), (found or {}).get("high")
    return None if low is None or high is None else (float(low), float(high))


def ratio_rows(endpoints: Mapping[str, Any]) -> list[RatioRow]:
    """A row for each endpoint in time and each arm that is compared, of the ``endpoints`` of a trial.

    Examples
    --------
    >>> compared = {"a": {"hazard_ratio": 0.7, "sampling": {"low": 0.5, "high": 0.9}}}
    >>> ratio_rows({"OS": {"compared": compared}})[0].sampling
    (0.5, 0.9)
    """
    found = []
    for name, endpoint in endpoints.items():
        for arm, row in ((endpoint or {}).get("compared") or {}).items():
            value = row.get("hazard_ratio")
            if value is None or not value > 0.0:
                continue
            same = row.get("counterfactual_hazard_ratio")
            same = same.get("value") if isinstance(same, Mapping) else same
            found.append(
                RatioRow(name, arm, float(value), _pair(row.get("sampling")), _pair(row.get("model")), same)
            )
    return found


def ratio_intervals(rows: Sequence[RatioRow], width: float, *, arms: int) -> Figure:
    """Each ratio with its sampling interval; below it that of the same patients, with the model interval."""
    narrow = width < WIDE
    figure = empty_figure(width, (1.5 if narrow else 1.0) + 0.62 * len(rows))
    axes = figure.subplots()
    bounds: list[float] = []
    for k, row in enumerate(rows):
        y = len(rows) - 1.0 - k
        paint = SERIES[0] if row.sampling is None else _SAMPLING
        if row.sampling is not None:
            _bar(axes, row.sampling, y + 0.15, paint, 2.4)
            bounds += row.sampling
        axes.plot([row.value], [y + 0.15], "s", ms=5.0, color=paint, zorder=4)
        if row.model is not None:
            _bar(axes, row.model, y - 0.15, _MODEL, 2.4)
            bounds += row.model
        if row.same_patients is not None and row.same_patients > 0.0:
            axes.plot([row.same_patients], [y - 0.15], "D", ms=5.0, mfc="none", mec=_SAME, mew=1.4, zorder=5)
            bounds.append(row.same_patients)
        bounds.append(row.value)
    names = [wrapped(shortened(r.arm, 40), 18 if narrow else 40) for r in rows]
    between = "\n" if narrow else ", "
    labels = [
        r.endpoint if arms < 3 else f"{r.endpoint}{between}{n}" for r, n in zip(rows, names, strict=True)
    ]
    _ratio_axis(axes, labels, bounds, narrow=narrow)
    handles = []
    if any(row.sampling is not None for row in rows):
        square = Line2D([], [], color=_SAMPLING, lw=2.4, marker="s", ms=5, label="sampling interval")
        handles.append(square)
    if any(row.model is not None for row in rows):
        handles.append(Line2D([], [], color=_MODEL, lw=2.4, label="model interval"))
    if any(row.same_patients is not None for row in rows):
        same = Line2D([], [], color=_SAME, lw=0, marker="D", ms=4.6, mfc="none", mew=1.4)
        same.set_label("same patients in both arms")
        handles.append(same)
    if handles:
        axes.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=1 if narrow else 3,
            frameon=False,
            fontsize=8.0 if narrow else 8.5,
            labelcolor=INK,
            borderaxespad=0.2,
            columnspacing=1.2,
            handlelength=1.8,
        )
    return figure


def forest_rows(document: Mapping[str, Any], endpoint: str, arm: str) -> list[ForestRow]:
    """All patients, then each stratum's low and high group; rows without an interval are left out.

    Parameters
    ----------
    document : mapping
        ``trial.json``.
    endpoint, arm : str
    """
    rows = [_forest_row("all patients", None, document, endpoint, arm, whole=True)]
    for name, stratum in (document.get("strata") or {}).items():
        for side in [s for s in stratum if isinstance(stratum[s], Mapping) and "endpoints" in stratum[s]]:
            part = stratum[side]
            rows.append(_forest_row(f"{name}: {side}", part.get("n"), part, endpoint, arm))
    return [row for row in rows if row is not None]


def _forest_row(
    group: str, n: int | None, part: Mapping[str, Any], endpoint: str, arm: str, *, whole: bool = False
) -> ForestRow | None:
    found = ((part.get("endpoints") or {}).get(endpoint) or {}).get("compared") or {}
    row = found.get(arm) or {}
    value = row.get("hazard_ratio")
    pair = _pair({"low": row.get("cox_low"), "high": row.get("cox_high")})
    if value is None or pair is None or not value > 0.0 or not pair[0] > 0.0:
        return None
    return ForestRow(group, n, float(value), *pair, whole=whole)


def forest(rows: Sequence[ForestRow], width: float) -> Figure:
    """Groups under each other; the diamond is all patients."""
    narrow = width < WIDE
    figure = empty_figure(width, 0.75 + (0.4 if narrow else 0.3) * len(rows))
    axes = figure.subplots()
    labels = []
    for k, row in enumerate(rows):
        y = len(rows) - 1.0 - k
        paint = SERIES[0] if row.whole else SERIES[1]
        _bar(axes, (row.low, row.high), y, paint, 1.8)
        axes.plot(
            [row.value], [y], "D" if row.whole else "s", ms=7.0 if row.whole else 5.5, color=paint, zorder=4
        )
        n = "" if row.n is None else f"\nn = {row.n}" if narrow else f" (n = {row.n})"
        labels.append(f"{shortened(row.group, 22 if narrow else 44)}{n}")
        if not narrow:
            axes.annotate(
                f"{row.value:.2f} ({row.low:.2f}–{row.high:.2f})",
                (1.02, y),
                xycoords=("axes fraction", "data"),
                fontsize=8.2,
                color=INK,
                va="center",
                annotation_clip=False,
            )
    _ratio_axis(axes, labels, [b for r in rows for b in (r.low, r.high)], narrow=narrow)
    return figure


def _bar(axes: Axes, pair: tuple[float, float], y: float, paint: str, thick: float) -> None:
    axes.plot(pair, [y, y], color=paint, lw=thick, solid_capstyle="butt", zorder=3)


def _ratio_axis(axes: Axes, labels: Sequence[str], bounds: Sequence[float], *, narrow: bool) -> None:
    """A logarithmic axis of ratios with 1 marked, and the rows' names."""
    low, high = min([*bounds, 0.8]) / 1.15, max([*bounds, 1.25]) * 1.15
    low, high = max(low, 0.03), min(high, 30.0)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    marks = [m for m in (_CLOSE_MARKS if high < 2.6 * low else _MARKS_AT) if low <= m <= high]
    if len(marks) > (5 if narrow else 8):
        marks = [m for m in marks if m in (0.1, 0.3, 0.5, 1.0, 2.0, 3.0, 10.0)]
    axes.xaxis.set_major_locator(FixedLocator(marks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.axvline(1.0, color=MUTED, lw=1.0, zorder=2)
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.set_yticks(range(len(labels) - 1, -1, -1), list(labels))
    axes.set_xlabel("ratio of hazards (1); below 1: fewer events than control")
    page_axes(axes, narrow=narrow)
    if narrow:
        axes.set_xlabel("ratio of hazards (1)\nbelow 1: fewer events than control")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
