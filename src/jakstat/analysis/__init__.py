"""Questions asked of the model as a whole: where it rests, what moves it, whether it switches; its map."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jakstat.analysis.bimodality import dip_test
    from jakstat.analysis.cell_statistics import distributions
    from jakstat.analysis.combination.screen import screen
    from jakstat.analysis.combination.surface import combine
    from jakstat.analysis.drug_curves import dose_response, dose_responses
    from jakstat.analysis.influence import sensitivity
    from jakstat.analysis.input_scan import bistability
    from jakstat.analysis.rest import steady_states
    from jakstat.analysis.target_ranking import target_scan

__all__ = [
    "bistability",
    "combine",
    "dip_test",
    "distributions",
    "dose_response",
    "dose_responses",
    "screen",
    "sensitivity",
    "steady_states",
    "target_scan",
]

_HOME = {
    "bistability": "input_scan",
    "combine": "combination.surface",
    "dip_test": "bimodality",
    "distributions": "cell_statistics",
    "dose_response": "drug_curves",
    "dose_responses": "drug_curves",
    "screen": "combination.screen",
    "sensitivity": "influence",
    "steady_states": "rest",
    "target_scan": "target_ranking",
}


def __getattr__(name: str) -> object:
    # lazily, so that a mistyped dose is refused before xarray and SciPy are loaded
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
