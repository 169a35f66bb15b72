"""Answers that are there while a slider moves: the functions and documents that the command line uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, cast

from jakstat.errors import InputError, Problem, problem
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.protocol import Protocol
from jakstat.lab.lab_questions import (
    CellQuestion,
    CombineQuestion,
    DoseResponseQuestion,
    ExposureQuestion,
    LabQuestion,
    MapQuestion,
    SituationQuestion,
    is_default,
)
from jakstat.lab.map_layouts import MapLayouts, map_answer
from jakstat.limits import LIMITS
from jakstat.store import json_ready

__all__ = ["ShortWork", "check_idle", "protocol_of"]

_WHOLE_CELL = 12
"""How many lanes of the core take as long as one of the whole cell, about."""
_SUBJECTS = 20
_READINGS = 9


class ShortWork:
    """Answers questions, one at a time: what assembles models knows no threads.

    Examples
    --------
    >>> work = ShortWork()
    >>> found = work.answer("cell", CellQuestion(parts="core", until="10min", points=3, observe="SOCS3"))
    >>> len(found["observables"]["SOCS3"]["values"])
    3
    """

    def __init__(self) -> None:
        self.layouts = MapLayouts()
        self._by_kind: Mapping[str, Callable[[Any], dict[str, Any]]] = {
            "cell": _cell,
            "map": lambda q: map_answer(q, _protocol_of_map(q), self.layouts),
            "dose_response": _dose_response,
            "combine": _combine,
            "exposure": _exposure,
        }

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that have short answers."""
        return tuple(self._by_kind)

    def check(self, kind: str, question: LabQuestion) -> None:
        """Refuse what would keep others waiting, before anything is computed.

        Raises
        ------
        InputError
            ``lab.long``.
        """
        lanes = _lanes(question) if kind in self._by_kind else math.inf
        if lanes > LIMITS.lab_short_lanes:
            hint = "run it as a job"
            raise problem("lab.long", "the question is too large to be answered at once", hint=hint)

    @staticmethod
    def is_slow(question: LabQuestion) -> bool:
        """Whether a slider of another chart should not wait for its answer.

        Examples
        --------
        >>> ShortWork.is_slow(CellQuestion()), ShortWork.is_slow(CellQuestion(interval=200))
        (False, True)
        """
        return _lanes(question) > LIMITS.lab_quick_lanes

    def answer(self, kind: str, question: LabQuestion) -> dict[str, Any]:
        """The document that the command prints with ``--json``; of a map, what draws it.

        Raises
        ------
        InputError
            As the command does.
        """
        self.check(kind, question)
        return self._by_kind[kind](question)


def check_idle(question: LabQuestion, **rules: tuple[bool, str]) -> None:
    """Refuse fields that are given and would do nothing, as the command line does.

    Raises
    ------
    InputError
        ``option.alone``, for every idle field.
    """
    found = []
    for name, (used, hint) in rules.items():
        if not used and not is_default(question, name):
            option = "--" + name.replace("_", "-")
            found.append(Problem("option.alone", f"{option} does nothing here", field=option, hint=hint))
    if found:
        raise InputError(found)


def protocol_of(question: SituationQuestion, **more: Any) -> Protocol:
    """The checked protocol; ``more`` as :func:`jakstat.experiment.describe.make_protocol` takes it."""
    return make_protocol(
        question.cell,
        stimuli=question.stimulus,
        drugs=question.drug,
        perturb=question.knockdown,
        treatments=question.treatment,
        parts=question.parts,
        **more,
    )


def _lanes(question: LabQuestion) -> float:
    """About how many simulations of the core would take as long."""
    if isinstance(question, ExposureQuestion):
        return question.subjects / _SUBJECTS
    assert isinstance(question, SituationQuestion)
    one = 1 if (question.parts or "").startswith("core") else _WHOLE_CELL
    if isinstance(question, CellQuestion):
        series = [*question.stimulus, *question.drug, *question.knockdown]
        levels = math.prod(_levels(text) for text in series)
        return one * levels * max(question.interval or 0, 1)
    if isinstance(question, CombineQuestion):
        return one * (question.doses + 1) ** 2 * (1 + question.interval)
    if isinstance(question, DoseResponseQuestion):
        assay = _READINGS if ":" in question.at else 1
        return one * assay * max(len(question.drug), 1) * (1 + question.interval)
    return one


def _levels(text: str) -> int:
    """How many levels an entry has: what stands behind the colon, or between commas."""
    count = text.rpartition(":")[2].partition("@")[0].strip()
    if ":" in text and count.isascii() and count.isdigit() and len(count) < 9:
        return max(int(count), 1)
    return 1 + text.count(",")


