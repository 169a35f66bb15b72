"""What a library of units reads in texts."""


def registry():
    import pint

    return pint.UnitRegistry()


def row_pint_comma_and_blank():
    units = registry()
    seen = [float(units.Quantity(text).magnitude) for text in ("1,5 h", "1 000 nM")]
    assert seen == [15.0, 0.0]
    return f"1,5 h and 1 000 nM: {seen}"


def row_pint_words_of_the_bench():
    units = registry()
    seen = [str(units.parse_units(text)) for text in ("unit", "U", "a.u.", "bp")]
    assert seen == ["micronit", "enzyme_unit", "unified_atomic_mass_unit * year", "point"]
    return f"unit, U, a.u., bp: {seen}"


def row_pint_two_parts():
    seen = str(registry().Quantity("2 h 30 min"))
    assert seen == "60 hour * minute"
    return seen
