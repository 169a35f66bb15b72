"""Whether the few cells that an operation leaves behind grow into a tumour again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import xlogy

from jakstat.arrays import Floats
from jakstat.initiation.branching import dies_out
from jakstat.initiation.lineage import Lineage

__all__ = ["LINEAGE_REACTIONS", "regrowth_chance"]

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
    return np.asarray(-np.expm1(xlogy(counts, dies_out(lineage)).sum(axis=-1)))


def _lost(rates: Mapping[str, Floats], names: tuple[str, ...]) -> Floats:
    return np.maximum(sum((rates[name] for name in names), np.zeros(1)), 0.0)
