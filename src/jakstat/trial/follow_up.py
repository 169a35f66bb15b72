"""What visits find in the patients of an arm, and what the rules in force then do to their treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.patients.legs import Timetable, dosing_ended, dosing_later, dosing_reduced
from jakstat.patients.recist import (
    Response,
    Responses,
    lesion_diameters,
    noisy_sums,
    sphere_volume,
    sums_of_diameters,
    target_responses,
    visit_conventions,
)
from jakstat.patients.regrowth import BEHIND_H, chance_of_run
from jakstat.pharmacology.body_drugs import body_drug
from jakstat.population.cohort import Cohort
from jakstat.population.outcome_numbers import OutcomeNumbers
from jakstat.population.outcomes import new_lesion_times, waiting
from jakstat.streams import stream
from jakstat.trial.design import Occasion, Rule, RuleAct, TreatmentLine, TrialArm, TrialDesign
from jakstat.trial.occult import OccultFoci
from jakstat.trial.toxicity import MOST_EVENTS, toxicity_hazard, toxicity_thresholds

__all__ = ["ArmFollowUp", "LineDoses", "Toxicity", "TreatmentChange", "lines_of_arm"]

Flags = NDArray[np.bool_]
_GONE = 0.01
"""A drug whose mean level is no more than this share of its highest one is gone, and with it its hazard."""


@dataclass(frozen=True, slots=True)
class LineDoses:
    """A line of treatment with the timetable of each patient, as if it started at the first visit."""

    line: TreatmentLine
    tables: Sequence[Timetable]


@dataclass(frozen=True, slots=True)
class TreatmentChange:
    """What was done to a patient's treatment: to which drugs, by which factor, or to which line."""

    lane: int
    time: float
    do: RuleAct
    drugs: tuple[str, ...]
    factor: float
    to: str


@dataclass(frozen=True, slots=True)
class Toxicity:
    """A dose-limiting adverse event."""

    lane: int
    time: float
    drug: str


def lines_of_arm(design: TrialDesign, arm: TrialArm) -> tuple[TreatmentLine, ...]:
    """The line that an arm starts with, and all that its rules can lead to.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> later = TreatmentLine("later")
    >>> first = TreatmentLine("first", rules=(Rule(Occasion.PROGRESSION, RuleAct.SWITCH, to="later"),))
    >>> design = SimpleNamespace(line={"later": later}.__getitem__)
    >>> [line.name for line in lines_of_arm(design, TrialArm("a", first))]
    ['first', 'later']
    """
    found = [arm.line]
    for line in found:
        for rule in line.rules:
            if rule.do is RuleAct.SWITCH and all(design.line(rule.to) is not known for known in found):
                found.append(design.line(rule.to))
    return tuple(found)


