"""Individual fits of measured concentrations: empirical Bayes estimates under a drug's model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.pharmacology.observed_model import ObservedDesign
from jakstat.pharmacology.posterior_modes import (
    ErrorModel,
    PosteriorModes,
    posterior_modes,
    weighted_draws,
)
from jakstat.pharmacology.subjects import draw_factor
from jakstat.streams import stream

__all__ = ["IndividualFits", "individual_fits"]

_TAIL = 0.025  # on either side of an interval
_SHOWN = ("CL", "V1", "V2", "V3", "Q2", "Q3", "ka", "ktr", "F", "Vmax", "Km", "CL_change", "release")
_POINTS = 160


@dataclass(frozen=True, slots=True)
class IndividualFits:
    """The fits of all subjects.

    Parameters
    ----------
    ids : tuple of str
    draws : tuple of str
        In which subjects differ.
    etas : array, shape (subjects, draws)
        Correlated standard normal draws at the mode; eta of a number is its spread times its draw.
    errors : array, shape (subjects, draws)
        Posterior standard deviations of them.
    numbers, low, high : mapping of str to array, shape (subjects,)
        Numbers of each subject at the mode, and the 95 % posterior interval of those that differ; L and h.
    typical : mapping of str to array
        Numbers of a subject with the same covariates and no draw.
    predicted, expected : array, shape (subjects, samples)
        By the individual fit, and by the typical subject of the same covariates.
    residuals : array, shape (subjects, samples)
        Weighted by the residual error (IWRES); NaN where a value lies below the limit.
    shrinkage : mapping of str to float
        1 - sd(eta)/omega of each draw.
    residual_shrinkage : float
        1 - sd(IWRES).
    failed : tuple of str
        Subjects without a fit.
    used : int
        Samples that were compared.
    hours, curves : mapping of str to array
        Hours of the samples behind the first dose; of each subject's first profile the hours, the individual
        curve and that of the typical subject.
    """

    ids: tuple[str, ...]
    draws: tuple[str, ...]
    etas: Floats
    errors: Floats
    numbers: Mapping[str, Floats]
    low: Mapping[str, Floats]
    high: Mapping[str, Floats]
    typical: Mapping[str, Floats]
    predicted: Floats
    expected: Floats
    residuals: Floats
    shrinkage: Mapping[str, float]
    residual_shrinkage: float
    failed: tuple[str, ...]
    used: int
    hours: Mapping[str, Floats]
    curves: Mapping[str, tuple[Floats, Floats, Floats]]


def individual_fits(
    design: ObservedDesign, error: ErrorModel, *, blq: str = "M3", curves: bool = True, seed: int = 1
) -> IndividualFits:
    """Empirical Bayes estimates of every subject.

    Parameters
    ----------
    design : ObservedDesign
    error : ErrorModel
    blq : str
        M1 (left out), M3 (probability), M5 or M6 (half the limit), M7 (0).
    curves : bool
        With individual curves.
    seed : int
        Of the draws from the posterior, which give the intervals.

    Raises
    ------
    InputError
        ``observed.spread`` (subjects do not differ in this model), ``observed.limit``, ``observed.empty``.

    Notes
    -----
    The posterior mode under the between-subject variances of the library and the residual error (Sheiner and
    Beal, J Pharm Sci 71:1344, 1982); shrinkage after Savic and Karlsson (doi:10.1208/s12248-009-9133-0).

    Examples
    --------
    >>> from jakstat.pharmacology.observed_file import read_observed
    >>> from jakstat.pharmacology.observed_model import observed_design
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> rows = {"ID": [1, 1], "TIME": [1, 6], "DV": [0.12, 0.06], "DOSE": [15, 15]}
    >>> design = observed_design(read_observed(rows, drug="ruxolitinib"), pk_model("ruxolitinib"))
    >>> found = individual_fits(design, ErrorModel(0.2))
    >>> bool(found.numbers["CL"][0] < found.typical["CL"][0]), found.draws
    (True, ('CL', 'V1'))
    """
    if not design.draws:
        message = f"no spread between subjects is recorded for {design.model.name}"
        raise problem("observed.spread", message, field="--fit", hint="leave --fit out")
    values, below, counts = _by_rule(design, blq)
    if not counts.any():
        hint = "samples behind the first dose with a value"
        raise problem("observed.empty", "no sample can be compared with the model", field="--fit", hint=hint)
    modes = posterior_modes(
        design.predict,
        values,
        error,
        draws=len(design.draws),
        counts=counts,
        below=below,
        limits=design.limits,
    )
    rows = np.arange(len(design.ids))
    nothing = np.zeros_like(modes.draws)
    factor = draw_factor(design.model)
    numbers, typical = design.numbers(modes.draws, rows), design.numbers(nothing, rows)
    spread, low, high = _posterior(design, modes, error, (values, below, counts), seed)
    ok = modes.converged & counts.any(axis=1)
    exact = counts & ~below & ok[:, None]
    sd = np.where(exact, error.sd(np.nan_to_num(modes.predicted)), 1.0)
    residuals = np.where(exact, (values - modes.predicted) / sd, np.nan)
    etas = modes.draws @ factor.T
    told = residuals[np.isfinite(residuals)]
    shown = [k for k in _SHOWN if k in numbers]
    return IndividualFits(
        ids=design.ids,
        draws=design.draws,
        etas=np.where(ok[:, None], etas, np.nan),
        errors=np.where(ok[:, None], spread, np.nan),
        numbers={k: numbers[k] for k in shown},
        low=low,
        high=high,
        typical={k: typical[k] for k in shown},
        predicted=modes.predicted,
        expected=design.predict(nothing, rows),
        residuals=residuals,
        shrinkage=_shrinkage(design.draws, etas[ok]),
        residual_shrinkage=float(1.0 - told.std(ddof=1)) if len(told) > 1 else float("nan"),
        failed=tuple(name for name, fine in zip(design.ids, ok, strict=True) if not fine),
        used=int(counts.sum()),
        hours={name: design.hours[k] for k, name in enumerate(design.ids)},
        curves=_curves(design, modes.draws, rows) if curves else {},
    )


def _by_rule(design: ObservedDesign, blq: str) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Values, which of them are censored, and which count, by the rule on values below the limit."""
    below, counts, values = design.below & design.counts, design.counts.copy(), design.values.copy()
    if blq in ("M3", "pknca"):
        return values, below, counts
    if blq in ("M5", "M6"):
        values = np.where(below, 0.5 * design.limits, values)
        if blq == "M6":
            near = np.zeros_like(below)
            near[:, 1:] |= counts[:, :-1] & ~below[:, :-1]
            near[:, :-1] |= counts[:, 1:] & ~below[:, 1:]
            counts &= ~below | near
    elif blq == "M7":
        values = np.where(below, 0.0, values)
    else:
        counts &= ~below
    return values, np.zeros_like(below), counts


