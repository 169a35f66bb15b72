"""`jakstat drugs`: what is recorded about each drug, and what it is in the model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jakstat.cli.output import print_json
from jakstat.cli.situation_options import Answer, framed

if TYPE_CHECKING:
    from jakstat.knowledge.parameter_table import Row
    from jakstat.knowledge.queries import AgentFacts
    from jakstat.pharmacology import Agent

__all__ = ["drugs"]


@framed(without=("plot",))
def drugs(
    answer: Answer,
    name: Annotated[str | None, typer.Argument(help="One drug, by any of its names.")] = None,
    add: Annotated[
        Path | None, typer.Option("--add", help="Make a drug of your own known: a YAML file.")
    ] = None,
    forget: Annotated[str | None, typer.Option(help="Take a drug of your own away, by its name.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the file of a drug of your own.")
    ] = False,
) -> None:
    """List drugs and regimens with their recorded facts, and the numbers with which they act in the model.

    JSON: {"count": n, "drugs": [{"id", "name", "kind", "synonyms", "usable", "library", "facts": [{"id",
    "property", "value", "low", "high", "unit", "schedule", "text", "context", "grade", "doubtful",
    "source"}], "claims": [ids]}], "notes": [text]}; ``usable`` is the name a protocol takes, or null, and
    ``library`` is what the model has, or null. With --forget: {"forgotten": name}.
    """
    if add is not None or forget is not None or schema:
        name = _own(add, forget, name, answer, schema=schema)
        if name is None:
            return
        answer = replace(answer, given=frozenset(), force=answer.targets.tabled and answer.force)
    from jakstat.biology.kept_drugs import added_drugs
    from jakstat.knowledge.queries import agents
    from jakstat.pharmacology import library_agents, misprint_note
    from jakstat.pharmacology.library import own_agent

    known = {a.id: a for a in library_agents()}
    chosen: list[tuple[AgentFacts | None, Agent | None]]
    chosen = [(a, known.get(a.entity.id)) for a in agents()] if name is None else _found(name)
    chosen += [(None, own_agent(d)) for d in added_drugs()] if name is None else []
    note = None if name is None else misprint_note(name)
    notes = [] if note is None else [note]
    entries = [_document(facts, agent) for facts, agent in chosen]

    def show() -> None:
        for line in notes:
            typer.echo(line)
        for facts, agent in chosen:
            _show(facts, agent, fully=name is not None)
        typer.echo(f"{len(chosen)} agent{'s' * (len(chosen) != 1)}")

    answer.listing(
        "drugs and regimens" if name is None else f"facts and numbers of {entries[0]['name']}",
        document={"count": len(entries), "drugs": entries, "notes": notes},
        rows=map(_in_short, entries) if name is None else [row for e in entries for row in _lines(e)],
        show=show,
    )


def _own(
    add: Path | None, forget: str | None, name: str | None, answer: Answer, *, schema: bool
) -> str | None:
    """What is asked of drugs of one's own; the name of the one to show."""
    from jakstat.errors import problem

    if sum(x is not None for x in (add, forget, name)) + schema > 1:
        hint = "ask for one thing at a time"
        raise problem("option.alone", "--add, --forget, --schema and a name are four questions", hint=hint)
    if schema:
        from jakstat.biology.drug_schema import drug_schema_text

        typer.echo(drug_schema_text(), nl=False)
        return None
    if add is not None:
        from jakstat.response.own_drugs import own_drug

        return own_drug(add, add=True, replace_added=answer.force).name
    from jakstat.biology.kept_drugs import forget_drug

    assert forget is not None
    forget_drug(forget)
    if answer.as_json:
        print_json({"forgotten": forget})
    else:
        typer.echo(f"{forget} is forgotten")
    return None


def _in_short(entry: dict[str, Any]) -> dict[str, Any]:
    """A drug in one row."""
    library = entry["library"] or {}
    own = {key: entry[key] for key in ("id", "name", "kind", "usable", "synonyms")}
    told = {key: library.get(key) for key in ("target", "mechanism", "grade")}
    return {**own, **told, "facts": len(entry["facts"])}


