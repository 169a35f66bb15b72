"""The product's cell model without trans signalling, run by libRoadRunner.

No data set of the fit has soluble IL-6R or sgp130, so their species are zero throughout; leaving
them out halves the time of a run and changes no other species.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import antimony
import numpy as np
import numpy.typing as npt
import roadrunner

from jakstat.biology import assemble
from jakstat.biology.observables import observables
from jakstat.biology.parts import part
from scripts.fit_core.measurements import Condition

__all__ = ["OBSERVED", "Protocol", "Simulator", "reduced_sbml"]

Array = npt.NDArray[np.float64]
Action = Callable[[], None]

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
_COMPARTMENTS = ("medium", "cytoplasm", "nucleus", "membrane")
_PARTS = ("receptor", "jak", "stat3", "feedback")  # targets act back on nothing
_TRANS = (
    "sIL6R",
    "sgp130",
    "IL6_sIL6R_sgp130",
    "IL6_sIL6R",
    "ternary_trans",
    *(f"hexamer_{kind}{state}" for kind in ("ct", "tt") for state in ("", "_pJAK1", "_pgp130")),
)
_TRANS_NAME = re.compile(r"\b(" + "|".join(sorted(_TRANS, key=len, reverse=True)) + r")\b")
_REST_H = 400.0  # time given to reach rest, from JAK1 and STAT3 alone


@dataclass(frozen=True)
class Protocol:
    """A condition and the times (T,), in hours and ascending, at which it is read."""

    condition: Condition
    times: Array


def _part_lines(name: str) -> list[str]:
    lines = []
    for line in part(name).text.splitlines():
        if line.startswith("species"):
            kept = [
                n for n in line.removeprefix("species ").rstrip(";").split(",") if not _TRANS_NAME.search(n)
            ]
            if kept:
                lines.append(f"species {','.join(kept)};")
        elif "->" not in line or not _TRANS_NAME.search(line.split(";")[0]):
            lines.append(_TRANS_NAME.sub("0", line))
    return lines


def reduced_sbml(context: str) -> tuple[str, dict[str, float]]:
    """The context's model without trans species as SBML, and its numbers in model units."""
    values = {row.id: row.value for row in assemble(context).parameters}
    lines = ["model m"]
    lines += [f"compartment {c}={values[c]!r};" for c in _COMPARTMENTS]
    lines += [f"{key}={value!r};" for key, value in values.items() if key not in _COMPARTMENTS]
    for name in _PARTS:
        lines += _part_lines(name)
    shown = [o for o in observables() if o.name in OBSERVED]
    lines += [f"{o.symbol} := {_TRANS_NAME.sub('0', o.formula)};" for o in shown]
    lines.append("end")
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString("\n".join(lines)) < 0:
        raise RuntimeError(f"the reduced model does not load: {antimony.getLastError()}")
    return str(antimony.getSBMLString("m")), values


