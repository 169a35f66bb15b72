"""From a population to a cohort: drawn, seen at the first visit, plausible, weighted, and let in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from jakstat.errors import problem
from jakstat.identity import content_key
from jakstat.limits import LIMITS, check_count
from jakstat.population.cohort import Cohort, cohort
from jakstat.population.eligibility import NumberRange, within
from jakstat.population.first_visit import (
    Implausible,
    implausible_patients,
    plausibility_rows,
    with_first_visit,
)
from jakstat.population.margins import Population, shipped_population
from jakstat.population.observed import ObservedNumber, observed_of
from jakstat.population.weighting import (
    MatchedNumber,
    effective_sample_size,
    matched_weights,
    weight_bounds,
)

__all__ = ["CohortPlan", "MadeCohort", "make_cohort", "plan_of_shipped"]

_BLOCK = 64
_LATIN = "latin_hypercube"
_ENOUGH, _RAREST = 4096, 1000  # drawn before it is said that fewer than one in so many are let in


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """How a cohort is made.

    Parameters
    ----------
    people : Population
    only : tuple of NumberRange
        Who is let in.
    observed : tuple of ObservedNumber
        What the cohort is to show, before anybody is turned away.
    bounds : (float, float)
        The least and the most that a patient may weigh.
    plausible : bool
        Whether those who break a rule of ``plausibility.csv`` are left out.
    vectors : int
        Parameter vectors that intervals are to be told with; 0 when that is left open.
    """

    people: Population
    only: tuple[NumberRange, ...] = ()
    observed: tuple[ObservedNumber, ...] = ()
    bounds: tuple[float, float] = field(default_factory=weight_bounds)
    plausible: bool = True
    vectors: int = 0

    @property
    def key(self) -> str:
        """Content key of everything that decides who is in the cohort."""
        people = self.people
        rules = plausibility_rows() if self.plausible else {}
        tables = [dict(people.rows), dict(people.correlations), dict(rules)]
        said = [
            people.name,
            people.like,
            people.sampling,
            self.only,
            self.observed,
            self.bounds,
            self.vectors,
        ]
        return content_key([*tables, *said])


@dataclass(frozen=True, slots=True)
class MadeCohort:
    """A cohort, and how it came about.

    Parameters
    ----------
    plan : CohortPlan
    patients : Cohort
        With their weights and first visits.
    drawn : int
        How many were drawn until there were enough.
    removed : tuple of Implausible
    turned_away : int
        Plausible patients who are not let in.
    match : tuple of MatchedNumber
        What was observed, beside all plausible patients with and without weights.
    """

    plan: CohortPlan
    patients: Cohort
    drawn: int
    removed: tuple[Implausible, ...]
    turned_away: int
    match: tuple[MatchedNumber, ...]

    @property
    def effective_sample_size(self) -> float:
        """Of the patients in the cohort."""
        return effective_sample_size(self.patients.weights)


def plan_of_shipped(name: str) -> CohortPlan:
    """The plan of a shipped population.

    Examples
    --------
    >>> plan_of_shipped("sharp").only
    ()
    """
    people = shipped_population(name)
    return CohortPlan(people, observed=observed_of(people))


def make_cohort(
    plan: CohortPlan,
    count: int,
    *,
    seed: int = 1,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> MadeCohort:
    """Draw patients until so many are plausible and let in, and weight them.

    Everybody is drawn and judged by himself, so a longer cohort has the same first patients; weights belong
    to a cohort as a whole. They are worked out over all plausible patients, because what was observed is
    told of a population and not of those who are let in. With a Latin hypercube as many are drawn as were
    asked for, and whoever is left out is not replaced.

    Raises
    ------
    InputError
        ``count.range``, ``seed.range``; ``population.empty`` when hardly anybody is let in.

    Examples
    --------
    >>> made = make_cohort(plan_of_shipped("sharp"), 8, seed=1)
    >>> made.patients.count, round(float(made.patients.weights.mean()), 6)
    (8, 1.0)
    """
    check_count(count, most=LIMITS.lanes, field="--patients")
    block = count if plan.people.sampling == _LATIN else _BLOCK
    parts: list[Cohort] = []
    removed: list[Implausible] = []
    let_in = drawn = 0
    while let_in < count:
        part = cohort(plan.people, block, seed=seed, first=drawn)
        part, wrong = _judged(part, plausible=plan.plausible, threads=threads)
        eligible = np.flatnonzero(within(part, plan.only))
        last = block if let_in + len(eligible) < count else _number(part, eligible[count - let_in - 1], drawn)
        parts.append(part.take(np.flatnonzero(np.array(part.ids) < drawn + last)))
        removed += [one for one in wrong if one.patient < drawn + last]
        let_in, drawn = let_in + min(len(eligible), count - let_in), drawn + last
        if progress is not None:
            progress(let_in, count)
        if plan.people.sampling == _LATIN:
            break
        _check_enough(let_in, drawn, removed)
    everybody = _joined(parts)
    weights, match = matched_weights(everybody, plan.observed, plan.bounds)
    inside = np.flatnonzero(within(everybody, plan.only))
    if not len(inside):
        _check_enough(0, max(drawn, _ENOUGH), removed)
    own = weights[inside] / weights[inside].mean()
    patients = replace(everybody.take(inside), weights=own, vectors=plan.vectors)
    return MadeCohort(plan, patients, drawn, tuple(removed), everybody.count - len(inside), match)


def _number(part: Cohort, place: int, first: int) -> int:
    """How many of a block are drawn when the patient at a place is the last."""
    return part.ids[place] - first + 1


def _check_enough(let_in: int, drawn: int, removed: Sequence[Implausible]) -> None:
    """Hardly anybody let in: a cohort of that kind would never be full."""
    if drawn >= _ENOUGH and let_in * _RAREST < drawn:
        message = f"of {drawn} patients {let_in} are plausible and let in"
        rules = Counter(one.rule for one in removed).most_common(1)
        broken = "".join(f"{n} break {rule} of plausibility.csv; " for rule, n in rules)
        hint = f"{broken}widen `only`, or move the margins"
        raise problem("population.empty", message, field="only", hint=hint)


def _judged(part: Cohort, *, plausible: bool, threads: int) -> tuple[Cohort, list[Implausible]]:
    seen = with_first_visit(part, threads=threads)
    wrong = implausible_patients(seen) if plausible else {}
    places = [place for place in range(seen.count) if place not in wrong]
    return seen.take(places), list(wrong.values())


def _joined(parts: Sequence[Cohort]) -> Cohort:
    """Cohorts one behind the other."""
    first = parts[0]
    numbers, visits = (
        {key: np.concatenate([getattr(part, table)[key] for part in parts]) for key in getattr(first, table)}
        for table in ("numbers", "first_visit")
    )
    return replace(
        first,
        ids=tuple(who for part in parts for who in part.ids),
        aetiology=np.concatenate([part.aetiology for part in parts]),
        numbers=MappingProxyType(numbers),
        lesions=np.concatenate([part.lesions for part in parts]),
        weights=np.ones(sum(part.count for part in parts)),
        first_visit=MappingProxyType(visits),
    )
