"""The published JSON Schema of a patient file, made from the table of its fields.

``python -m jakstat.patients.patient_schema`` writes it beside the room; a test keeps it from falling behind.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from jakstat.patients.fields import GROUPS, PatientField, patient_fields
from jakstat.store import write_text

__all__ = ["patient_schema_text", "write_patient_schema"]

_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_WITH_UNIT = r"^\s*[0-9.][0-9.eE+-]*\s*\S+.*$"


def patient_schema_text() -> str:
    """The JSON Schema (draft 2020-12) of a patient file.

    Examples
    --------
    >>> json.loads(patient_schema_text())["properties"]["ECOG"]["maximum"]
    4
    """
    top: dict[str, Any] = _properties("")
    for group in GROUPS:
        top[group] = {"type": "object", "additionalProperties": False, "properties": _properties(group)}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:jakstat:patient",
        "title": "A jakstat patient file",
        "description": "What is known of a patient; the default patient of his aetiology and stage fills in "
        "the rest. A number with a unit is text, e.g. 34 g/L. Anchors, aliases, tags and duplicate keys are "
        "refused.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": top,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _properties(group: str) -> dict[str, Any]:
    return {f.key: _property(f) for f in patient_fields().values() if f.group == group}


def _property(field: PatientField) -> dict[str, Any]:
    about = field.about[0].upper() + field.about[1:] + "."
    if field.kind == "text":
        return {**_TEXT, "description": about}
    if field.kind == "choice":
        return {"enum": list(field.choices), "description": about}
    if field.kind == "flag":
        return {"type": "boolean", "description": about}
    if not field.has_unit:
        kind = "integer" if field.kind == "whole" else "number"
        low, high = (int(x) if x.is_integer() else x for x in (field.low, field.high))
        return {"type": kind, "minimum": low, "maximum": high, "description": about}
    span = f"{about[:-1]}, with its unit; {field.low:g} to {field.high:g} {field.unit}."
    if field.unit == "year":
        return {"type": ["number", "string"], "description": span.replace(", with its unit", "")}
    one = {"type": "string", "pattern": _WITH_UNIT}
    if field.kind == "numbers":
        many = {"type": "array", "items": one, "minItems": 1, "maxItems": 5}
        return {"oneOf": [one, many], "description": span}
    return {**one, "description": span}


def write_patient_schema(folder: Path) -> Path:
    """Write the schema to a folder, replacing what is there; problems as :func:`jakstat.store.writing`."""
    return write_text(folder / "patient.schema.json", patient_schema_text(), replace=True)


if __name__ == "__main__":
    write_patient_schema(Path(str(files("jakstat.patients").joinpath("schemas"))))
