"""Why a trial came out as it did: who responds, who gains, through which reactions, and what it rests on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.limits import check_count
from jakstat.places import Place, place_of
from jakstat.population.cohort import Cohort
from jakstat.store import NOTICE, json_ready
from jakstat.trial.design import TrialDesign
from jakstat.trial.model_interval import few_patients, rerun_ratios
from jakstat.trial.patient_source import patients_of_design
from jakstat.trial.reaction_effects import knockdown_rows, reaction_effects
from jakstat.trial.reading import run_question
from jakstat.trial.responders import responders_document
from jakstat.trial.run_record import read_record
from jakstat.trial.run_tables import RunTables, read_run_tables
from jakstat.trial.separation import Features, separating
from jakstat.trial.tornado import spread_by_source
from jakstat.trial.trial_file import read_trial
from jakstat.units import convert

__all__ = ["explain_run", "explain_tables", "explanation_rows", "patient_features", "survival_gains"]

_MONTH = convert(1.0, "month", "h")
_WEEK = 168.0
_SIZE_WEEKS = 12.0
_FEWEST_OF_KIND = 10
_MOST_VECTORS = 32
_RESPONSES = ("CR", "PR")
_GAIN = "months of life in the arm less those in the control, of each patient, up to the end of following"
_SHRINKS = "logarithm of the sum of diameters in the control over that in the arm, of each patient at a visit"
_PAIRS = "every patient in both arms with the same draws: differences within patients"


def patient_features(run: RunTables) -> dict[str, Floats]:
    """Numbers of the first visit, and flags of what the liver suffers from, (patients,)."""
    found = {c.removeprefix("base_"): run.first(c) for c in run.columns if c.startswith("base_")}
    found |= {
        c.removesuffix("_first"): run.first(c)
        for c in run.columns
        if c.endswith("_first") and c.removesuffix("_first") not in found
    }
    if "aetiology" in run.columns:
        kinds = run.first("aetiology")
        for kind in np.unique(kinds[run.eligible]):
            if kind and (kinds == kind).sum() >= _FEWEST_OF_KIND:
                found[f"aetiology {kind}"] = (kinds == kind).astype(float)
    return found


def survival_gains(run: RunTables, question: Mapping[str, Any]) -> Floats:
    """Months of life up to the end of following, (arms, patients), whether they were seen or not."""
    found = np.full((len(run.arms), len(run.ids)), np.nan)
    options = run.options
    own = (options["burden"] == question["burden"]) & (options["era"] == question["era"])
    if question["residual"]:
        own &= options["residual"] == question["residual"][0]
    found[options["arm"][own], options["patient"][own]] = options["death_h"][own]
    return np.asarray(np.minimum(found, question["until_h"]) / _MONTH)


def _sums_at(run: RunTables, weeks: float) -> tuple[Floats, float]:
    """Sums of diameters at the visit after the first that is nearest to a week, (arms, patients)."""
    times = np.unique(run.visits["visit_h"])
    later = times[times > 0.0]
    found = np.full((len(run.arms), len(run.ids)), np.nan)
    if not len(later):
        return found, 0.0
    at = float(later[np.abs(later - weeks * _WEEK).argmin()])
    own = run.visits["visit_h"] == at
    found[run.visits["arm"][own], run.visits["patient"][own]] = run.visits["sum_read"][own]
    return found, at / _WEEK


def explain_tables(run: RunTables, question: Mapping[str, Any]) -> dict[str, Any]:
    """What the tables of a run say without running anything again.

    Parameters
    ----------
    run : RunTables
    question : mapping

    Returns
    -------
    dict
        ``responders`` (by landmarks and as a time-dependent term), ``separating`` (numbers that go with a
        response, by arm) and ``modifiers`` (numbers that go with what a patient gains by an arm).
    """
    columns, seed = patient_features(run), question["seed"]
    lives, (sums, week) = survival_gains(run, question), _sums_at(run, _SIZE_WEEKS)

    def told(target: Floats, members: NDArray[np.bool_], *name: str) -> dict[str, Any]:
        inside = members & np.isfinite(target)
        features = Features.of({k: v[inside] for k, v in columns.items()})
        return separating(features, target[inside], seed=seed, name=name)

    apart, modifiers = {}, {}
    for k, arm in enumerate(run.arms):
        responded = np.isin(run["best"][k], _RESPONSES).astype(float)
        apart[arm] = told(responded, run.ran[k], "response", arm)
        if k == 0:
            continue
        both = run.ran[0] & run.ran[k]
        gain = lives[k] - lives[0]
        with np.errstate(invalid="ignore", divide="ignore"):
            shrinks = np.log(sums[0] / sums[k])
        modifiers[arm] = {
            "survival": {**told(gain, both, "gain", arm), "of": _GAIN, "mean": _mean(gain[both])},
            "size": {**told(shrinks, both, "size", arm), "of": _SHRINKS, "weeks": week,
                     "mean": _mean(shrinks[both])},
            "pairs": _PAIRS,
        }  # fmt: skip
    responders = responders_document(run)
    return dict(json_ready({"responders": responders, "separating": apart, "modifiers": modifiers}))


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def explain_run(
    folder: str | os.PathLike[str],
    *,
    patients: int = 24,
    vectors: int = 4,
    told: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Explain a run; a few of its patients go through its arms again with numbers changed.

    Parameters
    ----------
    folder : path or URL
    patients : int
        How many are run again; with 0 only the tables are read.
    vectors : int
        Parameter vectors that each group of numbers takes its values from; 0 leaves the tornado out.
    told : callable, optional
        Called with how many reruns are done, and of how many.

    Raises
    ------
    InputError
        ``count.range``, ``trial.none``, ``trial.tables``, ``trial.manifest``.
    """
    check_count(patients, least=0, most=1000, field="--patients")
    check_count(vectors, least=0, most=_MOST_VECTORS, field="--vectors")
    place = place_of(folder)
    made = read_record(place).made
    question = run_question(made, str(place))
    arms = [arm["name"] for arm in question["arms"]]
    run = read_run_tables(place, arms, visits=("visit_h", "sum_read", "response"))
    found = explain_tables(run, question)
    if patients:
        design, whole = _run_again(place, made)
        few = few_patients(design, whole, patients)
        found |= _reruns(design, few, vectors, told)
    return {"question": question, **dict(json_ready(found)), "notice": NOTICE}


