"""Measured concentrations in one question: readings without a model and, for a drug, those of its model.

With a drug its band lies behind the samples; ``check`` adds a visual predictive check and ``fit`` the
individual fits.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from jakstat.answer_tables import TabledAnswer
from jakstat.arrays import Floats
from jakstat.calls import one_call
from jakstat.errors import InputError, Problem, problem
from jakstat.pharmacology.individual_fits import IndividualFits, individual_fits
from jakstat.pharmacology.noncompartmental import AREA_RULES
from jakstat.pharmacology.observed_check import PredictiveCheck, model_band, predictive_check
from jakstat.pharmacology.observed_data import BLQ_RULES, ObservedConcentrations
from jakstat.pharmacology.observed_file import ObservedReading, read_observed
from jakstat.pharmacology.observed_model import ObservedDesign, observed_design, residual_error
from jakstat.pharmacology.observed_readings import (
    OBSERVED_READINGS,
    IntervalOfDose,
    observed_readings,
    over_subjects,
)
from jakstat.pharmacology.pk_library import PkModel, pk_model
from jakstat.pharmacology.posterior_modes import ErrorModel
from jakstat.units import Kind, parse_number, parse_quantity

__all__ = ["ObservedExposure", "ReadingWords", "observed_exposure"]


class ReadingWords(TypedDict, total=False):
    """How a file is to be read, as :class:`~jakstat.pharmacology.observed_file.ObservedReading` holds it."""

    unit: str
    time_unit: str
    dose_unit: str
    route: str
    dose: str
    duration: str
    dose_time: str
    interval: str
    lloq: float | None
    log_values: bool
    compartment: int | None
    ignore: str | Sequence[str]
    columns: str | Sequence[str]
    sheet: str | None


@dataclass(frozen=True, slots=True)
class ObservedExposure(TabledAnswer):
    """What was measured and what it tells.

    Parameters
    ----------
    data : ObservedConcentrations
    rule, blq : str
        How areas were taken, and what was done with values below the limit.
    rows : tuple of IntervalOfDose
        Readings by profile and dose.
    summary : mapping
        Of each reading over them.
    drug : PkModel, optional
    error : ErrorModel, optional
    error_said : str
        Where the residual error comes from.
    design, band, check, fits : optional
        Of the drug's model.
    """

    data: ObservedConcentrations
    rule: str
    blq: str
    rows: tuple[IntervalOfDose, ...]
    summary: Mapping[str, Mapping[str, float]]
    drug: PkModel | None = None
    error: ErrorModel | None = None
    error_said: str = ""
    design: ObservedDesign | None = None
    band: Mapping[str, Floats] | None = None
    check: PredictiveCheck | None = None
    fits: IndividualFits | None = None

    @property
    def heading(self) -> str:
        """File and first of its SHA-256, subjects, samples."""
        data = self.data
        people = f"{len(data.subjects)} subject{'s' * (len(data.subjects) != 1)}"
        return f"{data.file} (SHA-256 {data.key[:8]}): {data.rows} rows, {people}, {data.samples} samples"

    @property
    def question(self) -> str:
        """What was read and asked, in one line: file and first of its SHA-256, rows, rules."""
        data = self.data
        below = int(sum(p.below.sum() for p in data.profiles))
        words = [
            self.heading,
            *(
                [f"{below} below the limit ({self.blq}: {BLQ_RULES[self.blq].partition(': ')[2]})"]
                if below
                else []
            ),
            f"areas {self.rule}",
            *data.notes,
        ]
        return "; ".join(words)

    def unit(self, reading: str) -> str:
        """Unit of a reading."""
        return OBSERVED_READINGS[reading][0].format(c=self.data.unit)

    def table_rows(self) -> list[dict[str, Any]]:
        """The readings: a row for each profile, dose and reading."""
        return [
            {"subject": r.subject, "profile": r.profile, "dose_number": r.number, "reading": name,
             "value": value, "unit": self.unit(name)}
            for r in self.rows
            for name, value in r.values.items()
        ]  # fmt: skip

    def _repr_html_(self) -> str:
        """A table of the readings for a notebook."""
        frame = self.to_dataframe()
        wide = frame.pivot_table(
            index=["profile", "dose_number"], columns="reading", values="value", sort=False
        )
        return f"<p>{html.escape(self.question)}</p>" + str(wide.to_html(float_format="{:.4g}".format))


@one_call
def observed_exposure(
    data: object,
    drug: str | None = None,
    *,
    rule: str = AREA_RULES[0],
    blq: str = "pknca",
    with_peak: bool = False,
    steady: bool = False,
    check: bool = False,
    fit: bool = False,
    corrected: bool = False,
    since_last: bool = False,
    bins: str = "",
    sets: int = 500,
    error: str = "",
    population: str | None = None,
    covariates: Mapping[str, float] | None = None,
    seed: int = 1,
    **reading: Unpack[ReadingWords],
) -> ObservedExposure:
    """Noncompartmental readings of measured concentrations, and a drug's model beside them.

    Parameters
    ----------
    data : path, DataFrame, list of rows or dict of columns
        A NONMEM data set, or a spreadsheet with subject, time, concentration and dose.
    drug : str, optional
        Of the library; its model is set beside the data.
    rule : {"linear-up log-down", "linear"}
        Of areas.
    blq : {"pknca", "M1", "M3", "M5", "M6", "M7"}
        Rule on values below the limit of quantification.
    with_peak : bool
        Whether the peak may be a point of the terminal slope.
    steady : bool
        Whether the last interval of repeated doses is at steady state.
    check : bool
        With a visual predictive check.
    fit : bool
        With individual fits (empirical Bayes).
    corrected, since_last, bins, sets
        Of the check: prediction-corrected, time from the last dose, edges or number of bins, simulated sets.
    error : str
        Residual error, as ``20 %`` or ``20 % + 0.1 mg/L``; the drug's own when not given.
    population : str, optional
        Whose medians stand for covariates that the data do not have.
    covariates : mapping, optional
        Covariates that all subjects share.
    seed : int
    **reading
        Units, route and dose where the file does not tell them, lines to ignore: ``unit="ng/mL"``,
        ``time_unit``, ``dose_unit``, ``route``, ``dose="320 mg"``, ``duration``, ``dose_time``, ``interval``,
        ``lloq``, ``log_values``, ``compartment``, ``ignore``, ``columns``, ``sheet``.

    Returns
    -------
    ObservedExposure

    Raises
    ------
    InputError
        Every problem of the file, with its line; ``observed.*``, ``option.value``, ``drug.unknown``.

    Examples
    --------
    >>> rows = {"subject": ["a"] * 5, "time": [0, 1, 2, 4, 8], "conc": [0, 8, 4, 1, 0.0625], "dose": [10] * 5}
    >>> found = observed_exposure(rows, unit="mg/L")
    >>> round(found.summary["half_life"]["median"], 6), found.unit("CL")
    (1.0, 'L/h')
    """
    _check_words(rule, blq, drug, model=check or fit)
    model = None if drug is None else pk_model(drug)
    how = _how(reading)
    table = read_observed(data, how, drug=None if model is None else model.id)
    _check_limits(table, blq)
    rows = observed_readings(table, rule=rule, blq=blq, with_peak=with_peak, steady=steady)
    found = ObservedExposure(table, rule, blq, rows, over_subjects(rows), model)
    if model is None:
        return found
    residual, said = _error(error, model)
    design = observed_design(
        table, model, population=population, covariates=covariates, zeros=residual.additive > 0
    )
    checked = None
    if check:
        checked = predictive_check(
            design,
            residual,
            sets=sets,
            seed=seed,
            bins=_bins(bins),
            corrected=corrected,
            since_last=since_last,
        )
    fits = None
    if fit:
        fits = individual_fits(design, residual, blq="M3" if blq == "pknca" else blq, seed=seed)
    return ObservedExposure(
        table, rule, blq, rows, found.summary, model, residual, said, design, model_band(design, seed=seed),
        checked, fits,
    )  # fmt: skip


def _how(words: ReadingWords) -> ObservedReading:
    """The way of reading; a text of columns or of one condition stands for a list."""
    given: dict[str, Any] = dict(words)
    for name, split in (("ignore", False), ("columns", True)):
        one = given.get(name)
        if isinstance(one, str):
            given[name] = tuple(one.replace(",", " ").split()) if split else (one,)
        elif one is not None:
            given[name] = tuple(one)
    return ObservedReading(**given)


def _check_words(rule: str, blq: str, drug: str | None, *, model: bool) -> None:
    faults = []
    if rule not in AREA_RULES:
        faults.append(
            Problem(
                "option.value",
                f"no rule {rule[:40]!r}",
                field="--rule",
                hint=" or ".join(AREA_RULES),
            )
        )
    if blq not in BLQ_RULES:
        faults.append(
            Problem(
                "option.value", f"no rule {blq[:20]!r}", field="--blq", hint=f"one of {', '.join(BLQ_RULES)}"
            )
        )
    if drug is None and model:
        hint = "name the drug: jakstat pk ruxolitinib --data FILE"
        faults.append(Problem("option.missing", "a model belongs to a drug", field="DRUG", hint=hint))
    if faults:
        raise InputError(faults)


def _check_limits(data: ObservedConcentrations, blq: str) -> None:
    """Rules that need the limit of quantification have it."""
    if blq not in ("M5", "M6"):
        return
    for profile in data.profiles:
        for line, below, limit in zip(profile.lines, profile.below, profile.limits, strict=True):
            if below and not limit > 0:
                message = f"{blq} needs the limit of quantification, and none is told"
                hint = "a column LLOQ, --lloq, or <0.05 in the cell"
                raise problem(
                    "observed.limit", message, file=data.file, line=int(line), field="--blq", hint=hint
                )


def _error(text: str, model: PkModel) -> tuple[ErrorModel, str]:
    """The residual error as asked for, or the drug's; and where it comes from."""
    if not text.strip():
        found, grade, source = residual_error(model.id)
        said = f"{100 * found.proportional:.3g} %"
        said += f" + {found.additive:.3g} mg/L" if found.additive else ""
        return found, f"residual error {said} ({grade}; {source})"
    proportional, additive = 0.0, 0.0
    for part in text.split("+"):
        plain = part.strip()
        if plain.endswith("%"):
            proportional = parse_number(plain[:-1], field="--error") / 100.0
            continue
        quantity = parse_quantity(plain, field="--error", hint="20 %, or 20 % + 0.1 mg/L")
        if quantity.kind is Kind.MASS_CONCENTRATION:
            additive = quantity.to("mg/L")
        elif quantity.kind is Kind.MOLAR:
            additive = quantity.to("nM") * model.molar_mass * 1e-6
        elif quantity.kind is Kind.NUMBER:
            proportional = quantity.value
        else:
            raise problem("observed.error", f"{plain[:20]!r} is no residual error", field="--error",
                          hint="20 %, or 20 % + 0.1 mg/L")  # fmt: skip
    if min(proportional, additive) < 0 or max(proportional, additive) == 0 or proportional > 5:
        raise problem("observed.error", f"{text.strip()[:30]!r} is no residual error", field="--error",
                      hint="20 %, or 20 % + 0.1 mg/L")  # fmt: skip
    return ErrorModel(proportional, additive), f"residual error {text.strip()} (as given)"


def _bins(text: str) -> Sequence[float] | int | None:
    if not text.strip():
        return None
    parts = text.split(",")
    if len(parts) == 1:
        value = parse_number(parts[0], field="--bins")
        if value != int(value):
            raise problem(
                "observed.bins", f"{text[:20]!r} is no number of bins", field="--bins", hint="8, or 0,2,6,24"
            )
        return int(value)
    return [parse_number(part, field="--bins") for part in parts]
