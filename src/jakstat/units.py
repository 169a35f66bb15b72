"""Units at the edge: text such as ``10ng/ml`` becomes a checked number, once.

Inside, every room works in the model's units: hour, nM (zmol/pL), zmol, pL.
A mass concentration needs the molar mass of what is dissolved; it is always an
argument, never a default (the hepatocyte data call 40 ng/ml IL-6 1 nM, the
21 kDa protein makes it 1.9 nM).

What pint says of the units that the product itself uses stands in ``units.csv``, since pint takes longer
to be ready than most commands to answer; every other unit is pint's.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jakstat.errors import InputError, Problem
from jakstat.limits import LIMITS, check_text
from jakstat.numbers import BLANKS, NUMBER, read_number

if TYPE_CHECKING:
    import pint

__all__ = [
    "MOLECULES_PER_ZMOL",
    "Kind",
    "Quantity",
    "convert",
    "kind_of",
    "parse_concentration",
    "parse_number",
    "parse_quantity",
    "parse_time",
    "quotient",
    "to_molar",
    "usual_unit",
]

MOLECULES_PER_ZMOL = 602.214076
"""Molecules in one zmol: the Avogadro constant (exact since the 2019 SI) times 1e-21 mol."""


class Kind(Enum):
    """What sort of quantity something is; the value is its name in messages."""

    TIME = "a time"
    MOLAR = "a molar concentration"
    MASS_CONCENTRATION = "a mass concentration"
    AMOUNT = "an amount of substance"
    MASS = "a mass"
    MOLAR_MASS = "a molar mass"
    VOLUME = "a volume"
    LENGTH = "a length"
    AREA = "an area"
    RATE = "a rate"
    NUMBER = "a plain number"
    OTHER = "something else"


# One unit of each kind: what pint compares dimensions with.
_EXAMPLE = {
    Kind.TIME: "hour",
    Kind.MOLAR: "nanomolar",
    Kind.MASS_CONCENTRATION: "nanogram/milliliter",
    Kind.AMOUNT: "mole",
    Kind.MASS: "gram",
    Kind.MOLAR_MASS: "gram/mole",
    Kind.VOLUME: "liter",
    Kind.LENGTH: "meter",
    Kind.AREA: "meter**2",
    Kind.RATE: "1/hour",
    Kind.NUMBER: "dimensionless",
}

_PLAIN_DOSES = {
    f"{p}{unit}"
    for p in ("p", "n", "u", "\u00b5", "\u03bc", "m")
    for unit in ("M", "g/ml", "g/mL", "mol/l", "mol/L")
}
_DOSES = {f"{p}m": f"{p}M" for p in "fpnum"} | {f"{p}molar": f"{p}M" for p in "fpnum"}
_DOSES |= {f"{p}g/{v}": f"{p}g/{v}" for p in "pnum" for v in ("ml", "l", "dl", "ul")}
_DOSES |= {f"{p}mol/{v}": f"{p}mol/{v}" for p in "pnum" for v in ("ml", "l")} | {"mcg/ml": "ug/ml"}
_PLAIN_TIMES = {"h", "min", "s", "d", "day", "week", "hour", "minute", "second", "month", "year"}
_TIMES = {**dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"), "min": "min", "mins": "min"}
_TIMES |= {
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("wk", "wks", "w", "week", "weeks"), "week"),
}
_TIMES |= {**dict.fromkeys(("minute", "minutes"), "min"), **dict.fromkeys(("s", "sec", "secs"), "s")}

_ACTIVITY = re.compile(r"(?:I?U|units?)(?:/|$)", re.IGNORECASE)
_NUMBER = re.compile(NUMBER)
_UNIT = re.compile(
    r"(?:1/)?[A-Za-z\u00b5\u03bc]+(?:(?:\^|\*\*)-?[1-3])?"
    r"(?:[ */][A-Za-z\u00b5\u03bc]+(?:(?:\^|\*\*)-?[1-3])?){0,5}"
)
_QUANTITY_HINT = "e.g. 10ng/ml, 500nM, 6h"
_UNIT_HINT = "e.g. ng/ml, nM, min, h"
_TIME_HINT = "allowed: min, h, d, s, e.g. 30min or 6h"
_CONCENTRATION_HINT = "allowed: pM, nM, uM, mM or pg/ml, ng/ml, ug/ml, e.g. 10ng/ml or 500nM"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, as the user wrote it.

    Parameters
    ----------
    value : float
        The number.
    unit : str
        The unit as written, e.g. ``"ng/ml"``; ``""`` for a plain number.
    kind : Kind
        Its dimension.

    Examples
    --------
    >>> parse_quantity("10 ng/ml").kind
    <Kind.MASS_CONCENTRATION: 'a mass concentration'>
    """

    value: float
    unit: str
    kind: Kind

    def to(self, unit: str) -> float:
        """The value in another unit of the same dimension.

        Examples
        --------
        >>> parse_quantity("36uM").to("nM")
        36000.0
        """
        return convert(self.value, self.unit, unit)

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}".strip()


