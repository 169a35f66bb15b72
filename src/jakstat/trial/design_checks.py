"""What does not go together in a trial, although each part of it can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jakstat.knowledge.file_entries import FileEntry, FileProblems
from jakstat.pharmacology import nearest_names
from jakstat.trial.design import RuleAct, TrialDesign
from jakstat.trial.design_words import span_told

__all__ = ["check_design", "circles"]

_ON_TUMOUR = ("PFS", "TTP", "ORR", "DCR", "DoR")
_FEWEST = 1.0  # patients that an arm of one real trial can expect


def check_design(
    design: TrialDesign, top: FileEntry, rules: Mapping[tuple[str, int], FileEntry], problems: FileProblems
) -> None:
    """Tell of everything that does not go together.

    Parameters
    ----------
    design : TrialDesign
        As far as it could be read.
    top : FileEntry
        The file, for lines.
    rules : mapping of (str, int) to FileEntry
        Where each rule stands, by arm or line and number.
    problems : FileProblems
        Takes what is found.
    """
    file = _FilePlaces(top)
    _check_times(design, file, problems)
    _check_endpoints(design, file, problems)
    _check_numbers(design, file, problems)
    _check_names(design, file, problems)
    _check_switches(design, file, rules, problems)


@dataclass(frozen=True, slots=True)
class _FilePlaces:
    """Entries of a file by the keys that lead to them; the nearest one above where there is none."""

    top: FileEntry

    def __call__(self, *keys: str | int) -> FileEntry:
        found = self.top
        for key in keys:
            below = found.value
            if isinstance(key, int):
                if not isinstance(below, tuple) or key >= len(below):
                    return found
                found = below[key]
            elif isinstance(below, Mapping) and key in below:
                found = below[key]
            else:
                return found
        return found

    def has(self, *keys: str) -> bool:
        """Whether the file says it."""
        found = self.top
        for key in keys:
            if not isinstance(found.value, Mapping) or key not in found.value:
                return False
            found = found.value[key]
        return True


def _lines(design: TrialDesign) -> Iterator[tuple[str, str, int]]:
    """Where rules stand: arms or lines, the name, and its number."""
    for k, arm in enumerate(design.arms):
        yield "arms", arm.name, k
    for k, line in enumerate(design.lines):
        yield "lines", line.name, k


def _check_times(design: TrialDesign, file: _FilePlaces, problems: FileProblems) -> None:
    until = design.until_h
    if design.resected_h is not None and design.resected_h >= until > 0.0:
        message = f"the operation at {span_told(design.resected_h)} lies after the end at {span_told(until)}"
        problems.say("time.late", message, file("resect", "at"), "an earlier operation or a later end")
    if design.closes_h <= 0.0:
        problems.say("time.span", "the trial closes as it opens", file("closes"), "e.g. 19mo")
    elif design.accrual_h >= design.closes_h:
        entry, close = span_told(design.accrual_h), span_told(design.closes_h)
        message = f"patients enter over {entry}, the trial closes after {close}"
        problems.say("time.late", message, file("closes"), "a later close or a shorter accrual")


def _check_endpoints(design: TrialDesign, file: _FilePlaces, problems: FileProblems) -> None:
    at = file("endpoints")
    if len(set(design.endpoints)) < len(design.endpoints):
        problems.say("trial.endpoint", "an endpoint stands there twice", at, "each once")
    if "RFS" in design.endpoints and design.resected_h is None and not file.has("resect"):
        hint = "add resect: {at: 0d}, or take PFS"
        problems.say("trial.endpoint", "without an operation nothing recurs", at, hint)
    if design.resected_h == 0.0:
        for name in design.endpoints:
            if name in _ON_TUMOUR:
                message = f"{name} is read off a tumour, which is taken out on the first day"
                problems.say("trial.endpoint", message, at, "take RFS and OS")
    if design.primary not in design.endpoints:
        hint = f"one of {', '.join(design.endpoints)}"
        message = f"the primary endpoint {design.primary} is not among the endpoints"
        problems.say("trial.endpoint", message, file("primary"), hint)


def _check_numbers(design: TrialDesign, file: _FilePlaces, problems: FileProblems) -> None:
    if design.size > design.patients:
        message = f"a trial of {design.size} patients out of {design.patients} virtual ones"
        hint = "at most as many; the command has --patients and --size"
        problems.say("trial.size", message, file("size"), hint)
    total = sum(arm.allocation for arm in design.arms if arm.allocation > 0.0)
    for arm in design.arms:
        expected = design.size * arm.allocation / total if total > 0.0 else 0.0
        if arm.allocation > 0.0 and expected < _FEWEST:
            message = f"arm {arm.name!r} gets {expected:.2g} of {design.size} patients"
            hint = "a larger allocation or a larger trial"
            problems.say("trial.allocation", message, file("arms", arm.name), hint)
    if design.era != "era_none" and design.enrolled != design.enrolled and not file.has("enrolled"):
        message = f"{design.era} changes nothing without the year of the trial"
        problems.say("trial.clash", message, file("options", "era"), "add enrolled: 2010")


def _check_names(design: TrialDesign, file: _FilePlaces, problems: FileProblems) -> None:
    """Names of arms and lines differ by more than case and blanks."""
    seen: dict[str, str] = {}
    for where, name, _ in _lines(design):
        key = " ".join(name.casefold().split())
        if key in seen:
            message = f"{name!r} is the name of another arm or line ({seen[key]!r})"
            problems.say("trial.name", message, file(where, name), "names that differ")
        seen[key] = name


def _check_switches(
    design: TrialDesign, file: _FilePlaces, rules: Mapping[tuple[str, int], FileEntry], problems: FileProblems
) -> None:
    """Every rule leads to a treatment, every later line is led to, and none leads in a circle."""
    names = [name for _, name, _ in _lines(design)]
    to: dict[str, list[str]] = {name: [] for name in names}
    first: dict[tuple[str, str], FileEntry] = {}
    for where, name, k in _lines(design):
        line = design.arms[k].line if where == "arms" else design.lines[k]
        for j, rule in enumerate(line.rules):
            if rule.do is not RuleAct.SWITCH or not rule.to:
                continue
            at = rules[name, j]
            if rule.to not in to:
                near = nearest_names(rule.to, names, shown=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                hint += f"arms and lines: {', '.join(names)}"
                problems.say("trial.switch", f"there is no arm or line {rule.to[:60]!r}", at, hint)
                continue
            to[name].append(rule.to)
            first.setdefault((name, rule.to), at)
    for circle in circles(to):
        at = first[circle[0], circle[1]]
        hint = "each treatment once"
        problems.say("trial.circular", f"treatment goes in a circle: {' -> '.join(circle)}", at, hint)
    led = {target for targets in to.values() for target in targets}
    for line in design.lines:
        if line.name not in led:
            hint = f"add e.g. {{on: progression, do: switch, to: {line.name}}} to the rules of an arm"
            problems.say(
                "trial.switch", f"no rule leads to line {line.name!r}", file("lines", line.name), hint
            )


def circles(to: Mapping[str, list[str]]) -> list[tuple[str, ...]]:
    """Ways that lead back to where they began, each once, from its first name on.

    Examples
    --------
    >>> circles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["d", "a"]})
    [('a', 'b', 'c', 'a'), ('d', 'd')]
    """
    found: list[tuple[str, ...]] = []
    order = {name: k for k, name in enumerate(to)}
    for start in to:
        ways: list[tuple[str, ...]] = [(start,)]
        seen = {start}
        while ways:
            way = ways.pop()
            for target in dict.fromkeys(to[way[-1]]):
                if target == start:
                    found.append((*way, start))
                elif target not in seen and order[target] > order[start]:
                    seen.add(target)
                    ways.append((*way, target))
    return found
