import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jakstat.errors import InputError
from jakstat.pharmacology.pk_library import pk_model, pk_models
from jakstat.pharmacology.regimen import Regimen, Segment
from jakstat.pharmacology.regimen_text import check_route, parse_regimen

D = 24.0
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = [
    *("5", "11", "mg", "mg/kg", "nM", "IV", "PO", "QD", "q3w", "x", "6", "over", "1", "h", "day", "1,3"),
    *("3-1", "4", "days", "on", "3", "off", "then", "max", "from", "for", "weeks"),
]


def days(text, until=60.0):
    return [dose.time_h / D for dose in parse_regimen(text).given(until * D)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11 mg/kg IV q3w x 3", [0, 21, 42]),
        ("162 mg SC qw x 3", [0, 7, 14]),
        ("5 mg PO once", [0]),
        ("5 mg PO", [0]),
        ("200 mg IV over 1 h day 1,3,5 then 200 mg IV qw x 2", [0, 2, 4, 7, 14]),
        ("400 mg IV q2w x 2 then 200 mg IV q4w x 2", [0, 14, 28, 56]),
        ("400 mg IV once then 240 mg IV q2w x 2", [0, 14, 28]),
        ("600 mg PO QD 4 days on 3 off x 2", [0, 1, 2, 3, 7, 8, 9, 10]),
        ("2.8 g/m2 IV over 4 h day 1-3 q4w x 2", [0, 1, 2, 28, 29, 30]),
        ("5 mg PO QD for 3 days", [0, 1, 2]),
        ("5 mg PO QD 1 week on 1 week off x 1", [0, 1, 2, 3, 4, 5, 6]),
        ("5 mg PO QD 1 days on 2 weeks off x 2", [0, 15]),
        ("5 mg PO q36h x 2", [0, 1.5]),
        ("5 mg PO q9h x 2", [0, 0.375]),
        ("15 mg PO BID for 1 day", [0, 0.5]),
        ("5 mg SC qw then 9 mg SC q2w x 1 from day 15", [0, 7, 14]),
    ],
)
def test_times(text, expected):
    assert days(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("11 mg/kg IV q3w q4w", ("'q3w'", "'q4w'")),
        ("11 mg/kg IV q3w x 6 x 2", ("'x 6'", "'x 2'")),
        ("15 mg PO BID QD", ("'BID'", "'QD'")),
        ("15 mg PO BID q12h", ("'BID'", "'q12h'")),
        ("15 mg PO QD once", ("'QD'", "'once'")),
        ("15 mg PO QD q3w", ("'QD'", "'q3w'")),
        ("15 mg PO weekly q3w", ("'weekly'", "'q3w'")),
        ("15 mg IV over 1 h over 2 h", ("'over 1 h'", "'over 2 h'")),
        ("15 mg IV over 1 h bolus", ("'over 1 h'", "'bolus'")),
        ("15 mg PO q3w day 1,3 day 5", ("'day 1,3'", "'day 5'")),
        ("15 mg PO QD 4 days on 3 off 5 days on 2 off", ("'4 days on 3 off'", "'5 days on 2 off'")),
        ("15 mg PO QD for 3 days for 9 days", ("'for 3 days'", "'for 9 days'")),
        ("15 mg/kg IV q3w max 10 mg max 20 mg", ("'max 10 mg'", "'max 20 mg'")),
        ("15 mg PO QD from day 2 from day 3", ("'from day 2'", "'from day 3'")),
    ],
)
def test_what_is_said_twice_is_refused_by_name(text, both):
    with pytest.raises(InputError) as caught:
        parse_regimen(text)
    (found,) = caught.value.problems
    assert found.code == "regimen.twice"
    assert all(words in found.message for words in both)


@pytest.mark.parametrize(
    "words",
    ["q0w", "q0h", "q0.0h", "every 0 weeks", "q3w x 0", "q3w for 0 weeks", "over 0 h", "q3w max 0 mg"]
    + ["from day 0", "q3w day 0", "q3w day 3-1", "q3w day 1-5,3", "QD 0 days on 3 off", "QD 3 days on 0 off"],
)
def test_nothing_is_given_every_0_hours_or_0_times(words):
    with pytest.raises(InputError) as caught:
        parse_regimen(f"5 mg IV {words}")
    (found,) = caught.value.problems
    assert found.code == "regimen.clause"
    assert found.hint


