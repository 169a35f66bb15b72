"""A wheel in an empty environment and an empty folder: what it weighs, and whether the demo runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["LIGHT_MB", "installed", "megabytes", "run_alone"]

LIGHT_MB = 500
"""What an environment with the wheel and no extra may weigh, pip included."""


@contextmanager
def installed(wheel: Path, pins: Path, extra: str = "") -> Iterator[Path]:
    """A fresh environment with a wheel, in a folder where nothing else lies; gone after the block.

    Parameters
    ----------
    wheel : Path
    pins : Path
        Exact versions, so that a release is tried with what its tests ran with.
    extra : str
        Such as ``[plot]``.
    """
    with tempfile.TemporaryDirectory(prefix="jakstat-release-") as held:
        place = Path(held)
        subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
        python = place / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        (place / "empty").mkdir()
        words = [
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "install",
            "-c",
            str(pins),
            f"{wheel}{extra}",
        ]
        subprocess.run([str(python), *words], check=True, env=_environment(place))
        yield python


def megabytes(python: Path) -> float:
    """What the environment of a Python takes on the disk."""
    held = python.parent.parent
    sizes = {(s.st_dev, s.st_ino): s for s in (path.lstat() for path in held.rglob("*"))}
    return sum(getattr(s, "st_blocks", s.st_size / 512) for s in sizes.values()) * 512 / 2**20


def run_alone(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the empty folder beside the environment, with nothing of the user's around it."""
    place = python.parent.parent.parent
    command = [str(python), "-P", "-m", "jakstat", *words]
    return subprocess.run(
        command,
        cwd=place / "empty",
        env=_environment(place),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def _environment(place: Path) -> dict[str, str]:
    dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "JAKSTAT_HOME", "JAKSTAT_CACHE", "JAKSTAT_SHARED")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"JAKSTAT_HOME": str(place / "home"), "JAKSTAT_CACHE": str(place / "cache")}
