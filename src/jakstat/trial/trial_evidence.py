"""What the drugs of a trial rest on, and what its result may be used for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from jakstat.errors import InputError
from jakstat.evidence.recorded_verdicts import recorded_verdicts
from jakstat.knowledge.parameter_table import RECORD_GRADES
from jakstat.knowledge.queries import claims
from jakstat.pharmacology.pk_library import pk_model
from jakstat.population.outcome_numbers import outcome_rows

__all__ = ["credibility_document", "evidence_document"]

_FITTED = "fitted"


def evidence_document(drugs: Sequence[str]) -> dict[str, Any]:
    """Claims about each drug, and how the numbers of its pharmacokinetics are graded.

    Examples
    --------
    >>> found = evidence_document(["siltuximab"])["siltuximab"]
    >>> found["name"], sorted(found["grades"])
    ('siltuximab', ['assumed', 'fitted', 'measured'])
    """
    return {drug: _one(drug) for drug in drugs}


def _one(drug: str) -> dict[str, Any]:
    model = pk_model(drug)
    grades = Counter(row.grade for row in model.numbers.values())
    try:
        said = claims(about=model.id)
    except InputError:  # a drug that no claim names is no entity of the knowledge base
        said = ()
    return {
        "name": model.name,
        "grades": {grade: grades.get(grade, 0) for grade in RECORD_GRADES},
        "claims": [
            {"id": c.id, "statement": c.statement, "expected": c.expected, "doubtful": c.doubtful,
             "sources": list(c.source), **_verdict(c.id)}
            for c in said
        ],
    }  # fmt: skip


def _verdict(claim: str) -> dict[str, str]:
    """What the model says to a claim, as it was last measured; untested ones have no verdict."""
    found = recorded_verdicts().get(claim)
    return {} if found is None else {"verdict": found.verdict, "role": found.role}


def credibility_document(question: dict[str, Any]) -> dict[str, Any]:
    """What was fitted and to what, what was not, and what the result can and cannot bear.

    Parameters
    ----------
    question : dict
        As :func:`jakstat.trial.question.trial_question` has it.
    """
    fitted = [
        {"id": f"{option}.{row.id}" if option != "any" else row.id, "value": row.value, "unit": row.unit,
         "to": row.source}
        for (option, _), row in outcome_rows().items()
        if row.grade == _FITTED
    ]  # fmt: skip
    return {
        "fitted": fitted,
        "held_out": [
            "every trial but the one that the constants of death and of new lesions were fitted to",
            "ratios of hazards of drugs whose trials were not read by the fit",
        ],
        "options": [
            "how strongly death follows the burden: beta_low, beta_middle, beta_high",
            "whether survival drifts with the year of a trial: era_none, era_progressed, era_tumour",
            *(["how many cells are left behind an operation: many, few"] if question["residual"] else []),
        ],
        "supports": [
            "which of two treatments does more in the model, in whom, and by which reactions",
            "the size of a trial that could see an effect as large as the model's",
        ],
        "limits": [
            "levels of survival are not transferable to another era or region: read the range over options",
            "an effect is that of the model: it is no evidence that a drug works",
            "not for treating a patient",
        ],
    }
