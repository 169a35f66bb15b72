"""The report's results: survival, the two intervals, strata, response, toxicity and biomarkers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jakstat.report.biomarker_courses import biomarker_courses
from jakstat.report.forest import forest, forest_rows, ratio_intervals, ratio_rows
from jakstat.report.number_titles import number_title
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
from jakstat.report.waterfall import RESPONSE_WORDS, spider_panels, waterfall_panels

__all__ = [
    "biomarker_section",
    "glance",
    "ratio_section",
    "response_section",
    "strata_section",
    "survival_section",
    "toxicity_section",
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
        return "not reached" if arm.get("n") else "–"
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
                words += f"; {level}{key} interval {span['low']:.2f} to {span['high']:.2f} ({what})"
            elif key == "model":
                words += "; no model interval was made"
        lines.append(words + ".")
    medians = [f"{arm} {_median_told(found)}" for arm, found in arms.items()]
    lines.append(
        f"Medians: {'; '.join(medians)}. Levels belong to the era and region of the fit; ratios carry over."
    )
    return lines


def survival_section(document: Document) -> PageSection:
    """Curves, medians and what they are compared by."""
    blocks: list[Block] = []
    for name, endpoint in _ends(document).items():
        arms = endpoint.get("arms") or {}
        blocks.append(PageParagraph(ENDPOINT_WORDS[name][0], "heading"))
        blocks.append(_survival_figure(name, arms))
        blocks.append(_survival_table(name, arms))
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
        "interval "
        "of the curve; ticks: patients lost from sight; dotted: one half.",
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
                    "what parameter vectors and structural options leave open, patients held the same",
                ),
                (
                    "Same patients in both arms",
                    "the ratio when every virtual patient is followed in both arms. It has no interval: "
                    "with the same "
                    "draws in both arms its spread is far below that of a trial",
                ),
            )
        ),
        page_figure(
            "ratios",
            lambda width: ratio_intervals(rows, width, arms=len(arm_names(document))),
            caption="Ratios of hazards against control, with the sampling and the model interval. Where a "
            "bar is "
            "absent the interval was not made.",
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
            same = row.get("counterfactual_hazard_ratio")
            same = same.get("value") if isinstance(same, Mapping) else same
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


def _option_tables(ends: Mapping[str, Document]) -> list[Block]:
    """What the structural options make of the primary endpoint: levels as a range, ratios beside them."""
    if not ends:
        return []
    name, endpoint = next(iter(ends.items()))
    ratios: dict[str, dict[str, float]] = {}
    medians: dict[str, dict[str, float]] = {}
    options: list[str] = []
    for arm, row in (endpoint.get("compared") or {}).items():
        for option in (row.get("model") or {}).get("options") or []:
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
                    "small: "
                    "a difference between two of them needs a test of its own.",
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
    chances = tuple(
        (f"{name}: {end}, {arm}", chance_told(chance))
        for name, stratum in document["strata"].items()
        for end, row in (stratum.get("interaction") or {}).items()
        for arm, chance in (row or {}).items()
    )
    if chances:
        words = "Chance of ratios as different as these if all groups had the same (Cochran's Q)"
        blocks.append(PageTable(("number: endpoint, arm", "p"), chances, words))
    return PageSection("strata", "Groups of patients", tuple(blocks))


def response_section(document: Document) -> PageSection:
    """Rates of response, waterfall and spider."""
    arms = arm_names(document)
    blocks: list[Block] = []
    table = _rate_table(document)
    if table is not None:
        blocks.append(table)
    rows = [r for r in document.get("waterfall") or [] if r.get("arm") in arms]
    if rows:
        blocks.append(_waterfall_figure(rows, arms))
    lines = [r for r in document.get("spider") or [] if r.get("arm") in arms and r.get("weeks")]
    if lines:
        many = len(lines)
        blocks.append(
            page_figure(
                "spider",
                lambda width: spider_panels(
                    lines, [a for a in arms if any(r["arm"] == a for r in lines)], width
                ),
                caption=f"Change of the sum of diameters from the first visit, {many} patients, coloured "
                "by best "
                "response; dashed: the limits of RECIST 1.1; above 120 % a line is cut.",
                label="Courses of the sum of diameters in percent over weeks by arm",
                source="this run; readings at visits",
            )
        )
    if not blocks:
        blocks.append(PageParagraph("The run has no readings of response.", "note"))
    return PageSection("response", "Response by RECIST 1.1", tuple(blocks))


def _waterfall_figure(rows: Sequence[Document], arms: Sequence[str]) -> Block:
    there = [a for a in arms if any(r["arm"] == a for r in rows)]
    counts = []
    for arm in there:
        best = [str(r.get("best")) for r in rows if r["arm"] == arm]
        counts.append((arm, *(counted(best.count(k), len(best)) for k in RESPONSE_WORDS)))
    return page_figure(
        "waterfall",
        lambda width: waterfall_panels(rows, there, width),
        caption="Best change of the sum of diameters of each patient randomised to the arm, coloured by "
        "best response "
        "(a new lesion is progression at any change); dashed: the limits of RECIST 1.1; above 120 % a bar "
        "is cut; "
        "of more than 220 patients every few are drawn.",
        label="Waterfall of best changes of the sum of diameters in percent by arm",
        source="this run; readings at visits",
        table=PageTable(("arm", *RESPONSE_WORDS.values()), tuple(counts), "Best responses"),
    )


def _rate_table(document: Document) -> PageTable | None:
    rows = []
    names = {"ORR": "objective response", "DCR": "disease control"}
    for key, words in names.items():
        found = (document.get("endpoints") or {}).get(key) or {}
        for arm, given in (found.get("arms") or {}).items():
            rate = given if isinstance(given, Mapping) else {"share": given}
            compared = (found.get("compared") or {}).get(arm) or {}
            difference = compared.get("risk_difference", compared.get("difference"))
            rows.append(
                (
                    f"{words}, {arm}",
                    in_words(rate.get("n")),
                    _percent(rate.get("share")),
                    _percent_span(rate),
                    "–" if difference is None else f"{_percent(difference)} ({_percent_span(compared)})",
                )
            )
    if not rows:
        return None
    head = ("rate", "patients", "share", "95 % interval (Clopper-Pearson)", "difference to control")
    return PageTable(head, tuple(rows), "Rates of response")


def _percent(value: Any) -> str:
    return "–" if value is None else f"{100.0 * value:.3g} %"


def _percent_span(found: Document) -> str:
    low, high = found.get("low"), found.get("high")
    return "–" if low is None or high is None else f"{100.0 * low:.3g} to {100.0 * high:.3g} %"


def toxicity_section(document: Document) -> PageSection:
    """Dose-limiting toxicity by arm and drug."""
    found = document.get("toxicity") or {}
    arms = found.get("arms") or {}
    if not arms:
        words = PageParagraph("The run did not count toxicity.", "note")
        return PageSection("toxicity", "Toxicity", (words,))
    rows = []
    for arm, row in arms.items():
        drugs = row.get("by_drug") or {}
        rows.append(
            (
                arm,
                in_words(row.get("n")),
                counted(row.get("events"), row.get("n")),
                _percent_span(row),
                "; ".join(f"{d} {in_words(n)}" for d, n in drugs.items()) or "–",
                in_words(row.get("reduced")),
            )
        )
    head = ("arm", "patients", "with toxicity", "95 % interval", "by drug", "dose reduced")
    blocks: list[Block] = [PageTable(head, tuple(rows), "First dose-limiting toxicity")]
    of = found.get("of") or "the first of a patient"
    note = (
        f"Counted: {of}. Only toxicity of the modelled drugs that limits their dose, not all adverse events."
    )
    blocks.append(PageParagraph(str(note), "note"))
    return PageSection("toxicity", "Toxicity", tuple(blocks))


def biomarker_section(document: Document) -> PageSection:
    """Biomarkers over visits."""
    found = {
        str(name): {"title": number_title(str(name)), **row}
        for name, row in (document.get("biomarkers") or {}).items()
        if isinstance(row, Mapping)
        and any((a or {}).get("visit_weeks") for a in (row.get("arms") or {}).values())
    }
    if not found:
        words = PageParagraph("The run has no biomarkers at visits.", "note")
        return PageSection("biomarkers", "Biomarkers over time", (words,))
    rows = []
    for name, row in found.items():
        for arm, of in row["arms"].items():
            for k, week in enumerate(of["visit_weeks"]):
                span = interval_told(of["q25"][k], of["q75"][k])
                many = in_words((of.get("n") or [None] * (k + 1))[k])
                unit = str(row.get("unit") or "")
                rows.append(
                    (f"{name} ({unit or 1})", arm, f"{week:g}", many, in_words(of["median"][k]), span)
                )
    head = ("biomarker", "arm", "week", "patients", "median", "quartiles")
    figure = page_figure(
        "biomarkers",
        lambda width: biomarker_courses(found, width),
        caption="Median of the patients who are alive and seen at the visit, and the quartiles around it. "
        "Those with "
        "bad courses leave, so the groups change over time.",
        label=f"Courses of {', '.join(found)} over weeks by arm: medians with quartiles",
        source=_RUN,
        table=PageTable(head, tuple(rows), "Biomarkers at visits"),
    )
    return PageSection("biomarkers", "Biomarkers over time", (figure,))
