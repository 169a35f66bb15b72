"""From a design to a folder with its answer: run, read, report; and the answer again from a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from jakstat.cli.output import waiting
from jakstat.cli.trial_summary import REPORT
from jakstat.cli.validate import progress
from jakstat.extras import check_extra

if TYPE_CHECKING:
    from jakstat.trial.design import TrialDesign
    from jakstat.trial.trial_run import TrialWorkers

__all__ = ["run_to_folder", "write_answer"]

_DOCUMENT = "trial.json"
_LOOKED_AT = 4096


def run_to_folder(
    design: TrialDesign, out: str, *, workers: TrialWorkers, resume: bool, vectors: int = 0, quiet: bool
) -> dict[str, Any]:
    """Run a trial into a folder or URL, read it and write its answer beside it; the answer.

    Raises
    ------
    InputError
        As :func:`jakstat.trial.trial_run.run_trial`.
    """
    check_extra("trial")  # the report at the end needs more than the run
    from jakstat.trial.chunk import run_chunk
    from jakstat.trial.question import trial_question
    from jakstat.trial.trial_mapping import trial_mapping
    from jakstat.trial.trial_run import run_trial

    beside = _kept(design)
    own = {"population": next(iter(beside))} if beside else {}  # a manifest holds no path of a machine
    about = {"question": {**trial_question(design), **own}, "trial": {**trial_mapping(design), **own}}
    try:
        with progress("patients", quiet=quiet) as told:
            run_trial(
                design, out, run_chunk=run_chunk, workers=workers, resume=resume,
                about=about, beside=beside, on_chunk=told,
            )  # fmt: skip
    except KeyboardInterrupt:
        typer.echo(f"what was computed is kept in {out}; the same command with --resume goes on", err=True)
        raise
    if vectors:
        _write_model(design, out, vectors, quiet=quiet)
    return write_answer(out, quiet=quiet)


def _write_model(design: TrialDesign, out: str, vectors: int, *, quiet: bool) -> None:
    """Write how the ratios differ under other parameter vectors."""
    from jakstat.trial.model_interval import model_interval
    from jakstat.trial.patient_source import patients_of_design
    from jakstat.trial.reading import MODEL
    from jakstat.trial.run_record import add_outputs

    with progress("parameter vectors", quiet=quiet) as told:
        some = patients_of_design(design)
        some = some.take(range(min(some.count, _LOOKED_AT)))  # the first that are let in go through them
        found = model_interval(design, some.cohort(), vectors=vectors, told=told)
    add_outputs(out, {MODEL: _text(found)})


def _kept(design: TrialDesign) -> dict[str, bytes]:
    """The file that patients come from, which is kept with the run; nothing for a shipped population."""
    place = Path(design.population)
    if place.suffix not in (".yaml", ".yml", ".parquet"):
        return {}
    name = "cohort.parquet" if place.suffix == ".parquet" else "population.yaml"
    return {name: place.read_bytes()}


def write_answer(out: str, *, quiet: bool) -> dict[str, Any]:
    """Read the tables of a run, and write `trial.json` and `report.html` beside them; the answer.

    Raises
    ------
    InputError
        ``trial.none``, ``trial.unfinished`` and the like.
    """
    from jakstat.report.trial_report import trial_report
    from jakstat.trial.reading import read_trial_run
    from jakstat.trial.run_record import add_outputs

    with waiting("reading the trial", quiet=quiet):
        document = read_trial_run(out)
        files = {_DOCUMENT: _text(document), REPORT: trial_report(document).encode()}
    add_outputs(out, files)
    return document


def _text(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
