"""Model parts: Antimony text with a heading that says what each of its pieces rests on.

A part is one file under ``parts/``: ``parts/cell`` and ``parts/tumour``, the two scales. Lines that start
with ``//!`` form a YAML heading; the rest is Antimony without any number of biological meaning. The heading
gives title, summary, limits, species, reactions and expected, and may give

- ``requires``: parts without which this one makes no sense;
- ``ports``: symbols that this part reads and that others may add to, each with ``base`` (a formula
  or number that holds when nobody adds), ``combine`` (sum or product), ``unit`` and ``means``;
- ``gives``: what this part adds to ports of others, as ``port: formula``; a port that no chosen
  part declares is left out, so parts compose freely;
- ``rules``: which rules of the part act as a claim says, as ``symbol: [C...]``;
- ``units``: units of the symbols that its rules define, where they have one, and at the scale of the tumour
  those of species in a formula;
- ``belongs``: ``drugs`` for a drug that is no instance of a template;
- ``template``: the part is a pattern, and ``cell``, ``all`` or ``drugs`` is the smallest set of parts that
  its instances belong to (:data:`jakstat.biology.selection.SETS`); ``%id%`` and other words between percent
  signs stand for the entries of an instance in ``<part>.yaml`` beside the part, which is then the part
  ``<part>_<id>``.
  ``gives_each`` repeats what is given for every ``%item%`` of one of the instance's lists. An entry's
  own ``requires`` and ``gives`` add to those of the heading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from jakstat.biology.kept import kept
from jakstat.biology.kept_drugs import kept_drug
from jakstat.biology.own_drugs import OwnDrug, is_own_part, own_part_ref
from jakstat.errors import InputError, Problem, problem

__all__ = [
    "CORE_PARTS",
    "Annotation",
    "Part",
    "Port",
    "cell_parts",
    "drug_parts",
    "filled",
    "own_drug_of",
    "own_entries",
    "part",
    "part_names",
    "parts",
    "read_part",
    "templates",
    "with_required",
]

CORE_PARTS = ("receptor", "jak", "stat3", "feedback", "targets")
"""IL-6, its receptor, JAK1, STAT3, SOCS3 and the acute-phase genes: what every simulation has."""

_PLACES = ("cell", "all", "drugs")
_MARK = "//!"
_SLOT = re.compile(r"%(\w+)%")
_BELONGS = re.compile(rf"^{_MARK} belongs: *drugs *$", re.MULTILINE)
_TEMPLATE = re.compile(rf"^{_MARK} template: *(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Annotation:
    """Who a species is or what a reaction does, and the records that say so.

    ``uniprot`` maps the species of the context (human, mouse) to accessions.
    """

    id: str
    name: str
    sbo: str
    evidence: tuple[str, ...]
    uniprot: Mapping[str, tuple[str, ...]]
    chebi: str
    go: str


@dataclass(frozen=True, slots=True)
class Port:
    """A symbol that a part reads and others may add to.

    Parameters
    ----------
    name : str
    combine : {"sum", "product"}
    base : str
        Formula or number that holds when no part adds anything.
    unit, means : str
    """

    name: str
    combine: str
    base: str
    unit: str
    means: str

    def rule(self, given: Iterable[str]) -> str:
        """The Antimony rule of the port, with what the chosen parts give it.

        Examples
        --------
        >>> Port("drive", "sum", "a", "1/h", "what drives").rule(["b*c", "d"])
        'drive := (a) + (b*c) + (d);'
        >>> Port("drive", "sum", "0", "zmol", "what drives").rule(["d"])
        'drive := (d);'
        """
        terms = tuple(given)
        if not (terms and (self.combine, self.base) == ("sum", "0")):  # a bare 0 has no unit to add to
            terms = (self.base, *terms)
        sign = " + " if self.combine == "sum" else "*"
        return f"{self.name} := {sign.join(f'({formula})' for formula in terms)};"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the cell: its prose, its annotated pieces and its Antimony text.

    ``rules`` are the symbols whose rule acts as claims say, with those claims. ``pattern`` names the
    template that it is an instance of, ``instance`` the instance.
    """

    name: str
    title: str
    summary: str
    limits: tuple[str, ...]
    species: tuple[Annotation, ...]
    reactions: tuple[Annotation, ...]
    expected: tuple[Mapping[str, Any], ...]
    text: str
    requires: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    gives: tuple[tuple[str, str], ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pattern: str = ""
    instance: str = ""


def _annotation(identifier: str, entry: Mapping[str, Any]) -> Annotation:
    uniprot = {
        organism: (accessions,) if isinstance(accessions, str) else tuple(accessions)
        for organism, accessions in entry.get("uniprot", {}).items()
    }
    return Annotation(
        id=identifier,
        name=entry.get("name", identifier.replace("_", " ")),
        sbo=entry["sbo"],
        evidence=tuple(entry["evidence"]),
        uniprot=MappingProxyType(uniprot),
        chebi=entry.get("chebi", ""),
        go=entry.get("go", ""),
    )


def _folder(scale: str) -> Any:
    return files("jakstat.biology").joinpath("parts", scale)


@cache
def _sources(scale: str = "cell") -> Mapping[str, str]:
    """Text of every part file of a scale by name, the core ones of the cell first."""
    files_of = _folder(scale).iterdir() if _folder(scale).is_dir() else ()
    found = {p.name.removesuffix(".ant"): p for p in files_of if p.name.endswith(".ant")}
    core = CORE_PARTS if scale == "cell" else ()
    order = [*core, *sorted(set(found) - set(core))]
    return {name: found[name].read_text(encoding="utf-8") for name in order}


def _heading(text: str) -> dict[str, Any]:
    from jakstat.knowledge.plain_yaml import shipped_yaml

    lines = (line[len(_MARK) + 1 :] for line in text.splitlines() if line.startswith(_MARK))
    found: dict[str, Any] = shipped_yaml("\n".join(lines))
    return found


@cache
def _parsed(scale: str) -> Mapping[str, Any]:
    """``templates``, as :func:`templates` gives them, and ``headings`` of every part, by name."""
    sources = _sources(scale)
    texts = {
        name: _folder(scale).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
        for name, text in sources.items()
        if _TEMPLATE.search(text)
    }

    def parse() -> dict[str, Any]:
        from jakstat.knowledge.plain_yaml import shipped_yaml

        found = {name: shipped_yaml(text) for name, text in texts.items()}
        headings = {name: _heading(text) for name, text in sources.items() if name not in texts}
        for name, instances in found.items():
            for instance, entries in instances.items():
                source = filled(sources[name], {"id": instance, **entries})
                headings[f"{name}_{instance}"] = _heading(source)
        return {"templates": found, "headings": headings}

    parsed: Mapping[str, Any] = kept("parts", [dict(sources), texts], parse)
    return parsed


@cache
def templates(scale: str = "cell") -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """The instances of every template of a scale: entries by instance, by template.

    Examples
    --------
    >>> all(isinstance(instances, dict) for instances in templates().values())
    True
    """
    found: Mapping[str, Mapping[str, Mapping[str, Any]]] = _parsed(scale)["templates"]
    return found


def _flow(value: Any) -> str:
    """A list or mapping as YAML on one line: JSON is a part of YAML, and quick to write."""
    return json.dumps(value, ensure_ascii=False)


def filled(text: str, entries: Mapping[str, Any]) -> str:
    """The text with every slot ``%name%`` that the entries name filled; others are left as they are.

    Examples
    --------
    >>> filled("p%id% of %other%", {"id": "STAT1"})
    'pSTAT1 of %other%'
    """

    def fill(match: re.Match[str]) -> str:
        value = entries.get(match[1], match[0])
        return value if isinstance(value, str) else _flow(value)

    return _SLOT.sub(fill, text)


@cache
def _instances(scale: str = "cell") -> Mapping[str, tuple[str, str]]:
    """Template and instance of every part that is one, by name of the part."""
    return {f"{name}_{i}": (name, i) for name, instances in templates(scale).items() for i in instances}


@cache
def part_names(*, instances: bool = True, scale: str = "cell") -> tuple[str, ...]:
    """Names of all parts of a scale, core ones first; ``instances=False`` leaves out those from templates.

    Examples
    --------
    >>> part_names()[:3]
    ('receptor', 'jak', 'stat3')
    """
    plain = tuple(name for name in _sources(scale) if name not in templates(scale))
    return (*plain, *_instances(scale)) if instances else plain


@lru_cache(maxsize=1)
def cell_parts() -> tuple[str, ...]:
    """Every part of the cell with what it requires: all but drugs, most other cytokines, STATs and dimers.

    Raises
    ------
    InputError
        ``part.template``: a template that says none of ``cell``, ``all`` and ``drugs``.

    Examples
    --------
    >>> "gene_MYC" in cell_parts(), "cytokine_OSM" in cell_parts()
    (True, False)
    """
    plain = [name for name in part_names(instances=False) if name not in drug_parts()]
    return with_required([*plain, *_members("cell")])


@lru_cache(maxsize=1)
def drug_parts() -> tuple[str, ...]:
    """Every part that is a drug.

    Examples
    --------
    >>> {"jak_inhibitor_ruxolitinib", "olamkicept"} <= set(drug_parts()), "cytokine_OSM" in drug_parts()
    (True, False)
    """
    plain = [name for name in part_names(instances=False) if _BELONGS.search(_sources()[name])]
    return (*plain, *_members("drugs"))


def _members(place: str) -> tuple[str, ...]:
    """The instances of the templates that belong to a set of parts."""
    belongs = {
        name: found[1].strip() for name, text in _sources().items() if (found := _TEMPLATE.search(text))
    }
    for name, said in belongs.items():
        if said not in _PLACES:
            message = f"the template {name} belongs to {said!r}"
            raise problem("part.template", message, file=f"{name}.ant", hint=" or ".join(_PLACES))
    return tuple(i for i, (pattern, _) in _instances().items() if belongs[pattern] == place)


@lru_cache(maxsize=512)
def part(name: str) -> Part:
    """The part called ``name``.

    Raises
    ------
    InputError
        No such part.

    Examples
    --------
    >>> part("stat3").title
    'STAT3 from docking to the nucleus and back'
    """
    if is_own_part(name):
        return _own_part(name)
    scale = "cell" if name in part_names() else "tumour"
    if name not in part_names(scale=scale):
        hint = f"parts: {', '.join(part_names(instances=False))}; {', '.join(_families())}"
        raise InputError(
            [Problem("part.unknown", f"there is no part {name[:80]!r}", field="parts", hint=hint)]
        )
    pattern, instance = _instances(scale).get(name, ("", ""))
    source = _sources(scale)[pattern or name]
    entries: Mapping[str, Any] = {}
    if pattern:
        entries = {"id": instance, **templates(scale)[pattern][instance]}
        source = filled(source, entries)
    heading = _parsed(scale)["headings"][name]
    return _part(name, source, heading, entries=entries, pattern=pattern, instance=instance)


def read_part(
    name: str, source: str, *, entries: Mapping[str, Any], pattern: str = "", instance: str = ""
) -> Part:
    """A part from the text of its file, the slots filled; ``entries`` are those of an instance.

    Examples
    --------
    >>> text = "//! title: Nothing\\n//! summary: Does nothing.\\n//! limits: []\\n//! species: {}\\n"
    >>> text += "//! reactions: {}\\n//! expected: []\\n"
    >>> read_part("nothing", text, entries={}).title
    'Nothing'
    """
    return _part(name, source, _heading(source), entries=entries, pattern=pattern, instance=instance)


def _part(
    name: str,
    source: str,
    heading: Mapping[str, Any],
    *,
    entries: Mapping[str, Any],
    pattern: str,
    instance: str,
) -> Part:
    lines = source.splitlines()
    return Part(
        name=name,
        title=heading["title"],
        summary=heading["summary"].strip(),
        limits=tuple(heading["limits"]),
        species=tuple(_annotation(k, v) for k, v in heading["species"].items()),
        reactions=tuple(_annotation(k, v) for k, v in heading["reactions"].items()),
        expected=tuple(MappingProxyType(e) for e in heading["expected"]),
        text="\n".join(line for line in lines if not line.startswith(_MARK)).strip(),
        requires=(*heading.get("requires", ()), *entries.get("requires", ())),
        ports=tuple(_port(k, v) for k, v in heading.get("ports", {}).items()),
        gives=(
            *heading.get("gives", {}).items(),
            *entries.get("gives", {}).items(),
            *_given_each(heading.get("gives_each", {}), entries),
        ),
        units=MappingProxyType(heading.get("units", {})),
        rules=MappingProxyType({k: tuple(v) for k, v in heading.get("rules", {}).items()}),
        pattern=pattern,
        instance=instance,
    )


def own_drug_of(name: str) -> OwnDrug:
    """The user's own drug that a part is made from.

    Raises
    ------
    InputError
        ``part.unknown``: there is no copy of it.
    """
    drug = kept_drug(own_part_ref(name))
    if drug is None or drug.part != name:
        hint = "read its file again: --drug-file, or jakstat drugs --add"
        raise InputError([Problem("part.unknown", f"there is no part {name[:80]!r}", hint=hint)])
    return drug


def own_entries(drug: OwnDrug) -> dict[str, Any]:
    """What fills the slots of the template of a user's own drug."""
    entries = drug.entries()
    if drug.acts.template != "ligand_antibody":
        return entries
    (ligand,) = drug.targets
    owner, species = next(
        (name, s)
        for name in part_names()
        if name not in drug_parts()
        for s in part(name).species
        if s.id == ligand
    )
    closes = {"hexamer_formation": f"1/(1 + {drug.symbol}/KD_{drug.symbol})^2"} if drug.site == "III" else {}
    where = "on site III: two trimers do not join" if drug.site == "III" else "and keeps it from its receptor"
    return {**entries, "antigen": ligand, "antigen_name": species.name, "owner": owner, "site": where,
            "uniprot": {k: list(v) for k, v in species.uniprot.items()}, "gives": closes}  # fmt: skip


def _own_part(name: str) -> Part:
    """The part of a user's own drug, from the template of the product's drugs that act as it does."""
    drug = own_drug_of(name)
    return _of_drug(drug, name)


@lru_cache(maxsize=64)
def _of_drug(drug: OwnDrug, name: str) -> Part:
    template, entries = drug.acts.template, own_entries(drug)
    found = read_part(
        name, filled(_sources()[template], entries), entries=entries, pattern=template, instance=drug.symbol
    )
    if not drug.lacks:
        return found
    constants = tuple(f"K_{drug.symbol}_{kinase}" for kinase in drug.lacks)
    lines = [line for line in found.text.splitlines() if not line.startswith(constants)]
    return replace(
        found,
        text="\n".join(lines),
        gives=tuple((port, said) for port, said in found.gives if not said.endswith(constants)),
        units=MappingProxyType({k: v for k, v in found.units.items() if k not in constants}),
    )


def _families() -> list[str]:
    return [f"{name}_NAME for {', '.join(instances)}" for name, instances in templates().items()]


def _port(name: str, entry: Mapping[str, Any]) -> Port:
    return Port(name, entry.get("combine", "sum"), str(entry["base"]), entry["unit"], entry["means"])


def _given_each(
    each: Mapping[str, Mapping[str, str]], entries: Mapping[str, Any]
) -> Iterable[tuple[str, str]]:
    for items, gives in each.items():
        for item in entries[items]:
            for port, formula in gives.items():
                yield filled(port, {"item": item}), filled(formula, {"item": item})


def with_required(names: Iterable[str]) -> tuple[str, ...]:
    """The parts and all that they require, in the order of assembly.

    Raises
    ------
    InputError
        No such part.

    Examples
    --------
    >>> with_required(["targets"])
    ('receptor', 'jak', 'stat3', 'targets')
    """
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += part(name).requires
    own = sorted(name for name in found if is_own_part(name))
    order = [name for name in part_names() if name in found]
    for name in reversed(own):  # beside the drugs that are made from its template
        template = name.partition("_own_")[0]
        before = [n for n in part_names() if n == template or n.startswith(f"{template}_")]
        last = part_names().index(before[-1])
        place = sum(1 for n in order if not is_own_part(n) and part_names().index(n) <= last)
        order.insert(place, name)
    return (*order, *(name for name in part_names(scale="tumour") if name in found))


def parts(names: Iterable[str] | None = None) -> tuple[Part, ...]:
    """The parts called ``names`` with what they require, or every part that is no instance.

    Examples
    --------
    >>> [p.name for p in parts()][:5]
    ['receptor', 'jak', 'stat3', 'feedback', 'targets']
    """
    chosen = part_names(instances=False) if names is None else with_required(names)
    return tuple(part(name) for name in chosen)
