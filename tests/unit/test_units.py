import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jakstat import units
from jakstat.errors import InputError
from jakstat.units import (
    MOLECULES_PER_ZMOL,
    Kind,
    convert,
    kind_of,
    parse_concentration,
    parse_number,
    parse_quantity,
    parse_time,
    to_molar,
)


def code_of(call, *arguments, **named):
    with pytest.raises(InputError) as caught:
        call(*arguments, **named)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("6h", 6.0),
        ("90 min", 1.5),
        ("-30min", -0.5),
        ("1d", 24.0),
        ("3600s", 1.0),
        ("2 days", 48.0),
        ("0h", 0.0),
        ("0", 0.0),
        ("-0.0", 0.0),
        ("20.min", 1 / 3),
        ("3.6e9 µs", 1.0),
    ],
)
def test_times(text, hours):
    assert parse_time(text) == hours


@pytest.mark.parametrize(
    ("text", "nanomolar"),
    [
        ("500 nM", 500.0),
        ("36uM", 36000.0),
        ("36 µM", 36000.0),
        ("1e-3mM", 1000.0),
        ("10pM", 0.01),
        (".5nM", 0.5),
    ],
)
def test_molar_concentrations(text, nanomolar):
    assert to_molar(parse_concentration(text), molar_mass=None) == nanomolar


@pytest.mark.parametrize(
    ("text", "nanomolar"),
    [
        ("10ng/ml", 10 / 21),
        ("10 ng/mL", 10 / 21),
        ("10 ug/l", 10 / 21),
        ("1ug/ml", 1000 / 21),
        ("10000pg/ml", 10 / 21),
    ],
)
def test_mass_concentrations_need_a_molar_mass(text, nanomolar):
    found = parse_concentration(text)
    assert to_molar(found, molar_mass=21000.0) == pytest.approx(nanomolar, rel=1e-14)
    assert code_of(to_molar, found, molar_mass=None).code == "unit.molar_mass"


@pytest.mark.parametrize("text", ["10h", "10", "10 ng", "3 pL", "1 1/h", "10 m", "5 mg/kg"])
def test_no_concentration(text):
    found = code_of(parse_concentration, text, field="--stimulus IL6")
    assert found.code == ("unit.missing" if text == "10" else "unit.clash")
    assert found.field == "--stimulus IL6"
    assert "nM" in found.hint
    assert "ng/ml" in found.hint


@pytest.mark.parametrize("text", ["10ng/ml", "10", "3 m"])
def test_no_time(text):
    found = code_of(parse_time, text, field="--until")
    assert found.code == ("unit.missing" if text == "10" else "unit.clash")
    assert "min" in found.hint


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "number.text"),
        ("nM", "number.text"),
        ("nan nM", "number.text"),
        ("infnM", "number.text"),
        ("٣ nM", "number.text"),
        ("1e999nM", "number.range"),
        ("10 bananas", "unit.unknown"),
        ("0x10nM", "unit.unknown"),
        ("1_0nM", "unit.unknown"),
        ("1,5 h", "unit.unknown"),
        ("0,25 nM", "unit.unknown"),
        ("1 000 nM", "unit.unknown"),
        ("2 h 30 min", "unit.unknown"),
        ("10 ng/ml; rm", "unit.unknown"),
        ("10 __import__('os')", "unit.unknown"),
        ("10 nM**9**9**9", "unit.unknown"),
        ("1" * 400, "text.long"),
        ("10 " + "m*" * 90, "unit.unknown"),
    ],
)
def test_hostile_text(text, code):
    assert code_of(parse_quantity, text).code == code


@pytest.mark.parametrize("text", ["10 U/ml", "10 IU/ml", "10 units/ml", "1 unit", "5 U"])
def test_units_of_activity_are_no_units(text):
    """Pint reads U as a micromole in a minute, and "unit" as a millionth of a nit, of luminance."""
    found = code_of(parse_quantity, text)
    assert found.code == "unit.unknown"
    assert "give the mass" in found.hint


def test_signs_and_ranges():
    assert code_of(parse_concentration, "-1nM").code == "dose.negative"
    assert code_of(parse_concentration, "1e30M").code == "dose.range"
    assert code_of(parse_time, "1e9h").code == "time.range"


def test_numbers():
    assert parse_number(" -2.5e-1 ") == -0.25
    assert code_of(parse_number, "2nM").code == "number.text"


def test_to_molar_refuses_other_kinds_and_bad_masses():
    assert code_of(to_molar, parse_quantity("1h"), molar_mass=1.0).code == "unit.clash"
    assert code_of(to_molar, parse_quantity("1ng/ml"), molar_mass=0.0).code == "unit.molar_mass"
    assert code_of(to_molar, parse_quantity("1ng/ml"), molar_mass=math.nan).code == "unit.molar_mass"


@given(
    st.floats(1e-9, 1e9), st.sampled_from([("h", "min"), ("nM", "uM"), ("ng/ml", "pg/ml"), ("um^2", "mm^2")])
)
def test_conversion_there_and_back(value, units):
    one, other = units
    assert convert(convert(value, one, other), other, one) == pytest.approx(value, rel=1e-15)


def test_conversion_is_exact_where_it_can_be():
    assert convert(30.0, "min", "h") == 0.5
    assert convert(20.0, "min", "h") == 1 / 3
    assert convert(0.1, "nM", "nM") == 0.1


def test_conversion_faults():
    assert code_of(convert, 1.0, "h", "nM").code == "unit.clash"
    assert code_of(convert, 1.0, "h", "bananas").code == "unit.unknown"


def test_kinds():
    assert kind_of("") is Kind.NUMBER
    assert kind_of("zmol") is Kind.AMOUNT
    assert kind_of("um^2") is Kind.AREA
    assert kind_of("zmol/um^2") is Kind.OTHER
    assert kind_of("cell") is None


def test_avogadro():
    assert pytest.approx(6.02214076e23 * 1e-21, rel=1e-15) == MOLECULES_PER_ZMOL


def test_quantity_writes_itself():
    assert str(parse_quantity("10 ng/ml")) == "10 ng/ml"
    assert str(parse_quantity("3")) == "3"


def test_the_table_of_units_says_what_pint_says() -> None:
    table = units._known()
    assert len(table) > 100
    for unit, (kind, factor) in table.items():
        assert units._kind_by_pint(unit) is kind, unit
        if factor is not None:
            assert kind is not None
            assert units._factor_by_pint(unit, units._EXAMPLE[kind]) == factor, unit


def test_a_unit_beside_the_table_is_asked_of_pint() -> None:
    assert "fortnight" not in units._known()
    assert kind_of("fortnight") is Kind.TIME
    assert convert(1.0, "fortnight", "h") == 336.0
    assert code_of(convert, 1.0, "fortnight", "nM").code == "unit.clash"
    assert code_of(convert, 1.0, "ng/ml", "nM").code == "unit.clash"
