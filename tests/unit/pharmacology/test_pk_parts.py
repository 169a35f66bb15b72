"""The pharmacokinetic parts against the solutions that one can write down."""

import numpy as np
import pytest

from jakstat.biology.pk_assembly import assemble_pk, pk_constants, pk_numbers
from jakstat.biology.pk_parts import pk_part, pk_part_names
from jakstat.engine.doses import Dose
from jakstat.engine.load import load_sbml
from jakstat.errors import InputError
from jakstat.knowledge import sources

T = np.linspace(0.0, 60.0, 61)
ONE = {"V1": 12.0, "CL": 1.5}
TWO = {**ONE, "V2": 30.0, "Q2": 4.0}
THREE = {**TWO, "V3": 50.0, "Q3": 0.8}
DEPOT = {"ka": 0.9, "F": 0.6, "site": 1.0}


def run(parts, values, doses, name="Drug", times=T, **options):
    model = load_sbml(assemble_pk("test", parts, values).sbml, trusted=True)
    result = model.simulate(times, doses=doses, rtol=1e-9, atol=1e-12, **options)
    assert result.ok.all()
    return result.value(name)[0]


def hybrid(v):
    """Rate constants and coefficients of a bolus into two compartments (Gibaldi and Perrier, 2.1)."""
    k10, k12, k21 = v["CL"] / v["V1"], v["Q2"] / v["V1"], v["Q2"] / v["V2"]
    total = k10 + k12 + k21
    root = np.sqrt(total**2 - 4 * k10 * k21)
    alpha, beta = (total + root) / 2, (total - root) / 2
    return (alpha, (alpha - k21) / (alpha - beta) / v["V1"]), (beta, (k21 - beta) / (alpha - beta) / v["V1"])


def infused(terms, dose, duration):
    found = np.zeros_like(T)
    for rate, size in terms:
        during = 1 - np.exp(-rate * np.minimum(T, duration))
        found += dose / duration * size / rate * during * np.exp(-rate * np.maximum(T - duration, 0.0))
    return found


def test_bolus_into_one_compartment():
    found = run(["central"], ONE, [Dose(0.0, "Drug", 100.0)])
    assert found == pytest.approx(100 / 12 * np.exp(-1.5 / 12 * T), rel=1e-7)


def test_bolus_into_two_compartments():
    found = run(["central", "peripheral_1"], TWO, [Dose(0.0, "Drug", 100.0)])
    expected = sum(100 * size * np.exp(-rate * T) for rate, size in hybrid(TWO))
    assert found == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(
    ("parts", "values", "terms"),
    [
        (["central"], ONE, [(1.5 / 12, 1 / 12)]),
        (["central", "peripheral_1"], TWO, hybrid(TWO)),
        (["central", "tissue_depot"], TWO, hybrid(TWO)),
    ],
)
def test_infusion(parts, values, terms):
    found = run(parts, values, [Dose(0.0, "Drug", 100.0, duration=5.0)])
    assert found == pytest.approx(infused(terms, 100.0, 5.0), rel=1e-6, abs=1e-9)


def test_absorption_into_one_compartment():
    found = run(["central", "absorption"], {**ONE, **DEPOT}, [Dose(2.0, "Depot", 100.0)])
    k, ka, late = 1.5 / 12, 0.9, np.maximum(T - 2.0, 0.0)
    expected = 0.6 * 100 * ka / 12 / (ka - k) * (np.exp(-k * late) - np.exp(-ka * late))
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_absorption_into_two_compartments():
    found = run(["central", "peripheral_1", "absorption"], {**TWO, **DEPOT}, [Dose(0.0, "Depot", 100.0)])
    expected = 60 * sum(
        0.9 * size / (0.9 - rate) * (np.exp(-rate * T) - np.exp(-0.9 * T)) for rate, size in hybrid(TWO)
    )
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_repeated_doses_superpose():
    found = run(["central"], ONE, [Dose(0.0, "Drug", 100.0, interval=12.0, count=3)])
    expected = sum(100 / 12 * np.exp(-1.5 / 12 * np.maximum(T - t, 0)) * (t <= T) for t in (0.0, 12.0, 24.0))
    assert found == pytest.approx(expected, rel=1e-7)


