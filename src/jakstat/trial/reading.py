"""A trial that was run, read into one document: `trial.json`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from jakstat.errors import problem
from jakstat.patients.answer import patient_outputs
from jakstat.places import place_of
from jakstat.population.margins import population_rows
from jakstat.store import NOTICE, json_ready
from jakstat.trial.biomarker_reading import biomarker_document
from jakstat.trial.endpoints import endpoint_document
from jakstat.trial.intervals import LEVEL
from jakstat.trial.pathway_reading import pathway_document
from jakstat.trial.responses import (
    RESPONSES,
    best_shares,
    share_document,
    spider,
    toxicity_document,
    waterfall,
)
from jakstat.trial.run_record import read_record
from jakstat.trial.run_tables import RunTables, read_run_tables
from jakstat.trial.strata_reading import strata_document
from jakstat.trial.structural_options import levels_document, options_document
from jakstat.trial.trial_evidence import credibility_document, evidence_document
from jakstat.trial.trial_flow import failed_document, flow_document, population_document

__all__ = ["MODEL", "TIMES", "number_units", "read_trial_run", "run_question", "trial_document"]

MODEL = "model.json"
"""The file of a run that holds the interval over parameter vectors."""

TIMES = ("OS", "PFS", "TTP", "RFS", "DoR")
"""Endpoints that are times to an event."""
_NO_VECTORS = "no parameter vectors were drawn for this run: the options alone do not make an interval"
_HAZARD = "hazard ratios are told beside levels: ratios are nearly transferable to other eras, levels are not"


def number_units() -> dict[str, str]:
    """Units of the numbers of a cohort and of the outputs of a course.

    Examples
    --------
    >>> number_units()["AFP"], number_units()["CRP"]
    ('ng/ml', 'mg/L')
    """
    found = {}
    for key, row in population_rows("sharp").items():
        name, kind = key.split(".", 1)
        if kind in ("median", "mean", "expected"):
            found[name] = row.unit
    return found | {"sum": "mm"} | {o.id: o.unit for o in patient_outputs()}


def trial_document(
    question: Mapping[str, Any],
    run: RunTables,
    *,
    manifest: Mapping[str, Any] | None = None,
    model: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything a trial's report is made of, as plain JSON.

    Parameters
    ----------
    question : mapping
        Of :func:`jakstat.trial.question.trial_question`.
    run : RunTables
    manifest : mapping, optional
    model : mapping, optional
        Of :func:`jakstat.trial.model_interval.model_interval`.

    Raises
    ------
    InputError
        ``trial.nobody``: no patient of an arm was simulated.
    """
    asked = dict(question)
    empty = [name for name, members in zip(run.arms, run.assigned, strict=True) if not members.any()]
    if empty:
        raise problem(
            "trial.nobody",
            f"no simulated patient is in {' and '.join(empty)}",
            hint="more patients, or a wider eligibility",
        )
    units = number_units()
    found = {
        "question": asked,
        "arms": list(run.arms),
        "flow": flow_document(run, asked),
        "population": population_document(run, units, asked["population"]),
        "endpoints": _endpoints(run, asked, dict(model or {})),
        "best_response": best_shares(run),
        "toxicity": toxicity_document(run),
        "biomarkers": biomarker_document(run, asked["biomarkers"], units),
        "strata": strata_document(run, asked, units),
        "waterfall": waterfall(run),
        "spider": spider(run),
        "pathway": pathway_document(run, asked, units),
        "evidence": evidence_document(asked["drugs"]),
        "credibility": credibility_document(asked),
        "failed": failed_document(run),
        "manifest": dict(manifest or {}),
        "notice": NOTICE,
    }
    return dict(json_ready(found))


def _endpoints(run: RunTables, asked: dict[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in (e for e in asked["endpoints"] if e in TIMES and run.has(e)):
        found[name] = endpoint_document(run, name, asked)
        for k, arm in enumerate(run.arms[1:], start=1):
            if arm in found[name]["compared"]:
                own = options_document(run, k, name)
                drawn = model.get("endpoints", {}).get(name, {}).get(arm)
                found[name]["compared"][arm]["model"] = _model(found[name]["compared"][arm], drawn, own)
    if "OS" in found:
        found["OS"]["levels"] = {"arms": levels_document(found["OS"]["compared"]), "of": _HAZARD}
    for name in (e for e in asked["endpoints"] if e in RESPONSES):
        found[name] = share_document(run, name)
    return found


def _model(
    found: Mapping[str, Any], drawn: Mapping[str, Any] | None, options: list[dict[str, Any]]
) -> dict[str, Any]:
    """The interval over parameter vectors and options, around the ratio of all patients in both arms."""
    said: dict[str, Any] = {"low": None, "high": None, "level": LEVEL, "vectors": 0, "of": _NO_VECTORS}
    if drawn is not None:
        middle = found["counterfactual_hazard_ratio"]["value"]
        own = {k: drawn[k] for k in ("level", "vectors", "patients", "of")}
        limits = {k: middle * v for k, v in drawn["relative"].items() if v is not None}
        said = said | own | limits
    return {**said, "options": options}


def read_trial_run(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """The document of a run that is complete.

    Parameters
    ----------
    folder : path or URL
        With ``manifest.json`` and the tables of patients, options and visits.

    Raises
    ------
    InputError
        ``trial.none``, ``store.manifest``, ``trial.manifest``, ``trial.tables``, ``trial.nobody``.
    """
    place = place_of(folder)
    record = read_record(place)
    question = run_question(record.made, str(place))
    arms = [arm["name"] for arm in question["arms"]]
    run = read_run_tables(place, arms, visits=("visit_h", "sum_read", *question["biomarkers"]))
    model = json.loads(place.read(MODEL).decode()) if place.exists(MODEL) else None
    return trial_document(question, run, manifest=record.made, model=model)


def run_question(made: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What the manifest says that a run was asked.

    Raises
    ------
    InputError
        ``trial.manifest`` when it says nothing of a trial.
    """
    question = made.get("inputs", {}).get("question")
    if not isinstance(question, dict):
        raise problem("trial.manifest", "the manifest has no question of a trial", file=where)
    return question
