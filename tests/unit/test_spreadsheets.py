"""Files as spreadsheet programs write them: read as what they say, or refused with what mends them."""

import io
import zipfile

import openpyxl
import pandas as pd
import pytest

from jakstat.errors import InputError
from jakstat.grids import read_grid
from jakstat.limits import LIMITS
from jakstat.spreadsheets import read_in_words, read_spreadsheet, table_of
from jakstat.workbooks import read_sheets, workbook_bytes

NAMES = {"conc": "dose", "concentration": "dose", "viability": "response", "dose_unit": "dose_unit"}


def read(tmp_path, data, name="my data.csv", **more):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    asked = {"columns": ["dose", "response"], "names": NAMES, **more}
    return read_spreadsheet(path, field="--data", **asked)


def numbers(table):
    return [[table.cell(line, name).number() for name in ("dose", "response")] for line in table.lines]


def workbook(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WANTED = [[0.5, 98.0], [5.0, 40.25]]
FORMS = {
    "commas": "dose,response\n0.5,98\n5,40.25\n",
    "windows lines": "dose,response\r\n0.5,98\r\n5,40.25\r\n",
    "old lines": "dose,response\r0.5,98\r5,40.25\r",
    "mark": "\ufeffdose,response\n0.5,98\n5,40.25\n",
    "utf-16": "dose\tresponse\n0.5\t98\n5\t40.25\n".encode("utf-16"),
    "utf-16 big": b"\xfe\xff" + "dose\tresponse\n0,5\t98\n5\t40,25\n".encode("utf-16-be"),
    "semicolons": "Dose;Response\n0,5;98\n5;40,25\n",
    "tabs": "dose\tresponse\n0,5\t98\n5\t40,25\n",
    "blanks": "dose  response\n0.5   98\n5     40.25\n",
    "quoted commas": 'dose,response\n"0,5",98\n5,"40,25"\n',
    "said": "sep=;\ndose;response\n0.5;98\n5;40.25\n",
    "blank rows and columns": "dose,response,,\n0.5,98,,\n,,,\n5,40.25,,\n,,,\n",
    "title": "My assay of Monday\n\ndose,response\n0.5,98\n5,40.25\n",
    "remarks": "# For research.\n# hepg2, ruxolitinib; 20 min\ndose,response\n0.5,98\n5,40.25\n",
    "spellings": "CONC.;V i-ability\n0,5;98\n5;40,25\n",
    "no-break blanks": "dose,response\n\u00a00.5,98\u00a0\n5,40.25\n",
    "order": "note,response,dose\nx,98,0.5\ny,40.25,5\n",
    "powers": "dose;response\n5E-1;98\n5,0e0;4,025E+01\n",
    "thousandths": "dose;response\n0,500;98\n5,000;40,250\n",
    "workbook": workbook(Data=[["Dose", "Response"], [0.5, 98], [5, 40.25]]),
    "workbook of texts": workbook(Data=[["Dose", "Response"], ["0,5", 98], [" 5", "40,25"]]),
    "second sheet": workbook(
        Notes=[["made by me"]], Data=[[None], ["dose", "response"], [0.5, 98], [5, 40.25]]
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(tmp_path, form):
    table = read(tmp_path, FORMS[form]).sound()
    assert numbers(table) == WANTED
    assert table.file == "my data.csv"


def test_what_was_understood_is_said(tmp_path):
    table = read(tmp_path, FORMS["semicolons"])
    assert read_in_words(table).split("): ")[1] == "2 rows; cells between semicolons; 0,5 read as 0.5"
    assert read(tmp_path, FORMS["second sheet"]).notes == ("sheet 'Data' of 2",)
    assert read(tmp_path, FORMS["title"]).notes == ("line 1 above the header left out",)
    assert (
        table.key == "81f58f17b3bd0e65f97a95a3ae95f9a4f2d2a8d16a8dd3f1ea1d4da6a6a0fd35"
        or len(table.key) == 64
    )


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("Dose (uM)", "uM"), ("dose [µM]", "µM"), ("Conc_nM", "nM"), ("concentration, ng/ml", "ng/ml"),
        ("dose uM", "uM"), ("DOSE", ""), ("dose/nM", "nM"),
    ],
)  # fmt: skip
def test_units_of_headings(tmp_path, heading, unit):
    table = read(tmp_path, f'"{heading}",response (%),cells (a.u.)\n1,50 %,2\n').sound()
    assert (table.columns, table.units.get("dose", "")) == (("dose", "response", "cells"), unit)
    assert table.units["response"] == "%"
    assert numbers(table) == [[1.0, 50.0]]


def test_percent_signs(tmp_path):
    assert numbers(read(tmp_path, "dose,response\n1,50 %\n")) == [[1.0, 0.5]]
    book = openpyxl.Workbook()
    book.active.append(["dose", "response"])
    book.active.append([1, 0.285])
    book.active["B2"].number_format = "0.0%"
    out = io.BytesIO()
    book.save(out)
    assert numbers(read(tmp_path, out.getvalue(), "a.xlsx")) == [[1.0, 0.285]]


def test_places_are_those_of_the_file(tmp_path):
    table = read(tmp_path, "about\n\nnote;dose;response\n;;\na;zero;1\n")
    with pytest.raises(InputError, match=r"^my data.csv:5:2 dose: 'zero' is not a finite number\."):
        table.cell(table.lines[0], "dose").number()


@pytest.mark.parametrize(
    ("data", "place", "says"),
    [
        ("dose,response\n0,5,98\n", (2, 3), "3 cells, the header 2. write decimals with a point"),
        ("dose\tresponse\n1,000\t9\n", (2, 1), "'1,000' may be 1000 or 1.000"),
        ('dose,response\n"1,000",9.5\n', (2, 1), "'1,000' may be 1000 or 1.000"),
        ("dose;response\n1.000,5;9\n", (2, 1), "sign between thousands"),
        ("dose;response\n1 000;9\n", (2, 1), "sign between thousands"),
        ("dose;response\n1'000;9\n", (2, 1), "sign between thousands"),
        ('dose,response\n"1,000,000",9\n', (2, 1), "sign between thousands"),
        ("dose;response\n0,5;9.5\n", (2, 1), "'0,5' has a decimal comma, '9.5' in line 2 a point"),
        ("dose,response\n1,#DIV/0!\n", (2, 2), "error #DIV/0!. mend its formula"),
        ("dose;response\n1;#WERT!\n", (2, 2), "error #WERT!"),
        (
            "dose,viab\n1,2\n",
            (1, None),
            "no column response; the file has 'dose', 'viab'. response may also be ",
        ),
        ("dose,conc,response\n1,2,3\n", (1, 2), "the heading 'conc' means dose, as 'dose' does"),
        ("dose,,response\n1,2,3\n", (2, 2), "column 2 has a cell and no heading"),
        ("", (None, None), "the table is empty"),
        (workbook(A=[["dose", "response"], ["=1/0", 2]]), (2, 1), "never worked out. open it"),
        (workbook(A=[["dose", "response"], ["#N/A", 2]]), (2, 1), "error #N/A"),
    ],
)
def test_faults_have_a_place_and_what_mends_them(tmp_path, data, place, says):
    problems = read(tmp_path, data).problems
    assert says in str(problems[0])
    assert (problems[0].line, problems[0].column) == place
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old format (.xls) or under a password"),
        (b"PK\x03\x04 not a zip", "damaged"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"<?xml version='1.0'?><GraphPadPrismFile/>", "GraphPad Prism"),
        (b"\x89PNG\r\n", "a picture"),
        (b"dose,response\n\x81,1\n", "the file is no text"),
        (b"dose,response\n1\0,1\n", "the file is no text"),
        (b'dose,response\n"1,1\n', "cannot be read"),
    ],
)
def test_what_is_no_table(tmp_path, data, says):
    with pytest.raises(InputError) as caught:
        read(tmp_path, data)
    assert says in str(caught.value)
    assert caught.value.problems[0].hint


