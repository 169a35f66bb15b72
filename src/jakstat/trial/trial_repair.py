"""A run of a trial put in order: what is damaged or missing is computed anew, as the folder itself says."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jakstat.chunks import stored_manifest
from jakstat.errors import InputError, problem
from jakstat.places import Place, place_of
from jakstat.trial.chunk import run_chunk
from jakstat.trial.chunk_work import RunChunk
from jakstat.trial.patient_source import patients_of_design
from jakstat.trial.run_record import CHUNKS, RunState, check_run, read_record
from jakstat.trial.trial_file import read_trial
from jakstat.trial.trial_run import TrialWorkers, run_trial

__all__ = ["repair_trial"]

_ABOUT = ("question", "trial")
_BESIDE = ("cohort.parquet", "population.yaml")


def repair_trial(
    out: str,
    *,
    run_chunk: RunChunk = run_chunk,
    workers: TrialWorkers | int = 1,
    on_chunk: Callable[[int, int], None] | None = None,
) -> RunState:
    """Go on with a run as its manifest says it is, and compute anew only what is not whole.

    Parameters
    ----------
    out : str
        Folder or URL.
    run_chunk, workers
        As :func:`~jakstat.trial.trial_run.run_trial`.
    on_chunk : callable, optional
        As :func:`~jakstat.trial.trial_run.run_trial`.

    Returns
    -------
    RunState
        How it is afterwards.

    Raises
    ------
    InputError
        ``trial.none``, ``store.manifest`` when neither manifest can be read, and the problems of a run:
        one that was made by another version of the code is refused by what differs.
    """
    place = place_of(out)
    inputs = _inputs(place)
    if "trial" not in inputs:
        hint = "run its command again with --resume"
        raise problem("store.manifest", "the manifest does not hold the trial", file=str(place), hint=hint)
    with tempfile.TemporaryDirectory() as held:
        beside = {name: place.read(name) for name in _BESIDE if place.exists(name)}
        for name, data in beside.items():
            Path(held, name).write_bytes(data)
        design = read_trial(inputs["trial"], folder=Path(held))
        patients = patients_of_design(design)
        run_trial(
            design, out, patients=patients, run_chunk=run_chunk, workers=workers, resume=True,
            about={name: inputs[name] for name in _ABOUT if name in inputs}, beside=beside, on_chunk=on_chunk,
        )  # fmt: skip
    return check_run(out)


def _inputs(place: Place) -> Mapping[str, Any]:
    """What the run was asked, from whichever of its two manifests is whole."""
    try:
        made, _ = stored_manifest(place / CHUNKS)
    except InputError:
        made = read_record(place).made
    inputs: Mapping[str, Any] = made["inputs"]
    return inputs
