"""`jakstat pk --data`: measured concentrations of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.situation_options import Answer
from jakstat.cli.tables import number, plain_table, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from jakstat.pharmacology.observed_exposure import ObservedExposure

__all__ = ["OF_CHECK", "OF_DATA", "OwnConcentrations", "own_pk"]

_SHOWN = 24
_FIRST = ("Cmax", "Tmax", "AUC_last", "AUC_inf", "extrapolated", "half_life", "CL", "Vz", "MRT")
_REPEATED = ("Cmax", "Tmax", "AUC_tau", "Cavg", "Ctrough", "fluctuation", "accumulation", "half_life", "CL")


@dataclass(frozen=True, slots=True)
class OwnConcentrations:
    """Which measured concentrations are meant, and how they are read."""

    data: Annotated[
        Path | None,
        typer.Option(
            help="Own concentrations: a NONMEM data set, or subject, time, conc, dose (.csv, .xlsx)."
        ),
    ] = None
    unit: Annotated[str, typer.Option(help="Unit of the concentrations of --data (mg/L).")] = ""
    time_unit: Annotated[str, typer.Option(help="Unit of the times of --data (h).")] = ""
    dose_unit: Annotated[str, typer.Option(help="Unit of the doses of --data: mg, mg/kg, mg/m2 (mg).")] = ""
    route: Annotated[str, typer.Option(help="Of the doses of --data: PO, SC, IV (a bolus), infusion.")] = ""
    dose: Annotated[str, typer.Option(help="One dose for all subjects of --data: '320 mg', '5 mg/kg'.")] = ""
    dose_time: Annotated[str, typer.Option(help="When it was given (0 h).")] = ""
    duration: Annotated[str, typer.Option(help="Length of the infusions of --data: '1 h'.")] = ""
    interval: Annotated[
        str, typer.Option(help="The samples of --data are of one interval at steady state: '12 h'.")
    ] = ""
    steady_state: Annotated[
        bool, typer.Option("--steady-state", help="The last interval of repeated doses is at steady state.")
    ] = False
    rule: Annotated[str, typer.Option(help="Of areas: linear-up log-down, or linear.")] = "linear-up log-down"
    peak_in_slope: Annotated[
        bool, typer.Option("--peak-in-slope", help="The peak may be a point of the terminal slope.")
    ] = False
    blq: Annotated[str, typer.Option(help="Values below the limit: pknca, M1, M3, M5, M6 or M7.")] = "pknca"
    lloq: Annotated[float | None, typer.Option(help="Limit of quantification, in --unit.")] = None
    log_dv: Annotated[bool, typer.Option("--log-dv", help="DV is the logarithm of the concentration.")] = (
        False
    )
    cmt: Annotated[int | None, typer.Option(help="The compartment whose samples are meant.")] = None
    ignore: Annotated[
        list[str] | None, typer.Option(help="As NONMEM's IGNORE: @, C, or (DV.EQ.0,ID.GT.10).")
    ] = None
    columns: Annotated[
        str, typer.Option(help="Names of the columns of a file without header: ID,TIME,DROP,DV.")
    ] = ""
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook in --data.")] = None
    check: Annotated[
        bool, typer.Option("--check", help="With a visual predictive check of the drug's model.")
    ] = False
    corrected: Annotated[bool, typer.Option("--corrected", help="Prediction-corrected check.")] = False
    since_last: Annotated[bool, typer.Option("--since-last", help="Check by time from the last dose.")] = (
        False
    )
    bins: Annotated[str, typer.Option(help="Bins of the check: 8, or edges in hours 0,2,6,24.")] = ""
    sets: Annotated[int, typer.Option(help="Simulated data sets of the check.")] = 500
    fit: Annotated[bool, typer.Option("--fit", help="With individual fits (empirical Bayes).")] = False
    error: Annotated[
        str, typer.Option(help="Residual error of --check and --fit: '20 %', '20 % + 0.1 mg/L' (the drug's).")
    ] = ""


OF_CHECK = ("corrected", "since_last", "bins", "sets")
"""Options that go with --check."""
OF_DATA = (
    "unit", "time_unit", "dose_unit", "route", "dose", "dose_time", "duration", "interval", "steady_state",
    "rule", "peak_in_slope", "blq", "lloq", "log_dv", "cmt", "ignore", "columns", "sheet", "check", "fit",
    "error", *OF_CHECK,
)  # fmt: skip
"""Options that go with --data."""


def own_pk(
    drug: str | None,
    own: OwnConcentrations,
    answer: Answer,
    *,
    regimen: str | None,
    population: str | None,
    covariates: Mapping[str, float],
    seed: int,
) -> None:
    """Read, and show, own concentrations; a drug's model stands beside them where one is named."""
    _check(own, answer, drug, regimen)
    from jakstat.pharmacology.observed_documents import observed_document, observed_rows
    from jakstat.pharmacology.observed_exposure import ReadingWords, observed_exposure

    reading = ReadingWords(
        unit=own.unit, time_unit=own.time_unit, dose_unit=own.dose_unit, route=own.route, dose=own.dose,
        duration=own.duration, dose_time=own.dose_time, interval=own.interval, lloq=own.lloq,
        log_values=own.log_dv, compartment=own.cmt, ignore=tuple(own.ignore or ()),
        columns=own.columns, sheet=own.sheet,
    )  # fmt: skip
    found = observed_exposure(
        own.data, drug, rule=own.rule, blq=own.blq, with_peak=own.peak_in_slope,
        steady=own.steady_state, check=own.check, fit=own.fit, corrected=own.corrected,
        since_last=own.since_last, bins=own.bins, sets=own.sets, error=own.error, population=population,
        covariates=covariates, seed=seed, **reading,
    )  # fmt: skip

    def figure() -> Any:
        from jakstat.report.observed_exposure_figure import observed_exposure_figure

        return observed_exposure_figure(found)

    answer.give(
        found.question,
        figure=figure,
        document=lambda: observed_document(found),
        rows=lambda _: observed_rows(found),
        show=lambda console: _show(console, found),
    )


