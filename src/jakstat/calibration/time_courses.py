"""The answer to a fit of a user's own time courses: a document, a table, and a cell of his own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from jakstat.answer_tables import TabledAnswer
from jakstat.biology.contexts import context as cell_of
from jakstat.biology.own_contexts import save_context
from jakstat.calibration.objective import Objective
from jakstat.calibration.own_findings import FitFindings, FittedNumber
from jakstat.calibration.own_fit import FitAsked, OwnFit, fit_prepared, prepare_fit
from jakstat.calibration.own_points import CourseReading
from jakstat.calibration.own_problem import OwnModel, own_problem
from jakstat.calibration.own_situations import lay_out
from jakstat.calibration.own_tables import course_table
from jakstat.calibration.own_words import notes_of, number_sentence
from jakstat.calls import one_call
from jakstat.errors import problem as fault
from jakstat.knowledge.parameter_table import Row
from jakstat.store import NOTICE, json_ready

__all__ = [
    "TimeCourseFit",
    "WholeCell",
    "fit_time_courses",
    "fitted_course_rows",
    "own_model",
    "saved_rows",
    "words_asked",
]

_CHOICES = {
    "noise": ("additive", "log"),
    "scale_per": ("readout", "replicate"),
    "prior": ("flat", "range"),
}


@dataclass(frozen=True, slots=True)
class WholeCell:
    """The fitted numbers in the whole cell: chi-squared over ``points`` there, and in the fit's parts."""

    points: int
    chi2: float
    chi2_of_parts: float


