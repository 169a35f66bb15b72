"""The report's other results: response, toxicity and biomarkers over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jakstat.report.biomarker_courses import biomarker_courses
from jakstat.report.number_titles import number_title
from jakstat.report.page_blocks import (
    Block,
    PageParagraph,
    PageSection,
    PageTable,
    counted,
    in_words,
    interval_told,
)
from jakstat.report.page_figure import page_figure
from jakstat.report.trial_design_sections import arm_names
from jakstat.report.waterfall import RESPONSE_WORDS, spider_panels, waterfall_panels

__all__ = ["biomarker_section", "response_section", "toxicity_section"]

Document = Mapping[str, Any]
_RUN = "this run; patients randomised to the arm"


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
    lines = [r for r in document.get("spider") or [] if r.get("arm") in arms and _has_course(r)]
    if lines:
        many = len(lines)
        blocks.append(
            page_figure(
                "spider",
                lambda width: spider_panels(
                    lines, [a for a in arms if any(r["arm"] == a for r in lines)], width
                ),
                caption=f"Change of the sum of diameters from the first visit, {many} patients, coloured by "
                "best response; dashed: the limits of RECIST 1.1; above 120 % a line is cut.",
                label="Courses of the sum of diameters in percent over weeks by arm",
                source="this run; readings at visits",
            )
        )
    if not blocks:
        blocks.append(PageParagraph("The run has no readings of response.", "note"))
    return PageSection("response", "Response by RECIST 1.1", tuple(blocks))


def _has_course(row: Document) -> bool:
    """Whether there are two readings or more to join."""
    return sum(change is not None for change in row.get("change_percent") or []) > 1


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
        "best response (a new lesion is progression at any change); dashed: the limits of RECIST 1.1; "
        "above 120 % a bar is cut; of more than 220 patients every few are drawn.",
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
        "Those with bad courses leave, so the groups change over time.",
        label=f"Courses of {', '.join(found)} over weeks by arm: medians with quartiles",
        source=_RUN,
        table=PageTable(head, tuple(rows), "Biomarkers at visits"),
    )
    return PageSection("biomarkers", "Biomarkers over time", (figure,))
