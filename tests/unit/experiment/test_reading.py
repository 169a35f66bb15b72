from dataclasses import replace

import numpy as np
import pytest

from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.grammar import parse_addition
from jakstat.experiment.reading import parse_reading
from jakstat.experiment.renewal import renewed
from jakstat.limits import LIMITS

TIMES = np.array([-1.0, 0.0, 1.0, 2.0, 4.0])
COURSE = {"pSTAT3": np.array([[9.0, 1.0, 3.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0, 5.0]])}


@pytest.mark.parametrize(
    ("at", "wanted"), [("peak", [3.0, 5.0]), ("auc", [6.5, 5.0]), ("1h", [3.0, 0.0]), ("0", [1.0, 0.0])]
)
def test_a_course_becomes_a_number_from_time_0_on(at, wanted):
    assert parse_reading(at).numbers(TIMES, COURSE, None).tolist() == wanted


def test_growth_is_counted_from_time_0():
    cells = {"cell_number": np.array([[1.0, 2.0, 3.0, 4.0, 10.0]])}
    assert parse_reading("4h:growth").numbers(TIMES, cells, None).tolist() == [5.0]


def test_assays_have_their_own_names_units_and_lengths():
    reading = parse_reading("14d:sphere", readout="pSTAT3")
    assert (reading.hour, reading.name, reading.unit("nM")) == (336.0, "spheres", "1")
    assert "stemness_score" in reading.observed
    assert parse_reading("auc").unit("nM") == "nM h"
    assert parse_reading("sphere").hour == 240.0
    assert parse_reading("14d:colony").points > 600


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("later", "option.value"),
        ("", "option.value"),
        ("72h:soup", "option.value"),
        (":growth", "number.text"),
        ("72:growth", "unit.missing"),
        ("-3h:growth", "assay.length"),
        ("0h:colony", "assay.length"),
        (f"{LIMITS.assay_hours + 1:g}h:colony", "assay.length"),
        ("-20min", "time.span"),
        ("20", "unit.missing"),
        ("20nM", "unit.clash"),
        ("1" * 300 + "h", "text.long"),
    ],
)
def test_what_is_no_reading_is_refused(text, code):
    with pytest.raises(InputError) as caught:
        parse_reading(text)
    assert caught.value.problems[0].code == code


def test_a_renewal_gives_everything_again():
    p = make_protocol("hepg2", stimuli=["IL6=10ng/ml", "TNF=1ng/ml@0h..1h"], drugs="ruxolitinib=1uM@-60min",
                      until="8d", parts="auto")  # fmt: skip
    held = renewed(p, parse_reading("8d:colony"), None)
    assert held.medium_changes == (72.0, 144.0)
    assert held.stimuli[0].schedule.starts == (0.0, 72.0, 144.0)
    assert held.stimuli[1].schedule.starts == (0.0,)  # a pulse is not repeated
    assert held.drugs[0].schedule.starts == (-1.0, 72.0, 144.0)
    two = renewed(replace(p, drugs=(*p.drugs, parse_addition("Jakafi=9nM@7d", ligand=False))),
                  parse_reading("8d:colony"), None)  # fmt: skip
    assert [a.schedule.starts for a in two.drugs] == [(-1.0,), (168.0,)]  # nor what has a second dose
    assert renewed(held, parse_reading("8d:colony"), None) == held
    assert renewed(p, parse_reading("8d:colony"), "never") == p
    assert renewed(p, parse_reading("8d:growth"), None) == p
    assert renewed(p, parse_reading("8d:growth"), "4d").medium_changes == (96.0,)
    with pytest.raises(InputError, match="cannot be renewed"):
        renewed(p, parse_reading("8d:growth"), "1min")
