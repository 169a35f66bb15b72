"""Every error code of the source stands in the one table of codes, and every row is used."""

import ast
import re
from pathlib import Path

import pytest

from jakstat.engine.network.unsupported import UNSUPPORTED
from jakstat.report.error_page import error_codes, error_page

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9_-]*)+")
# Words with a dot that are something else: endings of files, modules, names of formats.
FILES = re.compile(
    r".*\.(ant|csv|html|json|md|npy|npz|parquet|pdf|png|rdf|sedml|svg|toml|tsv|txt|xml|xpt|yaml|zarr)"
)
OTHERS = {"attr.name", "attr.type", "hgnc.symbol", "pubchem.compound", "pace.factor", "pace.power"} | {
    "answer.part",
    "faults.log",
    "http.disconnect",
    "http.request",
    "http.response.start",
    "websocket.close",
    "female.share",
    "svg.fonttype",
    "svg.hashsalt",
    "text.parse_math",
}


def _texts(tree):
    """Every text of a module that is neither documentation nor part of a longer text."""
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            skipped.add(node.value)
        if isinstance(node, ast.JoinedStr):
            skipped.update(node.values)
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and n not in skipped} - {None}


def _dotted():
    found = {}
    for path in sorted((ROOT / "src").rglob("*.py")):
        for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(text, str) or not CODE.fullmatch(text) or FILES.fullmatch(text):
                continue
            if text not in OTHERS and not text.startswith("jakstat."):
                found.setdefault(text, path.name)
    return found


def _made():
    """Codes that are put together: of features the engine refuses, rows of a dose table, unknown names."""
    rows = (ROOT / "src/jakstat/pharmacology/nonmem.py").read_text(encoding="utf-8")
    said = {f"dose-table.{word}" for word in re.findall(r'say\(\s*"([a-z-]+)"', rows)}
    named = re.compile(r"unknown\(\s*\"([a-z ]+)\"")  # jakstat.pharmacology.nearest.unknown
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    said |= {f"{kind.replace(' ', '-')}.unknown" for text in texts for kind in named.findall(text)}
    return said | {f"sbml.unsupported.{name}" for name in UNSUPPORTED}


@pytest.fixture(scope="module")
def used():
    """The codes that the source names."""
    return set(_dotted()) | _made()


def test_every_code_stands_in_the_table(used):
    assert used - set(error_codes()) == set()


def test_every_row_of_the_table_is_used(used):
    assert set(error_codes()) - used == set()


def test_rows_are_sorted_and_say_something():
    codes = list(error_codes())
    assert codes == sorted(codes)
    assert all(len(means) > 8 for means, _ in error_codes().values())


def test_page_is_up_to_date():
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    assert page == error_page(), "run `make docs`"


@pytest.mark.parametrize("code", ["dose.interval", "xml.doctype", "record.rejected"])
def test_page_lists(code):
    assert f"| `{code}` | {error_codes()[code][0]} |" in error_page()
