"""Trial files as text: checked, read into what a form shows, and written from a form."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from jakstat.errors import InputError, Problem
from jakstat.knowledge.file_entries import FileEntry, FileProblems, entry_of_yaml
from jakstat.knowledge.plain_yaml import composed
from jakstat.population.margins import population_names
from jakstat.trial.design import TrialDesign
from jakstat.trial.design_words import design_lines
from jakstat.trial.question import trial_question
from jakstat.trial.trial_file import read_trial

__all__ = ["check_trial_text", "read_trial_text", "write_trial_text"]

_FILE = "trial.yaml"


def check_trial_text(text: str, folder: Path) -> TrialDesign:
    """The design of a trial file that came as text.

    Parameters
    ----------
    text : str
    folder : Path
        In which the text lies for a moment.

    Raises
    ------
    InputError
        As :func:`jakstat.trial.trial_file.read_trial`; ``lab.path`` for one that takes its patients from a
        file: no path from the browser reaches the disk.
    """
    top = _top(text)
    said = top.value.get("population") if isinstance(top.value, Mapping) else None
    if said is not None and isinstance(said.value, str) and said.value not in population_names():
        hint = f"one of {', '.join(population_names())}"
        message = f"there is no population {said.value[:60]!r}, and the laboratory reads none from files"
        raise InputError(
            [Problem("lab.path", message, file=_FILE, line=said.line, field=said.place, hint=hint)]
        )
    with tempfile.TemporaryDirectory(dir=folder) as held:
        place = Path(held, _FILE)
        place.write_text(text, encoding="utf-8")
        return read_trial(place)


def read_trial_text(text: str, folder: Path) -> dict[str, Any]:
    """How a trial file is understood: what it says, in words and as the question of its answer."""
    design = check_trial_text(text, folder)
    return {
        "mapping": _plain(_top(text)),
        "lines": list(design_lines(design)),
        "question": trial_question(design),
    }


def write_trial_text(mapping: Mapping[str, Any]) -> str:
    """A trial file that says what a form holds; it is not checked.

    Examples
    --------
    >>> print(write_trial_text({"population": "sharp", "arms": {"none": {}}}))
    population: sharp
    arms:
      none: {}
    <BLANKLINE>
    """
    return yaml.safe_dump(dict(mapping), sort_keys=False, allow_unicode=True, width=100)


def _top(text: str) -> FileEntry:
    problems = FileProblems(_FILE)
    node = composed(text, _FILE, problems.found)
    if node is None:
        problems.say("yaml.empty", "the file is empty", None, "e.g. population: sharp")
        raise InputError(problems.found)
    found = entry_of_yaml(node, problems)
    problems.end()
    return found


def _plain(entry: FileEntry) -> Any:
    if isinstance(entry.value, Mapping):
        return {key: _plain(inner) for key, inner in entry.value.items()}
    if isinstance(entry.value, tuple):
        return [_plain(inner) for inner in entry.value]
    return entry.value
