"""One assay of founders on cells under a protocol, from the cell's signals to counts beside expectation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jakstat.errors import InputError, Problem, problem
from jakstat.experiment.protocol import Protocol
from jakstat.initiation.founder_assays import (
    MOST_PASSAGES,
    Passage,
    XenograftDose,
    arms_of,
    checked_doses,
    composition_of,
    culture_clock,
    dilute,
    founder_frequency,
    graft,
    pass_spheres,
    xenograft_clock,
)
from jakstat.initiation.limiting_dilution import DilutionAnswer, analyse_dilution
from jakstat.initiation.lineage import Signal
from jakstat.initiation.signals import CellSignals, cell_signals
from jakstat.limits import LIMITS, check_count
from jakstat.streams import check_seed

__all__ = ["KINDS", "AssayPlan", "FounderAssay", "founder_assay"]

KINDS = ("dilution", "spheres", "xenograft")


@dataclass(frozen=True, slots=True)
class AssayPlan:
    """How an assay is done.

    Parameters
    ----------
    kind : {"dilution", "spheres", "xenograft"}
    doses : tuple of float
        Cells per well or animal.
    replicates : int
        Wells or animals of each dose; cells seeded for spheres.
    passages : int
        Of spheres.
    stem_share : float or None
        Of the cells that are given; None for cells of a tumour.
    exposure : float
        Hours for which the drugs are there; infinite for all the time.
    seed : int
    """

    kind: str = "dilution"
    doses: tuple[float, ...] = (1000.0, 100.0, 10.0)
    replicates: int = 8
    passages: int = 4
    stem_share: float | None = None
    exposure: float = np.inf
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse, with every problem at once, what no assay could be."""
        found: list[Problem] = []
        if self.kind not in KINDS:
            hint = ", ".join(KINDS)
            found.append(Problem("option.value", f"no assay {self.kind[:40]!r}", field="--kind", hint=hint))
        checks: tuple[Callable[[], object], ...] = (
            lambda: checked_doses(self.doses),
            lambda: check_count(self.replicates, most=LIMITS.lanes, field="--replicates"),
            lambda: check_count(self.passages, most=MOST_PASSAGES, field="--passages"),
            lambda: composition_of(self.stem_share),
            lambda: arms_of({"control": Signal()}, hours=self.exposure),
            lambda: check_seed(self.seed),
        )
        for check in checks:
            try:
                check()
            except InputError as error:
                found += error.problems
        if found:
            raise InputError(found)


@dataclass(frozen=True, slots=True)
class FounderAssay:
    """What an assay of founders says.

    Parameters
    ----------
    plan : AssayPlan
    cells : CellSignals
    expected : dict of str to float
        Founders per cell given, by the formula, for each arm.
    dilution : DilutionAnswer or None
    spheres : tuple of Passage
    xenograft : tuple of XenograftDose
        Of these, the one that was asked for.
    """

    plan: AssayPlan
    cells: CellSignals
    expected: dict[str, float]
    dilution: DilutionAnswer | None = None
    spheres: tuple[Passage, ...] = ()
    xenograft: tuple[XenograftDose, ...] = ()

    @property
    def ratio(self) -> float:
        """Expected founders with the drugs over those without; NaN without drugs."""
        if len(self.expected) < 2 or not self.expected["control"] > 0:
            return float("nan")
        return self.expected["treated"] / self.expected["control"]


def founder_assay(protocol: Protocol, plan: AssayPlan, *, renew: str | None = None) -> FounderAssay:
    """Simulate the cell, then the assay on tumours that signal so.

    Parameters
    ----------
    protocol : Protocol
        Cell, stimuli, drugs; see :func:`jakstat.initiation.signals.cell_signals`.
    plan : AssayPlan
    renew : str, optional

    Returns
    -------
    FounderAssay

    Raises
    ------
    InputError
        As the parts; ``assay.signals`` when the cell cannot be simulated.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", drugs="ruxolitinib=1uM", parts="core,auto")
    >>> found = founder_assay(p, AssayPlan(doses=(100.0, 10.0)))
    >>> list(found.expected), bool(0.0 < found.ratio < 1.0)
    (['control', 'treated'], True)
    """
    composition = composition_of(plan.stem_share)
    said = cell_signals(protocol, renew=renew)
    numbers = [(float(s.stemness), float(s.division), float(s.apoptosis)) for s in said.arms.values()]
    if not np.isfinite(numbers).all():
        hint = "try other doses or fewer parts"
        raise problem("assay.signals", "the simulation of the cell failed", hint=hint)
    clock = xenograft_clock() if plan.kind == "xenograft" else culture_clock(said.division)
    arms = arms_of(said.arms, hours=plan.exposure * clock)
    expected = {arm.name: founder_frequency(arm, composition) for arm in arms}
    seed, doses, many = plan.seed, plan.doses, plan.replicates
    if plan.kind == "dilution":
        wells = dilute(arms, composition, doses=doses, wells=many, seed=seed)
        return FounderAssay(plan, said, expected, dilution=analyse_dilution(wells))
    if plan.kind == "spheres":
        passed = pass_spheres(
            arms, composition, division=said.division, cells=many, passages=plan.passages, seed=seed
        )
        return FounderAssay(plan, said, expected, spheres=passed)
    return FounderAssay(
        plan, said, expected, xenograft=graft(arms, composition, doses=doses, animals=many, seed=seed)
    )
