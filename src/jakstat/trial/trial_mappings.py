"""The mappings inside a trial file: known keys with their values, needed ones, and what they may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jakstat.knowledge.file_entries import FileEntry, FileProblems
from jakstat.limits import LIMITS
from jakstat.pharmacology import unknown
from jakstat.trial.field_values import read_plain
from jakstat.trial.trial_fields import TrialField, trial_fields

__all__ = ["by_name", "read_mapping"]

_NAME = "name"


def by_name(top: FileEntry, problems: FileProblems) -> FileEntry:
    """The file with its arms and lines by their names, where it has them as a list with ``name``.

    Examples
    --------
    >>> arm = FileEntry({"name": FileEntry("placebo", "arms.1.name", 3)}, "arms.1", 3)
    >>> top = by_name(FileEntry({"arms": FileEntry((arm,), "arms", 2)}, "", 1), FileProblems(None))
    >>> top.value["arms"].value
    {'placebo': FileEntry(value={}, place='arms.placebo', line=3)}
    """
    if not isinstance(top.value, Mapping):
        return top
    named = {k for k, f in trial_fields()[""].items() if f.inner is not None and f.inner[0] == "named"}
    found = {
        key: _by_name(entry, problems) if key in named and isinstance(entry.value, tuple) else entry
        for key, entry in top.value.items()
    }
    return FileEntry(found, top.place, top.line)


def _by_name(at: FileEntry, problems: FileProblems) -> FileEntry:
    found: dict[str, FileEntry] = {}
    for item in at.value if isinstance(at.value, tuple) else ():
        own = item.value if isinstance(item.value, Mapping) else {}
        said = own.get(_NAME)
        if said is None or not isinstance(said.value, str):
            problems.say("key.missing", f"{_word(item)} has no 'name'", item, "e.g. {name: placebo}")
            continue
        if said.value in found:
            problems.say("key.twice", f"{said.value[:60]!r} is given twice", said)
            continue
        rest = {key: entry for key, entry in own.items() if key != _NAME}
        found[said.value] = FileEntry(rest, f"{at.place}.{said.value[:60]}", item.line)
    return FileEntry(found, at.place, at.line)


def read_mapping(
    group: str, at: FileEntry, problems: FileProblems, example: str = "population: sharp"
) -> dict[str, Any]:
    """Values by key; a key is left out where its value could not be read, which is told.

    Mappings inside become dicts (``one``), dicts by name (``named``) or lists of dicts (``list``).

    Examples
    --------
    >>> told = FileProblems(None)
    >>> said = FileEntry({"on": FileEntry("progresion", "on", 3)}, "", 3)
    >>> read_mapping("rule", said, told), [p.code for p in told.found]
    ({}, ['trial.choice', 'key.missing'])
    """
    fields = trial_fields()[group]
    if not isinstance(at.value, Mapping):
        problems.say("yaml.type", f"{_word(at)} must be keys and values", at, f"e.g. {example}")
        return {}
    found: dict[str, Any] = {}
    for key, entry in at.value.items():
        if key not in fields:
            told = unknown("key", key, fields)
            where = f" in {_word(at)}" if at.place else ""
            problems.say(told.code, told.message + where, entry, told.hint)
            continue
        value = _value(fields[key], entry, problems)
        if value is not None:
            found[key] = value
    for key, field in fields.items():
        if field.needed and key not in at.value:
            where = f" in {_word(at)}" if at.place else ""
            problems.say("key.missing", f"there is no {key!r}{where}", at, f"e.g. {field.example}")
    return found


def _word(at: FileEntry) -> str:
    return repr(at.place) if at.place else "the trial"


def _value(field: TrialField, at: FileEntry, problems: FileProblems) -> Any:
    if field.inner is None:
        return read_plain(field, at, problems)
    how, group = field.inner
    if how == "one":
        return read_mapping(group, at, problems, field.example)
    if how == "list":
        if not isinstance(at.value, tuple):
            problems.say("yaml.type", f"{_word(at)} must be a list", at, f"e.g. {field.example}")
            return None
        if len(at.value) > LIMITS.entries:
            hint = f"at most {LIMITS.entries}"
            problems.say("count.range", f"{len(at.value)} entries in {_word(at)}", at, hint)
            return None
        return [read_mapping(group, item, problems, field.example) for item in at.value]
    if not isinstance(at.value, Mapping) or not at.value:
        message = f"{_word(at)} must be {group}s by their names"
        problems.say("yaml.type", message, at, f"e.g. {field.example}")
        return None
    if len(at.value) > LIMITS.trial_arms:
        hint = f"at most {LIMITS.trial_arms}"
        problems.say("count.range", f"{len(at.value)} {group}s", at, hint)
        return None
    return {name: _named(group, entry, problems, field.example) for name, entry in at.value.items()}


def _named(group: str, at: FileEntry, problems: FileProblems, example: str) -> dict[str, Any]:
    if at.value is None:
        hint = "write {} for no treatment" if group == "arm" else "e.g. {regimen: [lenvatinib 12 mg PO QD]}"
        problems.say("yaml.type", f"{_word(at)} says nothing", at, hint)
        return {}
    return read_mapping(group, at, problems, example)
