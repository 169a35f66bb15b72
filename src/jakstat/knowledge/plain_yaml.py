"""YAML without surprises: no anchors, aliases, tags, deep nesting, or key that stands there twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from jakstat.errors import InputError, Problem, problem
from jakstat.limits import LIMITS
from jakstat.tables import TableLine, text_of

__all__ = ["composed", "read_entries", "shipped_yaml"]


class _Once(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The loader in C, ten times as fast, where PyYAML was built with it; a key stands there once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        found = super().construct_mapping(node, deep=deep)
        if len(found) != len(node.value):
            raise yaml.YAMLError(f"a key stands there twice{node.start_mark}")
        return found


def shipped_yaml(text: str) -> Any:
    """What a YAML file of the package holds; None when it is empty.

    Examples
    --------
    >>> shipped_yaml("a: {b: 1}")
    {'a': {'b': 1}}
    """
    return yaml.load(text, Loader=_Once)


def composed(text: str, name: str, twice: list[Problem] | None = None) -> yaml.Node | None:
    """The file's node tree; aliases, anchors, tags and depth are checked before it is built.

    Parameters
    ----------
    text, name : str
        Of the file.
    twice : list of Problem, optional
        Takes keys that stand there twice, for a reader that goes on to find what else is wrong.

    Raises
    ------
    InputError
        ``yaml.alias``, ``yaml.tag``, ``yaml.depth``, ``yaml.syntax``, ``key.twice``, with the line.

    Examples
    --------
    >>> composed("a: &x [1]", "f.yaml")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: f.yaml:1: anchors and aliases are not read. [yaml.alias]
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = 1 if event.start_mark is None else event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise problem("yaml.alias", "anchors and aliases are not read", file=name, line=line)
            if getattr(event, "tag", None) not in (None, "!"):
                raise problem(
                    "yaml.tag", "tags are not read", file=name, line=line, hint="write plain values"
                )
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > LIMITS.protocol_depth:
                raise problem("yaml.depth", "the file is nested too deeply", file=name, line=line)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        again = list(_twice(node, name))
        if again and twice is None:
            raise InputError(again)
        if twice is not None:
            twice += again
        return node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = None if mark is None else mark.line + 1
        reason = error.problem or "it cannot be read"
        hint = "indent with blanks, not with tabs" if "\\t" in reason else ""
        raise problem("yaml.syntax", f"this is no YAML: {reason}", file=name, line=where, hint=hint) from None
    except (yaml.YAMLError, RecursionError):
        raise problem("yaml.syntax", "this is no YAML", file=name) from None


def _twice(node: yaml.Node | None, name: str) -> Iterator[Problem]:
    """Keys that stand in one mapping more than once, at the later place."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item, name)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    mark, message = key.start_mark, f"{key.value[:60]!r} is given twice"
                    yield Problem("key.twice", message, name, mark.line + 1, mark.column + 1)
                seen.add(key.value)
            yield from _twice(value, name)


def read_entries(data: bytes, *, file: str) -> tuple[list[TableLine], list[Problem]]:
    """A list of mappings, one record each, and what is wrong with the rest.

    A list of texts becomes one text joined by ``;``, as in a table's cell.

    Examples
    --------
    >>> read_entries(b"- {id: R01, names: [PTS]}", file="r.yaml")
    ([TableLine(number=1, cells={'id': 'R01', 'names': 'PTS'})], [])
    """
    try:
        if len(data) > LIMITS.protocol_bytes:
            raise problem("file.too-large", "the file is too large", file=file)
        node = composed(text_of(data, file=file), file)
    except InputError as error:
        return [], list(error.problems)
    if not isinstance(node, yaml.SequenceNode):
        return [], [Problem("yaml.shape", "the file is no list of records", file, 1)]
    entries: list[TableLine] = []
    problems: list[Problem] = []
    for item in node.value:
        line = item.start_mark.line + 1
        if not isinstance(item, yaml.MappingNode):
            problems.append(Problem("yaml.shape", "the record is no list of keys and values", file, line))
            continue
        cells = {"id": ""}
        for key, value in item.value:
            if isinstance(value, yaml.ScalarNode):
                cells[str(key.value)] = str(value.value)
            elif isinstance(value, yaml.SequenceNode):
                cells[str(key.value)] = ";".join(str(v.value) for v in value.value)
            else:
                message = "nested keys are not read"
                problems.append(Problem("yaml.shape", message, file, line, None, str(key.value)))
        entries.append(TableLine(line, cells))
    return entries, problems
