"""Fitted numbers into the product's tables, in place: value and grade change, the rest of a row stays."""

from __future__ import annotations

import csv
import io
from pathlib import Path

__all__ = ["SOURCES", "write_number"]

SOURCE = Path(__file__).resolve().parents[2] / "src" / "jakstat"
SOURCES = {"growth": "nathani2021", "CRP": "recalled", "SHARP": "sharp_review"}


def write_number(table: str, key: tuple[str, ...], value: float, source: str) -> None:
    """Replace the value of the row whose first cells are ``key``, and grade it as fitted.

    Raises
    ------
    ValueError
        There is no such row, or the value lies outside its range.
    """
    path = SOURCE / table
    lines = path.read_text(encoding="utf-8").splitlines()
    header = next(csv.reader([lines[0]]))
    places = {name: header.index(name) for name in ("value", "low", "high", "grade", "source")}
    for number, line in enumerate(lines[1:], start=1):
        cells = next(csv.reader([line]))
        if tuple(cells[: len(key)]) != key:
            continue
        if not float(cells[places["low"]]) <= value <= float(cells[places["high"]]):
            raise ValueError(f"{table}: {key} = {value:g} lies outside its range")
        cells[places["value"]], cells[places["grade"]] = f"{value:.4g}", "fitted"
        cells[places["source"]] = source
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(cells)
        lines[number] = out.getvalue()
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return
    raise ValueError(f"{table}: no row {key}")
