"""A user's own time courses fitted in one call: PEtab problem, searches, profiles, predictions, a cell saved.

The problem is written first and read back, so that ``jakstat fit`` on it does the same. The shipped model is
never changed; what is fitted becomes a context of the user's own if he asks for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jakstat.biology import CORE_PARTS, Assembly, assemble
from jakstat.biology.observables import part_observables
from jakstat.calibration.fit_run import FitOptions, FitReport, check_folder, run_fit
from jakstat.calibration.lanes import Solving
from jakstat.calibration.load import load_problem
from jakstat.calibration.objective import Objective
from jakstat.calibration.optimise import Search
from jakstat.calibration.own_bands import CourseBands, allowed_vectors, course_bands
from jakstat.calibration.own_point_sets import check_sets, held_out
from jakstat.calibration.own_points import (
    CourseReading,
    OwnPoints,
    read_points,
)
from jakstat.calibration.own_problem import OwnModel, free_rows, own_problem, rise_of
from jakstat.calibration.own_situations import LaidOut, lay_out
from jakstat.calibration.petab_write import write_petab
from jakstat.calibration.problem import FitProblem
from jakstat.errors import InputError, Problem
from jakstat.errors import problem as fault
from jakstat.experiment.readouts import Readout, find_readouts
from jakstat.knowledge.parameter_table import Row
from jakstat.limits import LIMITS, check_count
from jakstat.spreadsheets import read_in_words
from jakstat.store import write_text
from jakstat.streams import check_seed
from jakstat.tables import Table

__all__ = [
    "FitAsked",
    "OwnFit",
    "PreparedFit",
    "fit_prepared",
    "prepare_fit",
    "shown_readouts",
]

Array = npt.NDArray[np.float64]
Tell = Callable[[str, int, int], None]
_CURVE_POINTS = 61
_MOST_PROBLEMS = 50


@dataclass(frozen=True)
class FitAsked:
    """What is asked of a fit of a user's own data.

    Parameters
    ----------
    context : str
        The cell that is fitted.
    free : tuple of str
        Numbers of its table.
    parts : tuple of str
        Parts of the model.
    reading : CourseReading
    model : OwnModel
    hold_out, predict : tuple of str
        Rows kept out of the fit (``"dose=50"``), and readouts to predict besides those of the table.
    starts, seed : int
    profiles : bool
    limits : Search
    solving : Solving
    """

    context: str
    free: tuple[str, ...]
    parts: tuple[str, ...] = ("core",)
    reading: CourseReading = field(default_factory=CourseReading)
    model: OwnModel = field(default_factory=OwnModel)
    hold_out: tuple[str, ...] = ()
    predict: tuple[str, ...] = ()
    starts: int = 8
    seed: int = 1
    profiles: bool = True
    limits: Search = field(default_factory=Search)
    solving: Solving = field(default_factory=Solving)


@dataclass(frozen=True)
class PreparedFit:
    """A table and a question that go together: nothing is computed yet, and nothing can be refused any more.

    Parameters
    ----------
    asked : FitAsked
    read : str
        What was read, in a line.
    found : OwnPoints
    laid : LaidOut
    rows : tuple of Row
        What is free, in the model's units.
    problem : FitProblem
    fitted, held : tuple of int
        Places of the points that are fitted, and of those kept out.
    """

    asked: FitAsked
    read: str
    found: OwnPoints
    laid: LaidOut
    rows: tuple[Row, ...]
    problem: FitProblem
    fitted: tuple[int, ...]
    held: tuple[int, ...]


@dataclass(frozen=True)
class OwnFit:
    """What a fit of a user's own data gave.

    Parameters
    ----------
    prepared : PreparedFit
    objective : Objective
    report : FitReport
    rise : float
        Of the cost, at the ends of the intervals.
    vectors : array, shape (V, K)
        That the data allow, the best first; empty when no search ended well.
    inner : array, shape (V, I)
        Scales, backgrounds and noises that belong to them.
    bands : CourseBands or None
        Of all readouts of the core, and those of the table.
    problem_file : Path
    """

    prepared: PreparedFit
    objective: Objective
    report: FitReport
    rise: float
    vectors: Array
    inner: Array
    bands: CourseBands | None
    problem_file: Path

    @property
    def best(self) -> Array | None:
        """The best vector (K,), on the scale of the search; None when no search found a number."""
        return None if self.report.fit.best is None else self.report.fit.best.found.x


def prepare_fit(table: Table, asked: FitAsked) -> PreparedFit:
    """Put a table and a question together.

    Raises
    ------
    InputError
        Everything that is wrong with either, with lines: ``courses.*``, ``table.*``, ``observable.unknown``,
        ``parameter.unknown``, ``unit.clash``, ...

    Examples
    --------
    >>> rows = [{"time (min)": t, "readout": "pSTAT3", "value": v} for t, v in ((0, 1), (15, 9), (30, 8))]
    >>> asked = FitAsked("hepg2", ("kcat_STAT3",), reading=CourseReading(stimulus="IL6=10ng/ml"))
    >>> from jakstat.calibration.own_tables import course_table
    >>> prepare_fit(course_table(rows), asked)
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: data: 1 free parameters with 2 scales and ... [courses.few]
    """
    _check_counts(asked)
    found = read_points(table, asked.reading, key=table.key)
    check_sets(found, asked.reading)
    problems = found.problems
    out, wrong = held_out(found.points, asked.hold_out)
    problems += wrong
    laid: LaidOut | None = None
    rows: tuple[Row, ...] = ()
    try:
        laid, wrong = lay_out(asked.context, found, parts=asked.parts, more=asked.predict)
        problems += wrong
        rows, wrong = free_rows(asked.free, _assembly(asked, laid))
        problems += wrong
    except InputError as error:
        problems += error.problems
    fitted = tuple(i for i in range(len(found.points)) if i not in out)
    if found.points and not fitted:
        problems.append(Problem("courses.hold-out", "nothing is left to fit", field="--hold-out"))
    made: FitProblem | None = None
    if laid is not None and fitted:
        made, wrong = own_problem(found, laid, rows, asked.model, fitted=fitted)
        problems += wrong
    if problems or laid is None or made is None:
        order = sorted(dict.fromkeys(problems), key=lambda p: (p.line is None, p.line or 0))
        raise InputError(order[:_MOST_PROBLEMS])
    read = "; ".join([read_in_words(table), *found.understood])
    return PreparedFit(asked, read, found, laid, rows, made, fitted, tuple(sorted(out)))


def _check_counts(asked: FitAsked) -> None:
    check_count(asked.starts, most=LIMITS.time_points // 100, field="--starts")
    check_seed(asked.seed)


def _assembly(asked: FitAsked, laid: LaidOut | None) -> Assembly:
    return laid.cell.assembly if laid is not None else assemble(asked.context, parts=asked.parts)


def fit_prepared(
    prepared: PreparedFit, folder: Path, *, resume: bool = False, tell: Tell | None = None
) -> OwnFit:
    """Write the problem, fit it, and see what it says; a folder with the same fit is gone on with.

    Parameters
    ----------
    prepared : PreparedFit
    folder : Path
        ``problem/`` is the PEtab problem, ``petab/`` the same with the fitted values; searches and profiles
        are written as they are done.
    resume : bool
    tell : callable, optional
        Told what is done, how much of it, and of how much.

    Returns
    -------
    OwnFit
        After ``KeyboardInterrupt`` too, with ``report.interrupted`` set.

    Raises
    ------
    InputError
        ``file.exists``, ``file.missing``, ``store.other`` and what else a folder may be refused for.
    """
    asked = prepared.asked
    check_folder(folder, resume=resume)
    problem_file = _written(prepared, folder)
    problem = replace(load_problem(problem_file), sources=prepared.problem.sources)
    objective = Objective(problem, solving=asked.solving)
    rise = rise_of(problem)
    options = FitOptions(asked.starts, asked.seed, asked.profiles, 0, 4_000, asked.limits, rise)
    report = run_fit(objective, folder, options, tell=tell)
    nothing = np.zeros((0, len(objective.names)))
    if report.fit.best is None or report.interrupted:
        return OwnFit(prepared, objective, report, rise, nothing, nothing, None, problem_file)
    best = report.fit.best.found.x
    vectors = allowed_vectors(objective, best, report.profiles, rise=rise, seed=asked.seed)
    inner = objective.evaluate(vectors).inner
    bands = course_bands(objective, prepared.laid, vectors, shown_readouts(prepared), _times(prepared))
    return OwnFit(prepared, objective, report, rise, vectors, inner, bands, problem_file)


def _written(prepared: PreparedFit, folder: Path) -> Path:
    """The problem as PEtab in the folder."""
    place = folder / "problem"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fault("file.folder", f"'{place}' cannot be made: {error.strerror}", field="--out") from None
    model = write_text(place / "model.xml", prepared.laid.cell.assembly.sbml, replace=True)
    return write_petab(replace(prepared.problem, model_file=model), place, replace=True)


def shown_readouts(prepared: PreparedFit) -> list[Readout]:
    """Readouts of the table, those to be predicted, and those of the core, which a blot could show."""
    known = prepared.laid.cell.assembly.observables
    core = find_readouts(
        [o.name for o in part_observables(CORE_PARTS) if o.name in known], prepared.laid.cell
    )
    every = {r.name: r for r in (*prepared.laid.readouts.values(), *core)}
    return list(every.values())


def _times(prepared: PreparedFit) -> Array:
    """Hours at which curves are drawn, and those of the measurements."""
    measured = [p.time_h for p in prepared.found.points]
    return np.unique(np.concatenate([np.linspace(0.0, max(measured), _CURVE_POINTS), measured]))
