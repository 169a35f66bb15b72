"""Claims of the literature as a JSON document."""

from __future__ import annotations

from collections import Counter
from typing import Any

from jakstat.knowledge.queries import claims

__all__ = ["claims_document"]


def claims_document(*, module: str | None = None, about: str | None = None) -> dict[str, Any]:
    """The document of :func:`jakstat.knowledge.queries.claims`; its keys are told by `jakstat claims --help`.

    Examples
    --------
    >>> found = claims_document(about="STAT3")
    >>> found["count"] == len(found["claims"]) > 0
    True
    """
    found = claims(module=module, about=about)
    rows = [c.model_dump(mode="json") | {"sign": c.sign} for c in found]
    return {
        "count": len(rows),
        "claims": rows,
        "by_scale": dict(Counter(str(c.scale) for c in found)),
        "doubtful": sum(bool(c.doubtful) for c in found),
    }
