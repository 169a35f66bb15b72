"""Findings in numbers that stand in sentences: each is computed, and written between marks in the pages.

``<!-- found: KEY -->text<!-- /found -->``; ``python -m scripts.docs_site.findings`` writes them all.
What takes no more than reading tables is compared by a quick test, what runs the model by a long one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from jakstat.biology import context, contexts, parameters, part_names, states
from jakstat.evidence.recorded_verdicts import recorded_verdicts
from jakstat.evidence.validate import Validation, validate
from jakstat.knowledge import knowledge
from scripts.docs_site.loop_findings import tnf_loop, vegf_loop

__all__ = ["READ", "RUN", "marked_pages", "validation_sentence", "written_anew"]

ROOT = Path(__file__).resolve().parents[2]
_MARKED = re.compile(r"<!-- found: (?P<key>[\w.]+) -->.*?<!-- /found -->", re.DOTALL)


def validation_sentence(found: Validation) -> str:
    """How many published observations the core meets, of those it was fitted to and of the others."""
    (fit, of_fit), (met, predicted) = found.by_role["fit"], found.by_role["predict"]
    return (
        f"Of {of_fit} published observations that the core was fitted to, {fit} lie within their bracket; "
        f"of {predicted} that it was not fitted to, {met}."
    )


def verdicts() -> str:
    """How many claims have which verdict.

    Examples
    --------
    >>> verdicts().endswith("check of the records.")
    True
    """
    counts = Counter(found.verdict for found in recorded_verdicts().values())
    tested = counts["supported"] + counts["contradicted"] + counts["inconclusive"]
    return (
        f"Of {counts.total()} claims {tested} were put to the test: {counts['supported']} are supported, "
        f"{counts['inconclusive']} inconclusive, {counts['contradicted']} contradicted. "
        f"{counts['not_yet']} wait for a part that does not exist yet, "
        f"{counts['untestable']} are a check of the records."
    )


def verdicts_on_drugs() -> str:
    """The same of the claims on drugs that can be run, those that are doubtful in the text apart."""
    kept, said = recorded_verdicts(), []
    on_drugs = [claim for claim in knowledge().claims.values() if claim.module == "drugs"]
    for doubtful in (False, True):
        claims = [claim.id for claim in on_drugs if bool(claim.doubtful) is doubtful]
        ran = [key for key in claims if kept[key].verdict in ("supported", "contradicted", "inconclusive")]
        left = [key for key in ran if kept[key].verdict != "supported"]
        which = "doubtful" if doubtful else "not doubtful"
        rest = f" (not {', '.join(left)})" if left else ""
        said.append(f"of {len(ran)} that are {which} in the text, {len(ran) - len(left)} are supported{rest}")
    return "O" + "; ".join(said)[1:]


def assumed() -> str:
    """How many rows of the parameter tables of the cell nobody measured or fitted."""
    grades = Counter(row.grade for row in parameters())
    return f"{grades['assumed']:,} of {grades.total():,} rows"


def _shipped() -> list[str]:
    """Kinds of cell that come with the program; a user's own are no finding."""
    return [name for name in contexts() if context(name).origin == "shipped"]


def _count(things: Callable[[], object]) -> Callable[[], str]:
    return lambda: f"{len(list(things())):,}"  # type: ignore[call-overload]


def _line_of(page: str, pattern: str) -> Callable[[], str]:
    """What a page that is written by the program says, so that another can repeat it."""

    def found() -> str:
        line = re.search(pattern, (ROOT / "docs" / page).read_text(encoding="utf-8"))
        if line is None:
            raise ValueError(f"docs/{page} has no line like {pattern}")
        return line[1]

    return found


READ: Mapping[str, Callable[[], str]] = {
    "contexts": _count(_shipped),
    "states": _count(states),
    "parts": _count(part_names),
    "claims": _count(lambda: knowledge().claims),
    "sources": _count(lambda: knowledge().sources),
    "trials": _count(lambda: (ROOT / "examples/trials").glob("*.yaml")),
    "assumed": assumed,
    "verdicts": verdicts,
    "verdicts.drugs": verdicts_on_drugs,
    "growth": _line_of("growth.md", r"(\d+ of \d+ lie within their bracket)"),
    "progression": _line_of("fits/progression.md", r"- predict: (\d+ of \d+) agree"),
}
"""Findings that are read from tables and pages."""
RUN: Mapping[str, Callable[[], str]] = {
    "validation": lambda: validation_sentence(validate()),
    "loops.VEGF": vegf_loop,
    "loops.TNF": tnf_loop,
}
"""Findings for which the model has to run."""


def written_anew(text: str, found: Mapping[str, Callable[[], str]]) -> str:
    """The page with each finding between its marks; findings that are not asked for are kept.

    Examples
    --------
    >>> written_anew("<!-- found: a --> old <!-- /found -->.", {"a": lambda: "new"})
    '<!-- found: a -->new<!-- /found -->.'
    """

    def anew(mark: re.Match[str]) -> str:
        key = mark["key"]
        return f"<!-- found: {key} -->{found[key]()}<!-- /found -->" if key in found else mark[0]

    return _MARKED.sub(anew, text)


def marked_pages() -> list[Path]:
    """README and every page of docs/ that has a finding in it."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in pages if _MARKED.search(page.read_text(encoding="utf-8"))]


def main() -> None:
    """Write every finding again."""
    known = {key: cache(make) for key, make in {**READ, **RUN}.items()}
    for page in marked_pages():
        page.write_text(written_anew(page.read_text(encoding="utf-8"), known), encoding="utf-8")


if __name__ == "__main__":
    main()
