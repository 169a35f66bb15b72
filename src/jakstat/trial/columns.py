"""Columns of the tables of a trial: each is defined once, with its kind, its unit and what it is."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.extras import needs

__all__ = ["TrialColumn", "arrow_table", "trial_column", "trial_columns"]


@dataclass(frozen=True, slots=True)
class TrialColumn:
    """A column, or with ``*`` in its name a family of them.

    Parameters
    ----------
    table : str
        patients, options, visits or courses.
    name : str
    kind : str
        int, number, flag or text.
    unit, what : str
    """

    table: str
    name: str
    kind: str
    unit: str
    what: str


@lru_cache(maxsize=1)
def trial_columns() -> tuple[TrialColumn, ...]:
    """Every column, in the order of ``columns.csv``.

    Examples
    --------
    >>> [c.name for c in trial_columns() if c.table == "options"][:4]
    ['patient', 'arm', 'burden', 'era']
    """
    text = files("jakstat.trial").joinpath("columns.csv").read_text(encoding="utf-8")
    return tuple(TrialColumn(**row) for row in csv.DictReader(text.splitlines()))


def trial_column(table: str, name: str) -> TrialColumn:
    """The column of a table by name; KeyError when there is none.

    Examples
    --------
    >>> trial_column("patients", "base_IL6").unit
    'as in a patient file'
    """
    own = [c for c in trial_columns() if c.table == table]
    for column in (*(c for c in own if "*" not in c.name), *(c for c in own if "*" in c.name)):
        if fnmatchcase(name, column.name):
            return column
    raise KeyError(f"{table} has no column {name}")


def arrow_table(
    table: str,
    values: Mapping[str, Sequence[Any] | NDArray[Any]],
    units: Mapping[str, str] | None = None,
) -> Any:
    """A table of Arrow, each column with the type of its kind and its unit.

    Parameters
    ----------
    table : str
    values : mapping of str to sequence
        All equally long.
    units : mapping of str to str, optional
        Of columns that belong to a family.

    Returns
    -------
    pyarrow.Table

    Examples
    --------
    >>> arrow_table("options", {"patient": [3], "death_h": [float("inf")]}).schema.types
    [DataType(int64), DataType(double)]
    """
    with needs("trial"):
        import pyarrow as pa

    types = {"int": pa.int64(), "number": pa.float64(), "flag": pa.bool_(), "text": pa.string()}
    fields, arrays = [], []
    for name, values_of in values.items():
        column = trial_column(table, name)
        plain = [str(v) for v in values_of] if column.kind == "text" else np.asarray(values_of)
        arrays.append(pa.array(plain, type=types[column.kind]))
        fields.append(
            pa.field(name, types[column.kind], metadata={"unit": (units or {}).get(name, column.unit)})
        )
    return pa.table(arrays, schema=pa.schema(fields))
