"""The mouse given diethylnitrosamine, with what its hepatocytes' STAT3 does to its number of tumours.

The carcinogen initiates a Poisson number of hepatocytes. Each founds a clone, a linear birth-death process
(two-stage model of clonal expansion: Moolgavkar & Knudson 1981, doi:10.1093/jnci/66.6.1037); its size has a
closed form (Kendall 1948, doi:10.1214/aoms/1177730285), so that visible tumours are Poisson too. Division
rises, and saturates, with the cell model's phospho-STAT3 over that of the resting hepatocyte. How fast clones
divide without IL-6 and the slope of division are found from two numbers: the share of males without IL-6
that have a tumour, and the tumours of a male. All else is predicted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.draws import draw_vectors
from jakstat.errors import InputError, Problem
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.limits import check_count
from jakstat.progression.stat3_drive import driven_STAT3, pSTAT3_curve

__all__ = ["CarcinogenMice", "carcinogen_mice", "clone_above"]

_CELL = ("mouse_hepatocyte", "IL6(mouse)")
_POINTS = 121


@lru_cache(maxsize=1)
def carcinogen_rows() -> Mapping[str, Row]:
    """The numbers of the mouse, with unit, range, grade and source.

    Examples
    --------
    >>> carcinogen_rows()["age_counted"].unit
    'year'
    """
    text = files("jakstat.progression").joinpath("carcinogen.csv").read_text(encoding="utf-8")
    return {row.id: row for row in read_table(text, file="progression/carcinogen.csv")}


@dataclass(frozen=True, slots=True)
class CarcinogenMice:
    """Mice of one sex given the carcinogen, unchanged and with a gene changed; draws along the last axis.

    Parameters
    ----------
    knockdown : tuple of str
    male : bool
    ages : array, shape (times,)
        Years.
    tumours, tumours_changed : array, shape (times, draws)
        Mean number of visible tumours.
    exposure, exposure_changed : array, shape (draws,)
        Phospho-STAT3 of hepatocytes over that of the resting unchanged cell.
    counted : array, shape (draws,)
        Age at which tumours are counted, years.
    count, count_changed : array, shape (draws,)
        Visible tumours then.
    """

    knockdown: tuple[str, ...]
    male: bool
    ages: Floats
    tumours: Floats
    tumours_changed: Floats
    exposure: Floats
    exposure_changed: Floats
    counted: Floats
    count: Floats
    count_changed: Floats

    def ratio(self) -> Floats:
        """Tumours of the changed mice over those of the others, shape (draws,)."""
        return np.asarray(self.count_changed / self.count, dtype=float)

    def incidence(self, *, changed: bool) -> Floats:
        """Share of mice with a visible tumour, shape (times, draws)."""
        return -np.expm1(-(self.tumours_changed if changed else self.tumours))

    def half_age(self, *, changed: bool) -> Floats:
        """Age at which half of the mice have a tumour, shape (draws,); NaN where that comes later."""
        share = self.incidence(changed=changed)
        found = [np.interp(0.5, s, self.ages) if s[-1] >= 0.5 else np.nan for s in share.T]
        return np.asarray(found, dtype=float)


def clone_above(cells: Floats, division: Floats, death: Floats, time: Floats) -> Floats:
    """Probability that the clone of one cell has more than this many cells.

    Parameters
    ----------
    cells : array
        A whole number of cells; the geometric distribution of survivors is read there.
    division, death : array
        Rates per year, different from each other.
    time : array
        Years since the founder.

    Notes
    -----
    Kendall 1948 (doi:10.1214/aoms/1177730285): with g = b - d, extinction is
    d (e^gt - 1)/(b e^gt - d), and a survivor has more than n cells with
    probability (b (e^gt - 1)/(b e^gt - d))^n.

    Examples
    --------
    >>> pure = clone_above(np.array(1.0), np.array(2.0), np.array(0.0), np.array(0.5))  # Yule: 1 - e^-bt
    >>> bool(abs(pure - (1 - np.exp(-1.0))) < 1e-12)
    True
    """
    b, d, t = (np.asarray(x, dtype=float) for x in (division, death, time))
    gone = np.exp(-(b - d) * t)
    lives = (b - d) / (b - d * gone)
    grown = -(b - d) * gone / (b - d * gone)  # minus the probability of stopping at a size
    with np.errstate(divide="ignore"):  # at time 0 no clone has grown: the logarithm of 0
        return np.asarray(lives * np.exp(cells * np.log1p(grown)), dtype=float)


def carcinogen_mice(
    knockdown: Sequence[str] = ("SOCS3=0",),
    *,
    sex: str = "male",
    until: float = 1.0,
    draws: int = 200,
    seed: int = 1,
) -> CarcinogenMice:
    """Tumours of mice given diethylnitrosamine, with a gene of their hepatocytes changed and without.

    Parameters
    ----------
    knockdown : sequence of str
        What is changed in hepatocytes, ``SOCS3=0``.
    sex : {"male", "female"}
    until : float
        Age in years up to which they are followed.
    draws : int
        Vectors of numbers for the interval; the first is the table.
    seed : int

    Raises
    ------
    InputError
        ``person.sex``, ``time.range``, ``count.range``, ``seed.range``; ``mouse.unchanged``; those of
        :func:`jakstat.experiment.run.simulate`.

    Examples
    --------
    >>> mice = carcinogen_mice(draws=8)
    >>> bool(mice.ratio()[0] > 1.0), bool(mice.half_age(changed=True)[0] < mice.half_age(changed=False)[0])
    (True, True)
    """
    check_count(draws, most=2000, field="--draws")
    _check(knockdown, sex, until)
    n = _numbers(draws, seed)
    male = sex == "male"
    changed = tuple(knockdown)
    level = n["IL6_male"] * (1.0 if male else n["IL6_female"])
    plain, other = _exposure(level, ()), _exposure(level, changed)
    slow, slope = _fitted(n)
    ages = np.linspace(0.0, until, _POINTS)

    def tumours(exposure: Floats, age: Floats) -> Floats:
        since = np.maximum(age - n["age_given"], 0.0)
        division, death = _rates(n, slow, 1.0 + slope * _effect(n, exposure))
        return n["initiated"] * clone_above(n["cells_visible"], division, death, since)

    return CarcinogenMice(
        changed, male, ages, tumours(plain, ages[:, None]), tumours(other, ages[:, None]), plain, other,
        n["age_counted"], tumours(plain, n["age_counted"]), tumours(other, n["age_counted"]),
    )  # fmt: skip


def _check(knockdown: Sequence[str], sex: str, until: float) -> None:
    found = []
    if sex not in ("male", "female"):
        found.append(Problem("person.sex", f"{sex[:20]!r} is no sex", field="--sex", hint="male or female"))
    if not 0.1 <= until <= 3.0:
        message = f"{until:g} years are out of range for a mouse"
        found.append(Problem("time.range", message, field="--until", hint="from 0.1 to 3 years"))
    if not knockdown:
        hint = "SOCS3=0, as in mice without it in hepatocytes"
        found.append(Problem("mouse.unchanged", "nothing is changed", field="--knockdown", hint=hint))
    if found:
        raise InputError(found)


def _numbers(draws: int, seed: int) -> dict[str, Floats]:
    rows = carcinogen_rows()
    drawn = draw_vectors(rows.values(), lanes=draws, seed=seed)
    return {name: drawn.get(name, np.full(draws, row.value)) for name, row in rows.items()}


def _exposure(il6: Floats, knockdown: tuple[str, ...]) -> Floats:
    """Phospho-STAT3 in the inflamed liver over that of the resting unchanged hepatocyte."""
    unchanged = pSTAT3_curve(*_CELL)[2]
    rest = pSTAT3_curve(*_CELL, knockdown)[2]
    held = rest + driven_STAT3(il6, *_CELL, knockdown)
    return np.asarray(held / unchanged, dtype=float)


def _effect(n: Mapping[str, Floats], exposure: Floats) -> Floats:
    """What phospho-STAT3 adds to division, as a share of the most: it saturates above rest."""
    above, half = exposure - 1.0, n["exposure_half"]
    return np.asarray(above / (half + np.maximum(above, 0.0)), dtype=float)


def _rates(n: Mapping[str, Floats], slow: Floats, faster: Floats) -> tuple[Floats, Floats]:
    """Division, so many times the ``slow`` one without IL-6, and death of initiated hepatocytes, per year."""
    return slow * faster, slow * n["turnover"]


def _fitted(n: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Division per year without IL-6, from the mice without it, and its slope, from males that have it."""
    since, one = n["age_counted"] - n["age_given"], np.ones_like(n["initiated"])

    def tumours(slow: Floats, faster: Floats) -> Floats:
        return n["initiated"] * clone_above(n["cells_visible"], *_rates(n, slow, faster), since)

    slow = _root(lambda rate: tumours(rate, one), -np.log1p(-n["incidence_no_IL6"]), 1.0, 1000.0)
    faster = _root(lambda times: tumours(slow, times), n["tumours_male"], 1.0, 10.0)
    return slow, (faster - 1.0) / _effect(n, _exposure(n["IL6_male"], ()))


def _root(rises: Callable[[Floats], Floats], goal: Floats, low: float, high: float) -> Floats:
    """Where a rising function reaches a goal, by halving, in every draw."""
    below, above = np.full_like(goal, low), np.full_like(goal, high)
    for _ in range(60):
        middle = np.sqrt(below * above)
        few = rises(middle) < goal
        below, above = np.where(few, middle, below), np.where(few, above, middle)
    return np.sqrt(below * above)
