"""The page ``docs/fits/human_hepatocyte.md``: what the fit of that cell found, and how well it agrees."""

from __future__ import annotations

from scripts.fit_context.human import human_agreement, human_rows
from scripts.fit_context.report import numbers_table

__all__ = ["human_page"]

_HEAD = """# The fit of the human hepatocyte

Written by `python -m scripts.fit_context report human_hepatocyte` from the tables;
`python -m scripts.fit_context fit human_hepatocyte` fits again. Data: `human_hepatocyte_summary.csv` of
`zeilfelder2025`, beside the checkout (`../shared/data`): means over donors of phosphorylated STAT3 (whole
cell, cytoplasm, nucleus) and SOCS3 (mRNA, protein) under IL-6 10 ng/ml, 0 to 240 min. The page holds no
measured value.

- Only numbers of the cell are free, those below, each within its range. Counts of STAT3, gp130 and JAK1 and
  the volumes stay as measured; activation without ligand is set low, as the blots cannot tell it.
- One scale and one background per readout, neither below zero. The noise is the standard deviation between
  experiments, at least the pooled one of the readout; a readout of one experiment has that of phosphorylated
  STAT3. The search uses the error of the mean. An end of a range costs a residual of 2.
- Walls with the brackets of five rows of the same cells: PR10, PR11, PR13, PR17, BR14.
- So every row of these cells (PR07 to PR18, BR14) is of role fit; none is a prediction any more.

| readout | points | chi2/n | chi2/n by the error of the mean |
| --- | --- | --- | --- |
"""
_WEAK = """
## Known weaknesses

- Donors differ two- to fivefold; a mean over donors is no cell. One dose fixes no dose response.
- SOCS3 mRNA stays at half of its peak for hours while phosphorylated STAT3 falls to a fifth. The fit makes
  the promoter saturate (`K_promoter` far below that of HepG2) and SOCS3 bind as tightly as its range allows;
  slower loss of the mRNA in these cells would do the same, and the data do not tell the two apart.
- Nothing of these cells was kept for testing.
"""


def human_page() -> str:
    """The page, from the tables and the measurements."""
    found = human_agreement()
    lines = [
        f"| {r} | {n} | {found.chi2[r]:.2f} | {found.chi2_of_means[r]:.2f} |\n"
        for r, n in found.points.items()
    ]
    whole = f"| all | {sum(found.points.values())} | {found.whole:.2f} |  |\n"
    return "".join([_HEAD, *lines, whole, numbers_table(human_rows()), _WEAK])
