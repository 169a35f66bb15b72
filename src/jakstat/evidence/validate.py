"""Every published observation run as an experiment, and whether the model agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from jakstat.answer_tables import TabledAnswer
from jakstat.biology import context as known_context
from jakstat.calls import one_call
from jakstat.errors import InputError, Outcome
from jakstat.evidence.measures import Run, Unmeasured, measure
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.run import run_protocol
from jakstat.knowledge import Observation, observations
from jakstat.knowledge import ProtocolText as Written
from jakstat.store import NOTICE

__all__ = ["Trace", "ValidatedRow", "Validation", "validate"]

_GRID_HOURS = 1.0 / 360.0
"""Ten seconds between samples: a peak's time is right to that."""
_MOST_POINTS = 4001
_LAST_HOURS = 0.5
"""Every run lasts at least this long, so that a number at rest can be drawn."""

_SCALE: Mapping[tuple[str, str], float] = {
    ("1", "%"): 100.0, ("1", "ratio"): 1.0, ("1/cell", "1/cell"): 1.0, ("nM", "nM"): 1.0,
}  # fmt: skip
"""From a readout's unit to a table's."""


@dataclass(frozen=True, slots=True)
class ValidatedRow:
    """One observation and the model's answer.

    ``ok`` is whether ``low <= model <= high``; a model value of None means that it
    could not be had, and ``reason`` says why. Rows of role ``input`` went into the
    model and do not count.
    """

    id: str
    context: str
    what: str
    role: str
    published: float
    low: float
    high: float
    unit: str
    model: float | None
    ok: bool
    source: str
    reason: str = ""


@dataclass(frozen=True)
class Trace:
    """The run behind a row, for drawing: readout, its unit, times of the measure and the run itself."""

    row: ValidatedRow
    readout: str
    readout_unit: str
    measure: str
    times: tuple[float, ...]
    run: Run
    control: Run | None = None


@dataclass(frozen=True)
class Validation(TabledAnswer):
    """All rows, the runs behind them, and the count of those that agree (role ``input`` left out)."""

    rows: tuple[ValidatedRow, ...]
    traces: tuple[Trace, ...]
    sources: tuple[str, ...]

    def table_rows(self) -> list[dict[str, object]]:
        """A row for each observation."""
        return [asdict(row) for row in self.rows]

    @property
    def counted(self) -> tuple[ValidatedRow, ...]:
        """The rows of role fit and predict."""
        return tuple(row for row in self.rows if row.role != "input")

    @property
    def passed(self) -> int:
        """How many counted rows lie within their bracket."""
        return sum(row.ok for row in self.counted)

    @property
    def failed(self) -> int:
        """How many counted rows do not."""
        return len(self.counted) - self.passed

    @property
    def by_role(self) -> dict[str, tuple[int, int]]:
        """How many rows of each counted role lie within their bracket, and of how many."""
        found = {}
        for role in ("fit", "predict"):
            rows = [row for row in self.counted if row.role == role]
            found[role] = (sum(row.ok for row in rows), len(rows))
        return found

    def to_document(self) -> dict[str, object]:
        """The validation as JSON-ready fields."""
        return {
            "rows": self.table_rows(),
            "passed": self.passed,
            "failed": self.failed,
            "by_role": {role: {"passed": n, "rows": of} for role, (n, of) in self.by_role.items()},
            "manifest": {"kind": "validation", "sources": list(self.sources)},
            "notice": NOTICE,
        }


@one_call
def validate(
    context: str | None = None,
    *,
    rows: Iterable[Observation] | None = None,
    on_row: Callable[[int, int], None] | None = None,
) -> Validation:
    """Run every published observation as an experiment.

    Parameters
    ----------
    context : str, optional
        Only this kind of cell.
    rows : iterable of Observation, optional
        Observations to run instead of the shipped ones.
    on_row : callable, optional
        Called with (rows done, rows in all) as the work goes on.

    Returns
    -------
    Validation

    Raises
    ------
    InputError
        For an unknown context. An observation that cannot be run is a failed row, not an error.

    Examples
    --------
    >>> from jakstat.knowledge import observations
    >>> resting = [o for o in observations() if o.id == "CT50"]
    >>> validate(rows=resting).rows[0].role
    'input'
    """
    if context is not None:
        known_context(context)
    chosen = observations() if rows is None else tuple(rows)
    chosen = tuple(o for o in chosen if context in (None, o.context))
    runs = _run_all(chosen, on_row)
    judged = [_judge(o, runs) for o in chosen]
    sources = {key for o in chosen for key in o.source}
    sources |= {key for run in runs.values() if isinstance(run, xr.Dataset) for key in run.attrs["sources"]}
    traces = tuple(trace for _, trace in judged if trace is not None)
    return Validation(tuple(row for row, _ in judged), traces, tuple(sorted(sources)))


