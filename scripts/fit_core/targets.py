"""Constants of target genes, fitted one gene at a time to its mRNA while the core stays as it is.

A gene that was measured in several cells is fitted to all of them at once: the site (half activation as a
share of the cell's own dimer scale, cooperativity) and the delay are shared, the STAT3-independent share and
the loss of mRNA belong to a cell (docs/decisions/0023). Every series has a scale and a background of its own.
The background is constant but for APCS, which untreated cells lose six-fold in a day: there it is what the
cells brought from the animal, lost at the rate of the mRNA.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from jakstat.biology import context, parameters
from scripts.fit_core.gene_curves import STEP_H, Drive, dimer_scale, drive_of, mrna, occupancy, smad_level
from scripts.fit_core.gene_points import GenePoint, gene_points
from scripts.fit_core.places import HERE, read_csv
from scripts.fit_core.profile import Profile, Series, profile

__all__ = [
    "GENES",
    "SITES",
    "STRUCTURES",
    "Compared",
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
GENES = (_PSMAD, *SITES, _PLAIN, *_SMAD)

_BACKGROUND_WEIGHT = 0.25  # a background of 5 % of the curve's maximum costs this in chi2 while fitting
_PULL = 0.3  # per natural logarithm away from the start
_SITE_OF = {"CRP": "FGG"}  # measured in the same cells at one dose, which fixes no site of its own
_BROUGHT = (
    "APCS",
)  # chosen on the part to fit: cost 46 with a fading background and 100 with a constant one
_HILLS = (2.0, 4.0)  # two starts of the cooperativity: the slope has more than one minimum


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
    """``context|id`` to value, how many numbers were free, cost on the part to fit, and the agreement."""

    values: Mapping[str, float]
    free: int
    cost: float
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
    """The points of one gene in one cell and one part, ready to be compared."""

    def __init__(self, gene: str, context: str, part: str) -> None:
        self.gene, self.context, self.part = gene, context, part
        self.points = tuple(p for p in gene_points(part) if p.gene == gene and p.context == context)
        conditions = tuple(dict.fromkeys(p.condition for p in self.points))
        last = 24.0 if context == "mouse_hepatocyte" else 4.0
        self.steps = math.ceil(last / STEP_H) + 2
        self.drive: Drive = drive_of(context, conditions, last)
        self._lane = np.array([conditions.index(p.condition) for p in self.points], dtype=np.intp)
        self._at = np.array([max(p.time_h, 0.0) / STEP_H for p in self.points])
        names: dict[tuple[str, str, str], int] = {}
        group = np.array([names.setdefault(p.series, len(names)) for p in self.points], dtype=np.intp)
        self.series = Series(
            log10_value=np.array([p.log10_value for p in self.points]),
            sd=np.array([_noise()[p.data_set, p.measured] for p in self.points]),
            group=group,
            relative=np.ones(len(group), dtype=bool),
            factor=np.ones(len(group)),
            background=np.ones(len(names), dtype=bool),
        )

    def read(self, curve: Array) -> Array:
        """The curve (C, T) at the points (P,), linear between the steps of the grid."""
        low = np.minimum(self._at.astype(np.intp), curve.shape[1] - 2)
        share = self._at - low
        return np.asarray((1 - share) * curve[self._lane, low] + share * curve[self._lane, low + 1])

    def against(self, curve: Array, weight: float, fading: float) -> Profile:
        """The points against a curve (C, T), with each series' best scale and background.

        ``fading``: rate in 1/h at which the background is lost; 0 for a constant one.
        """
        shape = np.exp(-fading * STEP_H * self._at)
        return profile(replace(self.series, shape=shape), self.read(curve), background_weight=weight)


class _Target:
    """One gene in its cells: the names of its numbers, and its mRNA for any values of them."""

    def __init__(
        self, gene: str, cells: Sequence[str], structure: Structure, known: Mapping[str, float]
    ) -> None:
        self.gene, self.structure, self._known = gene, structure, known
        there = {(p.context, part) for part in ("fit", "test") for p in gene_points(part) if p.gene == gene}
        self.cells = {key: _Cell(gene, *key) for key in sorted(there) if key[0] in cells}
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
        if self.gene == "HAMP":
            yield from (("*", i) for i in ("hill_SMAD_HAMP", "SMAD_share_HAMP"))

    def against(self, key: tuple[str, str], value: Mapping[tuple[str, str], float], weight: float) -> Profile:
        """The points of one cell and part against the gene's curve."""
        fading = value["*", _identifier("kdeg", self.gene)] if self.gene in _BROUGHT else 0.0
        return self.cells[key].against(self.curve(*key, value), weight, fading)

    def row(self, name: tuple[str, str]) -> Mapping[str, str]:
        """Start and range of a number; a cell's own one without a row has those of the shared one."""
        return _starts().get(name) or _starts()["*", name[1]]

    def curve(self, context: str, part: str, value: Mapping[tuple[str, str], float]) -> Array:
        """The mRNA (or pSMAD) under every condition (C, T), in a unit of its own."""
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
        if self.gene in _SMAD:
            inflow = of("basal") + occupancy(np.asarray(level), of("K"), of("hill"))
            resting = np.full(len(inflow), of("basal") + float(occupancy(np.ones(1), of("K"), of("hill"))[0]))
            return mrna(inflow, resting, kdelay=of("kdelay"), kdeg=of("kdeg"))
        if self.gene == _PLAIN:
            inflow = 1 + of("induction") * occupancy(cell.drive.dimer, of("K"), of("hill"))
            return mrna(inflow, inflow[:, 0], kdelay=None, kdeg=of("kdeg"))
        # an absolute constant is in units of the first cell, so that starts and ranges are the same
        unit = cell.drive.scale if self.structure.relative else dimer_scale(self._home)
        bound = occupancy(cell.drive.dimer, of("K") * unit, of("hill"))
        if level is None:
            inflow = of("basal") + bound
        else:
            input_, share = level ** value["*", "hill_SMAD_HAMP"], value["*", "SMAD_share_HAMP"]
            inflow = of("basal") * input_ + (1 - share + share * input_) * bound
        return mrna(inflow, inflow[:, 0], kdelay=of("kdelay"), kdeg=of("kdeg"))


