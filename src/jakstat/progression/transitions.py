"""The stages of a liver and the hazard of each passage between them, per year.

A hazard of liver cancer is that of the stage for a woman of 50, times a power of age, the ratio of the
sexes, a power of the viral load that the liver has lived with so far, and 1 - s + s x, where x is the
STAT3 activity that IL-6 drives now over that of the stage untreated and s the share that it drives.
Cirrhosis and decompensation have a share of their own.
A power of age is that of several rate-limiting steps (Armitage & Doll 1954, doi:10.1038/bjc.1954.1).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np

from jakstat.arrays import Floats
from jakstat.progression.stat3_drive import driven_STAT3

__all__ = ["ALIVE", "FREE", "PASSAGES", "STAGES", "Arm", "Liver", "Span", "span_from", "steps_of"]

STAGES = (
    "normal", "hepatitis", "cirrhosis", "decompensated", "cancer", "dead_of_liver", "dead_of_cancer",
    "dead_of_other",
)  # fmt: skip
"""Stages in their order; ``normal`` is a liver without active hepatitis, also one that carries a virus."""

FREE = STAGES[:4]
"""Alive and without liver cancer."""

ALIVE = STAGES[:5]

PASSAGES = (
    ("normal", "hepatitis"), ("hepatitis", "cirrhosis"), ("cirrhosis", "hepatitis"),
    ("cirrhosis", "decompensated"), ("normal", "cancer"), ("hepatitis", "cancer"), ("cirrhosis", "cancer"),
    ("decompensated", "cancer"), ("decompensated", "dead_of_liver"), ("cancer", "dead_of_cancer"),
    *((stage, "dead_of_other") for stage in ALIVE),
)  # fmt: skip
"""From and to, in the order of :meth:`Span.hazards`."""

_REFERENCE_AGE = 50.0


@dataclass(frozen=True, slots=True)
class Liver:
    """Whose liver it is.

    Parameters
    ----------
    viruses : tuple of str
        Of HBV and HCV.
    age : float or array, shape (draws,)
        At the start, years.
    male : bool
    load : mapping of str to float
        Untreated load of each virus, IU/mL.
    infected : mapping of str to float
        Age at infection with each virus.
    course : {"clinic", "community"}
        Whose rate of cirrhosis with hepatitis C holds.
    """

    viruses: tuple[str, ...]
    age: float | Floats
    male: bool
    load: Mapping[str, float]
    infected: Mapping[str, float]
    course: str = "clinic"


@dataclass(frozen=True, slots=True)
class Arm:
    """What is done from when on: shares that are left, each (draws,) or a number, and years of their start.

    ``changes`` are (year, what, share left); what is ``load_HBV``, ``activity_HCV``, ``IL6`` or ``STAT3``.
    """

    name: str = "untreated"
    changes: tuple[tuple[float, str, Floats], ...] = field(default_factory=tuple)

    def left(self, what: str, year: float) -> Floats:
        """The share of ``what`` that is left at a time (years from the start).

        Of several treatments of one virus the strongest counts; what they leave of IL-6 and STAT3 multiplies.
        """
        shares = [share for start, name, share in self.changes if name == what and start <= year]
        together = np.multiply if what in ("IL6", "STAT3") else np.minimum
        return np.asarray(reduce(together, shares, np.ones(())), dtype=float)


def steps_of(arms: Mapping[str, Arm] | tuple[Arm, ...], until: float) -> tuple[float, ...]:
    """The years within the span at which something changes.

    Examples
    --------
    >>> steps_of((Arm("a", ((2.0, "IL6", np.asarray(0.5)),)),), 10.0)
    (2.0,)
    """
    listed = arms.values() if isinstance(arms, Mapping) else arms
    return tuple(sorted({start for arm in listed for start, _, _ in arm.changes if 0.0 < start < until}))


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time in which no treatment changes, and what holds throughout it.

    ``activity`` is what is left of each virus's hepatitis; ``cancer`` and ``scar`` are 1 - s + s x by stage.
    """

    numbers: Mapping[str, Floats]
    liver: Liver
    arm: Arm
    activity: Mapping[str, Floats]
    cancer: Mapping[str, Floats]
    scar: Mapping[str, Floats]

    def lasting(self) -> Floats:
        """What is left of hepatitis, the mean over the viruses."""
        total = sum(self.activity.values(), np.zeros(()))
        return np.asarray(total / max(len(self.activity), 1), dtype=float)

    def hazards(self, year: float) -> Floats:
        """The hazard of every passage at a time (years from the start), shape (passages, draws)."""
        n, liver, viruses = self.numbers, self.liver, self.liver.viruses
        age = (liver.age + year) / _REFERENCE_AGE
        older = np.asarray(age ** n["age_power"] * (n["male"] if liver.male else 1.0))
        met = {virus: _lived_with(n, liver, self.arm, virus, year) for virus in viruses}
        zero = np.zeros_like(older)
        hepatitis = sum((n[f"cancer_hepatitis_{v}"] * met[v] for v in viruses), zero)
        cirrhosis = sum((n[f"cancer_cirrhosis_{v}"] * met[v] for v in viruses), zero)
        carrier = hepatitis * self.cancer["normal"] if viruses else n["cancer_none"]
        to_cirrhosis = sum((n[_cirrhosis(v, liver)] * self.activity[v] for v in viruses), zero)
        failing = sum((n[f"decompensation_{v}"] for v in viruses), zero) / max(len(viruses), 1)
        from_cirrhosis = cirrhosis * self.cancer["cirrhosis"] * older
        other = n["other_death"] * 2.0 ** ((age - 1.0) * _REFERENCE_AGE / n["other_death_doubling"])
        other = other * (1.0 if liver.male else n["other_death_female"])
        rows = (
            n["activation_HBV"] * self.activity["HBV"] if "HBV" in viruses else zero,
            to_cirrhosis * age ** n["age_power_cirrhosis"] * self.scar["hepatitis"],
            n["regression"] * (1.0 - self.lasting()), failing * self.scar["cirrhosis"], carrier * older,
            hepatitis * self.cancer["hepatitis"] * older, from_cirrhosis, from_cirrhosis,
            n["death_decompensated"], n["death_cancer"], *([other] * len(ALIVE)),
        )  # fmt: skip
        return np.stack([np.broadcast_to(row, older.shape) for row in rows])


