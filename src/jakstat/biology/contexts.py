"""Contexts: which cell it is, told by abundances, volumes and a documented few constants.

A context may be ``like`` another: it takes over the numbers of that cell, graded as assumed and in
a wider range, and gives its own. States (an infection, a mutation) are written behind a plus, as in
``"hepg2+HBV"``; they change numbers of the cell, and any of them combine
(:mod:`jakstat.biology.states`).

A user's own cells (:mod:`jakstat.biology.own_contexts`) are found by their name after those of the product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal, cast

from jakstat.biology.kept import kept_yaml
from jakstat.biology.parts import part_names, templates
from jakstat.biology.saved_contexts import SavedContext, saved_context, saved_names
from jakstat.biology.states import State, conflict, state, state_hint, states
from jakstat.biology.words import GivenName, read_word
from jakstat.errors import InputError, Problem, problem
from jakstat.knowledge.nearness import widened
from jakstat.knowledge.parameter_table import USER, Row, read_table

__all__ = [
    "Context",
    "State",
    "context",
    "contexts",
    "parameters",
    "read_context",
    "shipped_contexts",
    "state",
    "states",
]

_FOLDER = "parameters"


@dataclass(frozen=True, slots=True)
class Context:
    """A kind of cell in culture.

    ``rows`` are the numbers that make it this cell; everything else comes from
    the parameter tables that all contexts share. ``kind`` is the tissue or use of the cell
    (liver, liver cancer, macrophage, ...); ``requires`` names the parts that this cell cannot be
    told without; ``like`` the cell that the numbers called ``taken`` come from. ``origin`` is ``"user"`` for
    a user's own cell, whose numbers rest on the data of SHA-256 ``data_key``; ``made_by`` is the command.
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
    origin: Literal["shipped", "user"] = "shipped"
    data_key: str = ""
    made_by: str = ""

    @property
    def told(self) -> str:
        """Its name; of a user's own cell with what it is like and the beginning of its data's key.

        Examples
        --------
        >>> context("hepg2+HBV").told
        'hepg2+HBV'
        """
        if self.origin == "shipped":
            return self.name
        return f"{self.name} (your own, like {self.like}, data {self.data_key[:8]})"

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
def _shipped() -> Mapping[str, Context]:
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


def shipped_contexts() -> tuple[str, ...]:
    """The names of the contexts of the product.

    Examples
    --------
    >>> shipped_contexts()[:3]
    ('hepg2', 'mouse_hepatocyte', 'human_hepatocyte')
    """
    return tuple(_shipped())


def contexts() -> tuple[str, ...]:
    """The names of the contexts: those of the product, then the user's own.

    Examples
    --------
    >>> contexts()[:3]
    ('hepg2', 'mouse_hepatocyte', 'human_hepatocyte')
    """
    return (*shipped_contexts(), *(name for name in saved_names() if name not in _shipped()))


def _own(saved: SavedContext) -> Context:
    """A user's own cell: his numbers, and the rest from the cell that it is like."""
    base = context(saved.like)
    known = {row.id: row.unit for row in (*parameters(), *base.rows)}
    strange = [row.id for row in saved.rows if known.get(row.id) != row.unit]
    if strange:
        hint = "another version saved it; save it again, or take it away with jakstat contexts --forget"
        raise InputError(
            Problem("own.file", f"{saved.name}: the model has no number {key!r} in its unit", hint=hint)
            for key in strange
        )
    given = {row.id for row in saved.rows}
    rest = [row for row in base.rows if row.id not in given]
    taken = rest if saved.same_cell else _taken_over(base, saved.rows, base.species)
    return replace(
        base,
        name=saved.name,
        title=saved.title or f"{saved.name}, like {saved.like}",
        sources=tuple(dict.fromkeys((*base.sources, USER))),
        rows=(*saved.rows, *taken),
        like=saved.like,
        taken=frozenset(row.id for row in taken),
        origin="user",
        data_key=saved.data_key,
        made_by=saved.made_by,
    )


def read_context(text: str) -> str:
    """The name of a cell and its states, whatever words they are given in; what is unknown stays as it is.

    Examples
    --------
    >>> read_context("Hep G2+hbv"), read_context("hepg2")
    ('hepg2+HBV', 'hepg2')
    """
    whole = read_word("context", text, contexts())
    if whole is not None:
        return whole
    cell, *modifiers = (word.strip() for word in text.split("+"))
    read = [read_word("context", cell, contexts()) or cell]
    read += [read_word("state", modifier, states()) or modifier for modifier in modifiers]
    name = "+".join(read)
    return name if name == text else GivenName(name, text)


def context(name: str) -> Context:
    """The context called ``name``, with the states written behind it (``"hepg2+HBV"``).

    States are put on in alphabetical order, so that the order in which they are written changes
    nothing, not even the last bit.

    Raises
    ------
    InputError
        ``context.unknown`` or ``state.unknown``, with the nearest name; ``own.file``: a user's own cell that
        cannot be read; ``state.twice``; ``state.cell``: a state that cannot befall this cell;
        ``state.conflict``: two states of which the order would matter.

    Examples
    --------
    >>> context("hepg2").species
    'human'
    >>> context("hepg2+SOCS3_methylated+HBV").name
    'hepg2+HBV+SOCS3_methylated'
    """
    cell, *modifiers = read_context(name).split("+")
    if cell in _shipped():
        return _in_states(cell, tuple(modifiers))
    saved = saved_context(cell)  # read anew, since it may have been replaced
    if saved is None:
        hint = state_hint(cell, contexts())
        raise problem("context.unknown", f"there is no context {cell[:80]!r}", field="context", hint=hint)
    return _with_states(_own(saved), tuple(modifiers))


@lru_cache(maxsize=128)
def _in_states(cell: str, modifiers: tuple[str, ...]) -> Context:
    return _with_states(_shipped()[cell], modifiers)


def _with_states(found: Context, modifiers: tuple[str, ...]) -> Context:
    """The cell with states put on."""
    cell = found.name
    if len({*modifiers, *found.states}) < len(modifiers) + len(found.states):
        name = "+".join([cell, *modifiers])
        raise problem("state.twice", f"a state is given twice in {name[:80]!r}", field="context")
    chosen = [state(modifier) for modifier in sorted(modifiers)]
    for change in chosen:
        if not change.befalls(found.species, found.kind):
            message = f"{change.name} befalls {change.cells}; {cell} is {found.species}, {found.kind}"
            fit = [c for c, own in _shipped().items() if change.befalls(own.species, own.kind)]
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
