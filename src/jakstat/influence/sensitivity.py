"""Which parameters a readout depends on: close to the table's values, and over the graded ranges.

Local: d ln readout / d ln parameter by central differences, checked with twice the step. Global: Sobol'
indices or elementary effects of the logarithm of the readout while all parameters vary within the ranges
of their grade
(:func:`jakstat.knowledge.graded_ranges.graded_range`). Every model run is a lane of the batched engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import Outcome, problem
from jakstat.experiment.cell_calls import asks_cells
from jakstat.experiment.labelled import Labelled
from jakstat.experiment.lanes import Bench, bench_for, run_vectors
from jakstat.experiment.protocol import Protocol
from jakstat.experiment.question import question
from jakstat.experiment.reading import Reading, parse_reading
from jakstat.influence.variance import effects, morris_design, sobol_design, sobol_indices
from jakstat.knowledge.graded_ranges import PROTOCOL, graded_range
from jakstat.knowledge.parameter_table import Row
from jakstat.limits import LIMITS, check_count
from jakstat.store import NOTICE, attributes, manifest
from jakstat.streams import check_seed

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["METHODS", "Method", "find_sensitivity", "sensitivity"]

Method = Literal["local", "sobol", "morris"]
METHODS: tuple[Method, ...] = get_args(Method)
Progress = Callable[[int, int], None] | None

STEP = 0.01
"""Change of the logarithm of a parameter in a central difference."""
_LOCAL_RELATIVE = 1e-9
_AGREE_RELATIVE, _AGREE_ABSOLUTE = 0.05, 0.01
LOST = 0.05
"""With a larger share of lost design rows than this the indices are marked as not reliable."""
_ROWS = {"sobol": 256, "morris": 40}
_FEWEST = 8


@dataclass(frozen=True)
class _Study:
    """What is varied, and how it is run."""

    bench: Bench
    rows: tuple[Row, ...]
    reader: Reading
    seed: int
    progress: Progress

    def run(self, logs: Floats, *, rtol: float = 1e-6) -> tuple[Floats, NDArray[np.int64]]:
        """Readings (lanes,) of parameter vectors given as natural logarithms (lanes, d), and outcomes."""
        vectors = {row.id: np.exp(logs[:, i]) for i, row in enumerate(self.rows)}
        run = run_vectors(self.bench, vectors, self.reader, rtol=rtol, progress=self.progress)
        name = self.bench.read[0].name
        return run.values[name][:, 0, 0], run.outcomes[:, 0]

    @property
    def centre(self) -> Floats:
        return np.asarray(np.log(np.array([row.value for row in self.rows])))


@asks_cells
def sensitivity(
    protocol: Protocol,
    *,
    readout: str = "pSTAT3",
    at: str = "peak",
    method: str = "local",
    rows: int | None = None,
    seed: int = 1,
    progress: Progress = None,
) -> xr.Dataset:
    """Sensitivity of one readout to every parameter of the model.

    Parameters
    ----------
    protocol : Protocol or str
        Or a kind of cell, with what is done to it as :func:`jakstat.experiment.run.simulate` takes it.
        One level each.
    readout : str
    at : str
        ``"peak"``, ``"auc"`` (area from time 0 to the end, readout times hour) or a time such as ``"20min"``.
    method : {"local", "sobol", "morris"}
    rows : int, optional
        Rows of the design: Sobol' needs rows * (parameters + 2) simulations (a power of 2; 256 when not
        given), Morris rows * (parameters + 1) (40 when not given).
    seed : int
    progress : callable, optional
        Is told how many simulations of how many are done.

    Returns
    -------
    xarray.Dataset
        Dim ``parameter``, most influential first, with coordinates ``value``, ``low``, ``high``, ``unit``,
        ``grade``, ``source``. Local: ``elasticity`` (d ln readout / d ln parameter), ``elasticity_check``
        (twice the step), ``reliable``. Sobol': ``first``, ``total`` with ``_low`` and ``_high`` (95 %
        bootstrap over design rows). Morris: ``size`` with bounds, ``spread``, in decades of the readout
        over the parameter's range. In ``attrs``: ``baseline``, ``unit``, ``simulations``, ``failed``,
        ``lost_rows``, ``reliable``, ``not_varied``, ``manifest``.

    Raises
    ------
    InputError
        Unknown names; a series; ``option.value``, ``count.range``, ``time.span``.

    Notes
    -----
    Failed simulations are not replaced by others: their design row is left out of every block, which keeps
    the
    rest comparable but says nothing about the region that failed. With more than 5 % of the rows lost
    ``reliable`` is False.
    Global indices are those of log10 of the readout, unless a simulation gives 0 or less.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml", until="1 h", points=31, parts="core")
    >>> s = sensitivity(p, at="20min")
    >>> str(s["grade"].values[0]) in ("measured", "fitted", "assumed"), s.attrs["failed"]
    (True, 0)
    """
    return find_sensitivity(
        protocol, readout=readout, at=at, method=method, rows=rows, seed=seed, progress=progress
    ).to_dataset()


def find_sensitivity(
    protocol: Protocol,
    *,
    readout: str,
    at: str,
    method: str,
    rows: int | None,
    seed: int,
    progress: Progress,
) -> Labelled:
    """:func:`sensitivity` for what needs no dataset."""
    if method not in METHODS:
        hint = ", ".join(METHODS)
        raise problem("option.value", f"no method {method[:40]!r}", field="--method", hint=hint)
    check_seed(seed)
    study = _study(protocol, readout, at, seed, progress)
    if method == "local":
        return _labelled(study, protocol, method, at, 0, *_local(study))
    count = _ROWS[method] if rows is None else rows
    check_count(count, least=_FEWEST, most=LIMITS.lanes, field="--rows")
    if method == "sobol" and count & (count - 1):
        hint = f"e.g. {1 << (count.bit_length() - 1)} or {1 << count.bit_length()}"
        raise problem("count.power", f"{count} is no power of 2", field="--rows", hint=hint)
    return _labelled(study, protocol, method, at, count, *_global(study, method, count))


def _study(protocol: Protocol, readout: str, at: str, seed: int, progress: Progress) -> _Study:
    reading = parse_reading(at, readout=readout, assays=False)
    hour = reading.hour
    if hour is not None and not protocol.start <= hour <= protocol.until:
        message = f"{at} lies outside {protocol.start:g} to {protocol.until:g} h"
        raise problem("time.span", message, field="--at", hint="give a later --until")
    times = protocol.sampling.times if hour is None else (*protocol.sampling.times, hour)
    sampling = replace(protocol.sampling, times=times)
    bench = bench_for(replace(protocol, observe=(reading.readout,), sampling=sampling))
    if bench.plan.lanes > 1:
        raise problem("series.many", "a series cannot be analysed", hint="give one level each")
    rows = [r for r in bench.cell.rows if r.id not in bench.plan.parameters]
    used = tuple(r for r in rows if r.source != PROTOCOL and r.value > 0)
    return _Study(bench, used, reading, seed, progress)


Found = tuple[dict[str, Floats], float, dict[str, object]]
"""Columns by name, the reading with the table's own values, and further attributes."""


