"""docs/trials.md: what the example trials gave, as tables; every number comes from their answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["trials_page"]

_TIMES = ("OS", "PFS", "TTP", "RFS")
_SHARES = ("ORR", "DCR")
_HEAD = """\
# What the example trials give

Written by `python -m scripts.example_trials run` from the answers of the runs (`trial.json`), not by hand;
`make docs` writes this page again from `docs/trials.json`. Each trial is a file in `examples/trials`.
How to read the two intervals: [trials](trial.md); the ratio of the same patients compares each patient
with himself in the other arm, and has no interval of a trial. Deaths, new lesions and sorafenib were fitted
to SHARP, and to nothing else here; trials whose results were published stand beside them in
[predicted trials](predicted-trials.md). Trials with another code were run before or after a change of the
model; the command above runs them all anew.
"""


def trials_page(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The page.

    Parameters
    ----------
    results : mapping
        By name of the example, as ``docs/trials.json`` holds them.
    """
    parts = [_HEAD]
    parts += [part for name, found in results.items() for part in _trial(name, found)]
    return "\n".join(parts).rstrip() + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _trial(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    asked = found["question"]
    arms = [arm["name"] for arm in asked["arms"]]
    yield f"## {asked['name'][0].upper()}{asked['name'][1:]}\n"
    yield f"`examples/trials/{name}.yaml`. {found['asks']}\n"
    out = f", {found['screened_out']:,} screened out" if found.get("screened_out") else ""
    yield (
        f"{asked['patients']:,} virtual patients{out}, trials of {asked['size']:,}, seed {asked['seed']}; "
        f"run on {found['date']} with version {found['version']} (code {found['code']}).\n"
    )
    yield _table(("", *arms), _arm_rows(found, arms))
    ratios = list(_ratio_rows(found["endpoints"], arms))
    heads = (
        "hazard ratio",
        "of the trial",
        "sampling interval (90 %)",
        "model interval (90 %)",
        "of the same patients",
        "over options",
    )
    if ratios:
        yield _table(heads, ratios)
    for number, stratum in found["strata"].items():
        yield from _stratum(number, stratum, arms)
    residual = list(_residual_rows(found["endpoints"], arms))
    if residual:
        yield _table(("what stays behind", "hazard ratio", "median of the control", "of the arm"), residual)


def _arm_rows(found: Mapping[str, Any], arms: Sequence[str]) -> Iterator[list[str]]:
    flow = found["flow"]
    for key in ("assigned", "progressed", "died", "lost", "switched", "failed"):
        counts = [flow[arm].get(key, 0) for arm in arms]
        if key == "assigned" or any(counts):
            yield [key, *(f"{n:,}" for n in counts)]
    for name in _TIMES:
        by = found["endpoints"].get(name, {}).get("arms", {})
        if by:
            yield [f"median {name}, months (95 %)", *(_median(by.get(arm)) for arm in arms)]
    tables = {name: found["endpoints"].get(name) for name in _SHARES}
    tables["dose-limiting toxicity"] = found.get("toxicity")
    for name, table in tables.items():
        by = (table or {}).get("arms", {})
        if by:
            yield [f"{name}, % (95 %)", *(_share(by.get(arm)) for arm in arms)]
    for name, marker in found["biomarkers"].items():
        unit = "" if marker["unit"] == "dimensionless" else f", {marker['unit']}"
        weeks = next(iter(marker["arms"].values()))["weeks"]
        if len(weeks) > 1:
            head = f"median {name}{unit}: first day, week {weeks[1]:.3g}"
            yield [head, *(", ".join(map(_number, marker["arms"][arm]["median"])) for arm in arms)]


def _ratio_rows(endpoints: Mapping[str, Any], arms: Sequence[str]) -> Iterator[list[str]]:
    for name in _TIMES:
        for arm in arms[1:]:
            c = endpoints.get(name, {}).get("compared", {}).get(arm)
            if c:
                options = [o["hazard_ratio"] for o in c["model"]["options"]]
                cells = [_number(c["hazard_ratio"]), _span(c["sampling"]), _span(c["model"])]
                yield [f"{name}, {arm} against {arms[0]}", *cells, _same(c), _range(options)]


def _stratum(number: str, found: Mapping[str, Any], arms: Sequence[str]) -> Iterator[str]:
    unit = "" if found.get("unit") in (None, "", "dimensionless") else f" {found['unit']}"
    cut = "" if found.get("cut") is None else f" (cut at {_number(found['cut'])}{unit})"
    rows = []
    for name in _TIMES:
        for arm in arms[1:]:
            ratios = []
            for group in found["groups"]:
                c = found[group]["endpoints"].get(name, {}).get("compared", {}).get(arm)
                ends = (
                    f"{_number(c['hazard_ratio'])} ({_ends(c.get('cox_low'), c.get('cox_high'))})"
                    if c
                    else "-"
                )
                ratios.append(ends + (f"; same patients {_same(c)}" if c and _same(c) != "-" else ""))
            p = (found.get("interaction") or {}).get(name, {}).get(arm)
            if any(r != "-" for r in ratios):
                rows.append([f"{name}, {arm} against {arms[0]}", *ratios, _number(p)])
    groups = [f"{group}, n = {found[group]['n']:,}" for group in found["groups"]]
    if rows:
        yield _table((f"hazard ratio (95 %) by {number}{cut}", *groups, "p of a difference"), rows)


def _same(compared: Mapping[str, Any]) -> str:
    """The ratio of the same patients in both arms."""
    return _number((compared.get("counterfactual_hazard_ratio") or {}).get("value"))


def _residual_rows(endpoints: Mapping[str, Any], arms: Sequence[str]) -> Iterator[list[str]]:
    """Both sizes of foci, with the range over the options of death."""
    for name in ("RFS", "OS"):
        for arm in arms[1:]:
            c = endpoints.get(name, {}).get("compared", {}).get(arm) or {}
            options = (c.get("model") or {}).get("options", [])
            for left in dict.fromkeys(o.get("residual", "") for o in options):
                own = [o for o in options if o["residual"] == left]
                if left:
                    medians = [_range([o["median_months"][a] for o in own]) for a in (arms[0], arm)]
                    yield [
                        f"{left}: {name}, {arm} against {arms[0]}",
                        _range([o["hazard_ratio"] for o in own]),
                        *medians,
                    ]


def _number(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _ends(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "-"
    return f"{_number(low)} to {'not reached' if high is None else _number(high)}"


def _median(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "-"
    if found.get("median_months") is None:
        return "not reached"
    return f"{_number(found['median_months'])} ({_ends(found.get('low'), found.get('high'))})"


def _share(found: Mapping[str, Any] | None) -> str:
    if not found:
        return "-"
    ends = (None if found.get(k) is None else 100.0 * found[k] for k in ("low", "high"))
    return f"{_number(100.0 * found['share'])} ({_ends(*ends)})"


def _span(found: Mapping[str, Any] | None) -> str:
    return "-" if not found or found.get("low") is None else _ends(found["low"], found["high"])


def _range(values: Sequence[float | None]) -> str:
    known = [v for v in values if v is not None]
    low, high = (_number(f(known)) if known else "-" for f in (min, max))
    return low if low == high else f"{low} to {high}"
