"""A cell of a body by itself: where it rests, given what is around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.body_document import instance_rows, joined, words_of
from jakstat.biology.contexts import Context, context
from jakstat.biology.instances import Instance, instance_parts
from jakstat.biology.kept import kept
from jakstat.errors import problem
from jakstat.knowledge.parameter_table import Row

if TYPE_CHECKING:
    from jakstat.engine.model import Model

__all__ = ["LoneCell", "lone_cell", "rest_lanes", "rest_values"]

_AROUND = "around_"
_TO_REST_H = 5000.0


@dataclass(frozen=True, slots=True)
class LoneCell:
    """A cell of a body by itself, without prefix; what it follows are numbers: ``around_IL6``."""

    sbml: str
    follows: tuple[str, ...]

    def model(self) -> Model:
        """Its compiled model."""
        return _model(self.sbml)


@lru_cache(maxsize=16)
def _model(sbml: str) -> Model:
    from jakstat.engine.load import load_sbml

    return load_sbml(sbml, trusted=True)


def lone_cell(cell: Instance) -> LoneCell:
    """The cell by itself.

    Examples
    --------
    >>> found = lone_cell(Instance("S_", "a cell", "hepg2", ("receptor", "jak"), {"IL6": "IL6_tumour"}))
    >>> found.follows, "around_IL6" in found.sbml
    (('IL6',), True)
    """
    alone = replace(cell, prefix="", follows={name: _AROUND + name for name in cell.follows})
    return _lone(context(alone.context), alone.parts, tuple(alone.follows))


@lru_cache(maxsize=16)
def _lone(of: Context, parts: tuple[str, ...], follows: tuple[str, ...]) -> LoneCell:
    cell = Instance("", "cell by itself", of.name, parts, {name: _AROUND + name for name in follows})
    pieces = instance_parts(cell)
    rows = instance_rows(replace(cell, follows={}), words_of(pieces))
    resting = {row.id: row for row in rows}
    around = [_around_row(name, resting.get(name)) for name in follows]
    rows = tuple(row for row in rows if row.id not in follows)
    return LoneCell(joined("cell", cell.title, pieces, (), (*rows, *around), ("membrane",)), follows)


def _around_row(name: str, own: Row | None) -> Row:
    """The number behind what a cell follows: that of the tables, or none of a substance."""
    if own is not None:
        return replace(own, id=_AROUND + name)
    return Row(_AROUND + name, 0.0, "nM", 0.0, 1e9, "assumed", "protocol", "concentration around the cell")


def rest_values(cell: Instance, symbols: Iterable[str], around: Mapping[str, float]) -> Mapping[str, float]:
    """Values of symbols of the cell at rest, as a formula reads them; they are kept once they are known.

    Parameters
    ----------
    cell : Instance
    symbols : iterable of str
        Without prefix.
    around : mapping of str to float
        What it follows, by symbol; others are 0, or the number of the tables.

    Raises
    ------
    InputError
        ``patient.rest``: it comes to no rest.

    Examples
    --------
    >>> cell = Instance("S_", "a cell", "hepg2", ("receptor", "jak", "stat3"), {"IL6": "IL6_tumour"})
    >>> found = rest_values(cell, ["STAT3", "pSTAT3"], {"IL6": 0.0})
    >>> found["STAT3"] > 100.0 > found["pSTAT3"]
    True
    """
    names = sorted(symbols)
    alone = lone_cell(cell)

    def work_out() -> dict[str, float]:
        found = rest_lanes(cell, names, around, {})
        if not all(np.isfinite(values).all() for values in found.values()):
            raise problem("patient.rest", f"the {cell.title} comes to no rest", field="cell")
        return {name: float(values[0]) for name, values in found.items()}

    values: dict[str, float] = kept("rests", [alone.sbml, names, dict(around)], work_out)
    return values


def rest_lanes(
    cell: Instance, symbols: Iterable[str], around: Mapping[str, float], numbers: Mapping[str, Floats]
) -> Mapping[str, Floats]:
    """:func:`rest_values` under other numbers of the cell, worked out each time.

    Parameters
    ----------
    cell : Instance
    symbols : iterable of str
    around : mapping of str to float
    numbers : mapping of str to array, shape (lanes,)
        Without prefix.

    Returns
    -------
    mapping of str to array, shape (lanes,)
        NaN where a lane comes to no rest.

    Examples
    --------
    >>> cell = Instance("S_", "a cell", "hepg2", ("receptor", "jak", "stat3"), {"IL6": "IL6_tumour"})
    >>> found = rest_lanes(cell, ["pSTAT3"], {"IL6": 0.001}, {"kcat_STAT3": np.array([25000.0, 50000.0])})
    >>> bool(found["pSTAT3"][1] > found["pSTAT3"][0])
    True
    """
    values = {_AROUND + name: value for name, value in around.items()}
    run = lone_cell(cell).model().equilibrate({**values, **numbers}, horizon=_TO_REST_H)
    return {name: np.where(run.ok, run.value(name)[:, -1], np.nan) for name in sorted(symbols)}