def _local(study: _Study) -> Found:
    d = len(study.rows)
    steps = np.array([STEP, -STEP, 2 * STEP, -2 * STEP])
    logs = np.tile(study.centre, (1 + 4 * d, 1))
    for i in range(d):
        logs[1 + 4 * i : 5 + 4 * i, i] += steps
    values, outcomes = study.run(logs, rtol=_LOCAL_RELATIVE)
    with np.errstate(invalid="ignore", divide="ignore"):
        up, down, far_up, far_down = np.log(values[1:].reshape(d, 4)).T
    near, far = (up - down) / (2 * STEP), (far_up - far_down) / (4 * STEP)
    agree = np.abs(near - far) <= _AGREE_RELATIVE * np.abs(near) + _AGREE_ABSOLUTE
    columns = {"elasticity": near, "elasticity_check": far, "reliable": agree.astype(float)}
    failed = int((outcomes != int(Outcome.OK)).sum())
    extra: dict[str, object] = {
        "simulations": len(values), "failed": failed, "lost_rows": 0, "reliable": bool(agree.all())
    }  # fmt: skip
    return columns, float(values[0]), extra


def _global(study: _Study, method: str, count: int) -> Found:
    ranges = [graded_range(row) for row in study.rows]
    low = np.log(
        [
            r.low if r is not None and r.low > 0 else row.value
            for r, row in zip(ranges, study.rows, strict=True)
        ]
    )
    high = np.log([r.high if r is not None else row.value for r, row in zip(ranges, study.rows, strict=True)])
    d = len(study.rows)
    order = np.empty((0, d), dtype=np.int64)
    if method == "sobol":
        points = sobol_design(d, count, seed=study.seed)
    else:
        points, order = morris_design(d, count, seed=study.seed)
    logs = np.vstack([study.centre, low + (high - low) * points])
    values, outcomes = study.run(logs)
    good = values[1:][np.isfinite(values[1:])]
    logarithmic = bool(good.size and good.min() > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        outputs = np.log10(values[1:]) if logarithmic else values[1:]
    if method == "sobol":
        s = sobol_indices(outputs, d, seed=study.seed)
        columns = {
            "total": s.total, "total_low": s.total_low, "total_high": s.total_high,
            "first": s.first, "first_low": s.first_low, "first_high": s.first_high,
        }  # fmt: skip
        lost, extra = s.lost, {"variance": s.variance}
    else:
        e = effects(outputs, points, order, seed=study.seed)
        columns = {"size": e.size, "size_low": e.size_low, "size_high": e.size_high, "spread": e.spread}
        lost, extra = e.lost, {}
    spread = np.percentile(good, [2.5, 50, 97.5]).tolist() if good.size else [float("nan")] * 3
    return columns, float(values[0]), {
        "simulations": len(values),
        "failed": int((outcomes != int(Outcome.OK)).sum()),
        "lost_rows": lost,
        "reliable": lost <= LOST * count,
        "logarithmic": logarithmic,
        "range_of_readout": spread,
        **extra,
    }  # fmt: skip


def _labelled(
    study: _Study,
    protocol: Protocol,
    method: str,
    at: str,
    count: int,
    columns: dict[str, Floats],
    baseline: float,
    extra: dict[str, object],
) -> Labelled:
    bench = study.bench
    assembly, read = bench.cell.assembly, bench.read[0]
    lead = np.abs(next(iter(columns.values())))
    order = np.argsort(-np.where(np.isfinite(lead), lead, -1.0), kind="stable")
    rows = [study.rows[i] for i in order]
    ranges = [graded_range(row) for row in rows]
    coords = {
        "parameter": ("parameter", [row.id for row in rows]),
        "value": ("parameter", [row.value for row in rows]),
        "low": (
            "parameter",
            [row.value if r is None else r.low for r, row in zip(ranges, rows, strict=True)],
        ),
        "high": (
            "parameter",
            [row.value if r is None else r.high for r, row in zip(ranges, rows, strict=True)],
        ),
        "unit": ("parameter", [row.unit for row in rows]),
        "grade": ("parameter", [row.grade for row in rows]),
        "source": ("parameter", [row.source for row in rows]),
    }
    varied = {row.id for row in rows}
    made = manifest(
        "sensitivity",
        {
            "protocol": protocol,
            "parts": list(assembly.parts),
            "model_key": assembly.model_key,
            "readout": read.name,
            "at": at,
            "method": method,
            "rows": count,
            "seed": study.seed,
        },
        sources=assembly.sources,
    )
    attrs = {
        "context": protocol.context,
        "title": assembly.context.title,
        "question": question(protocol, assembly.parts),
        "readout": read.name,
        "at": at,
        "method": method,
        "baseline": baseline,
        "unit": f"{read.unit} h" if at == "auc" else read.unit,
        "rows": count,
        "seed": study.seed,
        "not_varied": sorted(r.id for r in assembly.parameters if r.id not in varied),
        "sources": list(assembly.sources),
        "notes": list(bench.plan.notes),
        "manifest": made.to_dict(),
        "notice": NOTICE,
        **extra,
    }
    return Labelled({k: ("parameter", v[order]) for k, v in columns.items()}, coords, attributes(attrs))
