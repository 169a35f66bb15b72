"""Bad input and failed lanes: the only two kinds of error the product knows.

Bad input becomes a list of :class:`Problem` records carried by one
:class:`InputError`; a simulation that fails becomes an :class:`Outcome` of its
lane and never raises.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["EXIT_BAD_INPUT", "InputError", "Note", "Outcome", "Problem", "problem"]

EXIT_BAD_INPUT = 2
"""Exit status of every command when its input is at fault."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in what the user gave.

    Parameters
    ----------
    code : str
        Stable, dotted name of the kind of fault, e.g. ``"unit.clash"``.
    message : str
        What is wrong, in one sentence.
    file, line, column, field : optional
        Where it is wrong, as far as known (lines and columns count from 1).
    hint : str
        What is allowed, or how to mend it.

    Examples
    --------
    >>> str(Problem("drug.unknown", "no drug 'ruxo'", field="--drug", hint="did you mean 'ruxolitinib'?"))
    "--drug: no drug 'ruxo'. did you mean 'ruxolitinib'? [drug.unknown]"
    """

    code: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    field: str | None = None
    hint: str = ""

    @property
    def place(self) -> str:
        """File, line, column and field joined as a reader expects, or ``""``."""
        numbers = [str(n) for n in (self.line, self.column) if n is not None]
        where = ":".join(([self.file] if self.file else []) + numbers)
        return " ".join(part for part in (where, self.field) if part)

    def to_dict(self) -> dict[str, str | int | None]:
        """The problem as JSON-ready fields."""
        return {
            "code": self.code,
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "field": self.field,
            "hint": self.hint,
        }

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        tail = f" {self.hint}" if self.hint else ""
        return f"{head}{self.message.rstrip('.')}.{tail} [{self.code}]"


@dataclass(frozen=True, slots=True)
class Note:
    """What was understood or put right in reading or writing a file, and changes what is computed or kept.

    Parameters
    ----------
    code : str
        As that of a :class:`Problem`.
    where : str
        The file or the element it is about.
    text : str
        One sentence.

    Examples
    --------
    >>> print(Note("sedml.algorithm", "sim1", "CVODE is replaced by rodas5p"))
    sim1: CVODE is replaced by rodas5p [sedml.algorithm]
    """

    code: str
    where: str
    text: str

    def to_dict(self) -> dict[str, str]:
        """The note as JSON-ready fields."""
        return {"code": self.code, "where": self.where, "text": self.text}

    def __str__(self) -> str:
        head = f"{self.where}: " if self.where else ""
        return f"{head}{self.text.rstrip('.')} [{self.code}]"


class InputError(ValueError):
    """Input that cannot be used; carries every problem found.

    Examples
    --------
    >>> error = InputError([Problem("dose.negative", "dose is -1 nM")])
    >>> [p.code for p in error.problems]
    ['dose.negative']
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


def problem(
    code: str,
    message: str,
    *,
    file: str | None = None,
    line: int | None = None,
    column: int | None = None,
    field: str | None = None,
    hint: str = "",
) -> InputError:
    """An :class:`InputError` with a single problem, ready to raise.

    Examples
    --------
    >>> raise problem("time.span", "--until is 0 h", hint="give a time above 0")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: --until is 0 h. give a time above 0 [time.span]
    """
    return InputError([Problem(code, message, file, line, column, field, hint)])


class Outcome(IntEnum):
    """How one lane of a simulation ended.

    Everything but ``OK`` is masked as NaN, and ``UNDEFINED_VALUE``: that is a lane whose states were
    solved, while a value made from them is NaN or infinite at some time; its values are kept.
    """

    OK = 0
    STEP_LIMIT = 1
    STEP_SIZE_UNDERFLOW = 2
    NOT_A_NUMBER = 3
    INFINITE = 4
    EVENT_STORM = 5
    NOT_STEADY = 6
    BAD_PARAMETER = 7
    NEGATIVE_STATE = 8
    INTERRUPTED = 9
    UNDEFINED_VALUE = 10

    @property
    def sentence(self) -> str:
        """What happened, and what to try, in one sentence."""
        return _SENTENCES[self]


_SENTENCES = {
    Outcome.OK: "the lane reached its end time",
    Outcome.STEP_LIMIT: "the step limit was reached; loosen the tolerances or shorten the time span",
    Outcome.STEP_SIZE_UNDERFLOW: "the step size fell to rounding error; look for a singular rate",
    Outcome.NOT_A_NUMBER: "a rate or value became NaN; look for 0/0 or the logarithm of a negative number",
    Outcome.INFINITE: "a value grew without bound",
    Outcome.EVENT_STORM: "events kept triggering each other without time passing",
    Outcome.NOT_STEADY: "no steady state was reached within the allowed time",
    Outcome.BAD_PARAMETER: "a parameter or initial value is no finite number, or a size is not above 0",
    Outcome.NEGATIVE_STATE: "an amount fell below minus ten times the absolute tolerance",
    Outcome.INTERRUPTED: "the run was interrupted before this lane ended",
    Outcome.UNDEFINED_VALUE: "the states are finite, a value made from them is not; look for a division by 0",
}
