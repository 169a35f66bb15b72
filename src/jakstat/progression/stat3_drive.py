"""What the IL-6 of a liver does to its hepatocytes: phospho-STAT3 at rest in a constant level of IL-6.

The levels are lanes of one run of the cell model; between them the curve is read on logarithmic scales.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from jakstat.arrays import Floats
from jakstat.experiment.run import simulate

__all__ = ["driven_STAT3", "pSTAT3_curve"]

_LEVELS = "0.0005..5 ng/ml:17"
_SETTLED = "400 h"
_PER_NG = 1000.0


@lru_cache(maxsize=16)
def pSTAT3_curve(
    context: str = "human_hepatocyte", ligand: str = "IL6", knockdown: tuple[str, ...] = ()
) -> tuple[Floats, Floats, float]:
    """Levels of IL-6 (pg/ml), the phospho-STAT3 that each holds, and that without IL-6 (molecules per cell).

    Parameters
    ----------
    context, ligand : str
    knockdown : tuple of str
        As ``SOCS3=0``.

    Raises
    ------
    InputError
        As :func:`jakstat.experiment.run.simulate`.

    Examples
    --------
    >>> level, held, rest = pSTAT3_curve()
    >>> bool((np.diff(held) > 0).all()), bool(held[0] > rest)
    (True, True)
    """
    found = simulate(
        context, stimuli={ligand: _LEVELS}, perturb=knockdown, until=_SETTLED, points=2, depletion=False,
        observe=["pSTAT3"], parts="core",
    )  # fmt: skip
    settled = found["pSTAT3"].values
    levels = next(v for name, v in found.coords.items() if str(name).startswith("dose_"))
    return np.asarray(levels.values * _PER_NG, dtype=float), settled[:, -1], float(settled[0, 0])


def driven_STAT3(
    il6: Floats | float,
    context: str = "human_hepatocyte",
    ligand: str = "IL6",
    knockdown: tuple[str, ...] = (),
) -> Floats:
    """Phospho-STAT3 of a hepatocyte above that without IL-6, in molecules per cell.

    Parameters
    ----------
    il6 : float or array
        IL-6 around it, pg/ml; below the lowest level of the curve in proportion to it.
    context, ligand, knockdown
        As :func:`pSTAT3_curve`.

    Examples
    --------
    >>> bool(driven_STAT3(30.0) > 2 * driven_STAT3(10.0)), float(driven_STAT3(0.0))
    (True, 0.0)
    """
    level, held, rest = pSTAT3_curve(context, ligand, knockdown)
    asked, driven = np.asarray(il6, dtype=float), held - rest
    inside = np.clip(asked, level[0], level[-1])
    read = np.exp(np.interp(np.log(inside), np.log(level), np.log(driven)))
    return np.asarray(np.where(asked < level[0], read * asked / level[0], read), dtype=float)
