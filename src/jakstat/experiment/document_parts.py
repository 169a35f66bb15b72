"""What the JSON documents of all questions share: plain values, the head and the foot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.store import NOTICE

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["foot", "head", "plain"]


def plain(value: object) -> Any:
    """JSON has neither NaN nor NumPy's types."""
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.tolist()]
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def head(found: xr.Dataset) -> dict[str, Any]:
    """How every document begins."""
    return {"context": found.attrs["context"]}


def foot(found: xr.Dataset) -> dict[str, Any]:
    """How every document ends."""
    return {"notes": found.attrs["notes"], "manifest": found.attrs["manifest"], "notice": NOTICE}
