"""What reading a model turned up that is worth knowing but not fatal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jakstat.errors import Problem

__all__ = ["Assumptions", "ImportReport"]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What may be assumed where a document sets nothing; without them that is an error.

    Simulators silently differ about these values.

    Parameters
    ----------
    zero : bool
        Species and parameters that are used and never set are 0.
    one_stoichiometry : bool
        Species references without a stoichiometry have 1, as the default of Level 2 was.

    Examples
    --------
    >>> Assumptions(zero=True)
    Assumptions(zero=True, one_stoichiometry=False)
    """

    zero: bool = False
    one_stoichiometry: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Warnings of one import and the values that were assumed.

    Parameters
    ----------
    warnings : tuple of Problem
        Missing or clashing units, unused names, shadowed names and the like.
    assumed_zero : tuple of str
        Ids that had no value and were set to zero because that was allowed.
    assumed_one : tuple of str
        ``species in reaction`` whose stoichiometry was not set and became 1 because that was allowed.

    Examples
    --------
    >>> print(ImportReport((Problem("unit.missing", "k has no unit", line=3),)))
    1 warning
    3: k has no unit. [unit.missing]
    """

    warnings: tuple[Problem, ...] = ()
    assumed_zero: tuple[str, ...] = ()
    assumed_one: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As it is kept on disk and told between processes."""
        return {
            "warnings": [p.to_dict() for p in self.warnings],
            "assumed_zero": list(self.assumed_zero),
            "assumed_one": list(self.assumed_one),
        }

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> ImportReport:
        """The inverse of :meth:`to_dict`; other shapes raise KeyError or TypeError."""
        warnings = tuple(Problem(**p) for p in said["warnings"])
        return cls(warnings, tuple(said["assumed_zero"]), tuple(said["assumed_one"]))

    def __str__(self) -> str:
        count = len(self.warnings)
        lines = [f"{count} warning{'' if count == 1 else 's'}", *map(str, self.warnings)]
        if self.assumed_zero:
            lines.append("set to zero: " + ", ".join(self.assumed_zero))
        if self.assumed_one:
            lines.append("stoichiometry set to one: " + ", ".join(self.assumed_one))
        return "\n".join(lines)
