"""Slips of the keyboard on the command line, answered by the sentence that mends them."""

from __future__ import annotations

from collections.abc import Sequence

from jakstat.errors import Problem

__all__ = ["extra_words", "no_context"]

_DASHES = ("\u2013", "\u2014", "\u2212", "\u2010", "\u2011")


def extra_words(words: Sequence[str]) -> Problem:
    """What to say of words that no argument takes.

    Examples
    --------
    >>> print(extra_words(["10ng/ml"]))
    '10ng/ml' stands alone. put quotes around what holds a blank, as in --stimulus 'IL6=10 ng/ml' ...
    """
    first = words[0]
    name, equals, _ = first.partition("=")
    if first.startswith(_DASHES):
        hint = f"options begin with two plain hyphens: --{first.lstrip(''.join(_DASHES) + '-')}"
        return Problem("argument.extra", f"{first[:60]!r} begins with a long dash", hint=hint)
    if equals and name:
        hint = f"say what it is: --stimulus {first[:60]}, --drug {first[:60]} or --knockdown {first[:60]}"
        return Problem("argument.extra", f"{first[:60]!r} stands alone", hint=hint)
    if _is_cell(first):
        hint = "ask one kind of cell at a time; states are written behind it, as in hepg2+HBV"
        return Problem("argument.extra", f"{first[:60]!r} is a second kind of cell", hint=hint)
    hint = "put quotes around what holds a blank, as in --stimulus 'IL6=10 ng/ml'"
    return Problem("argument.extra", f"{first[:60]!r} stands alone", hint=hint)


def _is_cell(word: str) -> bool:
    from jakstat.biology import contexts, read_word

    return read_word("context", word, contexts()) is not None


def no_context(command: str) -> Problem:
    """What to say where no kind of cell is named.

    Examples
    --------
    >>> print(no_context("simulate"))
    context: no kind of cell is named. e.g. jakstat simulate hepg2; jakstat contexts lists them ...
    """
    hint = f"e.g. jakstat {command} hepg2; jakstat contexts lists them"
    return Problem("argument.none", "no kind of cell is named", field="context", hint=hint)
