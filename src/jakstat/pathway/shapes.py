"""Sizes: how large each glyph is, and what stands out above and below it."""

from __future__ import annotations

from dataclasses import dataclass

from jakstat.pathway.entities import DrawnEntity, StateVariable
from jakstat.pathway.records import Box, Glyph

__all__ = ["FONT", "SMALL_FONT", "STUB", "Size", "pool_glyph", "pool_size", "text_width"]

FONT, SMALL_FONT = 11.0, 8.0
"""Heights of letters, in points, of labels and of everything inside or upon a glyph."""

STUB = 50.0
"""Room below or above a pool for a stub: arc, process, arc, source or sink."""

_WIDE = 0.66  # of the letter height: a letter of DejaVu Sans, on average, with capitals and digits
_CELL, _AUX, _PAD, _ROW = 19.0, 12.0, 6.0, 8.0


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of a glyph's box."""

    w: float
    h: float


def text_width(text: str, font: float) -> float:
    """About how wide a text is.

    Examples
    --------
    >>> text_width("STAT3", 10.0)
    33.0
    """
    return round(len(text) * font * _WIDE, 2)


def pool_size(entity: DrawnEntity, arcs: int) -> Size:
    """The size of a pool's box; ``arcs`` is the most arcs on one of its sides."""
    tall = 9.0 * (arcs + 1)
    label = text_width(entity.label, FONT) + 16.0
    aux = sum(_aux_width(s) + 4.0 for s in entity.states)
    aux += text_width(entity.info, SMALL_FONT) + 12.0 if entity.info else 0.0
    if entity.members:
        columns, rows = _grid(entity)
        wide = columns * _member_width(entity) + (columns + 1) * 4.0
        return Size(max(label, wide, 60.0), max(_PAD + rows * (_CELL + _ROW) + 16.0, tall))
    high = 28.0 if entity.kind == "simple chemical" else 32.0
    return Size(max(label, aux, 64.0), max(high, tall))


def _grid(entity: DrawnEntity) -> tuple[int, int]:
    count = len(entity.members)
    columns = count if count <= 2 else (count + 1) // 2 if count <= 6 else 3
    return columns, -(-count // columns)


def _member_width(entity: DrawnEntity) -> float:
    wide = (
        max(text_width(m, SMALL_FONT), *(_aux_width(s) for s in states), 0.0) for m, states in entity.members
    )
    return max(wide) + 12.0


def _aux_width(state: StateVariable) -> float:
    return max(_AUX, text_width(state.text, SMALL_FONT) + 6.0)


def pool_glyph(entity: DrawnEntity, identifier: str, box: Box, compartment: str, *, clone: bool) -> Glyph:
    """The glyph of a pool with its members, state variables and unit of information."""
    parts = [*_states(entity.states, identifier, box, entity.info), *_members(entity, identifier, box)]
    return Glyph(
        identifier,
        entity.kind,
        box,
        label=entity.label,
        stands_for=entity.species,
        compartment=compartment,
        clone=clone,
        parts=tuple(parts),
    )


def _states(states: tuple[StateVariable, ...], owner: str, box: Box, info: str) -> list[Glyph]:
    """State variables along the upper side from the right, the unit of information at its left."""
    made = []
    right = box.right - 5.0
    for i, state in enumerate(states):
        width = _aux_width(state)
        place = Box(right - width, box.y - _AUX * 0.62, width, _AUX)
        made.append(
            Glyph(f"{owner}_state{i}", "state variable", place, label=state.value, variable=state.variable)
        )
        right -= width + 4.0
    if info:
        width = text_width(info, SMALL_FONT) + 6.0
        place = Box(box.x + 5.0, box.y - _AUX * 0.62, width, _AUX)
        made.append(Glyph(f"{owner}_info", "unit of information", place, label=info))
    return made


def _members(entity: DrawnEntity, owner: str, box: Box) -> list[Glyph]:
    if not entity.members:
        return []
    columns, _ = _grid(entity)
    width = (box.w - (columns + 1) * 4.0) / columns
    made = []
    for i, (label, states) in enumerate(entity.members):
        row, column = divmod(i, columns)
        place = Box(
            box.x + 4.0 + column * (width + 4.0), box.y + _PAD + 2.0 + row * (_CELL + _ROW), width, _CELL
        )
        identifier = f"{owner}_member{i}"
        parts = tuple(_states(states, identifier, place, ""))
        made.append(Glyph(identifier, "macromolecule", place, label=label, parts=parts))
    return made
