"""From what a user gives (mappings, lists of text) to a checked protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from jakstat.biology import read_context
from jakstat.calls import one_call
from jakstat.errors import InputError, Problem
from jakstat.experiment.grammar import parse_addition, parse_perturbation, parse_times, parse_treatment
from jakstat.experiment.protocol import Addition, Protocol, Sampling, Treatment
from jakstat.experiment.readouts import read_readout
from jakstat.limits import LIMITS
from jakstat.pharmacology import find_agent
from jakstat.units import parse_time

__all__ = ["FIELDS", "Entries", "make_protocol"]

Entries = Mapping[str, object] | Iterable[str] | str | None
"""``{"IL6": "10 ng/ml"}``, ``["IL6=10ng/ml"]``, ``"IL6=10ng/ml"`` or nothing."""

S = TypeVar("S")
T = TypeVar("T")

FIELDS: Mapping[str, str] = {
    "stimuli": "--stimulus",
    "drugs": "--drug",
    "treatments": "--treatment",
    "perturb": "--knockdown",
    "medium_changes": "--medium-change",
    "until": "--until",
    "observe": "--observe",
    "points": "--points",
    "read_at": "--read-at",
    "parts": "--parts",
}
"""What each argument is called on the command line, for messages."""


def _texts(entries: Entries, field: str, problems: list[Problem], *, link: str) -> list[str]:
    """Entries as text of the grammar; mappings become ``key link value``."""
    if entries is None:
        return []
    if isinstance(entries, str):
        return [entries]
    if isinstance(entries, Mapping):
        texts = [str(k) if v in (None, "") else f"{k}{link}{v}" for k, v in entries.items()]
    else:
        texts = [str(entry) for entry in entries]
    if len(texts) > LIMITS.entries:
        message = f"{len(texts)} entries are too many"
        problems.append(Problem("entries.too-many", message, field=field, hint=f"at most {LIMITS.entries}"))
        return []
    return texts


def _own_named(drug: Addition, problems: list[Problem]) -> Addition:
    """A drug of the user's own under the name that says which numbers are meant."""
    try:
        found = find_agent(drug.name)
    except InputError as error:  # a copy of it that was spoilt
        problems += error.problems
        return drug
    return drug if found is None or found.own is None else replace(drug, name=found.name)


def _undosed(text: str) -> bool:
    return "=" not in text and "@" in text


def _parsed(texts: Iterable[S], parse: Callable[[S], T], problems: list[Problem]) -> tuple[T, ...]:
    """Each text parsed; problems of all of them are collected."""
    found: list[T] = []
    for text in texts:
        try:
            found.append(parse(text))
        except InputError as error:
            problems.extend(error.problems)
    return tuple(found)


