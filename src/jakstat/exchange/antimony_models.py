"""Antimony models as SBML, with a note of what Antimony decides without a word.

The text is a stranger's and its parser is C++, so that it runs in a child process with limits, as SBML does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jakstat.engine.read.guard import ReadLimits
from jakstat.engine.read.limited_child import ask_child, stopped_reader
from jakstat.errors import Note, problem
from jakstat.exchange.antimony_text import check_antimony, clean_antimony, text_notes
from jakstat.exchange.foreign_model import ForeignModel
from jakstat.limits import LIMITS

__all__ = ["antimony_sbml", "read_antimony"]

_SHOWN = 8
_TOP = "__main"
_PLACE = "default_compartment"
_INSTANCE = re.compile(r"(?:^|;)[ \t]*[A-Za-z_]\w*[ \t]*:[ \t]*[A-Za-z_]\w*[ \t]*\(", re.ASCII | re.MULTILINE)


def read_antimony(path: Path) -> ForeignModel:
    """An Antimony file as SBML.

    Raises
    ------
    InputError
        ``file.unreadable``, ``antimony.text``; everything that :func:`antimony_sbml` refuses.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"'{path.name}' cannot be read: {error.strerror}"
        raise problem("file.unreadable", message, file=path.name) from None
    except UnicodeDecodeError:
        raise problem("antimony.text", f"'{path.name}' is not UTF-8 text", file=path.name) from None
    sbml, notes = antimony_sbml(text, file=path.name)
    return ForeignModel(sbml.encode(), notes)


def antimony_sbml(
    text: str, *, file: str = "model.ant", limits: ReadLimits | None = None
) -> tuple[str, tuple[Note, ...]]:
    """The main model of an Antimony text as SBML, and what Antimony decided about it.

    Parameters
    ----------
    text : str
    file : str
        Its name, for messages.
    limits : ReadLimits, optional
        Caps of the child process.

    Raises
    ------
    InputError
        ``antimony.syntax``, ``antimony.import``, ``antimony.number``, ``antimony.nesting``,
        ``antimony.text``; ``sbml.reader_stopped`` when Antimony did not end within the limits.

    Examples
    --------
    >>> sbml, notes = antimony_sbml("A -> B; k*A; A = 1; k = 2")
    >>> [note.code for note in notes]
    ['antimony.unset', 'antimony.compartment']
    """
    if len(text) > LIMITS.antimony_length:
        message, hint = f"the text has {len(text)} characters", f"at most {LIMITS.antimony_length} are read"
        raise problem("antimony.text", message, file=file, hint=hint)
    clean = clean_antimony(text)
    check_antimony(clean, file=file)
    caps = limits or ReadLimits()
    output = ask_child("jakstat.exchange.antimony_child", {}, clean.encode(), file=file, limits=caps)
    try:
        said: dict[str, Any] = json.loads(output.rpartition(b"\n")[2])
        if "error" not in said:
            return said["sbml"], (*_notes(said, clean, file), *text_notes(clean, file=file))
        message, line = " ".join(str(said["error"]).split())[:400], said["line"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise stopped_reader(file, "the reader's answer is not understood") from None
    hint = "another name" if "reserved word" in message else ""
    raise problem("antimony.syntax", message, file=file, line=line, hint=hint)


def _notes(said: Mapping[str, Any], clean: str, file: str) -> Iterator[Note]:
    if said["others"]:
        run = "what stands outside of models" if said["module"] == _TOP else f"the model {said['module']}"
        yield Note("antimony.model", file, f"{run} is run, and not {_listed(said['others'])}")
    if _INSTANCE.search(clean):
        yield Note("antimony.submodel", file, "what Antimony calls s1.k of a submodel is called s1_k here")
    if said["unset_species"]:
        text = "have no initial value: libRoadRunner starts them at 0, COPASI at 1, jakstat when told to"
        yield Note("antimony.unset", file, f"species {_listed(said['unset_species'])} {text}")
    if said["unset_parameters"]:
        text = "have no value: COPASI takes 1, libRoadRunner refuses them, jakstat asks"
        yield Note("antimony.unset", file, f"parameters {_listed(said['unset_parameters'])} {text}")
    if said["ruled"]:
        yield Note(
            "antimony.ruled",
            file,
            f"species {_listed(said['ruled'])} follow a rule: no reaction changes them",
        )
    if said["placed"] and _PLACE not in clean:
        text = "stand in no compartment and are given one of size 1"
        yield Note("antimony.compartment", file, f"species {_listed(said['placed'])} {text}")
    if said["units"]:
        text = "are defined nowhere: Antimony makes them up as units of nothing, and no number changes"
        yield Note("antimony.unit", file, f"units {_listed(said['units'])} {text}")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