Key = tuple[str, str]
Runs = Mapping[Key, "xr.Dataset | str"]


def _needs(o: Observation) -> list[Written]:
    """Every protocol that an observation's measure needs: its own, then its control."""
    if o.against is not None:
        return [o.protocol, o.against]
    if o.measure.name == "ic50":
        return [o.protocol, _undrugged(o.protocol)]
    return [o.protocol]


def _undrugged(protocol: Written) -> Written:
    return protocol.model_copy(update={"drugs": ()})


def _key(o: Observation, protocol: Written) -> Key:
    return (o.context, str(protocol))


def _run_all(chosen: tuple[Observation, ...], on_row: Callable[[int, int], None] | None) -> Runs:
    """Each distinct protocol simulated once, with every readout and up to the last time asked of it."""
    wanted: dict[Key, list[Observation]] = {}
    written: dict[Key, Written] = {}
    for o in chosen:
        for protocol in _needs(o):
            wanted.setdefault(_key(o, protocol), []).append(o)
            written[_key(o, protocol)] = protocol
    runs: dict[Key, xr.Dataset | str] = {}
    for done, (key, group) in enumerate(wanted.items()):
        if on_row is not None:
            on_row(done, len(wanted))
        runs[key] = _run(written[key], group)
    if on_row is not None:
        on_row(len(wanted), len(wanted))
    return runs


def _run(protocol: Written, group: list[Observation]) -> xr.Dataset | str:
    """The result of a protocol, or why there is none."""
    last = max([_LAST_HOURS, *(t for o in group for t in o.measure.times)])
    try:
        typed = make_protocol(
            group[0].context,
            stimuli=protocol.stimuli,
            drugs=protocol.drugs,
            perturb=protocol.perturbations,
            treatments=protocol.treatments,
            until=f"{last!r} h",
            observe=[o.observable for o in group],
            points=min(_MOST_POINTS, int(np.ceil(last / _GRID_HOURS)) + 1),
            at=[t for o in group for t in o.measure.times],
            parts="auto",
        )
        return run_protocol(typed)
    except InputError as error:
        return "; ".join(p.message for p in error.problems)


def _judge(o: Observation, runs: Runs) -> tuple[ValidatedRow, Trace | None]:
    """One observation's row, and its trace when there is one."""
    found = [runs[_key(o, protocol)] for protocol in _needs(o)]
    broken = [run for run in found if isinstance(run, str)]
    if broken:
        return _row(o, None, broken[0]), None
    labelled = [run for run in found if isinstance(run, xr.Dataset)]
    read = [_reading(run, o.observable) for run in labelled]
    control = read[1] if len(read) > 1 else None
    failed = [str(x) for run in labelled for x in run["outcome"].values if x != "OK"]
    unit = str(labelled[0][o.observable].attrs["units"])
    try:
        if failed:
            raise Unmeasured(Outcome[failed[0]].sentence)
        model = measure(o.measure.name, read[0], o.measure.times, control)
        row = _row(o, model * _in_table_unit(o, unit, read[0]), "")
    except Unmeasured as reason:
        row = _row(o, None, str(reason))
    trace = Trace(row, o.observable, unit, o.measure.name, o.measure.times, read[0], control)
    return row, trace


def _reading(result: xr.Dataset, name: str) -> Run:
    axes = result.attrs["axes"]
    time = np.asarray(result["time"].values, dtype=float)
    values = np.asarray(result[name].values, dtype=float)
    if not axes:
        return Run(time, values)
    dose = result[f"dose_{axes[0]}"]
    return Run(time, values, np.asarray(dose.values, dtype=float), str(dose.attrs["units"]))


def _in_table_unit(o: Observation, unit: str, run: Run) -> float:
    """Factor from the unit of the measure's number to the unit of the table."""
    if o.measure.name in ("ec50", "ic50"):
        if run.dose_unit != o.unit:
            raise Unmeasured(f"the series is in {run.dose_unit}, the table in {o.unit}")
        return 1.0
    if o.measure.name in ("value", "abundance"):
        if (unit, o.unit) not in _SCALE:
            raise Unmeasured(f"the readout is in {unit}, the table in {o.unit}")
        return _SCALE[unit, o.unit]
    return 1.0


def _row(o: Observation, model: float | None, reason: str) -> ValidatedRow:
    ok = model is not None and bool(np.isfinite(model)) and o.low <= model <= o.high
    if not ok and not reason and model is not None:
        side = "below" if model < o.low else "above"
        reason = f"{model:.3g} {o.unit} is {side} the bracket"
    if reason and o.note:
        reason = f"{reason}; {o.note}"
    return ValidatedRow(
        o.id,
        o.context,
        o.what,
        o.role,
        o.value,
        o.low,
        o.high,
        o.unit,
        model,
        ok,
        "; ".join(o.source),
        reason,
    )
