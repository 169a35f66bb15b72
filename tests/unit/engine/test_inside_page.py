"""docs/engine-inside.md names everything that a step is made of."""

import re
from pathlib import Path

import jakstat
from jakstat.engine.compile import layout
from jakstat.engine.compile.driver_map import MAP_ARGUMENTS
from jakstat.engine.compile.emit_llvm import _ARRAYS as ARRAYS

PAGE = (Path(__file__).parents[3] / "docs" / "engine-inside.md").read_text()
ROWS = {
    heading: set(re.findall(r"`([^`]+)`", text))
    for heading, text in re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
}


def under(start: str) -> set[str]:
    return next(names for heading, names in ROWS.items() if heading.startswith(start))


def test_every_name_of_the_blocks_stands_in_its_table() -> None:
    assert set(layout.CONTEXT) - under("The context block") == set()
    assert set(layout.LANE) - under("The lane block") == set()
    assert set(MAP_ARGUMENTS) - under("The map") == set()
    assert set(ARRAYS) - under("Kernels") == set()
    assert {n for n in dir(layout) if n.startswith("DOSE_")} - under("The context block") == set()


def test_every_module_of_the_engine_has_its_place() -> None:
    engine = Path(jakstat.__file__).parent / "engine"
    modules = {p.stem for p in engine.rglob("*.py") if p.stem != "__init__"}
    named = {word.split("/")[-1].split(".")[0] for word in under("The order of the stages")}
    assert modules - named == set()
