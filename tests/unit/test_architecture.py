"""Rules of the house that no linter knows. Who may import whom is checked by `lint-imports`."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "jakstat"
MODULES = sorted(SOURCE.rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}


def relative(path):
    return path.relative_to(ROOT).as_posix()


def tracked_files():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_is_short_well_named_and_plain(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") < 500, "split the module"
    assert path.stem not in FORBIDDEN_NAMES
    assert path.parent.name not in FORBIDDEN_NAMES
    assert path.stat().st_size == 0 or ast.get_docstring(tree), "say what the module is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if body:
                length = (node.end_lineno or 0) - body[0].lineno + 1
                assert length <= 60, f"{node.name} has {length} lines"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN_CALLS, f"line {node.lineno}: {node.func.id}()"
        if isinstance(node, ast.keyword) and node.arg == "shell":
            assert isinstance(node.value, ast.Constant), "a shell would read the text again"
            assert node.value.value is False


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_public_functions_have_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} says nothing about itself"


def _defined(kind):
    """Modules by the name of what stands at their top."""
    found = {}
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, kind):
                found.setdefault(node.name, []).append(relative(path).removeprefix("src/jakstat/"))
    return found


def test_every_class_has_a_name_of_its_own():
    named = {}
    for name, places in _defined(ast.ClassDef).items():
        named.setdefault(name.lstrip("_"), []).extend(places)
    assert {name: places for name, places in named.items() if len(places) > 1} == {}


def test_every_public_function_has_a_name_of_its_own():
    """But for a command, which may bear the name of what it calls, and the entry point."""
    for name, places in _defined(ast.FunctionDef).items():
        rooms = [p for p in places if not p.startswith("cli/")]
        commands = [p for p in places if p.startswith("cli/") and p != "cli/main.py"]
        assert name.startswith("_") or (len(rooms) <= 1 and len(commands) <= 1), (name, places)


def test_tests_mirror_the_source():
    """A folder under tests/unit bears the name of a room."""
    rooms = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    for path in (ROOT / "tests" / "unit").glob("*/test_*.py"):
        assert path.parent.name in rooms, f"{relative(path)}: no such room"


def test_no_registry_and_no_path_of_a_machine_is_tracked():
    hosts = [b"pypi" + b".org", b"python" + b"hosted", b"deb." + b"debian", b"registry.npm" + b"js"]
    paths = [
        rb"/ro" + rb"ot/",
        rb"/wo" + rb"rk/(main|shared|\.)",
        rb"/tm" + rb"p/(dev|bash_jobs)",
        rb"/ho" + rb"me/[a-z]+/",
    ]
    pattern = re.compile(b"|".join([re.escape(h) for h in hosts] + paths))
    found = [relative(p) for p in tracked_files() if pattern.search(p.read_bytes())]
    assert found == []


def test_no_measured_data_file_is_tracked():
    """The package carries aggregated numbers; the files they were taken from stay outside."""
    shared = ROOT.parent / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("measured data are not beside the checkout (../shared)")
    names = {p.name for p in shared.rglob("*") if p.suffix in {".csv", ".tsv", ".xml", ".xls", ".xlsx"}}
    tracked = {p.name for p in tracked_files() if p.suffix in {".csv", ".tsv", ".xml", ".xls", ".xlsx"}}
    assert tracked & names == set()


def test_version_is_told_once():
    from jakstat.identity import VERSION

    assert f"version: {VERSION}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
