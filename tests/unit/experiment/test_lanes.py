from dataclasses import replace

import numpy as np
import pytest

from jakstat.engine.batched import summaries
from jakstat.engine.model import Model
from jakstat.errors import InputError, Outcome
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.lanes import bench_for, lane_pieces, read_lanes, run_vectors
from jakstat.experiment.reading import parse_reading
from jakstat.limits import LIMITS

VECTORS = {"kcat_STAT3": np.array([3e4, 6e4, 1.2e5])}


def bench(**more):
    return bench_for(
        make_protocol("hepg2", observe="pSTAT3", until="20min", points=5, **{"parts": "auto", **more})
    )


def test_pieces_change_no_bit(monkeypatch):
    """Whether the levels share a rest (doses) or each has its own (factors), and a piece may cut a vector."""
    for more in ({"stimuli": "IL6=1,10ng/ml"}, {"stimuli": "IL6=10ng/ml", "perturb": "SOCS3=0,1"}):
        place = bench(**more)
        whole = run_vectors(place, VECTORS)
        with monkeypatch.context() as small:
            small.setattr(summaries, "PIECE_BYTES", 8 * 2 * len(place.plan.times) * 5)
            assert [len(piece.outcomes) for piece in lane_pieces(place, VECTORS)] == [5, 1]
            cut = run_vectors(place, VECTORS)
        assert np.array_equal(whole.values["pSTAT3"], cut.values["pSTAT3"])
        assert whole.values["pSTAT3"].shape == (3, 2, 5)


def test_every_lane_is_that_of_its_own_run():
    both = run_vectors(bench(stimuli="IL6=10ng/ml", perturb="SOCS3=0,1"), VECTORS).values["pSTAT3"]
    for i, factor in enumerate((0, 1)):
        place = bench(stimuli="IL6=10ng/ml", perturb=f"SOCS3={factor}")
        for j, k in enumerate(VECTORS["kcat_STAT3"]):
            alone = run_vectors(place, {"kcat_STAT3": np.array([k])}).values["pSTAT3"]
            assert np.array_equal(both[j, i], alone[0, 0])


def test_cells_come_to_rest_once(monkeypatch):
    place = bench(stimuli="IL6=10ng/ml")
    place = replace(place, cell=replace(place.cell, rests={}))
    plain, calls = Model.equilibrate, []

    def equilibrate(self, *args, **more):
        calls.append(more["parameters"])
        return plain(self, *args, **more)

    monkeypatch.setattr(Model, "equilibrate", equilibrate)
    first, again = run_vectors(place, VECTORS), run_vectors(place, VECTORS)
    assert len(calls) == 1
    assert np.array_equal(first.values["pSTAT3"], again.values["pSTAT3"])
    run_vectors(place, {"kcat_STAT3": 2 * VECTORS["kcat_STAT3"]})
    assert len(calls) == 2


def test_a_vector_without_rest_is_left_out_of_every_level_and_told(monkeypatch):
    place = bench(stimuli="IL6=1,10ng/ml")
    vectors = {"kcat_STAT3": np.array([6e4, np.nan])}
    run = run_vectors(place, vectors)
    assert run.ok.tolist() == [[True, True], [False, False]]
    assert np.isnan(run.values["pSTAT3"][1]).all()
    assert np.isfinite(run.values["pSTAT3"][0]).all()
    numbers, failed = read_lanes(place, vectors, [parse_reading("peak"), parse_reading("20min")])
    assert failed == 2
    assert np.isnan(numbers[:, 1]).all()
    assert numbers[1, 0].tolist() == run.values["pSTAT3"][0, :, -1].tolist()
    assert {Outcome(int(c)) for c in run.outcomes[1]} == {Outcome.BAD_PARAMETER}


def test_too_many_lanes_are_refused():
    place = bench(stimuli="IL6=1,10ng/ml")
    with pytest.raises(InputError) as caught:
        run_vectors(place, {"kcat_STAT3": np.ones(LIMITS.run_lanes // 2 + 1)})
    assert caught.value.problems[0].code == "lanes.too-many"