def _posterior(
    design: ObservedDesign,
    modes: PosteriorModes,
    error: ErrorModel,
    measured: tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]],
    seed: int,
) -> tuple[Floats, dict[str, Floats], dict[str, Floats]]:
    """Standard deviations of the draws, and 95 % intervals of the numbers that differ."""
    values, below, counts = measured
    factor, rows = draw_factor(design.model), np.arange(len(design.ids))
    generator = stream(seed, "pk", "fit", design.model.id, "posterior")
    z, weights = weighted_draws(
        design.predict, modes, values, error, generator, counts=counts, below=below, limits=design.limits
    )
    mixed = z @ factor.T
    mean = (mixed * weights[..., None]).sum(axis=1)
    spread = np.sqrt((((mixed - mean[:, None, :]) ** 2) * weights[..., None]).sum(axis=1))
    middle = modes.draws @ factor.T
    low: dict[str, Floats] = {}
    high: dict[str, Floats] = {}
    for k, name in enumerate(design.draws):
        for share, kept in ((_TAIL, low), (1.0 - _TAIL, high)):
            moved = middle.copy()
            moved[:, k] = _quantile(mixed[:, :, k], weights, share)
            found = design.numbers(moved @ np.linalg.inv(factor).T, rows)
            for one in design.model.spreads:
                if one.draw == name and one.scale != "correlation":
                    kept[one.number] = found[one.number]
    lower = {number: np.minimum(one, high[number]) for number, one in low.items()}
    return spread, lower, {number: np.maximum(one, low[number]) for number, one in high.items()}


def _quantile(values: Floats, weights: Floats, share: float) -> Floats:
    """Where the weights of each row reach a share of their sum."""
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    reached = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    middle = reached - 0.5 * np.take_along_axis(weights, order, axis=1)
    return np.array([np.interp(share, m, v) for m, v in zip(middle, ordered, strict=True)])


def _shrinkage(draws: tuple[str, ...], etas: Floats) -> dict[str, float]:
    if len(etas) < 2:
        return dict.fromkeys(draws, float("nan"))
    return {name: float(1.0 - etas[:, k].std(ddof=1)) for k, name in enumerate(draws)}


def _curves(
    design: ObservedDesign, draws: Floats, rows: NDArray[np.intp]
) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Times, individual and typical curves, by the first profile of each subject."""
    found: dict[str, tuple[Floats, Floats, Floats]] = {}
    ends = np.array([np.nanmax(lane.hours, initial=1.0) for lane in design.lanes])
    longest = float(ends.max())
    early = np.linspace(0.0, 0.1 * longest, _POINTS // 3)
    hours = np.unique(np.concatenate([np.linspace(0.0, longest, _POINTS), early]))
    usual = dict(design.curves(np.zeros_like(draws), rows, hours))
    for place, values in design.curves(draws, rows, hours):
        name = design.ids[design.lanes[place].subject]
        inside = hours <= ends[place] * 1.02 + 1e-9
        if name not in found or design.lanes[place].places[0] == 0:
            found[name] = (hours[inside], values[0][inside], usual[place][0][inside])
    return found
