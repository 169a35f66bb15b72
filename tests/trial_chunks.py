"""Chunks of a trial that take no time and can be read: the tables of `trial_tables`, patient by patient."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trial_tables import fake_arrow


@dataclass
class Chunk:
    patients: pa.Table
    options: pa.Table
    visits: pa.Table
    courses: pa.Table


def quick_chunk(design, patients, vector=None):
    """Tables with a hazard ratio of 0.7 from arm to arm; those of a chunk rest on its first patient."""
    first = min(patients.ids)
    arms = tuple(arm.name for arm in design.arms)
    tables = fake_arrow(arms, patients=patients.count, seed=1000 * design.seed + first)
    named = [t.set_column(0, "patient", pa.array(np.asarray(t["patient"]) + first)) for t in tables]
    for name in design.biomarkers:
        if name not in named[2].column_names:
            named[2] = named[2].append_column(name, named[2]["CRP"])
    who = [k for k in patients.ids if k < design.courses]
    schema = pa.schema(
        [
            ("patient", pa.int64()),
            ("arm", pa.string()),
            pa.field("time_h", pa.float64(), metadata={"unit": "h"}),
            ("CRP", pa.float64()),
        ]
    )
    columns = (who, [arms[0]] * len(who), [0.0] * len(who), [1.0] * len(who))
    arrays = [pa.array(values, kind.type) for values, kind in zip(columns, schema, strict=True)]
    return Chunk(*named, pa.Table.from_arrays(arrays, schema=schema))


def failing_chunk(design, patients, vector=None):
    """Every patient fails."""
    found = quick_chunk(design, patients)
    at = found.patients.column_names.index("failed")
    failed = pa.array(["NOT_A_NUMBER"] * found.patients.num_rows)
    found.patients = found.patients.set_column(at, "failed", failed)
    return found
