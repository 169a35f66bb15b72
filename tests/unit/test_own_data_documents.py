"""Every key of the JSON documents of own data is told in docs/json.md, in their own section."""

import re
from pathlib import Path

import pytest

from jakstat.biology.own_cell import own_cell
from jakstat.combination.own_matrices import score_matrix
from jakstat.combination.own_matrix_document import own_matrix_document
from jakstat.pharmacology.observed_documents import observed_document
from jakstat.pharmacology.observed_exposure import observed_exposure
from jakstat.response.own_curve_document import own_curves_document
from jakstat.response.own_curves import fit_curves
from jakstat.trial.observed_survival import observed_survival

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
DOSES = (0, 1, 3, 10, 30, 100)


def curves():
    read = [round(100 / (1 + d / 10), 1) for d in DOSES]
    rows = {"drug": ["a"] * 6 + ["b"] * 6, "dose (nM)": DOSES * 2, "response": [*read, *read[::-1]]}
    return own_curves_document(fit_curves(rows, response="percent"))


def matrix():
    rows = [
        {"drug_a": "a", "dose_a": x, "drug_b": "b", "dose_b": y, "unit": "nM", "replicate": r,
         "response": 1 / (1 + x / 9) / (1 + y / 20) + 0.01 * r * (-1) ** x}
        for x in DOSES for y in DOSES for r in (0, 1)
    ]  # fmt: skip
    return own_matrix_document(score_matrix(rows, "viability"))


def concentrations():
    rows = {"subject": ["a"] * 5, "time": [0, 1, 2, 4, 8], "conc": [0, 8, 4, 1, 0.06], "dose": [10] * 5}
    return observed_document(observed_exposure(rows, unit="mg/L"))


def cell():
    return own_cell(
        [{"gene": "STAT3", "copies": 2e5}, {"gene": "ACTB", "copies": 1e8}], like="hepg2"
    ).to_document()


def survival():
    return observed_survival({"months": [1, 2, 3, 4], "death": [1, 0, 1, 1], "arm": ["a", "b"] * 2})


CASES = {
    "own-curves": (curves, ("curves", "comparisons")),
    "own-matrices": (matrix, ("matrices",)),
    "own-exposure": (concentrations, ("profiles",)),
    "own-survival": (survival, ()),
    "own-cell": (cell, ("genes", "numbers")),
}


@pytest.mark.parametrize("kind", CASES)
def test_its_keys_are_told(kind):
    make, lists = CASES[kind]
    document = make()
    assert document["kind"] == kind
    before, _, behind = PAGE.partition(kind)
    section = before.rpartition("\n## ")[2] + kind + behind.partition("\n## ")[0]
    told = set(
        re.findall(r"[A-Za-z_][A-Za-z0-9_]*", " ".join(re.findall(r"`[^`]*`|^    \{.*", section, re.M)))
    )
    keys = set(document) | {key for name in lists for row in document[name] for key in row}
    # an end of an interval is told with its number: "each with `_low` and `_high`"
    bare = {re.sub(r"_(low|high)$", "", key) for key in keys}
    assert sorted(bare - told) == []
