"""What a distribution over cells says: spread, responders, and whether it has more than one mode."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jakstat.arrays import Floats
from jakstat.experiment.control import control_name
from jakstat.response.bimodality import dip_test
from jakstat.significance import SIGNIFICANT, holm
from jakstat.store import attribute

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset

__all__ = ["GATE", "Distribution", "distributions"]

GATE = 99.0
"""A responder lies above this percentile of the same cells before anything is given."""
_DRAWS_PER_TEST = 100
"""Samples for the p-values, over the number of tests: so a corrected one can be as small as 0.01."""
_MOST_DRAWS = 9_999


@dataclass(frozen=True, slots=True)
class Distribution:
    """One readout of all cells at one dose and time.

    Parameters
    ----------
    dose : dict of axis to level
    mean, median, cv, p5, p25, p75, p95 : float
        In ``unit``; ``cv`` is the standard deviation over the mean.
    responders : float or None
        Share of the cells above the gate; None when nothing was given.
    gate : float
        99th percentile of the cells at rest.
    dip, p : float
        Dip test of the logarithms (of the values, if some are not positive).
    p_corrected : float
        Corrected for the other distributions that were tested (Holm).
    verdict : {"one mode", "more than one mode", "not decided"}
    cells, failed : int
        How many cells were read, and how many failed.
    untreated, percent : float or None
        Median of the same cells without the drugs, and the median in percent of it; None without drugs.
    """

    readout: str
    unit: str
    dose: dict[str, float]
    reading: str
    mean: float
    median: float
    cv: float
    p5: float
    p25: float
    p75: float
    p95: float
    responders: float | None
    gate: float
    dip: float
    p: float
    verdict: str
    cells: int
    failed: int
    p_corrected: float = float("nan")
    untreated: float | None = None
    percent: float | None = None

    def to_dict(self) -> dict[str, object]:
        """The fields, ready for JSON; what is not finite becomes None."""
        return {
            k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in asdict(self).items()
        }


def distributions(result: AnyDataset, *, draws: int = 499) -> tuple[Distribution, ...]:
    """Statistics of every readout, dose and time of :func:`jakstat.experiment.cells.simulate_cells`.

    Parameters
    ----------
    result : Labelled
    draws : int
        Uniform samples for the p-values of the dip test; more where many distributions are tested.

    Notes
    -----
    "More than one mode" needs p <= 0.05 in the dip test (doi:10.1214/aos/1176346577), corrected for all
    distributions that are tested (Holm); "one mode" means that the test found nothing against it.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> from jakstat.experiment.cells import simulate_cells
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml", observe="pSTAT3", until="30min", parts="core")
    >>> [d] = distributions(simulate_cells(p, cells=40), draws=49)
    >>> d.unit, d.cells, 0.1 < d.cv < 1.0
    ('1/cell', 40, True)
    """
    found = []
    tests = len(result.attrs["readouts"]) * result.sizes["dose"] * result.sizes["reading"]
    draws = max(draws, min(_DRAWS_PER_TEST * tests - 1, _MOST_DRAWS))
    seed = int(result.attrs["seed"])
    for name in result.attrs["readouts"]:
        unit = str(result[name].attrs["units"])
        for k in range(result.sizes["dose"]):
            rest = np.asarray(result[f"{name}_rest"].values[k], dtype=float)
            dose = {a: float(result[f"dose_{a}"].values[k]) for a in result.attrs["axes"]}
            for j, reading in enumerate(result["reading"].values.tolist()):
                values = np.asarray(result[name].values[k, j], dtype=float)
                given = bool(attribute(result.attrs, "given"))
                one = _one(name, unit, dose, reading, values, rest, given, draws, seed)
                if "control" in result.attrs:
                    one = _beside(one, np.asarray(result[control_name(name)].values[k, j], dtype=float))
                found.append(one)
    corrected = holm(one.p for one in found)
    return tuple(_judged(one, p) for one, p in zip(found, corrected, strict=True))


def _judged(one: Distribution, corrected: float) -> Distribution:
    """The distribution with its verdict."""
    if not np.isfinite(corrected):
        return one
    verdict = "more than one mode" if corrected <= SIGNIFICANT else "one mode"
    return replace(one, p_corrected=corrected, verdict=verdict)


def _beside(one: Distribution, untreated: Floats) -> Distribution:
    """The distribution with the median of the untreated cells, failed ones left out."""
    there = untreated[np.isfinite(untreated)]
    median = float(np.median(there)) if there.size else float("nan")
    return replace(one, untreated=median, percent=100.0 * one.median / median if median else float("nan"))


def _one(
    name: str,
    unit: str,
    dose: dict[str, float],
    reading: str,
    values: Floats,
    rest: Floats,
    given: bool,
    draws: int,
    seed: int,
) -> Distribution:
    good = np.isfinite(values)
    x, before = values[good], rest[np.isfinite(rest)]
    if not x.size:
        nan = float("nan")
        numbers = (nan,) * 7
        return Distribution(
            name, unit, dose, reading, *numbers, None, nan, nan, nan, "not decided", 0, len(values)
        )
    gate = float(np.percentile(before, GATE))
    test = dip_test(np.log10(x) if (x > 0).all() else x, draws=draws, seed=seed)
    mean = float(x.mean())
    low, quarter, median, upper, high = (float(v) for v in np.percentile(x, [5, 25, 50, 75, 95]))
    cv = float(x.std(ddof=1) / mean) if mean > 0 and x.size > 1 else float("nan")
    return Distribution(
        name, unit, dose, reading, mean, median, cv, low, quarter, upper, high,
        float((x > gate).mean()) if given else None, gate, test.dip, test.p, "not decided",
        int(good.sum()), int((~good).sum()),
    )  # fmt: skip
