"""What is fitted: shared constants and the few numbers of a context, with start and range."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jakstat.knowledge.parameter_table import read_table
from jakstat.streams import stream
from jakstat.units import MOLECULES_PER_ZMOL
from scripts.fit_core.measurements import CONTEXTS
from scripts.fit_core.places import HERE

__all__ = ["SHARED", "Free", "free", "read_values", "start_vector"]

Array = npt.NDArray[np.float64]

SHARED = "*"


@dataclass(frozen=True)
class Free:
    """The fitted numbers, natural logarithms in model units.

    ``names`` holds (context or ``*``, id); ``table``, ``low`` and ``high`` are arrays (K,).
    """

    names: tuple[tuple[str, str], ...]
    table: Array
    low: Array
    high: Array

    @property
    def keys(self) -> tuple[str, ...]:
        """``context|id`` of each number, as in the result files."""
        return tuple("|".join(name) for name in self.names)

    def by_context(self, x: Array) -> dict[str, dict[str, float]]:
        """The values that each context gets; its own ones take precedence over shared ones."""
        found: dict[str, dict[str, float]] = {c: {} for c in CONTEXTS}
        for wanted in (True, False):
            for (owner, key), value in zip(self.names, np.exp(x), strict=True):
                if (owner == SHARED) is wanted:
                    for c in CONTEXTS if wanted else (owner,):
                        found[c][key] = float(value)
        return found

    def contexts_of(self, index: int) -> tuple[str, ...]:
        """Contexts whose curves move with number ``index``."""
        owner, key = self.names[index]
        if owner != SHARED:
            return (owner,)
        return tuple(c for c in CONTEXTS if (c, key) not in self.names)

    def values(self, x: Array) -> dict[str, float]:
        """``context|id`` to value in model units."""
        return dict(zip(self.keys, np.exp(x).tolist(), strict=True))

    def at_bound(self, x: Array) -> dict[str, str]:
        """Numbers within 2 % of an end of their range, and which end."""
        ends = {}
        for key, value, low, high in zip(self.keys, x, self.low, self.high, strict=True):
            if min(value - low, high - value) < 0.02:
                ends[key] = "low" if value - low < 0.02 else "high"
        return ends


def free(shared_ids: Sequence[str] = ()) -> Free:
    """The numbers of ``start.csv``; ``shared_ids`` loses its own value in every context.

    A number that a context has of its own beside a shared one of the same id is a constant in
    which the cells differ; naming it in ``shared_ids`` asks what sharing it would cost.
    """
    rows = read_table(
        (HERE / "start.csv").read_text(encoding="utf-8"), file="start.csv", leading=("context",)
    )
    common = {row.id for row in rows if row.key == (SHARED,)}
    unknown = set(shared_ids) - common
    if unknown:
        raise ValueError(f"no shared constant called {', '.join(sorted(unknown))}")
    kept = [row for row in rows if row.key == (SHARED,) or row.id not in shared_ids]
    scale = np.array([1 / MOLECULES_PER_ZMOL if row.unit == "1/cell" else 1.0 for row in kept])
    columns = np.array([(row.value, row.low, row.high) for row in kept]) * scale[:, None]
    logged = np.log(columns)
    names = tuple((row.key[0], row.id) for row in kept)
    return Free(names, logged[:, 0], logged[:, 1], logged[:, 2])


def read_values(path: Path) -> dict[str, float]:
    """Parameter values of a result file or of a bare ``context|id`` mapping."""
    content = json.loads(path.read_text(encoding="utf-8"))
    values: Mapping[str, float] = content.get("parameters", content)
    return dict(values)


def start_vector(chosen: Free, start: str) -> Array:
    """Where a fit begins (K,): ``table``, ``cold:SEED`` or the values of a JSON file.

    ``cold`` draws each number log-uniformly from the inner 80 % of its range. A file that lacks
    a context's own value gives it the shared one, else the table's.
    """
    if start == "table":
        x = chosen.table.copy()
    elif start.startswith("cold:"):
        draws = stream(int(start.removeprefix("cold:")), "core-fit-start")
        x = chosen.low + (chosen.high - chosen.low) * draws.uniform(0.1, 0.9, len(chosen.low))
    else:
        x, known = chosen.table.copy(), read_values(Path(start))
        for i, (owner, key) in enumerate(chosen.names):
            value = known.get(f"{owner}|{key}", known.get(f"{SHARED}|{key}"))
            if value is not None:
                x[i] = np.log(value)
    return x
