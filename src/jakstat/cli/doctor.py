"""`jakstat doctor`: what is installed, what each extra enables, and the line that mends what is missing."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import Any

import typer

from jakstat.cli.situation_options import Answer, framed
from jakstat.extras import EXTRAS, PACKAGES, Package, absent_packages, mend
from jakstat.identity import VERSION
from jakstat.store import NOTICE

__all__ = ["Check", "checks", "doctor"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: a part, whether it is there, and how to get it.

    ``extra`` is the extra that brings the part; empty for what is always needed.
    """

    part: str
    extra: str
    found: bool
    version: str
    purpose: str
    fix: str

    @property
    def needed(self) -> bool:
        """Whether nothing works without it."""
        return not self.extra


# what only the tests need
_TEST_PARTS = (
    Package("libroadrunner", "roadrunner", "test", "comparison with another simulator"),
    Package("pytest", "pytest", "test", "running the tests"),
    Package("hypothesis", "hypothesis", "test", "running the tests"),
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
        "Python", "", python, platform.python_version(), "", "" if python else "install Python 3.11"
    )
    return (first, *(_check(part) for part in (*PACKAGES, *_TEST_PARTS)))


def _check(part: Package) -> Check:
    found = find_spec(part.module) is not None
    try:
        version = metadata.version(part.distribution)
    except metadata.PackageNotFoundError:
        version = ""
    wanted = mend(part.extra) if part.extra else f"pip install {part.distribution}"
    return Check(part.distribution, part.extra, found, version, part.purpose, "" if found else wanted)


def _extra_rows() -> list[dict[str, Any]]:
    """Each extra: what it enables, and which of its packages are not there."""
    rows = []
    for extra in EXTRAS:
        lacking = absent_packages(extra.name)
        rows.append(
            {
                "extra": extra.name,
                "found": not lacking,
                "enables": extra.enables,
                "absent": list(lacking),
                "fix": mend(extra.name) if lacking else "",
            }
        )
    return rows


@framed(without=("plot",))
def doctor(answer: Answer) -> None:
    """Say what is installed and how to mend what is missing; exit 1 if something needed is missing."""
    rows = checks()
    ok = all(row.found for row in rows if row.needed)
    parts = [asdict(row) | {"needed": row.needed} for row in rows]
    extras = _extra_rows()

    def show() -> None:
        typer.echo(f"jakstat {VERSION}")
        for row in rows:
            if row.needed:
                state = "ok     " if row.found else "MISSING"
                line = f"  {state} {row.part:<16} {row.version:<12} {row.purpose}"
                typer.echo(line.rstrip() + (f"   -> {row.fix}" if row.fix else ""))
        typer.echo("Extras:")
        for extra in extras:
            line = f"  {'ok     ' if extra['found'] else 'absent '} {extra['extra']:<16} {extra['enables']}"
            typer.echo(line + (f"   -> {extra['fix']}" if extra["fix"] else ""))
        typer.echo(
            "All that is needed is there." if ok else "Something needed is missing; see the lines above."
        )
        typer.echo(NOTICE)

    answer.listing(
        "what is installed",
        document={"jakstat": VERSION, "ok": ok, "parts": parts, "extras": extras, "notice": NOTICE},
        rows=parts,
        show=show,
    )
    if not ok:
        raise typer.Exit(1)
