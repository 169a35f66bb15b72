"""What a trial's result rests on: evidence behind the drugs, methods with citations, and the manifest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jakstat.biology.body_drugs import tumour_drug_rows
from jakstat.knowledge import Source, knowledge
from jakstat.knowledge.parameter_table import GRADES, Row
from jakstat.knowledge.record_set import Knowledge
from jakstat.pharmacology.body_drugs import body_drug
from jakstat.pharmacology.pk_library import pk_models
from jakstat.population.margins import population_names, population_rows
from jakstat.population.outcome_numbers import outcome_rows
from jakstat.report.page_blocks import (
    Block,
    Cell,
    PageFacts,
    PageLink,
    PageParagraph,
    PageSection,
    PageTable,
    in_words,
    interval_told,
)

__all__ = ["evidence_section", "manifest_section", "method_section", "source_link"]

Document = Mapping[str, Any]

_METHODS: tuple[tuple[str, str, str], ...] = (
    ("Survival curves", "Kaplan and Meier 1958", "10.1080/01621459.1958.10501452"),
    ("Hazard ratios", "Cox 1972", "10.1111/j.2517-6161.1972.tb00899.x"),
    ("Events at one time", "Efron 1977", "10.1080/01621459.1977.10480613"),
    ("Ratios that differ between groups", "Cochran's Q", "10.2307/3001666"),
    ("Program for both and for the log-rank test", "lifelines, Davidson-Pilon 2019", "10.21105/joss.01317"),
    ("Shares and their intervals", "Clopper and Pearson 1934", "10.1093/biomet/26.4.404"),
    ("Response", "RECIST 1.1, Eisenhauer 2009", "10.1016/j.ejca.2008.10.026"),
    ("Integration of the model", "Rodas5P, Steinebach 2023", "10.1007/s10543-023-00967-x"),
    ("Pathway map", "SBGN Process Description, Rougny 2019", "10.1515/jib-2019-0022"),
    ("The model as a document", "SBML Level 3 Version 2, Hucka 2018", "10.1515/jib-2017-0081"),
)


def source_link(source: Source | None, key: str) -> Cell:
    """A source by its key, leading to its DOI or PubMed entry where it has one.

    Examples
    --------
    >>> source_link(None, "nobody2001")
    'nobody2001'
    >>> from jakstat.knowledge import sources
    >>> source_link(sources()["rodas5p"], "rodas5p").address.startswith("https://doi.org/10.")
    True
    """
    if source is None:
        return key
    if source.doi:
        return PageLink(key, f"https://doi.org/{source.doi}")
    if source.pmid:
        return PageLink(key, f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/")
    return key


def evidence_section(document: Document) -> PageSection:
    """Claims about each drug of the trial, what was published of it, and the grades of its numbers."""
    given = document.get("evidence") or {}
    drugs = list(dict.fromkeys([*((document.get("question") or {}).get("drugs") or []), *given]))
    known = knowledge()
    blocks: list[Block] = [
        PageParagraph(
            "A number is measured, fitted or assumed. Claims are sentences of the literature in our words, "
            "each with an experiment that tests it on the model: jakstat evidence runs it. Agreement with "
            "a claim that the model has built in shows nothing new."
        )
    ]
    if not drugs:
        blocks = [PageParagraph("No arm gives a drug.", "note")]
    for drug in drugs:
        blocks += _of_drug(str(drug), given.get(drug) or {}, known)
    return PageSection("evidence", "Evidence behind the drugs", tuple(blocks))


def _of_drug(drug: str, given: Document, known: Knowledge) -> list[Block]:
    rows = _numbers(drug)
    grades = Counter(row.grade for row in rows)
    counts = {g: grades[g] for g in GRADES if grades[g]} if rows else given.get("grades") or {}
    entity = known.entities.get(drug)
    name = str(given.get("name") or (entity.name if entity is not None else drug))
    told_grades = ", ".join(f"{in_words(n)} {g}" for g, n in counts.items()) or "none"
    words = f"Its numbers in the model: {told_grades}."
    blocks: list[Block] = [PageParagraph(name, "heading"), PageParagraph(words)]
    claims = _claims(drug, given, known)
    if claims:
        head = ("claim", "what it says", "its test must show", "source")
        blocks.append(PageTable(head, claims, f"Claims that name {name}"))
    else:
        blocks.append(PageParagraph(f"No recorded claim names {name}.", "note"))
    outcomes = tuple(
        (
            f"{p.trial}: {p.endpoint}",
            in_words(p.value, 4, p.unit),
            interval_told(p.low, p.high, 4),
            p.context or "–",
            source_link(known.sources.get(p.source[0]), p.source[0]),
        )
        for p in known.clinical_targets.values()
        if p.arm == drug
    )
    if outcomes:
        columns = ("trial", "published", "interval", "context", "source")
        words = f"Published outcomes of {name}, as recorded"
        blocks.append(PageTable(columns, outcomes, words, words))
    if rows:
        shown = tuple(_number_row(row, known) for row in rows)
        columns = ("number", "value", "range", "grade", "source")
        words = f"Numbers of {name} in the model"
        blocks.append(PageTable(columns, shown, words, words))
    return blocks


def _numbers(drug: str) -> list[Row]:
    """What the model of a body and of the tumour has of a drug; none for what it does not know."""
    if drug not in {model.id for model in pk_models()}:
        return []
    return [*body_drug(drug).rows, *(r for r in tumour_drug_rows() if f"_{drug}_" in f"{r.id}_")]


def _number_row(row: Row, known: Knowledge) -> tuple[Cell, ...]:
    link = source_link(known.sources.get(row.source), row.source)
    return (row.id, in_words(row.value, 4, row.unit), interval_told(row.low, row.high, 4), row.grade, link)


def _claims(drug: str, given: Document, known: Knowledge) -> tuple[tuple[Cell, ...], ...]:
    """What the document has of them, filled up from the records."""
    found = [c for c in given.get("claims") or [] if isinstance(c, Mapping)]
    if not found:
        records = [c for c in known.claims.values() if drug in (c.subject, c.object)]
        found = [{"id": c.id} for c in records]
    rows = []
    for claim in found:
        record = known.claims.get(str(claim.get("id")))
        words = str(claim.get("statement") or (record.statement if record is not None else "–"))
        doubt = claim.get("doubtful") or (record.doubtful if record is not None else "")
        words += f" (doubtful: {doubt})" if doubt else ""
        keys = claim.get("sources") or claim.get("source") or (record.source if record is not None else ())
        keys = [keys] if isinstance(keys, str) else list(keys)
        link = source_link(known.sources.get(keys[0]), keys[0]) if keys else "–"
        shows = str(claim.get("expected") or (record.expected if record is not None else "–"))
        shows += f"; the model: {_verdict_told(claim)}" if claim.get("verdict") else ""
        rows.append((str(claim.get("id")), words, shows.replace("_", " "), link))
    return tuple(rows)


_VERDICT_WORDS = {"not_yet": "not yet put to it", "untestable": "no experiment tells"}
_ROLE_WORDS = {"encoded": "built in", "emergent": "not built in"}


def _verdict_told(claim: Document) -> str:
    """A verdict with what it is worth: what the model has built in, it agrees with."""
    verdict, role = str(claim["verdict"]), str(claim.get("role") or "")
    words = _VERDICT_WORDS.get(verdict, verdict)
    return f"{words} ({_ROLE_WORDS.get(role, role)})" if role else words


def method_section(document: Document) -> PageSection:
    """Methods with their DOIs, and every source that the result rests on."""
    rows = [(what, by, PageLink(doi, f"https://doi.org/{doi}")) for what, by, doi in _METHODS]
    blocks: list[Block] = [
        PageParagraph(
            "Virtual patients are drawn from the margins and correlations of the population; each is one "
            "lane of one SBML document in which the three cells, the tumour, its surroundings, the liver "
            "and every drug are coupled. Visits read the sum of diameters with noise and are judged by "
            "RECIST 1.1; new lesions, deaths, dropout, toxicity and randomisation are drawn by streams "
            "that belong to the patient and to what is decided, so a patient has the same draws in every "
            "arm."
        ),
        PageTable(("what", "method", "DOI"), tuple(rows), "Methods"),
    ]
    cited = _cited([*(_manifest(document).get("sources") or []), *_rests_on(document)])
    if cited:
        words = f"The {len(cited)} sources that the numbers of this run rest on"
        blocks.append(PageTable(("key", "title", "year", "link"), cited, words, words))
    return PageSection("methods", "Methods and citations", tuple(blocks))


def _manifest(document: Document) -> Document:
    """What made the run; the record of a run has it inside."""
    found: Document = document.get("manifest") or {}
    return found.get("manifest") or found


def _rests_on(document: Document) -> Iterator[str]:
    """Sources of the population, of what becomes of patients, and of the drugs."""
    question: Document = document.get("question") or {}
    if question.get("population") in population_names():
        yield from (row.source for row in population_rows(question["population"]).values())
    if question:
        yield from (row.source for row in outcome_rows().values())
    for drug in question.get("drugs") or []:
        yield from (row.source for row in _numbers(str(drug)))


def _cited(keys: Iterable[Any]) -> tuple[tuple[Cell, ...], ...]:
    known = knowledge()
    rows = []
    for key in dict.fromkeys(s for k in keys for s in known.sources_of(str(k)) or (str(k),)):
        source = known.sources.get(key)
        link = source_link(source, key)
        address = PageLink(link.address, link.address) if isinstance(link, PageLink) else "–"
        title, year = ("–", None) if source is None else (source.title, source.year)
        rows.append((key, title, "–" if year is None else str(year), address))
    return tuple(rows)


def manifest_section(document: Document) -> PageSection:
    """What made the run: enough to make it again."""
    manifest = _manifest(document)
    if not manifest:
        return PageSection("manifest", "Manifest", (PageParagraph("The run has no manifest.", "note"),))
    libraries = manifest.get("libraries") or {}
    pairs = (
        ("Kind", in_words(manifest.get("kind"))),
        ("jakstat", in_words(manifest.get("version"))),
        ("Key", in_words(manifest.get("key"))),
        ("Libraries", ", ".join(f"{k} {v}" for k, v in libraries.items()) or "–"),
    )
    text = json.dumps(manifest.get("inputs") or {}, indent=2, ensure_ascii=False, sort_keys=True)
    rows = tuple((line,) for line in text.splitlines())
    words = "Everything that decided the numbers"
    blocks: list[Block] = [
        PageFacts(pairs),
        PageParagraph("The same manifest and seed give the same bits for any number of workers."),
        PageTable(("inputs",), rows, "", words),
    ]
    return PageSection("manifest", "Manifest", tuple(blocks))
