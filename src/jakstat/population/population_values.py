"""Values of a population file: an entry becomes a checked number, word or list, or a problem at its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from jakstat.errors import InputError
from jakstat.knowledge.file_entries import FileEntry, FileProblems
from jakstat.limits import LIMITS, check_text
from jakstat.numbers import read_number, read_share, read_whole
from jakstat.patients.values import read_field
from jakstat.pharmacology.nearest import nearest_names
from jakstat.population.patient_numbers import patient_numbers

__all__ = [
    "choice_of",
    "flag_of",
    "items_of",
    "keyed",
    "number_of",
    "plain_number_of",
    "share_of",
    "text_of_entry",
    "value_of",
    "whole_of",
]

_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def keyed(at: FileEntry, known: Sequence[str], problems: FileProblems) -> Mapping[str, FileEntry]:
    """Entries by key; keys that are not known are problems.

    Examples
    --------
    >>> problems = FileProblems("p.yaml")
    >>> found = keyed(FileEntry({"likes": FileEntry("sharp", "likes", 1)}, "", 1), ["like"], problems)
    >>> found, str(problems.found[0])
    ({}, "p.yaml:1 likes: there is no key 'likes'. did you mean 'like'? [key.unknown]")
    """
    if not isinstance(at.value, Mapping):
        problems.say(
            "yaml.type", f"{at.place or 'this'} must be keys and values", at, f"keys: {', '.join(known)}"
        )
        return {}
    for key, entry in at.value.items():
        if key not in known:
            near = nearest_names(key, known, shown=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            problems.say("key.unknown", f"there is no key {key[:60]!r}", entry, hint)
    return {key: entry for key, entry in at.value.items() if key in known}


def items_of(at: FileEntry | None, problems: FileProblems, hint: str) -> tuple[FileEntry, ...]:
    """The entries of a list; nothing where there is none."""
    if at is None:
        return ()
    if not isinstance(at.value, tuple):
        problems.say("yaml.type", f"{at.place!r} must be a list", at, hint)
        return ()
    if len(at.value) > LIMITS.entries:
        problems.say(
            "count.range", f"{at.place} has {len(at.value)} entries", at, f"at most {LIMITS.entries}"
        )
        return ()
    return at.value


def text_of_entry(at: FileEntry | None, problems: FileProblems) -> str | None:
    """A plain text; None where there is none."""
    if at is None:
        return None
    if not isinstance(at.value, str) or not at.value.strip() or not at.value.isprintable():
        problems.say("yaml.type", f"{at.place!r} must be one plain value", at)
        return None
    try:
        return check_text(at.value, field=at.place, longest=LIMITS.name_length).strip()
    except InputError as error:
        problems.take(error, at)
        return None


def choice_of(
    at: FileEntry | None, choices: Sequence[str], problems: FileProblems, *, code: str = "patient.choice"
) -> str | None:
    """One of some words."""
    text = text_of_entry(at, problems)
    if text is None or at is None or text in choices:
        return text
    near = nearest_names(text, choices, shown=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    what = "population" if code.startswith("population") else at.place.split(".")[-1]
    message = f"{text[:40]!r} is no {what}"
    problems.say(code, message, at, f"{hint}allowed: {', '.join(choices)}")
    return None


def number_of(at: FileEntry, name: str, problems: FileProblems, *, spread: bool = False) -> float | None:
    """A value of a patient's number, or a spread of it, in its unit.

    Examples
    --------
    >>> number_of(FileEntry("3.5 g/dL", "margins.albumin.mean", 4), "albumin", FileProblems(None))
    35.0
    """
    text = text_of_entry(at, problems)
    if text is None:
        return None
    field = patient_numbers()[name].field
    try:
        return float(read_field(replace(field, low=0.0) if spread else field, text))
    except InputError as error:
        problems.take(error, at)
        return None


def plain_number_of(at: FileEntry, low: float, high: float, problems: FileProblems) -> float | None:
    """A number without a unit, within bounds."""
    text = text_of_entry(at, problems)
    if text is None:
        return None
    value = read_number(text)
    if value is None:
        problems.say("number.text", f"{text[:40]!r} is no plain number", at, "in plain digits")
        return None
    if not low <= value <= high:
        problems.say("population.range", f"{text[:40]} is out of range", at, f"from {low:g} to {high:g}")
        return None
    return value


def share_of(at: FileEntry, problems: FileProblems) -> float | None:
    """A share as ``30 %`` or ``0.3``.

    Examples
    --------
    >>> share_of(FileEntry("15.2 %", "match.1.share", 4), FileProblems(None))
    0.152
    """
    text = text_of_entry(at, problems)
    if text is None:
        return None
    share = read_share(text)
    if share is None:
        problems.say("number.text", f"{text[:40]!r} is no share", at, "e.g. 30 % or 0.3")
        return None
    if not 0.0 <= share <= 1.0:
        problems.say("population.range", f"{text[:40]} is no share", at, "from 0 to 100 %")
        return None
    return share


def whole_of(at: FileEntry | None, low: int, high: int, problems: FileProblems) -> int | None:
    """A whole number within bounds; None where there is none."""
    text = text_of_entry(at, problems)
    if text is None or at is None:
        return None
    value = read_whole(text)
    if value is None or not low <= value <= high:
        problems.say(
            "count.range", f"{text[:40]!r} is out of range", at, f"a whole number from {low} to {high}"
        )
        return None
    return value


def flag_of(at: FileEntry | None, problems: FileProblems, *, default: bool) -> bool:
    """Yes or no."""
    text = text_of_entry(at, problems)
    if text is None or at is None:
        return default
    found = _FLAGS.get(text.lower())
    if found is None:
        problems.say("yaml.type", f"{text[:40]!r} is neither yes nor no", at, "true or false")
        return default
    return found


def value_of(at: FileEntry | None, read: Callable[[FileEntry], float | None]) -> float | None:
    """What a reader makes of an entry, where there is one."""
    return None if at is None else read(at)
