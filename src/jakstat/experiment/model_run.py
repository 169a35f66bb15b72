"""Any SBML model over a table of lanes, in pieces, into a file.

A piece is simulated, written, counted and forgotten, so that memory does not grow with the number of
lanes. An interrupt drops the piece in flight; what was written stays readable and can be gone on with.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jakstat.engine.batched.summaries import KINDS, piece_lanes
from jakstat.engine.load import load_sbml
from jakstat.engine.model import Model
from jakstat.engine.reference.reference_system import System
from jakstat.engine.request import read_outputs, read_request, read_settings
from jakstat.engine.result import Failure, with_undefined
from jakstat.engine.tolerance import BY_SPECIES, Tolerance
from jakstat.errors import InputError, Outcome, Problem, problem
from jakstat.experiment.lane_table import LaneTable, Piece, check_lane_table
from jakstat.experiment.lane_tally import FailedLane, Tally
from jakstat.experiment.lane_writers.layout import FIXED, Block, Column, Layout, Writer
from jakstat.experiment.lane_writers.target import check_out, open_out, same_run, stored_run
from jakstat.experiment.path_lanes import PathOptions, particles_per_amount, sampled
from jakstat.experiment.stops import held_stops, noted_stops
from jakstat.limits import LIMITS, check_count
from jakstat.store import clear_parts, locked, manifest, write_problem
from jakstat.units import quotient

__all__ = ["ModelRun", "RunOptions", "RunReport", "plan_run", "run_table"]

_SLOW_LANES = 64
_PIECE_PATHS = 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What is asked for, besides the model and the table.

    Parameters
    ----------
    until, start : float
        Last and first time, in the model's time unit.
    points : int
        Evenly spaced times, both ends included.
    outputs : tuple of str
        Ids to keep; species and quantities with a rate rule when empty.
    reduce : tuple of str
        Kinds of :data:`~jakstat.engine.batched.summaries.KINDS`; trajectories are kept when empty.
    method, rtol, atol, threads
        As in :meth:`jakstat.engine.Model.simulate`.
    assume_zero, assume_one_stoichiometry : bool
        As in :func:`jakstat.engine.load_sbml`.
    paths : PathOptions or None
        Stochastic paths instead; ``method`` and the tolerances play no part then.
    """

    until: float
    points: int
    start: float = 0.0
    outputs: tuple[str, ...] = ()
    reduce: tuple[str, ...] = ()
    method: str = "rodas5p"
    rtol: float = 1e-6
    atol: float | None = None
    threads: int = 1
    assume_zero: bool = False
    assume_one_stoichiometry: bool = False
    paths: PathOptions | None = None

    def check(self) -> None:
        """Refuse what no model could make sense of.

        Raises
        ------
        InputError
            ``time.span``, ``points.range``, ``count.range``, ``reduce.kind``, ``tolerance.range``,
            ``method.unknown``.

        Examples
        --------
        >>> RunOptions(until=10.0, points=11).check()
        """
        if not (math.isfinite(self.start) and math.isfinite(self.until) and self.until > self.start):
            message = f"the time span is {self.start!r} to {self.until!r}"
            raise problem("time.span", message, field="--until", hint="give a time above --start")
        if not 2 <= self.points <= LIMITS.time_points:
            hint = f"give 2 to {LIMITS.time_points}"
            raise problem("points.range", f"{self.points} is out of range", field="--points", hint=hint)
        check_count(self.threads, most=LIMITS.threads, field="--threads")
        for kind in self.reduce:
            if kind not in KINDS:
                hint = "one of " + ", ".join(KINDS)
                raise problem("reduce.kind", f"no summary {kind[:40]!r}", field="--reduce", hint=hint)
        if self.paths is not None:
            self.paths.check()
        with _fields({"rtol": "--rtol", "atol": "--atol", "method": "--method"}):
            read_settings(self.rtol, self.atol, self.method, LIMITS.max_steps)

    @property
    def times(self) -> NDArray[np.float64]:
        """Output times, shape (points,)."""
        return np.linspace(self.start, self.until, self.points)


@dataclass(frozen=True)
class ModelRun:
    """A run that was found possible: the model, its lanes, and the shape of the result."""

    model: Model
    table: LaneTable
    options: RunOptions
    outputs: tuple[str, ...]
    layout: Layout


