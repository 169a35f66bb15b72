"""The notebooks hold no outputs, no machine's traces and no typed results; each runs without an error."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))
TYPED = re.compile(r"\d+[.,]\d|\d\s?(%|[nu]M|µM|h\b|min|mg|ng|months?)")

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def test_there_are_three_and_the_page_on_own_data_names_them():
    assert [p.stem for p in NOTEBOOKS] == ["bench", "pharmacometrics", "systems"]
    page = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        assert f"(../examples/notebooks/{path.name})" in page


@each
def test_it_is_kept_without_outputs(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert set(notebook.metadata.language_info) == {"name"}, "the version of a kernel is no content"
    for cell in notebook.cells:
        assert cell.metadata == {}
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@each
def test_its_prose_has_no_results(path):
    """Numbers are printed by cells; typed ones would be wrong after the next change of the model."""
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"`[^`]*`", "", cell.source)
            assert not TYPED.search(prose), prose


@pytest.mark.long
@each
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_runs(path, tmp_path):
    notebook = read(path)
    # beside the example files, as a reader opens it
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=1200, kernel_name="python3", resources=resources).execute()
    shown = [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]
    assert not [out.text for out in shown if out.output_type == "stream" and out.name == "stderr"]
    assert sum("image/png" in out.get("data", {}) for out in shown) >= 3
