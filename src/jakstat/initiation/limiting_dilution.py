"""Frequency of founders from a limiting dilution: how many of the wells of each dose grew.

A well with d cells stays empty with exp(-f d) when a share f of the cells found a colony and one is enough.
This is a binomial regression with the complementary log-log link and the logarithm of the dose as offset
(Hu and Smyth 2009, doi:10.1016/j.jim.2009.06.008; the R package statmod, function elda).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import InputError, Problem, problem
from jakstat.extras import needs

__all__ = ["Dilution", "DilutionAnswer", "Frequency", "GroupTest", "SlopeTest", "analyse_dilution"]

_HIGHEST = 1.0
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Dilution:
    """Doses and wells.

    Parameters
    ----------
    dose : array (rows,)
        Cells per well, above 0.
    tested, positive : array (rows,)
        Wells, and those of them that grew.
    group : tuple of str
        One for each row.
    """

    dose: Floats
    tested: NDArray[np.int64]
    positive: NDArray[np.int64]
    group: tuple[str, ...]

    @classmethod
    def of(cls, dose: object, tested: object, positive: object, group: object = None) -> Dilution:
        """From sequences, checked; wells without a cell say nothing and are left out.

        Raises
        ------
        InputError
            ``dilution.length``, ``dilution.dose``, ``dilution.count``, with the row.

        Examples
        --------
        >>> Dilution.of([100, 10], [8, 8], [8, 3]).positive.tolist()
        [8, 3]
        """
        columns = [np.atleast_1d(np.asarray(c, dtype=float)) for c in (dose, tested, positive)]
        names = [""] * len(columns[0]) if group is None else [str(g) for g in cast("list[object]", group)]
        if len({len(c) for c in columns} | {len(names)}) > 1 or not len(names):
            raise problem("dilution.length", "dose, tested, positive and group differ in length or are empty")
        found = [
            fault
            for row, cells in enumerate(zip(*columns, strict=True), start=1)
            for fault in row_problems(*map(float, cells), row=row)
        ]
        if found:
            raise InputError(found)
        told = columns[0] > 0
        if not told.any():
            raise problem("dilution.dose", "no well got a cell", hint="give a dose above 0")
        counts = [c[told].astype(np.int64) for c in columns[1:]]
        return cls(columns[0][told], counts[0], counts[1], tuple(np.array(names)[told].tolist()))

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups in the order in which they first stand."""
        return tuple(dict.fromkeys(self.group))

    def of_group(self, name: str) -> Dilution:
        """The rows of one group."""
        chosen = np.array([g == name for g in self.group])
        return Dilution(
            self.dose[chosen], self.tested[chosen], self.positive[chosen], (name,) * int(chosen.sum())
        )


def row_problems(
    dose: float, tested: float, positive: float, *, row: int | None = None, file: str | None = None
) -> list[Problem]:
    """What is wrong with a row.

    Examples
    --------
    >>> [p.message for p in row_problems(10.0, 8.0, 9.0)]
    ['9 of 8 wells are positive']
    """
    where = None if row is None or file is not None else f"row {row}"
    found = []

    def fault(code: str, message: str, hint: str, column: str) -> None:
        place = column if where is None else f"{where} {column}"
        found.append(Problem(code, message, file, row if file is not None else None, field=place, hint=hint))

    if not (np.isfinite(dose) and dose >= 0):
        fault("dilution.dose", f"a dose of {dose:g} cells", "give 0 cells or more", "dose")
    elif dose == 0 and positive > 0:
        fault("dilution.dose", "wells without a cell grew", "a tumour comes from a cell", "dose")
    if not (tested >= 1 and tested == np.floor(tested) and tested < 2**53):
        fault("dilution.count", f"{tested:g} wells were tested", "give a whole number from 1 on", "tested")
    elif not (0 <= positive <= tested and positive == np.floor(positive)):
        hint = "give a whole number from 0 to those tested"
        fault("dilution.count", f"{positive:g} of {tested:g} wells are positive", hint, "positive")
    return found


@dataclass(frozen=True, slots=True)
class Frequency:
    """Share of cells that are founders.

    Parameters
    ----------
    group : str
    value, low, high : float
        Maximum-likelihood estimate and ends of its interval, founders per cell; 0 where no well grew, 1 where
        all did.
    wells, positive : int
    """

    group: str
    value: float
    low: float
    high: float
    wells: int
    positive: int


