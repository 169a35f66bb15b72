"""Two drugs over a matrix of doses: the effect, five null models of no interaction, and words on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

import numpy as np

from jakstat.arrays import Floats
from jakstat.biology.draws import draw_vectors
from jakstat.calls import one_call
from jakstat.combination.carriers import carriers
from jakstat.combination.dose_lanes import (
    Asked,
    DoseLanes,
    Experiment,
    Table,
    dose_lanes,
    has_floor,
    read_experiment,
    share_affected,
)
from jakstat.combination.matrix_doses import SCAN, DrugDoses, chosen_range, two_drugs
from jakstat.combination.null_models import Excesses, excesses
from jakstat.combination.surface_dataset import surface_dataset
from jakstat.combination.verdicts import NEGLIGIBLE
from jakstat.limits import LIMITS, check_count
from jakstat.streams import check_seed

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["combine", "with_ranges"]

Progress = Callable[[int, int], None] | None


def with_ranges(
    experiment: Experiment, drugs: Iterable[DrugDoses], *, threads: int = 1
) -> tuple[tuple[DrugDoses, ...], list[str]]:
    """The drugs with doses: those without a range get one around their half effect in this experiment.

    Examples
    --------
    >>> e = read_experiment("hepg2", stimuli="IL6=10ng/ml", at="20min", parts="core")
    >>> found, said = with_ranges(e, two_drugs(["ruxolitinib", "Stattic=1,10uM"], before=1.0, levels=4))
    >>> len(found[0].doses), said[0][:43]
    (5, 'ruxolitinib: doses chosen around 284 nM, ha')
    """
    given = tuple(drugs)
    unknown = [d for d in given if d.addition is None]
    if not unknown:
        return given, []
    lanes = dose_lanes(experiment, [d.at(SCAN) if d.addition is None else d for d in given])
    tables = [lanes.bare, lanes.plain]
    tables += [lanes.mixture({d.name: 1 + k}) for d in unknown for k in range(len(SCAN))]
    readings, _ = lanes.run(tables, threads=threads)
    floor = has_floor(readings[1], readings[0], readings[2:], stimulated=bool(experiment.protocol.stimuli))
    effect = share_affected(readings[None, 2:], readings[1:2], readings[:1], floor=floor)
    chosen, said = {}, []
    for k, drug in enumerate(unknown):
        own = effect[0, k * len(SCAN) : (k + 1) * len(SCAN)]
        chosen[drug.name], words = chosen_range(drug, np.array(SCAN), own)
        said.append(words)
    return tuple(chosen.get(d.name, d) for d in given), said


@one_call
def combine(
    context: str,
    drugs: Iterable[str],
    *,
    levels: int = 8,
    vectors: int = 40,
    seed: int = 1,
    threads: int = 1,
    negligible: float = NEGLIGIBLE,
    progress: Progress = None,
    **asked: Unpack[Asked],
) -> xr.Dataset:
    """Two drugs over a matrix of doses, with Bliss, HSA, Loewe, ZIP and MuSyC side by side.

    Parameters
    ----------
    context : str
        Kind of cell, e.g. ``"hepg2"``; ``"hepg2+HBV"`` with a state.
    drugs : two texts
        ``"ruxolitinib=10..1000nM:8"``, or the name alone for a range around its half effect here. Each axis
        also has dose 0.
    stimuli, perturb, treatments
        As :func:`jakstat.experiment.simulate`; one level each.
    readout : str
    at : str
        ``"peak"`` or ``"auc"`` (from time 0 to ``until``), or a time such as ``"20min"``.
    pre : str
        How long before time 0 the drugs are given, unless their text says when.
    until : str
        End for ``peak`` and ``auc``.
    parts : sequence of text
        As :func:`jakstat.experiment.simulate`.
    levels : int
        Doses above 0 of a range without a count.
    vectors : int
        Parameter vectors for the intervals; 0 for none.
    seed, threads : int
    negligible : float
        An excess up to this share of the full effect counts as none.
    progress : callable, optional
        Is told how many simulations of how many are done.

    Returns
    -------
    xarray.Dataset
        Dims (dose_a, dose_b): ``reading`` in the readout's unit, ``effect`` (share of the full effect: 0
        without drugs, 1 at the level without stimulus). Dims (mixed_a, mixed_b), the doses above 0:
        ``bliss``, ``hsa``, ``loewe``, ``zip`` (excess of effect over the model), ``loewe_index``; each with
        ``_low`` and ``_high`` (5 and 95 % of the vectors). In ``attrs``: ``drugs``, ``verdicts``,
        ``musyc``, ``disagreements``, ``isobole``, ``carriers``, ``manifest`` and what else made it.

    Raises
    ------
    InputError
        Unknown names, doses that cannot be used, ``combine.two``, ``combine.same``, ``count.range``.

    Notes
    -----
    Bliss doi:10.1111/j.1744-7348.1939.tb06990.x, Loewe doi:10.1007/BF01952257, ZIP
    doi:10.1016/j.csbj.2015.09.001, MuSyC doi:10.1016/j.cels.2019.01.003.

    Examples
    --------
    >>> from jakstat.store import attribute
    >>> r = combine("hepg2", ["ruxolitinib=10..3000nM:4", "Stattic=0.3..30uM:4"], stimuli="IL6=10ng/ml",
    ...             at="20min", vectors=0, parts="core")
    >>> dict(r["effect"].sizes), r.attrs["failed"], sorted(attribute(r.attrs, "verdicts"))
    ({'dose_a': 5, 'dose_b': 5}, 0, ['bliss', 'hsa', 'loewe', 'zip'])
    """
    check_count(levels, most=LIMITS.series_points, field="--doses")
    check_count(vectors, least=0, most=LIMITS.lanes, field="--interval")
    check_count(threads, most=LIMITS.threads, field="--threads")
    check_seed(seed)
    experiment = read_experiment(context, **asked)
    named = two_drugs([str(drug) for drug in drugs], before=experiment.before, levels=levels)
    ranged, said = with_ranges(experiment, named, threads=threads)
    pair = (ranged[0], ranged[1])
    check_count(len(pair[0].doses) * len(pair[1].doses), most=LIMITS.lanes, field="--drug")
    study = _PairStudy(experiment, pair, vectors, seed, threads, negligible, tuple(said), progress)
    return study.run()


@dataclass(frozen=True)
class _PairStudy:
    """One combination, from lanes to a labelled result."""

    experiment: Experiment
    pair: tuple[DrugDoses, DrugDoses]
    vectors: int
    seed: int
    threads: int
    negligible: float
    said: tuple[str, ...]
    progress: Progress

    def run(self) -> xr.Dataset:
        a, b = self.pair
        lanes = dose_lanes(self.experiment, self.pair)
        tables = [lanes.bare, *lanes.matrix(a.name, b.name)]
        readings, outcomes = lanes.run(tables, threads=self.threads)
        if self.progress is not None:
            self.progress(len(tables), len(tables) * (1 + self.vectors))
        floor = has_floor(
            readings[1], readings[0], readings[2:], stimulated=bool(self.experiment.protocol.stimuli)
        )
        effect = self._effect(readings[None, :], floor=floor)
        nominal = excesses(a.doses, b.doses, effect)
        ensemble, failed = self._ensemble(lanes, tables, nominal, floor=floor)
        place = _largest(nominal.bliss[0])
        carried = None if place is None else carriers(lanes, a.name, b.name, place)
        said = self.said
        if place is not None and carried is None:
            said = (*said, "what carries the interaction is left out: a simulation of it failed")
        return surface_dataset(
            lanes,
            self.pair,
            readings,
            outcomes,
            effect[0],
            nominal,
            ensemble,
            carried=carried,
            place=place,
            floor=floor,
            negligible=self.negligible,
            drawn={"vectors": self.vectors, "failed": failed, "seed": self.seed},
            said=said,
        )

    def _effect(self, readings: Floats, *, floor: bool) -> Floats:
        shape = (-1, len(self.pair[0].doses), len(self.pair[1].doses))
        return share_affected(readings[:, 1:].reshape(shape), readings[:, 1], readings[:, 0], floor=floor)

    def _ensemble(
        self, lanes: DoseLanes, tables: Sequence[Table], nominal: Excesses, *, floor: bool
    ) -> tuple[Excesses | None, int]:
        if not self.vectors:
            return None, 0
        drawn = draw_vectors(lanes.bench.cell.rows, lanes=self.vectors, seed=self.seed)
        done = len(tables)

        def tell(now: int, of: int) -> None:
            if self.progress is not None:
                self.progress(done + now, done + of)

        readings, failed = lanes.run_vectors(tables, drawn, threads=self.threads, progress=tell)
        effect = self._effect(readings, floor=floor)
        assert nominal.musyc is not None
        a, b = self.pair
        return excesses(a.doses, b.doses, effect, start=nominal.musyc.values[0]), failed


def _largest(bliss: Floats) -> tuple[int, int] | None:
    """Dose levels of the largest Bliss excess in size; None when all failed."""
    if not np.isfinite(bliss).any():
        return None
    i, j = np.unravel_index(int(np.nanargmax(np.abs(bliss))), bliss.shape)
    return int(i) + 1, int(j) + 1
