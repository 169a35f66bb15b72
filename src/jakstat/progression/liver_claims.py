"""Claims about the way from hepatitis to cancer, run in the model over draws of its numbers.

What the readings say about a claim is decided where all claims are judged (`jakstat evidence`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from jakstat.arrays import Floats
from jakstat.limits import check_count
from jakstat.progression.carcinogen import carcinogen_mice
from jakstat.progression.hazard_numbers import hazard_draws
from jakstat.progression.occupation import occupation
from jakstat.progression.transitions import FREE, Liver
from jakstat.progression.treatments import parse_liver_treatment, treated_arm

__all__ = ["LiverClaim", "liver_claims"]

_LOAD, _BORN, _LATER = 1e6, 0.0, 25.0
_MICE = (
    ("C127a", "visible tumours of mice without SOCS3 in hepatocytes and with it", "up"),
    ("C127b", "age at which half of the mice have a tumour, without SOCS3 and with it (years)", "down"),
)


@dataclass(frozen=True, slots=True)
class LiverClaim:
    """A row of a claim and what the model reads for it.

    Parameters
    ----------
    id, claim, what : str
    expected : {"up", "down"}
        Of the values, against what they are held to.
    values, against : array (draws,)
        The first is that of the table of numbers; ``against`` is the bound where there is one.
    role : {"encoded", "emergent"}
        Whether the direction was built in.
    note : str
    """

    id: str
    claim: str
    what: str
    expected: str
    values: Floats
    against: Floats
    role: str
    note: str


def liver_claims(draws: int = 100, seed: int = 1) -> tuple[LiverClaim, ...]:
    """Run every claim.

    Parameters
    ----------
    draws : int
        Vectors of numbers, 2 or more; the first is the table.
    seed : int

    Raises
    ------
    InputError
        ``count.range``, ``seed.range``.

    Examples
    --------
    >>> found = liver_claims(draws=12)
    >>> found[0].claim, found[0].values.shape, bool((found[0].values < found[0].against).all())
    ('C020', (12,), True)
    """
    text = files("jakstat.progression").joinpath("claims.csv").read_text(encoding="utf-8")
    check_count(draws, most=2000, least=2, field="--draws")
    numbers = hazard_draws(draws, seed)
    found = [_of_people(row, numbers) for row in csv.DictReader(io.StringIO(text))]
    mice = carcinogen_mice(("SOCS3=0",), draws=draws, seed=seed)
    read = {
        "C127a": (mice.count_changed, mice.count),
        "C127b": (mice.half_age(changed=True), mice.half_age(changed=False)),
    }
    note = "the slope of division is fitted to mice without IL-6; what SOCS3 does comes from the cell model"
    for name, what, expected in _MICE:
        row = {
            "id": name,
            "claim": "C127",
            "what": what,
            "expected": expected,
            "role": "emergent",
            "note": note,
        }
        found.append(_read_claim(row, *read[name]))
    return tuple(found)


def _of_people(row: Mapping[str, str], numbers: Mapping[str, Floats]) -> LiverClaim:
    value = _followed_claim(row, numbers)
    if row["bound"]:
        return _read_claim(row, value, np.full_like(value, float(row["bound"])))
    other = dict(part.split(":", 1) for part in row["against"].split(";"))
    return _read_claim(row, value, _followed_claim({**row, **other}, numbers))


def _read_claim(row: Mapping[str, str], values: Floats, against: Floats) -> LiverClaim:
    texts = {name: row[name] for name in ("id", "claim", "what", "expected", "role", "note")}
    return LiverClaim(**texts, values=values, against=against)


def _followed_claim(row: Mapping[str, str], numbers: Mapping[str, Floats]) -> Floats:
    """What a row reads at its end, for every draw: a man's."""
    viruses = () if row["aetiology"] == "none" else tuple(row["aetiology"].split("+"))
    infected = {virus: _BORN if virus == "HBV" else _LATER for virus in viruses}
    liver = Liver(viruses, float(row["age"]), True, dict.fromkeys(viruses, _LOAD), infected)
    arm = treated_arm([parse_liver_treatment(row["treat"])] if row["treat"] else [], numbers)
    years = np.array([0.0, float(row["years"])])
    found = occupation(numbers, liver, arm, {row["stage"]: 1.0}, years)
    if row["measure"] == "years_without_cancer":
        return np.asarray(found.years_in(*FREE)[-1])
    return np.asarray(100.0 * found.reached(row["measure"])[-1])