@pytest.mark.parametrize(
    "text", ["-5 mg IV", "0 mg IV", "5 mg IV q-3w", "5 mg IV x -2", "５ mg IV", "5 mg IV q３w"]
)
def test_signs_and_other_digits_are_no_regimen(text):
    with pytest.raises(InputError):
        parse_regimen(text)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("5 mg PO day 2,6 q1w", 72), ("5 mg PO day 1,3 q1w", 48), ("5 mg PO BID day 1-5 q1w", 12)]
    + [
        ("5 mg PO q3w", 504),
        ("5 mg PO once", math.inf),
        ("5 mg PO day 2,4", 48),
        ("5 mg PO q3w x 1", math.inf),
    ],
)
def test_the_smallest_time_between_doses(text, hours):
    assert parse_regimen(text).segments[0].interval_h == hours


@pytest.mark.parametrize("words", ["q3w 4 days on 3 off", "QD day 1,3 4 days on 3 off"])
def test_days_on_and_off_take_no_interval(words):
    with pytest.raises(InputError) as caught:
        parse_regimen(f"5 mg PO {words}")
    assert caught.value.problems[0].code == "regimen.days"


def test_days_are_written_as_they_are_read():
    for days in ("1,3", "2-4", "1-2", "3"):
        regimen = parse_regimen(f"5 mg PO day {days} q1w")
        assert regimen.text == f"5 mg PO QD day {days} qw"


def test_days_of_a_cycle_have_a_rhythm_and_the_cycle_its_own():
    assert days("5 mg PO BID day 1,3 q1w x 2") == [0, 0.5, 2, 2.5, 7, 7.5, 9, 9.5]
    assert days("5 mg PO once daily x 3") == [0, 1, 2]


def test_units_are_brought_to_milligrams():
    first = parse_regimen("12 g/m2 IV over 240 min qw max 20 g").segments[0]
    assert (first.amount, first.basis, first.duration_h, first.maximum_mg) == (12_000.0, "m2", 4.0, 20_000.0)
    assert parse_regimen("500 ug PO tid").segments[0].amount == 0.5


def test_own_regimens_of_all_drugs_are_valid():
    for model in pk_models():
        for entry in model.regimens:
            check_route(model, parse_regimen(entry["text"]))


@pytest.mark.parametrize("text", [entry["text"] for m in pk_models() for entry in m.regimens])
def test_the_written_form_reads_back(text):
    regimen = parse_regimen(text)
    assert parse_regimen(regimen.text) == regimen


@UNTIMED
@given(
    amount=st.floats(1e-3, 1e4),
    basis=st.sampled_from(["flat", "kg", "m2"]),
    cycle=st.sampled_from([6.0, 12.0, 24.0, 72.0, 168.0, 504.0]),
    count=st.none() | st.integers(1, 50),
    maximum=st.none() | st.floats(1.0, 5000.0),
)
def test_any_segment_reads_back(amount, basis, cycle, count, maximum):
    amount, maximum = float(f"{amount:.12g}"), None if maximum is None else float(f"{maximum:.12g}")
    segment = Segment(amount, basis, "IV", cycle_h=cycle, cycles=count, maximum_mg=maximum)
    assert parse_regimen(Regimen((segment,)).text).segments == (segment,)


def test_a_regimen_without_end_has_none():
    assert math.isinf(parse_regimen("5 mg PO BID").end_h)
    assert parse_regimen("5 mg PO BID x 4").end_h == 48.0


@pytest.mark.long
@settings(UNTIMED, max_examples=60)
@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join))
def test_any_text_is_a_regimen_or_a_problem(text):
    try:
        parse_regimen(text)
    except InputError as error:
        assert error.problems[0].hint


def test_too_many_doses():
    with pytest.raises(InputError) as caught:
        parse_regimen("5 mg PO q1h").given(87_600.0)
    assert caught.value.problems[0].code == "dose.count"


def test_an_antibody_is_not_swallowed():
    with pytest.raises(InputError) as caught:
        check_route(pk_model("siltuximab"), parse_regimen("11 mg/kg PO q3w"))
    assert "'11 mg/kg IV q3w'" in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("text", "said"), [("10 mg 5", "names no route"), ("10 mg IO", "unknown route 'IO'")]
)
def test_a_missing_route_and_an_unknown_one_are_told_apart(text, said):
    with pytest.raises(InputError) as caught:
        parse_regimen(text)
    assert said in caught.value.problems[0].message
