"""Every context with every set of parts: the cells come to rest, and no lane of a run is lost."""

from __future__ import annotations

import numpy as np
import pytest

from jakstat.biology import CORE_PARTS, cell_parts, contexts, part_names
from jakstat.errors import Outcome
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.lanes import bench_for, run_vectors
from jakstat.experiment.resting import AT_REST, loaded_cell, resting_state
from jakstat.experiment.run import simulate
from long_rows import rest_long

_SETS = {"core": CORE_PARTS, "cell": cell_parts(), "all": part_names()}


def _rests_and_runs(context: str, parts: tuple[str, ...], until: tuple[str, ...]) -> None:
    assert resting_state(loaded_cell(context, parts), {}).outcomes.tolist() == [int(Outcome.OK)]
    for end in until:
        run = simulate(context, stimuli={"IL6": "1..100ng/ml:2"}, until=end, parts=parts, observe=["pSTAT3"])
        assert set(run["outcome"].values) == {"OK"}, end
        assert np.isfinite(run["pSTAT3"].values).all()


@pytest.mark.parametrize("chosen", rest_long(_SETS, ["core", "cell"]))
def test_a_hepg2_cell_of_any_parts_rests_and_runs(chosen: str) -> None:
    _rests_and_runs("hepg2", _SETS[chosen], ("72 h",))


@pytest.mark.long
@pytest.mark.parametrize("chosen", _SETS)
@pytest.mark.parametrize("context", contexts())
def test_every_cell_of_any_parts_rests_and_runs(context: str, chosen: str) -> None:
    _rests_and_runs(context, _SETS[chosen], ("6 h", "72 h"))


def test_many_vectors_rest_while_nothing_is_counted_and_count_afterwards() -> None:
    """Growth would carry every lane off before time 0 if cells were counted while they come to rest."""
    protocol = make_protocol("hepg2", until="24 h", observe=["cell_number"], points=25, parts="auto")
    bench = bench_for(protocol)
    assert "counting" in AT_REST
    assert "counting" in {p.id for p in bench.cell.model.network.parameters}
    growth = np.array([0.01, 0.02])
    run = run_vectors(bench, {"growth_resting": growth}, lambda times, x: x[:, (0, 12, 24)])
    assert run.ok.all()
    first, half, last = run.values["cell_number"][:, 0].T
    np.testing.assert_allclose(first, 1.0, rtol=1e-6)
    np.testing.assert_allclose(np.log(last), 2.0 * np.log(half), rtol=1e-3)
    assert (np.log(last) > 0.8 * 24.0 * growth).all()
