"""The absolute tolerance that fits each species, and the one that the user gives."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import gammainc
from tests import small_models as sm
from tests.shared_data import SHARED, needs_shared

from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.engine.network.expression import Apply, Expression, Number, substitute
from jakstat.engine.network.network import Assignment, Network, Species
from jakstat.engine.tolerance import Tolerance

METHODS = ("rodas5p", "rodas4", "LSODA", "BDF", "Radau")
MOLAR = 1e-12
SMALLEST = {"MODEL1911270001": 1e-12}
"""Absolute tolerance of CVODE where it halts at the usual one; the states of this model are above 1e4."""


def dimer(total: float) -> Model:
    """2 A <-> B with the dissociation constant ``total``, starting from that much A."""
    laws = [sm.reaction("on", "2A", "B", "kon * A^2"), sm.reaction("off", "B", "2A", "koff * B")]
    inside = [
        sm.listed("Compartments", [sm.compartment()]),
        sm.listed("Species", [sm.species("A", total), sm.species("B", 0.0)]),
        sm.listed("Parameters", [sm.parameter("kon", 1e-3 / total), sm.parameter("koff", 1e-3)]),
        sm.listed("Reactions", laws),
    ]
    return load_sbml(sm.sbml("".join(inside)))


def chain(length: int, inflow: float) -> Model:
    """x1 made at a steady rate, each x turning into the next: x_i(t) = inflow P(i, t), gamma's P."""
    names = [f"x{i}" for i in range(1, length + 1)]
    laws = [sm.reaction("r0", "", "x1", repr(inflow))]
    laws += [
        sm.reaction(f"r{i}", f"x{i}", f"x{i + 1}" if i < length else "", f"x{i}")
        for i in range(1, length + 1)
    ]
    inside = [
        sm.listed("Compartments", [sm.compartment()]),
        sm.listed("Species", [sm.species(n, 0.0) for n in names]),
        sm.listed("Reactions", laws),
    ]
    return load_sbml(sm.sbml("".join(inside)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("total", [1e-12, 1e-21, 1.0, 1e9])
def test_a_dimer_comes_to_its_balance_whatever_the_unit(method: str, total: float) -> None:
    result = dimer(total).simulate([0.0, 1e5], method=method)
    # a + 2 a^2 = 1 in units of the total: a = 1/2, b = 1/4
    assert result.amount("A")[0, 1] / total == pytest.approx(0.5, rel=1e-5)
    assert result.amount("B")[0, 1] / total == pytest.approx(0.25, rel=1e-5)


@pytest.mark.parametrize("method", [m for m in METHODS if m != "BDF"])  # too low an order for t^10
@pytest.mark.parametrize("inflow", [1.0, 1e-15])
def test_a_chain_from_nothing_is_right_in_every_link(method: str, inflow: float) -> None:
    times = np.linspace(0.0, 0.1, 6)
    result = chain(10, inflow).simulate(times, method=method)
    for i in range(1, 11):  # the last has become 2.5e-17 of the inflow
        exact = inflow * gammainc(i, times)
        assert np.abs(result.amount(f"x{i}")[0] - exact).max() <= 1e-3 * exact[-1], i
    assert result.tolerance is not None
    assert result.tolerance.repeated == 1  # the floor of a first run is above them


def test_a_chain_that_grows_up_is_run_once() -> None:
    times = np.linspace(0.0, 20.0, 6)
    result = chain(10, 1e-12).simulate(times)
    assert result.amount("x10")[0] == pytest.approx(1e-12 * gammainc(10, times), rel=1e-5)
    assert result.tolerance is not None
    assert result.tolerance.repeated == 0


def test_a_lane_run_twice_does_not_depend_on_its_neighbours() -> None:
    model, times = chain(10, 1.0), np.linspace(0.0, 0.1, 6)
    starts = np.array([0.0, 1e-15, 1.0, 0.0, 1e-15, 1.0, 1e-3, 0.0, 0.0, 1e-15])
    both = model.simulate(times, initial={"x9": starts}, threads=2)
    assert both.tolerance is not None
    assert both.tolerance.repeated > 0
    for lane, start in enumerate(starts):
        alone = model.simulate(times, initial={"x9": start})
        for i in range(1, 11):
            assert np.array_equal(alone.amount(f"x{i}")[0], both.amount(f"x{i}")[lane])


@pytest.mark.parametrize("method", METHODS)
def test_a_tolerance_that_is_given_is_kept_and_told_of_when_it_is_too_large(method: str) -> None:
    model = dimer(1e-10)
    result = model.simulate([0.0, 1e5], atol=1e-9, method=method)
    assert result.tolerance is not None
    assert (result.tolerance.atol, result.tolerance.repeated) == (1e-9, 0)
    assert result.tolerance.beyond["A"] == pytest.approx(1e-10, rel=1e-6)
    (line,) = result.tolerance.warnings()
    assert line.startswith("warning: atol 1e-09 is more than these ever reach: A (at most 1e-10)")
    fine = model.simulate([0.0, 1e5], atol=1e-16, method=method).tolerance
    assert fine is not None
    assert (fine.beyond, fine.warnings()) == ({}, [])


def test_pieces_of_a_run_are_told_of_together() -> None:
    low = Tolerance(1e-6, 1e-3, {"A": 1e-4, "B": 0.0}, {"A": 1e-4})
    high = Tolerance(1e-6, 1e-3, {"A": 1.0, "B": 1e-5}, {"B": 1e-5}, 2)
    assert low.joined(high) == Tolerance(1e-6, 1e-3, {"A": 1.0, "B": 1e-5}, {"B": 1e-5}, 2)


# ----------------------------------------------------- published models, and their molar variants


def shrunk(network: Network, factor: float) -> Network:
    """The same model with every amount of a species multiplied by ``factor``, exactly.

    Where mathematics use a species they use it over the factor; what gives one, or a rate in amounts
    per time, is multiplied by it.
    """
    species, reactions = {s.id for s in network.species}, {r.id for r in network.reactions}
    small = species | reactions

    def inside(formula: Expression) -> Expression:
        return substitute(formula, lambda s: Apply("div", (s, Number(factor))) if s.id in small else s)

    def own(variable: str, formula: Expression) -> Assignment:
        made = inside(formula)
        return Assignment(variable, Apply("mul", (Number(factor), made)) if variable in species else made)

    def pool(s: Species) -> Species:
        values = [None if v is None else v * factor for v in (s.amount, s.concentration)]
        return replace(s, amount=values[0], concentration=values[1])

    def rules(given: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
        return tuple(own(a.variable, a.expression) for a in given)

    return replace(
        network,
        species=tuple(pool(s) for s in network.species),
        reactions=tuple(
            r if r.rate is None else replace(r, rate=Apply("mul", (Number(factor), inside(r.rate))))
            for r in network.reactions
        ),
        assignment_rules=rules(network.assignment_rules),
        rate_rules=rules(network.rate_rules),
        initial_assignments=rules(network.initial_assignments),
        events=tuple(
            replace(
                e, trigger=inside(e.trigger), assignments=rules(e.assignments),
                delay=None if e.delay is None else inside(e.delay),
                priority=None if e.priority is None else inside(e.priority),
            )
            for e in network.events
        ),
    )  # fmt: skip


def by_libroadrunner(
    text: str, names: list[str], times: np.ndarray, smallest: float
) -> dict[str, np.ndarray]:
    """Amounts of species and values of other ids, by CVODE at tolerances far below ours."""
    import roadrunner

    roadrunner.Logger.disableLogging()
    runner = roadrunner.RoadRunner(text)
    runner.integrator.relative_tolerance = 1e-11
    runner.integrator.absolute_tolerance = smallest
    runner.integrator.maximum_num_steps = 1_000_000
    runner.timeCourseSelections = names
    rows = np.array(runner.simulate(times=list(times)))
    return {name: rows[:, i] for i, name in enumerate(names)}


def worst(model: Model, exact: dict[str, np.ndarray], times: np.ndarray, factor: float) -> tuple[float, str]:
    """The largest error of any state, as a share of its own maximum, and which state that is."""
    result = model.simulate(times)
    assert result.ok.all()
    assert result.tolerance is not None
    species = {s.id for s in model.network.species}
    found = (0.0, "")
    for name, track in exact.items():
        own = result.amount(name)[0] / factor if name in species else result.value(name)[0]
        top = np.abs(track).max()
        if top > 0:
            found = max(found, (float(np.abs(own - track).max() / top), name))
    return found


def models() -> list[pytest.param]:
    folder = SHARED / "data"
    chosen = [
        *sorted((folder / "sbml").glob("*.xml")),
        *(folder / "biomodels" / f"BIOMD00000000{n}.xml" for n in (40, 80, 82)),
    ]
    quick = {"BIOMD0000000080", "BIOMD0000000591"}
    without_rates = {"MODEL2509100001"}
    return [
        pytest.param(path, id=path.stem, marks=() if path.stem in quick else pytest.mark.long)
        for path in chosen
        if path.stem not in without_rates
    ]


@needs_shared
@pytest.mark.parametrize("path", models())
@pytest.mark.parametrize("until", [1.0, 100.0])
def test_published_models_are_right_in_every_species_in_any_unit(path: Path, until: float) -> None:
    text, times = path.read_text(encoding="utf-8"), np.linspace(0.0, until, 11)
    model = load_sbml(text, assume_zero=True)
    states = list(model.simulate(times[:2]).tolerance.largest)  # type: ignore[union-attr]
    exact = by_libroadrunner(text, states, times, SMALLEST.get(path.stem, 1e-60))
    assert worst(model, exact, times, 1.0)[0] <= 1e-3
    molar = Model(shrunk(model.network, MOLAR))
    assert worst(molar, exact, times, MOLAR)[0] <= 1e-3
