"""Answers about founders as JSON documents; the shapes are described in docs/json.md."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from jakstat.initiation.limiting_dilution import DilutionAnswer
from jakstat.store import NOTICE, json_ready, manifest

__all__ = ["dilution_document", "frequency_rows"]


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
