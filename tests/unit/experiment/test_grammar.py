import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jakstat.errors import InputError
from jakstat.experiment.grammar import parse_addition, parse_perturbation, parse_treatment
from jakstat.experiment.protocol import Perturbation, Schedule, Treatment
from jakstat.units import Kind


def code(parse, text, **more):
    with pytest.raises(InputError) as caught:
        parse(text, **more)
    (found,) = caught.value.problems
    return found.code


@pytest.mark.parametrize(
    ("text", "values", "unit", "kind", "starts", "stop"),
    [
        ("IL6=10ng/ml", (10.0,), "ng/ml", Kind.MASS_CONCENTRATION, (0.0,), None),
        (" IL6 = 10 ng/ml ", (10.0,), "ng/ml", Kind.MASS_CONCENTRATION, (0.0,), None),
        ("IL6=1nM", (1.0,), "nM", Kind.MOLAR, (0.0,), None),
        ("IL6=1.5e-1nM@30min", (0.15,), "nM", Kind.MOLAR, (0.5,), None),
        ("IL6=10ng/ml@0min..30min", (10.0,), "ng/ml", Kind.MASS_CONCENTRATION, (0.0,), 0.5),
        ("IL6=10ng/ml@0..30min", (10.0,), "ng/ml", Kind.MASS_CONCENTRATION, (0.0,), 0.5),
        ("IL6=10ng/ml@-1h..", (10.0,), "ng/ml", Kind.MASS_CONCENTRATION, (-1.0,), None),
        ("IL6=40ng/ml@0h,8h,16h", (40.0,), "ng/ml", Kind.MASS_CONCENTRATION, (0.0, 8.0, 16.0), None),
        ("IL6=40ng/ml@0h+8hx3", (40.0,), "ng/ml", Kind.MASS_CONCENTRATION, (0.0, 8.0, 16.0), None),
        ("IL6=40ng/ml@-1h + 30min x 2", (40.0,), "ng/ml", Kind.MASS_CONCENTRATION, (-1.0, -0.5), None),
        ("IL6=0,1,10ng/ml", (0.0, 1.0, 10.0), "ng/ml", Kind.MASS_CONCENTRATION, (0.0,), None),
        ("IL6=1..100pM:3@1h", (1.0, 10.0, 100.0), "pM", Kind.MOLAR, (1.0,), None),
        ("IL6=0ng/ml", (0.0,), "ng/ml", Kind.MASS_CONCENTRATION, (0.0,), None),
    ],
)
def test_additions(text, values, unit, kind, starts, stop):
    found = parse_addition(text)
    assert found.values == pytest.approx(values, rel=1e-12)
    assert (found.name, {(q.unit, q.kind) for q in found.levels}) == ("IL6", {(unit, kind)})
    assert found.schedule.starts == pytest.approx(starts)
    assert found.schedule.stop == stop
    assert found.origin == "human"


def test_a_series_is_even_on_a_log_scale_and_has_twelve_levels():
    found = parse_addition("IL6=0.1..500ng/ml").values
    assert len(found) == 12
    assert found[0] == pytest.approx(0.1)
    assert found[-1] == pytest.approx(500)
    ratios = [b / a for a, b in itertools.pairwise(found)]
    assert ratios == pytest.approx([ratios[0]] * 11)


