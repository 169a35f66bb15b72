"""Measured dose-response curves of one's own: fitted, compared, and told with what was fixed and left out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

import numpy as np

from jakstat.answer_tables import TabledAnswer
from jakstat.calls import one_call
from jakstat.errors import InputError, Problem, problem
from jakstat.response.curve_choice import ChosenCurves, choose_models
from jakstat.response.curve_models import MODELS, DoseMeans, Limbs
from jakstat.response.curve_tests import CurveComparison, compare_curves
from jakstat.response.fitted_curve import FittedCurve, GrowthReading, fitted_curves
from jakstat.response.growth_rate import growth_metrics
from jakstat.response.measured_wells import WellTable, read_wells
from jakstat.response.model_beside_curves import CurveExperiment, beside_curves
from jakstat.response.own_curve_rows import curve_rows, dose_rows
from jakstat.response.plate_controls import (
    NORMALISATIONS,
    CurveWells,
    curves_of,
    growth_values,
    normalised,
)
from jakstat.store import Manifest, manifest
from jakstat.units import convert, kind_of

__all__ = ["OwnCurves", "fit_curves"]

_SCALES: dict[str, tuple[float, float]] = {
    "signal": (math.nan, math.nan),
    "fraction": (1.0, 0.0),
    "percent": (100.0, 0.0),
    "viability": (1.0, 0.0),
    "percent-viability": (100.0, 0.0),
    "effect": (0.0, 1.0),
    "percent-effect": (0.0, 100.0),
}
"""Start and end that a response has by its meaning; of a signal nothing is known."""
_FEWEST = 4
"""Fewer levels of dose, 0 among them, make no curve."""
_MOST_PERCENT = 10_000.0
"""Higher percents of a control are a signal."""
_MOST_COMPARED = 10
"""With more curves than this they are compared when asked only."""


@dataclass(frozen=True)
class OwnCurves(TabledAnswer):
    """Fitted curves of one file.

    Parameters
    ----------
    question : str
        File, its SHA-256, and how it was read and fitted.
    key : str
        SHA-256 of the file.
    curves : tuple of FittedCurve
    comparisons : tuple of CurveComparison
    response : str
        Name and unit of the response.
    level : float
    notes : tuple of str
    manifest : Manifest
    """

    question: str
    key: str
    curves: tuple[FittedCurve, ...]
    comparisons: tuple[CurveComparison, ...]
    response: str
    level: float
    notes: tuple[str, ...]
    manifest: Manifest = field(repr=False)

    def __len__(self) -> int:
        return len(self.curves)

    def __getitem__(self, which: int | str) -> FittedCurve:
        """A curve by its place, or by its name (``"ruxolitinib on hepg2"``)."""
        if isinstance(which, int):
            return self.curves[which]
        return next(one for one in self.curves if one.wells.name == which)

    def _repr_html_(self) -> str:
        return str(self.summary().to_html(index=False, float_format="{:.4g}".format))

    def summary(self) -> Any:
        """One row for each curve, as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(curve_rows(self.curves))

    def table_rows(self) -> list[dict[str, Any]]:
        """One row for each dose of each curve."""
        return dose_rows(self.curves)