@dataclass(frozen=True, slots=True)
class GroupTest:
    """Whether groups have one frequency: likelihood ratio, chi-squared."""

    chi2: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class SlopeTest:
    """Whether one cell is enough: the slope over the logarithm of the dose is 1 then.

    Parameters
    ----------
    slope, error : float
        Estimate and standard error; NaN where doses part the wells that grew from those that did not.
    chi2, p : float
        Likelihood ratio against a slope of 1, one degree of freedom.
    """

    slope: float
    error: float
    chi2: float
    p: float


@dataclass(frozen=True, slots=True)
class DilutionAnswer:
    """What a limiting dilution says.

    Parameters
    ----------
    data : Dilution
    confidence : float
    frequencies : tuple of Frequency
        One for each group.
    difference : GroupTest or None
        None of a single group.
    single_hit : SlopeTest or None
        None where no slope can be estimated: one dose, or all wells alike.
    """

    data: Dilution
    confidence: float
    frequencies: tuple[Frequency, ...]
    difference: GroupTest | None
    single_hit: SlopeTest | None


def analyse_dilution(data: Dilution, *, confidence: float = 0.95) -> DilutionAnswer:
    """Frequencies of founders with intervals, whether groups differ, and whether one cell is enough.

    Parameters
    ----------
    data : Dilution
    confidence : float
        Of the intervals, between 0 and 1. They are those of the logarithm of the frequency; where no well
        grew, or all did, they are one-sided: the frequency that leaves this with a chance of 1 - confidence.

    Returns
    -------
    DilutionAnswer

    Raises
    ------
    InputError
        ``dilution.confidence``.

    Notes
    -----
    doi:10.1016/j.jim.2009.06.008.

    Examples
    --------
    >>> found = analyse_dilution(Dilution.of([1000, 100, 10], [8, 8, 8], [8, 5, 1]))
    >>> [one] = found.frequencies
    >>> [round(1.0 / x, 4) for x in (one.value, one.high, one.low)]
    [97.0775, 42.1633, 223.5127]
    """
    if not 0 < confidence < 1:
        hint = "give e.g. 0.95"
        raise problem(
            "dilution.confidence", f"a confidence of {confidence!r}", field="--confidence", hint=hint
        )
    rows = [data.of_group(name) for name in data.groups]
    return DilutionAnswer(
        data,
        confidence,
        tuple(_frequency(one, confidence) for one in rows),
        _difference(data, rows) if len(rows) > 1 else None,
        _single_hit(data),
    )


def _frequency(data: Dilution, confidence: float) -> Frequency:
    with needs("analysis"):
        from scipy.stats import norm

    size, positive = 1.0 - confidence, int(data.positive.sum())
    wells = int(data.tested.sum())
    value = _most_likely(data)
    if positive == 0:
        high = -np.log(size) / float((data.dose * data.tested).sum())
        return Frequency(data.group[0], 0.0, 0.0, min(float(high), _HIGHEST), wells, positive)
    if positive == wells:
        return Frequency(data.group[0], 1.0, min(_least(data, size), 1.0), 1.0, wells, positive)
    weight = _information(data.dose * value, data.tested)
    half = float(norm.isf(size / 2.0) / np.sqrt(weight.sum()))
    low, high = (min(value * np.exp(side * half), _HIGHEST) for side in (-1.0, 1.0))
    return Frequency(data.group[0], min(value, _HIGHEST), float(low), float(high), wells, positive)


def _most_likely(data: Dilution) -> float:
    """Founders per cell; 0 where no well grew, infinite where all did."""
    with needs("analysis"):
        from scipy.optimize import brentq

    if not data.positive.any():
        return 0.0
    if (data.positive == data.tested).all():
        return float("inf")
    empty = float(((data.tested - data.positive) * data.dose).sum())

    def slope(log_f: float) -> float:
        # d/df of sum(r ln(1 - exp(-f d)) - (n - r) f d), which falls with f
        with np.errstate(over="ignore"):
            return float((data.positive * data.dose / np.expm1(np.exp(log_f) * data.dose)).sum()) - empty

    # at least r/f is lost and gained: f lies between these
    ends = np.log(data.positive.sum() / (empty + (data.positive * data.dose).sum())) - 1.0, 1.0
    top = ends[1] + np.log(800.0 / data.dose.min())
    return float(np.exp(brentq(slope, ends[0], top, xtol=1e-14, rtol=1e-14)))


