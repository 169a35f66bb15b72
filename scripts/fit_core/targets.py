"""Constants of target genes, fitted one gene at a time to its mRNA while the core stays as it is.

A gene that was measured in several cells is fitted to all of them at once: the site (half activation as a
share of the cell's own dimer scale, cooperativity) and the delay are shared, the STAT3-independent share and
the loss of mRNA belong to a cell (docs/decisions/0023). Every series has a scale of its own; what else it has
is chosen per gene on the part to fit (:data:`OBSERVED`, docs/decisions/0059).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from jakstat.biology import context, parameters
from scripts.fit_core.gene_curves import (
    STEP_H,
    Drive,
    dimer_scale,
    drive_of,
    lagging,
    mrna,
    occupancy,
    smad_level,
)
from scripts.fit_core.gene_points import GenePoint, gene_points
from scripts.fit_core.places import FITS, HERE, read_csv
from scripts.fit_core.profile import Profile, Series, profile

__all__ = [
    "COURSES",
    "GENES",
    "OBSERVED",
    "SITES",
    "STRUCTURES",
    "Compared",
    "Observed",
    "Structure",
    "TargetFit",
    "fit_targets",
    "judge_shipped",
]

Array = npt.NDArray[np.float64]

SITES: Mapping[str, tuple[str, ...]] = {
    "HAMP": ("hepg2", "mouse_hepatocyte"),
    "FGG": ("human_hepatocyte", "mouse_hepatocyte"),
    "CRP": ("human_hepatocyte",),
    "CXCL10": ("mouse_hepatocyte",),
    "APCS": ("mouse_hepatocyte",),
    "HPX": ("mouse_hepatocyte",),
    "IL33": ("mouse_hepatocyte",),
}
"""Genes with a STAT3 site and three stages of delay; the first cell's values are those of the shared rows."""
_SMAD, _PSMAD, _PLAIN = ("ID1", "ID3", "SMAD6"), "pSMAD", "HP"
_STAT3_GAIN = ("ID1",)  # IL-6 raises it; on the part to fit BIC falls by 62, and for ID3 and SMAD6 it rises
_REPRESSED = ("CXCL10",)  # IL-6 takes it below its control in a day; on the part to fit BIC falls by 2
GENES = (_PSMAD, *SITES, _PLAIN, *_SMAD)

_BACKGROUND_WEIGHT = 0.25  # a background of 5 % of the curve's maximum costs this in chi2 while fitting
_PULL = 0.3  # per natural logarithm away from the start
_TONE = 3.0  # natural logarithm: how far the tone of an experiment may lie from that of the others
_SITE_OF = {"CRP": "FGG"}  # measured in the same cells at one dose, which fixes no site of its own
_COURSE = 2  # a series with more times than that is a course
_HILLS = (2.0, 4.0)  # two starts of the cooperativity: the slope has more than one minimum


@dataclass(frozen=True)
class Observed:
    """What a measured series has besides its scale.

    background: a constant one. start: cells at time 0 have ``start`` times the mRNA that their promoter later
    keeps (one number per gene). each_time: a scale at each time of a course, so that it counts only what IL-6
    does to cells of the same time. tone: the culture's own BMP differs between experiments, around 1.
    """

    background: bool = True
    start: bool = False
    each_time: bool = False
    tone: bool = False


OBSERVED: Mapping[tuple[str, str], Observed] = {
    ("pSMAD", "hepg2"): Observed(background=False),
    ("SMAD6", "hepg2"): Observed(background=False),
    ("HAMP", "hepg2"): Observed(background=False),
    ("ID1", "hepg2"): Observed(background=False, tone=True),
    ("ID3", "hepg2"): Observed(background=False, tone=True),
    ("HAMP", "mouse_hepatocyte"): Observed(each_time=True),
    ("CXCL10", "mouse_hepatocyte"): Observed(background=False, each_time=True),
    ("IL33", "mouse_hepatocyte"): Observed(background=False, each_time=True),
    ("APCS", "mouse_hepatocyte"): Observed(background=False, start=True),
    ("HPX", "mouse_hepatocyte"): Observed(background=False, start=True),
    ("HP", "mouse_hepatocyte"): Observed(background=False, start=True),
}
"""The lowest BIC on the part to fit of :data:`COURSES`, but for the tone of HAMP; else a background."""


