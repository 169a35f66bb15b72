"""A model of any format, as the engine reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jakstat.errors import Note

__all__ = ["ForeignModel"]


@dataclass(frozen=True, slots=True)
class ForeignModel:
    """A model that can be simulated.

    Parameters
    ----------
    sbml : Path or bytes
        The file, if it is SBML itself, or the SBML made of it.
    notes : tuple of Note
        What was understood or put right on the way.
    """

    sbml: Path | bytes
    notes: tuple[Note, ...] = ()
