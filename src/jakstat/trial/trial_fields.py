"""What can be said of a trial: the keys of a trial file, with kind, range and choices."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

__all__ = ["TrialField", "trial_fields"]


@dataclass(frozen=True, slots=True)
class TrialField:
    """One key.

    Parameters
    ----------
    group : str
        The mapping that it stands in; empty for the file itself.
    key : str
    kind : str
        text, texts, whole, number, seed, span, spans, share, rate, flag, choice, choices, or a mapping:
        ``one GROUP``, ``named GROUP`` (by names of its own) or ``list GROUP``.
    low, high : float
        Of ``whole`` and ``number``.
    choices : tuple of str
    needed : bool
        Whether it has to be there.
    about, example : str
    """

    group: str
    key: str
    kind: str
    low: float
    high: float
    choices: tuple[str, ...]
    needed: bool
    about: str
    example: str

    @property
    def inner(self) -> tuple[str, str] | None:
        """How mappings stand in it (one, named, list) and their group; None for plain values."""
        how, _, group = self.kind.partition(" ")
        return (how, group) if group else None


@lru_cache(maxsize=1)
def trial_fields() -> Mapping[str, Mapping[str, TrialField]]:
    """Every field by its group and key.

    Examples
    --------
    >>> trial_fields()["rule"]["do"].choices, trial_fields()[""]["arms"].inner
    (('stop', 'reduce', 'switch'), ('named', 'arm'))
    """
    text = files("jakstat.trial").joinpath("trial_fields.csv").read_text(encoding="utf-8")
    found: dict[str, dict[str, TrialField]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["group"], {})[row["key"]] = TrialField(
            group=row["group"],
            key=row["key"],
            kind=row["kind"],
            low=float(row["low"] or 0.0),
            high=float(row["high"] or 0.0),
            choices=tuple(filter(None, row["choices"].split(";"))),
            needed=row["needed"] == "yes",
            about=row["about"],
            example=row["example"],
        )
    return MappingProxyType({group: MappingProxyType(fields) for group, fields in found.items()})
