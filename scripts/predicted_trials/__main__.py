"""Run the published trials of ``examples/trials`` and write ``docs/predicted-trials.md``.

python -m scripts.predicted_trials [PATIENTS [WORKERS]]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from jakstat.arrays import Floats
from jakstat.knowledge.parameter_table import Row
from jakstat.places import place_of
from jakstat.trial.chunk import run_chunk
from jakstat.trial.patient_source import DrawnPatients
from jakstat.trial.published_trials import published_trials, simulated_results
from jakstat.trial.run_tables import read_run_tables
from jakstat.trial.trial_file import read_trial
from jakstat.trial.trial_run import run_trial

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "predicted-trials.md"
NAMES = {
    "sharp": "SHARP",
    "asia_pacific": "Asia-Pacific",
    "reflect": "REFLECT",
    "checkmate459": "CheckMate-459",
    "keynote240": "KEYNOTE-240",
}
WORDS = {
    "OS_median": "median survival, months",
    "OS_ratio": "ratio of hazards of death",
    "PFS_median": "median without progression, months",
    "PFS_ratio": "ratio of hazards of progression or death",
    "TTP_median": "median time to progression, months",
    "TTP_ratio": "ratio of hazards of progression",
    "ORR": "responses, %",
}
HEAD = """# Published trials, simulated

Written by `python -m scripts.predicted_trials`: {patients} virtual patients of each trial's population,
each in every arm, doses at their mean rate. Published numbers are
the rows of `trial/published_trials.csv`. Those of SHARP were fitted to, but for the ratio of progression;
the fit read nothing of the others. Survival is told under the options of the main result, and in brackets
from the least to the most over all options of how death follows the burden and of the era. A tick stands
where the published interval holds the main result; `>` means that half was not reached.

| trial | arm | number | published | simulated | |
| --- | --- | --- | --- | --- | --- |
"""
TAIL = """
What comes out:

- Ratios of hazards transfer between trials, levels do not: options of the era move medians by more than
  drugs do.
- Patients of the Asia-Pacific trial live longer and progress later here than there; no published number
  of theirs explains how fast their disease was.
- Responses of REFLECT and CheckMate-459 were told by criteria that count living tumour, or by other
  readers; here it is RECIST 1.1 on diameters. Checkpoint inhibitors answer less often here than there,
  and nivolumab gains nothing over sorafenib.
- What lenvatinib does to a tumour is recalled and was never fitted: it does no better here than sorafenib,
  while in the trial patients progressed later on it.
"""


def results(name: str, patients: int, workers: int) -> Mapping[tuple[str, str], Floats]:
    """Results of one trial."""
    design = read_trial(ROOT / "examples" / "trials" / f"{name}.yaml")
    design = replace(design, patients=patients, courses=0, mean_rate=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / name
        source = DrawnPatients(design.population, design.seed, range(patients))
        run_trial(design, out, patients=source, run_chunk=run_chunk, workers=workers)
        return simulated_results(read_run_tables(place_of(out), [arm.name for arm in design.arms], visits=()))


def _number(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else ">"


def line(row: Row, found: Floats) -> str:
    """One line of the table."""
    published = _number(row.value) if row.low == row.high else f"{row.value:g} ({row.low:g} to {row.high:g})"
    told = _number(found[0])
    if len(found) > 1:
        told += f" ({_number(found.min())} to {_number(found.max())})"
    tick = "✓" if row.low < row.high and row.low <= found[0] <= row.high else ""
    trial, arm = row.key
    return f"| {NAMES[trial]} | {arm} | {WORDS[row.id]} | {published} | {told} | {tick} |\n"


def main(patients: int = 256, workers: int = 2) -> None:
    """Write the page."""
    found = {name: results(name, patients, workers) for name in NAMES}
    lines = [line(row, found[row.key[0]][row.key[1], row.id]) for row in published_trials()]
    PAGE.write_text(HEAD.format(patients=patients) + "".join(lines) + TAIL, encoding="utf-8")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
