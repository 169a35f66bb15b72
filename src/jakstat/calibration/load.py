"""A PEtab problem from its YAML file, whichever version."""

from __future__ import annotations

from pathlib import Path

from jakstat.calibration.petab_files import read_petab_files
from jakstat.calibration.petab_reader import read_problem
from jakstat.calibration.problem import FitProblem

__all__ = ["load_problem"]


def load_problem(path: str | Path) -> FitProblem:
    """Read and check a PEtab problem, version 1 or 2.

    Parameters
    ----------
    path : path
        The YAML file; all other files must lie in its folder. The SBML file is read in a child process.

    Returns
    -------
    FitProblem

    Raises
    ------
    InputError
        Everything that is wrong, with file, line and column; ``petab.unsupported`` names what PEtab
        allows and this version cannot do.

    Examples
    --------
    >>> load_problem("nowhere.yaml")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.yaml: there is no such file. [file.missing]
    """
    files = read_petab_files(path)
    from jakstat.engine.load import load_sbml

    return read_problem(files, load_sbml(files.models[0]))
