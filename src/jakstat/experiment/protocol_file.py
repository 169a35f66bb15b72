"""Reading a protocol from a YAML file, with the line of every fault.

Only plain YAML is read: mappings, lists, text, numbers, true and false. Anchors,
aliases, tags, merge keys and duplicate keys are refused, so a file can neither
make objects nor grow when it is read. The JSON Schema in ``schemas/`` says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from jakstat.errors import InputError, Problem, problem
from jakstat.experiment.describe import FIELDS, make_protocol
from jakstat.experiment.protocol import Protocol
from jakstat.knowledge.plain_yaml import composed
from jakstat.limits import LIMITS
from jakstat.numbers import read_whole
from jakstat.pharmacology import unknown
from jakstat.tables import read_file, text_of

if TYPE_CHECKING:
    from jakstat.experiment.labelled import Labelled

__all__ = ["KEYS", "protocol_schema_text", "read_protocol", "run_file"]

# key -> what its value may be
KEYS: Mapping[str, str] = {
    "context": "text",
    "stimuli": "entries",
    "drugs": "entries",
    "treatments": "entries",
    "perturb": "entries",
    "medium_changes": "texts",
    "until": "text",
    "observe": "texts",
    "points": "whole number",
    "depletion": "true or false",
    "read_at": "text",
    "parts": "texts",
    "title": "text",
}
"""The keys of an experiment file."""

_SCALAR_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null")}
_MAP, _SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"


def protocol_schema_text() -> str:
    """The published JSON Schema of an experiment file.

    Examples
    --------
    >>> "additionalProperties" in protocol_schema_text()
    True
    """
    place = files("jakstat.experiment").joinpath("schemas/experiment.schema.json")
    return place.read_text(encoding="utf-8")


def read_protocol(path: str | Path) -> Protocol:
    """The protocol of an experiment file.

    Raises
    ------
    InputError
        The file is missing, too large, no plain YAML, or says something that the
        schema or the grammar does not allow; each problem names its line.
    """
    return _parsed_file(Path(path))[0]


def run_file(path: str | Path) -> Labelled:
    """The result of the experiment that a file describes; see :func:`jakstat.experiment.simulate`.

    Raises
    ------
    InputError
        As :func:`read_protocol`, and for names that the model does not have.
    """
    from jakstat.experiment.run import run_labelled

    place = Path(path)
    protocol, lines = _parsed_file(place)
    try:
        return run_labelled(protocol, control=True)
    except InputError as error:
        raise InputError(_placed(p, place.name, lines) for p in error.problems) from None


def _parsed_file(place: Path) -> tuple[Protocol, dict[str, int]]:
    """The protocol, and the line of each key."""
    name = place.name
    data = read_file(place, most=LIMITS.protocol_bytes, hint="give the path of a YAML file")
    node = composed(text_of(data, file=name), name)
    if node is None:
        raise problem("yaml.empty", "the file is empty", file=name, hint="it needs at least 'context'")
    values, lines = _checked(node, name)
    values.pop("title", None)
    try:
        return make_protocol(values.pop("context"), **values), lines
    except InputError as error:
        raise InputError(_placed(p, name, lines) for p in error.problems) from None


_KEY_OF: Mapping[str, str] = {option: key for key, option in FIELDS.items()}


def _placed(found: Problem, name: str, lines: Mapping[str, int]) -> Problem:
    """A problem that names the file, the line and the key instead of the option."""
    option = (found.field or "").split(" ")[0]
    key = _KEY_OF.get(option, option)
    line = lines.get(key)
    return Problem(
        found.code, found.message, name, line, None, key if key in KEYS else found.field, found.hint
    )


def _checked(node: yaml.Node, name: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Values and lines by key, checked against :data:`KEYS`."""
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 1
        raise problem("yaml.shape", "the file is not a list of keys and values", file=name, line=line)
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key not in KEYS:
            found = unknown("key", key, KEYS)
            problems.append(Problem(found.code, found.message, name, line, hint=found.hint))
            continue
        lines[key] = line
        try:
            values[key] = _value(value_node, KEYS[key], key, name)
        except InputError as error:
            problems.extend(error.problems)
            values[key] = None
    if "context" not in lines:
        problems.append(Problem("key.missing", "there is no 'context'", name, hint="e.g. context: hepg2"))
    if problems:
        raise InputError(problems)
    return values, lines


def _value(node: yaml.Node, kind: str, key: str, name: str) -> Any:
    line = node.start_mark.line + 1
    wrong = problem("yaml.type", f"{key!r} must be {kind}", file=name, line=line, hint=_HINTS.get(kind, ""))
    if kind == "entries":
        return _entries(node, key, name)
    if kind == "texts":
        if isinstance(node, yaml.SequenceNode):
            return [_text(item, wrong) for item in node.value]
        return [part.strip() for part in _text(node, wrong).split(",")]
    if kind == "text":
        return _text(node, wrong)
    if not isinstance(node, yaml.ScalarNode) or node.tag != f"tag:yaml.org,2002:{_TAGS[kind]}":
        raise wrong
    if kind == "true or false":
        return yaml.SafeLoader("").construct_object(node)
    number = read_whole(node.value)
    if number is None or str(number) != node.value.lstrip("+"):  # YAML also has 0x1f, 1_0, 012 and 1:30
        raise wrong
    return number


_TAGS: Mapping[str, str] = {"whole number": "int", "true or false": "bool"}
_HINTS: Mapping[str, str] = {
    "whole number": "in plain digits, e.g. 241",
    "entries": "write e.g. {IL6: 10 ng/ml} or [IL6=10ng/ml]",
    "texts": "write a list, e.g. [pSTAT3, SOCS3]",
}


def _text(node: yaml.Node, wrong: InputError) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.tag not in _SCALAR_TAGS or not node.value:
        raise wrong
    return str(node.value)


def _entries(node: yaml.Node, key: str, name: str) -> list[str] | dict[str, str]:
    """A mapping of names to doses, or a list of entries in the grammar."""
    line = node.start_mark.line + 1
    wrong = problem("yaml.type", f"{key!r} must be entries", file=name, line=line, hint=_HINTS["entries"])
    if isinstance(node, yaml.SequenceNode) and node.tag == _SEQUENCE:
        return [_text(item, wrong) for item in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == _MAP:
        pairs = [(_text(k, wrong), v) for k, v in node.value]
        return {k: "" if _is_null(v) else _text(v, wrong) for k, v in pairs}
    raise wrong


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"
