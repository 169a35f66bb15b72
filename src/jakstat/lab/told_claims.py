"""Claims of the literature with the verdicts that are shipped with the model."""

from __future__ import annotations

from typing import Any

from jakstat.evidence.recorded_verdicts import recorded_verdicts
from jakstat.knowledge.claims_document import claims_document

__all__ = ["told_claims"]


def told_claims(*, module: str | None = None, about: str | None = None) -> dict[str, Any]:
    """The document of `jakstat claims`, with ``verdict`` and ``role`` of each claim; empty where it has none.

    Examples
    --------
    >>> found = {c["id"]: c["verdict"] for c in told_claims(about="SOCS3")["claims"]}
    >>> found["C117"]
    'supported'
    """
    document, known = claims_document(module=module, about=about), recorded_verdicts()
    claims = []
    for claim in document["claims"]:
        found = known.get(claim["id"])
        told = {"verdict": "", "role": ""} if found is None else found._asdict()
        claims.append({**claim, **told})
    return {**document, "claims": claims}