class Simulator:
    """One context's reduced model, ready to run many conditions with many parameter sets."""

    def __init__(self, context: str, *, rtol: float = 1e-7, atol: float = 1e-10) -> None:
        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
        sbml, self._values = reduced_sbml(context)
        runner: Any = roadrunner.RoadRunner(sbml)
        runner.integrator.relative_tolerance = rtol
        runner.integrator.absolute_tolerance = atol
        runner.integrator.maximum_num_steps = 20000
        self._runner = runner
        self._species = {name: i for i, name in enumerate(runner.model.getFloatingSpeciesIds())}
        self._symbols = [f"observable_{name}" for name in OBSERVED]

    def run(
        self, parameters: Mapping[str, float], protocols: Sequence[Protocol]
    ) -> tuple[Array, list[Array]]:
        """Run every protocol from rest.

        Parameters
        ----------
        parameters : mapping of id to value in model units
            Values that replace those of the product's tables.
        protocols : sequence of Protocol

        Returns
        -------
        rest : array (O,)
            The observables of :data:`OBSERVED` at rest, in zmol or as shares.
        curves : list of array (T, O)
            One per protocol.
        """
        for key, value in parameters.items():
            self._runner.setValue(key, float(value))
        numbers = {**self._values, **parameters}
        resting = self._rest(numbers)
        rest = np.array([self._runner.getValue(symbol) for symbol in self._symbols])
        return rest, [self._follow(p, numbers, resting, rest) for p in protocols]

    def _switch_off(self) -> None:
        self._runner.setValue("actinomycin_D", 0)
        self._runner.setValue("cycloheximide", 0)

    def _rest(self, numbers: Mapping[str, float]) -> Array:
        model = self._runner.model
        amounts = np.zeros(len(self._species))
        for gene in ("JAK1", "STAT3"):
            amounts[self._species[gene]] = numbers[f"factor_{gene}"] * numbers[f"abundance_{gene}"]
        self._switch_off()
        model.setFloatingSpeciesAmounts(amounts)
        self._runner.timeCourseSelections = ["time"]
        self._runner.simulate(0, _REST_H, 2)
        resting: Array = model.getFloatingSpeciesAmounts().copy()
        self._runner.timeCourseSelections = ["time", *self._symbols]
        model.setFloatingSpeciesAmounts(resting)
        return resting

    def _events(
        self, condition: Condition, numbers: Mapping[str, float]
    ) -> list[tuple[float, Callable[[], None]]]:
        """What happens when, in order; what happens at one time keeps the order of this list."""
        medium = numbers["medium"]

        def add(species: str, nanomolar: float) -> Action:
            return lambda: self._set_amount(species, nanomolar * medium)

        def switch(name: str, state: float) -> Action:
            return lambda: self._runner.setValue(name, state)

        events = []
        if condition.ruxolitinib_nM > 0:
            events.append((condition.drug_at_h, add("ruxolitinib", condition.ruxolitinib_nM)))
        if condition.stattic_uM > 0:
            events.append((condition.drug_at_h, add("Stattic", condition.stattic_uM * 1000)))
        if condition.actinomycin_D is not None:
            start, end = condition.actinomycin_D
            events.append((start, switch("actinomycin_D", 1.0)))
            if end is not None:
                events.append((end, switch("actinomycin_D", 0.0)))
        if condition.cycloheximide:
            events.append((0.0, switch("cycloheximide", 1.0)))
        events.append((0.0, add("IL6", condition.il6_ng_ml / numbers["molar_mass_IL6"])))
        if condition.il6_end_h is not None:
            events.append((condition.il6_end_h, add("IL6", 0.0)))
        return sorted(events, key=lambda event: event[0])

    def _set_amount(self, species: str, amount: float) -> None:
        amounts = self._runner.model.getFloatingSpeciesAmounts().copy()
        amounts[self._species[species]] = amount
        self._runner.model.setFloatingSpeciesAmounts(amounts)

    def _follow(self, protocol: Protocol, numbers: Mapping[str, float], resting: Array, rest: Array) -> Array:
        times, condition = np.asarray(protocol.times, dtype=float), protocol.condition
        curve = np.empty((len(times), len(OBSERVED)))
        # A sample at or before 0 counts as rest, whatever drug was already there: the published
        # time 0 is the untreated sample of the series.
        curve[times <= 0] = rest
        last = float(times.max())
        events = self._events(condition, numbers)
        if last <= 0 or (len(events) == 1 and condition.il6_ng_ml == 0):
            curve[:] = rest
            return curve
        self._runner.model.setFloatingSpeciesAmounts(resting)
        self._switch_off()
        stops = sorted({time for time, _ in events})
        for start, following in zip(stops, [*stops[1:], last], strict=True):
            if start >= last:
                break
            for time, act in events:
                if time == start:
                    act()
            self._stretch(start, min(following, last), times, curve)
        return curve

    def _stretch(self, start: float, end: float, times: Array, curve: Array) -> None:
        """Integrate from ``start`` to ``end`` and fill the samples after 0 that lie between."""
        if end <= start:
            return
        chosen = (times > start) & (times <= end) & (times > 0)
        grid = [start, *sorted(set(times[chosen].tolist()))]
        if grid[-1] < end:
            grid.append(end)
        runner = self._runner
        result = np.array(runner.simulate(start, end, 2) if len(grid) == 2 else runner.simulate(times=grid))
        place = {round(time, 9): i for i, time in enumerate(grid)}
        for i in np.nonzero(chosen)[0]:
            curve[i] = result[place[round(float(times[i]), 9)], 1:]