@one_call
def make_protocol(
    context: str,
    *,
    stimuli: Entries = None,
    drugs: Entries = None,
    perturb: Entries = None,
    treatments: Entries = None,
    until: str | float = "6 h",
    observe: Iterable[str] | str | None = None,
    points: int = 241,
    medium_changes: Iterable[str] | str | None = None,
    depletion: bool = True,
    read_at: str | None = None,
    parts: Iterable[str] | str | None = None,
    at: Iterable[float] = (),
    fields: Mapping[str, str] = FIELDS,
) -> Protocol:
    """A checked :class:`Protocol` from text in the grammar of :mod:`jakstat.experiment.grammar`.

    Parameters
    ----------
    context : str
        Its name; whether it exists is checked when the model is assembled.
    stimuli, drugs, perturb, treatments : mapping, sequence of text, text or None
        ``{"IL6": "10 ng/ml"}`` is the same as ``["IL6=10ng/ml"]``.
    until : str
        Last time, e.g. ``"6 h"``; above 0.
    observe : text, sequence of text or None
        Readouts, as a sequence or separated by commas; None for the default ones.
    points : int
        Number of evenly spaced times, 2 to 20000.
    medium_changes : text or sequence of text
        Times at which the medium is replaced by a plain one.
    depletion : bool
        Whether the cells use up what is in their medium.
    read_at : str or None
        Time at which a dose series is read.
    parts : text, sequence of text or None
        Parts of the model, or ``core``, ``cell`` or ``all``; None takes the core and what is named.
    at : sequence of float
        Further hours to sample.
    fields : mapping
        What each argument is called in messages.

    Raises
    ------
    InputError
        With every problem found.

    Examples
    --------
    >>> make_protocol("hepg2", stimuli={"IL6": "10 ng/ml"}, until="90 min").until
    1.5
    """
    names = {**FIELDS, **fields}
    problems: list[Problem] = []

    def texts(entries: Entries, field: str, *, link: str = "=") -> list[str]:
        return _texts(entries, names[field], problems, link=link)

    def time(text: str, field: str) -> float | None:
        return next(iter(_parsed([text], lambda t: parse_time(t, field=names[field]), problems)), None)

    def times(given: list[str], field: str) -> tuple[float, ...]:
        found = _parsed([given], lambda t: parse_times(t, field=names[field]), problems)
        return found[0] if found else ()

    def additions(given: list[str], field: str, *, ligand: bool) -> tuple[Addition, ...]:
        found = _parsed(given, lambda t: parse_addition(t, field=names[field], ligand=ligand), problems)
        return found if ligand else tuple(_own_named(a, problems) for a in found)

    def switches(given: list[str], field: str) -> tuple[Treatment, ...]:
        return _parsed(given, lambda t: parse_treatment(t, field=names[field]), problems)

    # a treatment with a dose is a drug, and a drug without one is a treatment
    dosed, treated = texts(drugs, "drugs"), texts(treatments, "treatments", link="@")
    protocol = Protocol(
        context=read_context(str(context)),
        stimuli=additions(texts(stimuli, "stimuli"), "stimuli", ligand=True),
        drugs=additions([t for t in dosed if not _undosed(t)], "drugs", ligand=False)
        + additions([t for t in treated if "=" in t], "treatments", ligand=False),
        treatments=switches([t for t in treated if "=" not in t], "treatments")
        + switches([t for t in dosed if _undosed(t)], "drugs"),
        perturbations=_parsed(
            texts(perturb, "perturb"), lambda t: parse_perturbation(t, field=names["perturb"]), problems
        ),
        medium_changes=times(texts(medium_changes, "medium_changes"), "medium_changes"),
        until=time(str(until), "until") or 0.0,
        observe=tuple(map(read_readout, observe.split(",") if isinstance(observe, str) else observe or ())),
        sampling=Sampling(points, tuple(at)),
        depletion=depletion,
        read_at=None if read_at is None else time(read_at, "read_at"),
        parts=tuple(parts.split(",")) if isinstance(parts, str) else tuple(parts or ()),
    )
    problems += _span_problems(protocol, names, already=bool(problems))
    if problems:
        raise InputError(problems)
    return protocol


def _span_problems(protocol: Protocol, names: Mapping[str, str], *, already: bool) -> Iterable[Problem]:
    """Faults of the times taken together."""
    most = LIMITS.series_points * 20
    if not 2 <= protocol.sampling.points <= most:
        message = f"{protocol.sampling.points} points are not possible"
        yield Problem("points.range", message, field=names["points"], hint=f"give 2 to {most}")
    if already:
        return
    if protocol.until <= 0:
        message = f"the experiment ends at {protocol.until:g} h"
        yield Problem("time.span", message, field=names["until"], hint="give a time above 0, e.g. 6h")
        return
    late = [t for t in protocol.moments() if t > protocol.until]
    if late:
        message = f"something is done at {late[0]:g} h, after the end at {protocol.until:g} h"
        yield Problem("time.late", message, field=names["until"], hint="give a later end")
    read = protocol.read_at
    if read is not None and not protocol.start <= read <= protocol.until:
        message = f"the series is read at {read:g} h, outside {protocol.start:g} to {protocol.until:g} h"
        yield Problem("time.span", message, field=names["read_at"])
