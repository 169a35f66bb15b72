"""Measured exposure as a JSON document and as rows of a table; the shape is described in docs/json.md."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jakstat.pharmacology.individual_fits import IndividualFits
from jakstat.pharmacology.observed_check import PERCENTILES, PredictiveCheck
from jakstat.pharmacology.observed_exposure import ObservedExposure
from jakstat.pharmacology.observed_readings import OBSERVED_READINGS
from jakstat.store import NOTICE, json_ready

__all__ = ["observed_document", "observed_rows"]


def observed_document(found: ObservedExposure) -> dict[str, Any]:
    """The document of an :func:`~jakstat.pharmacology.observed_exposure.observed_exposure`.

    Examples
    --------
    >>> from jakstat.pharmacology.observed_exposure import observed_exposure
    >>> found = observed_exposure({"time": [0, 1, 2, 4, 5], "conc": [0, 8, 4, 1, 0.5], "dose": [10] * 5})
    >>> document = observed_document(found)
    >>> document["kind"], round(document["profiles"][0]["readings"]["half_life"], 6)
    ('own-exposure', 1.0)
    """
    data = found.data
    return {
        "kind": "own-exposure",
        "question": found.question,
        "file": data.file,
        "sha256": data.key,
        "rows": data.rows,
        "unit": data.unit,
        "rule": found.rule,
        "blq": found.blq,
        "notes": list(data.notes),
        "units": {name: found.unit(name) for name in OBSERVED_READINGS},
        "profiles": [
            {
                "subject": row.subject,
                "profile": row.profile,
                "dose_number": row.number,
                "route": row.route,
                "readings": json_ready(dict(row.values)),
                "left_out": dict(row.left_out),
                "flags": list(row.flags),
            }
            for row in found.rows
        ],
        "summary": json_ready({k: dict(v) for k, v in found.summary.items()}),
        "drug": None if found.drug is None else found.drug.name,
        "model": _model(found),
        "check": None if found.check is None else _check(found.check),
        "fits": None if found.fits is None else _fits(found.fits),
        "notice": NOTICE,
    }


def _model(found: ObservedExposure) -> dict[str, Any] | None:
    if found.drug is None or found.design is None or found.error is None or found.band is None:
        return None
    return {
        "population": found.design.people.population,
        "covariates": dict(found.design.covariates),
        "proportional_error": found.error.proportional,
        "additive_error_mg_per_L": found.error.additive,
        "error": found.error_said,
        "grade": found.drug.grade,
        "sources": list(found.drug.sources),
        "band": {"hours": json_ready(found.band["hours"]), "unit": "mg/L",
                 **{k: json_ready(found.band[k]) for k in ("low", "median", "high")}},
    }  # fmt: skip


def _check(check: PredictiveCheck) -> dict[str, Any]:
    return {
        "sets": check.sets,
        "seed": check.seed,
        "corrected": check.corrected,
        "time_from": f"the {check.axis} dose",
        "percentiles": list(PERCENTILES),
        "compared": check.compared,
        "outside": check.outside,
        "bins": [
            {
                "low_h": b.low, "high_h": b.high, "middle_h": b.middle, "count": b.count, "below": b.below,
                "measured": json_ready(b.measured), "simulated": json_ready(b.simulated),
                "share_below_simulated": json_ready(b.below_simulated),
            }
            for b in check.bins
        ],
    }  # fmt: skip


def _fits(fits: IndividualFits) -> dict[str, Any]:
    return {
        "draws": list(fits.draws),
        "shrinkage": json_ready(dict(fits.shrinkage)),
        "residual_shrinkage": json_ready(fits.residual_shrinkage),
        "samples": fits.used,
        "failed": list(fits.failed),
        "subjects": [
            {
                "subject": name,
                "draws": json_ready(dict(zip(fits.draws, fits.etas[k], strict=True))),
                "draw_sd": json_ready(dict(zip(fits.draws, fits.errors[k], strict=True))),
                "numbers": json_ready({n: v[k] for n, v in fits.numbers.items()}),
                "low": json_ready({n: v[k] for n, v in fits.low.items()}),
                "high": json_ready({n: v[k] for n, v in fits.high.items()}),
                "typical": json_ready({n: v[k] for n, v in fits.typical.items()}),
            }
            for k, name in enumerate(fits.ids)
        ],
    }


_UNITS = {"CL": "L/h", "V": "L", "Q": "L/h", "k": "1/h", "Vmax": "mg/h", "Km": "mg/L", "CL_change": "",
          "release": "h", "F": ""}  # fmt: skip


def pk_number_unit(name: str) -> str:
    """Unit of a number of a model.

    Examples
    --------
    >>> pk_number_unit("CL"), pk_number_unit("V2"), pk_number_unit("ka")
    ('L/h', 'L', '1/h')
    """
    return _UNITS.get(name, _UNITS.get(name[:1], ""))


def observed_rows(found: ObservedExposure) -> list[dict[str, Any]]:
    """Tidy rows: every reading of every profile, its summary, and the numbers of individual fits.

    Examples
    --------
    >>> from jakstat.pharmacology.observed_exposure import observed_exposure
    >>> found = observed_exposure({"time": [0, 1, 2, 4, 5], "conc": [0, 8, 4, 1, 0.5], "dose": [10] * 5})
    >>> observed_rows(found)[0]["reading"]
    'dose'
    """
    made: list[dict[str, Any]] = []
    for row in found.rows:
        for name in OBSERVED_READINGS:
            if name in row.values or name in row.left_out:
                value = row.values.get(name, math.nan)
                told = row.left_out.get(name, "") or "; ".join(row.flags)
                made.append(
                    _row("profile", row.subject, row.profile, row.number, name, value, found.unit(name), told)
                )
    for name, over in found.summary.items():
        for statistic in ("count", "geometric_mean", "geometric_cv", "median", "low", "high"):
            if statistic in over:
                unit = {"count": "", "geometric_cv": "%"}.get(statistic, found.unit(name))
                made.append(_row(statistic, "all", "all", 0, name, over[statistic], unit, ""))
    if found.fits is not None:
        made += _fit_rows(found.fits)
    return made


def _row(
    kind: str, subject: str, profile: str, number: int, name: str, value: float, unit: str, note: str
) -> dict[str, Any]:
    return {"statistic": kind, "subject": subject, "profile": profile, "dose_number": number, "reading": name,
            "value": value, "unit": unit, "note": note}  # fmt: skip


def _fit_rows(fits: IndividualFits) -> list[dict[str, Any]]:
    made = []
    for k, name in enumerate(fits.ids):
        for number, values in fits.numbers.items():
            note = ""
            if number in fits.low and np.isfinite(fits.low[number][k]):
                note = f"95 % interval {fits.low[number][k]:.4g} to {fits.high[number][k]:.4g}"
            made.append(
                _row("individual fit", name, name, 0, number, float(values[k]), pk_number_unit(number), note)
            )
        for j, draw in enumerate(fits.draws):
            made.append(_row("eta over omega", name, name, 0, draw, float(fits.etas[k, j]), "", ""))
    for draw, value in fits.shrinkage.items():
        made.append(_row("shrinkage", "all", "all", 0, draw, value, "", ""))
    return made
