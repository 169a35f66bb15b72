"""Cells that a user has saved, as they lie in his folder: what each is like, and the numbers given for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jakstat.biology.own_folder import own_bytes, own_names
from jakstat.errors import InputError, Problem
from jakstat.knowledge.parameter_table import USER, Row
from jakstat.numbers import read_number
from jakstat.tables import text_of

if TYPE_CHECKING:
    import yaml

__all__ = [
    "CONTEXTS",
    "SavedContext",
    "data_key_problem",
    "saved_context",
    "saved_names",
    "saved_text",
    "user_row",
]

CONTEXTS = "contexts"
"""The sub-folder of own cells."""
_KIND = "jakstat.context"
_HEADS = ("kind", "name", "title", "like", "same_cell", "made_by", "data_key", "rows")
_CELLS = ("id", "value", "unit", "low", "high", "note")
_DATA_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SavedContext:
    """A cell of a user's own.

    Parameters
    ----------
    name, title : str
    like : str
        The cell of the product that everything comes from which is not in ``rows``.
    rows : tuple of Row
        The user's numbers, each of grade and source ``user``.
    made_by : str
        The command that made it.
    data_key : str
        SHA-256 of the data that it rests on.
    same_cell : bool
        Whether it is the very cell it is like, under the user's numbers; another cell takes over with wider
        ranges.
    """

    name: str
    title: str
    like: str
    rows: tuple[Row, ...]
    made_by: str
    data_key: str
    same_cell: bool


def user_row(row: Row) -> Row:
    """The row as one that a user gave.

    Examples
    --------
    >>> user_row(Row("k", 2.0, "1/h", 1.0, 4.0, "fitted", "someone2001", "")).grade
    'user'
    """
    return Row(row.id, float(row.value), row.unit, float(row.low), float(row.high), USER, USER, row.note)


def data_key_problem(key: str) -> Problem | None:
    """What is wrong with the key of data, or None.

    Examples
    --------
    >>> data_key_problem("3f2a").message
    "'3f2a' is no SHA-256 in hexadecimal"
    """
    if _DATA_KEY.fullmatch(key):
        return None
    return Problem("own.file", f"{key[:80]!r} is no SHA-256 in hexadecimal")


def saved_names() -> tuple[str, ...]:
    """The names of the user's own cells."""
    return own_names(CONTEXTS)


def saved_text(cell: SavedContext) -> str:
    """The file of a saved cell; numbers are written so that they read back exactly.

    Examples
    --------
    >>> row = Row("abundance_STAT3", 5e5, "1/cell", 4e5, 6e5, "user", "user", "")
    >>> print(saved_text(SavedContext("mine", "my cell", "hepg2", (row,), "by hand", "0" * 64, True)))
    # A cell of your own, saved by jakstat; `jakstat contexts mine` shows it.
    kind: jakstat.context
    name: mine
    title: "my cell"
    like: hepg2
    same_cell: true
    made_by: "by hand"
    data_key: "0000000000000000000000000000000000000000000000000000000000000000"
    rows:
      - {id: abundance_STAT3, value: 500000.0, unit: 1/cell, low: 400000.0, high: 600000.0, note: ""}
    <BLANKLINE>
    """
    lines = [
        f"# A cell of your own, saved by jakstat; `jakstat contexts {cell.name}` shows it.",
        f"kind: {_KIND}",
        f"name: {cell.name}",
        f"title: {_quoted(cell.title)}",
        f"like: {cell.like}",
        f"same_cell: {'true' if cell.same_cell else 'false'}",
        f"made_by: {_quoted(cell.made_by)}",
        f"data_key: {_quoted(cell.data_key)}",
        "rows:",
    ]
    for row in cell.rows:
        numbers = f"value: {row.value!r}, unit: {row.unit}, low: {row.low!r}, high: {row.high!r}"
        lines.append(f"  - {{id: {row.id}, {numbers}, note: {_quoted(row.note)}}}")
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def saved_context(name: str) -> SavedContext | None:
    """The user's own cell of a name, or None.

    Raises
    ------
    InputError
        ``own.file``: the file is not as it was saved, with the line of every fault.

    Examples
    --------
    >>> saved_context("hepg2") is None
    True
    """
    data = own_bytes(CONTEXTS, name)
    return None if data is None else _read(data, name)


def _read(data: bytes, name: str) -> SavedContext:
    file = f"{name}.yaml"
    import yaml  # only where a cell was saved: the shipped ones need no reader of YAML

    from jakstat.knowledge.plain_yaml import composed

    node = composed(text_of(data, file=file), file)
    problems: list[Problem] = []
    head = _mapping(node, _HEADS, file, problems)
    text = {key: value.value for key, value in head.items() if isinstance(value, yaml.ScalarNode)}
    rows = list(_rows(head.get("rows"), file, problems))
    if not problems:
        problems += _head_problems(text, name, file)
    if problems:
        raise InputError(problems)
    return SavedContext(
        name=name,
        title=text["title"],
        like=text["like"],
        rows=tuple(rows),
        made_by=text["made_by"],
        data_key=text["data_key"],
        same_cell=text["same_cell"] == "true",
    )


def _fault(message: str, file: str, line: int | None) -> Problem:
    hint = "save it again, or take it away with jakstat contexts --forget"
    return Problem("own.file", message, file, line, hint=hint)


def _mapping(
    node: yaml.Node | None, keys: Sequence[str], file: str, problems: list[Problem]
) -> Mapping[str, yaml.Node]:
    """The entries of a mapping that has exactly these keys."""
    line = 1 if node is None else node.start_mark.line + 1
    from yaml import MappingNode

    found = {k.value: v for k, v in node.value} if isinstance(node, MappingNode) else {}
    if set(found) != set(keys):
        problems.append(_fault(f"it does not have {', '.join(keys)} and nothing else", file, line))
        return {}
    return found


def _head_problems(text: Mapping[str, str], name: str, file: str) -> Iterator[Problem]:
    if text.get("kind") != _KIND or text.get("name") != name:
        yield _fault(f"it is not the cell {name!r}", file, 1)
    if text.get("same_cell") not in ("true", "false"):
        yield _fault("same_cell is true or false", file, None)
    if data_key_problem(text.get("data_key", "")) is not None:
        yield _fault("data_key is no SHA-256", file, None)
    if set(_HEADS) - {"rows"} - set(text):
        yield _fault("what stands in the head is text", file, None)


def _rows(node: yaml.Node | None, file: str, problems: list[Problem]) -> Iterator[Row]:
    from yaml import SequenceNode

    items: list[Any] = node.value if isinstance(node, SequenceNode) else []
    if node is not None and not items:
        problems.append(_fault("rows is no list of numbers", file, node.start_mark.line + 1))
    for item in items:
        cells = {k: str(v.value) for k, v in _mapping(item, _CELLS, file, problems).items()}
        if not cells:
            continue
        value, low, high = (read_number(cells[key]) for key in ("value", "low", "high"))
        if value is None or low is None or high is None or not low <= value <= high:
            message = f"{cells['id'][:60]} has no value within low and high"
            problems.append(_fault(message, file, item.start_mark.line + 1))
            continue
        yield Row(cells["id"], value, cells["unit"], low, high, USER, USER, cells["note"])
