"""How far a command is, in a file: for who started it and shows its progress elsewhere.

Where ``JAKSTAT_PROGRESS`` names a file, a command that shows a bar writes there, at most twice a second,
``{"text", "done", "total", "first", "since", "now"}``: what it does, how many of how many are done, how many
were at the time ``since``, and the time it is now (seconds since 1970).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Callable

__all__ = ["counted_to_file", "progress_to_file"]

_EVERY_S = 0.5
_COUNTED = re.compile(r"([0-9]{1,9}) of ([0-9]{1,9})")


def progress_to_file(text: str) -> Callable[..., None]:
    """Writes how many of how many are done; does nothing when no file is named.

    Examples
    --------
    >>> progress_to_file("patients")(1, 2)
    """
    target = os.environ.get("JAKSTAT_PROGRESS")
    if not target:
        return lambda *_: None
    state = {"first": 0.0, "since": 0.0, "told": 0.0}

    def tell(done: int, total: int, said: str = text) -> None:
        now = time.time()
        if not state["since"]:
            state["first"], state["since"] = done, now
        if now - state["told"] < _EVERY_S and done < total:
            return
        state["told"] = now
        told = {"text": said, "done": done, "total": total, "first": state["first"], "since": state["since"]}
        part = f"{target}.part"
        # a disk that is full costs the bar, not the answer
        with contextlib.suppress(OSError):
            with open(part, "w", encoding="utf-8") as stream:
                json.dump({**told, "now": now}, stream)
            os.replace(part, target)

    return tell


def counted_to_file(text: str) -> Callable[[str], None]:
    """The same for a line of words, which may count: ``condition 3 of 12: hepg2``.

    Examples
    --------
    >>> counted_to_file("reading the claims")("condition 3 of 12: hepg2")
    """
    tell = progress_to_file(text)
    tell(0, 0)

    def say(words: str) -> None:
        counted = _COUNTED.search(words)
        if counted is None:
            tell(0, 0, words)
        else:
            tell(int(counted[1]) - 1, int(counted[2]), words)

    return say
