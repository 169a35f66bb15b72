"""Zarr: a folder with dimensions lane and time that xarray opens; each piece is its own chunks.

Lanes that are not done hold NaN and the outcome INTERRUPTED. What is done is in ``jakstat.json``
after every piece, so that even a run that was killed can be resumed.
"""

from __future__ import annotations

import json
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from jakstat.errors import InputError, Outcome, problem
from jakstat.experiment.lane_tally import Tally
from jakstat.experiment.lane_writers.layout import Block, Layout, Stored, foreign, from_record, record
from jakstat.store import NOTICE, write_json

__all__ = ["ZarrWriter", "open_zarr", "stored_zarr"]

_RECORD = "jakstat.json"


@dataclass(frozen=True)
class ZarrWriter:
    """A Zarr folder that is being filled."""

    path: Path
    layout: Layout
    group: zarr.Group

    def write(self, block: Block, tally: Tally) -> None:
        """Add a piece; the outcomes come last, so that lanes half written still count as not done."""
        part = slice(block.first, block.first + block.lanes)
        for column in self.layout.columns:
            self._put(column.name, part, block.values[column.name])
        labels = block.labels
        self._put("lane", part, np.array(labels, dtype=object) if isinstance(labels, list) else labels)
        self._put("failure_time", part, block.failure_times)
        places = {name: i for i, name in enumerate(self.layout.states)}
        codes = [places.get(name, -1) for name in block.failure_species]
        self._put("failure_species", part, np.array(codes, dtype=np.int32))
        self._put("outcome", part, block.outcomes.astype(np.int8))
        self._note(tally, complete=False)

    def finish(self, tally: Tally, *, complete: bool) -> None:
        """Say in the attributes how far the run came."""
        self._note(tally, complete=complete)
        self.group.update_attributes(
            {"manifest": record(self.layout, tally, complete=complete)["manifest"], "notice": NOTICE}
        )
        with warnings.catch_warnings():
            # xarray opens a folder with consolidated metadata in one read; that they are younger than
            # the format's text is no matter here
            warnings.simplefilter("ignore")
            zarr.consolidate_metadata(self.group.store)

    def abort(self) -> None:
        """Nothing to drop: what was written counts only from its note on."""

    def _put(self, name: str, part: slice, values: Any) -> None:
        array = self.group[name]
        assert isinstance(array, zarr.Array)
        array[part] = values

    def _note(self, tally: Tally, *, complete: bool) -> None:
        write_json(self.path / _RECORD, record(self.layout, tally, complete=complete), replace=True)


def open_zarr(path: Path, layout: Layout, *, replace: bool, resume: Tally | None, piece: int) -> ZarrWriter:
    """Start a folder, or go on with the one that is there.

    Raises
    ------
    InputError
        ``file.exists`` for a folder that `jakstat run` did not write: it is never removed.
    """
    if resume is not None:
        group = zarr.open_group(path, mode="r+", use_consolidated=False)
        return ZarrWriter(path, layout, group)
    if path.exists():
        if not replace or not (path / _RECORD).is_file():
            raise problem("file.exists", f"'{path.name}' is there already", file=path.name)
        shutil.rmtree(path)
    group = zarr.create_group(path, zarr_format=3)
    writer = ZarrWriter(path, layout, group)
    _arrays(group, layout, piece)
    group.attrs["manifest"] = record(layout, Tally(piece), complete=False)["manifest"]
    writer._note(Tally(piece), complete=False)
    return writer


def _arrays(group: zarr.Group, layout: Layout, piece: int) -> None:
    lanes, chunk = layout.lanes, min(piece, layout.lanes)
    times = layout.times
    shape, chunks, names = ((lanes,), (chunk,), ("lane",))
    whole: tuple[Any, Any, Any] = (shape, chunks, names)
    if times is not None:
        whole = ((lanes, len(times)), (chunk, len(times)), ("lane", "time"))
        clock = group.create_array("time", data=times, dimension_names=("time",))
        clock.attrs["units"] = layout.time_unit

    def add(name: str, dtype: Any, fill: Any, form: tuple[Any, Any, Any], **attrs: Any) -> None:
        array = group.create_array(
            name, shape=form[0], chunks=form[1], dtype=dtype, fill_value=fill, dimension_names=form[2]
        )
        array.attrs.update(attrs)

    plain = (shape, chunks, names)
    for column in layout.columns:
        add(column.name, "f8", float("nan"), whole, units=column.unit, long_name=column.title)
    add("lane", str if layout.named else "i8", "" if layout.named else -1, plain)
    outcomes = {"flag_values": [int(o) for o in Outcome], "flag_meanings": " ".join(o.name for o in Outcome)}
    add("outcome", "i1", int(Outcome.INTERRUPTED), plain, **outcomes)
    add("failure_time", "f8", float("nan"), plain, units=layout.time_unit)
    species = {"flag_values": list(range(len(layout.states))), "flag_meanings": " ".join(layout.states)}
    add("failure_species", "i4", -1, plain, **species)


def stored_zarr(path: Path) -> Stored:
    """What the folder says of itself.

    Raises
    ------
    InputError
        ``resume.foreign``.
    """
    try:
        fields = json.loads((path / _RECORD).read_text(encoding="utf-8"))
        zarr.open_group(path, mode="r", use_consolidated=False)
    except InputError:
        raise
    except (OSError, ValueError, KeyError, RecursionError):
        raise foreign(path.name) from None
    return from_record(fields, file=path.name)
