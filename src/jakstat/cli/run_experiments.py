"""`jakstat run` of a SED-ML file or a COMBINE archive: its reports and plots."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.output import Targets, print_json, waiting
from jakstat.errors import Outcome, problem
from jakstat.store import NOTICE, json_ready

if TYPE_CHECKING:
    from jakstat.exchange.experiment_files import FileAnswer
    from jakstat.exchange.sedml_outputs import ShownOutput

__all__ = ["run_document"]

_SHOWN = 8


def run_document(
    path: Path,
    format_name: str,
    targets: Targets,
    *,
    task: str | None,
    output: str | None,
    assume_zero: bool,
    assume_one_stoichiometry: bool,
) -> None:
    """Run what a file describes, and show or write the output that is asked for.

    A table holds one output: the one named, or the first report, or the first plot where there is none.
    """
    from jakstat.exchange.experiment_files import run_experiments

    with waiting("simulating", quiet=targets.as_json):
        answer = run_experiments(
            path, format_name, task=task, assume_zero=assume_zero,
            assume_one_stoichiometry=assume_one_stoichiometry,
        )  # fmt: skip
    chosen = _chosen(answer, output)
    if targets.plot is not None:
        from jakstat.report.canvas import save
        from jakstat.report.output_lines import output_figure

        shown = [o for o in ([chosen] if output is not None else answer.outputs) if o.kind == "plot2D"]
        figure = output_figure([(o.name or o.id, o.columns, o.lines) for o in shown], source=path.name)
        save(figure, targets.plot, replace=targets.force)
    targets.write_tables(chosen.rows(), f"{path.name}: {chosen.name or chosen.id}")
    if targets.as_json:
        print_json(_document(path, answer))
    else:
        _show(path, answer, targets)
    failed = sum(o not in (Outcome.OK, Outcome.UNDEFINED_VALUE) for o in answer.outcomes)
    check_any_ran(failed, len(answer.outcomes))


def _chosen(answer: FileAnswer, name: str | None) -> ShownOutput:
    """The output for a table."""
    by_id = {o.id: o for o in answer.outputs}
    if name is None:
        return next((o for o in answer.outputs if o.kind == "report"), answer.outputs[0])
    if name not in by_id:
        hint = "one of " + ", ".join(by_id)
        raise problem("output.unknown", f"the file has no output '{name[:60]}'", field="--output", hint=hint)
    return by_id[name]


def _document(path: Path, answer: FileAnswer) -> dict[str, Any]:
    """The JSON document; its shape is described in docs/json.md."""
    return {
        "file": path.name,
        "documents": list(answer.documents),
        "outputs": [
            {
                "id": o.id,
                "name": o.name,
                "kind": o.kind,
                "data": {
                    label: [
                        {"repeats": [n + 1 for n in p.repeats], "values": json_ready(p.values.tolist())}
                        for p in pieces
                    ]
                    for label, pieces in o.columns.items()
                },
                "lines": [
                    {"name": name, "data": list(data), "logarithmic": list(logs)}
                    for name, data, logs in o.lines
                ],
            }
            for o in answer.outputs
        ],
        "outcomes": dict(Counter(o.name for o in answer.outcomes)),
        "warnings": [p.to_dict() for p in answer.warnings],
        "notes": [n.to_dict() for n in answer.notes],
        "notice": NOTICE,
    }


def _show(path: Path, answer: FileAnswer, targets: Targets) -> None:
    for note in answer.notes:
        typer.echo(f"note: {note}", err=True)
    for line in _lines(path, answer):
        typer.echo(line)
    for file in targets.files:
        typer.echo(f"wrote {file}")
    typer.echo(NOTICE)
    sys.stdout.flush()


def _lines(path: Path, answer: FileAnswer) -> Iterator[str]:
    import numpy as np

    from jakstat.cli.tables import number

    yield f"{path.name}: {len(answer.outcomes)} simulations of {', '.join(answer.documents)}"
    for output in answer.outputs:
        yield f"{output.id} ({output.kind}{', ' + output.name if output.name else ''})"
        for label, pieces in list(output.columns.items())[:_SHOWN]:
            values = np.concatenate([p.values for p in pieces])
            ends = {"first": values[0], "last": values[-1]}
            ends |= {"least": np.fmin.reduce(values), "most": np.fmax.reduce(values)}
            told = ", ".join(f"{name} {number(float(value))}" for name, value in ends.items())
            yield f"  {label}: {len(values)} values, {told}"
        if len(output.columns) > _SHOWN:
            yield f"  and {len(output.columns) - _SHOWN} more"
    for warning in answer.warnings[:3]:
        yield f"import warning: {warning}"
    bad = Counter(o for o in answer.outcomes if o is not Outcome.OK)
    for outcome, count in bad.items():
        yield f"{count} of {len(answer.outcomes)} simulations: {outcome.sentence}"
