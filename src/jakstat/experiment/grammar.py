"""The one grammar in which doses, times and factors are written.

::

    addition     NAME [(human|mouse)] = LEVELS UNIT [:COUNT] [@ WHEN]      IL6=10ng/ml@0min..20min
    perturbation GENE = FACTORS [:COUNT] [@ TIME]                          SOCS3=0   STAT3=2@1h   SOCS3=90%
    treatment    NAME [@ WHEN]                                             cycloheximide@0h..4h
    LEVELS       NUMBER | NUMBER,NUMBER,... | LOW..HIGH
    WHEN         TIME | TIME.. | TIME..TIME | TIME,TIME,... | TIME + INTERVAL x COUNT

``LOW..HIGH`` makes a dose series of COUNT levels (12 when not given), evenly spaced
on a logarithmic scale. The default time is 0. ``A..B`` is a pulse: at B the medium is
changed for one without the agent. A list or ``+ INTERVAL x COUNT`` gives the dose again.
Every fault is reported as a problem; nothing is guessed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from jakstat.biology import GivenName, dissolved, genes, read_word
from jakstat.errors import InputError, Problem
from jakstat.experiment.protocol import Addition, Perturbation, Schedule, Treatment
from jakstat.limits import LIMITS, check_text
from jakstat.numbers import NUMBER, read_number
from jakstat.units import parse_concentration, parse_number, parse_time

__all__ = ["parse_addition", "parse_perturbation", "parse_times", "parse_treatment"]

_LEVELS = re.compile(
    rf"(?P<first>{NUMBER})\s*(?:\.\.\s*(?P<last>{NUMBER})|(?P<more>(?:,\s*{NUMBER}\s*)+))?"
    r"\s*(?P<unit>[^:@\d][^:@]*?)?\s*(?::\s*(?P<count>\d{1,9}))?",
    re.ASCII,
)
_NAME = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9_\-./ \u0391-\u03c9]*?(?:#[0-9a-f]{8})?)"
    r"\s*(?:\(\s*(?P<origin>[A-Za-z]+)\s*\))?"
)
_REPEAT = re.compile(r"(?P<first>[^+]+?)\s*\+\s*(?P<interval>[^x+]+?)\s*x\s*(?P<count>\d{1,9})", re.ASCII)
_DASHED = re.compile(rf"[-\u2013]\s*({NUMBER})")
_DEFAULT_COUNT = 12
_WHOLE = 100.0
_ORIGINS = ("human", "mouse")
_FORMS = "write e.g. IL6=10ng/ml, IL6=0.1..500ng/ml:12 or IL6=10ng/ml@0min..20min"


def _fault(code: str, message: str, field: str, hint: str = "") -> InputError:
    return InputError([Problem(code, message, field=field, hint=hint)])


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "...")


def _checked(text: object, field: str) -> str:
    """The text, trimmed; refused when it is too long or no text at all."""
    return check_text(str(text).strip(), field=field, longest=LIMITS.name_length)


def parse_treatment(text: str, *, field: str = "--treatment") -> Treatment:
    """A treatment that is on or off, such as ``"actinomycin_D@0min.."``.

    Examples
    --------
    >>> parse_treatment("cycloheximide@0h..90min")
    Treatment(name='cycloheximide', on=0.0, off=1.5)
    """
    name_text, at, when = _checked(text, field).partition("@")
    name, origin = _name(name_text, field)
    if origin:
        raise _fault("origin.unexpected", f"{name} is no ligand, so it has no ({origin})", field)
    schedule = _schedule(when, field) if at else Schedule()
    if len(schedule.starts) > 1:
        raise _fault(
            "time.repeat", f"{name} is on or off and cannot be repeated", field, "write e.g. @0h..2h"
        )
    return Treatment(name, schedule.starts[0], schedule.stop)


def parse_perturbation(text: str, *, field: str = "--knockdown") -> Perturbation:
    """A factor on a gene, such as ``"SOCS3=0"`` or ``"SOCS3=0@1h"``.

    Examples
    --------
    >>> parse_perturbation("SOCS3=0").factors
    (0.0,)
    """
    name_text, rest = _halves(text, field, "write e.g. SOCS3=0 (off), STAT3=2 (doubled) or SOCS3=0@0h")
    name, origin = _name(name_text, field)
    level_text, at, when = rest.partition("@")
    texts, unit, count = _levels(level_text, field)
    name = read_word("gene", name, genes()) or name
    time = parse_time(when, field=field) if at else None
    if unit == "%" and not origin:
        return Perturbation(*_knocked_down(name, texts, count, field), time)
    if unit or origin:
        extra = unit or origin
        hint = f"write {name}=0.1 for a tenth of it, or {name}=90% for a knock-down by that much"
        message = f"a factor on {name} has no unit, but {_shown(extra)} was given"
        raise _fault("unit.clash", message, field, hint)
    factors = [parse_number(text, field=field) for text in texts]
    if min(factors) < 0:
        raise _fault("dose.negative", f"{_shown(level_text.strip())} is negative", field, "give 0 or more")
    if max(factors) > LIMITS.amount:
        raise _fault("dose.range", f"the factor on {name} is above {LIMITS.amount:g}", field)
    if count:
        factors = _range(factors[0], factors[1], count, field, logarithmic=False)
    return Perturbation(name, tuple(factors), time)


def _knocked_down(name: str, texts: list[str], count: int, field: str) -> tuple[str, tuple[float, ...]]:
    """A knock-down in percent: what is left, and the name with what was said."""
    percents = [parse_number(text, field=field) for text in texts]
    wrong = next((p for p in percents if not 0 <= p <= _WHOLE), None)
    if wrong is not None:
        factor = 1.0 + wrong / _WHOLE if wrong < 0 else wrong / _WHOLE
        hint = f"90% leaves a tenth; for {factor:g} times as much write {name}={factor:g}"
        raise _fault("dose.range", f"a knock-down of {name} by {wrong:g} % is not possible", field, hint)
    if count:
        percents = _range(percents[0], percents[1], count, field, logarithmic=False)
    left = [round(_WHOLE - p, 9) for p in percents]
    ends = (", ".join(f"{v:g}" for v in row[:3]) + ", ..." * (len(row) > 3) for row in (percents, left))
    said = f"knocked down by {next(ends)} %, {next(ends)} % left"
    given = f"{name.given}; {said}" if isinstance(name, GivenName) else said
    return GivenName(name, given), tuple(v / _WHOLE for v in left)


def parse_addition(text: str, *, field: str = "--stimulus", ligand: bool = True) -> Addition:
    """A ligand (or, with ``ligand=False``, a drug) in the medium.

    Raises
    ------
    InputError
        For text outside the grammar, a unit that is no concentration, a negative or
        non-finite dose, a series that is too long, or times in the wrong order.

    Examples
    --------
    >>> parse_addition("IL6=10ng/ml@0min..30min")
    Addition(name='IL6', levels=(Quantity(value=10.0, unit='ng/ml',
             kind=<Kind.MASS_CONCENTRATION: 'a mass concentration'>),),
             schedule=Schedule(starts=(0.0,), stop=0.5), origin='human')
    >>> [round(v, 3) for v in parse_addition("ruxolitinib=1..100nM:3", ligand=False).values]
    [1.0, 10.0, 100.0]
    """
    name_text, rest = _halves(text, field, _FORMS)
    name, origin = _name(name_text, field)
    if origin and not ligand:
        raise _fault("origin.unexpected", f"{name} is a drug, so it has no ({origin})", field)
    level_text, at, when = rest.partition("@")
    texts, unit, count = _levels(level_text, field)
    levels = [parse_concentration(f"{text} {unit}", field=f"{field} {name}") for text in texts]
    if count:
        ends = levels[0].value, levels[1].value
        levels = [replace(levels[0], value=v) for v in _range(*ends, count, field, logarithmic=True)]
    schedule = _schedule(when, field) if at else Schedule()
    read = (read_word("ligand", name, dissolved()) or name) if ligand else name
    written, meant = unit.replace(" ", ""), levels[0].unit.replace(" ", "")
    if written != meant:
        before = f"{name}; " if read != name else ""
        read = GivenName(read, f"{before}{written} read as {meant}")
    return Addition(read, tuple(levels), schedule, (origin or "human") if ligand else "")


def _halves(text: object, field: str, hint: str) -> tuple[str, str]:
    name_text, equals, rest = _checked(text, field).partition("=")
    if not equals:
        word, colon, level = (part.strip() for part in name_text.partition(":"))
        if colon and _NAME.fullmatch(word) and _LEVELS.fullmatch(level):
            hint = f"write {word}={level}"
        elif "--drug" in field:
            hint = f"write e.g. {word}=500nM, {word}=1..1000nM:9 or {word}=500nM@-60min"
        raise _fault("text.no-equals", f"{_shown(name_text)} has no '='", field, hint)
    return name_text, rest


def _name(text: str, field: str) -> tuple[str, str]:
    match = _NAME.fullmatch(text.strip())
    if _LEVELS.fullmatch(text.strip()):
        hint = "the name comes first, e.g. IL6=10ng/ml"
        raise _fault("name.unreadable", f"{_shown(text.strip())} is a number and no name", field, hint)
    if match is None:
        raise _fault("name.unreadable", f"{_shown(text.strip())} is no name", field, _FORMS)
    origin = (match["origin"] or "").casefold()
    if origin and origin not in _ORIGINS:
        raise _fault(
            "origin.unknown", f"there is no {origin!r} ligand", field, f"known: {', '.join(_ORIGINS)}"
        )
    return match["name"], origin


def _levels(text: str, field: str) -> tuple[list[str], str, int]:
    """The numbers, their unit, and how many levels they span (0 when they are the levels themselves)."""
    match = _LEVELS.fullmatch(text.strip())
    if match is None:
        raise _fault("dose.unreadable", f"{_shown(text.strip())} is no dose", field, _FORMS)
    if match["unit"] and (stop := _DASHED.match(match["unit"])):
        hint = f"write a range as {match['first']}..{stop[1]}"
        raise _fault("dose.unreadable", f"{_shown(text.strip())} is no dose", field, hint)
    texts = [match["first"]]
    if match["last"]:
        texts.append(match["last"])
    texts += [n for n in (match["more"] or "").split(",") if n.strip()]
    if match["count"] and not match["last"]:
        raise _fault("series.no-range", f"{_shown(text.strip())} has a count but no range", field, _FORMS)
    if len(texts) > LIMITS.series_points:
        longest = LIMITS.series_points
        raise _fault("series.too-long", f"{len(texts)} levels are too many", field, f"at most {longest}")
    count = int(match["count"] or _DEFAULT_COUNT) if match["last"] else 0
    if match["last"] and not 2 <= count <= LIMITS.series_points:
        allowed = f"give 2 to {LIMITS.series_points}"
        raise _fault("series.count", f"a series of {count} levels is not possible", field, allowed)
    return texts, (match["unit"] or "").strip(), count


def _range(first: float, last: float, levels: int, field: str, *, logarithmic: bool) -> list[float]:
    if first >= last:
        raise _fault("series.order", f"the series {first:g}..{last:g} does not rise", field, "lowest first")
    if not logarithmic:
        return [float(v) for v in np.linspace(first, last, levels)]
    if first <= 0:
        hint = "a series is spaced on a logarithmic scale; start above 0, or list the doses: 0,1,10ng/ml"
        raise _fault("series.zero", f"the series {first:g}..{last:g} starts at 0", field, hint)
    return [float(v) for v in np.geomspace(first, last, levels)]


def _schedule(text: str, field: str) -> Schedule:
    trimmed = text.strip()
    if ".." in trimmed:
        first, _, last = trimmed.partition("..")
        start = parse_time(first, field=field)
        stop = parse_time(last, field=field) if last.strip() else None
        if stop is not None and stop <= start:
            raise _fault("time.order", f"the pulse {_shown(trimmed)} ends before it begins", field)
        return Schedule((start,), stop)
    repeat = _REPEAT.fullmatch(trimmed)
    if repeat is not None:
        return Schedule(_repeated(repeat, field))
    starts = parse_times(trimmed.split(","), field=field)
    if any(b <= a for a, b in itertools.pairwise(starts)):
        raise _fault("time.order", f"the times {_shown(trimmed)} do not rise", field)
    return Schedule(_few(starts, field))


def parse_times(texts: Sequence[str], *, field: str) -> tuple[float, ...]:
    """Times in hours; in a list a 0 needs a unit too, for 0,5h may have been meant as half an hour.

    Examples
    --------
    >>> parse_times(["0h", "8h"], field="--medium-change"), parse_times(["0"], field="--medium-change")
    ((0.0, 8.0), (0.0,))
    """
    found = tuple(parse_time(text, field=field) for text in texts)
    bare = [text for text in texts if read_number(text) is not None]
    if bare and len(texts) > 1:
        hint = "write 0h, or a decimal number with a point"
        raise _fault("unit.missing", f"the time {_shown(bare[0])} of a list has no unit", field, hint)
    return found


def _repeated(match: re.Match[str], field: str) -> tuple[float, ...]:
    first = parse_time(match["first"], field=field)
    interval = parse_time(match["interval"], field=field)
    count = int(match["count"])
    if interval <= 0 or count < 1:
        raise _fault("time.repeat", f"{_shown(match[0])} repeats nothing", field, "write e.g. @0h+8hx3")
    if count > LIMITS.doses:
        raise _fault("time.repeat", f"{count} repeats are too many", field, f"at most {LIMITS.doses}")
    return tuple(first + i * interval for i in range(count))


def _few(starts: tuple[float, ...], field: str) -> tuple[float, ...]:
    if len(starts) > LIMITS.doses:
        raise _fault("time.repeat", f"{len(starts)} repeats are too many", field, f"at most {LIMITS.doses}")
    return starts
