"""SBML in, numbers out: reading, checking and integrating reaction networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jakstat.engine.doses import Dose
    from jakstat.engine.import_report import ImportReport
    from jakstat.engine.load import load_sbml
    from jakstat.engine.model import Model
    from jakstat.engine.network import Network
    from jakstat.engine.result import Failure, Result, Violation
    from jakstat.engine.unsupported import UNSUPPORTED

__all__ = [
    "UNSUPPORTED",
    "Dose",
    "Failure",
    "ImportReport",
    "Model",
    "Network",
    "Result",
    "Violation",
    "load_sbml",
]


def __getattr__(name: str) -> object:
    # lazily, because the reading child must start without NumPy and SciPy
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = {
        "UNSUPPORTED": "unsupported",
        "Dose": "doses",
        "Failure": "result",
        "ImportReport": "import_report",
        "Model": "model",
        "Network": "network",
        "Result": "result",
        "Violation": "result",
        "load_sbml": "load",
    }[name]
    return getattr(import_module(f"{__name__}.{home}"), name)
