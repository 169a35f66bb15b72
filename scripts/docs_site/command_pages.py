"""The reference of commands, from the commands themselves: usage, options, defaults, help, an example."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import typer.main

from jakstat.cli.main import app

__all__ = ["command_pages", "documented_examples", "spoken_commands"]

DOCS = Path(__file__).resolve().parents[2] / "docs"
# Rows of the page of all commands: | [`name`](...) | `jakstat name ...` |
_ROW = re.compile(r"^\|[^|]*\| `jakstat (.+)` \|$", re.MULTILINE)
_KINDS = {str: "text", int: "whole number", float: "number", Path: "file", bool: "yes or no"}
_LINE = re.compile(r"^(?: {4}|\$ )?jakstat ([a-z-]+)", re.MULTILINE)


def spoken_commands() -> Iterator[tuple[str, Any]]:
    """Every command that help shows, by the words it is called with: ``simulate``, ``trial power``.

    Examples
    --------
    >>> "trial power" in dict(spoken_commands())
    True
    """
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        yield name, command
        for word, inner in getattr(command, "commands", {}).items():
            if not inner.hidden:
                yield f"{name} {word}", inner


@cache
def documented_examples() -> dict[str, str]:
    """One line for each command, from the page of all commands; every one is run by a test.

    Examples
    --------
    >>> documented_examples()["why"]
    'jakstat why STAT3_phosphorylation'
    """
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    names = dict(spoken_commands())
    for line in _ROW.findall(text):
        words = line.split()
        two = " ".join(words[:2])
        found.setdefault(two if two in names else words[0], f"jakstat {line}")
    return found


def command_pages() -> dict[str, str]:
    """A page for each command by its name in the site."""
    spoken = dict(spoken_commands())
    return {
        f"commands/{name}.md": _page(name, command, spoken)
        for name, command in spoken.items()
        if " " not in name
    }


def _page(name: str, command: Any, spoken: dict[str, Any]) -> str:
    lines = [f"# jakstat {name}", ""]
    if hasattr(command, "commands"):
        hidden = [inner for inner in command.commands.values() if inner.hidden]
        lines += _described(name, hidden[0], command.help or "")
        for word in (word for word in spoken if word.startswith(f"{name} ")):
            lines += [f"## jakstat {word}", "", *_described(word, spoken[word], spoken[word].help or "")]
    else:
        lines += _described(name, command, command.help or "")
    pages = _told_in(name)
    if pages:
        lines += ["Told in: " + ", ".join(pages) + ".", ""]
    return "\n".join(lines)


def _described(name: str, command: Any, text: str) -> list[str]:
    lines = _paragraphs(text)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    usage = " ".join(_placeholder(p) for p in arguments)
    lines += ["```sh", f"jakstat {name} [OPTIONS] {usage}".rstrip(), "```", ""]
    example = documented_examples().get(name)
    if example:
        lines += ["For example", "", "```sh", example, "```", ""]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    for title, params in (("argument", arguments), ("option", options)):
        rows = [_row(p) for p in params if p.name != "help"]
        if rows:
            lines += [f"| {title} | takes | what |", "|---|---|---|", *rows, ""]
    return lines


def _paragraphs(text: str) -> list[str]:
    """The help of a command; what it says of its JSON in the letters of a program."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text.replace("\b", "").strip()):
        said = re.sub(r"\s+", " ", paragraph).strip()
        word, colon, document = said.partition(": ")
        found += [f"`--json` gives `{document.removesuffix('.')}`" if word == "JSON" and colon else said, ""]
    return found


def _placeholder(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name).strip("[]{}<>").upper()
    return name if parameter.required else f"[{name}]"


def _row(parameter: Any) -> str:
    spelled = [*parameter.opts, *parameter.secondary_opts]
    if parameter.param_type_name == "argument":
        spelled = [_placeholder(parameter)]
    taken = "" if getattr(parameter, "is_flag", False) else _taken(parameter.type_descriptor.annotation)
    said = re.sub(r"\s+", " ", parameter.help or "").strip().replace("|", "\\|").replace("<", "&lt;")
    names = ", ".join(f"`{word}`" for word in spelled)
    return f"| {names} | {taken} | {said}{_default(parameter)} |"


def _taken(annotation: Any) -> str:
    """What may stand behind an option, from its type: ``list[str]`` is texts."""
    inner = get_args(annotation)
    if inner:
        kinds = [kind for kind in inner if kind is not type(None)]
        return f"{_taken(kinds[0])}; several" if get_origin(annotation) in (list, tuple) else _taken(kinds[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{choice.value}`" for choice in annotation)
    return _KINDS[annotation]


def _default(parameter: Any) -> str:
    if parameter.required:
        return " Has to be given."
    value = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    if value is True:
        value = parameter.opts[0]
    elif value is False or value is None or callable(value) or not str(value) or value in ((), []):
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f" If not given: `{text}`."


def _told_in(name: str) -> list[str]:
    found = []
    for path in sorted([*DOCS.glob("*.md"), *DOCS.glob("tutorials/*.md")]):
        text = path.read_text(encoding="utf-8")
        if path.name != "commands.md" and name in _LINE.findall(text):
            title = re.search(r"^# (.+)$", text, re.MULTILINE)
            where = path.relative_to(DOCS).as_posix()
            found.append(f"[{title[1] if title else where}](../{where})")
    return found
