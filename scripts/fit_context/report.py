"""The page ``docs/fits/macrophage.md``: what the fit of the macrophage found, and how well it agrees."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jakstat.knowledge.parameter_table import Row
from scripts.fit_context.measurements import READOUTS
from scripts.fit_context.objective import agreement, free_rows

__all__ = ["numbers_table", "page"]

_HEAD = """# The fit of the macrophage

Written by `python -m scripts.fit_context report macrophage` from the tables; `python -m scripts.fit_context
fit macrophage` fits again. Data: `macrophage2024` (doi:10.1016/j.cels.2023.12.006), beside the checkout
(`../shared/data`): phosphorylated STAT1 and STAT3 of macrophages under IL-6 or IL-10 alone at 0, 0.1, 1 and
10 ng/ml, 0 to 90 min. The combinations of both were kept apart and no fit saw them.
The page holds no measured value.

- Only numbers of the cell are free, those below, each within its range; no constant that other cells share.
- One scale and one background per readout. The noise is the standard deviation between experiments, at
  least the pooled one of the untreated samples of the readout. The search uses the error of the mean.
- Half doses and the times of peaks that stand two standard deviations above rest count again, a factor of
  1.1 as one residual. An end of a range costs a residual of 2.
- One wall: ten ng/ml of IL-6 leave at least twice as much phosphorylated STAT3 at 60 min without SOCS3.
  SOCS3 prevents activation of STAT3 by IL-6 but not by IL-10 (doi:10.1038/ni938); how far is not in the
  abstract, the factor is ours.
- The whole cell is run, as `jakstat simulate macrophage` does.

"""
_WEAK = """
## Known weaknesses

- Values are relative to the largest of an experiment: copies per cell rest on shapes and on ranges.
- Copies of IL10RA stand for copies times turnover: lines that were counted have a few hundred receptors
  (PMID 8407942), and how many STAT3 each phosphorylates was not measured.
- The data set does not say from which donor or species its macrophages are; the context is human.
- Nothing was kept for testing except the combinations, which are not beside the checkout.
"""


def page() -> str:
    """The page, from the tables and the measurements."""
    found = agreement()
    lines = [_HEAD, "| readout | chi2/n | chi2/n by the error of the mean |\n| --- | --- | --- |\n"]
    lines += [f"| {r} | {found.chi2[r]:.2f} | {found.chi2_of_means[r]:.2f} |\n" for r in READOUTS]
    lines.append(f"\nWithout SOCS3 pSTAT3 at 60 min of IL-6 is {found.fold_without_SOCS3:.1f}-fold.\n")
    lines.append(
        "\n## Half doses and peaks\n\nThe model's over that of the data.\n\n| what | ratio |\n| --- | --- |\n"
    )
    lines += [f"| {f.what} | {f.ratio:.2f} |\n" for f in found.features]
    return "".join([*lines, numbers_table(free_rows()), _WEAK])


def numbers_table(rows: Sequence[Row]) -> str:
    """The section on the fitted numbers, with the ends of ranges that they stand at."""
    head = "\n## Numbers\n\n| number | value | unit | range | end |\n| --- | --- | --- | --- | --- |\n"
    return head + "".join(
        f"| `{r.id}` | {r.value:.4g} | {r.unit} | {r.low:.4g} to {r.high:.4g} "
        f"| {_end(r.value, r.low, r.high)} |\n"
        for r in rows
    )


def _end(value: float, low: float, high: float) -> str:
    """Whether a value stands within 2 % of an end of its range, which then and not the data sets it."""
    place = math.log(value / low) / math.log(high / low)
    return "low" if place < 0.02 else "high" if place > 0.98 else ""
