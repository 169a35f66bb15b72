"""Curves of Kaplan and Meier with their intervals, losses from sight and numbers at risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.extras import needs
from jakstat.report.canvas import finish, headline
from jakstat.report.page_figure import (
    INK,
    MUTED,
    WIDE,
    drawing,
    empty_figure,
    page_axes,
    series_style,
    shortened,
)

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ENDPOINT_WORDS", "observed_survival_figure", "seen", "survival_curves", "trial_survival"]

ENDPOINT_WORDS: Mapping[str, tuple[str, str]] = {
    "OS": ("Overall survival", "alive (%)"),
    "PFS": ("Progression-free survival", "alive without progression (%)"),
    "TTP": ("Time to progression", "without progression (%)"),
    "RFS": ("Recurrence-free survival", "alive without recurrence (%)"),
    "DoR": ("Duration of response", "still in response (%)"),
}
"""Name of an endpoint, and what its curve counts."""

_SEEN = 0.25
"""Percent: changes below this are narrower than the line."""
_MARKS = 70
"""Marks of patients lost from sight on one curve; more would be a band."""
_FEW_ARMS = 3


def seen(months: Sequence[float], *columns: Sequence[float] | Floats) -> tuple[Floats, ...]:
    """The steps of a curve that can be told apart on paper, the first and the last among them.

    Parameters
    ----------
    months : sequence of float
    columns : sequences of float
        Shares of one, beside each other; the first decides.

    Examples
    --------
    >>> [column.tolist() for column in seen([0, 1, 2, 3], [1.0, 0.9999, 0.5, 0.4999])]
    [[0.0, 2.0, 3.0], [1.0, 0.5, 0.4999]]
    """
    arrays = [np.asarray(c, dtype=float) for c in (months, *columns)]
    keep, last = [], np.nan
    shares = 100.0 * arrays[1]
    for k, share in enumerate(shares):
        if not abs(share - last) < _SEEN or k == len(shares) - 1:
            keep.append(k)
            last = share
    return tuple(a[keep] for a in arrays)


def trial_survival(document: Mapping[str, Any], endpoint: str | None = None) -> Figure:
    """The survival curves of a trial as a figure of its own, for a file.

    Parameters
    ----------
    document : mapping
        ``trial.json``.
    endpoint : str, optional
        The primary one if not given.

    Raises
    ------
    InputError
        ``trial.endpoint``: it was not counted.
    """
    question = document.get("question") or {}
    there = document.get("endpoints") or {}
    curves = [name for name in there if name in ENDPOINT_WORDS]
    if endpoint is not None and endpoint not in curves:
        what = f"the run has no curve of {endpoint[:40]!r}"
        raise problem("trial.endpoint", what, field="--endpoint", hint=", ".join(curves))
    primary = str(question.get("primary"))
    name = endpoint or (primary if primary in curves else [*curves, "OS"][0])
    arms = (there.get(name) or {}).get("arms") or {}
    with drawing():
        figure = survival_curves(name, arms, WIDE)
        figure.patch.set_alpha(1.0)
        what = f"{ENDPOINT_WORDS[name][0]}: {question.get('name', 'a trial')}"
        headline(figure, shortened(what, 160))
        size = question.get("patients")
        notes = [f"{size} virtual patients" if size else "virtual patients"]
        return finish(figure, [], [*notes, "bands: 95 % of each curve; ticks: lost from sight"])


def observed_survival_figure(document: Mapping[str, Any]) -> Figure:
    """The curves of the groups of a table, and of the arms of a run where one stands beside it.

    Parameters
    ----------
    document : mapping
        As :func:`jakstat.trial.observed_survival.observed_survival` makes it.
    """
    known = {name.casefold(): name for name in ENDPOINT_WORDS}
    name = known.get(str(document["endpoint"]).casefold(), "OS")
    arms = dict(document["arms"])
    for arm, one in ((document.get("model") or {}).get("arms") or {}).items():
        arms[f"{arm} (model)"] = one
    with drawing():
        figure = survival_curves(name, arms, WIDE)
        figure.patch.set_alpha(1.0)
        figure.axes[0].set_xlabel("months")
        title = ENDPOINT_WORDS[name][0] if document["endpoint"] else "Time to event"
        headline(figure, shortened(f"{title}: {document['file']}", 160))
        return finish(figure, [], ["bands: 95 % of each curve; ticks: lost from sight"])


def survival_curves(endpoint: str, arms: Mapping[str, Mapping[str, Any]], width: float) -> Figure:
    """Curves of one endpoint, and below them how many are at risk.

    Parameters
    ----------
    endpoint : str
        Of :data:`ENDPOINT_WORDS`.
    arms : mapping
        By arm, what ``trial.json`` has of it: ``curve`` with ``months``, ``share`` and what goes with them.
    width : float
        Inches.
    """
    narrow = width < WIDE
    shown = {name: arm["curve"] for name, arm in arms.items() if (arm.get("curve") or {}).get("months")}
    rows = len(shown)
    figure = empty_figure(width, (2.9 if narrow else 3.5) + (0.31 if narrow else 0.18) * rows)
    axes = figure.subplots()
    end = max((float(c["months"][-1]) for c in shown.values()), default=12.0)
    end = max([end, *(float(c["at_risk"]["months"][-1]) for c in shown.values() if _at_risk(c))])
    for k, (name, curve) in enumerate(shown.items()):
        _one_curve(axes, name, curve, k, narrow=narrow)
    axes.axhline(50.0, color=MUTED, lw=0.7, ls=(0, (2, 2)), zorder=1)
    axes.set_xlim(0.0, end if end > 0.0 else 1.0)
    axes.set_ylim(0.0, 103.0)
    axes.set_yticks(range(0, 101, 25 if narrow else 20))
    axes.set_xticks(_ticks(shown.values(), end, 5 if narrow else 9))
    axes.set_xlabel(f"months from {'the first response' if endpoint == 'DoR' else 'randomisation'}")
    axes.set_ylabel(ENDPOINT_WORDS[endpoint][1])
    page_axes(axes, narrow=narrow)
    if shown:
        _legend(figure, axes, rows, narrow=narrow)
        _numbers_at_risk(axes, shown, narrow=narrow)
    else:
        axes.text(0.5, 0.5, "nobody to follow", transform=axes.transAxes, ha="center", color=INK, fontsize=9)
    return figure


def _legend(figure: Figure, axes: Axes, rows: int, *, narrow: bool) -> None:
    """In the corner that curves leave free; above them where there are many."""
    style = {"fontsize": 8.0 if narrow else 8.5, "frameon": False, "labelcolor": INK, "handlelength": 2.6}
    if rows <= _FEW_ARMS:
        axes.legend(loc="upper right", **style)
    else:
        figure.legend(loc="outside upper left", ncols=1 if narrow else 2, **style)


def _one_curve(axes: Axes, name: str, curve: Mapping[str, Any], k: int, *, narrow: bool) -> None:
    paint, dashes = series_style(k)
    bounds = [curve[end] for end in ("low", "high") if curve.get(end)]
    months, share, *band = (_held(c) for c in seen(curve["months"], curve["share"], *bounds))
    months[-1] = max(months[-1], _followed(curve))
    label = shortened(name, 26 if narrow else 44)
    axes.step(months, 100.0 * share, where="post", color=paint, ls=dashes, lw=1.7, label=label, zorder=3)
    if len(band) == 2:
        low, high = (np.nan_to_num(100.0 * b, nan=np.nan) for b in band)
        axes.fill_between(months, low, high, step="post", color=paint, alpha=0.13, lw=0, zorder=2)
    marks = np.asarray(curve.get("censored_months") or [], dtype=float)
    if marks.size:
        marks = np.unique(marks)[:: max(1, -(-np.unique(marks).size // _MARKS))]
        whole = np.asarray(curve["months"], dtype=float)
        place = np.clip(np.searchsorted(whole, marks, side="right") - 1, 0, None)
        at = 100.0 * np.asarray(curve["share"], dtype=float)[place]
        axes.plot(marks, at, "|", color=paint, ms=5.5, mew=0.9, zorder=4)


def _held(values: Floats) -> Floats:
    """With the last value once more: a curve goes on level for as long as anybody is followed."""
    return np.append(values, values[-1])


def _followed(curve: Mapping[str, Any]) -> float:
    """Months until which somebody is seen on this curve."""
    known = [float(m) for m in curve.get("censored_months") or []]
    if _at_risk(curve):
        pairs = zip(curve["at_risk"]["months"], curve["at_risk"]["n"], strict=False)
        known += [float(m) for m, n in pairs if n > 0]
    return max(known, default=0.0)


def _at_risk(curve: Mapping[str, Any]) -> bool:
    return bool((curve.get("at_risk") or {}).get("months"))


def _ticks(curves: Any, end: float, most: int) -> list[float]:
    """Ticks where numbers at risk are known, at most so many."""
    known = sorted({float(m) for c in curves if _at_risk(c) for m in c["at_risk"]["months"]})
    if len(known) >= 2:
        return known[:: max(1, -(-len(known) // most))]
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60) if end / s <= most), 120)
    return [float(m) for m in np.arange(0.0, end + 1e-9, step)]


def _numbers_at_risk(axes: Axes, shown: Mapping[str, Mapping[str, Any]], *, narrow: bool) -> None:
    """A row of an arm: in its colour, below the axis, at the ticks."""
    if not any(_at_risk(c) for c in shown.values()):
        return
    size = 7.6 if narrow else 8.2
    below = -36.0 if narrow else -40.0  # points under the axis

    def put(words: str, month: float, paint: str, across: str, *, aside: float = 0.0) -> None:
        axes.annotate(
            words,
            (month, 0.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(aside, below),
            textcoords="offset points",
            fontsize=size,
            color=paint,
            ha=across,
            va="top",
            annotation_clip=False,
        )

    put("Number at risk", 0.0, INK, "left")
    for k, (name, curve) in enumerate(shown.items()):
        if not _at_risk(curve):
            continue
        known = dict(zip(curve["at_risk"]["months"], curve["at_risk"]["n"], strict=False))
        paint = series_style(k)[0]
        below -= 1.5 * size
        if narrow:
            put(shortened(name, 40), 0.0, paint, "left")
            below -= 1.35 * size
        else:
            put(shortened(name, 25), 0.0, paint, "right", aside=-16.0)
        for month in axes.get_xticks():
            if (n := known.get(month)) is not None:
                put(f"{n:.0f}", float(month), paint, "center")
