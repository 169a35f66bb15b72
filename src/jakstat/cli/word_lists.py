"""What may be named where: lists of readouts, stimuli, drugs, genes and kinds of cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import typer

__all__ = ["LISTED", "readout_rows", "show_rows", "stimulus_rows"]


def readout_rows(part: str | None = None) -> list[dict[str, Any]]:
    """Every readout: its name, unit, meaning, part and the other words for it.

    Parameters
    ----------
    part : str, optional
        Only those of one part.

    Examples
    --------
    >>> next(row for row in readout_rows("stat3") if row["name"] == "pSTAT3")["unit"]
    '1/cell'
    """
    from jakstat.biology import part as known_part
    from jakstat.biology import part_names
    from jakstat.biology.observables import part_observables
    from jakstat.biology.words import other_words

    names = part_names() if part is None else (known_part(part).name,)
    return [
        {
            "name": o.name,
            "unit": {"dimensionless": "1", "zmol": "1/cell"}.get(o.unit, o.unit),
            "title": o.title,
            "part": name,
            "also": list(other_words("readout", o.name)),
        }
        for name in names
        for o in part_observables([name])
    ]


def stimulus_rows() -> list[dict[str, Any]]:
    """Every ligand that may be given, the units of its dose, its part and the other words for it.

    Examples
    --------
    >>> next(row for row in stimulus_rows() if row["name"] == "IL6")["units"]
    'ng/ml or nM'
    """
    from jakstat.biology import dissolved, parameters
    from jakstat.biology.selection import defined_in
    from jakstat.biology.words import other_words
    from jakstat.pharmacology import library_agents

    drugs = {a.model_symbol for a in library_agents()}
    known = {row.id for row in parameters()}
    given = [name for name in dissolved() if not drugs & {name, *name.split("_")}]
    return [
        {
            "name": name,
            "units": "ng/ml or nM" if f"molar_mass_{name}" in known else "nM",
            "part": defined_in()[name],
            "also": list(other_words("ligand", name)),
        }
        for name in given
    ]


def _gene_rows() -> list[dict[str, Any]]:
    from jakstat.biology import genes
    from jakstat.biology.words import other_words

    return [{"name": gene, "also": list(other_words("gene", gene))} for gene in sorted(genes())]


def _drug_rows(kind: str) -> list[dict[str, Any]]:
    from jakstat.pharmacology import library_agents

    agents = [a for a in library_agents() if a.kind == kind]
    return [{"name": a.name, "target": a.target.replace(";", ", "), "also": list(a.aliases)} for a in agents]


def _cell_rows() -> list[dict[str, Any]]:
    from jakstat.biology import context, contexts

    return [{"name": name, "title": context(name).title} for name in contexts()]


def _state_rows() -> list[dict[str, Any]]:
    from jakstat.biology import state, states

    return [{"name": name, "title": state(name).title} for name in states()]


def _part_rows() -> list[dict[str, Any]]:
    from jakstat.biology import part, part_names
    from jakstat.biology.selection import SETS

    sets = [{"name": name, "title": title} for name, title in SETS.items()]
    return sets + [{"name": name, "title": part(name).title} for name in part_names()]


LISTED: Mapping[str, Callable[[], list[dict[str, Any]]]] = {
    "context": _cell_rows,
    "stimulus": stimulus_rows,
    "drug": lambda: _drug_rows("drug"),
    "knockdown": _gene_rows,
    "treatment": lambda: _drug_rows("switch"),
    "state": _state_rows,
    "parts": _part_rows,
    "observe": readout_rows,
    "readout": readout_rows,
}
"""What the word ``list`` shows in place of a name, by option."""


def show_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print names with what they mean."""
    rows = list(rows)
    width = max((len(row["name"]) for row in rows), default=0) + 2
    for row in rows:
        told = [str(v) for k, v in row.items() if k not in ("name", "also") and v]
        also = f" (also {', '.join(row['also'])})" if row.get("also") else ""
        typer.echo(f"{row['name']:<{width}}{'; '.join(told)}{also}".rstrip())