def parse_quantity(
    text: str, *, field: str | None = None, hint: str = _QUANTITY_HINT, usual: Callable[[str], str] = str
) -> Quantity:
    """Read a number and its unit.

    Parameters
    ----------
    text : str
        For example ``"10ng/ml"``, ``"500 nM"``, ``"6h"``, ``"0.5"``.
    field : str, optional
        Where the text comes from, for the message.
    hint : str
        What to write instead.
    usual : callable
        Makes of a unit as written the one that is meant.

    Raises
    ------
    InputError
        ``number.text`` (no number in front), ``number.range`` (not finite),
        ``unit.unknown``, ``text.long``.

    Examples
    --------
    >>> parse_quantity("6h")
    Quantity(value=6.0, unit='h', kind=<Kind.TIME: 'a time'>)
    >>> parse_quantity("1.5e2 bananas")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: unknown unit 'bananas'. e.g. ng/ml, nM, min, h [unit.unknown]
    """
    check_text(text, field=field or "quantity", longest=LIMITS.name_length)
    stripped = text.strip(BLANKS)
    match = _NUMBER.match(stripped)
    if match is None:
        raise _fault("number.text", f"{text!r} does not start with a number", field, hint)
    value = read_number(match[0])
    if value is None:
        raise _fault("number.range", f"{match[0]} is too large", field, "")
    unit = usual(stripped[match.end() :].strip(BLANKS))
    kind = kind_of(unit)
    if kind is None or _ACTIVITY.match(unit):  # pint knows U, and takes "unit" for a millionth of a nit
        raise _fault("unit.unknown", f"unknown unit {unit!r}", field, _unit_hint(unit))
    return Quantity(value, unit, kind)


def _unit_hint(unit: str) -> str:
    """What to write instead of an unknown unit."""
    if "," in unit:
        return "write decimals with a point, e.g. 0.5"
    if _ACTIVITY.match(unit):
        return "units of activity differ between preparations; give the mass, e.g. ng/ml, or nM"
    return _UNIT_HINT


def parse_time(text: str, *, field: str | None = None) -> float:
    """A time in hours; may be negative (before time zero); 0 needs no unit.

    Raises
    ------
    InputError
        As :func:`parse_quantity`; ``unit.missing``, ``unit.clash`` when it is no time, ``time.range``.

    Examples
    --------
    >>> parse_time("90min"), parse_time("-1h"), parse_time("0")
    (1.5, -1.0, 0.0)
    >>> parse_time("10ng/ml", field="--until")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: --until: '10ng/ml' is a mass concentration, not a time. allowed: min, ...
    """
    quantity = parse_quantity(text, field=field, hint=_TIME_HINT, usual=lambda u: usual_unit(u, time=True))
    if not quantity.unit and quantity.value == 0.0:
        return 0.0
    if not quantity.unit:
        raise _fault("unit.missing", f"the time {text.strip()!r} has no unit", field, _TIME_HINT)
    if quantity.kind is not Kind.TIME:
        hint = "m is a metre; write min for minutes, or month" if quantity.unit == "m" else _TIME_HINT
        raise _clash(text, quantity, "a time", field, hint)
    hours = quantity.to("hour")
    if abs(hours) > LIMITS.until_hours:
        raise _fault(
            "time.range",
            f"{text} is out of range",
            field,
            f"allowed: up to {LIMITS.until_hours:g} h either way",
        )
    return hours


