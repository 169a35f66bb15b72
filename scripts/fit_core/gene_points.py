"""The mRNA (and pSMAD) measurements that the target genes are fitted to, as typed points.

Taken, and what is left out:

- sobotta2017 (mouse): rows of ``app_calibration`` that the authors used.
- zeilfelder2025 (HepG2): HAMP, ID1, ID3, SMAD6 and pSMAD under IL-6, BMP2 and noggin up to 4 h; not those
  with diclofenac, acetaminophen, dorsomorphin, cycloheximide or actinomycin D.
- human hepatocytes: FGG and CRP of the summary over donors; it is one table, all of it to fit.
- Values that are not above zero have no logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from scripts.fit_core.places import ROOT, read_csv, shared_data

__all__ = ["GENE_SPLIT", "GeneCondition", "GenePoint", "gene_measurements", "gene_points"]

GENE_SPLIT = ROOT / "src" / "jakstat" / "knowledge" / "data" / "gene_fit_split.csv"
_HUMAN = "zeilfelder2025_human"
_OTHERS = ("dcf_uM", "apap_mM", "dorsomorphin_uM", "cycloheximide")
_LAST_MIN = 240.0


@dataclass(frozen=True, slots=True)
class GeneCondition:
    """What the cells got at time 0, in ng/ml."""

    IL6: float
    BMP2: float = 0.0
    noggin: float = 0.0


@dataclass(frozen=True, slots=True)
class GenePoint:
    """One measured value: where it is from, of which gene, under what, when, its log10.

    A series (data set, experiment, measured column) has a scale and a background of its own.
    """

    data_set: str
    context: str
    experiment: str
    measured: str
    gene: str
    condition: GeneCondition
    time_h: float
    log10_value: float

    @property
    def series(self) -> tuple[str, str, str]:
        """What shares one scale and one background."""
        return (self.data_set, self.experiment, self.measured)


def _number(text: str) -> float:
    return float(text) if text else 0.0


def _mouse() -> list[GenePoint]:
    found = []
    for row in read_csv(shared_data() / "sobotta2017" / "sobotta2017_tidy.csv"):
        used = row["group"] == "app_calibration" and row["used_by_authors"] == "1"
        if used and _number(row["value"]) > 0:
            found.append(_point("sobotta2017", "mouse_hepatocyte", row["experiment"], row))
    return found


def _hepg2() -> list[GenePoint]:
    found = []
    for row in read_csv(shared_data() / "zeilfelder2025" / "zeilfelder2025_hepg2_tidy.csv"):
        gene, _, rest = row["observable"].partition("_")
        taken = gene in ("HAMP", "ID1", "ID3", "SMAD6", "pSMAD") and not rest.startswith("noHK")
        plain = not row["actd_from_min"] and not any(_number(row[c]) for c in _OTHERS)
        if taken and plain and _number(row["value"]) > 0 and float(row["time_min"]) <= _LAST_MIN:
            name = f"{row['dataset']}/{row['exp_id'] or '-'}"
            found.append(_point("zeilfelder2025", "hepg2", name, row))
    return found


def _human() -> list[GenePoint]:
    found = []
    for row in read_csv(shared_data() / "zeilfelder2025" / "human_hepatocyte_summary.csv"):
        if row["observable"] in ("CRP_qPCR_scaled", "FGG_qPCR_scaled"):
            found.append(_point(_HUMAN, "human_hepatocyte", "donors", {**row, "value": row["rel_mean"]}))
    return found


def _point(data_set: str, context: str, experiment: str, row: Mapping[str, str]) -> GenePoint:
    measured = row["observable"]
    given = (row["il6_ng_ml"], row.get("bmp2_ng_ml", ""), row.get("noggin_ng_ml", ""))
    return GenePoint(
        data_set=data_set,
        context=context,
        experiment=experiment,
        measured=measured,
        gene=measured.partition("_")[0],
        condition=GeneCondition(*(_number(text) for text in given)),
        time_h=float(row["time_min"]) / 60.0,
        log10_value=math.log10(float(row["value"])),
    )


@lru_cache(maxsize=1)
def gene_measurements() -> tuple[GenePoint, ...]:
    """Every point, in the order of the files."""
    return (*_mouse(), *_hepg2(), *_human())


def gene_points(*parts: str) -> tuple[GenePoint, ...]:
    """The points whose experiments are in one of ``parts`` (``fit``, ``test``)."""
    split = {(r["data_set"], r["experiment"]): r["part"] for r in read_csv(GENE_SPLIT)}
    return tuple(p for p in gene_measurements() if split.get((p.data_set, p.experiment), "fit") in parts)
