"""What a cell of a survival table says of an event: happened, or lost from sight before.

Tools take the same digits for different things: CNSR of ADaM is 0 for an event, the status of R's survival
may be 1 and 2, the ``cens`` of some published tables is 1 for an event, cBioPortal writes ``1:DECEASED``.
Where the heading settles it, it is read so; where not, the caller is asked which value is the event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from jakstat.errors import Problem, problem
from jakstat.numbers import read_number
from jakstat.tables import TableCell

__all__ = ["CENSORED_NAMES", "EVENT_NAMES", "STATUS_NAMES", "StatusReader", "is_missing", "status_reader"]

StatusReader = Callable[[TableCell, list[Problem]], "bool | None"]
"""From a cell to whether the event happened; None where nothing is said, and what is wrong is noted."""

EVENT_NAMES = frozenset({
    "event", "events", "event observed", "observed", "death", "dead", "died", "deceased", "os event",
    "pfs event", "dfs event", "rfs event", "ttp event", "death event", "progression", "relapse",
})  # fmt: skip
"""Headings under which 1 is an event."""
STATUS_NAMES = frozenset({"status", "vital status", "os status", "fustat", "delta", "os stat", "pfs status"})
"""Headings that leave open what 1 is, unless 0 stands there too."""
CENSORED_NAMES = frozenset({"cens", "censor", "censored", "censoring", "is censored", "cnsr flag"})
"""Headings under which both codes are in use."""
_CNSR = "cnsr"
_ZERO_OF_PANDAS = 16.0**-65
"""What ``pandas.read_sas`` makes of the number 0 of a transport file (pandas 3.1.1)."""
_HAPPENED = {
    "deceased", "dead", "died", "death", "event", "yes", "y", "true", "t", "progression", "progressed",
    "recurred", "recurrence", "relapse", "relapsed", "recurred/progressed", "disease progression",
}  # fmt: skip
_SPARED = {
    "living", "alive", "censored", "no", "n", "false", "f", "disease free", "diseasefree", "disease-free",
    "event-free", "event free", "no event", "progression-free", "not progressed",
}  # fmt: skip
_NOTHING = {"", ".", "-", "--", "'--", "na", "n/a", "nan", "none", "null", "unknown", "not reported",
            "[not available]", "[unknown]", "[not applicable]", "[discrepancy]"}  # fmt: skip
_PREFIX = re.compile(r"([01])\s*:\s*(.*)")
_ASK = "say which value is the event: --event 1 (several: --event 1 --event 2)"


def is_missing(text: str) -> bool:
    """Whether a cell says nothing, in the words of registries too.

    Examples
    --------
    >>> [is_missing(t) for t in ("'--", "[Not Available]", "not reported", "0")]
    [True, True, True, False]
    """
    return text.strip().casefold() in _NOTHING


def status_reader(
    heading: str, cells: Sequence[TableCell], events: Sequence[str] = ()
) -> tuple[StatusReader, str]:
    """How the cells of a column are read, and in words.

    Parameters
    ----------
    heading : str
        Of the column, as it stands in the file.
    cells : sequence of TableCell
        All of them: what stands there decides what a digit may mean.
    events : sequence of str
        Values that are the event, where the caller says so.

    Raises
    ------
    InputError
        ``survival.status``: it may be read in two ways, and the caller has not said which is meant.

    Examples
    --------
    >>> told = [TableCell(t, "adtte.csv", 2, 1, "CNSR") for t in ("0", "1", "2")]
    >>> read, words = status_reader("CNSR", told)
    >>> [read(cell, []) for cell in told], words
    ([True, False, False], 'CNSR 0 is an event, above 0 it is not')
    """
    kept = [cell for cell in cells if not is_missing(cell.text)]
    if events:
        _check_named(heading, kept, events)
        return _named(events), f"{heading} {' or '.join(events)} is an event"
    name = re.sub(r"[\s_.\-]+", " ", heading.casefold()).strip()
    if name == _CNSR:
        return _cnsr, f"{heading} 0 is an event, above 0 it is not"
    digits = {read_number(cell.text) for cell in kept}
    if None in digits or not digits:
        told = sorted({cell.text.strip() for cell in kept if _worded(cell, [])})
        return _worded, f"{heading}: {' and '.join(told[:6]) or 'nothing'} is the event"
    seen = ", ".join(sorted({cell.text.strip() for cell in kept})[:6])
    if name in CENSORED_NAMES:
        said = f"{heading} ({seen}) may be 1 for an event, or for one lost from sight"
        raise problem("survival.status", said, file=cells[0].file, field=heading, hint=_ASK)
    if name in EVENT_NAMES or (digits <= {0.0, 1.0} and 0.0 in digits):
        return _flag, f"{heading} 1 is an event"
    said = f"{heading} holds {seen}: which of them is an event differs between tools"
    raise problem("survival.status", said, file=cells[0].file, field=heading, hint=_ASK)


def _check_named(heading: str, cells: Sequence[TableCell], events: Sequence[str]) -> None:
    there = {_key(cell.text) for cell in cells}
    lost = [event for event in events if _key(event) not in there]
    if lost and cells:
        seen = ", ".join(sorted({cell.text.strip() for cell in cells})[:6])
        said = f"no cell of {heading} is {lost[0][:40]!r}"
        raise problem("survival.status", said, file=cells[0].file, field="--event", hint=f"it holds {seen}")


def _key(text: str) -> float | str:
    number = read_number(text)
    return text.strip().casefold() if number is None else number


def _named(events: Sequence[str]) -> StatusReader:
    wanted = {_key(event) for event in events}

    def read(cell: TableCell, _: list[Problem]) -> bool | None:
        return None if is_missing(cell.text) else _key(cell.text) in wanted

    return read


def _cnsr(cell: TableCell, faults: list[Problem]) -> bool | None:
    if is_missing(cell.text):
        return None
    value = read_number(cell.text)
    value = 0.0 if value == _ZERO_OF_PANDAS else value
    if value is None or value < 0 or value != int(value):
        hint = "0 for an event, 1 and above for reasons of censoring"
        faults.append(cell.fault("survival.status", f"{cell.text[:20]!r} is no CNSR", hint))
        return None
    return value == 0


def _flag(cell: TableCell, faults: list[Problem]) -> bool | None:
    if is_missing(cell.text):
        return None
    value = read_number(cell.text)
    if value not in (0.0, 1.0):
        faults.append(cell.fault("survival.status", f"{cell.text[:20]!r} is neither 0 nor 1", _ASK))
        return None
    return value == 1.0


def _worded(cell: TableCell, faults: list[Problem]) -> bool | None:
    plain = cell.text.strip()
    if is_missing(plain):
        return None
    told = _PREFIX.fullmatch(plain)
    word = plain.casefold() if told is None else told[2].strip().casefold()
    said = True if word in _HAPPENED else False if word in _SPARED else None
    if told is not None:
        code = told[1] == "1"
        if said is not None and said is not code:
            hint = "0: before those without the event, 1: before those with it"
            faults.append(cell.fault("survival.status", f"{plain[:40]!r} contradicts itself", hint))
            return None
        return code
    if said is None:
        faults.append(cell.fault("survival.status", f"{plain[:40]!r} is no event and no censoring", _ASK))
    return said
