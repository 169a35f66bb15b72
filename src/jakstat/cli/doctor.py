"""`jakstat doctor`: what is installed, what is missing, and the one line that mends it."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec

import typer

from jakstat.cli.situation_options import Answer, framed
from jakstat.identity import VERSION
from jakstat.store import NOTICE

__all__ = ["Check", "checks", "doctor"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: a part, whether it is there, and how to get it."""

    part: str
    needed: bool
    found: bool
    version: str
    purpose: str
    fix: str


# distribution, module, needed at run time, what for
_PARTS: tuple[tuple[str, str, bool, str], ...] = (
    ("numpy", "numpy", True, "arrays"),
    ("scipy", "scipy", True, "integration and fits"),
    ("lifelines", "lifelines", True, "survival of virtual patients"),
    ("fsspec", "fsspec", True, "folders of trials anywhere"),
    ("jinja2", "jinja2", True, "reports of trials"),
    ("markupsafe", "markupsafe", True, "reports of trials"),
    ("llvmlite", "llvmlite", True, "compiling models"),
    ("python-libsbml", "libsbml", True, "reading and checking SBML"),
    ("antimony", "antimony", True, "assembling the model"),
    ("pint", "pint", True, "units"),
    ("pydantic", "pydantic", True, "records"),
    ("PyYAML", "yaml", True, "protocol files"),
    ("jsonschema", "jsonschema", True, "checking protocol files"),
    ("typer", "typer", True, "the command line"),
    ("rich", "rich", True, "tables on the terminal"),
    ("xarray", "xarray", True, "labelled results"),
    ("matplotlib", "matplotlib", True, "figures"),
    ("petab", "petab", True, "calibration problems"),
    ("fides", "fides", True, "searching for the best fit"),
    ("emcee", "emcee", True, "posterior samples"),
    ("zarr", "zarr", True, "results of many lanes"),
    ("pyarrow", "pyarrow", True, "results of many lanes as Parquet and CSV"),
    ("h5netcdf", "h5netcdf", True, "results as netCDF"),
    ("openpyxl", "openpyxl", True, "workbooks of spreadsheet programs"),
    ("libroadrunner", "roadrunner", False, "comparison with another simulator (tests)"),
    ("pytest", "pytest", False, "running the tests"),
    ("hypothesis", "hypothesis", False, "running the tests"),
)


def checks() -> tuple[Check, ...]:
    """Look at Python and at every part, without importing any.

    Examples
    --------
    >>> {check.part: check.found for check in checks()}["numpy"]
    True
    """
    python = sys.version_info >= (3, 11)
    first = Check(
        "Python", True, python, platform.python_version(), "", "" if python else "install Python 3.11"
    )
    return (first, *(_check(*part) for part in _PARTS))


def _check(distribution: str, module: str, needed: bool, purpose: str) -> Check:
    found = find_spec(module) is not None
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        version = ""
    wanted = f"pip install {distribution}" if needed else "pip install 'jakstat[test]'"
    return Check(distribution, needed, found, version, purpose, "" if found else wanted)


@framed(without=("plot",))
def doctor(answer: Answer) -> None:
    """Say what is installed and how to mend what is missing; exit 1 if something needed is missing."""
    rows = checks()
    ok = all(row.found for row in rows if row.needed)
    parts = [asdict(row) for row in rows]

    def show() -> None:
        typer.echo(f"jakstat {VERSION}")
        for row in rows:
            state = "ok     " if row.found else ("MISSING" if row.needed else "absent ")
            line = f"  {state} {row.part:<16} {row.version:<12} {row.purpose}"
            typer.echo(line.rstrip() + (f"   -> {row.fix}" if row.fix else ""))
        typer.echo(
            "All that is needed is there." if ok else "Something needed is missing; see the lines above."
        )
        typer.echo(NOTICE)

    answer.listing(
        "what is installed",
        document={"jakstat": VERSION, "ok": ok, "parts": parts, "notice": NOTICE},
        rows=parts,
        show=show,
    )
    if not ok:
        raise typer.Exit(1)
