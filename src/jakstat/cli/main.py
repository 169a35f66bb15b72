"""The `jakstat` command: the list of its sub-commands, and how they fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from jakstat.cli import (
    assay,
    bistability,
    carcinogen,
    cite,
    claims,
    combine,
    contexts,
    demo,
    dilution,
    doctor,
    domains,
    dose_response,
    drugs,
    entities,
    evidence,
    experiment,
    export,
    fit,
    graph,
    lab,
    model,
    parts,
    patient,
    pk,
    population,
    potency,
    progression,
    readouts,
    recurrence,
    schedule,
    sensitivity,
    simulate,
    sources,
    steady_state,
    stimuli,
    targets,
    trial,
    validate,
    verify,
    why,
)
from jakstat.cli import map as map_command
from jakstat.cli import run as run_model
from jakstat.cli.completion import with_completion
from jakstat.cli.drug_files import with_drug_files
from jakstat.cli.ending import guarded_output, stop_asked, stopped, stops_as_interrupts
from jakstat.cli.number_options import with_plain_numbers
from jakstat.cli.slips import extra_words, no_context
from jakstat.errors import EXIT_BAD_INPUT, InputError, Problem
from jakstat.identity import VERSION
from jakstat.store import NOTICE, space_hint

__all__ = ["app", "run"]

_JSON = "jakstat.json"

# Every sub-command, in the order `jakstat --help` shows them: name and function.
COMMANDS: tuple[tuple[str, Callable[..., None]], ...] = (
    ("demo", demo.demo),
    ("trial", trial.trial),
    ("lab", lab.lab),
    ("simulate", simulate.simulate),
    ("experiment", experiment.experiment),
    ("steady-state", steady_state.steady_state),
    ("sensitivity", sensitivity.sensitivity),
    ("bistability", bistability.bistability),
    ("dose-response", dose_response.dose_response),
    ("targets", targets.targets),
    ("combine", combine.combine),
    ("schedule", schedule.schedule),
    ("dilution", dilution.dilution),
    ("progression", progression.progression),
    ("carcinogen", carcinogen.carcinogen),
    ("recurrence", recurrence.recurrence),
    ("assay", assay.assay),
    ("validate", validate.validate),
    ("model", model.model),
    ("contexts", contexts.contexts),
    ("parts", parts.parts),
    ("readouts", readouts.readouts),
    ("stimuli", stimuli.stimuli),
    ("pk", pk.pk),
    ("patient", patient.patient),
    ("population", population.population),
    ("potency", potency.potency),
    ("run", run_model.run),
    ("export", export.export),
    ("verify", verify.verify),
    ("fit", fit.fit),
    ("evidence", evidence.evidence),
    ("why", why.why),
    ("claims", claims.claims),
    ("entities", entities.entities),
    ("domains", domains.domains),
    ("drugs", drugs.drugs),
    ("sources", sources.sources),
    ("map", map_command.draw_map),
    ("graph", graph.graph),
    ("cite", cite.cite),
    ("doctor", doctor.doctor),
)


class _Commands(TyperGroup):
    """Turns bad input into messages and exit codes, in one place for all commands."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the table."""
        return [name for name, _ in COMMANDS if self.get_command(ctx, name)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        # Noted before parsing: a command that fails to parse must still know how to say so.
        ctx.meta[_JSON] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> object:
        with stops_as_interrupts():
            try:
                return super().invoke(ctx)
            except (typer.Exit, typer.Abort):
                raise
            except KeyboardInterrupt:
                pass
            except Exception as error:
                if not stop_asked():
                    _report_error(error, as_json=bool(ctx.meta.get(_JSON)))
            typer.echo("interrupted", err=True)
            raise stopped()


class _Command(TyperCommand):
    """Refuses an option of one value that is given twice: neither of the two is the last word."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _, extra, order = self.make_parser(ctx).parse_args(args=list(args))
        given = [p for p in order if not (p.multiple or getattr(p, "is_flag", True))]
        again = [p.opts[0] for p in dict.fromkeys(given) if given.count(p) > 1]
        if again and not ctx.resilient_parsing:
            hint = "it takes one value"
            raise InputError(
                [Problem("name.twice", f"{o} is given twice", field=o, hint=hint) for o in again]
            )
        if extra and not ctx.resilient_parsing:
            raise InputError([extra_words(extra)])
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            missing = type(error).__name__ == "MissingParameter"
            if missing and getattr(error.param, "name", "") == "context":
                raise InputError([no_context(str(ctx.info_name))]) from None
            raise


app = typer.Typer(
    name="jakstat",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"]},
    help=f"IL-6/JAK/STAT3 signalling in cancer cells, from a protocol to an answer. {NOTICE}",
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"jakstat {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop."),
    ] = False,
) -> None:
    pass


_words = typer.Typer(
    name="trial", cls=trial.TrialWords, no_args_is_help=True, rich_markup_mode=None, help=trial.trial.__doc__
)
for _name, _function in trial.WORDS:
    _spoken = with_completion(with_plain_numbers(_function))
    _words.command(_name, cls=_Command, hidden=_name == trial.WORDS[0][0])(_spoken)
app.add_typer(_words)
for _name, _function in COMMANDS:
    if _function is not trial.trial:
        app.command(_name, cls=_Command)(with_drug_files(with_completion(with_plain_numbers(_function))))


def run() -> None:
    """Run the command named on the command line; the entry point of the installed script."""
    with guarded_output():
        app(prog_name="jakstat")


def _report_error(error: Exception, *, as_json: bool) -> NoReturn:
    """End with what was wrong with the input; another error goes on as it is."""
    if isinstance(error, InputError):
        _report(error.problems, as_json=as_json)
    elif isinstance(error, OSError):
        reason = error.strerror or str(error)
        file = None if error.filename is None else str(error.filename)
        _report((Problem("file.access", reason, file=file, hint=space_hint(error)),), as_json=as_json)
    else:
        raise error
    raise typer.Exit(EXIT_BAD_INPUT) from None


def _report(problems: tuple[Problem, ...], *, as_json: bool) -> None:
    """Say what is wrong: lines on stderr, or with ``--json`` one document on stdout."""
    if as_json:
        typer.echo(json.dumps({"problems": [p.to_dict() for p in problems]}, indent=2))
        return
    for found in problems:
        typer.echo(f"jakstat: {found}", err=True)
