"""What a page is made of: sections of paragraphs, facts, tables, figures and the flow of patients."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from jakstat.extras import needs

with needs("trial"):
    from markupsafe import Markup

__all__ = [
    "Block",
    "FlowArm",
    "PageFacts",
    "PageFigure",
    "PageLink",
    "PageList",
    "PageParagraph",
    "PageSection",
    "PageTable",
    "PatientFlow",
    "chance_told",
    "counted",
    "in_words",
    "interval_told",
    "ratio_told",
]

_LONG = 40
_TALL = 0.7
_BOX = re.compile(r'viewBox="\S+ \S+ (\S+) (\S+)"')
_SMALL = 0.1
_THOUSAND, _MILLION = 1e3, 1e6


@dataclass(frozen=True, slots=True)
class PageLink:
    """Words that lead to an address; nothing is loaded unless they are followed."""

    text: str
    address: str


Cell = str | PageLink


@dataclass(frozen=True, slots=True)
class PageParagraph:
    """Words; ``weight`` is ``""``, ``"note"``, or ``"heading"`` for those that head what follows."""

    kind: ClassVar[str] = "paragraph"
    text: str
    weight: str = ""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Names and what they are, in the order of reading."""

    kind: ClassVar[str] = "facts"
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PageList:
    """Points under each other."""

    kind: ClassVar[str] = "list"
    points: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class PageTable:
    """Numbers in rows; the first column names the row.

    Parameters
    ----------
    head : tuple of str
    rows : tuple of tuple
    caption : str
    folded : str
        Words to click on where it is shown only when asked for.
    """

    kind: ClassVar[str] = "table"
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    folded: str = ""

    @property
    def stacked(self) -> bool:
        """Whether a narrow page shows each row's cells under each other."""
        return len(self.head) > 2 and not self.long

    @property
    def long(self) -> bool:
        """Whether it is too long for paper.

        Examples
        --------
        >>> PageTable(("a",), (("1",),)).long
        False
        """
        return len(self.rows) > _LONG


@dataclass(frozen=True, slots=True)
class PageFigure:
    """A figure of a page.

    Parameters
    ----------
    key : str
        Its id on the page.
    caption : str
        What is drawn, with what a reader must know of it.
    label : str
        What is seen, for those who hear the page.
    source : str
        Where its numbers come from.
    wide, narrow : Markup
        The two drawings; one of them is shown. The narrow one is empty when one serves both.
    table : PageTable or None
        The numbers.
    paper : bool
        Whether it keeps a light ground in the dark.
    """

    kind: ClassVar[str] = "figure"
    key: str
    caption: str
    label: str
    source: str
    wide: Markup
    narrow: Markup
    table: PageTable | None = None
    paper: bool = False

    @property
    def tall(self) -> bool:
        """Whether it needs the width of a sheet of paper to be read.

        Examples
        --------
        >>> drawn = Markup('<svg viewBox="0 0 500 300">')
        >>> PageFigure("a", "", "", "", drawn, drawn).tall
        False
        """
        box = _BOX.search(self.wide)
        return box is not None and float(box[2]) > _TALL * float(box[1])


@dataclass(frozen=True, slots=True)
class FlowArm:
    """Where the patients of an arm went: counts with their names."""

    name: str
    counts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PatientFlow:
    """The flow of patients, from all who were drawn to the arms (CONSORT)."""

    kind: ClassVar[str] = "flow"
    start: tuple[tuple[str, str], ...]
    arms: tuple[FlowArm, ...]
    caption: str
    source: str


Block = PageParagraph | PageFacts | PageList | PageTable | PageFigure | PatientFlow


@dataclass(frozen=True, slots=True)
class PageSection:
    """A section with its heading and its blocks."""

    key: str
    title: str
    blocks: tuple[Block, ...]


def in_words(value: object, digits: int = 3, unit: str = "") -> str:
    """A number in words of few digits; a dash where there is none.

    Examples
    --------
    >>> in_words(0.68312), in_words(None), in_words(8.0, unit="months"), in_words(1234.5)
    ('0.683', '–', '8 months', '1,234')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) or (isinstance(value, Sequence) and not value):
        return "–"
    if isinstance(value, Sequence):
        return ", ".join(in_words(v, digits) for v in value)
    if not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or _THOUSAND <= abs(value) < _MILLION:
        text = f"{value:,.0f}"
    else:
        text = f"{value:.{digits}g}"
    return f"{text} {unit}" if unit and unit not in ("1", "dimensionless") else text


def ratio_told(value: object) -> str:
    """A ratio with two decimals, more where it is near 0; a dash where there is none.

    Examples
    --------
    >>> ratio_told(1), ratio_told(0.857), ratio_told(0.00113), ratio_told(None)
    ('1.00', '0.86', '0.0011', '–')
    """
    if not isinstance(value, int | float):
        return "–"
    return f"{value:.2f}" if value >= _SMALL else f"{value:.2g}"


def chance_told(value: object) -> str:
    """The p of a test.

    Examples
    --------
    >>> chance_told(0.04321), chance_told(3e-6), chance_told(None)
    ('0.043', 'below 0.001', '–')
    """
    if not isinstance(value, int | float):
        return "–"
    return "below 0.001" if value < 1e-3 else f"{value:.2g}"


def interval_told(low: object, high: object, digits: int = 3) -> str:
    """Two bounds; a dash when one is not known.

    Examples
    --------
    >>> interval_told(0.5, 0.9), interval_told(None, 0.9)
    ('0.5 to 0.9', '–')
    """
    return "–" if low is None or high is None else f"{in_words(low, digits)} to {in_words(high, digits)}"


def counted(value: object, whole: object) -> str:
    """A number of people with its percentage.

    Examples
    --------
    >>> counted(3, 12), counted(3, 0)
    ('3 (25 %)', '3')
    """
    if not isinstance(value, int | float):
        return "–"
    text = f"{round(value):,}"
    known = isinstance(whole, int | float) and whole > 0
    return f"{text} ({100.0 * value / whole:.3g} %)" if known else text  # type: ignore[operator]
