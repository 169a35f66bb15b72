"""Answers about progression as JSON documents; their shapes are described in docs/json.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.progression.carcinogen import CarcinogenMice, carcinogen_rows
from jakstat.progression.published import PublishedComparison
from jakstat.store import NOTICE, attribute, json_ready, manifest

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "course_document",
    "course_rows",
    "mouse_document",
    "mouse_rows",
    "published_document",
]

_READ = ("cancer", "cirrhosis", "death_of_liver", "death", "cancer_hazard", "years_without_cancer")


def course_document(found: xr.Dataset) -> dict[str, Any]:
    """The document of :func:`jakstat.progression.liver_course.liver_course`.

    Examples
    --------
    >>> from jakstat.progression.liver_course import liver_course
    >>> course_document(liver_course("HCV", until="1y", draws=4))["arms"][0]["arm"]
    'untreated'
    """
    names = [name for name in found.data_vars if name != "probability"]
    arms = [
        {
            "arm": arm,
            **{str(name): json_ready(found[name].values[k]) for name in names},
            "probability": {
                stage: json_ready(found["probability"].values[k, s])
                for s, stage in enumerate(found["stage"].values.tolist())
            },
        }
        for k, arm in enumerate(found["arm"].values.tolist())
    ]
    return {
        "title": found.attrs["title"],
        **{key: attribute(found.attrs, key) for key in ("load", "infected", "draws", "people")},
        "years": json_ready(found["time"].values),
        "arms": arms,
        "effects": attribute(found.attrs, "effects") or {},
        "notes": found.attrs["notes"],
        "sources": found.attrs["sources"],
        "manifest": attribute(found.attrs, "manifest"),
        "notice": NOTICE,
    }


def course_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for each arm and time.

    Examples
    --------
    >>> made = {"years": [0.0], "arms": [{"arm": "a", "cancer": [1.0], "probability": {"cancer": [0.5]}}]}
    >>> course_rows(made)
    [{'arm': 'a', 'year': 0.0, 'cancer_percent': 1.0, 'probability_cancer': 0.5}]
    """
    rows = []
    for arm in document["arms"]:
        read = {name: values for name, values in arm.items() if name not in ("arm", "probability")}
        columns = {_with_unit(name): values for name, values in read.items()}
        columns |= {f"probability_{stage}": values for stage, values in arm["probability"].items()}
        for k, year in enumerate(document["years"]):
            rows.append(
                {"arm": arm["arm"], "year": year, **{name: values[k] for name, values in columns.items()}}
            )
    return rows


def _with_unit(name: str) -> str:
    if name.startswith("years_without"):
        return name
    return f"{name}_per_100_years" if "hazard" in name else f"{name}_percent"


def published_document(compared: Sequence[PublishedComparison], *, draws: int, seed: int) -> dict[str, Any]:
    """The published intervals beside ours.

    Examples
    --------
    >>> published_document([], draws=2, seed=1)["rows"]
    []
    """
    rows = []
    for one in compared:
        p = one.published
        rows.append(
            {
                "id": p.id, "what": p.what, "role": p.role, "unit": p.unit, "value": p.value, "low": p.low,
                "high": p.high, "ours": one.value, "ours_low": one.low, "ours_high": one.high,
                "agrees": one.agrees, "source": p.source, "note": p.note,
            }
        )  # fmt: skip
    sources = sorted({one.published.source for one in compared})
    made = manifest("published progression", {"draws": draws, "seed": seed}, sources=sources)
    return {"rows": json_ready(rows), "manifest": made.to_dict(), "notice": NOTICE}


def mouse_document(mice: CarcinogenMice, *, draws: int, seed: int) -> dict[str, Any]:
    """The document of :func:`jakstat.progression.carcinogen.carcinogen_mice`.

    Examples
    --------
    >>> from jakstat.progression.carcinogen import carcinogen_mice
    >>> mouse_document(carcinogen_mice(draws=4), draws=4, seed=1)["knockdown"]
    ['SOCS3=0']
    """
    groups = []
    for changed in (False, True):
        count = mice.count_changed if changed else mice.count
        tumours = mice.tumours_changed if changed else mice.tumours
        groups.append(
            {
                "group": ", ".join(mice.knockdown) if changed else "unchanged",
                "exposure": interval(mice.exposure_changed if changed else mice.exposure),
                "tumours": interval(count),
                "incidence": interval(-np.expm1(-count)),
                "half_age_years": interval(mice.half_age(changed=changed)),
                "course": {"tumours": json_ready(tumours[:, 0]),
                           "incidence": json_ready(mice.incidence(changed=changed)[:, 0])},
            }
        )  # fmt: skip
    used = sorted({s for row in carcinogen_rows().values() for s in row.source.split(";")})
    inputs = {"knockdown": list(mice.knockdown), "male": mice.male, "draws": draws, "seed": seed}
    return {
        "knockdown": list(mice.knockdown),
        "sex": "male" if mice.male else "female",
        "counted_at_years": float(mice.counted[0]),
        "groups": groups,
        "ratio": interval(mice.ratio()),
        "ages_years": json_ready(mice.ages),
        "manifest": manifest("carcinogen mouse", inputs, sources=used).to_dict(),
        "notice": NOTICE,
    }


def mouse_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for each group and age.

    Examples
    --------
    >>> made = {"ages_years": [0.0], "groups": [{"group": "a", "course": {"tumours": [0.0]}}]}
    >>> mouse_rows(made)
    [{'group': 'a', 'age_years': 0.0, 'tumours': 0.0}]
    """
    return [
        {"group": g["group"], "age_years": age, **{name: v[k] for name, v in g["course"].items()}}
        for g in document["groups"]
        for k, age in enumerate(document["ages_years"])
    ]


def interval(values: Floats) -> dict[str, float | None]:
    """The value of the table with the 5 and 95 % of the draws; null where there is none.

    Examples
    --------
    >>> interval(np.array([1.0, 0.0, 2.0]))["low"]
    0.1
    """
    spread = values[1:] if values.size > 1 else values
    known = spread[np.isfinite(spread)]
    low, high = np.percentile(known, [5.0, 95.0]) if known.size else (np.nan, np.nan)
    return {
        "value": json_ready(float(values[0])),
        "low": json_ready(float(low)),
        "high": json_ready(float(high)),
    }
