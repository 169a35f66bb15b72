"""Result files: parameters and figures of merit of one fit, without any measured value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jakstat.biology import assemble, parameters
from scripts.fit_core.measurements import CONTEXTS
from scripts.fit_core.objective import FITTING, JUDGING, problem, simulate
from scripts.fit_core.optimise import cost_at
from scripts.fit_core.simulator import MODEL_PARTS
from scripts.fit_core.start import SHARED, Free

__all__ = ["PARTS", "Start", "judge", "judged_values", "record", "shipped_values", "write_record"]

Array = npt.NDArray[np.float64]

PARTS = ("fit", "test")


@dataclass(frozen=True)
class Start:
    """Where a fit began, in words, and what that cost (None when it is not known)."""

    what: str
    cost: float | None


def judged_values(values: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """chi2 per point of each part, data set and measured column; only scale and background free.

    Parameters
    ----------
    values : mapping of context to parameter values in model units
        What replaces the product's tables; empty mappings judge the shipped model.
    """
    found: dict[str, Any] = {}
    for part in PARTS:
        known = problem(part)
        curves = {c: simulate(c, [values[c]], (part,))[0] for c in CONTEXTS}
        residual, _ = known.point_residuals(curves, JUDGING)
        found[part] = known.chi2_per_point(residual)
    return found


def judge(free: Free, x: Array) -> dict[str, Any]:
    """:func:`judged_values` of the fitted numbers ``x`` (K,)."""
    return judged_values(free.by_context(x))


def shipped_values(free: Free) -> dict[str, float]:
    """``context|id`` to the value that the product's tables hold, in model units."""
    tables = {c: {row.id: row.value for row in assemble(c, parts=MODEL_PARTS).parameters} for c in CONTEXTS}
    tables[SHARED] = {row.id: row.value for row in parameters()}
    return {f"{owner}|{key}": tables[owner][key] for owner, key in free.names}


def record(
    name: str,
    free: Free,
    x: Array,
    *,
    start: Start,
    shared: tuple[str, ...] = (),
    evaluations: int | None = None,
    stopped: str | None = None,
) -> dict[str, Any]:
    """Everything a result file holds."""
    cost = cost_at(free, x)
    return {
        "name": name,
        "start": {"what": start.what, "cost": start.cost},
        "settings": {
            "background_weight": FITTING.background_weight,
            "background_in_qpcr": FITTING.background_in_qpcr,
            "pull": FITTING.pull,
        },
        "shared_in_every_context": list(shared),
        "evaluations": evaluations,
        "stopped": stopped,
        "cost": cost.total,
        "cost_parts": cost.parts,
        "at_bound": free.at_bound(x),
        "parameters": free.values(x),
        "chi2_per_point": judge(free, x),
    }


def write_record(content: Mapping[str, Any], path: Path) -> None:
    """Write a result file; figures to nine digits."""

    def rounded(value: Any) -> Any:
        if isinstance(value, float):
            return float(f"{value:.9g}")
        if isinstance(value, Mapping):
            return {k: rounded(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [rounded(v) for v in value]
        return value

    path.write_text(json.dumps(rounded(content), indent=1) + "\n", encoding="utf-8")
