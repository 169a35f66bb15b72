"""A table of lanes: one row per lane, one column per value to set."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import InputError, Problem
from jakstat.limits import LIMITS

__all__ = ["read_lanes"]


def read_lanes(text: str, *, file: str) -> dict[str, NDArray[np.float64]]:
    """Columns of a CSV table whose first row names parameters, compartments or species.

    Parameters
    ----------
    text : str
        The table.
    file : str
        Its name, for messages.

    Returns
    -------
    mapping of str to array, shape (lanes,)

    Raises
    ------
    InputError
        ``lanes.columns`` (names missing or repeated), ``lanes.row``, ``lanes.number``, ``lanes.count``.

    Examples
    --------
    >>> table = read_lanes("k,A\\n1,2\\n3,4\\n", file="x.csv")
    >>> {name: values.tolist() for name, values in table.items()}
    {'k': [1.0, 3.0], 'A': [2.0, 4.0]}
    """
    if len(text) > LIMITS.table_bytes:
        raise InputError([Problem("lanes.size", "the table is too large", file=file)])
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    names = [cell.strip() for cell in rows[0]] if rows else []
    if not names or not all(names) or len(set(names)) < len(names):
        raise InputError(
            [Problem("lanes.columns", "the first row must name each column once", file=file, line=1)]
        )
    if len(rows) < 2 or len(rows) - 1 > LIMITS.table_rows:
        raise InputError([Problem("lanes.count", f"{len(rows) - 1} lanes", file=file)])
    problems: list[Problem] = []
    values = np.empty((len(rows) - 1, len(names)))
    for number, row in enumerate(rows[1:]):
        if len(row) != len(names):
            problems.append(Problem("lanes.row", f"{len(row)} cells", file=file, line=number + 2))
            continue
        for column, cell in enumerate(row):
            value = _number(cell)
            if value is None:
                problems.append(
                    Problem(
                        "lanes.number",
                        f"'{cell[:40]}' is no number",
                        file=file,
                        line=number + 2,
                        field=names[column],
                    )
                )
            else:
                values[number, column] = value
        if len(problems) > LIMITS.series_points:
            break
    if problems:
        raise InputError(problems)
    return {name: values[:, i].copy() for i, name in enumerate(names)}


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
