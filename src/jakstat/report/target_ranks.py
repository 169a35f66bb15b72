"""Ranked targets as bars: what each knockdown and each drug leaves of a readout."""

from __future__ import annotations

import numpy as np

from jakstat.extras import needs
from jakstat.report.canvas import COLOURS, finish, headline, new_figure, tidy
from jakstat.response.target_scan import Target, TargetScan

with needs("plot"):
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

__all__ = ["target_ranks"]

_SHOWN = 16
_GRADES = {"measured": COLOURS[0], "fitted": COLOURS[2], "assumed": COLOURS[1], "user": COLOURS[3]}
_GENE = "0.6"
_SPAN = 12.0


def target_ranks(found: TargetScan) -> Figure:
    """The strongest genes and drugs, at most 16 of each, with a panel for each readout.

    Genes are grey, drugs have the colour of their potency's grade.
    """
    active = [t for t in found.targets if not t.idle]
    shown = {k: [t.rank for t in active if t.kind == k][:_SHOWN] for k in ("gene", "drug")}
    top = [t for t in active if t.rank in shown[t.kind]]
    panels = len(found.readouts)
    figure = new_figure(5.4 + 3.0 * panels, 2.0 + 0.25 * max(len(top), 3))
    row = figure.subplots(1, panels, sharey=True, squeeze=False)[0]
    where = np.arange(len(top))
    paints = [_paint(t) for t in top]
    for k, axes in enumerate(row):
        with np.errstate(divide="ignore", invalid="ignore"):
            folds = np.log2([t.folds[k] if t.folds[k] > 0 else np.nan for t in top])
        axes.barh(where, np.clip(folds, -_SPAN, _SPAN), color=paints, height=0.7)
        axes.plot(np.zeros(len(top))[np.isnan(folds)], where[np.isnan(folds)], "kx", ms=5)
        axes.axvline(0.0, color="0.3", lw=0.8)
        axes.set_xlabel(
            f"log2 of {found.readouts[k]} ({found.ats[k]})\nover that of the control (no unit)", fontsize=9
        )
        tidy(axes)
    row[0].set_yticks(where, [f"{t.name}  {t.dose}{_mark(t)}" for t in top])
    row[0].set_ylim(max(len(top), 1) - 0.3, -0.7)
    row[0].tick_params(axis="y", labelsize=7.5)
    used = {t.grade for t in top if t.kind == "drug"}
    patches = [Patch(color=_GENE, label="gene, knocked down")]
    patches += [Patch(color=c, label=f"drug, potency {g}") for g, c in _GRADES.items() if g in used]
    row[-1].legend(handles=patches, fontsize=7.5, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    rest = sum(t.idle for t in found.targets)
    headline(figure, f"{found.title}: what a hit leaves; {rest} nodes change nothing", found.question)
    dosed = (
        "dose of a drug: unbound peak in plasma of its recorded regimen; "
        "*: no exposure known, a multiple of its potency"
        if found.multiple is None
        else f"dose of a drug: {found.multiple:g} x its potency"
    )
    return finish(figure, found.sources, [dosed, *found.notes])


def _mark(one: Target) -> str:
    return " *" if one.why.startswith("no exposure") else ""


def _paint(one: Target) -> str:
    return _GENE if one.kind == "gene" else _GRADES[one.grade]
