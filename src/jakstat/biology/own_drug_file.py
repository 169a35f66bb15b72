"""Reading the YAML file of a drug of one's own, with the line of every fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import yaml

from jakstat.biology.own_drugs import KINASES, MECHANISMS, Assay, Measure, Mechanism, OwnDrug, OwnPotency
from jakstat.biology.words import loosened
from jakstat.errors import InputError, Problem, problem
from jakstat.knowledge.plain_yaml import composed
from jakstat.limits import LIMITS
from jakstat.numbers import read_share
from jakstat.tables import read_file, text_of
from jakstat.units import Kind, parse_quantity, parse_time

__all__ = ["DRUG_KEYS", "MEASURES", "PK_KEYS", "POTENCY_KEYS", "ROUTES", "read_drug_file", "read_drug_text"]

DRUG_KEYS = ("name", "mechanism", "target", "potency", "molar_mass", "unbound_in_medium",
             "half_life_in_medium", "loss_in_medium", "species", "site", "pk", "note",
             "data_key")  # fmt: skip
MEASURES = ("IC50", "Ki", "Kd", "DC50")
POTENCY_KEYS = (*MEASURES, "assay", "low", "high", "ATP", "Km_ATP", "cell", "stimulus", "readout", "at",
                "before", "most", "constant")  # fmt: skip
PK_KEYS: Mapping[str, str] = {
    "CL": "L/h", "V1": "L", "V2": "L", "Q2": "L/h", "ka": "1/h", "F": "", "fraction_unbound": "",
    "infusion": "h",
}  # fmt: skip
"""Pharmacokinetic numbers with the unit they are kept in; ``route`` and ``regimen`` stand beside them."""
ROUTES = ("PO", "IV", "SC")
_NAME_LENGTH = 30
_ZIP = b"PK"
_DEFAULT_READOUT, _DEFAULT_AT, _DEFAULT_BEFORE = "pSTAT3", "30min", "60min"
_SPELLINGS = {"gp130": "IL6ST", "cd130": "IL6ST", "il6rα": "IL6R", "il6ra": "IL6R", "stat3": "STAT3"}


@dataclass
class _DrugSaid:
    """A mapping of the file: nodes by key, and where problems go."""

    file: str
    problems: list[Problem]
    nodes: dict[str, tuple[yaml.Node, int]] = field(default_factory=dict)
    line: int = 1
    within: str = ""

    def fault(self, code: str, message: str, key: str = "", hint: str = "") -> None:
        line = self.nodes[key][1] if key in self.nodes else self.line
        place = ".".join(filter(None, [self.within, key])) or None
        self.problems.append(Problem(code, message, self.file, line, None, place, hint))

    def text(self, key: str) -> str | None:
        """The text of a key, or None; what is no text is a problem."""
        if key not in self.nodes:
            return None
        node = self.nodes[key][0]
        if isinstance(node, yaml.ScalarNode) and node.value.strip():
            return str(node.value).strip()
        self.fault("yaml.type", f"{key!r} must be one value", key)
        return None

    def read(self, key: str, parse: Callable[[str], Any]) -> Any:
        """The value of a key; problems of its text at its line."""
        said = self.text(key)
        if said is None:
            return None
        try:
            return parse(said)
        except InputError as error:
            for p in error.problems:
                self.fault(p.code, p.message, key, p.hint)
            return None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one."""
        node = self.nodes[key][0] if key in self.nodes else None
        if isinstance(node, yaml.SequenceNode):
            if all(isinstance(item, yaml.ScalarNode) for item in node.value):
                return tuple(str(item.value) for item in node.value)
            self.fault("yaml.type", f"{key!r} must be a list of words", key)
            return ()
        said = self.text(key)
        return () if said is None else tuple(w.strip() for w in said.split(","))

    def inner(self, key: str, known: Sequence[str] | None, what: str) -> _DrugSaid | None:
        """The mapping under a key; ``known`` None takes any keys."""
        node, line = self.nodes[key]
        return _mapping(
            node, known, self, line=line, within=".".join(filter(None, [self.within, key])), what=what
        )


