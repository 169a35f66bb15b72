"""A published observation as an experiment that can be run: protocol, reading, bracket."""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from jakstat.knowledge.cell_values import SourceKeys, plain_number
from jakstat.knowledge.table_record import TableRecord, check_bracket
from jakstat.units import parse_time

__all__ = ["Measure", "MeasureName", "Observation", "ProtocolText", "Role", "Unit"]

Role = Literal["fit", "predict", "input"]
Unit = Literal["min", "%", "ng/ml", "nM", "uM", "1/cell", "ratio", "fold"]
MeasureName = Literal[
    "time_of_peak",
    "share_of_peak",
    "share_of_start",
    "peak_over_start",
    "value",
    "ec50",
    "ic50",
    "ec50_ratio",
    "mean_ratio",
    "abundance",
    "period",
]
# How many times each measure takes: a point, a window, either, or none.
_TIMES: dict[str, tuple[int, ...]] = {
    "time_of_peak": (2,),
    "share_of_peak": (1, 2),
    "share_of_start": (1,),
    "peak_over_start": (2,),
    "value": (1,),
    "ec50": (1,),
    "ic50": (1,),
    "ec50_ratio": (1,),
    "mean_ratio": (2,),
    "abundance": (0,),
    "period": (2,),
}
_UNITS: dict[str, tuple[str, ...]] = {
    "time_of_peak": ("min",),
    "share_of_peak": ("%",),
    "share_of_start": ("%",),
    "peak_over_start": ("fold",),
    "ec50": ("ng/ml", "nM", "uM"),
    "ic50": ("ng/ml", "nM", "uM"),
    "ec50_ratio": ("fold",),
    "mean_ratio": ("fold",),
    "abundance": ("1/cell",),
    "period": ("min",),
}
_AGAINST = ("ec50_ratio", "mean_ratio")
_MEASURE = re.compile(r"([a-z0-9_]{1,40})(?:\(([^()]{1,60})\))?")
_CLAUSES = {"stimulus": "stimuli", "drug": "drugs", "treat": "treatments", "perturb": "perturbations"}


class ProtocolText(TableRecord):
    """What is done to the cells, in the words of the command line.

    Examples
    --------
    >>> ProtocolText.parse("stimulus IL6=40ng/ml; perturb SOCS3=0").perturbations
    ('SOCS3=0',)
    """

    stimuli: Annotated[tuple[str, ...], Field(description="As after --stimulus.")] = ()
    drugs: Annotated[tuple[str, ...], Field(description="As after --drug.")] = ()
    treatments: Annotated[tuple[str, ...], Field(description="As after --treat.")] = ()
    perturbations: Annotated[tuple[str, ...], Field(description="As after --knockdown.")] = ()

    @classmethod
    def parse(cls, text: str) -> ProtocolText:
        """Read the clauses of a table cell; ``none`` is a protocol without any.

        Raises
        ------
        ValueError
            A clause that starts with none of the four words, or says nothing.
        """
        found: dict[str, list[str]] = {field: [] for field in _CLAUSES.values()}
        for clause in () if text.strip() == "none" else text.split(";"):
            word, _, rest = clause.strip().partition(" ")
            if word not in _CLAUSES or not rest.strip():
                allowed = ", ".join(_CLAUSES)
                raise ValueError(
                    f"{clause.strip()!r} is no clause; a clause is one of {allowed} and what it takes"
                )
            found[_CLAUSES[word]].append(rest.strip())
        return cls(**{field: tuple(entries) for field, entries in found.items()})

    def __str__(self) -> str:
        words = ((word, entry) for word, field in _CLAUSES.items() for entry in getattr(self, field))
        return "; ".join(f"{word} {entry}" for word, entry in words) or "none"


