"""What every format needs to know: the columns, the lanes of one piece, and how a writer behaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import InputError, Outcome, problem
from jakstat.experiment.lane_tally import Tally
from jakstat.store import Manifest

__all__ = ["FIXED", "Block", "Column", "Layout", "Stored", "Writer", "foreign", "from_record", "record"]

FIXED = ("lane", "time", "outcome", "failure_time", "failure_species")
"""Names that every file has beside the outputs."""

Reals = NDArray[np.float64]


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
    manifest : Manifest
        What makes the numbers.
    """

    columns: tuple[Column, ...]
    times: Reals | None
    time_unit: str
    lanes: int
    named: bool
    states: tuple[str, ...]
    manifest: Manifest


@dataclass(frozen=True)
class Block:
    """The lanes of one piece; ``values`` have shape (lanes, T), or (lanes,) for summaries."""

    first: int
    names: tuple[str, ...] | None
    values: Mapping[str, Reals]
    outcomes: NDArray[np.int64]
    failure_times: Reals
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


@dataclass(frozen=True)
class Stored:
    """What a file says of itself: the manifest it was made by, and how far it came."""

    manifest: Mapping[str, Any]
    tally: Tally
    complete: bool


class Writer(Protocol):
    """A file that is being filled."""

    def write(self, block: Block, tally: Tally) -> None:
        """Add a piece; `tally` counts it already."""

    def finish(self, tally: Tally, *, complete: bool) -> None:
        """Close the file so that it can be read, and say how far it came."""

    def abort(self) -> None:
        """Drop what cannot be used without ``finish``."""


def record(layout: Layout, tally: Tally, *, complete: bool) -> dict[str, Any]:
    """What is written into a file about itself."""
    made = {**layout.manifest.to_dict(), "complete": complete, "lanes_done": tally.lanes_done}
    return {"manifest": made, "progress": tally.to_dict()}


def from_record(fields: Any, *, file: str) -> Stored:
    """The inverse of :func:`record`.

    Raises
    ------
    InputError
        ``resume.foreign``.
    """
    try:
        made = fields["manifest"]
        if not isinstance(made["inputs"], dict):
            raise TypeError
        return Stored(made, Tally.from_dict(fields["progress"]), bool(made["complete"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise foreign(file) from None


def foreign(file: str) -> InputError:
    """The problem of a file that `jakstat run` did not write, or that is damaged."""
    message = "this is no unfinished file of 'jakstat run'"
    return problem("resume.foreign", message, file=file, hint="use another name, or --force")
