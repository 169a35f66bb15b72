"""The shapes of which a map is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from jakstat.pathway.records import Box

__all__ = ["INK", "Disc", "Outline", "Path", "Shape", "Text", "disc", "polygon", "rounded"]

INK = "#222222"

Path = tuple[tuple[str | float, ...], ...]
"""Commands of SVG's path language: M x y, L x y, Q x1 y1 x y, Z."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A line or an area; ``fill`` None leaves it open. ``title`` is the hover text."""

    path: Path
    fill: str | None
    stroke: str | None
    width: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str
    stroke: str
    width: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; ``y`` is its base line, ``anchor`` start, middle or end."""

    x: float
    y: float
    text: str
    size: float
    anchor: str = "middle"
    bold: bool = False
    colour: str = "#111111"


Shape = Outline | Disc | Text


def disc(x: float, y: float, radius: float, fill: str, stroke: str, width: float, title: str = "") -> Disc:
    """A circle around a point."""
    return Disc(x, y, radius, fill, stroke, width, title)


def polygon(*points: tuple[float, float]) -> Path:
    """A closed outline through points.

    Examples
    --------
    >>> polygon((0, 0), (1, 0))
    (('M', 0, 0), ('L', 1, 0), ('Z',))
    """
    first, *rest = points
    return (("M", *first), *(("L", *p) for p in rest), ("Z",))


def rounded(box: Box, radius: float, *, upper: bool = True) -> Path:
    """A rectangle with round corners; with ``upper`` False only the lower ones are round."""
    r = min(radius, box.w / 2, box.h / 2)
    x, y, right, bottom = box.x, box.y, box.right, box.bottom
    top: Path = (("M", x, y), ("L", right, y))
    if upper:
        top = (("M", x, y + r), ("Q", x, y, x + r, y), ("L", right - r, y), ("Q", right, y, right, y + r))
    return (
        *top,
        ("L", right, bottom - r),
        ("Q", right, bottom, right - r, bottom),
        ("L", x + r, bottom),
        ("Q", x, bottom, x, bottom - r),
        ("Z",),
    )
