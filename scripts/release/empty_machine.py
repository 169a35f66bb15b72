"""A wheel in an empty environment and an empty folder: what it weighs, and whether the demo runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["LIGHT_MB", "install_alone", "installed", "run_alone"]

LIGHT_MB = 500
"""What the wheel and all that it brings may weigh with no extra."""


@contextmanager
def installed(wheel: Path, pins: Path) -> Iterator[tuple[Path, float]]:
    """A fresh environment with a wheel, in a folder where nothing else lies; gone after the block.

    Parameters
    ----------
    wheel : Path
    pins : Path
        Exact versions, so that a release is tried with what its tests ran with.

    Yields
    ------
    Path, float
        Its Python, and the megabytes that the installation took.
    """
    with tempfile.TemporaryDirectory(prefix="jakstat-release-") as held:
        place = Path(held)
        subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
        python = place / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        (place / "empty").mkdir()
        before = _megabytes(place)
        install_alone(python, pins, str(wheel))
        yield python, _megabytes(place) - before


def install_alone(python: Path, pins: Path, what: str) -> None:
    """Install something into the environment, with nothing of the user's packages in sight."""
    words = ("-m", "pip", "--quiet", "--disable-pip-version-check", "install", "-c", str(pins), what)
    subprocess.run([str(python), *words], check=True, env=_environment(python.parents[2]))


def _megabytes(folder: Path) -> float:
    """What a folder takes on the disk."""
    sizes = {(s.st_dev, s.st_ino): s for s in (path.lstat() for path in folder.rglob("*"))}
    return sum(getattr(s, "st_blocks", s.st_size / 512) for s in sizes.values()) * 512 / 1e6


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
