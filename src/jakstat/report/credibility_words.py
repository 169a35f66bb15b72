"""How far a trial's result can be trusted: the questions of ASME V&V 40 and ICH M15, answered for the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jakstat.population.outcome_numbers import BURDENS, ERAS, outcome_rows
from jakstat.report.page_blocks import (
    Block,
    PageFacts,
    PageList,
    PageParagraph,
    PageSection,
    PageTable,
    in_words,
)
from jakstat.report.trial_design_sections import arm_names

__all__ = ["credibility_section"]

Document = Mapping[str, Any]

_SUPPORTS = (
    "Code: formulas are tested with values from outside the code; bad input is refused with its place.",
    "Solver: checked against the SBML Test Suite and against other simulators; a lane that fails is "
    "counted, never used.",
    "Cell: fitted to time courses of IL-6 signalling in liver cells; other published experiments were held "
    "out.",
    "Exposure: pharmacokinetics are compared with published exposures, drug by drug.",
    "Survival and progression: fitted to both arms of SHARP and to doubling times of untreated tumours.",
    "Randomness: draws belong to patient and decision, so arms are compared in the same patients.",
)
_LACKS = (
    "No result here was checked by people outside the project.",
    "Levels of survival are those of the trial that deaths were fitted to; another era or region is shown "
    "as a range.",
    "How strongly death follows the burden, what follows progression and how large occult foci are is not "
    "known: these are options, not averages. How much more IL-6 the liver has than serum is drawn widely.",
    "Of most drugs the strength of the action on a tumour is assumed or recalled; the grades stand with "
    "the evidence.",
    "Combinations were not fitted to any trial of the combination.",
    "Only dose-limiting toxicity is modelled, and quality of life and cost are not.",
    "Baselines of populations are partly recalled; a real site enrols other patients.",
)
_BONE = (
    "Osteosarcoma: deaths and new lesions follow the numbers that were fitted in liver cancer, so its "
    "survival says little; what chemotherapy kills was fitted to histological responses.",
)
_HELD_OUT = (
    "Asia-Pacific, REFLECT, CheckMate-459 and KEYNOTE-240: published outcomes that the calibration never "
    "reads",
    "fall of CRP and response under siltuximab, pSTAT3 under ruxolitinib, recurrence after resection, and "
    "directions of CD8 cells and macrophages: predicted, see jakstat validate --scale patient",
)


def credibility_section(document: Document) -> PageSection:
    """Question, context of use, influence, consequence, what supports the answer and what does not."""
    given: Document = document.get("credibility") or {}
    blocks: list[Block] = [
        PageParagraph(
            "The questions are those of ASME V&V 40 and of ICH M15 in our words; the answers are the "
            "project's own and are not an assessment by an agency."
        ),
        PageFacts(_questions(document, given)),
        PageParagraph("What supports the answer", "heading"),
        PageList(_SUPPORTS),
        PageParagraph("What does not, or is missing", "heading"),
        PageList(
            (*_LACKS, *(_BONE if (document.get("question") or {}).get("disease") == "osteosarcoma" else ()))
        ),
        *_listed("What this run can bear", given.get("supports")),
        *_listed("What it cannot", given.get("limits")),
        *_listed("Held out: looked at after the fit, never by it", given.get("held_out") or _HELD_OUT),
        _fitted(given),
        _options(document),
    ]
    return PageSection("credibility", "Credibility", tuple(blocks))


def _listed(heading: str, points: Sequence[str] | None) -> list[Block]:
    """A list under its heading; nothing where there is none."""
    return [PageParagraph(heading, "heading"), PageList(tuple(map(str, points)))] if points else []


def _questions(document: Document, given: Document) -> tuple[tuple[str, str], ...]:
    question: Document = document.get("question") or {}
    arms = arm_names(document)
    treated, control = " or ".join(arms[1:]) or "the treatment", arms[0] if arms else "control"
    ask = f"What does {treated} change against {control} in {in_words(question.get('primary'))}"
    ask += f" of patients as in the population {in_words(question.get('population'))}?"
    failed = document.get("failed") or []
    many = len(failed.get("rows", failed)) if isinstance(failed, Mapping) else len(failed)
    model = [
        row.get("model") or {}
        for endpoint in (document.get("endpoints") or {}).values()
        for row in ((endpoint or {}).get("compared") or {}).values()
        if isinstance(row, Mapping)
    ]
    vectors = max((int(m.get("vectors") or 0) for m in model), default=0)
    uncertain = (
        f"{vectors} parameter vectors and the structural options" if vectors else "structural options only"
    )
    pairs = (
        ("Question of interest", ask),
        (
            "Context of use",
            "designing research: choosing schedules, biomarkers and sizes of trials to think about next",
        ),
        ("Model influence", "low by intent: an answer is one argument among experiments and clinical data"),
        (
            "Consequence of a wrong answer",
            "effort spent on the wrong experiment; for a patient none, as no decision about a patient may "
            "rest on it",
        ),
        (
            "Model risk",
            "low in this context of use; high, and not covered by this evidence, for any treatment decision",
        ),
        ("Applicability", "as far as the population, the drugs' grades and the options below reach"),
        ("Uncertainty told", f"sampling: trials of this size; model: {uncertain}"),
        ("Failed simulations", in_words(many)),
    )
    return tuple((name, str(given.get(name.lower().replace(" ", "_")) or answer)) for name, answer in pairs)


def _fitted(given: Document) -> PageTable:
    """The numbers of deaths and new lesions that were fitted."""
    rows = [r for r in given.get("fitted") or [] if isinstance(r, Mapping)]
    if rows:
        shown = tuple(
            (
                in_words(r.get("id")),
                in_words(r.get("value"), 4, str(r.get("unit") or "")),
                in_words(r.get("to")),
            )
            for r in rows
        )
    else:
        shown = tuple(
            (
                row.id if option == "any" else f"{row.id} ({option})",
                in_words(row.value, 4, row.unit),
                row.source,
            )
            for (option, _), row in outcome_rows().items()
            if row.grade == "fitted"
        )
    return PageTable(("number", "value", "fitted to"), shown, "Fitted: what becomes of patients")


def _options(document: Document) -> PageTable:
    """The structural options of death, and which one this page tells first."""
    question: Document = document.get("question") or {}
    taken = {question.get("burden"), question.get("era")}
    rows = []
    for name in (*BURDENS, *ERAS):
        note = next(row.note for (option, _), row in outcome_rows().items() if option == name)
        rows.append((name, note, "taken here" if name in taken else "told beside it"))
    return PageTable(("option", "what it says", ""), tuple(rows), "Structural options of death")
