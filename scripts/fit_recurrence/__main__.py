"""``python -m scripts.fit_recurrence``: fit occult foci and write ``initiation/foci.csv``, never the data."""

from __future__ import annotations

import csv

import numpy as np

from jakstat.initiation.foci import foci_options, recurred_by
from jakstat.initiation.recurrence import MONTHS
from scripts.fit_core.places import ROOT, read_csv
from scripts.fit_recurrence.likelihood import FITTED, cost, fitted
from scripts.fit_recurrence.patients import kaplan_meier, resected

TABLE = ROOT / "src" / "jakstat" / "initiation" / "foci.csv"


def main() -> None:
    """Fit every option, write its rows, and print what each says beside the data."""
    patients, months = resected(), np.array(MONTHS)
    found = {name: fitted(name, patients) for name in foci_options()}
    rows = read_csv(TABLE)
    for row in rows:
        if row["id"] in FITTED[row["option"]]:
            value = float(f"{getattr(found[row['option']], row['id']):.4g}")
            if not float(row["low"]) <= value <= float(row["high"]):
                raise SystemExit(f"{row['option']} {row['id']} = {value} lies outside its range")
            row |= {"value": repr(value), "grade": "fitted", "source": "li2014"}
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print("month", *months)
    print("data", *kaplan_meier(patients, months).round(3))
    for name, option in found.items():
        said = f"{name}: cost {cost(option, patients):.2f}, doubling time {option.doubling_median:.4g} d"
        print(said, *recurred_by(option, months).round(3))


if __name__ == "__main__":
    main()
