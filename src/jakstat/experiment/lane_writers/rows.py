"""One piece as rows: one per lane and time, or one per lane when only summaries are kept."""

from __future__ import annotations

import numpy as np

from jakstat.experiment.lane_writers.layout import Block, Layout
from jakstat.extras import needs

with needs("store"):
    import pyarrow as pa

__all__ = ["schema", "table"]


def schema(layout: Layout) -> pa.Schema:
    """Names and types of the columns; units are in the fields' metadata."""
    fields = [pa.field("lane", pa.string() if layout.named else pa.int64())]
    if layout.times is not None:
        fields.append(pa.field("time", pa.float64(), metadata={"unit": layout.time_unit}))
    fields += [
        pa.field(c.name, pa.float64(), metadata={"unit": c.unit, "title": c.title}) for c in layout.columns
    ]
    fields += [
        pa.field("outcome", pa.string()),
        pa.field("failure_time", pa.float64(), metadata={"unit": layout.time_unit}),
        pa.field("failure_species", pa.string()),
    ]
    return pa.schema(fields)


def table(block: Block, layout: Layout, *, empty_nan: bool = False) -> pa.Table:
    """The rows of a piece.

    Parameters
    ----------
    block, layout
        The piece and the shape of the file.
    empty_nan : bool
        Whether NaN becomes an empty cell.
    """
    times = layout.times
    count = 1 if times is None else len(times)
    rows = np.repeat(np.arange(block.lanes), count)

    def text(values: list[str]) -> pa.Array:
        return pa.array(values, pa.string()).take(pa.array(rows))

    def reals(values: np.ndarray) -> pa.Array:
        return pa.array(values, pa.float64(), from_pandas=empty_nan)

    labels = block.labels
    arrays = [text(labels) if isinstance(labels, list) else pa.array(labels[rows])]
    if times is not None:
        arrays.append(reals(np.tile(times, block.lanes)))
    arrays += [reals(np.ascontiguousarray(block.values[c.name]).reshape(-1)) for c in layout.columns]
    arrays += [
        text(block.outcome_names),
        reals(block.failure_times[rows]),
        text(list(block.failure_species)),
    ]
    return pa.Table.from_arrays(arrays, schema=schema(layout))
