"""A cell of a user's own from a table of abundances: copies per cell, or what was measured in two cells.

Copies per cell of the whole cell go into the numbers that count the whole cell. Values of another unit
(TPM, intensities) need the same column of the cell that the new one is like; the ratio of the two multiplies
that cell's number. The range is that of :mod:`jakstat.knowledge.nearness`: copies are a measured number of
this cell; a ratio carries the range of the other cell's number over, wider by the factor for another cell,
and for mRNA by that for another reading too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from jakstat.answer_tables import TabledAnswer
from jakstat.biology.abundance_table import AbundanceEntry, read_abundances
from jakstat.biology.contexts import Context, context, parameters, read_context
from jakstat.biology.gene_levels import GeneLevel, gene_levels, modelled_genes
from jakstat.biology.own_contexts import save_context
from jakstat.calls import one_call
from jakstat.errors import problem
from jakstat.knowledge.nearness import FACETS, Range, widened
from jakstat.knowledge.parameter_table import USER, Row, read_table
from jakstat.store import NOTICE

__all__ = ["MatchedGene", "OwnCell", "own_cell", "told_genes"]

Done = Literal["set", "capped", "kept", "missing", "unknown"]
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class MatchedGene:
    """What became of one gene of the table.

    Parameters
    ----------
    gene : str
        Its HGNC symbol; the name of the table where the model has no such gene.
    entries : tuple of str
        The names of the table that were taken together.
    value, reference, ratio : float or None
        Of this cell, of the one it is like, and theirs; None where there is none.
    parameter : str
        The number of the cell that it goes into, or nothing.
    before, after : float or None
        That number in the cell that this one is like, and here.
    unit : str
    done : {"set", "capped", "kept", "missing", "unknown"}
    why : str
    """

    gene: str
    entries: tuple[str, ...]
    value: float | None
    reference: float | None
    ratio: float | None
    parameter: str
    before: float | None
    after: float | None
    unit: str
    done: Done
    why: str


@dataclass(frozen=True)
class OwnCell(TabledAnswer):
    """A cell made from a table of abundances.

    Parameters
    ----------
    name, like : str
        What it is called (empty if it is not kept), and the cell that it is like.
    question : str
    genes : tuple of MatchedGene
        In the order of the table.
    rows : tuple of Row
        The numbers that are the user's own.
    kept : tuple of str
        Genes whose number of the other cell stays, as the table says nothing of them.
    notes : tuple of str
    data_key : str
        SHA-256 of the table.
    value_unit : str
        In which its values are: 1/cell, or the name of their column.
    path : Path or None
        Where the cell is kept.
    """

    name: str
    like: str
    question: str
    genes: tuple[MatchedGene, ...]
    rows: tuple[Row, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]
    data_key: str
    value_unit: str
    path: Path | None = field(default=None, compare=False)

    def table_rows(self) -> Iterable[Mapping[str, Any]]:
        """A row for each gene of the table."""
        for g in self.genes:
            yield {
                "gene": g.gene, "entries": "; ".join(g.entries), "done": g.done, "value": g.value,
                "reference": g.reference, "value_unit": self.value_unit, "ratio": g.ratio,
                "parameter": g.parameter, "before": g.before, "after": g.after, "unit": g.unit, "why": g.why,
            }  # fmt: skip

    def to_document(self) -> dict[str, Any]:
        """The answer as JSON holds it.

        Returns
        -------
        dict
            ``kind`` ("own-cell"), ``name``, ``like``, ``question``, ``data_key``, ``genes``, ``numbers`` (id,
            value, unit, low, high, note), ``kept``, ``notes``, ``notice``.
        """
        numbers = [
            {"id": r.id, "value": r.value, "unit": r.unit, "low": r.low, "high": r.high, "grade": r.grade,
             "source": r.source, "note": r.note}
            for r in self.rows
        ]  # fmt: skip
        return {
            "kind": "own-cell",
            "name": self.name or None,
            "like": self.like,
            "question": self.question,
            "data_key": self.data_key,
            "genes": list(self.table_rows()),
            "numbers": numbers,
            "kept": list(self.kept),
            "notes": list(self.notes),
            "notice": NOTICE,
        }


@one_call
def own_cell(
    data: object,
    *,
    like: str,
    save: str | None = None,
    column: str | None = None,
    reference: str | None = None,
    log2: float | None = None,
    sheet: str | None = None,
    title: str = "",
    replace: bool = False,
) -> OwnCell:
    """A cell of your own from abundances of genes or proteins; with ``save`` every command takes it by name.

    Parameters
    ----------
    data : path, DataFrame or rows
        A column ``gene`` or ``uniprot`` (HGNC symbols, aliases, accessions), and copies per cell in
        ``copies``, or a value in ``column``; ``low`` and ``high`` (a range of the value) and ``replicate`` if
        there.
    like : str
        The cell that everything else comes from, e.g. ``"hepg2"``.
    save : str, optional
        Name under which it is kept.
    column : str, optional
        The column with the values of this cell, when it is not called ``copies`` or ``value``.
    reference : str, optional
        The column with the values of the cell that it is like, in the same unit. Ratios are then used.
    log2 : float, optional
        The values are log2(x + this): 1 for tables of DepMap, 0 for plain log2.
    sheet : str, optional
        Of a workbook.
    title : str
    replace : bool
        Whether it may replace one of your own of this name.

    Raises
    ------
    InputError
        ``own.row`` (nothing of the table is a number of the cell), ``abundance.*``, ``table.*``,
        ``own.name``, ``own.exists``, ``context.unknown``.

    Notes
    -----
    Entries of one gene (isoforms, protein groups) are summed; replicates of an entry are averaged before.
    0 is a value: the cell lacks it. An empty cell is none: the number of the other cell stays.

    Examples
    --------
    >>> cell = own_cell([{"gene": "STAT3", "copies": 250000}, {"gene": "ACTB", "copies": 1e8}], like="hepg2")
    >>> [(g.gene, g.done) for g in cell.genes], cell.rows[0].id, cell.rows[0].value
    ([('STAT3', 'set'), ('ACTB', 'unknown')], 'abundance_STAT3', 250000.0)
    """
    like = str(read_context(like))
    cell = context(like)
    table = read_abundances(data, column=column, reference=reference, log2=log2, sheet=sheet)
    known = {row.id: row for row in (*parameters(), *cell.rows)}
    found: list[MatchedGene] = []
    rows: list[Row] = []
    for gene, entries in table.by_gene().items():
        matched, row = _matched(gene, entries, cell, known, mrna=table.mrna, ratios=table.ratios)
        found.append(matched)
        rows += [] if row is None else [row]
    rows = _together(rows, ratios=table.ratios)
    if not rows:
        hint = f"genes with a number: {', '.join(level.genes[0] for level in gene_levels()[-16:])}, ..."
        why = "; ".join(dict.fromkeys(g.why for g in found))[:200] or "the table is empty"
        raise problem("own.row", f"no number of {like} can be set from it: {why}", file=table.file, hint=hint)
    said = {g for m in found if m.done in ("set", "capped") for g in m.gene.split("+")}
    kept = tuple(g for level in gene_levels() if not said & set(level.genes) for g in level.genes)
    path = None
    if save is not None:
        made_by = f"jakstat contexts --from {table.file} --like {like} --save {save}"
        path = save_context(
            save, like=like, rows=rows, title=title or f"{save}, a cell of your own",
            made_by=made_by, data_key=table.key, same_cell=False, replace=replace,
        )  # fmt: skip
    question = f"{save or 'a cell of your own'}, like {cell.told}; {table.in_words}"
    return OwnCell(
        save or "", like, question, tuple(found), tuple(rows), kept, table.notes, table.key, table.unit, path
    )


@lru_cache(maxsize=1)
def _cap() -> float:
    text = files("jakstat.biology").joinpath("own_cell_numbers.csv").read_text(encoding="utf-8")
    return read_table(text, file="biology/own_cell_numbers.csv")[0].value


def _level(gene: str) -> GeneLevel | None:
    return next((level for level in gene_levels() if gene in level.genes), None)


def _matched(
    gene: str,
    entries: Sequence[AbundanceEntry],
    cell: Context,
    known: Mapping[str, Row],
    *,
    mrna: bool,
    ratios: bool,
) -> tuple[MatchedGene, Row | None]:
    """What becomes of a gene, and the number that it sets."""
    names = tuple(dict.fromkeys(e.name for e in entries))
    both = [e for e in entries if e.value is not None and e.reference is not None]
    entries = both if ratios and both else [e for e in entries if e.value is not None] or entries
    value, other = _sum(e.value for e in entries), _sum(e.reference for e in entries)
    ratio = value / other if ratios and value is not None and other else None
    level = _level(gene)
    row = None if level is None else known.get(level.id)

    def told(done: Done, why: str, after: float | None = None) -> MatchedGene:
        before = None if row is None else row.value
        unit = "" if row is None else row.unit
        named = "" if level is None else level.id
        return MatchedGene(gene, names, value, other, ratio, named, before, after, unit, done, why)

    if level is None or row is None:
        if gene not in modelled_genes():
            return told("unknown", "the model does not have it"), None
        return told("kept", "the model has it, but no number says how much; it follows from the rest"), None
    if value is None:
        return told("missing", f"no value here; the number of {cell.name} stays"), None
    refused = _refusal(level, row, value, other, cell.name, ratios)
    if refused:
        return told("kept", refused), None
    summed = f"{len(entries)} entries summed; " if len(entries) > 1 else ""
    if ratios:
        done, new, why = _of_ratio(row, ratio, mrna=mrna)
    else:
        done, new, why = "set", _of_copies(entries, value), "copies per cell"
    if level.counts == "unit" and new.value > 0:
        why += "; its unit only: what the cell does follows its level, which is 1 at rest"
    note = f"{summed}{why}"
    final = Row(row.id, new.value, row.unit, new.low, new.high, USER, USER, note)
    return told(done, note, new.value), final


def _sum(values: Iterable[float | None]) -> float | None:
    found = [v for v in values if v is not None]
    return math.fsum(found) if found else None


def _refusal(level: GeneLevel, row: Row, value: float, other: float | None, like: str, ratios: bool) -> str:
    """Why a value cannot become the number, or nothing."""
    if ratios and other is None:
        return f"no value of {like} beside it"
    if ratios and other == 0:
        return f"{like} has 0 of it in the table, so there is no ratio; give copies per cell"
    if ratios and row.value == 0 and value > 0:
        return f"{like} lacks it in the model, so a ratio says nothing; give copies per cell"
    if not ratios and level.counts in ("surface", "nucleus"):
        where = "at the surface" if level.counts == "surface" else "in the nucleus"
        return f"the model counts it {where} and copies are of the whole cell; give --reference"
    if not ratios and level.counts == "relative":
        return "the model has it relative to HepG2; give --reference"
    if level.counts == "unit" and value == 0:
        return "0 is no unit to count it in"
    return ""


@dataclass(frozen=True, slots=True)
class _NewLevel:
    value: float
    low: float
    high: float


def _of_copies(entries: Sequence[AbundanceEntry], value: float) -> _NewLevel:
    """Copies per cell with their own range, or with that of a measured number."""
    lows, highs = ([getattr(e, end) for e in entries] for end in ("low", "high"))
    given = all(v is not None for v in (*lows, *highs))
    low, high = (math.fsum(lows), math.fsum(highs)) if given else (None, None)
    spread = widened(value, low, high, grade="measured", near=FACETS)
    return _NewLevel(value, spread.low, spread.high)


def _of_ratio(row: Row, ratio: float | None, *, mrna: bool) -> tuple[Done, _NewLevel, str]:
    """The other cell's number times the ratio, with its range, wider for another cell (and for mRNA)."""
    assert ratio is not None
    cap = _cap()
    used = ratio if ratio == 0 else min(max(ratio, 1 / cap), cap)
    near = {"species"} if mrna else {"species", "assay"}
    grade = "assumed" if row.grade == USER else row.grade
    spread = widened(row.value, row.low, row.high, grade=grade, near=near)
    if used == 0 or row.value == 0:
        spread = Range(0.0, 0.0)
    kind = "mRNA" if mrna else "protein"
    why = f"{ratio:.3g} times the number of the other cell, by {kind}"
    if used != ratio:
        why = f"{ratio:.3g} times, cut to {used:.3g} times the number of the other cell, by {kind}"
    return (
        "set" if used == ratio else "capped",
        _NewLevel(row.value * used, spread.low * used, spread.high * used),
        why,
    )


