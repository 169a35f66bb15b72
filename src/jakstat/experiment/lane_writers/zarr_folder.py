"""Zarr: a folder with dimensions lane and time that xarray opens; each piece is its own chunks.

Every chunk ends in a CRC-32C, which its reader checks. A chunk in another's place has a right one, a
chunk that is gone has none: so each piece also has a seal, a file with the SHA-256 of all its chunks
and how its lanes ended, written after them. A piece without a seal, or whose chunks are not those of
its seal, is not done; how far a run came is what its seals say, however it ended. The folder gets its
name once it is whole but for the lanes. Lanes that are not done hold NaN and the outcome INTERRUPTED.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import shutil
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jakstat.chunks import Chunks
from jakstat.errors import InputError, Outcome, problem
from jakstat.experiment.lane_tally import Tally
from jakstat.experiment.lane_writers.layout import (
    RECORD,
    SEALS,
    Block,
    Damage,
    Layout,
    Stored,
    foreign,
    made_by,
    ours,
)
from jakstat.extras import needs
from jakstat.store import NOTICE, part_name, seal, write_bytes, write_json

with needs("store"):
    import zarr
    from zarr.codecs import Crc32cCodec, ZstdCodec

__all__ = ["ZarrWriter", "open_zarr", "stored_zarr"]


@dataclass
class ZarrWriter:
    """A Zarr folder that is being filled."""

    path: Path
    layout: Layout
    group: zarr.Group
    seals: Chunks
    done: dict[int, Tally]

    def write(self, number: int, block: Block, tally: Tally) -> None:
        """Add a piece, and seal it."""
        part = slice(block.first, block.first + block.lanes)
        labels = block.labels
        places = {name: i for i, name in enumerate(self.layout.states)}
        codes = [places.get(name, -1) for name in block.failure_species]
        arrays: dict[str, Any] = {
            **{column.name: block.values[column.name] for column in self.layout.columns},
            "lane": np.array(labels, dtype=object) if isinstance(labels, list) else labels,
            "failure_time": block.failure_times,
            "failure_species": np.array(codes, dtype=np.int32),
            "outcome": block.outcomes.astype(np.int8),
        }
        for name, values in arrays.items():
            array = self.group[name]
            assert isinstance(array, zarr.Array)
            array[part] = values
        files = {name: _sha256(self.path / name) for name in self._chunks(number)}
        fields = {"run": self.layout.manifest.key, "files": files, "tally": tally.to_dict()}
        self.seals.write(number, json.dumps(fields, allow_nan=False).encode())
        self.done[number] = tally

    def _chunks(self, number: int) -> Iterator[str]:
        """The files of a piece, relative to the folder."""
        inner = "" if self.layout.times is None else "/0"
        for column in self.layout.columns:
            yield f"{column.name}/c/{number}{inner}"
        for name in ("lane", "outcome", "failure_time", "failure_species"):
            yield f"{name}/c/{number}"

    def finish(self) -> None:
        """Say in the attributes how far the run came."""
        _settle(self.path, self.layout, self.done)

    def abort(self) -> None:
        """What is sealed stays, and the folder says so if it still can."""
        with contextlib.suppress(OSError, InputError):
            self.finish()


def open_zarr(path: Path, layout: Layout, *, replace: bool, keep: Mapping[int, Tally]) -> ZarrWriter:
    """Start a folder, or go on with the one that is there.

    Raises
    ------
    InputError
        ``file.exists`` for a folder that `jakstat run` did not write: it is never removed.
    """
    if keep or (path.exists() and not replace and ours(path)):
        for left in [*path.rglob("*.partial"), *path.rglob(".*.part")]:  # of a run that was killed
            left.unlink()
        _settle(path, layout, keep)
    else:
        if path.exists() and not (replace and ours(path)):
            raise problem("file.exists", f"'{path.name}' is there already", field="--out", file=path.name)
        fresh, old = part_name(path), part_name(path)
        try:
            _skeleton(fresh, layout, {})
            if path.exists():
                path.rename(old)
            try:
                fresh.rename(path)
            except OSError:  # what was there is as it was
                if old.exists():
                    old.rename(path)
                raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    group = zarr.open_group(path, mode="r+", use_consolidated=False)
    return ZarrWriter(path, layout, group, Chunks(path / SEALS, layout.pieces), dict(keep))


def _settle(path: Path, layout: Layout, done: Mapping[int, Tally]) -> None:
    """Everything but the lanes as it should be: what is so already is left, the record comes last."""
    fresh = part_name(path)
    try:
        _skeleton(fresh, layout, done)
        for name in sorted(_files(fresh), key=lambda name: name == RECORD):
            data = (fresh / name).read_bytes()
            place = path / name
            if not place.is_file() or place.read_bytes() != data:
                place.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(place, data, replace=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _skeleton(path: Path, layout: Layout, done: Mapping[int, Tally]) -> None:
    """A folder with everything but the lanes."""
    manifest = made_by(layout, done)
    group = zarr.create_group(path, zarr_format=3, attributes={"manifest": manifest, "notice": NOTICE})
    _arrays(group, layout)
    with warnings.catch_warnings():
        # xarray opens a folder with consolidated metadata in one read; that they are younger than
        # the format's text is no matter here
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(group.store)
    files = {name: _sha256(path / name) for name in sorted(_files(path))}
    (path / SEALS).mkdir()
    write_json(path / RECORD, seal({"manifest": manifest, "files": files}))


def _files(path: Path) -> list[str]:
    return [f.relative_to(path).as_posix() for f in path.rglob("*") if f.is_file()]


def _sha256(path: Path) -> str | None:
    """Of a file; None when there is none, as of chunks that hold nothing but the fill value."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _arrays(group: zarr.Group, layout: Layout) -> None:
    lanes, chunk = layout.lanes, min(layout.piece, layout.lanes)
    codecs = [ZstdCodec(), Crc32cCodec()]
    times = layout.times
    shape, chunks, names = ((lanes,), (chunk,), ("lane",))
    whole: tuple[Any, Any, Any] = (shape, chunks, names)
    if times is not None:
        whole = ((lanes, len(times)), (chunk, len(times)), ("lane", "time"))
        group.create_array(
            "time", data=times, dimension_names=("time",), compressors=codecs,
            attributes={"units": layout.time_unit},
        )  # fmt: skip

    def add(name: str, dtype: Any, fill: Any, form: tuple[Any, Any, Any], **attrs: Any) -> None:
        group.create_array(
            name, shape=form[0], chunks=form[1], dtype=dtype, fill_value=fill, dimension_names=form[2],
            compressors=codecs, attributes=attrs,
        )  # fmt: skip

    plain = (shape, chunks, names)
    for column in layout.columns:
        add(column.name, "f8", float("nan"), whole, units=column.unit, long_name=column.title)
    add("lane", str if layout.named else "i8", "" if layout.named else -1, plain)
    outcomes = {"flag_values": [int(o) for o in Outcome], "flag_meanings": " ".join(o.name for o in Outcome)}
    add("outcome", "i1", int(Outcome.INTERRUPTED), plain, **outcomes)
    add("failure_time", "f8", float("nan"), plain, units=layout.time_unit)
    species = {"flag_values": list(range(len(layout.states))), "flag_meanings": " ".join(layout.states)}
    add("failure_species", "i4", -1, plain, **species)


