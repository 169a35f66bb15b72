"""What the running commands have in common: checking targets, showing and writing results."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.progress_file import counted_to_file
from jakstat.errors import problem
from jakstat.extras import check_extra
from jakstat.store import NOTICE, attribute, check_target, write_bytes, write_text

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
    xlsx: Path | None = None
    overlay: Path | None = None
    scale_overlay: bool = False
    force: bool = False
    as_json: bool = False
    figures: str = "png"

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
        for option, path in (("--csv", self.csv), ("--xlsx", self.xlsx)):
            if path is not None:
                _check_table(option, path)
                check_target(path, field=option, replace=self.force)
        named = {"--plot": self.plot, "--csv": self.csv, "--xlsx": self.xlsx}
        places = [path.absolute() for path in named.values() if path is not None]
        if len(set(places)) < len(places):
            twice = [n for n, p in named.items() if p is not None and places.count(p.absolute()) > 1]
            both = " and ".join(twice)
            raise problem("file.exists", f"{both} name the same file", field=both.split()[-1])
        if self.plot_as not in (None, "time", "dose"):
            hint = "time or dose"
            raise problem("option.value", f"no plot {self.plot_as[:40]!r}", field="--plot-as", hint=hint)
        if self.scale_overlay and self.overlay is None:
            hint = "add --overlay FILE"
            raise problem("option.alone", "there is nothing to scale", field="--scale-overlay", hint=hint)

    @property
    def files(self) -> list[Path]:
        """What is written, in the order in which it is told."""
        return [path for path in (self.csv, self.xlsx, self.plot) if path is not None]

    @property
    def tabled(self) -> bool:
        """Whether a table is wanted."""
        return self.csv is not None or self.xlsx is not None

    def write_tables(self, rows: Iterable[Mapping[str, Any]], asked: str) -> None:
        """Write the rows under what was asked, to each table that is wanted."""
        from jakstat.answer_tables import answer_table

        if not self.tabled:
            return
        table = answer_table(rows, asked)
        text = None if self.csv is None else table.csv_text()
        book = None if self.xlsx is None else table.workbook()
        if self.csv is not None and text is not None:
            write_text(self.csv, text, replace=self.force)
        if self.xlsx is not None and book is not None:
            write_bytes(self.xlsx, book, replace=self.force)


def _check_table(option: str, path: Path) -> None:
    """A workbook ends in .xlsx, and nothing else does."""
    ending = path.suffix.lower()
    if option == "--csv" and ending in (".xlsx", ".xls", ".ods"):
        message = f"'{path.name}' is a workbook by its ending, and --csv writes text"
        raise problem("option.value", message, field=option, hint=f"--xlsx {path.stem}.xlsx")
    if option == "--xlsx" and ending != ".xlsx":
        message = f"'{path.name}' does not end in .xlsx"
        raise problem("option.value", message, field=option, hint=f"--xlsx {path.stem}.xlsx, or --csv")
    if option == "--xlsx":
        check_extra("store", "openpyxl")


@contextmanager
def waiting(text: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A line on stderr that moves while something runs; silent with ``quiet`` or without a terminal.

    Yields
    ------
    callable
        Replaces the line's text.
    """
    to_file = counted_to_file(text)
    if quiet or not sys.stderr.isatty():
        yield to_file
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
    from jakstat.experiment.question import told
    from jakstat.experiment.records import result_rows, to_document

    overlay = _overlay(result, targets)
    figure = None if targets.plot is None else _figure(result, targets, overlay)
    if targets.tabled:
        targets.write_tables(result_rows(result), told(attribute(result.attrs, "question")))
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
        for path in targets.files:
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
