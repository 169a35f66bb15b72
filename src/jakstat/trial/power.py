"""The power of a trial, and the size that a wanted power needs, by trials drawn from its virtual patients.

Each trial takes other patients, randomises them anew, none to both arms, and tests with the log-rank test of
two sides. A trial larger than all patients there are, or of weighted ones, takes each arm's with replacement:
people who are alike. The effect is that of the model, or a given ratio of hazards on the control's curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.extras import needs
from jakstat.limits import LIMITS
from jakstat.population.survival import SurvivalCurve
from jakstat.population.two_groups import log_rank, two_group_ratio
from jakstat.store import NOTICE, json_ready
from jakstat.streams import stream
from jakstat.trial.endpoints import arm_events
from jakstat.trial.intervals import Events, binomial_limits, pooled
from jakstat.trial.run_tables import RunTables

with needs("trial"):
    from scipy.special import ndtr, ndtri

__all__ = ["PowerQuestion", "Schoenfeld", "schoenfeld", "trial_power"]

_AROUND = (0.5, 0.7, 1.0, 1.4, 2.0)
_WALD = 1.959963984540054
_SMALLEST, _LARGEST = 20, 5000


@dataclass(frozen=True, slots=True)
class PowerQuestion:
    """What is asked of a trial's power.

    Parameters
    ----------
    endpoint : str
        A time to an event.
    arm : str
        Compared with the control.
    wanted : float
        Power.
    alpha : float
        Of the test of two sides.
    effect : float or None
        A ratio of hazards in place of the model's effect.
    trials : int
        Drawn at each size.
    """

    endpoint: str
    arm: str
    wanted: float = 0.8
    alpha: float = 0.05
    effect: float | None = None
    trials: int = 400

    def __post_init__(self) -> None:
        inside = {"--wanted": (self.wanted, 0.05, 0.99), "--alpha": (self.alpha, 1e-4, 0.5),
                  "--effect": (0.5 if self.effect is None else self.effect, 0.05, 20.0)}  # fmt: skip
        for field, (value, low, high) in inside.items():
            if not low <= value <= high:
                told = f"{value:g} is no {field[2:]}"
                raise problem("power.range", told, field=field, hint=f"{low:g} to {high:g}")
        if not 50 <= self.trials <= LIMITS.lanes:
            told = f"{self.trials} trials"
            raise problem("power.range", told, field="--trials", hint=f"50 to {LIMITS.lanes}")


@dataclass(frozen=True, slots=True)
class Schoenfeld:
    """Events and patients by Schoenfeld's formula (doi:10.2307/2531021), and the power of a design."""

    events: float
    patients: float
    power: float


def schoenfeld(
    ratio: float, share_of_events: float, patients: float, *, allocation: float, wanted: float, alpha: float
) -> Schoenfeld:
    """What the log-rank test needs when hazards are proportional.

    Parameters
    ----------
    ratio : float
        Of hazards.
    share_of_events : float
        Share of the patients of both arms who have the event.
    patients : float
        Of the design, in the two arms.
    allocation : float
        Share of them in the arm that is compared.
    wanted, alpha : float

    Examples
    --------
    >>> found = schoenfeld(0.7, 0.5, 300, allocation=0.5, wanted=0.8, alpha=0.05)
    >>> round(found.events), round(found.patients), round(found.power, 3)
    (247, 494, 0.589)
    """
    spread = abs(np.log(ratio)) * (allocation * (1.0 - allocation)) ** 0.5
    if spread == 0.0:
        return Schoenfeld(float("inf"), float("inf"), alpha)
    edge = float(ndtri(1.0 - 0.5 * alpha))
    events = ((edge + float(ndtri(wanted))) / spread) ** 2
    power = float(ndtr(spread * (share_of_events * patients) ** 0.5 - edge))
    return Schoenfeld(events, events / share_of_events, power)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Where trials are drawn from."""

    control: Events
    treated: Events
    curve: SurvivalCurve | None
    effect: float
    allocation: float

    def draw(self, draws: np.random.Generator, patients: int) -> tuple[Events, Events]:
        """Two arms of one trial."""
        sizes = round(patients * (1.0 - self.allocation)), round(patients * self.allocation)
        if self.curve is not None:
            return self._given(draws, sizes[0], 1.0), self._given(draws, sizes[1], self.effect)
        count, weights = self.control.count, self.control.weights
        if weights is None and sum(sizes) <= count:
            order = draws.permutation(count)
            return self.control.take(order[: sizes[0]]), self.treated.take(order[sizes[0] : sum(sizes)])
        first, second = (_drawn(draws, count, weights, size) for size in sizes)
        return self.control.take(first), self.treated.take(second)

    def _given(self, draws: np.random.Generator, size: int, effect: float) -> Events:
        """Times by the control's curve to the power of an effect, and ends of follow-up of its patients."""
        assert self.curve is not None
        share = draws.random(size) ** (1.0 / effect)  # S(t)^effect is uniform where S(t) is this
        place = np.searchsorted(-self.curve.surviving, -share, side="right")
        happens = np.append(self.curve.times, np.inf)[np.minimum(place, len(self.curve.times))]
        end = self.treated.time[_drawn(draws, self.treated.count, self.treated.weights, size)]
        return Events(np.minimum(happens, end), happens <= end)