@one_call
def fit_curves(
    data: object,
    *,
    response: str = "signal",
    normalise: str = "none",
    model: str = "auto",
    compare: str | None = None,
    level: float = 0.95,
    unit: str | None = None,
    drug: str = "",
    cell: str = "",
    sheet: str | None = None,
    name: str = "data",
    context: str = "",
    **experiment: Unpack[CurveExperiment],
) -> OwnCurves:
    """Fit dose-response curves to measured wells.

    Parameters
    ----------
    data : str, Path, DataFrame, rows, or columns
        One row for each well: ``dose``, ``dose_unit`` (or ``dose (nM)``), ``response``; if there ``drug``,
        ``cell``, ``plate``, ``replicate``, ``role`` (negative, positive, time0), ``time0`` (a count at time
        zero), ``exclude``. A curve is a drug on a cell.
    response : {"signal", "fraction", "percent", "viability", "percent-viability", "effect", "percent-effect"}
        What the responses are (fractions and percents are of the control); all but a signal have a known
        start and end.
    normalise : {"none", "plate", "file"}
        Percent of the controls of each plate, or of the whole file.
    model : str
        ``auto`` (the one with the least AICc), or a name of :data:`jakstat.response.curve_models.MODELS`.
    compare : str, optional
        ``all`` pairs, ``none``, or the name of a drug, cell or curve to compare the others with; all if not
        given, up to ten curves.
    level : float
        Confidence of the intervals.
    unit, drug, cell : str
        Where the data do not say.
    sheet : str, optional
        Of a workbook.
    name : str
        Stands for the file in messages.
    context : str
        Kind of cell whose model stands beside the curves of drugs that it knows, where the file names none.
    experiment
        What was measured, for the model: ``stimuli``, ``readout``, ``at``, ``pre``, ``perturb``, ... of
        :class:`jakstat.response.model_beside_curves.CurveExperiment`; alone it serves the cells of the file.

    Returns
    -------
    OwnCurves

    Raises
    ------
    InputError
        ``curve.doses``, ``curve.equal``, ``curve.model``, ``response.scale``, ``compare.unknown``,
        ``option.value``, and those of :func:`jakstat.response.measured_wells.read_wells`.

    Notes
    -----
    Least squares over wells, none left out as an outlier. Intervals are profile likelihoods, averaged over
    the models by AICc weight where the model was chosen (:mod:`jakstat.response.curve_profiles`).

    Examples
    --------
    >>> dose = [0, 0, 3, 3, 10, 10, 30, 30, 100, 100, 300, 300]
    >>> read = [101, 98, 97, 99, 84, 80, 52, 49, 21, 25, 6, 9]
    >>> found = fit_curves({"dose (nM)": dose, "viability": read}, response="percent-viability")
    >>> one = found[0]
    >>> one.model, bool(one.EC50_low < 30.0 < one.EC50_high)
    ('hill2', True)
    """
    _check(response, normalise, model, level)
    table = read_wells(data, name=name, unit=unit, drug=drug, cell=cell, sheet=sheet)
    growth_table, growth_notes = growth_values(table)
    start, end = _SCALES[response]
    _check_scale(table, response)
    scaled = normalised(table, normalise)
    if normalise != "none":
        start, end = 100.0, 0.0
    shared = normalise == "none"
    groups, left = _usable(curves_of(scaled, shared=shared), table.file)
    points = DoseMeans.of([_pairs(one) for one in groups])
    n = len(groups)
    limbs = Limbs(np.full(n, start), np.full(n, end))
    chosen = choose_models(points, limbs, model)
    half = np.full(n, 0.5 * start) if start > 0 else np.full(n, np.nan)
    fitted = fitted_curves(groups, points, limbs, chosen, half, level)
    curves = _with_growth(fitted, growth_table, level)
    notes = [*growth_notes, *left, *_notes(scaled, curves, response, normalise)]
    told, said = _compared(curves, points, limbs, chosen, compare, table.file)
    curves, more = beside_curves(curves, context, experiment, (start, end))
    notes += more
    made = manifest("dose-response --data", {"data_key": table.key, "response": response, "model": model,
                    "normalise": normalise, "level": level})  # fmt: skip
    return OwnCurves(
        question=_question(scaled, response, normalise, model, level),
        key=table.key,
        curves=curves,
        comparisons=told,
        response=f"response ({scaled.response_unit})" if scaled.response_unit else f"response ({response})",
        level=level,
        notes=tuple(dict.fromkeys([*notes, *said])),
        manifest=made,
    )


def _check(response: str, normalise: str, model: str, level: float) -> None:
    found = [
        Problem("option.value", f"there is no {given[:40]!r}", field=field, hint=f"one of {', '.join(some)}")
        for field, given, some in (
            ("--response", response, tuple(_SCALES)),
            ("--normalise", normalise, NORMALISATIONS),
            ("--model", model, ("auto", *(m for m in MODELS if m != "flat"))),
        )
        if given not in some
    ]
    if not found and normalise != "none" and response != "signal":
        hint = "leave out --response: --normalise makes percents of the controls from a signal"
        found.append(
            Problem("option.value", f"{response} is normalised already", field="--normalise", hint=hint)
        )
    bare = response == "signal" and normalise == "none"
    if not found and bare and model in MODELS and (MODELS[model].known_start or MODELS[model].known_end):
        hint = "say what they are (--response percent-viability), give --normalise plate, or take hill4"
        message = f"{model} needs a known start or end, and a signal has none"
        found.append(Problem("curve.model", message, field="--model", hint=hint))
    if not 0.5 <= level < 1.0:
        found.append(
            Problem("option.value", f"no confidence of {level:g}", field="--level", hint="e.g. 0.95")
        )
    if found:
        raise InputError(found)


