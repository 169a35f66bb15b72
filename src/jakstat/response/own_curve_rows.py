"""Fitted own curves as rows of tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jakstat.response.fitted_curve import FittedCurve
from jakstat.store import json_ready

__all__ = ["curve_row", "curve_rows", "dose_means", "dose_rows"]


def curve_row(one: FittedCurve) -> dict[str, Any]:
    """What is told of one curve in a row of a table."""
    return {
        "curve": one.wells.name,
        "drug": one.wells.drug,
        "cell": one.wells.cell,
        "wells": one.count,
        "levels": int(one.points.used.sum()),
        "model": one.model,
        "chosen_by": "AICc" if one.chosen else "name",
        "fixed": one.fixed,
        "kind": one.kind,
        "EC50": one.EC50,
        "EC50_low": one.EC50_low,
        "EC50_high": one.EC50_high,
        "absolute_IC50": one.absolute,
        "absolute_IC50_low": one.absolute_low,
        "absolute_IC50_high": one.absolute_high,
        "dose_unit": one.wells.unit,
        "start": one.start,
        "end": one.end,
        "slope": one.slope,
        "asymmetry": float(one.fit.asymmetry[0]),
        "r2": one.r2,
        "effect_p": one.effect_p,
        "lack_of_fit_p": one.lack_p,
    }


def dose_means(one: FittedCurve) -> list[dict[str, Any]]:
    """Mean, standard deviation, wells and fitted response at each dose of a curve."""
    used = one.points.used[0]
    dose = one.points.dose[0][used]
    columns = {
        "dose": dose,
        "mean": one.points.mean[0][used],
        "sd": one.points.scatter[0][used],
        "wells": one.points.wells[0][used].astype(int),
        "fitted": one.at(dose),
    }
    return [{name: values[k].item() for name, values in columns.items()} for k in range(len(dose))]


def curve_rows(curves: Sequence[FittedCurve]) -> list[dict[str, Any]]:
    """One row for each curve: model, half-maximal doses with their intervals, GR metrics, agreement.

    Examples
    --------
    >>> from jakstat.response.own_curves import fit_curves
    >>> dose = [0, 0, 3, 3, 10, 10, 30, 30, 100, 100]
    >>> rows = {"dose (nM)": dose, "response": [101, 98, 90, 91, 74, 76, 52, 49, 22, 24]}
    >>> list(curve_rows(fit_curves(rows).curves)[0])[:4]
    ['curve', 'drug', 'cell', 'wells']
    """
    made = []
    for one in curves:
        row = curve_row(one)
        if any(c.growth for c in curves):
            keys = ("GR50", "GR50_low", "GR50_high", "GRmax", "GRinf", "h_GR", "GEC50", "GR_AOC")
            row |= {key: None if one.growth is None else getattr(one.growth, key) for key in keys}
        if any(c.beside for c in curves):
            row["model_rms_difference"] = None if one.beside is None else one.beside.rms
        made.append(json_ready(row))
    return made


def dose_rows(curves: Sequence[FittedCurve], *, whole: bool = False) -> list[dict[str, Any]]:
    """One row for each dose of each curve: mean, standard deviation, wells and the fitted response.

    With ``whole`` each row repeats what is told of its curve.

    Examples
    --------
    >>> from jakstat.response.own_curves import fit_curves
    >>> dose = [0, 0, 3, 3, 10, 10, 30, 30, 100, 100]
    >>> rows = {"dose (nM)": dose, "response": [101, 98, 90, 91, 74, 76, 52, 49, 22, 24]}
    >>> dose_rows(fit_curves(rows).curves)[0]["wells"]
    2
    """
    made = []
    for one in curves:
        # the wells of a row are those of its dose
        own = {k: v for k, v in curve_row(one).items() if k != "wells"} if whole else {}
        names = {"curve": one.wells.name, "drug": one.wells.drug, "cell": one.wells.cell}
        for row in dose_means(one):
            made.append(json_ready({**names, **own, **row, "dose_unit": one.wells.unit}))
    return made
