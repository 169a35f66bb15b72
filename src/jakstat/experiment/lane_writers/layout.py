"""What every format needs to know: the columns, the lanes of one piece, and how a writer behaves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import InputError, Outcome, problem
from jakstat.experiment.lane_tally import Tally
from jakstat.store import Manifest

__all__ = [
    "FIXED",
    "RECORD",
    "SEALS",
    "Block",
    "Column",
    "Damage",
    "Layout",
    "Stored",
    "Writer",
    "foreign",
    "made_by",
    "ours",
]

FIXED = ("lane", "time", "outcome", "failure_time", "failure_species")
"""Names that every file has beside the outputs."""

RECORD = "jakstat.json"
"""The file by which a Zarr folder of ours is known."""

SEALS = "seals"
"""The folder in it that holds a seal for each piece that is done."""


@dataclass(frozen=True, slots=True)
class Column:
    """One output: its name, its unit as the model has it, and what it is."""

    name: str
    unit: str
    title: str


@dataclass(frozen=True)
class Layout:
    """The shape of a file.

    Parameters
    ----------
    columns : tuple of Column
        The outputs, or their summaries.
    times : array, shape (T,), or None
        Output times; None when only summaries are kept.
    time_unit : str
        As the model has it.
    lanes : int
        How many lanes the whole run has.
    named : bool
        Whether lanes have names.
    states : tuple of str
        What can be the fastest-changing quantity of a failed lane.
    piece : int
        Lanes that are simulated, written and sealed together.
    manifest : Manifest
        What makes the numbers.
    """

    columns: tuple[Column, ...]
    times: Floats | None
    time_unit: str
    lanes: int
    named: bool
    states: tuple[str, ...]
    piece: int
    manifest: Manifest

    @property
    def pieces(self) -> int:
        """How many pieces there are."""
        return math.ceil(self.lanes / self.piece)


@dataclass(frozen=True)
class Block:
    """The lanes of one piece; ``values`` have shape (lanes, T), or (lanes,) for summaries."""

    first: int
    names: tuple[str, ...] | None
    values: Mapping[str, Floats]
    outcomes: NDArray[np.int64]
    failure_times: Floats
    failure_species: tuple[str, ...]

    @property
    def lanes(self) -> int:
        """How many there are."""
        return len(self.outcomes)

    @property
    def labels(self) -> list[str] | NDArray[np.int64]:
        """Names of the lanes, or their numbers from 0."""
        if self.names is not None:
            return list(self.names)
        return np.arange(self.first, self.first + self.lanes, dtype=np.int64)

    @property
    def outcome_names(self) -> list[str]:
        """How each lane ended, in words of :class:`Outcome`."""
        return [Outcome(int(code)).name for code in self.outcomes]


@dataclass(frozen=True, slots=True)
class Damage:
    """What is not as it was written: in which piece (None: not in the lanes), which file, and how."""

    piece: int | None
    file: str
    what: str


@dataclass(frozen=True)
class Stored:
    """What a file says of itself, and what of it is as it was written.

    Parameters
    ----------
    manifest : mapping or None
        What it was made by; None when that is damaged.
    pieces : mapping of int to Tally
        The pieces that are whole, by number.
    damage : tuple of Damage
    """

    manifest: Mapping[str, Any] | None
    pieces: Mapping[int, Tally]
    damage: tuple[Damage, ...] = ()

    @property
    def lanes_done(self) -> int:
        """Lanes that are there and whole."""
        return sum(t.lanes_done for t in self.pieces.values())

    @property
    def complete(self) -> bool:
        """Whether every lane is there and whole."""
        return self.manifest is not None and self.lanes_done == int(self.manifest["inputs"]["lanes"])


class Writer(Protocol):
    """A file that is being filled, in any order."""

    def write(self, number: int, block: Block, tally: Tally) -> None:
        """Add a piece, and seal it."""

    def finish(self) -> None:
        """Say how far the file came, so that it can be read."""

    def abort(self) -> None:
        """Drop what cannot be used without ``finish``."""


def made_by(layout: Layout, pieces: Mapping[int, Tally]) -> dict[str, Any]:
    """The manifest that a file holds: what makes the numbers, and how many of them are there."""
    done = sum(t.lanes_done for t in pieces.values())
    return {**layout.manifest.to_dict(), "complete": done == layout.lanes, "lanes_done": done}


def ours(path: Path) -> bool:
    """Whether `jakstat run` made this Zarr folder, damaged or not."""
    return (path / RECORD).is_file() or (path / SEALS).is_dir()


def foreign(file: str) -> InputError:
    """The problem of a file that `jakstat run` did not write, or that is damaged."""
    message = "this is no unfinished file of 'jakstat run', or it is damaged as a whole"
    return problem("resume.foreign", message, file=file, hint="use another name, or --force")
