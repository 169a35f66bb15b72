"""Parameter vectors for intervals: the posterior for what was fitted together, ranges for the rest.

Lane 0 is the table itself. In every other lane the constants of the core fit come together from one
vector of the shipped posterior (``core_posterior.npz``). Every other number is drawn log-uniformly
between value / s and value * s, cut to its range; s is that of its grade (1.5 measured, 2 fitted,
10 assumed or the user's, :data:`jakstat.knowledge.nearness.SPREADS`). What a protocol sets is not
drawn, nor are the sizes that the fit was given, in whose units its constants are
(docs/decisions/0058). Draws are keyed by seed and parameter, so a new parameter changes no other
draw.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import as_file, files

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.ensemble import Ensemble, read_ensemble
from jakstat.identity import content_key
from jakstat.knowledge.graded_ranges import graded_range
from jakstat.knowledge.parameter_table import Row
from jakstat.limits import LIMITS, check_count
from jakstat.streams import stream

__all__ = ["core_posterior", "draw_vectors", "posterior_rows", "ranges_key"]

_SHARED = "*"
"""Owner of a constant that all cells share, in the posterior's names ``owner|id``."""
_SIZES = frozenset({"cytoplasm", "nucleus", "membrane"})
"""Compartments of a cell, whose sizes are rows of its context."""
_FITTED_CELLS = frozenset({"hepg2", "mouse_hepatocyte", "human_hepatocyte"})
"""Cells whose measured courses the constants were fitted to, with the sizes of the table."""


@lru_cache(maxsize=1)
def core_posterior() -> Ensemble:
    """The posterior of the core fit: vectors of ``owner|id`` in the model's units.

    Examples
    --------
    >>> len(core_posterior()) >= 500, "*|kcat_STAT3" in core_posterior().names
    (True, True)
    """
    with as_file(files("jakstat.biology").joinpath("core_posterior.npz")) as path:
        return read_ensemble(path)


@lru_cache(maxsize=1)
def _posterior_values() -> dict[str, Floats]:
    return core_posterior().values()


def _posterior_name(row: Row) -> str | None:
    """What the posterior calls a row; None for one that it does not hold."""
    name = f"{row.key[0] if row.key else _SHARED}|{row.id}"
    return name if row.grade == "fitted" and name in _posterior_values() else None


def posterior_rows(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Those of the rows that were fitted together and that the posterior holds.

    Examples
    --------
    >>> from jakstat.biology import context, parameters
    >>> found = {row.id for row in posterior_rows((*parameters(), *context("hepg2").rows))}
    >>> {"kcat_STAT3", "surface_share_IL6ST"} <= found, "molar_mass_IL6" in found
    (True, False)
    """
    return tuple(row for row in rows if _posterior_name(row) is not None)


def _given(row: Row) -> bool:
    """Whether a row is a size of a fitted cell, by which counts became concentrations in the fit."""
    return row.id in _SIZES and bool(row.key) and row.key[0] in _FITTED_CELLS


def _drawn(rows: Iterable[Row]) -> list[Row]:
    return [r for r in rows if graded_range(r) is not None and not _given(r)]


def draw_vectors(rows: Iterable[Row], *, lanes: int, seed: int) -> dict[str, Floats]:
    """Values of every drawn parameter by id, each of shape (lanes,).

    Parameters
    ----------
    rows : iterable of Row
        Parameters of the model, in its units.
    lanes : int
        Number of vectors; the first is the table itself.
    seed : int

    Raises
    ------
    InputError
        ``count.range``, ``seed.range``.

    Examples
    --------
    >>> row = Row("k", 2.0, "1/h", 1.5, 100.0, "measured", "someone2001", "")
    >>> k = draw_vectors([row], lanes=50, seed=1)["k"]
    >>> float(k[0]), bool(k.min() >= 1.5), bool(k.max() <= 3.0)
    (2.0, True, True)
    """
    check_count(lanes, most=LIMITS.lanes, field="--lanes")
    found: dict[str, Floats] = {}
    order = stream(seed, "evidence", "posterior").permutation(len(core_posterior()))
    vector = order[np.arange(lanes - 1) % len(order)]
    for row in _drawn(rows):
        cut = graded_range(row)
        if cut is None:
            continue
        name = _posterior_name(row)
        if name is None:
            share = stream(seed, "evidence", row.id).random(lanes)
            values = cut.low * (cut.high / cut.low) ** share
        else:
            values = np.concatenate([[row.value], _posterior_values()[name][vector]])
        values[0] = row.value
        found[row.id] = values
    return found


def ranges_key(rows: Iterable[Row]) -> str:
    """Content key of the ranges that vectors are drawn from, with grade and source.

    Examples
    --------
    >>> row = Row("k", 2.0, "1/h", 1.5, 100.0, "measured", "someone2001", "")
    >>> len(ranges_key([row]))
    64
    """
    made = core_posterior().manifest
    return content_key([made, [(r.id, r.unit, r.low, r.high, r.grade, r.source) for r in _drawn(rows)]])
