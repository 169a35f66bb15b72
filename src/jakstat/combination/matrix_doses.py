"""Which doses a combination is tried at: read from text, or chosen around a drug's half effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology import GivenName
from jakstat.errors import InputError, Problem, problem
from jakstat.experiment.grammar import parse_addition
from jakstat.experiment.plan import pair_note
from jakstat.experiment.protocol import Addition, Schedule
from jakstat.pharmacology import Agent, agent, spoken_name
from jakstat.units import Kind, convert

__all__ = ["SCAN", "DosedDrug", "DrugDoses", "chosen_range", "read_drug", "two_drugs"]

_FIELD = "--drug"
_DEFAULT_LEVELS = 8
_DIGITS = 12
"""Doses are rounded to so many digits in nM (or ng/ml), so that 1 uM and 1000 nM are one dose to the bit."""
SCAN = tuple(float(f"{d:.6g}") for d in np.geomspace(1e-2, 1e6, 25))
"""Doses in nM at which a drug without a range is tried: 10 pM to 1 mM, three to a decade."""
_EACH_WAY = 10.0
_FALLBACK_NM = 100.0


class DosedDrug(Protocol):
    """A drug at doses, of the model or of a measured matrix: what sentences on a matrix need."""

    @property
    def name(self) -> str:
        """As users see it."""

    @property
    def label(self) -> str:
        """The name, with what must stand beside it."""

    @property
    def unit(self) -> str:
        """Unit of the doses."""

    @property
    def doses(self) -> Floats:
        """From 0 on."""

    @property
    def targets(self) -> frozenset[str]:
        """What it binds, by the library."""


@dataclass(frozen=True)
class DrugDoses:
    """A drug and its doses.

    Parameters
    ----------
    agent : Agent
    addition : Addition or None
        Doses above 0 in nM or ng/ml, and when they are given; None until a range is chosen.
    schedule : Schedule
    levels : int
        How many doses a chosen range has.
    note : str
        What its doses were read as, where that may be doubted.
    spoken : str
        The name, with the words in which it was given.
    """

    agent: Agent
    addition: Addition | None
    schedule: Schedule
    levels: int = _DEFAULT_LEVELS
    note: str = ""
    spoken: str = ""

    @property
    def name(self) -> str:
        """As users see it."""
        return self.agent.name

    @property
    def label(self) -> str:
        """The name, with the grade where its numbers are assumed."""
        return f"{self.name} ({self.agent.grade})" if self.agent.grade in ("assumed", "user") else self.name

    @property
    def doses(self) -> Floats:
        """Dose 0 and those above it."""
        values = () if self.addition is None else self.addition.values
        return np.array([0.0, *values])

    @property
    def unit(self) -> str:
        """Unit of the doses."""
        return "nM" if self.addition is None else self.addition.unit

    @property
    def targets(self) -> frozenset[str]:
        """What it binds, by the library."""
        return frozenset(self.agent.target.split(";")) - {""}

    def at(self, values: tuple[float, ...]) -> DrugDoses:
        """The same drug at these doses in nM."""
        return replace(self, addition=Addition(self.spoken or self.agent.name, (), self.schedule).at(values))


def read_drug(text: str, *, before: float, levels: int = _DEFAULT_LEVELS, field: str = _FIELD) -> DrugDoses:
    """A drug with its doses, from ``NAME`` or ``NAME=LEVELS UNIT[:COUNT][@ WHEN]``.

    Parameters
    ----------
    text : str
        In the grammar of :mod:`jakstat.experiment.grammar`; ``LOW..HIGH`` without a count has ``levels``.
    before : float
        Hours before time 0 at which the drug is given, unless the text says when.
    levels : int
        Doses of a range.

    Raises
    ------
    InputError
        ``drug.unknown``, ``drug.dose``, and those of the grammar.

    Examples
    --------
    >>> d = read_drug("Jakafi=0.01..1uM:3", before=1.0)
    >>> d.name, d.doses.tolist(), d.unit, d.addition.schedule.starts
    ('ruxolitinib', [0.0, 10.0, 100.0, 1000.0], 'nM', (-1.0,))
    >>> read_drug("Stattic", before=0.5).addition is None
    True
    """
    head, at, when = text.partition("@")
    name, given, dose = head.partition("=")
    found = agent(name, field=field)
    if found.kind != "drug":
        hint = f"write --treatment {found.name}"
        raise problem("drug.dose", f"{found.name} is on or off and has no doses", field=field, hint=hint)
    if given and ".." in dose and ":" not in dose:
        dose = f"{dose}:{levels}"
    body = dose if given else "1nM"
    addition = parse_addition(f"{found.name}={body}{at}{when}", field=field, ligand=False)
    said = name.strip()
    said = GivenName(said, addition.name.given) if isinstance(addition.name, GivenName) else said
    addition = replace(addition, name=spoken_name(found, said))
    schedule = addition.schedule if at else Schedule((-before,) if before else (0.0,))
    if not given:
        return DrugDoses(found, None, schedule, levels, spoken=addition.name)
    unit = "nM" if addition.levels[0].kind is Kind.MOLAR else "ng/ml"
    factor = convert(1.0, addition.unit, unit)
    values = tuple(sorted({v for x in addition.values if (v := float(f"{x * factor:.{_DIGITS}g}")) > 0}))
    if not values:
        raise problem("drug.dose", f"{found.name} has no dose above 0", field=field, hint="e.g. 10..1000nM:8")
    note = "".join(pair_note(found.name, addition.values, addition.unit))
    return DrugDoses(found, replace(addition.at(values, unit), schedule=schedule), schedule, levels, note)


def chosen_range(drug: DrugDoses, dose: Floats, effect: Floats) -> tuple[DrugDoses, str]:
    """Doses from a tenth to ten times the dose of half the drug's largest effect, and a sentence on it.

    Parameters
    ----------
    drug : DrugDoses
    dose, effect : array (n,)
        A scan over doses above 0, nM; the effect as a share of the full one.

    Returns
    -------
    DrugDoses, str
        Around the potency of the drug's table where it has no effect in the scan.

    Examples
    --------
    >>> d = np.geomspace(1.0, 1e4, 13)
    >>> found, said = chosen_range(read_drug("ruxolitinib", before=0.0), d, d / (100.0 + d))
    >>> found.doses[[1, -1]].tolist()
    [9.8, 980.0]
    """
    size = np.abs(effect)
    largest = float(np.nanmax(size)) if np.isfinite(size).any() else 0.0
    if largest < 0.02:
        middle = _tabled_potency(drug.agent)
        said = (
            f"{drug.name} alone does next to nothing here; its doses lie around its potency, {middle:.3g} nM"
        )
    else:
        above = int(np.argmax(size >= 0.5 * largest))
        middle = float(dose[above])
        if above > 0:
            share = (0.5 * largest - size[above - 1]) / (size[above] - size[above - 1])
            middle = float(dose[above - 1] * (dose[above] / dose[above - 1]) ** share)
        said = f"{drug.name}: doses chosen around {middle:.3g} nM, half of its largest effect alone"
    low, high = (float(f"{middle * f:.2g}") for f in (1.0 / _EACH_WAY, _EACH_WAY))
    values = tuple(float(f"{v:.{_DIGITS}g}") for v in np.geomspace(low, high, drug.levels))
    return drug.at(values), said


def _tabled_potency(found: Agent) -> float:
    """The smallest potency of a drug's table that is a concentration, nM."""
    values = []
    for row in found.numbers:
        if row.id in found.potency:
            try:
                values.append(convert(row.value, row.unit, "nM"))
            except InputError:
                continue
    return min((v for v in values if v > 0), default=_FALLBACK_NM)


def two_drugs(texts: list[str], *, before: float, levels: int) -> tuple[DrugDoses, DrugDoses]:
    """The two drugs of a combination, every problem of both texts at once.

    Raises
    ------
    InputError
        ``combine.two``, ``combine.same``, and those of :func:`read_drug`.

    Examples
    --------
    >>> [d.name for d in two_drugs(["ruxolitinib", "Stattic"], before=0.0, levels=4)]
    ['ruxolitinib', 'Stattic']
    """
    if len(texts) != 2:
        hint = "e.g. --drug ruxolitinib --drug Stattic"
        raise problem("combine.two", f"{len(texts)} drugs are given", field=_FIELD, hint=f"give two, {hint}")
    found: list[DrugDoses] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            found.append(read_drug(text, before=before, levels=levels))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    if found[0].agent.id == found[1].agent.id:
        message = f"{texts[0]} and {texts[1]} are the same drug"
        raise problem("combine.same", message, field=_FIELD, hint="give two different drugs")
    return found[0], found[1]