def stored_zarr(path: Path, key: str | None) -> Stored:
    """What the folder says of itself, and what of it is whole.

    Raises
    ------
    InputError
        ``resume.foreign``.
    """
    manifest, files, damage = _record(path)
    wanted = key if manifest is None else manifest["key"]
    numbers = [int(f.name[6:]) for f in (path / SEALS).glob("chunk-" + "[0-9]" * 6)]
    count = max(numbers, default=-1) + 1
    if manifest is not None:
        count = math.ceil(int(manifest["inputs"]["lanes"]) / int(manifest["inputs"]["piece"]))
    if manifest is None and not numbers:
        raise foreign(path.name)
    damage += [Damage(None, name, how) for name, sha in files.items() if (how := _how(path / name, sha))]
    seals = Chunks(path / SEALS, count)
    pieces: dict[int, Tally] = {}
    for k in sorted(n for n in numbers if n < count):
        name = f"{SEALS}/chunk-{k:06d}"
        try:
            fields = json.loads(seals.read(k))
            tally = Tally.from_dict(fields["tally"])
        except (InputError, ValueError, KeyError, TypeError):
            damage.append(Damage(k, name, "damaged"))
            continue
        if wanted is not None and fields["run"] != wanted:
            damage.append(Damage(k, name, "of another run"))
            continue
        found = [Damage(k, n, how) for n, sha in fields["files"].items() if (how := _how(path / n, sha))]
        damage += found
        if not found:
            pieces[k] = tally
    if manifest is not None and manifest["complete"]:
        damage += [Damage(k, f"{SEALS}/chunk-{k:06d}", "missing") for k in range(count) if k not in numbers]
    return Stored(manifest, pieces, tuple(damage))


def _record(path: Path) -> tuple[Mapping[str, Any] | None, Mapping[str, str], list[Damage]]:
    """Manifest and files of the record; what is not as it was sealed is damage, and not used."""
    place = path / RECORD
    try:
        fields = json.loads(place.read_text(encoding="utf-8"))
        if fields != seal({name: fields[name] for name in ("manifest", "files")}):
            raise ValueError
        manifest: Mapping[str, Any] = fields["manifest"]
        if int(manifest["inputs"]["piece"]) < 1 or int(manifest["inputs"]["lanes"]) < 1:
            raise ValueError
        return manifest, fields["files"], []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        what = "damaged" if place.exists() else "missing"
        return None, {}, [Damage(None, RECORD, what)]


def _how(path: Path, sha: str | None) -> str:
    """How a file differs from what it was; empty when it does not."""
    found = _sha256(path)
    return "" if found == sha else "missing" if found is None else "damaged"
