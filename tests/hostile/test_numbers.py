"""What Python takes for a number and no table means: refused in every format, at its line."""

import json

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.experiment.lane_table import check_lane_table
from jakstat.experiment.protocol_file import read_protocol
from jakstat.knowledge import knowledge
from jakstat.knowledge.loader import checked_records
from jakstat.knowledge.quantity import QuantityRecord
from jakstat.pharmacology.nonmem import read_dose_table
from jakstat.tables import TableLine

NONE = ["1_0", "１０", "0x10", "nan", "inf", "1e999", "1 0", "1\u00a0"]


def places(call, *arguments, **more):
    with pytest.raises(InputError) as caught:
        call(*arguments, **more)
    return [(p.code, p.line) for p in caught.value.problems]


@pytest.mark.parametrize("text", NONE)
def test_tables(text, tmp_path):
    (tmp_path / "l.csv").write_text(f"k\n1\n{text}\n", encoding="utf-8")
    assert places(check_lane_table, tmp_path / "l.csv") == [("table.number", 3)]
    doses = f"ID,TIME,AMT\n1,0,5\n1,1,{text}\n".encode()
    assert places(read_dose_table, doses, file="d.csv") == [("dose-table.number", 3)]


@pytest.mark.parametrize("text", NONE)
def test_records(text):
    row = next(iter(knowledge().quantities.values())).model_dump(mode="json")
    cells = {k: ";".join(v) if isinstance(v, list) else "" if v is None else str(v) for k, v in row.items()}
    _, problems = checked_records(
        [TableLine(2, cells | {"value": text})], QuantityRecord, file="q.csv", key="id"
    )
    assert [(p.code, p.line, p.field) for p in problems] == [("record.cell", 2, "value")]


@pytest.mark.parametrize("text", ["1_0", "0x10", "012", "1:30", "１０", "1e1", "'10'", "+1_0"])
def test_experiment_files(text, tmp_path):
    (tmp_path / "e.yaml").write_text(f"context: hepg2\npoints: {text}\n", encoding="utf-8")
    assert places(read_protocol, tmp_path / "e.yaml") == [("yaml.type", 2)]


@pytest.mark.parametrize("text", [t for t in NONE if t not in ("1e999", "1\u00a0")])
def test_commands(text):
    for words in (["--stimulus", f"IL6={text}nM"], ["--until", f"{text}h"], ["--knockdown", f"SOCS3={text}"]):
        done = CliRunner().invoke(app, ["simulate", "hepg2", "--json", *words])
        assert done.exit_code == 2
        assert json.loads(done.stdout)["problems"], words
