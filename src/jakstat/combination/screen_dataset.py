"""A screen as a labelled result: one row of numbers for each pair of drugs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jakstat.arrays import Floats
from jakstat.combination.dose_lanes import DoseLanes
from jakstat.combination.matrix_doses import DrugDoses
from jakstat.combination.null_models import Excesses
from jakstat.combination.surface_dataset import asked_of, drug_entry, effect_words
from jakstat.combination.verdicts import MODELS, extrapolated, shared_targets, verdict
from jakstat.store import NOTICE, attributes

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["PairAnswer", "pair_answer", "screen_dataset"]

_SURFACE = ("alpha12", "alpha21", "beta")


@dataclass(frozen=True)
class PairAnswer:
    """A pair of drugs, the words of Bliss and Loewe, what both bind, and numbers by name.

    ``guessed`` are the drugs whose plateau alone is not seen.
    """

    pair: tuple[DrugDoses, DrugDoses]
    words: Mapping[str, str]
    shared: str
    numbers: Mapping[str, float]
    guessed: tuple[str, ...]


def pair_answer(
    pair: tuple[DrugDoses, DrugDoses], effect: Floats, models: Excesses, failed: int, *, negligible: float
) -> PairAnswer:
    """The numbers of one pair; ``effect`` is its matrix (a, b) with dose 0 first."""
    numbers: dict[str, float] = {}
    words: dict[str, str] = {}
    misfit = float(np.nan_to_num(max(models.first.misfit[0], models.second.misfit[0])))
    for name in MODELS:
        own = misfit if name in ("loewe", "zip") else 0.0
        said = verdict(name, pair, models.by_model(name)[0], negligible=negligible, misfit=own)
        words[name] = said.word
        numbers |= {f"{name}_most": said.largest, f"{name}_least": said.least, f"{name}_mean": said.mean}
        if name == "bliss":
            at = said.at if abs(said.largest) >= abs(said.least) else said.least_at
            numbers |= {"dose_a": at[0], "dose_b": at[1]}
    known = effect[np.isfinite(effect)]
    numbers |= {"effect_most": float(known.max()), "failed_lanes": float(failed)}
    if models.musyc is not None:
        numbers |= {name: float(models.musyc.column(name)[0]) for name in _SURFACE}
        numbers["explained"] = float(models.musyc.explained[0])
    curves = zip(pair, (models.first, models.second), strict=True)
    guessed = tuple(d.label for d, c in curves if extrapolated(d, c))
    return PairAnswer(pair, words, ";".join(shared_targets(pair)), numbers, guessed)


def screen_dataset(
    lanes: DoseLanes,
    drugs: Sequence[DrugDoses],
    found: Sequence[PairAnswer],
    attrs: Mapping[str, Any],
    said: Iterable[str],
) -> xr.Dataset:
    """The result of :func:`jakstat.combination.screen.screen`."""
    import xarray as xr

    bench, experiment = lanes.bench, lanes.experiment
    read = bench.read[0]
    variables: dict[str, Any] = {
        name: ("pair", [f.numbers[name] for f in found], {"units": "1"}) for name in found[0].numbers
    }
    variables |= {
        "word": ("pair", [f.words["bliss"] for f in found]),
        "word_loewe": ("pair", [f.words["loewe"] for f in found]),
        "shared_targets": ("pair", [f.shared for f in found]),
    }
    coords = {
        "drug_a": ("pair", [f.pair[0].name for f in found]),
        "drug_b": ("pair", [f.pair[1].name for f in found]),
    }
    units = {d.name: d.unit for d in drugs}
    for end, k in (("a", 0), ("b", 1)):
        variables[f"unit_{end}"] = ("pair", [units[f.pair[k].name] for f in found])
    assembly = bench.cell.assembly
    sources = sorted({*assembly.sources, *(key for d in drugs for key in d.agent.sources)})
    return xr.Dataset(
        variables,
        coords=coords,
        attrs=attributes(
            {
                "context": experiment.protocol.context,
                "title": assembly.context.title,
                "question": asked_of(experiment, drugs, assembly.parts),
                "readout": read.name,
                "unit": f"{read.unit} h" if experiment.at == "auc" else read.unit,
                "at": experiment.at,
                "effect": effect_words(read.name, experiment.at, floor=bool(attrs["floor"])),
                "drugs": [drug_entry(d) for d in drugs],
                "sources": sources,
                "notes": [*bench.plan.notes, *said],
                "notice": NOTICE,
                **attrs,
            }
        ),
    )
