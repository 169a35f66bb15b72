"""Renewing the medium of long assays: all of it goes, and what was given is given again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from jakstat.errors import problem
from jakstat.experiment.assay_numbers import assay_number
from jakstat.experiment.protocol import Addition, Protocol
from jakstat.experiment.reading import Reading
from jakstat.pharmacology import find_agent
from jakstat.units import parse_time

__all__ = ["renewed"]

_SHORTEST = 1.0
_LONG = ("colony", "sphere")


def renewed(protocol: Protocol, reading: Reading, every: str | None) -> Protocol:
    """The protocol with its medium renewed, and ligands and drugs given once given again each time.

    Parameters
    ----------
    protocol : Protocol
    reading : Reading
        Colony and sphere assays are renewed at the interval of the table when ``every`` is None.
    every : str or None
        A time such as ``"3d"``, or ``"never"``.

    Raises
    ------
    InputError
        ``renew.interval`` below an hour, and as the grammar's.

    Examples
    --------
    >>> from jakstat.experiment.reading import parse_reading
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml", until="7d", parts="core")
    >>> renewed(p, parse_reading("7d:colony"), None).stimuli[0].schedule.starts
    (0.0, 72.0, 144.0)
    """
    hours = _interval(reading, every)
    if hours is None:
        return protocol
    again = tuple(float(t) for t in np.arange(hours, protocol.until - 1e-9, hours))

    agents = [_agent(a) for a in protocol.additions]

    def repeated(given: Addition) -> Addition:
        schedule = given.schedule
        if schedule.stop is not None or len(schedule.starts) > 1 or agents.count(_agent(given)) > 1:
            return given
        starts = (*schedule.starts, *(t for t in again if t > schedule.starts[0]))
        return replace(given, schedule=replace(schedule, starts=starts))

    return replace(
        protocol,
        stimuli=tuple(repeated(a) for a in protocol.stimuli),
        drugs=tuple(repeated(a) for a in protocol.drugs),
        medium_changes=tuple(sorted({*protocol.medium_changes, *again})),
    )


def _agent(given: Addition) -> str:
    found = find_agent(given.name)
    return given.name if found is None else found.name


def _interval(reading: Reading, every: str | None) -> float | None:
    if every is None:
        return assay_number("renewal_hours") if reading.kind in _LONG else None
    if every.strip() == "never":
        return None
    hours = parse_time(every, field="--renew")
    if hours < _SHORTEST:
        hint = "give an hour or more, or never"
        raise problem(
            "renew.interval", f"the medium cannot be renewed every {every}", field="--renew", hint=hint
        )
    return hours
