"""A cell of a user's own from a table of abundances: what is matched, what is kept, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from jakstat.biology import context, parameters, shipped_contexts
from jakstat.biology.gene_levels import gene_levels, gene_of, modelled_genes
from jakstat.biology.own_cell import OwnCell, own_cell
from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.experiment.run import simulate

ROOT = Path(__file__).resolve().parents[3]
HEPG2 = {row.id: row for row in (*parameters(), *context("hepg2").rows)}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JAKSTAT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _made(rows: list[dict[str, Any]], **more: Any) -> OwnCell:
    return own_cell(rows, like="hepg2", **more)


def _done(cell: OwnCell) -> dict[str, str]:
    return {g.gene: g.done for g in cell.genes}


def _codes(rows: Any, **more: Any) -> list[str]:
    with pytest.raises(InputError) as error:
        _made(rows, **more)
    return [p.code for p in error.value.problems]


def test_every_number_of_copies_and_of_presence_stands_in_the_table_of_genes() -> None:
    here = {level.id for level in gene_levels()}
    named = {key for key in HEPG2 if key.startswith(("abundance_", "presence_"))}
    assert here == named - {"abundance_STAT3_mRNA", "abundance_HBX"}  # a unit of the mRNA; a virus
    relative = {level.id for level in gene_levels() if level.counts == "relative"}
    assert all(HEPG2[key].unit == ("dimensionless" if key in relative else "1/cell") for key in here)


@pytest.mark.parametrize(
    ("name", "gene"),
    [
        ("STAT3", "STAT3"), ("stat-3", "STAT3"), ("P40763", "STAT3"), ("P40763-2", "STAT3"),
        ("gp130", "IL6ST"),
        ("CD130", "IL6ST"), ("P40189", "IL6ST"), ("SHP2", "PTPN11"), ("Stat3", "STAT3"), ("P42227", "STAT3"),
        ("P40763;P40763-2", "STAT3"), ("PD-L1", "CD274"), ("P40763;P42224", None), ("GAPDH", None),
        ("", None),
    ],
)  # fmt: skip
def test_genes_go_by_symbol_alias_and_accession(name: str, gene: str | None) -> None:
    """Accessions of UniProt: P40763 human STAT3, P42227 mouse STAT3, P42224 STAT1, P40189 gp130."""
    assert gene_of(name) == gene


def test_no_gene_of_the_model_goes_by_the_name_of_another() -> None:
    assert {gene: gene_of(gene) for gene in modelled_genes()} == {gene: gene for gene in modelled_genes()}


def test_copies_are_set_and_zero_is_told_from_missing() -> None:
    cell = _made(
        [
            {"gene": "STAT3", "copies": 100000},
            {"gene": "STAT1", "copies": 0},
            {"gene": "JAK1", "copies": ""},
            {"gene": "JAK2", "copies": "n.d."},
            {"gene": "SOCS3", "copies": 10},
            {"gene": "IL6R", "copies": 5000},
            {"gene": "PTPN11", "copies": 5000},
            {"gene": "ACTB", "copies": 1e8},
        ]
    )
    assert _done(cell) == {
        "STAT3": "set", "STAT1": "set", "JAK1": "missing", "JAK2": "missing", "SOCS3": "kept", "IL6R": "kept",
        "PTPN11": "kept", "ACTB": "unknown",
    }  # fmt: skip
    rows = {row.id: row for row in cell.rows}
    assert set(rows) == {"abundance_STAT3", "abundance_STAT1"}
    stat3, stat1 = rows["abundance_STAT3"], rows["abundance_STAT1"]
    assert (stat3.value, stat3.low, stat3.high) == (100000.0, pytest.approx(100000 / 1.5), 150000.0)
    assert (stat1.value, stat1.low, stat1.high) == (0.0, 0.0, 0.0)
    assert "surface" in next(g.why for g in cell.genes if g.gene == "IL6R")


def test_isoforms_are_summed_and_replicates_averaged() -> None:
    """(90000 + 110000) / 2 + 50000 = 150000 by hand."""
    rows = [
        {"protein": "P40763", "copies": 90000, "replicate": 1},
        {"protein": "P40763", "copies": 110000, "replicate": 2},
        {"protein": "P40763-2", "copies": 50000, "replicate": 1},
        {"protein": "P40763-2", "copies": "", "replicate": 2},
    ]
    assert _made(rows).rows[0].value == 150000.0
    plain = _made([{k: v for k, v in row.items() if k != "replicate"} for row in rows])
    assert plain.rows[0].value == 250000.0
    assert "summed" in plain.notes[0]


def test_a_ratio_multiplies_the_number_of_the_other_cell_and_widens_its_range() -> None:
    """Half of hepg2's 487666; its range over 1.5 for another cell, and over 2 more when mRNA was measured."""
    rows = [{"gene": "STAT3", "TPM": 25, "LFQ": 25, "ref": 50}]
    row = HEPG2["abundance_STAT3"]
    for column, factor in (("LFQ", 1.5), ("TPM", 3.0)):
        found = _made(rows, column=column, reference="ref").rows[0]
        assert found.value == pytest.approx(243833.0, rel=1e-12)
        assert found.low == pytest.approx(row.low / 2 / factor, rel=1e-12)
        assert found.high == pytest.approx(row.high / 2 * factor, rel=1e-12)


