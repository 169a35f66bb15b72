"""``python -m scripts.fit_potency``: fit each row of ``experiments.csv`` and write the tables.

With ``table`` it writes ``docs/fits/potency.md`` instead.

The half-maximal dose of a drug is in proportion to its constant as long as the drug is not used up, so
a few corrections by the ratio of published to modelled dose are enough.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from jakstat.biology import parameters
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.dose_series import half_maximum
from jakstat.experiment.lanes import bench_for, run_vectors
from scripts.fit_potency.comparison import comparison_page

HERE = Path(__file__).resolve().parent
TABLES = HERE.parents[1] / "src" / "jakstat" / "biology"
_DEFAULT_CELL = "hepg2"
_CLOSE, _ROUNDS = 0.005, 12
_SPAN, _LEVELS = 300.0, 25


def main() -> None:
    """Fit every row, print what was found, and write the values into the tables of ``biology``."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    reader.add_argument("what", nargs="?", default="fit", choices=["fit", "table"])
    if reader.parse_args().what == "table":
        (HERE.parents[1] / "docs" / "fits" / "potency.md").write_text(comparison_page(), encoding="utf-8")
        return
    with (HERE / "experiments.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        value, reached = fitted(row)
        kept = _write(row, value)
        end = "" if kept == value else f"; kept at {kept:g}, the end of its range"
        print(f"{row['id']:28s} {value:12.6g}  IC50 {reached:.4g} nM (published {row['IC50']}){end}")


def fitted(row: Mapping[str, str]) -> tuple[float, float]:
    """The constant at which the model's half-maximal dose is the published one, and that dose (nM)."""
    context = _DEFAULT_CELL if row["context"] == "*" else row["context"]
    target = float(row["IC50"])
    value = _value(row)
    reached = math.nan
    for _ in range(_ROUNDS):
        reached = _half(row, context, value, target)
        if abs(reached / target - 1) < _CLOSE:
            break
        value *= target / reached
    return float(f"{value:.4g}"), reached


def _half(row: Mapping[str, str], context: str, value: float, target: float) -> float:
    """The model's half-maximal dose (nM) with the constant at ``value``."""
    doses = f"{row['drug']}={target / _SPAN!r}..{target * _SPAN!r}nM:{_LEVELS}@-{row['before']}"
    protocol = make_protocol(
        context, stimuli=row["stimulus"], drugs=doses, observe=row["readout"], until=row["at"], points=3
    )
    bench = bench_for(protocol)
    run = run_vectors(bench, {row["id"]: np.array([value])}, lambda _, values: values[:, -1:])
    response = run.values[row["readout"]][0, :, 0]
    return half_maximum(np.array(bench.plan.axes[0].values), response, unit="nM").value


def _value(row: Mapping[str, str]) -> float:
    """What the table holds for all cells."""
    return next(r.value for r in parameters() if r.id == row["id"])


def _write(row: Mapping[str, str], value: float) -> float:
    """Put the value, or the end of its range, into the table of its part or cell; what was put there."""
    path = _place(row)
    rows = _rows(path)
    new = {"grade": row["grade"], "source": row["source"], "note": row["what"]}
    mine = [r for r in rows if r["id"] == row["id"] and r.get("context", "*") == row["context"]]
    if not mine:
        shared = next(r for p in _tables() for r in _rows(p) if r["id"] == row["id"])
        mine = [{"context": row["context"], **shared}]
        last = max(i for i, r in enumerate(rows) if r["context"] == row["context"])
        rows.insert(last + 1, mine[0])
    value = min(max(value, float(mine[0]["low"])), float(mine[0]["high"]))
    mine[0].update(new, value=f"{value!r}")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return value


def _tables() -> list[Path]:
    return sorted((TABLES / "parameters").glob("*.csv"))


def _place(row: Mapping[str, str]) -> Path:
    if row["context"] != "*":
        return TABLES / "contexts.csv"
    return next(p for p in _tables() if any(r["id"] == row["id"] for r in _rows(p)))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
