"""What a trial found, on the terminal: flow, medians, ratios with their two intervals, responders."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from jakstat.cli.ending import check_any_ran
from jakstat.cli.output import Targets, print_json
from jakstat.cli.tables import number, plain_table, print_table
from jakstat.store import NOTICE

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["REPORT", "report_of", "show_answer", "show_trial", "trial_rows"]

REPORT = "report.html"
"""Name of the report in the folder of a run."""

_TIMES = ("OS", "PFS", "TTP", "RFS")
_SHARES = {"ORR": "response", "DCR": "disease control"}
_FLOW = ("assigned", "treated", "progressed", "died", "lost", "stopped", "switched", "failed", "quarantined")
_ALWAYS = ("assigned", "progressed", "died")


def show_trial(document: Mapping[str, Any]) -> None:
    """Print the answer of a trial.

    Parameters
    ----------
    document : mapping
        As `trial.json` holds it.
    """
    from rich.console import Console

    console = Console(highlight=False)
    arms = list(document["arms"])
    _show_arms(console, document, arms)
    _show_ratios(console, document, arms)


def show_answer(document: dict[str, Any], folder: str, targets: Targets) -> None:
    """Print a trial's answer and where its report lies; end with code 1 when every patient failed."""
    targets.write_tables(trial_rows(document), str(document["question"]["name"]))
    if targets.as_json:
        print_json(document)
    else:
        show_trial(document)
        typer.echo(f"report: {report_of(folder)}")
        for path in targets.files:
            typer.echo(f"wrote {path}")
        typer.echo(NOTICE)
    flow = document["flow"].values()
    failed = sum(arm["failed"] + arm["quarantined"] for arm in flow)
    check_any_ran(failed, sum(arm["simulated"] for arm in flow))


