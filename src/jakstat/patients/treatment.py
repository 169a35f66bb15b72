"""What a patient is given: drugs by name with their regimens, and an operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jakstat.errors import InputError, Problem, problem
from jakstat.limits import LIMITS, check_text
from jakstat.patients.values import parse_span
from jakstat.pharmacology import find_agent
from jakstat.pharmacology.pk_library import PkModel, pk_model, pk_models
from jakstat.pharmacology.regimen import Regimen
from jakstat.pharmacology.regimen_text import check_route, parse_regimen
from jakstat.units import Kind, parse_quantity

__all__ = ["Prescription", "Resection", "parse_prescription", "parse_prescriptions", "parse_residual"]

_FORM = "e.g. 'sorafenib 400 mg PO BID'"
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Prescription:
    """One drug and how it is taken; ``said`` is the name that was used."""

    drug: PkModel
    regimen: Regimen
    said: str

    @property
    def told(self) -> str:
        """The prescription as it was understood."""
        name = self.drug.name if self.drug.name == self.said else f"{self.drug.name} ({self.said})"
        if self.drug.own_data:
            name = f"{self.drug.name} (your own, data {self.drug.own_data[:8]})"
        return f"{name} {self.regimen.text}"


@dataclass(frozen=True, slots=True)
class Resection:
    """An operation that takes out what is seen of the tumour.

    Parameters
    ----------
    time_h : float
    cells : float
        Living tumour cells that are left behind, in millions.
    """

    time_h: float
    cells: float


def parse_prescription(text: str, *, field: str = "--regimen") -> Prescription:
    """A drug, by any of its names, and its regimen behind it.

    Raises
    ------
    InputError
        ``regimen.text``, ``drug.unknown``, ``pk.none``, ``regimen.route`` and the like.

    Examples
    --------
    >>> parse_prescription("CNTO 328 11 mg/kg IV q3w").told
    'siltuximab (CNTO 328) 11 mg/kg IV q3w'
    """
    check_text(text, field=field, longest=LIMITS.name_length)
    splits = [m.start() for m in re.finditer(r"(?<=\s)-?[\d.]", text)]
    if not splits or not text[: splits[0]].strip():
        raise problem("regimen.text", f"{text[:60]!r} names no drug and dose", field=field, hint=_FORM)
    place = next((k for k in splits if _is_drug(text[:k].strip())), splits[0])
    said = text[:place].strip()
    try:
        model = pk_model(said)
        regimen = check_route(model, parse_regimen(text[place:], field=field), field=field)
    except InputError as error:
        raise InputError(
            Problem(p.code, p.message, p.file, p.line, p.column, field, p.hint) for p in error.problems
        ) from None
    return Prescription(model, regimen, said)


def _is_drug(name: str) -> bool:
    if find_agent(name) is not None:
        return True
    return any(name.casefold() in map(str.casefold, m.aliases) for m in pk_models())


def parse_prescriptions(texts: Iterable[str], *, field: str = "--regimen") -> tuple[Prescription, ...]:
    """Every prescription, or every problem of all of them.

    Raises
    ------
    InputError
        As :func:`parse_prescription`; ``drug.twice``.

    Examples
    --------
    >>> [p.drug.id for p in parse_prescriptions(["sorafenib 400 mg PO BID", "Sylvant 11 mg/kg IV q3w"])]
    ['sorafenib', 'siltuximab']
    """
    found: list[Prescription] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            found.append(parse_prescription(text, field=field))
        except InputError as error:
            problems += error.problems
    problems += _twice(found, field)
    if problems:
        raise InputError(problems)
    return tuple(found)


def _twice(found: Sequence[Prescription], field: str) -> list[Problem]:
    ids = [p.drug.id for p in found]
    hint = "join its doses with 'then'"
    return [
        Problem("drug.twice", f"{name} is prescribed twice", field=field, hint=hint)
        for name in dict.fromkeys(i for i in ids if ids.count(i) > 1)
    ]


def parse_residual(text: str, *, cells_per_ml: float, field: str = "--residual") -> float:
    """What an operation leaves behind, in millions of cells: ``100 cells``, ``0.1 mL``, ``5 mm``.

    Examples
    --------
    >>> parse_residual("1e8 cells", cells_per_ml=1000.0), parse_residual("0.1 mL", cells_per_ml=1000.0)
    (100.0, 100.0)
    """
    bare = re.fullmatch(r"\s*(\S+?)\s*cells?\s*", text)
    quantity = parse_quantity(bare[1] if bare else text, field=field, hint="e.g. 100 cells, 0.1 mL or 5 mm")
    if bare and not quantity.unit:
        millions = quantity.value / _MILLION
    elif quantity.kind is Kind.VOLUME:
        millions = quantity.to("mL") * cells_per_ml
    elif quantity.kind is Kind.LENGTH:
        from jakstat.patients.recist import sphere_volume

        millions = float(sphere_volume(quantity.to("mm"))) * cells_per_ml
    else:
        said = f"{text.strip()[:40]!r} is no number of cells, volume or diameter"
        raise problem("unit.clash", said, field=field, hint="e.g. 100 cells, 0.1 mL or 5 mm")
    if not 0.0 <= millions <= LIMITS.amount:
        raise problem("dose.range", f"{text.strip()[:40]} is out of range", field=field, hint="0 or more")
    return millions


def parse_resection(time: str, residual: str, *, cells_per_ml: float) -> Resection:
    """An operation of the command line."""
    when = parse_span(time, field="--resect")
    return Resection(when, parse_residual(residual, cells_per_ml=cells_per_ml))
