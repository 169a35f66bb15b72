"""The published JSON Schema of the file of a drug of one's own.

``python -m jakstat.biology.drug_schema`` writes it beside the room; a test keeps it from falling behind.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from jakstat.biology.own_drug_file import DRUG_KEYS, MEASURES, PK_KEYS, POTENCY_KEYS, ROUTES
from jakstat.biology.own_drugs import MECHANISMS
from jakstat.store import write_text

__all__ = ["drug_schema_text", "write_drug_schema"]

_WRITTEN = ("data_key", "constant")
"""What only jakstat writes."""
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 10000}
_DOSE: dict[str, Any] = {
    "type": "string",
    "pattern": r"^\s*[0-9.][0-9.eE+-]*\s*\S+.*$",
    "description": "With its unit, e.g. 3.3 nM.",
}
_SHARE: dict[str, Any] = {"type": ["number", "string"], "description": "Above 0 and at most 1: 0.03 or 3 %."}
_ABOUT = {
    "name": "What it is called: letters, digits and _, at most 30; no drug of the library.",
    "target": "What it acts on; needed where the potency does not say it.",
    "molar_mass": "E.g. 306.4 g/mol; needed for doses in ng/ml and for pk.",
    "half_life_in_medium": "E.g. 12 h; else half is lost in about a day, and nothing of an antibody.",
    "loss_in_medium": "The same as a rate, e.g. 0.058 1/h.",
    "note": "Anything.",
    "cell": "Kind of cell of an assay on cells, e.g. hepg2.",
    "stimulus": "What it was given, e.g. IL6=10ng/ml.",
    "readout": "What was read; pSTAT3 if not given.",
    "at": "When it was read; 30min if not given.",
    "before": "How long before the ligand the drug was there; 60min if not given.",
    "ATP": "Of an enzyme assay, e.g. 10 uM.",
    "Km_ATP": "Of the kinase for ATP, e.g. 40 uM: an IC50 at another ATP is then brought to 1 mM.",
    "assay": "enzyme, binding or cell.",
    "most": "Share of its target that a degrader takes away at most, e.g. 90 %.",
    "regimen": "Usual regimen, e.g. 20 mg PO BID.",
}


def drug_schema_text() -> str:
    """The JSON Schema (draft 2020-12) of a drug's file.

    Examples
    --------
    >>> json.loads(drug_schema_text())["required"]
    ['name', 'mechanism', 'potency']
    """
    potency = _object({key: _potency_key(key) for key in POTENCY_KEYS if key not in _WRITTEN})
    one = {"oneOf": [_DOSE, potency]}
    many = {"type": "object", "minProperties": 1, "additionalProperties": one}
    pk = {
        key: {**(_DOSE if unit else _SHARE), "description": f"In {unit or 'parts of 1'}."}
        for key, unit in PK_KEYS.items()
    }
    pk |= {"route": {"enum": list(ROUTES)}, "regimen": {**_TEXT, "description": _ABOUT["regimen"]}}
    acts = "; ".join(f"{key}: {m.about}" for key, m in MECHANISMS.items())
    special: dict[str, Any] = {
        "mechanism": {"enum": list(MECHANISMS), "description": acts},
        "potency": {"anyOf": [_DOSE, potency, many], "description": "Of each target, or of the one target."},
        "target": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}], "description": _ABOUT["target"]},
        "unbound_in_medium": {**_SHARE, "description": "Unbound share in medium; else doses are nominal."},
        "species": {"type": "array", "items": {"enum": ["human", "mouse"]}, "description": "Whose target."},
        "site": {"enum": ["I", "III"], "description": "Of IL-6, where an antibody binds."},
        "pk": {**_object(pk), "required": ["route", "CL", "V1"]},
    }  # fmt: skip
    top = {
        key: special.get(key) or {**(_TEXT if key in ("name", "note") else _DOSE), "description": _ABOUT[key]}
        for key in DRUG_KEYS
        if key not in _WRITTEN
    }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:jakstat:own-drug",
        "title": "A drug of one's own for jakstat",
        "description": "Numbers with a unit are text, e.g. 3.3 nM. Anchors, aliases, tags and duplicate keys "
        "are refused.",
        **_object(top),
        "required": ["name", "mechanism", "potency"],
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _potency_key(key: str) -> dict[str, Any]:
    if key in MEASURES or key in ("low", "high"):
        return _DOSE
    if key == "assay":
        return {"enum": ["enzyme", "binding", "cell"], "description": _ABOUT[key]}
    return {**(_SHARE if key == "most" else _TEXT), "description": _ABOUT[key]}


def write_drug_schema(folder: Path) -> Path:
    """Write the schema to a folder, replacing what is there; problems as :func:`jakstat.store.writing`."""
    return write_text(folder / "own_drug.schema.json", drug_schema_text(), replace=True)


if __name__ == "__main__":
    place = Path(str(files("jakstat.biology").joinpath("schemas")))
    place.mkdir(exist_ok=True)
    write_drug_schema(place)