def _check(own: OwnConcentrations, answer: Answer, drug: str | None, regimen: str | None) -> None:
    model = drug is not None
    no_drug = "name a drug of the library: jakstat pk ruxolitinib --data FILE"
    never = ("days", "subjects", "target", "doses", "export", "reported", "unbound")
    rules = dict.fromkeys(never, (False, "it does not go with --data")) | {
        "regimen": (regimen is None, "the doses are those of --data"),
        "population": (model, no_drug),
        "weight": (model, no_drug),
        "covariate": (model, no_drug),
        "error": (own.check or own.fit, "it goes with --check or --fit"),
        "seed": (model, no_drug),
        **dict.fromkeys(OF_CHECK, (own.check, "it goes with --check")),
    }
    answer.check(**rules)


def _show(console: Console, found: ObservedExposure) -> None:
    _show_readings(console, found)
    _show_summary(console, found)
    for row in found.rows:
        for flag in row.flags:
            console.print(f"flag: {row.profile}, dose {row.number} of {row.of}: {flag}", soft_wrap=True)
    reasons: dict[str, list[str]] = {}
    for row in found.rows:
        for name, why in row.left_out.items():
            reasons.setdefault(f"{name}: {why}", []).append(row.profile)
    for reason, profiles in reasons.items():
        console.print(f"left out: {reason} ({len(profiles)} of {len(found.rows)})", soft_wrap=True)
    if found.drug is not None and found.design is not None:
        people = found.design.people.population.replace("_", " ")
        told = ", ".join(f"{name} {where}" for name, where in found.design.covariates.items())
        said = f"model of {found.drug.name} ({found.drug.grade}) in {people}; {found.error_said}"
        console.print(f"{said}{'; covariates: ' + told if told else ''}", soft_wrap=True)
    if found.check is not None:
        _show_check(console, found)
    if found.fits is not None:
        _show_fits(console, found)


def _wanted(found: ObservedExposure) -> list[str]:
    repeated = any("AUC_tau" in row.values for row in found.rows)
    names = _REPEATED if repeated else _FIRST
    route = {row.route for row in found.rows}
    extra = ["C0"] if "bolus" in route else []
    return [n for n in [*extra, *names] if any(n in row.values for row in found.rows)]


