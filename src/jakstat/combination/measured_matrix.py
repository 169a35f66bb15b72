"""Measured dose matrices: wells put in their places, and what is wrong with them told with its remedy."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.combination.matrix_wells import Well, each_kind_once
from jakstat.combination.response_scales import ResponseScale, doubt
from jakstat.errors import InputError, Problem
from jakstat.pharmacology import Agent
from jakstat.pharmacology.library import find_agent
from jakstat.pharmacology.nearest import nearest_names
from jakstat.units import Kind, convert, kind_of

__all__ = ["MeasuredDrug", "MeasuredMatrix", "measured_matrices"]

_WHOLE_PLATE = 0.8
"""A replicate that holds this share of the mixtures is a plate."""
_UNTREATED = 0.15
_LISTED = 4
_NO_DOSE = (Kind.TIME, Kind.LENGTH, Kind.AREA, Kind.VOLUME, Kind.RATE, Kind.AMOUNT, Kind.MOLAR_MASS)


Pair = tuple[str, str]


@dataclass(frozen=True)
class MeasuredDrug:
    """A drug of a measured matrix.

    Parameters
    ----------
    name : str
        As the file writes it.
    unit : str
        Empty where the file has none.
    doses : array
        Rising, from 0 on.
    agent : Agent or None
        What the library knows of it.
    """

    name: str
    unit: str
    doses: Floats
    agent: Agent | None

    @property
    def label(self) -> str:
        """The name."""
        return self.name

    @property
    def targets(self) -> frozenset[str]:
        """What it binds, by the library."""
        return frozenset() if self.agent is None else frozenset(self.agent.target.split(";")) - {""}


@dataclass(frozen=True)
class MeasuredMatrix:
    """One measured matrix.

    Parameters
    ----------
    name : str
        What tells it from the others of its file.
    group : mapping of column to text
    drugs : tuple of MeasuredDrug
    wells : array (r, a, b)
        Effect of each well; NaN where there is none.
    responses : array (a, b)
        Mean responses as they were given.
    replicates : tuple of str
        Names of the replicates; empty where they are not told apart.
    plates : bool
        Whether each replicate is a whole plate.
    blanks : int
        Wells without a response.
    notes : tuple of str
    """

    name: str
    group: Mapping[str, str]
    drugs: tuple[MeasuredDrug, MeasuredDrug]
    wells: Floats
    responses: Floats
    replicates: tuple[str, ...]
    plates: bool
    blanks: int
    notes: tuple[str, ...]

    @property
    def count(self) -> Floats:
        """Wells of each mixture (a, b)."""
        return np.asarray(np.isfinite(self.wells).sum(axis=0))


def measured_matrices(
    wells: Iterable[Well], scale: ResponseScale, *, by: Sequence[str]
) -> list[MeasuredMatrix]:
    """The matrices that wells make up.

    Parameters
    ----------
    wells : iterable of Well
    scale : ResponseScale
    by : sequence of str
        Names of the parts of a well's group.

    Raises
    ------
    InputError
        ``matrix.unit``, ``matrix.drug``, ``matrix.margin``, ``matrix.grid``, ``matrix.twice``,
        ``matrix.response``; of every matrix at once.

    Examples
    --------
    >>> from jakstat.combination.response_scales import RESPONSE_SCALES
    >>> values = {(0, 0): 1.0, (0, 2): 0.6, (5, 0): 0.8, (5, 2): 0.4}
    >>> wells = [Well((), ("A", "B"), ("nM", "nM"), d, v, "", "m.csv", 2) for d, v in values.items()]
    >>> measured_matrices(wells, RESPONSE_SCALES["viability"], by=())[0].wells.round(2).tolist()
    [[[0.0, 0.4], [0.2, 0.6]]]
    """
    groups: dict[tuple[str, ...], list[Well]] = defaultdict(list)
    for well in wells:
        groups[well.group].append(well)
    problems: list[Problem] = []
    made: list[MeasuredMatrix] = []
    for group, members in groups.items():
        pairs, turned = _pairs(members)
        for pair, own in pairs.items():
            name = " ".join([*group, *([" + ".join(pair)] if len(pairs) > 1 or len(groups) == 1 else [])])
            try:
                made.append(_matrix(name, dict(zip(by, group, strict=True)), pair, own, scale, turned[pair]))
            except InputError as error:
                problems += [_with_guess(p, pair, pairs) for p in error.problems]
    if problems:
        raise InputError(problems[:50])
    return made


def _with_guess(fault: Problem, pair: Pair, pairs: Iterable[Pair]) -> Problem:
    """The fault of a pair whose drug may be another one misspelt."""
    others = {drug for other in pairs for drug in other} - set(pair)
    near = [(d, match[0]) for d in pair if (match := nearest_names(d, others, shown=1))]
    if not near:
        return fault
    return replace(fault, hint=f"{fault.hint}; is {near[0][0]!r} a misspelling of {near[0][1]!r}?")


def _pairs(members: Sequence[Well]) -> tuple[dict[Pair, list[Well]], dict[Pair, int]]:
    """The wells of each pair of drugs of a group; single drugs belong to every pair with them."""
    pairs: dict[Pair, list[Well]] = {}
    spelled: dict[str, str] = {}
    turned: dict[Pair, int] = defaultdict(int)
    alone = []
    for well in members:
        if not all(well.drugs):
            alone.append(well)
            continue
        one, other = (spelled.setdefault(d.casefold(), d) for d in well.drugs)
        if (other, one) in pairs and one != other:
            turned[other, one] += 1
            pairs[other, one].append(well.turned())
        else:
            pairs.setdefault((one, other), []).append(well)
    for well in alone:
        names = [spelled.get(d.casefold(), d) for d in well.drugs if d]
        name = names[0] if names else ""
        homes = [pair for pair in pairs if not name or name in pair]
        if not homes:
            message = f"{name or 'a well without drugs'} stands in no mixture"
            hint = "add its mixtures with dose of both drugs, or leave the row out"
            raise InputError([Problem("matrix.drug", message, well.file, well.line, hint=hint)])
        for pair in homes:
            at = 0 if well.drugs[0] else 1
            same = not name or pair[at] == name
            pairs[pair].append(well if same else well.turned())
    return pairs, turned


def _matrix(
    name: str, group: Mapping[str, str], pair: Pair, wells: Sequence[Well], scale: ResponseScale, turned: int
) -> MeasuredMatrix:
    file = wells[0].file
    notes = [f"{turned} rows name {pair[1]} first and were turned"] if turned else []
    units, factors, said = _units(pair, wells)
    notes += said
    placed = [
        (_rounded(w.doses[0] * factors[0][w.units[0]]), _rounded(w.doses[1] * factors[1][w.units[1]]))
        for w in wells
    ]
    axes = [sorted({p[k] for p in placed}) for k in (0, 1)]
    _check_grid(pair, units, axes, placed, wells, name)
    labels = list(dict.fromkeys(w.replicate for w in wells if w.replicate))
    values = _placed(axes, placed, wells, labels, pair, units)
    with np.errstate(invalid="ignore"):
        many = np.isfinite(values).sum(axis=0)
        mean = np.where(many > 0, np.nansum(values, axis=0) / np.maximum(many, 1), np.nan)
    if not np.isfinite(mean[1:, 1:]).any():
        raise InputError([Problem("matrix.grid", f"{_named(name)}no mixture has a response", file)])
    untreated = values[:, 0, 0]
    if not np.isfinite(untreated).any():
        if math.isnan(scale.full):
            message = f"{_named(name)}there is no well without drugs to divide the signal by"
            hint = "add the wells with dose 0 of both drugs, or give viability"
            raise InputError([Problem("matrix.margin", message, file, hint=hint)])
        notes.append("no well without drugs is there; its effect counts as 0")
        untreated = values[:, :2, :2] if np.isfinite(values[:, :2, :2]).any() else values
    treated = values[:, -2:, -2:] if np.isfinite(values[:, -2:, -2:]).any() else values[:, 1:, 1:]
    wrong = doubt(scale, values, untreated, treated, file=file, matrix=name)
    if wrong is not None:
        raise InputError([wrong])
    plates = _are_plates(values, labels)
    effect = _effect(scale, values, plates=plates)
    drugs = tuple(
        MeasuredDrug(n, u, np.array(a), find_agent(n)) for n, u, a in zip(pair, units, axes, strict=True)
    )
    first = float(np.nanmean(effect[:, 0, 0])) if np.isfinite(effect[:, 0, 0]).any() else 0.0
    if abs(first) > _UNTREATED:
        notes.append(
            f"wells without drugs have an effect of {first:+.2f}, which counts as none: are the responses "
            "divided by the untreated wells of this plate? --response signal does so"
        )
    blanks = sum(math.isnan(w.response) for w in wells)
    return MeasuredMatrix(
        name, group, (drugs[0], drugs[1]), effect, mean, tuple(labels), plates, blanks, tuple(notes)
    )


def _named(name: str) -> str:
    return f"{name}: " if name else ""


def _rounded(dose: float) -> float:
    """Doses that differ by rounding are one."""
    return float(f"{dose:.9g}")


def _units(pair: Pair, wells: Sequence[Well]) -> tuple[list[str], list[dict[str, float]], list[str]]:
    """The unit of each drug, and the factor to it of every unit that its doses are given in."""
    units, factors, notes, problems = [], [], [], []
    for k, name in enumerate(pair):
        given = dict.fromkeys(w.units[k] for w in wells if w.doses[k] > 0) or {"": None}
        unit = next(iter(given))
        known: dict[str, float] = {w.units[k]: 1.0 for w in wells}
        for other in list(given)[1:]:
            at = next(w for w in wells if w.units[k] == other and w.doses[k] > 0)
            hint = "give each dose its unit, the same for all doses of a drug"
            if not other or not unit:
                message = f"some doses of {name} have a unit and others none"
                problems.append(Problem("matrix.unit", message, at.file, at.line, field="unit", hint=hint))
                continue
            try:
                known[other] = convert(1.0, other, unit)
                notes.append(f"doses of {name} in {other} read as {unit}")
            except InputError:
                message = f"doses of {name} are in {unit} and in {other}, which do not convert"
                problems.append(Problem("matrix.unit", message, at.file, at.line, field="unit", hint=hint))
        if unit and kind_of(unit) in (None, *_NO_DOSE):
            at = next(w for w in wells if w.units[k] == unit)
            message = f"{unit[:40]!r} is no unit of a dose"
            hint = "write e.g. nM, uM or ng/ml"
            problems.append(Problem("matrix.unit", message, at.file, at.line, field="unit", hint=hint))
        units.append(unit)
        factors.append(known)
    if problems:
        raise InputError(problems)
    return units, factors, notes


def _check_grid(
    pair: Pair,
    units: Sequence[str],
    axes: Sequence[Sequence[float]],
    placed: Sequence[tuple[float, float]],
    wells: Sequence[Well],
    name: str,
) -> None:
    """Every dose with every dose, and each drug alone."""
    file, there = wells[0].file, set(placed)
    problems = []
    for k in (0, 1):
        other = pair[1 - k]
        if 0.0 not in axes[1 - k]:
            message = f"{_named(name)}no well has {pair[k]} alone ({other} at dose 0)"
            hint = (
                f"add the responses of every dose of {pair[k]} with dose 0 of {other}: every model compares "
                "mixtures with the drugs alone"
            )
            problems.append(Problem("matrix.margin", message, file, hint=hint))
        if axes[k] == [0.0]:
            message = f"{_named(name)}{pair[k]} has no dose above 0"
            problems.append(
                Problem("matrix.grid", message, file, hint="a combination needs doses of both drugs")
            )
    if problems:
        raise InputError(problems)
    missing = [(x, y) for x in axes[0] for y in axes[1] if (x, y) not in there and (x, y) != (0.0, 0.0)]
    if missing:
        total = len(axes[0]) * len(axes[1])
        some = ", ".join(
            f"{pair[0]} {x:g} {units[0]} + {pair[1]} {y:g} {units[1]}".replace("  ", " ")
            for x, y in missing[:_LISTED]
        )
        more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
        message = (
            f"{_named(name)}the doses make no full grid: {len(missing)} of {total} mixtures are missing "
            f"({some}{more})"
        )
        hint = "add them, with an empty response where a well failed"
        apart = len(missing) > total / 3
        hint += (
            "; if these are several experiments, tell them apart by a column matrix, cell or plate" * apart
        )
        raise InputError([Problem("matrix.grid", message, file, hint=hint)])


def _placed(
    axes: Sequence[Sequence[float]],
    placed: Sequence[tuple[float, float]],
    wells: Sequence[Well],
    labels: Sequence[str],
    pair: Pair,
    units: Sequence[str],
) -> Floats:
    """Responses (r, a, b); wells without drugs may stand several times in a replicate and are averaged."""
    at = [{dose: i for i, dose in enumerate(axis)} for axis in axes]
    run = {label: r for r, label in enumerate(labels)}
    cells: dict[tuple[int, int, int], list[Well]] = defaultdict(list)
    used: dict[tuple[int, int], int] = defaultdict(int)
    for (x, y), well in zip(placed, wells, strict=True):
        i, j = at[0][x], at[1][y]
        r = run.get(well.replicate, 0) if labels else used[i, j]
        used[i, j] += 1
        cells[r, i, j].append(well)
    problems = []
    for (_, i, j), own in cells.items():
        if len(own) > 1 and (i or j):
            message = (
                f"{pair[0]} {axes[0][i]:g} {units[0]} + {pair[1]} {axes[1][j]:g} {units[1]} stands "
                f"{len(own)} times in replicate {own[0].replicate!r}, first in line {own[0].line}"
            )
            hint = "number the replicates apart, or tell matrices apart by a column matrix, cell or plate"
            problems.append(Problem("matrix.twice", message, own[1].file, own[1].line, hint=hint))
    if problems:
        raise InputError(each_kind_once(problems))
    values = np.full((max(r for r, _, _ in cells) + 1, len(axes[0]), len(axes[1])), np.nan)
    for place, own in cells.items():
        known = [w.response for w in own if not math.isnan(w.response)]
        if known:
            values[place] = sum(known) / len(known)
    return values


def _are_plates(values: Floats, labels: Sequence[str]) -> bool:
    """Whether each of several replicates holds most of the matrix."""
    return len(labels) > 1 and bool(np.isfinite(values).mean(axis=(1, 2)).min() >= _WHOLE_PLATE)


def _effect(scale: ResponseScale, values: Floats, *, plates: bool) -> Floats:
    """Effects; a signal is divided by the wells without drugs of its own plate, or of all."""
    if not math.isnan(scale.full):
        return scale.effect(values)
    with np.errstate(invalid="ignore"):
        overall = float(np.nanmean(values[:, 0, 0]))
        own = np.where(np.isfinite(values[:, 0, 0]), values[:, 0, 0], overall)
    return np.stack(
        [scale.effect(v, float(u) if plates else overall) for v, u in zip(values, own, strict=True)]
    )
