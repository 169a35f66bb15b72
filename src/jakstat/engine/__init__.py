"""SBML in, numbers out: reading, checking and integrating reaction networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jakstat.engine.load import load_sbml
    from jakstat.engine.model import Model

__all__ = ["Model", "load_sbml"]

_HOME = {"Model": "model", "load_sbml": "load"}


def __getattr__(name: str) -> object:
    # lazily, because the reading child must start without NumPy and SciPy
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
