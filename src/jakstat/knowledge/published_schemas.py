"""The JSON Schemas of the records, generated from the records themselves.

``python -m jakstat.knowledge.published_schemas`` writes them beside the data; a
test keeps them from falling behind.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel

from jakstat.knowledge.claim import Claim
from jakstat.knowledge.clinical_target import ClinicalTarget
from jakstat.knowledge.cytokine import Cytokine
from jakstat.knowledge.domain import Domain
from jakstat.knowledge.entity import Entity
from jakstat.knowledge.method import Method
from jakstat.knowledge.observation import Observation
from jakstat.knowledge.quantity import QuantityRecord
from jakstat.knowledge.rejection import Rejection
from jakstat.knowledge.source import Source
from jakstat.knowledge.therapy import Therapy
from jakstat.store import write_text

__all__ = ["SCHEMAS", "schema_text", "write_schemas"]

SCHEMAS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("claim.schema.json", Claim),
    ("clinical_target.schema.json", ClinicalTarget),
    ("cytokine.schema.json", Cytokine),
    ("domain.schema.json", Domain),
    ("entity.schema.json", Entity),
    ("method.schema.json", Method),
    ("observation.schema.json", Observation),
    ("quantity.schema.json", QuantityRecord),
    ("rejection.schema.json", Rejection),
    ("source.schema.json", Source),
    ("therapy.schema.json", Therapy),
)


def schema_text(record: type[BaseModel]) -> str:
    """The JSON Schema (draft 2020-12) of one kind of record, as it is published.

    Examples
    --------
    >>> json.loads(schema_text(Source))["title"]
    'Source'
    """
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **record.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema to `folder`, replacing what is there; problems as :func:`jakstat.store.writing`."""
    return [write_text(folder / name, schema_text(record), replace=True) for name, record in SCHEMAS]


if __name__ == "__main__":
    write_schemas(Path(str(files("jakstat.knowledge").joinpath("schemas"))))