def _check_scale(table: WellTable, response: str) -> None:
    """Percents that are called fractions, fractions that are called percents, and both in one file."""
    plates: dict[str, list[float]] = {}
    for well in table.wells:
        if well.role == "sample":
            plates.setdefault(well.plate, []).append(well.response)
    highest = {plate: max(map(abs, read)) for plate, read in plates.items()}
    if not highest:
        raise problem("curve.doses", "no well has a drug", file=table.file, hint="give doses above 0")
    most, least = max(highest, key=highest.__getitem__), min(highest, key=highest.__getitem__)
    other = {"fraction": "percent", "viability": "percent-viability", "effect": "percent-effect"}
    back = {percent: share for share, percent in other.items()}
    if highest[most] > 20.0 and highest[least] <= 2.0 and len(highest) > 1:
        message = (
            f"plate {most} has responses up to {highest[most]:g}, plate {least} only up to {highest[least]:g}"
        )
        hint = "write all of them in percent or all as fractions; a plate that is truly so: exclude it"
        raise problem("response.scale", message, file=table.file, hint=hint)
    if response in other and highest[most] > 5.0:
        hint = f"give --response {other[response]}"
        message = f"responses up to {highest[most]:g} are no fractions of 1"
        raise problem("response.scale", message, file=table.file, field="--response", hint=hint)
    if response in back and highest[most] > _MOST_PERCENT:
        hint = "leave out --response, or give --normalise plate to make percents of the controls"
        message = f"responses up to {highest[most]:,.0f} are no percents"
        raise problem("response.scale", message, file=table.file, field="--response", hint=hint)
    if response in back and highest[most] <= 2.0:
        hint = f"give --response {back[response]}"
        message = f"no response is above {highest[most]:g}, so they look like fractions and not like percents"
        raise problem("response.scale", message, file=table.file, field="--response", hint=hint)


def _pairs(one: CurveWells) -> tuple[Any, Any]:
    return np.array([w.dose for w in one.wells]), np.array([w.response for w in one.wells])


def _usable(groups: Sequence[CurveWells], file: str) -> tuple[list[CurveWells], list[str]]:
    """The curves that can be fitted; the others are told, or refused when there is no other."""
    found, faults = [], []
    for one in groups:
        dose, read = _pairs(one)
        levels, given = len(np.unique(dose)), len(np.unique(dose[dose > 0]))
        if levels < _FEWEST or given < _FEWEST - 1:
            hint = f"a curve needs {_FEWEST} levels of dose, three of them above 0, over two decades or more"
            doses = "1 dose" if given == 1 else f"{given} doses"
            faults.append(
                Problem("curve.doses", f"{one.name} has {doses} above 0", file, one.wells[0].line, hint=hint)
            )
        elif float(np.ptp(read)) == 0.0:
            hint = "check the column of responses: a cell copied down gives this"
            message = f"all {len(read)} responses of {one.name} are {read[0]:g}"
            faults.append(Problem("curve.equal", message, file, one.wells[0].line, hint=hint))
        else:
            found.append(one)
    if not found:
        raise InputError(
            faults or [Problem("curve.doses", "no well has a drug", file, hint="give doses above 0")]
        )
    return found, [f"left out: {p.message}; {p.hint}" for p in faults]


def _with_growth(
    curves: Sequence[FittedCurve], table: WellTable | None, level: float
) -> tuple[FittedCurve, ...]:
    """The curves with GR metrics, where counts at time zero give them."""
    if table is None:
        return tuple(curves)
    by_name = {(g.drug, g.cell): g for g in curves_of(table, shared=False)}
    chosen = [
        k for k, one in enumerate(curves)
        if (g := by_name.get((one.wells.drug, one.wells.cell)))
        and len({w.dose for w in g.wells if w.dose > 0}) >= _FEWEST - 1
    ]  # fmt: skip
    if not chosen:
        return tuple(curves)
    groups = [by_name[(curves[k].wells.drug, curves[k].wells.cell)] for k in chosen]
    # a well without drug is 1 by definition and tells nothing of the curve
    points = DoseMeans.of([tuple(x[_pairs(g)[0] > 0] for x in _pairs(g)) for g in groups])
    found = growth_metrics(points, level)
    made = list(curves)
    for i, k in enumerate(chosen):
        made[k] = replace(made[k], growth=GrowthReading.of(found, points, i))
    return tuple(made)


