"""Parameter vectors of a patient's document: what data and sources let the numbers of all patients be.

Vector 0 is the tables themselves. In every other one the constants of the core of each cell come together
from one vector of its posterior (:mod:`jakstat.biology.draws`), and the numbers of the tumour's parts from
their graded ranges, as for claims (:func:`jakstat.population.claims.course_runs.drawn_numbers`). What the
tumour reads is told over the cells of the usual patient, so these are worked out again with each vector.
A vector under which the usual patient contradicts what is known of him (``vector_conditions.csv``) is passed
over: rejection sampling (Pritchard 1999, doi:10.1093/oxfordjournals.molbev.a026091).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.biology.assembly import used_rows
from jakstat.biology.contexts import Context, context
from jakstat.biology.draws import draw_vectors, posterior_rows
from jakstat.biology.patient_cells import usual_lanes
from jakstat.errors import Outcome, problem
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.limits import check_count
from jakstat.patients.bodies import Body, at_first_visit, body_of, course
from jakstat.patients.body_numbers import BodyLanes, lanes_of_patients
from jakstat.patients.patient_record import make_patient
from jakstat.population.claims.course_runs import drawn_numbers

__all__ = ["parameter_vector", "vector_conditions"]

_BLOCK = 32
_MOST = 512
_GROWTH_H = 1440.0
_ALBUMIN_H = 2191.5
_BONE = "osteosarcoma"
_AETIOLOGIES = {"hcc": ("none", "HBV", "HCV", "alcohol"), _BONE: ("none",)}


@lru_cache(maxsize=1)
def vector_conditions() -> Mapping[str, Row]:
    """What the usual patient must show under a vector.

    Examples
    --------
    >>> vector_conditions()["doubling_time"].high
    5.3
    """
    text = files("jakstat.population").joinpath("vector_conditions.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {row.id: row for row in read_table(text, file="population/vector_conditions.csv")}
    )


def parameter_vector(body: Body, k: int, *, seed: int = 1) -> dict[str, float]:
    """One parameter vector, as changes of the numbers of a patient's document.

    Parameters
    ----------
    body : Body
        Which drugs it holds changes no number that it shares with one without them.
    k : int
        0 for the tables: no change.
    seed : int

    Returns
    -------
    dict of str to float
        For ``changes`` of :func:`jakstat.population.cohort_lanes.settled_cohort`.

    Raises
    ------
    InputError
        ``count.range``, ``seed.range``; ``vector.none`` when hardly any draw agrees with what is known.

    Examples
    --------
    >>> from jakstat.patients.bodies import body_of
    >>> body = body_of("hepg2")
    >>> one = parameter_vector(body, 1)
    >>> parameter_vector(body, 0), "S_kcat_STAT3" in one, one["S_kcat_STAT3"] == one["H_kcat_STAT3"]
    ({}, True, True)
    """
    check_count(k + 1, most=_MOST, field="vector")
    if k == 0:
        return {}
    plain = _without_drugs(body)
    lane = _accepted(plain, k, seed)
    block, place = divmod(lane, _BLOCK)
    found = _drawn(body, lane, seed) | {key: v[place] for key, v in _usual(*plain, seed, block).items()}
    return {key: float(value) for key, value in found.items() if key in body.ids}


def _without_drugs(body: Body) -> tuple[Context, str]:
    disease = _BONE if _BONE in body.assembly.parts else "hcc"
    return context(body.assembly.instances["B_"].context), disease


def _accepted(plain: tuple[Context, str], k: int, seed: int) -> int:
    """Number of the draw that is the k-th to agree with what is known."""
    before = 0
    for block in range(_MOST // _BLOCK):
        agrees = np.flatnonzero(_agreeing(*plain, seed, block))
        if before + len(agrees) >= k:
            return int(block * _BLOCK + agrees[k - 1 - before])
        before += len(agrees)
    hint = "widen the ranges of vector_conditions.csv"
    raise problem("vector.none", f"of {_MOST} draws {before} agree with the usual patient", hint=hint)


def _cells(body: Body, lanes: int, seed: int) -> dict[str, Floats]:
    """Constants of the core in every cell, from one vector of the posterior in each lane.

    A state acts on them in a vector as it does in the tables.
    """
    found: dict[str, Floats] = {}
    for prefix, cell in body.assembly.instances.items():
        own = {name.removeprefix(prefix) for name in body.ids if name.startswith(prefix)}
        rows = posterior_rows(used_rows(context(cell.context.partition("+")[0]), {}, own))
        drawn = draw_vectors(rows, lanes=lanes, seed=seed)
        for row in rows:
            if row.id in drawn:
                found[prefix + row.id] = drawn[row.id] * (body.value(prefix + row.id) / row.value)
    return found


def _drawn(body: Body, lane: int, seed: int) -> dict[str, float]:
    drugs = [drug.id for drug in body.assembly.drugs]
    values = _cells(body, lane + 1, seed) | drawn_numbers(body, drugs, lanes=lane + 1, seed=seed)
    return {key: float(v[lane]) for key, v in values.items()}


# Kept by the cell, not by its name: a user may replace a cell of his own.
@lru_cache(maxsize=64)
def _block(cell: Context, disease: str, seed: int, block: int) -> Mapping[str, Floats]:
    """A block of draws for a document without drugs, the tables themselves behind them."""
    body = body_of(cell.name, disease)
    lanes = (block + 1) * _BLOCK
    values = _cells(body, lanes, seed) | drawn_numbers(body, (), lanes=lanes, seed=seed)
    return MappingProxyType({k: np.append(v[lanes - _BLOCK :], v[0]) for k, v in values.items()})


@lru_cache(maxsize=64)
def _usual(cell: Context, disease: str, seed: int, block: int) -> Mapping[str, Floats]:
    """Values of the usual patient's cells under each draw of a block, the tables behind them."""
    body = body_of(cell.name, disease)
    drawn = _block(cell, disease, seed, block)
    found: dict[str, Floats] = {}
    for one in body.assembly.instances.values():
        found |= usual_lanes(one, body.ids, drawn)
    return MappingProxyType(found)