def _mapping(
    node: yaml.Node, known: Sequence[str] | None, of: _DrugSaid, *, line: int, within: str, what: str
) -> _DrugSaid | None:
    found = _DrugSaid(of.file, of.problems, {}, line, within)
    if not isinstance(node, yaml.MappingNode):
        found.fault("yaml.shape", f"{what} is not a list of keys and values", hint="write key: value")
        return None
    spelt = {loosened(key): key for key in known or ()}
    for key_node, value in node.value:
        said, at = str(key_node.value), key_node.start_mark.line + 1
        key = said if known is None else spelt.get(loosened(said), "")
        if not key:
            message, hint = f"there is no key {said[:40]!r} in {what}", f"keys: {', '.join(known or ())}"
            of.problems.append(Problem("key.unknown", message, of.file, at, hint=hint))
        else:
            found.nodes[key] = (value, at)
    return found


def read_drug_file(path: str | Path) -> OwnDrug:
    """The drug of a file.

    Raises
    ------
    InputError
        The file is missing or no plain YAML, or says what no drug can be: ``own-drug.*``, ``key.unknown``,
        ``unit.*``, ``number.*``; each problem names its line.

    Examples
    --------
    >>> read_drug_file("nowhere.yaml")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.yaml --drug-file: there is no such file. ... [file.missing]
    """
    place = Path(path)
    data = read_file(
        place, most=LIMITS.protocol_bytes, hint="give the YAML file of a drug", field="--drug-file"
    )
    return read_drug_text(data, file=place.name)


def read_drug_text(data: bytes, *, file: str, own: bool = False) -> OwnDrug:
    """The drug of the text of a file; with ``own`` of a file that :func:`.own_drugs.drug_text` wrote.

    Examples
    --------
    >>> text = b"name: mine\\nmechanism: SH2 blocker\\npotency: {Kd: 5 uM}"
    >>> read_drug_text(text, file="mine.yaml").potencies[0].value
    5000.0
    """
    if data.startswith(_ZIP):
        hint = (
            "write it as text, e.g. name: my_drug, and potency: {JAK1: 3.3 nM}; the page on own data has one"
        )
        raise problem(
            "yaml.syntax", "the file is a workbook, and a drug is a YAML file", file=file, hint=hint
        )
    problems: list[Problem] = []
    node = composed(text_of(data, file=file), file, problems)
    if node is None:
        raise problem(
            "yaml.empty", "the file is empty", file=file, hint="it needs name, mechanism and potency"
        )
    said = _mapping(node, DRUG_KEYS, _DrugSaid(file, problems), line=1, within="", what="the file")
    if said is None:
        raise InputError(problems)
    for key in ("name", "mechanism", "potency"):
        if key not in said.nodes:
            said.fault("key.missing", f"there is no {key!r}", hint=_NEEDED[key])
    if "data_key" in said.nodes and not own:
        said.fault("key.unknown", "data_key is written by jakstat", "data_key", "leave it out")
    drug = _drug(said, sha256(data).hexdigest(), own=own)
    if problems or drug is None:
        raise InputError(sorted(problems, key=lambda p: p.line or 0))
    return drug


_NEEDED = {
    "name": "e.g. name: my_drug",
    "mechanism": f"one of {', '.join(MECHANISMS)}",
    "potency": "e.g. potency: {JAK1: 3.3 nM}",
}


