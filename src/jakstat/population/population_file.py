"""Reading a population from a YAML file, or from a mapping in Python; every fault at once, with its line.

A population starts from a shipped one and says what is different: margins, correlations, who is let in, and
what was observed that a cohort is to show. The JSON Schema in ``schemas/`` says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jakstat.errors import InputError
from jakstat.knowledge.file_entries import FileEntry, FileProblems, entry_of_python, entry_of_yaml
from jakstat.knowledge.parameter_table import Row
from jakstat.knowledge.plain_yaml import composed
from jakstat.limits import LIMITS
from jakstat.pharmacology.nearest import nearest_names
from jakstat.population.cohort_making import CohortPlan
from jakstat.population.eligibility import NumberRange
from jakstat.population.margins import Population, population_names, shipped_population
from jakstat.population.observed import MEAN, SHARE, ObservedNumber, observed_of
from jakstat.population.patient_numbers import AETIOLOGY, patient_numbers
from jakstat.population.population_margins import changed_margins
from jakstat.population.population_values import (
    choice_of,
    flag_of,
    items_of,
    keyed,
    number_of,
    plain_number_of,
    share_of,
    text_of_entry,
    value_of,
    whole_of,
)
from jakstat.population.sampling import SAMPLINGS
from jakstat.population.weighting import weight_bounds
from jakstat.tables import read_file, text_of

__all__ = [
    "COUNTED",
    "MATCH_KEYS",
    "MOST_VECTORS",
    "ONLY_KEYS",
    "TOP_KEYS",
    "population_of",
    "read_population",
]

TOP_KEYS = ("population", "like", "sampling", "margins", "correlations", "only", "match", "weights",
            "plausible", "vectors")  # fmt: skip
ONLY_KEYS = ("number", "above", "below", "is")
MATCH_KEYS = (*ONLY_KEYS, SHARE, MEAN, "median", "source")
_BOUNDS = ("least", "most")
_HINT = "e.g. like: sharp"
MOST_VECTORS = 100
"""Parameter vectors that a population may ask for at most."""
COUNTED = "extra_lesions"
"""A margin that no patient has as a number: he has ``lesions``."""
_GIVEN = "protocol"


def read_population(path: str | Path) -> CohortPlan:
    """The population of a file.

    Raises
    ------
    InputError
        The file is missing, too large, no plain YAML, or says something that is not possible; all problems,
        each with its line.
    """
    place = Path(path)
    data = read_file(place, most=LIMITS.protocol_bytes, hint="give a YAML file or the name of a population")
    node = composed(text_of(data, file=place.name), place.name)
    problems = FileProblems(place.name)
    top = FileEntry(None, "", 1) if node is None else entry_of_yaml(node, problems)
    return _read(top, problems, place.stem)


def population_of(given: Mapping[str, Any]) -> CohortPlan:
    """The population of a mapping as in a file.

    Raises
    ------
    InputError
        As :func:`read_population`, without lines.

    Examples
    --------
    >>> plan = population_of({"like": "sharp", "margins": {"IL6": {"median": "12 pg/ml"}}})
    >>> plan.people.rows["IL6.median"].value, plan.people.like
    (12.0, 'sharp')
    >>> population_of({"like": "sharp", "vectors": 0})
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: vectors: '0' is out of range. a whole number from 1 to 100 [count.range]
    """
    problems = FileProblems(None)
    return _read(entry_of_python(dict(given), problems), problems, "population")


def _read(top: FileEntry, problems: FileProblems, stem: str) -> CohortPlan:
    if not isinstance(top.value, Mapping):
        problems.say(
            "yaml.shape" if top.value else "yaml.empty", "a population is keys and values", top, _HINT
        )
        problems.end()
    said = keyed(top, TOP_KEYS, problems)
    like = _like(said.get("like"), top, problems)
    name = text_of_entry(said.get("population"), problems) or stem
    sampling = choice_of(said.get("sampling"), SAMPLINGS, problems) or SAMPLINGS[0]
    base = shipped_population(like)
    rows = changed_margins(said.get("margins"), base, name, problems)
    people = Population(name, like, MappingProxyType({**base.rows, **rows}), base.correlations, sampling)
    correlations = _correlations(said.get("correlations"), people, problems)
    people = replace(people, correlations=MappingProxyType({**base.correlations, **correlations}))
    plan = CohortPlan(
        people,
        only=tuple(_ranges(said.get("only"), people, problems)),
        observed=_observed(said.get("match"), people, problems),
        bounds=_bounds(said.get("weights"), problems),
        plausible=flag_of(said.get("plausible"), problems, default=True),
        vectors=whole_of(said.get("vectors"), 1, MOST_VECTORS, problems) or 0,
    )
    if not problems.found:
        _check_correlations(plan.people, said.get("correlations"), problems)
    problems.end()
    return plan


def _like(at: FileEntry | None, top: FileEntry, problems: FileProblems) -> str:
    first = population_names()[0]
    if at is None:
        hint = f"allowed: {', '.join(population_names())}"
        problems.say("key.missing", "'like' is missing: the population that it starts from", top, hint)
        return first
    return choice_of(at, population_names(), problems, code="population.unknown") or first


def _check_correlations(people: Population, at: FileEntry | None, problems: FileProblems) -> None:
    try:
        people.mixing()
    except InputError as error:
        problems.take(error, at or FileEntry(None, "correlations", None))


def _correlations(at: FileEntry | None, people: Population, problems: FileProblems) -> dict[str, Row]:
    """``IL6~AFP: 0.3``; the two in any order."""
    found: dict[str, Row] = {}
    if at is None:
        return found
    if not isinstance(at.value, Mapping):
        problems.say("yaml.type", "'correlations' must be keys and values", at, "e.g. IL6~AFP: 0.3")
        return found
    for key, entry in at.value.items():
        pair = [word.strip() for word in key.split("~")]
        if len(pair) != 2 or pair[0] == pair[1]:
            problems.say("key.unknown", f"{key[:60]!r} names no two numbers", entry, "e.g. IL6~AFP: 0.3")
            continue
        known = [_known(word, people.drawn, entry, problems) for word in pair]
        if not all(known):
            continue
        value = plain_number_of(entry, -0.999, 0.999, problems)
        name = "~".join(pair if f"{pair[1]}~{pair[0]}" not in people.correlations else reversed(pair))
        if value is not None:
            found[name] = Row(name, value, "dimensionless", -1.0, 1.0, "assumed", _GIVEN, "", (people.name,))
    return found


def _known(word: str, names: tuple[str, ...], at: FileEntry, problems: FileProblems) -> bool:
    if word in names:
        return True
    near = nearest_names(word, names, shown=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
    problems.say("population.number", f"no number of a patient is called {word[:60]!r}", at, hint)
    return False


def _ranges(at: FileEntry | None, people: Population, problems: FileProblems) -> list[NumberRange]:
    found = []
    for item in items_of(at, problems, "e.g. - {number: IL6, above: 18.49 pg/ml}"):
        one = _range(item, keyed(item, ONLY_KEYS, problems), people, problems)
        if one is not None:
            found.append(one)
    return found


def _range(
    item: FileEntry, said: Mapping[str, FileEntry], people: Population, problems: FileProblems
) -> NumberRange | None:
    """A number and its range; None, with a problem told, where there is none."""
    before = len(problems.found)
    told = [n for n in patient_numbers().values() if n.name != COUNTED]
    there = tuple(n.name for n in told if n.stage != "drawn" or n.name in people.drawn)
    number = text_of_entry(said.get("number"), problems)
    if number is None:
        if len(problems.found) == before:
            problems.say("key.missing", "'number' is missing", item, "e.g. number: IL6")
        return None
    if not _known(number, (AETIOLOGY, *there), said["number"], problems):
        return None
    if number == AETIOLOGY:
        words = tuple(text_of_entry(word, problems) or "" for word in _words(said.get("is")))
        known = ("HBV", "HCV", "alcohol", "MASH", "none")
        if not words or set(words) - set(known) or len(said.keys() & {"above", "below"}):
            problems.say("population.range", "an aetiology has words", item, f"is: one of {', '.join(known)}")
            return None
        return NumberRange(number, words=words)
    if "is" in said:
        value = number_of(said["is"], number, problems)
        return None if value is None else NumberRange(number, value, value)
    low = number_of(said["above"], number, problems) if "above" in said else float("-inf")
    high = number_of(said["below"], number, problems) if "below" in said else float("inf")
    if low is None or high is None:
        return None
    if low > high:
        problems.say("population.range", f"no {number} is above {low:g} and below {high:g}", item)
    return NumberRange(number, low, high)


def _words(at: FileEntry | None) -> tuple[FileEntry, ...]:
    if at is None:
        return ()
    return at.value if isinstance(at.value, tuple) else (at,)


def _observed(at: FileEntry | None, people: Population, problems: FileProblems) -> tuple[ObservedNumber, ...]:
    """What is known of the population, and what the file adds or says otherwise."""
    found = {one.key: one for one in observed_of(people)}
    for item in items_of(at, problems, "e.g. - {number: IL6, above: 18.49 pg/ml, share: 15 %}"):
        said = keyed(item, MATCH_KEYS, problems)
        one = _target(item, said, people, problems)
        if one is not None:
            found[one.key] = one
    return tuple(found.values())


def _target(
    item: FileEntry, said: Mapping[str, FileEntry], people: Population, problems: FileProblems
) -> ObservedNumber | None:
    readings = [key for key in (SHARE, MEAN, "median") if key in said]
    ends = {"above", "below", "is"} & said.keys()
    of = _range(item, said, people, problems)
    if of is None:
        return None
    if len(readings) != 1 or (readings == [SHARE]) != bool(ends):
        hint = "a share of a range, or a mean or a median: {number: age, median: 66 year}"
        problems.say("population.match", f"{of.number} says not what was observed", item, hint)
        return None
    reading = readings[0]
    source = text_of_entry(said.get("source"), problems) or _GIVEN
    if reading == SHARE:
        value = share_of(said[SHARE], problems)
        row = _row(of, value, "dimensionless", source)
    elif reading == MEAN:
        value = number_of(said[MEAN], of.number, problems)
        row = _row(of, value, patient_numbers()[of.number].unit, source)
    else:
        value = number_of(said["median"], of.number, problems)
        of, row = replace(of, high=value or 0.0), _row(of, 0.5, "dimensionless", source)
    return None if value is None else ObservedNumber(of, MEAN if reading == MEAN else SHARE, row)


def _row(of: NumberRange, value: float | None, unit: str, source: str) -> Row:
    value = value or 0.0
    return Row(f"{of.number}.observed", value, unit, value, value, "assumed", source, "said by the file")


def _bounds(at: FileEntry | None, problems: FileProblems) -> tuple[float, float]:
    least, most = weight_bounds()
    if at is None:
        return least, most
    said = keyed(at, _BOUNDS, problems)
    low = value_of(said.get("least"), lambda e: plain_number_of(e, 1e-3, 1.0, problems))
    high = value_of(said.get("most"), lambda e: plain_number_of(e, 1.0, 1e3, problems))
    return (least if low is None else low, most if high is None else high)
