"""Reading a patient from a YAML file, or from a mapping in Python; every fault at once, with its line.

Only plain YAML is read: mappings, lists, text, numbers, true and false. Anchors, aliases, tags and duplicate
keys are refused. The JSON Schema in ``schemas/`` says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from jakstat.biology import contexts
from jakstat.errors import InputError, Problem, problem
from jakstat.knowledge.plain_yaml import composed
from jakstat.limits import LIMITS
from jakstat.patients.fields import GROUPS, PatientField, patient_fields
from jakstat.patients.patient_record import Patient, make_patient
from jakstat.patients.values import read_field
from jakstat.pharmacology import unknown
from jakstat.tables import read_file, text_of

__all__ = ["patient_of", "read_patient"]

_SCALARS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool")}
_MOST_LESIONS = 5  # RECIST 1.1
_VIRUS = {"HBV_DNA": "HBV", "HCV_RNA": "HCV", "HBx": "HBV"}


@dataclass(frozen=True, slots=True)
class _Said:
    """What stands at a place: a text, or texts, and the line of it."""

    text: str | tuple[str, ...]
    line: int | None


def read_patient(path: str | Path) -> Patient:
    """The patient of a file.

    Raises
    ------
    InputError
        The file is missing, too large, no plain YAML, or says something that is not possible; all problems,
        each with its line.
    """
    place = Path(path)
    data = read_file(place, most=LIMITS.protocol_bytes, hint="give the path of a YAML file")
    node = composed(text_of(data, file=place.name), place.name)
    if node is None:
        raise problem("yaml.empty", "the file is empty", file=place.name, hint="e.g. aetiology: HCV")
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 1
        raise problem("yaml.shape", "the file is not a list of keys and values", file=place.name, line=line)
    problems: list[Problem] = []
    entries = dict(_entries(node, place.name, problems))
    return _checked_patient(entries, place.name, problems)


def patient_of(given: Mapping[str, Any] | str | Path | Patient | None) -> Patient:
    """A patient from what Python gives: a mapping as in a file, the path of a file, a patient, or nothing.

    Raises
    ------
    InputError
        As :func:`read_patient`, without lines.

    Examples
    --------
    >>> patient_of({"aetiology": "HCV", "liver": {"albumin": "31 g/L"}}).child_pugh
    6
    >>> patient_of({"liver": {"albumin": "31 ug/L"}})
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: liver.albumin: 31 ug/L is out of range. from 10 to 60 g/L [patient.range]
    """
    if isinstance(given, Patient):
        return given
    if isinstance(given, str | Path):
        return read_patient(given)
    problems: list[Problem] = []
    entries: dict[str, _Said] = {}
    for key, value in (given or {}).items():
        inner = {f"{key}.{k}": v for k, v in value.items()} if isinstance(value, Mapping) else {key: value}
        for place, told in inner.items():
            if place not in patient_fields():
                problems.append(unknown("key", str(place), patient_fields()))
                continue
            texts = tuple(map(_plain, told)) if isinstance(told, list | tuple) else _plain(told)
            entries[place] = _Said(texts, None)
    return _checked_patient(entries, None, problems)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _entries(
    node: yaml.MappingNode, name: str, problems: list[Problem], group: str = ""
) -> Iterator[tuple[str, _Said]]:
    """Texts of the file by their place; what is no text is a problem."""
    known = [f.key for f in patient_fields().values() if f.group == group] + ([] if group else list(GROUPS))
    for key_node, value in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        place = f"{group}.{key}" if group else key
        if key not in known:
            found = unknown("key", key, known)
            where = f" in {group!r}" if group else ""
            problems.append(Problem(found.code, found.message + where, name, line, hint=found.hint))
        elif key in GROUPS and not group:
            if isinstance(value, yaml.MappingNode):
                yield from _entries(value, name, problems, key)
            else:
                hint = (
                    f"e.g. {key}: {{{next(f.key for f in patient_fields().values() if f.group == key)}: ...}}"
                )
                problems.append(
                    Problem("yaml.type", f"{key!r} must be keys and values", name, line, hint=hint)
                )
        else:
            texts = _texts(value, patient_fields()[place])
            if texts is None:
                listed = patient_fields()[place].kind == "numbers"
                wanted = "a list, e.g. [52 mm, 31 mm]" if listed else "one value"
                problems.append(Problem("yaml.type", f"{place!r} must be {wanted}", name, line))
            else:
                yield place, _Said(texts, line)


def _texts(value: yaml.Node, field: PatientField) -> str | tuple[str, ...] | None:
    if field.kind == "numbers" and isinstance(value, yaml.SequenceNode):
        inner = [_text(item) for item in value.value]
        return None if any(t is None for t in inner) else tuple(t or "" for t in inner)
    return _text(value)


def _text(value: yaml.Node) -> str | None:
    plain = isinstance(value, yaml.ScalarNode) and value.tag in _SCALARS and bool(value.value)
    return str(value.value) if plain else None


def _checked_patient(entries: Mapping[str, _Said], name: str | None, problems: list[Problem]) -> Patient:
    given: dict[str, object] = {}
    for place, entry in entries.items():
        field = patient_fields()[place]
        texts = (entry.text,) if isinstance(entry.text, str) else entry.text
        found = []
        for text in texts:
            try:
                found.append(read_field(field, text))
            except InputError as error:
                problems += [_at(p, name, entry.line) for p in error.problems]
        if len(found) == len(texts):
            given[field.key] = tuple(found) if field.kind == "numbers" else found[0] if found else None
    problems += [_at(p, name, _line(entries, p.field)) for p in _clashes(given)]
    if problems:
        raise InputError(sorted(problems, key=lambda p: p.line or 0))
    return make_patient(given)


def _at(found: Problem, name: str | None, line: int | None) -> Problem:
    return Problem(found.code, found.message, name, line, None, found.field, found.hint)


def _line(entries: Mapping[str, _Said], place: str | None) -> int | None:
    return entries[place].line if place is not None and place in entries else None


def _place(key: str) -> str:
    return next(f.place for f in patient_fields().values() if f.key == key)


def _clashes(given: Mapping[str, object]) -> Iterator[Problem]:
    """What does not go together."""
    lesions = given.get("lesions")
    if "lesions" in given and "sum" in given:
        yield Problem(
            "patient.clash", "the lesions say their sum already", field=_place("sum"), hint="give one"
        )
    if isinstance(lesions, tuple) and not 1 <= len(lesions) <= _MOST_LESIONS:
        message, hint = f"{len(lesions)} target lesions", f"give 1 to {_MOST_LESIONS}"
        yield Problem("patient.clash", message, field=_place("lesions"), hint=hint)
    if given.get("disease") == "osteosarcoma":
        for key in ("aetiology", "stage"):
            if given.get(key) not in (None, "none"):
                message = f"{key} is said of liver cancer, not of osteosarcoma"
                yield Problem("patient.clash", message, field=key, hint="leave it out")
    for key, aetiology in _VIRUS.items():
        if given.get(key) and given.get("aetiology", "none") == "none":
            message = f"{key} in a patient without viral hepatitis"
            yield Problem("patient.clash", message, field=_place(key), hint=f"add aetiology: {aetiology}")
    cell = given.get("cell")
    if isinstance(cell, str) and cell not in contexts():
        yield unknown("context", cell, contexts(), field=_place("cell"))
