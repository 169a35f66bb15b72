"""The two data sets as typed points, each with its condition, its noise and its part of the split.

Left out, and why:

- sobotta2017: rows outside ``core_calibration`` or not used by the authors (columns that they
  set aside); values that are not above zero, which have no logarithm.
- zeilfelder2025: rows outside the authors' IL-6 core fit; ``mcyto_obs`` and ``mnuc_obs`` (total
  protein of the fractions, which the model does not have) and ``stat3_abs`` (the abundance that
  the context is given); values that are not above zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from scripts.fit_core.places import HERE, ROOT, read_csv, shared_data

__all__ = ["CONTEXTS", "SPLIT_FILE", "Condition", "Point", "measurements", "points", "split_of"]

CONTEXTS = ("mouse_hepatocyte", "hepg2")
SPLIT_FILE = ROOT / "src" / "jakstat" / "knowledge" / "data" / "core_fit_split.csv"

# What each measured column is in the model, and what turns the model's unit (zmol, share) into it.
_MOUSE = {
    "pJAK1_wb": "pJAK1",
    "pgp130_wb": "pgp130",
    "pSTAT3_wb": "pSTAT3",
    "pSTAT3_lumi": "pSTAT3",
    "npSTAT3_wb": "pSTAT3_nuclear",
    "SOCS3_wb": "SOCS3",
    "SOCS3_qpcr": "SOCS3_mRNA",
    "pSTAT3_ms": "pSTAT3_share_cytoplasmic",
    "ntSTAT3_ratio": "STAT3_nuclear_cytoplasmic_ratio",
    "SOCS3_abs": "SOCS3",
    "JAK1_gp130_abs": "IL6ST_total",
    "ctSTAT3_abs": "STAT3_cytoplasmic",
}
_HEPG2 = {
    "SOCS3_qpcr_scaled": "SOCS3_mRNA",
    "binding_sites": "IL6_binding_sites",
    "cSOCS3_wb": "SOCS3",
    "cpSTAT3_wb_scaled": "pSTAT3_cytoplasmic",
    "npSTAT3_wb_scaled": "pSTAT3_nuclear",
    "ctSTAT3_wb_scaled": "STAT3_cytoplasmic",
    "ntSTAT3_wb_scaled": "STAT3_nuclear",
    "tpSTAT3_wb_scaled": "pSTAT3",
    "socs3_abs": "SOCS3",
    "gp130_abs": "IL6ST_total",
}
_PERCENT = 100.0
_PER_MOUSE_CYTOPLASM = 1.0 / 12.67  # nM of a cytoplasm of 12.67 pL, the volume of the published model
_FACTORS = {
    "pSTAT3_ms": _PERCENT,
    "SOCS3_abs": _PER_MOUSE_CYTOPLASM,
    "JAK1_gp130_abs": _PER_MOUSE_CYTOPLASM,
    "ctSTAT3_abs": _PER_MOUSE_CYTOPLASM,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """What was done to the cells; times in hours from the addition of IL-6.

    ``ruxolitinib_nM`` and ``stattic_uM`` are given at ``drug_at_h``; ``actinomycin_D`` is the
    window in which transcription is blocked (no end: None).
    """

    il6_ng_ml: float
    il6_end_h: float | None = None
    ruxolitinib_nM: float = 0.0
    stattic_uM: float = 0.0
    drug_at_h: float = -1.0
    actinomycin_D: tuple[float, float | None] | None = None
    cycloheximide: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One measured value: where it is from, what it is in the model, its log10 and noise.

    ``relative`` points have a scale (and background) of their own per data set, experiment and
    measured column; ``factor`` turns the model's unit into the measured one; ``of_start``: the
    value is in per cent of the value at time 0.
    """

    data_set: str
    context: str
    experiment: str
    measured: str
    observable: str
    condition: Condition
    time_h: float
    log10_value: float
    relative: bool
    sd: float
    factor: float
    of_start: bool

    @property
    def scale(self) -> tuple[str, str, str]:
        """What shares one scale and one background."""
        return (self.data_set, self.experiment, self.measured)


def _hours(minutes: str) -> float | None:
    return float(minutes) / 60.0 if minutes else None


def _number(text: str) -> float:
    return float(text) if text else math.nan


