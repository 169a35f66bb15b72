"""Mistakes that people make with matrices of their own, each answered by the sentence that mends it."""

import csv
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/own/matrix.csv"
HEAD = ["drug_a", "dose_a", "drug_b", "dose_b", "unit_a", "unit_b", "replicate", "response"]


def rows():
    with EXAMPLE.open(encoding="utf-8") as stream:
        table = list(csv.reader(line for line in stream if not line.startswith("#")))
    return [[*r[:4], "nM", "uM", r[4], r[5]] for r in table[1:]]


def each(place, change, when=lambda r: True):
    """The rows with a cell changed."""
    return [[*r[:place], change(r[place]), *r[place + 1 :]] if when(r) else r for r in rows()]


def share(text):
    return str(float(text) / 100.0)


def raw(text):
    return str(531 * float(text))


def upside_down(text):
    return str(100 - float(text))


def to(text):
    """A change of one cell into a text."""
    return lambda _: text


def one_dose(r):
    return r[1] == "300"


def logarithm(text):
    return f"{math.log10(float(text) * 1e-9):.3f}" if float(text) else "0"


SWAPPED = ["dose_a", "drug_a", *HEAD[2:]]
EXCHANGED = [HEAD[0], "response", *HEAD[2:7], "dose_a"]
PERCENT = "percent-viability"

MISTAKES = {
    "nothing said": (HEAD, rows(), None, [], "say --response viability (1 without drugs"),
    "viability as effect": (HEAD, rows(), "percent-effect", [], "say --response percent-viability"),
    "effect as viability": (HEAD, each(7, upside_down), PERCENT, [], "say --response percent-effect"),
    "percent as share": (HEAD, rows(), "viability", [], "say --response percent-viability"),
    "share as percent": (HEAD, each(7, share), PERCENT, [], "say --response viability"),
    "signal as percent": (HEAD, each(7, raw), "viability", [], "say --response signal"),
    "heading against option": ([*HEAD[:7], "viability"], rows(), "effect", [], "say --response viability"),
    "no such response": (HEAD, rows(), "viab", [], "one of viability, percent-viability"),
    "no drug alone": (HEAD, [r for r in rows() if float(r[3])], PERCENT, [], "with dose 0 of Stattic"),
    "other drug alone": (HEAD, [r for r in rows() if float(r[1])], PERCENT, [], "with dose 0 of ruxolitinib"),
    "no full grid": (HEAD, [r for r in rows() if (r[1], r[3]) != ("300", "10")], PERCENT, [],
                     "ruxolitinib 300 nM + Stattic 10 uM). add them"),
    "units that clash": (HEAD, each(4, to("ng/ml"), one_dose), PERCENT, [], "the same for all doses"),
    "unit missing": (HEAD, each(4, to(""), one_dose), PERCENT, [], "give each dose its unit"),
    "no unit": (HEAD, each(4, to("nanom")), PERCENT, [], "write e.g. nM, uM or ng/ml"),
    "replicates not numbered": (HEAD, each(6, to("1")), PERCENT, [], "number the replicates apart"),
    "two matrices in one": (HEAD, rows() + rows(), PERCENT, [], "by a column matrix, cell or plate"),
    "text in a cell": (HEAD, each(7, to("n.d.x"), one_dose), PERCENT, [], "or leave the cell empty"),
    "beyond the scale": (HEAD, each(7, to(">100"), one_dose), PERCENT, [], "and so 17 more cells"),
    "unit in the dose": (HEAD, each(1, to("300nM"), one_dose), PERCENT, [], "the unit belongs in"),
    "dose left out": (HEAD, each(1, to(""), one_dose), PERCENT, [], "write 0 where a drug is not given"),
    "logarithms of doses": (HEAD, each(1, logarithm), PERCENT, [], "not logarithms: -8 of log10 M is 10 nM"),
    "drug and dose exchanged": (SWAPPED, rows(), PERCENT, [], "exchange their headings"),
    "dose, response exchanged": (EXCHANGED, rows(), PERCENT, [], "doses repeat in a matrix"),
    "a column is missing": ([*HEAD[:3], "foo", *HEAD[4:]], rows(), PERCENT, [], "the columns drug_a, dose_a"),
    "no responses": ([*HEAD[:7], "lum"], rows(), PERCENT, [], "name the responses response"),
    "a name misspelt": (HEAD, each(0, to("ruxolitnib"), one_dose), PERCENT, [],
                        "is 'ruxolitnib' a misspelling of 'ruxolitinib'?"),
    "no rows": (HEAD, [], PERCENT, [], "give one row for each well"),
    "an error of the spreadsheet": (HEAD, each(7, to("#DIV/0!"), one_dose), PERCENT, [], "mend its formula"),
    "drugs named twice": (HEAD, rows(), PERCENT, ["--drug", "X", "--drug", "Y"], "leave the option out"),
    "doses of the model": (HEAD, rows(), PERCENT, ["--doses", "5"], "it does not go with --data"),
    "stimulus without a cell": (HEAD, rows(), PERCENT, ["--stimulus", "IL6=10ng/ml"], "name a kind of cell"),
    "unknown column": (HEAD, rows(), PERCENT, ["--by", "plate"], "the file has drug_a, drug_b"),
    "unknown matrix": (HEAD, rows(), PERCENT, ["--only", "x"], "there are ruxolitinib + Stattic"),
    "no spread": (HEAD, rows(), PERCENT, ["--sd", "0"], "in the unit of the responses"),
}  # fmt: skip


