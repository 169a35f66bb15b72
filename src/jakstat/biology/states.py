"""States: what may have happened to a cell (an infection, a mutation, a silenced gene).

A state changes numbers of the cell by ``times`` (a factor), ``add`` or ``set``. Any states combine,
in any order: two that change the same number must both be factors or both additions. A state says
which cells it can befall.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jakstat.biology.kept import kept_yaml
from jakstat.errors import Problem, problem
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["State", "conflict", "state", "state_hint", "states"]

_ACTS = ("times", "add", "set")
_FILE = "biology/states.csv"


@dataclass(frozen=True, slots=True)
class State:
    """Something that happened to a cell.

    Parameters
    ----------
    name, title : str
    sources : tuple of str
    rows : tuple of Row
        Each carries as key the state and how it acts on the cell's number: ``times``, ``add`` or ``set``.
    requires : tuple of str
        Parts that the state cannot be told without.
    species : str
        The species it befalls; empty for any.
    kinds : tuple of str
        The kinds of cell it befalls; empty for any.
    records : tuple of str
        Ids of quantities and claims about it, such as how often it is found.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    rows: tuple[Row, ...]
    requires: tuple[str, ...] = ()
    species: str = ""
    kinds: tuple[str, ...] = ()
    records: tuple[str, ...] = ()

    def befalls(self, species: str, kind: str) -> bool:
        """Whether a cell of this species and kind can be in the state.

        Examples
        --------
        >>> State("virus", "infected", (), (), species="human").befalls("mouse", "liver")
        False
        """
        return self.species in ("", species) and (not self.kinds or kind in self.kinds)

    @property
    def cells(self) -> str:
        """In words, the cells it befalls.

        Examples
        --------
        >>> State("virus", "infected", (), (), species="human", kinds=("liver",)).cells
        'human cells (liver)'
        """
        kinds = f" ({', '.join(self.kinds)})" if self.kinds else ""
        return f"{self.species or 'all'} cells{kinds}"

    def changed(self, rows: Mapping[str, Row], shared: Mapping[str, Row]) -> dict[str, Row]:
        """The rows of a cell after the state; ``shared`` are those that all cells have.

        Raises
        ------
        InputError
            ``parameter.unknown``: a number to multiply or to add to that no table has;
            ``state.unit``: a number in another unit than that of the table.
        """
        found = dict(rows)
        for row in self.rows:
            before = found.get(row.id) or shared.get(row.id)
            if before is None and row.key[1] != "set":
                raise problem(
                    "parameter.unknown", f"state {self.name} changes {row.id!r}, which no table has"
                )
            found[row.id] = _changed(before or row, row, self.name)
        return found


def _changed(before: Row, row: Row, name: str) -> Row:
    acts, note = row.key[1], f"{name}: {row.note}" if row.note else name
    unit = "dimensionless" if acts == "times" else before.unit
    if row.unit != unit:
        raise problem("state.unit", f"state {name}: {row.id} is in {row.unit}, and not in {unit}", file=_FILE)
    if acts == "set":
        return replace(row, note=note, key=before.key)
    if acts == "add":
        given = before.source == "protocol"  # a number that is set and not measured has no range of its own
        value, least, most = before.value, *((before.value,) * 2 if given else (before.low, before.high))
        value, low, high = value + row.value, least + row.low, most + row.high
    else:
        value, low, high = before.value * row.value, before.low * row.low, before.high * row.high
    return replace(
        before,
        value=value,
        low=min(low, value),
        high=max(high, value),
        grade=row.grade,
        source=row.source,
        note=note,
    )


def conflict(chosen: Iterable[State]) -> Problem | None:
    """What keeps states from being combined in any order, or None.

    Examples
    --------
    >>> conflict([]) is None
    True
    """
    first: dict[str, tuple[str, str]] = {}
    for one in chosen:
        for row in one.rows:
            other, acts = first.setdefault(row.id, (one.name, row.key[1]))
            if other != one.name and (acts, row.key[1]) not in (("times", "times"), ("add", "add")):
                message = f"{other} and {one.name} both change {row.id}, and the order would matter"
                return Problem("state.conflict", message, field="context", hint="give one of the two")
    return None


def _read(name: str) -> str:
    return files("jakstat.biology").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _states() -> Mapping[str, State]:
    rows = read_table(_read("states.csv"), file=_FILE, leading=("state", "acts"))
    heads: dict[str, Any] = kept_yaml(_read("states.yaml")) or {}
    for row in rows:
        if row.key[0] not in heads or row.key[1] not in _ACTS:
            hint = f"states: {', '.join(heads)}; acts: {', '.join(_ACTS)}"
            raise problem("state.row", f"{' '.join(row.key)} {row.id} is no row", file=_FILE, hint=hint)
    return {name: _state(name, head, rows) for name, head in heads.items()}


def _state(name: str, head: Mapping[str, Any], rows: Iterable[Row]) -> State:
    needs = head.get("needs", {})
    return State(
        name=name,
        title=head["title"],
        sources=tuple(head["sources"]),
        rows=tuple(row for row in rows if row.key[0] == name),
        requires=tuple(head.get("requires", ())),
        species=needs.get("species", ""),
        kinds=tuple(needs.get("kind", ())),
        records=tuple(head.get("records", ())),
    )


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
        ``state.unknown``; the message names the nearest one.

    Examples
    --------
    >>> state("SOCS3_methylated").records
    ('Q195', 'C122', 'C125')
    """
    if name in _states():
        return _states()[name]
    hint = state_hint(name, states())
    raise problem("state.unknown", f"there is no state {name[:80]!r}", field="context", hint=hint)


def state_hint(name: str, known: tuple[str, ...]) -> str:
    """A hint for a name that is not there.

    Examples
    --------
    >>> state_hint("hepg3", ("hepg2", "huh7"))
    "did you mean 'hepg2'?"
    """
    folded = {one.casefold(): one for one in known}
    near = [folded[key] for key in get_close_matches(name.casefold(), list(folded), n=2)]
    return f"did you mean {' or '.join(map(repr, near))}?" if near else f"known: {', '.join(known)}"
