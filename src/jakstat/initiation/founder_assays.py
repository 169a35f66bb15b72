"""Assays that count founders, run on the lineage: limiting dilution, spheres passed on, xenografts.

Every well, sphere and animal is a tumour of its own that starts from the cells it was given by chance, and is
followed cell by cell. Beside what was counted stands what the branching process expects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import InputError, Problem, problem
from jakstat.experiment.assay_numbers import assay_number
from jakstat.initiation.branching import dies_out, dies_out_after, founding_share, takes
from jakstat.initiation.foci import initiation_rows
from jakstat.initiation.following import Following
from jakstat.initiation.limiting_dilution import Dilution
from jakstat.initiation.lineage import Lineage, Signal
from jakstat.initiation.lineage_paths import fates, numbers_after
from jakstat.limits import LIMITS, check_count
from jakstat.streams import check_seed, stream

__all__ = [
    "MOST_PASSAGES",
    "AssayArm",
    "Passage",
    "XenograftDose",
    "arms_of",
    "checked_doses",
    "composition_of",
    "culture_clock",
    "dilute",
    "founder_frequency",
    "graft",
    "pass_spheres",
    "xenograft_clock",
]


MOST_PASSAGES = 20


@dataclass(frozen=True, slots=True)
class AssayArm:
    """Cells of one arm: how they live while the drug is there, and for how long that is.

    Parameters
    ----------
    name : str
    lineage, later : Lineage
        At first, and from ``hours`` on.
    hours : float
        Of the lineage; infinite if nothing changes.
    """

    name: str
    lineage: Lineage
    later: Lineage
    hours: float

    def chances(self) -> Floats:
        """Chances that the descendants of a stem-like cell and of a progenitor die out."""
        if np.isinf(self.hours):
            return dies_out(self.lineage)
        return dies_out_after(self.lineage, self.later, self.hours)


def arms_of(signals: Mapping[str, Signal], *, hours: float = np.inf) -> tuple[AssayArm, ...]:
    """An arm for each signal of the cells; those behind the first live like the first from ``hours`` on.

    Examples
    --------
    >>> [arm.name for arm in arms_of({"control": Signal(), "treated": Signal(stemness=0.8)})]
    ['control', 'treated']
    """
    if not hours > 0:
        raise problem("time.span", f"a drug for {hours:g} h", field="--exposure", hint="give a time above 0")
    base = Lineage.of_table()
    lineages = {name: base.under(signal) for name, signal in signals.items()}
    first = next(iter(lineages.values()))
    return tuple(AssayArm(name, x, first, np.inf if x is first else hours) for name, x in lineages.items())


def culture_clock(division: float) -> float:
    """Hours of the lineage in one of a culture whose resting cells divide at a rate (1/h).

    Examples
    --------
    >>> culture_clock(0.03)
    12.0
    """
    return division / float(Lineage.of_table().kdiv_S)


def xenograft_clock() -> float:
    """Hours of the lineage in one of an animal in which an untreated tumour doubles as the table says.

    Examples
    --------
    >>> round(float(xenograft_clock() * Lineage.of_table().growth * 24 * 7 / np.log(2.0)), 6)
    1.0
    """
    days = initiation_rows()["xenograft_doubling"].value
    return float(np.log(2.0) / (24.0 * days * Lineage.of_table().growth))


def composition_of(stem_share: float | None) -> Floats:
    """Shares of S, P and D in the cells that are given: those of long growth, or with a share of S.

    Raises
    ------
    InputError
        ``assay.stem-share``.

    Examples
    --------
    >>> composition_of(1.0).tolist()
    [1.0, 0.0, 0.0]
    """
    mature = Lineage.of_table().composition
    if stem_share is None:
        return mature
    if not 0.0 < stem_share <= 1.0:
        raise problem(
            "assay.stem-share",
            f"a stem-like share of {stem_share!r}",
            field="--stem-share",
            hint="above 0 and at most 1",
        )
    return np.array([stem_share, *((1.0 - stem_share) * mature[1:] / mature[1:].sum())])


def founder_frequency(arm: AssayArm, composition: Floats) -> float:
    """Share of cells that found a tumour in an arm, by the formula.

    Examples
    --------
    >>> [arm] = arms_of({"control": Signal()})
    >>> round(founder_frequency(arm, np.array([1.0, 0.0, 0.0])), 2)
    0.39
    """
    return float(founding_share(arm.chances(), composition))


def _given(cells: Floats, composition: Floats, *, seed: int, name: str) -> Floats:
    """Stem-like cells, progenitors and others in each dose of cells, one stream for each, (wells, 3)."""
    return np.array(
        [stream(seed, name, i).multinomial(int(n), composition) for i, n in enumerate(cells)], dtype=float
    ).reshape(-1, 3)


def checked_doses(doses: Sequence[float]) -> Floats:
    """Doses of cells as an array.

    Raises
    ------
    InputError
        ``dilution.dose``, for each that is no whole number of cells.

    Examples
    --------
    >>> checked_doses([100, 10]).tolist()
    [100.0, 10.0]
    """
    hint = f"give whole numbers from 1 to {LIMITS.amount:g}"
    wrong = [d for d in doses if not (1 <= d <= LIMITS.amount and d == np.floor(d))]
    messages = [f"a dose of {d:g} cells" for d in wrong] if doses else ["there is no dose"]
    if messages:
        raise InputError(Problem("dilution.dose", m, field="--dose", hint=hint) for m in messages)
    return np.array(doses, dtype=float)


def dilute(
    arms: Sequence[AssayArm], composition: Floats, *, doses: Sequence[float], wells: int, seed: int
) -> Dilution:
    """Give doses of cells to wells and see which grow.

    Parameters
    ----------
    arms : sequence of AssayArm
    composition : array (3,)
        Shares of S, P and D in the cells given.
    doses : sequence of float
        Cells per well.
    wells : int
        Of each dose and arm.
    seed : int
        Every well of every arm has its own cells and its own chance.

    Returns
    -------
    Dilution
        One group for each arm.

    Notes
    -----
    Direct method: doi:10.1021/j100540a008.

    Examples
    --------
    >>> arms = arms_of({"control": Signal()})
    >>> found = dilute(arms, np.array([1.0, 0.0, 0.0]), doses=[50, 1], wells=8, seed=1)
    >>> found.positive.tolist()[0], found.tested.tolist()
    (8, [8, 8])
    """
    check_seed(seed)
    check_count(wells, most=LIMITS.lanes, field="--wells")
    levels = np.repeat(checked_doses(doses), wells)
    rows = []
    for arm in arms:
        given = _given(levels, composition, seed=seed, name=f"wells {arm.name}")
        limited = np.isfinite(arm.hours)
        found = fates(
            arm.later if limited else arm.lineage, paths=len(levels), seed=seed, start=given[:, :2],
            drug=arm.lineage if limited else None, hours=arm.hours if limited else 0.0, group=arm.name,
        )  # fmt: skip
        if found.failed:
            raise problem(
                "assay.events", f"{found.failed} wells reached the limit of events", hint="give fewer cells"
            )
        grew = (~found.dead).reshape(len(doses), wells).sum(axis=1)
        rows += [(d, wells, int(g), arm.name) for d, g in zip(doses, grew, strict=True)]
    return Dilution.of(*zip(*rows, strict=True))


@dataclass(frozen=True, slots=True)
class Passage:
    """Spheres of one passage of one arm.

    Parameters
    ----------
    arm : str
    passage : int
        From 1 on.
    cells, spheres : int
        Seeded one by one, and those that became a sphere.
    stem_share : float
        Of the cells that were seeded.
    """

    arm: str
    passage: int
    cells: int
    spheres: int
    stem_share: float


def pass_spheres(
    arms: Sequence[AssayArm], composition: Floats, *, division: float, cells: int, passages: int, seed: int
) -> tuple[Passage, ...]:
    """Grow spheres from single cells, take them apart and seed again.

    Parameters
    ----------
    arms : sequence of AssayArm
        Cells live as at the start of the arm all the time.
    composition : array (3,)
        Shares of S, P and D in the first cells seeded; later ones are those of the spheres.
    division : float
        Division of the resting cell in culture, 1/h: it sets the clock of the lineage.
    cells, passages, seed : int
        Cells seeded each time.

    Returns
    -------
    tuple of Passage

    Notes
    -----
    Length and threshold are rows of ``experiment/parameters.csv``. Serial spheres measure self-renewal
    (doi:10.1126/science.1553558).

    Examples
    --------
    >>> found = pass_spheres(arms_of({"control": Signal()}), np.array([1.0, 0.0, 0.0]), division=0.03,
    ...                      cells=300, passages=2, seed=1)
    >>> found[0].spheres > found[1].spheres > 0
    True
    """
    check_seed(seed)
    check_count(cells, most=LIMITS.lanes, field="--cells")
    check_count(passages, most=MOST_PASSAGES, field="--passages")
    hours, least = assay_number("sphere_hours"), assay_number("sphere_threshold")
    rows: list[Passage] = []
    for arm in arms:
        clocked = arm.lineage.faster(culture_clock(division))
        now = composition
        for passage in range(1, passages + 1):
            name = f"{arm.name}, passage {passage}"
            start = _given(np.ones(cells), now, seed=seed, name=name)
            grown, _ = numbers_after(clocked, hours, start, seed=seed, leg=name)
            sphere = grown.sum(axis=1) >= least
            rows.append(Passage(arm.name, passage, cells, int(sphere.sum()), float(now[0])))
            if not sphere.any():
                break
            now = grown[sphere].sum(axis=0) / grown[sphere].sum()
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class XenograftDose:
    """Animals of one arm that got one dose of cells.

    Parameters
    ----------
    arm : str
    cells : float
    animals : int
    day : array (animals,)
        When the tumour can be felt; infinite where none grows.
    expected : float
        Share of animals in which one grows, by the formula.
    """

    arm: str
    cells: float
    animals: int
    day: Floats
    expected: float

    def palpable(self, day: float) -> int:
        """Animals whose tumour can be felt by a day."""
        return int((self.day <= day).sum())


def graft(
    arms: Sequence[AssayArm], composition: Floats, *, doses: Sequence[float], animals: int, seed: int
) -> tuple[XenograftDose, ...]:
    """Inject cells and wait until tumours can be felt.

    Parameters
    ----------
    arms : sequence of AssayArm
    composition : array (3,)
    doses : sequence of float
        Cells per animal.
    animals, seed : int
        Every animal of every arm has its own cells and its own chance.

    Returns
    -------
    tuple of XenograftDose

    Notes
    -----
    The clock is :func:`xenograft_clock`; a tumour can be felt at ``palpable_cells``.

    Examples
    --------
    >>> arms = arms_of({"control": Signal()})
    >>> [one] = graft(arms, np.array([1.0, 0.0, 0.0]), doses=[100], animals=10, seed=1)
    >>> one.palpable(365), round(one.expected, 3)
    (10, 1.0)
    """
    check_seed(seed)
    check_count(animals, most=LIMITS.lanes, field="--animals")
    levels, clock = np.repeat(checked_doses(doses), animals), xenograft_clock()
    rows = []
    for arm in arms:
        given = _given(levels, composition, seed=seed, name=f"animals {arm.name}")
        days = _palpable(arm, given, seed) / clock / 24.0
        frequency = founder_frequency(arm, composition)
        for i, dose in enumerate(doses):
            day = days[i * animals : (i + 1) * animals]
            rows.append(XenograftDose(arm.name, float(dose), animals, day, float(takes(dose, frequency))))
    return tuple(rows)


def _palpable(arm: AssayArm, start: Floats, seed: int) -> Floats:
    """Hour of the lineage at which each tumour can be felt."""
    course = Following(seed, 0, initiation_rows()["palpable_cells"].value)
    length = np.full(len(start), arm.hours)
    when, now, failed = course.leg(arm.name, arm.lineage, start, length)
    if np.isfinite(arm.hours):
        seen = np.isfinite(when)
        rest = np.where(seen[:, np.newaxis], 0.0, now)
        more, _, stuck = course.leg(f"{arm.name}, later", arm.later, rest, np.full(len(start), np.inf))
        when, failed = np.where(seen, when, length + more), failed | stuck
    if failed.any():
        raise _unending(int(failed.sum()))
    return when


def _unending(tumours: int) -> InputError:
    message = f"{tumours} tumours reached the limit of events"
    return problem("assay.events", message, hint="give fewer cells, or a weaker drug")
