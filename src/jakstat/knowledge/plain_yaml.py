"""YAML without surprises: no anchors, aliases, tags or deep nesting."""

from __future__ import annotations

import yaml

from jakstat.errors import InputError, Problem, problem
from jakstat.limits import LIMITS
from jakstat.tables import Line, text_of

__all__ = ["composed", "read_entries"]


def composed(text: str, name: str) -> yaml.Node | None:
    """The file's node tree; aliases, anchors, tags and depth are checked before it is built.

    Raises
    ------
    InputError
        ``yaml.alias``, ``yaml.tag``, ``yaml.depth``, ``yaml.syntax``, with the line.

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
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = None if mark is None else mark.line + 1
        reason = error.problem or "it cannot be read"
        raise problem("yaml.syntax", f"this is no YAML: {reason}", file=name, line=where) from None
    except (yaml.YAMLError, RecursionError):
        raise problem("yaml.syntax", "this is no YAML", file=name) from None


def read_entries(data: bytes, *, file: str) -> tuple[list[Line], list[Problem]]:
    """A list of mappings, one record each, and what is wrong with the rest.

    A list of texts becomes one text joined by ``;``, as in a table's cell.

    Examples
    --------
    >>> read_entries(b"- {id: R01, names: [PTS]}", file="r.yaml")
    ([Line(number=1, cells={'id': 'R01', 'names': 'PTS'})], [])
    """
    try:
        if len(data) > LIMITS.protocol_bytes:
            raise problem("file.too-large", "the file is too large", file=file)
        node = composed(text_of(data, file=file), file)
    except InputError as error:
        return [], list(error.problems)
    if not isinstance(node, yaml.SequenceNode):
        return [], [Problem("yaml.shape", "the file is no list of records", file, 1)]
    entries: list[Line] = []
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
        entries.append(Line(line, cells))
    return entries, problems