def _compared(
    curves: Sequence[FittedCurve],
    points: DoseMeans,
    limbs: Limbs,
    chosen: ChosenCurves,
    compare: str | None,
    file: str,
) -> tuple[tuple[CurveComparison, ...], list[str]]:
    """Pairs of curves and what is said of them; EC50s are compared in the unit of the first curve."""
    if compare == "none" or len(curves) < 2:
        return (), []
    if compare is None and len(curves) > _MOST_COMPARED:
        return (), [f"{len(curves)} curves are not compared; --compare all, or --compare NAME, does it"]
    pairs = list(itertools.combinations(range(len(curves)), 2))
    if compare not in (None, "all"):
        asked = str(compare).casefold()
        these = {
            k for k, one in enumerate(curves)
            if asked in (s.casefold() for s in (one.wells.drug, one.wells.cell, one.wells.name))
        }  # fmt: skip
        if not these:
            hint = f"all, none, or one of {', '.join(dict.fromkeys(one.wells.name for one in curves))}"
            raise problem(
                "compare.unknown",
                f"no curve is called {compare!r}",
                file=file,
                field="--compare",
                hint=hint[:300],
            )
        pairs = [(a, b) if a in these else (b, a) for a, b in pairs if (a in these) != (b in these)]
    units = [one.wells.unit for one in curves]
    same = [p for p in pairs if kind_of(units[p[0]]) is kind_of(units[p[1]])]
    said = (
        ["curves with molar doses and with masses per volume are not compared"]
        if len(same) < len(pairs)
        else []
    )
    if not same:
        return (), said
    reference = units[same[0][0]]
    factor = np.array(
        [convert(1.0, u, reference) if kind_of(u) is kind_of(reference) else 1.0 for u in units]
    )
    scaled = replace(points, dose=points.dose * factor[:, None])
    richer = [max((chosen.model(a), chosen.model(b)), key=lambda m: m.count) for a, b in same]
    told = compare_curves(scaled, limbs, same, richer)
    return told, said


def _question(table: WellTable, response: str, normalise: str, model: str, level: float) -> str:
    units = list(dict.fromkeys(w.unit for w in table.wells if w.dose > 0 and w.unit))
    said = [
        *table.notes,
        f"doses in {', '.join(units)}",
        f"responses: {response}" if normalise == "none" else f"--normalise {normalise}",
        "model by AICc" if model == "auto" else f"model {model}",
        f"{100 * level:g} % intervals",
    ]
    if table.left_out:
        said.insert(1, f"{table.left_out} wells without response or marked to be left out")
    return "; ".join(said)


def _notes(table: WellTable, curves: Sequence[FittedCurve], response: str, normalise: str) -> list[str]:
    said = ["no well was left out as an outlier; all wells weigh alike"]
    if any(one.chosen and one.kind != "none" for one in curves):
        said.append("intervals of chosen models are averaged over the candidates by AICc weight")
    samples = [w for w in table.wells if w.role == "sample"]
    if any(w.dose == 0 for w in samples):
        said.append(
            "wells of dose 0 tell the start of the curve; on the logarithmic axis they stand at its left end"
        )
    low = [w.response for w in samples if w.response < 0]
    if low:
        plural = "s" * (len(low) > 1)
        said.append(f"{len(low)} response{plural} below 0, the lowest {min(low):.3g}, fitted as they are")
    if normalise == "none" and len({w.plate for w in samples}) > 1:
        said.append(
            "wells of all plates are fitted together as they are; --normalise plate goes by their controls"
        )
    if any(w.role == "positive" for w in table.wells) and normalise == "none":
        said.append("positive controls are used with --normalise only")
    if response == "signal" and normalise == "none":
        said.append("no start or end is known, so no model that fixes one was tried")
    if all(one.points.wells.max() == 1 for one in curves):
        said.append("no dose is repeated, so the spread is that about the curve")
    return said
