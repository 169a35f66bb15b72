"""Every null model on the same dose matrices."""

from __future__ import annotations

from dataclasses import dataclass

from jakstat.arrays import Floats
from jakstat.combination.bliss import bliss_excess
from jakstat.combination.hsa import hsa_excess
from jakstat.combination.loewe import loewe
from jakstat.combination.musyc import MuSyC, fit_musyc
from jakstat.combination.zip_delta import ZipCurves, zip_curves
from jakstat.experiment.hill_fit import HillCurves, fit_hill

__all__ = ["Excesses", "excesses"]


@dataclass(frozen=True)
class Excesses:
    """What the null models make of dose matrices; arrays (n, a - 1, b - 1), curves and surfaces n each.

    ``zip_curves`` are those of all n together.
    """

    bliss: Floats
    hsa: Floats
    loewe: Floats
    index: Floats
    zip: Floats
    first: HillCurves
    second: HillCurves
    musyc: MuSyC | None
    zip_curves: ZipCurves | None = None

    def by_model(self, name: str) -> Floats:
        """The excess of a model by its key."""
        found = {"bliss": self.bliss, "hsa": self.hsa, "loewe": self.loewe, "zip": self.zip}
        return found[name]

    def row(self, k: int) -> Excesses:
        """The same of matrix ``k`` alone."""
        one = slice(k, k + 1)
        return Excesses(
            self.bliss[one],
            self.hsa[one],
            self.loewe[one],
            self.index[one],
            self.zip[one],
            self.first.row(k),
            self.second.row(k),
            None if self.musyc is None else self.musyc.row(k),
        )


def excesses(
    dose_a: Floats,
    dose_b: Floats,
    effect: Floats,
    *,
    musyc: bool = True,
    start: Floats | None = None,
) -> Excesses:
    """All null models on dose matrices.

    Parameters
    ----------
    dose_a, dose_b : array (a,), (b,) or (n, a), (n, b)
        Doses; the first of each is 0.
    effect : array (n, a, b)
        Share of the full effect, 0 without drugs.
    musyc : bool
        Whether to fit MuSyC's surface, which takes longest.
    start : array (9,), optional
        Where MuSyC's search may begin too.

    Examples
    --------
    >>> import numpy as np
    >>> d = np.concatenate([[0.0], np.geomspace(1.0, 100.0, 6)])
    >>> y = d / (10.0 + d)
    >>> e = y[:, None] + y[None, :] - y[:, None] * y[None, :]
    >>> bool(np.abs(excesses(d, d, e[None]).bliss).max() < 1e-12)
    True
    """
    first = fit_hill(dose_a[..., 1:], effect[:, 1:, 0])
    second = fit_hill(dose_b[..., 1:], effect[:, 0, 1:])
    additive = loewe(dose_a, dose_b, effect, first, second)
    surface = fit_musyc(dose_a, dose_b, effect, first, second, start=start) if musyc else None
    curves = zip_curves(dose_a, dose_b, effect, first, second)
    return Excesses(
        bliss_excess(effect),
        hsa_excess(effect),
        additive.excess,
        additive.index,
        curves.delta(),
        first,
        second,
        surface,
        curves,
    )
