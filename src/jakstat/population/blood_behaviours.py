"""What drugs do to blood and signalling within weeks: CRP on siltuximab, pSTAT3 on ruxolitinib."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.engine.doses import Dose
from jakstat.initiation.branching import dies_out, founding_share
from jakstat.initiation.lineage import Lineage
from jakstat.patients.bodies import Body, SettledLanes, at_first_visit, course, timetables
from jakstat.patients.body_numbers import BodyLanes, il6_nanomolar, lanes_of_patients
from jakstat.patients.options import option_rows
from jakstat.patients.patient_record import make_patient
from jakstat.patients.recist import Response
from jakstat.patients.treatment import parse_prescriptions
from jakstat.population.arms import TumourCourse, follow_arm
from jakstat.population.cohort import Cohort
from jakstat.population.cohort_lanes import cohort_course, settled_cohort
from jakstat.population.outcome_numbers import outcome_numbers

__all__ = [
    "founders_behaviour",
    "founders_ratios",
    "ruxolitinib_behaviours",
    "siltuximab_behaviours",
    "siltuximab_by_liver_ratio",
]

_WEEK = 168.0
_ALLOWS = 45.0  # pg/ml
_LEAST_FALL, _MOST_FALL = 85.0, 97.0
_LEVELS = (5.0, 20.0, 50.0, 200.0)  # pg/ml
_INTERVAL = 12.0
_DAYS = 10.0
_SERUM = 2.0  # pg/ml
_HELD_H = 400.0


def siltuximab_behaviours(patients: Cohort, body: Body, settled: SettledLanes) -> dict[str, float]:
    """CRP and hepcidin after a week of siltuximab, and responses within 18 weeks."""
    times = np.arange(0.0, 19.0) * _WEEK
    names = ["CRP", "hepcidin", "IL6_liver", "tumour_volume", "albumin"]
    rx = parse_prescriptions(["siltuximab 11 mg/kg IV q3w"])
    run = cohort_course(patients, body, settled, rx, times, names).values
    fall = {k: 100.0 * (1.0 - run[k][:, 1] / run[k][:, 0]) for k in ("CRP", "hepcidin")}
    allows = run["IL6_liver"][:, 0] >= _ALLOWS * il6_nanomolar(1.0)
    volume = run["tumour_volume"]
    arm = follow_arm(TumourCourse(times, volume / volume[:, :1], run["albumin"]), patients, outcome_numbers())
    return {
        "siltuximab_CRP_fall": float(np.nanmedian(fall["CRP"][allows])) if allows.any() else math.nan,
        "siltuximab_CRP_share": _share_within(fall["CRP"]),
        "siltuximab_hepcidin_fall": float(np.nanmedian(fall["hepcidin"])),
        "siltuximab_response": 100.0 * float((arm.best >= Response.PR).mean()),
    }


def siltuximab_by_liver_ratio(patients: Cohort, body: Body) -> dict[str, float]:
    """Share in percent whose CRP falls by 85 to 97 % in a week, at both ends of the liver's IL-6."""
    times = np.array([0.0, _WEEK])
    rx = parse_prescriptions(["siltuximab 11 mg/kg IV q3w"])
    found: dict[str, float] = {}
    for name in ("IL6_liver_low", "IL6_liver_high"):
        ratio = option_rows()[name].value
        settled = settled_cohort(patients, body, changes={"IL6_liver_ratio": ratio})
        crp = cohort_course(patients, body, settled, rx, times, ["CRP"]).values["CRP"]
        fall = 100.0 * (1.0 - crp[:, 1] / crp[:, 0])
        found[f"siltuximab_CRP_share_{ratio:g}"] = _share_within(fall)
    return found


def _share_within(fall: Floats) -> float:
    return 100.0 * float(((fall >= _LEAST_FALL) & (fall <= _MOST_FALL)).mean())


def _usual(count: int, **numbers: Floats) -> BodyLanes:
    """The default patient of stage C, as many times as wanted."""
    lanes = lanes_of_patients([make_patient({"stage": "C"})]).take([0] * count, **numbers)
    return replace(lanes, met={})


def ruxolitinib_behaviours(body: Body) -> dict[str, float]:
    """When pSTAT3 of the bulk cell is lowest after a dose of 20 mg, and what is left of that after 12 h."""
    levels = np.array(_LEVELS)
    lanes = _usual(
        len(levels),
        IL6_serum_start=np.full(len(levels), _SERUM * il6_nanomolar(1.0)),
        IL6_tumour_ratio=levels / _SERUM,
        TAM_start=np.ones(len(levels)),
        CAF_start=np.ones(len(levels)),
    )
    settled = at_first_visit(body, lanes)
    rx = parse_prescriptions(["ruxolitinib 20 mg PO BID"])
    last = _DAYS * 24.0
    fine = np.linspace(0.0, _INTERVAL, 145)
    times = np.concatenate([[0.0], last + fine])
    tables, numbers = timetables(lanes, rx, last + _INTERVAL + 1.0)
    run = course(body, settled, tables, times, ["observable_B_pSTAT3"], drug_numbers=numbers)
    level = run.values["observable_B_pSTAT3"]
    lost = 1.0 - level[:, 1:] / level[:, :1]
    found: dict[str, float] = {}
    for k, name in enumerate(_LEVELS):
        deepest = int(np.argmax(lost[k]))
        found[f"ruxolitinib_deepest_{name:g}"] = float(fine[deepest])
        found[f"ruxolitinib_left_{name:g}"] = 100.0 * float(lost[k, -1] / lost[k, deepest])
    return found


def founders_behaviour(body: Body, micromolar: float = 1.0) -> dict[str, float]:
    """Founding cells under ruxolitinib held in the fluid of the usual tumour, over those without."""
    return {"founders_ratio": float(founders_ratios(body, micromolar)[0])}


def founders_ratios(
    body: Body, micromolar: float = 1.0, numbers: Mapping[str, Floats] | None = None
) -> Floats:
    """:func:`founders_behaviour` under other numbers of the document, (lanes,).

    The level is that of the experiment, which no label's dose reaches; the drug is put in as fast as it is
    cleared there. Only what the drug does to the cells themselves counts, as in the experiment.
    """
    given = dict(numbers or {})
    count = len(next(iter(given.values()))) if given else 1
    both = {name: np.tile(values, 2) for name, values in given.items()}
    settled = at_first_visit(body, _usual(2 * count, **both))
    mass = body.value("ruxolitinib_nmol_per_mg")
    total = micromolar * 1e3 / body.value("ruxolitinib_fraction_unbound") / mass  # mg/L
    table = [
        Dose(0.0, "ruxolitinib_Drug", total, action="set"),
        Dose(0.0, "ruxolitinib_Drug", total * body.value("ruxolitinib_CL") * _HELD_H, duration=_HELD_H),
    ]
    names = ["self_renewal", "division_stem", "loss_S", "immune_killing"]
    timetable: list[list[Dose]] = [[]] * count + [table] * count
    run = course(body, settled, timetable, np.array([0.0, _HELD_H]), names)
    now = {k: v[:, -1] for k, v in run.values.items()}
    base = Lineage.of_table()
    share, immune = (both.get(k, body.value(k)) for k in ("share_division_STAT3", "share_immune"))
    cells = replace(
        base,
        share_SS=now["self_renewal"],
        kdiv_S=base.kdiv_S * (1.0 - share + share * now["division_stem"]),
        kdeath_S=base.kdeath_S * (now["loss_S"] - immune * (now["immune_killing"] - 1.0)),
    )
    founding = founding_share(dies_out(cells), base.composition)
    return np.asarray(founding[count:] / founding[:count])
