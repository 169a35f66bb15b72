"""Running a trial: chunks by workers into a folder or URL, then the tables of the whole.

However many workers there were, whoever ended them and however often it was gone on with: equal designs,
patients and seeds give equal bytes. A chunk is always the same 64 patients in one batch, and what is put
together is put together in their order.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib.metadata import version

from jakstat.chunks import Chunks
from jakstat.errors import InputError, problem
from jakstat.experiment.stops import finishing_stops
from jakstat.identity import content_key
from jakstat.places import Place, place_of
from jakstat.store import Manifest, locked, manifest
from jakstat.systems import usable_cores
from jakstat.trial.chunk import run_chunk
from jakstat.trial.chunk_queue import ChunkPart, ChunkQueue, withheld_patients
from jakstat.trial.chunk_work import ChunkWork, Ended, RunChunk, TrialExecutor, deciding_source
from jakstat.trial.course_arrays import course_files
from jakstat.trial.design import TrialDesign
from jakstat.trial.patient_source import PatientSource, patients_of_design
from jakstat.trial.run_record import CHUNKS, RECORD, RunRecord, digest_of, read_record, write_record
from jakstat.trial.trial_store import CHUNK_PATIENTS, StoredChunk, chunk_bytes, stored_chunks
from jakstat.trial.trial_tables import PARQUET_TABLES, collect_tables
from jakstat.trial.workers import WALL_LIMIT, LocalWorkers

__all__ = ["TrialWorkers", "run_trial", "trial_manifest"]

_COURSES = "courses.zarr"
_LIBRARIES = ("llvmlite", "pyarrow", "zarr")
_WAIT = 0.5


@dataclass(frozen=True, slots=True)
class TrialWorkers:
    """Who computes.

    Parameters
    ----------
    count : int
        Processes of this machine; all its cores when 0.
    dask : str
        Address of a Dask scheduler, whose workers compute instead.
    wall_limit : float
        Seconds after which a process that has not finished its patients is ended and replaced.
    """

    count: int = 0
    dask: str = ""
    wall_limit: float = WALL_LIMIT

    def started(self, work: ChunkWork) -> TrialExecutor:
        """The executor.

        Raises
        ------
        InputError
            ``trial.dask`` when there is no scheduler; ``extra.missing``.
        """
        if not self.dask:
            return LocalWorkers(work, self.count or usable_cores(), wall_limit=self.wall_limit)
        from jakstat.trial.dask_workers import DaskWorkers

        return DaskWorkers(work, self.dask)


def trial_manifest(
    design: TrialDesign, patients: PatientSource, about: Mapping[str, object] | None = None
) -> Manifest:
    """What makes a run: every field of the design by name, the cohort, and the code that decides numbers."""
    fields_of = {field.name: getattr(design, field.name) for field in fields(design)}
    said = {k: v if isinstance(v, str | int | float) else content_key(v) for k, v in fields_of.items()}
    said["population"] = design.population if patients.drawn else ""  # the cohort's key says it
    inputs = {
        "source": deciding_source(), "cohort": patients.key, "chunk": CHUNK_PATIENTS, "design": said,
        **(about or {}),
    }  # fmt: skip
    made = manifest("trial", inputs)
    return replace(made, libraries={**made.libraries, **{name: version(name) for name in _LIBRARIES}})


@dataclass(frozen=True)
class _TrialRun:
    """A run under way."""

    design: TrialDesign
    patients: PatientSource
    place: Place
    made: Manifest
    chunks: Chunks
    beside: tuple[str, ...]
    stopping: Callable[[], bool]
    tell: Callable[[int, int], None]

    def ids(self, number: int) -> range:
        """Places of the patients of a chunk in the cohort."""
        return range(number * CHUNK_PATIENTS, min((number + 1) * CHUNK_PATIENTS, self.patients.count))

    def record(self, **more: object) -> RunRecord:
        """The record as it would be now."""
        return replace(RunRecord(self.made.to_dict(), self.chunks.count, 0), **more)  # type: ignore[arg-type]


class _Stopped(Exception):
    """A stop came while tables were put together."""


def run_trial(
    design: TrialDesign,
    out: str | os.PathLike[str],
    *,
    patients: PatientSource | None = None,
    run_chunk: RunChunk = run_chunk,
    workers: TrialWorkers | int = 1,
    resume: bool = False,
    about: Mapping[str, object] | None = None,
    beside: Mapping[str, bytes] | None = None,
    on_chunk: Callable[[int, int], None] | None = None,
) -> Place:
    """Simulate every patient in every arm, and put the tables together.

    Parameters
    ----------
    design : TrialDesign
    out : path or URL
        A folder; it gets ``chunks``, ``patients.parquet``, ``options.parquet``, ``visits.parquet``,
        ``courses.zarr`` and ``manifest.json``.
    patients : PatientSource, optional
        Those of the design when not given.
    run_chunk : callable
        Computes one chunk; workers import it by its name.
    workers : TrialWorkers or int
    resume : bool
        Whether a run that is there is gone on with; what of it is damaged is computed anew.
    about : mapping, optional
        What else the manifest shall say of the inputs, as JSON: the question, the trial file.
    beside : mapping of str to bytes, optional
        Files that shall lie beside the tables, such as the cohort, by name.
    on_chunk : callable, optional
        Told how many chunks are done, and of how many, after each.

    Returns
    -------
    Place
        Where it lies.

    Raises
    ------
    InputError
        ``file.busy`` when another process fills the folder, ``file.exists``, ``file.write`` (no space, ...),
        ``store.other`` when the folder holds a run of another design, cohort or version of the code,
        ``trial.chunk``, ``trial.worker``, ``trial.code``, ``trial.dask``.
    KeyboardInterrupt
        After Ctrl-C or SIGTERM, once the chunks under way are finished; after the second one at once.
    """
    place = place_of(out)
    patients = patients or patients_of_design(design)
    crew = workers if isinstance(workers, TrialWorkers) else TrialWorkers(workers)
    with _alone(place), finishing_stops() as stopping:
        made = trial_manifest(design, patients, about)
        _check_free(place, resume=resume)
        count = -(-patients.count // CHUNK_PATIENTS)
        place.make()
        chunks = Chunks.adopted(place / CHUNKS, made, count=count)
        for name, data in (beside or {}).items():
            place.write(name, data)
        run = _TrialRun(
            design,
            patients,
            place,
            made,
            chunks,
            tuple(beside or ()),
            stopping,
            on_chunk or (lambda *_: None),
        )
        with contextlib.suppress(_Stopped):
            _fill(run, ChunkWork(run_chunk, design), crew)
    return place


@contextlib.contextmanager
def _alone(place: Place) -> Iterator[None]:
    """Objects are written whole and two equal runs write equal ones, so there only folders are locked."""
    if place.local is None:
        yield
        return
    try:
        place.local.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        from jakstat.store import write_problem

        raise write_problem(place.local, error) from error
    with locked(place.local):
        yield


def _check_free(place: Place, *, resume: bool) -> None:
    ours = place.exists(f"{CHUNKS}/{RECORD}") or _recorded(place) is not None
    if ours and not resume:
        hint = "add --resume to go on with it, or use another name"
        raise problem("file.exists", "the folder holds a run already", file=str(place), hint=hint)
    if not ours and any(not name.startswith(".") and name != CHUNKS for name in place.names()):
        raise problem("file.exists", "the folder holds something else", file=str(place), hint="use a new one")


def _fill(run: _TrialRun, work: ChunkWork, crew: TrialWorkers) -> None:
    """Compute what is missing, and put together what is not; the record says how far it came."""
    missing = run.chunks.missing()
    if not missing and _is_whole(run):
        return
    left = _compute(run, work, crew, missing) if missing else 0
    done = run.chunks.count - left
    if left or run.stopping():
        write_record(run.place, run.record(done=done))
        return
    try:
        _collect(run)
    except _Stopped:
        write_record(run.place, run.record(done=done))


def _is_whole(run: _TrialRun) -> bool:
    record = _recorded(run.place)
    outputs = record.outputs if record else None
    return outputs is not None and _kept(run) == outputs


def _compute(run: _TrialRun, work: ChunkWork, crew: TrialWorkers, missing: tuple[int, ...]) -> int:
    """Compute chunks until all are done or a stop came; how many are left."""
    queue = ChunkQueue((number, len(run.ids(number))) for number in missing)
    run.tell(run.chunks.count - queue.left, run.chunks.count)
    executor = crew.started(work)
    try:
        while queue.left:
            while not run.stopping() and executor.room() > 0 and (piece := queue.next()) is not None:
                if piece.places:
                    executor.submit(piece, _part(run, piece))
                else:
                    _settle(run, queue, Ended(piece, b""))
            if not executor.busy:
                break
            for ended in executor.ended(_WAIT):
                _settle(run, queue, ended)
    finally:
        executor.close()
    return queue.left


def _part(run: _TrialRun, piece: ChunkPart) -> PatientSource:
    whole = run.patients.take(run.ids(piece.chunk))
    return whole if len(piece.places) == whole.count else whole.take(piece.places)


def _settle(run: _TrialRun, queue: ChunkQueue, ended: Ended) -> None:
    """What follows from how a piece ended: its chunk is stored, or it goes back to the queue."""
    if ended.problems:
        raise InputError(ended.problems)
    if ended.failure:
        queue.failed(ended.piece, ended.failure)
        return
    if ended.data is None:
        queue.back(ended.piece)
        return
    places = queue.done(ended.piece)
    if places is None:
        return
    number = ended.piece.chunk
    who = [run.patients.ids[k] for k in run.ids(number)]
    run.chunks.write(number, chunk_bytes(ended.data, withheld_patients(places, who)))
    run.tell(run.chunks.count - queue.left, run.chunks.count)


def _collect(run: _TrialRun) -> None:
    """Write the outputs, and then the record that lists them."""

    def each() -> Iterator[StoredChunk]:
        for chunk in stored_chunks(run.chunks):
            if run.stopping():
                raise _Stopped
            yield chunk

    arms = [arm.name for arm in run.design.arms]
    courses, withheld = collect_tables(run.place, each(), arms, run.made.key)
    run.place.write_folder(_COURSES, course_files(courses, arms, run.made.key))
    names = [f"{name}.parquet" for name in PARQUET_TABLES] + list(run.place.files(_COURSES))
    names += run.beside
    outputs = {**_kept(run), **{name: digest_of(run.place, name) for name in names}}
    done = run.chunks.count
    write_record(run.place, run.record(done=done, withheld=tuple(withheld), outputs=outputs))


def _recorded(place: Place) -> RunRecord | None:
    """The record that is there, if it can be read."""
    try:
        return read_record(place)
    except InputError:
        return None


def _kept(run: _TrialRun) -> dict[str, str]:
    """What was written from the same tables before, and is whole: the answer, the report."""
    record = _recorded(run.place)
    if record is None or record.made != run.made.to_dict():
        return {}
    return {name: sha for name, sha in (record.outputs or {}).items() if digest_of(run.place, name) == sha}