COURSES: Mapping[str, Mapping[str, Observed]] = {
    "hepg2": {
        "a background": Observed(),
        "nothing": Observed(background=False),
        "a tone": Observed(background=False, tone=True),
    },
    "mouse_hepatocyte": {
        "a background": Observed(),
        "nothing": Observed(background=False),
        "a start": Observed(background=False, start=True),
        "a scale at each time": Observed(background=False, each_time=True),
        "a scale at each time; dose series a background": Observed(each_time=True),
    },
}
"""What was tried in each kind of cell."""


@dataclass(frozen=True)
class Structure:
    """Which constants of a site belong to a cell, and in which unit a site counts the dimer.

    ``own``: of K, hill, basal, kdelay, kdeg; ``relative``: in units of the cell's own dimer scale.
    """

    own: frozenset[str] = frozenset(("basal", "kdeg"))
    relative: bool = True


STRUCTURES: Mapping[str, Structure] = {
    "absolute, all shared": Structure(frozenset(), relative=False),
    "absolute, own K": Structure(frozenset(("K",)), relative=False),
    "absolute, own K and basal share": Structure(frozenset(("K", "basal")), relative=False),
    "absolute, own K, basal share and loss": Structure(frozenset(("K", "basal", "kdeg")), relative=False),
    "absolute, all own": Structure(frozenset(("K", "hill", "basal", "kdelay", "kdeg")), relative=False),
    "relative, all shared": Structure(frozenset()),
    "relative, own basal share": Structure(frozenset(("basal",))),
    "relative, own loss": Structure(frozenset(("kdeg",))),
    "relative, own basal share and loss": Structure(),
}


@dataclass(frozen=True)
class Compared:
    """One part of one gene in one cell: its points (P,), their curve, noise, and residuals over it (P,)."""

    gene: str
    context: str
    part: str
    points: tuple[GenePoint, ...]
    model: Array
    sd: Array
    residual: Array

    @property
    def chi2(self) -> float:
        """Mean squared residual."""
        return float(np.mean(self.residual**2))


@dataclass(frozen=True)
class TargetFit:
    """The numbers that a fit found, and the agreement.

    values: ``context|id`` to value. start: context to the start of its mRNA over its later rest. course:
    context to (hour, factor), what cells of a course do without IL-6, where each time has a scale. free: how
    many numbers of the gene were free; nuisance: how many of the series. cost: on the part to fit. bic: cost
    plus free times ln(points), and for each number of a series the logarithm of that series' points.
    """

    values: Mapping[str, float]
    start: Mapping[str, float]
    course: Mapping[str, Sequence[tuple[float, float]]]
    free: int
    nuisance: int
    cost: float
    bic: float
    compared: tuple[Compared, ...]


@lru_cache(maxsize=1)
def _starts() -> dict[tuple[str, str], dict[str, str]]:
    return {(r["context"], r["id"]): r for r in read_csv(HERE / "gene_start.csv")}


@lru_cache(maxsize=1)
def _noise() -> dict[tuple[str, str], float]:
    return {(r["data_set"], r["measured"]): float(r["sd_log10"]) for r in read_csv(HERE / "noise.csv")}


def _identifier(kind: str, gene: str) -> str:
    return f"kdeg_{gene}_mRNA" if kind == "kdeg" else f"{kind}_{gene}"


