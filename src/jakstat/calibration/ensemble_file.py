"""Posterior samples written as the compact file that :mod:`jakstat.biology.ensemble` reads."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jakstat.biology.ensemble import ENSEMBLE_FORMAT
from jakstat.calibration.sample import Sample
from jakstat.identity import canonical_json
from jakstat.store import Manifest, write_bytes

__all__ = ["ensemble_bytes", "write_ensemble"]

_WHEN = (1980, 1, 1, 0, 0, 0)


def ensemble_bytes(sample: Sample, scales: tuple[str, ...], made: Manifest) -> bytes:
    """The file's bytes; equal samples give equal bytes.

    Parameters
    ----------
    sample : Sample
    scales : tuple of str
        Scale of each parameter.
    made : Manifest
        What made the sample.
    """
    header = {"format": ENSEMBLE_FORMAT, "names": list(sample.names), "scales": list(scales),
              "manifest": json.loads(canonical_json(made.to_dict()))}  # fmt: skip
    text = canonical_json(header).encode("utf-8")
    arrays: dict[str, npt.NDArray[Any]] = {
        "header": np.frombuffer(text, dtype=np.uint8),
        "vectors": np.asarray(sample.vectors, dtype="<f4"),
        "cost": np.asarray(sample.cost, dtype="<f8"),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            inner = io.BytesIO()
            np.lib.format.write_array(inner, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=_WHEN)  # no clock: same sample, same bytes
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, inner.getvalue())
    return buffer.getvalue()


def write_ensemble(
    sample: Sample, scales: tuple[str, ...], made: Manifest, path: str | Path, *, replace: bool = False
) -> Path:
    """Write an ensemble file.

    Raises
    ------
    InputError
        ``file.exists``, ``file.folder``, ``file.write``.
    """
    return write_bytes(path, ensemble_bytes(sample, scales, made), replace=replace)