@dataclass(frozen=True)
class RunReport:
    """How a run went.

    Parameters
    ----------
    run : ModelRun
        What was run.
    tally : Tally
        Lanes done, with those of an earlier run that was resumed.
    lanes_now : int
        Lanes of this run alone.
    interrupted : bool
        Whether it ended early; the file, if any, holds the lanes done.
    out : Path or None
        The file, if one was written.
    single : Block or None
        The values themselves when there is one lane and no file.
    tolerance : Tolerance or None
        Of the lanes of this run; stochastic paths have none.
    """

    run: ModelRun
    tally: Tally
    lanes_now: int
    interrupted: bool
    out: Path | None
    single: Block | None
    tolerance: Tolerance | None

    @property
    def complete(self) -> bool:
        """Whether every lane is done."""
        return self.tally.lanes_done == self.run.table.lanes


def plan_run(
    model: str | Path | bytes,
    options: RunOptions,
    *,
    lanes: str | Path | None = None,
    piece: int | None = None,
) -> ModelRun:
    """Read a model and a table of lanes, and check that they fit.

    Parameters
    ----------
    model : path or bytes
        An SBML file or its text; it is read in a child process with limits.
    options : RunOptions
        What is asked for.
    lanes : path, optional
        CSV: the header holds ids of parameters, compartments and species (initial amounts).
    piece : int, optional
        Lanes held at a time; chosen from the size of one lane when not given.

    Raises
    ------
    InputError
        Everything that is wrong with the options, the file, the table or their combination.
    """
    options.check()
    paths = options.paths
    if lanes is not None and paths is not None:
        message = "paths are drawn of one set of values"
        raise problem("option.clash", message, field="--paths", hint="leave out --lanes")
    table = LaneTable(None, lanes=paths.paths if paths else 1) if lanes is None else check_lane_table(lanes)
    read = load_sbml(
        model if isinstance(model, bytes) else Path(model),
        assume_zero=options.assume_zero,
        assume_one_stoichiometry=options.assume_one_stoichiometry,
    )
    if paths is not None:
        paths = replace(paths, per_amount=paths.per_amount or particles_per_amount(read.network))
        read.check_paths()
        options = replace(options, paths=paths)
    _check_columns(read, table)
    outputs = _outputs(read, options.outputs)
    columns = _columns(read, outputs, options.reduce)
    states = tuple(
        dict.fromkeys([*(s.id for s in read.network.species), *(r.variable for r in read.network.rate_rules)])
    )
    held = len(outputs) + (len(states) if paths else 0)
    size = _piece(options, len(columns), held, table.lanes) if piece is None else piece
    inputs = {
        "model_key": read.key, "lanes_key": table.key, "lanes": table.lanes, "start": options.start,
        "until": options.until, "points": options.points, "outputs": outputs, "reduce": options.reduce,
        "method": options.method, "rtol": options.rtol,
        "atol": BY_SPECIES if options.atol is None else options.atol,
        "assume_zero": options.assume_zero,
        "assume_one_stoichiometry": options.assume_one_stoichiometry, "piece": size,
        **({"paths": asdict(paths)} if paths else {}),
    }  # fmt: skip
    layout = Layout(
        columns, None if options.reduce else options.times, read.network.time_unit, table.lanes, table.named,
        states, size, manifest("model-run", inputs),
    )  # fmt: skip
    return ModelRun(read, table, options, outputs, layout)


def run_table(
    run: ModelRun,
    out: Path | None = None,
    *,
    force: bool = False,
    resume: bool = False,
    progress: Callable[[int], None] | None = None,
) -> RunReport:
    """Simulate all lanes, piece by piece.

    Parameters
    ----------
    run : ModelRun
        From :func:`plan_run`.
    out : Path, optional
        ``.zarr``, ``.parquet`` or ``.csv``.
    force, resume : bool
        Whether a file that is there is replaced, or gone on with.
    progress : callable, optional
        Told how many lanes are done, after each piece.

    Returns
    -------
    RunReport
        After one ``KeyboardInterrupt`` too: then ``interrupted`` is set.

    Raises
    ------
    InputError
        As :func:`~jakstat.experiment.lane_writers.target.check_out`; ``resume.other``,
        ``resume.foreign``; ``file.write`` when the disk is full.
    """
    tell = progress or (lambda _: None)
    if out is None:
        with noted_stops() as check:
            return _filled(run, {}, None, check, tell)
    with locked(out), noted_stops() as check:
        clear_parts(out)
        check_out(out, force=force, resume=resume)
        kept: Mapping[int, Tally] = {}
        if resume and out.exists():
            wanted = run.layout.manifest
            kept = same_run(stored_run(out, wanted.key), wanted, file=out.name)
        return _filled(run, kept, _Goal(out, force, resume), check, tell)


@dataclass(frozen=True)
class _Goal:
    """Where the lanes go."""

    out: Path
    force: bool
    resume: bool


