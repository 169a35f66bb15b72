"""Dose-response curves of drugs: IC50 or EC50, slope and largest effect of any reading of the cell.

All wells of a curve (no drug and every dose) run as lanes of one batch. A four-parameter Hill curve is fitted
over the logarithm of the dose (:mod:`jakstat.experiment.dose_series`, doi:10.1111/j.1476-5381.2008.00024.x).
The interval is that of the half-maximal doses of parameter vectors, where some are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.draws import draw_vectors, ranges_key
from jakstat.errors import problem
from jakstat.experiment.cell_calls import asks_cells
from jakstat.experiment.dose_series import HalfMaximum, half_maxima_of, half_maximum
from jakstat.experiment.growth_assays import growth_rate_inhibition
from jakstat.experiment.lanes import Bench, bench_for, read_lanes
from jakstat.experiment.plan import protocol_parts
from jakstat.experiment.protocol import Addition, Protocol, Sampling
from jakstat.experiment.question import question
from jakstat.experiment.reading import Reading, parse_reading
from jakstat.experiment.renewal import renewed
from jakstat.limits import LIMITS, check_count
from jakstat.pharmacology import agent
from jakstat.response.dose_curve import SHARES, DoseResponse, Interval
from jakstat.response.drug_doses import found_range, parse_drugs, strongest_potency
from jakstat.store import manifest
from jakstat.streams import check_seed
from jakstat.units import parse_time

__all__ = ["dose_response", "dose_responses"]

Progress = Callable[[int, int], None] | None

_SLIGHT = 0.05
"""Below this share of the control the largest effect is told in a note."""
_ENOUGH = 0.95
"""Share of the vectors that must have a half-maximal dose for an interval to be told."""


@asks_cells
def dose_response(
    protocol: Protocol,
    drug: str,
    *,
    readout: str = "pSTAT3",
    at: str = "20min",
    pre: str | None = None,
    renew: str | None = None,
    interval: int = 0,
    seed: int = 1,
    progress: Progress = None,
) -> DoseResponse:
    """The curve of one drug; see :func:`dose_responses`.

    In place of the protocol stands a kind of cell too, with what is done to it as
    :func:`jakstat.experiment.run.simulate` takes it.

    Examples
    --------
    >>> drug = "ruxolitinib=1..100000nM:11"
    >>> found = dose_response("mouse_hepatocyte", drug, stimulus="IL6=40ng/ml", parts="core", at="20min")
    >>> found.half.kind, bool(190 < found.half.value < 760)
    ('IC50', True)
    """
    [found] = dose_responses(
        protocol, [drug], readout=readout, at=at, pre=pre, renew=renew, interval=interval, seed=seed,
        progress=progress,
    )  # fmt: skip
    return found


def dose_responses(
    protocol: Protocol,
    drugs: Iterable[str] | str | None,
    *,
    readout: str = "pSTAT3",
    at: str = "20min",
    pre: str | None = None,
    renew: str | None = None,
    interval: int = 0,
    seed: int = 1,
    progress: Progress = None,
) -> tuple[DoseResponse, ...]:
    """A curve for every drug that has no single dose.

    Parameters
    ----------
    protocol : Protocol
        Cell, stimuli, knockdowns, treatments, parts. ``until`` matters for ``peak`` and ``auc`` only.
    drugs : sequence of text
        ``"ruxolitinib"`` (a range is found), ``"ruxolitinib=1..1000nM:9"``, or with one dose a drug that
        every well gets.
    readout : str
        Growth assays have their own.
    at : str
        See :mod:`jakstat.experiment.reading`.
    pre : str, optional
        How long before time 0 the drugs are given, e.g. ``"60min"``.
    renew : str, optional
        How often the medium is renewed with what it held, e.g. ``"3d"``, or ``"never"``; colony and sphere
        assays take that of the table.
    interval : int
        Number of parameter vectors for the interval; 0 for none.
    seed : int
    progress : callable, optional

    Returns
    -------
    tuple of DoseResponse

    Raises
    ------
    InputError
        Unknown names; ``series.many`` (a series besides the drug); as
        :func:`~jakstat.response.drug_doses.parse_drugs` and
        :func:`~jakstat.experiment.reading.parse_reading`.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> p = make_protocol("hepg2", stimuli="IL6=10ng/ml", parts="core")
    >>> [found] = dose_responses(p, "ruxolitinib")
    >>> found.half.kind, found.half.method, bool(found.emax > 0.9)
    ('IC50', 'hill', True)
    """
    check_seed(seed)
    check_count(interval, least=0, most=LIMITS.lanes, field="--interval")
    reading = parse_reading(at, readout=readout)
    asked = parse_drugs(drugs, pre=None if pre is None else _before(pre))
    base = _base(protocol, reading, asked.background)
    # one model for all curves, so that they have one control
    probes = tuple(a.at([1.0]) for a in asked.curves)
    base = replace(base, parts=protocol_parts(replace(base, drugs=(*base.drugs, *probes))))
    return tuple(_curve(base, a, reading, renew, interval, seed, progress) for a in asked.curves)


def _before(pre: str) -> float:
    hour = parse_time(pre, field="--pre")
    if hour < 0:
        raise problem("time.span", f"--pre {pre} lies after time 0", field="--pre", hint="give e.g. 60min")
    return hour


def _base(protocol: Protocol, reading: Reading, background: tuple[Addition, ...]) -> Protocol:
    """The control: as long and as densely sampled as the reading needs, on parts that grow when it does."""
    if protocol.series:
        hint = "give one level; only the drug is varied"
        raise problem("series.many", f"{protocol.series[0]} has several levels", hint=hint)
    until = protocol.until if reading.hour is None else max(reading.hour, 1e-3)
    # who asks for few parts gets what defines the readout too
    named = ("auto",) if protocol.parts and "auto" not in protocol.parts else ()
    return replace(
        protocol,
        drugs=(*protocol.drugs, *background),
        until=until,
        observe=reading.observed,
        sampling=Sampling(reading.points, (*protocol.sampling.times, until)),
        parts=(*protocol.parts, *named),
        read_at=None,
    )


def _curve(
    base: Protocol,
    drug: Addition,
    reading: Reading,
    renew: str | None,
    interval: int,
    seed: int,
    progress: Progress,
) -> DoseResponse:
    def bench_at(levels: Floats) -> Bench:
        given = drug.at(levels)
        return bench_for(renewed(replace(base, drugs=(*base.drugs, given)), reading, renew))

    found = agent(drug.name)
    notes: list[str] = []
    if drug.values:
        doses = np.array(drug.values)
    else:
        doses = _looked_for(drug, reading, bench_at, interval > 0, notes)
    doses = np.concatenate([[0.0], doses[doses > 0]])
    bench = bench_at(doses)
    vectors: dict[str, Floats] = {}
    rows = bench.cell.assembly.parameters
    if interval:
        vectors = draw_vectors(bench.cell.rows, lanes=interval + 1, seed=seed)
    numbers, failed = read_lanes(bench, vectors, [reading], progress=progress)
    responses = numbers[0, 0]
    half = half_maximum(doses, responses, unit=drug.unit)
    of_unit = bench.read[0].unit
    said = None
    low = high = np.full(len(doses), np.nan)
    if interval:
        said = _interval(doses, numbers[0, 1:], drug.unit, failed, seed, ranges_key(rows))
        low, high = _band(numbers[0, 1:])
    notes += [*bench.plan.notes, *_notes(half, responses, said, failed, reading)]
    return DoseResponse(
        context=base.context,
        title=bench.cell.assembly.context.title,
        question=question(bench.protocol, bench.cell.assembly.parts),
        drug=found.name,
        at=reading.at,
        readout=reading.name,
        unit=reading.unit(of_unit),
        kind=reading.kind,
        grade=found.grade,
        dose_unit=drug.unit,
        doses=doses,
        responses=responses,
        low=low,
        high=high,
        half=half,
        gr=growth_rate_inhibition(responses, responses[0])
        if reading.kind == "growth"
        else np.full(len(doses), np.nan),
        interval=said,
        stimulus=tuple(f"{a.name}={a.values[0]:g}{a.unit}" for a in base.additions),
        failed=failed,
        notes=tuple(dict.fromkeys(notes)),
        sources=tuple(sorted({*bench.cell.assembly.sources, *found.sources})),
        manifest=_manifest(bench, reading, interval, seed),
    )


def _looked_for(
    drug: Addition,
    reading: Reading,
    bench_at: Callable[[Floats], Bench],
    wide: bool,
    notes: list[str],
) -> Floats:
    """The doses (nM) of a curve for which none were given."""
    probe = bench_at(np.array([0.0, 1.0, 2.0]))
    centre = strongest_potency(agent(drug.name), probe.cell.assembly.parameters)
    if centre is None:
        notes.append(f"{drug.name} has no potency in nM; the search for its range began at 1 nM")

    def respond(doses: Floats) -> Floats:
        return np.asarray(read_lanes(bench_at(doses), {}, [reading])[0][0, 0])

    return found_range(centre or 1.0, respond, wide=wide)


def _interval(doses: Floats, responses: Floats, unit: str, failed: int, seed: int, key: str) -> Interval:
    """Half-maximal doses over vectors (V, n)."""
    values = np.array([h.value for h in half_maxima_of(doses, responses, unit=unit)])
    good = values[np.isfinite(values)]
    enough = len(good) >= max(1.0, _ENOUGH * len(values))
    low, high = np.quantile(good, SHARES) if enough else (float("nan"), float("nan"))
    return Interval(float(low), float(high), len(values), failed, len(values) - len(good), seed, key)


def _band(responses: Floats) -> tuple[Floats, Floats]:
    """5 and 95 % of the effects over vectors (V, n), each over its own control."""
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = responses / responses[:, :1]
    seen = np.isfinite(effects)
    if not seen.any(axis=0).all():
        effects = np.where(seen.any(axis=0), effects, 0.0)
    low, high = np.nanquantile(effects, SHARES, axis=0)
    return np.asarray(low), np.asarray(high)


def _notes(
    half: HalfMaximum,
    responses: Floats,
    interval: Interval | None,
    failed: int,
    reading: Reading,
) -> Iterable[str]:
    if half.method == "none":
        yield f"no half-maximal dose: {half.note}"
    elif half.note:
        yield half.note
    if half.kind == "EC50" and half.method != "none":
        yield "the response rises with the dose: an EC50 and no IC50"
    known = responses[0] != 0 and np.isfinite(responses[0])
    largest = np.nanmax(np.abs(responses / responses[0] - 1.0)) if known else np.inf
    if half.method != "none" and largest < _SLIGHT:
        yield f"no dose changes the response by more than {100 * largest:.2g} %"
    if failed:
        yield f"{failed} simulations failed and were left out"
    if interval is not None and interval.without:
        yield f"of {interval.vectors} parameter vectors {interval.without} have no half-maximal dose here"
        if not np.isfinite(interval.low):
            yield "so many lack one that no interval is told"
    if reading.assay:
        yield "no crowding, no hunger and no change of the medium per cell while cells grow"
        if reading.kind == "growth" and responses[0] <= 1:
            yield "the control does not grow, so there is no GR value"


def _manifest(bench: Bench, reading: Reading, interval: int, seed: int) -> Mapping[str, object]:
    assembly = bench.cell.assembly
    made = manifest(
        "dose-response",
        {
            "protocol": bench.protocol,
            "parts": list(assembly.parts),
            "model_key": assembly.model_key,
            "at": reading.at,
            "vectors": interval,
            "seed": seed,
        },
        sources=assembly.sources,
    )
    return made.to_dict()