def _together(rows: Iterable[Row], *, ratios: bool) -> list[Row]:
    """Genes that one number counts together: their copies are added, of their ratios the mean is taken."""
    merged: dict[str, Row] = {}
    for row in rows:
        other = merged.get(row.id)
        if other is None:
            merged[row.id] = row
            continue
        share = 0.5 if ratios else 1.0
        merged[row.id] = Row(
            row.id, share * (row.value + other.value), row.unit, share * (row.low + other.low),
            share * (row.high + other.high), USER, USER, f"{other.note}; with another gene: {row.note}",
        )  # fmt: skip
    return list(merged.values())


def told_genes(genes: Sequence[MatchedGene]) -> Iterator[str]:
    """Lines about what was not set, a reason each.

    Examples
    --------
    >>> cell = own_cell([{"gene": "STAT3", "copies": 2e5}, {"gene": "ACTB", "copies": 1e8}], like="hepg2")
    >>> list(told_genes(cell.genes))
    ['1 not known (ACTB): the model does not have it']
    """
    words = {"kept": "kept", "missing": "without a value", "unknown": "not known"}
    reasons: dict[tuple[str, str], list[str]] = {}
    for g in genes:
        if g.done in words:
            reasons.setdefault((words[g.done], g.why), []).append(g.gene)
    for (word, why), names in reasons.items():
        few = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        yield f"{len(names)} {word} ({few}): {why}"
