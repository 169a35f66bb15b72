"""The present tree beside an earlier one: the same script in a fresh process of each.

``JAKSTAT_BASELINE`` names the checkout (its folder ``src``) or site folder of an earlier version; without it
only the present one is measured. Every script prints one line of JSON, with the processor seconds it took.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import jakstat

__all__ = ["RESULTS", "TREES", "in_tree", "kept", "surroundings", "written"]

RESULTS = Path(__file__).parent / "results"
HERE = Path(jakstat.__file__).resolve().parents[1]


def _before() -> dict[str, Path]:
    given = os.environ.get("JAKSTAT_BASELINE")
    if not given:
        return {}
    folder = Path(given)
    return {"before": folder / "src" if (folder / "src").is_dir() else folder}


TREES: dict[str, Path] = {"now": HERE, **_before()}
"""Folders on the path of Python by name: ``now``, and ``before`` where there is one."""


_BYTECODE = tempfile.TemporaryDirectory()


def surroundings(tree: str, cache: Path | None = None) -> dict[str, str]:
    """The environment of a process that imports jakstat from a tree, compiled as an installed package is."""
    around = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    around |= {"PYTHONPATH": str(TREES[tree]), "PYTHONPYCACHEPREFIX": _BYTECODE.name, "OMP_NUM_THREADS": "1"}
    return around if cache is None else {**around, "JAKSTAT_CACHE": str(cache)}


def in_tree(tree: str, script: str, *arguments: str, cache: Path | None = None) -> Any:
    """What a script prints as JSON in a fresh process that imports jakstat from a tree."""
    command, around = [sys.executable, "-c", script, *arguments], surroundings(tree, cache)
    run = subprocess.run(command, env=around, capture_output=True, text=True, timeout=900, check=False)
    if run.returncode:
        raise RuntimeError(f"{tree}: {run.stderr[-400:]}")
    return json.loads(run.stdout.splitlines()[-1])


def kept(name: str, found: dict[str, Any], out: Path | None) -> None:
    """Keep figures, those measured so far too, under the day they were measured on."""
    folder = out or RESULTS / time.strftime("%Y-%m-%d")
    folder.mkdir(parents=True, exist_ok=True)
    about = {"date": time.strftime("%Y-%m-%d %H:%M"), "load": list(os.getloadavg())}
    (folder / f"{name}.json").write_text(json.dumps({**about, **found}, indent=1) + "\n", encoding="utf-8")


def written(name: str, found: dict[str, Any], out: Path | None) -> None:
    """Keep figures and print them."""
    kept(name, found, out)
    print(json.dumps(found, indent=1), flush=True)
