"""The rates of stem-like cells, progenitors and differentiated cells, and what signalling does to them.

The cell model enters by ratios to its resting cell, as in the part ``tumour/lineage``: a share of division
and one of the odds of renewal follow the cell, apoptosis saturates. Of the divisions into two of a kind,
``share_SS`` : ``1 - share_SS - share_SP`` are the odds at rest, so that the share that gives two stem-like
cells is a Hill function of what multiplies them, between 0 and ``1 - share_SP``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.lineage_document import lineage_rows
from jakstat.errors import problem

__all__ = ["Lineage", "Signal"]

Rate = Floats | float


@dataclass(frozen=True, slots=True)
class Signal:
    """What stem-like cells do, each over what the resting cell does: 1 is no change.

    Parameters
    ----------
    stemness, division, apoptosis : float or array
    """

    stemness: Rate = 1.0
    division: Rate = 1.0
    apoptosis: Rate = 1.0


@dataclass(frozen=True, slots=True)
class Lineage:
    """Rates per hour and shares; numbers, or arrays of one shape for many tumours.

    Parameters
    ----------
    kdiv_S, kdeath_S
        Division and death of stem-like cells.
    share_SS, share_SP
        Shares of their divisions that give two stem-like cells, and one with a progenitor.
    kdiv_P, kdeath_P, kmature_P, kreturn_P
        Division, death, maturation of progenitors, and their return to stem-like cells.
    kdeath_D
        Loss of differentiated cells.

    Examples
    --------
    >>> round(24 * float(Lineage.of_table(kreturn_P=0.0).growth), 5)  # per day
    0.006
    """

    kdiv_S: Rate
    share_SS: Rate
    share_SP: Rate
    kdeath_S: Rate
    kdiv_P: Rate
    kdeath_P: Rate
    kmature_P: Rate
    kreturn_P: Rate
    kdeath_D: Rate

    def __post_init__(self) -> None:
        for name in ("share_SS", "share_SP", "share_PP"):
            if not np.all(
                (np.asarray(getattr(self, name)) >= -1e-12) & (np.asarray(getattr(self, name)) <= 1)
            ):
                raise problem("lineage.share", f"{name} lies outside 0 to 1", hint="shares add up to 1")
        for name in (f.name for f in fields(self) if f.name[0] == "k"):
            if not np.all(np.isfinite(getattr(self, name)) & (np.asarray(getattr(self, name)) >= 0.0)):
                raise problem(
                    "lineage.rate", f"{name} is negative or no number", hint="give 0 or more per hour"
                )

    @classmethod
    def of_table(cls, **given: Rate) -> Lineage:
        """The lineage of the table ``biology/parameters/lineage.csv``; ``given`` replaces single rates.

        Examples
        --------
        >>> Lineage.of_table(kreturn_P=0.0).kreturn_P
        0.0
        """
        return cls(**{f.name: lineage_rows()[f.name].value for f in fields(cls)} | given)

    @property
    def share_PP(self) -> Rate:
        """Share of divisions of stem-like cells that give two progenitors."""
        return 1.0 - self.share_SS - self.share_SP

    def under(self, signal: Signal) -> Lineage:
        """The lineage of cells that signal so.

        Examples
        --------
        >>> strong = Lineage.of_table().under(Signal(stemness=1e6))
        >>> round(float(strong.share_SS + strong.share_SP), 6)  # no division into two progenitors is left
        1.0
        """
        n = {name: row.value for name, row in lineage_rows().items()}
        stemness = np.asarray(signal.stemness) ** n["hill_SS"]
        renewal = 1.0 + n["share_renewal_STAT3"] * (stemness - 1.0)
        odds = renewal * self.share_SS / np.asarray(self.share_PP)
        both = np.asarray(1.0 - self.share_SP)
        dying, half = np.asarray(signal.apoptosis), n["K_apoptosis"]
        more = n["gain_apoptosis"] * (dying / (half + dying) - 1.0 / (half + 1.0))
        cycling = 1.0 + n["share_division_STAT3"] * (np.asarray(signal.division) - 1.0)
        return replace(
            self,
            share_SS=both * odds / (1.0 + odds),
            kdiv_S=self.kdiv_S * cycling,
            kdeath_S=self.kdeath_S * (1.0 + more),
        )

    def faster(self, factor: Rate) -> Lineage:
        """The same lineage with every rate multiplied: what happens is the same, when it happens is not.

        Examples
        --------
        >>> Lineage.of_table().faster(2.0).kdiv_S
        0.005
        """
        rates = {f.name: getattr(self, f.name) * factor for f in fields(self) if f.name[0] == "k"}
        return replace(self, **rates)

    @property
    def means(self) -> Floats:
        """Growth of the expected numbers, (..., 3, 3): d/dt (S, P, D) = (S, P, D) @ means."""
        made = np.stack(np.broadcast_arrays(*self._entries()), axis=-1)
        return np.asarray(made.reshape(*made.shape[:-1], 3, 3))

    def _entries(self) -> tuple[Rate, ...]:
        loss = self.kdeath_P + self.kmature_P + self.kreturn_P
        return (
            self.kdiv_S * (self.share_SS - self.share_PP) - self.kdeath_S,
            self.kdiv_S * (self.share_SP + 2.0 * self.share_PP),
            0.0,
            self.kreturn_P,
            self.kdiv_P - loss,
            self.kmature_P,
            0.0,
            0.0,
            -np.asarray(self.kdeath_D),
        )

    @property
    def growth(self) -> Floats:
        """Rate (1/h) at which stem-like cells and progenitors grow in the long run: an eigenvalue."""
        found = np.linalg.eigvals(self.means[..., :2, :2])
        return np.asarray(found.real.max(axis=-1))

    @property
    def composition(self) -> Floats:
        """Shares of S, P and D in a tumour that has grown for long, (..., 3).

        Examples
        --------
        >>> Lineage.of_table(kreturn_P=0.0).composition.round(3).tolist()
        [0.038, 0.275, 0.687]
        """
        values, vectors = np.linalg.eig(np.swapaxes(self.means, -1, -2))
        reach = np.abs(vectors[..., 0, :].real) > 1e-12  # D alone dies out: no tumour
        best = np.where(reach, values.real, -np.inf).argmax(axis=-1)
        chosen = np.take_along_axis(vectors.real, best[..., np.newaxis, np.newaxis], axis=-1)[..., 0]
        return np.asarray(chosen / chosen.sum(axis=-1, keepdims=True))

    @property
    def worth(self) -> Floats:
        """Cells of the stable composition that one S, P or D stands for in the long run, (..., 3).

        An expected number at a late time t is (numbers @ worth) exp(growth t): the reproductive value.
        """
        left, stable = self.growth, self.composition
        active = self.means[..., :2, :2]
        # (active - growth) v = 0 with v of a stem-like cell 1
        second = np.where(active[..., 1, 0] > 0, active[..., 1, 0] / (left - active[..., 1, 1]), 0.0)
        v = np.stack([np.ones_like(second), second, np.zeros_like(second)], axis=-1)
        return np.asarray(v / (stable * v).sum(axis=-1, keepdims=True))
