"""Virtual subjects: covariates of a population, and the numbers of a drug in each subject.

Every covariate and every draw has its own random stream; subject 17 is the same whatever else is drawn
and however many subjects there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from jakstat.arrays import Floats
from jakstat.errors import InputError, Problem, problem
from jakstat.extras import needs
from jakstat.knowledge.parameter_table import Row, read_table
from jakstat.limits import LIMITS, check_count
from jakstat.pharmacology.nearest import unknown
from jakstat.pharmacology.pk_library import PkModel
from jakstat.streams import stream

__all__ = ["Subjects", "draw_factor", "draw_names", "draw_subjects", "individual_numbers", "populations"]

_CONTINUOUS = ("albumin", "IL6", "CRP")
_HALF = 0.5  # a typical subject has what more than half of its population have
_RANGES = {"weight": (2.0, 400.0), "height": (40.0, 250.0), "albumin": (0.5, 7.0), "BSA": (0.1, 4.0)}


@dataclass(frozen=True, slots=True)
class Subjects:
    """Covariates of subjects: weight (kg), height (cm), BSA (m^2), albumin (g/dL), IL6 (ng/L), CRP (mg/L)
    and shares that are 0 or 1; each of shape (subjects,). ``typical`` subjects have medians and no draws.
    ``ids`` says which subject each place is, where that is not the place itself.
    """

    population: str
    covariates: Mapping[str, Floats]
    seed: int
    typical: bool
    fixed: frozenset[str]
    ids: tuple[int, ...] | None = None

    @property
    def count(self) -> int:
        """Number of subjects."""
        return len(self.covariates["weight"])


@lru_cache(maxsize=1)
def populations() -> Mapping[str, Mapping[str, Row]]:
    """Medians, spreads and shares of covariates by population.

    Examples
    --------
    >>> populations()["castleman"]["weight"].unit
    'kg'
    """
    text = files("jakstat.pharmacology").joinpath("pk_populations.csv").read_text(encoding="utf-8")
    rows = read_table(text, file="pharmacology/pk_populations.csv", leading=("population",))
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row.key[0], {})[row.id] = row
    return MappingProxyType(found)


def draw_subjects(
    population: str, count: int, *, seed: int = 1, fixed: Mapping[str, float] | None = None
) -> Subjects:
    """Virtual subjects of a population.

    Parameters
    ----------
    population : str
        One of :func:`populations`.
    count : int
        How many; 0 for one typical subject.
    seed : int
    fixed : mapping of covariate to value, optional
        Covariates that all subjects share.

    Raises
    ------
    InputError
        ``population.unknown``, ``covariate.unknown``, ``covariate.range``, ``count.range``.

    Notes
    -----
    Body surface area by Mosteller (doi:10.1056/NEJM198710223171717).

    Examples
    --------
    >>> few, many = (draw_subjects("cancer", n, seed=3) for n in (2, 50))
    >>> bool(few.covariates["weight"][1] == many.covariates["weight"][1])
    True
    """
    known = [name for name in populations() if name != "shared"]
    if population not in known:
        raise InputError([unknown("population", population, known, field="--population")])
    check_count(count, most=LIMITS.lanes, field="--subjects", least=0)
    rows, shared = populations()[population], populations()["shared"]
    typical = count == 0
    size = max(count, 1)
    given = dict(fixed or {})

    def normal(name: str) -> Floats:
        reach = shared["reach"].value
        if typical:
            return np.zeros(size)
        with needs("analysis"):
            from scipy.special import ndtr, ndtri
        uniform = stream(seed, "pk", "covariate", name).random(size)
        low = ndtr(-reach)
        return np.asarray(ndtri(low + uniform * (1.0 - 2.0 * low)))

    found: dict[str, Floats] = {}
    for name, row in rows.items():
        if row.unit == "share":
            share = float(row.value > _HALF) if typical else row.value
            found[name] = (stream(seed, "pk", "share", name).random(size) < share).astype(float)
    found.update({k: np.full(size, float(v)) for k, v in given.items() if k in ("female",)})
    _body(found, rows, shared, normal)
    for name in _CONTINUOUS:
        found[name] = rows[name].value * np.exp(_sigma(rows[f"{name}_cv"].value) * normal(name))
    _check(given, {*found, "BSA", "male", *_flags()})
    found.update({k: np.full(size, float(v)) for k, v in given.items()})
    if "BSA" not in given:
        found["BSA"] = np.sqrt(found["height"] * found["weight"] / 3600.0)
    if "male" not in given:
        found["male"] = 1.0 - found["female"]
    return Subjects(population, MappingProxyType(found), seed, typical, frozenset(given))


def _sigma(cv: float) -> float:
    return float(np.sqrt(np.log1p(cv * cv)))


def _flags() -> set[str]:
    return {name for rows in populations().values() for name, row in rows.items() if row.unit == "share"} | {
        "hepatic_mild",
        "hepatic_moderate",
        "hepatic_severe",
    }


def _body(
    found: dict[str, Floats], rows: Mapping[str, Row], shared: Mapping[str, Row], normal: object
) -> None:
    """Weight and height, the median weight being that of the whole population."""
    assert callable(normal)
    female = found["female"]
    ratio, share = shared["weight_female"].value, rows["female"].value
    z, other = normal("weight"), normal("height")
    typical = bool(np.all(z == 0.0))  # a typical subject has the median of all, whatever its sex
    men = rows["weight"].value / ratio ** (female if typical else share)
    found["weight"] = men * ratio**female * np.exp(_sigma(rows["weight_cv"].value) * z)
    link = shared["weight_height"].value
    height = shared["height_male"].value * (1 - female) + shared["height_female"].value * female
    along = link * z + np.sqrt(1.0 - link * link) * other
    found["height"] = height * np.exp(_sigma(shared["height_cv"].value) * along)


def _check(given: Mapping[str, float], known: set[str]) -> None:
    problems: list[Problem] = []
    for name, value in given.items():
        low, high = _RANGES.get(name, (0.0, 1e6))
        if name not in known:
            problems.append(unknown("covariate", name, known, field="--covariate"))
        elif not (np.isfinite(value) and low <= value <= high):
            hint = f"give {low:g} to {high:g}"
            problems.append(
                Problem("covariate.range", f"{name} is {value:g}", field=f"--covariate {name}", hint=hint)
            )
    if problems:
        raise InputError(problems)


def individual_numbers(
    model: PkModel,
    subjects: Subjects,
    *,
    target: bool = False,
    draws: Mapping[str, Floats] | None = None,
) -> dict[str, Floats]:
    """Every number of a drug's model in each subject, in the model's units, shape (subjects,) each.

    Parameters
    ----------
    model : PkModel
    subjects : Subjects
    target : bool
        With the numbers of its soluble target.
    draws : mapping of draw to array, shape (subjects,), optional
        How far each subject lies from the typical one, in standard deviations; drawn when not given.

    Raises
    ------
    InputError
        ``covariate.missing``.

    Examples
    --------
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> numbers = individual_numbers(pk_model("siltuximab"), draw_subjects("cancer", 0))
    >>> round(24 * float(numbers["CL"][0]), 3)
    0.214
    """
    size = subjects.count
    found = {key: np.full(size, value) for key, value in model.values(target=target).items()}
    if (release := model.number("release", "h")) is not None:
        found["release"] = np.full(size, release)
    draws = _draws(model, subjects) if draws is None else draws
    for spread in model.spreads:
        if spread.number not in found or spread.scale == "correlation":
            continue
        step = spread.row.value * draws[spread.draw]
        found[spread.number] = (
            found[spread.number] + step if spread.scale == "add" else found[spread.number] * np.exp(step)
        )
    for effect in model.covariates:
        found[effect.number] = found[effect.number] * _effect(effect, subjects)
    _il6_of_subjects(found, model, subjects, target=target)
    return found


def _effect(effect: object, subjects: Subjects) -> Floats:
    from jakstat.pharmacology.pk_library import Covariate

    assert isinstance(effect, Covariate)
    values = subjects.covariates.get(effect.covariate)
    if effect.form == "factor":
        return np.ones(subjects.count) if values is None else np.power(effect.row.value, values)
    if values is None:
        raise problem("covariate.missing", f"{subjects.population} has no {effect.covariate}")
    return np.asarray(np.power(values / effect.reference, effect.row.value))


def _il6_of_subjects(found: dict[str, Floats], model: PkModel, subjects: Subjects, *, target: bool) -> None:
    """IL-6 of the population where CYP3A4 follows it, of the subject where it is bound.

    The spread of IL-6 between subjects is in the fitted spread of the clearance already; only its
    median, or a value that was given, moves CYP3A4.
    """
    if "cyp3a4" in model.parts:
        median = populations()[subjects.population]["IL6"].value
        found["IL6"] = (
            subjects.covariates["IL6"] if "IL6" in subjects.fixed else np.full(subjects.count, median)
        )
    if target and model.target == "IL6":
        from jakstat.biology.pk_assembly import pk_constants
        from jakstat.units import parse_quantity, to_molar

        one = to_molar(parse_quantity("1 ng/L"), molar_mass=pk_constants()["mass_IL6"].value)
        found["baseline_IL6"] = one * subjects.covariates["IL6"]


def _draws(model: PkModel, subjects: Subjects) -> dict[str, Floats]:
    """Standard normal draws of every subject, correlated as the table says."""
    names = draw_names(model)
    if subjects.typical or not names:
        return {name: np.zeros(subjects.count) for name in names}
    at = np.arange(subjects.count) if subjects.ids is None else np.array(subjects.ids, dtype=np.intp)
    size = int(at.max(initial=-1)) + 1
    raw = [stream(subjects.seed, "pk", model.id, name).standard_normal(size)[at] for name in names]
    each = np.ascontiguousarray(np.array(raw).T)[:, None, :]
    mixed = (draw_factor(model)[None, :, :] * each).sum(axis=2)
    return dict(zip(names, mixed.T, strict=True))


def draw_names(model: PkModel) -> tuple[str, ...]:
    """The draws in which subjects differ, in their order.

    Examples
    --------
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> draw_names(pk_model("siltuximab"))
    ('CL', 'V')
    """
    return tuple(dict.fromkeys(s.draw for s in model.spreads if s.scale != "correlation"))


def draw_factor(model: PkModel) -> Floats:
    """The lower triangle by which independent draws become those of :func:`draw_names`, correlated.

    Examples
    --------
    >>> from jakstat.pharmacology.pk_library import pk_model
    >>> float(draw_factor(pk_model("clazakizumab"))[1, 0])
    0.936
    """
    names = draw_names(model)
    matrix = np.eye(len(names))
    for spread in model.spreads:
        if spread.scale == "correlation":
            i, j = (names.index(name) for name in spread.draw.split("~"))
            matrix[i, j] = matrix[j, i] = spread.row.value
    return np.asarray(np.linalg.cholesky(matrix))
