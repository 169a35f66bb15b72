"""Shapes onto a surface: SVG as text, PNG and PDF through matplotlib's canvas."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from jakstat.extras import needs
from jakstat.report.map_pieces import Disc, Outline, Shape, Text

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.path import Path as MplPath

__all__ = ["to_bitmap", "to_svg"]

_FAMILY = "'DejaVu Sans', Verdana, Arial, sans-serif"
_DOTS_PER_INCH = 144


def to_svg(shapes: Iterable[Shape], width: float, height: float, title: str) -> str:
    """The shapes as an SVG 1.1 document whose texts can be searched and whose glyphs tell their names.

    Examples
    --------
    >>> to_svg([Text(1, 2, "a<b", 8.0)], 10, 10, "t").splitlines()[-2]
    '<text x="1" y="2" font-size="8" text-anchor="middle" fill="#111111">a&lt;b</text>'
    """
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family={quoteattr(_FAMILY)}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width:g}" height="{height:g}" fill="#FFFFFF"/>',
    ]
    lines += [_element(shape) for shape in shapes]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _element(shape: Shape) -> str:
    if isinstance(shape, Text):
        weight = ' font-weight="bold"' if shape.bold else ""
        head = f'<text x="{shape.x:g}" y="{shape.y:g}" font-size="{shape.size:g}"'
        return (
            f'{head} text-anchor="{shape.anchor}" fill="{shape.colour}"{weight}>{escape(shape.text)}</text>'
        )
    stroke = "none" if shape.stroke is None else shape.stroke
    style = f'fill="{shape.fill or "none"}" stroke="{stroke}" stroke-width="{shape.width:g}"'
    if isinstance(shape, Disc):
        start = f'<circle cx="{shape.x:g}" cy="{shape.y:g}" r="{shape.radius:g}" {style}'
        return _closed(start, "circle", shape.title)
    data = " ".join(
        str(command[0]) + " ".join(f"{v:g}" for v in command[1:]) for command in map(_rounded, shape.path)
    )
    return _closed(f'<path d="{data}" {style}', "path", shape.title)


def _rounded(command: tuple[str | float, ...]) -> tuple[str | float, ...]:
    return (command[0], *(round(float(v), 2) for v in command[1:]))


def _closed(start: str, name: str, title: str) -> str:
    return f"{start}><title>{escape(title)}</title></{name}>" if title else f"{start}/>"


def to_bitmap(shapes: Iterable[Shape], width: float, height: float, kind: str) -> bytes:
    """The shapes as PNG (144 dots per inch) or PDF.

    Parameters
    ----------
    shapes : iterable of Shape
    width, height : float
        Points; an inch has 72.
    kind : {"png", "pdf"}
    """
    with needs("plot"):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=_DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0.0, width)
    axes.set_ylim(height, 0.0)
    axes.set_axis_off()
    for i, shape in enumerate(shapes):
        _add(axes, shape, i)
    metadata = {"png": {"Software": "jakstat"}, "pdf": {"CreationDate": None}}[kind]
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()


def _add(axes: object, shape: Shape, order: int) -> None:
    with needs("plot"):
        from matplotlib.axes import Axes
        from matplotlib.patches import Circle, PathPatch
        from matplotlib.path import Path

    assert isinstance(axes, Axes)
    if isinstance(shape, Text):
        across = {"start": "left", "middle": "center", "end": "right"}[shape.anchor]
        weight = "bold" if shape.bold else "normal"
        axes.text(
            shape.x, shape.y, shape.text, fontsize=shape.size, ha=across, va="baseline",
            weight=weight, color=shape.colour, zorder=order, family="DejaVu Sans", parse_math=False,
        )  # fmt: skip
        return
    style = {"facecolor": shape.fill or "none", "edgecolor": shape.stroke or "none", "linewidth": shape.width}
    if isinstance(shape, Disc):
        axes.add_patch(Circle((shape.x, shape.y), shape.radius, zorder=order, **style))
        return
    axes.add_patch(PathPatch(_path(shape, Path), zorder=order, joinstyle="round", capstyle="butt", **style))


def _path(shape: Outline, kind: type[MplPath]) -> MplPath:
    vertices: list[tuple[float, float]] = []
    codes: list[np.uint8] = []
    for name, *rest in shape.path:
        numbers = [float(v) for v in rest]
        if name == "Z":
            vertices.append(vertices[0])
            codes.append(kind.CLOSEPOLY)
            continue
        code = {"M": kind.MOVETO, "L": kind.LINETO, "Q": kind.CURVE3}[str(name)]
        for k in range(0, len(numbers), 2):
            vertices.append((numbers[k], numbers[k + 1]))
            codes.append(code)
    return kind(vertices, codes)
