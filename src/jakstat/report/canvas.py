"""A figure's frame: size, colours, the source line, and writing it to a file.

Figures are made on the Agg canvas directly, without pyplot, so that nothing is
global: no current figure, no changed settings, no window.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jakstat.errors import problem
from jakstat.experiment.question import told
from jakstat.extras import needs
from jakstat.store import NOTICE, write_bytes
from jakstat.store import check_target as check_file

with needs("plot"):
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "FORMATS",
    "Figure",
    "check_figure",
    "colour",
    "finish",
    "headline",
    "new_figure",
    "save",
    "tidy",
]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette (colour-blind safe, https://jfly.uni-koeln.de/color/), dark tones first."""

FORMATS = ("png", "pdf", "svg")
_DOTS_PER_INCH = 150
_FOOT_INCHES = 0.55


def colour(index: int) -> str:
    """A colour for the ``index``-th curve; they repeat after seven.

    Examples
    --------
    >>> colour(0) == colour(7)
    True
    """
    return COLOURS[index % len(COLOURS)]


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of ``width`` x ``height`` inches with its own canvas."""
    figure = Figure(figsize=(width, height), dpi=_DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Axes) -> None:
    """Drop the box's upper and right side and thin the grid."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(visible=True, linewidth=0.4, alpha=0.4)
    axes.tick_params(labelsize=8)


def headline(figure: Figure, text: str, asked: Mapping[str, Any] | None = None) -> None:
    """The figure's title and below it what was asked, in lines that fit its width; nothing is cut."""
    width = float(figure.get_size_inches()[0])
    lines = textwrap.wrap(text, width=int(width * 11))
    if asked is not None:
        lines += textwrap.wrap(told(asked), width=int(width * 13))
    figure.suptitle("\n".join(lines), fontsize=10 if asked is None else 8.5)


def finish(figure: Figure, sources: Sequence[str], notes: Sequence[str] = ()) -> Figure:
    """Put notes, the source line and the notice at the foot, where no axes reach; only sources are cut."""
    width, height = figure.get_size_inches()
    text = "Rests on: " + ", ".join(sources) if sources else ""
    lines = textwrap.wrap(text, width=int(width * 17), max_lines=3, placeholder=" ... (all in --json)")
    lines = [*textwrap.wrap("; ".join(notes), width=int(width * 17)), *lines]
    foot = (_FOOT_INCHES + 0.12 * len(lines)) / height
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(rect=(0.0, foot * 0.75, 1.0, 1.0 - foot * 0.75))  # type: ignore[call-arg]
    figure.text(
        0.01,
        0.06 / height,
        "\n".join([*lines, f"jakstat. {NOTICE}"]),
        fontsize=6.5,
        color="0.35",
        va="bottom",
        ha="left",
    )
    return figure


def check_figure(path: str | Path, *, replace: bool) -> None:
    """Refuse, before any work is done, a figure that could not be written.

    Raises
    ------
    InputError
        For an unknown format, a folder that is missing, or a file that is there.
    """
    target = Path(path)
    kind = target.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        hint = f"end its name in {', '.join('.' + f for f in FORMATS)}"
        raise problem(
            "figure.format", f"'{target.name}' is no known kind of figure", field="--plot", hint=hint
        )
    check_file(target, replace=replace, field="--plot")


def save(figure: Figure, path: str | Path, *, replace: bool = False) -> Path:
    """Write a figure, whole or not at all; the name's ending decides the format.

    Raises
    ------
    InputError
        As :func:`check_figure`, and when it cannot be written.
    """
    check_figure(path, replace=replace)
    kind = Path(path).suffix.lower().lstrip(".")
    # no date in the file: the same result gives the same bytes
    metadata = {"png": {"Software": "jakstat"}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[kind]
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=metadata)
    return write_bytes(path, buffer.getvalue(), replace=replace)
