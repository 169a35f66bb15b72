"""Time courses of one's own for tests: rows of a table, and what the core gives under known numbers."""

import csv
import io

import numpy as np

from jakstat.experiment.describe import make_protocol
from jakstat.experiment.lanes import bench_for, run_vectors

MINUTES = (0, 5, 10, 20, 30, 60, 90, 120)
HEAD = ("time", "time_unit", "readout", "value", "stimulus", "dose", "dose_unit")


def plain(**changes):
    """Rows that are in order: pSTAT3 at six times under two doses; ``changes`` are of all rows."""
    rows = []
    for dose in (1, 10):
        for k, minute in enumerate((0, 10, 20, 30, 60, 120)):
            row = {"time": minute, "time_unit": "min", "readout": "pSTAT3", "value": 10 + k * dose,
                   "stimulus": "IL6", "dose": dose, "dose_unit": "ng/ml"}  # fmt: skip
            rows.append({**row, **changes})
    return rows


def changed(number, **cells):
    """The same rows with cells of one changed; line ``number`` of the file, whose header is line 1."""
    rows = plain()
    rows[number - 2].update(cells)
    return rows


def simulated(
    truth, *, seed, noise=0.05, doses=(1, 10, 50), readouts=("pSTAT3", "SOCS3_mRNA"), minutes=MINUTES,
    scales=(100.0, 8.0), backgrounds=(10.0, 0.5), relative=False,
):  # fmt: skip
    """Rows of blots of cells whose numbers are ``truth`` (the core, through the runner of protocols).

    The signal is ``background + scale * curve / its peak``; noise is ``noise * scale`` for all values, or
    that share of each value if ``relative``.
    """
    series = ",".join(map(str, doses))
    protocol = make_protocol(
        "hepg2", stimuli=f"IL6={series}ng/ml", observe=",".join(readouts), until=f"{max(minutes)}min",
        points=max(minutes) + 1, parts="core",
    )  # fmt: skip
    bench = bench_for(protocol)
    run = run_vectors(bench, {name: np.array([value]) for name, value in truth.items()}, rtol=1e-8)
    random = np.random.default_rng(seed)
    rows = []
    for readout, scale, background in zip(readouts, scales, backgrounds, strict=True):
        curve = run.values[readout][0]
        for i, dose in enumerate(doses):
            for minute in minutes:
                at = int(np.argmin(np.abs(bench.plan.times - minute / 60)))
                clean = background + scale * curve[i, at] / curve.max()
                drawn = random.normal()
                value = clean * np.exp(noise * drawn) if relative else clean + noise * scale * drawn
                rows.append(
                    dict(zip(HEAD, (minute, "min", readout, value, "IL6", dose, "ng/ml"), strict=True))
                )
    return rows


def csv_text(rows):
    """Rows as CSV; numbers read back exactly."""
    out = io.StringIO()
    heads = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, heads, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
