import numpy as np
import pytest

from jakstat.biology import assemble
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError

MODEL = load_sbml(assemble("hepg2", parts="core").sbml, trusted=True)


def scattered(field, seed=1):
    return np.random.default_rng(seed).uniform(0.1, 5.0, field.start.shape)


def test_the_jacobian_is_that_of_the_rates():
    field = MODEL.vector_field({"kcat_STAT3": [1e3, 1e5]}, {"IL6": 500.0})
    y = scattered(field)
    exact, step = field.jacobian(y), 1e-5
    for j in range(y.shape[1]):
        up, down = y.copy(), y.copy()
        up[:, j] *= 1 + step
        down[:, j] *= 1 - step
        central = (field.rates(up) - field.rates(down)) / (up[:, j] - down[:, j])[:, None]
        assert exact[:, :, j] == pytest.approx(central, rel=1e-4, abs=1e-4)


def test_rates_and_values_are_those_of_a_simulation():
    field = MODEL.vector_field(None, {"IL6": 500.0})
    run = MODEL.simulate([0.0, 1e-7], initial={"IL6": 500.0}, rtol=1e-10, atol=1e-14)
    change = np.array([run.final()[n][0] for n in field.names]) - field.start[0]
    fast = np.abs(field.rates(field.start)[0]) > 1.0
    assert fast.sum() >= 3
    assert change[fast] / 1e-7 == pytest.approx(field.rates(field.start)[0][fast], rel=1e-2)
    assert field.values(field.start, ["IL6"])["IL6"][0] == pytest.approx(run.value("IL6")[0, 0])


def test_totals_are_conserved_by_the_rates():
    field = MODEL.vector_field(None, {"IL6": 500.0})
    rates = field.rates(scattered(field))
    flow = rates @ field.laws.weights.T
    assert np.abs(flow).max() <= 1e-12 * np.abs(rates).max() * rates.shape[1]


def test_a_model_that_cannot_rest_has_no_field():
    text = """<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2">
    <model><listOfParameters><parameter id="x" value="1" constant="false"/></listOfParameters>
    <listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">
    <csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>
    </math></rateRule></listOfRules></model></sbml>"""
    with pytest.raises(InputError) as caught:
        load_sbml(text, trusted=True).vector_field()
    assert caught.value.problems[0].code == "steady.time"
