"""A part that joins at its table values leaves the calibrated core where it was fitted."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from jakstat.biology import CORE_PARTS, cell_parts
from jakstat.biology.parts import with_required
from jakstat.experiment.run import simulate
from long_rows import rest_long

_CELLS = {"hepg2": "10ng/ml", "mouse_hepatocyte": "40ng/ml"}
_READ = ("pSTAT3", "SOCS3_mRNA")
_WITHIN = 0.03
_ADDED = tuple(n for n in cell_parts() if n not in CORE_PARTS)
_QUICK = ("serine727", "gene_MYC", "stat_STAT1")
_BOTH = ("ras_mapk", "akt_mtor")


def _curves(context: str, parts: tuple[str, ...]) -> dict[str, np.ndarray]:
    result = simulate(
        context, stimuli={"IL6": _CELLS[context]}, until="6 h", points=61, parts=parts, observe=_READ
    )
    return {name: result[name].values[0] for name in _READ}


@lru_cache(maxsize=2)
def _core(context: str) -> dict[str, np.ndarray]:
    return _curves(context, CORE_PARTS)


def _moves_by_at_most(limit: float, context: str, parts: tuple[str, ...]) -> None:
    plain, joined = _core(context), _curves(context, parts)
    for readout in _READ:
        change = np.abs(joined[readout] - plain[readout]).max() / plain[readout].max()
        assert change <= limit, f"{readout} moves by {change:.1%} of its peak"


@pytest.mark.parametrize("context", rest_long(_CELLS, ["hepg2"]))
@pytest.mark.parametrize("name", _QUICK)
def test_some_parts_leave_the_core_where_it_was_fitted(name: str, context: str) -> None:
    _moves_by_at_most(_WITHIN, context, with_required([*CORE_PARTS, name]))


@pytest.mark.long
@pytest.mark.parametrize("context", _CELLS)
@pytest.mark.parametrize("name", [n for n in _ADDED if n not in _QUICK])
def test_every_part_leaves_the_core_where_it_was_fitted(name: str, context: str) -> None:
    _moves_by_at_most(_WITHIN, context, with_required([*CORE_PARTS, name]))


@pytest.mark.parametrize("context", rest_long(_CELLS, ["hepg2"]))
@pytest.mark.parametrize("kinases", rest_long([("ras_mapk",), ("akt_mtor",), _BOTH], [_BOTH]))
def test_kinases_that_il6_rouses_add_little_to_ser727(kinases: tuple[str, ...], context: str) -> None:
    _moves_by_at_most(_WITHIN, context, with_required([*CORE_PARTS, "serine727", *kinases]))


@pytest.mark.parametrize("context", _CELLS)
@pytest.mark.long
def test_all_parts_of_the_cell_together_stay_near(context: str) -> None:
    _moves_by_at_most(2 * _WITHIN, context, cell_parts())
