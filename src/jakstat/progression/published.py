"""Published intervals of progression beside ours: which were fitted, which are predicted.

Every row of ``published.csv`` says who was followed from which stage, for how long, and what was counted;
:func:`compare_published` does the same in the model. :func:`refit_hazards` finds the fitted numbers again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.progression.hazard_numbers import hazard_draws, hazard_rows
from jakstat.progression.occupation import occupation
from jakstat.progression.transitions import ALIVE, FREE, Liver
from jakstat.progression.treatments import parse_liver_treatment, treated_arm
from jakstat.streams import stream

__all__ = [
    "PublishedComparison",
    "PublishedInterval",
    "compare_published",
    "measured_as_published",
    "published_intervals",
    "refit_hazards",
]

_USUAL_LOAD = 1e6
_SEED = 1


@dataclass(frozen=True, slots=True)
class PublishedInterval:
    """One published number: who, from where, what was counted, and what came out.

    ``start`` is ``stage@load:share;...``; ``against`` holds what differs in the group of a ratio;
    ``age_spread`` is how far, in years, an age that was assumed may be off.
    """

    id: str
    what: str
    viruses: tuple[str, ...]
    course: str
    start: str
    age: float
    age_spread: float
    male: float
    infected: float
    treat: str
    against: str
    target: tuple[str, ...]
    measure: str
    first: float
    last: float
    value: float
    low: float | None
    high: float | None
    unit: str
    role: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class PublishedComparison:
    """A published number beside ours; ``low`` and ``high`` are the 5 and 95 % of ours.

    ``agrees``: ours lies in the published interval, or, where none is published, the published value in ours.
    """

    published: PublishedInterval
    value: float
    low: float
    high: float

    @property
    def agrees(self) -> bool:
        """Whether the two agree."""
        p = self.published
        if p.low is not None and p.high is not None:
            return p.low <= self.value <= p.high
        return self.low <= p.value <= self.high


@lru_cache(maxsize=1)
def published_intervals() -> tuple[PublishedInterval, ...]:
    """The table.

    Examples
    --------
    >>> published_intervals()[0].value
    3.16
    """
    text = files("jakstat.progression").joinpath("published.csv").read_text(encoding="utf-8")
    found = []
    for row in csv.DictReader(io.StringIO(text)):
        cells: dict[str, Any] = dict(row)
        cells |= {name: float(row[name]) for name in _NUMBERS}
        cells |= {end: float(row[end]) if row[end] else None for end in ("low", "high")}
        cells |= {"viruses": tuple(row["viruses"].split("+")), "target": tuple(row["target"].split(";"))}
        found.append(PublishedInterval(**cells))
    return tuple(found)


_NUMBERS = ("age", "age_spread", "male", "infected", "first", "last", "value")


def measured_as_published(row: PublishedInterval, numbers: Mapping[str, Floats]) -> Floats:
    """The number of a row in the model, for every draw, in the row's unit.

    Examples
    --------
    >>> row = next(r for r in published_intervals() if r.id == "HCV10")
    >>> float(measured_as_published(row, hazard_draws(1, 1))[0].round(2))
    2.8
    """
    if row.measure == "ratio":
        parts = (part.split(":", 1) for part in row.against.split(";"))
        changed: dict[str, Any] = {k: float(v) if k in _NUMBERS else v for k, v in parts}
        own = replace(row, measure="rate")
        other = replace(own, **changed)
        return measured_as_published(own, numbers) / measured_as_published(other, numbers)
    counted, exposed = _group(row, numbers)
    if row.measure == "rate":
        return 100.0 * counted / exposed
    return 100.0 * counted


def _group(row: PublishedInterval, numbers: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Expected events and years at risk of the group, between the first and the last year."""
    arm = treated_arm([parse_liver_treatment(row.treat)] if row.treat else [], numbers)
    years = np.unique([0.0, row.first, row.last])
    draws = numbers["male"].size
    counted, exposed = np.zeros(draws), np.zeros(draws)
    age = row.age + row.age_spread * stream(_SEED, "published age", row.id).uniform(-1.0, 1.0, draws)
    age[0] = row.age
    death = row.target[0].startswith("dead")
    for stage, load, share in _starts(row.start):
        for male, part in ((True, row.male), (False, 1.0 - row.male)):
            if part <= 0.0:
                continue
            loads, infected = (dict.fromkeys(row.viruses, x) for x in (load, row.infected))
            liver = Liver(row.viruses, age, male, loads, infected, row.course)
            found = occupation(numbers, liver, arm, {stage: 1.0}, years)
            first, last = (int(np.searchsorted(years, t)) for t in (row.first, row.last))
            into = found.probability(*row.target) if death else found.reached(*row.target)
            risk = found.years_in(*(ALIVE if death else FREE))
            counted += share * part * (into[last] - into[first])
            exposed += share * part * (risk[last] - risk[first])
    return counted, exposed


