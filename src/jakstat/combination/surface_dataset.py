"""A combination as a labelled result: arrays with intervals, verdicts, isobole, carriers, manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology.draws import ranges_key
from jakstat.combination.carriers import Carried
from jakstat.combination.dose_lanes import DoseLanes, Experiment
from jakstat.combination.isobole import isobole
from jakstat.combination.matrix_doses import DrugDoses
from jakstat.combination.musyc_words import musyc_summary
from jakstat.combination.null_models import Excesses
from jakstat.combination.verdicts import (
    MODELS,
    disagreements,
    extrapolated,
    self_excess,
    shared_targets,
    verdict,
)
from jakstat.errors import Outcome
from jakstat.experiment.hill_fit import HillCurves
from jakstat.experiment.question import question
from jakstat.store import NOTICE, attributes, manifest

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["drug_entry", "effect_words", "surface_dataset"]

_HALF = 0.5
_SEEN = 0.02
"""Below this largest effect no isobole is drawn."""


def surface_dataset(
    lanes: DoseLanes,
    pair: tuple[DrugDoses, DrugDoses],
    readings: Floats,
    outcomes: NDArray[np.int64],
    effect: Floats,
    nominal: Excesses,
    ensemble: Excesses | None,
    *,
    carried: Carried | None,
    place: tuple[int, int] | None,
    floor: bool,
    negligible: float,
    drawn: Mapping[str, int],
    said: Iterable[str],
) -> xr.Dataset:
    """The result of :func:`jakstat.combination.surface.combine`; its arguments are the pieces."""
    import xarray as xr

    bench, experiment = lanes.bench, lanes.experiment
    a, b = pair
    shape = (len(a.doses), len(b.doses))
    read = bench.read[0]
    unit = f"{read.unit} h" if experiment.at == "auc" else read.unit
    one = {"units": "1"}
    variables: dict[str, Any] = {
        "reading": (("dose_a", "dose_b"), readings[1:].reshape(shape), {"units": unit}),
        "effect": (("dose_a", "dose_b"), effect, one),
    }
    names = [*MODELS, "loewe_index"]
    for name in names:
        variables[name] = (("mixed_a", "mixed_b"), _of(nominal, name)[0], one)
        if ensemble is not None:
            for end, values in zip(("low", "high"), _quantiles(_of(ensemble, name)), strict=True):
                variables[f"{name}_{end}"] = (("mixed_a", "mixed_b"), values, one)
    ended = [Outcome(int(c)).name for c in outcomes[1:]]
    coords: dict[str, Any] = {
        "dose_a": ("dose_a", a.doses, {"units": a.unit}),
        "dose_b": ("dose_b", b.doses, {"units": b.unit}),
        "mixed_a": ("mixed_a", a.doses[1:], {"units": a.unit}),
        "mixed_b": ("mixed_b", b.doses[1:], {"units": b.unit}),
        "outcome": (("dose_a", "dose_b"), np.array(ended).reshape(shape)),
    }
    attrs = _answers(pair, effect, nominal, ensemble, negligible)
    attrs |= _origin(lanes, pair, floor=floor, drawn=drawn, negligible=negligible, said=said)
    attrs["carriers"] = _carriers(carried, pair, place)
    attrs |= {
        "unit": unit,
        "untreated": float(readings[1]),
        "unstimulated": float(readings[0]),
        "simulations": len(readings) * (1 + drawn["vectors"]),
        "failed": int((outcomes != int(Outcome.OK)).sum()),
    }
    return xr.Dataset(variables, coords=coords, attrs=attributes(attrs))


def _of(found: Excesses, name: str) -> Floats:
    return found.index if name == "loewe_index" else found.by_model(name)


def _quantiles(values: Floats) -> tuple[Floats, Floats]:
    """5 and 95 % over vectors without the failed ones; NaN where nothing is known."""
    some = np.isfinite(values).any(axis=0)
    low, high = np.nanquantile(np.where(some, values, 0.0), [0.05, 0.95], axis=0)
    return np.where(some, low, np.nan), np.where(some, high, np.nan)


def _answers(
    pair: tuple[DrugDoses, DrugDoses],
    effect: Floats,
    nominal: Excesses,
    ensemble: Excesses | None,
    negligible: float,
) -> dict[str, Any]:
    curves = (nominal.first, nominal.second)
    misfits = [float(c.misfit[0]) for c in curves]
    misfit = max((m for m in misfits if np.isfinite(m)), default=0.0)
    found = {
        name: verdict(
            name,
            pair,
            nominal.by_model(name)[0],
            None if ensemble is None else ensemble.by_model(name),
            negligible=negligible,
            misfit=misfit if name in ("loewe", "zip") else 0.0,
        )
        for name in MODELS
    }
    guessed = [d.label for d, c in zip(pair, curves, strict=True) if extrapolated(d, c)]
    if guessed:
        said = f"; no plateau of {' or '.join(guessed)} alone is seen, so its curve is extrapolated"
        found |= {
            name: replace(found[name], sentence=found[name].sentence + said)
            for name in ("loewe", "zip")
            if found[name].word != "not defined"
        }
    slopes = (float(curves[0].slope[0]), float(curves[1].slope[0]))
    plateaus = (float(curves[0].top[0]), float(curves[1].top[0]))
    selves = (self_excess(pair[0].doses[1:], curves[0]), self_excess(pair[1].doses[1:], curves[1]))
    highest = float(np.nanmax(effect)) if np.isfinite(effect).any() else float("nan")
    level = _HALF if highest >= _HALF else 0.5 * highest
    line = isobole(pair[0].doses, pair[1].doses, effect, level) if highest > _SEEN else None
    assert nominal.musyc is not None
    vectors = None if ensemble is None else ensemble.musyc
    alike = (None, None) if ensemble is None else (ensemble.first, ensemble.second)
    return {
        "verdicts": {name: asdict(v) for name, v in found.items()},
        "musyc": musyc_summary(pair, nominal.musyc, vectors, negligible=negligible),
        "disagreements": disagreements(pair, found, slopes, plateaus, selves),
        "shared_targets": list(shared_targets(pair)),
        "isobole": None if line is None else {**asdict(line), "index": line.index},
        "curves": [
            {**_curve(own, many, float(pair[k].doses[-1])), "self_bliss": selves[k]}
            for k, (own, many) in enumerate(zip(curves, alike, strict=True))
        ],
    }


def _curve(own: HillCurves, vectors: HillCurves | None, highest: float) -> dict[str, Any]:
    """The Hill curve of a drug alone; ``half_low`` and ``half_high`` are 5 and 95 % of the vectors.

    The half effect is NaN where the highest dose does not come near the plateau.
    """

    def half(curves: HillCurves) -> Floats:
        return np.where(curves.sees_plateau(highest), curves.half, np.nan)

    found = {
        "plateau": float(own.top[0]),
        "half": float(half(own)[0]),
        "slope": float(own.slope[0]),
        "misfit": float(own.misfit[0]),
    }
    if vectors is not None:
        drawn = half(vectors)[np.isfinite(vectors.half) & ~vectors.flat]
        known = drawn[np.isfinite(drawn)]
        enough = known.size >= max(1.0, 0.95 * drawn.size)
        ends = np.quantile(known, [0.05, 0.95]) if enough else (float("nan"),) * 2
        found |= {"half_low": float(ends[0]), "half_high": float(ends[1])}
    return found


def _carriers(
    carried: Carried | None, pair: tuple[DrugDoses, DrugDoses], place: tuple[int, int] | None
) -> dict[str, Any] | None:
    if carried is None or place is None:
        return None
    return {
        "at": [float(pair[0].doses[place[0]]), float(pair[1].doses[place[1]])],
        "readout_interaction": carried.readout,
        "ranked": carried.ranked,
        "reactions": [asdict(c) for c in carried.reactions],
        "readouts": [asdict(c) for c in carried.readouts],
    }


def drug_entry(drug: DrugDoses) -> dict[str, Any]:
    """What a result says of a drug.

    Examples
    --------
    >>> from jakstat.combination.matrix_doses import read_drug
    >>> drug_entry(read_drug("ruxolitinib=1,10nM", before=1.0))["given_h"]
    [-1.0]
    """
    return {
        "name": drug.name,
        "label": drug.label,
        "target": drug.agent.target,
        "grade": drug.agent.grade,
        "unit": drug.unit,
        "doses": drug.doses.tolist(),
        "given_h": list(drug.schedule.starts),
        "sources": list(drug.agent.sources),
    }


def effect_words(readout: str, at: str, *, floor: bool) -> str:
    """What the effect is a share of, as a sentence.

    Examples
    --------
    >>> effect_words("pSTAT3", "20min", floor=True)
    'effect: share of pSTAT3 at 20min lost, 0 without drugs and 1 at its level without stimulus'
    """
    what = {"peak": f"the peak of {readout}", "auc": f"the area under {readout}"}.get(
        at, f"{readout} at {at}"
    )
    full = "at its level without stimulus" if floor else "where none is left"
    return f"effect: share of {what} lost, 0 without drugs and 1 {full}"


def asked_of(experiment: Experiment, drugs: Iterable[DrugDoses], parts: Iterable[str]) -> dict[str, Any]:
    """The question of a combination or screen: the experiment with every dose of its drugs."""
    given = tuple(d.addition for d in drugs if d.addition is not None)
    return question(replace(experiment.protocol, drugs=given), parts)


def _origin(
    lanes: DoseLanes,
    pair: tuple[DrugDoses, DrugDoses],
    *,
    floor: bool,
    drawn: Mapping[str, int],
    negligible: float,
    said: Iterable[str],
) -> dict[str, Any]:
    bench, experiment = lanes.bench, lanes.experiment
    assembly, read = bench.cell.assembly, bench.read[0]
    sources = sorted({*assembly.sources, *(key for d in pair for key in d.agent.sources)})
    effect = effect_words(read.name, experiment.at, floor=floor)
    made = manifest(
        "combination",
        {
            "protocol": experiment.protocol,
            "drugs": [drug_entry(d) for d in pair],
            "parts": list(assembly.parts),
            "model_key": assembly.model_key,
            "readout": read.name,
            "at": experiment.at,
            "vectors": drawn["vectors"],
            "seed": drawn["seed"],
            "negligible": negligible,
        },
        sources=sources,
    )
    interval = {**drawn, "shares": [0.05, 0.95], "ranges_key": ranges_key(assembly.parameters)}
    return {
        "context": experiment.protocol.context,
        "title": assembly.context.title,
        "question": asked_of(experiment, pair, assembly.parts),
        "readout": read.name,
        "at": experiment.at,
        "floor": floor,
        "effect": effect,
        "negligible": negligible,
        "drugs": [drug_entry(d) for d in pair],
        "interval": interval if drawn["vectors"] else None,
        "sources": sources,
        "notes": [*bench.plan.notes, *said],
        "manifest": made.to_dict(),
        "notice": NOTICE,
    }