def told(path, response, more):
    words = ["combine", "--data", str(path), *more] + (["--response", response] if response else [])
    done = CliRunner().invoke(app, words)
    return done.exit_code, " ".join(done.output.split())


@pytest.mark.parametrize("name", MISTAKES)
def test_the_first_thing_that_goes_wrong_is_mended(name, tmp_path):
    head, body, response, more, sentence = MISTAKES[name]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(",".join(r) for r in [head, *body]) + "\n", encoding="utf-8")
    code, output = told(path, response, more)
    assert code == 2, output
    assert sentence in output
    assert "Traceback" not in output


BLOCKS = {
    "no doses": ("1,.9,.8\n.8,.7,.6\n.5,.4,.3\n", "a matrix with the doses of one drug in the first row"),
    "too many cells": (",0,1\n0,1,.9\n10,.8,.7,.6\n", "give each column its dose"),
    "text in a matrix": (",0,1\n0,1,x\n10,.8,.7\n", "or leave the cell empty where a well failed"),
    "no margin in a matrix": (",1,3\n0,.9,.8\n10,.7,.6\n", "with dose 0 of drug B"),
    "a dose below 0": (",0,1\n0,1,.9\n-7,.8,.7\n", "not logarithms"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_mistakes_of_matrices(name, tmp_path):
    text, sentence = BLOCKS[name]
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    code, output = told(tmp_path / "mine.csv", "viability", [])
    assert code == 2, output
    assert sentence in output


def test_several_sheets_are_not_chosen_from(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    for k, name in enumerate(("plate 1", "plate 2")):
        sheet = book.active if k == 0 else book.create_sheet()
        sheet.title = name
        for row in (["A (nM) / B (nM)", 0, 1], [0, 1.0, 0.9], [10, 0.8, 0.7 + 0.01 * k]):
            sheet.append(row)
    book.save(tmp_path / "mine.xlsx")
    code, output = told(tmp_path / "mine.xlsx", "viability", [])
    assert code == 2
    assert "choose one with --sheet" in output
    assert told(tmp_path / "mine.xlsx", "viability", ["--sheet", "plate 2"])[0] == 0


def test_every_fault_is_told_at_once(tmp_path):
    """Two kinds of fault in one file are two problems."""
    body = each(7, to("x"), one_dose)
    body[0] = [body[0][0], "-1", *body[0][2:]]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(",".join(r) for r in [HEAD, *body]) + "\n", encoding="utf-8")
    code, output = told(path, PERCENT, [])
    assert code == 2
    assert output.count("[matrix.dose]") == 1
    assert output.count("[table.number]") == 1


def test_one_well_for_each_mixture_is_said(tmp_path):
    path = tmp_path / "mine.csv"
    body = [r for r in rows() if r[6] == "1"]
    path.write_text("\n".join(",".join(r) for r in [HEAD, *body]) + "\n", encoding="utf-8")
    code, output = told(path, PERCENT, [])
    assert code == 0
    assert (
        "repeat the matrix (column replicate), or give the standard deviation of one well with --sd" in output
    )
    assert "note: each mixture has one well" not in told(path, PERCENT, ["--sd", "4"])[1]