def _drug(said: _DrugSaid, key: str, *, own: bool) -> OwnDrug | None:
    name = _name(said)
    mechanism = _mechanism(said)
    if mechanism is None:
        return None
    acts = MECHANISMS[mechanism]
    potencies = _potencies(said, acts, own=own) if "potency" in said.nodes else ()
    mass = said.read("molar_mass", lambda t: _positive(t, "g/mol", Kind.MOLAR_MASS, "306.4 g/mol"))
    unbound = said.read("unbound_in_medium", _share)
    half = said.read("half_life_in_medium", lambda t: _positive(t, "h", Kind.TIME, "12 h"))
    loss = said.read("loss_in_medium", lambda t: _positive(t, "1/h", Kind.RATE, "0.03 1/h"))
    if half is not None and loss is not None:
        said.fault("own-drug.clash", "half-life and loss say the same", "loss_in_medium", "give one of them")
    site = (said.text("site") or "I").upper().removeprefix("SITE").strip()
    if site not in ("I", "III") or (site == "III" and acts.template != "ligand_antibody"):
        said.fault(
            "own-drug.site",
            f"there is no site {site[:20]!r} here",
            "site",
            "I or III, of an antibody on IL-6",
        )
    pk, route, regimen = _pk(said)
    return OwnDrug(
        name=name,
        mechanism=mechanism,
        potencies=potencies,
        data_key=(said.text("data_key") or key) if own else key,
        molar_mass=mass,
        unbound=unbound,
        loss=loss if half is None else _LN2 / half,
        species=_species(said),
        site=site,
        pk=pk,
        route=route,
        regimen=regimen,
        note=(said.text("note") or "")[: LIMITS.text_length],
    )


_LN2 = 0.6931471805599453


def _name(said: _DrugSaid) -> str:
    name = said.text("name") or ""
    plain = name.isascii() and name.replace("_", "").isalnum() and name[:1].isalpha()
    if "name" in said.nodes and (not plain or len(name) > _NAME_LENGTH):
        hint = f"begin with a letter; letters, digits and _ follow, at most {_NAME_LENGTH} in all"
        said.fault("own.name", f"{name[:60]!r} is no name for a drug", "name", hint)
    return name


def _mechanism(said: _DrugSaid) -> str | None:
    given = said.text("mechanism")
    if given is None:
        return None
    found = {loosened(key): key for key in MECHANISMS}.get(loosened(given))
    if found is None:
        said.fault(
            "own-drug.mechanism", f"there is no mechanism {given[:40]!r}", "mechanism", _NEEDED["mechanism"]
        )
    return found


def _species(said: _DrugSaid) -> tuple[str, ...]:
    given = said.texts("species") if "species" in said.nodes else ("human", "mouse")
    if set(given) - {"human", "mouse"} or not given:
        said.fault("own-drug.species", "species are human and mouse", "species", "e.g. [human]")
    return tuple(s for s in ("human", "mouse") if s in given)


def _quantity(text: str, unit: str, kind: Kind, example: str) -> float:
    given = parse_quantity(text, hint=f"e.g. {example}")
    if not given.unit:
        raise problem("unit.missing", f"{text!r} has no unit", hint=f"e.g. {example}")
    if given.kind is not kind:
        raise problem("unit.clash", f"{text!r} is {given.kind.value}", hint=f"e.g. {example}")
    return given.to(unit)


def _positive(text: str, unit: str, kind: Kind, example: str) -> float:
    value = _quantity(text, unit, kind, example)
    if not 0 < value < LIMITS.amount:
        raise problem("own-drug.range", f"{text!r} is out of range", hint="give more than 0")
    return value


def _nanomolar(text: str) -> float:
    return _positive(text, "nM", Kind.MOLAR, "3.3 nM")


def _share(text: str) -> float:
    value = read_share(text)
    if value is None or not 0 < value <= 1:
        raise problem(
            "own-drug.range", f"{text!r} is no share", hint="above 0 and at most 1, e.g. 0.03 or 3 %"
        )
    return value


