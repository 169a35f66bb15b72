"""Whether the few cells that an operation leaves behind grow into a tumour again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from jakstat.arrays import Floats
from jakstat.initiation.branching import dies_out
from jakstat.initiation.lineage import Lineage

__all__ = [
    "BEHIND_H",
    "HOURS_OF_DAY",
    "LINEAGE_REACTIONS",
    "cells_after_operation",
    "chance_of_run",
    "regrowth_chance",
    "sampled_behind",
]

HOURS_OF_DAY = (0.0, 1.0, 3.0, 8.0)
"""Hours behind the dose of the morning at which a day is sampled."""
BEHIND_H = 336.0
"""The weeks behind an operation in which the fate of what is left is read."""
_DAY = 24.0
_LIVING = ("Stem", "Progenitor", "Differentiated")

_STEM = ("Stem_self_renewal", "Stem_asymmetric_division", "Stem_commitment")
_STEM_LOST = ("Stem_death", "Stem_starvation", "Stem_killing")
_PROGENITOR = ("Progenitor_division", "Progenitor_maturation", "Progenitor_return")
_PROGENITOR_LOST = ("Progenitor_death", "Progenitor_starvation", "Progenitor_killing")
_DIFFERENTIATED_LOST = ("Differentiated_death", "Differentiated_starvation", "Differentiated_killing")
LINEAGE_REACTIONS = (*_STEM, *_STEM_LOST, *_PROGENITOR, *_PROGENITOR_LOST, *_DIFFERENTIATED_LOST)
"""Reactions of the document whose rate over the number of cells is what a single cell does."""
_MILLION = 1e6


def regrowth_chance(rates: Mapping[str, Floats], stem: Floats, progenitors: Floats) -> Floats:
    """The chance that cells found a tumour again, if things stay as they are.

    Parameters
    ----------
    rates : mapping of str to array, shape (lanes,)
        Of :data:`LINEAGE_REACTIONS`, for each cell and hour; means over some days, so that a drug counts with
        its course.
    stem, progenitors : array, shape (lanes,)
        Cells left behind, in millions.

    Returns
    -------
    array, shape (lanes,)

    Notes
    -----
    Cells die out independently of each other: 1 - q_S^S q_P^P with the extinction root q of the branching
    process (:func:`jakstat.initiation.branching.dies_out`).

    Examples
    --------
    >>> rates = {name: np.zeros(1) for name in LINEAGE_REACTIONS} | {"Progenitor_death": np.ones(1)}
    >>> rates |= {"Stem_self_renewal": np.array([0.3]), "Stem_death": np.array([0.1])}
    >>> regrowth_chance(rates, np.array([2e-6]), np.zeros(1)).round(4)  # 1 - (1/3)^2
    array([0.8889])
    """
    renewal, asymmetric, commitment = (rates[name] for name in _STEM)
    divided = renewal + asymmetric + commitment
    divides = np.where(divided > 0.0, divided, 1.0)
    lost = _lost(rates, _STEM_LOST)
    lineage = Lineage(
        kdiv_S=divided,
        share_SS=renewal / divides,
        share_SP=np.where(divided > 0.0, asymmetric / divides, 1.0),
        kdeath_S=np.where(divided + lost > 0.0, lost, 1.0),  # where no cell is left nothing happens
        kdiv_P=rates["Progenitor_division"],
        kdeath_P=_lost(rates, _PROGENITOR_LOST),
        kmature_P=rates["Progenitor_maturation"],
        kreturn_P=rates["Progenitor_return"],
        kdeath_D=_lost(rates, _DIFFERENTIATED_LOST),
    )
    counts = np.stack([stem, progenitors], axis=-1) * _MILLION
    with np.errstate(divide="ignore"):
        each = np.log(np.where(counts == 0.0, 1.0, dies_out(lineage)))
    return np.asarray(-np.expm1((counts * each).sum(axis=-1)))


def _lost(rates: Mapping[str, Floats], names: tuple[str, ...]) -> Floats:
    return np.maximum(sum((rates[name] for name in names), np.zeros(1)), 0.0)


def cells_after_operation(state: Mapping[str, Floats], left: Floats) -> dict[str, Floats]:
    """Cells after an operation: all kinds in the same proportion, no more than there were.

    Parameters
    ----------
    state : mapping of str to array, shape (lanes,)
        The state before it, in millions of cells.
    left : array, shape (lanes,)
        Living cells that stay behind, in millions.

    Examples
    --------
    >>> before = dict(zip(("Stem", "Progenitor", "Differentiated", "Dead"), np.eye(4) @ [2.0, 2.0, 4.0, 1.0]))
    >>> {k: float(v) for k, v in cells_after_operation(before, np.array(4.0)).items()}
    {'Stem': 1.0, 'Progenitor': 1.0, 'Differentiated': 2.0, 'Dead': 0.5}
    """
    living = sum(state[name] for name in _LIVING)
    share = np.minimum(left / living, 1.0)
    return {name: state[name] * share for name in (*_LIVING, "Dead")}


def sampled_behind(resected_h: float) -> Floats:
    """Times in the weeks behind an operation at which the fate of what is left is read.

    Examples
    --------
    >>> sampled_behind(24.0)[:5].tolist()
    [48.0, 49.0, 51.0, 56.0, 72.0]
    """
    days = resected_h // _DAY + np.arange(1.0, BEHIND_H / _DAY)
    return np.asarray((days[:, None] * _DAY + np.array(HOURS_OF_DAY)[None, :]).ravel())


def chance_of_run(resected_h: float, times: Floats, values: Mapping[str, Floats]) -> Floats:
    """Chance of regrowth of what an operation leaves, as single cells fare in the weeks behind it.

    Parameters
    ----------
    resected_h : float
    times : array, shape (T,)
    values : mapping of str to array, shape (lanes, T)
        Cells of each kind, and :data:`LINEAGE_REACTIONS`; NaN in lanes that failed.

    Returns
    -------
    array, shape (lanes,)
        NaN in lanes that failed.
    """
    chance = np.full(len(values["Stem"]), np.nan)
    at = int(np.searchsorted(times, resected_h))
    well = np.flatnonzero(np.isfinite(values["Stem"][:, -1]))
    behind = (times > resected_h) & (times <= resected_h + BEHIND_H)
    rates = {}
    for name in LINEAGE_REACTIONS:
        there = values[name.partition("_")[0]][well][:, behind]
        rates[name] = (values[name][well][:, behind] / np.where(there > 0.0, there, 1.0)).mean(axis=1)
    if len(well):
        chance[well] = regrowth_chance(rates, values["Stem"][well, at], values["Progenitor"][well, at])
    return chance
