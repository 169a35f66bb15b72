"""A dose matrix as a map: one drug up, the other across, in doses that read well."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs

with needs("plot"):
    from matplotlib.axes import Axes

__all__ = ["DoseAxis", "dose_map", "mark_mixtures", "short_dose"]

DoseAxis = tuple[Floats, str]
"""Doses along an axis, and its label."""


def short_dose(value: float) -> str:
    """A dose as a tick says it.

    Examples
    --------
    >>> short_dose(0.125), short_dose(1234.0), short_dose(2e6)
    ('0.12', '1200', '2e+06')
    """
    return (
        f"{value:.2g}" if value < 100 else f"{float(f'{value:.2g}'):.0f}" if value < 1e5 else f"{value:.0e}"
    )


def dose_map(axes: Axes, values: Floats, rows: DoseAxis, columns: DoseAxis, **how: Any) -> Any:
    """Colour the mixtures (rows, columns); where there is no number a cross stands.

    Parameters
    ----------
    axes : Axes
    values : array (a, b)
    rows, columns : DoseAxis
    **how
        As ``Axes.imshow`` takes it.
    """
    axes.set_facecolor("0.85")
    picture = axes.imshow(np.ma.masked_invalid(values), origin="lower", aspect="auto", **how)
    for i, j in zip(*np.nonzero(~np.isfinite(values)), strict=True):
        axes.text(j, i, "×", ha="center", va="center", fontsize=7, color="0.45")
    axes.set_xticks(
        range(len(columns[0])), [short_dose(float(c)) for c in columns[0]], rotation=60, fontsize=7
    )
    axes.set_yticks(range(len(rows[0])), [short_dose(float(r)) for r in rows[0]], fontsize=7)
    axes.set_xlabel(columns[1], fontsize=8.5)
    axes.set_ylabel(rows[1], fontsize=8.5)
    return picture


def mark_mixtures(axes: Axes, beyond: NDArray[np.bool_]) -> None:
    """A dot on mixtures of a map."""
    rows, columns = np.nonzero(beyond)
    axes.plot(columns, rows, ".", color="k", ms=3.5)
