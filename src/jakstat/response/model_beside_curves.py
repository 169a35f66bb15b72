"""The model's curve of the same cell and drug beside a measured one, at the measured doses.

The agreement is the root mean square, over the doses above 0, of measured less simulated response, both as
shares of the response without drug: 0 is the same curve, 0.1 means 10 % of the control apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypedDict

import numpy as np

from jakstat.biology import context as find_context
from jakstat.biology import contexts, read_context
from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.pharmacology import find_agent
from jakstat.response.dose_response import dose_responses
from jakstat.response.fitted_curve import CurveBeside, FittedCurve

__all__ = ["CurveExperiment", "beside_curves", "known_context"]


class CurveExperiment(TypedDict, total=False):
    """What the model does.

    ``stimuli`` to ``until`` as :func:`jakstat.experiment.describe.make_protocol` takes them, the others as
    :func:`jakstat.response.dose_response.dose_responses`.
    """

    stimuli: Any
    perturb: Any
    treatments: Any
    parts: Any
    until: str
    readout: str
    at: str
    pre: str | None
    renew: str | None
    interval: int
    seed: int


_OF_PROTOCOL = ("stimuli", "perturb", "treatments", "parts", "until")


def known_context(text: str) -> str:
    """The kind of cell, with its states, that a name means; empty when it means none.

    Examples
    --------
    >>> str(known_context("HepG2")), str(known_context("Hep-G2+hbv")), known_context("no such cell")
    ('hepg2', 'hepg2+HBV', '')
    """
    name = read_context(text)
    return name if name.partition("+")[0] in contexts() else ""


def beside_curves(
    curves: Sequence[FittedCurve], own_context: str, asked: CurveExperiment, limbs: tuple[float, float]
) -> tuple[tuple[FittedCurve, ...], list[str]]:
    """The curves with the model's beside those whose cell and drug it knows, and what is said of others.

    Parameters
    ----------
    curves : sequence of FittedCurve
    own_context : str
        Kind of cell of curves whose file names none.
    asked : CurveExperiment
        Nothing at all, and no kind of cell, means that nothing is simulated: a note tells what could be.
    limbs : tuple of float
        The responses that stand for all and for nothing of the control, where they are known (100 and 0 of a
        percent-viability, 0 and 100 of a percent-effect); NaN takes the fitted start, and 0.

    Raises
    ------
    InputError
        As the experiment itself: unknown readouts, stimuli, times.
    """
    if own_context:
        find_context(read_context(own_context))
    made, unknown, idle = [], [], []
    wanted = bool(own_context or asked)
    for one in curves:
        context = known_context(one.wells.cell)
        same = context.partition("+")[0] == read_context(own_context).partition("+")[0]
        if own_context and (same or not one.wells.cell):
            context = own_context
        found = find_agent(one.wells.drug) if one.wells.drug else None
        if found is None or found.kind != "drug" or not context:
            unknown.append(one.wells.name)
            made.append(one)
        elif not wanted:
            idle.append(one.wells.name)
            made.append(one)
        else:
            made.append(replace(one, beside=_beside(one, context, found.name, asked, limbs)))
    said = []
    if unknown and wanted:
        listed = ", ".join(unknown[:5]) + ", ..." * (len(unknown) > 5)
        said.append(
            f"the model knows no such drug and cell: {listed}; "
            "`jakstat drugs` and `jakstat contexts` list them"
        )
    if idle:
        listed = ", ".join(idle[:5]) + ", ..." * (len(idle) > 5)
        said.append(
            f"the model knows {listed}: say what was measured, e.g. --readout pSTAT3 --at 20min --stimulus "
            "IL6=10ng/ml or --readout cell_number --at 72h, and its curve stands beside"
        )
    return tuple(made), said


def _beside(
    one: FittedCurve, context: str, drug: str, asked: CurveExperiment, limbs: tuple[float, float]
) -> CurveBeside:
    used = one.points.used[0] & (one.points.dose[0] > 0)
    doses, means = one.points.dose[0][used], one.points.mean[0][used]
    text = f"{drug}={','.join(repr(float(d)) for d in doses)}{one.wells.unit}"
    try:
        named: dict[str, Any] = {k: v for k, v in asked.items() if k in _OF_PROTOCOL}
        read: dict[str, Any] = {k: v for k, v in asked.items() if k not in _OF_PROTOCOL}
        [found] = dose_responses(make_protocol(context, **named), [text], **read)
    except InputError as error:
        raise InputError(
            replace(
                p,
                message=f"the model beside {one.wells.name}: {p.message}",
                field="--readout" if p.field == "--observe" else p.field,
            )
            for p in error.problems
        ) from None
    full, none = limbs if math.isfinite(sum(limbs)) else (one.start, 0.0)
    measured = (means - none) / (full - none)
    simulated = np.interp(doses, found.doses, found.effects)
    rms = float(np.sqrt(np.mean((measured - simulated) ** 2)))
    ratio = found.half.value / one.EC50 if math.isfinite(found.half.value) else math.nan
    told = (
        f"the model's half-maximal dose is {ratio:.2g} times the measured one"
        if math.isfinite(ratio)
        else (
            "the model has no half-maximal dose here" if math.isfinite(one.EC50) else "no EC50 was measured"
        )
    )
    sentence = (
        f"beside the model ({found.title}, {found.readout}, {found.at}): measured and simulated shares of "
        f"control differ by {100 * rms:.0f} % of the control (root mean square over the doses); {told}"
    )
    return CurveBeside(drug, found, doses, simulated, measured, (full, none), rms, float(ratio), sentence)
