"""The frame of the commands that put a question to a cell: their common options, and how an answer is shown.

A command names what it needs as parameters of the types :class:`Cell` and :class:`Answer`; :func:`framed`
puts the options of these in their place. So each option is written, and checked, once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from jakstat.cli.idle_options import given_options, refuse_idle
from jakstat.cli.output import Targets, print_json
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.experiment.protocol import Protocol
    from jakstat.report.canvas import Figure

__all__ = ["Answer", "AsJson", "Cell", "Csv", "Force", "Plot", "Seed", "Xlsx", "framed"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]
Plot = Annotated[Path | None, typer.Option(help="Write a figure (.png, .pdf, .svg).")]
Csv = Annotated[Path | None, typer.Option(help="Write the answer as a table (CSV).")]
Xlsx = Annotated[Path | None, typer.Option(help="Write the answer as a workbook (.xlsx).")]
_GIVEN, _COMMAND = "given", "command_context"

Seed = Annotated[int, typer.Option(help="Seed of the random draws.")]


@dataclass(frozen=True, slots=True)
class Cell:
    """Which cells are meant, and what is done to them."""

    context: Annotated[str, typer.Argument(help="Kind of cell, e.g. hepg2.")]
    stimulus: Annotated[
        list[str] | None,
        typer.Option(
            help="Ligand: IL6=10ng/ml, IL6=10ng/ml@0min..20min, IL6=0.1..500ng/ml:12, IL6(mouse)=..."
        ),
    ] = None
    drug: Annotated[
        list[str] | None,
        typer.Option(help="Drug in the medium: ruxolitinib=500nM@-60min (time 0 if not given)."),
    ] = None
    knockdown: Annotated[
        list[str] | None,
        typer.Option("--knockdown", "--perturb", help="Factor: SOCS3=0, STAT3=2, or timed SOCS3=0@0h."),
    ] = None
    treatment: Annotated[
        list[str] | None,
        typer.Option("--treatment", "--treat", help="On or off: actinomycin_D@0min.., cycloheximide@0h..2h."),
    ] = None
    state: Annotated[list[str] | None, typer.Option(help="State of the cell, e.g. HBV; several combine.")] = (
        None
    )
    parts: Annotated[
        str | None,
        typer.Option(
            help="Parts of the model, separated by commas, or core (fast), cell, all or drugs; "
            "the whole cell if not given."
        ),
    ] = None

    @property
    def name(self) -> str:
        """The kind of cell with its states."""
        return "+".join([self.context, *(self.state or ())])

    def protocol(self, **more: Any) -> Protocol:
        """The checked protocol; ``more`` as :func:`jakstat.experiment.describe.make_protocol` takes it."""
        from jakstat.experiment.describe import make_protocol

        return make_protocol(
            self.name,
            stimuli=self.stimulus,
            drugs=self.drug,
            perturb=self.knockdown,
            treatments=self.treatment,
            parts=self.parts,
            **more,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Where an answer goes: a figure, a table, a JSON document or the terminal."""

    plot: Plot = None
    csv: Csv = None
    xlsx: Xlsx = None
    force: Force = False
    as_json: AsJson = False
    given: frozenset[str] = frozenset()

    def check(self, **rules: tuple[bool, str]) -> None:
        """Refuse, before anything is computed, what does nothing and what could not be written afterwards.

        Parameters
        ----------
        **rules : tuple of (whether it is used, hint)
            Of the options that may be idle, each under its name; ``force`` has its own.
        """
        written = bool(self.targets.files)
        refuse_idle(self.given, {**rules, "force": (written, "it replaces a file that is written")})
        self.targets.check()

    @property
    def targets(self) -> Targets:
        """Where it goes."""
        return Targets(plot=self.plot, csv=self.csv, xlsx=self.xlsx, force=self.force, as_json=self.as_json)

    def give(
        self,
        asked: Mapping[str, Any] | str,
        *,
        figure: Callable[[], Figure] | None = None,
        document: Callable[[], dict[str, Any]],
        rows: Callable[[dict[str, Any]], Iterable[Mapping[str, Any]]],
        show: Callable[[Console], None],
    ) -> None:
        """Make all that was asked for, then write it.

        Parameters
        ----------
        asked : mapping or str
            The question as it was understood; it stands above the table and in the CSV.
        figure, document : callable
            Called when they are wanted only; a command without ``--plot`` has no figure.
        rows : callable
            From the document to the rows of its table.
        show : callable
            Prints the answer for people.
        """
        from jakstat.experiment.question import told

        said = asked if isinstance(asked, str) else told(asked)
        drawn = None if self.plot is None or figure is None else figure()
        made = document() if self.as_json or self.targets.tabled else {}
        if self.targets.tabled:
            self.targets.write_tables(rows(made), said)
        if self.plot is not None and drawn is not None:
            from jakstat.report.canvas import save

            save(drawn, self.plot, replace=self.force)
        if self.as_json:
            print_json(made)
            return
        from rich.console import Console

        console = Console(highlight=False)
        console.print(said, soft_wrap=True)
        show(console)
        for path in self.targets.files:
            typer.echo(f"wrote {path}")
        typer.echo(NOTICE)

    def listing(
        self,
        asked: str,
        *,
        document: Mapping[str, Any],
        rows: Iterable[Mapping[str, Any]],
        show: Callable[[], None],
    ) -> None:
        """Tell what is known, which no question was put to: a list, its table and its JSON document.

        Parameters
        ----------
        asked : str
            What it is a list of; it stands above the table.
        document, rows : mapping, iterable of mapping
        show : callable
            Prints the list for people.
        """
        self.check()
        self.targets.write_tables(rows, asked)
        if self.as_json:
            print_json(dict(document))
            return
        show()
        for path in self.targets.files:
            typer.echo(f"wrote {path}")