def _potencies(said: _DrugSaid, acts: Mechanism, *, own: bool) -> tuple[OwnPotency, ...]:
    """What the file says of each target."""
    node = said.nodes["potency"][0]
    targets = tuple(_target(t) for t in said.texts("target")) if "target" in said.nodes else ()
    single = isinstance(node, yaml.ScalarNode) or (
        isinstance(node, yaml.MappingNode)
        and {loosened(str(k.value)) for k, _ in node.value} <= {loosened(k) for k in POTENCY_KEYS}
    )
    found: list[OwnPotency] = []
    if single:
        named = targets or (acts.targets if len(acts.targets) == 1 else ())
        if not named:
            hint = f"add target: one of {', '.join(acts.targets) or 'the ligands, e.g. IL6'}"
            said.fault("own-drug.target", "the potency names no target", "potency", hint)
        for target in named:
            found += _potency(said, "potency", target, acts, own=own)
    else:
        inner = said.inner("potency", None, "potency")
        for key in inner.nodes if inner is not None else ():
            assert inner is not None
            found += _potency(inner, key, _target(key), acts, own=own)
        extra = set(targets) - {p.target for p in found} if found else set()
        if extra:
            said.fault("own-drug.target", f"no potency is given for {', '.join(sorted(extra))}", "target")
    again = [p.target for p in found]
    for target in sorted({t for t in again if again.count(t) > 1}):
        said.fault("own-drug.target", f"{target} is given twice", "potency", "give one potency for a target")
    if len(found) > 1 and acts.template != "jak_inhibitor":
        said.fault("own-drug.target", "this mechanism has one target", "potency", "give one")
    order = {t: i for i, t in enumerate(KINASES)}
    return tuple(sorted(found, key=lambda p: order.get(p.target, 0)))


def _target(text: str) -> str:
    return _SPELLINGS.get(
        loosened(text), loosened(text).upper() if text.upper().startswith(("JAK", "TYK")) else text
    )


def _potency(said: _DrugSaid, key: str, target: str, acts: Mechanism, *, own: bool) -> list[OwnPotency]:
    if acts.targets and target not in acts.targets:
        hint = f"targets of this mechanism: {', '.join(acts.targets)}"
        said.fault("own-drug.target", f"it cannot act on {target[:40]!r}", key, hint)
        return []
    if isinstance(said.nodes[key][0], yaml.ScalarNode):
        value = said.read(key, _nanomolar)
        if "cell" in acts.assays and "enzyme" not in acts.assays and "binding" not in acts.assays:
            said.fault(
                "own-drug.potency", "a degrader needs DC50 and most", key, "e.g. {DC50: 20 nM, most: 90 %}"
            )
            return []
        measure, assay = (
            acts.measures[0] if acts.template == "jak_inhibitor" else acts.measures[-1],
            acts.assays[0],
        )
        return (
            []
            if value is None
            else [OwnPotency(target, cast("Measure", measure), value, cast("Assay", assay))]
        )
    inner = said.inner(key, POTENCY_KEYS, "a potency")
    return [] if inner is None else _measured(inner, target, acts, own=own)


def _measured(said: _DrugSaid, target: str, acts: Mechanism, *, own: bool) -> list[OwnPotency]:
    before = len(said.problems)
    given = [m for m in MEASURES if m in said.nodes]
    if len(given) != 1 or given[0] not in acts.measures:
        said.fault("own-drug.potency", f"give one of {', '.join(acts.measures)}", hint="e.g. IC50: 3.3 nM")
        return []
    measure = given[0]
    value = said.read(measure, _nanomolar)
    assay = (said.text("assay") or ("cell" if "cell" in said.nodes else acts.assays[0])).casefold()
    if assay not in acts.assays:
        hint = f"assays of this mechanism: {', '.join(acts.assays)}"
        said.fault("own-drug.assay", f"its potency is not of a {assay[:20]} assay", "assay", hint)
        return []
    low, high = said.read("low", _nanomolar), said.read("high", _nanomolar)
    if value is not None and not (low or value) <= value <= (high or value):
        said.fault("own-drug.range", "the potency lies outside low..high", measure)
    ATP, Km = (
        said.read(k, lambda t: _positive(t, "mM", Kind.MOLAR, "1 mM")) for k in ("ATP", "Km_ATP")
    )  # fmt: skip
    if measure == "Ki" and assay == "enzyme" and acts.template == "jak_inhibitor" and Km is None:
        said.fault(
            "own-drug.potency",
            "an inhibition constant of a kinase needs Km_ATP",
            measure,
            "e.g. Km_ATP: 40 uM",
        )
    if Km is not None and ATP is None and measure == "IC50":
        said.fault(
            "own-drug.potency", "Km_ATP says nothing without the ATP of the assay", "Km_ATP", "add ATP: 10 uM"
        )
    most = said.read("most", _share)
    if measure == "DC50" and (most is None or most >= 1):
        said.fault(
            "own-drug.potency", "a degrader takes a share below 1 away at most", measure, "add most: 90 %"
        )
    words = _condition(said, assay, measure)
    constant = said.read("constant", _nanomolar) if own else None
    if "constant" in said.nodes and not own:
        said.fault("key.unknown", "the constant is worked out by jakstat", "constant", "leave it out")
    if value is None or len(said.problems) > before:
        return []
    return [
        OwnPotency(
            target, cast("Measure", measure), value, cast("Assay", assay), low, high, ATP, Km, **words,
            most=most, constant=constant,
        )
    ]  # fmt: skip


