"""A trial whose chunks take no time: tables of draws alone, and workers that die."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from jakstat.streams import stream
from jakstat.trial.design import TreatmentLine, TrialArm, TrialDesign

ARMS = ("placebo", "sorafenib")


def design(patients=200, seed=1, name="", **more):
    """A design of two arms; its name may say what a chunk does to its worker."""
    arms = tuple(TrialArm(arm, TreatmentLine(arm)) for arm in ARMS)
    fields = {
        "visits_h": (0.0, 1008.0, 2016.0),
        "until_h": 2016.0,
        "endpoints": ("OS",),
        "primary": "OS",
        "courses": 3,
    }
    fields |= more
    return TrialDesign(name, "hcc", "sharp", patients, patients, seed, arms, (), **fields)


@dataclass
class Tables:
    patients: pa.Table
    options: pa.Table
    visits: pa.Table
    courses: pa.Table


def run_chunk(design, patients, vector=None):
    """Numbers that rest on seed and patient alone."""
    who = np.repeat(patients.ids, len(ARMS))
    arm = np.tile(ARMS, patients.count)
    drawn = np.repeat([stream(design.seed, "patient", k, "x").random() for k in patients.ids], len(ARMS))
    rows = {"patient": who, "arm": arm, "failed": np.full(who.size, ""), "OS_h": 1e4 * drawn,
            "OS_event": drawn > 0.5, "base_IL6": np.repeat(patients.numbers["IL6"], len(ARMS))}  # fmt: skip
    visits = np.asarray(design.visits_h)
    seen = {"patient": np.repeat(who, visits.size), "arm": np.repeat(arm, visits.size),
            "visit_h": np.tile(visits, who.size),
            "sum_read": np.outer(drawn, 1.0 + visits).ravel()}  # fmt: skip
    kept = seen["patient"] < design.courses
    times = pa.field("time_h", pa.float64(), metadata={"unit": "h"})
    schema = pa.schema([("patient", pa.int64()), ("arm", pa.string()), times, ("CRP", pa.float64())])
    courses = [seen["patient"][kept], seen["arm"][kept], seen["visit_h"][kept], seen["sum_read"][kept]]
    return Tables(
        pa.table(rows),
        pa.table({"patient": who, "arm": arm, "burden": np.full(who.size, "b"), "death_h": 1e4 * drawn}),
        pa.table(seen),
        pa.Table.from_arrays([pa.array(c) for c in courses], schema=schema),
    )


def hurtful(design, patients, vector=None):
    """Does to its worker what the design's name says: ``KIND PATIENTS``, and a folder to remember in."""
    kind, who, *more = design.name.split(" ")
    if {int(k) for k in who.split(",") if k} & set(patients.ids):
        if kind == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif kind == "raise":
            raise ZeroDivisionError("a number of the patient")
        elif kind == "memory":
            raise MemoryError
        elif kind == "hang":
            time.sleep(60)
        elif kind == "twice":  # each of two workers dies once
            place = Path(more[0])
            if len(list(place.iterdir())) < 2:
                (place / str(os.getpid())).touch()
                os.kill(os.getpid(), signal.SIGKILL)
    return run_chunk(design, patients)


def slow(design, patients, vector=None):
    """As the plain one, in a time that the design's name says, in seconds."""
    time.sleep(float(design.name))
    return run_chunk(design, patients)
