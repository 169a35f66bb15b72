"""`jakstat dose-response --data`: measured dose-response curves of one's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.situation_options import Answer, Cell
from jakstat.errors import problem

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.report.canvas import Figure
    from jakstat.response.fitted_curve import FittedCurve
    from jakstat.response.own_curves import OwnCurves

__all__ = ["OwnCurveFile", "own_curves"]

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class OwnCurveFile:
    """Which measured curves are meant, and how they are read and fitted."""

    data: Annotated[
        Path | None,
        typer.Option(help="Own wells instead: dose, dose_unit, response, drug, cell (.csv, .tsv, .xlsx)."),
    ] = None
    response: Annotated[
        str | None,
        typer.Option(
            help="What --data holds: signal (if not given), percent or fraction (of control), "
            "percent-viability, viability, percent-effect, effect."
        ),
    ] = None
    normalise: Annotated[
        str | None,
        typer.Option(
            "--normalise",
            "--normalize",
            help="Percent of the controls of each plate, or of the whole file: plate, file.",
        ),
    ] = None
    model: Annotated[
        str | None,
        typer.Option(help="auto (least AICc), hill2, hill3, hill3u, hill3s, hill4 or hill5, for --data."),
    ] = None
    compare: Annotated[
        str | None,
        typer.Option(
            help="F tests between curves of --data: all, none, or the curve to compare others with."
        ),
    ] = None
    level: Annotated[float | None, typer.Option(help="Confidence of the intervals of --data (0.95).")] = None
    unit: Annotated[str | None, typer.Option(help="Unit of the doses of --data where it has none.")] = None
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook in --data.")] = None


def own_curves(
    cell: Cell,
    own: OwnCurveFile,
    answer: Answer,
    *,
    drugs: list[str],
    read: Mapping[str, Any],
) -> None:
    """Fit own curves and show them; ``read`` is the experiment of the model beside them."""
    beside = (
        "stimulus",
        "knockdown",
        "treatment",
        "state",
        "parts",
        "readout",
        "at",
        "pre",
        "renew",
        "until",
    )
    asked = bool(cell.context) or bool(answer.given & set(beside))
    more = bool(answer.given & {"interval"})
    hint = "it draws vectors for the model beside the data; name a kind of cell or say --readout and --at"
    answer.check(
        interval=(asked, hint),
        seed=(asked and more, "without --interval nothing is drawn"),
        until=(read["at"] in ("peak", "auc"), f"the readout is read at {read['at']}"),
        state=(bool(cell.context), "a state needs a kind of cell: jakstat dose-response hepg2 --data ..."),
    )
    if len(drugs) > 1 or any("=" in text or "@" in text for text in drugs):
        hint = "one name, for a file without a column drug; doses come from the file"
        raise problem("option.value", "--drug names the drug of --data", field="--drug", hint=hint)
    from jakstat.response.own_curve_document import own_curves_document
    from jakstat.response.own_curve_rows import curve_rows, dose_rows
    from jakstat.response.own_curves import fit_curves

    of_cell = {
        "stimuli": cell.stimulus, "perturb": cell.knockdown, "treatments": cell.treatment,
        "parts": cell.parts,
    }  # fmt: skip
    experiment: Any = {**of_cell, **read} if asked else {}
    found = fit_curves(
        own.data, response=own.response or "signal", normalise=own.normalise or "none",
        model=own.model or "auto", compare=own.compare, level=0.95 if own.level is None else own.level,
        unit=own.unit, drug=drugs[0] if drugs else "", sheet=own.sheet,
        context=cell.name if cell.context else "", **experiment,
    )  # fmt: skip

    def figure() -> Figure:
        from jakstat.report.own_curves import measured_curves

        return measured_curves(found)

    answer.give(
        found.question,
        figure=figure,
        document=lambda: own_curves_document(found),
        rows=lambda _: curve_rows(found.curves) if len(found) > 1 else dose_rows(found.curves, whole=True),
        show=lambda console: _show(console, found),
    )


def _band(value: float, low: float, high: float) -> str:
    """A value with its interval; an open end is told as such."""
    from jakstat.cli.tables import number

    if not math.isfinite(value) and not math.isfinite(low):
        return "-"
    if math.isfinite(low) and math.isfinite(high):
        ends = f"{number(low)}..{number(high)}"
    elif math.isfinite(low):
        ends = f"above {number(low)}"
    else:
        ends = f"below {number(high)}" if math.isfinite(high) else "not bounded"
    return f"{number(value)} ({ends})"


def _show(console: Console, found: OwnCurves) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    sure = f"{100 * found.level:g} %"
    heads = ("wells", "model", "", f"half way ({sure})", f"half of control ({sure})", "unit", "slope",
             "start", "end", "R2")  # fmt: skip
    table = plain_table(f"{len(found)} curve{'s' * (len(found) != 1)}: {found.response}", "curve", *heads)
    for one in found.curves[:_SHOWN]:
        table.add_row(
            one.wells.name, str(one.count), one.model, "-" if one.kind == "none" else one.kind,
            _band(one.EC50, one.EC50_low, one.EC50_high),
            _band(one.absolute, one.absolute_low, one.absolute_high), one.wells.unit,
            number(one.slope), number(one.start), number(one.end), f"{one.r2:.3f}",
        )  # fmt: skip
    print_table(console, table)
    if len(found) > _SHOWN:
        console.print(f"{len(found) - _SHOWN} more; --csv has all")
    _show_growth(console, found)
    if len(found) <= 3:
        for one in found.curves:
            _show_candidates(console, one)
            console.print(f"{one.wells.name}: {_parameters(one, found.level)}", soft_wrap=True)
    _show_tests(console, found)
    for one in found.curves[:_SHOWN]:
        for sentence in () if one.beside is None else (one.beside.sentence, *one.beside.curve.notes):
            console.print(f"{one.wells.name}: {sentence}", soft_wrap=True)
        for note in one.notes:
            console.print(f"{one.wells.name}: {note}", soft_wrap=True)
    for note in found.notes:
        console.print(f"note: {note}", soft_wrap=True)


def _show_growth(console: Console, found: OwnCurves) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    if not any(one.growth for one in found.curves):
        return
    sure = f"{100 * found.level:g} %"
    table = plain_table("growth-rate metrics", "curve", f"GR50 ({sure})", "unit", "GRmax", "GRinf", "h_GR",
                        f"GEC50 ({sure})", "GR_AOC", "p of the curve")  # fmt: skip
    for one in found.curves[:_SHOWN]:
        g = one.growth
        if g is not None:
            table.add_row(
                one.wells.name, _band(g.GR50, g.GR50_low, g.GR50_high), one.wells.unit, number(g.GRmax),
                number(g.GRinf), number(g.h_GR), _band(g.GEC50, g.GEC50_low, g.GEC50_high),
                number(g.GR_AOC), number(g.p, digits=2),
            )  # fmt: skip
    print_table(console, table)


def _parameters(one: FittedCurve, level: float) -> str:
    """Start, end and slope with the half-widths of their t intervals."""
    from jakstat.cli.tables import number

    values = {
        "start": one.start,
        "end": one.end,
        "slope": one.slope,
        "asymmetry": float(one.fit.asymmetry[0]),
    }
    said = [
        f"{name} {number(value)}"
        + (f" +- {number(one.errors[name], digits=2)}" if name in one.errors else "")
        for name, value in values.items()
        if math.isfinite(value) and (name != "asymmetry" or one.model == "hill5")
    ]
    lack = f"; lack of fit p {number(one.lack_p, digits=2)}" if math.isfinite(one.lack_p) else ""
    return f"{', '.join(said)} (+- half of a {100 * level:g} % t interval; without it: fixed){lack}"


def _show_candidates(console: Console, one: FittedCurve) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    if not one.chosen:
        console.print(f"{one.wells.name}: {one.model}, as named; {one.fixed}")
        return
    told = f"{one.model} has the least AICc"
    if one.model == "flat" or not any(
        math.isfinite(c.criterion) for c in one.candidates if c.name == one.model
    ):
        told = "no curve is better than one mean" if one.model == "flat" else f"{one.model}, of few wells"
    title = f"{one.wells.name}: {told}; {one.fixed}"
    table = plain_table(title, "model", "fitted", "fixed", "RSS", "AICc", "difference", "weight", "EC50")
    for c in one.candidates:
        few = not math.isfinite(c.criterion)
        table.add_row(
            c.name, str(c.parameters), c.fixed, number(c.rss, digits=4), "-" if few else f"{c.criterion:.2f}",
            "too few doses" if few else f"{c.difference:.2f}", f"{c.weight:.3f}", number(c.EC50),
        )  # fmt: skip
    print_table(console, table)


def _show_tests(console: Console, found: OwnCurves) -> None:
    from jakstat.cli.tables import number, plain_table, print_table

    if not found.comparisons:
        return
    several = len(found.comparisons) > 1
    pairs = f", {len(found.comparisons)} pairs, p after Holm" if several else ""
    title = f"extra-sum-of-squares F tests{pairs}"
    table = plain_table(title, "curves", "model of both", "EC50 ratio", "one EC50?  F", "p", "p (Holm)",
                        "one curve?  F", "p", "p (Holm)")  # fmt: skip
    for one in found.comparisons[:_SHOWN]:
        names = " / ".join(found.curves[k].wells.name for k in (one.first, one.second))
        table.add_row(
            names, one.model, number(one.ratio),
            *(cell for F, freedom, p, q in (
                (one.F_half, one.freedom_half, one.p_half, one.p_half_holm),
                (one.F_curve, one.freedom_curve, one.p_curve, one.p_curve_holm),
            ) for cell in (f"{number(F)} ({freedom[0]}, {freedom[1]})" if math.isfinite(F) else "-",
                           number(p, digits=2), number(q, digits=2))),
        )  # fmt: skip
    print_table(console, table)
    different = [t for t in found.comparisons if t.p_half_holm < 0.05]
    if several:
        console.print(
            f"{len(different)} of {len(found.comparisons)} pairs differ in EC50 (p < 0.05 after Holm)"
        )