def test_three_compartments_keep_all_drug():
    """The area to infinity is dose over clearance, whatever the exchanges are."""
    times = np.array([0.0, 3000.0])
    parts = ["central", "peripheral_1", "peripheral_2"]
    area = run(parts, THREE, [Dose(0.0, "Drug", 100.0)], name="AUC", times=times)[-1]
    assert area == pytest.approx(100 / 1.5, rel=1e-5)


def test_release_then_absorption_is_a_dose_over_time():
    found = run(["central", "absorption"], {**ONE, **DEPOT}, [Dose(0.0, "Depot", 100.0, duration=3.0)])
    k, ka = 1.5 / 12, 0.9

    def step(t):  # response to a constant inflow from time 0
        t = np.maximum(t, 0.0)
        return (1 - np.exp(-k * t)) / k - (np.exp(-k * t) - np.exp(-ka * t)) / (ka - k)

    assert found == pytest.approx(0.6 * 100 / 3 / 12 * (step(T) - step(T - 3.0)), rel=1e-6, abs=1e-9)


def test_transit_delays_by_the_number_of_stages():
    """Mean residence time: stages over ktr, 1 over ktr of the depot, 1 over ka less one stage, 1 over k."""
    values = {**ONE, "ktr": 2.0, "ka": 2.0, "F": 1.0, "site": 1.0}
    times = np.linspace(0.0, 200.0, 20001)
    curve = run(["central", "transit_4"], values, [Dose(0.0, "Depot", 10.0)], times=times)
    mean = np.trapezoid(times * curve, times) / np.trapezoid(curve, times)
    assert mean == pytest.approx(5 / 2.0 + 12 / 1.5, rel=1e-4)


def test_saturable_elimination_is_constant_far_above_Km():
    values = {"V1": 10.0, "CL": 0.0, "Vmax": 5.0, "Km": 1e-3}
    found = run(["central", "saturable"], values, [Dose(0.0, "Drug", 1000.0)], times=np.array([0.0, 10.0]))
    assert found[0] - found[1] == pytest.approx(5.0, rel=1e-3)


def test_clearance_falls_as_a_sigmoid_of_time():
    values = {**ONE, "CL_change": -0.3, "CL_T50": 100.0, "CL_hill": 3.0}
    times = np.array([0.0, 100.0, 1e5])
    found = run(["central", "clearance_falls"], values, [], name="clearance", times=times)
    assert found == pytest.approx(1.5 * np.exp([0.0, -0.15, -0.3]), rel=1e-6)


def test_recycled_drug_is_cleared_later_and_not_lost():
    values = {**ONE, "ktr": 2.0, "ka": 2.0, "F": 1.0, "site": 1.0, "recycling": 0.5, "kempty": 1.0}
    values["gallbladder_open"] = 0.0
    parts, doses = ["central", "transit_2", "enterohepatic"], [Dose(0.0, "Depot", 100.0)]
    opened = [*doses, Dose(6.0, "gallbladder_open", 1.0, action="set")]
    times = np.array([0.0, 4000.0])
    shut, emptied = (run(parts, values, d, name="AUC", times=times)[-1] for d in (doses, opened))
    assert shut == pytest.approx(100 / 1.5, rel=1e-4)  # what went to the bile stays there
    assert emptied == pytest.approx(100 / 1.5 / 0.5, rel=1e-4)


def test_every_part_reads_and_names_its_numbers():
    for name in pk_part_names():
        whole = {"transit": "transit_3", "target": "target_IL6"}.get(name, name)
        part = pk_part(whole, stages="3")
        assert part.title
        assert part.limits
        assert pk_numbers([whole]) or not part.reactions


def test_shared_numbers_have_a_source():
    assert {row.source for row in pk_constants().values()} <= set(sources())


@pytest.mark.parametrize("name", ["peripheral", "transit", "transit_x", "transit_0", "target", "../central"])
def test_unknown_part(name):
    with pytest.raises(InputError) as caught:
        pk_part(name)
    assert caught.value.problems[0].code == "part.unknown"


def test_missing_number():
    with pytest.raises(InputError) as caught:
        assemble_pk("drug", ["central"], {"V1": 1.0})
    assert caught.value.problems[0].code == "pk.parameter"
