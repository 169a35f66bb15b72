"""Every command that prints a table writes it as CSV and as a workbook, with what was asked."""

import io
import json

import openpyxl
import pytest
import typer
from typer.testing import CliRunner

from jakstat.answer_tables import answer_table
from jakstat.cli.main import app
from jakstat.grids import read_grid
from jakstat.numbers import read_number
from jakstat.spreadsheets import read_spreadsheet

# What prints no table: files are written, states are told in a line or two.
WITHOUT = {"demo", "export", "graph", "lab", "map", "model", "verify"}
WITHOUT |= {"trial report", "trial verify", "trial repair"}
LISTS = [
    ("claims", "--module", "feedback"), ("sources", "sobotta2017"), ("entities", "--kind", "protein"),
    ("domains",), ("cite",), ("doctor",), ("drugs",), ("drugs", "ruxolitinib"), ("parts",), ("contexts",),
    ("contexts", "huh7"), ("why", "kcat_STAT3"), ("readouts", "stat3"), ("stimuli",),
]  # fmt: skip


def run(*words):
    return CliRunner().invoke(app, list(words))


def plain(grid):
    """Its cells, a number by its value: a workbook keeps 1.0 as 1 and True as TRUE."""

    def told(cell):
        number = read_number(cell)
        return cell.lower() if number is None else number

    rows = [[told(cell) for cell in cells] for _, cells in grid.rows]
    return [row + [""] * (max(map(len, rows)) - len(row)) for row in rows]


def commands(group, before=""):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", {option for p in command.params for option in p.opts}


def test_every_command_with_a_table_has_both_options():
    found = dict(commands(typer.main.get_command(app)))
    without = {name for name, options in found.items() if not {"--csv", "--xlsx"} <= options}
    assert without == WITHOUT
    assert not [name for name in WITHOUT if {"--csv", "--xlsx"} & found[name]]


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_lists_are_written_as_they_are_printed(tmp_path, words):
    places = {"--csv": tmp_path / "a.csv", "--xlsx": tmp_path / "a.xlsx"}
    done = run(*words, *(str(x) for pair in places.items() for x in pair), "--json")
    assert done.exit_code == 0, done.output
    json.loads(done.stdout)
    grids = [read_grid(path) for path in places.values()]
    assert plain(grids[0]) == plain(grids[1])
    assert len(grids[0].rows) > 1
    assert not grids[0].problems
    said = places["--csv"].read_text(encoding="utf-8").splitlines()
    assert said[0] == "# For research; not for treating a patient."
    book = openpyxl.load_workbook(places["--xlsx"])
    assert book.sheetnames == ["answer", "question"]
    assert said[1] == f"# {book['question']['A1'].value}"


def test_files_are_said_and_not_replaced(tmp_path):
    path = tmp_path / "a.xlsx"
    done = run("domains", "--xlsx", str(path))
    assert done.output.endswith(f"wrote {path}\n")
    again = run("domains", "--xlsx", str(path))
    assert (again.exit_code, "file.exists" in again.stderr) == (2, True)
    assert run("domains", "--xlsx", str(path), "--force").exit_code == 0
    assert "option.alone" in run("domains", "--force").stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--csv", "a.xlsx"), "'a.xlsx' is a workbook by its ending, and --csv writes text. --xlsx a.xlsx"),
        (("--xlsx", "a.csv"), "'a.csv' does not end in .xlsx. --xlsx a.xlsx, or --csv"),
        (("--xlsx", "nowhere/a.xlsx"), "there is no folder"),
    ],
)
def test_endings(options, says):
    done = run("domains", *options)
    assert (done.exit_code, says in done.stderr) == (2, True), done.stderr


def test_a_text_is_no_formula(tmp_path):
    texts = ["=1+1", "+49 30", "-a", "@b", "\tc", "-1.5", "+", "-inf"]
    table = answer_table([{"what": text, "value_nM": -1.5} for text in texts], "=asked\nagain")
    lines = table.csv_text().splitlines()
    assert lines[1:3] == ["# =asked", "# again"]
    assert [line.split(",")[0] for line in lines[4:]] == [
        "'=1+1", "'+49 30", "'-a", "'@b", "'\tc", "-1.5", "+", "-inf"
    ]  # fmt: skip
    path = tmp_path / "a.csv"
    path.write_text(table.csv_text())
    back = read_spreadsheet(path, field="--data", columns=["what"]).sound()
    assert [line.cells["what"] for line in back.lines] == [t.strip() for t in texts]
    book = openpyxl.load_workbook(io.BytesIO(table.workbook()))
    assert {c.data_type for c in book["answer"]["A"]} == {"s"}
    assert [c.value for c in book["answer"]["B"]][1:] == [-1.5] * len(texts)
