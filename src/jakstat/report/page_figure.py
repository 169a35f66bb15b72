"""Figures of a page: SVG inside the HTML whose text stays text and whose colours follow light and dark.

Each figure is drawn twice, for a wide and for a narrow page, so that its letters are never too small; the
page shows one of the two. The numbers that are drawn go beside it as a table.
"""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from jakstat.extras import needs
from jakstat.report.canvas import new_figure
from jakstat.report.page_blocks import PageFigure, PageTable

with needs("trial"):
    from markupsafe import Markup
with needs("plot"):
    from matplotlib import rc_context
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

__all__ = [
    "GRID",
    "INK",
    "MUTED",
    "NARROW",
    "PAINTS",
    "RESPONSE_PAINTS",
    "SERIES",
    "WIDE",
    "PagePaint",
    "columns_of",
    "drawing",
    "empty_figure",
    "page_axes",
    "page_figure",
    "page_svg",
    "panel_title",
    "series_style",
    "shortened",
    "week_ticks",
    "wrapped",
]

WIDE, NARROW = 7.0, 3.55
"""Inches of the two drawings."""


@dataclass(frozen=True, slots=True)
class PagePaint:
    """A colour by its name on the page, on a light and on a dark ground."""

    name: str
    light: str
    dark: str


PAINTS: tuple[PagePaint, ...] = (
    PagePaint("ink", "#1b2127", "#e8ecf0"),
    PagePaint("muted", "#54606b", "#a9b4bf"),
    PagePaint("grid", "#d3d9df", "#39424b"),
    PagePaint("series-0", "#525c66", "#b4bec8"),
    PagePaint("series-1", "#0072b2", "#56b4e9"),
    PagePaint("series-2", "#b84c00", "#f09a5b"),
    PagePaint("series-3", "#007a5a", "#35c79a"),
    PagePaint("series-4", "#a3487f", "#e79bc7"),
    PagePaint("series-5", "#7d5f00", "#e6c04a"),
    PagePaint("series-6", "#4b4fb0", "#a7abf5"),
)
"""Okabe and Ito's hues (colour-blind safe, https://jfly.uni-koeln.de/color/), dark enough on white and light
enough on black; the first of the series, grey, is the control's."""

_BY_NAME: Mapping[str, str] = MappingProxyType({p.name: p.light for p in PAINTS})
_NAME_OF: Mapping[str, str] = MappingProxyType({p.light: p.name for p in PAINTS})
INK, MUTED, GRID = _BY_NAME["ink"], _BY_NAME["muted"], _BY_NAME["grid"]
SERIES: tuple[str, ...] = tuple(p.light for p in PAINTS if p.name.startswith("series-"))
_DASHES: tuple[object, ...] = (
    "-",
    "-",
    (0, (5, 1.6)),
    (0, (1.2, 1.2)),
    (0, (5, 1.2, 1.2, 1.2)),
    "-",
    (0, (7, 2)),
)
RESPONSE_PAINTS: Mapping[str, str] = MappingProxyType(
    {"CR": SERIES[4], "PR": SERIES[1], "SD": SERIES[0], "PD": SERIES[2], "NE": SERIES[5]}
)
"""Of the best response of a patient."""


def series_style(index: int) -> tuple[str, object]:
    """Colour and dashes of the ``index``-th curve; 0 is the control.

    Examples
    --------
    >>> series_style(0)
    ('#525c66', '-')
    """
    return SERIES[index % len(SERIES)], _DASHES[index % len(_DASHES)]


def shortened(text: str, most: int) -> str:
    """A name that fits; the page's tables have it whole.

    Examples
    --------
    >>> shortened("sorafenib and siltuximab", 12)
    'sorafenib a…'
    """
    plain = " ".join(text.split()) or "?"
    plain = plain if len(plain) <= most else plain[: most - 1] + "…"
    # a legend leaves out what begins with an underscore: a space without width before it
    return f"\u200b{plain}" if plain.startswith("_") else plain


