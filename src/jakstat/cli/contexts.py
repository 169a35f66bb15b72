"""`jakstat contexts`: the kinds of cell, the states they may be in, and what each rests on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.output import print_json
from jakstat.cli.situation_options import Answer, framed

if TYPE_CHECKING:
    from jakstat.biology import Context, State
    from jakstat.knowledge.parameter_table import Row

__all__ = ["contexts"]

_NAMED = 3


@framed(without=("plot",))
def contexts(
    answer: Answer,
    name: Annotated[
        str | None, typer.Argument(help="A cell or a state, e.g. huh7, HBV, or both: huh7+HBV.")
    ] = None,
    forget: Annotated[
        str | None, typer.Option("--forget", help="Take a cell of your own away, by its name.")
    ] = None,
    abundances: Annotated[
        Path | None,
        typer.Option("--from", help="Make a cell of your own from a table (CSV, xlsx): gene and copies."),
    ] = None,
    like: Annotated[
        str | None, typer.Option(help="With --from: the cell that everything else comes from.")
    ] = None,
    save: Annotated[str | None, typer.Option(help="With --from: the name to keep it under.")] = None,
    column: Annotated[
        str | None, typer.Option(help="With --from: the column of your cell, if not called copies.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(help="With --from: the column of the --like cell; ratios (TPM, intensities) are used."),
    ] = None,
    log2: Annotated[
        float | None, typer.Option(help="With --from: values are log2(x + this), 1 for DepMap, or 0.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="With --from: the sheet of a workbook.")] = None,
    title: Annotated[str | None, typer.Option(help="With --from: what the cell is, in words.")] = None,
) -> None:
    """List the kinds of cell and the states they may be in, or the numbers of one.

    JSON: {"contexts": [{"name", "title", "species", "kind", "cell", "like", "differs": [id], "states",
    "requires", "sources", "grades": {grade: n}, "origin", "data_key", "made_by", "rows": [...]}], "states":
    [{"name", "title", "cells", "requires", "sources", "records", "rows": [...]}]}; a row is
    {"id", "acts", "value", "unit", "low", "high", "grade", "source", "note", "taken_over"}. ``rows`` are
    empty in the list of all; ``differs`` names what has another value than in the cell that this one is
    ``like``. ``origin`` is "user" for a cell of your own, which rests on the data of SHA-256 ``data_key``.
    With --forget: {"forgotten": name}. With --from: {"kind": "own-cell", "name", "like", "question",
    "data_key", "genes": [{"gene", "entries", "done", "value", "reference", "value_unit", "ratio",
    "parameter", "before",
    "after", "unit", "why"}], "numbers": [row], "kept": [gene], "notes", "notice"}.
    """
    if forget is not None:
        _forget(forget, name, answer.as_json)
        return
    given: dict[str, Any] = {"like": like, "save": save, "column": column, "reference": reference,
             "log2": log2, "sheet": sheet, "title": title}  # fmt: skip
    if abundances is not None or any(value is not None for value in given.values()):
        from jakstat.cli.own_cell import make_own_cell

        make_own_cell(abundances, name, answer, **given)
        return
    from jakstat.biology import context, state, states
    from jakstat.biology import contexts as known

    if name is None:
        cells, changes = [context(n) for n in known()], [state(n) for n in states()]
    elif name in states():
        cells, changes = [], [state(name)]
    else:
        cells, changes = [context(name)], []
    document: dict[str, Any] = {
        "contexts": [_cell(cell, rows=name is not None) for cell in cells],
        "states": [_change(change, rows=name is not None) for change in changes],
    }
    every = [*document["contexts"], *document["states"]]
    answer.listing(
        "kinds of cell and their states" if name is None else f"numbers of {name}",
        document=document,
        rows=every if name is None else [{"of": e["name"], **row} for e in every for row in e["rows"]],
        show=lambda: _show(document, fully=name is not None),
    )


def _show(document: dict[str, Any], *, fully: bool) -> None:
    for entry in document["contexts"]:
        _show_cell(entry)
    if not fully:
        typer.echo("states, written behind a cell (hepg2+HBV):")
    for entry in document["states"]:
        typer.echo(f"{entry['name']:<20}{entry['title']}; {entry['cells']}")
        _show_rows(entry["rows"])
        if entry["rows"]:
            typer.echo(f"  rests on {', '.join([*entry['sources'], *entry['records']])}")


def _forget(own: str, name: str | None, as_json: bool) -> None:
    from jakstat.biology.own_contexts import forget_context
    from jakstat.errors import problem

    if name is not None:
        hint = f"write jakstat contexts --forget {own}"
        raise problem("option.alone", "--forget takes the name itself", field="--forget", hint=hint)
    forget_context(own)
    if as_json:
        print_json({"forgotten": own})
        return
    typer.echo(f"{own} is forgotten")


def _cell(cell: Context, *, rows: bool) -> dict[str, Any]:
    grades: dict[str, int] = {}
    for row in cell.rows:
        grades[row.grade] = grades.get(row.grade, 0) + 1
    return {
        "name": cell.name,
        "title": cell.title,
        "species": cell.species,
        "kind": cell.kind,
        "cell": cell.cell,
        "like": cell.like,
        "differs": list(cell.differs),
        "states": list(cell.states),
        "requires": list(cell.requires),
        "sources": list(cell.sources),
        "grades": grades,
        "origin": cell.origin,
        "data_key": cell.data_key,
        "made_by": cell.made_by,
        "rows": [_row(row, taken=row.id in cell.taken) for row in cell.rows] if rows else [],
    }


def _change(change: State, *, rows: bool) -> dict[str, Any]:
    return {
        "name": change.name,
        "title": change.title,
        "cells": change.cells,
        "requires": list(change.requires),
        "sources": list(change.sources),
        "records": list(change.records),
        "rows": [_row(row, acts=row.key[1]) for row in change.rows] if rows else [],
    }


def _row(row: Row, *, acts: str = "", taken: bool = False) -> dict[str, Any]:
    return {
        "id": row.id,
        "acts": acts,
        "value": row.value,
        "unit": row.unit,
        "low": row.low,
        "high": row.high,
        "grade": row.grade,
        "source": row.source,
        "note": row.note,
        "taken_over": taken,
    }


def _show_cell(entry: dict[str, Any]) -> None:
    grades = ", ".join(f"{n} {grade}" for grade, n in sorted(entry["grades"].items()))
    copied = f"; {_copied(entry)}" if entry["like"] else ""
    own = f"; your own, data {entry['data_key'][:8]}" if entry["origin"] == "user" else ""
    typer.echo(f"{entry['name']:<20}{entry['title']}; {grades}{copied}{own}")
    if not entry["rows"]:
        return
    typer.echo(f"  {entry['species']}, {entry['kind']}; {entry['cell']}")
    if entry["like"]:
        typer.echo(f"  like {entry['like']}; what is taken over is marked with *")
    if entry["requires"]:
        typer.echo(f"  comes with the parts {', '.join(entry['requires'])}")
    _show_rows(entry["rows"])
    typer.echo(f"  rests on {', '.join(entry['sources'])}")
    if entry["origin"] == "user":
        typer.echo(f"  made by {entry['made_by']}; SHA-256 of the data {entry['data_key']}")


def _copied(entry: dict[str, Any]) -> str:
    """In which numbers a cell is another than the one it copies; many are counted."""
    differs = entry["differs"]
    told = f"{len(differs)} numbers" if len(differs) > _NAMED else ", ".join(differs) or "nothing"
    return f"copies {entry['like']} in all but {told}"


def _show_rows(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        mark = "*" if row["taken_over"] else ""
        spread = f"[{row['low']:.4g} .. {row['high']:.4g}]"
        said = f"{row['acts']} {row['value']:.4g} {row['unit']} {spread}, {row['grade']}, {row['source']}"
        typer.echo(f"  {row['id'] + mark}: {said.strip()}")
        if row["note"]:
            typer.echo(f"    {row['note']}")
