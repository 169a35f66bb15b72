"""What a command loads: nothing that it does not need for its answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "antimony", "fides", "jsonschema", "libsbml", "matplotlib", "pandas", "petab", "pint", "pyarrow", "scipy",
    "xarray", "yaml", "zarr",
)  # fmt: skip
STIMULUS = ("hepg2", "--stimulus", "IL6=10ng/ml", "--parts", "core")


def loaded(arguments: tuple[str, ...]) -> set[str]:
    """The heavy modules that are there after a command."""
    code = (
        "import sys\n"
        "from jakstat.cli.main import app\n"
        "try:\n    app(standalone_mode=True)\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        f"print(*(m for m in {HEAVY!r} if m in sys.modules), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(done.stderr.split())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What commands leave behind for the next; one for all, as a user has one."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", *STIMULUS, "--json"),
        ("simulate", *STIMULUS),
        ("simulate", *STIMULUS, "--drug", "ruxolitinib=500nM", "--interval", "3", "--json"),
        ("parts",),
        ("contexts",),
    ],
)
def test_a_command_loads_no_more_than_it_needs(
    arguments: tuple[str, ...], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAKSTAT_CACHE", str(cache))
    monkeypatch.setenv("JAKSTAT_HOME", str(cache / "home"))  # no cell or drug of a user's own
    loaded(arguments)  # the first one fills the cache and may load what it likes
    assert loaded(arguments) == set()