def _cell(question: CellQuestion) -> dict[str, Any]:
    from jakstat.experiment.interval import run_with_curves
    from jakstat.experiment.records import to_document
    from jakstat.experiment.run import run_labelled

    drawn = question.interval is not None
    check_idle(question, seed=(drawn, "add interval"), cloud=(drawn, "add interval"))
    protocol = protocol_of(
        question, until=question.until, observe=question.observe, points=question.points,
        medium_changes=question.medium_change, depletion=question.depletion, read_at=question.read_at,
    )  # fmt: skip
    series = any(len(a.values) > 1 for a in protocol.additions)
    series |= any(len(p.factors) > 1 for p in protocol.perturbations)
    check_idle(question, read_at=(series, "nothing has several doses; every time is in the answer"))
    if question.interval is None:
        return to_document(run_labelled(protocol, control=True))
    if question.cloud and question.interval > LIMITS.lab_curves:
        hint = f"at most {LIMITS.lab_curves}"
        raise problem("lab.long", "so many curves cannot be drawn", field="--interval", hint=hint)
    result, curves = run_with_curves(protocol, vectors=question.interval, seed=question.seed)
    document = to_document(result)
    if question.cloud:
        document["cloud"] = {name: json_ready(values[:, 0]) for name, values in curves.items()}
    return document


def _protocol_of_map(question: MapQuestion) -> Protocol | None:
    """What colours the map of a cell; nothing for that of a tumour."""
    if question.scale == "patient":
        given = dict.fromkeys(("context", "state", *_DONE, "at"), (False, "not with a patient's map"))
        check_idle(question, **given)
        return None
    done = [text for name in _DONE for text in getattr(question, name)]
    if done and question.at is None:
        hint = "give e.g. 20min"
        raise problem("option.alone", "there is no time to colour the map at", field="--at", hint=hint)
    return protocol_of(question, until="1h" if question.at is None else question.at)


_DONE = ("stimulus", "drug", "knockdown", "treatment")


def _dose_response(question: DoseResponseQuestion) -> dict[str, Any]:
    from jakstat.experiment.reading import parse_reading
    from jakstat.response.documents import dose_response_document
    from jakstat.response.dose_response import dose_responses

    reading = parse_reading(question.at, readout=question.readout)
    check_idle(
        question,
        readout=(not reading.assay, "a growth assay has its own readout"),
        until=(reading.hour is None, f"the readout is read at {question.at}"),
        seed=(question.interval != 0, "without an interval nothing is drawn"),
    )
    bare = cast(SituationQuestion, question.model_copy(update={"drug": []}))
    found = dose_responses(
        protocol_of(bare, until=question.until), question.drug, readout=question.readout, at=question.at,
        pre=question.pre, renew=question.renew, interval=question.interval, seed=question.seed,
    )  # fmt: skip
    return dose_response_document(found)


def _combine(question: CombineQuestion) -> dict[str, Any]:
    from jakstat.combination.document import combination_document
    from jakstat.combination.surface import combine

    drugs = question.drug
    check_idle(
        question,
        doses=(any("=" not in t or ".." in t for t in drugs), "every drug has its doses"),
        seed=(question.interval != 0, "nothing is drawn"),
        until=(question.at in ("peak", "auc"), f"the readout is read at {question.at}"),
        pre=(any("@" not in text for text in drugs), "every drug has its time"),
    )
    found = combine(
        question.cell, drugs, stimuli=question.stimulus, perturb=question.knockdown,
        treatments=question.treatment, readout=question.readout, at=question.at, pre=question.pre,
        until=question.until, parts=question.parts, levels=question.doses, vectors=question.interval,
        seed=question.seed, threads=1,
    )  # fmt: skip
    return combination_document(found)


def _exposure(question: ExposureQuestion) -> dict[str, Any]:
    from jakstat.pharmacology.exposure import exposure
    from jakstat.pharmacology.exposure_documents import exposure_document

    check_idle(question, seed=(question.subjects > 0, "a typical subject draws nothing"))
    return exposure_document(
        exposure(
            question.drug,
            question.regimen,
            subjects=question.subjects,
            population=question.population,
            days=question.days,
            seed=question.seed,
            covariates=_covariates(question),
            target=question.target,
        )
    )


def _covariates(question: ExposureQuestion) -> dict[str, float]:
    from jakstat.pharmacology.covariate_texts import read_covariates

    return read_covariates(question.covariate, question.weight)
