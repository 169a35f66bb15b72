"""Contexts: which cell it is, told by abundances, volumes and a documented few constants.

A context may be ``like`` another: it takes over the numbers of that cell, graded as assumed, and
gives its own. States (an infection, a mutation) are written behind a plus, as in
``"hepg2+HBV"``; they change numbers of the cell, and any of them combine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, cast

import yaml

from jakstat.biology.parts import part_names, templates
from jakstat.errors import problem
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["Context", "State", "context", "contexts", "parameters", "state", "states"]

_FOLDER = "parameters"


@dataclass(frozen=True, slots=True)
class Context:
    """A kind of cell in culture.

    ``rows`` are the numbers that make it this cell; everything else comes from
    the parameter tables that all contexts share. ``requires`` names the parts that
    this cell cannot be told without.
    """

    name: str
    title: str
    species: Literal["human", "mouse"]
    taxonomy: str
    cell: str
    sources: tuple[str, ...]
    rows: tuple[Row, ...]
    requires: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def row(self, identifier: str) -> Row:
        """The context's own number called ``identifier`` (KeyError when it has none)."""
        for row in self.rows:
            if row.id == identifier:
                return row
        raise KeyError(identifier)


@dataclass(frozen=True, slots=True)
class State:
    """Something that happened to a cell: an infection, a mutation, a silenced gene.

    ``rows`` carry as key how they act on the cell's number: ``times`` or ``set``.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    rows: tuple[Row, ...]
    requires: tuple[str, ...] = ()


def _read(name: str) -> str:
    return files("jakstat.biology").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def parameters() -> tuple[Row, ...]:
    """The constants that all contexts share, with unit, range, grade and source; one table per part.

    Examples
    --------
    >>> next(row.unit for row in parameters() if row.id == "KD_IL6_IL6R")
    'nM'
    """
    found: dict[str, Row] = {}
    for name in ("shared", *part_names(instances=False), *templates()):
        file = files("jakstat.biology").joinpath(_FOLDER, f"{name}.csv")
        if not file.is_file():
            continue
        rows = read_table(file.read_text(encoding="utf-8"), file=f"biology/parameters/{name}.csv")
        for row in _expanded(rows, templates().get(name, {})):
            if row.id in found:
                raise problem("table.duplicate", f"{row.id} is given by two parts", file=f"{name}.csv")
            found[row.id] = row
    return tuple(found.values())


def _expanded(rows: Iterable[Row], instances: Iterable[str]) -> Iterable[Row]:
    """Rows of a template for each of its instances; a row of the instance's own takes precedence."""
    rows = tuple(rows)
    own = {row.id for row in rows}
    for row in rows:
        if "%id%" not in row.id:
            yield row
            continue
        for instance in instances:
            filled = row.id.replace("%id%", instance)
            if filled not in own:
                yield replace(row, id=filled)


@lru_cache(maxsize=1)
def _all() -> Mapping[str, Context]:
    rows = read_table(_read("contexts.csv"), file="biology/contexts.csv", leading=("context",))
    heads: dict[str, Any] = yaml.safe_load(_read("contexts.yaml"))
    found: dict[str, Context] = {}
    for name, head in heads.items():
        own = tuple(row for row in rows if row.key == (name,))
        model = found[head["like"]] if "like" in head else None
        found[name] = Context(
            name=name,
            title=head["title"],
            species=cast('Literal["human", "mouse"]', head["species"]),
            taxonomy=head["taxonomy"],
            cell=head["cell"],
            sources=tuple(head["sources"]),
            rows=own if model is None else (*own, *_taken_over(model, own)),
            requires=tuple(head.get("requires", ())) or (model.requires if model else ()),
        )
    return found


def _taken_over(model: Context, own: Iterable[Row]) -> Iterable[Row]:
    """What a cell has from the one it is like: no number of its own, so each is assumed."""
    given = {row.id for row in own}
    for row in model.rows:
        if row.id not in given:
            note = f"value of {model.name}" + (f"; {row.note}" if row.note else "")
            yield replace(row, grade="assumed", note=note)


@lru_cache(maxsize=1)
def _states() -> Mapping[str, State]:
    rows = read_table(_read("states.csv"), file="biology/states.csv", leading=("state", "acts"))
    heads: dict[str, Any] = yaml.safe_load(_read("states.yaml")) or {}
    return {
        name: State(
            name=name,
            title=head["title"],
            sources=tuple(head["sources"]),
            rows=tuple(row for row in rows if row.key[0] == name),
            requires=tuple(head.get("requires", ())),
        )
        for name, head in heads.items()
    }


def contexts() -> tuple[str, ...]:
    """The names of the contexts.

    Examples
    --------
    >>> contexts()[:3]
    ('hepg2', 'mouse_hepatocyte', 'human_hepatocyte')
    """
    return tuple(_all())


def states() -> tuple[str, ...]:
    """The names of the states that may be put on a context.

    Examples
    --------
    >>> all(state(name).title for name in states())
    True
    """
    return tuple(_states())


def state(name: str) -> State:
    """The state called ``name``.

    Raises
    ------
    InputError
        No such state; the message names the nearest one.
    """
    if name in _states():
        return _states()[name]
    raise problem(
        "state.unknown", f"there is no state {name[:80]!r}", field="context", hint=_near(name, states())
    )


def _near(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"


@lru_cache(maxsize=128)
def context(name: str) -> Context:
    """The context called ``name``, with the states written behind it (``"hepg2+HBV"``).

    Raises
    ------
    InputError
        No such context or state, or a state twice; the message names the nearest one.

    Examples
    --------
    >>> context("hepg2").species
    'human'
    """
    cell, *modifiers = name.split("+")
    if cell not in _all():
        hint = _near(cell, contexts())
        raise problem("context.unknown", f"there is no context {cell[:80]!r}", field="context", hint=hint)
    found = _all()[cell]
    if len(set(modifiers)) < len(modifiers):
        raise problem("state.twice", f"a state is given twice in {name[:80]!r}", field="context")
    for modifier in modifiers:
        found = _modified(found, state(modifier))
    return found


def _modified(cell: Context, change: State) -> Context:
    """The cell after a state changed its numbers."""
    shared = {row.id: row for row in parameters()}
    rows = {row.id: row for row in cell.rows}
    for row in change.rows:
        before = rows.get(row.id) or shared.get(row.id)
        if before is None:
            raise problem("parameter.unknown", f"state {change.name} changes {row.id!r}, which no table has")
        rows[row.id] = _changed(before, row, change.name)
    return replace(
        cell,
        name=f"{cell.name}+{change.name}",
        title=f"{cell.title}, {change.title}",
        sources=tuple(dict.fromkeys((*cell.sources, *change.sources))),
        rows=tuple(rows.values()),
        requires=tuple(dict.fromkeys((*cell.requires, *change.requires))),
        states=(*cell.states, change.name),
    )


def _changed(before: Row, row: Row, name: str) -> Row:
    note = f"{name}: {row.note}" if row.note else name
    if row.key[1] == "set":
        return replace(row, id=before.id, unit=before.unit, note=note, key=before.key)
    value, low, high = (before.value * row.value, before.low * row.low, before.high * row.high)
    return replace(
        before,
        value=value,
        low=min(low, value),
        high=max(high, value),
        grade=row.grade,
        source=row.source,
        note=note,
    )
