"""Every node that can be hit, ranked by what that does: a knockdown of each gene, each drug of the library.

All of them are lanes beside an untouched one. A knockdown multiplies what is made of a gene
from before the cells come to rest. A drug has the dose that a patient could have: the unbound peak in plasma
of its recorded regimen, or, where no exposure is known, a stated multiple of its potency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology import chosen_parts
from jakstat.engine.doses import Dose
from jakstat.errors import problem
from jakstat.experiment.assay_numbers import assay_number
from jakstat.experiment.lanes import Bench, bench_for, read_lanes
from jakstat.experiment.plan import make_plan, protocol_parts
from jakstat.experiment.protocol import Addition, Protocol, Sampling, Schedule
from jakstat.experiment.question import question
from jakstat.experiment.reading import Reading, parse_reading
from jakstat.knowledge.parameter_table import GRADES
from jakstat.pharmacology import Agent, library_agents
from jakstat.response.patient_doses import compared_dose
from jakstat.store import manifest
from jakstat.units import parse_time

__all__ = ["NOTHING", "Target", "TargetScan", "target_scan"]

NOTHING = 1e-3
"""A node that changes the first reading by a smaller share of the control changes nothing."""
_FACTOR = "factor_"
_SMALLEST = 1e-6


@dataclass(frozen=True)
class Target:
    """One node, or one drug.

    Parameters
    ----------
    name : str
        HGNC symbol of the gene, or the drug.
    kind : {"gene", "drug"}
    dose, why : str
        ``x 0.1`` for a gene, ``80 nM`` for a drug, and why it is this one.
    values, folds : tuple of float
        Each reading, and the same over the control's; NaN where the simulation failed.
    strength : float
        Size of log2 of the first fold; what the ranks go by.
    rank : int
        1 for the strongest; nodes whose simulation failed come last.
    drugs : tuple of str
        Of a gene: the drugs of the library that act on it. Of a drug: what it acts on.
    grade : str
        Weakest grade of a drug's potency; of a gene that of its best-founded drug, or empty without one.
    """

    name: str
    kind: str
    dose: str
    why: str
    values: tuple[float, ...]
    folds: tuple[float, ...]
    strength: float
    rank: int
    drugs: tuple[str, ...]
    grade: str

    @property
    def idle(self) -> bool:
        """Whether it changes nothing."""
        return abs(self.folds[0] - 1.0) < NOTHING


@dataclass(frozen=True)
class TargetScan:
    """The ranked nodes of one cell, strongest first.

    Parameters
    ----------
    context, title : str
    question : mapping
        What was asked (:func:`jakstat.experiment.question.question`).
    readouts, ats, units : tuple of str
        One for each reading.
    factor : float
        What a knockdown leaves.
    multiple : float or None
        The dose of every drug over its potency; None when each has what a patient could have.
    controls : tuple of float
        The readings of the untouched cell.
    targets : tuple of Target
    stimulus : tuple of str
    failed : int
        Simulations that failed.
    notes, sources : tuple of str
    manifest : mapping
    """

    context: str
    title: str
    question: Mapping[str, Any]
    readouts: tuple[str, ...]
    ats: tuple[str, ...]
    units: tuple[str, ...]
    factor: float
    multiple: float | None
    controls: tuple[float, ...]
    targets: tuple[Target, ...]
    stimulus: tuple[str, ...]
    failed: int
    notes: tuple[str, ...]
    sources: tuple[str, ...]
    manifest: Mapping[str, object]


@dataclass(frozen=True)
class _Hit:
    """What is done in one lane."""

    name: str
    kind: str
    dose: str
    why: str
    parameter: str | None
    doses: tuple[Dose, ...]
    drugs: tuple[str, ...]
    grade: str


def target_scan(
    protocol: Protocol,
    *,
    readouts: Sequence[str] | str = "pSTAT3",
    at: str = "20min",
    factor: float | None = None,
    multiple: float | None = None,
    pre: str = "60min",
) -> TargetScan:
    """Rank every gene of the model and every drug of the library by its effect on a readout.

    Parameters
    ----------
    protocol : Protocol
        Cell, stimuli, background; ``until`` matters for ``peak`` and ``auc`` only. Without parts: the
        whole cell.
    readouts : sequence of str
        Or names separated by commas; ranks go by the first.
    at : str
        A time, ``peak`` or ``auc``; one for all readouts, or one each, separated by commas.
    factor : float, optional
        What a knockdown leaves, 0 or more and below 1 (0.1 when not given).
    multiple : float, optional
        Dose of every drug over its strongest potency in the model. When not given, each drug has what a
        patient could have (:func:`~jakstat.response.patient_doses.compared_dose`).
    pre : str
        How long before time 0 drugs are given.

    Returns
    -------
    TargetScan

    Raises
    ------
    InputError
        Unknown names; ``factor.range``, ``multiple.range``, ``series.many``; ``option.value`` for a growth
        assay.

    Examples
    --------
    >>> from jakstat.experiment.describe import make_protocol
    >>> found = target_scan(make_protocol("hepg2", stimuli="IL6=10ng/ml", parts="core"))
    >>> [(t.name, t.kind) for t in found.targets if t.name in ("STAT3", "SOCS3")]
    [('STAT3', 'gene'), ('SOCS3', 'gene')]
    """
    left = assay_number("knockdown_factor") if factor is None else factor
    if not 0 <= left < 1:
        raise problem("factor.range", f"{left:g} is no knockdown", field="--factor", hint="give 0 to below 1")
    if multiple is not None and not 0 < multiple <= 1e6:
        hint = "give a number above 0, at most 1e6"
        raise problem("multiple.range", f"{multiple:g} is no multiple", field="--multiple", hint=hint)
    readings = _readings(readouts, at)
    bench = _bench(protocol, readings)
    before = parse_time(pre, field="--pre")
    if before < 0:
        raise problem("time.span", f"--pre {pre} lies after time 0", field="--pre", hint="give e.g. 60min")
    hits, notes = _hits(bench, left, multiple, before)
    numbers, failed = _numbers(bench, readings, hits, left, before)
    return _ranked(bench, readings, hits, numbers, failed, left, multiple, notes)


def _readings(readouts: Sequence[str] | str, at: str) -> tuple[Reading, ...]:
    names = [n.strip() for n in (readouts.split(",") if isinstance(readouts, str) else readouts)]
    names = list(dict.fromkeys(names))
    ats = [a.strip() for a in at.split(",")]
    if len(ats) == 1:
        ats *= len(names)
    if len(ats) != len(names):
        message = f"{len(ats)} times for {len(names)} readouts"
        raise problem("option.value", message, field="--at", hint="give one time, or one for each readout")
    found = tuple(parse_reading(a, readout=n) for a, n in zip(ats, names, strict=True))
    for reading in found:
        if reading.assay:
            hint = "read net_growth_rate or cell_number at a time"
            raise problem("option.value", "a scan reads no growth assay", field="--at", hint=hint)
    return found


def _bench(protocol: Protocol, readings: Sequence[Reading]) -> Bench:
    """The untouched cell, on every part unless told otherwise, with the drugs that these parts know."""
    if protocol.series:
        raise problem("series.many", f"{protocol.series[0]} has several levels", hint="give one level each")
    hours = [r.hour for r in readings if r.hour is not None]
    until = max([*hours, *([protocol.until] if any(r.hour is None for r in readings) else []), 1e-3])
    base = replace(
        protocol,
        until=until,
        observe=tuple(r.readout for r in readings),
        sampling=Sampling(max(r.points for r in readings), tuple(hours)),
        read_at=None,
    )
    named = protocol_parts(replace(base, parts=("auto",)))
    parts = chosen_parts([*base.parts, *named] if base.parts else ["all", "drugs"])
    return bench_for(replace(base, parts=parts))


def _hits(bench: Bench, factor: float, multiple: float | None, before: float) -> tuple[list[_Hit], list[str]]:
    """What may be done to the cell, and why some drugs were left out."""
    network, rows = bench.cell.model.network, bench.cell.assembly.parameters
    species = {s.id for s in network.species}
    drugs = [a for a in library_agents() if a.kind == "drug"]
    fixed = set(bench.plan.parameters)
    hits: list[_Hit] = []
    for parameter in (p.id for p in network.parameters if p.id.startswith(_FACTOR)):
        gene = parameter.removeprefix(_FACTOR)
        # a target may say which domain: "STAT3 SH2 domain"
        against = [a for a in drugs if gene in {t.split()[0] for t in a.target.split(";") if t.strip()}]
        grade = min((a.grade for a in against), key=GRADES.index, default="")
        if parameter not in fixed:
            names = tuple(a.name for a in against)
            hits.append(_Hit(gene, "gene", f"x {factor:g}", "knocked down", parameter, (), names, grade))
    absent, unknown = [], []
    for drug in drugs:
        if drug.model_symbol not in species:
            absent.append(drug.name)
            continue
        dose = compared_dose(drug, rows, multiple)
        if dose is None:
            unknown.append(drug.name)
            continue
        acts_on = tuple(drug.target.split(";"))
        given = _given(bench, drug, dose.nanomolar, before)
        shown = _told(dose.nanomolar)
        hits.append(_Hit(drug.name, "drug", shown, dose.why, None, given, acts_on, drug.grade))
    notes = [f"not in these parts, so not tried: {', '.join(absent)}"] if absent else []
    notes += [f"no exposure and no potency in nM, so not tried: {', '.join(unknown)}"] if unknown else []
    return hits, notes


def _told(dose: float) -> str:
    return f"{float(f'{dose:.3g}'):,.0f} nM" if dose >= 1e3 else f"{dose:.3g} nM"


def _given(bench: Bench, drug: Agent, dose: float, before: float) -> tuple[Dose, ...]:
    addition = Addition(drug.name, (), Schedule((-before,))).at([dose])
    protocol = replace(bench.protocol, stimuli=(), drugs=(addition,), treatments=(), perturbations=(),
                       medium_changes=())  # fmt: skip
    return make_plan(protocol, bench.cell.assembly, bench.cell.model.network).doses[0]


def _numbers(
    bench: Bench, readings: Sequence[Reading], hits: Sequence[_Hit], factor: float, before: float
) -> tuple[Floats, int]:
    """Readings (readings, 1 + hits) of the untouched cell and of every hit, and how many failed.

    Knockdowns come to rest one by one; drugs share one rest, so they are a batch of their own.
    """
    genes = [i for i, hit in enumerate(hits) if hit.parameter is not None]
    drugs = [i for i, hit in enumerate(hits) if hit.parameter is None]
    numbers, failed = np.full((len(readings), len(hits) + 1), np.nan), 0
    for chosen in (genes, drugs):
        lanes = _lanes(bench, [hits[i] for i in chosen], factor, before)
        read, lost = read_lanes(lanes, {}, readings)
        numbers[:, [0, *(i + 1 for i in chosen)]] = read[:, 0, :]
        failed += lost
    return numbers, failed


def _lanes(bench: Bench, hits: Sequence[_Hit], factor: float, before: float) -> Bench:
    """The bench with one lane for the untouched cell and one for each hit."""
    plan, lanes = bench.plan, len(hits) + 1
    parameters: dict[str, Floats] = dict(plan.parameters)
    for i, hit in enumerate(hits):
        if hit.parameter is not None:
            values = np.ones(lanes)
            values[i + 1] = factor
            parameters[hit.parameter] = values
    usual = plan.doses[0]
    doses = [usual]
    for hit in hits:
        both = sorted([*usual, *hit.doses], key=lambda dose: (dose.time, dose.action != "set"))
        doses.append(tuple(both))
    times = np.unique(np.concatenate([[min(-before, float(plan.times[0]))], plan.times]))
    return replace(bench, plan=replace(plan, parameters=parameters, doses=tuple(doses), times=times))


def _ranked(
    bench: Bench,
    readings: Sequence[Reading],
    hits: Sequence[_Hit],
    numbers: Floats,
    failed: int,
    factor: float,
    multiple: float | None,
    notes: Sequence[str],
) -> TargetScan:
    """Numbers (readings, lanes) as ranked nodes."""
    controls = numbers[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        folds = numbers / controls[:, None]
        strength = np.abs(np.log2(np.maximum(folds[0], _SMALLEST)))
    order = np.argsort(-np.where(np.isfinite(strength[1:]), strength[1:], -1.0), kind="stable")
    targets = []
    for rank, i in enumerate(order.tolist(), start=1):
        hit, values, fold = hits[i], numbers[:, i + 1], folds[:, i + 1]
        targets.append(
            Target(hit.name, hit.kind, hit.dose, hit.why, tuple(values.tolist()), tuple(fold.tolist()),
                   float(strength[i + 1]), rank, hit.drugs, hit.grade)
        )  # fmt: skip
    assembly = bench.cell.assembly
    made = manifest(
        "targets",
        {
            "protocol": bench.protocol,
            "parts": list(assembly.parts),
            "model_key": assembly.model_key,
            "at": [r.at for r in readings],
            "factor": factor,
            "multiple": multiple,
            "nodes": [hit.name for hit in hits],
        },
        sources=assembly.sources,
    )
    return TargetScan(
        context=bench.protocol.context,
        title=assembly.context.title,
        question=question(bench.protocol, assembly.parts),
        readouts=tuple(r.readout for r in readings),
        ats=tuple(r.at for r in readings),
        units=tuple(r.unit(o.unit) for r, o in zip(readings, bench.read, strict=True)),
        factor=factor,
        multiple=multiple,
        controls=tuple(float(c) for c in controls),
        targets=tuple(targets),
        stimulus=tuple(f"{a.name}={a.values[0]:g}{a.unit}" for a in bench.protocol.additions),
        failed=failed,
        notes=(*bench.plan.notes, *notes),
        sources=assembly.sources,
        manifest=made.to_dict(),
    )