def test_large_ratios_are_cut_and_said_and_no_ratio_is_made_of_nothing() -> None:
    rows = [
        {"gene": "EGFR", "v": 5000, "ref": 1},
        {"gene": "STAT1", "v": 1, "ref": 5000},
        {"gene": "STAT6", "v": 0, "ref": 7},
        {"gene": "STAT2", "v": 7, "ref": 0},
        {"gene": "JAK1", "v": 7, "ref": ""},
        {"gene": "JAK3", "v": 7, "ref": 7},
        {"gene": "SHP1", "v": 8, "ref": 4},
    ]
    cell = _made(rows, column="v", reference="ref")
    assert _done(cell) == {
        "EGFR": "capped", "STAT1": "capped", "STAT6": "set", "STAT2": "kept", "JAK1": "kept", "JAK3": "kept",
        "PTPN6": "set",
    }  # fmt: skip
    values = {row.id: row.value for row in cell.rows}
    assert values["abundance_EGFR"] == 30 * HEPG2["abundance_EGFR"].value
    assert values["abundance_STAT1"] == pytest.approx(HEPG2["abundance_STAT1"].value / 30)
    assert (values["abundance_STAT6"], values["presence_PTPN6"]) == (0.0, 2.0)
    assert "cut to 30 times" in cell.genes[0].why


def test_an_isoform_without_a_partner_is_left_out_of_the_ratio() -> None:
    rows = [{"gene": "STAT3", "v": 10, "ref": 5}, {"gene": "STAT3", "v": "", "ref": 95}]
    assert _made(rows, column="v", reference="ref").genes[0].ratio == 2.0


def test_logarithms_are_never_guessed() -> None:
    """log2(3 + 1) = 2 and log2(7 + 1) = 3: a ratio of 3/7."""
    rows = [{"gene": "STAT3", "log2(TPM+1)": 2, "ref": 3}]
    assert _codes(rows, column="log2(TPM+1)", reference="ref") == ["abundance.log"]
    assert _made(rows, column="log2(TPM+1)", reference="ref", log2=1.0).genes[0].ratio == pytest.approx(3 / 7)


