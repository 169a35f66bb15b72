"""What the text of an Antimony model says before Antimony itself may see it.

Comments are taken out, lines are counted as Antimony counts them, and what it would do without a word is
found: another file that is read, a number that is too large, a name that is set twice, ``log`` that is ``ln``
(the language: Smith, Bergmann, Chandran and Sauro 2009, doi:10.1093/bioinformatics/btp401; what is said of
version 3.3.0 was tried).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import islice

from jakstat.errors import InputError, Note, Problem
from jakstat.limits import LIMITS

__all__ = ["check_antimony", "clean_antimony", "text_notes"]

_PIECES = re.compile(
    r'(?P<string>"(?:\\.|[^"\\\n])*")|(?P<notes>```.*?(?:```|\Z))'
    r"|(?P<line>(?://|#)[^\n]*)|(?P<block>/\*.*?(?:\*/|\Z))",
    re.DOTALL,
)
_IMPORT = re.compile(r'\bimport\s*"')
_NUMBER = re.compile(r"(?<![\w.])(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)[eE][+-]?[0-9]++", re.ASCII)
_BLOCK = re.compile(r"(?:model|module|function|gene)\b", re.ASCII)
_SET = re.compile(
    r"(?:(?:const|var|species|compartment|formula|substanceOnly)\s+)*\$?([A-Za-z_]\w*)('?)\s*(:?=)(?!=)",
    re.ASCII,
)
_REACTION = re.compile(r"([A-Za-z_]\w*)\s*:(?!=)", re.ASCII)
_LOG = re.compile(r"(?<![\w.])log\s*\(", re.ASCII)
_SHOWN = 8


def clean_antimony(text: str) -> str:
    """The text without comments, with ``\\n`` alone at the end of each line; no line moves.

    Examples
    --------
    >>> clean_antimony('A = 1 // one\\r\\nA is "x // y"')
    'A = 1 \\nA is "x // y"'
    """

    def kept(found: re.Match[str]) -> str:
        if found["line"] is None and found["block"] is None:
            return found[0]
        return "\n" * found[0].count("\n")

    return _PIECES.sub(kept, text.replace("\r\n", "\n").replace("\r", "\n"))


def check_antimony(clean: str, *, file: str | None = None) -> None:
    """Refuse a text that reads other files, or says a number that Antimony would misread.

    Parameters
    ----------
    clean : str
        From :func:`clean_antimony`.

    Raises
    ------
    InputError
        ``antimony.import``, ``antimony.number``, ``antimony.text``, ``antimony.nesting``.

    Examples
    --------
    >>> check_antimony('import "other.ant"', file="a.ant")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: a.ant:1: the model imports another file. put ... here [antimony.import]
    """
    problems: list[Problem] = []

    bare = _without_strings(clean)

    def fault(code: str, message: str, at: int, hint: str) -> None:
        line = bare.count("\n", 0, at) + 1
        problems.append(Problem(code, message, file, line, None, None, hint))

    if "\0" in bare:
        fault("antimony.text", "the text holds a NUL byte", bare.index("\0"), "save it as UTF-8 text")
    for found in _IMPORT.finditer(bare):
        fault(
            "antimony.import",
            "the model imports another file",
            found.start(),
            "put the models of that file here",
        )
    for found in _NUMBER.finditer(bare):
        if math.isinf(float(found[0])):
            message = f"the number {found[0][:40]} is out of range"
            fault("antimony.number", message, found.start(), "Antimony would take it for 1 with a unit")
    depth = 0
    for found in re.finditer(r"[()]", bare):
        depth = max(0, depth + (1 if found[0] == "(" else -1))
        if depth > LIMITS.formula_depth:
            hint = f"at most {LIMITS.formula_depth} brackets"
            fault("antimony.nesting", "brackets are nested too deeply", found.start(), hint)
            break
    if problems:
        raise InputError(problems[:50])


def _without_strings(clean: str) -> str:
    """The text with quoted strings empty; notes between triple ticks stay, as nobody should hide in them."""
    return _PIECES.sub(lambda found: found[0] if found["string"] is None else '""', clean)


def _blank(clean: str) -> str:
    """The text with strings and notes empty; no line moves."""
    return _PIECES.sub(lambda found: '""' + "\n" * found[0].count("\n"), clean)


def text_notes(clean: str, *, file: str) -> Iterator[Note]:
    """What Antimony makes of the text without a word, as far as the text alone tells.

    Parameters
    ----------
    clean : str
        From :func:`clean_antimony`.
    file : str
        Named in the notes.

    Examples
    --------
    >>> [note.code for note in text_notes("k = log(10); k = 2", file="a.ant")]
    ['antimony.set-twice', 'antimony.log']
    """
    bare = _blank(clean)
    for name, lines in _settings(bare).items():
        if len(lines) > 1:
            where = ", ".join(map(str, dict.fromkeys(lines[:_SHOWN])))
            yield Note("antimony.set-twice", file, f"{name} is set twice (line {where}): the last one counts")
    natural = (f.start() for f in _LOG.finditer(bare) if _one_argument(bare, f.end()))
    found = [bare.count("\n", 0, at) + 1 for at in islice(natural, _SHOWN)]
    if found:
        where = ", ".join(map(str, dict.fromkeys(found)))
        yield Note(
            "antimony.log", file, f"log(x) is the natural logarithm in Antimony (line {where}); log10(x)"
        )


def _settings(bare: str) -> dict[str, list[int]]:
    """Lines in which each name is set at the start or by a rule, or named as a reaction, model by model."""
    found: dict[str, list[int]] = {}
    block = 0
    inside = ""
    for line, text in enumerate(bare.split("\n"), 1):
        for statement in (part.strip() for part in text.split(";")):
            if _BLOCK.match(statement):
                block, inside = block + 1, statement.split()[0]
            elif statement == "end":
                block, inside = block + 1, ""
            elif inside not in ("function", "gene") and not re.match(r"at\b", statement):
                name = _named(statement)
                if name:
                    found.setdefault(f"{block} {name}", []).append(line)
    told: dict[str, list[int]] = {}
    for key, lines in found.items():
        name = key.partition(" ")[2]
        if len(lines) > len(told.get(name, ())):
            told[name] = lines
    return told


def _named(statement: str) -> str:
    """The name that a statement sets, or the reaction that it names."""
    if "->" in statement or "=>" in statement:
        reaction = _REACTION.match(statement)
        return f"the reaction {reaction[1]}" if reaction else ""
    found = _SET.match(statement)
    return "" if found is None or found[2] else found[1]


def _one_argument(bare: str, at: int) -> bool:
    """Whether the call whose bracket was opened just before has no comma of its own."""
    depth = 1
    for sign in bare[at : at + LIMITS.text_length]:
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return True
        if depth == 1 and sign == ",":
            return False
    return True
