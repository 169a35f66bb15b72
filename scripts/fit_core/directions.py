"""Whether a curve moves as the data do: the share of clear differences whose direction is right."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scripts.fit_core.gene_points import GeneCondition, GenePoint
from scripts.fit_core.targets import Compared

__all__ = ["directions"]

_CLEAR = 2.0  # standard deviations of the noise from which a difference is clear
_STILL = 0.01  # a curve that moves by less than this share does not move


def _control(conditions: Iterable[GeneCondition]) -> dict[GeneCondition, GeneCondition]:
    """What each condition is compared with: the same without noggin, else the least of everything."""
    known = list(conditions)
    least = min(known, key=lambda c: (c.BMP2 + c.noggin, c.IL6))
    found = {}
    for condition in known:
        without = GeneCondition(condition.IL6, condition.BMP2)
        control = without if condition.noggin and without in known else least
        if control != condition:
            found[condition] = control
    return found


def directions(compared: Compared) -> tuple[int, int]:
    """Right and all clear differences between a condition and its control in the same series and at one time.

    Clear: the mean log10 values differ by more than twice the noise of the series. Right: the curve
    moves the same way, by more than 1 %.
    """
    groups: dict[tuple[tuple[str, str, str], float], dict[GeneCondition, list[int]]] = {}
    points: tuple[GenePoint, ...] = compared.points
    for i, p in enumerate(points):
        if p.time_h > 0:
            groups.setdefault((p.series, p.time_h), {}).setdefault(p.condition, []).append(i)
    right = clear = 0
    for members in groups.values():
        for condition, control in _control(members).items():
            one, other = members[condition], members[control]
            measured = np.mean([points[i].log10_value for i in one]) - np.mean(
                [points[i].log10_value for i in other]
            )
            if abs(measured) <= _CLEAR * compared.sd[one[0]]:
                continue
            moved = compared.model[one[0]] / compared.model[other[0]] - 1
            clear += 1
            right += bool(abs(moved) > _STILL and np.sign(moved) == np.sign(measured))
    return right, clear
