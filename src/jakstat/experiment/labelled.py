"""A labelled result within the product: what an ``xarray.Dataset`` holds, without loading xarray.

xarray and pandas take longer to load than a command takes to simulate. What is printed, or written as
JSON or as a table, needs neither; figures and the Python interface have the dataset itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jakstat.errors import problem
from jakstat.tables import is_file

if TYPE_CHECKING:
    import xarray as xr

    AnyDataset: TypeAlias = "xr.Dataset | Labelled"

__all__ = ["Labelled", "LabelledArray", "as_dataset", "read_result"]

_LISTS = {"axes", "control", "notes", "readouts", "sources"}


@dataclass(frozen=True, slots=True)
class LabelledArray:
    """Values, the names of their axes, and what they are."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attrs: dict[str, Any] = field(default_factory=dict)

    @property
    def sizes(self) -> dict[str, int]:
        """Length of each of its dimensions."""
        return dict(zip(self.dims, self.values.shape, strict=True))

    @staticmethod
    def of(dims: str | tuple[str, ...], values: Any, attrs: Mapping[str, Any] | None = None) -> LabelledArray:
        """From the entries of a dataset's variable."""
        named = (dims,) if isinstance(dims, str) else tuple(dims)
        return LabelledArray(named, np.asarray(values), dict(attrs or {}))


class Labelled:
    """Variables, coordinates and attributes, named as those of an ``xarray.Dataset``.

    Parameters
    ----------
    variables, coords : mapping of str to tuple
        Dimensions, values and, if there are any, attributes of each.
    attrs : mapping

    Examples
    --------
    >>> made = Labelled({"x": (("lane", "time"), [[1.0, 2.0]], {"units": "nM"})}, {"time": ("time", [0, 1])})
    >>> made["x"].attrs["units"], made.sizes, made.to_dataset()["x"].sel(time=1).item()
    ('nM', {'lane': 1, 'time': 2}, 2.0)
    """

    def __init__(
        self,
        variables: Mapping[str, tuple[Any, ...]],
        coords: Mapping[str, tuple[Any, ...]],
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        self.data_vars = {name: LabelledArray.of(*entry) for name, entry in variables.items()}
        self.coords = {name: LabelledArray.of(*entry) for name, entry in coords.items()}
        self.attrs: dict[str, Any] = dict(attrs or {})

    @property
    def sizes(self) -> dict[str, int]:
        """Length of each dimension."""
        found: dict[str, int] = {}
        for array in (*self.data_vars.values(), *self.coords.values()):
            found.update(array.sizes)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.data_vars or name in self.coords

    def __getitem__(self, name: str) -> LabelledArray:
        return self.data_vars[name] if name in self.data_vars else self.coords[name]

    def __setitem__(self, name: str, entry: tuple[Any, ...]) -> None:
        self.data_vars[name] = LabelledArray.of(*entry)

    def to_dataset(self) -> xr.Dataset:
        """The same as a dataset."""
        import xarray as xr

        tables = [
            {name: (a.dims, a.values, a.attrs) for name, a in table.items()}
            for table in (self.data_vars, self.coords)
        ]
        return xr.Dataset(tables[0], coords=tables[1], attrs=self.attrs)


def read_result(path: str | Path) -> xr.Dataset:
    """A result that was written with ``result.to_netcdf(path)``, as it was.

    Of a list of one name netCDF keeps the name only; here it is a list again.

    Raises
    ------
    InputError
        ``file.missing``, ``result.unreadable``.

    Examples
    --------
    >>> read_result("nowhere.nc")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.nc: there is no such file. [file.missing]
    """
    import xarray as xr

    file = Path(path)
    if not is_file(file):
        raise problem("file.missing", "there is no such file", file=file.name)
    try:
        found = xr.load_dataset(file, engine="h5netcdf")
    except (OSError, ValueError) as error:
        message = f"the file is no netCDF result: {str(error)[:80]}"
        raise problem("result.unreadable", message, file=file.name) from None
    for name in _LISTS & set(found.attrs):
        value = found.attrs[name]
        found.attrs[name] = [value] if isinstance(value, str) else [str(v) for v in value]
    return found


def as_dataset(result: AnyDataset) -> xr.Dataset:
    """The dataset of a result that may be one already."""
    return result.to_dataset() if isinstance(result, Labelled) else result
