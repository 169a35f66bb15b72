"""The published JSON Schema of a trial file, made from the table of its fields.

``python -m jakstat.trial.trial_schema`` writes it beside the room; a test keeps it from falling behind.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from jakstat.limits import LIMITS
from jakstat.store import write_text
from jakstat.trial.trial_fields import TrialField, trial_fields

__all__ = ["trial_schema_text", "write_trial_schema"]

_TEXT = {"type": "string", "minLength": 1, "maxLength": LIMITS.name_length}
_SPAN = {"type": "string", "pattern": r"^\s*[0-9.][0-9.eE+-]*\s*[A-Za-z]+\s*$|^0$"}
_SHARE = {
    "oneOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": r"^\s*[0-9.]+\s*%?\s*$"},
    ]
}
_SPANS = {"type": "array", "items": _SPAN, "minItems": 1, "maxItems": LIMITS.series_points}
_TEXTS = {"oneOf": [_TEXT, {"type": "array", "items": _TEXT, "maxItems": LIMITS.entries}]}
_PLAIN: dict[str, dict[str, Any]] = {
    "text": {"type": ["string", "number"]},
    "texts": _TEXTS,
    "seed": {"type": "integer", "minimum": 0, "maximum": LIMITS.seed},
    "span": {"oneOf": [_SPAN, {"const": 0}]},
    "spans": {"oneOf": [_SPAN, _SPANS]},
    "share": _SHARE,
    "rate": {"oneOf": [{"const": 0}, {"type": "string", "pattern": r"^\s*[0-9.]+\s*%?\s*/\s*[A-Za-z]+\s*$"}]},
    "flag": {"type": "boolean"},
}


def trial_schema_text() -> str:
    """The JSON Schema (draft 2020-12) of a trial file.

    Examples
    --------
    >>> json.loads(trial_schema_text())["required"]
    ['population', 'arms', 'visits']
    """
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:jakstat:trial",
        "title": "A jakstat trial file",
        "description": "Who is treated how, when patients are seen, and what is counted. A number with a "
        "unit is text, e.g. 24mo. Anchors, aliases, tags and duplicate keys are refused. What does not go "
        "together (a visit after the end, rules in a circle) is found by `jakstat trial FILE --check`.",
        **_mapping(""),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _mapping(group: str) -> dict[str, Any]:
    fields = trial_fields()[group]
    needed = [f.key for f in fields.values() if f.needed]
    found: dict[str, Any] = {"type": "object", "additionalProperties": False}
    if needed:
        found["required"] = needed
    return {**found, "properties": {f.key: _property(f) for f in fields.values()}}


def _property(field: TrialField) -> dict[str, Any]:
    about = {"description": field.about[0].upper() + field.about[1:] + f"; e.g. `{field.example}`."}
    if field.inner is not None:
        how, group = field.inner
        one = _mapping(group)
        if how == "named":
            many = {"type": "object", "minProperties": 1, "maxProperties": LIMITS.trial_arms}
            named = {**one, "properties": {"name": _TEXT, **one["properties"]}, "required": ["name"]}
            listed = {"type": "array", "items": named, "minItems": 1, "maxItems": LIMITS.trial_arms}
            return {"oneOf": [{**many, "additionalProperties": one}, listed], **about}
        if how == "list":
            return {"type": "array", "items": one, "maxItems": LIMITS.entries, **about}
        return {**one, **about}
    if field.kind == "choice":
        return {"enum": list(field.choices), **about}
    if field.kind == "choices":
        items = {"enum": list(field.choices)}
        many = {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}
        return {"oneOf": [items, many], **about}
    if field.kind in ("whole", "number"):
        low, high = (int(x) if x.is_integer() else x for x in (field.low, field.high))
        least = "exclusiveMinimum" if field.kind == "number" and not low else "minimum"
        return {
            "type": "integer" if field.kind == "whole" else "number",
            least: low,
            "maximum": high,
            **about,
        }
    return {**_PLAIN[field.kind], **about}


def write_trial_schema(folder: Path) -> Path:
    """Write the schema to a folder, replacing what is there; problems as :func:`jakstat.store.writing`."""
    return write_text(folder / "trial.schema.json", trial_schema_text(), replace=True)


if __name__ == "__main__":
    write_trial_schema(Path(str(files("jakstat.trial").joinpath("schemas"))))
