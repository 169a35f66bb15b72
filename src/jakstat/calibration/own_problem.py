"""A user's measurements as a calibration problem: what is free, and scale, background and noise per readout.

A Western blot tells ratios: each readout in arbitrary units has a scale and a background of its own, solved
within each evaluation (:mod:`jakstat.calibration.hierarchical`), and so is its noise where the table has
no ``sd``. What is free keeps to the range that the model's own table gives it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from jakstat.biology.assembly import PROTOCOL_ONLY, Assembly
from jakstat.biology.contexts import context, parameters
from jakstat.biology.selection import defined_in
from jakstat.calibration.formula import TableFormula, constant_formula, read_formula
from jakstat.calibration.own_points import Noise, OwnPoint, OwnPoints
from jakstat.calibration.own_situations import LaidOut
from jakstat.calibration.priors import Prior
from jakstat.calibration.problem import (
    FitExperiment,
    FitObservable,
    FitParameter,
    FitProblem,
    Measurement,
    Role,
)
from jakstat.calibration.profile import RISE
from jakstat.errors import Problem
from jakstat.experiment.readouts import Readout
from jakstat.extras import needs
from jakstat.knowledge.parameter_table import Row
from jakstat.pharmacology import library_agents, nearest_names, unknown
from jakstat.tables import TableCell
from jakstat.units import MOLECULES_PER_ZMOL

__all__ = [
    "CurveKind",
    "OwnModel",
    "curve_of",
    "free_rows",
    "in_table_unit",
    "own_problem",
    "rise_of",
    "table_row",
]

_FACTOR = "factor_"
_LEAST_NOISE = 1e-4
_RELATIVE = ("", "a.u.", "au", "arb. u.", "rlu", "rfu", "fold", "relative", "%", "counts", "fraction")
_ACROSS = 2.0


@dataclass(frozen=True, slots=True)
class OwnModel:
    """What is estimated besides the free parameters, and how.

    Parameters
    ----------
    noise : {"additive", "log"}
        Noise that is alike for all values of a readout, or alike in proportion.
    background : bool
        Whether each readout in arbitrary units has one.
    scale_per : {"readout", "replicate"}
        Whether each replicate (blot) has a scale and a background of its own.
    prior : {"flat", "range"}
        No prior within the range of the model's table, or a log-normal one about the model's value to
        which this range is two standard deviations to either side.
    """

    noise: Noise = "additive"
    background: bool = True
    scale_per: Literal["readout", "replicate"] = "readout"
    prior: Literal["flat", "range"] = "flat"


@dataclass(frozen=True, slots=True)
class CurveKind:
    """Points that share an observable: a readout, and the replicate where each has its own scale."""

    readout: str
    replicate: str
    name: str


def table_row(identifier: str, name: str) -> Row:
    """A number of a cell as its table has it, in the table's unit.

    Examples
    --------
    >>> table_row("abundance_STAT3", "hepg2").unit
    '1/cell'
    """
    own = {row.id: row for row in (*parameters(), *context(name).rows)}
    return own[identifier]


def free_rows(names: Iterable[str], assembly: Assembly) -> tuple[tuple[Row, ...], list[Problem]]:
    """The numbers of the model that shall be free, in its units, and names that cannot be.

    Examples
    --------
    >>> from jakstat.biology import assemble
    >>> rows, problems = free_rows(["kcat_STAT3", "kcat_STAT"], assemble("hepg2", parts="core"))
    >>> [r.id for r in rows], problems[0].hint[:27]
    (['kcat_STAT3'], 'did you mean kcat_STAT3 or ')
    """
    known = {row.id: row for row in assembly.parameters}
    switches = {a.model_symbol for a in library_agents()}
    rows: list[Row] = []
    problems: list[Problem] = []

    def wrong(code: str, message: str, hint: str) -> None:
        problems.append(Problem(code, message, field="--free", hint=hint))

    given = [n.strip() for n in names if n.strip()]
    if not given:
        wrong("courses.free", "no parameter is free", "e.g. --free kcat_STAT3,abundance_STAT3")
    for name in dict.fromkeys(given):
        row = known.get(name)
        if given.count(name) > 1:
            wrong("name.twice", f"{name} is given twice", "give it once")
        if row is None:
            problems.append(_unknown_parameter(name, assembly))
        elif name.startswith(_FACTOR) or name in switches:
            what = name.removeprefix(_FACTOR)
            wrong(
                "courses.free", f"{name} is set by a protocol", f"free a number of {what}, e.g. its abundance"
            )
        elif name.startswith(PROTOCOL_ONLY):
            wrong("courses.free", f"{name} only turns doses into nM", "give the doses in nM instead")
        elif not row.low < row.high:
            wrong("courses.free", f"{name} is {row.value:g} by definition", f"{row.note[:120]}")
        else:
            rows.append(row)
    return tuple(rows), problems


def _unknown_parameter(name: str, assembly: Assembly) -> Problem:
    part = defined_in().get(name, "")
    if part and name in {row.id for row in parameters()}:
        hint = f"add --parts core,{part}"
        return Problem(
            "parameter.unknown", f"{name} is of part {part}, not taken here", field="--free", hint=hint
        )
    known = [r.id for r in assembly.parameters if not r.id.startswith((_FACTOR, PROTOCOL_ONLY))]
    near = nearest_names(name, known)
    found = unknown("parameter", name[:60], known, field="--free")
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    hint = f"{meant}jakstat sensitivity {assembly.context.name} --stimulus IL6=10ng/ml ranks them"
    return Problem(found.code, found.message, field="--free", hint=hint)


def curve_of(point: OwnPoint, laid: LaidOut, model: OwnModel, replicates: Sequence[str]) -> CurveKind:
    """The observable that a point is of; ``replicates`` are all of the table, in their order."""
    readout = laid.readouts[point.readout].name
    if model.scale_per == "readout" or len(replicates) < _ACROSS:
        return CurveKind(point.readout, "", readout)
    return CurveKind(point.readout, point.replicate, f"{readout}_{replicates.index(point.replicate) + 1}")


def own_problem(
    found: OwnPoints, laid: LaidOut, rows: Sequence[Row], model: OwnModel, *, fitted: Sequence[int]
) -> tuple[FitProblem | None, list[Problem]]:
    """The problem of the points whose places are ``fitted``, and why there is none.

    Parameters
    ----------
    found : OwnPoints
    laid : LaidOut
    rows : sequence of Row
        What is free.
    model : OwnModel
    fitted : sequence of int
    """
    replicates = tuple(dict.fromkeys(p.replicate for p in found.points))
    points = [found.points[i] for i in fitted]
    curves = [curve_of(p, laid, model, replicates) for p in points]
    problems = [*_units(points, laid, found.file), *_too_few(points, curves, len(rows), model, found.file)]
    if problems or not points:
        return None, problems
    used = sorted({laid.situations.index(p.situation) for p in points})
    names = tuple(dict.fromkeys(curves))
    estimated = [_parameter(row, model) for row in rows]
    observables = []
    for curve in names:
        own = [p for p, c in zip(points, curves, strict=True) if c == curve]
        observable, inner = _observable(curve, own, laid.readouts[curve.readout], model)
        observables.append(observable)
        taken = {p.id for p in estimated}
        estimated += [p for p in inner if p.id not in taken]
    measurements = tuple(
        Measurement(
            names.index(curve), used.index(laid.situations.index(p.situation)), p.time_h, p.value, (),
            () if p.sd is None else (constant_formula(_noise(p, p.sd, model)),), f"line_{p.line}",
        )
        for p, curve in zip(points, curves, strict=True)
    )  # fmt: skip
    experiments: tuple[FitExperiment, ...] = tuple(laid.experiments[i] for i in used)
    made = FitProblem(
        "own", laid.cell.model, tuple(estimated), tuple(observables), experiments, measurements,
        sources=laid.cell.assembly.sources,
    )  # fmt: skip
    return made, []


def _parameter(row: Row, model: OwnModel) -> FitParameter:
    scale: Literal["lin", "log10"] = "log10" if row.low > 0 else "lin"
    prior = None
    if model.prior == "range":
        ends = [math.log10(v) if scale == "log10" else v for v in (row.value, row.low, row.high)]
        prior = Prior("normal", (ends[0], (ends[2] - ends[1]) / 4.0), on_scale=True)
    return FitParameter(row.id, scale, row.low, row.high, row.value, True, "", prior, row.unit)


def _noise(point: OwnPoint, sd: float, model: OwnModel) -> float:
    """The noise of a point on its scale; of a logarithm it is the relative one."""
    return sd / point.value if model.noise == "log" else sd


def _formula(text: str) -> TableFormula:
    return read_formula(TableCell(text, "observables.tsv", 1, 1, "observableFormula"))


def _observable(
    curve: CurveKind, points: Sequence[OwnPoint], readout: Readout, model: OwnModel
) -> tuple[FitObservable, list[FitParameter]]:
    """An observable with its scale, background and noise."""
    size = max(abs(p.value) for p in points) or 1.0
    inner: list[FitParameter] = []

    def solved(name: str, low: float, nominal: float, role: Role) -> str:
        inner.append(FitParameter(name, "lin", low, math.inf, nominal, True, role))
        return name

    value = f"{readout.scale!r} * {readout.symbol}" if readout.scale != 1.0 else readout.symbol
    if _is_relative(points[0].unit):
        value = f"{solved(f'scaling_{curve.name}', 0.0, 1.0, 'scaling')} * {value}"
        if model.background:
            # where a background was subtracted, too much of it may have been
            low = -math.inf if model.noise == "additive" and min(p.value for p in points) <= 0 else 0.0
            value = f"{solved(f'background_{curve.name}', low, 0.0, 'offset')} + {value}"
    placeholders: tuple[str, ...] = ()
    if points[0].sd is None:
        least = _LEAST_NOISE * (size if model.noise == "additive" else 1.0)
        noise = solved(f"noise_{readout.name}", least, 0.1 * least / _LEAST_NOISE, "sigma")
    else:
        noise = f"sd_{curve.name}"
        placeholders = (noise,)
    return FitObservable(
        f"observed_{curve.name}", _formula(value), _formula(noise),
        "log" if model.noise == "log" else "lin", "normal", (), placeholders, readout.title,
    ), inner  # fmt: skip


def _is_relative(unit: str) -> bool:
    return unit.casefold() in _RELATIVE


def _units(points: Sequence[OwnPoint], laid: LaidOut, file: str) -> Iterable[Problem]:
    """Units that are neither arbitrary nor that of the readout; two units of one readout."""
    first: dict[str, OwnPoint] = {}
    for p in points:
        readout = laid.readouts[p.readout]
        if first.setdefault(p.readout, p).unit != p.unit:
            message = f"{p.readout} is in {p.unit or 'no unit'}, and in {first[p.readout].unit or 'no unit'}"
            message += f" in line {first[p.readout].line}"
            yield Problem("unit.clash", message, file, p.line, hint="one unit for each readout")
        elif first[p.readout] is p and not _is_relative(p.unit) and p.unit not in _spellings(readout.unit):
            hint = "convert it, or write a.u.: then the fit finds the scale"
            message = f"{p.readout} is in {readout.unit}, not {p.unit[:40]!r}"
            yield Problem("unit.clash", message, file, p.line, hint=hint)


def _spellings(unit: str) -> tuple[str, ...]:
    return (unit, "copies/cell", "molecules/cell", "per cell") if unit == "1/cell" else (unit,)


def _too_few(
    points: Sequence[OwnPoint], curves: Sequence[CurveKind], free: int, model: OwnModel, file: str
) -> Iterable[Problem]:
    """Less data than numbers that they shall tell."""
    distinct: dict[CurveKind, set[tuple[object, ...]]] = {}
    needs: dict[CurveKind, int] = {}
    for p, curve in zip(points, curves, strict=True):
        distinct.setdefault(curve, set()).add((p.time_h, p.situation))
        solved = (1 + model.background) * _is_relative(p.unit)
        needs[curve] = solved
    noises = len({c.readout for p, c in zip(points, curves, strict=True) if p.sd is None})
    short = [c for c in needs if len(distinct[c]) <= needs[c]]
    for curve in short:
        told = f"{curve.readout}{f' of replicate {curve.replicate}' if curve.replicate else ''}"
        message = f"{told} has {len(distinct[curve])} values, and its scale and background take as many"
        hint = "measure more times, leave it out, or --no-background"
        yield Problem("courses.few", message, file, hint=hint)
    values, inner = sum(map(len, distinct.values())), sum(needs.values())
    if not short and points and values < free + inner + noises:
        wanted = f"{free} free parameters with {inner} scales and backgrounds and {noises} noises"
        message = f"{wanted} are more than {values} different values can tell"
        hint = "free fewer, --no-background, or measure more times or doses"
        yield Problem("courses.few", message, file, hint=hint)


def rise_of(problem: FitProblem) -> float:
    """The rise of the cost that bounds a 95 % interval of one parameter.

    Half the quantile of chi-squared where the noise is known. Where it is solved within, its best value is
    too small by what the other numbers have taken up, and the interval would be too narrow: for a linear
    model with one noise and n values, the interval of Student's t with v = n - p degrees of freedom is
    where the cost rises by n/2 log(1 + t^2/v). With several readouts n and v are those of one of them
    on average, which is on the wide side.

    Examples
    --------
    >>> from jakstat.calibration.profile import RISE
    >>> RISE < 2
    True
    """
    with needs("fit"):
        from scipy.special import stdtrit

    noises = sum(p.role == "sigma" for p in problem.inner)
    if not noises:
        return RISE
    values = len(problem.measurements) / noises
    taken = (len(problem.outer) + len(problem.inner) - noises) / noises
    free = max(values - taken, 1.0)
    quantile = float(stdtrit(free, 0.975))
    return 0.5 * values * math.log1p(quantile**2 / free)


def in_table_unit(value: float, row: Row) -> float:
    """A value of the model in the unit of the cell's table.

    Examples
    --------
    >>> in_table_unit(1.0, table_row("abundance_STAT3", "hepg2"))
    602.214076
    """
    return value * MOLECULES_PER_ZMOL if row.unit == "1/cell" else value
