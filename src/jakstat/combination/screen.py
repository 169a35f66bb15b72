"""Many pairs of drugs on one model: dose matrices as lanes, in blocks that may be stopped and resumed."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology.selection import defined_in
from jakstat.chunks import Chunks
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
from jakstat.combination.matrix_doses import DrugDoses, read_drug
from jakstat.combination.null_models import excesses
from jakstat.combination.screen_dataset import PairAnswer, pair_answer, screen_dataset
from jakstat.combination.surface import with_ranges
from jakstat.combination.surface_dataset import drug_entry
from jakstat.combination.verdicts import NEGLIGIBLE
from jakstat.errors import InputError, Outcome, Problem, problem
from jakstat.experiment.hill_fit import FLAT
from jakstat.limits import LIMITS, check_count
from jakstat.pharmacology import library_agents
from jakstat.store import Manifest, locked, manifest
from jakstat.tables import read_file, read_lines

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["all_pairs", "read_pairs", "screen"]

Pair = tuple[str, str]
Progress = Callable[[int, int], None] | None

_BLOCK_LANES = 1024
_COLUMNS = ("drug_a", "drug_b")


def all_pairs() -> tuple[Pair, ...]:
    """Every pair of drugs of the library that the model has.

    Examples
    --------
    >>> ("ruxolitinib", "Stattic") in all_pairs()
    True
    """
    known = [a.name for a in library_agents() if a.kind == "drug" and a.model_symbol in defined_in()]
    return tuple(itertools.combinations(known, 2))


def read_pairs(path: str | Path) -> tuple[Pair, ...]:
    """The pairs of a CSV table with the columns ``drug_a`` and ``drug_b``, each as ``--drug`` takes it.

    Raises
    ------
    InputError
        ``file.missing``, ``screen.empty``, and those of the table.

    Examples
    --------
    >>> read_pairs("nowhere.csv")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.csv --screen: there is no such file. give a CSV table [file.missing]
    """
    place = Path(path)
    data = read_file(place, most=LIMITS.table_bytes, hint="give a CSV table", field="--screen")
    lines, faults = read_lines(data, columns=_COLUMNS, file=place.name)
    problems = list(faults)
    for line in lines:
        for column in _COLUMNS:
            if not line.cells[column].strip():
                message = f"{column} is empty"
                problems.append(Problem("table.empty", message, place.name, line.number, field=column))
    if problems:
        raise InputError(problems)
    if not lines:
        raise problem("screen.empty", "the table has no pair", file=place.name)
    return tuple((line.cells["drug_a"], line.cells["drug_b"]) for line in lines)


def screen(
    context: str,
    pairs: Iterable[Pair],
    doses: int = 8,
    *,
    musyc: bool = False,
    threads: int = 1,
    negligible: float = NEGLIGIBLE,
    folder: str | Path | None = None,
    progress: Progress = None,
    **asked: Unpack[Asked],
) -> xr.Dataset:
    """Dose matrices of many pairs of drugs on one model, and what the null models say of each.

    Parameters
    ----------
    context : str
        Kind of cell.
    pairs : sequence of two texts
        As ``drugs`` of :func:`jakstat.combination.surface.combine`; a drug has the same doses in
        all its pairs.
    doses : int
        Doses of each drug above 0; a pair has ``doses`` x ``doses`` mixtures. Each drug alone is run once.
    stimuli, perturb, treatments, readout, at, pre, until, parts
        As for one combination; the model has the parts of all drugs.
    musyc : bool
        Whether MuSyC's surface is fitted too.
    threads : int
        Threads of the solver; they change no number.
    negligible : float
        An excess up to this share of the full effect counts as none.
    folder : path, optional
        Where finished blocks are kept; a screen that was stopped goes on there.
    progress : callable, optional
        Is told how many simulations of how many are done.

    Returns
    -------
    xarray.Dataset
        Dim ``pair`` with coordinates ``drug_a`` and ``drug_b``: ``<model>_most``, ``<model>_least``,
        ``<model>_mean`` of the excess over ``bliss``, ``hsa``, ``loewe`` and ``zip``, ``word`` (Bliss),
        ``word_loewe``, ``dose_a``, ``dose_b`` (where the Bliss excess is farthest from 0), ``effect_most``,
        ``failed_lanes``, ``shared_targets`` and, with ``musyc``, ``alpha12``, ``alpha21``, ``beta`` and
        ``explained``. ``attrs["complete"]`` is False after an interrupt; pairs not reached are NaN.

    Raises
    ------
    InputError
        Unknown names; ``screen.doses`` when a drug has two ranges; ``store.other`` when the folder holds
        another screen; ``file.busy`` when another run fills it.

    Examples
    --------
    >>> first = "ruxolitinib=100..1000nM"
    >>> pairs = [(first, "Stattic=3..30uM"), (first, "anti_IL6=1..10nM")]
    >>> from jakstat.store import attribute
    >>> r = screen("hepg2", pairs, doses=4, stimuli="IL6=10ng/ml", at="20min", threads=1, parts="core")
    >>> r.sizes["pair"], r.attrs["simulations"], r.attrs["failed"], attribute(r.attrs, "complete")
    (2, 46, 0, True)
    """
    check_count(doses, most=LIMITS.series_points, field="--doses")
    check_count(threads, most=LIMITS.threads, field="--threads")
    experiment = read_experiment(context, **asked)
    wanted = tuple(pairs)
    named, drugs = _read_drugs(wanted, experiment, doses)
    ranged, said = with_ranges(experiment, drugs, threads=threads)
    by_name = {d.name: d for d in ranged}
    study = _Screen(
        dose_lanes(experiment, ranged), tuple((by_name[a], by_name[b]) for a, b in named), ranged, threads
    )
    check_count(study.simulations, most=LIMITS.run_lanes, field="--screen")
    made = study.manifest(doses)
    with contextlib.nullcontext() if folder is None else locked(folder):
        kept = None if folder is None else Chunks.open(folder, made, count=len(study.blocks))
        readings, outcomes, complete = study.run(kept, progress)
    return study.answers(
        readings,
        outcomes,
        complete=complete,
        musyc=musyc,
        doses=doses,
        negligible=negligible,
        said=said,
        made=made,
    )


def _read_drugs(
    pairs: Sequence[Pair], experiment: Experiment, doses: int
) -> tuple[list[Pair], tuple[DrugDoses, ...]]:
    """Names of the pairs, and each drug once; every problem of all texts at once."""
    problems: list[Problem] = []
    texts: dict[str, DrugDoses | None] = {}
    for text in dict.fromkeys(text for pair in pairs for text in pair):
        try:
            texts[text] = read_drug(text, before=experiment.before, levels=doses)
        except InputError as error:
            texts[text] = None
            problems.extend(error.problems)
    found: dict[str, DrugDoses] = {}
    for drug in (d for d in texts.values() if d is not None):
        if found.setdefault(drug.name, drug) != drug:
            message, hint = f"{drug.name} has two ranges of doses", "give it the same in all its pairs"
            problems.append(Problem("screen.doses", message, field="--screen", hint=hint))
    named: list[Pair] = []
    for one, other in pairs:
        first, second = texts[one], texts[other]
        if first is None or second is None:
            continue
        if first.name == second.name:
            hint = "give two different drugs"
            problems.append(
                Problem("combine.same", f"{one} and {other} are the same drug", field="--screen", hint=hint)
            )
        named.append((first.name, second.name))
    if not named and not problems:
        problems.append(Problem("screen.empty", "there is no pair", field="--screen"))
    if problems:
        raise InputError(problems)
    return named, tuple(found.values())


@dataclass(frozen=True)
class _Screen:
    """All lanes of a screen: no drug, each drug alone, then the mixtures of every pair."""

    lanes: DoseLanes
    pairs: tuple[tuple[DrugDoses, DrugDoses], ...]
    drugs: tuple[DrugDoses, ...]
    threads: int

    @property
    def singles(self) -> list[tuple[str, int]]:
        """Every drug alone at every level."""
        return [(d.name, k) for d in self.drugs for k in range(1, len(d.doses))]

    @property
    def mixtures(self) -> list[tuple[int, int, int]]:
        """Pair and the levels of its drugs, the second running fastest."""
        return [
            (p, i, j)
            for p, (a, b) in enumerate(self.pairs)
            for i in range(1, len(a.doses))
            for j in range(1, len(b.doses))
        ]

    @property
    def simulations(self) -> int:
        """How many lanes there are."""
        return 2 + len(self.singles) + sum((len(a.doses) - 1) * (len(b.doses) - 1) for a, b in self.pairs)

    @property
    def blocks(self) -> list[slice]:
        """Lanes that are run and kept together."""
        return [
            slice(k, min(k + _BLOCK_LANES, self.simulations))
            for k in range(0, self.simulations, _BLOCK_LANES)
        ]

    def tables(self, block: slice) -> list[Table]:
        """Dose tables of some lanes."""
        return list(itertools.islice(self._every(), block.start, block.stop))

    def _every(self) -> Iterator[Table]:
        yield self.lanes.bare
        yield self.lanes.plain
        for name, level in self.singles:
            yield self.lanes.mixture({name: level})
        for p, i, j in self.mixtures:
            a, b = self.pairs[p]
            yield self.lanes.mixture({a.name: i, b.name: j})

    def manifest(self, doses: int) -> Manifest:
        """What decides the numbers."""
        experiment, assembly = self.lanes.experiment, self.lanes.bench.cell.assembly
        inputs: dict[str, Any] = {
            "protocol": experiment.protocol,
            "drugs": [drug_entry(d) for d in self.drugs],
            "pairs": [[a.name, b.name] for a, b in self.pairs],
            "parts": list(assembly.parts),
            "model_key": assembly.model_key,
            "at": experiment.at,
            "doses": doses,
        }
        sources = {*assembly.sources, *(key for d in self.drugs for key in d.agent.sources)}
        return manifest("screen", inputs, sources=sources)

    def run(self, kept: Chunks | None, progress: Progress) -> tuple[Floats, NDArray[np.int64], bool]:
        """Readings and outcomes of all lanes, and whether all were reached."""
        readings = np.full(self.simulations, np.nan)
        outcomes = np.full(self.simulations, int(Outcome.INTERRUPTED), dtype=np.int64)
        missing = set(range(len(self.blocks))) if kept is None else set(kept.missing())
        tables = self.tables(slice(0, self.simulations)) if missing else []
        try:
            for k, block in enumerate(self.blocks):
                if k in missing:
                    found, ended = self.lanes.run(tables[block], threads=self.threads)
                    if kept is not None:
                        kept.write(k, np.stack([found, ended.astype(float)]).astype("<f8").tobytes())
                else:
                    assert kept is not None
                    found, ended = np.frombuffer(kept.read(k), dtype="<f8").reshape(2, -1)
                readings[block], outcomes[block] = found, ended
                if progress is not None:
                    progress(block.stop, self.simulations)
        except KeyboardInterrupt:
            return readings, outcomes, False
        return readings, outcomes, True

    def answers(
        self,
        readings: Floats,
        outcomes: NDArray[np.int64],
        *,
        complete: bool,
        musyc: bool,
        doses: int,
        negligible: float,
        said: list[str],
        made: Manifest,
    ) -> xr.Dataset:
        """What the null models say of every pair."""
        stimulated = bool(self.lanes.experiment.protocol.stimuli)
        floor = has_floor(float(readings[1]), float(readings[0]), readings[2:], stimulated=stimulated)
        effect = share_affected(readings[None, :], readings[1:2], readings[:1], floor=floor)[0]
        found = self._answered(effect, outcomes, musyc=musyc, negligible=negligible)
        last = {name: 2 + k for k, (name, _) in enumerate(self.singles)}
        raising = [d.name for d in self.drugs if effect[last[d.name]] < -FLAT]
        if raising:
            words = "raises the readout; Bliss, HSA and ZIP are meant for drugs that lower it"
            said = [*said, f"{', '.join(raising)} {words}"]
        if guessed := dict.fromkeys(name for one in found for name in one.guessed):
            words = "is not seen, so the curves that Loewe and ZIP rest on are extrapolated"
            said = [*said, f"the plateau of {', '.join(guessed)} alone {words}"]
        attrs = {
            "untreated": float(readings[1]),
            "unstimulated": float(readings[0]),
            "floor": floor,
            "doses": doses,
            "complete": complete,
            "simulations": self.simulations,
            "failed": _failed(outcomes),
            "negligible": negligible,
            "manifest": made.to_dict(),
        }
        return screen_dataset(self.lanes, self.drugs, found, attrs, said)

    def _answered(
        self, effect: Floats, outcomes: NDArray[np.int64], *, musyc: bool, negligible: float
    ) -> list[PairAnswer]:
        """Every pair's numbers; matrices of one shape go through the null models together."""
        alone = {key: 2 + k for k, key in enumerate(self.singles)}
        first = 2 + len(self.singles)
        matrices: list[Floats] = []
        failed: list[int] = []
        for a, b in self.pairs:
            shape = (len(a.doses) - 1, len(b.doses) - 1)
            lanes = slice(first, first + shape[0] * shape[1])
            first = lanes.stop
            matrix = np.zeros((shape[0] + 1, shape[1] + 1))
            matrix[1:, 0] = effect[[alone[a.name, k + 1] for k in range(shape[0])]]
            matrix[0, 1:] = effect[[alone[b.name, k + 1] for k in range(shape[1])]]
            matrix[1:, 1:] = effect[lanes].reshape(shape)
            matrices.append(matrix)
            failed.append(_failed(outcomes[lanes]))
        found: dict[int, PairAnswer] = {}
        for shape in dict.fromkeys(m.shape for m in matrices):
            rows = [k for k, m in enumerate(matrices) if m.shape == shape]
            doses = [np.stack([self.pairs[k][end].doses for k in rows]) for end in (0, 1)]
            models = excesses(doses[0], doses[1], np.stack([matrices[k] for k in rows]), musyc=musyc)
            for place, k in enumerate(rows):
                own = models.row(place)
                found[k] = pair_answer(self.pairs[k], matrices[k], own, failed[k], negligible=negligible)
        return [found[k] for k in range(len(matrices))]


def _failed(outcomes: NDArray[np.int64]) -> int:
    """Lanes that were run and failed."""
    return int((~np.isin(outcomes, (int(Outcome.OK), int(Outcome.INTERRUPTED)))).sum())
