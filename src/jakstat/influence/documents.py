"""Sensitivities as JSON documents; the shapes are described in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jakstat.experiment.document_parts import foot, head
from jakstat.store import attribute, json_ready

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset

__all__ = ["sensitivity_document"]


def sensitivity_document(found: AnyDataset) -> dict[str, Any]:
    """The document of :func:`jakstat.influence.sensitivity.sensitivity`."""
    columns = [str(n) for n in found.data_vars]
    rows = []
    for k, name in enumerate(found["parameter"].values.tolist()):
        row = {"id": name}
        row |= {
            c: json_ready(found[c].values[k]) for c in ("value", "low", "high", "unit", "grade", "source")
        }
        rows.append(row | {c: json_ready(found[c].values[k]) for c in columns})
    keys = ("readout", "unit", "at", "method", "baseline", "rows", "seed", "simulations", "failed")
    more = ("lost_rows", "reliable", "logarithmic", "variance", "range_of_readout", "not_varied")
    return {
        **head(found),
        **{k: json_ready(attribute(found.attrs, k)) for k in (*keys, *more) if k in found.attrs},
        "parameters": rows,
        **foot(found),
    }
