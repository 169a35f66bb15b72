"""Results as small tables on the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from jakstat.store import attribute

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from jakstat.experiment.dose_series import HalfMaximum
    from jakstat.experiment.labelled import AnyDataset

__all__ = ["number", "plain_table", "print_table", "show_result"]


_WIDEST = 400


def number(value: float, *, digits: int = 3) -> str:
    """A number for people: three digits, thousands grouped, a dash when there is none.

    Examples
    --------
    >>> number(488123.4), number(0.01234), number(float("nan"))
    ('488,000', '0.0123', '-')
    """
    if not math.isfinite(value):
        return "-"
    if abs(value) >= 1000:
        places = digits - 1 - math.floor(math.log10(abs(value)))
        return f"{round(value, places):,.0f}"
    return f"{value:.{digits}g}"


def plain_table(title: str, *columns: str) -> Table:
    """An empty table in the style of the product; all but the first column are numbers."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def print_table(console: Console, table: Table) -> None:
    """Its title, then the table at its full width: a pipe has 80 columns, and cut numbers help nobody."""
    title, table.title = table.title, None
    if title:
        console.print(str(title), soft_wrap=True)
    width = console.measure(table, options=console.options.update(width=_WIDEST)).maximum
    console.width = max(console.width, width)
    console.print(table)


def show_result(result: AnyDataset) -> None:
    """Print a summary: start, peak and end of each readout, or the half-maximal doses of a series."""
    from rich.console import Console

    from jakstat.experiment.question import told

    console = Console(highlight=False)
    console.print(told(attribute(result.attrs, "question")), soft_wrap=True)
    if result.attrs["axes"]:
        _show_series(result, console)
    else:
        _show_single(result, console)
    if "control" in result.attrs:
        _show_control(result, console)
    for note in result.attrs["notes"]:
        console.print(f"note: {note}")
    failed = result.attrs["failed_lanes"]
    if failed:
        from jakstat.errors import Outcome

        reason = Outcome[result.attrs["outcome"]].sentence
        console.print(f"{failed} of {result.sizes['lane']} simulations failed: {reason}")


def _show_single(result: AnyDataset, console: Console) -> None:
    from jakstat.experiment.records import readout_names

    banded = "interval" in result.attrs
    heads = (
        "readout",
        "unit",
        "start",
        "peak",
        "peak at min",
        "end",
        *(["5 to 95 % at peak"] if banded else []),
    )
    table = plain_table(str(result.attrs["title"]), *heads)
    time = result["time"].values
    for name in readout_names(result):
        variable = result[name]
        values = np.asarray(variable.values[0], dtype=float)
        if np.isnan(values).all():
            table.add_row(name, variable.attrs["units"], "-", "-", "-", "-", *(["-"] if banded else []))
            continue
        top = int(np.nanargmax(values))
        cells = (values[0], values[top], time[top] * 60.0, values[-1])
        bounds = [float(result[f"{name}_{end}"].values[0, top]) for end in ("low", "high")] if banded else []
        told = [" to ".join(number(b) for b in bounds)] if banded else []
        table.add_row(name, variable.attrs["units"], *(number(float(c)) for c in cells), *told)
    print_table(console, table)


def _show_control(result: AnyDataset, console: Console) -> None:
    """Each readout beside the untreated control's, dose by dose in a series."""
    from jakstat.experiment.control import beside_control

    axes = [str(a) for a in result.attrs["axes"]]
    doses = [f"{a} ({result[f'dose_{a}'].attrs['units']})" for a in axes]
    title = f"beside the untreated control (no {' and '.join(result.attrs['control'])})"
    found = beside_control(result)
    read = result.attrs.get("read_at_h")
    whens = {"peak": "peak", "read": f"at {0.0 if read is None else read * 60:.4g} min", "end": "end"}
    said = [(w, whens[w]) for w in next(iter(found.values()))]
    heads = (f"{when}{of}" for _, when in said for of in ("", ", untreated", ", fold", ", % of it"))
    table = plain_table(title, "readout", *doses, *heads)
    for name, compared in found.items():
        for lane in range(result.sizes["lane"]):
            levels = [number(float(result[f"dose_{a}"].values[lane])) for a in axes]
            columns = (compared[w][of] for w, _ in said for of in ("treated", "control", "fold", "percent"))
            table.add_row(name, *levels, *(number(float(values[lane])) for values in columns))
    print_table(console, table)


def _show_series(result: AnyDataset, console: Console) -> None:
    from jakstat.experiment.records import half_maxima

    axes = result.attrs["axes"]
    read = result.attrs.get("read_at_h")
    when = "at the peak" if read is None else f"at {read * 60:.4g} min"
    title = f"{result.attrs['title']}: series of {axes[0]}, read {when}"
    also = [str(a) for a in axes[1:]]
    table = plain_table(title, "readout", *also, "", "value", "unit", "method")
    notes = []
    for at, found in half_maxima(result):
        for name, half in found.items():
            table.add_row(name, *(number(at[a]) for a in also), *_half_cells(half))
            where = "".join(f", {a} {number(at[a])}" for a in also)
            notes += [f"{name}{where}: {half.note}"] if half.note else []
    print_table(console, table)
    for note in notes:
        console.print(note)


def _half_cells(half: HalfMaximum) -> tuple[str, ...]:
    return half.kind, number(half.value), half.unit, half.method
