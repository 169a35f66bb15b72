"""What the documents of all questions share: head and foot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jakstat.store import NOTICE, attribute

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset

__all__ = ["foot", "head"]


def head(found: AnyDataset) -> dict[str, Any]:
    """How every document begins."""
    return {"context": found.attrs["context"], "question": attribute(found.attrs, "question")}


def foot(found: AnyDataset) -> dict[str, Any]:
    """How every document ends."""
    return {"notes": found.attrs["notes"], "manifest": attribute(found.attrs, "manifest"), "notice": NOTICE}
