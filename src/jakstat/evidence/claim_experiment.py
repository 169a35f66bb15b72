"""A claim as an experiment, declared as data: cells, condition, control, reading, expectation.

The table is ``data/experiments.csv``; a claim may have several rows, which must all hold.
``data/waiting.csv`` names the part of the model that each other claim waits for, and
``data/reasons.csv`` says why the model contradicts a claim or leaves it open, where it does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal, Protocol, get_args

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from jakstat.errors import InputError, Problem
from jakstat.knowledge import ProtocolText, knowledge
from jakstat.knowledge.cell_values import Number, Prose
from jakstat.knowledge.claim import Claim
from jakstat.knowledge.loader import checked_records
from jakstat.knowledge.table_record import TableRecord
from jakstat.numbers import NUMBER
from jakstat.tables import read_lines
from jakstat.units import parse_time

__all__ = [
    "ClaimExperiment",
    "ClaimReading",
    "Condition",
    "Waiting",
    "check_expectation",
    "experiments",
    "parsed",
    "reasons",
    "waits_for",
]

ReadingName = Literal[
    "level",
    "value",
    "peak",
    "mean",
    "time_of_peak",
    "share_of_peak",
    "peak_over_start",
    "ec50",
    "ic50",
    "hill",
    "half_rise",
]
Expect = Literal["up", "down", "no_effect", "value", "order"]

_TIMES: Mapping[str, int] = {
    "level": 0, "value": 1, "peak": 2, "mean": 2, "time_of_peak": 2, "share_of_peak": 1,
    "peak_over_start": 2, "ec50": 1, "ic50": 1, "hill": 1, "half_rise": 2,
}  # fmt: skip
_READING = re.compile(r"([a-z0-9_]{1,40})(?:\(([^()]{1,60})\))?")
_SCALE = re.compile(rf"scale ([A-Za-z]\w{{0,59}})=({NUMBER})")
_CELL = re.compile(r"(cell|state) ([A-Za-z][A-Za-z0-9_]{1,39})")
_LAST_HOURS = 0.5


class Condition(TableRecord):
    """What is done to the cells: a protocol, and factors on parameters of the model.

    A condition may stand in other cells than the experiment (``cell NAME``), and put them in a
    state (``state NAME``).

    Examples
    --------
    >>> c = Condition.parse("stimulus IL6=10ng/ml; scale K_SOCS3=1e6; state SOCS3_methylated")
    >>> c.protocol.stimuli, c.factors
    (('IL6=10ng/ml',), (('K_SOCS3', 1000000.0),))
    >>> c.cells("hepg2")
    'hepg2+SOCS3_methylated'
    """

    protocol: ProtocolText
    factors: Annotated[
        tuple[tuple[str, float], ...], Field(description="Parameter and the factor on its value.")
    ] = ()
    cell: Annotated[str, Field(description="Cells in place of those of the experiment.")] = ""
    states: Annotated[tuple[str, ...], Field(description="What happened to the cells.")] = ()

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read clauses: those of an observation's protocol, ``scale NAME=FACTOR``, ``cell``, ``state``.

        Raises
        ------
        ValueError
            A clause that is none.
        """
        clauses = [part.strip() for part in text.split(";") if part.strip()]
        scaled = [m for c in clauses if (m := _SCALE.fullmatch(c)) is not None]
        placed = [m for c in clauses if (m := _CELL.fullmatch(c)) is not None]
        read = {m[0] for m in (*scaled, *placed)}
        cells = [m[2] for m in placed if m[1] == "cell"]
        if len(cells) > 1:
            raise ValueError("a condition stands in one kind of cell")
        return cls(
            protocol=ProtocolText.parse("; ".join(c for c in clauses if c not in read) or "none"),
            factors=tuple((m[1], float(m[2])) for m in scaled),
            cell="".join(cells),
            states=tuple(m[2] for m in placed if m[1] == "state"),
        )

    def cells(self, context: str) -> str:
        """The context that the condition stands in, in an experiment on ``context``."""
        return "+".join([self.cell or context, *self.states])

    def __str__(self) -> str:
        more = [f"cell {self.cell}"] if self.cell else []
        more += [f"state {name}" for name in self.states]
        more += [f"scale {name}={factor:g}" for name, factor in self.factors]
        said = str(self.protocol)
        return "; ".join([*([] if said == "none" and more else [said]), *more])


class ClaimReading(TableRecord):
    """What is read off each run, and when (hours).

    Examples
    --------
    >>> ClaimReading.parse("mean(0h..90min)")
    ClaimReading(name='mean', times=(0.0, 1.5))
    """

    name: ReadingName
    times: tuple[float, ...] = ()

    @classmethod
    def parse(cls, text: str) -> ClaimReading:
        """Read ``name``, ``name(time)`` or ``name(time..time)``; problems as ValueError."""
        match = _READING.fullmatch(text.strip())
        if match is None or match[1] not in _TIMES:
            raise ValueError(f"{text[:60]!r} is no reading; allowed: {', '.join(get_args(ReadingName))}")
        times = tuple(parse_time(part) for part in (match[2] or "").split("..")) if match[2] else ()
        if len(times) != _TIMES[match[1]] or list(times) != sorted(set(times)):
            raise ValueError(f"{match[1]} takes {_TIMES[match[1]]} times, the later last")
        return cls.model_validate({"name": match[1], "times": times})

    @property
    def until(self) -> float:
        """How long the run must last, in hours."""
        return max([_LAST_HOURS, *self.times])

    def __str__(self) -> str:
        return f"{self.name}({'..'.join(f'{t:g}h' for t in self.times)})" if self.times else self.name