def trial_rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The answer of a trial as rows: counts, medians and shares of each arm, ratios against the first.

    Parameters
    ----------
    document : mapping
        As `trial.json` holds it.

    Examples
    --------
    >>> share = {"ORR": {"arms": {"a": {"share": 0.5, "low": 0.25, "high": 0.75}}}}
    >>> found = {"arms": ["a"], "flow": {"a": {"assigned": 4}}, "endpoints": share}
    >>> [(row["reading"], row["value"], row["unit"]) for row in trial_rows(found)]
    [('assigned', 4, 'patients'), ('response', 50.0, '%')]
    """
    arms, endpoints = list(document["arms"]), document["endpoints"]
    for arm in arms:
        for key, count in document["flow"][arm].items():
            if key in _FLOW:
                yield {"arm": arm, "reading": key, "value": count, "unit": "patients"}
        for name in _TIMES:
            found = endpoints.get(name, {}).get("arms", {}).get(arm)
            if found:
                ends = {
                    "value": found.get("median_months"),
                    "low": found.get("low"),
                    "high": found.get("high"),
                }
                yield {"arm": arm, "reading": f"median {name}", **ends, "unit": "months"}
        shares = [(word, endpoints.get(name)) for name, word in _SHARES.items()]
        for word, endpoint in [*shares, ("dose-limiting toxicity", document.get("toxicity"))]:
            found = ((endpoint or {}).get("arms") or {}).get(arm)
            if found:
                keys = {"value": "share", "low": "low", "high": "high"}
                told = {
                    end: None if found.get(key) is None else 100.0 * found[key] for end, key in keys.items()
                }
                yield {"arm": arm, "reading": word, **told, "unit": "%"}
        for name in _TIMES:
            ratio = endpoints.get(name, {}).get("compared", {}).get(arm)
            if ratio:
                yield {"arm": arm, "reading": f"hazard ratio of {name}", **_ratio_ends(ratio), "unit": "1",
                       "against": arms[0]}  # fmt: skip


def _ratio_ends(ratio: Mapping[str, Any]) -> dict[str, float | None]:
    """A ratio with its sampling interval and its model interval."""
    sampling, model = ratio.get("sampling") or {}, ratio.get("model") or {}
    return {
        "value": ratio["hazard_ratio"], "low": sampling.get("low"), "high": sampling.get("high"),
        "model_low": model.get("low"), "model_high": model.get("high"),
    }  # fmt: skip


def report_of(folder: str) -> str:
    """Where the report of a run lies, for people.

    Examples
    --------
    >>> report_of("s3://bucket/run")
    's3://bucket/run/report.html'
    """
    return f"{folder.rstrip('/')}/{REPORT}" if "://" in folder else str(Path(folder, REPORT).absolute())


def _show_arms(console: Console, document: Mapping[str, Any], arms: list[str]) -> None:
    table = plain_table("", "", *arms)
    for key in _FLOW:
        counts = [document["flow"][arm].get(key, 0) for arm in arms]
        if key in _ALWAYS or any(counts):
            table.add_row(key, *(f"{n:,}" for n in counts))
    for name in _TIMES:
        found = document["endpoints"].get(name, {}).get("arms", {})
        if found:
            cells = [_median(found[arm]) if arm in found else "-" for arm in arms]
            table.add_row(f"median {name}, months (95 %)", *cells)
    for name, word in _SHARES.items():
        found = document["endpoints"].get(name, {}).get("arms", {})
        if found:
            cells = [_share(found[arm]) if arm in found else "-" for arm in arms]
            table.add_row(f"{word}, % (95 %)", *cells)
    toxic = (document.get("toxicity") or {}).get("arms", {})
    if toxic:
        cells = [_share(toxic[arm]) if arm in toxic else "-" for arm in arms]
        table.add_row("dose-limiting toxicity, % (95 %)", *cells)
    print_table(console, table)


def _show_ratios(console: Console, document: Mapping[str, Any], arms: list[str]) -> None:
    """The hazard ratios, and beside each its two intervals under their names."""
    for arm in arms[1:]:
        rows = [
            (name, document["endpoints"][name]["compared"][arm])
            for name in _TIMES
            if arm in document["endpoints"].get(name, {}).get("compared", {})
        ]
        if not rows:
            continue
        level = 100.0 * next((c["sampling"]["level"] for _, c in rows if c.get("sampling")), 0.9)
        title = f"hazard ratios of {arm} against {arms[0]}"
        heads = (
            "ratio",
            f"sampling interval ({level:g} %)",
            "same patients",
            f"model interval ({level:g} %)",
            "options alone",
        )
        table = plain_table(title, "", *heads)
        for name, c in rows:
            options = [o["hazard_ratio"] for o in (c.get("model") or {}).get("options", [])]
            same = _number((c.get("counterfactual_hazard_ratio") or {}).get("value"))
            cells = [_span(c.get("sampling")), same, _span(c.get("model")), _range(options)]
            table.add_row(name, _number(c["hazard_ratio"]), *cells)
        print_table(console, table)
    if len(arms) > 1:
        says = (
            "sampling interval: trials of this size with other patients. model interval: other parameter "
            "vectors (--vectors) and structural options, for the same patients in both arms. Neither holds "
            "the other."
        )
        console.print(says, soft_wrap=True)
    levels = document["endpoints"].get("OS", {}).get("levels", {}).get("arms", {})
    if levels:
        told = "; ".join(
            f"{arm} {_ends(found['low_months'], found['high_months'])}" for arm, found in levels.items()
        )
        console.print(f"median OS in another era or region, months: {told}", soft_wrap=True)


def _number(value: float | None) -> str:
    return "-" if value is None or not math.isfinite(value) else number(value)


def _ends(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "-"
    return f"{_number(low)} to {_number(high) if high is not None else 'not reached'}"


def _median(found: Mapping[str, Any]) -> str:
    if found.get("median_months") is None:
        return "not reached"
    return f"{_number(found['median_months'])} ({_ends(found.get('low'), found.get('high'))})"


def _share(found: Mapping[str, Any]) -> str:
    low, high = (None if found.get(k) is None else 100.0 * found[k] for k in ("low", "high"))
    return f"{_number(100.0 * found['share'])} ({_ends(low, high)})"


def _span(found: Mapping[str, Any] | None) -> str:
    return "-" if not found or found.get("low") is None else _ends(found["low"], found["high"])


def _range(values: list[float | None]) -> str:
    known = [v for v in values if v is not None]
    return _ends(min(known), max(known)) if known else "-"
