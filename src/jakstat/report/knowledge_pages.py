"""Pages of the documentation that are written from the records: one per module of claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from jakstat.biology import parameters, part_names, parts
from jakstat.evidence.recorded_verdicts import FILE, RecordedVerdict, read_verdicts, verdict_table
from jakstat.knowledge import knowledge
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.nearness import FACTORS, SPREADS
from jakstat.knowledge.parameter_table import RECORD_GRADES
from jakstat.store import write_text

__all__ = [
    "index_page",
    "knowledge_pages",
    "module_page",
    "write_knowledge_pages",
]

Verdicts = Mapping[str, RecordedVerdict]

_TITLES: Mapping[str, str] = {
    "clinical": "Patients and outcomes",
    "crosstalk": "Crosstalk with other pathways",
    "drugs": "Drugs",
    "feedback": "Brakes of the pathway",
    "jak_stat_core": "The core: from receptor to gene",
    "knowledge": "Names, genes and domains",
    "ligand_sources": "Where IL-6 comes from",
    "phenotypes": "What cells do in the end",
    "receptor": "IL-6 and its receptor",
    "stem": "Stem-like liver cancer cells",
    "targets": "Target genes of STAT3",
    "tme_immune": "Microenvironment and immunity",
    "virus": "Hepatitis viruses",
}


def _by_module() -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {name: [] for name in _TITLES}
    for claim in knowledge().claims.values():
        found[claim.module].append(claim)
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def module_page(module: str, verdicts: Verdicts | None = None) -> str:
    """The Markdown page of one module: its claims and the numbers of the model that rest on them.

    Parameters
    ----------
    module : str
    verdicts : mapping of claim id to (verdict, role), optional
        What the experiments said; see :mod:`jakstat.evidence.verdicts`.

    Examples
    --------
    >>> module_page("receptor").splitlines()[0]
    '# IL-6 and its receptor'
    """
    claims = _by_module()[module]
    doubtful = sum(bool(c.doubtful) for c in claims)
    scales = ", ".join(f"{n} of scale {s}" for s, n in sorted(Counter(c.scale for c in claims).items()))
    lines = [f"# {_TITLES[module]}", "", f"{len(claims)} claims: {scales}; {doubtful} doubtful.", ""]
    verdict_head = ["verdict"] if verdicts is not None else []
    head = ["id", "claim", "test", "expected", "scale", *verdict_head, "sources"]
    lines += ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for c in claims:
        cells = [c.id, c.statement, c.test, c.expected, c.scale]
        cells += [_said(verdicts.get(c.id))] if verdicts is not None else []
        lines.append("| " + " | ".join(_cell(x) for x in [*cells, ", ".join(c.source)]) + " |")
    for title, notes in (
        ("Doubtful", [f"{c.id}: {c.doubtful}" for c in claims if c.doubtful]),
        ("Corrected assignments", [f"{c.id}: {c.correction}" for c in claims if c.correction]),
    ):
        if notes:
            lines += ["", f"## {title}", "", *(f"- {note}" for note in notes)]
    lines += _model_section({c.id for c in claims})
    return "\n".join(lines) + "\n"


def _said(found: tuple[str, str] | None) -> str:
    return "" if found is None else " ".join(word for word in found if word).replace("_", " ")


def _model_section(claims: set[str]) -> list[str]:
    """Reactions that cite a claim of the module, with the constants in them."""
    rows = {row.id: row for row in parameters()}
    found: list[str] = []
    for part in parts(part_names()):
        laws = {line.partition(":")[0]: line for line in part.text.splitlines() if ";" in line}
        for reaction in part.reactions:
            cited = [key for key in reaction.evidence if key in claims]
            if cited:
                words = laws[reaction.id].replace("*", " ").replace("(", " ").replace(")", " ").split()
                used = [f"`{w.strip(';')}`" for w in dict.fromkeys(words) if w.strip(";") in rows]
                found.append(f"| `{reaction.id}` | {', '.join(cited)} | {', '.join(used)} |")
    if not found:
        return []
    return [
        "",
        "## In the model",
        "",
        "| reaction | claims | shared constants |",
        "| --- | --- | --- |",
        *found,
    ]


def index_page() -> str:
    """The Markdown page that leads to the modules and tells the rules of the records."""
    known = knowledge()
    grades = Counter(q.grade for q in known.quantities.values())
    lines = [
        "# What is known",
        "",
        f"{len(known.claims)} claims, {len(known.quantities)} numbers, {len(known.entities)} entities,",
        f"{len(known.therapies)} facts on drugs, {len(known.clinical_targets)} outcomes of patients,",
        f"{len(known.cytokines)} cytokines and {len(known.sources)} sources.",
        "",
        "| module | claims |",
        "| --- | --- |",
        *(f"| [{_TITLES[m]}]({m}.md) | {len(c)} |" for m, c in _by_module().items()),
        "",
        "Verdicts come from `jakstat evidence`: over 200 parameter vectors for cells, 64 for patients.",
        "",
        "## Grades and ranges",
        "",
        "Numbers: " + ", ".join(f"{n} {g}" for g, n in sorted(grades.items())) + ".",
        "A number without a published range is spread by its grade: "
        + ", ".join(f"{s:g}-fold when {g}" for g, s in SPREADS.items() if g in RECORD_GRADES)
        + "; a recalled range is widened twofold.",
        "A number is used near to where it was found, or its range is widened: "
        + ", ".join(f"{f:g}-fold for another {k}" for k, f in FACTORS.items())
        + "; the factors multiply.",
        "",
        "## Rejected",
        "",
        *(f"- {', '.join(r.names or r.link)}: {r.reason}" for r in known.rejected.values()),
    ]
    return "\n".join(lines) + "\n"


def knowledge_pages(verdicts: Verdicts | None = None) -> dict[str, str]:
    """File name and text of every page about the records."""
    return {f"{m}.md": module_page(m, verdicts) for m in _TITLES} | {"index.md": index_page()}


def write_knowledge_pages(folder: Path, table: str) -> None:
    """Write every page into ``folder``, replacing older ones.

    Parameters
    ----------
    folder : path
    table : str
        Of :func:`jakstat.evidence.recorded_verdicts.verdict_table`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in knowledge_pages(read_verdicts(table.encode())).items():
        write_text(folder / name, text, replace=True)


if __name__ == "__main__":  # pragma: no cover - `make docs`
    from jakstat.evidence.verdicts import claim_verdict
    from jakstat.population.claims.claim_verdicts import patient_claim_verdicts

    made = verdict_table(claim_verdict(), patient_claim_verdicts())
    write_text(Path("src", "jakstat", "evidence", "data", FILE), made, replace=True)
    write_knowledge_pages(Path("docs") / "knowledge", made)
