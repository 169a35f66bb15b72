"""``python -m scripts.fit_context fit | report CELL``: fit a cell, write its table and its page."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from jakstat.knowledge.parameter_table import Row
from jakstat.units import MOLECULES_PER_ZMOL
from scripts.fit_context.human import HUMAN_CELL, human_residuals, human_rows
from scripts.fit_context.human_page import human_page
from scripts.fit_context.objective import CELL, free_rows, residuals
from scripts.fit_context.report import page
from scripts.fit_core.places import FITS
from scripts.fit_core.write_tables import write_tables

Array = npt.NDArray[np.float64]

_STEP = 1e-3
_CELLS = {CELL: (free_rows, residuals, page), HUMAN_CELL: (human_rows, human_residuals, human_page)}


def main() -> None:
    """Fit and write, or only write the page."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fit_context", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    search = commands.add_parser("fit", help="fit from several starts and write the table")
    search.add_argument("--starts", type=int, default=4, help="the table's own values, and random ones")
    search.add_argument("--seed", type=int, default=20261129)
    report = commands.add_parser("report", help="write docs/fits/CELL.md")
    for command in (search, report):
        command.add_argument("cell", choices=tuple(_CELLS))
    asked = parser.parse_args()
    rows_of, residuals_of, page_of = _CELLS[asked.cell]
    if asked.command == "fit":
        rows = rows_of()
        x = fitted(rows, residuals_of, asked.starts, asked.seed)
        scale = [MOLECULES_PER_ZMOL if row.unit == "1/cell" else 1.0 for row in rows]
        write_tables({f"{asked.cell}|{r.id}": 10 ** x[k] / scale[k] for k, r in enumerate(rows)})
        print(f"now: python -m scripts.fit_context report {asked.cell}")
    else:
        (FITS / f"{asked.cell}.md").write_text(page_of(), encoding="utf-8")


def fitted(rows: Sequence[Row], residuals_of: Callable[[Array], Array], starts: int, seed: int) -> Array:
    """The numbers (K,), log10 in the table's units, of the lowest cost found; residuals (V, R) of (V, K).

    Notes
    -----
    Trust region reflective: doi:10.1137/S1064827595289108.
    """
    low, high = (np.log10([getattr(r, end) for r in rows]) for end in ("low", "high"))
    random = np.random.default_rng(seed)
    begin = [np.log10([r.value for r in rows])]
    begin += [low + (high - low) * random.uniform(0.1, 0.9, len(rows)) for _ in range(starts - 1)]

    def slopes(x: Array) -> Array:
        step = np.where(x + _STEP < high, _STEP, -_STEP)
        found = residuals_of(np.concatenate([x[None], x + np.diag(step)]))
        return np.asarray(((found[1:] - found[0]) / step[:, None]).T)

    def at(x: Array) -> Array:
        return np.asarray(residuals_of(x[None])[0])

    ends = []
    for start in begin:
        inside, bounds = np.clip(start, low + 1e-4, high - 1e-4), (low, high)
        end = least_squares(at, inside, jac=slopes, bounds=bounds, ftol=1e-4, xtol=1e-4, max_nfev=60)
        print(f"cost {2 * end.cost:.2f} after {end.nfev} steps")
        ends.append(end)
    return np.asarray(min(ends, key=lambda end: end.cost).x)


if __name__ == "__main__":
    main()
