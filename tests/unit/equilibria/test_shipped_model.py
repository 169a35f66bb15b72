"""The analyses on the model that is shipped, in Python."""

import numpy as np
import pytest
import xarray as xr

from jakstat.biology import assemble
from jakstat.engine.load import load_sbml
from jakstat.equilibria.bistability import bistability
from jakstat.equilibria.steady_states import steady_states
from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.run import simulate
from jakstat.influence.sensitivity import sensitivity
from jakstat.knowledge.graded_ranges import graded_range
from jakstat.response.cell_statistics import distributions

IL6 = "IL6=10ng/ml"


def test_the_resting_state_is_where_experiments_begin():
    found = steady_states(make_protocol("hepg2", stimuli=IL6, parts="auto"), starts=8, seed=2)
    begin = simulate("hepg2", until="1 min", points=2, parts="auto")
    for name in found.attrs["readouts"]:
        assert found[name].values[0] == pytest.approx(float(begin[name].values[0, 0]), rel=1e-4)
    assert found["situation"].values.tolist() == ["resting", "stimulated"]
    assert (found["stability"].values == "stable").all()
    assert (found["residual"].values < 1e-6).all()
    assert found["reached"].values.tolist() == [8, 8]
    assert found["pSTAT3"].values[1] > 5 * found["pSTAT3"].values[0]


def test_an_undepleted_simulation_ends_in_the_stimulated_state():
    found = steady_states(make_protocol("hepg2", stimuli=IL6, observe="pSTAT3,SOCS3", parts="auto"), starts=0)
    late = simulate(
        "hepg2", stimuli=IL6, observe="pSTAT3,SOCS3", until="60 h", points=3, depletion=False, parts="auto"
    )
    for name in ("pSTAT3", "SOCS3"):
        assert found[name].values[1] == pytest.approx(float(late[name].values[0, -1]), rel=0.01)


def test_the_slowest_mode_is_seen_in_a_simulation():
    found = steady_states(make_protocol("hepg2", observe="pSTAT3", parts="auto"), starts=0)
    rate, name = float(found["mode_rate"].values[0, 0]), str(found["mode_states"].values[0, 0])
    model = load_sbml(assemble("hepg2", parts="core").sbml, trusted=True)
    rest = {
        k: float(v[0]) for k, v in model.equilibrate(horizon=2000.0, rtol=1e-10, atol=1e-13).final().items()
    }
    moved = model.simulate([0.0, 4.0, 8.0], initial={**rest, name: 1.1 * rest[name]}, rtol=1e-10, atol=1e-13)
    away = moved.amount(name)[0] - rest[name]
    assert np.log(away[2] / away[1]) / 4.0 == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"stimuli": "IL6=10ng/ml@20min"}, "steady.timed"),
        ({"stimuli": "IL6=1..10ng/ml:3"}, "steady.series"),
        ({"perturb": "SOCS3=0@1h"}, "steady.timed"),
        ({"treatments": "actinomycin_D@0h..2h"}, "steady.timed"),
        ({"stimuli": "IL99=1nM"}, "stimulus.unknown"),
        ({"observe": "pSTAT9"}, "observable.unknown"),
    ],
)
def test_what_a_steady_state_cannot_have_is_refused(words, code):
    with pytest.raises(InputError) as caught:
        steady_states(make_protocol("hepg2", **words, parts="auto"))
    assert caught.value.problems[0].code == code


def test_the_core_model_is_monostable_in_il6_and_both_methods_agree():
    found = bistability(
        make_protocol("hepg2", observe="pSTAT3", parts="auto"), "IL6=0.01..100ng/ml:9", starts=6
    )
    assert found.attrs["verdict"] == "monostable"
    assert found.attrs["disagreements"] == 0
    assert found["pSTAT3_up"].values == pytest.approx(found["pSTAT3_down"].values, rel=1e-6)
    order = np.argsort(found["point_level"].values)
    line = np.interp(
        np.log(found["level"].values),
        np.log(found["point_level"].values[order]),
        found["pSTAT3"].values[order],
    )
    assert found["pSTAT3_up"].values == pytest.approx(line, rel=0.01)
    alone = steady_states(
        make_protocol("hepg2", stimuli="IL6=100ng/ml", observe="pSTAT3", parts="auto"), starts=0
    )
    assert found["pSTAT3_up"].values[-1] == pytest.approx(float(alone["pSTAT3"].values[-1]), rel=1e-6)


def test_a_factor_on_a_conserved_protein_can_be_scanned_from_nothing():
    found = bistability(
        make_protocol("hepg2", stimuli=IL6, observe="pSTAT3", parts="auto"), "STAT3=0..2:7", starts=4
    )
    assert found.attrs["verdict"] == "monostable"
    assert found["pSTAT3_up"].values[0] == pytest.approx(0.0, abs=1e-6)
    assert (np.diff(found["pSTAT3_up"].values) > 0).all()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SOCS3=e..5", "input.unreadable"),
        ("IL6=1_0..20ng/ml", "input.unreadable"),
        ("IL6", "input.unreadable"),
        ("IL6=5ng/ml", "input.unreadable"),
        ("IL6=5..2ng/ml", "input.order"),
        ("IL6=1..2", "unit.missing"),
        ("IL6=1..2h", "unit.clash"),
        ("kcat_STAT3=1..2nM", "unit.clash"),
        ("kcat_STAT3=1..2:3", "count.range"),
        ("nothing=1..2", "input.unknown"),
        ("SOCS3=1..nan", "input.unreadable"),
    ],
)
def test_an_impossible_range_is_refused(text, code):
    with pytest.raises(InputError) as caught:
        bistability(make_protocol("hepg2", observe="pSTAT3", parts="auto"), text)
    assert caught.value.problems[0].code == code


