"""Contexts: which cell it is, told by abundances, volumes and a documented few constants.

A context may be ``like`` another: it takes over the numbers of that cell, graded as assumed and in
a wider range, and gives its own. States (an infection, a mutation) are written behind a plus, as in
``"hepg2+HBV"``; they change numbers of the cell, and any of them combine
(:mod:`jakstat.biology.states`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal, cast

from jakstat.biology.kept import kept_yaml
from jakstat.biology.parts import part_names, templates
from jakstat.biology.states import State, conflict, state, state_hint, states
from jakstat.errors import InputError, problem
from jakstat.knowledge.nearness import widened
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["Context", "State", "context", "contexts", "parameters", "state", "states"]

_FOLDER = "parameters"


@dataclass(frozen=True, slots=True)
class Context:
    """A kind of cell in culture.

    ``rows`` are the numbers that make it this cell; everything else comes from
    the parameter tables that all contexts share. ``kind`` is the tissue or use of the cell
    (liver, liver cancer, macrophage, ...); ``requires`` names the parts that this cell cannot be
    told without; ``like`` the cell that the numbers called ``taken`` come from.
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
    kind: str = ""
    like: str = ""
    taken: frozenset[str] = frozenset()

    @property
    def own(self) -> tuple[Row, ...]:
        """The numbers that were given for this very cell, without those taken over from another."""
        return tuple(row for row in self.rows if row.id not in self.taken)

    @property
    def differs(self) -> tuple[str, ...]:
        """The numbers whose value is another than in the cell this one is ``like``; none if it is like none.

        Examples
        --------
        >>> context("megakaryocyte").differs
        ('abundance_MPL',)
        """
        if not self.like:
            return ()
        there = {row.id: row.value for row in (*parameters(), *context(self.like).rows)}
        return tuple(row.id for row in self.rows if row.value != there.get(row.id))

    def row(self, identifier: str) -> Row:
        """The context's own number called ``identifier`` (KeyError when it has none)."""
        for row in self.rows:
            if row.id == identifier:
                return row
        raise KeyError(identifier)


def _read(name: str) -> str:
    return files("jakstat.biology").joinpath(name).read_text(encoding="utf-8")


@cache
def parameters(scale: str = "cell") -> tuple[Row, ...]:
    """The constants of a scale that all contexts share, with unit, range, grade and source; a table per part.

    Examples
    --------
    >>> next(row.unit for row in parameters() if row.id == "KD_IL6_IL6R")
    'nM'
    """
    found: dict[str, Row] = {}
    shared = ("shared",) if scale == "cell" else ("body",)
    for name in (*shared, *part_names(instances=False, scale=scale), *templates(scale)):
        file = files("jakstat.biology").joinpath(_FOLDER, f"{name}.csv")
        if not file.is_file():
            continue
        rows = read_table(file.read_text(encoding="utf-8"), file=f"biology/parameters/{name}.csv")
        for row in _expanded(rows, templates(scale).get(name, {})):
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
    heads: dict[str, Any] = kept_yaml(_read("contexts.yaml"))
    found: dict[str, Context] = {}
    for name, head in heads.items():
        own = tuple(row for row in rows if row.key == (name,))
        like = head.get("like", "")
        if like and like not in found:
            raise problem("context.like", f"{name} is like {like!r}, which does not stand before it")
        taken = _taken_over(found[like], own, head["species"]) if like else ()
        found[name] = Context(
            name=name,
            title=head["title"],
            species=cast('Literal["human", "mouse"]', head["species"]),
            taxonomy=head["taxonomy"],
            cell=head["cell"],
            sources=tuple(head["sources"]),
            rows=(*own, *taken),
            requires=tuple(head.get("requires", ())) or (found[like].requires if like else ()),
            kind=head["kind"],
            like=like,
            taken=frozenset(row.id for row in taken),
        )
    if unknown := {row.key[0] for row in rows} - set(found):
        raise problem("context.row", f"rows of {', '.join(sorted(unknown))}, which no head names")
    return found


def _taken_over(model: Context, own: Iterable[Row], species: str) -> tuple[Row, ...]:
    """What a cell has from the one it is like: no number of its own, so each is assumed.

    The range is widened for another kind of cell, and for another species
    (:mod:`jakstat.knowledge.nearness`); a share stays within the range that it had.
    """
    given = {row.id for row in own}
    near = {"assay", *(["species"] if species == model.species else [])}
    found = []
    for row in model.rows:
        if row.id in given:
            continue
        low, high = row.low, row.high
        measured = row.id not in model.taken and row.source != "protocol"
        if measured and row.unit != "dimensionless" and row.value > 0:
            spread = widened(row.value, row.low, row.high, grade="assumed", near=near)
            low, high = spread.low, spread.high
        kept = row.note if row.id in model.taken else f"value of {model.name}; {row.note}".rstrip("; ")
        found.append(replace(row, low=low, high=high, grade="assumed", note=kept, key=()))
    return tuple(found)


def contexts() -> tuple[str, ...]:
    """The names of the contexts.

    Examples
    --------
    >>> contexts()[:3]
    ('hepg2', 'mouse_hepatocyte', 'human_hepatocyte')
    """
    return tuple(_all())


@lru_cache(maxsize=128)
def context(name: str) -> Context:
    """The context called ``name``, with the states written behind it (``"hepg2+HBV"``).

    States are put on in alphabetical order, so that the order in which they are written changes
    nothing, not even the last bit.

    Raises
    ------
    InputError
        ``context.unknown`` or ``state.unknown``, with the nearest name; ``state.twice``;
        ``state.cell``: a state that cannot befall this cell; ``state.conflict``: two states of which
        the order would matter.

    Examples
    --------
    >>> context("hepg2").species
    'human'
    >>> context("hepg2+SOCS3_methylated+HBV").name
    'hepg2+HBV+SOCS3_methylated'
    """
    cell, *modifiers = name.split("+")
    if cell not in _all():
        hint = state_hint(cell, contexts())
        raise problem("context.unknown", f"there is no context {cell[:80]!r}", field="context", hint=hint)
    found = _all()[cell]
    if len(set(modifiers)) < len(modifiers):
        raise problem("state.twice", f"a state is given twice in {name[:80]!r}", field="context")
    chosen = [state(modifier) for modifier in sorted(modifiers)]
    for change in chosen:
        if not change.befalls(found.species, found.kind):
            message = f"{change.name} befalls {change.cells}; {cell} is {found.species}, {found.kind}"
            fit = [c for c in contexts() if change.befalls(_all()[c].species, _all()[c].kind)]
            raise problem("state.cell", message, field="context", hint=f"it fits {', '.join(fit)}")
    if (fault := conflict(chosen)) is not None:
        raise InputError([fault])
    shared = {row.id: row for row in parameters()}
    for change in chosen:
        found = replace(
            found,
            name=f"{found.name}+{change.name}",
            title=f"{found.title}, {change.title}",
            sources=tuple(dict.fromkeys((*found.sources, *change.sources))),
            rows=tuple(change.changed({row.id: row for row in found.rows}, shared).values()),
            requires=tuple(dict.fromkeys((*found.requires, *change.requires))),
            states=(*found.states, change.name),
            taken=found.taken - {row.id for row in change.rows},
        )
    return found
