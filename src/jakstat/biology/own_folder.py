"""The folder of what a user has made his own: cells and drugs, a YAML file each.

Nothing in it changes the shipped model. A file is written whole or not at all, and read anew each time
that it is asked for, so that what is replaced counts at once.
"""

from __future__ import annotations

import os
import re
from contextlib import nullcontext
from pathlib import Path

from jakstat.errors import InputError, problem
from jakstat.limits import LIMITS
from jakstat.store import locked, write_problem, write_text
from jakstat.systems import user_folder
from jakstat.tables import is_file, read_file

__all__ = ["check_own_name", "forget_own", "keep_own", "own_bytes", "own_folder", "own_names"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


def own_folder() -> Path:
    """Where a user's own cells and drugs are kept: ``JAKSTAT_HOME``, else the user's data folder."""
    named = os.environ.get("JAKSTAT_HOME")
    if named:
        return Path(named)
    return user_folder("data")


def own_names(kind: str) -> tuple[str, ...]:
    """The names of the user's own things of a kind (``"contexts"``, ``"drugs"``), sorted.

    Examples
    --------
    >>> own_names("nothing of this kind")
    ()
    """
    try:
        found = [place.stem for place in (own_folder() / kind).iterdir() if place.suffix == ".yaml"]
    except OSError:
        return ()
    return tuple(sorted(name for name in found if _NAME.fullmatch(name)))


def own_bytes(kind: str, name: str) -> bytes | None:
    """The file of one of them, or None when there is none.

    Raises
    ------
    InputError
        ``file.unreadable``, ``file.too-large``.

    Examples
    --------
    >>> own_bytes("contexts", "../secret") is None
    True
    """
    place = own_folder() / kind / f"{name}.yaml"
    if not _NAME.fullmatch(name) or not is_file(place):
        return None
    return read_file(place, most=LIMITS.protocol_bytes)


def check_own_name(name: str, *, taken: tuple[str, ...], what: str, field: str | None = None) -> None:
    """Refuse a name that is no word, or one that the product has given already.

    Raises
    ------
    InputError
        ``own.name``.

    Examples
    --------
    >>> check_own_name("HepG2", taken=("hepg2",), what="context")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: 'HepG2' is a context of the product. give ... name, e.g. my_HepG2 [own.name]
    """
    if not _NAME.fullmatch(name):
        message = f"{name[:60]!r} is no name for a {what}"
        hint = "begin with a letter; letters, digits and _ follow, at most 40 in all"
        raise problem("own.name", message, field=field, hint=hint)
    if name.casefold() in {other.casefold() for other in taken}:
        message, hint = f"{name!r} is a {what} of the product", f"give another name, e.g. my_{name}"
        raise problem("own.name", message, field=field, hint=hint)


def keep_own(
    kind: str, name: str, text: str, *, replace: bool, field: str | None = None, lock: bool = True
) -> Path:
    """Write the file of one of the user's own things, all of it or nothing.

    Without ``lock`` two may write it at once, which does no harm where the name follows from the text.

    Raises
    ------
    InputError
        ``own.exists``; ``file.write``, ``file.busy``.
    """
    place = own_folder() / kind / f"{name}.yaml"
    alike = [other for other in own_names(kind) if other.casefold() == name.casefold()]
    if alike and not (replace and alike == [name]):
        message = f"there is already {alike[0]!r} among your own {kind}"
        hint = "give another name, or --force to replace it" if alike == [name] else "give another name"
        raise problem("own.exists", message, field=field, hint=hint)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _unwritable(place, error) from None
    with locked(place) if lock else nullcontext():
        return write_text(place, text, replace=True)


def _unwritable(place: Path, error: OSError) -> InputError:
    found = write_problem(place, error).problems[0]
    hint = "JAKSTAT_HOME names another folder for your own cells and drugs"
    return problem(found.code, found.message, file=str(place.parent), hint=hint)


def forget_own(kind: str, name: str, *, field: str | None = None) -> None:
    """Remove one of the user's own things.

    Raises
    ------
    InputError
        ``own.unknown``.

    Examples
    --------
    >>> forget_own("contexts", "nobody")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: there is no 'nobody' among your own contexts. ... [own.unknown]
    """
    if own_bytes(kind, name) is None:
        known = own_names(kind)
        hint = f"yours are {', '.join(known)}" if known else f"you have no {kind} of your own"
        message = f"there is no {name[:60]!r} among your own {kind}"
        raise problem("own.unknown", message, field=field, hint=hint)
    place = own_folder() / kind / f"{name}.yaml"
    try:
        place.unlink()
    except OSError as error:
        raise write_problem(place, error) from None
