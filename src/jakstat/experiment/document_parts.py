"""What the documents of all questions share: plain values, head and foot, and their rows as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jakstat.store import NOTICE, attribute

if TYPE_CHECKING:
    from jakstat.experiment.labelled import AnyDataset

__all__ = ["csv_table", "foot", "head"]


def head(found: AnyDataset) -> dict[str, Any]:
    """How every document begins."""
    return {"context": found.attrs["context"], "question": attribute(found.attrs, "question")}


def foot(found: AnyDataset) -> dict[str, Any]:
    """How every document ends."""
    return {"notes": found.attrs["notes"], "manifest": attribute(found.attrs, "manifest"), "notice": NOTICE}


def csv_table(rows: Iterable[Mapping[str, Any]], asked: str) -> str:
    """The rows of a document as a table: a column for each number, what was asked and the notice above.

    What is nested gets names like ``IC50_value``; of a list only text is kept. Numbers read back exactly, and
    nothing is an empty cell.

    Examples
    --------
    >>> row = {"drug": "a", "IC50": {"value": 0.1, "unit": "nM"}, "acts_on": ["JAK1", "JAK2"]}
    >>> print(csv_table([row], "hepg2"))
    # For research; not for treating a patient.
    # hepg2
    drug,IC50_value,IC50_unit,acts_on
    a,0.1,nM,JAK1; JAK2
    <BLANKLINE>
    """
    flat = [dict(_flat(row)) for row in rows]
    heads = list(dict.fromkeys(name for row in flat for name in row))
    out = io.StringIO()
    out.write(f"# {NOTICE}\n# {asked}\n")
    writer = csv.DictWriter(out, heads, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}_{inner}", v) for inner, v in _flat(value))
        elif not isinstance(value, list):
            yield name, value
        elif all(isinstance(v, str) for v in value):
            yield name, "; ".join(value)