@lru_cache(maxsize=64)
def _agreeing(cell: Context, disease: str, seed: int, block: int) -> NDArray[np.bool_]:
    """Which draws of a block leave the usual patients of every aetiology as they are known."""
    body = body_of(cell.name, disease)
    drawn = {**_block(cell, disease, seed, block), **_usual(cell, disease, seed, block)}
    fits = np.all([np.isfinite(v) for v in drawn.values()], axis=0)
    for aetiology in _AETIOLOGIES[disease]:
        one = make_patient({"disease": disease, "aetiology": aetiology})
        fits &= _known_still(body, lanes_of_patients([one]), drawn)
    if block == 0:
        fits[0] = False  # the tables, which are vector 0
    return np.asarray(fits[:-1])


def _known_still(body: Body, one: BodyLanes, drawn: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Whether an untreated patient under each draw grows and keeps his albumin as he is known to."""
    count = len(next(iter(drawn.values())))
    people = one.take([0] * count)
    people = replace(people, numbers={**people.numbers, **drawn}, met={})
    settled = at_first_visit(body, people)
    times = np.array([0.0, _GROWTH_H, _ALBUMIN_H])
    run = course(body, settled, [[]] * count, times, ["tumour_volume", "albumin"])
    volume, albumin = run.values["tumour_volume"], run.values["albumin"]
    rows = vector_conditions()
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.log(volume[:, 1] / volume[:, 0])
        slower = growth[-1] / growth
    left = albumin[:, 2] / albumin[-1, 2]
    time, spared = rows["doubling_time"], rows["albumin"]
    fits = (slower >= time.low / time.value) & (slower <= time.high / time.value)
    fits &= (left >= spared.low) & (left <= spared.high) & (run.outcomes == int(Outcome.OK))
    return np.asarray(fits)
