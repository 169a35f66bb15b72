"""The report's first sections: the question as it was understood, who went where, who the patients are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jakstat.knowledge import knowledge
from jakstat.report.number_titles import MAIN_NUMBERS, number_title
from jakstat.report.page_blocks import (
    Block,
    Cell,
    FlowArm,
    PageFacts,
    PageParagraph,
    PageSection,
    PageTable,
    PatientFlow,
    counted,
    in_words,
    interval_told,
)
from jakstat.report.trial_ground_sections import source_link

__all__ = ["arm_names", "flow_section", "population_section", "question_section"]

_MONTH, _WEEK = 730.5, 168.0
_NEAR = 0.01
Document = Mapping[str, Any]


def arm_names(document: Document) -> list[str]:
    """The arms in the order of the design; the first is the control.

    Examples
    --------
    >>> arm_names({"question": {"arms": [{"name": "placebo"}, {"name": "drug"}]}})
    ['placebo', 'drug']
    """
    arms = (document.get("question") or {}).get("arms") or document.get("arms") or []
    if isinstance(arms, Mapping):
        return [str(name) for name in arms]
    return [str(arm.get("name")) if isinstance(arm, Mapping) else str(arm) for arm in arms]


def _months(question: Document, name: str) -> str:
    """A duration of the design, told in months."""
    hours = question.get(f"{name}_h")
    value = question.get(f"{name}_months") if hours is None else hours / _MONTH
    return "–" if value is None else f"{in_words(round(value, 2), 4)} months"


def _arm_facts(arm: Document) -> tuple[list[str], list[str]]:
    """Its regimens and its rules as texts, by whatever shape the design has."""
    line = arm.get("line") if isinstance(arm.get("line"), Mapping) else arm
    regimen = line.get("regimen") or line.get("prescriptions") or []  # type: ignore[union-attr]
    return [str(r) for r in regimen], [_rule_told(r) for r in line.get("rules") or []]  # type: ignore[union-attr]


def _rule_told(rule: Any) -> str:
    if not isinstance(rule, Mapping):
        return str(rule)
    words = f"on {rule.get('on')}: {rule.get('do')}"
    drugs = rule.get("drugs") or rule.get("drug")
    words += f" {in_words(drugs)}" if drugs else ""
    if rule.get("do") == "reduce" and rule.get("factor") is not None:
        words += f" to {100.0 * rule['factor']:.3g} % of the dose"
    words += f" to {rule['to']}" if rule.get("to") else ""
    if rule.get("on") == "time" and rule.get("at_h") is not None:
        words += f" at {rule['at_h'] / _MONTH:.3g} months"
    share = rule.get("share")
    return f"{words} ({100.0 * share:.3g} % of those concerned)" if share not in (None, 1.0, 1) else words


def question_section(document: Document) -> PageSection:
    """Design, arms, rules, visits, strata, seed and options."""
    question: Document = document.get("question") or {}
    if not question:
        return PageSection("question", "The question as it was understood", (_absent("the design"),))
    visits = question.get("visits_weeks") or [v / _WEEK for v in question.get("visits_h") or []]
    dropout = question.get("dropout_per_month")
    if dropout is None and question.get("dropout") is not None:
        dropout = question["dropout"] * _MONTH
    eligible = [_eligible_told(e) for e in question.get("eligible") or []]
    strata = [_stratum_told(s) for s in question.get("strata") or []]
    closes = _months(question, "closes")
    pairs = [
        ("Disease", in_words(question.get("disease"))),
        ("Population", in_words(question.get("population"))),
        ("Virtual patients", f"{in_words(question.get('patients'))}, each simulated in every arm"),
        ("Size of one real trial", f"{in_words(question.get('size'))} patients, all arms together"),
        ("Primary endpoint", in_words(question.get("primary"))),
        ("Endpoints", in_words(question.get("endpoints"))),
        ("Biomarkers", in_words(question.get("biomarkers"))),
        ("Visits", _visits_told(visits)),
        ("Followed for", _months(question, "until")),
        ("Accrual", "all at once" if not question.get("accrual_h", 1) else _months(question, "accrual")),
        ("Read out", "when all are followed in full" if closes == "–" else f"{closes} after the first entry"),
        ("Lost from sight", "nobody" if not dropout else f"{100.0 * dropout:.3g} % per month"),
        ("Eligible", "; ".join(eligible) or "all"),
        ("Strata", "; ".join(strata) or "none"),
        ("Doses", _dosing_told(question)),
        ("Deaths follow the burden as", in_words(question.get("burden"))),
        ("Drift of survival with the year", _era_told(question)),
        ("Seed", in_words(question.get("seed"))),
    ]
    if question.get("resected_h") is not None or question.get("resected_months") is not None:
        residual = in_words(question.get("residual"))
        first = not (question.get("resected_h") or question.get("resected_months"))
        when = "on the first day" if first else f"after {_months(question, 'resected')}"
        pairs.insert(7, ("Operation", f"{when}; occult foci: {residual}"))
    blocks: list[Block] = [PageFacts(tuple(pairs)), _arms_table(question)]
    lines = question.get("lines") or []
    if lines:
        rows = [(str(line.get("name")), *("; ".join(f) or "–" for f in _arm_facts(line))) for line in lines]
        head = ("line", "treatment", "rules")
        blocks.append(PageTable(head, tuple(rows), "Later treatments that rules switch to"))
    return PageSection("question", "The question as it was understood", tuple(blocks))


def _arms_table(question: Document) -> PageTable:
    rows = []
    for k, arm in enumerate(a for a in question.get("arms") or [] if isinstance(a, Mapping)):
        regimen, rules = _arm_facts(arm)
        name = f"{arm.get('name')} (control)" if k == 0 else str(arm.get("name"))
        rows.append(
            (name, "; ".join(regimen) or "no drug", "; ".join(rules) or "–", in_words(arm.get("allocation")))
        )
    return PageTable(("arm", "treatment", "rules", "allocation"), tuple(rows), "Arms")


def _visits_told(weeks: Sequence[float]) -> str:
    if not weeks:
        return "–"
    steps = {round(b - a, 3) for a, b in zip(weeks, list(weeks)[1:], strict=False)}
    if len(steps) == 1:
        step, until = weeks[1] - weeks[0], f"{len(weeks)} in all, to week {weeks[-1]:.4g}"
        months = step * _WEEK / _MONTH
        if abs(step - round(step)) > _NEAR and abs(months - round(months)) < _NEAR:
            return f"every {months:.0f} months, {until}"
        return f"every {step:.4g} weeks, {until}"
    shown = [f"{w:.4g}" for w in weeks]
    return f"weeks {', '.join(shown if len(shown) < 14 else [*shown[:12], '...', shown[-1]])}"


def _eligible_told(row: Any) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    unit = row.get("unit") or ""
    low, high = row.get("low"), row.get("high")
    words = [f"above {in_words(low, unit=unit)}"] if low is not None else []
    words += [f"below {in_words(high, unit=unit)}"] if high is not None else []
    return f"{row.get('number')} {' and '.join(words)}"


def _stratum_told(row: Any) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    cut = row.get("cut")
    where = "cut at the median" if cut in (None, "median") else f"cut at {in_words(cut)}"
    where = "by its values" if row.get("number") == "aetiology" else where
    return f"{row.get('number')} ({where}{', randomised within' if row.get('randomised') else ''})"


def _dosing_told(question: Document) -> str:
    mean = question.get("mean_rate")
    mean = question.get("dosing") == "mean_rate" if mean is None else mean
    return "repeated doses at their mean rate" if mean else "each dose at its time"


def _era_told(question: Document) -> str:
    year = question.get("enrolled")
    return f"{in_words(question.get('era'))}; enrolled {'as SHARP' if year is None else f'in {year:.0f}'}"


def _absent(what: str) -> PageParagraph:
    return PageParagraph(f"The run does not have {what}.", "note")


_FLOW = (
    ("assigned", "randomised"),
    ("randomised", "randomised"),
    ("treated", "treated with a drug"),
    ("stopped", "treatment stopped"),
    ("switched", "went on to another line"),
    ("progressed", "progressed"),
    ("died", "died"),
    ("lost", "lost from sight"),
    ("failed", "simulation failed"),
    ("quarantined", "set aside after crashes"),
)


def flow_section(document: Document) -> PageSection:
    """Who was drawn, who went into which arm, and what became of them."""
    flow: Document = document.get("flow") or {}
    arms = {name: flow[name] for name in arm_names(document) if isinstance(flow.get(name), Mapping)}
    if not arms:
        return PageSection("flow", "Flow of patients", (_absent("the flow of patients"),))
    boxes = []
    for name, found in arms.items():
        whole = found.get("assigned", found.get("randomised"))
        pairs: list[tuple[str, str]] = []
        for key, words in _FLOW:
            # what befell nobody in any arm is left out, but for what should not happen
            some = key in ("assigned", "randomised", "failed") or any(f.get(key) for f in arms.values())
            if some and found.get(key) is not None and words not in [w for w, _ in pairs]:
                own = key in ("assigned", "randomised")
                pairs.append((words, in_words(found[key]) if own else counted(found[key], whole)))
        boxes.append(FlowArm(name, tuple(pairs)))
    question: Document = document.get("question") or {}
    population: Document = document.get("population") or {}
    start = [("virtual patients drawn", in_words(question.get("patients", population.get("n"))))]
    for key, words in (("eligible", "eligible"), ("screened_out", "not eligible")):
        if population.get(key) is not None:
            start.append((words, in_words(population[key])))
    taken = [f.get("assigned", f.get("randomised")) for f in arms.values()]
    if all(isinstance(t, int | float) for t in taken):
        start.append(("randomised", in_words(int(sum(taken)))))
    caption = (
        "Every virtual patient is simulated in every arm; the counts are of the patients randomised to the "
        "arm, as a trial would see them. Percentages are of those randomised."
    )
    blocks: list[Block] = [PatientFlow(tuple(start), tuple(boxes), caption, "this run, patient table")]
    blocks += _failures(document)
    return PageSection("flow", "Flow of patients", tuple(blocks))


def _failures(document: Document) -> list[Block]:
    failed = document.get("failed") or []
    rows = failed.get("rows", []) if isinstance(failed, Mapping) else failed
    found = tuple(
        (in_words(r.get("patient")), in_words(r.get("arm")), in_words(r.get("outcome", r.get("failed"))))
        for r in rows
        if isinstance(r, Mapping)
    )
    if not found:
        return [PageParagraph("No simulation failed.", "note")]
    head = ("patient", "arm", "why")
    words = f"{len(found)} simulations that failed; they are in no number of this page"
    return [PageTable(head, found, words, words)]


def population_section(document: Document) -> PageSection:
    """Baseline of the arms, weights and the effective sample size."""
    found: Document = document.get("population") or {}
    if not found:
        return PageSection("population", "Population", (_absent("a description of the population"),))
    weights = found.get("weights")
    pairs = [
        ("Virtual patients", in_words(found.get("n", found.get("patients")))),
        ("Effective sample size", in_words(found.get("effective_sample_size"), 4)),
    ]
    if isinstance(weights, Mapping):
        pairs.append(("Weights, 5 to 95 %", interval_told(weights.get("low"), weights.get("high"))))
    blocks: list[Block] = [
        PageFacts(tuple(pairs)),
        PageParagraph(
            "Weights have a mean of 1; where all are 1 the effective sample size is the number of patients.",
            "note",
        ),
    ]
    blocks += [*_baseline(document, found), *_match(found)]
    return PageSection("population", "Population", tuple(blocks))


def _baseline(document: Document, found: Document) -> Iterator[PageTable]:
    """The main numbers of the first visit, and behind them the others."""
    arms = arm_names(document)
    rows = {str(row.get("name")): row for row in found.get("baseline") or [] if isinstance(row, Mapping)}
    main = [name for name in MAIN_NUMBERS if name in rows] or list(rows)
    head = ("number", *arms)
    caption = "At the first visit, of the patients randomised to each arm: median (quartiles), or share"
    if main:
        yield PageTable(head, tuple(_baseline_row(rows[name], arms) for name in main), caption)
    others = tuple(_baseline_row(row, arms) for name, row in rows.items() if name not in main)
    if others:
        words = f"{len(others)} further numbers of the first visit"
        yield PageTable(head, others, words, words)


def _baseline_row(row: Document, arms: Sequence[str]) -> tuple[str, ...]:
    by_arm = row.get("arms") or {}
    unit = str(row.get("unit") or "")
    name = str(row.get("title") or number_title(str(row.get("name"))))
    name += f" ({unit})" if unit not in ("", "1", "dimensionless") else ""
    return (name, *(_spread_told(by_arm.get(arm)) for arm in arms))


def _spread_told(value: Any) -> str:
    if not isinstance(value, Mapping):
        return in_words(value)
    if value.get("share") is not None:
        return f"{100.0 * value['share']:.3g} %"
    if value.get("median") is None and value.get("mean") is not None:
        return in_words(value["mean"])
    return f"{in_words(value.get('median'))} ({interval_told(value.get('q25'), value.get('q75'))})"


def _match(population: Document) -> Iterator[PageTable]:
    """What was observed beside the patients of the run."""
    shown: list[tuple[Cell, ...]] = []
    known = knowledge()
    for row in population.get("match") or []:
        unit = str(row.get("unit") or "")
        share = row.get("reading") == "share"
        values = [100.0 * row[k] if share and unit == "dimensionless" else row[k] for k in ("wanted", "got")]
        unit = "%" if share and unit == "dimensionless" else unit
        told = [in_words(value, 3, unit) for value in values]
        source = str(row.get("source"))
        grade = str(row.get("grade"))
        shown.append((str(row.get("what")), *told, grade, source_link(known.sources.get(source), source)))
    if shown:
        head = ("number", "observed", "patients of this run", "grade", "source")
        yield PageTable(head, tuple(shown), "What was observed of such patients, and those who were let in")
