"""Which species' cells a ligand acts on."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from jakstat.tables import read_cells

__all__ = ["acts_on"]


@lru_cache(maxsize=1)
def _table() -> tuple[tuple[str, str, frozenset[str]], ...]:
    data = files("jakstat.pharmacology").joinpath("ligands.csv").read_bytes()
    table = read_cells(
        data, file="pharmacology/ligands.csv", columns=("id", "origin", "acts_on"), others=True
    )
    rows = (line.cells for line in table.sound().lines)
    return tuple((row["id"], row["origin"], frozenset(row["acts_on"].split(";"))) for row in rows)


def acts_on(ligand: str, *, origin: str, cells: str) -> bool:
    """Whether ``ligand`` from the species ``origin`` acts on ``cells`` of a species.

    A ligand that the table does not name is taken to act.

    Examples
    --------
    >>> acts_on("IL6", origin="human", cells="mouse"), acts_on("IL6", origin="mouse", cells="human")
    (True, False)
    """
    for name, source, targets in _table():
        if (name, source) == (ligand, origin):
            return cells in targets
    return True
