"""A context's model, and the steady state in which its cells rest before an experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jakstat.biology import CORE_PARTS, Assembly, assemble
from jakstat.engine.load import load_sbml
from jakstat.errors import Outcome

if TYPE_CHECKING:
    from jakstat.engine.model import Model
    from jakstat.engine.result import Result

__all__ = ["AT_REST", "Loaded", "Resting", "at_rest", "brought_to_rest", "loaded", "resting", "solved"]

Values = tuple[tuple[str, tuple[float, ...]], ...]

_HORIZON_HOURS = 2000.0
"""Long against every turnover of the model; a lane that moves still is reported as not steady."""
_RELATIVE, _ABSOLUTE = 1e-8, 1e-11
_SOLVERS = ("rodas5p", "BDF")
_FEW = 12
"""From this many lanes on, a failed one is left out and not solved again by the plain solver."""
AT_REST: Mapping[str, float] = MappingProxyType({"counting": 0.0})
"""Parameters that differ while cells come to rest: what only accumulates stands still then."""


@dataclass(frozen=True)
class Loaded:
    """A context's assembly and the model that the engine made of it."""

    assembly: Assembly
    model: Model


@dataclass(frozen=True)
class Resting:
    """The steady state of every lane: amounts by species (lanes,), and how each lane ended."""

    amounts: Mapping[str, NDArray[np.float64]]
    outcomes: tuple[Outcome, ...]


def at_rest(model: Model, values: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Parameter ``values`` of a run as they are while its cells come to rest.

    Examples
    --------
    >>> at_rest(loaded("hepg2").model, {"k": np.ones(2)})
    {'k': array([1., 1.])}
    """
    known = {p.id for p in model.network.parameters}
    return {**values, **{name: np.array([v]) for name, v in AT_REST.items() if name in known}}


def solved(run: Callable[[str], Result], *, lanes: int = 1) -> Result:
    """The result of ``run`` with the first solver, or with the next when a lane met a NaN.

    A trial step from an amount of 0 may reach a negative one, of which a fractional power is NaN;
    the plain BDF takes other steps there. Of many ``lanes`` one that fails stays failed, unless all do.
    """
    for method in _SOLVERS:
        result = run(method)
        if Outcome.NOT_A_NUMBER not in result.outcomes or (lanes >= _FEW and result.ok.any()):
            break
    return result


def brought_to_rest(model: Model, values: Mapping[str, NDArray[np.float64]], *, lanes: int = 1) -> Result:
    """The steady state in which the cells of every lane rest; what only accumulates stands still.

    Parameters
    ----------
    model : Model
    values : mapping of id to array (1,) or (lanes,)
        Parameters in force while the cells come to rest.
    lanes : int

    Returns
    -------
    Result
        One time point; a lane that moves still after 2000 h is ``NOT_STEADY``.

    Examples
    --------
    >>> brought_to_rest(loaded("hepg2").model, {}).ok.all()
    np.True_
    """
    return solved(
        lambda method: model.equilibrate(
            parameters=at_rest(model, values) or None,
            horizon=_HORIZON_HOURS,
            rtol=_RELATIVE,
            atol=_ABSOLUTE,
            method=method,
        ),
        lanes=lanes,
    )


def loaded(context: str, parts: tuple[str, ...] = CORE_PARTS) -> Loaded:
    """The assembled and loaded model of a context with the given parts (made once per process).

    Examples
    --------
    >>> loaded("hepg2").assembly.context.species
    'human'
    """
    return _loaded(context, parts)


@lru_cache(maxsize=16)
def _loaded(context: str, parts: tuple[str, ...]) -> Loaded:
    assembly = assemble(context, parts=parts)
    return Loaded(assembly, load_sbml(assembly.sbml, trusted=True))


@lru_cache(maxsize=64)
def resting(context: str, parts: tuple[str, ...], values: Values) -> Resting:
    """The steady state under parameter ``values`` (one number, or one per lane, for each)."""
    model = loaded(context, parts).model
    result = brought_to_rest(model, {name: np.array(v) for name, v in values})
    return Resting(result.final(), tuple(Outcome(int(code)) for code in result.outcomes))
