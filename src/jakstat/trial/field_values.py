"""One plain value of a trial file: text becomes a checked number, word or list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from jakstat.errors import InputError, problem
from jakstat.knowledge.file_entries import FileEntry, FileProblems
from jakstat.limits import LIMITS, check_text
from jakstat.numbers import NUMBER, read_number, read_share, read_whole
from jakstat.patients.values import parse_span
from jakstat.pharmacology import nearest_names
from jakstat.streams import check_seed
from jakstat.trial.trial_fields import TrialField

__all__ = ["parse_rate", "parse_share", "read_plain"]

_RATE = re.compile(rf"\s*({NUMBER})\s*(%?)\s*/\s*([A-Za-z]+)\s*")
_LONG = MappingProxyType({"month": "mo", "months": "mo", "week": "w", "year": "y", "years": "y", "day": "d"})
_FLAGS = MappingProxyType({"true": True, "false": False, "yes": True, "no": False})
_SHOWN = 40


def parse_share(text: str) -> float:
    """A share as ``30 %`` or ``0.3``.

    Raises
    ------
    InputError
        ``number.text``, ``trial.range``.

    Examples
    --------
    >>> parse_share("30 %"), parse_share("0.25")
    (0.3, 0.25)
    """
    share = read_share(text)
    if share is None:
        raise problem("number.text", f"{text[:_SHOWN]!r} is no share", hint="e.g. 30 % or 0.3")
    if not 0.0 <= share <= 1.0:
        raise problem(
            "trial.range", f"{text.strip()[:_SHOWN]} is no share", hint="from 0 to 100 %, e.g. 30 %"
        )
    return share


def parse_rate(text: str) -> float:
    """A share in a time, ``2 %/month``, as a hazard in 1/h.

    Raises
    ------
    InputError
        ``number.text``, ``trial.range``, ``unit.missing``, ``unit.clash``, ``unit.unknown``.

    Examples
    --------
    >>> round(parse_rate("2 %/month") * 730.5, 12), parse_rate("0")
    (0.02, 0.0)
    """
    hint = "e.g. 2 %/month"
    share = read_share(text)
    if share is not None:
        if share == 0.0:
            return 0.0
        raise problem("unit.missing", f"{text.strip()[:_SHOWN]} says no time", hint=hint)
    match = _RATE.fullmatch(text)
    if match is None or read_number(match[1]) is None:
        raise problem("number.text", f"{text[:_SHOWN]!r} is no share in a time", hint=hint)
    try:
        span = parse_span(f"1 {_LONG.get(match[3], match[3])}", field="")
    except InputError as error:
        raise problem(error.problems[0].code, f"{match[3]!r} is no time", hint=hint) from None
    rate = parse_share(match[1] + match[2]) / span
    if not 0.0 <= rate * 24.0 <= 1.0:
        raise problem("trial.range", f"{text.strip()[:_SHOWN]} is out of range", hint="up to 100 %/d")
    return rate


def read_plain(field: TrialField, at: FileEntry, problems: FileProblems) -> Any:
    """The value of a field; None, with a problem told, where it has none (in a list, at its place).

    Examples
    --------
    >>> from jakstat.trial.trial_fields import trial_fields
    >>> read_plain(trial_fields()[""]["accrual"], FileEntry("14mo", "accrual", 1), FileProblems(None))
    10227.0
    """
    many = field.kind in ("texts", "spans", "choices")
    if many:
        items = at.value if isinstance(at.value, tuple) else (at,)
        if len(items) > LIMITS.series_points:
            problems.say("count.range", f"{len(items)} entries", at, f"at most {LIMITS.series_points}")
            return None
        return tuple(_one(field, item, problems) for item in items)
    return _one(field, at, problems)


def _one(field: TrialField, at: FileEntry, problems: FileProblems) -> Any:
    if not isinstance(at.value, str) or not at.value.strip():
        what = "has no value" if at.value in (None, "") else "must be one plain value"
        problems.say("yaml.type", f"{field.key!r} {what}", at, f"e.g. {field.example}")
        return None
    try:
        text = check_text(at.value, field=at.place, longest=LIMITS.name_length)
        return _READERS[field.kind](field, text)
    except InputError as error:
        problems.take(error, at)
        return None


def _text(field: TrialField, text: str) -> str:
    if not text.isprintable():
        raise problem("yaml.type", f"{field.key!r} holds characters that cannot be shown", hint=field.example)
    return text.strip()


def _choice(field: TrialField, text: str) -> str:
    known = {c.casefold(): c for c in field.choices}
    found = known.get(text.strip().casefold())
    if found is None:
        near = nearest_names(text, field.choices, shown=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        message = f"{text[:_SHOWN]!r} is not among the choices of {field.key!r}"
        raise problem("trial.choice", message, hint=f"{hint}allowed: {', '.join(field.choices)}")
    return found


def _number(field: TrialField, text: str) -> float | int:
    value = read_whole(text) if field.kind == "whole" else read_number(text)
    if value is None:
        what = "whole number" if field.kind == "whole" else "plain number"
        raise problem("number.text", f"{text[:_SHOWN]!r} is no {what}", hint=f"e.g. {field.example}")
    if not field.low <= value <= field.high:
        hint = f"from {field.low:,.0f} to {field.high:,.0f}"
        raise problem("trial.range", f"{text.strip()[:_SHOWN]} is out of range", hint=hint)
    return value


def _seed(_: TrialField, text: str) -> int:
    return check_seed(int(text) if re.fullmatch(r"[0-9]{1,19}", text) else text)


def _flag(_: TrialField, text: str) -> bool:
    found = _FLAGS.get(text.strip().lower())
    if found is None:
        raise problem("yaml.type", f"{text[:_SHOWN]!r} is neither yes nor no", hint="true or false")
    return found


def _span(field: TrialField, text: str) -> float:
    return parse_span(text, field=field.key)


_READERS: Mapping[str, Callable[[TrialField, str], Any]] = MappingProxyType(
    {
        "text": _text,
        "texts": _text,
        "choice": _choice,
        "choices": _choice,
        "whole": _number,
        "number": _number,
        "seed": _seed,
        "flag": _flag,
        "span": _span,
        "spans": _span,
        "share": lambda _, text: parse_share(text),
        "rate": lambda _, text: parse_rate(text),
    }
)
