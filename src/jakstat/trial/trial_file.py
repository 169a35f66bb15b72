"""Reading a trial from a YAML file, or from a mapping in Python; every fault at once, with its line.

Only plain YAML is read: mappings, lists, text, numbers, true and false. Anchors, aliases, tags and duplicate
keys are refused. The JSON Schema in ``schemas/`` says the same; what does not go together is in
:mod:`jakstat.trial.design_checks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jakstat.errors import InputError, problem
from jakstat.knowledge.file_entries import FileEntry, FileProblems, entry_of_python, entry_of_yaml
from jakstat.knowledge.plain_yaml import composed
from jakstat.limits import LIMITS
from jakstat.streams import check_seed
from jakstat.tables import read_file, text_of
from jakstat.trial.arm_entries import Treatments, read_treatments
from jakstat.trial.design import ENDPOINTS, TrialDesign
from jakstat.trial.design_checks import check_design
from jakstat.trial.design_words import span_told
from jakstat.trial.patient_numbers import read_biomarkers, read_eligible, read_strata, trial_outputs
from jakstat.trial.trial_fields import trial_fields
from jakstat.trial.trial_mappings import by_name, read_mapping
from jakstat.trial.trial_population import read_trial_population

__all__ = ["read_trial"]

_DAY_H = 24.0
_PATIENTS, _SEED, _COURSES = 1000, 1, 24
_BIOMARKERS = ("CRP", "IL6_serum", "AFP", "albumin")
_ON_TUMOUR = ("PFS", "TTP", "ORR", "DCR", "DoR")


def read_trial(
    source: str | Path | Mapping[str, Any],
    *,
    patients: int | None = None,
    size: int | None = None,
    seed: int | None = None,
    folder: Path = Path(),
) -> TrialDesign:
    """The trial of a file, or of a mapping of the same keys.

    Parameters
    ----------
    source : str, Path or mapping
        The files that a population is named by lie beside it.
    patients, size, seed : int, optional
        Instead of what the file says.
    folder : Path
        Where the files lie that a mapping names; a file's own folder counts for it.

    Raises
    ------
    InputError
        The file is missing, too large, no plain YAML, or says something that is not possible; all problems,
        each with its line.

    Examples
    --------
    >>> found = read_trial({
    ...     "population": "sharp", "arms": {"placebo": {}, "drug": {"regimen": ["sorafenib 400 mg PO BID"]}},
    ...     "visits": {"every": "6w", "until": "24mo"}, "endpoints": ["OS", "ORR"],
    ... })
    >>> found.drugs, found.primary, len(found.visits_h)
    (('sorafenib',), 'OS', 18)
    >>> read_trial({"population": "sharp", "arms": {"a": {}}, "visits": {"every": "6 mg", "until": "1y"}})
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: visits.every: '6 mg' is a mass, not a time. allowed: h, d, w, mo, y, ...
    """
    if isinstance(source, Mapping):
        problems, name = FileProblems(None), "trial"
        top = by_name(entry_of_python(source, problems), problems)
    else:
        place = Path(source)
        problems, folder, name = FileProblems(place.name), place.parent, place.stem
        data = read_file(place, most=LIMITS.protocol_bytes, hint="give the path of a YAML file")
        node = composed(text_of(data, file=place.name), place.name, problems.found)
        if node is None:
            hint = "e.g. population: sharp"
            raise problem("yaml.empty", "the file is empty", file=place.name, hint=hint)
        top = by_name(entry_of_yaml(node, problems), problems)
    places = top.value
    if not isinstance(places, Mapping):
        hint = "e.g. population: sharp"
        problems.say("yaml.shape", "the trial is not a list of keys and values", top, hint)
        raise InputError(problems.found)
    given = read_mapping("", top, problems)
    for key, said in (("patients", patients), ("size", size), ("seed", seed)):
        if said is not None:
            _said(given, key, said, problems)
    visits = _visits(given.get("visits") or {}, places.get("visits"), problems)
    treatments = read_treatments(given, top, visits[1], problems)
    design = _design(given, places, folder, name, visits, treatments, problems)
    check_design(design, top, treatments.places, problems)
    problems.end()
    return design


def _said(given: dict[str, Any], key: str, said: int, problems: FileProblems) -> None:
    """What the command line says instead of the file."""
    field = trial_fields()[""][key]
    at = FileEntry(str(said), f"--{key}", None)
    if key == "seed":
        try:
            given[key] = check_seed(said)
        except InputError as error:
            problems.take(error, at)
    elif not field.low <= said <= field.high:
        hint = f"from {field.low:,.0f} to {field.high:,.0f}"
        problems.say("trial.range", f"{said} is out of range", at, hint)
    else:
        given[key] = said


def _design(
    given: Mapping[str, Any],
    places: Mapping[str, FileEntry],
    folder: Path,
    name: str,
    visits: tuple[tuple[float, ...], float],
    treatments: Treatments,
    problems: FileProblems,
) -> TrialDesign:
    """The design as far as it could be read; what is missing has been told of."""
    resect = given.get("resect") or {}
    operated = resect.get("at")
    people = read_trial_population(given.get("population"), places.get("population"), folder, problems)
    endpoints = tuple(filter(None, given.get("endpoints", ()))) or _possible(operated)
    options = given.get("options") or {}
    patients = given.get("patients") or people.count or _PATIENTS
    if people.count is not None and patients > people.count:
        message = f"the cohort has {people.count:,} patients and not {patients:,}"
        problems.say("cohort.short", message, places["population"], "ask for fewer, or make a longer one")
    outputs = trial_outputs(people.disease)
    known = tuple(dict.fromkeys((*people.numbers, *outputs)))
    return TrialDesign(
        name=given.get("trial") or name,
        disease=people.disease,
        population=people.source,
        patients=patients,
        size=given.get("size") or patients,
        seed=_SEED if given.get("seed") is None else given["seed"],
        arms=treatments.arms,
        lines=treatments.lines,
        visits_h=visits[0],
        until_h=visits[1],
        endpoints=endpoints,
        primary=given.get("primary") or endpoints[0],
        strata=read_strata(given.get("strata", ()), known, places.get("strata"), problems),
        eligible=read_eligible(given.get("eligible", ()), people.numbers, places.get("eligible"), problems),
        accrual_h=given.get("accrual") or 0.0,
        closes_h=float("inf") if given.get("closes") is None else given["closes"],
        dropout=given.get("dropout") or 0.0,
        enrolled=float("nan") if given.get("enrolled") is None else given["enrolled"],
        burden=options.get("burden") or "beta_middle",
        era=options.get("era") or "era_none",
        resected_h=operated,
        residual=() if operated is None else _residual(resect),
        mean_rate=given.get("dosing") == "mean_rate",
        biomarkers=read_biomarkers(
            given.get("biomarkers", _BIOMARKERS), outputs, places.get("biomarkers"), problems
        ),
        courses=min(patients, _COURSES if given.get("courses") is None else given["courses"]),
    )


def _residual(resect: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(filter(None, resect.get("residual", ()))) or ("many", "few")


def _possible(operated: float | None) -> tuple[str, ...]:
    """Endpoints that a trial can have: a tumour that was taken out on the first day cannot be measured."""
    if operated is None:
        return tuple(e for e in ENDPOINTS if e != "RFS")
    return tuple(e for e in ENDPOINTS if operated > 0.0 or e not in _ON_TUMOUR)


def _visits(
    given: Mapping[str, Any], at: FileEntry | None, problems: FileProblems
) -> tuple[tuple[float, ...], float]:
    """Times of visits, the first day included, and the end; 0 for an end that could not be read."""
    until: float = given.get("until") or 0.0
    places = at.value if at is not None and isinstance(at.value, Mapping) else {}
    told = at is not None and isinstance(at.value, Mapping)
    if told and ("every" in places) == ("at" in places):
        what = "say both 'every' and 'at'" if places else "say neither 'every' nor 'at'"
        problems.say("trial.clash", f"visits {what}", at, "give one, e.g. every: 6w")
    if "until" in given and until < _DAY_H:
        message = f"patients are followed for {until:g} h"
        problems.say("time.span", message, places["until"], "a day or more")
        until = 0.0
    if "every" in given:
        return _even_visits(given["every"], places["every"], until, problems), until
    return _told_visits(given.get("at", ()), places.get("at"), until, problems), until


def _even_visits(every: float, at: FileEntry, until: float, problems: FileProblems) -> tuple[float, ...]:
    if every <= 0.0:
        problems.say("time.span", "visits every 0 h", at, "e.g. 6w")
    elif until / every > LIMITS.series_points:
        problems.say("time.count", "there are too many visits", at, f"at most {LIMITS.series_points}")
    elif 0.0 < until < every:
        problems.say("time.late", "the first visit lies after the end", at, "earlier visits or a later end")
    else:
        return tuple(k * every for k in range(int(until / every * (1.0 + 1e-12)) + 1))
    return (0.0,)


def _told_visits(
    told: Sequence[float | None], at: FileEntry | None, until: float, problems: FileProblems
) -> tuple[float, ...]:
    """Times as they were told; the first day is put before them."""
    items = at.value if at is not None and isinstance(at.value, tuple) else (at,) * len(told)
    found = [0.0]
    for time, entry in zip(told, items, strict=False):
        if time is None or (time == 0.0 and len(found) == 1):
            continue
        if time <= found[-1]:
            hint = "each later than the one before"
            problems.say("time.order", f"a visit at {span_told(time)} stands behind a later one", entry, hint)
        if time > until > 0.0:
            message = f"a visit at {span_told(time)} lies after the end at {span_told(until)}"
            problems.say("time.late", message, entry, "an earlier visit or a later end")
        found.append(time)
    if at is not None and len(found) == 1 and None not in told:
        problems.say("time.span", "there is no visit behind the first day", at, "e.g. [6w, 12w]")
    return tuple(found)
