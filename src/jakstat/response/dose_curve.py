"""What a dose-response curve says: doses, responses, half-maximal dose and its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jakstat.answer_tables import TabledAnswer
from jakstat.arrays import Floats
from jakstat.experiment.dose_series import HalfMaximum, halving_dose

__all__ = ["SHARES", "DoseResponse", "Interval", "asked_together"]

SHARES = (0.05, 0.95)
"""Shares of the parameter vectors below the ends of an interval."""


@dataclass(frozen=True)
class Interval:
    """The half-maximal doses of parameter vectors.

    Parameters
    ----------
    low, high : float
        5 and 95 % of the vectors; NaN when more than 5 % of them have none.
    vectors, failed, without : int
        How many vectors; simulations that failed; vectors without a half-maximal dose.
    seed : int
    ranges_key : str
        Content key of the ranges that were drawn from.
    """

    low: float
    high: float
    vectors: int
    failed: int
    without: int
    seed: int
    ranges_key: str


@dataclass(frozen=True)
class DoseResponse(TabledAnswer):
    """One drug's curve.

    Parameters
    ----------
    context, title, drug, at, readout, unit : str
        ``readout`` is what was read, in ``unit``.
    question : mapping
        What was asked (:func:`jakstat.experiment.question.question`).
    kind : str
        Of the reading: ``time``, ``peak``, ``auc``, ``growth``, ``colony`` or ``sphere``.
    grade : {"measured", "fitted", "assumed"}
        Weakest grade of the drug's potency.
    dose_unit : str
    doses, responses : array (n,)
        The first dose is 0, the control; NaN where the simulation failed.
    low, high : array (n,)
        5 and 95 % of the effect (over each vector's own control); NaN without vectors.
    half : HalfMaximum
    gr : array (n,)
        GR values (doi:10.1038/nmeth.3853) of a growth assay, else NaN.
    interval : Interval or None
    stimulus : tuple of str
        What every well got, in the grammar of protocols.
    failed : int
        Simulations that failed, over all vectors.
    notes, sources : tuple of str
    manifest : mapping
    """

    context: str
    title: str
    question: Mapping[str, Any]
    drug: str
    at: str
    readout: str
    unit: str
    kind: str
    grade: str
    dose_unit: str
    doses: Floats
    responses: Floats
    low: Floats
    high: Floats
    half: HalfMaximum
    gr: Floats
    interval: Interval | None
    stimulus: tuple[str, ...]
    failed: int
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    manifest: Mapping[str, object]

    def table_rows(self) -> list[dict[str, Any]]:
        """A row for each dose, with what is said of the curve."""
        low, high = self.bounds
        half = {"value": self.half.value, "low": low, "high": high, "unit": self.dose_unit}
        none = {**half, **dict.fromkeys(("value", "low", "high"))}
        falls = self.half.kind == "IC50"
        own = {
            "drug": self.drug, "grade": self.grade, "readout": self.readout, "at": self.at, "unit": self.unit,
            "baseline": self.baseline, "IC50": half if falls else none, "EC50": none if falls else half,
            "hill": self.half.hill, "emax": self.emax, "absolute_IC50": self.absolute, "GR50": self.gr50,
            "method": self.half.method, "dose_unit": self.dose_unit,
        }  # fmt: skip
        columns = {"dose": self.doses, "response": self.responses, "effect": self.effects}
        columns |= {"low": self.low, "high": self.high}
        columns |= {"GR": self.gr} if self.kind == "growth" else {}
        return [
            {**own, **{key: float(values[k]) for key, values in columns.items()}}
            for k in range(len(self.doses))
        ]

    @property
    def baseline(self) -> float:
        """The response without the drug."""
        return float(self.responses[0])

    @property
    def floor(self) -> float:
        """The response to an endless dose: the fitted plateau, or the response to the highest dose.

        A plateau that the fit puts below 0 is 0 where no response is below 0.
        """
        if self.half.method != "hill":
            return float(self.responses[-1])
        return max(self.half.top, 0.0) if not (self.responses < 0).any() else self.half.top

    @property
    def emax(self) -> float:
        """The largest effect over the control: 1 - floor / baseline, or floor / baseline - 1 for a rise."""
        if self.half.method == "none" or not self.baseline > 0:
            return float("nan")
        change = self.floor / self.baseline - 1.0
        return -change if self.half.kind == "IC50" else change

    @property
    def effects(self) -> Floats:
        """Responses over the control (n,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.responses / self.responses[0])

    @property
    def absolute(self) -> float:
        """The dose at which the response is half of the control's; NaN when none is."""
        return halving_dose(self.doses, self.effects, beyond="nan")

    @property
    def gr50(self) -> float:
        """The dose at which the GR value is 0.5; NaN when none is, or when there are no GR values."""
        return halving_dose(self.doses, self.gr, beyond="nan")

    @property
    def bounds(self) -> tuple[float, float]:
        """The interval of the half-maximal dose over parameter vectors; NaN when none were drawn."""
        nan = float("nan")
        return (nan, nan) if self.interval is None else (self.interval.low, self.interval.high)


def asked_together(found: Sequence[DoseResponse]) -> dict[str, Any]:
    """The question of curves that were asked for together: that of the first, with the drugs of all."""
    drugs = dict.fromkeys(text for one in found for text in one.question["drugs"])
    return {**found[0].question, "drugs": list(drugs)}
