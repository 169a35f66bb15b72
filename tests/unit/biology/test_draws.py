import numpy as np

from jakstat.biology import assemble
from jakstat.biology.draws import draw, ranges_key

ROWS = assemble("hepg2").parameters
KNOWN = [r.id for r in ROWS]


def test_vectors_lie_in_their_ranges_and_start_with_the_table():
    found = draw(ROWS, lanes=40, seed=3, known=KNOWN)
    table = {r.id: r for r in ROWS}
    for name, values in found.items():
        row = table[name]
        assert values[0] == row.value
        assert np.all((values >= row.low * (1 - 1e-12)) & (values <= row.high * (1 + 1e-12)))
    assert "actinomycin_D" not in found
    assert "factor_SOCS3" not in found


def test_a_parameter_more_changes_no_other_draw():
    some = draw(ROWS, lanes=5, seed=3, known=["KD_IL6_IL6R"])
    assert np.array_equal(some["KD_IL6_IL6R"], draw(ROWS, lanes=5, seed=3, known=KNOWN)["KD_IL6_IL6R"])
    more = draw(ROWS, lanes=9, seed=3, known=["KD_IL6_IL6R"])
    assert np.array_equal(more["KD_IL6_IL6R"][1:5], some["KD_IL6_IL6R"][1:])
    assert not np.array_equal(draw(ROWS, lanes=5, seed=4, known=KNOWN)["KD_IL6_IL6R"], some["KD_IL6_IL6R"])


def test_key_follows_the_ranges():
    assert ranges_key(ROWS) == ranges_key(tuple(ROWS))
    assert ranges_key(ROWS) != ranges_key(assemble("mouse_hepatocyte").parameters)