def test_whose_ligand():
    assert parse_addition("IL6(mouse)=1nM").origin == "mouse"
    assert parse_addition("IL6 (Human) = 1nM").origin == "human"
    assert parse_addition("ruxolitinib=1nM", ligand=False).origin == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("IL6", "text.no-equals"),
        ("", "text.no-equals"),
        ("=10ng/ml", "name.unreadable"),
        ("I!L6=10ng/ml", "name.unreadable"),
        ("IL6(rat)=1nM", "origin.unknown"),
        ("IL6=", "dose.unreadable"),
        ("IL6=ng/ml", "dose.unreadable"),
        ("IL6=nan ng/ml", "dose.unreadable"),
        ("IL6=inf ng/ml", "dose.unreadable"),
        ("IL6=1e400ng/ml", "number.range"),
        ("IL6=-1ng/ml", "dose.negative"),
        ("IL6=1,-1ng/ml", "dose.negative"),
        ("IL6=1", "unit.missing"),
        ("IL6=10h", "unit.clash"),
        ("IL6=10ng", "unit.clash"),
        ("IL6=10bananas", "unit.unknown"),
        ("IL6=1e30nM", "dose.range"),
        ("IL6=0..5ng/ml:3", "series.zero"),
        ("IL6=5..5ng/ml:3", "series.order"),
        ("IL6=5..1ng/ml:3", "series.order"),
        ("IL6=1..5ng/ml:1", "series.count"),
        ("IL6=1..5ng/ml:999999999", "series.count"),
        ("IL6=5ng/ml:3", "series.no-range"),
        ("IL6=1nM@", "number.text"),
        ("IL6=1nM@5", "unit.missing"),
        ("IL6=1nM@5nM", "unit.clash"),
        ("IL6=1nM@0,5h", "unit.missing"),
        ("IL6=1nM@0.5,1h", "unit.missing"),
        ("IL6=1_0nM", "unit.unknown"),
        ("IL6=0x10nM", "unit.unknown"),
        ("IL6=1nM@20min..10min", "time.order"),
        ("IL6=1nM@8h,0h", "time.order"),
        ("IL6=1nM@0h+8hx0", "time.repeat"),
        ("IL6=1nM@0h+0hx3", "time.repeat"),
        ("IL6=1nM@0h+1hx999999999", "time.repeat"),
        ("IL6=1nM@1e9h", "time.range"),
        ("IL6=1nM@1e400h", "number.range"),
        ("IL6=" + "9" * 300 + "nM", "text.long"),
    ],
)
def test_faults_of_additions(text, wanted):
    assert code(parse_addition, text) == wanted


def test_a_drug_has_no_origin():
    assert code(parse_addition, "ruxolitinib(mouse)=1nM", ligand=False) == "origin.unexpected"


def test_perturbations():
    assert parse_perturbation("SOCS3=0") == Perturbation("SOCS3", (0.0,))
    assert parse_perturbation("SOCS3=0.5@20min").time == pytest.approx(1 / 3)
    assert parse_perturbation("STAT3=0..2:5").factors == (0.0, 0.5, 1.0, 1.5, 2.0)
    assert code(parse_perturbation, "SOCS3=-1") == "dose.negative"
    assert code(parse_perturbation, "SOCS3=1nM") == "unit.clash"
    assert code(parse_perturbation, "SOCS3=1e20") == "dose.range"
    assert code(parse_perturbation, "SOCS3") == "text.no-equals"


def test_treatments():
    assert parse_treatment("cycloheximide") == Treatment("cycloheximide")
    assert parse_treatment("cycloheximide@0h..2h") == Treatment("cycloheximide", 0.0, 2.0)
    assert parse_treatment("actinomycin_D@-30min..").on == -0.5
    assert code(parse_treatment, "cycloheximide@0h,1h") == "time.repeat"
    assert code(parse_treatment, "cycloheximide(mouse)") == "origin.unexpected"


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_and_never_breaks(text):
    for parse in (parse_addition, parse_perturbation, parse_treatment):
        try:
            parse(text)
        except InputError as error:
            assert error.problems


@given(st.floats(1e-6, 1e6), st.sampled_from(["pM", "nM", "uM"]), st.floats(-100, 100))
@settings(max_examples=60, deadline=None)
def test_numbers_read_back(dose, unit, hours):
    found = parse_addition(f"IL6={dose!r}{unit}@{hours!r}h")
    assert found.values == (dose,)
    assert found.schedule == Schedule((hours,))
