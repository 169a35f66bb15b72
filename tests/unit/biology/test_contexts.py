"""Contexts that are like another, states that combine, and what is refused."""

from __future__ import annotations

import pytest

from jakstat.biology import assemble, context, contexts, parameters, state, states
from jakstat.biology.states import State, conflict
from jakstat.errors import InputError
from jakstat.knowledge import knowledge
from jakstat.knowledge.parameter_table import Row

CELLS = [name for name in contexts() if context(name).like]


@pytest.mark.parametrize("name", CELLS)
def test_what_is_taken_over_is_assumed_and_in_no_narrower_range(name: str) -> None:
    cell = context(name)
    model = context(cell.like)
    assert {row.id for row in model.rows} <= {row.id for row in cell.rows}
    assert not cell.taken & {row.id for row in cell.own}
    for identifier in cell.taken:
        row, source = cell.row(identifier), model.row(identifier)
        assert row.value == source.value
        assert row.grade == "assumed"
        assert row.note.startswith("value of ")
        assert row.low <= source.low <= source.high <= row.high


def test_a_measured_number_that_is_taken_over_gets_a_wider_range_and_a_share_does_not() -> None:
    stat3, share = "abundance_STAT3", "surface_share_IL6ST"
    assert context("huh7").row(stat3).low < 0.5 * context("hepg2").row(stat3).low
    assert context("huh7").row(share).high == context("hepg2").row(share).high


@pytest.mark.parametrize("name", contexts())
def test_every_context_has_a_cell_of_full_measure(name: str) -> None:
    """Sizes, and the copies of every chain of the core."""
    ids = {row.id for row in context(name).rows}
    assert ids >= {"medium", "cytoplasm", "nucleus", "membrane", "promoter_SOCS3", "activity_nuclear_PTP"}
    assert ids >= {f"abundance_{x}" for x in ("STAT3", "IL6ST", "IL6R_surface", "JAK1")}
    assert context(name).kind
    assert all(key in knowledge().sources for key in context(name).sources)


@pytest.mark.parametrize("name", states())
def test_every_state_fits_a_cell_and_changes_it(name: str) -> None:
    change = state(name)
    assert change.rows
    known = knowledge()
    assert all(known.sources_of(key) for key in (*change.sources, *change.records))
    fit = [c for c in contexts() if change.befalls(context(c).species, context(c).kind)]
    before, after = context(fit[0]), context(f"{fit[0]}+{name}")
    shared = {row.id: row.value for row in parameters()}
    for row in change.rows:
        old = {r.id: r.value for r in before.rows}.get(row.id, shared.get(row.id))
        assert after.row(row.id).value != old
        assert after.row(row.id).note.startswith(f"{name}: ")
    assert after.states == (name,)


def test_states_combine_in_any_order() -> None:
    base = next(row.value for row in parameters() if row.id == "kbasal_gp130")
    one, other = (
        context("hepg2+HBV+JAK1_mutant+IL6_autocrine"),
        context("hepg2+IL6_autocrine+JAK1_mutant+HBV"),
    )
    assert one == other
    assert one.row("kbasal_gp130").value == pytest.approx(3 * 30 * base)
    assert one.row("secretion_IL6_autocrine").value == pytest.approx(0.3)
    assert (
        assemble("hepg2+HBV+HCV", parts="core").model_key == assemble("hepg2+HCV+HBV", parts="core").model_key
    )
    assert "autocrine" in assemble("hepg2+HBV", parts="core").parts


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("mouse_hepatocyte+HBV", "state.cell", "befalls human cells"),
        ("macrophage+HCV", "state.cell", "liver cancer"),
        ("hepg2+T_cell_activated", "state.cell", "T cell"),
        ("hepg2+HBV+HBV", "state.twice", "twice"),
        ("hepg2+HVB", "state.unknown", "no state 'HVB'"),
        ("huh8+HBV", "context.unknown", "no context 'huh8'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_message(name: str, code: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        context(name)
    (problem,) = caught.value.problems
    assert problem.code == code
    assert words in problem.message
    assert problem.hint or code == "state.twice"


def _state(name: str, acts: str, value: float = 2.0, unit: str = "dimensionless") -> State:
    row = Row("k", value, unit, value / 2, value * 2, "assumed", "someone2001", "", (name, acts))
    return State(name, name, ("someone2001",), (row,))


@pytest.mark.parametrize("acts", [("set", "set"), ("set", "times"), ("add", "times"), ("times", "add")])
def test_states_of_which_the_order_would_matter_are_found(acts: tuple[str, str]) -> None:
    fault = conflict([_state("a", acts[0]), _state("b", acts[1])])
    assert fault is not None
    assert fault.code == "state.conflict"
    assert conflict([_state("a", "times"), _state("b", "times")]) is None
    assert conflict([_state("a", "add"), _state("b", "add")]) is None


def test_a_state_in_another_unit_or_on_a_number_that_nobody_has_is_refused() -> None:
    base = Row("k", 4.0, "1/h", 2.0, 8.0, "fitted", "someone2001", "")
    assert _state("a", "times").changed({}, {"k": base})["k"].value == 8.0
    added = _state("a", "add", unit="1/h").changed({"k": base}, {})["k"]
    assert (added.value, added.low, added.high, added.grade) == (6.0, 3.0, 12.0, "assumed")
    assert _state("a", "set", 9.0, "1/h").changed({"k": base}, {})["k"].value == 9.0
    for wrong in (
        _state("a", "set", unit="nM"),
        _state("a", "add", unit="nM"),
        _state("a", "times", unit="1/h"),
    ):
        with pytest.raises(InputError, match="is in"):
            wrong.changed({"k": base}, {})
    with pytest.raises(InputError, match="which no table has"):
        _state("a", "times").changed({}, {})


def test_stat3_of_u2os_lies_between_its_count_and_its_share_of_the_proteins_of_the_largest_cell() -> None:
    """36.98 ppm in the table of Beck 2011, whose greatest number, 21627 ppm, stands for 20 million copies."""
    rows = {row.id: row for row in context("osteosarcoma_u2os").rows}
    stat3, per_femtolitre = rows["abundance_STAT3"], 4e6
    largest = 1000 * (rows["cytoplasm"].high + rows["nucleus"].high)
    assert stat3.low == pytest.approx(36.98 / 21627 * 20e6, rel=0.02)
    assert stat3.high == pytest.approx(36.98e-6 * per_femtolitre * largest, rel=0.02)