def _condition(said: _DrugSaid, assay: str, measure: str) -> dict[str, str]:
    """Of an assay on cells: which, what was given, read and when."""
    keys = ("cell", "stimulus", "readout", "at", "before")
    given = {key: said.text(key) or "" for key in keys if key in said.nodes}
    if assay != "cell" or measure == "DC50":
        for key in given:
            said.fault("own-drug.assay", f"{key} belongs to an assay on cells", key, "write assay: cell")
        return {}
    for key, example in (("cell", "cell: hepg2"), ("stimulus", "stimulus: IL6=10ng/ml")):
        if key not in given:
            said.fault("own-drug.potency", f"a potency on cells needs its {key}", hint=f"add {example}")
    for key in ("at", "before"):
        said.read(key, parse_time)
    usual = {"readout": _DEFAULT_READOUT, "at": _DEFAULT_AT, "before": _DEFAULT_BEFORE}
    return {**usual, **given}


def _pk(said: _DrugSaid) -> tuple[tuple[tuple[str, float, str], ...], str, str]:
    """Pharmacokinetic numbers, the route and the usual regimen."""
    if "pk" not in said.nodes:
        return (), "", ""
    inner = said.inner("pk", (*PK_KEYS, "route", "regimen"), "pk")
    if inner is None:
        return (), "", ""
    found = []
    for key, unit in PK_KEYS.items():
        value = inner.read(key, partial(_kinetic, unit=unit))
        found += [] if value is None else [(key, value, unit)]
    route = (inner.text("route") or "").upper()
    have = {key for key, *_ in found}
    if route not in ROUTES:
        inner.fault(
            "own-drug.pk", "pk needs its route", "route" if "route" in inner.nodes else "", "PO, IV or SC"
        )
    needed = {"CL", "V1", *(("ka",) if route in ("PO", "SC") else ())}
    for key in sorted(needed - set(inner.nodes)):
        inner.fault("own-drug.pk", f"pk needs {key}", hint=f"e.g. {key}: {_PK_EXAMPLES[key]}")
    if ("V2" in have) != ("Q2" in have):
        inner.fault("own-drug.pk", "a second compartment needs V2 and Q2", hint="give both or none")
    if "molar_mass" not in said.nodes:
        said.fault(
            "own-drug.pk", "pk needs molar_mass, which turns mg into nM", "pk", "add molar_mass: 306.4 g/mol"
        )
    return tuple(found), route, inner.text("regimen") or ""


_PK_EXAMPLES = {"CL": "17.7 L/h", "V1": "72 L", "ka": "2.5 1/h"}


def _kinetic(text: str, unit: str) -> float:
    if not unit:
        return _share(text)
    given = parse_quantity(text, hint=f"e.g. 10 {unit}")
    if not given.unit:
        raise problem("unit.missing", f"{text!r} has no unit", hint=f"e.g. 10 {unit}")
    try:
        value = given.to(unit)
    except InputError:
        raise problem("unit.clash", f"{text!r} is not in {unit}", hint=f"e.g. 10 {unit}") from None
    if not 0 < value < LIMITS.amount:
        raise problem("own-drug.range", f"{text!r} is out of range", hint="give more than 0")
    return value