class _Cell:
    """The points of one gene in one cell and one part, ready to be compared.

    A lane is a condition, or, where experiments differ in tone, a condition in one series.
    """

    def __init__(self, gene: str, context: str, part: str, observed: Observed) -> None:
        self.gene, self.context, self.part, self.observed = gene, context, part, observed
        self.points = tuple(p for p in gene_points(part) if p.gene == gene and p.context == context)
        numbers: dict[tuple[str, str, str], int] = {}
        member = [numbers.setdefault(p.series, len(numbers)) for p in self.points]
        keys = [(p.condition, i if observed.tone else 0) for p, i in zip(self.points, member, strict=True)]
        lanes = tuple(dict.fromkeys(keys))
        last = 24.0 if context == "mouse_hepatocyte" else 4.0
        self.steps = math.ceil(last / STEP_H) + 2
        self.drive: Drive = drive_of(context, tuple(c for c, _ in lanes), last)
        self.series_of_lane = np.array([i for _, i in lanes], dtype=np.intp)
        self.tones = len(numbers) if observed.tone else 0
        self._lane = np.array([lanes.index(k) for k in keys], dtype=np.intp)
        self._at = np.array([max(p.time_h, 0.0) / STEP_H for p in self.points])
        self._member = member
        self.judged = self._series(Observed())
        self.series = self._series(observed)
        self.nuisance, self.penalty = self._numbers()

    def _numbers(self) -> tuple[int, float]:
        """How many numbers the series have, and what they add to BIC: the logarithm of the series' points."""
        points = np.log(np.bincount(self._member))
        of = dict(zip(self.series.group.tolist(), self._member, strict=True))
        per_group = [1 + int(self.series.background[number]) for number in of]
        penalty = sum(k * points[i] for k, i in zip(per_group, of.values(), strict=True))
        tones = max(self.tones - 1, 0)  # their mean is 1
        return sum(per_group) + tones, float(penalty + (tones * np.mean(points) if tones else 0.0))

    def _series(self, observed: Observed) -> Series:
        times: dict[int, set[float]] = {}
        for p, i in zip(self.points, self._member, strict=True):
            times.setdefault(i, set()).add(p.time_h)
        names: dict[tuple[int, float], int] = {}
        group: list[int] = []
        background: dict[int, bool] = {}
        self.in_course = [observed.each_time and len(times[i]) > _COURSE for i in self._member]
        for p, i, course in zip(self.points, self._member, self.in_course, strict=True):
            number = names.setdefault((i, p.time_h if course else -1.0), len(names))
            background[number] = observed.background and not course
            group.append(number)
        return Series(
            log10_value=np.array([p.log10_value for p in self.points]),
            sd=np.array([_noise()[p.data_set, p.measured] for p in self.points]),
            group=np.array(group, dtype=np.intp),
            relative=np.ones(len(group), dtype=bool),
            factor=np.ones(len(group)),
            background=np.array([background[i] for i in range(len(names))], dtype=bool),
        )

    def read(self, curve: Array) -> Array:
        """The curve (C, T) at the points (P,), linear between the steps of the grid."""
        low = np.minimum(self._at.astype(np.intp), curve.shape[1] - 2)
        share = self._at - low
        return np.asarray((1 - share) * curve[self._lane, low] + share * curve[self._lane, low + 1])

    def against(self, curve: Array) -> Profile:
        """The points against a curve (C, T), with what each series has of its own, for a fit."""
        return profile(self.series, self.read(curve), background_weight=_BACKGROUND_WEIGHT)

    def course(self, curve: Array) -> tuple[tuple[float, float], ...]:
        """(hour, factor): scales at the times of the courses over that at the first, for a curve (C, T)."""
        gap = self.series.log10_value - np.log10(self.read(curve))
        hours = sorted({p.time_h for p, of in zip(self.points, self.in_course, strict=True) if of})
        mean = [
            np.mean(
                [g for g, p, of in zip(gap, self.points, self.in_course, strict=True) if of and p.time_h == h]
            )
            for h in hours
        ]
        return tuple((h, float(10 ** (m - mean[0]))) for h, m in zip(hours, mean, strict=True))

    def judge(self, curve: Array, course: Sequence[tuple[float, float]] = ()) -> Compared:
        """The points against a curve (C, T) times a course, with a free scale and background per series."""
        read = self.read(curve)
        if course:
            hours, factors = np.array(course).T
            read = read * np.interp([p.time_h for p in self.points], hours, factors)
        residual = profile(self.judged, read, background_weight=0.0).residual
        return Compared(self.gene, self.context, self.part, self.points, read, self.judged.sd, residual)


