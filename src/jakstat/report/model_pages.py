"""Pages of the documentation that are written from the model parts themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from jakstat.biology import (
    Context,
    Part,
    context,
    parameters,
    part,
    part_names,
    parts,
    shipped_contexts,
    state,
    states,
)
from jakstat.biology.parts import templates
from jakstat.knowledge.parameter_table import GRADES, Row
from jakstat.store import write_text

__all__ = ["context_page", "model_pages", "part_page", "state_page", "template_page", "write_model_pages"]

_NAME = re.compile(r"[A-Za-z_]\w*")
_REACTION = re.compile(r"^(?P<id>\w+): (?P<scheme>[^;]*); (?P<rate>[^;]*);", re.MULTILINE)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "| " + " | ".join("---" for _ in names) + " |"]
    return lines + ["| " + " | ".join(cells) + " |" for cells in rows]


def _parameter_rows(rows: Iterable[Row]) -> list[list[str]]:
    return [
        [f"`{r.id}`", f"{r.value:.4g}", r.unit, f"{r.low:.4g} to {r.high:.4g}", r.grade, r.source, r.note]
        for r in rows
    ]


_PARAMETER_HEAD = ("id", "value", "unit", "range", "grade", "source", "note")


def part_page(part: Part) -> str:
    """The Markdown page of one part: prose, limits, species, reactions, constants.

    Examples
    --------
    >>> from jakstat.biology import part
    >>> part_page(part("stat3")).splitlines()[0]
    '# STAT3 from docking to the nucleus and back'
    """
    formulas = [part.text, *(p.base for p in part.ports), *(formula for _, formula in part.gives)]
    used = {word for formula in formulas for word in _NAME.findall(formula)}
    lines = [f"# {part.title}", "", part.summary, ""]
    if part.requires:
        lines += [f"Comes with: {', '.join(part.requires)}.", ""]
    lines += ["## Limits", ""]
    lines += [f"- {limit}" for limit in part.limits]
    lines += ["", "## Species", ""]
    species = (
        [f"`{s.id}`", s.name, _identifiers(s.uniprot, s.chebi), ", ".join(s.evidence)] for s in part.species
    )
    lines += _table(("id", "what it is", "identifiers", "rests on"), species)
    lines += ["", "## Reactions", ""]
    evidence = {r.id: ", ".join(r.evidence) for r in part.reactions}
    found = (
        [f"`{m['id']}`", f"`{m['scheme'].strip()}`", f"`{m['rate'].strip()}`", evidence[m["id"]]]
        for m in _REACTION.finditer(part.text)
    )
    scale = "tumour" if part.name in part_names(scale="tumour") else "cell"
    rate = "rate (zmol/h)" if scale == "cell" else "rate (amount/h)"
    lines += _table(("id", "scheme", rate, "rests on"), found)
    if part.ports:
        head = ("symbol", "what it is", "starts from", "others are joined by")
        joined = ([f"`{p.name}`", p.means, f"`{p.base}`", p.combine] for p in part.ports)
        lines += ["", "## Ports", "", *_table(head, joined)]
    if part.gives:
        given = ([f"`{port}`", f"`{formula}`"] for port, formula in part.gives)
        lines += ["", "## Gives", "", *_table(("port", "formula"), given)]
    lines += ["", "## Constants", ""]
    lines += _table(_PARAMETER_HEAD, _parameter_rows(r for r in parameters(scale) if r.id in used))
    return "\n".join(lines) + "\n"


def template_page(name: str) -> str:
    """The Markdown page of a template: the pattern, every instance of it, and their constants.

    Examples
    --------
    >>> template_page("gene").splitlines()[0]
    '# gene: one pattern, many instances'
    """
    pieces = [part(f"{name}_{instance}") for instance in templates()[name]]
    first, slot = pieces[0], "%id%"
    lines = [f"# {name}: one pattern, many instances", "", first.summary.replace(first.instance, slot), ""]
    lines += [f"`{slot}` stands for the instance; the part is called `{name}_{slot}`.", "", "## Limits", ""]
    lines += [f"- {limit.replace(first.instance, slot)}" for limit in first.limits]
    lines += ["", "## Instances", ""]
    rows = (
        [
            f"`{p.instance}`",
            p.title,
            ", ".join(f"`{s.id}`" for s in p.species),
            ", ".join(dict.fromkeys(key for entry in (*p.species, *p.reactions) for key in entry.evidence)),
        ]
        for p in pieces
    )
    lines += _table(("instance", "what it is", "species", "rests on"), rows)
    lines += ["", "## The pattern, for its first instance", "", "```", first.text, "```", ""]
    texts = (text for p in pieces for text in (p.text, *(f for _, f in p.gives), *(q.base for q in p.ports)))
    used = {word for text in texts for word in _NAME.findall(text)}
    lines += ["## Constants", ""]
    lines += _table(_PARAMETER_HEAD, _parameter_rows(r for r in parameters() if r.id in used))
    return "\n".join(lines) + "\n"


def _identifiers(uniprot: Mapping[str, tuple[str, ...]], chebi: str) -> str:
    named = [f"{organism} {' '.join(codes)}" for organism, codes in uniprot.items()]
    return "; ".join([*named, *([chebi] if chebi else [])])


def context_page() -> str:
    """The Markdown page that lists what makes each context the cell it is.

    Examples
    --------
    >>> context_page().splitlines()[0]
    '# Contexts'
    """
    shared = {row.id for row in parameters()}
    lines = [
        "# Contexts",
        "",
        "A context gives abundances, sizes and activities. Where it replaces a constant",
        "that the other cells share, the row is marked and its note says why.",
        "What happened to a cell is told by [states](states.md).",
        "",
    ]
    for name in shipped_contexts():
        chosen = context(name)
        lines += [f"## {name}", "", f"{chosen.title} ({chosen.species}, {chosen.kind}; {chosen.cell}).", ""]
        lines += _grounds(chosen)
        marked = [
            [c[0] + (" (own)" if r.id in shared else ""), *c[1:]]
            for c, r in zip(_parameter_rows(chosen.own), chosen.own, strict=True)
        ]
        lines += [*_table(_PARAMETER_HEAD, marked), ""]
    return "\n".join(lines)


def _grounds(chosen: Context) -> list[str]:
    """What a context rests on: sources, how many of its numbers are of which grade, what it takes over."""
    count = Counter(row.grade for row in chosen.own)
    grades = ", ".join(f"{count[grade]} {grade}" for grade in GRADES if count[grade])
    lines = [f"Rests on {', '.join(chosen.sources)}; {len(chosen.own)} numbers of its own: {grades}.", ""]
    if chosen.requires:
        lines += [f"Comes with the parts: {', '.join(chosen.requires)}.", ""]
    if chosen.like:
        taken = ", ".join(f"`{name}`" for name in sorted(chosen.taken))
        lines += [
            f"Like {chosen.like}, from which it takes over, as assumed and in a wider range: {taken}.",
            "",
            f"Every value is that of {chosen.like} but {', '.join(f'`{name}`' for name in chosen.differs)}.",
            "",
        ]
    return lines


def state_page() -> str:
    """The Markdown page of the states that a cell may be put in.

    Examples
    --------
    >>> state_page().splitlines()[0]
    '# States'
    """
    lines = [
        "# States",
        "",
        "A state changes numbers of a cell: `times` multiplies, `add` adds, `set` replaces. It is written",
        "behind the cell, as in `hepg2+HBV`; any combine, in any order. Two that change the same number in",
        "a way in which the order matters are refused.",
        "",
    ]
    for name in states():
        chosen = state(name)
        rests = f"Rests on {', '.join((*chosen.sources, *chosen.records))}; befalls {chosen.cells}."
        lines += [f"## {name}", "", f"{chosen.title}.", "", rests, ""]
        if chosen.requires:
            lines += [f"Comes with the parts: {', '.join(chosen.requires)}.", ""]
        cells = [
            [c[0], r.key[1], *c[1:]] for c, r in zip(_parameter_rows(chosen.rows), chosen.rows, strict=True)
        ]
        lines += [*_table(("id", "acts", *_PARAMETER_HEAD[1:]), cells), ""]
    return "\n".join(lines)


def model_pages() -> dict[str, str]:
    """File name and text of every page about the model."""
    tumour = (part(name) for name in part_names(scale="tumour"))
    found = {f"{p.name}.md": part_page(p) for p in (*parts(), *tumour)}
    found |= {f"{name}.md": template_page(name) for name in templates()}
    return found | {"contexts.md": context_page(), "states.md": state_page()}


def write_model_pages(folder: Path) -> None:
    """Write every page about the model into ``folder``, replacing older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in model_pages().items():
        write_text(folder / name, text, replace=True)


if __name__ == "__main__":  # pragma: no cover - `make docs`
    write_model_pages(Path("docs") / "model")
