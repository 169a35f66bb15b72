"""`jakstat combine`: two drugs over a matrix of doses, or a screen of many pairs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.ending import check_any_ran, stopped
from jakstat.cli.own_matrix import OwnMatrix, own_matrix
from jakstat.cli.situation_options import Answer, Cell, Seed, framed
from jakstat.cli.validate import progress
from jakstat.errors import problem
from jakstat.store import attribute

if TYPE_CHECKING:
    from jakstat.report.canvas import Figure

__all__ = ["combine"]

_OF_DATA = ("response", "unit", "by", "only", "sd", "sheet")


@framed(may_lack=["context"])
def combine(
    cell: Cell,
    own: OwnMatrix,
    answer: Answer,
    drug: Annotated[
        list[str] | None,
        typer.Option(
            help="One of the two drugs: ruxolitinib=10..1000nM:8, or its name for a range chosen here."
        ),
    ] = None,
    readout: Annotated[str, typer.Option(help="The readout.")] = "pSTAT3",
    at: Annotated[str, typer.Option(help="peak, auc (area from time 0 on) or a time: 20min, 72h.")] = "peak",
    pre: Annotated[str, typer.Option(help="How long before time 0 the drugs are given.")] = "60min",
    until: Annotated[str, typer.Option(help="Last time for peak and auc.")] = "2h",
    doses: Annotated[int, typer.Option(help="Doses of a range without a count.")] = 8,
    interval: Annotated[int, typer.Option(help="Parameter vectors for the intervals; 0 for none.")] = 40,
    screen: Annotated[
        Path | None, typer.Option(help="Many pairs instead: a CSV with the columns drug_a and drug_b.")
    ] = None,
    all_pairs: Annotated[bool, typer.Option("--all-pairs", help="Every pair of drugs instead.")] = False,
    musyc: Annotated[bool, typer.Option("--musyc", help="Fit MuSyC in a screen too.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder in which a screen keeps what is done.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the screen in --out.")] = False,
    threads: Annotated[int, typer.Option(help="Threads; they change no number.")] = 1,
    seed: Seed = 1,
) -> None:
    """Combine two drugs: Bliss, HSA, Loewe, ZIP and MuSyC side by side, in the model or in own data."""
    if own.data:
        own_matrix(
            cell, own, answer, drugs=drug or [], vectors=interval, seed=seed, threads=threads,
            readout=readout, at=at, pre=pre, until=until,
        )  # fmt: skip
        return
    _check_cell(cell)
    many = screen is not None or all_pairs
    bare = [text for text in drug or () if "=" not in text]
    answer.check(
        doses=(many or bool(bare) or any(".." in t for t in drug or ()), "every drug has its doses"),
        interval=(not many, "a screen draws no parameter vectors"),
        seed=(not many and interval != 0, "nothing is drawn"),
        musyc=(many, "two drugs always have it"),
        until=(at in ("peak", "auc"), f"the readout is read at {at}"),
        pre=(many or any("@" not in text for text in drug or ()), "every drug has its time"),
        **dict.fromkeys(_OF_DATA, (False, "it goes with --data")),
    )
    _check_choice(drug, screen, out, all_pairs=all_pairs, resume=resume)
    from jakstat.cli.combination_tables import show_combination, show_screen
    from jakstat.combination.document import combination_document, screen_document
    from jakstat.combination.screen import all_pairs as every_pair
    from jakstat.combination.screen import read_pairs
    from jakstat.combination.screen import screen as run_screen
    from jakstat.combination.surface import combine as run_pair

    with progress("simulations", quiet=answer.as_json) as told:
        if many:
            found = run_screen(
                cell.name, every_pair() if screen is None else read_pairs(screen), doses,
                stimuli=cell.stimulus, perturb=cell.knockdown, treatments=cell.treatment, readout=readout,
                at=at, pre=pre, until=until, parts=cell.parts, musyc=musyc, threads=threads, folder=out,
                progress=told,
            )  # fmt: skip
        else:
            found = run_pair(
                cell.name, drug or [], stimuli=cell.stimulus, perturb=cell.knockdown,
                treatments=cell.treatment, readout=readout, at=at, pre=pre, until=until, parts=cell.parts,
                levels=doses, vectors=interval, seed=seed, threads=threads, progress=told,
            )  # fmt: skip

    def figure() -> Figure:
        from jakstat.report.combination_surface import combination_surface
        from jakstat.report.screen_map import screen_map

        return screen_map(found) if many else combination_surface(found)

    answer.give(
        attribute(found.attrs, "question"),
        figure=figure,
        document=lambda: screen_document(found) if many else combination_document(found),
        rows=lambda d: d["pairs"] if many else _rows(d),
        show=lambda console: (show_screen if many else show_combination)(console, found),
    )
    if attribute(found.attrs, "complete") is False:
        raise stopped()
    if many:
        check_any_ran(found.attrs["failed"], found.attrs["simulations"])
    else:
        check_any_ran(int((found["outcome"] != "OK").sum()), found["outcome"].size)


def _check_cell(cell: Cell) -> None:
    if not cell.context:
        hint = "e.g. jakstat combine hepg2 --drug ruxolitinib --drug Stattic, or --data FILE for own matrices"
        raise problem("option.missing", "no kind of cell is named", field="CONTEXT", hint=hint)


def _rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every mixture: doses, readout, effect, and the excess over each model (which none has at dose 0)."""
    first, second = document["drugs"]
    units = {"unit_a": first["unit"], "unit_b": second["unit"]}
    rows = []
    for i, one in enumerate(first["doses"]):
        for j, other in enumerate(second["doses"]):
            row = {"drug_a": first["name"], "dose_a": one, "drug_b": second["name"], "dose_b": other, **units}
            row |= {"readout": document["readout"], "unit": document["unit"]}
            row |= {"reading": document["reading"][i][j], "effect": document["share"][i][j]}
            for name, model in document["models"].items():
                for key in ("excess", "excess_low", "excess_high", "index"):
                    if key in model:
                        row[f"{name}_{key}"] = model[key][i - 1][j - 1] if i and j else None
            rows.append(row)
    return rows


def _check_choice(
    drug: list[str] | None, screen: Path | None, out: Path | None, *, all_pairs: bool, resume: bool
) -> None:
    """Either two drugs or a screen; a folder that holds a screen is gone on with only when asked."""
    if screen is not None and all_pairs:
        raise problem("option.value", "--screen and --all-pairs exclude each other", field="--all-pairs")
    many = screen is not None or all_pairs
    if many and drug:
        hint = "put the drugs into the table, or leave --screen out"
        raise problem("option.value", "a screen takes its drugs from its pairs", field="--drug", hint=hint)
    if (out is not None or resume) and not many:
        raise problem(
            "option.alone", "only a screen is kept", field="--out", hint="add --screen or --all-pairs"
        )
    if out is None:
        if resume:
            raise problem(
                "option.alone", "there is no folder to go on in", field="--resume", hint="add --out"
            )
        return
    if not out.absolute().parent.is_dir():
        raise problem("file.folder", f"there is no folder '{out.parent}'", field="--out")
    if out.exists() and not out.is_dir():
        raise problem("file.exists", f"'{out.name}' is a file", field="--out")
    begun = (out / "manifest.json").exists()
    if begun and not resume:
        hint = "add --resume to go on with it, or give another folder"
        raise problem("file.exists", f"'{out.name}' holds a screen", field="--out", hint=hint)
    if resume and not out.is_dir():  # one that is empty was stopped before its first file
        raise problem("file.missing", f"there is no screen in '{out.name}' to go on with", field="--resume")
