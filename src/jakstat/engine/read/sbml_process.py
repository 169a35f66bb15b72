"""Reading a document in a child process with limits, so that hostile files hurt nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from jakstat.engine.network.network import Network
from jakstat.engine.network.wire import from_wire
from jakstat.engine.read.guard import ReadLimits
from jakstat.engine.read.import_report import Assumptions, ImportReport
from jakstat.engine.read.limited_child import ask_child, stopped_reader
from jakstat.errors import InputError, Problem

__all__ = ["read_in_child"]


def read_in_child(
    data: bytes, *, assume: Assumptions, file: str | None, limits: ReadLimits
) -> tuple[Network, ImportReport]:
    """Read a document that has passed the guard in a process of its own.

    Parameters
    ----------
    data : bytes
        The document, UTF-8.
    assume : Assumptions
        Passed on to the reader.
    file : str or None
        Name of the document, for messages.
    limits : ReadLimits
        Caps on processor time, waiting time and memory.

    Raises
    ------
    InputError
        With the reader's problems, or ``sbml.reader_stopped`` when the limits ended it.
    """
    said = ask_child(
        "jakstat.engine.read.sbml_child",
        {"assume": asdict(assume), "file": file},
        data.lstrip(b"\xef\xbb\xbf"),
        file=file,
        limits=limits,
    )
    return _understood(said, file)


def _understood(output: bytes, file: str | None) -> tuple[Network, ImportReport]:
    try:
        said: dict[str, Any] = json.loads(output)
        if "problems" in said:
            raise InputError([Problem(**p) for p in said["problems"]])
        return from_wire(said["network"]), ImportReport.from_dict(said)
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise stopped_reader(file, "the reader's answer is not understood") from None
