"""The examples of the package run in a folder of their own, with no cells and drugs of whoever runs them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def _examples_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@pytest.fixture(autouse=True)
def _alone(_examples_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an example writes lies where nobody looks, and what it saves no other example finds."""
    monkeypatch.chdir(_examples_folder)
    monkeypatch.setenv("JAKSTAT_HOME", str(_examples_folder / f"home-{next(_NUMBERS)}"))
