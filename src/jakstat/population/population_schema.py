"""The published JSON Schema of a population file, made from the tables that its reader has.

``python -m jakstat.population.population_schema`` writes it beside the room; a test keeps it from falling
behind.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from jakstat.knowledge.parameter_table import RECORD_GRADES
from jakstat.limits import LIMITS
from jakstat.population.margins import population_names, shipped_population
from jakstat.population.patient_numbers import AETIOLOGY, patient_numbers
from jakstat.population.population_file import COUNTED, MATCH_KEYS, MOST_VECTORS, ONLY_KEYS
from jakstat.population.population_margins import AETIOLOGIES
from jakstat.population.sampling import SAMPLINGS
from jakstat.store import write_text

__all__ = ["population_schema_text", "write_population_schema"]

_TEXT = {"type": "string", "minLength": 1, "maxLength": LIMITS.name_length}
_VALUE = {"type": ["string", "number"]}
_SHARE = {"oneOf": [{"type": "number", "minimum": 0, "maximum": 1},
                    {"type": "string", "pattern": r"^\s*[0-9.]+\s*%?\s*$"}]}  # fmt: skip
_PAIR = r"^\s*\w+\s*~\s*\w+\s*$"


def population_schema_text() -> str:
    """The JSON Schema (draft 2020-12) of a population file.

    Examples
    --------
    >>> json.loads(population_schema_text())["required"]
    ['like']
    """
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:jakstat:population",
        "title": "A jakstat population file",
        "description": "Whom virtual patients are drawn from: a shipped population, and what is different. A "
        "number with a unit is text, e.g. 12 pg/ml. Anchors, aliases, tags and duplicate keys are refused.",
        "type": "object",
        "additionalProperties": False,
        "required": ["like"],
        "properties": {
            "population": {**_TEXT, "description": "A name; that of the file when not given."},
            "like": {"enum": list(population_names()), "description": "The population that it starts from."},
            "sampling": {"enum": list(SAMPLINGS), "description": "How patients are drawn."},
            "margins": _margins(),
            "correlations": {
                "type": "object",
                "propertyNames": {"pattern": _PAIR},
                "additionalProperties": {"type": "number", "exclusiveMinimum": -1, "exclusiveMaximum": 1},
                "description": "Of the normal scores of two numbers, e.g. IL6~AFP: 0.3.",
            },
            "only": _list(ONLY_KEYS, "Who is let in: ranges, both ends included."),
            "match": _list(MATCH_KEYS, "What was observed, and a cohort is to show by its weights."),
            "weights": _bounds(),
            "plausible": {
                "type": "boolean",
                "description": "Whether those who break a rule are left out; yes when not given.",
            },
            "vectors": {"type": "integer", "minimum": 1, "maximum": MOST_VECTORS,
                        "description": "Parameter vectors that a trial's model interval is told with."},
        },
    }  # fmt: skip
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _provenance() -> dict[str, Any]:
    return {"source": {**_TEXT, "description": "Where it is from."}, "grade": {"enum": list(RECORD_GRADES)}}


def _margins() -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name in population_names():
        people = shipped_population(name)
        for number in people.drawn:
            known.setdefault(number, _margin(number, people.margin(number).rows.keys()))
    shares = dict.fromkeys(AETIOLOGIES, _SHARE)
    known[AETIOLOGY] = _object({**shares, **_provenance()}, "Shares; the rest has none of them.")
    return _object(known, "Distributions of numbers of patients; a distribution keeps its kind.")


def _margin(number: str, rows: Any) -> dict[str, Any]:
    about = patient_numbers()[number].about
    unit = patient_numbers()[number].unit
    if "share" in rows:
        own: dict[str, Any] = {"share": _SHARE}
    elif "expected" in rows:
        own = {"expected": {"type": "number", "minimum": 0}}
    else:
        middle = "mean" if "mean" in rows else "median"
        own = {middle: _VALUE, "spread": _VALUE}
    words = f"{about[0].upper()}{about[1:]}" + ("" if unit == "dimensionless" else f", {unit}") + "."
    return _object({**own, "least": _VALUE, "most": _VALUE, **_provenance()}, words)


def _object(properties: dict[str, Any], about: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties, "description": about}


def _list(keys: tuple[str, ...], about: str) -> dict[str, Any]:
    kinds: dict[str, Any] = dict.fromkeys(keys, _VALUE)
    kinds["number"] = {"enum": [AETIOLOGY, *(name for name in patient_numbers() if name != COUNTED)]}
    kinds["is"] = {"oneOf": [_VALUE, {"type": "array", "items": {"enum": [*AETIOLOGIES, "none"]}}]}
    if "share" in kinds:
        kinds |= {"share": _SHARE, "source": _TEXT}
    item = {**_object(kinds, about), "required": ["number"]}
    del item["description"]
    return {"type": "array", "maxItems": LIMITS.entries, "items": item, "description": about}


def _bounds() -> dict[str, Any]:
    ends = {"least": {"type": "number", "minimum": 0.001, "maximum": 1},
            "most": {"type": "number", "minimum": 1, "maximum": 1000}}  # fmt: skip
    return _object(ends, "How many patients of the population one may stand for, at least and at most.")


def write_population_schema(folder: Path) -> Path:
    """Write the schema to a folder, replacing what is there; problems as :func:`jakstat.store.writing`."""
    return write_text(folder / "population.schema.json", population_schema_text(), replace=True)


if __name__ == "__main__":
    write_population_schema(Path(str(files("jakstat.population").joinpath("schemas"))))
