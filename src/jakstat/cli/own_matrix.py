"""`jakstat combine --data`: measured dose matrices of one's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.situation_options import Answer, Cell
from jakstat.cli.tables import number, plain_table, print_table
from jakstat.cli.validate import progress
from jakstat.errors import InputError, Problem

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.combination.scored_matrix import ScoredMatrices, ScoredMatrix

__all__ = ["OwnMatrix", "own_matrix"]

_SHOWN = 40


@dataclass(frozen=True, slots=True)
class OwnMatrix:
    """Which measured matrices are meant, and how they are read."""

    data: Annotated[
        list[Path] | None,
        typer.Option(
            help="Own matrices instead: a long table or matrices (.csv, .tsv, .xlsx); may be repeated."
        ),
    ] = None
    response: Annotated[
        str | None,
        typer.Option(
            help="What --data holds: viability, percent-viability, effect, percent-effect or signal."
        ),
    ] = None
    unit: Annotated[
        list[str] | None,
        typer.Option(help="Unit of the doses of --data where the file has none; of rows, then columns."),
    ] = None
    by: Annotated[
        list[str] | None,
        typer.Option(help="Columns of --data that tell matrices apart (matrix and cell if not given)."),
    ] = None
    only: Annotated[str | None, typer.Option(help="The one matrix of --data to score.")] = None
    sd: Annotated[
        float | None,
        typer.Option(help="Standard deviation of one well of --data, where nothing is repeated."),
    ] = None
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook in --data.")] = None


def own_matrix(
    cell: Cell,
    own: OwnMatrix,
    answer: Answer,
    *,
    drugs: list[str],
    vectors: int,
    seed: int,
    threads: int,
    **asked: Any,
) -> None:
    """Score own matrices and show them; ``asked`` is the experiment of the model beside them."""
    _check(cell, answer, drugs, peak=asked["at"] in ("peak", "auc"))
    from jakstat.combination.own_matrices import score_matrix
    from jakstat.combination.own_matrix_document import own_matrix_document
    from jakstat.combination.scored_matrix import matrix_rows, mixture_rows

    with progress("simulations", quiet=answer.as_json or not cell.context) as told:
        found = score_matrix(
            own.data, own.response, context=cell.name if cell.context else "", drugs=drugs,
            units=tuple(own.unit or ()), by=tuple(own.by or ()), only=own.only, sd=own.sd, sheet=own.sheet,
            vectors=vectors, seed=seed, threads=threads, progress=told,
            stimuli=cell.stimulus, perturb=cell.knockdown, treatments=cell.treatment, parts=cell.parts,
            **asked,
        )  # fmt: skip

    def figure() -> Any:
        from jakstat.report.measured_surface import measured_surface

        return measured_surface(found)

    answer.give(
        found.question,
        figure=figure,
        document=lambda: own_matrix_document(found),
        rows=lambda _: matrix_rows(found) if len(found.matrices) > 1 else mixture_rows(found),
        show=lambda console: _show(console, found),
    )


def _check(cell: Cell, answer: Answer, drugs: list[str], *, peak: bool) -> None:
    bare = bool(cell.context)
    no_cell = "name a kind of cell to have the model beside the data: jakstat combine hepg2 --data ..."
    of_cell = ("stimulus", "knockdown", "treatment", "state", "parts")
    beside = (*of_cell, "readout", "at", "pre", "until", "interval", "seed")
    never = ("doses", "screen", "all_pairs", "musyc", "out", "resume")
    rules = dict.fromkeys(beside, (bare, no_cell)) | dict.fromkeys(
        never, (False, "it does not go with --data")
    )
    if bare and not peak:
        rules["until"] = (False, "the readout is read at one time")
    answer.check(**rules)
    dosed = [text for text in drugs if "=" in text or "@" in text]
    if dosed:
        hint = "give the name alone, of the rows first and then of the columns; doses come from the file"
        raise InputError([Problem("option.value", f"{dosed[0]} has doses", field="--drug", hint=hint)])


def _show(console: Console, found: ScoredMatrices) -> None:
    if len(found.matrices) == 1:
        _show_one(console, found.matrices[0])
    else:
        _show_many(console, found)
    for note in found.notes:
        console.print(f"note: {note}")


def _band(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return "-"
    return f"{value:+.2f} ({low:+.2f} to {high:+.2f})" if math.isfinite(low) else f"{value:+.2f}"


def _show_one(console: Console, one: ScoredMatrix) -> None:
    from jakstat.combination.measured_words import overall_sentence
    from jakstat.combination.verdicts import MODELS

    title = f"{one.matrix.name}: {overall_sentence(one.verdicts)}"
    table = plain_table(title, "excess over", "verdict", "mean (95 %)", "largest", "least", "mixtures beyond")
    for name, words in MODELS.items():
        v = one.verdicts[name]
        most = _band(v.largest, v.largest_low, v.largest_high)
        least = _band(v.least, v.least_low, v.least_high)
        beyond = str(v.beyond) if v.defined else "-"
        table.add_row(words, v.word, _band(v.mean, v.mean_low, v.mean_high), most, least, beyond)
    print_table(console, table)
    console.print(
        "effect: 0 without drugs, 1 the full one; largest and least with all mixtures taken together"
    )
    for drug, curve in zip(one.matrix.drugs, one.curves, strict=True):
        if math.isfinite(curve["half"]):
            said = f"half of its effect at {number(curve['half'])} {drug.unit}".rstrip()
            console.print(
                f"{drug.label} alone: {said}, plateau {curve['plateau']:.2f}, slope {curve['slope']:.2g}"
            )
    for name in MODELS:
        console.print(one.verdicts[name].sentence)
    for sentence in (*one.musyc["sentences"], *one.disagreements):
        console.print(sentence)
    if math.isfinite(one.well_sd):
        plate = f", {one.plate_sd:.2g} between plates" if math.isfinite(one.plate_sd) else ""
        console.print(f"standard deviation of one well {one.well_sd:.2g} of the full effect{plate}")
    for sentence in () if one.beside is None else one.beside.sentences:
        console.print(sentence)
    for note in one.notes:
        console.print(f"note: {note}")


def _show_many(console: Console, found: ScoredMatrices) -> None:
    """The matrices, those farthest from 0 by Bliss first."""
    from jakstat.combination.measured_words import overall_sentence
    from jakstat.combination.verdicts import MODELS

    heads = ("verdict", *(f"{words} mean (95 %)" for words in MODELS.values()), "MuSyC")
    table = plain_table(f"{len(found.matrices)} matrices, mean excess", "matrix", *heads)
    order = sorted(found.matrices, key=lambda m: -abs(_finite(m.verdicts["bliss"].mean)))
    for one in order[:_SHOWN]:
        means = [_band(v.mean, v.mean_low, v.mean_high) for v in (one.verdicts[m] for m in MODELS)]
        table.add_row(one.matrix.name, overall_sentence(one.verdicts), *means, one.musyc["word"])
    print_table(console, table)
    if len(order) > _SHOWN:
        console.print(f"{len(order) - _SHOWN} more; --csv has all, --only NAME shows one with its mixtures")
    words = [one.overall for one in found.matrices]
    console.print("; ".join(f"{words.count(w)} {w}" for w in dict.fromkeys(sorted(words))))
    notes = [note for one in found.matrices for note in one.notes]
    for note in dict.fromkeys(notes):
        console.print(f"note: {note} ({notes.count(note)} matrices)")
    for one in found.matrices:
        for sentence in () if one.beside is None else one.beside.sentences:
            console.print(f"{one.matrix.name}: {sentence}")


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
