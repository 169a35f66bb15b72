"""The course of a liver over decades: hepatitis, cirrhosis, liver cancer, with what a treatment changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import InputError, Problem
from jakstat.limits import LIMITS, check_count
from jakstat.progression.hazard_numbers import hazard_draws, hazard_rows
from jakstat.progression.microsimulation import Lives, sample_lives
from jakstat.progression.occupation import Occupation, occupation
from jakstat.progression.transitions import FREE, STAGES, Arm, Liver
from jakstat.progression.treatments import (
    TREATMENTS,
    LiverTreatment,
    parse_liver_treatment,
    parse_years,
    treated_arm,
)
from jakstat.store import attributes, manifest
from jakstat.streams import check_seed

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["AETIOLOGIES", "COURSES", "liver_course"]

AETIOLOGIES = ("none", "HBV", "HCV", "HBV+HCV")
COURSES = ("clinic", "community")
_STARTS = STAGES[:4]
_STARTS_OF = {"none": _STARTS[:1], "HCV": _STARTS[1:]}
_CARRIER_LOAD, _ACTIVE_LOAD = 1e3, 1e6
_INFECTED = {"HBV": 0.0, "HCV": 25.0}
_BETWEEN = 0.25  # years between output times
_PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class _AskedCourse:
    """A checked question."""

    liver: Liver
    stage: str
    until: float
    treatments: tuple[LiverTreatment, ...]


def liver_course(
    aetiology: str = "HBV",
    *,
    age: float = 45.0,
    sex: str = "male",
    stage: str | None = None,
    until: str | float = "20y",
    treat: Sequence[str] | str = (),
    load: float | None = None,
    infected: float | None = None,
    course: str | None = None,
    draws: int = 200,
    people: int = 0,
    seed: int = 1,
) -> xr.Dataset:
    """Follow a liver from a stage: probabilities of all stages, cumulative incidences with competing death.

    Parameters
    ----------
    aetiology : {"none", "HBV", "HCV", "HBV+HCV"}
    age : float
        At the start, years.
    sex : {"male", "female"}
    stage : {"normal", "hepatitis", "cirrhosis", "decompensated"}, optional
        At the start; ``normal`` with HBV is a carrier without active hepatitis, and not there with HCV alone.
        Hepatitis when not given.
    until : str or float
        How long, ``"20y"``; a number is in years.
    treat : sequence of str
        ``entecavir``, ``tenofovir``, ``DAA``, ``siltuximab``, ``ruxolitinib``, ``IL6=0.5``, ``STAT3=0.5``,
        each with ``@5y`` if it begins later. Then the untreated course is there too.
    load : float, optional
        Untreated viral load, IU/mL; 1e6, and 1e3 for a carrier, when not given.
    infected : float, optional
        Age at infection, years; birth for HBV and 25 for HCV (or the age, when younger) when not given.
    course : {"clinic", "community"}, optional
        Which published rate of cirrhosis with hepatitis C holds; the two conflict. Clinic when not given.
    draws : int
        Vectors of numbers for the intervals (5 and 95 %); the values are those of the table.
    people : int
        Lives drawn one by one beside, from the table's numbers.
    seed : int

    Returns
    -------
    xarray.Dataset
        Dims ``arm``, ``stage``, ``time`` (years). ``probability`` (arm, stage, time); ``cancer``,
        ``cirrhosis``, ``death_of_liver``, ``death`` (%: cumulative incidence) and ``cancer_hazard`` (per 100
        person-years of those alive without cancer), each (arm, time) with ``_low`` and ``_high``;
        ``years_without_cancer`` (arm, time). With ``people``, ``drawn_cancer`` and ``drawn_cirrhosis`` (%).

    Raises
    ------
    InputError
        Every problem at once: ``person.aetiology``, ``person.age``, ``person.sex``, ``person.stage``,
        ``person.course``, ``person.load``, ``treatment.unknown``, ``treatment.share``, ``treatment.idle``,
        ``name.twice``, ``option.alone``, ``time.range``, ``count.range``, ``seed.range``.

    Notes
    -----
    Cumulative incidence with competing risks: Putter et al. 2007, doi:10.1002/sim.2712.

    Examples
    --------
    >>> found = liver_course("HCV", age=55, stage="cirrhosis", treat="DAA", until="10y", draws=8)
    >>> found["arm"].values.tolist(), bool(found["cancer"][1, -1] < found["cancer"][0, -1])
    (['untreated', 'DAA'], True)
    """
    asked = _checked(
        aetiology, age, sex, stage, until, treat, load=load, infected=infected, course=course, draws=draws,
        people=people, seed=seed,
    )  # fmt: skip
    numbers = hazard_draws(draws, seed)
    arms = [Arm()]
    if asked.treatments:
        arms.append(treated_arm(asked.treatments, numbers))
    pieces = max(1, int(np.ceil(asked.until / _BETWEEN - 1e-9)))
    years = np.linspace(0.0, asked.until, pieces + 1)
    found = [occupation(numbers, asked.liver, arm, {asked.stage: 1.0}, years) for arm in arms]
    lives = []
    if people:
        table = hazard_draws(1, seed)
        own = [Arm(), *([treated_arm(asked.treatments, table)] if asked.treatments else [])]
        lives = [
            sample_lives(table, asked.liver, arm, asked.stage, asked.until, people=people, seed=seed)
            for arm in own
        ]
    return _labelled(asked, arms, found, lives, draws=draws, people=people, seed=seed)


def _checked(
    aetiology: str, age: float, sex: str, stage: str | None, until: str | float,
    treat: Sequence[str] | str, *, load: float | None, infected: float | None, course: str | None,
    draws: int, people: int, seed: int,
) -> _AskedCourse:  # fmt: skip
    found: list[Problem] = []
    viruses = () if aetiology == "none" else tuple(aetiology.split("+"))

    def one_of(code: str, value: str, allowed: Sequence[str], field: str) -> None:
        if value not in allowed:
            message = f"{str(value)[:40]!r} is not known here"
            found.append(Problem(code, message, field=field, hint=", ".join(allowed)))

    one_of("person.aetiology", aetiology, AETIOLOGIES, "--aetiology")
    one_of("person.sex", sex, ("male", "female"), "--sex")
    one_of("person.course", course or "clinic", COURSES, "--course")
    start = stage or ("hepatitis" if viruses else "normal")
    one_of("person.stage", start, _STARTS_OF.get(aetiology, _STARTS), "--stage")
    if not 0.0 <= age <= _OLDEST:
        hint = f"from 0 to {_OLDEST:g} years"
        found.append(Problem("person.age", f"{age:g} is no age at the start", field="--age", hint=hint))
    if infected is not None and not 0.0 <= infected <= age:
        message, hint = f"infected at {infected:g}", "from 0 to the age"
        found.append(Problem("person.age", message, field="--infected", hint=hint))
    if load is not None and not 0.0 < load <= _HIGHEST_LOAD:
        hint = f"above 0 and at most {_HIGHEST_LOAD:g} IU/mL"
        found.append(Problem("person.load", f"{load:g} is no viral load", field="--load", hint=hint))
    if course is not None and aetiology == "HBV":
        hint = "it chooses between two rates of cirrhosis with hepatitis C"
        found.append(Problem("option.alone", "the course does nothing here", field="--course", hint=hint))
    span, treatments = _times(found, until, treat, viruses)
    if 0.0 <= age <= _OLDEST < age + span:
        hint = f"the course ends by {_OLDEST:g} years of age"
        found.append(
            Problem("time.range", f"{age:g} and {span:g} years are too many", field="--until", hint=hint)
        )
    found += _count_problems(draws, people, seed)
    if found:
        raise InputError(found)
    usual = _CARRIER_LOAD if start == "normal" else _ACTIVE_LOAD
    begun = {v: min(_INFECTED[v] if infected is None else infected, age) for v in viruses}
    loads = dict.fromkeys(viruses, usual if load is None else load)
    person = Liver(viruses, float(age), sex == "male", loads, begun, course or "clinic")
    return _AskedCourse(person, start, span, treatments)


def _count_problems(draws: int, people: int, seed: int) -> list[Problem]:
    found: list[Problem] = []
    checks: tuple[Callable[[], int], ...] = (
        lambda: check_count(draws, most=_MOST_DRAWS, field="--draws"),
        lambda: check_count(people, most=LIMITS.lanes, least=0, field="--people"),
        lambda: check_seed(seed),
    )
    for check in checks:
        try:
            check()
        except InputError as error:
            found += error.problems
    return found


_MOST_DRAWS = 2000
_OLDEST = 110.0
_HIGHEST_LOAD = 1e11


def _times(
    found: list[Problem], until: str | float, treat: Sequence[str] | str, viruses: Sequence[str]
) -> tuple[float, tuple[LiverTreatment, ...]]:
    """The span and the treatments; what is wrong with them is added to ``found``."""
    span = 0.0
    try:
        span = parse_years(until if isinstance(until, str) else f"{until!r}y", field="--until")
        if not span > 0.0:
            hint = "give a time above 0, e.g. 20y"
            found.append(Problem("time.range", "no time is followed", field="--until", hint=hint))
    except InputError as error:
        found += error.problems
    treatments: list[LiverTreatment] = []
    for text in (treat,) if isinstance(treat, str) else treat:
        try:
            given = parse_liver_treatment(text)
        except InputError as error:
            found += error.problems
            continue
        virus = next((w.partition("_")[2] for w in TREATMENTS.get(given.name, ()) if "_" in w), "")
        if virus and virus not in viruses:
            message, hint = f"{given.name} acts on {virus}", f"aetiology {virus}, or leave it out"
            found.append(Problem("treatment.idle", message, field="--treat", hint=hint))
        elif given.start >= span > 0.0:
            message, hint = f"{given.told()} is after the end", f"before {span:g} years"
            found.append(Problem("treatment.idle", message, field="--treat", hint=hint))
        if given.name in (t.name for t in treatments):
            found.append(Problem("name.twice", f"{given.name} is given twice", field="--treat"))
        treatments.append(given)
    return span, tuple(treatments)


def _labelled(
    asked: _AskedCourse, arms: Sequence[Arm], found: Sequence[Occupation], lives: Sequence[Lives], *,
    draws: int, people: int, seed: int,
) -> xr.Dataset:  # fmt: skip
    import xarray as xr

    read = {
        "cancer": [_PERCENT * f.reached("cancer") for f in found],
        "cirrhosis": [_PERCENT * f.reached("cirrhosis") for f in found],
        "death_of_liver": [_PERCENT * f.probability("dead_of_liver", "dead_of_cancer") for f in found],
        "death": [_PERCENT * f.died() for f in found],
        "cancer_hazard": [_PERCENT * f.cancer_hazard() for f in found],
        "years_without_cancer": [f.years_in(*FREE) for f in found],
    }
    units = dict.fromkeys(read, "%") | {
        "cancer_hazard": "per 100 person-years",
        "years_without_cancer": "year",
    }
    variables: dict[str, Any] = {
        "probability": (
            ("arm", "stage", "time"),
            np.stack([f.stages[:, :, 0].T for f in found]),
            {"units": "1"},
        )
    }
    for name, values in read.items():
        whole = np.stack(values)
        variables[name] = (("arm", "time"), whole[..., 0], {"units": units[name]})
        for end, percent in (("low", 5.0), ("high", 95.0)) if draws > 1 else ():
            spread = np.percentile(whole[..., 1:], percent, axis=-1)
            variables[f"{name}_{end}"] = (("arm", "time"), spread, {"units": units[name]})
    years = found[0].years
    for name in ("cancer", "cirrhosis") if lives else ():
        shares = np.stack([_PERCENT * life.share_entered(name, years) for life in lives])
        variables[f"drawn_{name}"] = (("arm", "time"), shares, {"units": "%"})
    coords = {
        "arm": [arm.name for arm in arms],
        "stage": list(STAGES),
        "time": ("time", years, {"units": "year"}),
    }
    return xr.Dataset(
        variables, coords, _attributes(asked, arms, read, draws=draws, people=people, seed=seed)
    )


def _attributes(
    asked: _AskedCourse,
    arms: Sequence[Arm],
    read: dict[str, list[Floats]],
    *,
    draws: int,
    people: int,
    seed: int,
) -> dict[str, Any]:
    liver = asked.liver
    who = "man" if liver.male else "woman"
    said = f"{'+'.join(liver.viruses) or 'no virus'}, {who} of {liver.age:g}, from {asked.stage}"
    said += f", {asked.until:g} years" + (f", course of the {liver.course}" if "HCV" in liver.viruses else "")
    used = sorted({s for row in hazard_rows().values() for s in row.source.split(";")})
    inputs = {"liver": said, "load": dict(liver.load), "infected": dict(liver.infected), "draws": draws,
              "arms": [arm.name for arm in arms], "people": people, "seed": seed}  # fmt: skip
    made = manifest("liver course", inputs, sources=used)
    return attributes(
        {
            "title": said,
            "load": dict(liver.load),
            "infected": dict(liver.infected),
            "draws": draws,
            "people": people,
            "effects": _effects(read) if len(arms) > 1 else None,
            "notes": _NOTES,
            "sources": used,
            "manifest": made.to_dict(),
        }
    )


_NOTES = [
    "what IL-6 and STAT3 do to the hazard is carried over from mice (share_IL6), IL-6 from serum to liver by "
    "an assumed ratio; the interval holds both ranges",
    "absolute hazards differ between regions and cohorts by a factor of 2 to 4 (docs/progression.md)",
]


def _effects(read: dict[str, list[Floats]]) -> dict[str, dict[str, float]]:
    """Treated against untreated at the end, draw by draw."""
    found: dict[str, dict[str, float]] = {}
    for name in ("cancer", "cirrhosis", "death_of_liver", "years_without_cancer"):
        untreated, treated = (values[-1] for values in read[name])
        if not untreated[0] > 0.0:
            continue
        for kind, change in (("difference", treated - untreated), ("ratio", treated / untreated)):
            low, high = np.percentile(change[1:] if change.size > 1 else change, [5.0, 95.0])
            found[f"{name}_{kind}"] = {"value": float(change[0]), "low": float(low), "high": float(high)}
    return found