@pytest.mark.parametrize(
    ("rows", "more", "codes"),
    [
        ([{"gene": "STAT3", "copies": -1}, {"gene": "JAK1", "copies": "many"}], {},
         ["abundance.negative", "table.number"]),
        ([{"gene": "", "copies": 1}, {"gene": "JAK1", "copies": 1}], {}, ["abundance.name"]),
        ([{"gene": "STAT3", "copies": 9, "low": 10, "high": 11}], {}, ["abundance.range"]),
        ([{"gene": "STAT3", "TPM": 9}], {}, ["abundance.column"]),
        ([{"gene": "STAT3", "TPM": 9}], {"column": "TPM"}, ["abundance.column"]),
        ([{"gene": "STAT3", "TPM": 9}], {"column": "TPM", "reference": "HepG2"}, ["abundance.column"]),
        ([{"what": "STAT3", "copies": 9}], {}, ["abundance.column"]),
        ([{"gene": "ACTB", "copies": 9}], {}, ["own.row"]),
        ([{"gene": "STAT3", "copies": 9}], {"save": "hepg2"}, ["own.name"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_kept(
    rows: list[dict[str, Any]], more: dict[str, Any], codes: list[str], home: Path
) -> None:
    assert _codes(rows, **more) == codes
    assert not home.exists()


def test_a_workbook_and_a_file_between_semicolons_say_the_same(tmp_path: Path) -> None:
    text = (ROOT / "examples/own/cell_tpm.csv").read_text(encoding="utf-8")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in text.splitlines():
        cells = [c.replace(",", ".") for c in line.split(";")]
        sheet.append([float(c) if c.replace(".", "").isdigit() else c or None for c in cells])
    book.save(tmp_path / "cell.xlsx")
    how = {"like": "hepg2", "column": "my line", "reference": "HepG2"}
    first = own_cell(ROOT / "examples/own/cell_tpm.csv", **how)
    second = own_cell(tmp_path / "cell.xlsx", **how)
    assert first.rows == second.rows
    assert [g.done for g in first.genes] == [g.done for g in second.genes]


def test_the_command_tells_each_gene_keeps_the_cell_and_writes_the_table(tmp_path: Path) -> None:
    table = str(ROOT / "examples/own/cell_copies.csv")
    words = ["contexts", "--from", table, "--like", "hepg2", "--save", "my_cell"]
    done = CliRunner().invoke(app, [*words, "--csv", str(tmp_path / "genes.csv")])
    assert done.exit_code == 0, done.output
    assert "not known (ACTB): the model does not have it" in done.output
    assert (tmp_path / "genes.csv").read_text(encoding="utf-8").count("\n") > 8
    again = CliRunner().invoke(app, words)
    assert again.exit_code == 2
    assert "own.exists" in again.output
    document = json.loads(CliRunner().invoke(app, [*words, "--force", "--json"]).stdout)
    assert document["kind"] == "own-cell"
    assert {n["id"]: n["value"] for n in document["numbers"]}["abundance_STAT3"] == 225000.0
    cell = context("my_cell")
    assert cell.row("abundance_STAT3").value == 225000.0
    assert cell.row("membrane").grade == "assumed"
    assert cell.data_key == document["data_key"]


@pytest.mark.parametrize(
    "words",
    [
        ("contexts", "--save", "x"), ("contexts", "--from", "no.csv", "--like", "hepg2"),
        ("contexts", "hepg2", "--from", "no.csv", "--like", "hepg2"), ("contexts", "--from", "no.csv"),
        ("contexts", "--from", "{}", "--like", "hepg3"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_refused(words: tuple[str, ...]) -> None:
    table = str(ROOT / "examples/own/cell_copies.csv")
    assert CliRunner().invoke(app, [w.format(table) for w in words]).exit_code == 2


def test_the_other_cell_goes_by_any_of_its_words() -> None:
    assert own_cell([{"gene": "STAT3", "copies": 1e5}], like="Hep G2").like == "hepg2"


def test_a_cell_that_lacks_what_the_core_needs_still_runs() -> None:
    lacking = [{"gene": g, "copies": 0} for g in ("STAT3", "JAK1", "IL6ST", "STAT1", "EGFR", "SMAD1", "TYK2")]
    own_cell(lacking, like="hepg2", save="empty_cell")
    run = simulate(
        "empty_cell", stimuli="IL6=10ng/ml", observe="pSTAT3", until="30min", points=4, parts="core"
    )
    assert run["pSTAT3"].values == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("like", shipped_contexts())
def test_every_cell_may_be_what_an_own_one_is_like(like: str) -> None:
    cell = own_cell([{"gene": "STAT3", "copies": 12345}], like=like, save=f"my_{like}")
    assert context(cell.name).row("abundance_STAT3").value == 12345.0
    assert context(cell.name).species == context(like).species