def _show_readings(console: Console, found: ObservedExposure) -> None:
    names = _wanted(found)
    heads = [f"{name} {found.unit(name)}".strip() for name in names]
    oral = all(row.route == "extravascular" for row in found.rows)
    heads = [h.replace("CL L/h", "CL/F L/h").replace("Vz L", "Vz/F L") if oral else h for h in heads]
    table = plain_table("noncompartmental readings", "profile", "dose", *heads, "flags")
    for row in found.rows[:_SHOWN]:
        dose = f"{row.number}/{row.of}" if row.of > 1 else number(row.values.get("dose", float("nan")))
        cells = [number(row.values.get(name, float("nan"))) for name in names]
        table.add_row(row.profile, dose, *cells, str(len(row.flags) or ""))
    print_table(console, table)
    if len(found.rows) > _SHOWN:
        console.print(f"{len(found.rows) - _SHOWN} more; --csv has all")
    if not found.rows:
        console.print("no profile has three samples behind a dose: no readings")


def _show_summary(console: Console, found: ObservedExposure) -> None:
    if len(found.rows) < 2:
        return
    title = f"over {len(found.rows)} profiles"
    table = plain_table(
        title, "reading", "n", "geometric mean", "CV %", "median", "lowest", "highest", "unit"
    )
    for name in _wanted(found):
        over = found.summary[name]
        keys = ("geometric_mean", "geometric_cv", "median", "low", "high")
        cells = [number(over.get(k, float("nan"))) for k in keys]
        table.add_row(name, f"{over['count']:.0f}", *cells, found.unit(name))
    print_table(console, table)


def _show_check(console: Console, found: ObservedExposure) -> None:
    from jakstat.pharmacology.observed_check import PERCENTILES

    check = found.check
    assert check is not None
    kind = "prediction-corrected check" if check.corrected else "visual predictive check"
    title = f"{kind}, {check.sets} simulated sets, seed {check.seed}; mg/L, hours from the {check.axis} dose"
    heads = [f"{p:g} % measured (simulated)" for p in PERCENTILES]
    table = plain_table(title, "hours", "samples", "below", *heads)
    for one in check.bins:
        cells = [
            f"{_or_below(m)} ({_or_below(s[0])} to {_or_below(s[2])}){' *' if out else ''}"
            for m, s, out in zip(one.measured, one.simulated, one.outside, strict=True)
        ]
        table.add_row(number(one.middle, digits=4), str(one.count), str(one.below or ""), *cells)
    print_table(console, table)
    told = f"{check.outside} of {check.compared} measured percentiles lie outside the 95 % interval"
    console.print(f"{told} of the model (*)")


def _or_below(value: float) -> str:
    """A percentile; minus infinity lies below the limit of quantification."""
    return "below" if value == float("-inf") else number(value)


def _show_fits(console: Console, found: ObservedExposure) -> None:
    from jakstat.pharmacology.observed_documents import pk_number_unit

    fits = found.fits
    assert fits is not None
    moving = [n for n in fits.numbers if n in fits.low]
    title = f"individual fits (mode, 95 % interval), {fits.used} samples"
    table = plain_table(title, "subject", *(f"{n} {pk_number_unit(n)}".strip() for n in moving))
    for k, name in enumerate(fits.ids[:_SHOWN]):
        if name in fits.failed:
            table.add_row(name, *(["-"] * len(moving)))
            continue
        spans = [(fits.numbers[n][k], fits.low[n][k], fits.high[n][k]) for n in moving]
        words = [[number(float(x)) for x in span] for span in spans]
        table.add_row(name, *(f"{value} ({low} to {high})" for value, low, high in words))
    print_table(console, table)
    if len(fits.ids) > _SHOWN:
        console.print(f"{len(fits.ids) - _SHOWN} more; --csv has all")
    if fits.failed:
        console.print(f"no fit: {', '.join(fits.failed[:20])} (no sample behind a dose, or none converged)")
    if len(fits.ids) - len(fits.failed) > 1:
        told = ", ".join(f"{n} {100 * s:.0f} %" for n, s in fits.shrinkage.items())
        console.print(f"shrinkage: {told}; of residuals {100 * fits.residual_shrinkage:.0f} %")
        if any(s > 0.3 for s in fits.shrinkage.values()):
            console.print(
                "shrinkage above 30 %: the samples say little of these; individual values lean on the model"
            )
