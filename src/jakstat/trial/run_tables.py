"""The tables of a trial that was run, as arrays over arms and patients."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jakstat.arrays import Floats
from jakstat.errors import problem
from jakstat.extras import needs
from jakstat.places import Place

__all__ = ["SCREENED_OUT", "RunTables", "from_arrow", "read_run_tables"]

SCREENED_OUT = "INELIGIBLE"
"""What stands under ``failed`` for a patient whom the design does not let in."""
_KEYS = ("patient", "arm")
_TEXTS = ("arm", "burden", "era", "residual", "response")


@dataclass(frozen=True, slots=True)
class RunTables:
    """A trial's patients, each in every arm, and what was seen at visits.

    Parameters
    ----------
    arms : tuple of str
        The first is the control.
    ids : int array (patients,)
    columns : mapping of str to array (arms, patients)
        The table of patients; a row that is not there is NaN, False or ``MISSING`` under ``failed``.
    options : mapping of str to array (rows,)
        Deaths under every structural option; ``arm`` and ``patient`` are places in the two above.
    visits : mapping of str to array (rows,)
        The same for visits.
    """

    arms: tuple[str, ...]
    ids: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]
    options: Mapping[str, NDArray[Any]]
    visits: Mapping[str, NDArray[Any]]

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def has(self, endpoint: str) -> bool:
        """Whether a time-to-event endpoint is in the tables, and anyone has a time."""
        return f"{endpoint}_h" in self.columns and bool(np.isfinite(self[f"{endpoint}_h"]).any())

    @property
    def ran(self) -> NDArray[np.bool_]:
        """Whether the patient was simulated in the arm, (arms, patients)."""
        return np.asarray(self["failed"] == "")

    @property
    def eligible(self) -> NDArray[np.bool_]:
        """Whether the design lets the patient in, (patients,)."""
        return np.asarray(~(self["failed"] == SCREENED_OUT).any(axis=0))

    @property
    def everywhere(self) -> NDArray[np.bool_]:
        """Whether the patient was simulated in every arm, (patients,)."""
        return np.asarray(self.ran.all(axis=0))

    @property
    def assigned(self) -> NDArray[np.bool_]:
        """Whether the patient was randomised to the arm and simulated in it, (arms, patients)."""
        return np.asarray(self["assigned"].astype(bool) & self.ran)

    @property
    def weights(self) -> Floats | None:
        """How much each patient counts, (patients,); None when all count the same."""
        found = np.nanmax(np.where(np.isfinite(self["weight"]), self["weight"], 0.0), axis=0)
        same = found[self.eligible]
        return None if not len(same) or np.allclose(same, same[0]) else np.asarray(found)

    def first(self, name: str) -> NDArray[Any]:
        """A column of the first visit, which is the same in every arm it is known in, (patients,)."""
        values = self[name]
        known = np.isfinite(values) if values.dtype.kind == "f" else values != ""
        return np.asarray(values[known.argmax(axis=0), np.arange(len(self.ids))])

    def weights_of(self, members: NDArray[Any]) -> Floats | None:
        """Weights of some patients; None when all count the same."""
        return None if self.weights is None else self.weights[members]


def _array(values: Any) -> NDArray[Any]:
    """A column of Arrow as an array; of a text each row points to one of a few words."""
    with needs("trial"):
        import pyarrow as pa

    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        coded = values if pa.types.is_dictionary(kind) else values.dictionary_encode()
        coded = coded.unify_dictionaries().combine_chunks()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.chunk(0) if coded.num_chunks else pa.array([], pa.string()).dictionary_encode()
        words = np.array(["", *coded.dictionary.to_pylist()], dtype=object)
        return np.asarray(words[coded.indices.fill_null(-1).to_numpy() + 1])
    if pa.types.is_boolean(kind):
        return np.asarray(values.fill_null(False).to_numpy(), dtype=bool)
    return np.asarray(values.to_numpy())


def _placed(names: Sequence[Any] | NDArray[Any], values: NDArray[Any]) -> NDArray[np.int64]:
    known = np.asarray(names)
    order = np.argsort(known)
    return np.asarray(order[np.searchsorted(known[order], values)], dtype=np.int32)


def _arm_places(arms: Sequence[str], values: NDArray[Any]) -> NDArray[np.int32]:
    """Which arm of the design each row is of.

    Raises
    ------
    InputError
        ``trial.tables``.
    """
    known = {name: place for place, name in enumerate(arms)}
    other = set(values.tolist()) - known.keys()
    if other:
        raise problem("trial.tables", f"the tables have an arm {min(other)!r} that the design has not")
    return np.fromiter((known[name] for name in values), dtype=np.int32, count=len(values))


def _spread(
    values: NDArray[Any], shape: tuple[int, int], place: NDArray[np.int64], name: str
) -> NDArray[Any]:
    """Rows of a table over arms and patients."""
    if values.dtype.kind in "iuf":
        whole: NDArray[Any] = np.full(shape, np.nan)
    elif values.dtype.kind == "b":
        whole = np.zeros(shape, dtype=bool)
    else:
        whole = np.full(shape, "MISSING" if name == "failed" else "", dtype=object)
    whole.reshape(-1)[place] = values
    return whole


def _rows(table: Any, arms: Sequence[str], ids: NDArray[np.int64]) -> Mapping[str, NDArray[Any]]:
    if table is None:
        return MappingProxyType({})
    found = {name: _array(table.column(name)) for name in table.column_names if name not in _KEYS}
    found["arm"] = _arm_places(arms, _array(table.column("arm")))
    found["patient"] = _placed(ids, _array(table.column("patient")))
    return MappingProxyType(found)


def _columns(table: Any, arms: Sequence[str]) -> tuple[NDArray[np.int64], Mapping[str, NDArray[Any]]]:
    """Numbers of the patients, and the columns of their table over arms and patients."""
    needed = {*_KEYS, "failed"} - set(table.column_names)
    if needed:
        raise problem("trial.tables", f"the table of patients has no column {min(needed)!r}")
    numbers = _array(table.column("patient")).astype(np.int64)
    ids = np.unique(numbers)
    place = _arm_places(arms, _array(table.column("arm"))) * len(ids) + np.searchsorted(ids, numbers)
    shape = (len(arms), len(ids))
    names = [name for name in table.column_names if name not in _KEYS]
    return ids, MappingProxyType(
        {name: _spread(_array(table.column(name)), shape, place, name) for name in names}
    )


def from_arrow(arms: Sequence[str], patients: Any, options: Any = None, visits: Any = None) -> RunTables:
    """The tables from those of Arrow.

    Parameters
    ----------
    arms : sequence of str
        In the order of the design, the control first.
    patients, options, visits : pyarrow.Table

    Raises
    ------
    InputError
        ``trial.tables``: an arm of the tables is not one of the design, or a column is missing.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rows = {"patient": [7, 7], "arm": ["b", "a"], "failed": ["", "NAN"], "OS_h": [2.0, None]}
    >>> found = from_arrow(["a", "b"], pa.table(rows))
    >>> found["OS_h"].tolist(), found.everywhere.tolist()
    ([[nan], [2.0]], [False])
    """
    ids, columns = _columns(patients, arms)
    return RunTables(tuple(arms), ids, columns, _rows(options, arms, ids), _rows(visits, arms, ids))


def read_run_tables(place: Place, arms: Sequence[str], *, visits: Sequence[str] | None = None) -> RunTables:
    """The tables of a run.

    Parameters
    ----------
    place : Place
    arms : sequence of str
        As the design has them.
    visits : sequence of str, optional
        Columns of the table of visits to read; all when not given.

    Raises
    ------
    InputError
        ``trial.tables``: a table is missing or cannot be read.
    """
    wanted = None if visits is None else [*_KEYS, *visits]
    ids, columns = _columns(_table(place, "patients", None), arms)
    options = _rows(_table(place, "options", None), arms, ids)
    return RunTables(tuple(arms), ids, columns, options, _rows(_table(place, "visits", wanted), arms, ids))


def _table(place: Place, name: str, columns: list[str] | None) -> Any:
    with needs("trial"):
        from pyarrow import parquet

    file = f"{name}.parquet"
    try:
        source = io.BytesIO(place.read(file)) if place.local is None else place.local / file
        return parquet.read_table(source, columns=columns, read_dictionary=list(_TEXTS))
    except (OSError, ValueError) as error:
        raise problem(
            "trial.tables",
            f"the table of {name} cannot be read: {str(error)[:200]}",
            file=place.told(file),
            hint="a run that was stopped goes on with --resume; `jakstat trial repair` mends its files",
        ) from error
