"""A drug combined with itself, on the model: Loewe must see nothing, Bliss what its curve predicts."""

import numpy as np
import pytest

from jakstat.combination.dose_lanes import dose_lanes, read_experiment, share_affected
from jakstat.combination.matrix_doses import read_drug
from jakstat.combination.null_models import excesses
from jakstat.combination.verdicts import self_excess

DOSES = np.concatenate([[0.0], np.geomspace(60.0, 6000.0, 7)])


@pytest.mark.parametrize(("name", "scale"), [("ruxolitinib", 1.0), ("Stattic", 150.0)])
def test_sham_combination(name: str, scale: float) -> None:
    own = DOSES * scale
    total = own[:, None] + own[None, :]
    levels = sorted({float(f"{x:.12g}") for x in total.ravel()} - {0.0})
    experiment = read_experiment("hepg2", stimuli="IL6=10ng/ml", at="20min", parts="auto")
    text = f"{name}={','.join(repr(x) for x in levels[:12])}nM"
    lanes = dose_lanes(experiment, [read_drug(text, before=1.0).at(tuple(levels))])
    tables = [lanes.bare, *(lanes.mixture({name: k}) for k in range(len(levels) + 1))]
    readings, _ = lanes.run(tables)
    curve = share_affected(readings[None, 1:], readings[1:2], readings[:1], floor=True)[0]
    place = {x: k for k, x in enumerate([0.0, *levels])}
    effect = np.array([[curve[place[float(f"{x:.12g}")]] for x in row] for row in total])
    found = excesses(own, own, effect[None])
    misfit = float(found.first.misfit[0])
    assert misfit < 0.03
    known = np.isfinite(found.index)
    assert known.mean() > 0.5
    assert np.nanmax(np.abs(found.loewe)) < 2.0 * misfit + 0.005
    predicted = self_excess(own[1:], found.first)
    farthest = float(found.bliss.ravel()[int(np.argmax(np.abs(found.bliss)))])
    assert abs(farthest) > 0.05
    # three points of the curve enter: e(2d) - e(d) - e(d) + e(d) e(d), each off by the misfit at most
    assert farthest == pytest.approx(predicted, abs=3.0 * misfit)