def usual_unit(unit: str, *, time: bool = False) -> str:
    """The unit of a concentration, or of a time, that a text means by its place.

    A dose in ``um`` is no length, ``nm`` is no nanometre there, and ``ng/ML`` no mass per megalitre.

    Examples
    --------
    >>> [usual_unit(u) for u in ("um", "nm", "NM", "ng/ML", "mcg/mL", "ng/ml", "bananas")]
    ['uM', 'nM', 'nM', 'ng/ml', 'ug/ml', 'ng/ml', 'bananas']
    >>> usual_unit("Hrs", time=True), usual_unit("wk", time=True)
    ('h', 'week')
    """
    if unit in (_PLAIN_TIMES if time else _PLAIN_DOSES):
        return unit
    plain = unit.replace("\u00b5", "u").replace("\u03bc", "u").casefold().replace(" ", "")
    return (_TIMES if time else _DOSES).get(plain, unit)


def parse_concentration(text: str, *, field: str | None = None) -> Quantity:
    """A molar or mass concentration, as it was written; :func:`to_molar` makes it nM.

    Raises
    ------
    InputError
        As :func:`parse_quantity`; ``unit.missing``, ``unit.clash``, ``dose.negative``, ``dose.range``.

    Examples
    --------
    >>> parse_concentration("36 uM")
    Quantity(value=36.0, unit='uM', kind=<Kind.MOLAR: 'a molar concentration'>)
    >>> parse_concentration("10h", field="--stimulus IL6")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: --stimulus IL6: '10h' is a time, not a concentration. allowed: pM, nM, ...
    """
    quantity = parse_quantity(text, field=field, hint=_CONCENTRATION_HINT, usual=usual_unit)
    plain = {Kind.MOLAR: "nM", Kind.MASS_CONCENTRATION: "ng/ml"}.get(quantity.kind)
    if not quantity.unit:
        raise _fault("unit.missing", f"the dose {text.strip()!r} has no unit", field, _CONCENTRATION_HINT)
    if plain is None:
        raise _clash(text, quantity, "a concentration", field, _CONCENTRATION_HINT)
    if quantity.value < 0.0:
        raise _fault("dose.negative", f"the dose {text.strip()} is negative", field, "give 0 or more")
    if quantity.to(plain) > LIMITS.amount:
        raise _too_much(quantity, plain, field)
    return quantity


def to_molar(quantity: Quantity, *, molar_mass: float | None, field: str | None = None) -> float:
    """A molar or mass concentration in nM.

    Parameters
    ----------
    quantity : Quantity
    molar_mass : float or None
        g/mol of what is dissolved; needed for a mass concentration.
    field : str, optional
        Where the quantity comes from.

    Raises
    ------
    InputError
        ``unit.clash``, ``unit.molar_mass``, ``dose.range``.

    Examples
    --------
    >>> to_molar(parse_quantity("2 ug/ml"), molar_mass=100_000.0)
    20.0
    """
    if quantity.kind is Kind.MOLAR:
        value = quantity.to("nM")
    elif quantity.kind is Kind.MASS_CONCENTRATION:
        if molar_mass is None or not molar_mass > 0.0:
            raise _fault("unit.molar_mass", f"{quantity} needs a molar mass", field, "give it in nM")
        value = 1000.0 * quantity.to("ng/ml") / molar_mass
    else:
        raise _clash(str(quantity), quantity, "a concentration", field, _CONCENTRATION_HINT)
    if abs(value) > LIMITS.amount:
        raise _too_much(quantity, "nM", field)
    return value


def parse_number(text: str, *, field: str | None = None) -> float:
    """A finite number without a unit.

    Raises
    ------
    InputError
        ``number.text``, ``text.long``.

    Examples
    --------
    >>> parse_number("0.5")
    0.5
    """
    value = read_number(check_text(text, field=field or "number", longest=LIMITS.name_length))
    if value is None:
        hint = "give a number in plain digits, without a unit"
        raise _fault("number.text", f"{text!r} is no finite number", field, hint)
    return value


