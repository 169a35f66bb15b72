"""Reading a patient from a YAML file, or from a mapping in Python; every fault at once, with its line.

Only plain YAML is read: mappings, lists, text, numbers, true and false. Anchors, aliases, tags and duplicate
keys are refused. The JSON Schema in ``schemas/`` says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from jakstat.biology import contexts
from jakstat.errors import InputError, Problem, problem
from jakstat.knowledge.file_entries import FileEntry, FileProblems, entry_of_python, entry_of_yaml
from jakstat.knowledge.plain_yaml import composed
from jakstat.limits import LIMITS
from jakstat.patients.fields import GROUPS, PatientField, patient_fields
from jakstat.patients.patient_record import Patient, make_patient
from jakstat.patients.values import read_field
from jakstat.pharmacology import unknown
from jakstat.tables import read_file, text_of

__all__ = ["patient_of", "read_patient"]

_MOST_LESIONS = 5  # RECIST 1.1
_VIRUS = {"HBV_DNA": "HBV", "HCV_RNA": "HCV", "HBx": "HBV"}


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
    problems = FileProblems(place.name)
    return _checked_patient(entry_of_yaml(node, problems), problems)


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
    problems = FileProblems(None)
    return _checked_patient(entry_of_python(given or {}, problems), problems)


def _fields(
    tree: Mapping[str, FileEntry], problems: FileProblems, group: str = ""
) -> Iterator[tuple[PatientField, FileEntry]]:
    """What stands in a file by its field; what is no field, or of another shape, is a problem."""
    by_key = {f.key: f for f in patient_fields().values() if f.group == group}
    known = [*by_key, *(() if group else GROUPS)]
    for key, entry in tree.items():
        if key not in known:
            found = unknown("key", key, known)
            where = f" in {group!r}" if group else ""
            problems.say(found.code, found.message + where, entry, found.hint)
        elif key not in by_key:
            if isinstance(entry.value, Mapping):
                yield from _fields(entry.value, problems, key)
            else:
                first = next(f.key for f in patient_fields().values() if f.group == key)
                problems.say(
                    "yaml.type", f"{key!r} must be keys and values", entry, f"e.g. {key}: {{{first}: ...}}"
                )
        elif _texts(by_key[key], entry) is None:
            wanted = "a list, e.g. [52 mm, 31 mm]" if by_key[key].kind == "numbers" else "one value"
            problems.say("yaml.type", f"{entry.place!r} must be {wanted}", entry)
        else:
            yield by_key[key], entry


def _texts(field: PatientField, entry: FileEntry) -> tuple[str, ...] | None:
    """The texts of an entry, if it has the shape of its field; one value stands for a list of one."""
    if field.kind == "numbers" and isinstance(entry.value, tuple):
        values = [item.value for item in entry.value]
    else:
        values = [entry.value]
    texts = tuple(value for value in values if isinstance(value, str) and value)
    return texts if len(texts) == len(values) else None


def _checked_patient(tree: FileEntry, problems: FileProblems) -> Patient:
    assert isinstance(tree.value, Mapping)
    given: dict[str, object] = {}
    at: dict[str, FileEntry] = {}
    for field, entry in _fields(tree.value, problems):
        texts, found = _texts(field, entry) or (), []
        at[field.place] = entry
        for text in texts:
            try:
                found.append(read_field(field, text))
            except InputError as error:
                problems.take(error, entry)
        if len(found) == len(texts):
            given[field.key] = tuple(found) if field.kind == "numbers" else found[0] if found else None
    for clash in _clashes(given):
        problems.say(clash.code, clash.message, at.get(clash.field or ""), clash.hint)
    problems.end()
    return make_patient(given)


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