def _least(data: Dilution, size: float) -> float:
    """The frequency at which all wells grow with a chance of ``size``."""
    with needs("analysis"):
        from scipy.optimize import brentq

    def excess(log_f: float) -> float:
        return float((data.tested * np.log(-np.expm1(-np.exp(log_f) * data.dose))).sum() - np.log(size))

    low = np.log(size) - np.log(data.dose.max() * data.tested.sum()) - 5.0
    return float(np.exp(brentq(excess, low, np.log(100.0 / data.dose.min()), xtol=1e-14, rtol=1e-14)))


def _information(hits: Floats, tested: Floats | NDArray[np.int64]) -> Floats:
    """Expected information of each row about ln f; ``hits`` are the founders per well."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(np.where(hits > 0, tested * hits**2 / np.expm1(hits), 0.0))


def _log_likelihood(data: Dilution, hits: Floats) -> float:
    """Without the binomial coefficients, which cancel; ``hits`` are the founders per well."""
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.where(data.positive > 0, data.positive * np.log(-np.expm1(-hits)), 0.0)
        empty = np.where(data.tested > data.positive, -(data.tested - data.positive) * hits, 0.0)
    return float((grown + empty).sum())


def _difference(data: Dilution, rows: list[Dilution]) -> GroupTest:
    with needs("analysis"):
        from scipy.stats import chi2

    apart = sum(_log_likelihood(one, one.dose * _most_likely(one)) for one in rows)
    together = _log_likelihood(data, data.dose * _most_likely(data))
    statistic = max(2.0 * (apart - together), 0.0)
    return GroupTest(statistic, len(rows) - 1, float(chi2.sf(statistic, len(rows) - 1)))


def _single_hit(data: Dilution) -> SlopeTest | None:
    """A common slope beside a frequency of each group, against a slope of 1."""
    with needs("analysis"):
        from scipy.stats import chi2

    rows = [data.of_group(name) for name in data.groups]
    told = [one for one in rows if 0 < one.positive.sum() < one.tested.sum()]
    if not told or all(len(set(one.dose.tolist())) == 1 for one in told):
        return None
    best, slope, error = _with_slope(told)
    plain = sum(_log_likelihood(one, one.dose * _most_likely(one)) for one in told)
    statistic = max(2.0 * (best - plain), 0.0)
    return SlopeTest(slope, error, statistic, float(chi2.sf(statistic, 1)))


def _parted(rows: list[Dilution]) -> bool:
    """Whether in every group one dose parts the wells that grew from the empty ones."""
    grown = [one.dose[one.positive > 0] for one in rows]
    empty = [one.dose[one.positive < one.tested] for one in rows]
    pairs = list(zip(grown, empty, strict=True))
    return all(e.max() <= g.min() for g, e in pairs) or all(e.min() >= g.max() for g, e in pairs)


def _with_slope(rows: list[Dilution]) -> tuple[float, float, float]:
    """Largest log-likelihood with a slope, the slope and its standard error.

    Fisher scoring with halved steps; the log-likelihood is concave. Where doses part the wells, the slope
    grows without bound and the log-likelihood nears its limit.
    """
    dose, tested, positive = (
        np.concatenate([getattr(one, n) for one in rows]) for n in ("dose", "tested", "positive")
    )
    data = Dilution(dose, tested, positive, tuple(name for one in rows for name in one.group))
    centred = np.concatenate([np.log(one.dose) - np.log(one.dose).mean() for one in rows])
    own = [np.array([g == one.group[0] for g in data.group], dtype=float) for one in rows]
    design = np.column_stack([*own, centred])
    at = np.append([np.log(_most_likely(one)) + np.log(one.dose).mean() for one in rows], 1.0)
    value, error = _log_likelihood(data, np.exp(design @ at)), float("nan")
    for _ in range(_ROUNDS):
        hits = np.exp(np.clip(design @ at, -700.0, 700.0))
        with np.errstate(over="ignore"):
            score = positive * hits / np.expm1(hits) - (tested - positive) * hits
        information = design.T @ (design * _information(hits, tested)[:, np.newaxis])
        inverse = np.linalg.pinv(information)
        step, error = inverse @ (design.T @ score), float(np.sqrt(inverse[-1, -1]))
        while (found := _log_likelihood(data, np.exp(design @ (at + step)))) < value and np.abs(
            step
        ).max() > 1e-9:
            step = step / 2.0
        if found <= value:
            break
        at, value = at + step, found
    return (value, float("nan"), float("nan")) if _parted(rows) else (value, float(at[-1]), error)
