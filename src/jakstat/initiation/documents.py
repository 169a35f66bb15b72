"""Answers about founders as JSON documents; the shapes are described in docs/json.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from jakstat.initiation.assay_run import FounderAssay
from jakstat.initiation.foci import foci_rows
from jakstat.initiation.limiting_dilution import DilutionAnswer
from jakstat.initiation.recurrence import MONTHS, Recurrence
from jakstat.store import NOTICE, json_ready, manifest

__all__ = [
    "assay_document",
    "assay_rows_of",
    "dilution_document",
    "frequency_rows",
    "recurrence_document",
    "recurrence_rows",
]


def frequency_rows(found: DilutionAnswer) -> list[dict[str, Any]]:
    """A row for each group; ``one_in`` has the cells per founder, with the ends of its interval.

    Examples
    --------
    >>> from jakstat.initiation.limiting_dilution import Dilution, analyse_dilution
    >>> rows = frequency_rows(analyse_dilution(Dilution.of([100], [6], [0])))
    >>> rows[0]["one_in"]["value"], rows[0]["one_in"]["low"]
    (None, 200.28...)
    """
    rows = []
    for one in found.frequencies:
        upside = {"value": one.value, "low": one.high, "high": one.low}
        rows.append(
            {
                "group": one.group,
                "frequency": {"value": one.value, "low": one.low, "high": one.high},
                "one_in": {name: None if x == 0 else 1.0 / x for name, x in upside.items()},
                "positive": one.positive,
                "tested": one.wells,
            }
        )
    return rows


def dilution_document(found: DilutionAnswer, file: str) -> dict[str, Any]:
    """The document of :func:`jakstat.initiation.limiting_dilution.analyse_dilution`.

    Examples
    --------
    >>> from jakstat.initiation.limiting_dilution import Dilution, analyse_dilution
    >>> document = dilution_document(analyse_dilution(Dilution.of([100, 10], [6, 6], [6, 1])), "a.csv")
    >>> list(document)[:4]
    ['file', 'confidence', 'frequencies', 'difference']
    """
    data = found.data
    columns = {"dose": data.dose.tolist(), "tested": data.tested.tolist(), "positive": data.positive.tolist()}
    return {
        "file": file,
        "confidence": found.confidence,
        "frequencies": frequency_rows(found),
        "difference": None if found.difference is None else asdict(found.difference),
        "single_hit": None if found.single_hit is None else json_ready(asdict(found.single_hit)),
        "data": {**columns, "group": list(data.group)},
        "manifest": manifest("dilution", {**columns, "group": list(data.group)}).to_dict(),
        "notice": NOTICE,
    }


def recurrence_document(found: Sequence[Recurrence], *, seed: int) -> dict[str, Any]:
    """The document of some runs of :func:`jakstat.initiation.recurrence.recurrence`.

    Examples
    --------
    >>> from jakstat.initiation.recurrence import recurrence
    >>> document = recurrence_document([recurrence("large", patients=10, seed=1)], seed=1)
    >>> [row["month"] for row in document["curves"]]
    [6.0, 12.0, 24.0, 36.0, 60.0]
    """
    therapy = next((one.adjuvant for one in found if one.adjuvant is not None), None)
    patients = len(found[0].month) + found[0].failed
    return {
        "options": [asdict(one) for one in dict.fromkeys(run.option for run in found)],
        "adjuvant": None if therapy is None else asdict(therapy),
        "patients": patients,
        "failed": sum(one.failed for one in found),
        "curves": list(recurrence_rows(found)),
        "manifest": manifest(
            "recurrence",
            {"options": sorted({r.option.name for r in found}), "patients": patients, "seed": seed,
             "adjuvant": None if therapy is None else asdict(therapy)},
            sources=[row.source for row in foci_rows() if row.grade == "fitted"],
        ).to_dict(),
        "notice": NOTICE,
    }  # fmt: skip


def recurrence_rows(found: Sequence[Recurrence]) -> Iterator[dict[str, Any]]:
    """A row for each option, arm and month: share that recurred and the standard error of the count."""
    for one in found:
        for month, share in zip(MONTHS, one.share_by(MONTHS).tolist(), strict=True):
            yield {
                "foci": one.option.name,
                "arm": "none" if one.adjuvant is None else "adjuvant",
                "month": month,
                "recurred": share,
                "error": (share * (1.0 - share) / len(one.month)) ** 0.5,
            }


def assay_document(found: FounderAssay) -> dict[str, Any]:
    """The document of :func:`jakstat.initiation.assay_run.founder_assay`.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> from jakstat.initiation.assay_run import AssayPlan, founder_assay
    >>> p = make_protocol("hepg2", parts="core,auto")
    >>> document = assay_document(founder_assay(p, AssayPlan(doses=(100.0,))))
    >>> document["kind"], [row["group"] for row in document["rows"]]
    ('dilution', ['control'])
    """
    plan, cells = found.plan, found.cells
    told = json_ready({**asdict(plan), "doses": list(plan.doses)})
    return {
        "kind": plan.kind,
        "question": dict(cells.question),
        "signals": {arm: asdict(signal) for arm, signal in cells.arms.items()},
        "founders": found.expected,
        "ratio": json_ready(found.ratio),
        "rows": assay_rows_of(found),
        "difference": None if found.dilution is None or found.dilution.difference is None
        else asdict(found.dilution.difference),
        "plan": told,
        "notes": list(cells.notes),
        "manifest": manifest(
            "assay", {"question": dict(cells.question), "plan": told}, sources=cells.sources
        ).to_dict(),
        "notice": NOTICE,
    }  # fmt: skip


def assay_rows_of(found: FounderAssay) -> list[dict[str, Any]]:
    """The rows of an assay's table: frequencies, passages or doses."""
    if found.dilution is not None:
        rows = frequency_rows(found.dilution)
        return [{**row, "expected": found.expected[row["group"]]} for row in rows]
    if found.spheres:
        return [asdict(one) for one in found.spheres]
    return [
        {
            "arm": one.arm,
            "cells": one.cells,
            "animals": one.animals,
            "took": int(np.isfinite(one.day).sum()),
            "expected_share": one.expected,
            "median_day": json_ready(float(np.median(one.day))),
            "days": [json_ready(float(day)) for day in one.day],
        }
        for one in found.xenograft
    ]