class _Target:
    """One gene in its cells: the names of its numbers, and its mRNA for any values of them."""

    def __init__(
        self,
        gene: str,
        cells: Sequence[str],
        structure: Structure,
        known: Mapping[str, float],
        observed: Mapping[tuple[str, str], Observed],
    ) -> None:
        self.gene, self.structure, self._known = gene, structure, known
        there = {(p.context, part) for part in ("fit", "test") for p in gene_points(part) if p.gene == gene}
        self.cells = {
            key: _Cell(gene, *key, observed.get((gene, key[0]), Observed()))
            for key in sorted(there)
            if key[0] in cells
        }
        self._home = cells[0]
        self._levels = {
            key: smad_level({**known, **_masses()}, cell.drive.conditions, cell.steps)
            for key, cell in self.cells.items()
            if "K_BMP" in known and key[0] == "hepg2"
        }
        self.names = tuple(dict.fromkeys(n for c in cells for n in self._names(c)))

    def _owner(self, kind: str, context: str) -> str:
        if self.gene == _PLAIN:
            return context
        return context if kind in self.structure.own and context != self._home else "*"

    def _names(self, context: str) -> Iterator[tuple[str, str]]:
        if self.gene == _PSMAD:
            yield from (
                key for key in _starts() if key[1].endswith(("BMP", "endogenous", "noggin", "SMAD15"))
            )
            return
        site = ("K", "hill")
        rest = ("induction", "kdeg") if self.gene == _PLAIN else ("basal", "kdelay", "kdeg")
        kinds = rest if self.gene in _SITE_OF else (*site, *rest)
        yield from ((self._owner(k, context), _identifier(k, self.gene)) for k in kinds)
        if self.gene == "HAMP" and context == "hepg2":
            yield from (("*", i) for i in ("hill_SMAD_HAMP", "SMAD_share_HAMP"))
        if self.gene in _STAT3_GAIN:
            yield ("*", f"gain_STAT3_{self.gene}")
        if self.gene in _REPRESSED:
            yield from (("*", f"{kind}_{self.gene}") for kind in ("krepressor", "K_repressor"))
        if any(c.observed.start for (of, _), c in self.cells.items() if of == context):
            yield (context, f"start_{self.gene}")

    def row(self, name: tuple[str, str]) -> Mapping[str, str]:
        """Start and range of a number; a cell's own one without a row has those of the shared one."""
        shared = "start" if _is_start(name[1]) else name[1]
        return _starts().get(name) or _starts()["*", shared]

    def curve(
        self, context: str, part: str, value: Mapping[tuple[str, str], float], tone: Array | None = None
    ) -> Array:
        """The mRNA (or pSMAD) in every lane (C, T), in a unit of its own; ``tone``: one number per series."""
        cell = self.cells[context, part]
        if self.gene == _PSMAD:
            return smad_level(
                {**{k: v for (_, k), v in value.items()}, **_masses()}, cell.drive.conditions, cell.steps
            )

        def of(kind: str) -> float:
            if kind in ("K", "hill") and self.gene in _SITE_OF:
                return self._known[_identifier(kind, _SITE_OF[self.gene])]
            return value[self._owner(kind, context), _identifier(kind, self.gene)]

        level = self._levels.get((context, part))
        if level is not None and tone is not None:
            lanes = tone[cell.series_of_lane]
            level = smad_level({**self._known, **_masses()}, cell.drive.conditions, cell.steps, lanes)
        inflow = self._inflow(cell, level, value, of)
        plain = self.gene == _PLAIN
        start = value.get((context, f"start_{self.gene}"), 1.0)
        return mrna(inflow, start * inflow[:, 0], kdelay=None if plain else of("kdelay"), kdeg=of("kdeg"))

    def _inflow(
        self,
        cell: _Cell,
        level: Array | None,
        value: Mapping[tuple[str, str], float],
        of: Callable[[str], float],
    ) -> Array:
        """What the promoter gives in every lane (C, T)."""
        dimer = cell.drive.dimer
        if self.gene in _SMAD:
            inflow = of("basal") + occupancy(np.asarray(level), of("K"), of("hill"))
            gain = value["*", f"gain_STAT3_{self.gene}"] if self.gene in _STAT3_GAIN else 0.0
            return np.asarray(inflow * (1 + gain * dimer / cell.drive.scale))
        if self.gene == _PLAIN:
            return np.asarray(1 + of("induction") * occupancy(dimer, of("K"), of("hill")))
        # an absolute constant is in units of the first cell, so that starts and ranges are the same
        unit = cell.drive.scale if self.structure.relative else dimer_scale(self._home)
        bound = occupancy(dimer, of("K") * unit, of("hill"))
        if self.gene in _REPRESSED:
            repressor = lagging(dimer, value["*", f"krepressor_{self.gene}"]) / cell.drive.scale
            return np.asarray(
                (of("basal") + bound) / (1 + repressor / value["*", f"K_repressor_{self.gene}"])
            )
        if level is None:
            return np.asarray(of("basal") + bound)
        smad, share = level ** value["*", "hill_SMAD_HAMP"], value["*", "SMAD_share_HAMP"]
        return np.asarray(of("basal") * smad + (1 - share + share * smad) * bound)


@lru_cache(maxsize=1)
def _masses() -> Mapping[str, float]:
    return {row.id: row.value for row in parameters() if row.id in ("molar_mass_BMP2", "molar_mass_noggin")}