def span_from(numbers: Mapping[str, Floats], liver: Liver, arm: Arm, begun: float) -> Span:
    """The span that begins at a time: treatments that begin later do not count in it.

    Parameters
    ----------
    numbers : mapping of str to array
        As :func:`jakstat.progression.hazard_numbers.hazard_draws` gives them.
    liver : Liver
    arm : Arm
    begun : float
        Years from the start.

    Examples
    --------
    >>> from jakstat.progression.hazard_numbers import hazard_draws
    >>> man = Liver(("HCV",), 50.0, True, {"HCV": 1e6}, {"HCV": 25.0})
    >>> rates = span_from(hazard_draws(1, 1), man, Arm(), 0.0).hazards(0.0)
    >>> rates.shape, float(rates[PASSAGES.index(("cancer", "dead_of_cancer")), 0])
    ((15, 1), 0.605)
    """
    activity = {virus: arm.left(f"activity_{virus}", begun) for virus in liver.viruses}
    bare = Span(numbers, liver, arm, activity, {}, {})
    lasting = bare.lasting()
    x = {s: _driven(numbers, arm, begun, s, lasting) for s in ("normal", "hepatitis", "cirrhosis")}
    cancer, scar = (
        {stage: 1.0 + numbers[name] * (at - 1.0) for stage, at in x.items()}
        for name in ("share_IL6", "share_IL6_scar")
    )
    return replace(bare, cancer=cancer, scar=scar)


def _cirrhosis(virus: str, liver: Liver) -> str:
    return f"cirrhosis_{virus}" if virus == "HBV" else f"cirrhosis_{virus}_{liver.course}"


def _driven(n: Mapping[str, Floats], arm: Arm, begun: float, stage: str, activity: Floats) -> Floats:
    """STAT3 activity that IL-6 drives over that of the stage untreated; of a carrier over hepatitis."""
    usual = n[f"IL6_{'hepatitis' if stage == 'normal' else stage}"]
    viral = n["IL6_hepatitis"] - n["IL6_normal"]
    now = n["IL6_normal"] if stage == "normal" else usual - viral * (1.0 - activity)
    ratio = n["IL6_liver_ratio"]
    driven = driven_STAT3(now * arm.left("IL6", begun) * ratio) * arm.left("STAT3", begun)
    return np.asarray(driven / driven_STAT3(usual * ratio), dtype=float)


def _lived_with(n: Mapping[str, Floats], liver: Liver, arm: Arm, virus: str, year: float) -> Floats:
    """Mean since infection of the load's power: what a virus has done stays when the virus goes."""
    power = n[f"load_power_{virus}"]
    before = np.maximum(liver.age - liver.infected[virus], 0.0)
    edges = (0.0, *steps_of((arm,), year), year)
    starts = itertools.pairwise(edges)
    share = before + sum((end - start) * arm.left(f"load_{virus}", start) ** power for start, end in starts)
    whole = before + year
    mean = np.where(whole > 0.0, share / np.maximum(whole, 1e-12), 1.0)
    return np.asarray((liver.load[virus] / n["load_reference"]) ** power * mean, dtype=float)
