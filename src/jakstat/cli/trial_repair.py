"""`jakstat trial repair`: what of a run is damaged or missing, computed anew."""

from __future__ import annotations

from typing import Annotated

import typer

from jakstat.cli.situation_options import AsJson
from jakstat.cli.trial_verify import show_state
from jakstat.cli.validate import progress

__all__ = ["repair"]


def repair(
    run: Annotated[str, typer.Argument(help="Folder or URL of a trial that was run.")],
    workers: Annotated[
        int | None, typer.Option(help="Processes on this machine; all its cores if not given.", min=1)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute anew what of a run is damaged or missing, by what its manifest says it is."""
    from jakstat.cli.trial_outputs import write_answer
    from jakstat.trial.run_record import check_run
    from jakstat.trial.trial_repair import repair_trial
    from jakstat.trial.trial_run import TrialWorkers

    before = check_run(run).record
    with progress("patients", quiet=as_json) as told:
        repair_trial(run, workers=TrialWorkers(workers or 0), on_chunk=told)
    write_answer(run, quiet=as_json)
    state = check_run(run)
    listed = (set((r.outputs or {}) if r else ()) for r in (before, state.record))
    for name in sorted(next(listed) - next(listed)):
        typer.echo(f"{name} was damaged and is gone; `jakstat trial FILE --resume` makes it anew", err=True)
    show_state(run, state, as_json=as_json)
