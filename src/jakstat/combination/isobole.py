"""Isoboles: mixtures of two drugs with one and the same effect, doi:10.1007/BF01952257."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jakstat.arrays import Floats

__all__ = ["Isobole", "isobole"]


@dataclass(frozen=True)
class Isobole:
    """Mixtures with the effect ``level``.

    Parameters
    ----------
    level : float
        Share of the full effect.
    dose_a, dose_b : array (k,)
        The mixtures, from drug a alone to drug b alone as far as they reach the level.
    alone_a, alone_b : float
        Dose of each drug alone; NaN where no dose tried reaches the level.
    """

    level: float
    dose_a: Floats
    dose_b: Floats
    alone_a: float
    alone_b: float

    @property
    def index(self) -> Floats:
        """Sum of the doses, each as a share of that of the drug alone (k,); 1 on the additive line.

        A drug that alone does not reach the level counts as nothing, so below 1 is then a bound from below.
        """
        shares = [
            dose / alone if np.isfinite(alone) else np.zeros_like(dose)
            for dose, alone in ((self.dose_a, self.alone_a), (self.dose_b, self.alone_b))
        ]
        return np.asarray(shares[0] + shares[1])


def isobole(dose_a: Floats, dose_b: Floats, effect: Floats, level: float = 0.5) -> Isobole:
    """The mixtures at which a dose matrix crosses an effect, interpolated between its points.

    Parameters
    ----------
    dose_a, dose_b : array (a,), (b,)
        Rising doses; the first of each is 0.
    effect : array (a, b)
    level : float

    Notes
    -----
    Between two doses the effect is taken to be linear in the logarithm of the dose, and linear in the dose
    between 0 and the lowest.

    Examples
    --------
    >>> d = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
    >>> total = d[:, None] + d[None, :]
    >>> found = isobole(d, d, total / (4.0 + total))
    >>> found.alone_a, found.alone_b, len(found.dose_a)
    (4.0, 4.0, 5)
    """
    points: set[tuple[float, float]] = set()
    for i, dose in enumerate(dose_a):
        crossed = _crossing(dose_b, effect[i], level)
        if np.isfinite(crossed):
            points.add((float(dose), crossed))
    for j, dose in enumerate(dose_b):
        crossed = _crossing(dose_a, effect[:, j], level)
        if np.isfinite(crossed):
            points.add((crossed, float(dose)))
    ordered = sorted(points, key=lambda p: (p[0], -p[1]))
    a, b = (np.array([p[k] for p in ordered], dtype=float) for k in (0, 1))
    return Isobole(level, a, b, _crossing(dose_a, effect[:, 0], level), _crossing(dose_b, effect[0], level))


def _crossing(dose: Floats, effect: Floats, level: float) -> float:
    """The lowest dose at which the effect rises through the level; NaN when it does not."""
    with np.errstate(invalid="ignore"):
        up = np.flatnonzero((effect[:-1] < level) & (effect[1:] >= level))
    if not up.size:
        return float("nan")
    i = int(up[0])
    share = (level - effect[i]) / (effect[i + 1] - effect[i])
    if dose[i] > 0:
        return float(dose[i] * (dose[i + 1] / dose[i]) ** share)
    return float(dose[i] + share * (dose[i + 1] - dose[i]))
