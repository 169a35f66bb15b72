"""A trial as it was designed: who is treated how, when patients are seen, and what is counted.

Nothing here reads files or runs anything; times are hours from a patient's first visit unless they say
otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from jakstat.patients.treatment import Prescription

__all__ = [
    "ENDPOINTS",
    "Eligibility",
    "Occasion",
    "Rule",
    "RuleAct",
    "Stratum",
    "TreatmentLine",
    "TrialArm",
    "TrialDesign",
]

ENDPOINTS = ("OS", "PFS", "TTP", "RFS", "ORR", "DCR", "DoR", "toxicity")
"""What a trial counts; biomarkers are named by the outputs of a patient's course."""


class Occasion(StrEnum):
    """When a rule applies; visits are where it is noticed."""

    PROGRESSION = "progression"
    TOXICITY = "toxicity"
    RESPONSE = "response"
    TIME = "time"


class RuleAct(StrEnum):
    """What a rule does."""

    STOP = "stop"
    REDUCE = "reduce"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done to a patient's treatment, and when.

    Parameters
    ----------
    on : Occasion
    do : RuleAct
    drugs : tuple of str
        Ids of the drugs it concerns; empty for all of the line.
    factor : float
        On every later dose (``reduce``); doses of two reductions multiply.
    to : str
        Name of the arm or line that treatment goes on with (``switch``).
    at_h : float
        When, for ``on: time``.
    share : float
        Share of the patients concerned for whom it is carried out; each decides once, with a draw of his own.
    """

    on: Occasion
    do: RuleAct
    drugs: tuple[str, ...] = ()
    factor: float = 1.0
    to: str = ""
    at_h: float = 0.0
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class TreatmentLine:
    """Drugs with their regimens, and the rules in force while they are given."""

    name: str
    prescriptions: tuple[Prescription, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialArm:
    """An arm that patients are randomised to; ``allocation`` is its part in the ratio (1:1, 2:1)."""

    name: str
    line: TreatmentLine
    allocation: float = 1.0


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A number of the patient, in the unit of a patient file, and the range that lets him in."""

    number: str
    low: float = float("-inf")
    high: float = float("inf")


@dataclass(frozen=True, slots=True)
class Stratum:
    """Groups by a number of the patient.

    Parameters
    ----------
    number : str
        A number of a cohort, ``aetiology``, or an output of the course read at the first visit.
    cut : float
        Patients above it are the high group; NaN for the median of the cohort.
    randomised : bool
        Whether randomisation is balanced within it.
    """

    number: str
    cut: float = float("nan")
    randomised: bool = False


@dataclass(frozen=True, slots=True)
class TrialDesign:
    """A trial.

    Parameters
    ----------
    name : str
    disease : str
        ``hcc`` or ``osteosarcoma``.
    population : str
        A population by name, or the path of a population or cohort file, as the trial file has it.
    patients : int
        How many virtual patients are simulated, each in every arm.
    size : int
        How many patients a trial of this design enrols, all arms together.
    seed : int
    arms : tuple of TrialArm
        The first is the control.
    lines : tuple of TreatmentLine
        Later treatments that rules switch to.
    visits_h : tuple of float
        Visits with a scan, the first visit (0) included, ascending.
    until_h : float
        How long a patient is followed at most.
    endpoints : tuple of str
    primary : str
    strata : tuple of Stratum
    eligible : tuple of Eligibility
    accrual_h : float
        Over how long patients enter, evenly; 0 for all at once.
    closes_h : float
        When the trial is read out, from the first patient's entry; infinite when all are followed in full.
    dropout : float
        Hazard of being lost from sight, 1/h.
    enrolled : float
        Year in which the trial enrols; NaN when it is that of the trial deaths were fitted to.
    burden, era : str
        Structural options of death that the main result is told under; all others are told beside it.
    resected_h : float or None
        When the tumour is taken out.
    residual : tuple of str
        Occult foci behind an operation: options by name; the first is that of the main result.
    mean_rate : bool
        Whether repeated doses go in at their mean rate, which is faster by far.
    biomarkers : tuple of str
        Outputs of the course that are told at visits, as `jakstat patient` names them.
    courses : int
        Of how many patients whole courses are kept.
    """

    name: str
    disease: str
    population: str
    patients: int
    size: int
    seed: int
    arms: tuple[TrialArm, ...]
    lines: tuple[TreatmentLine, ...]
    visits_h: tuple[float, ...]
    until_h: float
    endpoints: tuple[str, ...]
    primary: str
    strata: tuple[Stratum, ...] = ()
    eligible: tuple[Eligibility, ...] = ()
    accrual_h: float = 0.0
    closes_h: float = float("inf")
    dropout: float = 0.0
    enrolled: float = float("nan")
    burden: str = "beta_middle"
    era: str = "era_none"
    resected_h: float | None = None
    residual: tuple[str, ...] = ()
    mean_rate: bool = False
    biomarkers: tuple[str, ...] = ("CRP", "IL6_serum", "AFP", "albumin")
    courses: int = 24

    def line(self, name: str) -> TreatmentLine:
        """A treatment by name: an arm's, or a later one; KeyError when there is none."""
        found = {arm.name: arm.line for arm in self.arms} | {line.name: line for line in self.lines}
        return found[name]

    @property
    def drugs(self) -> tuple[str, ...]:
        """Ids of every drug that any arm or line gives, in order of first mention."""
        lines = [*(arm.line for arm in self.arms), *self.lines]
        return tuple(dict.fromkeys(p.drug.id for line in lines for p in line.prescriptions))
