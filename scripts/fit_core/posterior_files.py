"""What a sample of the posterior is written to: vectors, the diagnostics of the chains, ridges."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from jakstat.calibration.ensemble_file import write_ensemble
from jakstat.calibration.sample import Sample
from jakstat.identity import content_key
from jakstat.store import manifest
from scripts.fit_core.objective import FITTING
from scripts.fit_core.start import Free

__all__ = ["posterior_record", "write_posterior"]

_SOURCES = ("sobotta2017", "zeilfelder2025")
_FIGURES = ("median", "low", "high", "width", "r_hat", "effective_size")
_RIDGE = 0.8
"""Correlation of two logarithms from which their ridge is named."""


def write_posterior(found: Sample, free: Free, path: Path, *, seed: int) -> None:
    """Write the ensemble file with what it was made from; R-hat and effective size per number beside it."""
    made = manifest(
        "ensemble",
        {
            "ranges_key": content_key([free.keys, free.low.tolist(), free.high.tolist()]),
            "seed": seed,
            "transitions": found.sweeps,
            "chains": found.walkers,
            "acceptance": round(found.acceptance, 4),
            "largest_r_hat": round(float(np.max(found.r_hat)), 4),
            "least_effective_size": round(float(np.min(found.effective)), 1),
        },
        sources=_SOURCES,
    )
    write_ensemble(found, ("log",) * len(free.keys), made, path, replace=True)
    told = io.StringIO()
    table = csv.writer(told, lineterminator="\n")
    table.writerow(["number", "r_hat", "effective_size"])
    for key, r_hat, size in zip(free.keys, found.r_hat, found.effective, strict=True):
        table.writerow([key, f"{r_hat:.4f}", f"{size:.0f}"])
    path.with_name(f"{path.stem}_chains.csv").write_text(told.getvalue(), encoding="utf-8")


def posterior_record(found: Sample, free: Free) -> dict[str, Any]:
    """Quantiles, width over that of the prior, R-hat and effective size of each number; the ridges."""
    low, middle, high = np.exp(np.quantile(found.vectors, (0.05, 0.5, 0.95), axis=0))
    prior = (free.high - free.low) / 2 / FITTING.pull
    width = found.vectors.std(axis=0) / prior
    numbers = {
        key: dict(zip(_FIGURES, map(float, column), strict=True))
        for key, *column in zip(
            free.keys, middle, low, high, width, found.r_hat, found.effective, strict=True
        )
    }
    together = np.asarray(np.corrcoef(found.vectors.T))
    pairs = [(float(together[i][j]), i, j) for i, j in zip(*np.triu_indices(len(free.keys), 1), strict=True)]
    strong = sorted((p for p in pairs if abs(p[0]) >= _RIDGE), key=lambda p: -abs(p[0]))
    ridges = {f"{free.keys[i]} and {free.keys[j]}": r for r, i, j in strong}
    return {"numbers": numbers, "ridges": ridges}
