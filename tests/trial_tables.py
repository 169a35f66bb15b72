"""Tables of a trial that nobody ran: exponential times with a known ratio of hazards, all columns of a run.

Each patient has one draw for each decision, the same in every arm, as the real tables do; `shared=False`
draws his arms apart.
"""

import io
import json

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from jakstat.places import place_of
from jakstat.trial.reading import read_trial_run
from jakstat.trial.run_record import RunRecord, write_record
from jakstat.trial.run_tables import from_arrow

WEEK, MONTH = 168.0, 730.5
VISITS = tuple(6.0 * WEEK * k for k in range(18))
OPTIONS = [
    (b, e)
    for b in ("beta_low", "beta_middle", "beta_high")
    for e in ("era_none", "era_progressed", "era_tumour")
]


def fake_question(arms=("placebo", "drug"), *, patients=400, size=None, strata=(), endpoints=None, seed=1):
    """What `trial_question` says of a design."""
    return {
        "name": "a drug that is known", "disease": "hcc", "population": "sharp", "patients": patients,
        "size": size or patients, "seed": seed, "primary": "OS", "control": arms[0],
        "arms": [{"name": a, "allocation": 1.0, "regimen": ["sorafenib 400 mg PO BID"] if k else [],
                  "rules": ["on progression: stop"] if k else []} for k, a in enumerate(arms)],
        "lines": [], "visits_h": list(VISITS), "until_h": 24 * MONTH,
        "endpoints": list(endpoints or ("OS", "TTP", "PFS", "ORR", "DCR", "DoR", "toxicity")),
        "strata": [{"number": s, "cut": None, "randomised": False} for s in strata], "eligible": [],
        "accrual_h": 0.0, "closes_h": None, "dropout": 0.0, "enrolled": None, "burden": "beta_middle",
        "era": "era_none", "resected_h": None, "residual": [], "mean_rate": False,
        "biomarkers": ["CRP", "AFP"], "courses": 24, "drugs": ["sorafenib"],
    }  # fmt: skip


def fake_arrow(
    arms=("placebo", "drug"), *, patients=400, ratio=0.7, seed=1, shared=True, median=10.0, lost=60.0,
    weights=None, modifier=0.0,
):  # fmt: skip
    """Tables of patients, options and visits; the k-th arm has hazards of `ratio**k` times the control's.

    `modifier` is by how much one standard deviation of IL-6 changes the logarithm of an arm's ratio.
    """
    rng = np.random.default_rng(seed)
    n = patients
    il6 = rng.normal(size=n)
    base = {"age": rng.normal(60, 10, n), "IL6": np.exp(2 + il6), "female": (rng.random(n) < 0.2) * 1.0,
            "AFP": np.exp(rng.normal(4, 2, n)), "sum": np.exp(rng.normal(4.4, 0.5, n)),
            "pSTAT3_bulk": np.exp(rng.normal(size=n))}  # fmt: skip
    assigned = rng.integers(0, len(arms), n)
    end = np.minimum(rng.exponential(lost, n), 24.0) * MONTH
    weight = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    death, growth, lesion = (rng.exponential(size=(1 if shared else len(arms), n)) for _ in range(3))
    rows, options, visits = [], [], []
    for k, arm in enumerate(arms):
        draw = 0 if shared else k
        hazard = ratio**k * np.exp(modifier * k * il6)
        dies = death[draw] * (median / np.log(2)) * MONTH / hazard
        grows = growth[draw] * (0.4 * median / np.log(2)) * MONTH / hazard
        rows.append(_patients(arm, assigned == k, weight, base, dies, grows, end, lesion[draw], k))
        for j, (burden, era) in enumerate(OPTIONS):
            same = {"patient": np.arange(n), "arm": [arm] * n, "residual": [""] * n}
            one = {"burden": [burden] * n, "era": [era] * n, "death_h": dies * (1.0 + 0.2 * (j % 3))}
            options.append({**same, **one})
        visits.append(_visits(arm, base, rows[-1], dies, grows, end, k))
    return tuple(_joined(parts) for parts in (rows, options, visits))


