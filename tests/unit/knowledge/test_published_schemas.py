from importlib.resources import files

import jsonschema
import pytest

from jakstat.knowledge import observations, sources
from jakstat.knowledge.published_schemas import SCHEMAS, schema_text, write_schemas


@pytest.mark.parametrize(("name", "record"), SCHEMAS)
def test_published_schema_is_up_to_date(name, record):
    shipped = files("jakstat.knowledge").joinpath("schemas", name).read_text(encoding="utf-8")
    assert shipped == schema_text(record), "run: make docs"


@pytest.mark.parametrize(("name", "record"), SCHEMAS)
def test_published_schema_is_a_schema(name, record):
    jsonschema.Draft202012Validator.check_schema(record.model_json_schema())


def test_shipped_records_obey_their_schemas():
    schemas = {record.__name__: record.model_json_schema() for _, record in SCHEMAS}
    for row in (*observations(), *sources().values()):
        jsonschema.validate(row.model_dump(mode="json"), schemas[type(row).__name__])


def test_schemas_are_written(tmp_path):
    assert sorted(p.name for p in write_schemas(tmp_path)) == [name for name, _ in SCHEMAS]
