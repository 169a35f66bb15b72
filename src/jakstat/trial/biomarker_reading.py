"""Biomarkers at visits, by arm, of the patients randomised to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jakstat.population.weighting import weighted_quantiles
from jakstat.trial.run_tables import RunTables

__all__ = ["biomarker_document"]

_WEEK = 168.0


def biomarker_document(run: RunTables, names: Sequence[str], units: dict[str, str]) -> dict[str, Any]:
    """Median and quartiles at each visit of those who are still seen.

    Those with the fastest tumours are seen no longer: the curve of a biomarker is that of who is left.

    Parameters
    ----------
    run : RunTables
    names : sequence of str
        Columns of the table of visits.
    units : dict
        Unit by name.
    """
    arm, patient = run.visits["arm"], run.visits["patient"]
    own = run.assigned[arm, patient]
    times = np.unique(run.visits["visit_h"][own])
    place = np.searchsorted(times, run.visits["visit_h"])
    found = {}
    for name in (n for n in names if n in run.visits):
        values = run.visits[name]
        arms = {}
        for k, title in enumerate(run.arms):
            rows = own & (arm == k) & np.isfinite(values)
            told = [
                (weighted_quantiles(values[at], run.weights_of(patient[at]), (0.5, 0.25, 0.75)), len(at))
                for at in (np.flatnonzero(rows & (place == j)) for j in range(len(times)))
            ]
            seen = [j for j, (_, n) in enumerate(told) if n]
            arms[title] = {
                "visit_weeks": times[seen] / _WEEK,
                "n": [told[j][1] for j in seen],
                **{
                    key: [float(told[j][0][q]) for j in seen]
                    for q, key in enumerate(("median", "q25", "q75"))
                },
            }
        found[name] = {"unit": units.get(name, ""), "arms": arms}
    return found
