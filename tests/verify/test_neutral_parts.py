"""A part that joins at its table values leaves the calibrated core where it was fitted."""

from __future__ import annotations

import numpy as np
import pytest

from jakstat.biology import CORE_PARTS, part_names
from jakstat.experiment import simulate

_CELLS = {"hepg2": "10ng/ml", "mouse_hepatocyte": "40ng/ml"}
_READ = ("pSTAT3", "SOCS3_mRNA")
_WITHIN = 0.03


def _curves(context: str, parts: tuple[str, ...]) -> dict[str, np.ndarray]:
    result = simulate(
        context, stimuli={"IL6": _CELLS[context]}, until="6 h", points=61, parts=parts, observe=_READ
    )
    return {name: result[name].values[0] for name in _READ}


@pytest.mark.parametrize("context", _CELLS)
@pytest.mark.parametrize("name", [n for n in part_names(instances=False) if n not in CORE_PARTS])
def test_the_core_stays_where_it_was_fitted(name: str, context: str) -> None:
    plain, joined = _curves(context, CORE_PARTS), _curves(context, (*CORE_PARTS, name))
    for readout in _READ:
        change = np.abs(joined[readout] - plain[readout]).max() / plain[readout].max()
        assert change <= _WITHIN, f"{readout} moves by {change:.1%} of its peak"


@pytest.mark.parametrize("context", _CELLS)
def test_all_parts_of_the_cell_together_stay_near(context: str) -> None:
    plain, joined = _curves(context, CORE_PARTS), _curves(context, part_names(instances=False))
    for readout in _READ:
        change = np.abs(joined[readout] - plain[readout]).max() / plain[readout].max()
        assert change <= 2 * _WITHIN, f"{readout} moves by {change:.1%} of its peak"