@contextmanager
def drawing() -> Iterator[None]:
    """No text of a document is read as mathematics, and letters that a font lacks are no reason to stop."""
    with rc_context({"text.parse_math": False, "svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")
        yield


def empty_figure(width: float, height: float) -> Figure:
    """A figure without ground: the page's own shows."""
    figure = new_figure(width, height)
    figure.patch.set_alpha(0.0)
    return figure


def page_axes(axes: Axes, *, narrow: bool) -> None:
    """Lines and letters in the colours of the page."""
    size = 8.0 if narrow else 8.5
    for name, side in axes.spines.items():
        side.set_visible(name in ("left", "bottom"))
        side.set_color(MUTED)
        side.set_linewidth(0.8)
    axes.patch.set_alpha(0.0)
    axes.set_axisbelow(True)
    axes.grid(visible=True, color=GRID, linewidth=0.6)
    axes.tick_params(labelsize=size, labelcolor=INK, color=MUTED)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(INK)
        label.set_fontsize(size + 0.5)


def panel_title(axes: Axes, text: str, *, narrow: bool) -> None:
    """The name of a panel, above its left corner."""
    axes.set_title(text, loc="left", fontsize=8.4 if narrow else 8.8, color=INK, fontweight="bold")


def week_ticks(axes: Axes, last: float, most: int) -> None:
    """Ticks at whole weeks, a few of them, that visits are likely to fall on."""
    step = next((s for s in (1, 2, 3, 6, 12, 24, 48) if last / s <= most), 96)
    axes.set_xticks([float(s) for s in range(0, int(last) + 1, step)])
    axes.set_xlim(0.0, max(last, 1.0))


def page_figure(
    key: str,
    draw: Callable[[float], Figure],
    *,
    caption: str,
    label: str,
    source: str,
    table: PageTable | None = None,
) -> PageFigure:
    """Draw it for both widths.

    Parameters
    ----------
    key : str
    draw : callable
        Width in inches -> figure.
    caption, label, source : str
    table : PageTable or None
    """
    with drawing():
        wide = page_svg(draw(WIDE), f"{key}-w", label)
        narrow = page_svg(draw(NARROW), f"{key}-n", label)
    return PageFigure(key, caption, label, source, wide, narrow, table)


_REFERRED = re.compile(r'(?:url\(#|href="#)([^")]+)')
_POINTS = 72.0
_FAMILY = re.compile(r"font-family: [^;\"]+; ?")
_LONG_NUMBER = re.compile(r"(\d\.\d\d)\d+")


def page_svg(figure: Figure, prefix: str, label: str) -> Markup:
    """A figure as an SVG element for a page: no size of its own, no script, no names that clash.

    Parameters
    ----------
    figure : Figure
        Drawn in the light colours of :data:`PAINTS`; these become the page's.
    prefix : str
        Of ids within it.
    label : str
        Its text for those who hear the page.
    """
    buffer = io.StringIO()
    quiet = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.set_dpi(_POINTS)
    engine = figure.get_layout_engine()
    if engine is not None:  # once, and not again with every drawing
        engine.execute(figure)
        figure.set_layout_engine("none")
    with rc_context({"svg.hashsalt": prefix}):
        FigureCanvasSVG(figure).print_svg(buffer, metadata=quiet)  # type: ignore[no-untyped-call]
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    referred = set(_REFERRED.findall(text))
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}-{m[1]}"' if m[1] in referred else "", text)
    text = _REFERRED.sub(lambda m: m[0][: -len(m[1])] + f"{prefix}-{m[1]}", text)
    text = _FAMILY.sub("", text)
    text = _LONG_NUMBER.sub(r"\1", text)
    text = re.sub(r"#[0-9a-f]{6}\b", lambda m: _variable(m[0]), text)
    box = re.search(r'viewBox="([^"]*)"', text)
    assert box is not None
    start = Markup('<svg role="img" aria-label="{}" viewBox="{}" preserveAspectRatio="xMidYMin meet">')
    body = text[text.index(">") + 1 :]
    return start.format(label, box[1]) + Markup(body.strip())


def _variable(hexadecimal: str) -> str:
    name = _NAME_OF.get(hexadecimal)
    return hexadecimal if name is None else f"var(--{name})"


def wrapped(text: str, width: int) -> str:
    """Text in lines of at most ``width`` letters."""
    return "\n".join(textwrap.wrap(text, width=width))


def columns_of(panels: Sequence[object], width: float) -> tuple[int, int]:
    """Rows and columns of small panels on a page of a width."""
    across = 1 if width < WIDE else min(3, max(len(panels), 1))
    return -(-len(panels) // across), across
