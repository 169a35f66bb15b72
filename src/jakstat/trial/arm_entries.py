"""Arms and lines of a trial file: prescriptions, and the rules that are in force while they are given."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from jakstat.biology.body_drugs import acts_on_tumour
from jakstat.errors import InputError
from jakstat.knowledge.file_entries import FileEntry, FileProblems
from jakstat.patients.treatment import Prescription, parse_prescription
from jakstat.pharmacology.body_drugs import body_drug
from jakstat.trial.design import Occasion, Rule, RuleAct, TreatmentLine, TrialArm

__all__ = ["Treatments", "read_treatments"]

_NAME = re.compile(r"[^\W_][\w .,:;()+/%-]{0,59}")
_NEEDS = {"by": RuleAct.REDUCE, "to": RuleAct.SWITCH}


@dataclass(frozen=True, slots=True)
class Treatments:
    """Arms and later lines as they were read.

    Parameters
    ----------
    arms : tuple of TrialArm
    lines : tuple of TreatmentLine
    places : mapping of (str, int) to FileEntry
        Where a rule stands, by the name of its arm or line and its number there.
    """

    arms: tuple[TrialArm, ...]
    lines: tuple[TreatmentLine, ...]
    places: Mapping[tuple[str, int], FileEntry]


def read_treatments(
    given: Mapping[str, Any], top: FileEntry, until_h: float, problems: FileProblems
) -> Treatments:
    """The arms and lines, in the order of the file.

    Parameters
    ----------
    given : mapping
        ``arms`` and ``lines`` as :func:`jakstat.trial.trial_mappings.read_mapping` read them.
    top : FileEntry
        The file.
    until_h : float
        The end, behind which nothing can be given; 0 when it is not known.

    Examples
    --------
    >>> said = {"regimen": ("sorafenib 400 mg PO BID",), "allocation": 2.0}
    >>> top, told = FileEntry({}, "", 1), FileProblems(None)
    >>> [arm] = read_treatments({"arms": {"drug": said}}, top, 100.0, told).arms
    >>> arm.line.prescriptions[0].drug.id, arm.allocation
    ('sorafenib', 2.0)
    """
    places: dict[tuple[str, int], FileEntry] = {}
    end = until_h or math.inf
    arms = []
    for name, said in (given.get("arms") or {}).items():
        entry = _inside(_inside(top, "arms"), name)
        allocation = said.get("allocation", 1.0)
        if allocation <= 0.0:
            hint = "more than 0, or leave the arm out"
            problems.say("trial.allocation", f"no patient comes into arm {name!r}", entry, hint)
        arms.append(TrialArm(name, _line(name, said, entry, places, end, problems), float(allocation)))
    lines = [
        _line(name, said, _inside(_inside(top, "lines"), name), places, end, problems)
        for name, said in (given.get("lines") or {}).items()
    ]
    return Treatments(tuple(arms), tuple(lines), MappingProxyType(places))


def _inside(at: FileEntry, key: str | int) -> FileEntry:
    """The entry below another, by key or by number; itself where there is none."""
    if isinstance(key, int):
        return at.value[key] if isinstance(at.value, tuple) and key < len(at.value) else at
    return at.value.get(key, at) if isinstance(at.value, Mapping) else at


def _line(
    name: str,
    said: Mapping[str, Any],
    at: FileEntry,
    places: dict[tuple[str, int], FileEntry],
    end_h: float,
    problems: FileProblems,
) -> TreatmentLine:
    if not _NAME.fullmatch(name):
        hint = "up to 60 letters, digits, blanks and - + / . , : ; ( ) %, a letter or digit first"
        problems.say("trial.name", f"{name[:60]!r} cannot be a name", at, hint)
    prescriptions = _prescriptions(said.get("regimen", ()), _inside(at, "regimen"), end_h, problems)
    rules: list[Rule] = []
    for k, one in enumerate(said.get("rules", ())):
        entry = _inside(_inside(at, "rules"), k)
        rule = _rule(one, [p.drug.id for p in prescriptions], entry, problems)
        if rule is not None and rule in rules and rule.do is not RuleAct.REDUCE:
            problems.say("trial.rule", "the same rule stands there twice", entry, "leave one out")
        if rule is not None:
            if rule.at_h >= end_h:
                hint = "an earlier rule or a later end"
                problems.say("time.late", "the rule lies after the end", entry, hint)
            places[name, len(rules)] = entry
            rules.append(rule)
    return TreatmentLine(name, prescriptions, tuple(rules))


def _prescriptions(
    texts: Sequence[str | None], at: FileEntry, end_h: float, problems: FileProblems
) -> tuple[Prescription, ...]:
    found: list[Prescription] = []
    for k, text in enumerate(texts):
        entry = _inside(at, k)
        if text is None:
            continue
        try:
            one = parse_prescription(text, field="")
            acts = acts_on_tumour(body_drug(one.drug.id))
        except InputError as error:
            problems.take(error, entry)
            continue
        if any(start >= end_h for start in one.regimen.starts):
            hint = "earlier doses or a later end"
            problems.say("time.late", "doses begin after the end", entry, hint)
        if one.drug.id in [p.drug.id for p in found]:
            hint = "join its doses with 'then'"
            problems.say("drug.twice", f"{one.drug.id} is prescribed twice", entry, hint)
        if not acts:
            hint = "drugs that act: `jakstat drugs`"
            problems.say("trial.drug", f"{one.drug.name} does nothing in a patient here", entry, hint)
        found.append(one)
    return tuple(found)


def _rule(said: Mapping[str, Any], drugs: list[str], at: FileEntry, problems: FileProblems) -> Rule | None:
    """A rule; None when it does not say enough to go on."""
    if "on" not in said or "do" not in said:
        return None
    on, do = Occasion(said["on"]), RuleAct(said["do"])
    told = at.value if isinstance(at.value, Mapping) else said
    for key, act in _NEEDS.items():
        if (key in told) is not (do is act):
            what, hint = _missing_or_idle(key, key in told, f"do: {do.value}")
            problems.say("trial.rule", what, at, hint)
    if ("at" in told) is not (on is Occasion.TIME):
        what, hint = _missing_or_idle("at", "at" in told, f"on: {on.value}")
        problems.say("trial.rule", what, at, hint)
    by = said.get("by", 0.5)
    if do is RuleAct.REDUCE and not 0.0 < by < 1.0:
        hint = "between 0 and 100 %; do: stop takes the drug away"
        problems.say("trial.rule", f"a reduction by {by:.0%}", at, hint)
    if said.get("share") == 0.0:
        problems.say("trial.rule", "a rule for no patient", at, "more than 0 %, or leave it out")
    if not drugs and do is not RuleAct.SWITCH:
        problems.say("trial.rule", f"there is no drug to {do.value}", at, "give a regimen")
    elif not drugs and on is Occasion.TOXICITY:
        problems.say("trial.rule", "without a drug there is no toxicity", at)
    return Rule(
        on=on,
        do=do,
        drugs=_concerned(said.get("drug", ()), drugs, do, at, problems),
        factor=1.0 - by if do is RuleAct.REDUCE else 1.0,
        to=said.get("to", "") if do is RuleAct.SWITCH else "",
        at_h=said.get("at", 0.0) if on is Occasion.TIME else 0.0,
        share=said.get("share", 1.0),
    )


def _missing_or_idle(key: str, there: bool, word: str) -> tuple[str, str]:
    examples = {"by": "by: 50 %", "to": "to: second_line", "at": "at: 6mo"}
    if there:
        return f"{key!r} does nothing in a rule with '{word}'", "leave it out"
    return f"a rule with '{word}' needs {key!r}", f"e.g. {examples[key]}"


def _concerned(
    names: Sequence[str | None], drugs: list[str], do: RuleAct, at: FileEntry, problems: FileProblems
) -> tuple[str, ...]:
    """Ids of the drugs that a rule names; each must be one that the line gives."""
    if names and do is RuleAct.SWITCH:
        problems.say("trial.rule", "a switch ends every drug of the line", at, "leave 'drug' out")
    found = []
    for name in filter(None, names):
        try:
            known = body_drug(name).id
        except InputError as error:
            problems.take(error, at)
            continue
        if known not in drugs:
            hint = f"given here: {', '.join(drugs) or 'nothing'}"
            problems.say("trial.rule", f"{name} is not given where the rule holds", at, hint)
        found.append(known)
    return tuple(dict.fromkeys(found))
