"""`python -m benchmarks.trial`: what a trial takes, from 100 patients to 100,000, here and on a Dask cluster.

The trial is that of ``examples/trials/sharp.yaml``: two arms over 24 months, one with two doses a day.
Patients beyond ``--patients`` are not simulated: each chunk is the real one of the first 64 patients with
other numbers, so that tables, files and memory are those of so many, and what is measured is the process that
gives out the work and writes. Every measurement has its own process; processor time counts, as the machine
may have other work. ``--page`` writes what it says of a million
patients into ``docs/trial-cluster.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.trees import RESULTS, written

ROOT = Path(__file__).resolve().parents[1]
TRIAL = ROOT / "examples" / "trials" / "sharp.yaml"
PAGE = ROOT / "docs" / "trial-cluster.md"
TEMPLATE = "JAKSTAT_BENCH_CHUNK"
BEGIN, END = "<!-- a million patients -->", "<!-- end -->"
LIMITS = {"1,000 patients on 2 cores (s)": 100.0, "memory (MB)": 1500.0, "Dask over local": 0.9}


@dataclass
class Tables:
    """A chunk whose patients have other numbers."""

    patients: Any
    options: Any
    visits: Any
    courses: Any


def repeated(design: Any, patients: Any) -> Tables:
    """The chunk that was simulated once, as if of these patients."""
    import numpy as np
    import pyarrow as pa

    from jakstat.trial.trial_store import chunk_of

    tables = chunk_of(Path(os.environ[TEMPLATE]).read_bytes()).tables
    ids = np.asarray(patients.ids)
    found = {}
    for name, table in tables.items():
        who = table.column("patient").to_numpy()
        kept = table.filter(pa.array(who < min(len(ids), design.courses if name == "courses" else 64)))
        there = ids[kept.column("patient").to_numpy()]
        if name == "courses" and ids[0] >= design.courses:
            kept, there = kept.slice(0, 0), there[:0]
        column = kept.schema.get_field_index("patient")
        found[name] = kept.set_column(column, kept.schema.field(column), pa.array(there))
    return Tables(**found)


def _repeating() -> Any:
    """Workers in this process that have every chunk ready: what is left is what the asking process does."""
    from types import SimpleNamespace

    from jakstat.trial.chunk_work import Ended
    from jakstat.trial.trial_run import TrialWorkers
    from jakstat.trial.trial_store import table_bytes

    class Ready:
        """An executor."""

        def __init__(self, design: Any) -> None:
            self.design, self.given = design, []

        @property
        def busy(self) -> int:
            return len(self.given)

        def room(self) -> int:
            return 2 - self.busy

        def submit(self, piece: Any, patients: Any) -> None:
            self.given.append((piece, patients))

        def ended(self, _: float) -> list[Any]:
            given, self.given = self.given, []
            return [
                Ended(piece, table_bytes(repeated(self.design, SimpleNamespace(ids=list(patients.ids)))))
                for piece, patients in given
            ]

        def close(self) -> None:
            self.given = []

    class ReadyWorkers(TrialWorkers):
        """The same for any number of cores."""

        def started(self, work: Any) -> Any:
            return Ready(work.design)

    return ReadyWorkers()


def planned(patients: int) -> Any:
    """The design with so many patients."""
    from jakstat.trial.trial_file import read_trial

    return replace(read_trial(TRIAL, seed=1), patients=patients, size=min(patients, 602))


def measured(kind: str, patients: int, workers: str, out: str) -> dict[str, float]:
    """One run in this process: seconds, processor seconds and memory of it and its workers."""
    from jakstat.trial.chunk import run_chunk
    from jakstat.trial.trial_run import TrialWorkers, run_trial

    crew = TrialWorkers(dask=workers) if "://" in workers else TrialWorkers(int(workers))
    begin = time.monotonic()
    if kind == "repeated":
        crew = _repeating()
    place = run_trial(planned(patients), out, run_chunk=run_chunk, workers=crew)
    wall = time.monotonic() - begin
    own, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    assert place.local is not None
    sizes = {f.relative_to(place.local): f.stat().st_size for f in place.local.rglob("*") if f.is_file()}
    chunks = sum(size for name, size in sizes.items() if name.parts[0] == "chunks")
    return {
        "seconds": wall,
        "processor seconds": own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime,
        "of it here": own.ru_utime + own.ru_stime,
        "memory (MB)": own.ru_maxrss / 1024.0,
        "memory of a worker (MB)": theirs.ru_maxrss / 1024.0,
        "chunks (bytes)": chunks,
        "outputs (bytes)": sum(sizes.values()) - chunks,
    }


def _apart(kind: str, patients: int, workers: str, template: Path | None = None) -> dict[str, float]:
    """:func:`measured` in a process of its own; ``template`` is where the first real chunk is kept."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "run")
        command = [
            sys.executable,
            "-m",
            "benchmarks.trial",
            "--measure",
            kind,
            str(patients),
            workers,
            str(out),
        ]
        where = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        if template is not None:
            where[TEMPLATE] = str(template)
        done = subprocess.run(command, env=where, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            raise RuntimeError(done.stderr[-600:])
        if template is not None and kind == "real":
            from jakstat.chunks import Chunks

            template.write_bytes(Chunks.stored(out / "chunks").read(0))
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found


def _dask(patients: int) -> dict[str, float]:
    """So many patients on two Dask workers and on two processes, in seconds and in processor seconds.

    Processor time of Dask is that of its workers, its scheduler and the process that asks.
    """
    import dask
    import distributed

    where = {"distributed.nanny.pre-spawn-environ": {"PYTHONPATH": os.pathsep.join(sys.path)}}
    with (
        dask.config.set(where),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as made,
        distributed.Client(made) as client,
    ):

        def used() -> float:
            return time.process_time() + sum(client.run(time.process_time).values())

        _apart("real", 128, made.scheduler_address)  # its workers read their kernels once
        begin = used()
        cluster = _apart("real", patients, made.scheduler_address)
        cluster["processor seconds"] += used() - begin
        local = _apart("real", patients, "2")
    found = {"patients": float(patients)}
    for name in ("seconds", "processor seconds"):
        found[f"local ({name})"], found[f"Dask ({name})"] = local[name], cluster[name]
        found[f"Dask over local ({name})"] = local[name] / cluster[name]
    return found


def million(found: dict[str, Any]) -> dict[str, float]:
    """A million patients by what one more of them takes: core hours, storage and memory."""
    real, large = found["simulated"], found["repeated"]
    here = _slope(large, "of it here")
    top, most = real[max(real, key=int)], large[max(large, key=int)]
    return {
        "processor seconds of a patient": _slope(real, "processor seconds"),
        "core hours": _slope(real, "processor seconds") * 1e6 / 3600.0,
        "hours here": here * 1e6 / 3600.0,
        "chunks (GB)": _slope(real, "chunks (bytes)") * 1e6 / 1e9,
        "outputs (GB)": _slope(real, "outputs (bytes)") * 1e6 / 1e9,
        "memory of a worker (GB)": top["memory of a worker (MB)"] / 1024.0,
        "memory here (GB)": most["memory (MB)"] / 1024.0,
    }


def _slope(runs: dict[str, dict[str, float]], name: str) -> float:
    """What one patient more takes: between the smallest and the largest run."""
    low, high = min(runs, key=int), max(runs, key=int)
    return (runs[high][name] - runs[low][name]) / (int(high) - int(low))


def page(found: dict[str, Any]) -> str:
    """What the figures say of a million patients, as it stands in the page."""
    plan = million(found)
    worker, here = plan["memory of a worker (GB)"], plan["hours here"]
    rows = [
        f"| {cores} | {plan['core hours'] / cores + here:.1f} | {worker * cores:.0f} |"
        for cores in (16, 64, 256, 1024)
    ]
    words = [
        f"One patient takes {plan['processor seconds of a patient']:.3f} s of a core (both arms, 24 months);",
        f"a million take {plan['core hours']:.0f} core hours. The process that gives out the work takes",
        f"{here:.1f} h of one core, tables included, and {plan['memory here (GB)']:.1f} GB of memory; a",
        f"worker takes {worker:.1f} GB. Chunks take {plan['chunks (GB)']:.1f} GB and tables",
        f"{plan['outputs (GB)']:.1f} GB of storage.",
    ]
    table = ["| cores | hours | memory of all workers (GB) |", "|---|---|---|", *rows]
    return "\n".join([BEGIN, *words, "", *table, END])


def latest() -> dict[str, Any]:
    """The last record that was kept."""
    found: dict[str, Any] = json.loads(sorted(RESULTS.glob("*/trial.json"))[-1].read_text(encoding="utf-8"))
    return found


def _begun(out: Path | None, only: str) -> dict[str, Any]:
    """What the figures are added to: the last record, when only a part of it is measured again."""
    if only:
        kept = latest() if out is None else json.loads((out / "trial.json").read_text(encoding="utf-8"))
        return {name: value for name, value in kept.items() if name not in ("date", "load")}
    return {"limits": LIMITS, "cores": len(os.sched_getaffinity(0)), "simulated": {}, "repeated": {}}


def main() -> None:
    """Measure and write ``trial.json``."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--measure", nargs=4)
    reader.add_argument("--patients", type=int, default=1000)
    reader.add_argument("--most", type=int, default=100_000)
    reader.add_argument("--dask", type=int, default=512, help="patients of the comparison")
    reader.add_argument("--only", default="", choices=["", "simulated", "repeated", "dask"])
    reader.add_argument("--page", action="store_true")
    reader.add_argument("--out", type=Path)
    asked, _ = reader.parse_known_args()
    if asked.measure:
        kind, patients, workers, out = asked.measure
        print(json.dumps(measured(kind, int(patients), workers, out)))
        return
    if asked.page:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(
            text[: text.index(BEGIN)] + page(latest()) + text[text.index(END) + len(END) :], encoding="utf-8"
        )
        return
    found = _begun(asked.out, asked.only)
    if asked.only in ("", "simulated"):
        _apart("real", 64, "1")  # kernels are compiled once
        for patients in sorted({100, asked.patients}):
            found["simulated"][str(patients)] = _apart("real", patients, "2")
            written("trial", found, asked.out)
    if asked.only in ("", "repeated"):
        with tempfile.TemporaryDirectory() as folder:
            template = Path(folder, "chunk")
            _apart("real", 64, "1", template)
            for patients in (n for n in (100, 1_000, 10_000, 100_000) if n <= asked.most):
                found["repeated"][str(patients)] = _apart("repeated", patients, "2", template)
                written("trial", found, asked.out)
    if asked.only in ("", "dask"):
        found["dask"] = _dask(asked.dask)
    found["a million"] = million(found)
    written("trial", found, asked.out)


if __name__ == "__main__":
    main()
