import numpy as np
import pytest

import small_models as sm
from jakstat.engine.batched import summaries
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError, Outcome

TIMES = np.linspace(0.0, 6.0, 61)
WANTED = {"peak": ("max", "B"), "when": ("time_of_max", "B"), "low": ("min", "A"), "area": ("auc", "A"),
          "end": ("final", "B"), "typical": ("mean", "A"), "early": ("time_of_min", "A")}  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return load_sbml(
        sm.model(
            species=[sm.species("A", 10.0), sm.species("B", 0.0)],
            parameters=[sm.parameter("k", 0.5), sm.parameter("d", 1.0)],
            reactions=[sm.reaction("r", "A", "B", "c*k*A"), sm.reaction("s", "B", "", "c*d*B")],
        ),
        trusted=True,
    )


@pytest.mark.parametrize("method", ["rodas5p", "LSODA"])
def test_summaries_are_those_of_the_trajectories(model, method) -> None:
    k = np.linspace(0.2, 2.0, 7)
    whole = model.simulate(TIMES, {"k": k}, method=method)
    short = model.simulate(TIMES, {"k": k}, method=method, reduce=WANTED)
    a, b = whole.value("A"), whole.value("B")
    expected = {
        "peak": b.max(1), "when": TIMES[b.argmax(1)], "low": a.min(1), "area": np.trapezoid(a, TIMES, axis=1),
        "end": b[:, -1], "typical": np.trapezoid(a, TIMES, axis=1) / 6, "early": TIMES[a.argmin(1)],
    }  # fmt: skip
    for name, values in expected.items():
        assert (short.summaries[name] == values).all()
    assert short.values == {}


def test_pieces_change_nothing_and_keep_lane_numbers(model, monkeypatch: pytest.MonkeyPatch) -> None:
    k = np.linspace(0.2, 2.0, 150)
    k[[3, 100]] = np.nan
    whole = model.simulate(TIMES, {"k": k}, reduce=WANTED)
    monkeypatch.setattr(summaries, "PIECE_BYTES", 64 * 8 * len(TIMES) * 3)
    pieces = model.simulate(TIMES, {"k": k}, reduce=WANTED, threads=2)
    for name in WANTED:
        assert np.array_equal(whole.summaries[name], pieces.summaries[name], equal_nan=True)
    assert [f.lane for f in pieces.failures] == [3, 100]
    assert pieces.outcomes[100] == Outcome.BAD_PARAMETER
    assert np.isnan(pieces.summaries["when"][[3, 100]]).all()


@pytest.mark.parametrize(
    ("reduce", "code"),
    [
        ({"x": ("median", "A")}, "reduce.kind"),
        ({"x": "max"}, "reduce.type"),
        ({"x": ("max", "Q")}, "output.unknown"),
    ],
)
def test_wrong_requests_are_named(model, reduce, code) -> None:
    with pytest.raises(InputError) as caught:
        model.simulate(TIMES, reduce=reduce)
    assert caught.value.problems[0].code == code
