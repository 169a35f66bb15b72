"""The report's main results: survival, the two intervals of each ratio, and groups of patients."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import Any

from jakstat.report.forest import forest, forest_rows, ratio_intervals, ratio_rows
from jakstat.report.page_blocks import (
    Block,
    PageFacts,
    PageParagraph,
    PageSection,
    PageTable,
    chance_told,
    counted,
    in_words,
    interval_told,
    ratio_told,
)
from jakstat.report.page_figure import page_figure
from jakstat.report.survival_curves import ENDPOINT_WORDS, seen, survival_curves
from jakstat.report.trial_design_sections import arm_names
from jakstat.significance import holm

__all__ = [
    "glance",
    "ratio_section",
    "strata_section",
    "survival_section",
]

Document = Mapping[str, Any]
_IN_TIME = ("OS", "PFS", "TTP", "RFS", "DoR")
_RUN = "this run; patients randomised to the arm"


def _ends(document: Document) -> dict[str, Document]:
    """Endpoints in time that the run has, the primary one first."""
    found = {k: v for k, v in (document.get("endpoints") or {}).items() if k in ENDPOINT_WORDS and v}
    primary = (document.get("question") or {}).get("primary")
    return dict(sorted(found.items(), key=lambda pair: (pair[0] != primary, _IN_TIME.index(pair[0]))))


def _median_told(arm: Document) -> str:
    median = arm.get("median_months")
    if median is None:
        if not arm.get("n"):
            return "–"
        return "not reached" + (f" (from {in_words(arm['low'])} months)" if arm.get("low") else "")
    ends = [in_words(arm.get(end)) if arm.get(end) is not None else "not reached" for end in ("low", "high")]
    return f"{in_words(median)} months ({' to '.join(ends)})"


def glance(document: Document) -> list[str]:
    """What came out for the primary endpoint, in sentences."""
    ends = _ends(document)
    if not ends:
        return ["This run has no endpoint in time."]
    name, endpoint = next(iter(ends.items()))
    arms = endpoint.get("arms") or {}
    lines = []
    size = (document.get("question") or {}).get("size")
    for arm, row in (endpoint.get("compared") or {}).items():
        value = row.get("hazard_ratio")
        if value is None:
            lines.append(f"{ENDPOINT_WORDS[name][0]}, {arm}: the ratio of hazards cannot be told.")
            continue
        words = f"{ENDPOINT_WORDS[name][0]}, {arm} against control: hazard ratio {value:.2f}"
        for key, what in (
            ("sampling", f"{in_words(size)} other patients"),
            ("model", "what the model leaves open"),
        ):
            span = row.get(key) or {}
            if span.get("low") is not None and span.get("high") is not None:
                level = f"{100.0 * span['level']:.3g} % " if span.get("level") else ""
                same = _same_patients(row) if key == "model" else None
                around = f"around {ratio_told(same)} in the same patients: " if same is not None else ""
                words += f"; {level}{key} interval {span['low']:.2f} to {span['high']:.2f} ({around}{what})"
            elif key == "model":
                words += "; no model interval was made"
        lines.append(words + ".")
    medians = [f"{arm} {_median_told(found)}" for arm, found in arms.items()]
    lines.append(
        f"Medians: {'; '.join(medians)}. Levels belong to the era and region of the fit; ratios carry over."
    )
    return lines


def _same_patients(row: Document) -> float | None:
    """The ratio of the same patients in both arms."""
    found = row.get("counterfactual_hazard_ratio")
    value = found.get("value") if isinstance(found, Mapping) else found
    return float(value) if isinstance(value, int | float) else None


def survival_section(document: Document) -> PageSection:
    """Curves, medians and what they are compared by."""
    blocks: list[Block] = []
    for name, endpoint in _ends(document).items():
        arms = endpoint.get("arms") or {}
        blocks.append(PageParagraph(ENDPOINT_WORDS[name][0], "heading"))
        blocks.append(_survival_figure(name, arms))
        blocks.append(_survival_table(name, arms))
        blocks += _by_cause(name, arms)
        if endpoint.get("why"):
            blocks.append(PageParagraph(f"Not compared: {endpoint['why']}.", "note"))
    if not blocks:
        blocks.append(PageParagraph("The run has no endpoint in time.", "note"))
    return PageSection("survival", "Survival", tuple(blocks))


def _survival_figure(name: str, arms: Document) -> Block:
    title, counts = ENDPOINT_WORDS[name]
    rows = []
    for arm, found in arms.items():
        curve = found.get("curve") or {}
        if not curve.get("months"):
            continue
        bands = [curve[e] for e in ("low", "high") if curve.get(e)]
        months, share, *band = seen(curve["months"], curve["share"], *bands)
        step = max(1, len(months) // 60)
        for k in range(0, len(months), step):
            ends = [f"{100.0 * b[k]:.3g}" for b in band] or ["–", "–"]
            rows.append((arm, f"{months[k]:.3g}", f"{100.0 * share[k]:.3g}", " to ".join(ends)))
    table = PageTable(("arm", "months", counts, "95 % interval (%)"), tuple(rows), title) if rows else None
    chosen = " who responded" if name == "DoR" else ""
    many = ", ".join(f"{arm} {in_words(found.get('n'))}" for arm, found in arms.items())
    return page_figure(
        f"survival-{name}",
        lambda width: survival_curves(name, arms, width),
        caption=f"{title} (Kaplan-Meier) of the patients randomised to each arm{chosen}; bands: 95 % "
        "interval of the curve; ticks: patients lost from sight; dotted: one half.",
        label=f"Curves of {title.lower()} in months by arm, with numbers at risk; patients: {many}",
        source=_RUN,
        table=table,
    )


def _survival_table(name: str, arms: Document) -> PageTable:
    rows = [
        (
            arm,
            in_words(found.get("n")),
            counted(found.get("events"), found.get("n")),
            _median_told(found),
            in_words(found.get("rmst_months"), unit="months"),
        )
        for arm, found in arms.items()
    ]
    rules = {str(found["median_rule"]) for found in arms.values() if found.get("median_rule")}
    caption = (
        f"{ENDPOINT_WORDS[name][0]}; median: {'; '.join(sorted(rules)) or 'first time at one half or below'}"
    )
    head = ("arm", "patients", "events", "median (95 %)", "restricted mean")
    return PageTable(head, tuple(rows), caption)


_YEARS = (12.0, 24.0, 60.0)
_CAUSES = {"tumour": "of the tumour", "liver": "of liver failure"}


def _by_cause(name: str, arms: Document) -> list[Block]:
    """Which of the events that exclude each other had come by the end of a year, two and five."""
    rows: list[tuple[str, ...]] = []
    heads: tuple[str, ...] = ()
    for arm, found in arms.items():
        shares = found.get("cumulative_incidence") or {}
        months = shares.get("months") or []
        causes = [cause for cause in shares if cause != "months"]
        last = months[-1] if months else 0.0
        for year in (y for y in _YEARS if causes and (y <= last or y == _YEARS[0])):
            at = bisect_right(months, year) - 1
            told = tuple(f"{100.0 * shares[c][at]:.3g} %" if at >= 0 else "0 %" for c in causes)
            rows.append((arm, f"{year:g} months", *told))
        heads = heads or tuple(_CAUSES.get(c, c) for c in causes)
    if not rows:
        return []
    caption = f"{ENDPOINT_WORDS[name][0]}: share of the patients with each event, the other one competing"
    return [PageTable(("arm", "by", *heads), tuple(rows), caption)]


def ratio_section(document: Document) -> PageSection:
    """The ratios of hazards with their two intervals, which are never the same thing."""
    ends = _ends(document)
    rows = ratio_rows(ends)
    if not rows:
        words = PageParagraph("There is nothing to compare: one arm, or an arm without an event.", "note")
        return PageSection("ratios", "Hazard ratios and their two intervals", (words,))
    blocks: list[Block] = [
        PageFacts(
            (
                ("Sampling interval", "what other trials of this size, with other patients, would find"),
                (
                    "Model interval",
                    "what parameter vectors and structural options leave open, around the ratio of the same "
                    "patients in both arms",
                ),
                (
                    "Same patients in both arms",
                    "the ratio when every virtual patient is followed in both arms. It has no interval as a "
                    "trial has: with the same draws in both arms its spread is far below that of a trial",
                ),
            )
        ),
        page_figure(
            "ratios",
            lambda width: ratio_intervals(rows, width, arms=len(arm_names(document))),
            caption="Ratios of hazards against control: above, the trial's with its sampling interval; below "
            "that of the same patients in both arms with the model interval. A bar that is absent was not "
            "made.",
            label="Ratios of hazards for each endpoint with sampling interval, model interval and "
            "same-patient ratio",
            source=_RUN,
        ),
        _ratio_table(ends),
    ]
    whys = {str(w) for e in ends.values() for r in (e.get("compared") or {}).values() if (w := _why_not(r))}
    blocks += [PageParagraph(f"Not made: {why}.", "note") for why in sorted(whys)]
    blocks += _option_tables(ends)
    return PageSection("ratios", "Hazard ratios and their two intervals", tuple(blocks))


def _span_told(found: Any) -> str:
    found = found or {}
    low, high = found.get("low"), found.get("high")
    if low is None or high is None:
        return "not made"
    words = f"{ratio_told(low)} to {ratio_told(high)}"
    level = f" ({100.0 * found['level']:.3g} %)" if found.get("level") else ""
    many = [f"{in_words(found[k])} {k}" for k in ("trials", "vectors") if found.get(k)]
    return f"{words}{level}{', ' + ', '.join(many) if many else ''}"


def _why_not(row: Document) -> str:
    """Why there is no model interval."""
    model = row.get("model") or {}
    return str(model.get("of") or "") if model.get("low") is None else ""


def _ratio_table(ends: Mapping[str, Document]) -> PageTable:
    rows = []
    for name, endpoint in ends.items():
        for arm, row in (endpoint.get("compared") or {}).items():
            same = _same_patients(row)
            rows.append(
                (
                    f"{name}, {arm}",
                    ratio_told(row.get("hazard_ratio")),
                    _span_told(row.get("sampling")),
                    _span_told(row.get("model")),
                    f"{ratio_told(same)} (no interval)" if same is not None else "–",
                    chance_told(row.get("log_rank_p")),
                    _restricted(row),
                )
            )
    head = (
        "endpoint, arm",
        "hazard ratio",
        "sampling interval",
        "model interval",
        "same patients",
        "log-rank p",
        "restricted mean, difference",
    )
    return PageTable(head, tuple(rows), "Against control")


def _restricted(row: Document) -> str:
    """A difference of restricted means with its interval."""
    words = in_words(row.get("rmst_difference"), unit="months")
    span = interval_told(row.get("rmst_low"), row.get("rmst_high"))
    return words if span == "–" else f"{words} ({span})"


def _options_of(row: Document) -> list[Document]:
    return (row.get("model") or {}).get("options") or []


def _option_tables(ends: Mapping[str, Document]) -> list[Block]:
    """What the structural options make of deaths: levels as a range, ratios beside them."""
    name, endpoint = next(
        (
            pair
            for pair in ends.items()
            if any(_options_of(r) for r in (pair[1].get("compared") or {}).values())
        ),
        ("", {}),
    )
    ratios: dict[str, dict[str, Any]] = {}
    medians: dict[str, dict[str, Any]] = {}
    options: list[str] = []
    for arm, row in (endpoint.get("compared") or {}).items():
        for option in _options_of(row):
            words = ", ".join(str(option[k]) for k in ("burden", "era", "residual") if option.get(k))
            options = options if words in options else [*options, words]
            by_arm = option.get("median_months")
            by_arm = by_arm if isinstance(by_arm, Mapping) else {arm: by_arm}
            for told_arm, median in by_arm.items():
                medians.setdefault(told_arm, {})[words] = median
            ratios.setdefault(arm, {})[words] = option.get("hazard_ratio")
    if not options:
        return []
    spans = tuple(
        (arm, _range(found.values(), "months"), _range(ratios.get(arm, {}).values(), ratio=True))
        for arm, found in medians.items()
    )
    arms = list(medians)
    head = ("option", *(f"median, {a} (months)" for a in arms), *(f"hazard ratio, {a}" for a in ratios))
    rows = tuple(
        (o, *(in_words(medians[a].get(o)) for a in arms), *(ratio_told(r.get(o)) for r in ratios.values()))
        for o in options
    )
    words = f"{name} under each structural option"
    return [
        PageTable(
            ("arm", "median", "hazard ratio"),
            spans,
            f"{name} over the options of burden and era: levels as a range",
        ),
        PageTable(head, rows, words, words),
    ]


def _range(values: Iterable[Any], unit: str = "", *, ratio: bool = False) -> str:
    """From the least to the most of what is known; that some is not reached is said."""
    given = list(values)
    known = [float(v) for v in given if isinstance(v, int | float)]
    if not known:
        return "not reached" if given else "–"
    if ratio:
        return f"{ratio_told(min(known))} to {ratio_told(max(known))}"
    most = in_words(max(known), unit=unit) if len(known) == len(given) else "not reached"
    return f"{in_words(min(known))} to {most}"


def strata_section(document: Document) -> PageSection | None:
    """A forest of each arm against control, or None where there are no strata."""
    if not document.get("strata"):
        return None
    blocks: list[Block] = []
    ends = list(_ends(document))
    for name in ends[:2]:
        for k, arm in enumerate(arm_names(document)[1:]):
            rows = forest_rows(document, name, arm)
            if len(rows) < 2:
                continue
            shown = tuple(
                (r.group, in_words(r.n), f"{r.value:.2f}", f"{r.low:.2f} to {r.high:.2f}") for r in rows
            )
            head = ("group", "patients", "hazard ratio", "95 % interval (Cox)")
            what = f"{ENDPOINT_WORDS[name][0]}, {arm} against control"
            blocks.append(
                page_figure(
                    f"forest-{name}-{k}",
                    lambda width, rows=rows: forest(rows, width),  # type: ignore[misc]
                    caption=f"{what}, by groups of patients; 95 % intervals of Cox's model. Groups are "
                    "small: a difference between two of them needs a test of its own.",
                    label=f"Forest of hazard ratios: {what}",
                    source=_RUN,
                    table=PageTable(head, shown, what),
                )
            )
    if not blocks:
        blocks.append(PageParagraph("No group has enough events for a ratio.", "note"))
    cuts = [
        (str(name), in_words(s.get("cut"), 4, str(s.get("unit") or "")))
        for name, s in document["strata"].items()
        if isinstance(s, Mapping) and s.get("cut") is not None
    ]
    if cuts:
        blocks.append(PageTable(("number", "cut"), tuple(cuts), "High is above the cut"))
    chances = {
        f"{name}: {end}, {arm}": chance
        for name, stratum in document["strata"].items()
        for end, row in (stratum.get("interaction") or {}).items()
        for arm, chance in (row or {}).items()
    }
    if chances:
        words = "Chance of ratios as different as these if all groups had the same (Cochran's Q)"
        given = [c if isinstance(c, int | float) else math.nan for c in chances.values()]
        corrected = [chance_told(None if math.isnan(p) else p) for p in holm(given)]
        tests = tuple(
            (name, chance_told(p), all_) for (name, p), all_ in zip(chances.items(), corrected, strict=True)
        )
        blocks.append(PageTable(("number: endpoint, arm", "p", "p, all tests (Holm)"), tests, words))
    return PageSection("strata", "Groups of patients", tuple(blocks))