def _reruns(
    design: TrialDesign, few: Cohort, vectors: int, told: Callable[[int, int], None] | None
) -> dict[str, Any]:
    done = 0
    groups = 8
    total = len(knockdown_rows()) + groups * vectors

    def one_more() -> None:
        nonlocal done
        done += 1
        if told is not None:
            told(min(done, total), total)

    base = rerun_ratios(design, few)
    found: dict[str, Any] = {
        "reactions": reaction_effects(design, few, base, told=one_more),
        "rerun": {"patients": few.count, "vectors": vectors, "failed": base.failed},
    }
    if vectors:
        found["tornado"] = spread_by_source(design, few, base, vectors=vectors, told=one_more)
    return found


def _run_again(place: Place, made: Mapping[str, Any]) -> tuple[TrialDesign, Cohort]:
    """The design of a run and its patients, from what its manifest says."""
    said = made.get("inputs", {}).get("trial")
    if not isinstance(said, dict):
        hint = "with --patients 0 only its tables are read"
        raise problem("trial.manifest", "the manifest has no trial file", file=str(place), hint=hint)
    with tempfile.TemporaryDirectory() as held:
        name = str(said.get("population"))
        if place.exists(name):
            Path(held, name).write_bytes(place.read(name))
        design = read_trial(said, folder=Path(held))
        return design, patients_of_design(design).cohort()


def explanation_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The explanation as rows of a table: what was asked, of which arm, and a number with its limits.

    Parameters
    ----------
    document : mapping
        Of :func:`explain_run`.
    """
    found = []
    for arm, one in document["separating"].items():
        found += [{"part": "separating", "arm": arm, **row} for row in one["features"]]
    for arm, one in document["modifiers"].items():
        for kind in ("survival", "size"):
            found += [{"part": f"modifiers, {kind}", "arm": arm, **row} for row in one[kind]["features"]]
    for one in document.get("reactions", []):
        for arm, told in one["arms"].items():
            found.append({"part": "reactions", "arm": arm, "name": one["id"], **told})
    for arm, rows in document.get("tornado", {}).items():
        for row in rows:
            own = {k: row[k] for k in ("low", "high", "spread", "share", "kind")}
            found.append({"part": "tornado", "arm": arm, "name": row["group"], **own})
    return found
