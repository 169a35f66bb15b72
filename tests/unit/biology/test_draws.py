import numpy as np
import pytest

from jakstat.biology import assemble, context
from jakstat.biology.draws import core_posterior, draw_vectors, ranges_key

ROWS = assemble("hepg2", parts="core").parameters
SOME = [r for r in ROWS if r.id == "KD_IL6_IL6R"]


def test_vectors_lie_in_their_ranges_and_start_with_the_table():
    found = draw_vectors(ROWS, lanes=40, seed=3)
    table = {r.id: r for r in ROWS}
    for name, values in found.items():
        row = table[name]
        assert values[0] == row.value
        assert np.all((values >= row.low * (1 - 1e-12)) & (values <= row.high * (1 + 1e-12)))
    assert "actinomycin_D" not in found
    assert "factor_SOCS3" not in found


def test_a_parameter_more_changes_no_other_draw():
    some = draw_vectors(SOME, lanes=5, seed=3)
    assert np.array_equal(some["KD_IL6_IL6R"], draw_vectors(ROWS, lanes=5, seed=3)["KD_IL6_IL6R"])
    more = draw_vectors(SOME, lanes=9, seed=3)
    assert np.array_equal(more["KD_IL6_IL6R"][1:5], some["KD_IL6_IL6R"][1:])
    assert not np.array_equal(draw_vectors(ROWS, lanes=5, seed=4)["KD_IL6_IL6R"], some["KD_IL6_IL6R"])


def test_key_follows_the_ranges():
    assert ranges_key(ROWS) == ranges_key(tuple(ROWS))
    assert ranges_key(ROWS) != ranges_key(assemble("mouse_hepatocyte", parts="core").parameters)


def test_as_many_vectors_as_the_posterior_has_are_its_own_each_once_and_together():
    posterior = core_posterior()
    shared = {name.removeprefix("*|"): v for name, v in posterior.values().items() if name.startswith("*|")}
    found = draw_vectors(ROWS, lanes=len(posterior) + 1, seed=3)
    fitted = {r.id for r in ROWS if r.grade == "fitted" and not r.key}
    names = sorted(shared.keys() & found.keys() & fitted)
    assert len(names) > 5
    drawn = np.stack([found[name][1:] for name in names], axis=1)
    whole = np.stack([shared[name] for name in names], axis=1)
    assert not np.array_equal(drawn, whole), "in an order of the seed"
    assert np.array_equal(drawn[np.lexsort(drawn.T)], whole[np.lexsort(whole.T)])
    few = draw_vectors(ROWS, lanes=6, seed=3)
    assert len({few[names[0]][k] for k in range(1, 6)}) == 5


@pytest.mark.parametrize(
    ("cell", "drawn"),
    [
        ("hepg2", False), ("huh7", True), ("mouse_hepatocyte", False), ("human_hepatocyte", False),
        ("osteosarcoma_u2os", True), ("macrophage", True),
    ],
)  # fmt: skip
def test_sizes_that_the_fit_was_given_stay_where_they_were(cell, drawn):
    """Fitted constants of the membrane are per area; borrowed ones are of another cell's area."""
    found = draw_vectors(context(cell).rows, lanes=3, seed=1)
    assert {name in found for name in ("cytoplasm", "nucleus", "membrane")} == {drawn}
    assert "abundance_STAT3" in found, "a count has an error of measurement"


def test_what_a_virus_does_to_a_cell_is_drawn_once():
    """Infected is 1 by the meaning of the load; how much HBx that is, and what DTNA does, is not known."""
    found = draw_vectors(assemble("hepg2+HBV", parts=("virus",)).parameters, lanes=3, seed=1)
    assert "HBV_load" not in found
    assert {"abundance_HBX", "kphos_DTNA", "kbasal_gp130"} <= found.keys()