def test_other_archives_and_sheets(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(InputError, match=r"no .xlsx workbook"):
        read(tmp_path, out.getvalue())
    data = workbook(First=[["dose", "response"], [1, 2]], Second=[["dose", "response"], [3, 4]])
    assert numbers(read(tmp_path, data, sheet="second")) == [[3.0, 4.0]]
    with pytest.raises(InputError, match=r"no sheet 'third'. it has 'First', 'Second'"):
        read(tmp_path, data, sheet="third")


def test_a_workbook_that_unpacks_to_too_much(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (LIMITS.workbook_bytes + 1))
    with pytest.raises(InputError, match="unpacks to too much"):
        read(tmp_path, out.getvalue())


def test_windows_text(tmp_path):
    table = read(tmp_path, "Dose (µM);Response\n0,5;98\n".encode("cp1252"))
    assert table.units == {"dose": "µM"}
    assert table.notes[0] == "text of Windows-1252 (not UTF-8)"


def test_dates_that_a_spreadsheet_made(tmp_path):
    import datetime

    table = read(tmp_path, workbook(A=[["dose", "response"], [datetime.datetime(2026, 3, 1), 2]]))
    assert table.lines[0].cells["dose"] == "2026-03-01"
    with pytest.raises(InputError, match=r"a spreadsheet made a date of it"):
        numbers(table)


@pytest.mark.parametrize(
    "given",
    [
        pd.DataFrame({"Dose (nM)": [0.5, 5.0], "response": [98.0, None]}),
        [{"Dose (nM)": 0.5, "response": 98}, {"Dose (nM)": 5}],
        {"dose_nM": [0.5, 5], "response": [98, float("nan")]},
        pd.DataFrame({"Dose (nM)": ["0,5", "5"], "response": ["98", ""]}),
    ],
)
def test_what_python_holds(given):
    table = table_of(given, name="data", columns=["dose", "response"]).sound()
    cells = [[table.cell(line, c) for c in ("dose", "response")] for line in table.lines]
    assert [[float(c.text) if c.text else None for c in row] for row in cells] == [[0.5, 98.0], [5.0, None]]
    assert table.units == {"dose": "nM"}
    assert cells[0][0].line == 2


def test_the_index_of_a_frame_is_a_column():
    frame = pd.DataFrame({"response": [1.0]}, index=pd.Index([2.0], name="dose"))
    assert table_of(frame, name="data").columns == ("dose", "response")
    with pytest.raises(InputError, match="give a path, a pandas DataFrame"):
        table_of(3, name="data")


def test_written_workbooks_are_read_back(tmp_path):
    rows = [["name", "value (nM)"], ["=HYPERLINK()", 0.1], ["+1", None], ["@a", 1e-300], ["-b\x07", 2]]
    data = workbook_bytes({"a/b": rows, "question": [["asked"], ["x" * 40_000]]})
    assert data == workbook_bytes({"a/b": rows, "question": [["asked"], ["x" * 40_000]]})
    sheets = read_sheets(data, file="a.xlsx")
    assert [s.name for s in sheets] == ["a_b", "question"]
    assert [c for _, c in sheets[0].rows] == [
        ("name", "value (nM)"), ("=HYPERLINK()", 0.1), ("+1",), ("@a", 1e-300), ("-b ", 2)
    ]  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert {c.data_type for c in book["a_b"]["A"]} == {"s"}
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    assert read_grid(path).rows[1][1] == ("=HYPERLINK()", "0.1")
