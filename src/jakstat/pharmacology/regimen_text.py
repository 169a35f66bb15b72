"""Regimens as a pharmacist writes them: ``11 mg/kg IV q3w x 6``, ``15 mg PO BID``.

A segment is a dose, a route and any of: ``over 1 h`` or ``bolus``; how often (``QD BID TID QID q8h q2w
qw``, ``daily``, ``weekly``, ``once``, ``every 3 weeks``); days of a cycle (``day 1,3,5``, ``day 1-5``);
``4 days on 3 off``; ``x 6`` (doses, or cycles where days are named); ``for 12 weeks``; ``max 800 mg``;
``from day 8``. Nothing is said twice in a segment. ``then`` joins segments.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field

from jakstat.errors import problem
from jakstat.limits import LIMITS, check_text
from jakstat.pharmacology.nearest import nearest_names
from jakstat.pharmacology.pk_library import PkModel
from jakstat.pharmacology.regimen import Basis, Regimen, Segment
from jakstat.units import kind_of

__all__ = ["check_route", "parse_regimen"]

_FIELD = "REGIMEN"
_FORM = "e.g. '11 mg/kg IV q3w x 6', '15 mg PO BID', '162 mg SC qw'"
_MASSES = {"mg": 1.0, "g": 1e3, "ug": 1e-3, "mcg": 1e-3}
_PER: dict[str, Basis] = {"": "flat", "/kg": "kg", "/m2": "m2", "/m^2": "m2"}
_UNITS = {f"{mass}{per}": (scale, basis) for mass, scale in _MASSES.items() for per, basis in _PER.items()}
_ROUTES = {
    **dict.fromkeys(("iv", "intravenous", "intravenously"), "IV"),
    **dict.fromkeys(("po", "oral", "orally"), "PO"),
    **dict.fromkeys(("sc", "subcutaneous", "subcutaneously", "sq"), "SC"),
}
_HOURS = {"h": 1.0, "d": 24.0, "w": 168.0, "m": 1.0 / 60.0}
_A_DAY = {"qd": 1, "od": 1, "daily": 1, "once daily": 1, "bid": 2, "twice daily": 2, "tid": 3, "qid": 4}
_SPAN = r"(?P<{0}>\d+(?:\.\d+)?)\s*(?P<{0}_unit>min(?:utes?)?|h(?:ours?|rs?)?|d(?:ays?)?|w(?:eeks?)?)"


_OFTEN, _CYCLE, _LASTING = "how often a day", "the interval", "the length of the infusion"


@dataclass
class _Read:
    """What has been read of a segment; days and rhythm are joined at its end."""

    segment: Segment
    a_day: int = 0
    interval: float = 0.0
    days: tuple[int, ...] = ()
    on_off: tuple[int, int] | None = None
    count: int | None = None
    span: float | None = None
    once: bool = False
    said: dict[str, str] = dataclass_field(default_factory=dict)


def parse_regimen(text: str, *, field: str = _FIELD) -> Regimen:
    """Read a regimen.

    Parameters
    ----------
    text : str
        As above; case is ignored.
    field : str
        Where it comes from, for messages.

    Raises
    ------
    InputError
        ``regimen.text``, ``unit.clash``, ``regimen.route``, ``dose.negative``, ``regimen.days`` and the
        like: what is wrong, and the nearest valid form.

    Examples
    --------
    >>> regimen = parse_regimen("200 mg IV over 1 h day 1,3,5 then 200 mg IV qw")
    >>> [dose.time_h / 24 for dose in regimen.given(20 * 24.0)]
    [0.0, 2.0, 4.0, 7.0, 14.0]
    >>> parse_regimen("5 nM PO")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: REGIMEN: '5 nM' is a molar concentration, not a dose. allowed: mg, g, ...
    """
    check_text(text, field=field, longest=LIMITS.name_length)
    pieces = re.split(r"\s*(?:\bthen\b|\bfollowed by\b|;)\s*", " ".join(text.split()), flags=re.IGNORECASE)
    if not text.strip():
        raise problem("regimen.text", "the regimen is empty", field=field, hint=_FORM)
    segments = tuple(_segment(piece, field) for piece in pieces)
    _check_order(segments, field)
    return Regimen(segments)


def _check_order(segments: tuple[Segment, ...], field: str) -> None:
    for before, after in itertools.pairwise(segments):
        if before.cycle_h and before.cycles is None and after.start_h is None:
            hint = "say how often it is given before: 'x 2', 'for 6 weeks', or 'from day 43' behind it"
            raise problem("regimen.endless", "nothing comes after a dose without end", field=field, hint=hint)
    starts = Regimen(segments).starts
    for k, (a, b) in enumerate(itertools.pairwise(starts)):
        if b < a:
            raise problem("regimen.order", f"segment {k + 2} starts before segment {k + 1}", field=field)


def _segment(text: str, field: str) -> Segment:
    number = re.match(
        r"(?P<sign>-?)\s*(?P<number>\d+(?:\.\d*)?|\.\d+)\s*(?P<unit>[^\s\d,][^\s]*)?\s*", text, re.ASCII
    )
    if number is None:
        raise problem("regimen.text", f"{text[:40]!r} does not start with a dose", field=field, hint=_FORM)
    scale, basis = _unit(number["number"], number["unit"] or "", text, field)
    amount = float(number["number"]) * scale
    if number["sign"] or not 0 < amount <= LIMITS.amount:
        hint = "give more than 0"
        raise problem("dose.negative", f"the dose is {text[: number.end()].strip()}", field=field, hint=hint)
    route, rest = _route(text[number.end() :], text, field)
    read = _Read(Segment(amount, basis, route))
    while rest:
        rest = _clause(rest, read, text, field)
    return _joined(read, text, field)


def _unit(number: str, unit: str, text: str, field: str) -> tuple[float, Basis]:
    found = _UNITS.get(unit.casefold().replace("²", "2").replace("µ", "u"))
    if found is not None:
        return found
    allowed = "allowed: mg, g, ug, each also per kg or m2"
    begun = [u for u in _UNITS if unit.casefold().startswith(u)]
    if begun and unit.casefold()[len(max(begun, key=len)) :].startswith("/"):
        best = max(begun, key=len)
        form = text.replace(f"{unit}", best, 1)
        hint = f"write '{_tidy(form)}'; how often stands apart (QD, q3w). {allowed}"
        raise problem("unit.clash", f"{number} {unit[:20]} is no dose", field=field, hint=hint)
    kind = kind_of(unit) if len(unit) < LIMITS.name_length else None
    if kind is not None and unit:
        hint = f"{allowed}; write '{_tidy(text.replace(unit, 'mg', 1))}'"
        raise problem("unit.clash", f"'{number} {unit}' is {kind.value}, not a dose", field=field, hint=hint)
    near = nearest_names(unit, _UNITS, shown=1)
    hint = f"did you mean '{number} {near[0] if near else 'mg'}'? {allowed}"
    bare = not unit or unit.casefold() in _ROUTES
    said = f"{number} has no unit" if bare else f"unknown unit {unit[:20]!r}"
    raise problem("regimen.unit", said, field=field, hint=hint)


def _tidy(form: str) -> str:
    words = form.split()
    known = any(w.casefold() in _ROUTES for w in words)
    return " ".join(words if known else [*words, "IV", "q3w"])


def _route(rest: str, text: str, field: str) -> tuple[str, str]:
    word = re.match(r"(?P<word>[A-Za-z]+)\s*", rest)
    if word is not None and word["word"].casefold() in _ROUTES:
        return _ROUTES[word["word"].casefold()], rest[word.end() :]
    if word is not None and re.match(r"by mouth\b", rest, re.IGNORECASE):
        return "PO", rest[len("by mouth") :].strip()
    said = f"unknown route {word['word'][:20]!r}" if word is not None else f"{text[:40]!r} names no route"
    raise problem("regimen.route", said, field=field, hint=f"allowed: IV, PO, SC; {_FORM}")


def _hours(value: str, unit: str) -> float:
    return float(value) * _HOURS[unit[0].casefold()]


def _over(m: re.Match[str], r: _Read) -> str:
    r.segment = replace(r.segment, duration_h=_hours(m["over"], m["over_unit"]))
    if not r.segment.duration_h:
        raise ValueError("an infusion takes time; write 'bolus' for none")
    return _LASTING


def _bolus(_: re.Match[str], r: _Read) -> str:
    r.segment = replace(r.segment, duration_h=0.0)
    return _LASTING


def _a_day(m: re.Match[str], r: _Read) -> str:
    r.a_day = _A_DAY[" ".join(m["often"].casefold().split())]
    return _OFTEN


def _every(m: re.Match[str], r: _Read) -> str:
    hours = _hours(m["every"] or "1", m["every_unit"])
    if not hours:
        raise ValueError("give an interval above 0, e.g. q12h or q3w")
    if hours <= _HOURS["d"] and (_HOURS["d"] / hours).is_integer():
        r.a_day = round(_HOURS["d"] / hours)
        return _OFTEN
    r.interval = hours
    return _CYCLE


def _weekly(_: re.Match[str], r: _Read) -> str:
    r.interval = _HOURS["w"]
    return _CYCLE


def _once(_: re.Match[str], r: _Read) -> str:
    r.once = True
    return _OFTEN


def _days(m: re.Match[str], r: _Read) -> str:
    found: list[int] = []
    for piece in m["days"].replace(" ", "").split(","):
        first, _, last = piece.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()):
            raise ValueError("e.g. day 1,3,5 or day 1-5")
        if not 1 <= int(first) <= int(last or first) <= LIMITS.doses:
            raise ValueError("days count from 1, e.g. day 1,3,5 or day 1-5")
        found += range(int(first), int(last or first) + 1)
    if len(set(found)) < len(found):
        raise ValueError("name every day once")
    r.days = tuple(sorted(found))
    return "the days"


def _on_off(m: re.Match[str], r: _Read) -> str:
    unit = 7 if m["on_unit"].casefold().startswith("w") else 1
    off = 7 if (m["off_unit"] or m["on_unit"]).casefold().startswith("w") else 1
    r.on_off = (int(m["on"]) * unit, int(m["off"]) * off)
    if not min(r.on_off):
        raise ValueError("give at least one day on and one off")
    return "days on and off"


def _times(m: re.Match[str], r: _Read) -> str:
    r.count = int(m["count"])
    if not r.count:
        raise ValueError("give at least one dose")
    return "the number of doses"


def _for(m: re.Match[str], r: _Read) -> str:
    r.span = _hours(m["long"], m["long_unit"])
    if not r.span:
        raise ValueError("give a time above 0")
    return "for how long"


def _most(m: re.Match[str], r: _Read) -> str:
    r.segment = replace(r.segment, maximum_mg=float(m["most"]) * _UNITS[m["most_unit"].casefold()][0])
    if not r.segment.maximum_mg:
        raise ValueError("give more than 0")
    return "the largest dose"


def _from(m: re.Match[str], r: _Read) -> str:
    r.segment = replace(r.segment, start_h=(float(m["first"]) - 1.0) * _HOURS["d"])
    if float(m["first"]) < 1.0:
        raise ValueError("days count from 1")
    return "the first day"


_CLAUSES: tuple[tuple[str, Callable[[re.Match[str], _Read], str]], ...] = (
    (r"over\s+" + _SPAN.format("over"), _over),
    (r"(?:as )?(?:bolus|push)", _bolus),
    (r"(?P<often>qd|od|bid|tid|qid|twice daily|once daily|daily)", _a_day),
    (r"(?:once )?weekly", _weekly),
    (r"q(?P<every>\d+(?:\.\d+)?)?\s*(?P<every_unit>[hdw])(?:ours?|ays?|eeks?)?", _every),
    (r"every\s+(?:" + _SPAN.format("every") + r")", _every),
    (r"once|single(?: dose)?", _once),
    (r"(?:on )?days?\s+(?P<days>\d[\d,\s-]*?)(?=\s*(?:$|[^\d,\s-]|\s\d+ (?:days?|weeks?) on))", _days),
    (
        r"(?P<on>\d+)\s*(?P<on_unit>days?|weeks?|d|w)\s+on,?\s*(?P<off>\d+)\s*(?P<off_unit>days?|weeks?|d|w)?\s*off",
        _on_off,
    ),
    (r"[x×]\s*(?P<count>\d+)(?:\s*(?:doses|cycles|times))?", _times),
    (r"for\s+" + _SPAN.format("long"), _for),
    (r"max(?:imum)?\s+(?P<most>\d+(?:\.\d+)?)\s*(?P<most_unit>mg|g)", _most),
    (r"(?:starting|from)\s+(?:on\s+)?day\s+(?P<first>\d+(?:\.\d+)?)", _from),
)
_CASES = tuple(
    (re.compile(rf"(?:{form})(?=\s|,|$)\s*,?\s*", re.IGNORECASE | re.ASCII), act) for form, act in _CLAUSES
)


def _clause(rest: str, read: _Read, text: str, field: str) -> str:
    for form, act in _CASES:
        match = form.match(rest)
        if match is None:
            continue
        words = match[0].strip(" ,")[:40]
        try:
            kind = act(match, read)
        except ValueError as error:
            raise problem(
                "regimen.clause", f"{words!r} is not possible", field=field, hint=str(error)
            ) from None
        if kind in read.said:
            message = f"{read.said[kind]!r} and {words!r} both say {kind}"
            raise problem("regimen.twice", message, field=field, hint="leave one out, or join with 'then'")
        read.said[kind] = words
        return rest[match.end() :]
    word = rest.split(maxsplit=1)[0]
    near = nearest_names(
        word,
        ["QD", "BID", "TID", "QID", "q8h", "q2w", "q3w", "q4w", "qw", "once", "over", "then", "max"],
        shown=1,
    )
    hint = f"did you mean '{near[0]}'? {_FORM}" if near else _FORM
    raise problem("regimen.text", f"{word[:40]!r} in {text[:60]!r} is not understood", field=field, hint=hint)


def _joined(r: _Read, text: str, field: str) -> Segment:
    """Days, rhythm and number of doses as offsets within a cycle."""
    day = _HOURS["d"]
    within = tuple(day / r.a_day * k for k in range(r.a_day)) if r.a_day else (0.0,)
    segment = r.segment
    if r.once and (r.interval or r.on_off or len(r.days) > 1):
        raise problem("regimen.twice", f"{text[:60]!r} is given both once and again", field=field, hint=_FORM)
    if r.a_day and r.interval and not (r.days or r.on_off):
        message = f"{r.said[_OFTEN]!r} and {r.said[_CYCLE]!r} are two rhythms"
        hint = "leave one out, or name the days of the cycle: 'QD day 1-5 q3w'"
        raise problem("regimen.twice", message, field=field, hint=hint)
    if r.on_off is not None:
        on, off = r.on_off
        if r.days or r.interval:
            hint = "e.g. '600 mg PO QD 4 days on 3 off'"
            raise problem(
                "regimen.days", "days on and off go with QD, BID, TID or q8h", field=field, hint=hint
            )
        offsets = tuple(day * k + o for k in range(on) for o in within)
        segment = replace(segment, offsets=offsets, cycle_h=day * (on + off), cycles=r.count)
    elif r.days:
        offsets = tuple(day * (d - 1) + o for d in r.days for o in within)
        if r.interval and offsets[-1] >= r.interval:
            message = f"day {r.days[-1]} lies beyond the cycle of {r.interval / day:g} days"
            raise problem("regimen.days", message, field=field, hint=f"name days 1 to {r.interval / day:g}")
        segment = replace(
            segment, offsets=offsets, cycle_h=r.interval, cycles=r.count if r.interval else None
        )
    elif r.interval or r.a_day:
        segment = replace(segment, cycle_h=r.interval or day / r.a_day, cycles=r.count)
    if r.count is not None and not segment.cycle_h:
        hint = "e.g. '11 mg/kg IV q3w x 6'"
        raise problem("regimen.count", f"x {r.count} needs an interval", field=field, hint=hint)
    return _checked(_bounded(segment, r, field), field)


def _bounded(segment: Segment, r: _Read, field: str) -> Segment:
    if r.span is None:
        return segment
    if not segment.cycle_h or r.count is not None or r.span < segment.cycle_h:
        hint = "e.g. '15 mg PO BID for 6 weeks', or 'x 6'"
        raise problem(
            "regimen.count", "'for ...' needs an interval that is shorter, and no 'x'", field=field, hint=hint
        )
    return replace(segment, cycles=math.ceil(r.span / segment.cycle_h))


def _checked(segment: Segment, field: str) -> Segment:
    long = segment.duration_h or 0.0
    if long > segment.interval_h:
        message = f"an infusion over {long:g} h does not end before the next dose"
        raise problem("regimen.infusion", message, field=field, hint=f"at most {segment.interval_h:g} h")
    if long and segment.route != "IV":
        message = f"a dose {segment.route} is not infused"
        raise problem("regimen.infusion", message, field=field, hint="leave out 'over', or write IV")
    if segment.duration_h == 0.0 and segment.route != "IV":
        raise problem("regimen.infusion", "a bolus is IV", field=field, hint="leave out 'bolus', or write IV")
    if segment.offsets[-1] > LIMITS.until_hours or segment.cycle_h > LIMITS.until_hours:
        raise problem(
            "time.range", "the regimen is too long", field=field, hint=f"up to {LIMITS.until_hours:g} h"
        )
    return segment


def check_route(model: PkModel, regimen: Regimen, *, field: str = _FIELD) -> Regimen:
    """The regimen itself, when the drug is given by its routes.

    Raises
    ------
    InputError
        ``regimen.route``, with the nearest valid form and the drug's own regimen.

    Examples
    --------
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> check_route(pk_model("siltuximab"), parse_regimen("11 mg/kg PO q3w"))
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: REGIMEN: siltuximab (antibody) is not given PO. write '11 mg/kg IV q3w', ...
    """
    for segment in regimen.segments:
        if segment.route not in model.routes:
            routes = tuple(model.routes)
            changed = Regimen(tuple(replace(s, route=routes[0]) for s in regimen.segments))
            hint = f"write '{changed.text}', or its own: '{model.regimens[0]['text']}'"
            message = f"{model.name} ({model.kind}) is not given {segment.route}"
            raise problem("regimen.route", message, field=field, hint=hint)
    return regimen