def framed(
    *, without: Iterable[str] = (), may_lack: Iterable[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command in whose place of :class:`Cell` and :class:`Answer` their options stand.

    Parameters
    ----------
    without : iterable of str
        Options that the command does not have. An option that it has itself replaces the one of the frame.
    may_lack : iterable of str
        Arguments that may be left out, as the kind of cell beside a file of one's own; they are then empty.
    """
    left_out, optional = set(without), set(may_lack)

    def frame(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command).parameters
        hints = get_type_hints(command, include_extras=True)
        kinds = {name: hints[name] for name in own if is_dataclass(hints[name])}
        taken = {
            name: [f for f in fields(kind) if f.name not in {*own, *left_out, _GIVEN}]
            for name, kind in kinds.items()
        }
        options = [p.replace(annotation=hints[n]) for n, p in own.items() if n not in kinds]
        for name, kind in kinds.items():
            types = get_type_hints(kind, include_extras=True)
            more = [
                _option(f.name, types[f.name], "" if f.name in optional else f.default) for f in taken[name]
            ]
            options = [*options, *more] if kind is Answer else [*more, *options]
        options.append(inspect.Parameter(_COMMAND, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context))
        options = [o.replace(kind=inspect.Parameter.KEYWORD_ONLY) for o in options]

        @wraps(command)
        def run(**given: Any) -> None:
            told = given_options(given.pop(_COMMAND))
            if _listed(given):
                return
            built = {n: kind(**{f.name: given.pop(f.name) for f in taken[n]}) for n, kind in kinds.items()}
            for name, part in built.items():
                if isinstance(part, Answer):
                    built[name] = replace(part, given=told)
            command(**given, **built)

        vars(run)["__signature__"] = inspect.Signature(options)
        run.__annotations__ = {o.name: o.annotation for o in options}
        return run

    return frame


def _listed(given: Mapping[str, Any]) -> bool:
    """Whether ``list`` stands in place of a name; then what may be named is shown."""
    from jakstat.cli.word_lists import LISTED, show_rows

    words = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    asked = [
        name for name in LISTED if [str(v).strip().casefold() for v in words.get(name) or ()] == ["list"]
    ]
    for name in asked:
        show_rows(LISTED[name]())
    return bool(asked)


def _option(name: str, kind: Any, default: Any) -> inspect.Parameter:
    empty = inspect.Parameter.empty
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=kind,
        default=empty if default is MISSING else default,
    )
