"""What a treatment leaves: of a virus, of hepatitis, of IL-6, of the STAT3 activity that IL-6 drives.

A treatment is one of the named ones or ``IL6=0.5``, ``STAT3=0.3`` (the share left, also above 1), and
``@5y`` says when it begins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import InputError, Problem
from jakstat.numbers import read_number
from jakstat.progression.transitions import Arm
from jakstat.units import parse_time

__all__ = ["TREATMENTS", "LiverTreatment", "parse_liver_treatment", "parse_years", "treated_arm"]

TREATMENTS: Mapping[str, tuple[str, ...]] = {
    "entecavir": ("load_HBV", "activity_HBV"),
    "tenofovir": ("load_HBV", "activity_HBV"),
    "DAA": ("load_HCV", "activity_HCV"),
    "siltuximab": ("IL6",),
    "ruxolitinib": ("STAT3",),
}
"""What each named treatment lowers; how far, ``hazards.csv`` says."""

_HOURS_PER_YEAR = 8766.0
_YEARS = re.compile(r"\s*([0-9.eE+-]+)\s*(?:y|yr|yrs|year|years)\s*")
_MOST_YEARS = 100.0
_MOST_SHARE = 20.0


@dataclass(frozen=True, slots=True)
class LiverTreatment:
    """One treatment: its name, the share left where it is no named one, and the year it begins."""

    name: str
    share: float | None
    start: float

    def told(self) -> str:
        """In words.

        Examples
        --------
        >>> LiverTreatment("IL6", 0.5, 2.0).told()
        'IL6 x 0.5 from year 2'
        """
        what = self.name if self.share is None else f"{self.name} x {self.share:g}"
        return what + (f" from year {self.start:g}" if self.start else "")


def parse_years(text: str, *, field: str) -> float:
    """A time in years: ``20y``, or with any unit of time.

    Raises
    ------
    InputError
        ``time.range``, and as :func:`jakstat.units.parse_time`.

    Examples
    --------
    >>> parse_years("20 y", field="--until"), round(parse_years("4383h", field="--until"), 9)
    (20.0, 0.5)
    """
    match = _YEARS.fullmatch(text)
    value = read_number(match[1]) if match else parse_time(text, field=field) / _HOURS_PER_YEAR
    if value is None or not math.isfinite(value) or not 0.0 <= value <= _MOST_YEARS:
        hint = f"from 0 to {_MOST_YEARS:g} years, e.g. 20y"
        raise InputError([Problem("time.range", f"{text[:40]!r} is out of range", field=field, hint=hint)])
    return value


def parse_liver_treatment(text: str, *, field: str = "--treat") -> LiverTreatment:
    """A treatment and when it begins.

    Raises
    ------
    InputError
        ``treatment.unknown``, ``treatment.share``, and as :func:`parse_years`.

    Examples
    --------
    >>> parse_liver_treatment("entecavir@5y")
    LiverTreatment(name='entecavir', share=None, start=5.0)
    >>> parse_liver_treatment("STAT3=0.3").share
    0.3
    """
    what, _, when = text.partition("@")
    name, equal, level = (part.strip() for part in what.partition("="))
    start = parse_years(when, field=field) if "@" in text else 0.0
    known = {known.lower(): known for known in TREATMENTS}
    if not equal and name.lower() in known:
        return LiverTreatment(known[name.lower()], None, start)
    if name.upper() not in ("IL6", "STAT3") or not equal:
        hint = f"{', '.join(TREATMENTS)}, IL6=0.5 or STAT3=0.5 (share left), each with @5y if it begins later"
        message = f"there is no treatment {what.strip()[:40]!r}"
        raise InputError([Problem("treatment.unknown", message, field=field, hint=hint)])
    share = read_number(level)
    if share is None or not 0.0 <= share <= _MOST_SHARE:
        hint = f"the share that is left, from 0 to {_MOST_SHARE:g}"
        raise InputError([Problem("treatment.share", f"{level[:40]!r} is no share", field=field, hint=hint)])
    return LiverTreatment(name.upper(), share, start)


def treated_arm(treatments: Sequence[LiverTreatment], numbers: Mapping[str, Floats]) -> Arm:
    """The arm that gets the treatments, with the shares left in every draw.

    Examples
    --------
    >>> from jakstat.progression.hazard_numbers import hazard_draws
    >>> treated_arm([LiverTreatment("DAA", None, 1.0)], hazard_draws(1, 1)).changes[0][:2]
    (1.0, 'load_HCV')
    """
    changes: list[tuple[float, str, Floats]] = []
    for given in treatments:
        if given.share is not None:
            changes.append((given.start, given.name, np.asarray(given.share)))
            continue
        for what in TREATMENTS[given.name]:
            left = numbers[f"{what.partition('_')[0]}_left_{given.name}"]
            changes.append((given.start, what, left))
    return Arm(", ".join(t.told() for t in treatments) or "untreated", tuple(changes))