def _drawn(draws: np.random.Generator, count: int, weights: Floats | None, size: int) -> NDArray[np.int64]:
    return draws.choice(count, size=size, p=None if weights is None else weights / weights.sum())


def trial_power(run: RunTables, asked: Mapping[str, Any], question: PowerQuestion) -> dict[str, Any]:
    """Power at the design's size, and the size for a wanted power, each with its Monte Carlo error.

    Parameters
    ----------
    run : RunTables
    asked : mapping
        The design, as :func:`jakstat.trial.question.trial_question` has it.
    question : PowerQuestion

    Returns
    -------
    dict
        Documented as ``jakstat trial power --json``.

    Raises
    ------
    InputError
        ``power.endpoint``, ``power.arm``.

    Notes
    -----
    With proportional hazards the power is normal in the square root of the size, so a straight line through
    the probits of the power at several sizes, weighted by their errors, gives the size.
    """
    pool = _pool(run, asked, question)
    parts = [one["allocation"] for one in asked["arms"]]
    place = run.arms.index(question.arm)
    design = round(asked["size"] * (parts[0] + parts[place]) / sum(parts))
    ratio = _model_ratio(pool, question)
    at_design = _power(pool, design, asked["seed"], question)
    share = at_design["events"] / at_design["patients"]
    theory = schoenfeld(
        ratio, share, design, allocation=pool.allocation, wanted=question.wanted, alpha=question.alpha
    )
    guess = min(max(theory.patients, 2 * _SMALLEST), max(_LARGEST, 2 * design) / max(_AROUND))
    sizes = sorted({max(_SMALLEST, round(guess * x)) for x in _AROUND})
    tried = [_power(pool, size, asked["seed"], question) for size in sizes]
    return dict(json_ready({
        "endpoint": question.endpoint, "arm": question.arm, "control": run.arms[0], "alpha": question.alpha,
        "wanted": question.wanted, "effect": _effect(ratio, question), "at_design": at_design, "sizes": tried,
        "needed": _needed(tried, question),
        "schoenfeld": {"events": theory.events, "patients": theory.patients, "power_at_design": theory.power},
        "share_of_events": share, "allocation": pool.allocation,
        "drawn_from": pool.control.count, "of": "patients of the two arms; the log-rank test of two sides",
        "notice": NOTICE,
    }))  # fmt: skip


def _effect(ratio: float, question: PowerQuestion) -> dict[str, Any]:
    given = question.effect is not None
    return {"hazard_ratio": ratio, "from": "given" if given else "the same patients in both arms"}


