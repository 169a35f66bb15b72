"""What stands behind a piece of the model, as a JSON document."""

from __future__ import annotations

from typing import Any

from jakstat.evidence.why import why

__all__ = ["why_document"]


def why_document(name: str, scale: str = "cell") -> dict[str, Any]:
    """The document of :func:`jakstat.evidence.why.why`; its keys are told by `jakstat why --help`.

    Examples
    --------
    >>> found = why_document("STAT3_dimerisation")
    >>> found["kind"], [c["id"] for c in found["claims"]]
    ('reaction', ['C095', 'C102', 'C132', 'C354'])
    """
    found = why(name, scale)
    ranges = {q.id: q.used_range for q in found.quantities}
    return {
        "name": found.name,
        "kind": found.kind,
        "part": found.part,
        "formula": found.formula,
        "records": found.records,
        "grades": list(found.grades),
        "claims": [
            {"id": c.id, "statement": c.statement, "doubtful": c.doubtful, "source": list(c.source)}
            for c in found.claims
        ],
        "quantities": [
            {
                "id": q.id,
                "name": q.name,
                "value": q.value,
                "unit": q.unit,
                "used_range": None if (r := ranges[q.id]) is None else [r.low, r.high],
                "grade": q.grade,
                "context": q.context,
                "near": list(q.near),
                "source": list(q.source),
            }
            for q in found.quantities
        ],
        "settings": [
            {
                "context": s.context,
                "id": s.row.id,
                "acts": s.acts,
                "value": s.row.value,
                "unit": s.row.unit,
                "low": s.row.low,
                "high": s.row.high,
                "grade": s.row.grade,
                "source": s.row.source,
                "note": s.row.note,
            }
            for s in found.settings
        ],
        "sources": [{"key": s.key, "title": s.title, "doi": s.doi, "pmid": s.pmid} for s in found.sources],
        "uses": list(found.uses),
        "used_by": list(found.used_by),
    }