def _filled(
    run: ModelRun,
    kept: Mapping[int, Tally],
    goal: _Goal | None,
    check: Callable[[], None],
    tell: Callable[[int], None],
) -> RunReport:
    """Simulate and write the pieces that are not kept."""
    done = dict(kept)
    first = lanes = sum(t.lanes_done for t in kept.values())
    interrupted = False
    writer: Writer | None = None
    single: Block | None = None
    used: Tolerance | None = None
    tell(first)
    try:
        # a folder is made whole even when every lane is there: it may have been stopped just before
        if goal is not None and goal.resume and goal.out.suffix == ".zarr" and goal.out.exists():
            writer = _opened(run, goal, kept)
        for piece in run.table.pieces(run.layout.piece, without=kept):
            block, counted, told = _simulated(run, piece)
            used = told if used is None or told is None else used.joined(told)
            check()
            with held_stops(), _disk(goal):
                # begun with the first piece, so that a run that cannot start leaves nothing
                if goal is not None:
                    writer = writer or _opened(run, goal, kept)
                    writer.write(piece.first // run.layout.piece, block, counted)
                done[piece.first // run.layout.piece] = counted
            lanes += piece.lanes
            single = block if run.table.lanes == 1 and goal is None else None
            tell(lanes)
    except KeyboardInterrupt:
        interrupted = True
    except BaseException:
        if writer is not None:
            writer.abort()
        raise
    if writer is not None:
        with held_stops(), _disk(goal):
            _finish(writer)
    written = None if goal is None or not goal.out.exists() else goal.out
    tally = Tally.total(done)
    return RunReport(run, tally, tally.lanes_done - first, interrupted, written, single, used)


def _opened(run: ModelRun, goal: _Goal, kept: Mapping[int, Tally]) -> Writer:
    # a file that is gone on with was found to be of the same run, even if no piece of it is whole
    replaced = goal.force or (goal.resume and goal.out.is_file())
    with _disk(goal):
        return open_out(goal.out, run.layout, force=replaced, keep=kept)


def _finish(writer: Writer) -> None:
    try:
        writer.finish()
    except BaseException:
        writer.abort()
        raise


def _simulated(run: ModelRun, piece: Piece) -> tuple[Block, Tally, Tolerance | None]:
    """One piece, its count, and the tolerances it was run at."""
    model, options = run.model, run.options
    if options.paths is not None:
        drawn = sampled(
            model, options.paths, options.times, run.outputs, options.reduce,
            first=piece.first, count=piece.lanes, threads=options.threads,
        )  # fmt: skip
        return *_counted(run, piece, drawn.outcomes, drawn.failures, drawn.values), None
    species = {s.id for s in model.network.species}
    initial = {k: v for k, v in piece.values.items() if k in species}
    parameters = {k: v for k, v in piece.values.items() if k not in species}
    chosen = {f"{kind}_{name}": (kind, name) for name in run.outputs for kind in options.reduce}
    result = model.simulate(
        options.times, parameters, initial, outputs=run.outputs, rtol=options.rtol, atol=options.atol,
        method=options.method, threads=options.threads, reduce=chosen or None,
    )  # fmt: skip
    values = dict(result.summaries) if chosen else {name: result.value(name) for name in run.outputs}
    counted = _counted(run, piece, result.outcomes, result.failures, values, len(result.eased))
    return *counted, result.tolerance


def _counted(
    run: ModelRun,
    piece: Piece,
    outcomes: NDArray[np.int64],
    failures: Sequence[Failure],
    values: dict[str, NDArray[np.float64]],
    eased: int = 0,
) -> tuple[Block, Tally]:
    """The values of a piece as a block, and its count."""
    times, species = np.full(piece.lanes, np.nan), [""] * piece.lanes
    for failure in failures:
        times[failure.lane] = failure.time
        species[failure.lane] = failure.species if failure.species in run.layout.states else ""
    outcomes = with_undefined(outcomes, values.values())
    if not run.options.reduce:
        for lane in np.flatnonzero(outcomes == int(Outcome.UNDEFINED_VALUE)):
            odd = ~np.isfinite([v[lane] for v in values.values()]).all(axis=0)
            times[lane] = run.options.times[int(np.argmax(odd))]
    block = Block(piece.first, piece.names, values, outcomes, times, tuple(species))
    last = {name: v if run.options.reduce else v[:, -1] for name, v in values.items()}
    return block, Tally.of(outcomes, _failures(block), last, eased)


def _failures(block: Block) -> list[FailedLane]:
    found = []
    for i in np.flatnonzero(block.outcomes)[:10]:
        time = float(block.failure_times[i])
        when = time if math.isfinite(time) else None
        name = block.outcome_names[i]
        found.append(FailedLane(str(block.labels[i]), when, name, block.failure_species[i]))
    return found


def _piece(options: RunOptions, columns: int, held: int, lanes: int) -> int:
    """Lanes per piece: few enough to be held, fewer still where each takes long."""
    lane = 8 * options.points * (held + 1)
    if lane > LIMITS.result_bytes:
        hint = f"one lane may have {LIMITS.result_bytes} bytes; ask for fewer --points or --outputs"
        raise problem("run.size", f"one lane has {lane} bytes", field="--points", hint=hint)
    values = lanes * columns * (1 if options.reduce else options.points)
    if values > LIMITS.run_values:
        hint = f"at most {LIMITS.run_values}; keep summaries with --reduce, or fewer --points or --outputs"
        raise problem("run.size", f"the result would have {values} numbers", field="--points", hint=hint)
    most = None if options.method.startswith("rodas") else _SLOW_LANES
    return piece_lanes(lane // 8, most=_PIECE_PATHS if options.paths else most)


def _check_columns(model: Model, table: LaneTable) -> None:
    """Every column is something that can be given a value."""
    species = {s.id for s in model.network.species}
    initial = {c: 1.0 for c in table.columns if c in species}
    parameters = {c: 1.0 for c in table.columns if c not in species}
    try:
        read_request(System(model.network), parameters, initial, None)
    except InputError as error:
        file = table.path.name if table.path is not None else None
        raise InputError(replace(p, file=file, line=1, field=None) for p in error.problems) from None


def _outputs(model: Model, asked: Sequence[str]) -> tuple[str, ...]:
    network = model.network
    if asked:
        with _fields({"outputs": "--outputs"}):
            names = tuple(read_outputs(System(network), asked))
    else:
        changing = [*(s.id for s in network.species), *(r.variable for r in network.rate_rules)]
        ruled = [a.variable for a in network.assignment_rules]
        names = tuple(dict.fromkeys(changing or ruled or [p.id for p in network.parameters]))
    if not names:
        raise problem("output.none", "the model has nothing to show", field="--outputs")
    bad = [n for n in names if n in FIXED or not _NAME.fullmatch(n)]
    if bad:
        message = f"'{bad[0][:40]}' cannot be the name of a column"
        raise problem("output.name", message, field="--outputs", hint="leave it out with --outputs")
    return names


def _columns(model: Model, outputs: Sequence[str], reduce: Sequence[str]) -> tuple[Column, ...]:
    network = model.network
    sizes = {c.id: c.unit for c in network.compartments}
    units = {**sizes, **{p.id: p.unit for p in network.parameters}}
    titles = {c.id: c.name for c in network.compartments}
    titles.update((p.id, p.name) for p in network.parameters)
    titles.update((r.id, r.name) for r in network.reactions)
    for s in network.species:
        units[s.id] = s.unit if s.substance_only else quotient(s.unit, sizes.get(s.compartment, ""))
        titles[s.id] = s.name
    for r in network.reactions:
        units[r.id] = quotient(network.extent_unit, network.time_unit)
    plain = [Column(n, units.get(n, ""), titles.get(n) or n) for n in outputs]
    if not reduce:
        return tuple(plain)
    time = network.time_unit
    kinds = dict.fromkeys(reduce)
    return tuple(
        Column(f"{kind}_{c.name}", _unit_of(kind, c.unit, time), f"{kind} of {c.title}")
        for c in plain
        for kind in kinds
    )


def _unit_of(kind: str, unit: str, time: str) -> str:
    if kind.startswith("time_of"):
        return time
    if kind == "auc":
        return f"{unit}*{time}" if unit and time else ""
    return unit


@contextlib.contextmanager
def _fields(names: dict[str, str]) -> Iterator[None]:
    """Problems name the option of the command line, not the argument of the engine."""
    try:
        yield
    except InputError as error:
        raise InputError(_renamed(p, names) for p in error.problems) from None


def _renamed(found: Problem, names: dict[str, str]) -> Problem:
    return replace(found, field=names.get(found.field or "", found.field))


@contextlib.contextmanager
def _disk(goal: _Goal | None) -> Iterator[None]:
    """A full disk is no fault of the program: one message."""
    try:
        yield
    except OSError as error:
        if goal is None:
            raise
        (found,) = write_problem(Path(goal.out.name), error).problems
        if goal.out.exists() and not (goal.force and goal.out.suffix != ".zarr"):
            kept = "what is in the file can be gone on with --resume"
            found = replace(found, hint=f"{found.hint}; {kept}" if found.hint else kept)
        raise InputError((found,)) from error
