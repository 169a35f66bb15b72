"""What an operation leaves unseen in each patient, under each structural option."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.extras import needs
from jakstat.initiation.foci import FociOption, foci_option
from jakstat.initiation.lineage import Lineage
from jakstat.patients.regrowth import cells_after_operation
from jakstat.population.cohort import Cohort
from jakstat.population.sampling import patient_draws
from jakstat.streams import stream

with needs("trial"):
    from scipy.special import ndtr

__all__ = ["RESIDUALS", "OccultFoci", "occult_foci_of"]

RESIDUALS = {"many": "large", "few": "few_100"}
"""Names of the options in a trial, and those of :mod:`jakstat.initiation.foci`."""
_MILLION = 1e6
_TRACE = 1e-9


@dataclass(frozen=True, slots=True)
class OccultFoci:
    """The focus of every patient.

    Parameters
    ----------
    there : bool array (patients,)
    cells : array (patients,)
        Living cells in millions.
    speed : float
        Pace of their lineage over that of the tumour.
    draw : array (patients,)
        Whether a focus dies out is decided by this uniform draw, the same in every arm.
    """

    there: NDArray[np.bool_]
    cells: Floats
    speed: float
    draw: Floats

    def grows(self, chance: Floats) -> NDArray[np.bool_]:
        """Whether a focus founds a tumour, given its chance of doing so."""
        return np.asarray(self.there & (self.draw < chance))

    def left(self, state: Mapping[str, Floats]) -> dict[str, Floats]:
        """The state of the tumour after the operation; a trace where there is no focus."""
        return cells_after_operation(state, np.where(self.there, self.cells, _TRACE))


def occult_foci_of(patients: Cohort, residual: str) -> OccultFoci:
    """Draw the foci of patients under an option.

    Parameters
    ----------
    patients : Cohort
    residual : str
        Of :data:`RESIDUALS`.

    Examples
    --------
    >>> from jakstat.population.cohort import cohort
    >>> found = occult_foci_of(cohort("resected", 50, seed=1), "few")
    >>> round(found.speed, 1), bool(found.there.all())
    (5.6, True)
    """
    option, large = foci_option(RESIDUALS[residual]), foci_option(RESIDUALS["many"])
    normal = patient_draws(patients.seed, patients.ids, ["focus", "focus_size"])
    size = np.minimum(option.size_median * np.exp(option.size_spread * normal[:, 1]), option.largest)
    draw = np.array([stream(patients.seed, "patient", who, "regrowth").random() for who in patients.ids])
    return OccultFoci(
        there=ndtr(normal[:, 0]) < option.share,
        cells=_whole(size, option) / _MILLION,
        speed=large.doubling_median / option.doubling_median,
        draw=draw,
    )


def _whole(size: Floats, option: FociOption) -> Floats:
    """All living cells of a focus, where an option counts only stem-like ones."""
    return size / float(Lineage.of_table().composition[0]) if option.stem_share == 1.0 else size
