"""`jakstat fit --data FILE.csv`: a user's own time courses fitted, and kept as a cell of his own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.ending import EXIT_FAILED, stopped
from jakstat.cli.output import Targets, print_json
from jakstat.errors import problem as fault
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.calibration.lanes import Solving
    from jakstat.calibration.optimise import Search
    from jakstat.calibration.own_fit import FitAsked, PreparedFit
    from jakstat.calibration.time_courses import TimeCourseFit

__all__ = ["OwnCourses", "fit_own"]


@dataclass(frozen=True, slots=True)
class OwnCourses:
    """Options of a fit of own data."""

    data: Annotated[
        Path | None,
        typer.Option(
            help="Own time courses (CSV or .xlsx): time, time_unit, readout, value, stimulus, dose, ..."
        ),
    ] = None
    context: Annotated[str | None, typer.Option(help="With --data: the cell to start from, e.g. hepg2.")] = (
        None
    )
    free: Annotated[
        str | None, typer.Option(help="With --data: numbers of the cell to fit, separated by commas.")
    ] = None
    stimulus: Annotated[
        str | None, typer.Option(help="Of all rows where the table does not say: IL6=10ng/ml; or none.")
    ] = None
    parts: Annotated[
        str, typer.Option(help="Parts of the model; the core takes seconds, all takes many minutes.")
    ] = "core"
    noise: Annotated[str, typer.Option(help="additive, or log: in proportion to the value.")] = "additive"
    background: Annotated[
        bool, typer.Option("--background/--no-background", help="Whether each readout has a background.")
    ] = True
    scale_per: Annotated[str, typer.Option(help="readout, or replicate: each blot has its own scale.")] = (
        "readout"
    )
    prior: Annotated[
        str, typer.Option(help="flat within the range of each number, or range: drawn to the model's value.")
    ] = "flat"
    cell: Annotated[str | None, typer.Option(help="Whose rows to take where the table has several.")] = None
    hold_out: Annotated[
        list[str] | None, typer.Option(help="Rows to predict and not to fit, e.g. dose=50.")
    ] = None
    predict: Annotated[str | None, typer.Option(help="Further readouts to predict, separated by commas.")] = (
        None
    )
    save: Annotated[
        str | None, typer.Option(help="Keep the result as a cell of your own, which every command takes.")
    ] = None

    def needed(self) -> None:
        """Refuse a fit without a cell or without anything free.

        Raises
        ------
        InputError
            ``option.missing``.
        """
        if not self.context:
            hint = "e.g. --context hepg2; jakstat contexts lists them"
            raise fault("option.missing", "the cell to start from is missing", field="--context", hint=hint)
        if not self.free:
            hint = "e.g. --free kcat_STAT3,abundance_STAT3; jakstat sensitivity hepg2 ranks them"
            raise fault("option.missing", "nothing is said to be free", field="--free", hint=hint)

    def asked(self, starts: int, seed: int, profiles: bool, limits: Search, solving: Solving) -> FitAsked:
        """The question to the fit."""
        from jakstat.calibration.own_fit import FitAsked
        from jakstat.calibration.own_points import CourseReading
        from jakstat.calibration.time_courses import own_model

        model = own_model(self.noise, self.scale_per, self.prior, background=self.background)
        reading = CourseReading(self.stimulus or "", self.cell or "", model.noise)
        predict = tuple(n.strip() for n in (self.predict or "").split(",") if n.strip())
        free = tuple((self.free or "").replace(",", " ").split())
        return FitAsked(
            self.context or "", free, tuple(self.parts.split(",")), reading, model,
            tuple(self.hold_out or ()), predict, starts, seed, profiles, limits, solving,
        )  # fmt: skip


Progress = Callable[[str, int, int], None]


def fit_own(
    own: OwnCourses, asked: FitAsked, targets: Targets, folder: Path, *, resume: bool, tell: Progress
) -> None:
    """Fit, write what was found into the folder, save it if asked for, and say it."""
    from jakstat.answer_tables import answer_table
    from jakstat.calibration.own_fit import fit_prepared, prepare_fit
    from jakstat.calibration.own_tables import course_table
    from jakstat.calibration.time_courses import TimeCourseFit, fitted_course_rows
    from jakstat.store import write_json, write_text

    assert own.data is not None
    if own.save is not None:
        check_save(own.save, replace=targets.force)
    prepared = prepare_fit(course_table(own.data, field="--data"), asked)
    answer = TimeCourseFit(fit_prepared(prepared, folder, resume=resume, tell=tell))
    figures = _figures(answer, prepared, targets.figures)
    document = {**answer.to_dict(), "files": [str(f) for f in (*figures, answer.fit.problem_file)]}
    document["saved"] = document["whole_cell"] = None
    if own.save is not None and answer.findings is not None:
        whole = answer.whole_cell
        if whole is not None:
            document["whole_cell"] = {
                "points": whole.points, "chi2": whole.chi2, "chi2_of_parts": whole.chi2_of_parts
            }  # fmt: skip
        document["saved"] = {"context": own.save, "file": str(answer.save(own.save, replace=targets.force))}
    said = asked_in_words(answer)
    for name in ("points", "courses") if answer.findings is not None else ():
        rows = answer.point_rows() if name == "points" else fitted_course_rows(document["courses"])
        place = write_text(folder / f"{name}.csv", answer_table(rows, said).csv_text(), replace=True)
        document["files"].append(str(place))
    write_json(folder / "own-fit.json", document, replace=True)
    targets.write_tables(answer.table_rows(), said)
    if targets.as_json:
        print_json(document)
    else:
        _show(answer, document, [*targets.files])
    _end(answer)


def _end(answer: TimeCourseFit) -> None:
    if answer.fit.report.interrupted:
        raise stopped()
    if answer.findings is None:
        raise typer.Exit(EXIT_FAILED)


def check_save(name: str, *, replace: bool) -> None:
    """Refuse, before the fit, a name that could not be saved.

    Raises
    ------
    InputError
        ``own.name``, ``own.exists``.
    """
    from jakstat.biology.contexts import shipped_contexts
    from jakstat.biology.own_folder import check_own_name, own_names
    from jakstat.biology.states import states

    check_own_name(name, taken=(*shipped_contexts(), *states()), what="context", field="--save")
    if name in own_names("contexts") and not replace:
        hint = "give another name, or --force to replace it"
        raise fault(
            "own.exists", f"there is already {name!r} among your own contexts", field="--save", hint=hint
        )


def asked_in_words(answer: TimeCourseFit) -> str:
    """What was read and what was asked, in a line."""
    from jakstat.calibration.time_courses import words_asked

    prepared = answer.fit.prepared
    return f"{prepared.read}; {words_asked(prepared.asked)}"


def _figures(answer: TimeCourseFit, prepared: PreparedFit, kind: str) -> list[Path]:
    from jakstat.report.canvas import save
    from jakstat.report.fit_figures import profile_figure, residual_figure, waterfall_figure
    from jakstat.report.own_fit import own_fit_figure

    report, objective = answer.fit.report, answer.fit.objective
    title = f"{prepared.laid.context}, {prepared.found.file}"
    sources = objective.problem.sources
    made = {"waterfall": waterfall_figure(report.fit, title=title, sources=sources)}
    if report.found is not None:
        made["residuals"] = residual_figure(objective, report.found, title=title, sources=sources)
    if report.profiles:
        made["profiles"] = profile_figure(
            objective, report.profiles, title=title, sources=sources, rise=answer.fit.rise
        )
    if answer.findings is not None:
        made["fit"] = own_fit_figure(answer.findings, title=title)
    return [save(drawn, report.folder / f"{file}.{kind}", replace=True) for file, drawn in made.items()]


def _show(answer: TimeCourseFit, document: dict[str, Any], written: list[Path]) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    searches = document["searches"]
    console.print(asked_in_words(answer), soft_wrap=True)
    typer.echo(
        f"{searches['done']} of {searches['all']} searches done, {searches['failed']} failed at their start, "
        f"{searches['agreeing']} within 1 of the best"
    )
    if answer.findings is not None:
        _show_findings(answer, document, console)
    if document["saved"] is not None:
        for line in _saved(document):
            console.print(line, soft_wrap=True)
    for path in [*document["files"], *written]:
        typer.echo(f"wrote {path}")
    if answer.fit.report.interrupted:
        typer.echo("stopped early; --resume goes on with it")
    typer.echo(NOTICE)


def _show_findings(answer: TimeCourseFit, document: dict[str, Any], console: Console) -> None:
    from rich.text import Text

    from jakstat.cli.tables import number, plain_table, print_table

    table = plain_table("numbers (grade user)", "number", "unit", "model", "fitted", "low", "high", "verdict")
    for n in answer.numbers:
        shown = (number(v) for v in (n.row.value, n.value, n.low, n.high))
        table.add_row(Text(n.row.id), Text(n.row.unit), *shown, n.verdict)
    print_table(console, table)
    for sentence in answer.sentences:
        console.print(sentence, soft_wrap=True)
    table = plain_table(
        "\nreadouts", "readout", "use", "values", "chi2/n", "in band", "scale", "background", "noise"
    )
    for row in document["readouts"]:
        # with a noise of its own from the fit it is 1 whatever the curve does
        own = row["chi2"] is None or any(name.startswith("noise_") for name in row["solved_within"])
        chi2 = float("nan") if own else row["chi2"] / row["points"]
        inner = [", ".join(_solved(row, role)) or "-" for role in ("scaling", "background", "noise")]
        counts = (str(row["points"]), number(chi2), str(row["inside_band"]))
        table.add_row(Text(row["readout"]), row["use"], *counts, *inner)
    print_table(console, table)
    for note in document["notes"]:
        console.print(f"note: {note}", soft_wrap=True)


def _solved(row: dict[str, Any], role: str) -> Iterator[str]:
    from jakstat.cli.tables import number

    return (number(v["value"]) for name, v in row["solved_within"].items() if name.startswith(f"{role}_"))


def _saved(document: dict[str, Any]) -> Iterator[str]:
    name = document["saved"]["context"]
    yield f"saved as {name}, a cell like any other: jakstat simulate {name}; the model is unchanged"
    whole = document["whole_cell"]
    if whole is not None:
        here, there = (whole[k] / whole["points"] for k in ("chi2_of_parts", "chi2"))
        yield (
            f"the numbers were fitted in the parts named (chi2/n {here:.3g}); in the whole cell, which other "
            f"commands run unless --parts says less, they give chi2/n {there:.3g}"
        )