def fake_tables(arms=("placebo", "drug"), **given):
    """The same as arrays."""
    return from_arrow(arms, *fake_arrow(arms, **given))


def written_run(folder, question, tables, *, document=True, **inputs):
    """A folder or URL as a run leaves it, but for chunks and report."""
    place = place_of(folder)
    place.make()
    for name, table in zip(("patients", "options", "visits"), tables, strict=True):
        held = io.BytesIO()
        parquet.write_table(table, held)
        place.write(f"{name}.parquet", held.getvalue())
    key = str(folder).rsplit("/", 1)[-1]
    made = {"kind": "trial", "key": key, "inputs": {"question": question, **inputs}}
    write_record(place, RunRecord(made, 1, 1))
    if document:
        place.write("trial.json", json.dumps(read_trial_run(folder)).encode())
    return folder


def _joined(parts):
    return pa.table({key: np.concatenate([np.asarray(p[key]) for p in parts]) for key in parts[0]})


def _patients(arm, assigned, weight, base, dies, grows, end, toxic, k):
    n = len(dies)
    seen = np.ceil(grows / VISITS[1]) * VISITS[1]
    last = np.floor(np.minimum(end, dies) / VISITS[1]) * VISITS[1]
    progressed = seen < np.minimum(end, dies)
    died = dies <= end
    best = np.where(progressed & (seen <= VISITS[1]), "PD", np.where(base["age"] + 8 * k > 73, "PR", "SD"))
    response = best == "PR"
    hurt = toxic * 12.0 * MONTH / max(k, 1e-9)
    columns = {
        "patient": np.arange(n), "arm": np.repeat(arm, n), "assigned": assigned, "weight": weight,
        "entry_h": np.zeros(n), "failed": np.repeat("", n),
        "aetiology": np.where(base["age"] > 60, "HCV", "HBV"),
        **{f"base_{name}": v for name, v in base.items()},
        "OS_h": np.minimum(dies, end), "OS_event": died,
        "TTP_h": np.where(progressed, seen, last), "TTP_event": progressed,
        "PFS_h": np.where(progressed, seen, np.where(died, dies, last)), "PFS_event": progressed | died,
        "DoR_h": np.where(response, np.maximum(np.where(progressed, seen, last) - VISITS[1], 0.0), np.nan),
        "DoR_event": response & progressed, "best": best, "alive_h": end,
        "cause": np.where(died, np.where(base["age"] % 3 < 2, "tumour", "liver"), ""),
        "toxicity_h": hurt, "toxicity_drug": np.where(np.isfinite(hurt), "sorafenib" if k else "", ""),
        "reduced": np.where(hurt < end, 0.5, 1.0), "stopped_h": np.where(progressed, seen, np.inf),
        "switched_to": np.repeat("", n), "switched_h": np.full(n, np.inf),
        "CRP_first": np.exp(base["age"] / 30), "CRP_change_6w": np.full(n, 1.0 - 0.2 * k),
    }  # fmt: skip
    return columns


def _visits(arm, base, patients, dies, grows, end, k):
    at = np.array(VISITS)
    who, visit = np.meshgrid(np.arange(len(dies)), at, indexing="ij")
    gone = visit >= np.minimum(dies, end)[:, None]
    size = (
        base["sum"][:, None]
        * 1.2 ** np.minimum(visit / grows[:, None], 40.0)
        * np.where(visit > 0, 1.0 - 0.1 * k, 1.0)
    )
    patient, columns = who.ravel(), {"visit_h": visit.ravel()}
    columns |= {"sum_read": np.where(gone, np.nan, size).ravel(), "left": gone.ravel()}
    shown = (patients["best"] == "PR")[:, None] & (visit == at[1]) & ~gone
    columns |= {"response": np.where(gone | (visit == 0.0), "", np.where(shown, "PR", "SD")).ravel()}
    crp = patients["CRP_first"][:, None] * np.where(visit > 0, 1.0 - 0.2 * k, 1.0)
    columns |= {"CRP": np.where(gone, np.nan, crp).ravel(), "AFP": np.where(gone, np.nan, size).ravel()}
    return {"patient": patient, "arm": np.repeat(arm, len(patient)), **columns}