def _fit(target: _Target) -> TargetFit:
    rows = [target.row(name) for name in target.names]
    start, low, high = (np.log([float(r[c]) for r in rows]) for c in ("value", "low", "high"))
    fitted = [key for key in target.cells if key[1] == "fit"]
    own, tones = len(rows), [target.cells[key].tones for key in fitted]
    start, low, high = (
        np.r_[x, np.full(sum(tones), end)] for x, end in ((start, 0.0), (low, -_TONE), (high, _TONE))
    )
    parts = np.cumsum([own, *tones])

    def values(x: Array) -> dict[tuple[str, str], float]:
        return dict(zip(target.names, np.exp(x[:own]).tolist(), strict=True))

    def residuals(x: Array) -> Array:
        known = values(x)
        found = []
        for key, begin, end in zip(fitted, parts, parts[1:], strict=False):
            tone = np.exp(x[begin:end] - np.mean(x[begin:end])) if end > begin else None
            of = target.cells[key].against(target.curve(*key, known, tone))
            found += [of.residual, of.penalty]
        return np.concatenate([*found, _PULL * (x - start)])

    best: Any = None
    for hill in _HILLS:
        first = start.copy()
        for i, (_, identifier) in enumerate(target.names):
            if identifier == f"hill_{target.gene}":
                first[i] = min(math.log(hill), high[i])
        inside = np.clip(first, low + 1e-3, high - 1e-3)
        tried = least_squares(residuals, inside, bounds=(low, high), diff_step=np.array(1e-3), max_nfev=60)
        best = tried if best is None or tried.cost < best.cost else best
    known = values(best.x)
    named = {"|".join(name): value for name, value in known.items() if not _is_start(name[1])}
    begun = {name[0]: value for name, value in known.items() if _is_start(name[1])}
    nuisance = sum(target.cells[key].nuisance for key in fitted)
    course = {
        key[0]: target.cells[key].course(target.curve(*key, known))
        for key in fitted
        if target.cells[key].observed.each_time
    }
    cost, points = 2 * float(best.cost), sum(len(target.cells[key].points) for key in fitted)
    bic = cost + own * math.log(points) + sum(target.cells[key].penalty for key in fitted)
    return TargetFit(named, begun, course, own, nuisance, cost, bic, _judge(target, known, course))


def _is_start(identifier: str) -> bool:
    return identifier.startswith("start_")


def _judge(
    target: _Target,
    known: Mapping[tuple[str, str], float],
    course: Mapping[str, Sequence[tuple[float, float]]],
) -> tuple[Compared, ...]:
    """Every cell and part of a gene under given numbers, with a free background."""
    return tuple(
        cell.judge(target.curve(*key, known), course.get(key[0], ())) for key, cell in target.cells.items()
    )


def judge_shipped(genes: Sequence[str]) -> tuple[Compared, ...]:
    """The agreement of the product's own tables for ``genes``, as ``targets.json`` has the culture."""
    figures = json.loads((FITS / "targets.json").read_text(encoding="utf-8"))["genes"]
    tables = {
        c: {r.id: r.value for r in context(c).rows} for c in ("hepg2", "mouse_hepatocyte", "human_hepatocyte")
    }
    common = {row.id: row.value for row in parameters()}
    found: list[Compared] = []
    for gene in genes:
        target = _Target(gene, _cells_of(gene), Structure(), common, OBSERVED)
        begun = figures[gene].get("start", {})
        known = {
            (c, i): begun[c] if _is_start(i) else common[i] if c == "*" else tables[c][i]
            for c, i in target.names
        }
        found += _judge(target, known, figures[gene].get("course", {}))
    return tuple(found)


def _cells_of(gene: str) -> tuple[str, ...]:
    return SITES.get(gene, ("mouse_hepatocyte",) if gene == _PLAIN else ("hepg2",))


def fit_targets(
    genes: Sequence[str] = GENES,
    structure: Structure | None = None,
    observed: Mapping[tuple[str, str], Observed] = OBSERVED,
) -> dict[str, TargetFit]:
    """Fit the constants of ``genes``, in the order of :data:`GENES`, from ``gene_start.csv``.

    Parameters
    ----------
    genes : sequence of str
        Of :data:`GENES`; pSMAD1/5 must be among them where a gene answers to it.
    structure : Structure, optional
        Of the sites; the shipped one by default.
    observed : mapping
        Gene and context to what its series have besides a scale; :data:`OBSERVED` by default.
    """
    found: dict[str, TargetFit] = {}
    known: dict[str, float] = {}
    for gene in (g for g in GENES if g in genes):
        fit = _fit(_Target(gene, _cells_of(gene), structure or Structure(), known, observed))
        known |= {key.partition("|")[2]: value for key, value in fit.values.items() if key.startswith("*|")}
        if gene in _SITE_OF:
            copied = {f"*|{k}_{gene}": known[f"{k}_{_SITE_OF[gene]}"] for k in ("K", "hill")}
            fit = replace(fit, values={**fit.values, **copied})
        found[gene] = fit
    return found
