"""Claims about the drugs as a whole, checked on the library: how many of the named classes have a drug.

The table is ``data/library_checks.csv``. A class is a list of ``property=value`` joined by ``&``, where
the property is ``group`` or ``structure`` of :class:`jakstat.pharmacology.Agent` and a value may end in
``*`` (any ending). Classes are separated by ``;``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator

from jakstat.errors import InputError
from jakstat.knowledge.cell_values import Prose, plain_number
from jakstat.knowledge.loader import checked_records
from jakstat.knowledge.table_record import TableRecord
from jakstat.pharmacology import Agent, library_agents
from jakstat.tables import read_lines

__all__ = ["LibraryCheck", "library_checks"]

_Property = Literal["group", "structure"]
_NAMES = ", ".join(get_args(_Property))


class LibraryCheck(TableRecord):
    """A claim that the drugs fall into so many classes.

    Examples
    --------
    >>> check = library_checks()["C300"]
    >>> check.claimed, check.present()
    (4, 4)
    >>> check.members()[2]
    ('NTD_inhibitor',)
    """

    id: Annotated[str, Field(pattern=r"^C\d{3}$")]
    classes: tuple[tuple[tuple[_Property, str], ...], ...]
    claimed: Annotated[
        int, Field(ge=1, description="How many classes the claim names."), BeforeValidator(plain_number)
    ]
    note: Prose = ""

    @field_validator("classes", mode="before")
    @classmethod
    def _classes(cls, value: object) -> object:
        """Read the cell; ValueError names a property that is none."""
        if not isinstance(value, str):
            return value
        found = []
        for text in value.split(";"):
            pairs = [part.strip().partition("=") for part in text.split("&")]
            wrong = [name for name, equals, _ in pairs if not equals or name not in get_args(_Property)]
            if wrong:
                raise ValueError(
                    f"{wrong[0][:30]!r} is no property; allowed: {', '.join(get_args(_Property))}"
                )
            found.append(tuple((name, wanted) for name, _, wanted in pairs))
        return tuple(found)

    def members(self) -> tuple[tuple[str, ...], ...]:
        """Names of the drugs of each class, in the order of the library."""
        drugs = [a for a in library_agents() if a.kind == "drug"]
        return tuple(tuple(a.name for a in drugs if _belongs(a, pairs)) for pairs in self.classes)

    def present(self) -> int:
        """How many classes have a drug."""
        return sum(bool(names) for names in self.members())


def _belongs(drug: Agent, pairs: tuple[tuple[_Property, str], ...]) -> bool:
    return all(_matches({"group": drug.group, "structure": drug.structure}[name], v) for name, v in pairs)


def _matches(value: str, wanted: str) -> bool:
    return value.startswith(wanted[:-1]) if wanted.endswith("*") else value == wanted


@lru_cache(maxsize=1)
def library_checks() -> Mapping[str, LibraryCheck]:
    """Every check by claim.

    Raises
    ------
    InputError
        A fault of the table.
    """
    name = "library_checks.csv"
    data = files("jakstat.evidence").joinpath("data", name).read_bytes()
    lines, problems = read_lines(data, columns=tuple(LibraryCheck.model_fields), file=name)
    records, faults = checked_records(lines, LibraryCheck, file=name, key="id")
    if problems or faults:
        raise InputError([*problems, *faults])
    return {r.id: r for _, r in records}