@dataclass(frozen=True)
class TimeCourseFit(TabledAnswer):
    """A fit of a user's own time courses; its table has a row for each free number.

    Parameters
    ----------
    fit : OwnFit
    """

    fit: OwnFit

    @cached_property
    def findings(self) -> FitFindings | None:
        """Numbers, points and curves; None when no search ended or the fit was stopped."""
        return None if self.fit.bands is None else FitFindings(self.fit)

    @property
    def numbers(self) -> tuple[FittedNumber, ...]:
        """The free numbers with their intervals."""
        return () if self.findings is None else self.findings.numbers

    @property
    def sentences(self) -> tuple[str, ...]:
        """The verdict on each free number."""
        laid = self.fit.prepared.laid
        return tuple(number_sentence(n, laid) for n in self.numbers)

    @cached_property
    def whole_cell(self) -> WholeCell | None:
        """How the fitted numbers do in the whole cell, which other commands run; None where it was fitted."""
        return None if self.findings is None else _in_whole_cell(self.fit)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document; its shape is described in docs/json.md."""
        return _document(self)

    def table_rows(self) -> list[dict[str, Any]]:
        """The free numbers with their intervals and verdicts."""
        if self.findings is None:
            return []
        return [{k: v for k, v in row.items() if k != "would_tell"} for row in _numbers(self)]

    def point_rows(self) -> list[dict[str, Any]]:
        """Every measured value with the fit beside it, its band and its residual."""
        return [] if self.findings is None else _point_rows(self.findings)

    def save(self, name: str, *, replace: bool = False) -> Path:
        """Keep the fitted numbers as a cell of the user's own, which every command takes by its name.

        Raises
        ------
        InputError
            ``own.name``, ``own.exists``; ``courses.nothing`` when no search ended.
        """
        asked = self.fit.prepared.asked
        if self.findings is None:
            raise fault("courses.nothing", "no search ended, so there is nothing to save", field="--save")
        return save_context(
            name, like=asked.context, rows=saved_rows(self.findings), data_key=self.fit.prepared.found.key,
            title=f"{asked.context} fitted to {self.fit.prepared.found.file}",
            made_by=f"jakstat fit --data {self.fit.prepared.found.file}, {words_asked(asked)}",
            replace=replace,
        )  # fmt: skip


@one_call
def fit_time_courses(
    data: object,
    context: str,
    free: Iterable[str] | str,
    *,
    stimulus: str = "",
    parts: Iterable[str] | str = "core",
    noise: str = "additive",
    background: bool = True,
    scale_per: str = "readout",
    prior: str = "flat",
    of_cell: str = "",
    hold_out: Sequence[str] = (),
    predict: Sequence[str] = (),
    starts: int = 8,
    seed: int = 1,
    profiles: bool = True,
    out: str | Path | None = None,
    resume: bool = False,
) -> TimeCourseFit:
    """Fit numbers of a cell to a user's own time courses; the shipped model stays as it is.

    Parameters
    ----------
    data : path, DataFrame, list of dicts
        A row for each value: ``time`` (with its unit, as in ``"time (min)"``, or ``time_unit``), ``readout``,
        ``value``; if there ``stimulus``, ``dose``, ``dose_unit``, ``drug``, ``drug_dose``, ``drug_unit``,
        ``drug_time``, ``knockdown``, ``replicate``, ``sd``, ``unit``, ``condition``, ``cell``.
    context : str
        The cell that it starts from, e.g. ``"hepg2"``.
    free : sequence of str
        Numbers of its table that are fitted, each within its own range.
    stimulus : str
        Of all rows, where the table does not say: ``"IL6=10ng/ml"``.
    parts : sequence of str
        Parts of the model; the core is fast.
    noise : {"additive", "log"}
        Whether the noise of a readout is alike for all its values, or in proportion to them.
    background : bool
        Whether each readout in arbitrary units has a background.
    scale_per : {"readout", "replicate"}
        Whether each replicate (blot) has a scale of its own.
    prior : {"flat", "range"}
        None within the range, or a log-normal one about the model's value as wide as its range.
    of_cell : str
        Whose rows are taken, where the table has several cells.
    hold_out : sequence of str
        Rows that are predicted and not fitted: ``["dose=50"]``.
    predict : sequence of str
        Readouts to predict besides those of the table.
    starts, seed : int
        Searches, and the seed of where they begin.
    profiles : bool
        Whether intervals are drawn.
    out : path, optional
        Folder of the PEtab problem and the results; a temporary one that is gone afterwards when not given.
    resume : bool
        Whether a fit that was stopped is gone on with.

    Returns
    -------
    TimeCourseFit
        ``numbers``, ``sentences``, ``point_rows()``, ``to_dict()``, ``to_dataframe()``, ``save(name)``.

    Raises
    ------
    InputError
        Everything that is wrong with the table and the question, with lines.

    Notes
    -----
    Scales, backgrounds and noises: doi:10.1093/bioinformatics/btz581; profiles:
    doi:10.1093/bioinformatics/btp358; bands: doi:10.1371/journal.pcbi.1011515.

    Examples
    --------
    >>> fit_time_courses([{"time": 30, "readout": "pSTAT", "value": 1}], "hepg2", "kcat_STAT", parts="core")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: data:1: the times have no unit. ... did you mean kcat_STAT3 ...
    """
    model = own_model(noise, scale_per, prior, background=background)
    asked = FitAsked(
        context, _listed(free), _listed(parts), CourseReading(stimulus, of_cell, model.noise), model,
        tuple(hold_out), tuple(predict), starts, seed, profiles,
    )  # fmt: skip
    prepared = prepare_fit(course_table(data), asked)
    if out is not None:
        return TimeCourseFit(fit_prepared(prepared, Path(out), resume=resume))
    with tempfile.TemporaryDirectory() as folder:
        return TimeCourseFit(fit_prepared(prepared, Path(folder) / "fit"))


def own_model(noise: str, scale_per: str, prior: str, *, background: bool = True) -> OwnModel:
    """What is estimated besides, from the words of options.

    Raises
    ------
    InputError
        ``option.value``.

    Examples
    --------
    >>> own_model("log", "readout", "flat").noise
    'log'
    """
    given = {"noise": noise, "scale_per": scale_per, "prior": prior}
    for name, value in given.items():
        if value not in _CHOICES[name]:
            hint = f"one of {', '.join(_CHOICES[name])}"
            option = f"--{name.replace('_', '-')}"
            raise fault("option.value", f"there is no {value[:40]!r}", field=option, hint=hint)
    return OwnModel(
        cast('Literal["additive", "log"]', noise),
        background,
        cast('Literal["readout", "replicate"]', scale_per),
        cast('Literal["flat", "range"]', prior),
    )


def _listed(given: Iterable[str] | str) -> tuple[str, ...]:
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else tuple(given)


def words_asked(asked: FitAsked) -> str:
    """The question in one line.

    Examples
    --------
    >>> words_asked(FitAsked("hepg2", ("kcat_STAT3",)))
    'hepg2; free: kcat_STAT3; parts: core; noise additive; background; scale per readout; prior flat; ...'
    """
    model = asked.model
    said = [cell_of(asked.context).told, f"free: {', '.join(asked.free)}", f"parts: {', '.join(asked.parts)}"]
    said += [f"stimulus of all rows: {asked.reading.stimulus}"] if asked.reading.stimulus else []
    said += [f"rows of {asked.reading.cell}"] if asked.reading.cell else []
    said += [f"noise {model.noise}", "background" if model.background else "no background"]
    said += [f"scale per {model.scale_per}", f"prior {model.prior}"]
    said += [f"held out: {', '.join(asked.hold_out)}"] if asked.hold_out else []
    return "; ".join([*said, f"{asked.starts} starts, seed {asked.seed}"])


def saved_rows(found: FitFindings) -> tuple[Row, ...]:
    """The fitted numbers as rows of a table of parameters, their ranges those of the intervals."""
    rows = []
    for n in found.numbers:
        low, high = max(n.low, n.row.low), min(n.high, n.row.high)
        if not (low <= n.value <= high):  # no profile
            low, high = n.row.low, n.row.high
        told = f"{n.verdict or 'no interval drawn'}; the model has {n.row.value:.4g}"
        # a search may stop a hair beyond an end
        value = min(max(n.value, n.row.low), n.row.high)
        rows.append(Row(n.row.id, value, n.row.unit, min(low, value), max(high, value), "user", "user", told))
    return tuple(rows)


def _in_whole_cell(fit: OwnFit) -> WholeCell | None:
    prepared = fit.prepared
    asked = prepared.asked
    laid, problems = lay_out(asked.context, prepared.found, parts=("all",))
    if laid is None or problems or set(laid.cell.assembly.parts) <= set(prepared.laid.cell.assembly.parts):
        return None
    made, _ = own_problem(prepared.found, laid, prepared.rows, asked.model, fitted=prepared.fitted)
    if made is None:
        return None
    whole = Objective(made, solving=asked.solving).evaluate(fit.vectors[0])
    here = fit.objective.evaluate(fit.vectors[0])
    # residuals there in units of the noise here: the noise is that of the measurements
    noise = fit.objective.noise
    left = noise.residual(whole.simulated, here.sigma)[0]
    return WholeCell(len(left), float(np.sum(left**2)), float(here.chi2[0]))


# ------------------------------------------------------------ the document


def _document(answer: TimeCourseFit) -> dict[str, Any]:
    fit = answer.fit
    prepared, report = fit.prepared, fit.report
    asked, laid, found = prepared.asked, prepared.laid, answer.findings
    searches, cell = report.fit, laid.cell.assembly.context
    return {
        "kind": "own-fit", "context": laid.context,
        "question": {
            "context": cell.told, **({"context_data": cell.data_key} if cell.data_key else {}),
            "data": found_data(fit), "free": list(asked.free), "parts": list(laid.cell.assembly.parts),
            "situations": list(laid.words), "noise": asked.model.noise, "background": asked.model.background,
            "scale_per": asked.model.scale_per, "prior": asked.model.prior, "hold_out": list(asked.hold_out),
            "predict": list(asked.predict), "starts": asked.starts, "seed": asked.seed,
        },
        "complete": len(searches.starts) == searches.wanted and not report.interrupted,
        "searches": {
            "all": searches.wanted, "done": len(searches.starts), "failed": searches.failed,
            "agreeing": searches.agreeing(), "costs": [json_ready(s.found.cost) for s in searches.ranked],
        },
        "numbers": [] if found is None else _numbers(answer),
        "readouts": [] if found is None else _readout_rows(found),
        "points": [] if found is None else _point_rows(found),
        "courses": [] if found is None else _courses(found),
        "moving_together": [] if found is None else [list(t) for t in found.together],
        "rise": fit.rise, "vectors": len(fit.vectors),
        "notes": [] if found is None else notes_of(found),
        "manifest": report.manifest.to_dict(), "notice": NOTICE,
    }  # fmt: skip


def found_data(fit: OwnFit) -> dict[str, Any]:
    """Which data, and how many of their rows went where."""
    prepared = fit.prepared
    return {
        "file": prepared.found.file, "sha256": prepared.found.key, "read": prepared.read,
        "fitted": len(prepared.fitted), "held_out": len(prepared.held),
    }  # fmt: skip


def _numbers(answer: TimeCourseFit) -> list[dict[str, Any]]:
    rows = []
    for n, sentence in zip(answer.numbers, answer.sentences, strict=True):
        h = n.helpful
        rows.append({
            "parameter": n.row.id, "unit": n.row.unit, "value": n.value, "low": json_ready(n.low),
            "high": json_ready(n.high), "verdict": n.verdict, "model": n.row.value, "range_low": n.row.low,
            "range_high": n.row.high, "grade": "user", "sentence": sentence,
            "would_tell": None if h is None else {
                "readout": h.readout, "situation": answer.fit.prepared.laid.words[h.situation],
                "time_h": h.time_h, "absolute": h.absolute, "spread": h.spread,
            },
        })  # fmt: skip
    return rows


def _readout_rows(found: FitFindings) -> list[dict[str, Any]]:
    prepared = found.fit.prepared
    rows = []
    for a in found.agreements:
        kinds = {found.kind(p.point) for p in found.points if p.point.readout == a.readout}
        solved = {}
        for kind in sorted(kinds, key=lambda k: k.name):
            for role in ("scaling", "background", "noise"):
                name = f"{role}_{prepared.laid.readouts[kind.readout].name if role == 'noise' else kind.name}"
                values = found.inner(name)
                if values is not None and not a.held_out:
                    solved[name] = {"value": float(values[0]), "low": float(values.min()),
                                    "high": float(values.max())}  # fmt: skip
        rows.append({
            "readout": a.readout, "use": "held out" if a.held_out else "fitted", "points": a.points,
            "chi2": json_ready(a.chi2), "inside_band": a.inside, "solved_within": solved,
        })  # fmt: skip
    return rows


def _point_rows(found: FitFindings) -> list[dict[str, Any]]:
    words = found.fit.prepared.laid.words
    return [
        {"line": p.point.line, "readout": p.point.readout, "situation": words[p.situation],
         "replicate": p.point.replicate, "time_h": p.point.time_h, "value": p.point.value,
         "fitted": json_ready(p.fitted), "low": json_ready(p.low), "high": json_ready(p.high),
         "noise": json_ready(p.noise), "residual": json_ready(p.residual),
         "use": "held out" if p.held_out else "fitted"}
        for p in found.points
    ]  # fmt: skip


def _courses(found: FitFindings) -> list[dict[str, Any]]:
    """Curves with bands, in the model's units, of the readouts of the table and those asked for."""
    prepared = found.fit.prepared
    rows = []
    for readout in prepared.laid.readouts.values():
        for s, words in enumerate(prepared.laid.words):
            values = found.bands.values[readout.name][:, s]
            rows.append({
                "readout": readout.name, "unit": readout.unit, "situation": words,
                "time_h": [float(t) for t in found.bands.times], "best": json_ready(values[0]),
                "low": json_ready(np.min(values, axis=0)), "high": json_ready(np.max(values, axis=0)),
            })  # fmt: skip
    return rows


def fitted_course_rows(courses: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Curves of a document as rows, one for each time.

    Examples
    --------
    >>> course = {"readout": "a", "unit": "nM", "situation": "", "time_h": [0.0], "best": [1.0], "low": [0.5]}
    >>> fitted_course_rows([{**course, "high": [2.0]}])[0]["low"]
    0.5
    """
    return [
        {"readout": c["readout"], "unit": c["unit"], "situation": c["situation"], "time_h": t,
         "best": best, "low": low, "high": high}
        for c in courses
        for t, best, low, high in zip(c["time_h"], c["best"], c["low"], c["high"], strict=True)
    ]  # fmt: skip
