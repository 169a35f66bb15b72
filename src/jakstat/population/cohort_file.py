"""Where the patients of a trial come from: a shipped population, a population file, or a cohort file."""

from __future__ import annotations

from pathlib import Path

from jakstat.population.cohort import Cohort, cohort

__all__ = ["patients_of"]


def patients_of(source: str, count: int, *, seed: int = 1, folder: Path = Path()) -> Cohort:  # noqa: ARG001
    """Patients by the word that a trial file has for them.

    Parameters
    ----------
    source : str
        A shipped population (:func:`jakstat.population.margins.population_names`).
    count : int
        How many.
    seed : int
    folder : Path
        Where the path of a file starts from.

    Raises
    ------
    InputError
        ``population.unknown``, ``count.range``, ``seed.range``.

    Examples
    --------
    >>> patients_of("sharp", 3, seed=2).weights.tolist()
    [1.0, 1.0, 1.0]
    """
    return cohort(source, count, seed=seed)