def _lines(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each fact and each number of the model."""
    library = entry["library"] or {"potency": [], "numbers": []}
    rows = [("fact", one) for one in entry["facts"]]
    rows += [(kind, one) for kind in ("potency", "numbers") for one in library[kind]]
    return [{"drug": entry["name"], "kind": kind, **one} for kind, one in rows]


def _found(name: str) -> list[tuple[AgentFacts | None, Agent | None]]:
    """The drug of the library that goes by a name, misprints included, or the agents of the records."""
    from jakstat.errors import InputError, problem
    from jakstat.knowledge.queries import agents, named
    from jakstat.pharmacology import agent, find_agent, library_agents

    facts = {a.entity.id: a for a in agents()}
    drug = find_agent(name)
    if drug is not None:
        return [(facts.get(drug.id), drug)]
    known = {a.id: a for a in library_agents()}
    try:
        wanted = {entity.id for entity in named(name)}
    except InputError:
        agent(name, field="NAME")  # the nearest of the drugs helps more than that of all records
        raise
    found: list[tuple[AgentFacts | None, Agent | None]] = [
        (facts[key], known.get(key)) for key in facts if key in wanted
    ]
    if not found:
        raise problem("drug.facts", f"no facts are recorded about {name[:60]!r}", field="NAME")
    return found


def _rows(agent: Agent) -> tuple[list[Row], list[Row]]:
    """The numbers that say how strongly a drug acts, and the others that bear its name."""
    rows = {row.id: row for row in agent.numbers}
    mine = [row for key, row in rows.items() if f"_{agent.model_symbol}_" in f"{key}_"]
    potency = [rows[key] for key in agent.potency]
    return potency, [row for row in mine if row.id not in agent.potency]


def _document(facts: AgentFacts | None, agent: Agent | None) -> dict[str, Any]:
    entity = None if facts is None else facts.entity
    shown = agent if entity is None else entity
    assert shown is not None
    return {
        "id": shown.id,
        "name": shown.name,
        "kind": shown.kind,
        "synonyms": list(agent.aliases if agent and entity is None else entity.synonyms if entity else ()),
        "usable": None if agent is None else agent.name,
        "library": None if agent is None else _library(agent),
        "facts": [f.model_dump(mode="json", exclude={"agent"}) for f in (facts.facts if facts else ())],
        "claims": list(facts.claims) if facts else [],
    }


def _library(agent: Agent) -> dict[str, Any]:
    """What the model has of a drug."""
    keys = ("id", "value", "unit", "low", "high", "grade", "source", "note")
    potency, others = ([{key: getattr(row, key) for key in keys} for row in rows] for rows in _rows(agent))
    return {
        "group": agent.group or None,
        "structure": agent.structure or None,
        "target": agent.target,
        "mechanism": agent.mechanism,
        "species": list(agent.species),
        "grade": agent.grade,
        "potency": potency,
        "numbers": others,
        "aliases": list(agent.aliases),
        "misprints": list(agent.misprints),
        "source": list(agent.sources),
        "note": agent.note,
    }


def _show(facts: AgentFacts | None, agent: Agent | None, *, fully: bool) -> None:
    key, title = (
        (facts.entity.id, facts.entity.name) if facts else (agent.id, agent.name) if agent else ("", "")
    )
    count = len(facts.facts) if facts else 0
    assumed = agent is not None and agent.kind == "drug" and agent.grade == "assumed"
    own = None if agent is None else agent.own
    numbers = ", its numbers are assumed" if assumed else ", a drug of your own" if own is not None else ""
    mark = "not in the model yet" if agent is None else f"usable in protocols as {agent.name}{numbers}"
    typer.echo(f"{key:<22}{title}: {count} facts; {mark}")
    if not fully:
        return
    if agent is not None:
        _show_model(agent)
    for fact in facts.facts if facts else ():
        said = fact.text or f"{fact.value:g} {fact.unit} {fact.schedule}".rstrip()
        typer.echo(f"  {fact.id} {fact.property}: {said} ({fact.grade}; {', '.join(fact.source)})")


def _show_model(agent: Agent) -> None:
    """The lines about what a drug is in the model."""
    from jakstat.cli.tables import number

    if agent.group:
        target = agent.target.replace(";", ", ")
        typer.echo(f"  {agent.structure} on {target} (group {agent.group}); {agent.mechanism}")
    else:
        typer.echo(f"  {agent.mechanism}")
    if agent.note:
        typer.echo(f"  {agent.note}")
    typer.echo(f"  acts on targets of: {', '.join(agent.species)}")
    potency, others = _rows(agent)
    for row in (*potency, *others):
        said = f"{number(row.value)} {row.unit}".replace(" dimensionless", "")
        note = f": {row.note}" if row.note else ""
        typer.echo(f"  {row.id} = {said} ({row.grade}; {row.source}){note}")
    for wrong in agent.misprints:
        typer.echo(f"  printed wrongly as {wrong}")
