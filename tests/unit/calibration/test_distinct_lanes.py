"""Lanes that are the same are run once, whatever made them so."""

import numpy as np

from jakstat.calibration.distinct_lanes import DistinctLanes, LaterChanges


def test_bits_tell_lanes_apart():
    k = np.array([[0.0, -0.0], [0.0, 1.0]])
    lanes = DistinctLanes.of({"k": k}, {}, None, np.ones((2, 2), dtype=bool))
    assert lanes.number.tolist() == [[0, 1], [0, 2]]
    assert lanes.parameters["k"].tolist() == [0.0, -0.0, 1.0]
    assert lanes.doses is None


def test_every_row_among_many():
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 3, size=(500, 4, 3)).astype(float)
    lanes = DistinctLanes.of(
        {n: rows[:, :, i] for i, n in enumerate("abc")}, {}, None, np.ones((500, 4), bool)
    )
    made = np.column_stack([lanes.parameters[n] for n in "abc"])
    assert lanes.count == len({tuple(r) for r in rows.reshape(-1, 3)})
    assert np.array_equal(made[lanes.number], rows)


def test_later_changes_and_unwanted_lanes():
    later = LaterChanges((((1.0, "A"),), ((1.0, "B"),)), np.array([[[5.0], [5.0]], [[5.0], [6.0]]]))
    wanted = np.array([[True, True], [False, True]])
    lanes = DistinctLanes.of({"k": np.ones((2, 1))}, {}, later, wanted)
    assert lanes.count == 3  # the same amount to another species, and another amount, are other lanes
    assert [[(d.target, d.amount) for d in table] for table in lanes.doses] == [
        [("A", 5)],
        [("B", 5)],
        [("B", 6)],
    ]
    assert np.array_equal(lanes.spread(np.array([1.0, 2.0, 3.0])), [[1, 2], [np.nan, 3]], equal_nan=True)