class Measure(TableRecord):
    """What is read off a run, and when (hours).

    Examples
    --------
    >>> Measure.parse("share_of_peak(90min..3h)")
    Measure(name='share_of_peak', times=(1.5, 3.0))
    """

    name: MeasureName
    times: Annotated[
        tuple[float, ...], Field(max_length=2, description="Hours: none, a point, or a window.")
    ] = ()

    @classmethod
    def parse(cls, text: str) -> Measure:
        """Read ``name``, ``name(time)`` or ``name(time..time)``.

        Raises
        ------
        ValueError
            An unknown measure, a time that is none, or the wrong number of times.
        """
        match = _MEASURE.fullmatch(text.strip())
        if match is None or match[1] not in _TIMES:
            raise ValueError(f"{text[:60]!r} is no measure; allowed: {', '.join(get_args(MeasureName))}")
        inside = match[2] or ""
        times = tuple(parse_time(part) for part in inside.split("..")) if inside else ()
        return cls.model_validate({"name": match[1], "times": times})

    @model_validator(mode="after")
    def _fits(self) -> Measure:
        if len(self.times) not in _TIMES[self.name]:
            wanted = " or ".join(("no time", "one time", "a window a..b")[n] for n in _TIMES[self.name])
            raise ValueError(f"{self.name} takes {wanted}")
        if any(t < 0 for t in self.times) or list(self.times) != sorted(set(self.times)):
            raise ValueError("times must not be negative, and a window must run forward")
        return self


class Observation(TableRecord):
    """One published number with its bracket, and the experiment that gives it.

    ``low`` and ``high`` bound what the model may say to count as agreeing; the
    role tells whether the number was used in fitting (fit), kept out (predict), or
    put into the model (input).
    """

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}\d{2,4}$")]
    context: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    what: Annotated[str, Field(min_length=1, max_length=300, description="In words.")]
    protocol: ProtocolText
    against: Annotated[ProtocolText | None, Field(description="The control of a ratio.")] = None
    observable: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
    measure: Measure
    value: Annotated[float, Field(allow_inf_nan=False), BeforeValidator(plain_number)]
    low: Annotated[float, Field(allow_inf_nan=False), BeforeValidator(plain_number)]
    high: Annotated[float, Field(allow_inf_nan=False), BeforeValidator(plain_number)]
    unit: Unit
    role: Role
    source: SourceKeys
    note: Annotated[str, Field(max_length=1000)] = ""

    @field_validator("protocol", mode="before")
    @classmethod
    def _protocol(cls, value: object) -> object:
        return ProtocolText.parse(value) if isinstance(value, str) else value

    @field_validator("against", mode="before")
    @classmethod
    def _against(cls, value: object) -> object:
        if value == "":
            return None
        return ProtocolText.parse(value) if isinstance(value, str) else value

    @field_validator("measure", mode="before")
    @classmethod
    def _measure(cls, value: object) -> object:
        return Measure.parse(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _agree(self) -> Observation:
        check_bracket(self.value, self.low, self.high)
        allowed = _UNITS.get(self.measure.name, ())
        if allowed and self.unit not in allowed:
            raise ValueError(f"{self.measure.name} is given in {' or '.join(allowed)}, not {self.unit}")
        if (self.against is not None) != (self.measure.name in _AGAINST):
            raise ValueError(f"a control (against) goes with {' and '.join(_AGAINST)}, and only with them")
        return self

    def agrees(self, model: float) -> bool:
        """Whether what the model says lies in the bracket; NaN never does.

        Examples
        --------
        >>> row = {"id": "CT01", "context": "hepg2", "what": "peak", "protocol": "stimulus IL6=10ng/ml"}
        >>> row |= {"observable": "pSTAT3", "measure": "time_of_peak(0h..4h)", "value": "20", "low": "10"}
        >>> row |= {"high": "30", "unit": "min", "role": "fit", "source": "zeilfelder2025"}
        >>> Observation.model_validate(row).agrees(25.0)
        True
        """
        return math.isfinite(model) and self.low <= model <= self.high
