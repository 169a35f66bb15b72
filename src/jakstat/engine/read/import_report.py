"""What reading a model turned up that is worth knowing but not fatal."""

from __future__ import annotations

from dataclasses import dataclass

from jakstat.errors import Problem

__all__ = ["ImportReport"]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Warnings of one import and the values that were assumed.

    Parameters
    ----------
    warnings : tuple of Problem
        Missing or clashing units, unused names, shadowed names and the like.
    assumed_zero : tuple of str
        Ids that had no value and were set to zero because ``assume_zero`` allowed it.

    Examples
    --------
    >>> print(ImportReport((Problem("unit.missing", "k has no unit", line=3),)))
    1 warning
    3: k has no unit. [unit.missing]
    """

    warnings: tuple[Problem, ...] = ()
    assumed_zero: tuple[str, ...] = ()

    def __str__(self) -> str:
        count = len(self.warnings)
        lines = [f"{count} warning{'' if count == 1 else 's'}", *map(str, self.warnings)]
        if self.assumed_zero:
            lines.append("set to zero: " + ", ".join(self.assumed_zero))
        return "\n".join(lines)
