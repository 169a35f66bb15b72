"""Saving a cell of a user's own: numbers of his, on top of a cell of the product, which stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from jakstat.biology.contexts import Context, context, parameters, shipped_contexts
from jakstat.biology.own_folder import check_own_name, forget_own, keep_own
from jakstat.biology.saved_contexts import (
    CONTEXTS,
    SavedContext,
    data_key_problem,
    saved_context,
    saved_text,
    user_row,
)
from jakstat.biology.states import states
from jakstat.errors import InputError, Problem
from jakstat.knowledge.parameter_table import Row

__all__ = ["forget_context", "save_context"]


def save_context(
    name: str,
    *,
    like: str,
    rows: Iterable[Row],
    title: str,
    made_by: str,
    data_key: str,
    same_cell: bool = True,
    replace: bool = False,
) -> Path:
    """Keep a cell of the user's own, which every command then takes by its name.

    Parameters
    ----------
    name : str
        A word that is no cell and no state of the product; letters, digits and ``_``.
    like : str
        The cell that everything else comes from, with its states: ``"hepg2+HBV"``. If it is the user's own,
        its numbers come along.
    rows : iterable of Row
        The user's numbers, each of a parameter that this cell has, in the unit of its table; their grade and
        source become ``user``. Other rows of the cell keep their values.
    title : str
    made_by : str
        The command that made it, for whoever finds the file.
    data_key : str
        SHA-256 of the data, in hexadecimal.
    same_cell : bool
        True for numbers fitted to the very cell it is like: what is not given keeps its grade and range.
        False for another cell: what is not given is assumed, in the wider range of
        :mod:`jakstat.knowledge.nearness`.
    replace : bool
        Whether it may replace one of the user's own that has the name.

    Returns
    -------
    Path
        The file, whole.

    Raises
    ------
    InputError
        ``own.name``, ``own.exists``, ``own.row`` (a number that the cell does not have, in another unit, or
        outside its range), ``own.file`` (no data key), ``context.unknown``, ``file.write``.

    Examples
    --------
    >>> rows = [Row("abundance_STAT3", 5e5, "pM", 4e5, 6e5, "user", "user", "")]
    >>> save_context("mine", like="hepg2", rows=rows, title="", made_by="", data_key="0" * 64)
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: abundance_STAT3 is in pM and not in 1/cell. [own.row]
    """
    check_own_name(name, taken=(*shipped_contexts(), *states()), what="context", field="--save")
    cell = context(like)
    given = tuple(user_row(row) for row in rows)
    problems = list(_row_problems(given, cell))
    if (fault := data_key_problem(data_key)) is not None:
        problems.append(fault)
    if problems:
        raise InputError(problems)
    base, inherited, other = _base(like, given)
    saved = SavedContext(
        name=name,
        title=title,
        like=base,
        rows=(*given, *inherited),
        made_by=made_by,
        data_key=data_key,
        same_cell=same_cell and not other,
    )
    return keep_own(CONTEXTS, name, saved_text(saved), replace=replace, field="--save")


def _base(like: str, given: Iterable[Row]) -> tuple[str, tuple[Row, ...], bool]:
    """The product's cell behind what it is like; numbers that come along, and whether it is another cell."""
    kind, *modifiers = like.split("+")
    saved = saved_context(kind) if kind not in shipped_contexts() else None
    if saved is None:
        return like, (), False
    own = {row.id for row in given}
    cell = context(like)  # with the states that are written behind it
    kept = tuple(
        replace(user_row(cell.row(row.id)), note=f"from {kind}, data {saved.data_key[:8]}; {row.note}")
        for row in saved.rows
        if row.id not in own
    )
    return "+".join([saved.like, *modifiers]), kept, not saved.same_cell


def _row_problems(given: tuple[Row, ...], cell: Context) -> Iterator[Problem]:
    known = {row.id: row for row in (*parameters(), *cell.rows)}
    seen: set[str] = set()
    if not given:
        yield Problem("own.row", "there is no number of your own", hint="give one at least")
    for row in given:
        table = known.get(row.id)
        if table is None:
            yield Problem("own.row", f"{row.id[:60]!r} is no number of {cell.name}")
        elif row.unit != table.unit:
            yield Problem("own.row", f"{row.id} is in {row.unit} and not in {table.unit}")
        if row.id in seen:
            yield Problem("own.row", f"{row.id} is given twice", hint="give it once")
        seen.add(row.id)
        if not row.low <= row.value <= row.high:  # NaN too
            yield Problem("own.row", f"{row.id} = {row.value:g} lies outside {row.low:g}..{row.high:g}")


def forget_context(name: str) -> None:
    """Take a cell of the user's own away.

    Raises
    ------
    InputError
        ``own.unknown``.

    Examples
    --------
    >>> forget_context("hepg2")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: --forget: there is no 'hepg2' among your own contexts. ... [own.unknown]
    """
    forget_own(CONTEXTS, name, field="--forget")
