"""Contexts: which cell it is, told by abundances, volumes and a documented few constants."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import Literal, cast

import yaml

from jakstat.errors import problem
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["Context", "context", "contexts", "parameters"]


@dataclass(frozen=True, slots=True)
class Context:
    """A kind of cell in culture.

    ``rows`` are the numbers that make it this cell; everything else comes from
    the parameter table that all contexts share.
    """

    name: str
    title: str
    species: Literal["human", "mouse"]
    taxonomy: str
    cell: str
    sources: tuple[str, ...]
    rows: tuple[Row, ...]

    def row(self, identifier: str) -> Row:
        """The context's own number called ``identifier`` (KeyError when it has none)."""
        for row in self.rows:
            if row.id == identifier:
                return row
        raise KeyError(identifier)


def _read(name: str) -> str:
    return files("jakstat.biology").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def parameters() -> tuple[Row, ...]:
    """The constants that all contexts share, with unit, range, grade and source.

    Examples
    --------
    >>> next(row.unit for row in parameters() if row.id == "KD_IL6_IL6R")
    'nM'
    """
    return read_table(_read("parameters.csv"), file="biology/parameters.csv")


@lru_cache(maxsize=1)
def _all() -> tuple[Context, ...]:
    rows = read_table(_read("contexts.csv"), file="biology/contexts.csv", leading=("context",))
    heads = yaml.safe_load(_read("contexts.yaml"))
    return tuple(
        Context(
            name=name,
            title=head["title"],
            species=cast('Literal["human", "mouse"]', head["species"]),
            taxonomy=head["taxonomy"],
            cell=head["cell"],
            sources=tuple(head["sources"]),
            rows=tuple(row for row in rows if row.key == (name,)),
        )
        for name, head in heads.items()
    )


def contexts() -> tuple[str, ...]:
    """The names of the contexts.

    Examples
    --------
    >>> contexts()
    ('hepg2', 'mouse_hepatocyte', 'human_hepatocyte')
    """
    return tuple(c.name for c in _all())


def context(name: str) -> Context:
    """The context called ``name``.

    Raises
    ------
    InputError
        No such context; the message names the nearest one.

    Examples
    --------
    >>> context("hepg2").species
    'human'
    """
    for candidate in _all():
        if candidate.name == name:
            return candidate
    near = get_close_matches(name, contexts(), n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"contexts: {', '.join(contexts())}"
    raise problem("context.unknown", f"there is no context {name[:80]!r}", field="context", hint=hint)
