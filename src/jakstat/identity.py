"""Content keys: the SHA-256 of canonical JSON.

Two values have one key exactly when they hold the same content, whatever the
order of their mappings and on whatever machine. Floats are written so that they
read back to the same bits; arrays are keyed by type, shape and bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np

__all__ = ["VERSION", "canonical_json", "content_key", "file_key"]

VERSION = "0.2.0"
"""Version of the code; the build reads it from here."""

_BLOCK = 1 << 20


def canonical_json(value: object) -> str:
    """`value` as JSON with sorted keys, no spaces and exact floats.

    Parameters
    ----------
    value : object
        None, bool, int, float, str, bytes, path, enum, mapping with text keys, sequence, set,
        dataclass instance, NumPy scalar or array, nested as deep as you like.

    Raises
    ------
    TypeError
        For anything else: a key must never depend on a memory address.

    Examples
    --------
    >>> canonical_json({"b": (1, 2.5), "a": float("nan")})
    '{"a":{"$float":"nan"},"b":[1,2.5]}'
    """
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def content_key(value: object) -> str:
    """SHA-256 (64 hexadecimal digits) of :func:`canonical_json`.

    Examples
    --------
    >>> content_key({"a": 1, "b": 2}) == content_key({"b": 2, "a": 1})
    True
    >>> content_key(1) == content_key(1.0)
    False
    """
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def file_key(path: str | PurePath) -> str:
    """SHA-256 (64 hexadecimal digits) of the bytes of a file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = pathlib.Path(folder, "empty")
    ...     _ = target.write_bytes(b"")
    ...     file_key(target)[:16]
    'e3b0c44298fc1c14'
    """
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _plain(value: object) -> Any:
    """`value` in terms json can write; enums and NumPy scalars go by what they hold."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"$float": repr(float(value))}
    if isinstance(value, bytes):
        return {"$bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, np.ndarray):
        return _array(value)
    return _container(value)


def _container(value: object) -> Any:
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a mapping needs text keys to have a content key, not {key!r}")
        return {str(key): _plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Set):
        return sorted((_plain(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    raise TypeError(f"no content key for {type(value).__name__}")


def _array(array: np.ndarray[Any, Any]) -> dict[str, object]:
    """Type, shape and the digest of the little-endian bytes: independent of memory layout."""
    if array.dtype.hasobject:
        raise TypeError("no content key for an array of objects")
    kind = array.dtype.newbyteorder("<")
    data = np.ascontiguousarray(array.astype(kind, copy=False)).tobytes()
    return {"$array": kind.str, "shape": list(array.shape), "sha256": hashlib.sha256(data).hexdigest()}
