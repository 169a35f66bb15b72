"""The product's cell model, run by its own engine: parameter sets times conditions are lanes.

The acute-phase genes act back on nothing and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jakstat.engine.doses import Dose
from jakstat.engine.model import Model
from jakstat.errors import Outcome
from jakstat.experiment.resting import loaded_cell
from scripts.fit_core.measurements import Condition

__all__ = ["MODEL_PARTS", "OBSERVED", "Protocol", "Ran", "Simulator"]

Array = npt.NDArray[np.float64]

OBSERVED = (
    "pSTAT3",
    "pSTAT3_cytoplasmic",
    "pSTAT3_nuclear",
    "STAT3_cytoplasmic",
    "STAT3_nuclear",
    "pSTAT3_share_cytoplasmic",
    "STAT3_nuclear_cytoplasmic_ratio",
    "pJAK1",
    "pgp130",
    "IL6ST_total",
    "IL6_binding_sites",
    "SOCS3_mRNA",
    "SOCS3",
    "JAK1_total",
)
MODEL_PARTS = ("receptor", "jak", "stat3", "feedback", "jak_inhibitor_ruxolitinib", "blocker_Stattic")
_REST_H = 400.0
"""Time given to reach rest, long against every turnover of these parts."""
_SPAN = 1.6
"""Conditions whose last times differ by less than this factor run together."""


@dataclass(frozen=True)
class Protocol:
    """A condition and the times (T,), in hours and ascending, at which it is read."""

    condition: Condition
    times: Array


@dataclass(frozen=True)
class Ran:
    """Observables of all parameter sets: at rest (S, O), and along each protocol (S, T, O).

    ``ok`` (S,) tells which sets ran to the end; the others hold NaN somewhere.
    """

    rest: Array
    curves: tuple[Array, ...]
    ok: npt.NDArray[np.bool_]

    def of_set(self, index: int, protocols: slice) -> list[Array]:
        """The curves (T, O) of one set along some of the protocols."""
        return [curve[index] for curve in self.curves[protocols]]


class Simulator:
    """One context's model, ready to run many conditions with many parameter sets at once."""

    def __init__(self, context: str, *, rtol: float = 1e-5, atol: float = 1e-8) -> None:
        cell = loaded_cell(context, MODEL_PARTS)
        self._model: Model = cell.model
        self._numbers = {row.id: row.value for row in cell.assembly.parameters}
        self._species = [s.id for s in self._model.network.species]
        self._outputs = [cell.assembly.observables[name].symbol for name in OBSERVED]
        self._rtol, self._atol = rtol, atol

    def run(self, sets: Sequence[Mapping[str, float]], protocols: Sequence[Protocol]) -> Ran:
        """Run every protocol from rest with every parameter set.

        Parameters
        ----------
        sets : sequence of mapping of id to value in model units
            Values that replace those of the product's tables; every set names the same ids.
        protocols : sequence of Protocol
        """
        values = {key: np.array([s[key] for s in sets]) for key in sets[0]}
        rested = self._model.simulate(
            [0.0, _REST_H],
            parameters=values or None,
            outputs=[*self._species, *self._outputs],
            rtol=self._rtol * 1e-2,
            atol=self._atol * 1e-2,
        )
        ok = np.asarray(rested.outcomes) == int(Outcome.OK)
        final = rested.final()
        amounts = {name: np.where(ok, final[name], 0.0) for name in self._species}
        rest = np.stack([rested.value(o)[:, -1] for o in self._outputs], axis=1)
        curves: dict[int, Array] = {}
        for group in _together(protocols):
            ok &= self._follow(group, protocols, values, amounts, rest, curves)
        return Ran(rest, tuple(curves[i] for i in range(len(protocols))), ok)

    def _follow(
        self,
        group: Sequence[int],
        protocols: Sequence[Protocol],
        values: Mapping[str, Array],
        amounts: Mapping[str, Array],
        rest: Array,
        curves: dict[int, Array],
    ) -> npt.NDArray[np.bool_]:
        """Fill the curves of the protocols in ``group``; which sets ran to the end (S,)."""
        n, m = len(rest), len(group)
        doses = [self._doses(protocols[i].condition) for i in group]
        start = min([0.0, *(d.time for lane in doses for d in lane)])
        grid = np.unique(np.concatenate([[start], *(protocols[i].times for i in group)]))
        grid = grid[grid >= start]
        if len(grid) == 1:
            grid = np.array([start, start + 1e-3])
        result = self._model.simulate(
            grid,
            parameters={k: np.repeat(v, m) for k, v in values.items()} or None,
            initial={k: np.repeat(v, m) for k, v in amounts.items()},
            doses=doses * n,
            outputs=self._outputs,
            rtol=self._rtol,
            atol=self._atol,
        )
        shown = np.stack([result.value(o) for o in self._outputs], axis=2).reshape(n, m, len(grid), -1)
        for j, i in enumerate(group):
            times = protocols[i].times
            curve = shown[:, j, np.clip(np.searchsorted(grid, times), 0, len(grid) - 1)]
            # A sample at or before 0 counts as rest, whatever drug was already there: the published
            # time 0 is the untreated sample of the series.
            curve[:, times <= 0] = rest[:, None]
            curves[i] = curve
        codes = np.asarray(result.outcomes).reshape(n, m)
        return np.asarray((codes == int(Outcome.OK)).all(axis=1))

    def _doses(self, condition: Condition) -> tuple[Dose, ...]:
        medium = self._numbers["medium"]
        found = []
        if condition.ruxolitinib_nM > 0:
            found.append(Dose(condition.drug_at_h, "ruxolitinib", condition.ruxolitinib_nM * medium))
        if condition.stattic_uM > 0:
            found.append(Dose(condition.drug_at_h, "Stattic", condition.stattic_uM * 1000 * medium))
        if condition.actinomycin_D is not None:
            on, off = condition.actinomycin_D
            found.append(Dose(on, "actinomycin_D", 1.0, action="set"))
            if off is not None:
                found.append(Dose(off, "actinomycin_D", 0.0, action="set"))
        if condition.cycloheximide:
            found.append(Dose(0.0, "cycloheximide", 1.0, action="set"))
        dose = condition.il6_ng_ml / self._numbers["molar_mass_IL6"] * medium
        found.append(Dose(0.0, "IL6", dose))
        if condition.il6_end_h is not None:
            found.append(Dose(condition.il6_end_h, "IL6", 0.0, action="set"))
        return tuple(sorted(found, key=lambda d: d.time))


def _together(protocols: Sequence[Protocol]) -> Iterator[list[int]]:
    """Indices of protocols that end at about the same time, and so waste no integration together."""
    last = [float(p.times.max()) for p in protocols]
    group: list[int] = []
    for i in sorted(range(len(protocols)), key=last.__getitem__):
        if group and last[i] > _SPAN * max(last[group[0]], 0.2):
            yield group
            group = []
        group.append(i)
    if group:
        yield group