def _assumed_noise(data_set: str) -> dict[str, float]:
    rows = read_csv(HERE / "noise.csv")
    return {r["measured"]: float(r["sd_log10"]) for r in rows if r["data_set"] == data_set}


def _published_noise() -> dict[tuple[str, str], float]:
    """Standard deviation on log10 per experiment and column, as the authors of sobotta2017 fitted it."""
    table = {}
    for row in read_csv(shared_data() / "sobotta2017" / "sobotta2017_core_noise_model.csv"):
        experiment = row["dataset"]
        for prefix in ("bohl_", "braun_app_", "braun_calibration_", "braun_"):
            experiment = experiment.removeprefix(prefix)
        table[experiment, row["observable"]] = float(row["sd_log10"])
    return table


def _mouse_condition(row: Mapping[str, str]) -> Condition:
    drug_times = {_hours(row[k]) for k in ("rux_time_min", "stattic_time_min")} - {None}
    if len(drug_times) > 1:
        raise ValueError(f"{row['experiment']}: drugs at different times")
    start = _hours(row["actd_from_min"])
    given = row["rux_time_min"] != ""
    return Condition(
        il6_ng_ml=float(row["il6_ng_ml"]),
        il6_end_h=_hours(row["il6_end_min"]),
        ruxolitinib_nM=float(row["rux_nM"]) if given else 0.0,
        stattic_uM=float(row["stattic_uM"]),
        drug_at_h=next((t for t in drug_times if t is not None), -1.0),
        actinomycin_D=None if start is None else (start, _hours(row["actd_to_min"])),
    )


def _mouse_points() -> list[Point]:
    published, assumed = _published_noise(), _assumed_noise("sobotta2017")
    found = []
    for row in read_csv(shared_data() / "sobotta2017" / "sobotta2017_tidy.csv"):
        value = _number(row["value"])
        used = row["group"] == "core_calibration" and _number(row["used_by_authors"]) == 1
        if not used or not value > 0:
            continue
        measured, experiment = row["observable"], row["experiment"]
        known = published.get((experiment, measured))
        found.append(
            Point(
                data_set="sobotta2017",
                context="mouse_hepatocyte",
                experiment=experiment,
                measured=measured,
                observable=_MOUSE[measured],
                condition=_mouse_condition(row),
                time_h=float(row["time_min"]) / 60.0,
                log10_value=math.log10(value),
                relative=measured.endswith(("_wb", "_lumi", "_qpcr")),
                sd=assumed[measured] if known is None else known,
                factor=_FACTORS.get(measured, 1.0),
                of_start=False,
            )
        )
    return found


def _hepg2_points() -> list[Point]:
    noise = _assumed_noise("zeilfelder2025")
    found = []
    for row in read_csv(shared_data() / "zeilfelder2025" / "zeilfelder2025_hepg2_tidy.csv"):
        measured, value = row["observable"], _number(row["value"])
        if row["in_il6_core_fit"] != "1" or measured not in _HEPG2 or not value > 0:
            continue
        found.append(
            Point(
                data_set="zeilfelder2025",
                context="hepg2",
                experiment=f"{row['dataset']}/{row['exp_id'] or '-'}",
                measured=measured,
                observable=_HEPG2[measured],
                condition=Condition(
                    il6_ng_ml=float(row["il6_ng_ml"]), cycloheximide=float(row["cycloheximide"]) == 1
                ),
                time_h=float(row["time_min"]) / 60.0,
                log10_value=math.log10(value),
                relative=row["unit"].startswith("au"),
                sd=noise[measured],
                factor=_FACTORS.get(measured, 1.0),
                of_start=measured == "binding_sites",
            )
        )
    return found


@lru_cache(maxsize=1)
def measurements() -> tuple[Point, ...]:
    """Every point of both data sets, in the order of the files."""
    return (*_mouse_points(), *_hepg2_points())


@lru_cache(maxsize=1)
def split_of() -> Mapping[tuple[str, str], str]:
    """Data set and experiment to ``fit`` or ``test``, as committed."""
    return {(r["data_set"], r["experiment"]): r["part"] for r in read_csv(SPLIT_FILE)}


def points(*parts: str) -> tuple[Point, ...]:
    """The points whose experiments are in one of ``parts`` (``fit``, ``test``)."""
    split = split_of()
    return tuple(p for p in measurements() if split[p.data_set, p.experiment] in parts)
