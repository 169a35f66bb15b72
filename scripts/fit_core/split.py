"""The split of the experiments into a part to fit and a part to test, reproducible from its seed."""

from __future__ import annotations

from collections.abc import Iterable

from jakstat.streams import stream
from scripts.fit_core.gene_points import GenePoint
from scripts.fit_core.measurements import Point

__all__ = ["SEED", "TEST_SHARE", "split_table"]

SEED = 20261120
TEST_SHARE = 0.2


def split_table(points: Iterable[Point | GenePoint], purpose: str = "core-fit-split") -> str:
    """The split as CSV text: 20 % of each data set's experiments, by id, are for testing.

    Parameters
    ----------
    points : iterable of Point or GenePoint
        Every point of the data sets that are split.
    purpose : str
        Name of the random stream; ``gene-fit-split`` for the target genes.

    Returns
    -------
    str
        Columns data_set, experiment, part; a data set's experiments in alphabetical order.
    """
    experiments: dict[str, set[str]] = {}
    for point in points:
        experiments.setdefault(point.data_set, set()).add(point.experiment)
    lines = ["data_set,experiment,part"]
    for data_set, names in experiments.items():
        ids = sorted(names)
        order = stream(SEED, purpose, data_set).permutation(len(ids))
        test = {ids[i] for i in order[: round(TEST_SHARE * len(ids))]}
        lines += [f"{data_set},{name},{'test' if name in test else 'fit'}" for name in ids]
    return "\n".join(lines) + "\n"
