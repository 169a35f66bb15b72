"""Rows of a test of which only some run in `make test`; the others are `long`, for `make verify`."""

import pytest

CELLS = ("hepg2", "mouse_hepatocyte", "hcc_stem_like", "kupffer")
"""One cell of each species, one with the part that only some cells have, and one that takes up much IL-6."""


def rest_long(rows, few):
    """All rows, with every one that is not among ``few`` marked as long.

    A name in ``few`` that is no row would take a test away unseen.
    """
    rows, few = list(rows), list(few)
    assert [name for name in few if name not in rows] == []
    return [row if row in few else pytest.param(row, marks=pytest.mark.long) for row in rows]