@lru_cache(maxsize=1)
def _masses() -> Mapping[str, float]:
    return {row.id: row.value for row in parameters() if row.id in ("molar_mass_BMP2", "molar_mass_noggin")}


def _fit(target: _Target) -> TargetFit:
    rows = [target.row(name) for name in target.names]
    start, low, high = (np.log([float(r[c]) for r in rows]) for c in ("value", "low", "high"))
    fitted = [key for key in target.cells if key[1] == "fit"]

    def values(x: Array) -> dict[tuple[str, str], float]:
        return dict(zip(target.names, np.exp(x).tolist(), strict=True))

    def residuals(x: Array) -> Array:
        known = values(x)
        found = [target.against(key, known, _BACKGROUND_WEIGHT) for key in fitted]
        parts = [part for f in found for part in (f.residual, f.penalty)]
        return np.concatenate([*parts, _PULL * (x - start)])

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
    named = {"|".join(name): value for name, value in known.items()}
    return TargetFit(named, len(target.names), 2 * float(best.cost), _judge(target, known))


def _judge(target: _Target, known: Mapping[tuple[str, str], float]) -> tuple[Compared, ...]:
    """Every cell and part of a gene under given numbers, with a free background."""
    found = []
    for key, cell in target.cells.items():
        judged = target.against(key, known, 0.0)
        curve = cell.read(target.curve(*key, known))
        found.append(Compared(target.gene, *key, cell.points, curve, cell.series.sd, judged.residual))
    return tuple(found)


def judge_shipped(genes: Sequence[str]) -> tuple[Compared, ...]:
    """The agreement of the product's own tables for ``genes``, which no fit has touched."""
    tables = {
        c: {r.id: r.value for r in context(c).rows} for c in ("hepg2", "mouse_hepatocyte", "human_hepatocyte")
    }
    common = {row.id: row.value for row in parameters()}
    found: list[Compared] = []
    for gene in genes:
        target = _Target(gene, _cells_of(gene), Structure(), common)
        known = {(c, i): common[i] if c == "*" else tables[c][i] for c, i in target.names}
        found += _judge(target, known)
    return tuple(found)


def _cells_of(gene: str) -> tuple[str, ...]:
    return SITES.get(gene, ("mouse_hepatocyte",) if gene == _PLAIN else ("hepg2",))


def fit_targets(genes: Sequence[str] = GENES, structure: Structure | None = None) -> dict[str, TargetFit]:
    """Fit the constants of ``genes``, in the order of :data:`GENES`, from ``gene_start.csv``.

    Parameters
    ----------
    genes : sequence of str
        Of :data:`GENES`; pSMAD1/5 must be among them where a gene answers to it.
    structure : Structure, optional
        Of the sites; the shipped one by default.
    """
    found: dict[str, TargetFit] = {}
    known: dict[str, float] = {}
    for gene in (g for g in GENES if g in genes):
        fit = _fit(_Target(gene, _cells_of(gene), structure or Structure(), known))
        known |= {key.partition("|")[2]: value for key, value in fit.values.items() if key.startswith("*|")}
        if gene in _SITE_OF:
            copied = {f"*|{k}_{gene}": known[f"{k}_{_SITE_OF[gene]}"] for k in ("K", "hill")}
            fit = replace(fit, values={**fit.values, **copied})
        found[gene] = fit
    return found