def _pool(run: RunTables, asked: Mapping[str, Any], question: PowerQuestion) -> _Pool:
    if question.arm not in run.arms[1:]:
        raise problem("power.arm", f"{question.arm[:60]!r} is no arm beside the control", field="--arm",
                      hint=", ".join(run.arms[1:]))  # fmt: skip
    known = [e for e in ("OS", "PFS", "TTP", "RFS") if run.has(e)]
    if question.endpoint not in known:
        told = f"{question.endpoint[:60]!r} is no time to an event of this trial"
        raise problem("power.endpoint", told, field="--endpoint", hint=", ".join(known))
    place = run.arms.index(question.arm)
    parts = [one["allocation"] for one in asked["arms"]]
    members = run.ran[0] & run.ran[place]
    times = run[f"{question.endpoint}_h"]
    members &= np.isfinite(times[0]) & np.isfinite(times[place])
    control, treated = (arm_events(run, question.endpoint, k, members) for k in (0, place))
    allocation = parts[place] / (parts[0] + parts[place])
    if question.effect is None:
        return _Pool(control, treated, None, 1.0, allocation)
    curve = SurvivalCurve.of(control.time, control.happened, control.weights)
    end = run["alive_h"][0][members]
    follow = Events(end, np.zeros(len(end), dtype=bool), control.weights)
    return _Pool(control, follow, curve, question.effect, allocation)


def _model_ratio(pool: _Pool, question: PowerQuestion) -> float:
    if question.effect is not None:
        return question.effect
    time, happened, group, weights = pooled(pool.control, pool.treated)
    return float(np.exp(two_group_ratio(time, happened, group, weights=weights).log))


def _power(pool: _Pool, patients: int, seed: int, question: PowerQuestion) -> dict[str, Any]:
    """Share of drawn trials that find a difference."""
    draws = stream(seed, "trial", "power", question.endpoint, question.arm, patients)
    hits = events = 0
    for _ in range(question.trials):
        time, happened, group, _weights = pooled(*pool.draw(draws, patients))
        hits += log_rank(time, happened, group).p < question.alpha
        events += int(happened.sum())
    low, high = binomial_limits(hits, question.trials)
    return {
        "patients": patients, "events": events / question.trials, "power": hits / question.trials, "low": low,
        "high": high, "trials": question.trials,
    }  # fmt: skip


def _needed(tried: list[dict[str, Any]], question: PowerQuestion) -> dict[str, Any]:
    """The size at which the line through the probits comes to the wanted power, with limits of 95 %."""
    hits = np.array([round(t["power"] * t["trials"]) for t in tried], dtype=float)
    root = np.array([t["patients"] for t in tried], dtype=float) ** 0.5
    if hits[-1] < question.wanted * question.trials or hits[-1] <= hits[0]:
        most = f"{tried[-1]['patients']} patients give a power of {tried[-1]['power']:.2f}"
        return {"patients": None, "low": None, "high": None, "why": f"{most}: no size up to that is enough"}
    line, spread = _probit_line(root, hits, question.trials)
    wanted = float(ndtri(question.wanted))
    at = (wanted - line[0]) / line[1]
    slope = np.array([-1.0 / line[1], -at / line[1]])  # of the root of the size, by both numbers of the line
    error = float(slope @ spread @ slope) ** 0.5
    low, high = max(at - _WALD * error, 0.0) ** 2, (at + _WALD * error) ** 2
    events = np.interp(at**2, [t["patients"] for t in tried], [t["events"] for t in tried])
    return {"patients": int(np.ceil(at**2)), "low": float(low), "high": float(high), "events": float(events)}


def _probit_line(x: Floats, hits: Floats, trials: int) -> tuple[Floats, Floats]:
    """Probit regression of shares on one number by Fisher's scoring (Finney 1971), and its covariance.

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 2.0])
    >>> line, _ = _probit_line(x, 1e6 * ndtr(-1.0 + 0.8 * x), 1_000_000)
    >>> line.round(6).tolist()
    [-1.0, 0.8]
    """
    design = np.stack([np.ones_like(x), x], axis=1)
    share = np.clip(hits / trials, 0.5 / trials, 1.0 - 0.5 / trials)
    found = np.linalg.lstsq(design, ndtri(share), rcond=None)[0]
    for _ in range(50):
        linear = design @ found
        p = np.clip(ndtr(linear), 1e-9, 1.0 - 1e-9)
        height = np.exp(-0.5 * linear**2) / (2.0 * np.pi) ** 0.5
        weight = trials * height**2 / (p * (1.0 - p))
        information = design.T @ (weight[:, None] * design)
        off = (hits / trials - p) / np.maximum(height, 1e-12)
        step = np.linalg.solve(information, design.T @ (weight * off))
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(found, dtype=np.float64), np.asarray(np.linalg.inv(information))
