"""The page ``docs/fits/genes.md``, written from ``targets.json`` beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.fit_core.directions import directions
from scripts.fit_core.gene_curves import dimer_scale
from scripts.fit_core.targets import (
    COURSES,
    GENES,
    OBSERVED,
    SITES,
    STRUCTURES,
    Observed,
    Structure,
    TargetFit,
    fit_targets,
)

__all__ = ["course_record", "gene_page", "gene_record", "scales", "structure_record"]

_SHARED = ("HAMP", "FGG")
_HEAD = """# The fit of the target genes

Written by `python -m scripts.fit_core report` from `targets.json` in this folder, which holds figures and no
measured value. `python -m scripts.fit_core targets --write` fits them again, on top of the core as it is.

## How

- Nothing of these genes acts back on the core, so the nuclear dimer is run once per dose, and each gene is
  fitted alone: promoter, three stages of delay, loss of mRNA. In HepG2 the SMAD level comes first.
- Data: acute-phase rows of `sobotta2017` (mouse), HAMP, ID1, ID3, SMAD6 and pSMAD1/5 of `zeilfelder2025` up
  to 4 h under IL-6, BMP2 and noggin (HepG2), and means over donors of human hepatocytes.
- A site counts the dimer as a share of its cell's own scale, the nuclear level that balances import when all
  STAT3 are dimers in cytoplasm: {scales}.
