"""The library of drugs and treatments, read from two tables of this room.

``drugs.csv`` says what each agent is called and what it becomes in the model;
``parameters.csv`` holds every number, in the house schema (id, value, unit, low,
high, grade, source, note), as ``<agent id>.<property>``. A user's own drug is found by its name with the
key of its content (``my_drug#3f2a91c0``), or by its bare name once it was added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, cast

from jakstat.biology import GivenName, loosened, parameters
from jakstat.biology.kept_drugs import added_drug, added_drugs, kept_drug
from jakstat.biology.own_drugs import OwnDrug
from jakstat.biology.selection import defined_in
from jakstat.errors import InputError, Problem
from jakstat.knowledge.parameter_table import USER, Grade, Row, read_table, weakest
from jakstat.pharmacology.nearest import nearest_names, unknown
from jakstat.tables import read_cells

__all__ = [
    "Agent",
    "agent",
    "drug_names",
    "find_agent",
    "library_agents",
    "misprint_note",
    "own_agent",
    "spoken_name",
]

Kind = Literal["drug", "switch"]


@dataclass(frozen=True, slots=True)
class Agent:
    """A drug or treatment.

    Parameters
    ----------
    id, name : str
        Stable key, and the spelling that users see.
    aliases : tuple of str
        Other names under which it is accepted (case is ignored).
    misprints : tuple of str
        Wrong names of the literature; accepted with a note (:func:`misprint_note`).
    kind : {"drug", "switch"}
        A ``drug`` is a medium species given as a concentration; a ``switch`` is a
        model parameter that is 0 (off) or 1 (on).
    group, structure : str
        What it acts on in a word (``JAK``, ``STAT3 SH2``, ``IL-6R``), and what kind of molecule it is.
    target, mechanism : str
        What it binds, and what that does.
    model_symbol : str
        The species or parameter that it becomes in the model.
    potency : tuple of str
        Ids of the model's parameters that say how strongly it acts.
    binds : str
        ``cells``, or the ligand that it binds: then the ligand's species counts and not that of the cells.
    species : tuple of str
        Species whose target it knows.
    sources : tuple of str
        Keys of the records that it rests on.
    properties : mapping of str to Row
        Numbers with units, e.g. ``molar_mass`` in g/mol.
    own : OwnDrug or None
        The user's own drug that it is.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    misprints: tuple[str, ...]
    kind: Kind
    group: str
    structure: str
    target: str
    mechanism: str
    model_symbol: str
    potency: tuple[str, ...]
    binds: str
    species: tuple[str, ...]
    chebi: str
    sources: tuple[str, ...]
    note: str
    properties: Mapping[str, Row]
    own: OwnDrug | None = None

    @property
    def molar_mass(self) -> float | None:
        """Molar mass in g/mol, or None when it is not known."""
        found = self.properties.get("molar_mass")
        return None if found is None else found.value

    @property
    def grade(self) -> Grade:
        """The weakest grade of the numbers that say how strongly it acts; ``assumed`` when there is none."""
        rows = {row.id: row.grade for row in self.numbers}
        return weakest(rows[p] for p in self.potency)

    @property
    def numbers(self) -> tuple[Row, ...]:
        """The rows among which those are that say how strongly it acts: of the tables, or the user's."""
        return parameters() if self.own is None else (*parameters(), *self.own.rows())

    @property
    def cell_part(self) -> str:
        """The part of a cell that it is; empty for one that no part defines."""
        return defined_in().get(self.model_symbol, "") if self.own is None else self.own.part

    @property
    def fraction_unbound_medium(self) -> float:
        """Unbound share of the drug in culture medium (0 to 1); 1 when not known."""
        found = self.properties.get("fraction_unbound_medium")
        return 1.0 if found is None else found.value


def _text(filename: str) -> str:
    return files("jakstat.pharmacology").joinpath(filename).read_text(encoding="utf-8")


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split(";") if word)


def _properties(agent_id: str, rows: Sequence[Row]) -> Mapping[str, Row]:
    mine = {row.id.split(".")[1]: row for row in rows if row.id.split(".")[0] == agent_id}
    return MappingProxyType(mine)


@lru_cache(maxsize=1)
def library_agents() -> tuple[Agent, ...]:
    """Every drug and treatment of the library, in table order.

    Examples
    --------
    >>> [a.name for a in library_agents()][:3]
    ['ruxolitinib', 'tofacitinib', 'momelotinib']
    """
    numbers = read_table(_text("parameters.csv"), file="pharmacology/parameters.csv")
    drugs = read_cells(
        _text("drugs.csv").encode(), file="pharmacology/drugs.csv", columns=("id",), others=True
    )
    return tuple(
        Agent(
            id=row["id"],
            name=row["name"],
            aliases=_words(row["aliases"]),
            misprints=_words(row["misprints"]),
            kind=cast("Kind", row["kind"]),
            group=row["group"],
            structure=row["structure"],
            target=row["target"],
            mechanism=row["mechanism"],
            model_symbol=row["model_symbol"],
            potency=_words(row["potency"]),
            binds=row["binds"],
            species=_words(row["species"]),
            chebi=row["chebi"],
            sources=tuple(row["source"].split(";")),
            note=row["note"],
            properties=_properties(row["id"], numbers),
        )
        for row in (line.cells for line in drugs.sound().lines)
    )


