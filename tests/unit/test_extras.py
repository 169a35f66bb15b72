"""The light core: what it holds, what the extras bring, and the one answer when one is missing."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from jakstat.extras import EXTRAS, PACKAGES, MissingExtraError, needs

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "jakstat"
CORE = {p.module for p in PACKAGES if not p.extra}
HOLDS = {e.name: e.holds for e in EXTRAS}


def brings(extra):
    """Modules of an extra and of those that it holds."""
    own = {p.module for p in PACKAGES if p.extra == extra}
    return own.union(*(brings(inner) for inner in HOLDS[extra]))


def declared(extra=None):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    held = re.findall(r"jakstat\[([a-z,]+)\]", " ".join(lines))
    names = {re.split(r"[<>=!~ ;\[]", line)[0].lower() for line in lines} - {"jakstat"}
    return names, {name for names in held for name in names.split(",")}


@pytest.mark.parametrize("extra", [None, *HOLDS])
def test_the_table_is_what_the_package_declares(extra):
    names, held = declared(extra)
    assert names == {p.distribution.lower() for p in PACKAGES if p.extra == (extra or "")}
    assert held == set(HOLDS.get(extra, ()))


def test_all_holds_every_extra():
    _, held = declared("all")
    assert held.union(*(HOLDS[name] for name in held)) | {"plot", "analysis"} == set(HOLDS)


def _imports(path):
    """Each import of somebody else's package: line, package, and the extra whose block it is in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.With):
            call = node.items[0].context_expr
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "needs":
                inside |= dict.fromkeys(node.body, call.args[0].value)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            inside |= dict.fromkeys(node.body, "types")
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        for name in names:
            root = name.partition(".")[0]
            if root not in sys.stdlib_module_names and root != "jakstat":
                yield node.lineno, root, inside.get(node)


def test_a_package_of_an_extra_is_imported_in_its_block():
    found = []
    for path in SOURCE.rglob("*.py"):
        for line, root, extra in _imports(path):
            allowed = CORE | (brings(extra) if extra in HOLDS else set())
            if root not in allowed and extra != "types":
                found.append(f"{path.relative_to(ROOT)}:{line}: {root} in a block of {extra}")
    assert found == []


def core_alone(code):
    """What a program prints where only the packages of the core can be found."""
    code = "import core_alone\ncore_alone.block()\n" + code
    where = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(ROOT / "src")])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CASES = [
    ("steady-state hepg2", "scipy", "analysis"),
    ("simulate hepg2 --plot a.png", "matplotlib", "plot"),
    ("simulate hepg2 --xlsx a.xlsx", "openpyxl", "store"),
    ("trial nowhere.yaml", "scipy", "trial"),
    ("validate --scale patient", "scipy", "trial"),
    ("lab --no-browser", "fastapi", "lab"),
    ("demo --workers 1", "lifelines", "trial"),
]
COMMANDS = """
import json
from typer.testing import CliRunner
from jakstat.cli.main import app
told = {}
for words in WORDS:
    done = CliRunner().invoke(app, words.split())
    told[words] = (done.exit_code, done.stdout, done.stderr)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def commands():
    code = COMMANDS.replace("WORDS", repr([words for words, *_ in CASES] + ["doctor"]))
    return json.loads(core_alone(code))


@pytest.mark.parametrize(("words", "package", "extra"), CASES)
def test_a_missing_extra_is_answered_by_its_line(commands, words, package, extra):
    status, answer, errors = commands[words]
    assert (status, answer) == (2, "")
    (line,) = errors.splitlines()
    assert package in line
    assert f"pip install 'jakstat[{extra}]' [extra.missing]" in line


def test_doctor_says_what_the_extras_enable(commands):
    status, answer, _ = commands["doctor"]
    assert status == 0
    rows = {line.split()[1]: line for line in answer.splitlines() if line.startswith("  ")}
    for extra in EXTRAS:
        assert extra.enables in rows[extra.name]
        assert ("absent" in rows[extra.name]) is bool(brings(extra.name))


IN_PYTHON = """
import importlib, pathlib
import jakstat as js
from jakstat.extras import MissingExtraError, needs
told = {}
for name in js.__all__:
    try:
        getattr(js, name)
    except MissingExtraError as error:
        told[name] = error.problems[0].hint
assert isinstance(MissingExtraError([]), js.InputError)
print(sorted(told))
print(set(told.values()))
root = pathlib.Path(js.__file__).parent
for path in sorted(root.rglob("*.py")):
    module = ".".join(("jakstat", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
    if not module.endswith("__main__"):
        try:
            importlib.import_module(module)
        except MissingExtraError:
            pass
print(callable(js.simulate) and "hepg2" in str(js.contexts()))
"""


@pytest.mark.long
def test_in_python_a_missing_extra_is_the_same_error():
    lacking, mends, simulates = core_alone(IN_PYTHON).splitlines()
    wanted = ["bistability", "combine", "fit_curves", "observed_exposure", "score_matrix", "steady_states"]
    assert (lacking, mends) == (str(wanted), """{"pip install 'jakstat[analysis]'"}""")
    assert simulates == "True"


def test_a_fault_of_our_own_is_not_taken_for_a_missing_extra():
    with pytest.raises(ModuleNotFoundError), needs("plot"):
        import jakstat.no_such_room  # noqa: F401


def test_a_dependency_of_a_package_is_mended_by_the_same_line():
    with pytest.raises(MissingExtraError, match=r"kiwisolver.*jakstat\[plot\]"), needs("plot"):
        raise ModuleNotFoundError("No module named 'kiwisolver._cext'", name="kiwisolver._cext")
