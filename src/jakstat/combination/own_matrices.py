"""Own dose matrices scored: five null models with intervals, words, and what the model says of the pair."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from jakstat.biology.contexts import contexts, read_context
from jakstat.calls import one_call
from jakstat.combination.dose_lanes import Asked
from jakstat.combination.matrix_file import MatrixFile, read_matrix_file
from jakstat.combination.measured_excess import MeasuredExcess, measured_excess
from jakstat.combination.measured_matrix import MeasuredMatrix, measured_matrices
from jakstat.combination.measured_words import MEASURED_FIT, measured_verdict, overall_word
from jakstat.combination.model_beside import model_beside, why_not_beside
from jakstat.combination.musyc_words import musyc_summary
from jakstat.combination.response_scales import ResponseScale
from jakstat.combination.scored_matrix import ScoredMatrices, ScoredMatrix
from jakstat.combination.verdicts import (
    MODELS,
    NEGLIGIBLE,
    disagreements,
    extrapolated,
    self_excess,
)
from jakstat.errors import InputError, Problem, problem
from jakstat.store import manifest

__all__ = ["score_matrix"]

_CHUNK = 64
_MOST_BESIDE = 12
_COPIES = 1e-9
"""A standard deviation of wells that no measurement has."""


@one_call
def score_matrix(
    data: object,
    response: str | None = None,
    *,
    context: str = "",
    drugs: Sequence[str] = (),
    units: Sequence[str] = (),
    by: Sequence[str] = (),
    only: str | None = None,
    sd: float | None = None,
    sheet: str | None = None,
    negligible: float = NEGLIGIBLE,
    vectors: int = 40,
    seed: int = 1,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    **asked: Unpack[Asked],
) -> ScoredMatrices:
    """Score measured dose matrices: Bliss, HSA, Loewe, ZIP and MuSyC with intervals from the replicates.

    Parameters
    ----------
    data : path, DataFrame, rows, or a sequence of paths
        A long table (drug_a, dose_a, unit, drug_b, dose_b, response; replicate, plate, cell, matrix if there)
        or matrices (doses in the first row and column). One file may hold many matrices.
    response : {"viability", "percent-viability", "effect", "percent-effect", "signal"}
        What the responses are; it is not guessed.
    context : str
        A kind of cell: what the model says of the same pair at the same doses then stands beside the data.
    drugs, units : sequence of str
        Of the rows and of the columns of a matrix whose file does not say.
    by : sequence of str
        Columns that tell matrices apart; ``matrix`` and ``cell`` if not given.
    only : str, optional
        The matrix of that name alone.
    sd : float, optional
        Standard deviation of one well, in the unit of the responses (of a signal: as a share of it), where
        the file has no replicates.
    sheet : str, optional
        Of a workbook.
    negligible : float
        An excess up to this share of the full effect counts as none.
    vectors, seed, threads, progress
        As :func:`jakstat.combine`; threads score matrices too.
    **asked
        ``stimuli``, ``perturb``, ``treatments``, ``readout``, ``at``, ``pre``, ``until``, ``parts`` of the
        model's experiment, as :func:`jakstat.combine` takes them.

    Returns
    -------
    ScoredMatrices

    Raises
    ------
    InputError
        ``matrix.response``, ``matrix.form``, ``matrix.margin``, ``matrix.grid``, ``matrix.unit``,
        ``matrix.dose``, ``matrix.drug``, ``matrix.twice``, ``matrix.swapped``, and what reading a table
        raises.

    Notes
    -----
    Intervals are 95 %: the linear form of each number in the means of the wells, times the noise of these,
    pooled over the matrix (:mod:`jakstat.combination.well_noise`).

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(a, b, 1.0 / (1.0 + a / 10.0) / (1.0 + b / 20.0), r)
    ...         for a in (0, 3, 10, 30, 100) for b in (0, 6, 20, 60, 200) for r in (1, 2)]
    >>> frame = pd.DataFrame(rows, columns=["dose_a", "dose_b", "viability", "replicate"])
    >>> found = score_matrix(frame, "viability", drugs=("X", "Y"), units=("nM",))
    >>> found[0].verdicts["bliss"].word, found.to_dataframe().shape[0]
    ('none', 25)
    """
    files = _files(data, response, drugs=drugs, units=units, by=by, sheet=sheet)
    matrices = _all_matrices(files)
    if only is not None:
        matrices = _chosen(matrices, only)
    share = None if sd is None else _share_sd(sd, files[0])
    scored = _scored(matrices, share, negligible, threads)
    notes = _cell_notes(matrices, context)
    if context:
        scored, more = _with_model(
            scored, context, vectors=vectors, seed=seed, threads=threads, progress=progress, **asked
        )
        notes += more + _readout_note(files[0].scale, scored, asked.get("readout", "pSTAT3"))
    words = [f"{len(matrices)} matri{'x' if len(matrices) == 1 else 'ces'}", files[0].scale.words]
    words += [] if sd is None else [f"standard deviation of a well given as {sd:g}"]
    made = manifest(
        "own-matrices",
        {
            "data": [f.key for f in files], "response": files[0].scale.name, "by": list(by), "sd": sd,
            "drugs": list(drugs), "units": list(units), "only": only, "negligible": negligible,
            "context": context, **{k: str(v) for k, v in asked.items()},
        },
    )  # fmt: skip
    question = "; ".join([*(f.in_words() for f in files), *words])
    return ScoredMatrices(question, tuple(scored), negligible, tuple(notes), made)


def _files(data: object, response: str | None, **how: Any) -> list[MatrixFile]:
    """Each file read; every problem of all at once."""
    given: list[object] = [data]
    if (
        isinstance(data, Sequence)
        and not isinstance(data, str)
        and all(isinstance(d, str | Path) for d in data)
    ):
        given = list(data)
    found: list[MatrixFile] = []
    problems: list[Problem] = []
    for one in given:
        try:
            found.append(read_matrix_file(one, response, **how))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    if not found:
        raise problem("file.missing", "no file is given", field="--data")
    return found


def _all_matrices(files: Sequence[MatrixFile]) -> list[MeasuredMatrix]:
    found: list[MeasuredMatrix] = []
    problems: list[Problem] = []
    for file in files:
        try:
            own = measured_matrices(file.wells, file.scale, by=file.by)
        except InputError as error:
            problems += error.problems
            continue
        stem = f"{Path(file.name).stem}: " if len(files) > 1 else ""
        found += [replace(m, name=f"{stem}{m.name}") for m in own]
    if problems:
        raise InputError(problems[:50])
    return found


def _chosen(matrices: Sequence[MeasuredMatrix], only: str) -> list[MeasuredMatrix]:
    found = [m for m in matrices if m.name.casefold() == only.strip().casefold()]
    if not found:
        listed = ", ".join(m.name for m in matrices[:8]) + (", ..." if len(matrices) > 8 else "")
        raise problem(
            "matrix.name", f"no matrix is called {only[:60]!r}", field="--only", hint=f"there are {listed}"
        )
    return found


def _share_sd(sd: float, file: MatrixFile) -> float:
    if not sd > 0:
        hint = "give that of one well, in the unit of the responses"
        raise problem("number.range", "a standard deviation is above 0", field="--sd", hint=hint)
    return sd if math.isnan(file.scale.full) else sd / file.scale.full


def _scored(
    matrices: Sequence[MeasuredMatrix], sd: float | None, negligible: float, threads: int
) -> list[ScoredMatrix]:
    """Matrices of one size are fitted together, in pieces."""
    groups: dict[tuple[int, int, bool], list[int]] = defaultdict(list)
    for place, m in enumerate(matrices):
        groups[m.wells.shape[1], m.wells.shape[2], m.plates].append(place)
    pieces = [
        (own[i : i + _CHUNK], plates)
        for (_, _, plates), own in groups.items()
        for i in range(0, len(own), _CHUNK)
    ]

    def run(piece: tuple[list[int], bool]) -> list[tuple[int, ScoredMatrix]]:
        places, plates = piece
        own = [matrices[p] for p in places]
        most = max(len(m.wells) for m in own)
        wells = np.full((len(own), most, *own[0].wells.shape[1:]), np.nan)
        for row, m in zip(wells, own, strict=True):
            row[: len(m.wells)] = m.wells
        doses = [np.stack([m.drugs[k].doses for m in own]) for k in (0, 1)]
        found = measured_excess(doses[0], doses[1], wells, plates=plates, sd=sd)
        return [(p, _one(m, found, k, negligible)) for k, (p, m) in enumerate(zip(places, own, strict=True))]

    if threads > 1 and len(pieces) > 1:
        with ThreadPoolExecutor(threads) as pool:
            done = dict(pair for part in pool.map(run, pieces) for pair in part)
    else:
        done = dict(pair for part in map(run, pieces) for pair in part)
    return [done[p] for p in range(len(matrices))]


def _one(matrix: MeasuredMatrix, found: MeasuredExcess, k: int, negligible: float) -> ScoredMatrix:
    pair = matrix.drugs
    verdicts = {m: measured_verdict(m, pair, found, k, negligible=negligible) for m in MODELS}
    curves = (found.found.first.row(k), found.found.second.row(k))
    guessed = [d.label for d, c in zip(pair, curves, strict=True) if extrapolated(d, c)]
    if guessed:
        said = f"; no plateau of {' or '.join(guessed)} alone is seen, so its curve is extrapolated"
        verdicts |= {
            m: replace(verdicts[m], sentence=verdicts[m].sentence + said)
            for m in ("loewe", "zip")
            if verdicts[m].word != "not defined"
        }
    surface = found.found.musyc
    assert surface is not None
    musyc = musyc_summary(pair, surface.row(k), None, negligible=negligible, good_fit=MEASURED_FIT)
    slopes = (float(curves[0].slope[0]), float(curves[1].slope[0]))
    plateaus = (float(curves[0].top[0]), float(curves[1].top[0]))
    selves = (self_excess(pair[0].doses[1:], curves[0]), self_excess(pair[1].doses[1:], curves[1]))
    told = disagreements(pair, verdicts, slopes, plateaus, selves)
    return ScoredMatrix(
        matrix,
        found.effect[k],
        {m: found.found.by_model(m)[k] for m in MODELS},
        {m: found.bands[m].each[k] for m in MODELS},
        found.found.index[k],
        (_curve(curves[0]), _curve(curves[1])),
        verdicts,
        musyc,
        overall_word(verdicts),
        tuple(told),
        float(found.noise.well_sd[k]),
        float(found.noise.plate_sd[k]),
        (*matrix.notes, *_noise_notes(found, k)),
    )


def _curve(curve: Any) -> dict[str, float]:
    return {
        "plateau": float(curve.top[0]),
        "half": float(curve.half[0]),
        "slope": float(curve.slope[0]),
    }


def _cell_notes(matrices: Sequence[MeasuredMatrix], context: str) -> list[str]:
    """Which cells of the data the model knows, or that they are others than the one it is asked for."""
    cells = dict.fromkeys(m.group["cell"] for m in matrices if m.group.get("cell"))
    known = {cell: name for cell in cells if (name := read_context(cell)) in contexts()}
    if context:
        asked = read_context(context).partition("+")[0]
        others = [c for c in cells if known.get(c) != asked]
        return [f"the model of {context} stands beside data of {', '.join(others[:8])}"] if others else []
    return [
        f"{cell} is a kind of cell of the model: jakstat combine {name} --data ... puts the model beside it"
        for cell, name in list(known.items())[:1]
    ]


def _readout_note(scale: ResponseScale, scored: Sequence[ScoredMatrix], readout: str) -> list[str]:
    if readout == "cell_number" or "viability" not in scale.name or all(m.beside is None for m in scored):
        return []
    return [
        f"the data are viability and the readout of the model is {readout}; for living cells say "
        "--readout cell_number --at 72h"
    ]


def _noise_notes(found: MeasuredExcess, k: int) -> list[str]:
    if found.noise.freedom[k] > 0 and found.noise.well_sd[k] < _COPIES:
        return [
            "all replicates of a mixture are equal to the last digit: copies are no replicates, and the "
            "intervals are not real; give each well its own response"
        ]
    if not found.from_curves[k]:
        return []
    mend = "repeat the matrix (column replicate), or give the standard deviation of one well with --sd"
    if np.isfinite(found.noise.well_sd[k]):
        return [
            "each mixture has one well, so the noise is taken from the scatter about smooth curves, which "
            f"cannot tell noise from shape; {mend}"
        ]
    return [
        f"each mixture has one well and there are too few doses for curves, so there are no intervals; {mend}"
    ]


def _with_model(
    scored: Iterable[ScoredMatrix], context: str, **how: Any
) -> tuple[list[ScoredMatrix], list[str]]:
    """The model beside the first matrices of drugs that it knows."""
    made: list[ScoredMatrix] = []
    notes: list[str] = []
    problems: list[Problem] = []
    done = left = 0
    for one in scored:
        why = why_not_beside(one.matrix)
        if why:
            notes += [why] if why not in notes else []
            made.append(one)
        elif done >= _MOST_BESIDE:
            left += 1
            made.append(one)
        else:
            done += 1
            words = {m: v.word for m, v in one.verdicts.items()}
            try:
                made.append(replace(one, beside=model_beside(one.matrix, one.effect, words, context, **how)))
            except InputError as error:
                problems += error.problems
                break
    if problems:
        raise InputError(problems)
    if left:
        notes.append(
            f"the model is put beside the first {done} matrices; choose one of the others with --only"
        )
    return made, notes
