"""Reading a table of abundances: genes or proteins by any name, their values, and those of a reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jakstat.biology.gene_levels import gene_of
from jakstat.errors import InputError, Problem, problem
from jakstat.spreadsheets import read_in_words, read_spreadsheet, table_of
from jakstat.tables import Table, TableLine

__all__ = ["AbundanceEntry", "AbundanceTable", "read_abundances"]

_GENE = ("gene", "symbol", "gene_symbol", "hgnc", "hgnc_symbol", "gene_name", "gene_names", "genes",
         "protein", "protein_name", "name")  # fmt: skip
_ACCESSION = ("uniprot", "accession", "uniprot_id", "protein_id", "protein_ids", "majority_protein_ids",
              "entry", "uniprot_accession")  # fmt: skip
_COPIES = ("copies", "copies_per_cell", "copy_number", "copy_numbers", "molecules_per_cell", "molecules",
           "copies/cell")  # fmt: skip
_NAMES: Mapping[str, str] = {
    **dict.fromkeys(_GENE, "gene"),
    **dict.fromkeys(_ACCESSION, "uniprot"),
    **dict.fromkeys(_COPIES, "copies"),
    "value": "value",
    "low": "low",
    "high": "high",
    "replicate": "replicate",
}
_MRNA = ("tpm", "fpkm", "rpkm", "rna", "cpm", "counts")
_SHOWN = 8
_LOGARITHM = ("log2", "log_2", "log10", "ln(")


@dataclass(frozen=True, slots=True)
class AbundanceEntry:
    """One name of the table with its values, the mean of its replicates; None where there is none."""

    name: str
    value: float | None
    reference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class AbundanceTable:
    """A table of abundances.

    Parameters
    ----------
    file, key : str
        Its name and SHA-256.
    entries : tuple of (gene, AbundanceEntry)
        By the name of the table where the model has no such gene.
    unit : str
        1/cell, or the name of the column that is compared with a reference.
    mrna, ratios : bool
        Whether mRNA was measured; whether the values count relative to those of a reference.
    in_words : str
    notes : tuple of str
    """

    file: str
    key: str
    entries: tuple[tuple[str, AbundanceEntry], ...]
    unit: str
    mrna: bool
    ratios: bool
    in_words: str
    notes: tuple[str, ...]

    def by_gene(self) -> dict[str, list[AbundanceEntry]]:
        """The entries of each gene; of one that the model does not have, under its own name."""
        return _by_gene(self.entries)


def _by_gene(entries: Iterable[tuple[str, AbundanceEntry]]) -> dict[str, list[AbundanceEntry]]:
    found: dict[str, list[AbundanceEntry]] = {}
    for gene, entry in entries:
        found.setdefault(gene, []).append(entry)
    return found


def _entries(
    lines: Sequence[tuple[tuple[str, str], AbundanceEntry]], *, replicates: bool
) -> tuple[tuple[str, AbundanceEntry], ...]:
    """The entries by gene, in the order of the table; replicates of one name become their mean."""
    if not replicates:
        return tuple((gene, entry) for (gene, _), entry in lines)
    of: dict[tuple[str, str], list[AbundanceEntry]] = {}
    for key, entry in lines:
        of.setdefault(key, []).append(entry)
    return tuple((gene, _mean(found)) for (gene, _), found in of.items())


def read_abundances(
    data: object,
    *,
    column: str | None = None,
    reference: str | None = None,
    log2: float | None = None,
    sheet: str | None = None,
) -> AbundanceTable:
    """A table of abundances; arguments as :func:`jakstat.biology.own_cell.own_cell` takes them.

    Raises
    ------
    InputError
        ``abundance.column``, ``abundance.negative``, ``abundance.log``, and what reading a table raises; with
        every line at fault.

    Examples
    --------
    >>> rows = [{"Symbol": "gp130", "TPM": "8", "ref": "4"}, {"Symbol": "P40763-2", "TPM": "NA", "ref": "3"}]
    >>> table = read_abundances(rows, column="TPM", reference="ref")
    >>> [(gene, e[0].value, e[0].reference) for gene, e in table.by_gene().items()], table.mrna
    ([('IL6ST', 8.0, 4.0), ('STAT3', None, 3.0)], True)
    """
    given = {name: other for name, other in _NAMES.items() if name not in (column, reference)}
    given |= {own: own for own in (column, reference) if own}
    if isinstance(data, str | Path):
        table = read_spreadsheet(data, field="--from", columns=(), names=given, sheet=sheet)
    else:
        table = table_of(data, name="data", names=given)
    taken = _value_column(table, column, reference)
    _check_heads(table, taken, reference, log2)
    problems = list(table.problems)
    lines = [
        line
        for line in (_line(table, line, taken, reference, log2, problems) for line in table.lines)
        if line
    ]
    if problems:
        raise InputError(problems)
    entries = _entries(lines, replicates="replicate" in table.columns)
    said = f"{taken} over {reference}" if reference else f"{taken}, copies per cell"
    notes: list[str] = []
    twice = sorted({gene for gene, of in _by_gene(entries).items() if len(of) > 1})
    if twice:
        few = ", ".join(twice[:_SHOWN]) + (f" and {len(twice) - _SHOWN} more" if len(twice) > _SHOWN else "")
        hint = "" if "replicate" in table.columns else "; a column replicate has repeats averaged instead"
        notes.append(f"{few}: more than one line, taken for isoforms and summed{hint}")
    if reference:
        notes.append("ratios are used as they stand: normalise the two columns to each other first")
    mrna = any(word in f"{taken} {table.units.get(taken, '')}".casefold() for word in _MRNA)
    unit = f"{taken} of the table" if reference else "1/cell"
    return AbundanceTable(
        table.file, table.key, entries, unit, mrna, reference is not None,
        f"{read_in_words(table)}; {said}", tuple(notes),
    )  # fmt: skip


def _value_column(table: Table, column: str | None, reference: str | None) -> str:
    """The column with the values."""
    missing = [name for name in (column, reference) if name and name not in table.columns]
    has = f"the table has {', '.join(table.columns[:12])}"
    if missing:
        raise InputError(
            Problem("abundance.column", f"there is no column {name!r}", table.file, table.head_line, hint=has)
            for name in missing
        )
    if not {"gene", "uniprot"} & set(table.columns):
        hint = f"call it gene (or uniprot); {has}"
        raise problem("abundance.column", "no column names genes or proteins", file=table.file, hint=hint)
    if column:
        if reference is None and table.units.get(column, "").casefold() not in ("1/cell", "copies"):
            hint = "give --reference COLUMN, the same of the cell that it is like; or call the column copies"
            message = f"{column} is not said to be copies per cell, so it needs a reference"
            raise problem("abundance.column", message, file=table.file, hint=hint)
        return column
    for name in ("copies", "value"):
        if name in table.columns and (name == "copies" or reference):
            return name
    hint = f"call it copies, or say --column and --reference; {has}"
    raise problem("abundance.column", "no column of copies per cell", file=table.file, hint=hint)


def _check_heads(table: Table, taken: str, reference: str | None, log2: float | None) -> None:
    """Values that are logarithms are said to be."""
    heads = [name for name in (taken, reference) if name]
    logs = [h for h in heads if any(w in f"{h} {table.units.get(h, '')}".casefold() for w in _LOGARITHM)]
    if logs and log2 is None:
        hint = "say --log2 1 for log2(x + 1), --log2 0 for log2(x), or give linear values"
        raise problem("abundance.log", f"{logs[0]} holds logarithms", file=table.file, hint=hint)


def _line(
    table: Table,
    line: TableLine,
    taken: str,
    reference: str | None,
    log2: float | None,
    problems: list[Problem],
) -> tuple[tuple[str, str], AbundanceEntry] | None:
    names = [table.cell(line, c) for c in ("gene", "uniprot") if c in table.columns]
    said = [cell.text.strip() for cell in names if not cell.missing]
    if not said:
        problems.append(
            names[0].fault("abundance.name", "no gene or protein is named", "name it or drop the line")
        )
        return None
    gene = next((found for text in said if (found := gene_of(text)) is not None), said[0])
    values: dict[str, float | None] = {}
    for name in (taken, reference, "low", "high"):
        if name and name in table.columns:
            try:
                values[name] = _value(table, line, name, log2)
            except InputError as error:
                problems += error.problems
    low, high = values.get("low"), values.get("high")
    value = values.get(taken)
    if value is not None and not (low if low is not None else value) <= value <= (
        high if high is not None else value
    ):
        problems.append(table.cell(line, taken).fault("abundance.range", f"{value:g} lies outside low..high"))
    entry = AbundanceEntry(said[0], value, values.get(reference) if reference else None, low, high)
    return (gene, said[-1]), entry


def _value(table: Table, line: TableLine, name: str, log2: float | None) -> float | None:
    cell = table.cell(line, name)
    if cell.missing:
        return None
    number = cell.number()
    if log2 is not None:
        number = max(2.0**number - log2, 0.0) if number < 200 else float("inf")
    if not 0 <= number < 1e12:
        hint = "0 means that the cell lacks it; leave a missing value empty; say --log2 1 for log2(x + 1)"
        raise InputError([cell.fault("abundance.negative", f"{cell.text} is no amount", hint)])
    return number


def _mean(entries: Sequence[AbundanceEntry]) -> AbundanceEntry:
    """The mean of the replicates of an entry, over those that have a value."""

    def mean(field: str) -> float | None:
        found = list(_there(entries, field))
        return sum(found) / len(found) if found else None

    return AbundanceEntry(entries[0].name, *(mean(f) for f in ("value", "reference", "low", "high")))


def _there(entries: Sequence[AbundanceEntry], field: str) -> Iterator[float]:
    for entry in entries:
        value = getattr(entry, field)
        if value is not None:
            yield value
