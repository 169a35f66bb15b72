"""Which doses a curve is measured at: those asked for, or a range found around the drug's potency."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import InputError, Problem
from jakstat.experiment.assay_numbers import assay_number
from jakstat.experiment.grammar import parse_addition
from jakstat.experiment.plan import given_twice
from jakstat.experiment.protocol import Addition
from jakstat.knowledge.parameter_table import Row
from jakstat.pharmacology import Agent, agent, spoken_name

__all__ = ["DrugQuestion", "found_range", "parse_drugs", "strongest_potency"]

_COUNT = 13
_FEWEST = 3
_PER_DECADE = 2
_BELOW, _ABOVE = 4, 5
"""Decades around the potency that are looked through first."""
_ONSET, _FULL = 0.02, 0.98
"""Shares of the whole effect between which the curve is measured densely."""
_FLAT = 1e-3
_MARGIN = 3.0
_ROUNDS = 5


@dataclass(frozen=True)
class DrugQuestion:
    """The drugs of a question: those that get a curve, and those that every well has.

    Parameters
    ----------
    curves : tuple of Addition
        Their ``values`` are empty where a range is to be found.
    background : tuple of Addition
        Given at one level.
    """

    curves: tuple[Addition, ...]
    background: tuple[Addition, ...]


def parse_drugs(texts: Iterable[str] | str | None, *, pre: float | None = None) -> DrugQuestion:
    """Drugs as written: ``ruxolitinib``, ``ruxolitinib=1..1000nM:9`` or, in every well, ``Stattic=1uM``.

    Parameters
    ----------
    texts : sequence of text
    pre : float, optional
        Hours before time 0 at which drugs without a time of their own are given.

    Raises
    ------
    InputError
        ``drug.unknown``, ``drug.dose`` (no drug), ``drug.none``, ``name.twice``, ``time.twice``,
        ``series.short`` (too few doses), and the grammar's.

    Examples
    --------
    >>> asked = parse_drugs(["Jakafi", "Stattic=1uM"], pre=1.0)
    >>> asked.curves[0].name, asked.curves[0].schedule.starts, asked.background[0].values
    ('ruxolitinib', (-1.0,), (1.0,))
    """
    problems: list[Problem] = []
    curves: list[Addition] = []
    background: list[Addition] = []
    for text in [texts] if isinstance(texts, str) else list(texts or ()):
        try:
            found = _parsed(str(text), pre)
        except InputError as error:
            problems += error.problems
            continue
        (background if len(found.values) == 1 else curves).append(found)
    problems += given_twice([*curves, *background], str)
    if not curves and not problems:
        hint = "write e.g. --drug ruxolitinib or --drug ruxolitinib=1..10000nM:13"
        told = "every drug has one dose" if background else "no drug is given"
        problems.append(Problem("drug.none", f"{told}, so there is no curve", field="--drug", hint=hint))
    if problems:
        raise InputError(problems)
    return DrugQuestion(tuple(curves), tuple(background))


def _parsed(text: str, pre: float | None) -> Addition:
    name, at, when = text.partition("@") if "=" not in text else (text, "", "")
    full = f"{name}=1nM{at}{when}" if "=" not in text else text
    given = parse_addition(full, field="--drug", ligand=False)
    drug = agent(given.name, field="--drug")
    if drug.kind != "drug":
        hint = f"write --treatment {drug.name}@0h for all wells"
        raise InputError([Problem("drug.dose", f"{drug.name} takes no dose", field="--drug", hint=hint)])
    values = () if "=" not in text else tuple(sorted(set(given.values)))
    if len(values) > 1 and sum(v > 0 for v in values) < _FEWEST:
        message = f"{len(values)} doses of {drug.name} make no curve"
        hint = f"give at least {_FEWEST} above 0, or none and a range is found"
        raise InputError([Problem("series.short", message, field="--drug", hint=hint)])
    given = replace(given.at(values), name=spoken_name(drug, given.name))
    if pre is None:
        return given
    if "@" in text:
        hint = "leave out --pre, or the time of the drug"
        raise InputError([Problem("time.twice", f"{drug.name} has two times", field="--pre", hint=hint)])
    return replace(given, schedule=replace(given.schedule, starts=(-pre,)))


def strongest_potency(drug: Agent, rows: Iterable[Row]) -> float | None:
    """The strongest of a drug's potencies in a model (nM); None when the model has none in nM.

    Examples
    --------
    >>> row = Row("Ki_Stattic", 22000.0, "nM", 1000.0, 60000.0, "fitted", "someone2001", "")
    >>> strongest_potency(agent("Stattic"), [row])
    22000.0
    """
    found = [r.value for r in rows if r.id in drug.potency and r.unit == "nM" and r.value > 0]
    return min(found, default=None)


def found_range(centre: float, respond: Callable[[Floats], Floats], *, wide: bool = False) -> Floats:
    """Doses (n,) that span the change of the response, from its onset to its end.

    Parameters
    ----------
    centre : float
        Where the search begins, nM.
    respond : callable
        From doses (m,) in nM, of which the first is 0, to responses (m,).
    wide : bool
        A decade more on both sides, for curves of other parameter vectors.

    Returns
    -------
    array (n,)
        nM, rising, above 0. Where the response does not change: what was looked through.

    Examples
    --------
    >>> doses = found_range(10.0, lambda d: 1.0 / (1.0 + d / 300.0))
    >>> bool(doses[0] < 10.0), bool(doses[-1] > 1e4), len(doses)
    (True, True, 13)
    """
    highest = assay_number("highest_dose")
    centre = min(centre, highest)
    low, high = centre * 10.0**-_BELOW, min(centre * 10.0**_ABOVE, highest)
    for _ in range(_ROUNDS):
        doses = np.geomspace(low, high, int(_PER_DECADE * math.log10(high / low)) + 1)
        values = respond(np.concatenate([[0.0], doses]))
        shares = _shares(values)
        if shares is None:
            if high >= highest:
                break
            high = min(high * 1e3, highest)
            continue
        if high < highest and shares[-1] - shares[-2] > 1.0 - _FULL:
            high = min(high * 1e2, highest)  # no plateau yet
            continue
        if shares[0] <= _ONSET:
            first = float(doses[np.flatnonzero(shares > _ONSET)[0] - 1])
            after = doses[(shares >= _FULL) & (doses > first)]
            low, high = first / _MARGIN, float(after[0]) * _MARGIN
            break
        low *= 1e-4
    extra = 10.0 if wide else 1.0
    count = _COUNT + (4 if wide else 0)
    return np.geomspace(low / extra, min(high * extra, highest), count)


def _shares(values: Floats) -> Floats | None:
    """Of the largest change from the first value (no drug), how much each other has; None when flat."""
    good = np.isfinite(values)
    if not good[0] or good.sum() < _FEWEST:
        return None
    change = np.where(good, values - values[0], 0.0)[1:]
    largest = change[np.abs(change).argmax()]
    if abs(largest) <= _FLAT * np.abs(values[good]).max():
        return None
    return np.asarray(change / largest)