def test_an_input_that_is_also_given_is_refused():
    with pytest.raises(InputError) as caught:
        bistability(make_protocol("hepg2", stimuli=IL6, observe="pSTAT3", parts="auto"), "IL6=1..2ng/ml")
    assert caught.value.problems[0].code == "name.twice"


PROTOCOL = make_protocol("hepg2", stimuli=IL6, observe="pSTAT3", until="40min", points=21, parts="auto")


@pytest.mark.long
def test_a_local_sensitivity_is_that_of_a_model_with_another_number():
    found = sensitivity(PROTOCOL, at="20min")
    rows = {r.id: r for r in assemble("hepg2", parts="core").parameters}
    assert found.attrs["failed"] == 0
    for name in ("kimport_pSTAT3", "hill_SOCS3", "kdelay_SOCS3"):
        read = []
        for factor in (1.01, 1 / 1.01):
            model = load_sbml(
                assemble("hepg2", parts="core", parameters={name: rows[name].value * factor}).sbml,
                trusted=True,
            )
            rest = model.equilibrate(horizon=2000.0, rtol=1e-8, atol=1e-11).final()
            dose = float(10.0 / 21.0 * 1000.0)  # 10 ng/ml of 21 kDa in 1000 pL, zmol
            symbol = assemble("hepg2", parts="core").observables["pSTAT3"].symbol
            first = {**rest, "IL6": [dose]}
            run = model.simulate([0.0, 1 / 3], initial=first, outputs=[symbol], rtol=1e-9, atol=1e-12)
            read.append(float(run.value(symbol)[0, -1]))
        expected = np.log(read[0] / read[1]) / (2 * np.log(1.01))
        got = float(found["elasticity"].sel(parameter=name))
        assert got == pytest.approx(expected, abs=2e-3), name


def test_rows_carry_range_grade_and_source():
    found = sensitivity(PROTOCOL, at="peak")
    rows = {r.id: r for r in assemble("hepg2", parts="core").parameters}
    for k, name in enumerate(found["parameter"].values.tolist()):
        row, cut = rows[name], graded_range(rows[name])
        assert (found["grade"].values[k], found["source"].values[k]) == (row.grade, row.source)
        assert (found["low"].values[k], found["high"].values[k]) == (cut.low, cut.high)
    lead = np.abs(found["elasticity"].values)
    assert (np.diff(lead) <= 1e-12).all()
    assert "medium" in found.attrs["not_varied"]


@pytest.mark.long
def test_global_methods_agree_on_the_most_influential_parameter():
    morris = sensitivity(PROTOCOL, at="20min", method="morris", rows=16)
    sobol = sensitivity(PROTOCOL, at="20min", method="sobol", rows=32)
    assert morris["parameter"].values[0] == sobol["parameter"].values[0] == "kimport_pSTAT3"
    assert sobol.attrs["simulations"] == 1 + 32 * (sobol.sizes["parameter"] + 2)
    assert sobol.attrs["baseline"] == pytest.approx(morris.attrs["baseline"])
    again = sensitivity(PROTOCOL, at="20min", method="morris", rows=16)
    assert np.array_equal(again["size"].values, morris["size"].values)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"method": "guess"}, "option.value"),
        ({"at": "5h"}, "time.span"),
        ({"at": "noon"}, "option.value"),
        ({"method": "sobol", "rows": 100}, "count.power"),
        ({"method": "morris", "rows": 2}, "count.range"),
        ({"readout": "pSTAT9"}, "observable.unknown"),
    ],
)
def test_an_impossible_sensitivity_is_refused(words, code):
    with pytest.raises(InputError) as caught:
        sensitivity(PROTOCOL, **words)
    assert caught.value.problems[0].code == code


def made(values, rest):
    return xr.Dataset(
        {"x": (("dose", "reading", "cell"), values[None, None], {"units": "1/cell"}), "x_rest": (("dose",
        "cell"), rest[None])},
        coords={"reading": ["peak"]},
        attrs={"readouts": ["x"], "axes": [], "given": True, "seed": 1},
    )  # fmt: skip


def test_two_kinds_of_cells_are_seen_and_responders_counted():
    rng = np.random.default_rng(1)
    rest = rng.lognormal(0, 0.3, 1000)
    values = np.concatenate([rng.lognormal(0, 0.3, 600), rng.lognormal(4, 0.3, 400)])
    values[0] = np.nan
    [found] = distributions(made(values, rest), draws=199)
    assert found.verdict == "more than one mode"
    assert found.responders == pytest.approx(0.4 + 0.006, abs=0.02)
    assert (found.cells, found.failed) == (999, 1)
    [one] = distributions(made(rng.lognormal(0, 0.3, 1000), rest), draws=199)
    assert one.verdict == "one mode"
    assert one.responders == pytest.approx(0.01, abs=0.02)
    assert one.cv == pytest.approx(np.sqrt(np.expm1(0.09)), rel=0.1)
