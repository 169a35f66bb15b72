"""`jakstat export`: an experiment as an archive that other programs run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jakstat.cli.output import print_json, waiting
from jakstat.store import NOTICE, check_target, write_bytes

__all__ = ["export"]


def export(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE.omex", help="The archive to write.")],
    experiment: Annotated[Path, typer.Option(help="Experiment file (YAML).")],
    sedml: Annotated[str, typer.Option(help="Level and version of SED-ML: 1.2, 1.3 or 1.4.")] = "1.4",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write an experiment with its model, SED-ML, data and figure as a COMBINE archive."""
    from jakstat.errors import problem
    from jakstat.exchange.experiment_archive import ARCHIVED_RELATIVE, experiment_archive
    from jakstat.exchange.sedml_writing import VERSIONS
    from jakstat.extras import check_extra

    if archive.suffix.lower() != ".omex":
        hint = f"{archive.stem}.omex"
        raise problem("option.value", f"'{archive.name}' does not end in .omex", field="ARCHIVE", hint=hint)
    if sedml not in VERSIONS:
        hint = "one of " + ", ".join(VERSIONS)
        raise problem("option.value", f"SED-ML {sedml[:20]} is not written", field="--sedml", hint=hint)
    check_target(archive, replace=force, field="ARCHIVE")
    check_extra("plot")  # for its figure
    from jakstat.experiment.protocol_file import read_protocol
    from jakstat.experiment.run import run_labelled
    from jakstat.limits import LIMITS
    from jakstat.tables import read_file

    protocol = read_protocol(experiment)
    with waiting("simulating", quiet=as_json):
        result = run_labelled(protocol, rtol=ARCHIVED_RELATIVE)
        made = experiment_archive(
            protocol,
            result,
            title=str(result.attrs["title"]),
            source=read_file(experiment, most=LIMITS.protocol_bytes),
            figures=_figures(result),
            version=sedml,
        )
    write_bytes(archive, made.data, replace=force)
    document: dict[str, Any] = {
        "archive": str(archive),
        "files": list(made.files),
        "lanes": made.lanes,
        "sedml": sedml,
        "notes": [n.to_dict() for n in made.notes],
        "notice": NOTICE,
    }
    if as_json:
        print_json(document)
        return
    for note in made.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"wrote {archive}: {', '.join(made.files)}")
    typer.echo(f"{made.lanes} lanes; jakstat run {archive.name} reads it back")
    typer.echo(NOTICE)


def _figures(result: Any) -> dict[str, bytes]:
    """The figure of an experiment in two formats."""
    import io

    from jakstat.experiment.labelled import as_dataset
    from jakstat.report.dose_response import dose_response_figure
    from jakstat.report.time_courses import time_courses

    dataset = as_dataset(result)
    figure = dose_response_figure(dataset) if result.attrs["axes"] else time_courses(dataset)
    found = {}
    for kind, metadata in (("png", {"Software": "jakstat"}), ("svg", {"Date": None})):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata=metadata)
        found[f"figure.{kind}"] = buffer.getvalue()
    return found
