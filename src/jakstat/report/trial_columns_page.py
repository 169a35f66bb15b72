"""The page of the tables of a trial (docs/trial-tables.md), written from the one table of their columns."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from jakstat.store import write_text
from jakstat.trial.columns import trial_columns
from jakstat.trial.toxicity import toxicity_rows

__all__ = ["trial_tables_page"]

_HEAD = """# Patients through the arms of a trial

Every patient is simulated in every arm, from visit to visit. The patients of an arm share a document with
the drugs of that arm and of all lines its rules lead to; so another arm changes no bit of this one, and a
patient alone has the rows that he has among a thousand. At each visit

- the sum of diameters is read with an error, judged by RECIST 1.1, and a new lesion may be seen;
- adverse events since the last visit are noticed;
- the rules of the line in force are carried out, drug by drug: doses end, are reduced, or another line
  starts, with its own clock and, for progression under it, its own smallest sum. `on: time` acts at its
  time exactly.

The course runs to the end whether the patient lives or dies: death rests on options of hazard (how
strongly it follows the burden, what another era does) that the course knows nothing of, so each option
tells another time of death of the same course. What lies behind the death of the main option is not
reported. Progression is that from the first visit, also for those who have switched. After an operation
the tumour is what was left behind: one large focus or few stem-like cells (`residual`), drawn for each
patient; few cells can die out, with a chance that follows from their rates in the two weeks behind it.

Each decision has a random stream of its own by seed and number of the patient: `entry`, `assigned`,
`dropout`, `reading`, `new_lesion`, `death`, `cause`, `toxicity` by drug, `regrowth`, and each `rule` with
a share by what it says. They are the same in every arm.

Deaths of osteosarcoma were never fitted: they come by the hazards of liver cancer, and only their
direction means something. After resection a recurrence is not treated unless a rule switches to a line of
treatment.
"""
_TITLES = {
    "patients": "`patients.parquet`: a row for each patient and arm",
    "options": "`options.parquet`: death under every structural option",
    "visits": "`visits.parquet`: what each visit saw",
    "courses": "`courses.zarr`: whole courses of the first patients, every week",
}
_TOXICITY = """## Adverse events

The hazard of a dose-limiting adverse event of each drug (`trial/toxicity.csv`). Where a level of its
label is known, the hazard goes with the mean level of the patient since the last visit over it; it ends
when the drug is stopped or gone.

| drug | per month | thought possible | with the level | grade |
|---|---|---|---|---|
"""


def trial_tables_page() -> str:
    """The Markdown page of how arms run, of their columns, and of adverse events.

    Examples
    --------
    >>> trial_tables_page().splitlines()[0]
    '# Patients through the arms of a trial'
    """
    lines = [_HEAD.rstrip("\n"), ""]
    for table, columns in groupby(trial_columns(), key=lambda column: column.table):
        lines += [f"## {_TITLES[table]}", "", "| column | kind | unit | what it is |", "|---|---|---|---|"]
        lines += [f"| `{c.name}` | {c.kind} | {c.unit} | {c.what} |" for c in columns]
        lines.append("")
    return "\n".join([*lines, _TOXICITY + _toxicity_lines()])


def _toxicity_lines() -> str:
    rows = toxicity_rows()
    found = ""
    for (drug, key), row in rows.items():
        if key == "hazard":
            told = "yes" if (drug, "label_level") in rows else ""
            found += f"| {drug} | {row.value:g} | {row.low:g} to {row.high:g} | {told} | {row.grade} |\n"
    return found


if __name__ == "__main__":  # pragma: no cover - `make docs`
    write_text(Path("docs") / "trial-tables.md", trial_tables_page(), replace=True)
