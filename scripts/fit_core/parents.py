"""Ours beside the published parents, on the points that were kept for testing.

Two figures for each kind of cell: the sum of squared residuals over the rows of relative series and absolute
values that both models have, with one scale per series and with one scale and one background; and in how many
clear rows a drug moves the readout the way that was measured. A row is a treated sample with an
untreated one of the same series, time and dose of IL-6; it is clear where the two means differ by more than
two standard deviations of their difference. Nothing of a model decides which rows are clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from scripts.fit_core.measurements import CONTEXTS, Condition, Point
from scripts.fit_core.objective import JUDGING, Problem, problem, simulate
from scripts.fit_core.profile import Series, profile
from scripts.fit_core.published import published_gene, published_values
from scripts.fit_core.targets import GENES, judge_shipped

__all__ = ["DrugRow", "clear_rows", "compared", "compared_genes", "sums_of_squares"]

Array = npt.NDArray[np.float64]

_CLEAR = 2.0


@dataclass(frozen=True)
class DrugRow:
    """Indices of the treated and the untreated points of a row, and whether the treated ones are higher."""

    treated: tuple[int, ...]
    control: tuple[int, ...]
    rises: bool


def _drugs(condition: Condition) -> tuple[Any, ...]:
    given = condition.ruxolitinib_nM > 0 or condition.stattic_uM > 0
    blocked = condition.actinomycin_D is not None or condition.cycloheximide
    if not given and not blocked:
        return ()
    return (condition.ruxolitinib_nM, condition.stattic_uM, condition.actinomycin_D, condition.cycloheximide)


def clear_rows(points: Sequence[Point]) -> list[DrugRow]:
    """The rows of ``points`` in which the data tell the direction."""
    groups: dict[tuple[Any, ...], dict[tuple[Any, ...], list[int]]] = {}
    for i, p in enumerate(points):
        key = (p.scale, p.time_h, p.condition.il6_ng_ml, p.condition.il6_end_h)
        if p.time_h > 0:
            groups.setdefault(key, {}).setdefault(_drugs(p.condition), []).append(i)
    found = []
    for samples in groups.values():
        control = samples.pop((), [])
        for treated in samples.values() if control else ():
            means = [np.mean([points[i].log10_value for i in part]) for part in (treated, control)]
            error = np.sqrt(
                sum(np.mean([points[i].sd ** 2 for i in part]) / len(part) for part in (treated, control))
            )
            if abs(means[0] - means[1]) > _CLEAR * error:
                found.append(DrugRow(tuple(treated), tuple(control), bool(means[0] > means[1])))
    return found


def sums_of_squares(known: Problem, model: Array) -> dict[str, float]:
    """Over the points where ``model`` (P,) is known: with one scale per series; with scale and background."""
    keep = np.isfinite(model)
    series = known.series(JUDGING)
    filled = np.where(keep, model, 1.0)
    without = replace(series, background=np.zeros_like(series.background))
    return {
        "scale": float((profile(without, filled, background_weight=0.0).residual[keep] ** 2).sum()),
        "scale_and_background": float(
            (profile(series, filled, background_weight=0.0).residual[keep] ** 2).sum()
        ),
    }


def _right(rows: Sequence[DrugRow], model: Array) -> tuple[int, int]:
    """How many rows the model has, and in how many of them it moves as measured."""
    moved = [np.mean(model[list(r.treated)]) - np.mean(model[list(r.control)]) for r in rows]
    known = [(r, m) for r, m in zip(rows, moved, strict=True) if np.isfinite(m)]
    return len(known), sum(bool(m != 0 and (m > 0) == r.rises) for r, m in known)


def compared(part: str) -> dict[str, Any]:
    """Per kind of cell the figures of ours and of the published parent, on the same rows."""
    known = problem(part)
    rows = clear_rows(known.points)
    found: dict[str, Any] = {}
    for context in CONTEXTS:
        parent = published_values(known.points, context)
        ours = np.full(len(known.points), np.nan)
        ours[known.plans[context].rows] = simulate(context, [{}], (part,))[0].at_points
        ours[np.isnan(parent)] = np.nan
        own = [r for r in rows if known.points[r.treated[0]].context == context]
        of: dict[str, Any] = {"points": int(np.isfinite(parent).sum())}
        for name, model in (("ours", ours), ("parent", parent)):
            clear, right = _right(own, model)
            of[name] = {**sums_of_squares(known, model), "clear_rows": clear, "direction_right": right}
        found[context] = of
    return found


def compared_genes(part: str) -> dict[str, Any]:
    """Figures of the target genes of mouse hepatocytes, ours and the published parent's, on the same rows."""
    sums = {name: {"scale": 0.0, "scale_and_background": 0.0} for name in ("ours", "parent")}
    count = 0
    for of in judge_shipped(GENES):
        if of.context != "mouse_hepatocyte" or of.part != part:
            continue
        names: dict[tuple[str, str, str], int] = {}
        group = np.array([names.setdefault(p.series, len(names)) for p in of.points], dtype=np.intp)
        measured = np.array([p.log10_value for p in of.points])
        every, one = np.ones(len(measured), dtype=bool), np.ones(len(measured))
        count += len(measured)
        for name, model in (("ours", of.model), ("parent", published_gene(of.points))):
            for key, free in (("scale", False), ("scale_and_background", True)):
                series = Series(measured, of.sd, group, every, one, np.full(len(names), free))
                residual = profile(series, model, background_weight=0.0).residual
                sums[name][key] += float((residual**2).sum())
    return {"points": count, **{n: {**f, "clear_rows": 0, "direction_right": 0} for n, f in sums.items()}}
