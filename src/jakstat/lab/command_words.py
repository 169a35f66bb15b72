"""The command line that asks the same as a question of the laboratory."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from jakstat.lab.lab_questions import LabQuestion, is_default
from jakstat.lab.question_kinds import QUESTIONS

__all__ = ["command_line", "command_words"]

_SOME_FILE = "data.csv"


def command_words(
    kind: str, question: LabQuestion, *, places: Mapping[str, str] | None = None, more: Iterable[str] = ()
) -> list[str]:
    """The words behind ``jakstat``; what is left at its default is left out.

    Parameters
    ----------
    kind : str
    question : LabQuestion
    places : mapping of field to path, optional
        Where the files lie that the question's texts and uploads are; names to show if not given.
    more : sequence of str
        Further options.

    Notes
    -----
    Nothing that a question says can be taken for an option: a value that begins with a dash is joined to its
    option, and an argument that does stands behind ``--``.

    Examples
    --------
    >>> from jakstat.lab.lab_questions import CellQuestion
    >>> command_words("cell", CellQuestion(context="huh7", stimulus=["IL6=1nM"], depletion=False))
    ['simulate', 'huh7', '--stimulus', 'IL6=1nM', '--no-depletion']
    >>> command_words("cell", CellQuestion(context="--help", until="-1h"))
    ['simulate', '--until=-1h', '--', '--help']
    """
    command = QUESTIONS[kind][0]
    options, first = [], []
    for name in type(question).model_fields:
        value = getattr(question, name)
        if name in question.lab_only or value is None:
            continue
        if name in question.files:
            value = (places or {}).get(name, question.files[name])
        if name in question.uploads:
            value = (places or {}).get(name, _SOME_FILE)
        if name in question.arguments:
            first.append(str(value))
        elif not is_default(question, name):
            options += _option(question.options.get(name, f"--{name.replace('_', '-')}"), value)
    options += more
    if any(word.startswith("-") for word in first):
        return [command, *options, "--", *first]
    return [command, *first, *options]


def _option(option: str, value: object) -> list[str]:
    if value is True:
        return [option]
    if value is False:
        return [f"--no-{option.removeprefix('--')}"]
    words = []
    for one in value if isinstance(value, list) else [value]:
        text = repr(one) if isinstance(one, float) else str(one)
        words += [f"{option}={text}"] if text.startswith("-") or not text else [option, text]
    return words


def command_line(kind: str, question: LabQuestion, names: Mapping[str, str] | None = None) -> str:
    """The command as one types it into a shell; ``names`` are those that uploads had.

    Examples
    --------
    >>> from jakstat.lab.lab_questions import ExposureQuestion
    >>> command_line("exposure", ExposureQuestion(drug="ruxolitinib", regimen="15 mg PO BID"))
    "jakstat pk ruxolitinib '15 mg PO BID'"
    """
    more = {"map": ["--out", "map.svg"], "trial": ["--out", "trial"], "own_fit": ["--out", "fit"]}.get(
        kind, []
    )
    return shlex.join(["jakstat", *command_words(kind, question, places=names, more=more)])