class _Readable(Protocol):
    """What is read from a cell's text."""

    @classmethod
    def parse(cls, text: str) -> object: ...


def parsed(kind: type[_Readable], *, optional: bool = False) -> BeforeValidator:
    """Text of a cell read as a condition or reading; where it is optional, an empty one is none.

    Examples
    --------
    >>> from pydantic import TypeAdapter
    >>> reading = TypeAdapter(Annotated[ClaimReading | None, parsed(ClaimReading, optional=True)])
    >>> str(reading.validate_python("value(1h)")), reading.validate_python("")
    ('value(1h)', None)
    """

    def read(value: object) -> object:
        if optional and value == "":
            return None
        return kind.parse(value) if isinstance(value, str) else value

    return BeforeValidator(read)


def check_expectation(expect: str, control: object, low: float | None, high: float | None) -> None:
    """Refuse an experiment whose expectation and columns do not go together.

    Raises
    ------
    ValueError
        In words.

    Examples
    --------
    >>> check_expectation("up", None, None, None)
    Traceback (most recent call last):
    ...
    ValueError: a direction needs a control, a value or an order takes none
    """
    if (expect in ("up", "down", "no_effect")) != (control is not None):
        raise ValueError("a direction needs a control, a value or an order takes none")
    if (expect == "value") != (low is not None and high is not None):
        raise ValueError("a value needs low and high")


class ClaimExperiment(TableRecord):
    """One experiment for one claim.

    ``readout`` is an observable, a species (``species:NAME``), a ratio ``A/B`` or an order
    ``A then B``. ``expect`` is the claim's own unless it is given. ``low`` and ``high`` bound
    a value; ``observation`` names the published number it repeats.
    """

    id: Annotated[
        str, Field(pattern=r"^C\d{3}[a-z]?$", description="Claim, and a letter when it has several.")
    ]
    context: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}(\+[A-Za-z0-9_]{2,40})*$")]
    readout: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_:/ ]{0,99}$")]
    reading: Annotated[ClaimReading, parsed(ClaimReading)]
    control: Annotated[Condition | None, parsed(Condition, optional=True)] = None
    perturbed: Annotated[Condition, parsed(Condition)]
    expect: Expect
    low: Number = None
    high: Number = None
    unit: Annotated[str, Field(max_length=20)] = ""
    observation: Annotated[str, Field(pattern=r"^([A-Z]{2}\d{2,4})?$")] = ""
    note: Prose = ""

    @model_validator(mode="after")
    def _agree(self) -> ClaimExperiment:
        check_expectation(self.expect, self.control, self.low, self.high)
        if (self.expect == "order") != (" then " in self.readout):
            raise ValueError("an order is read as 'A then B'")
        return self

    @property
    def claim(self) -> str:
        """Id of the claim."""
        return self.id[:4]

    @property
    def readouts(self) -> tuple[str, ...]:
        """The names in the readout."""
        return tuple(name.strip() for name in re.split(r" then |/", self.readout))


class Waiting(TableRecord):
    """The part that a claim, or the claims of a module and scale, wait for."""

    id: Annotated[str, Field(pattern=r"^(C\d{3}|[a-z_]+\.[a-z]+)$", description="Claim, or module.scale.")]
    part: Annotated[str, Field(min_length=3, max_length=60)]
    what: Annotated[str, Field(min_length=3, max_length=300, description="What it must bring.")]


class _Reason(TableRecord):
    id: Annotated[str, Field(pattern=r"^C\d{3}$")]
    reason: Annotated[str, Field(min_length=20, max_length=1000)]


def _table(name: str, kind: type[BaseModel]) -> list[tuple[int, BaseModel]]:
    data = files("jakstat.evidence").joinpath("data", name).read_bytes()
    lines, problems = read_lines(data, columns=tuple(kind.model_fields), file=name)
    records, faults = checked_records(lines, kind, file=name, key="id")
    if problems or faults:
        raise InputError([*problems, *faults])
    return list(records)


@lru_cache(maxsize=1)
def experiments() -> tuple[ClaimExperiment, ...]:
    """Every declared experiment, in the order of the table.

    Raises
    ------
    InputError
        A fault of the table, an unknown claim, or a claim of the records made an experiment.

    Examples
    --------
    >>> [e.id for e in experiments() if e.claim == "C025"]
    ['C025a', 'C025b', 'C025c']
    """
    claims = knowledge().claims
    rows = [
        (line, r) for line, r in _table("experiments.csv", ClaimExperiment) if isinstance(r, ClaimExperiment)
    ]
    problems = [
        Problem("record.orphan", f"{r.id}: no claim that can be an experiment", "experiments.csv", line)
        for line, r in rows
        if r.claim not in claims or claims[r.claim].scale == "record"
    ]
    if problems:
        raise InputError(problems)
    return tuple(r for _, r in rows)


@lru_cache(maxsize=1)
def _waiting() -> dict[str, Waiting]:
    return {r.id: r for _, r in _table("waiting.csv", Waiting) if isinstance(r, Waiting)}


def waits_for(claim: Claim) -> Waiting:
    """What a claim that cannot run waits for: its own row, or that of its module and scale.

    Examples
    --------
    >>> waits_for(knowledge().claims["C007"]).part
    'tumour/lineage'
    """
    rows = _waiting()
    return rows.get(claim.id) or rows[f"{claim.module}.{claim.scale}"]


@lru_cache(maxsize=1)
def reasons() -> dict[str, str]:
    """Why the model contradicts a claim or leaves it open, by claim."""
    return {r.id: r.reason for _, r in _table("reasons.csv", _Reason) if isinstance(r, _Reason)}
