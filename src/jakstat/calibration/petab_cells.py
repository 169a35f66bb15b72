"""Rows of PEtab tables that both versions share, read and checked cell by cell."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from jakstat.calibration.formula import TableFormula, read_formula
from jakstat.calibration.model_units import ModelUnits
from jakstat.calibration.petab_tables import PetabRow
from jakstat.calibration.problem import FitObservable, FitParameter, Measurement, Role
from jakstat.engine.network.network import Network
from jakstat.errors import InputError, Problem
from jakstat.tables import TableCell

__all__ = ["Faults", "Words", "known_id", "override_list", "role_of"]

_ROLES: dict[str, Role] = {"": "", "none": "", "scaling": "scaling", "offset": "offset", "sigma": "sigma"}
_MOST_FAULTS = 50


@dataclass
class Faults:
    """Problems found so far; several are told at once."""

    found: list[Problem] = field(default_factory=list)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Problems raised in the block are kept, and the work goes on."""
        try:
            yield
        except InputError as error:
            self.found += error.problems

    def stop(self) -> None:
        """Raise what was found.

        Raises
        ------
        InputError
            Everything noted, at most 50 problems.
        """
        if self.found:
            raise InputError(list(dict.fromkeys(self.found))[:_MOST_FAULTS])


@dataclass(frozen=True)
class Words:
    """The ids that formulas may use: of the model, and of the parameter table."""

    units: ModelUnits
    parameters: Mapping[str, FitParameter]

    @property
    def network(self) -> Network:
        """The model's network."""
        return self.units.network

    @property
    def settable(self) -> set[str]:
        """Ids of the model that a condition may change."""
        n = self.network
        ids = {p.id for p in n.parameters} | {s.id for s in n.species}
        return ids | {c.id for c in n.compartments}

    @property
    def model(self) -> set[str]:
        """Ids of the model that have a value."""
        return self.settable | {r.id for r in self.network.reactions}

    def check(self, cell: TableCell, formula: TableFormula, more: Collection[str] = ()) -> None:
        """Refuse ids that stand for nothing.

        Raises
        ------
        InputError
            ``petab.id``.
        """
        known = self.model | set(self.parameters) | set(more) | {"time"}
        unknown = sorted(formula.symbols - known)
        if unknown:
            raise InputError(_unknown(cell, name, known) for name in unknown)


def _unknown(cell: TableCell, name: str, known: Iterable[str]) -> Problem:
    near = difflib.get_close_matches(name, list(known), n=1)
    hint = f"did you mean '{near[0]}'?" if near else ""
    return cell.fault("petab.id", f"nothing is called '{name[:60]}'", hint)


def known_id(cell: TableCell, known: Mapping[str, int] | Collection[str], what: str) -> str:
    """The text of a cell that must be one of some ids.

    Raises
    ------
    InputError
        ``petab.id``.
    """
    if cell.text not in known:
        near = difflib.get_close_matches(cell.text, list(known), n=1)
        hint = f"did you mean '{near[0]}'?" if near else ""
        raise InputError([cell.fault("petab.id", f"there is no {what} '{cell.text[:60]}'", hint)])
    return cell.text


def new_id(cell: TableCell, taken: Collection[str]) -> str:
    """The text of a cell that names a row.

    Raises
    ------
    InputError
        ``petab.id`` when it is no id, or stands in the table already.
    """
    if not cell.text.isidentifier() or not cell.text.isascii():
        raise InputError([cell.fault("petab.id", f"{cell.text[:60]!r} is no id", "letters, digits and _")])
    if cell.text in taken:
        raise InputError([cell.fault("petab.id", f"'{cell.text[:60]}' stands there twice")])
    return cell.text


def override_list(
    row: PetabRow, name: str, placeholders: tuple[str, ...], words: Words, *, positive: bool
) -> tuple[TableFormula, ...]:
    """What fills the placeholders of one measurement.

    Raises
    ------
    InputError
        ``petab.placeholders`` for a wrong number of them, ``petab.id``, ``petab.noise``.
    """
    cell = row[name]
    parts = [p.strip() for p in row.text(name).split(";")] if row.text(name) else []
    if len(parts) != len(placeholders):
        message = f"{len(parts)} values for {len(placeholders)} placeholders"
        raise InputError([cell.fault("petab.placeholders", message)])
    found = []
    for part in parts:
        piece = TableCell(part, cell.file, cell.line, cell.column, cell.name)
        formula = read_formula(piece)
        words.check(piece, formula)
        number = formula.number
        if positive and number is not None and not (number >= 0 and math.isfinite(number)):
            raise InputError(
                [piece.fault("petab.noise", f"the noise is {number:g}", "give a number above 0")]
            )
        found.append(formula)
    return tuple(found)


def check_noise(observable: FitObservable, cell: TableCell, filled: tuple[TableFormula, ...] = ()) -> None:
    """Refuse noise that is a number, given what fills its placeholders, and not above zero.

    Raises
    ------
    InputError
        ``petab.noise``.
    """
    pairs = zip(observable.noise_placeholders, filled, strict=False)
    known = {name: np.asarray(f.number) for name, f in pairs if f.number is not None}
    if observable.noise.symbols - set(known):
        return
    number = float(observable.noise(known))
    if not (number > 0 and math.isfinite(number)):
        raise InputError([cell.fault("petab.noise", f"the noise is {number:g}", "give a number above 0")])


def check_noise_values(
    rows: Iterable[PetabRow],
    observables: tuple[FitObservable, ...],
    words: Words,
    faults: Faults,
    measured: list[Measurement],
) -> None:
    """Refuse noise parameters whose values cannot be positive, at the first measurement that uses each."""
    seen: set[str] = set()
    for row, m in zip(rows, measured, strict=True):
        o = observables[m.observable]
        plain = [f.text for f in m.noise_overrides if f.plain] if o.noise.text in o.noise_placeholders else []
        plain += [o.noise.text] if o.noise.plain else []
        for name in plain:
            p = words.parameters.get(name)
            if p is None or name in seen:
                continue
            seen.add(name)
            bad = p.nominal if p.nominal <= 0 else (p.high if p.estimated and p.high <= 0 else None)
            if bad is not None and not p.role:
                cell = row["noiseParameters" if "noiseParameters" in row.cells else "observableId"]
                faults.found.append(
                    cell.fault("petab.noise", f"the noise '{name}' is {bad:g}", "it must be above 0")
                )


def role_of(row: PetabRow) -> Role:
    """What the column ``parameterType`` says: solved within each evaluation, or not.

    Raises
    ------
    InputError
        ``petab.role``.
    """
    text = row.text("parameterType")
    if text not in _ROLES:
        cell = row["parameterType"]
        raise InputError([cell.fault("petab.role", f"no type {text[:40]!r}", "scaling, offset or sigma")])
    return _ROLES[text]


def bounded(row: PetabRow, *, estimated: bool) -> tuple[float, float]:
    """Lower and upper bound.

    Raises
    ------
    InputError
        ``petab.bounds``, ``petab.number``.
    """
    if not estimated:
        return -math.inf, math.inf
    low = row["lowerBound"].number(infinite=True) if row.text("lowerBound") else -math.inf
    high = row["upperBound"].number(infinite=True) if row.text("upperBound") else math.inf
    if not low < high:
        cell = row["upperBound"]
        raise InputError([cell.fault("petab.bounds", f"the bounds are {low:g} to {high:g}")])
    return low, high


def each(rows: Iterable[PetabRow], faults: Faults, work: Callable[[PetabRow], None]) -> None:
    """Do something with every row, noting what is wrong."""
    for row in rows:
        with faults.noting():
            work(row)
