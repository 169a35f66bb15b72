"""The constants of death and of new lesions, with the structural options that data cannot tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from jakstat.errors import InputError
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.pharmacology.nearest import unknown
from jakstat.units import convert

__all__ = ["BURDENS", "ERAS", "OutcomeNumbers", "outcome_numbers", "outcome_rows"]

BURDENS = ("beta_low", "beta_middle", "beta_high")
"""How strongly death follows the burden; what follows progression makes up for it."""
ERAS = ("era_none", "era_progressed", "era_tumour")
"""Whether survival drifts with the year of a trial."""
_DISEASES = ("hcc", "osteosarcoma")
"""Rows of a disease come last: they take the place of those that were fitted to liver cancer."""


@lru_cache(maxsize=1)
def outcome_rows() -> Mapping[tuple[str, str], Row]:
    """The rows of ``outcomes.csv`` by option and id.

    Examples
    --------
    >>> outcome_rows()["beta_high", "death_burden"].value
    0.8
    """
    text = files("jakstat.population").joinpath("outcomes.csv").read_text(encoding="utf-8")
    rows = read_table(text, file="population/outcomes.csv", leading=("option",))
    return MappingProxyType({(row.key[0], row.id): row for row in rows})


@dataclass(frozen=True, slots=True)
class OutcomeNumbers:
    """Hazards in 1/h, the rest as in the table.

    Parameters
    ----------
    values : mapping of str to float
    """

    values: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def changed(self, **given: float) -> OutcomeNumbers:
        """The same with other values."""
        return OutcomeNumbers(MappingProxyType({**self.values, **given}))

    def in_year(self, year: float) -> OutcomeNumbers:
        """What the option of the era makes of them, years after the trial they were fitted to.

        Examples
        --------
        >>> late = outcome_numbers(era="era_progressed").in_year(20.0)
        >>> late["death_progressed"]
        0.0
        """
        after = self["death_progressed"] + self["era_progressed"] * year
        factor = float(np.exp(self["era_tumour"] * year))
        return self.changed(death_progressed=max(after, 0.0), death_tumour=self["death_tumour"] * factor)


def outcome_numbers(
    burden: str = "beta_middle", era: str = "era_none", disease: str = "hcc"
) -> OutcomeNumbers:
    """The constants of a disease under a pair of options.

    Raises
    ------
    InputError
        ``option.unknown``.

    Examples
    --------
    >>> outcome_numbers()["death_burden"], outcome_numbers(disease="osteosarcoma")["death_liver"]
    (0.5, 0.0)
    """
    for given, known in ((burden, BURDENS), (era, ERAS), (disease, _DISEASES)):
        if given not in known:
            raise InputError([unknown("option", given, known)])
    chosen = {
        key[1]: row
        for of in ("any", burden, era, disease)
        for key, row in outcome_rows().items()
        if key[0] == of
    }
    return OutcomeNumbers(MappingProxyType({key: _in_hours(row) for key, row in chosen.items()}))


def _in_hours(row: Row) -> float:
    """A hazard in 1/h; a drift stays per year."""
    return convert(row.value, row.unit, "1/h") if row.unit in ("1/month", "1/d") else row.value
