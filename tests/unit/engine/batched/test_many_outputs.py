"""Outputs due in one step are worked out together: none may feel the others."""

from dataclasses import replace

import numpy as np
import pytest

from jakstat.engine.batched import fast
from jakstat.engine.compile.machine import host
from jakstat.engine.load import load_sbml
from jakstat.engine.result import Result
from small_models import model, parameter, reaction, rule, species

CHAIN = range(9)
RATES = 10.0 ** np.linspace(-2, 1, 21)
TIMES = np.linspace(0.0, 40.0, 401)
NAMES = [*(f"X{i}" for i in CHAIN), "flow"]
MODEL = model(
    species=[species(f"X{i}", float(i == 0)) for i in CHAIN],
    parameters=[parameter("k", 1.0), parameter("flow", None, constant=False)],
    rules=[rule("assignment", "flow", "k * X1")],
    reactions=[reaction(f"r{i}", f"X{i}", f"X{i + 1}", f"k * X{i}") for i in CHAIN[:-1]],
)


def run(times: np.ndarray) -> Result:
    return load_sbml(MODEL).simulate(times, {"k": RATES}, outputs=NAMES, rtol=1e-6, atol=1e-9)


def bits(found: Result) -> np.ndarray:
    return np.stack([found.value(name) for name in NAMES]).view(np.int64)


def test_an_output_is_the_same_whatever_else_is_asked_for() -> None:
    many, chosen = run(TIMES), [0, 1, 73, 400]
    assert (bits(many)[:, :, chosen] == bits(run(TIMES[chosen]))).all()
    decay = np.exp(-np.multiply.outer(RATES, TIMES))  # what is lost at a rate in proportion
    assert np.allclose(many.value("X0"), decay, rtol=0, atol=1e-5)
    assert np.allclose(many.value("flow"), RATES[:, None] * many.value("X1"), rtol=1e-15, atol=0)


@pytest.mark.parametrize("width", [2, 4])
def test_an_output_is_the_same_in_narrower_vectors(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(TIMES)
    monkeypatch.setattr(fast, "host", lambda: replace(host(), width=width))
    assert (bits(run(TIMES)) == bits(whole)).all()
