"""A trial whose chunks take no time: tables of draws alone, and workers that die."""

import hashlib
import os
import signal
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from jakstat.population.cohort import cohort
from jakstat.streams import stream
from jakstat.trial.chunk_work import computed, deciding_source
from jakstat.trial.design import TreatmentLine, TrialArm, TrialDesign
from jakstat.trial.patient_source import GivenPatients
from jakstat.trial.trial_run import run_trial

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


class AtOnce:
    """Does the work in this process: for faults that are not those of workers."""

    def __init__(self, work):
        self.work, self.given = work, []

    @property
    def busy(self):
        return len(self.given)

    def room(self):
        return 2 - self.busy

    def submit(self, part, patients):
        self.given.append((part, patients))

    def ended(self, seconds):
        given, self.given = self.given, []
        return [computed(self.work, part, patients, deciding_source()) for part, patients in given]

    def close(self):
        self.given = []


@lru_cache(maxsize=8)
def given(count, seed):
    """Patients who are drawn once for many runs."""
    return GivenPatients(cohort("sharp", count, seed=seed))


def ran(out, plan=None, **how):
    """The trial of a design, computed by one worker unless said otherwise."""
    plan = plan or design()
    patients = how.pop("patients", None) or given(plan.patients, plan.seed)
    return run_trial(plan, out, patients=patients, **{"run_chunk": run_chunk, "workers": 1, **how})


def content(place):
    """SHA-256 of every file of a run, hidden ones left out."""
    names = [n for n in place.names() if not n.startswith(".")]
    return {f: hashlib.sha256(place.read(f)).hexdigest() for n in names for f in (place.files(n) or [n])}
