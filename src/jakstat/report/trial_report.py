"""The report of a trial: one HTML file that needs nothing else, for screens light and dark, and for paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from jakstat.extras import needs
from jakstat.identity import VERSION
from jakstat.report.credibility_words import credibility_section
from jakstat.report.page_blocks import PageSection
from jakstat.report.page_figure import PAINTS
from jakstat.report.trial_design_sections import flow_section, population_section, question_section
from jakstat.report.trial_ground_sections import evidence_section, manifest_section, method_section
from jakstat.report.trial_map import pathway_section
from jakstat.report.trial_response_sections import (
    biomarker_section,
    response_section,
    toxicity_section,
)
from jakstat.report.trial_result_sections import glance, ratio_section, strata_section, survival_section
from jakstat.store import NOTICE

with needs("trial"):
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

__all__ = ["trial_report", "trial_sections"]

Document = Mapping[str, Any]

_SECTIONS: tuple[Callable[[Document], PageSection | None], ...] = (
    question_section,
    flow_section,
    population_section,
    survival_section,
    ratio_section,
    strata_section,
    response_section,
    toxicity_section,
    biomarker_section,
    pathway_section,
    evidence_section,
    credibility_section,
    method_section,
    manifest_section,
)


def trial_report(document: Document) -> str:
    """The HTML of a trial's report.

    Parameters
    ----------
    document : mapping
        ``trial.json``. Parts that it lacks are named as lacking.

    Returns
    -------
    str
        UTF-8 HTML 5 without script, style sheet, font or picture from elsewhere; the same document gives the
        same text.

    Examples
    --------
    >>> page = trial_report({"question": {"name": "a <b> trial"}})
    >>> page.startswith("<!DOCTYPE html>"), "a &lt;b&gt; trial" in page, "<script" in page
    (True, True, False)
    """
    shown = plain_document(document)
    pages = Environment(
        loader=DictLoader({name: _template(name) for name in ("trial_report.html", "trial_report.css")}),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    style = pages.get_template("trial_report.css").render(paints=PAINTS)
    question = shown.get("question") or {}
    return pages.get_template("trial_report.html").render(
        title=str(question.get("name") or "A trial"),
        lead=glance(shown),
        notice=NOTICE,
        version=VERSION,
        key=str((shown.get("manifest") or {}).get("key") or ""),
        sections=trial_sections(shown),
        style=Markup(style),
    )


def trial_sections(document: Document) -> list[PageSection]:
    """The sections in their order; a section that does not apply is left out."""
    made = (section(document) for section in _SECTIONS)
    return [section for section in made if section is not None]


def plain_document(value: Any) -> Any:
    """The same with texts that any page can bear, and without numbers that are none.

    Examples
    --------
    >>> plain_document({"a": ["b\\x00", float("nan"), 1]})
    {'a': ['b�', None, 1]}
    """
    if isinstance(value, str):
        return "".join(c if _bearable(c) else "\ufffd" for c in value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {plain_document(k): plain_document(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_document(v) for v in value]
    return value


def _bearable(letter: str) -> bool:
    """No control, no half of a pair, nothing that turns the direction of the text around it."""
    code = ord(letter)
    turning = 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    control = (code < 32 and letter not in "\t\n") or 0x7F <= code < 0xA0
    return not (turning or control or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF))


def _template(name: str) -> str:
    return files("jakstat.report").joinpath("templates", name).read_text(encoding="utf-8")
