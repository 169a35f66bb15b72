"""What the running commands have in common: checking targets, showing and writing results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.errors import problem
from jakstat.store import NOTICE, check_target, write_text

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset
    from jakstat.experiment.overlay import Overlay
    from jakstat.report.canvas import Figure

__all__ = ["Targets", "deliver", "print_json", "waiting"]


@dataclass(frozen=True, slots=True)
class Targets:
    """Where a result goes, as asked for on the command line."""

    plot: Path | None = None
    plot_as: str | None = None
    csv: Path | None = None
    overlay: Path | None = None
    scale_overlay: bool = False
    force: bool = False
    as_json: bool = False

    def check(self) -> None:
        """Refuse, before anything is computed, what could not be written afterwards.

        Raises
        ------
        InputError
            A file that is there already, a folder that is not, an unknown kind of figure.
        """
        if self.plot is not None:
            from jakstat.report.canvas import check_figure

            check_figure(self.plot, replace=self.force)
        if self.csv is not None:
            check_target(self.csv, field="--csv", replace=self.force)
        if self.plot is not None and self.csv is not None and self.plot.absolute() == self.csv.absolute():
            raise problem("file.exists", "--plot and --csv name the same file", field="--csv")
        if self.plot_as not in (None, "time", "dose"):
            hint = "time or dose"
            raise problem("option.value", f"no plot {self.plot_as[:40]!r}", field="--plot-as", hint=hint)
        if self.scale_overlay and self.overlay is None:
            hint = "add --overlay FILE"
            raise problem("option.alone", "there is nothing to scale", field="--scale-overlay", hint=hint)


@contextmanager
def waiting(text: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line on stderr that moves while something runs; silent with ``quiet`` or without a terminal.

    Yields
    ------
    callable
        Replaces the line's text.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        yield status.update


def print_json(document: dict[str, Any]) -> None:
    """One document on stdout; NaN was made null before."""
    typer.echo(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False))


def deliver(result: AnyDataset, targets: Targets) -> None:
    """Write the asked-for files, all made before the first is written, then show the result.

    The command ends with code 1 when every lane failed.
    """
    from jakstat.experiment.records import to_csv, to_document

    overlay = _overlay(result, targets)
    figure = None if targets.plot is None else _figure(result, targets, overlay)
    table = None if targets.csv is None else to_csv(result)
    if targets.csv is not None and table is not None:
        write_text(targets.csv, table, replace=targets.force)
    if targets.plot is not None and figure is not None:
        from jakstat.report.canvas import save

        save(figure, targets.plot, replace=targets.force)
    if targets.as_json:
        document = to_document(result)
        if overlay is not None:
            document["overlay"] = {"points": len(overlay.points), "scales": dict(overlay.scales)}
        print_json(document)
    else:
        from jakstat.cli.tables import show_result

        show_result(result)
        for path in (targets.csv, targets.plot):
            if path is not None:
                typer.echo(f"wrote {path}")
        typer.echo(NOTICE)
    check_any_ran(result.attrs["failed_lanes"], result.sizes["lane"])


def _overlay(result: AnyDataset, targets: Targets) -> Overlay | None:
    if targets.overlay is None:
        return None
    from jakstat.experiment.labelled import as_dataset
    from jakstat.experiment.overlay import read_overlay, scaled

    dataset = as_dataset(result)
    overlay = read_overlay(targets.overlay, dataset)
    return scaled(overlay, dataset) if targets.scale_overlay else overlay


def _figure(result: AnyDataset, targets: Targets, overlay: Overlay | None) -> Figure:
    from jakstat.experiment.labelled import as_dataset

    series = bool(result.attrs["axes"])
    kind = targets.plot_as or ("dose" if series and overlay is None else "time")
    if kind == "dose":
        if not series:
            hint = "give e.g. IL6=0.1..500ng/ml:12"
            raise problem("option.value", "there is no dose series to draw", field="--plot-as", hint=hint)
        from jakstat.report.dose_response import dose_response_figure

        return dose_response_figure(as_dataset(result))
    from jakstat.report.time_courses import time_courses

    return time_courses(as_dataset(result), overlay=overlay)