def drug_names() -> tuple[str, ...]:
    """The names that users see, without aliases."""
    return tuple(a.name for a in library_agents())


def agent(name: str, *, field: str | None = None) -> Agent:
    """The agent called ``name`` (id, name or alias; case is ignored).

    Raises
    ------
    InputError
        When there is none; the message names the nearest ones.

    Examples
    --------
    >>> agent("Jakafi").name, agent("Jakafi").molar_mass
    ('ruxolitinib', 306.4)
    """
    found = find_agent(name)
    if found is not None:
        return found
    raise InputError([_no_drug(name.strip(), field)])


def _no_drug(name: str, field: str | None) -> Problem:
    """What to say of a drug that is none: the nearest by any of its names."""
    names = (*drug_names(), *(drug.name for drug in added_drugs()))
    told = unknown("drug", name, names, field=field)
    if "#" in name:
        return replace(told, hint="read its file again: --drug-file, or jakstat drugs --add")
    if nearest_names(name, names):
        return told
    words = {word: one.name for one in library_agents() for word in one.aliases}
    near = {words[word]: word for word in reversed(nearest_names(name, words))}
    if not near:
        return told
    said = [f"{word!r} ({drug})" for drug, word in reversed(near.items())]
    rest = " --drug list shows all" if field == "--drug" else ""
    return replace(told, hint=f"did you mean {' or '.join(said)}?{rest}")


def find_agent(name: str) -> Agent | None:
    """The agent called ``name`` (case, blanks and hyphens do not count), or None when there is none.

    Examples
    --------
    >>> find_agent("water") is None, find_agent("INCB-018424").name
    (True, 'ruxolitinib')
    """
    if (found := _agents_by_word().get(loosened(name))) is not None:
        return found
    own = kept_drug(name) or added_drug(name)
    return None if own is None else own_agent(own)


def own_agent(drug: OwnDrug) -> Agent:
    """A drug of the user's own as the library has its drugs.

    Examples
    --------
    >>> from jakstat.biology.own_drugs import OwnPotency
    >>> mine = OwnDrug("mine", "SH2_blocker", (OwnPotency("STAT3", "Kd", 500.0, "binding"),), "0" * 64)
    >>> own_agent(mine).model_symbol, own_agent(mine).grade
    ('own_mine', 'user')
    """
    acts, jak = drug.acts, drug.acts.template == "jak_inhibitor"
    given = {
        "molar_mass": (drug.molar_mass, "g/mol"),
        "fraction_unbound_medium": (drug.unbound, "dimensionless"),
    }
    properties = {
        key: Row(key, value, unit, value, value, USER, USER, "")
        for key, (value, unit) in given.items()
        if value
    }
    if drug.unbound is None:
        note = "potencies in medium are nominal concentrations; nothing is counted as bound there"
        properties["fraction_unbound_medium"] = Row(
            "fraction_unbound_medium", 1.0, "dimensionless", 1.0, 1.0, "assumed", "recalled", note
        )
    return Agent(
        id=drug.id,
        name=drug.ref,
        aliases=(),
        misprints=(),
        kind="drug",
        group=acts.group,
        structure=acts.structure,
        target=";".join(drug.targets),
        mechanism=acts.about,
        model_symbol=drug.symbol,
        potency=(*drug.constants(), *(["potency_shift"] if jak else [])),
        binds=drug.targets[0] if acts.template == "ligand_antibody" else "cells",
        species=drug.species,
        chebi="",
        sources=(USER,),
        note=drug.note,
        properties=MappingProxyType(properties),
        own=drug,
    )


@lru_cache(maxsize=1)
def _agents_by_word() -> Mapping[str, Agent]:
    """Every agent by each of its names, without what does not tell names apart."""
    return {
        loosened(word): one
        for one in library_agents()
        for word in (one.id, one.name, *one.aliases, *one.misprints)
    }


def spoken_name(drug: Agent, given: str) -> str:
    """A drug's name, with the words in which it was given.

    Examples
    --------
    >>> name = spoken_name(agent("Jakafi"), "Jakafi")
    >>> name, name.given, spoken_name(agent("ruxolitinib"), "ruxolitinib")
    ('ruxolitinib', 'Jakafi', 'ruxolitinib')
    """
    said = [] if given == drug.name or drug.own is not None else [str(given)]
    said += [given.given] if isinstance(given, GivenName) else []
    return GivenName(drug.name, "; ".join(said)) if said else drug.name


def misprint_note(name: str) -> str | None:
    """What to tell a user who gave a wrong name that the literature uses; None for a right one.

    Examples
    --------
    >>> misprint_note("S31-201")
    "'S31-201' is a misprint; the drug is S3I-201"
    >>> misprint_note("S3I-201") is None
    True
    """
    found = find_agent(name)
    if found is None or loosened(name) not in {loosened(m) for m in found.misprints}:
        return None
    return f"{name.strip()!r} is a misprint; the drug is {found.name}"
