"""Claims about tumours and patients, declared as data: two courses of one patient and what is read of both.

The table is ``claim_courses.csv``; a claim may have several rows, which must all hold.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field, model_validator

from jakstat.errors import InputError, Problem
from jakstat.evidence.claim_experiment import ClaimReading, check_expectation, parsed
from jakstat.knowledge import knowledge
from jakstat.knowledge.cell_values import Number, Prose
from jakstat.knowledge.loader import checked_records
from jakstat.knowledge.table_record import TableRecord
from jakstat.numbers import NUMBER
from jakstat.tables import read_lines

__all__ = ["ClaimCourse", "CourseCondition", "claim_courses"]

_CHANGE = re.compile(rf"(set|scale|left|then) ([A-Za-z]\w{{0,59}})=({NUMBER})")
_STATE = re.compile(r"state ([A-Za-z][A-Za-z0-9_]{1,39})")
_PATIENT = re.compile(r"(aetiology|stage) ([A-Za-z]{1,12})")
_DRUG = "drug "


class CourseCondition(TableRecord):
    """What differs in a patient: numbers, state of the cancer cells, what is left of cells, drugs.

    ``set`` and ``scale`` act before the patient settles, ``then`` sets a number from the first visit on,
    ``left`` is the share of a state that is there at the first visit (0 takes cells out), and ``drug`` is a
    prescription as on the command line.

    Examples
    --------
    >>> c = CourseCondition.parse("set TAM_start=2; left Stem=0; drug ruxolitinib 20 mg PO BID")
    >>> c.fixed, c.left, c.drugs
    ((('TAM_start', 2.0),), (('Stem', 0.0),), ('ruxolitinib 20 mg PO BID',))
    """

    fixed: tuple[tuple[str, float], ...] = ()
    factors: tuple[tuple[str, float], ...] = ()
    left: tuple[tuple[str, float], ...] = ()
    then: tuple[tuple[str, float], ...] = ()
    states: tuple[str, ...] = ()
    patient: tuple[tuple[str, str], ...] = ()
    drugs: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> CourseCondition:
        """Read clauses behind semicolons; problems as ValueError."""
        found: dict[str, list[tuple[str, float]]] = {"set": [], "scale": [], "left": [], "then": []}
        states, patient, drugs = [], [], []
        for clause in (part.strip() for part in text.split(";") if part.strip() and part.strip() != "none"):
            if (m := _CHANGE.fullmatch(clause)) is not None:
                found[m[1]].append((m[2], float(m[3])))
            elif (m := _STATE.fullmatch(clause)) is not None:
                states.append(m[1])
            elif (m := _PATIENT.fullmatch(clause)) is not None:
                patient.append((m[1], m[2]))
            elif clause.startswith(_DRUG):
                drugs.append(clause.removeprefix(_DRUG))
            else:
                raise ValueError(
                    f"{clause[:60]!r} is no clause: set, scale, then, left, state, drug, aetiology, stage"
                )
        return cls(
            fixed=tuple(found["set"]), factors=tuple(found["scale"]), left=tuple(found["left"]),
            then=tuple(found["then"]), states=tuple(states), patient=tuple(patient), drugs=tuple(drugs),
        )  # fmt: skip


class ClaimCourse(TableRecord):
    """One experiment for one claim; ``readout`` is a symbol of the patient's document or a ratio ``A/B``."""

    id: Annotated[
        str, Field(pattern=r"^C\d{3}[a-z]?$", description="Claim, and a letter when it has several.")
    ]
    disease: Literal["hcc", "osteosarcoma"] = "hcc"
    readout: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*(/[A-Za-z][A-Za-z0-9_]*)?$")]
    reading: Annotated[ClaimReading, parsed(ClaimReading)]
    control: Annotated[CourseCondition | None, parsed(CourseCondition, optional=True)] = None
    perturbed: Annotated[CourseCondition, parsed(CourseCondition)]
    expect: Literal["up", "down", "no_effect", "value"]
    low: Number = None
    high: Number = None
    unit: Annotated[str, Field(max_length=20)] = ""
    note: Prose = ""

    @model_validator(mode="after")
    def _agree(self) -> ClaimCourse:
        check_expectation(self.expect, self.control, self.low, self.high)
        return self

    @property
    def claim(self) -> str:
        """Id of the claim."""
        return self.id[:4]

    @property
    def readouts(self) -> tuple[str, ...]:
        """The names in the readout."""
        return tuple(self.readout.split("/"))

    @property
    def conditions(self) -> tuple[CourseCondition, ...]:
        """Control, where there is one, and perturbed."""
        return (self.perturbed,) if self.control is None else (self.control, self.perturbed)


@lru_cache(maxsize=1)
def claim_courses() -> tuple[ClaimCourse, ...]:
    """Every declared experiment on patients, in the order of the table.

    Raises
    ------
    InputError
        A fault of the table, or an unknown claim.

    Examples
    --------
    >>> any(e.claim == "C045" for e in claim_courses())
    True
    """
    data = files("jakstat.population.claims").joinpath("claim_courses.csv").read_bytes()
    lines, problems = read_lines(data, columns=tuple(ClaimCourse.model_fields), file="claim_courses.csv")
    records, faults = checked_records(lines, ClaimCourse, file="claim_courses.csv", key="id")
    claims = knowledge().claims
    orphans = [
        Problem("record.orphan", f"{r.id}: no claim about tumours or patients", "claim_courses.csv", line)
        for line, r in records
        if r.claim not in claims or claims[r.claim].scale not in ("tumour", "patient")
    ]
    if problems or faults or orphans:
        raise InputError([*problems, *faults, *orphans])
    return tuple(r for _, r in records)
