"""What is read of a simulation, as ``--at`` says it: a time, a peak, an area, or a growth assay.

::

    20min  peak  auc  72h:growth  14d:colony  10d:sphere  growth  colony  sphere

An assay without a time has the one of the table (``experiment/parameters.csv``). Assays look at the cells
whatever the readout: at their number, or at their rates of division and death.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np

from jakstat.arrays import Floats
from jakstat.curves import area, peak, share, value_at, window
from jakstat.errors import problem
from jakstat.experiment.assay_numbers import assay_number
from jakstat.experiment.growth_assays import DeathSwitch, colonies, spheres
from jakstat.experiment.readouts import read_readout
from jakstat.limits import LIMITS
from jakstat.units import parse_time

__all__ = ["ASSAYS", "Reading", "parse_reading"]

Kind = Literal["time", "peak", "auc", "growth", "colony", "sphere"]
Assay = Literal["growth", "colony", "sphere"]
ASSAYS: tuple[Assay, ...] = get_args(Assay)

_SEEN: Mapping[str, tuple[str, ...]] = {
    "growth": ("cell_number",),
    "colony": ("proliferation_rate", "apoptosis_rate"),
    "sphere": ("proliferation_rate", "apoptosis_rate", "stemness_score"),
}
_RESULT = {
    "growth": ("viable cells", "1", "cells at the end over those at the start"),
    "colony": ("colonies", "1", "colonies per seeded cell"),
    "sphere": ("spheres", "1", "spheres per seeded cell"),
}
_PER_HOUR = 2
_CURVE_POINTS = 241


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of a simulation.

    Parameters
    ----------
    at : str
        As written.
    kind : {"time", "peak", "auc", "growth", "colony", "sphere"}
    hour : float or None
        When it is read, or how long the assay lasts; None for a peak or an area.
    readout : str
        What is read; assays have their own.
    """

    at: str
    kind: Kind
    hour: float | None
    readout: str

    @property
    def assay(self) -> bool:
        """Whether it is a growth assay."""
        return self.kind in ASSAYS

    @property
    def observed(self) -> tuple[str, ...]:
        """Observables that the simulation has to report."""
        return _SEEN.get(self.kind, (self.readout,))

    @property
    def points(self) -> int:
        """Evenly spaced samples that the reading needs."""
        if self.kind in ("peak", "auc"):
            return _CURVE_POINTS
        if self.kind in ("colony", "sphere") and self.hour is not None:
            return max(int(self.hour * _PER_HOUR) + 1, 3)
        return 2

    @property
    def name(self) -> str:
        """What the number is called."""
        return _RESULT[self.kind][0] if self.assay else self.readout

    def unit(self, of_readout: str) -> str:
        """Unit of the number, from that of the readout."""
        if self.assay:
            return _RESULT[self.kind][1]
        return f"{of_readout} h" if self.kind == "auc" else of_readout

    def title(self, of_readout: str) -> str:
        """What the number is, in words."""
        return _RESULT[self.kind][2] if self.assay else of_readout

    def numbers(self, times: Floats, values: Mapping[str, Floats], switch: DeathSwitch | None) -> Floats:
        """The number of every simulation.

        Parameters
        ----------
        times : array (T,)
            Hours; the reading looks at those from 0 on.
        values : mapping of observable to array (..., T)
        switch : DeathSwitch or None
            Of the same simulations; only spheres need it.

        Returns
        -------
        array (...)

        Examples
        --------
        >>> x = np.array([[9.0, 1.0, 3.0, 2.0]])
        >>> hours = np.array([-1.0, 0.0, 1.0, 2.0])
        >>> parse_reading("peak").numbers(hours, {"pSTAT3": x}, None).tolist()
        [3.0]
        """
        seen = [window(times, values[name], 0.0)[1] for name in self.observed]
        hours, _ = window(times, times, 0.0)
        if self.kind == "time":
            return value_at(hours, seen[0], self.hour or 0.0)
        if self.kind == "peak":
            return peak(hours, seen[0])
        if self.kind == "auc":
            return area(hours, seen[0])
        if self.kind == "growth":
            return share(seen[0][..., -1], seen[0][..., 0])
        if self.kind == "colony":
            return colonies(hours, seen[0], seen[1])
        assert switch is not None
        return spheres(hours, seen[0], seen[1], seen[2], switch)

    def __call__(self, times: Floats, values: Floats) -> Floats:
        """The number of every trajectory (lanes, T) as a column (lanes, 1); no growth assay."""
        return self.numbers(times, {self.readout: values}, None)[:, np.newaxis]


def parse_reading(text: str, *, readout: str = "pSTAT3", field: str = "--at", assays: bool = True) -> Reading:
    """A :class:`Reading` from text; ``assays`` says whether growth assays are among what may be read.

    Raises
    ------
    InputError
        ``option.value`` for what is no reading, ``assay.length``, and as
        :func:`jakstat.units.parse_time`.

    Examples
    --------
    >>> parse_reading("14d:colony").hour, parse_reading("growth").hour, parse_reading("20min").kind
    (336.0, 72.0, 'time')
    """
    trimmed, readout = text.strip(), read_readout(readout)
    before, colon, after = (part.strip() for part in trimmed.partition(":"))
    if trimmed in ("peak", "auc"):
        return Reading(trimmed, cast("Kind", trimmed), None, readout)
    if (colon or trimmed in ASSAYS) and not assays:
        hint = "write a time (20min), peak or auc; --readout cell_number --at 72h for growth"
        raise problem("option.value", f"no assay {trimmed[:40]!r} here", field=field, hint=hint)
    if colon or trimmed in ASSAYS:
        assay = after if colon else trimmed
        if assay not in ASSAYS:
            hint = f"write e.g. {', '.join(f'72h:{a}' for a in ASSAYS)}"
            raise problem("option.value", f"no assay {assay[:40]!r}", field=field, hint=hint)
        hour = parse_time(before, field=field) if colon else assay_number(f"{assay}_hours")
        if not 0 < hour <= LIMITS.assay_hours:
            message = f"an assay of {hour:g} h is not possible"
            raise problem("assay.length", message, field=field, hint=f"at most {LIMITS.assay_hours:g} h")
        return Reading(trimmed, cast("Kind", assay), hour, readout)
    if not any(c.isdigit() for c in trimmed):
        hint = "write a time (20min), peak, auc, 72h:growth, 14d:colony or 10d:sphere"
        raise problem("option.value", f"no reading {trimmed[:40]!r}", field=field, hint=hint)
    hour = parse_time(trimmed, field=field)
    if hour < 0:
        raise problem("time.span", f"{trimmed} lies before time 0", field=field, hint="read at 0 or later")
    return Reading(trimmed, "time", hour, readout)
