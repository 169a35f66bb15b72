"""Scores of the clinic: ALBI, Child-Pugh and the BCLC stage; their limits are rows of ``scores.csv``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["albi", "albi_grade", "bclc_stage", "child_pugh", "child_pugh_class", "score_rows"]

_CLASSES = ((6, "A"), (9, "B"), (15, "C"))


@lru_cache(maxsize=1)
def score_rows() -> Mapping[str, Row]:
    """The rows of ``scores.csv``.

    Examples
    --------
    >>> score_rows()["ALBI_albumin"].value
    -0.085
    """
    text = files("jakstat.patients").joinpath("scores.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="patients/scores.csv")})


def _limit(name: str) -> float:
    return score_rows()[name].value


def albi(albumin: float, bilirubin: float) -> float:
    """ALBI score of albumin in g/L and bilirubin in umol/L (doi:10.1200/JCO.2014.57.9151).

    Examples
    --------
    >>> round(albi(40.0, 10.0), 3)
    -2.74
    """
    return _limit("ALBI_bilirubin") * math.log10(bilirubin) + _limit("ALBI_albumin") * albumin


def albi_grade(score: float) -> int:
    """Grade 1, 2 or 3 of an ALBI score.

    Examples
    --------
    >>> albi_grade(-2.74), albi_grade(-2.0), albi_grade(-1.0)
    (1, 2, 3)
    """
    return 1 + int(score > _limit("ALBI_grade_1")) + int(score > _limit("ALBI_grade_2"))


def child_pugh(albumin: float, bilirubin: float, inr: float, ascites: float, encephalopathy: float) -> int:
    """Child-Pugh points: albumin in g/L, bilirubin in umol/L, ascites and encephalopathy 0, 1 or 2.

    Examples
    --------
    >>> child_pugh(40.0, 10.0, 1.0, 0, 0), child_pugh(30.0, 40.0, 2.0, 1, 0)
    (5, 9)
    """
    points = (
        1 + int(bilirubin >= _limit("bilirubin_2_points")) + int(bilirubin > _limit("bilirubin_3_points"))
    )
    points += 1 + int(albumin <= _limit("albumin_2_points")) + int(albumin < _limit("albumin_3_points"))
    points += 1 + int(inr >= _limit("INR_2_points")) + int(inr > _limit("INR_3_points"))
    return points + 2 + int(ascites) + int(encephalopathy)


def child_pugh_class(points: int) -> str:
    """Class A (5 or 6 points), B (to 9) or C.

    Examples
    --------
    >>> child_pugh_class(6), child_pugh_class(7), child_pugh_class(10)
    ('A', 'B', 'C')
    """
    return next(name for most, name in _CLASSES if points <= most)


def bclc_stage(lesions: Sequence[float], ecog: float, points: int, *, spread: bool) -> str:
    """BCLC stage of a tumour: diameters in mm, performance status, Child-Pugh points, invasion or metastases.

    Examples
    --------
    >>> bclc_stage([60.0], 0, 5, spread=False), bclc_stage([40.0, 20.0], 0, 5, spread=False)
    ('A', 'B')
    >>> bclc_stage([20.0], 1, 5, spread=False), bclc_stage([20.0], 3, 5, spread=False)
    ('C', 'D')
    """
    if ecog > 2 or child_pugh_class(points) == "C":
        return "D"
    if spread or ecog > 0:
        return "C"
    small = len(lesions) <= _limit("few_lesions") and max(lesions) <= _limit("small_lesion")
    return "A" if len(lesions) == 1 or small else "B"
