"""Packages that only some answers need: which extra brings them, and the one error when they are not there.

Whoever imports such a package does it in one way::

    with needs("plot"):
        from matplotlib.figure import Figure
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import TracebackType

from jakstat.errors import InputError, Problem

__all__ = [
    "EXTRAS",
    "PACKAGES",
    "Extra",
    "MissingExtraError",
    "Package",
    "absent_packages",
    "check_extra",
    "mend",
    "needs",
]


@dataclass(frozen=True, slots=True)
class Extra:
    """A name in ``pip install 'jakstat[NAME]'``: the extras it holds itself, and what it is for."""

    name: str
    holds: tuple[str, ...]
    enables: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package: its name for pip and for import, the extra that asks for it ("" for all), what it does."""

    distribution: str
    module: str
    extra: str
    purpose: str


EXTRAS: tuple[Extra, ...] = (
    Extra("plot", (), "figures: --plot, the curve of the demo"),
    Extra(
        "analysis", ("plot",),
        "steady states, bistability, combinations, fits of your own curves, dilution, virtual subjects",
    ),
    Extra("trial", ("analysis",), "virtual patients, trials and their reports, the demo's trial"),
    Extra("fit", ("analysis",), "PEtab problems, fits of the model, posterior samples"),
    Extra("store", (), "files of many lanes (Zarr, Parquet, CSV), netCDF, workbooks, folders of a URL"),
    Extra("exchange", (), "archives and documents of other tools"),
    Extra("lab", ("trial", "store"), "the laboratory in a browser"),
    Extra("dask", ("trial",), "trials on a Dask cluster"),
)  # fmt: skip
"""Each extra of the package but `docs`, `test` and `bench`, which no answer needs, and `all`."""

PACKAGES: tuple[Package, ...] = (
    Package("numpy", "numpy", "", "arrays"),
    Package("llvmlite", "llvmlite", "", "compiling models"),
    Package("python-libsbml", "libsbml", "", "reading and checking SBML"),
    Package("antimony", "antimony", "", "assembling the model"),
    Package("pint", "pint", "", "units"),
    Package("pydantic", "pydantic", "", "records"),
    Package("PyYAML", "yaml", "", "protocol files"),
    Package("typer", "typer", "", "the command line"),
    Package("rich", "rich", "", "tables on the terminal"),
    Package("xarray", "xarray", "", "labelled results"),
    Package("pandas", "pandas", "", "tables in Python"),
    Package("matplotlib", "matplotlib", "plot", "figures"),
    Package("scipy", "scipy", "analysis", "distributions, roots and integration"),
    Package("lifelines", "lifelines", "trial", "survival of virtual patients"),
    Package("pyarrow", "pyarrow", "trial", "tables of virtual patients"),
    Package("zarr", "zarr", "trial", "courses of virtual patients"),
    Package("jinja2", "jinja2", "trial", "reports of trials"),
    Package("markupsafe", "markupsafe", "trial", "reports of trials"),
    Package("petab", "petab", "fit", "calibration problems"),
    Package("fides", "fides", "fit", "searching for the best fit"),
    Package("emcee", "emcee", "fit", "posterior samples"),
    Package("zarr", "zarr", "store", "results of many lanes"),
    Package("pyarrow", "pyarrow", "store", "results of many lanes as Parquet and CSV"),
    Package("h5netcdf", "h5netcdf", "store", "results as netCDF"),
    Package("openpyxl", "openpyxl", "store", "workbooks of spreadsheet programs"),
    Package("fsspec", "fsspec", "store", "folders of trials anywhere"),
    Package("fastapi", "fastapi", "lab", "the server of the laboratory"),
    Package("uvicorn", "uvicorn", "lab", "the server of the laboratory"),
    Package("starlette", "starlette", "lab", "the server of the laboratory"),
    Package("distributed", "distributed", "dask", "workers of a Dask cluster"),
)
"""What jakstat imports of others."""

_BY_NAME = {extra.name: extra for extra in EXTRAS}


class MissingExtraError(InputError):
    """Packages that the answer needs are not installed; the hint is the line that installs them."""


def mend(extra: str) -> str:
    """The line that installs an extra.

    Examples
    --------
    >>> mend("plot")
    "pip install 'jakstat[plot]'"
    """
    return f"pip install 'jakstat[{extra}]'"


def absent_packages(extra: str) -> tuple[str, ...]:
    """Packages of an extra, and of those that it holds, that are not installed; none is imported.

    Examples
    --------
    >>> absent_packages("plot")
    ()
    """
    held = tuple(name for inner in _BY_NAME[extra].holds for name in absent_packages(inner))
    own = (p.distribution for p in PACKAGES if p.extra == extra and find_spec(p.module) is None)
    return tuple(dict.fromkeys((*held, *own)))


def check_extra(extra: str, *packages: str) -> None:
    """See that an extra is installed before long work starts that needs it at its end.

    Parameters
    ----------
    extra : str
    *packages : str
        Those of its packages that are needed; all if none is named.

    Raises
    ------
    MissingExtraError
        ``extra.missing``, with every package that is not there.

    Examples
    --------
    >>> check_extra("trial")
    """
    lacking = [name for name in absent_packages(extra) if not packages or name in packages]
    if lacking:
        raise _missing(extra, lacking)


def needs(extra: str) -> _Imports:
    """A block of imports that needs an extra.

    Parameters
    ----------
    extra : str
        Name of the extra that has everything the question needs.

    Raises
    ------
    MissingExtraError
        ``extra.missing``, when a package of the block is not there.

    Examples
    --------
    >>> with needs("plot"):
    ...     raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")
    Traceback (most recent call last):
    ...
    jakstat.extras.MissingExtraError: this needs matplotlib, ... pip install 'jakstat[plot]' [extra.missing]
    """
    return _Imports(extra)


@dataclass(frozen=True, slots=True)
class _Imports:
    extra: str

    def __enter__(self) -> None:
        """Nothing to set up."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        root = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
        if root not in ("", "jakstat"):
            raise _missing(self.extra, (root,)) from None


def _missing(extra: str, packages: Sequence[str]) -> MissingExtraError:
    verb = "is" if len(packages) == 1 else "are"
    message = f"this needs {', '.join(packages)}, which {verb} not installed"
    return MissingExtraError([Problem("extra.missing", message, hint=mend(extra))])
