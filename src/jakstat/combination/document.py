"""A combination and a screen as JSON documents; the shapes are described in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jakstat.combination.verdicts import MODELS
from jakstat.store import NOTICE, attribute, json_ready

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["combination_document", "screen_document"]

_ASKED = (
    "context",
    "question",
    "readout",
    "unit",
    "at",
    "effect",
    "untreated",
    "unstimulated",
    "drugs",
    "negligible",
)
_ANSWERS = ("musyc", "disagreements", "shared_targets", "curves", "isobole", "carriers")
_LAST = ("interval", "simulations", "failed", "notes", "manifest")


def combination_document(found: xr.Dataset) -> dict[str, Any]:
    """The document of :func:`jakstat.combination.surface.combine`.

    Examples
    --------
    >>> from jakstat.combination.surface import combine
    >>> drugs = ["ruxolitinib=100,1000nM", "Stattic=1,10uM"]
    >>> r = combine("hepg2", drugs, stimuli="IL6=10ng/ml", at="20min", vectors=0, parts="core")
    >>> d = combination_document(r)
    >>> len(d["share"]), sorted(d["models"])
    (3, ['bliss', 'hsa', 'loewe', 'zip'])
    """
    a = found.attrs
    models: dict[str, Any] = {}
    for name in MODELS:
        kept = {k: v for k, v in attribute(a, "verdicts")[name].items() if k != "model"}
        models[name] = kept | {"excess": found[name].values}
        for end in ("low", "high"):
            if f"{name}_{end}" in found:
                models[name][f"excess_{end}"] = found[f"{name}_{end}"].values
    models["loewe"]["index"] = found["loewe_index"].values
    document = {
        **{k: attribute(a, k) for k in _ASKED},
        "reading": found["reading"].values,
        "share": found["effect"].values,
        "models": models,
        **{k: attribute(a, k) for k in (*_ANSWERS, *_LAST)},
        "notice": NOTICE,
    }
    plain: dict[str, Any] = json_ready(document)
    return plain


def screen_document(found: xr.Dataset) -> dict[str, Any]:
    """The document of :func:`jakstat.combination.screen.screen`: one row for each pair."""
    a = found.attrs
    rows = []
    for k in range(found.sizes["pair"]):
        row: dict[str, Any] = {n: str(found[n].values[k]) for n in ("drug_a", "drug_b")}
        row |= {str(n): found[n].values[k] for n in found.data_vars}
        rows.append(row)
    document = {
        **{k: attribute(a, k) for k in (*_ASKED, "doses")},
        "pairs": rows,
        **{k: attribute(a, k) for k in ("complete", "simulations", "failed", "notes", "manifest")},
        "notice": NOTICE,
    }
    plain: dict[str, Any] = json_ready(document)
    return plain