class ArmFollowUp:
    """The patients of an arm from visit to visit.

    Parameters
    ----------
    design : TrialDesign
    patients : Cohort
    lines : sequence of LineDoses
        The first is the one all start with.
    constants : OutcomeNumbers
    foci : OccultFoci or None
        What an operation leaves behind.

    Notes
    -----
    Progression under a later line is that over the smallest sum since it started, or a lesion new since then;
    the progression of the trial is the first one over the smallest sum of all.
    """

    def __init__(
        self,
        design: TrialDesign,
        patients: Cohort,
        lines: Sequence[LineDoses],
        constants: OutcomeNumbers,
        foci: OccultFoci | None = None,
    ) -> None:
        self.design, self.patients, self.lines, self.constants = design, patients, lines, constants
        self.foci = foci
        count, seed, ids = patients.count, design.seed, patients.ids
        self.visits = np.asarray(design.visits_h, dtype=float)
        shape = (count, len(self.visits))
        self.noise = noisy_sums(np.ones(shape), constants["reading_cv"], seed=seed, patients=ids)
        self.read = np.full(shape, np.nan)
        self.read[:, 0] = sums_of_diameters(patients.lesions[:, :, None])[:, 0] * self.noise[:, 0]
        self.responses: Responses = np.full(shape, int(Response.NE), dtype=np.int64)
        self.progressed_h = np.full(count, np.inf)
        self.recurrence: Responses = np.full(shape, int(Response.NE), dtype=np.int64)
        self.chance = np.full(count, np.nan)
        self.toxicities: list[Toxicity] = []
        self.changes: list[TreatmentChange] = []
        self._lesion = waiting(seed, ids, "new_lesion")
        self._line = np.zeros(count, dtype=np.intp)
        self._since = np.zeros(count, dtype=np.intp)
        self._progressed = np.zeros(count, dtype=bool)
        self._responded = np.zeros(count, dtype=bool)
        names = dict.fromkeys(p.drug.id for one in lines for p in one.line.prescriptions)
        self.drugs = tuple(names)
        first = {p.drug.id for p in lines[0].line.prescriptions}
        self._given = {drug: np.full(count, float(drug in first)) for drug in self.drugs}
        self._highest = {drug: np.zeros(count) for drug in self.drugs}
        self._hazard = {drug: np.zeros(count) for drug in self.drugs}
        self._events = {drug: np.zeros(count, dtype=np.intp) for drug in self.drugs}
        self._limits = {drug: toxicity_thresholds(seed, ids, drug) for drug in self.drugs}
        self._seen_h = 0.0
        self._new_toxicity: dict[str, Flags] = {}
        self._first_dose: dict[str, Floats] = {}
        self._shares: dict[Rule, Floats] = {}

    def first_doses(self, numbers: Mapping[str, Floats]) -> dict[str, Floats]:
        """Times of first doses of drugs that a switch began, by parameter; as a stop of a leg wants it."""
        mine = {key: starts for key, starts in self._first_dose.items() if key in numbers}
        return {key: np.where(np.isnan(starts), numbers[key], starts) for key, starts in mine.items()}

    def decide(
        self, times: Floats, values: Mapping[str, Floats], tables: Sequence[Timetable]
    ) -> Sequence[Timetable]:
        """See everyone, and carry out what the rules in force say; as a stop of a leg wants it."""
        now, found = float(times[-1]), list(tables)
        occasions = self.see(times, values)
        in_force = self._line.copy()
        for number, one in enumerate(self.lines):
            for rule in one.line.rules:
                concerned = occasions[rule.on] if rule.on is not Occasion.TOXICITY else self._toxic(rule)
                if rule.on is Occasion.TIME and abs(rule.at_h - now) > 1e-9:
                    continue
                lanes = (in_force == number) & (self._line == number) & concerned & self._chosen(rule)
                for lane in np.flatnonzero(lanes):
                    found[lane] = self._carried_out(rule, int(lane), now, found[lane])
        return found

    def see(self, times: Floats, values: Mapping[str, Floats]) -> Mapping[Occasion, Flags]:
        """Adverse events since the last time, and at a visit the reading; what is new at it."""
        now = float(times[-1])
        self._new_toxicity = self._adverse(times, values)
        self._seen_h = now
        none = np.zeros(self.patients.count, dtype=bool)
        everyone = ~none
        place = np.flatnonzero(np.abs(self.visits - now) < 1e-9)
        if not len(place):
            return {Occasion.TIME: everyone, Occasion.PROGRESSION: none, Occasion.RESPONSE: none}
        visit = int(place[0])
        operated = self.design.resected_h is not None and now > self.design.resected_h
        if operated:
            progressed, responded = self._recurred(visit, times, values), none
        else:
            progressed, responded = self._judged(visit, times, values)
        new = {
            Occasion.TIME: everyone,
            Occasion.PROGRESSION: progressed & ~self._progressed,
            Occasion.RESPONSE: responded & ~self._responded,
        }
        self._progressed |= progressed
        self._responded |= responded
        return new

    def _judged(self, visit: int, times: Floats, values: Mapping[str, Floats]) -> tuple[Flags, Flags]:
        """Read the sum of diameters and judge it by RECIST; flags are those under the line in force."""
        volume = values["tumour_volume"]
        growth = volume / volume[:, :1]
        sums = sums_of_diameters(lesion_diameters(self.patients.lesions, growth[:, -1:]))[:, 0]
        self.read[:, visit] = sums * self.noise[:, visit]
        lesion = new_lesion_times(growth, times, self.patients.numbers, self._lesion, self.constants)
        found = target_responses(self.read[:, : visit + 1])[:, -1]
        known = ~np.isnan(self.read[:, visit])
        self.responses[:, visit] = np.where(known & (lesion <= times[-1]), Response.PD, found)
        own = self.responses[:, visit].copy()
        for since, number in sorted(set(zip(self._since.tolist(), self._line.tolist(), strict=True))):
            at = (self._since == since) & (self._line == number)
            if number and since < visit:
                own[at] = self._judged_since(since, number, at, times, growth)
        begun = self._since < visit
        self._note_progression(self.responses[:, visit] == Response.PD, float(times[-1]))
        return (own == Response.PD) & begun, (own >= Response.PR) & begun

    def _judged_since(self, since: int, number: int, at: Flags, times: Floats, growth: Floats) -> Responses:
        """Responses of some patients under a later line: over its own smallest sum, lesions new since it."""
        visit = int(np.searchsorted(self.visits, times[-1]))
        found = target_responses(self.read[at, since : visit + 1])[:, -1]
        behind = times >= self.visits[since]
        ids = [who for who, mine in zip(self.patients.ids, at, strict=True) if mine]
        lesion = new_lesion_times(
            growth[at][:, behind],
            times[behind],
            {name: values[at] for name, values in self.patients.numbers.items()},
            waiting(self.design.seed, ids, "new_lesion", number),
            self.constants,
        )
        return np.where((found != Response.NE) & (lesion <= times[-1]), Response.PD, found)

    def _note_progression(self, progressed: Flags, now: float) -> None:
        self.progressed_h[progressed & ~np.isfinite(self.progressed_h)] = now

    def _recurred(self, visit: int, times: Floats, values: Mapping[str, Floats]) -> Flags:
        """Whether a focus is large enough to be found; one of few cells may have died out."""
        assert self.design.resected_h is not None
        assert self.foci is not None
        if times[-1] < self.design.resected_h + BEHIND_H:
            self.recurrence[:, visit] = Response.SD
            return np.zeros(self.patients.count, dtype=bool)
        if np.isnan(self.chance).all():
            self.chance = chance_of_run(self.design.resected_h, times, values)
        seen = float(sphere_volume(visit_conventions()["detection"].value))
        volume = values["tumour_volume"][:, -1]
        found = self.foci.grows(self.chance) & (volume / np.maximum(self.chance, 1e-12) >= seen)
        state = np.where(found, Response.PD, Response.SD)
        self.recurrence[:, visit] = np.where(np.isnan(volume), Response.NE, state)
        self._note_progression(found, float(times[-1]))
        return np.asarray(found)

    def _adverse(self, times: Floats, values: Mapping[str, Floats]) -> dict[str, Flags]:
        """New dose-limiting events by drug; the hazard is even between two looks."""
        now, before = float(times[-1]), self._seen_h
        found: dict[str, Flags] = {}
        if now <= before:
            return found
        place = int(np.searchsorted(times, before))
        for drug in self.drugs:
            area = values[f"{drug}_AUC"]
            level = (area[:, -1] - area[:, place]) / (now - before)
            self._highest[drug] = np.fmax(self._highest[drug], level)
            under = (self._given[drug] > 0.0) & (level > _GONE * self._highest[drug])
            hazard = toxicity_hazard(drug, level, under)
            start = self._hazard[drug]
            total = start + np.where(np.isnan(hazard), 0.0, hazard) * (now - before)
            new = np.zeros(self.patients.count, dtype=bool)
            limits = self._limits[drug]
            for lane in np.flatnonzero(total >= limits[np.arange(len(total)), self._events[drug]]):
                while (k := self._events[drug][lane]) < MOST_EVENTS - 1 and total[lane] >= limits[lane, k]:
                    share = (limits[lane, k] - start[lane]) / (total[lane] - start[lane])
                    self.toxicities.append(Toxicity(int(lane), before + share * (now - before), drug))
                    self._events[drug][lane] += 1
                    new[lane] = True
            self._hazard[drug] = total
            found[drug] = new
        return found

    def _toxic(self, rule: Rule) -> Flags:
        """Who has a new adverse event of the drugs of a rule, or of any drug."""
        found = np.zeros(self.patients.count, dtype=bool)
        for drug, new in self._new_toxicity.items():
            if not rule.drugs or drug in rule.drugs:
                found |= new
        return found

    def _chosen(self, rule: Rule) -> Flags:
        """In whom a rule is carried out; the draw goes with what the rule says, so that arms share it."""
        if rule.share >= 1.0:
            return np.ones(self.patients.count, dtype=bool)
        if rule not in self._shares:
            name = (rule.on.value, rule.do.value, ",".join(rule.drugs), rule.to)
            seed = self.design.seed
            draws = [stream(seed, "patient", who, "rule", *name).random() for who in self.patients.ids]
            self._shares[rule] = np.array(draws)
        return np.asarray(self._shares[rule] < rule.share)

    def _carried_out(self, rule: Rule, lane: int, now: float, table: Timetable) -> Timetable:
        """The timetable of a patient after a rule was carried out."""
        line = self.lines[self._line[lane]].line
        own = tuple(p.drug.id for p in line.prescriptions)
        drugs = tuple(d for d in (own if not rule.drugs else rule.drugs) if d in own)
        given = tuple(d for d in drugs if self._given[d][lane] > 0.0)
        if rule.do is RuleAct.REDUCE:
            for drug in given:
                table = dosing_reduced(table, body_drug(drug).prefix, rule.factor, now)
                self._given[drug][lane] *= rule.factor
            if given:
                self._note(rule, lane, now, given)
            return table
        for drug in own if rule.do is RuleAct.SWITCH else given:
            table = dosing_ended(table, body_drug(drug).prefix, now)
            self._given[drug][lane] = 0.0
        if rule.do is RuleAct.SWITCH:
            table = self._switched(rule, lane, now, table)
        if given or rule.do is RuleAct.SWITCH:
            self._note(rule, lane, now, given)
        return table

    def _switched(self, rule: Rule, lane: int, now: float, table: Timetable) -> Timetable:
        """The next line, with its timetable from now on."""
        wanted = self.design.line(rule.to)
        number = next(k for k, one in enumerate(self.lines) if one.line is wanted)
        self._line[lane], self._progressed[lane], self._responded[lane] = number, False, False
        self._since[lane] = int(np.searchsorted(self.visits, now))
        for one in wanted.prescriptions:
            self._given[one.drug.id][lane] = 1.0
            key = f"{body_drug(one.drug.id).prefix}first_dose"
            starts = self._first_dose.setdefault(key, np.full(self.patients.count, np.nan))
            starts[lane] = now + one.regimen.starts[0]
        return [*table, *dosing_later(self.lines[number].tables[lane], now)]

    def _note(self, rule: Rule, lane: int, now: float, drugs: tuple[str, ...]) -> None:
        self.changes.append(TreatmentChange(lane, now, rule.do, drugs, rule.factor, rule.to))

    def is_off(self, lane: int, until: float) -> float:
        """When the last of a patient's drugs was stopped by a rule, none begun since; infinite for never."""
        own = [c for c in self.changes if c.lane == lane and c.time <= until]
        left, off = {p.drug.id for p in self.lines[0].line.prescriptions}, np.inf
        for change in own:
            if change.do is RuleAct.SWITCH:
                left = {p.drug.id for p in self.design.line(change.to).prescriptions}
                off = np.inf
            elif change.do is RuleAct.STOP:
                left -= set(change.drugs)
                off = change.time if not left else off
        return float(off)
