"""A protocol, a run, a labelled result."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jakstat.experiment.describe import make_protocol
    from jakstat.experiment.dose_series import HalfMaximum, half_maximum
    from jakstat.experiment.overlay import Overlay, read_overlay, scaled
    from jakstat.experiment.protocol import Protocol
    from jakstat.experiment.protocol_file import read_protocol
    from jakstat.experiment.records import half_maxima, to_csv, to_document
    from jakstat.experiment.run import run_protocol, simulate

__all__ = [
    "HalfMaximum",
    "Overlay",
    "Protocol",
    "half_maxima",
    "half_maximum",
    "make_protocol",
    "read_overlay",
    "read_protocol",
    "run_protocol",
    "scaled",
    "simulate",
    "to_csv",
    "to_document",
]

_HOME = {
    "HalfMaximum": "dose_series",
    "Overlay": "overlay",
    "Protocol": "protocol",
    "half_maxima": "records",
    "half_maximum": "dose_series",
    "make_protocol": "describe",
    "read_overlay": "overlay",
    "read_protocol": "protocol_file",
    "run_protocol": "run",
    "scaled": "overlay",
    "simulate": "run",
    "to_csv": "records",
    "to_document": "records",
}


def __getattr__(name: str) -> object:
    # lazily, so that a mistyped dose is refused before xarray and SciPy are loaded
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
