"""Whole courses of a few patients as Zarr arrays over patient, arm and time, each chunk with a CRC-32C."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from jakstat.extras import needs
from jakstat.store import NOTICE

with needs("trial"):
    import pyarrow as pa

__all__ = ["course_files"]

_CHUNK = 64
_DIMENSIONS = ("patient", "arm", "time_h")


def course_files(tables: Sequence[Any], arms: Sequence[str], key: str) -> dict[str, bytes]:
    """The files of a Zarr folder that xarray opens; a time that a patient did not reach is NaN.

    Parameters
    ----------
    tables : sequence of Table
        Columns patient, arm, time_h and outputs; units in the fields' metadata.
    arms : sequence of str
    key : str
        Of the run.
    """
    with needs("trial"):
        import zarr
        from zarr.codecs import Crc32cCodec, ZstdCodec
        from zarr.storage import MemoryStore

    files: dict[str, Any] = {}
    store = MemoryStore(files)
    table = pa.concat_tables(tables) if tables else None
    names = [] if table is None else [n for n in table.column_names if n not in _DIMENSIONS]
    axes = _axes(table, arms)
    codecs: Any = [ZstdCodec(), Crc32cCodec()]
    group = zarr.create_group(store, zarr_format=3, attributes={"run": key, "notice": NOTICE})
    shape = tuple(len(axes[name]) for name in _DIMENSIONS)
    units = {} if table is None else {f.name: _unit(f) for f in table.schema}
    for name in _DIMENSIONS:
        values = axes[name]
        about: Any = {"units": "h"} if name == "time_h" else {}
        made = group.create_array(
            name, shape=values.shape, dtype=str if name == "arm" else values.dtype,
            chunks=(max(1, values.size),), dimension_names=(name,), compressors=codecs, attributes=about,
        )  # fmt: skip
        made[:] = values
    chunks = tuple(max(1, n) for n in (min(_CHUNK, shape[0]), *shape[1:]))
    for name in names:
        values = np.full(shape, np.nan)
        if table is not None:
            values[tuple(_places(table, axes, d) for d in _DIMENSIONS)] = table.column(name).to_numpy()
        group.create_array(
            name, data=values, chunks=chunks, dimension_names=_DIMENSIONS, compressors=codecs,
            attributes={"units": units[name]},
        )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # consolidated metadata are younger than the text of the format
        zarr.consolidate_metadata(group.store)
    return {name: files[name].to_bytes() for name in sorted(files)}


def _axes(table: Any, arms: Sequence[str]) -> dict[str, Any]:
    if table is None:
        return {"patient": np.empty(0, np.int64), "arm": np.array(arms, dtype=object), "time_h": np.empty(0)}
    return {
        "patient": np.unique(table.column("patient").to_numpy()),
        "arm": np.array(arms, dtype=object),
        "time_h": np.unique(table.column("time_h").to_numpy()),
    }


def _places(table: Any, axes: dict[str, Any], name: str) -> Any:
    if name == "arm":
        at = {arm: k for k, arm in enumerate(axes["arm"])}
        return np.array([at[arm] for arm in table.column("arm").to_pylist()])
    return np.searchsorted(axes[name], table.column(name).to_numpy())


def _unit(column: Any) -> str:
    return str((column.metadata or {}).get(b"unit", b"").decode())
