"""The fit of the target genes: its split, its tool, and the agreement of the shipped constants."""

from __future__ import annotations

from scripts.fit_core.gene_points import GENE_SPLIT, gene_measurements, gene_points
from scripts.fit_core.places import read_csv
from scripts.fit_core.split import split_table

from shared_data import needs_shared


@needs_shared
def test_the_split_of_the_genes_follows_from_its_seed() -> None:
    divided = [p for p in gene_measurements() if p.context != "human_hepatocyte"]
    assert split_table(divided, "gene-fit-split") == GENE_SPLIT.read_text(encoding="utf-8")


def test_a_fifth_of_the_experiments_of_the_genes_is_kept() -> None:
    rows = read_csv(GENE_SPLIT)
    for data_set in {r["data_set"] for r in rows}:
        parts = [r["part"] for r in rows if r["data_set"] == data_set]
        assert parts.count("test") == round(0.2 * len(parts))
        assert set(parts) == {"fit", "test"}


@needs_shared
def test_every_point_of_a_gene_is_in_one_part() -> None:
    fit, test = gene_points("fit"), gene_points("test")
    assert len(fit) + len(test) == len(gene_measurements())
    assert not {p.series[:2] for p in fit} & {p.series[:2] for p in test}
    assert {p.gene for p in test if p.context == "mouse_hepatocyte"} == {
        "CXCL10", "FGG", "HAMP", "IL33", "APCS", "HP", "HPX",
    }  # fmt: skip
