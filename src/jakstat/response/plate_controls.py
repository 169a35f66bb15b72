"""Wells of plates made comparable: percent of their controls, or growth-rate values from counts.

Percent of control: 100 for the wells without drug, 0 for the positive control (blank or full kill), or for a
signal of 0 where there is none. GR values: doi:10.1038/nmeth.3853.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jakstat.errors import InputError, Problem
from jakstat.experiment.growth_assays import growth_rate_inhibition
from jakstat.response.measured_wells import MeasuredWell, WellTable

__all__ = ["NORMALISATIONS", "CurveWells", "curves_of", "growth_values", "normalised"]

NORMALISATIONS = ("none", "plate", "file")
"""As it is; by the controls of each plate; by all controls of the file."""

_Group = tuple[str, str]


@dataclass(frozen=True)
class CurveWells:
    """The wells of one curve: a drug on a cell, its doses in one unit."""

    drug: str
    cell: str
    unit: str
    wells: tuple[MeasuredWell, ...]

    @property
    def name(self) -> str:
        """Drug and cell, as far as they are told."""
        return " on ".join(filter(None, (self.drug, self.cell))) or "the curve"


def normalised(table: WellTable, by: str) -> WellTable:
    """Responses of the samples in percent of the controls.

    Parameters
    ----------
    table : WellTable
    by : {"none", "plate", "file"}

    Raises
    ------
    InputError
        ``wells.control`` when there is no well without drug, or when the controls do not differ.

    Examples
    --------
    >>> from jakstat.response.measured_wells import read_wells
    >>> rows = [("negative", "", 800.0), ("positive", "", 200.0), ("", 10, 500.0)]
    >>> read = read_wells([{"role": r, "dose (nM)": d, "response": y} for r, d, y in rows])
    >>> [w.response for w in normalised(read, "plate").wells]
    [50.0]
    """
    if by == "none":
        return table
    plates = by == "plate"
    problems: list[Problem] = []
    scales: dict[_Group, tuple[float, float]] = {}
    for group in dict.fromkeys(_group(w, plates) for w in table.wells if w.role == "sample"):
        mates = _mates(table.wells, group, plates)
        full = _mean(_without_drug(mates))
        none = _mean([w for w in mates if w.role == "positive"])
        none = 0.0 if math.isnan(none) else none
        fault = hint = ""
        if math.isnan(full):
            fault = f"{_named(group)} has no well without drug to normalise by"
            hint = "mark the wells without drug (role negative, or dose 0), or leave out --normalise"
        elif full == none:
            fault = f"the controls of {_named(group)} do not differ"
            hint = "check which wells are the negative and which the positive controls"
        if fault:
            problems.append(Problem("wells.control", fault, table.file, field="--normalise", hint=hint))
        scales[group] = none, full - none
    if problems:
        raise InputError(problems)
    made = []
    for well in table.wells:
        if well.role == "sample":
            none, span = scales[_group(well, plates)]
            made.append(replace(well, response=100.0 * (well.response - none) / span))
    kinds = any(w.role == "positive" for w in table.wells)
    note = (
        f"percent of the controls of {'each plate' if plates else 'the whole file'}: wells without drug are "
        f"100 %, {'positive controls are' if kinds else 'a signal of 0 is'} 0 %"
    )
    return replace(table, wells=tuple(made), response_unit="% of control", notes=(*table.notes, note))


def growth_values(table: WellTable) -> tuple[WellTable | None, tuple[str, ...]]:
    """GR values of the samples, where counts at time zero are told; else nothing, and why.

    A count at time zero stands in the well's row (``time0``) or in wells of role ``time0`` of the same plate
    and cell; the control is that of the row (``control``) or the mean of the plate's wells without drug.

    Examples
    --------
    >>> from jakstat.response.measured_wells import read_wells
    >>> rows = [(0, 8000), (10, 2000), (100, 500)]  # of 1000 cells
    >>> read = read_wells([{"dose (nM)": d, "count": y, "time0": 1000} for d, y in rows])
    >>> found, _ = growth_values(read)
    >>> [round(w.response, 3) for w in found.wells]
    [1.0, 0.26, -0.206]
    """
    told = any(w.role == "time0" or math.isfinite(w.time0) for w in table.wells)
    if not told:
        return None, ()
    low = next((w for w in table.wells if w.response < 0), None)
    if low is not None:
        hint = "GR values need counts (or a signal that is proportional to them) of 0 or more"
        message = f"the response {low.response:g} is below 0"
        raise InputError([Problem("wells.count", message, table.file, low.line, hint=hint)])
    made, notes, still = [], [], []
    for group in dict.fromkeys(_group(w, True) for w in table.wells if w.role == "sample"):
        mates = _mates(table.wells, group, True)
        control, first = _mean(_without_drug(mates)), _mean([w for w in mates if w.role == "time0"])
        for well in mates:
            if well.role != "sample" or _group(well, True) != group:
                continue
            begin = well.time0 if math.isfinite(well.time0) else first
            grown = (well.control if math.isfinite(well.control) else control) / begin
            value = float(growth_rate_inhibition(np.array(well.response / begin), grown))
            if math.isfinite(value):
                made.append(replace(well, response=value))
            else:
                still.append(_named(group))
    for name in dict.fromkeys(still):
        notes.append(
            f"no GR values of {name}: its control is missing, has no count at time zero, or does not grow"
        )
    if not made:
        return None, tuple(notes)
    return replace(table, wells=tuple(made), response_unit="GR value"), tuple(notes)


def curves_of(table: WellTable, *, shared: bool) -> tuple[CurveWells, ...]:
    """The wells by drug and cell.

    Parameters
    ----------
    table : WellTable
    shared : bool
        Whether wells without drug that name none (and negative controls) are points of every curve of their
        cell; not after a normalisation, which has used them up.
    """
    samples = [w for w in table.wells if w.role == "sample"]
    several = any(w.drug for w in samples)
    free = [
        replace(w, dose=0.0)
        for w in table.wells
        if w.role == "negative" or (w.role == "sample" and w.dose == 0 and several and not w.drug)
    ]
    own = [w for w in samples if not (several and w.dose == 0 and not w.drug)]
    found = []
    for drug, cell in dict.fromkeys((w.drug, w.cell) for w in own):
        wells = [w for w in own if (w.drug, w.cell) == (drug, cell)]
        unit = next((w.unit for w in wells if w.dose > 0), "")
        if shared:
            wells += [w for w in free if w.cell in ("", cell)]
        found.append(CurveWells(drug, cell, unit, tuple(wells)))
    return tuple(found)


def _group(well: MeasuredWell, plates: bool) -> _Group:
    return (well.plate if plates else "", well.cell)


def _mates(wells: Iterable[MeasuredWell], group: _Group, plates: bool) -> list[MeasuredWell]:
    """Wells of the plate, and of the cell or of no named one."""
    plate, cell = group
    return [w for w in wells if (not plates or w.plate == plate) and (w.cell in ("", cell) or not cell)]


def _named(group: _Group) -> str:
    plate, cell = group
    return " ".join(filter(None, (f"plate {plate}" if plate else "", cell))) or "the file"


def _mean(wells: Sequence[MeasuredWell]) -> float:
    return float(np.mean([w.response for w in wells])) if wells else math.nan


def _without_drug(wells: Sequence[MeasuredWell]) -> list[MeasuredWell]:
    """The negative controls, or else the wells of dose 0."""
    marked = [w for w in wells if w.role == "negative"]
    return marked or [w for w in wells if w.role == "sample" and w.dose == 0]
