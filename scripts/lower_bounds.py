"""The oldest releases that pyproject.toml allows: ``python -m scripts.lower_bounds``, or ``make lower``.

Each dependency of jakstat and of its extras is installed at its lower bound in an environment of its own,
what they bring along and the tools of the tests within the pins, and a chosen part of the quick tests runs.
A bound that fails is raised in pyproject.toml, not worked around. Needs nothing but Python.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

__all__ = ["lowest"]

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / ".venv-lower"
TESTS = (
    "src/jakstat/experiment",
    "src/jakstat/calibration",
    "src/jakstat/report",
    "tests/unit/engine",
    "tests/unit/exchange",
    "tests/unit/calibration",
    "tests/unit/response",
    "tests/unit/population",
    "tests/unit/test_units.py",
    "tests/unit/test_store.py",
    "tests/unit/test_spreadsheets.py",
    "tests/unit/test_extras.py",
    "tests/unit/cli/test_run.py",
    "tests/unit/cli/test_simulate.py",
    "tests/unit/trial/test_trial_run.py",
)
"""Where each dependency is put to its use."""
_NO_ANSWER = {"test", "bench", "docs", "all"}
_BOUND = re.compile(r"([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?>=([0-9][0-9.]*)")


def lowest(project: dict[str, dict[str, object]]) -> dict[str, str]:
    """Each dependency and the lowest version that is allowed, from the table ``project`` of pyproject.toml.

    Examples
    --------
    >>> extras = {"plot": ["matplotlib>=3.11,<4"], "analysis": ["jakstat[plot]", "scipy>=1.17,<2"]}
    >>> lowest({"dependencies": ["numpy>=2.4,<3"], "optional-dependencies": extras})
    {'numpy': '2.4', 'matplotlib': '3.11', 'scipy': '1.17'}
    """
    extras = project["optional-dependencies"]
    lists = [project["dependencies"], *(rows for name, rows in extras.items() if name not in _NO_ANSWER)]
    found: dict[str, str] = {}
    for row in (str(row) for rows in lists if isinstance(rows, list) for row in rows):
        bound = _BOUND.match(row)
        if bound is None and not row.startswith("jakstat["):
            raise SystemExit(f"{row!r} has no lower bound")
        if bound is not None and found.setdefault(bound[1], bound[2]) != bound[2]:
            raise SystemExit(f"{bound[1]} has two lower bounds")
    return found


def _install(low: dict[str, str]) -> Path:
    python = PLACE / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PLACE)], check=True)
    free = {name.lower() for name in low}
    brought = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8").split()
    pins = (ROOT / "requirements" / "test.txt").read_text(encoding="utf-8").splitlines()
    kept = [row for row in pins if "==" in row and row.partition("==")[0] not in free]
    kept += [row for row in brought if row.startswith("pandas==") and "pandas" not in free]
    constraints = PLACE / "lowest.txt"
    rows = [*(f"{name}=={version}" for name, version in low.items()), *kept]
    constraints.write_text("\n".join(rows) + "\n", encoding="utf-8")
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "-r", "requirements/build.txt"], cwd=ROOT, check=True)
    words = ["--no-build-isolation", "-c", str(constraints), "-e", ".[test]"]
    subprocess.run([*pip, *words], cwd=ROOT, check=True)
    return python


def main() -> None:
    """Install the lowest versions and run the chosen tests; the status is that of the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    low = lowest(project)
    print("lowest:", " ".join(f"{name}=={version}" for name, version in low.items()), flush=True)
    python = _install(low)
    tests = [name for name in TESTS if (ROOT / name).exists()]
    if len(tests) < len(TESTS):
        raise SystemExit(f"no such tests: {sorted(set(TESTS) - set(tests))}")
    command = [
        str(python),
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    raise SystemExit(subprocess.run(command, cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    main()
