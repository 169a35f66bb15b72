"""`jakstat trial verify`: whether a run of a trial is still as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.output import print_json
from jakstat.cli.situation_options import AsJson
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from jakstat.trial.run_record import RunState

__all__ = ["show_state", "verify_trial"]

_DAMAGED = 1
_SHOWN = 20


def verify_trial(
    run: Annotated[str, typer.Argument(help="Folder or URL of a trial that was run.")],
    as_json: AsJson = False,
) -> None:
    """Compare every chunk and every output with its checksum; exit code 1 when something is damaged."""
    from jakstat.trial.run_record import check_run

    show_state(run, check_run(run), as_json=as_json)


def show_state(run: str, state: RunState, *, as_json: bool) -> None:
    """Say what is whole and what is not, and end with 1 when something is damaged."""
    withheld = state.record.withheld if state.record else ()
    document: dict[str, Any] = {
        "file": run,
        "complete": state.complete,
        "chunks": {"all": state.chunks, "done": state.done},
        "damaged": [{"piece": d.chunk, "file": d.file, "what": d.what} for d in state.damage],
        "quarantined": [{"patient": w.patient, "reason": w.reason} for w in withheld],
        "notice": NOTICE,
    }
    if as_json:
        print_json(document)
    else:
        _show_words(run, state, document)
    if state.damage:
        raise typer.Exit(_DAMAGED)


def _show_words(run: str, state: RunState, document: dict[str, Any]) -> None:
    for damage in state.damage[:_SHOWN]:
        typer.echo(f"{damage.file}: {damage.what}")
    if len(state.damage) > _SHOWN:
        typer.echo(f"and {len(state.damage) - _SHOWN} more (--json shows all)")
    if state.damage:
        typer.echo(f"damaged; `jakstat trial repair {run}` computes it anew")
    elif state.complete:
        typer.echo("whole and complete")
    else:
        typer.echo(
            f"whole, but not complete: {state.done} of {state.chunks} chunks; --resume goes on with it"
        )
    for entry in document["quarantined"][:_SHOWN]:
        typer.echo(f"patient {entry['patient']} is left out: {entry['reason']}")
    typer.echo(NOTICE)
