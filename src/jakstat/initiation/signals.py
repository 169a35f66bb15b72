"""What a cell under a protocol says to its lineage: stemness, division and death over the resting cell's.

The cell is simulated for ten days in a medium that is renewed as in other long assays, with the drugs and
without them, and each output is averaged over this time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.curves import time_mean, window
from jakstat.errors import problem
from jakstat.experiment.control import control_name
from jakstat.experiment.protocol import Protocol, Sampling
from jakstat.experiment.reading import parse_reading
from jakstat.experiment.renewal import renewed
from jakstat.experiment.run import run_protocol
from jakstat.initiation.lineage import Signal
from jakstat.store import attribute

__all__ = ["CellSignals", "cell_signals"]

_READ = "10d:sphere"
_OUTPUTS = ("stemness_score", "proliferation_rate", "apoptosis_rate")


@dataclass(frozen=True, slots=True)
class CellSignals:
    """What the cells of each arm say, over the resting cell.

    Parameters
    ----------
    arms : mapping of str to Signal
        ``control`` and, with drugs, ``treated``; NaN where the simulation failed.
    division : float
        Division of the resting cell in culture, 1/h.
    question : mapping
        What was asked, as it was understood.
    title : str
    sources, notes : tuple of str
    """

    arms: Mapping[str, Signal]
    division: float
    question: Mapping[str, Any]
    title: str
    sources: tuple[str, ...]
    notes: tuple[str, ...]


def cell_signals(protocol: Protocol, *, renew: str | None = None) -> CellSignals:
    """Simulate the cell of a protocol and compare it with the resting cell.

    Parameters
    ----------
    protocol : Protocol
        One level of everything; its length and readouts are those of the assay.
    renew : str, optional
        How often the medium is renewed with what it held, e.g. ``"3d"``, or ``"never"``.

    Returns
    -------
    CellSignals

    Raises
    ------
    InputError
        ``series.many``; as :func:`jakstat.experiment.run.run_protocol`.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> said = cell_signals(make_protocol("hepg2", drugs="ruxolitinib=1uM", parts="core,auto"))
    >>> bool(said.arms["treated"].stemness < said.arms["control"].stemness)
    True
    """
    if protocol.series:
        hint = "give one level of each"
        raise problem("series.many", f"{protocol.series[0]} has several levels", hint=hint)
    reading = parse_reading(_READ)
    named = ("auto",) if protocol.parts and "auto" not in protocol.parts else ()
    asked = replace(
        protocol,
        until=float(reading.hour or 0.0),
        observe=reading.observed,
        sampling=Sampling(reading.points, protocol.sampling.times),
        parts=(*protocol.parts, *named),
        read_at=None,
    )
    found = run_protocol(renewed(asked, reading, renew), control=bool(protocol.drugs))
    time = found["time"].values
    last = control_name if protocol.drugs else str
    rest = {name: float(found[last(name)].values[0, 0]) for name in reading.observed}
    names = {"control": last, "treated": str} if protocol.drugs else {"control": last}
    arms = {
        arm: _signal(time, {name: found[called(name)].values[0] for name in reading.observed}, rest)
        for arm, called in names.items()
    }
    return CellSignals(
        arms,
        rest["proliferation_rate"],
        attribute(found.attrs, "question"),
        str(found.attrs["title"]),
        tuple(found.attrs["sources"]),
        tuple(found.attrs["notes"]),
    )


def _signal(time: Floats, values: Mapping[str, Floats], rest: Mapping[str, float]) -> Signal:
    hours, _ = window(time, time, 0.0)
    mean = {name: float(time_mean(hours, window(time, v, 0.0)[1])) for name, v in values.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = {name: np.float64(mean[name]) / rest[name] for name in mean}
    stemness, division, apoptosis = (float(fold[name]) for name in _OUTPUTS)
    return Signal(stemness, division, apoptosis)
