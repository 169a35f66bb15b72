"""What stands in a file of a user, place by place with its line; the same tree from a mapping in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from jakstat.errors import InputError, Problem
from jakstat.limits import LIMITS

__all__ = ["FileEntry", "FileProblems", "entry_of_python", "entry_of_yaml"]

_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A text (None where there is nothing), a list of entries, or entries by key.

    Parameters
    ----------
    value : str, tuple of FileEntry, mapping of str to FileEntry, or None
    place : str
        Keys and numbers that lead to it, e.g. ``arms.sorafenib.rules.2``.
    line : int or None
    """

    value: str | tuple[FileEntry, ...] | Mapping[str, FileEntry] | None
    place: str
    line: int | None


@dataclass(slots=True)
class FileProblems:
    """Problems of one file, gathered until all of it was read."""

    file: str | None
    found: list[Problem] = field(default_factory=list)

    def say(self, code: str, message: str, at: FileEntry | None, hint: str = "") -> None:
        """Add a problem at an entry."""
        line, place = (None, None) if at is None else (at.line, at.place or None)
        self.found.append(Problem(code, message, self.file, line, None, place, hint))

    def take(self, error: InputError, at: FileEntry) -> None:
        """Add what a reader of values found at an entry."""
        for p in error.problems:
            self.found.append(Problem(p.code, p.message, self.file, at.line, None, at.place, p.hint))

    def end(self) -> None:
        """Raise what was found, if anything, by line.

        Raises
        ------
        InputError
        """
        if self.found:
            raise InputError(sorted(self.found, key=lambda p: p.line or 0))


def entry_of_yaml(
    node: yaml.Node, problems: FileProblems, place: str = "", line: int | None = None
) -> FileEntry:
    """The tree of a YAML node; the line of a value is that of its key.

    Examples
    --------
    >>> node = yaml.compose("a: 1\\nb: [x, y]", Loader=yaml.SafeLoader)
    >>> tree = entry_of_yaml(node, FileProblems("f.yaml"))
    >>> tree.value["b"].line, tree.value["b"].value[1].place
    (2, 'b.2')
    """
    here = node.start_mark.line + 1 if line is None else line
    if isinstance(node, yaml.ScalarNode):
        return FileEntry(None if node.tag == _NULL else str(node.value), place, here)
    if isinstance(node, yaml.SequenceNode):
        items = (entry_of_yaml(item, problems, _below(place, k)) for k, item in enumerate(node.value, 1))
        return FileEntry(tuple(items), place, here)
    found: dict[str, FileEntry] = {}
    for key, value in node.value:
        at = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            problems.say("yaml.type", "a key is no text", FileEntry(None, place, at))
        elif key.value not in found:  # the second one was told of when the file was composed
            found[key.value] = entry_of_yaml(value, problems, _below(place, key.value), at)
    return FileEntry(found, place, here)


def entry_of_python(value: object, problems: FileProblems, place: str = "", depth: int = 0) -> FileEntry:
    """The tree of a mapping in Python.

    Examples
    --------
    >>> entry_of_python({"a": [1, True]}, FileProblems(None)).value["a"].value[1]
    FileEntry(value='true', place='a.2', line=None)
    """
    if depth > LIMITS.protocol_depth:
        problems.say("yaml.depth", "the mapping is nested too deeply", FileEntry(None, place[:60], None))
        return FileEntry(None, place, None)
    if isinstance(value, Mapping):
        found: dict[str, FileEntry] = {}
        for key, told in value.items():
            name = "on" if key is True else str(key)  # what PyYAML makes of the key `on`
            found[name] = entry_of_python(told, problems, _below(place, name), depth + 1)
        return FileEntry(found, place, None)
    if isinstance(value, list | tuple):
        items = (entry_of_python(v, problems, _below(place, k), depth + 1) for k, v in enumerate(value, 1))
        return FileEntry(tuple(items), place, None)
    if value is None:
        return FileEntry(None, place, None)
    return FileEntry(str(value).lower() if isinstance(value, bool) else str(value), place, None)


def _below(place: str, key: object) -> str:
    text = str(key)
    cut = text if len(text) <= 60 else text[:60] + "..."
    return f"{place}.{cut}" if place else cut