- Noise on log10 is what replicates differ by (`scripts/fit_core/noise.csv`). A series has one scale. What
  else it has is chosen per gene by BIC on the part to fit (table below,
  [decision 0059](../decisions/0059-what-untreated-cells-do.md)): a constant background; nothing; a start
  (mRNA at time 0 over what the promoter later keeps, one number per gene); a scale at each time of a course,
  the same for all doses, so that it counts only what IL-6 does to cells of the same time; a tone (the
  culture's own BMP differs between experiments).
- Every number is pulled towards its start in `gene_start.csv`.
- The split, by experiment, 80 % to fit and 20 % to test, is `src/jakstat/knowledge/data/gene_fit_split.csv`,
  drawn before the first fit; `python -m scripts.fit_core split --genes --check` makes it again.

"""
_TABLE = """## Agreement

chi2/n with only a scale and a constant background free, however the gene was fitted. A start, and what a
course does without IL-6 (its scales over the first), are those of the part to fit in the test part too.
Direction: of all differences from the control of the same series and time that exceed twice the noise, those
that the curve follows by more than 1 %. The control is the least treated sample, and for noggin the same
without it.

"""
_COURSES = """## What a series has besides its scale

Cost on the part to fit. BIC adds the numbers of the gene times ln(points) and, for each number of a series,
the logarithm of that series' points. The lowest is chosen, but for HAMP of HepG2, where a tone is lower and
makes chi2/n with scale and background worse. The other cell of a gene measured in two is as chosen.

"""
_STRUCTURE = """## Which structure

Genes measured in two cells (HAMP in HepG2 and mouse, FGG in human and mouse), fitted to the same points with
a background per series; BIC is the cost plus numbers of the gene times ln(points). See
[decision 0023](../decisions/0023-sites-count-in-the-cells-own-unit.md).

"""
_WEAK = """
## Known weaknesses

- A start and a scale at each time are the experiment's: no run of the product has them, so its untreated
  cells stay at rest for a day, where those of the dish lose APCS and gain IL33.
- What represses CXCL10 is not known: something that STAT3 makes, slow enough to act after hours, lowers the
  cost by 10 for two numbers, and the rows at 24 h, a quarter of the control under IL-6, are met.
- Human rows are means over donors at one dose, which fixes no site: CRP has the site of FGG. That at most 7 %
  of CRP is made without STAT3 is what siltuximab leaves in patients, not these cells.
- Constants fitted in mouse are what human cells get for CXCL10, APCS, HPX and IL33.
- Noise of the time courses comes from two replicates, one of which is in the test part.
"""


def scales() -> dict[str, float]:
    """The dimer scale of each cell that was measured, in nM."""
    return {context: dimer_scale(context) for context in ("hepg2", "mouse_hepatocyte", "human_hepatocyte")}


def gene_record(fits: Mapping[str, TargetFit]) -> dict[str, Any]:
    """Gene to free constants, cost, and per cell and part: points, chi2/n, right and clear rows."""
    return {
        gene: {
            "free": fit.free,
            "nuisance": fit.nuisance,
            "start": dict(fit.start),
            "course": dict(fit.course),
            "cost": fit.cost,
            "cells": {
                context: {
                    c.part: [len(c.points), c.chi2, *directions(c)]
                    for c in fit.compared
                    if c.context == context
                }
                for context in dict.fromkeys(c.context for c in fit.compared)
            },
        }
        for gene, fit in fits.items()
    }


def structure_record(structures: Mapping[str, Structure] = STRUCTURES) -> dict[str, Any]:
    """Name of a structure to its free numbers, cost and points, over the genes measured in two cells."""
    found = {}
    for name, structure in structures.items():
        fits = fit_targets(("pSMAD", *_SHARED), structure, {})
        genes = [fits[g] for g in _SHARED]
        points = sum(len(c.points) for f in genes for c in f.compared if c.part == "fit")
        found[name] = [sum(f.free for f in genes), sum(f.cost for f in genes), points]
    return found


def course_record() -> dict[str, Any]:
    """Gene and cell to what was tried for its series: all free numbers, cost, BIC, and whether chosen."""
    found: dict[str, Any] = {}
    for gene in GENES:
        for context in SITES.get(gene, ("mouse_hepatocyte" if gene == "HP" else "hepg2",)):
            rows = {}
            for name, course in COURSES.get(context, {}).items():
                if course.tone and gene == "pSMAD":
                    continue
                needed = ("pSMAD", gene) if context == "hepg2" or gene == "HAMP" else (gene,)
                fit = fit_targets(needed, observed={**OBSERVED, (gene, context): course})[gene]
                chosen = OBSERVED.get((gene, context), Observed()) == course
                rows[name] = [fit.free + fit.nuisance, fit.cost, fit.bic, chosen]
            if rows:
                found[f"{gene}|{context}"] = rows
    return found


def _courses(content: Mapping[str, Any]) -> str:
    rows = [
        [
            *key.split("|"),
            name,
            str(free),
            f"{cost:.1f}",
            f"{bic:.1f}",
            "yes" * chosen,
        ]
        for key, tried in content.items()
        for name, (free, cost, bic, chosen) in tried.items()
    ]
    return _COURSES + _table(("gene", "context", "a series has", "numbers", "cost", "BIC", "chosen"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines) + "\n"


def _cells(found: Sequence[Any] | None) -> list[str]:
    return ["", "", ""] if found is None else [str(found[0]), f"{found[1]:.2f}", f"{found[2]} of {found[3]}"]


def _agreement(genes: Mapping[str, Any]) -> str:
    rows, sums = [], dict[tuple[str, str], list[float]]()
    for gene, figures in genes.items():
        for context, parts in figures["cells"].items():
            rows.append([gene, context, *_cells(parts.get("fit")), *_cells(parts.get("test"))])
            for part, (n, chi2, right, clear) in parts.items():
                total = sums.setdefault((context, part), [0, 0.0, 0, 0])
                sums[context, part] = [a + b for a, b in zip(total, (n, n * chi2, right, clear), strict=True)]
    for context in dict.fromkeys(c for c, _ in sums):
        cells = []
        for part in ("fit", "test"):
            n, chi2, right, clear = sums.get((context, part), [0, 0.0, 0, 0])
            cells += _cells([int(n), chi2 / n, int(right), int(clear)] if n else None)
        rows.append(["all", context, *cells])
    head = (
        "gene",
        "context",
        "n fit",
        "chi2/n fit",
        "direction fit",
        "n test",
        "chi2/n test",
        "direction test",
    )
    return _TABLE + _table(head, rows)


def gene_page(content: Mapping[str, Any]) -> str:
    """The page's text, from the content of ``targets.json``."""
    said = ", ".join(f"{context} {value:.3g} nM" for context, value in content["scales"].items())
    rows = [
        [name, str(free), f"{cost:.1f}", f"{cost + free * math.log(points):.1f}"]
        for name, (free, cost, points) in content["structures"].items()
    ]
    return (
        _HEAD.format(scales=said)
        + _agreement(content["genes"])
        + "\n"
        + _courses(content["courses"])
        + "\n"
        + _STRUCTURE
        + _table(("structure", "numbers", "cost", "BIC"), rows)
        + _WEAK
    )
