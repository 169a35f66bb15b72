"""`jakstat trial report`: the page of a trial that was run, and its survival curves as a figure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from jakstat.cli.output import print_json, waiting
from jakstat.cli.situation_options import AsJson, Force
from jakstat.store import NOTICE, check_target, write_bytes, write_text

__all__ = ["report"]

_PAGE = "report.html"


def report(
    run: Annotated[Path, typer.Argument(help="Folder of a trial that was run.")],
    out: Annotated[
        Path | None, typer.Option(help="HTML file to write; report.html of the folder if not given.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write the survival curves as a figure too (.png, .pdf, .svg).")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="Endpoint of the figure; the primary one if not given.")
    ] = None,
    adam: Annotated[
        Path | None,
        typer.Option(help="Folder for the patients as ADaM data sets: adsl.xpt, adtte.xpt (CDISC)."),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write the page of a trial that was run: one HTML file that loads nothing from anywhere."""
    from jakstat.report.canvas import check_figure, save

    if out is not None:
        check_target(out, field="--out", replace=force)
    if plot is not None:
        check_figure(plot, replace=force)
    if adam is not None:
        there = [adam / name for name in ("adsl.xpt", "adtte.xpt")] if adam.is_dir() else [adam]
        for target in there:
            check_target(target, field="--adam", replace=force)
    with waiting("reading the run", quiet=as_json):
        from jakstat.report.survival_curves import trial_survival
        from jakstat.report.trial_report import trial_report
        from jakstat.trial.reading import read_trial_run
        from jakstat.trial.run_record import add_outputs

        document = read_trial_run(run)
        figure = None if plot is None else trial_survival(document, endpoint)
        text = trial_report(document)
        data_sets = {} if adam is None else _data_sets(run, document)
    if out is None:
        add_outputs(str(run), {_PAGE: text.encode()})
    else:
        write_text(out, text, replace=force)
    written = [str(run / _PAGE if out is None else out)]
    if plot is not None and figure is not None:
        written.append(str(save(figure, plot, replace=force)))
    if adam is not None:
        adam.mkdir(exist_ok=True)
        for name, data in data_sets.items():
            written.append(str(write_bytes(adam / name, data, replace=force)))
    if as_json:
        print_json({"files": written, "notice": NOTICE})
        return
    for name in written:
        typer.echo(f"wrote {name}")
    typer.echo(NOTICE)


def _data_sets(run: Path, document: Mapping[str, Any]) -> dict[str, bytes]:
    from jakstat.exchange.adam import adam_files
    from jakstat.places import place_of
    from jakstat.trial.run_tables import read_run_tables

    question = document["question"]
    arms = [arm["name"] for arm in question["arms"]]
    return adam_files(read_run_tables(place_of(run), arms, visits=()), str(question["name"]))