def convert(value: float, unit: str, target: str) -> float:
    """`value` from one unit to another of the same dimension.

    Raises
    ------
    InputError
        ``unit.unknown``, ``unit.clash``.

    Examples
    --------
    >>> convert(2.0, "h", "min")
    120.0
    """
    for name in (unit, target):
        if kind_of(name) is None:
            raise _fault("unit.unknown", f"unknown unit {name!r}", None, _UNIT_HINT)
    if unit == target:
        return value
    factor = _factor(unit, target)
    if factor is None:
        raise _fault("unit.clash", f"{unit!r} cannot be given in {target!r}", None, "")
    return float(Fraction(value) * factor)


def quotient(unit: str, by: str) -> str:
    """A unit over another, as text; empty when one of them is unknown.

    Examples
    --------
    >>> quotient("zmol", "pL"), quotient("zmol", "um^2/h"), quotient("mol", "")
    ('zmol/pL', 'zmol/um^2*h', '')
    """
    swapped = by.translate(str.maketrans("*/", "/*"))
    return f"{unit}/{swapped}".replace("/1*", "*") if unit and by else ""


@cache
def kind_of(unit: str) -> Kind | None:
    """The dimension of a unit, or None when there is no such unit.

    Examples
    --------
    >>> kind_of("nM"), kind_of("furlong/parsec/x")
    (<Kind.MOLAR: 'a molar concentration'>, None)
    """
    if not unit:
        return Kind.NUMBER
    if not _UNIT.fullmatch(unit):
        return None
    known = _known()
    return known[unit][0] if unit in known else _kind_by_pint(unit)


@cache
def _known() -> Mapping[str, tuple[Kind | None, Fraction | None]]:
    """Kind of the units in ``units.csv``, and how many of the example of its kind one is.

    Both were asked of pint, and a test asks again. No kind: no unit; no factor: pint is asked.
    """
    text = files("jakstat").joinpath("units.csv").read_text(encoding="utf-8")
    return {
        row["unit"]: (
            Kind[row["kind"]] if row["kind"] else None,
            Fraction(row["factor"]) if row["factor"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    }


@cache
def _factor(unit: str, target: str) -> Fraction | None:
    """How many of ``target`` one ``unit`` is; None when their dimensions differ."""
    kind, factor = _known().get(unit, (None, None))
    other, divisor = _known().get(target, (None, None))
    if factor is None or divisor is None:
        return _factor_by_pint(unit, target)
    return factor / divisor if kind is other else None


def _kind_by_pint(unit: str) -> Kind | None:
    import pint

    registry = _registry()
    try:
        dimension = registry.parse_units(unit).dimensionality
    except (pint.PintError, ValueError, TypeError, AttributeError):
        return None
    for kind, example in _EXAMPLE.items():
        if registry.parse_units(example).dimensionality == dimension:
            return kind
    return Kind.OTHER


def _factor_by_pint(unit: str, target: str) -> Fraction | None:
    import pint

    registry = _registry()
    one = registry.Quantity(Fraction(1), registry.parse_units(unit))
    try:
        return Fraction(one.to(registry.parse_units(target)).magnitude)
    except pint.DimensionalityError:
        return None


@cache
def _registry() -> pint.UnitRegistry[Fraction]:
    """Pint's standard units; fractions, so that 36 uM is 36000 nM to the last bit."""
    import pint

    return pint.UnitRegistry(non_int_type=Fraction)


def _fault(code: str, message: str, field: str | None, hint: str) -> InputError:
    return InputError([Problem(code, message, field=field, hint=hint)])


def _too_much(quantity: Quantity, unit: str, field: str | None) -> InputError:
    hint = f"allowed: up to {LIMITS.amount:g} {unit}"
    return _fault("dose.range", f"{quantity} is out of range", field, hint)


def _clash(text: str, quantity: Quantity, wanted: str, field: str | None, hint: str) -> InputError:
    return _fault("unit.clash", f"{text.strip()!r} is {quantity.kind.value}, not {wanted}", field, hint)
