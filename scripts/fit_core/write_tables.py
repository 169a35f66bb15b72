"""Write fitted values into the product's tables: those of the parts, and ``contexts.csv``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from jakstat.units import MOLECULES_PER_ZMOL
from scripts.fit_core.places import HERE, TABLES, read_csv
from scripts.fit_core.start import SHARED

__all__ = ["write_tables"]


def _text(value: float, low: float, high: float) -> str:
    """Six digits, inside the range that the table allows."""
    if not low * 0.999 <= value <= high * 1.001:
        raise ValueError(f"{value} lies outside {low}..{high}")
    return repr(min(max(float(f"{value:.6g}"), low), high))


def _save(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_tables(values: Mapping[str, float], folder: Path = TABLES) -> None:
    """Put ``context|id`` values (model units) into the tables; both are checked before either is written.

    A constant that a context gets for the first time takes its range from the shared row, and its
    source and reason from ``start.csv`` or ``gene_start.csv``.
    """
    tables = {path: read_csv(path) for path in sorted((folder / "parameters").glob("*.csv"))}
    context_path = folder / "contexts.csv"
    contexts = read_csv(context_path)
    by_id = {row["id"]: row for rows in tables.values() for row in rows}
    present = {(row["context"], row["id"]): row for row in contexts}
    starts = (*read_csv(HERE / "start.csv"), *read_csv(HERE / "gene_start.csv"))
    reasons = {(row["context"], row["id"]): row for row in starts}
    for key, value in values.items():
        owner, identifier = key.split("|")
        if owner == SHARED:
            row = by_id[identifier]
        elif (owner, identifier) in present:
            row = present[owner, identifier]
        else:
            why = reasons[owner, identifier]
            known = by_id.get(identifier, why)
            row = {**known, "context": owner, "source": why["source"], "note": why["note"]}
            last = max(i for i, r in enumerate(contexts) if r["context"] == owner)
            contexts.insert(last + 1, row)
        scale = MOLECULES_PER_ZMOL if row["unit"] == "1/cell" else 1.0
        row["value"] = _text(value * scale, float(row["low"]), float(row["high"]))
        row["grade"] = "fitted"
    for path, rows in {**tables, context_path: contexts}.items():
        _save(path, rows)
