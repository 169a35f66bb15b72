"""`jakstat progression`: a liver over decades, from hepatitis to cirrhosis and liver cancer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.output import waiting
from jakstat.cli.situation_options import Answer, Seed, framed
from jakstat.store import attribute

if TYPE_CHECKING:
    import xarray as xr
    from rich.console import Console

    from jakstat.report.canvas import Figure

__all__ = ["progression"]

_PERSON = ("aetiology", "age", "sex", "stage", "until", "treat", "load", "infected", "course", "people")


@framed()
def progression(
    answer: Answer,
    aetiology: Annotated[str, typer.Option(help="none, HBV, HCV or HBV+HCV.")] = "HBV",
    age: Annotated[float, typer.Option(help="Age at the start, years.")] = 45.0,
    sex: Annotated[str, typer.Option(help="male or female.")] = "male",
    stage: Annotated[
        str | None,
        typer.Option(help="Start: normal (with a virus: carrier), hepatitis, cirrhosis, decompensated."),
    ] = None,
    until: Annotated[str, typer.Option(help="How long, e.g. 20y.")] = "20y",
    treat: Annotated[
        list[str] | None,
        typer.Option(
            help="entecavir, tenofovir, DAA, siltuximab, ruxolitinib, IL6=0.5, STAT3=0.5 (share left); "
            "entecavir@5y begins later. Several combine."
        ),
    ] = None,
    load: Annotated[
        float | None, typer.Option(help="Untreated viral load, IU/mL (1e6; carrier 1e3).")
    ] = None,
    infected: Annotated[float | None, typer.Option(help="Age at infection (HBV 0, HCV 25).")] = None,
    course: Annotated[
        str | None, typer.Option(help="Published rate of cirrhosis with hepatitis C: clinic or community.")
    ] = None,
    draws: Annotated[int, typer.Option(help="Vectors of numbers for the intervals.")] = 200,
    people: Annotated[int, typer.Option(help="Lives drawn one by one beside.")] = 0,
    published: Annotated[
        bool, typer.Option("--published", help="Published intervals beside ours: fitted and predicted.")
    ] = False,
    seed: Seed = 1,
) -> None:
    """Follow a liver over decades: cirrhosis, liver cancer and death, with what a treatment changes."""
    rules = dict.fromkeys(_PERSON, (not published, "--published compares what was published"))
    if not published and aetiology == "none":
        rules |= dict.fromkeys(("load", "infected", "course"), (False, "without a virus there is none"))
    rules["seed"] = (draws > 1 or people > 0, "nothing is drawn")
    if published:
        rules["plot"] = (False, "it is a table: --csv or --json")
    answer.check(**rules)
    if published:
        _published(answer, draws, seed)
        return
    from jakstat.progression.liver_course import liver_course
    from jakstat.progression.liver_documents import course_document, course_rows

    with waiting("following the liver", quiet=answer.as_json):
        found = liver_course(
            aetiology, age=age, sex=sex, stage=stage, until=until, treat=treat or (), load=load,
            infected=infected, course=course, draws=draws, people=people, seed=seed,
        )  # fmt: skip

    def figure() -> Figure:
        from jakstat.report.liver_curves import liver_curves

        return liver_curves(found)

    answer.give(
        str(found.attrs["title"]),
        figure=figure,
        document=lambda: course_document(found),
        rows=course_rows,
        show=lambda console: _show(console, found),
    )


_SHOWN = {
    "cirrhosis": "cirrhosis %", "cancer": "liver cancer %", "cancer_hazard": "cancer per 100 years",
    "death_of_liver": "death of the liver %", "death": "death %",
}  # fmt: skip
_ROWS = 6


def _show(console: Console, found: xr.Dataset) -> None:
    import numpy as np

    from jakstat.cli.tables import number, plain_table, print_table

    years = found["time"].values
    wanted = sorted(set(np.rint(np.linspace(0, len(years) - 1, _ROWS)).astype(int).tolist()))
    drawn = [n for n in ("drawn_cirrhosis", "drawn_cancer") if n in found and float(found[n].max()) > 0.0]
    shown = {name: head for name, head in _SHOWN.items() if float(found[name].values.max()) > 0.0}
    heads = {**shown, **{name: f"{name.removeprefix('drawn_')} drawn %" for name in drawn}}
    for k, arm in enumerate(found["arm"].values.tolist()):
        table = plain_table(f"{arm} (5 to 95 % of {found.attrs['draws']} draws)", "year", *heads.values())
        for t in wanted:
            cells = []
            for name in heads:
                value = number(float(found[name].values[k, t]))
                if f"{name}_low" in found and t:
                    ends = (number(float(found[f"{name}_{end}"].values[k, t])) for end in ("low", "high"))
                    value += f" ({' to '.join(ends)})"
                cells.append(value)
            table.add_row(number(float(years[t])), *cells)
        print_table(console, table)
    for name, effect in (attribute(found.attrs, "effects") or {}).items():
        what, _, kind = name.rpartition("_")
        word = "treated minus untreated" if kind == "difference" else "treated over untreated"
        low, value, high = (number(effect[end]) for end in ("low", "value", "high"))
        console.print(f"{what.replace('_', ' ')}, {word} at the end: {value} ({low} to {high})")
    for note in found.attrs["notes"]:
        console.print(f"note: {note}", soft_wrap=True)


def _published(answer: Answer, draws: int, seed: int) -> None:
    from jakstat.progression.liver_documents import published_document
    from jakstat.progression.published import compare_published

    with waiting("comparing", quiet=answer.as_json):
        document = published_document(compare_published(draws, seed), draws=draws, seed=seed)
    answer.give(
        "published intervals of progression beside the model",
        document=lambda: document,
        rows=lambda d: d["rows"],
        show=lambda console: _show_published(console, document),
    )


def _show_published(console: Console, document: dict[str, Any]) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    table = plain_table("", "row", "what", "unit", "published", "ours", "role", "agrees")
    table.columns[1].justify = "left"
    for row in document["rows"]:
        ends = "" if row["low"] is None else f" ({number(row['low'])} to {number(row['high'])})"
        ours = f"{number(row['ours'])} ({number(row['ours_low'])} to {number(row['ours_high'])})"
        agrees = "yes" if row["agrees"] else "NO"
        table.add_row(
            row["id"], row["what"], row["unit"], number(row["value"]) + ends, ours, row["role"], agrees
        )
    print_table(console, table)
    for role in ("fit", "predict"):
        of = [row for row in document["rows"] if row["role"] == role]
        console.print(f"{role}: {sum(row['agrees'] for row in of)} of {len(of)} agree")
