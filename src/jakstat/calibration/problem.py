"""A calibration problem: parameters, experiments, observables and measurements, checked and read.

It is the same whether it came from PEtab 1, PEtab 2 or a script.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from jakstat.calibration.formula import TableFormula
from jakstat.calibration.priors import Prior
from jakstat.engine.model import Model

__all__ = [
    "ConditionChange",
    "FitExperiment",
    "FitObservable",
    "FitParameter",
    "FitProblem",
    "Measurement",
    "Period",
]

Array = npt.NDArray[np.float64]
Scale = Literal["lin", "log", "log10"]
Role = Literal["", "scaling", "offset", "sigma"]


@dataclass(frozen=True, slots=True)
class FitParameter:
    """A row of the parameter table.

    Parameters
    ----------
    id : str
    scale : {"lin", "log", "log10"}
        Scale of the search; bounds and values here are not on it.
    low, high, nominal : float
    estimated : bool
    role : {"", "scaling", "offset", "sigma"}
        Solved within each evaluation when not empty.
    prior : Prior or None
    unit : str
    """

    id: str
    scale: Scale = "lin"
    low: float = -math.inf
    high: float = math.inf
    nominal: float = math.nan
    estimated: bool = True
    role: Role = ""
    prior: Prior | None = None
    unit: str = ""

    def to_scale(self, value: float) -> float:
        """A value on the scale of the search.

        Examples
        --------
        >>> FitParameter("k", "log10").to_scale(100.0)
        2.0
        """
        if self.scale == "lin":
            return value
        if value <= 0:
            return -math.inf
        return math.log10(value) if self.scale == "log10" else math.log(value)


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """``target`` takes the value of ``formula``."""

    target: str
    formula: TableFormula


@dataclass(frozen=True, slots=True)
class Period:
    """What is changed at a time; minus infinity is pre-equilibration."""

    time: float
    changes: tuple[ConditionChange, ...] = ()


@dataclass(frozen=True, slots=True)
class FitExperiment:
    """Periods in order of time; the first finite one is the start of the simulation."""

    id: str
    periods: tuple[Period, ...] = (Period(0.0),)

    @property
    def before(self) -> Period | None:
        """The pre-equilibration, if there is one."""
        return self.periods[0] if math.isinf(self.periods[0].time) else None

    @property
    def main(self) -> tuple[Period, ...]:
        """The periods that are simulated."""
        return self.periods[1:] if math.isinf(self.periods[0].time) else self.periods


@dataclass(frozen=True, slots=True)
class FitObservable:
    """What is measured: formula of the model's value, of its noise, and the kind of noise.

    ``transform`` is the scale on which the noise is additive. Placeholders are filled by
    each measurement's own values.
    """

    id: str
    formula: TableFormula
    noise: TableFormula
    transform: Scale = "lin"
    distribution: Literal["normal", "laplace"] = "normal"
    placeholders: tuple[str, ...] = ()
    noise_placeholders: tuple[str, ...] = ()
    name: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured value; numbers of its observable and experiment, and what fills the placeholders."""

    observable: int
    experiment: int
    time: float
    value: float
    overrides: tuple[TableFormula, ...] = ()
    noise_overrides: tuple[TableFormula, ...] = ()
    dataset: str = ""


@dataclass(frozen=True)
class FitProblem:
    """Everything an objective needs.

    Parameters
    ----------
    name : str
    model : Model
    parameters : tuple of FitParameter
    observables : tuple of FitObservable
    experiments : tuple of FitExperiment
    measurements : tuple of Measurement
    sources : tuple of str
        Keys of the records it rests on.
    inputs : dict
        What decides its numbers, for a manifest.
    model_file : Path, optional
        The SBML file, for writing the problem out.
    """

    name: str
    model: Model
    parameters: tuple[FitParameter, ...]
    observables: tuple[FitObservable, ...]
    experiments: tuple[FitExperiment, ...]
    measurements: tuple[Measurement, ...]
    sources: tuple[str, ...] = ()
    inputs: dict[str, object] = field(default_factory=dict)
    model_file: Path | None = None

    @cached_property
    def outer(self) -> tuple[FitParameter, ...]:
        """Parameters that the optimiser searches."""
        return tuple(p for p in self.parameters if p.estimated and not p.role)

    @cached_property
    def inner(self) -> tuple[FitParameter, ...]:
        """Parameters solved within each evaluation."""
        return tuple(p for p in self.parameters if p.estimated and p.role)

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the searched parameters."""
        return tuple(p.id for p in self.outer)

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        """Lower and upper bounds of the search on its scale, shape (K,) each."""
        low = np.array([p.to_scale(p.low) for p in self.outer])
        return low, np.array([p.to_scale(p.high) for p in self.outer])

    @cached_property
    def nominal(self) -> Array:
        """Nominal values on the scale of the search, shape (K,); NaN where there is none."""
        return np.array([p.to_scale(p.nominal) for p in self.outer])

    def values(self, x: Array) -> Array:
        """Parameter values of vectors on the scale of the search, shape (..., K)."""
        return unscaled(self.outer, x)


def unscaled(parameters: Sequence[FitParameter], x: Array) -> Array:
    """Values of vectors that lie on the scale of the search, shape (..., K).

    Examples
    --------
    >>> unscaled([FitParameter("k", "log10"), FitParameter("b")], np.array([2.0, 3.0]))
    array([100.,   3.])
    """
    found = np.array(x, dtype=np.float64)
    for scale, base in (("log10", 10.0), ("log", None)):
        at = [i for i, p in enumerate(parameters) if p.scale == scale]
        if at:
            there = found[..., at]
            found[..., at] = np.exp(there) if base is None else np.power(base, there)
    return found
