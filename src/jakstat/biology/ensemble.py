"""A posterior ensemble: parameter vectors that the data allow, in one compact file.

The file is a NumPy archive of float32 numbers on the scale of the search, with the manifest of the
run that made it.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jakstat.errors import problem

__all__ = ["ENSEMBLE_FORMAT", "Ensemble", "read_ensemble"]

Array = npt.NDArray[np.float64]
ENSEMBLE_FORMAT = 1
_MOST_BYTES = 50_000_000
_SCALES = ("lin", "log", "log10")
_DAMAGED = (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error,
            NotImplementedError, RuntimeError)  # fmt: skip
"""What reading an archive ends with whose bytes are not as they were written; each array has a checksum."""


@dataclass(frozen=True)
class Ensemble:
    """Parameter vectors.

    Parameters
    ----------
    names : tuple of str
    scales : tuple of str
        ``lin``, ``log`` or ``log10`` for each parameter.
    vectors : array, shape (N, K)
        On those scales.
    cost : array, shape (N,)
        Minus log-posterior.
    manifest : mapping
        What made it.
    """

    names: tuple[str, ...]
    scales: tuple[str, ...]
    vectors: Array
    cost: Array
    manifest: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.vectors)

    def values(self, count: int | None = None) -> dict[str, Array]:
        """Values by parameter id, each of shape (count,), for lanes of the engine.

        Parameters
        ----------
        count : int, optional
            The first so many vectors; their order is random, so that any number of them is a fair sample.

        Raises
        ------
        InputError
            ``ensemble.count``.

        Examples
        --------
        >>> e = Ensemble(("k",), ("log10",), np.array([[2.0], [3.0]]), np.zeros(2), {})
        >>> e.values(1)["k"].tolist()
        [100.0]
        """
        wanted = len(self) if count is None else count
        if not 1 <= wanted <= len(self):
            raise problem("ensemble.count", f"{wanted} of {len(self)} vectors", hint=f"give 1 to {len(self)}")
        found = {}
        for k, (name, scale) in enumerate(zip(self.names, self.scales, strict=True)):
            column = self.vectors[:wanted, k]
            found[name] = column if scale == "lin" else np.exp(column) if scale == "log" else 10.0**column
        return found


def read_ensemble(path: str | Path) -> Ensemble:
    """Read an ensemble file.

    Raises
    ------
    InputError
        ``file.missing``, ``ensemble.size``, ``ensemble.form``.

    Examples
    --------
    >>> read_ensemble("nowhere.npz")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.npz: no such file. [file.missing]
    """
    place = Path(path)
    if not place.is_file():
        raise problem("file.missing", "no such file", file=place.name)
    if place.stat().st_size > _MOST_BYTES:
        raise problem("ensemble.size", f"more than {_MOST_BYTES} bytes", file=place.name)
    try:
        table = _arrays(place.read_bytes())
        header = json.loads(bytes(table["header"]).decode("utf-8"))
        vectors, cost = table["vectors"].astype(np.float64), table["cost"].astype(np.float64)
        names, scales = tuple(header["names"]), tuple(header["scales"])
        fits = (
            header["format"] == ENSEMBLE_FORMAT
            and vectors.ndim == 2
            and vectors.shape == (len(cost), len(names))
            and len(scales) == len(names)
            and all(s in _SCALES for s in scales)
            and all(isinstance(n, str) for n in names)
            and bool(np.isfinite(vectors).all())
            and len(cost) > 0
        )
    except _DAMAGED:
        fits = False
    if not fits:
        raise problem("ensemble.form", "this is no ensemble of this version", file=place.name)
    return Ensemble(names, scales, vectors, cost, header["manifest"])


def _arrays(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """The arrays of the archive; sizes are checked before anything is unpacked, nothing is unpickled."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(i.file_size for i in archive.infolist()) > 4 * _MOST_BYTES:
            raise ValueError("too large")
        for name in ("header", "vectors", "cost"):
            with archive.open(f"{name}.npy") as stream:
                found[name] = np.lib.format.read_array(io.BytesIO(stream.read()), allow_pickle=False)
    return found