def _starts(text: str) -> list[tuple[str, float, float]]:
    found = []
    for piece in text.split(";"):
        who, _, share = piece.partition(":")
        stage, _, load = who.partition("@")
        found.append((stage, float(load or _USUAL_LOAD), float(share or 1.0)))
    return found


def compare_published(draws: int = 200, seed: int = 1) -> tuple[PublishedComparison, ...]:
    """Every published number beside the model's, with its interval.

    Parameters
    ----------
    draws : int
        Vectors of numbers for the interval; the value is that of the table.
    seed : int

    Examples
    --------
    >>> first = compare_published(draws=8)[0]
    >>> first.published.role, first.agrees
    ('fit', True)
    """
    numbers = hazard_draws(draws, seed)
    found = []
    for row in published_intervals():
        ours = measured_as_published(row, numbers)
        low, high = np.percentile(ours[1:], [5.0, 95.0]) if draws > 1 else (ours[0], ours[0])
        found.append(PublishedComparison(row, float(ours[0]), float(low), float(high)))
    return tuple(found)


def refit_hazards() -> dict[str, float]:
    """The fitted numbers found again from the rows that they are fitted to, one after the other.

    Each number but the power of load is the root of one row; that power is the least-squares line through
    the logarithms of four ratios.

    Examples
    --------
    >>> abs(refit_hazards()["load_power_HBV"] / hazard_rows()["load_power_HBV"].value - 1.0) < 0.01
    True
    """
    with needs("analysis"):
        from scipy.optimize import brentq

    rows = {row.id: row for row in published_intervals()}
    ratios = [rows[f"HBV{k}"] for k in (16, 17, 18, 19)]
    loads = [_starts(r.start)[0][1] / _starts(r.against.removeprefix("start:"))[0][1] for r in ratios]
    x, y = np.log(loads), np.log([r.value for r in ratios])
    known = {"load_power_HBV": float((x * y).sum() / (x * x).sum()), "male": rows["HCV10"].value}
    for name, row_id in _ROOTS:
        low, high = hazard_rows()[name].low / 3.0, hazard_rows()[name].high * 3.0

        def miss(value: float, name: str = name, row_id: str = row_id) -> float:
            numbers = hazard_draws(1, 1, {**known, name: value})
            return float(measured_as_published(rows[row_id], numbers)[0]) - rows[row_id].value

        known[name] = float(brentq(miss, low, high, rtol=1e-8))
    return known


_ROOTS = (
    ("age_power", "HCV09"),
    ("cirrhosis_HCV_clinic", "HCV11"),
    ("age_power_cirrhosis", "HCV12"),
    ("cirrhosis_HCV_clinic", "HCV11"),  # again, with the power of age known
    ("cirrhosis_HCV_community", "HCV16"),
    ("cancer_cirrhosis_HBV", "HBV01"),
    ("cancer_cirrhosis_HCV", "HCV01"),
    ("cancer_hepatitis_HBV", "HBV02"),
    ("cancer_hepatitis_HCV", "HCV22"),
)
