"""A drawn map: glyphs and arcs of the SBGN Process Description language with their places.

Classes of glyphs and arcs bear the names of SBGN-ML (doi:10.1093/bioinformatics/bts270);
what they mean is in SBGN Process Description Level 1 (doi:10.1515/jib-2019-0022). Places
are in points, x to the right and y downwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["MODULATIONS", "OPERATORS", "PROCESSES", "Arc", "Box", "Glyph", "PathwayMap", "ProcessPort"]

PROCESSES = ("process", "omitted process", "uncertain process", "association", "dissociation")
"""Classes of glyphs that stand for reactions."""

OPERATORS = ("or", "and")
"""Classes of glyphs that join several influences."""

MODULATIONS = ("modulation", "stimulation", "catalysis", "inhibition", "necessary stimulation")
"""Classes of arcs from an entity to a process that it influences."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: its upper left corner, its width and its height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def centre(self) -> Point:
        """The point in its middle."""
        return self.x + self.w / 2, self.y + self.h / 2

    @property
    def right(self) -> float:
        """The x of its right side."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.h

    def holds(self, other: Box) -> bool:
        """Whether the other box lies inside this one.

        Examples
        --------
        >>> Box(0, 0, 9, 9).holds(Box(1, 1, 2, 2))
        True
        """
        across = self.x <= other.x and other.right <= self.right
        return across and self.y <= other.y and other.bottom <= self.bottom

    def meets(self, other: Box) -> bool:
        """Whether the two boxes have some area in common.

        Examples
        --------
        >>> Box(0, 0, 2, 2).meets(Box(2, 0, 2, 2))
        False
        """
        across = self.x < other.right and other.x < self.right
        return across and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True, slots=True)
class ProcessPort:
    """A point of a process where arcs begin or end."""

    id: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Glyph:
    """One shape of the map.

    Parameters
    ----------
    id : str
        Unique in the map.
    kind : str
        SBGN-ML class, e.g. ``"macromolecule"``.
    box : Box
    label : str
        Text in it; of a state variable its value.
    variable : str
        Of a state variable: its name, e.g. ``"Tyr705"``.
    stands_for : str
        Id of the model's species, reaction or compartment; empty for what has none.
    compartment : str
        Id of the glyph of the compartment it lies in.
    clone : bool
        Whether the species is drawn more than once.
    parts : tuple of Glyph
        Members of a complex, state variables and units of information.
    ports : tuple of ProcessPort
        The two ends of a process: consumed, produced.
    vertical : bool
        Whether a process's ports lie above and below it.
    """

    id: str
    kind: str
    box: Box
    label: str = ""
    variable: str = ""
    stands_for: str = ""
    compartment: str = ""
    clone: bool = False
    parts: tuple[Glyph, ...] = ()
    ports: tuple[ProcessPort, ...] = ()
    vertical: bool = False


@dataclass(frozen=True, slots=True)
class Arc:
    """A line from ``source`` to ``target`` (ids of glyphs or ports) through ``points``.

    ``count`` is the number of molecules when it is not one.
    """

    id: str
    kind: str
    source: str
    target: str
    points: tuple[Point, ...]
    count: str = ""
    count_box: Box | None = None


@dataclass(frozen=True, slots=True)
class PathwayMap:
    """A whole map.

    Parameters
    ----------
    id, title : str
    width, height : float
        Points.
    compartments, glyphs : tuple of Glyph
        Places, outermost first; then everything in them.
    arcs : tuple of Arc
    unconnected : tuple of str
        Species of the model that no reaction involves; the language draws none of them.
    sources : tuple of str
        Keys of the sources that the model rests on.
    names : mapping of species or reaction id to name
    left_out : str
        What else the model has, in words.
    """

    id: str
    title: str
    width: float
    height: float
    compartments: tuple[Glyph, ...]
    glyphs: tuple[Glyph, ...]
    arcs: tuple[Arc, ...]
    unconnected: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    left_out: str = ""

    def processes(self) -> Iterator[Glyph]:
        """The glyphs that stand for reactions."""
        return (g for g in self.glyphs if g.kind in PROCESSES)

    def pools(self) -> Iterator[Glyph]:
        """The glyphs that stand for species."""
        others = (*PROCESSES, *OPERATORS, "source and sink")
        return (g for g in self.glyphs if g.kind not in others)
