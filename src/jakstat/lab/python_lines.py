"""The lines of Python that give the same answer as a question of the laboratory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jakstat.lab.lab_questions import LabQuestion, is_default

__all__ = ["python_lines"]

_RENAMED = {"stimulus": "stimuli", "drug": "drugs", "knockdown": "perturb", "treatment": "treatments",
            "medium_change": "medium_changes"}  # fmt: skip
_SITUATION = ("stimulus", "drug", "knockdown", "treatment", "parts")


def python_lines(kind: str, question: LabQuestion, names: Mapping[str, str] | None = None) -> str:
    """A piece of Python, complete as it stands; its answer is ``found``.

    Parameters
    ----------
    kind : str
    question : LabQuestion
    names : mapping of field to name, optional
        What the uploads were called.

    Examples
    --------
    >>> from jakstat.lab.lab_questions import CellQuestion
    >>> print(python_lines("cell", CellQuestion(stimulus=["IL6=10ng/ml"], knockdown=["SOCS3=0"], until="2h")))
    import jakstat as js
    <BLANKLINE>
    found = js.simulate("hepg2", stimuli=["IL6=10ng/ml"], perturb=["SOCS3=0"], until="2h")
    """
    if kind in _OF_DATA:
        return _OF_DATA[kind](question, _written((names or {}).get("data", "data.csv")))
    return _BY_KIND[kind](question)


def _called(function: str, *arguments: str, **named: object) -> str:
    inside = [*arguments, *(f"{name}={_written(value)}" for name, value in named.items())]
    line = f"{function}({', '.join(inside)})"
    return line if len(line) < 100 else f"{function}(\n    " + ",\n    ".join(inside) + ",\n)"


def _js(function: str, *arguments: str, **named: object) -> str:
    """A call of one of the public names."""
    return _called(f"js.{function}", *arguments, **named)


def _written(value: object) -> str:
    """As one types it; a text has the quotes of the others."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(_written(v) for v in value) + "]"
    return repr(value)


def _given(question: LabQuestion, *fields: str, **renamed: str) -> dict[str, object]:
    """The fields that are not at their defaults, as the functions call them."""
    names = {**_RENAMED, **renamed}
    chosen = [name for name in fields if not is_default(question, name)]
    return {names.get(name, name): getattr(question, name) for name in chosen}


def _cell(question: Any) -> str:
    more = ("until", "observe", "points", "medium_change", "depletion", "read_at")
    said = _given(question, *_SITUATION, *more)
    if question.interval is None:
        return f"import jakstat as js\n\nfound = {_js('simulate', _written(question.cell), **said)}"
    interval = _called("run_with_interval", "protocol", vectors=question.interval, **_given(question, "seed"))
    return (
        "import jakstat as js\nfrom jakstat.experiment.interval import run_with_interval\n\n"
        f"protocol = {_js('make_protocol', _written(question.cell), **said)}\n"
        f"found = {interval}.to_dataset()"
    )


def _map(question: Any) -> str:
    if question.scale == "patient":
        chosen = [] if is_default(question, "parts") else (question.parts or "").split(",")
        return (
            "from jakstat.biology.patient_assembly import assemble_patient\n"
            "from jakstat.pathway.tumour import tumour_map\n\n"
            f"found = {_called('tumour_map', 'assemble_patient()', _written(chosen))}"
        )
    said = {**_given(question, *_SITUATION), "parts": question.parts, "until": question.at or "1h"}
    lines = (
        "import jakstat as js\nfrom jakstat.pathway.values import assembly_of, levels\n\n"
        f"protocol = {_js('make_protocol', _written(question.cell), **said)}\n"
        "drawn = js.pathway_map(assembly_of(protocol))\n"
    )
    coloured = 'levels(protocol, protocol.until, "")' if question.at is not None else "drawn"
    return f"{lines}found = {coloured}"


def _dose_response(question: Any) -> str:
    situation = _given(question, "stimulus", "knockdown", "treatment", "parts", "until")
    said = _given(question, "readout", "at", "pre", "renew", "interval", "seed")
    return (
        "import jakstat as js\nfrom jakstat.response.dose_response import dose_responses\n\n"
        f"protocol = {_js('make_protocol', _written(question.cell), **{'until': '2h', **situation})}\n"
        f"found = {_called('dose_responses', 'protocol', _written(question.drug), **said)}"
    )


def _combine(question: Any) -> str:
    said = _given(question, "stimulus", "knockdown", "treatment", "parts", "readout", "at", "pre", "until",
                  "doses", "interval", "seed", doses="levels", interval="vectors")  # fmt: skip
    call = _js("combine", _written(question.cell), _written(question.drug), **said)
    return f"import jakstat as js\n\nfound = {call}"


def _schedule(question: Any) -> str:
    said = _given(question, "stimulus", "knockdown", "parts", "days", "readout", "population", "suppress")
    cell = _written("+".join([question.context, *question.state]))
    call = _called("compare_schedules", cell, _written(question.drug), _written(question.regimen), **said)
    return f"from jakstat.response.schedules import compare_schedules\n\nfound = {call}"


def _exposure(question: Any) -> str:
    from jakstat.pharmacology.covariate_texts import read_covariates

    said = _given(question, "subjects", "population", "days", "seed", "target")
    if question.covariate or question.weight is not None:
        said["covariates"] = read_covariates(question.covariate, question.weight)
    call = _js("exposure", _written(question.drug), _written(question.regimen), **said)
    return f"import jakstat as js\n\nfound = {call}"


def _patient(question: Any) -> str:
    default = {name: getattr(question, name) for name in ("aetiology", "stage", "disease")}
    known = {name: value for name, value in default.items() if value is not None}
    shown = ", ".join(f"{_written(name)}: {_written(value)}" for name, value in known.items())
    who = _written("patient.yaml") if question.text is not None else "{" + shown + "}"
    said = _given(question, "regimen", "until", "visits", "resect", "residual", "stop_at_progression",
                  "noise", "seed")  # fmt: skip
    return f"import jakstat as js\n\nfound = {_js('patient', who, **said)}"


def _trial(question: Any) -> str:
    said = _given(question, "patients", "size", "seed")
    return (
        "from jakstat.trial.reading import read_trial_run\n"
        "from jakstat.trial.trial_file import read_trial\nfrom jakstat.trial.trial_run import run_trial\n\n"
        f"design = {_called('read_trial', _written('trial.yaml'), **said)}\n"
        'run_trial(design, "trial")\nfound = read_trial_run("trial")'
    )


def _evidence(question: Any) -> str:
    said = _given(question, "module", "claim", "lanes", "seed")
    if question.scale == "patient":
        call = _called("patient_claim_verdicts", **{"lanes": 64, **said})
        return (
            f"from jakstat.population.claims.claim_verdicts import patient_claim_verdicts\n\nfound = {call}"
        )
    call = _called("claim_verdict", **{"lanes": 200, **said})
    return f"from jakstat.evidence.verdicts import claim_verdict\n\nfound = {call}"


def _own_curves(question: Any, data: str) -> str:
    said = _given(question, "response", "normalise", "model", "compare", "level", "unit", "sheet")
    said |= {"drug": question.drug[0]} if question.drug else {}
    beside = ("stimulus", "knockdown", "treatment", "parts", "readout", "at", "pre", "renew", "until",
              "interval", "seed")  # fmt: skip
    said |= _beside(question, *beside)
    return f"import jakstat as js\n\nfound = {_js('fit_curves', data, **said)}"


def _own_matrix(question: Any, data: str) -> str:
    said = _given(question, "response", "drug", "unit", "by", "only", "sd", "sheet", unit="units")
    beside = ("stimulus", "knockdown", "treatment", "parts", "readout", "at", "pre", "until", "interval",
              "seed")  # fmt: skip
    said |= _beside(question, *beside, interval="vectors")
    return f"import jakstat as js\n\nfound = {_js('score_matrix', data, **said)}"


def _beside(question: Any, *fields: str, **renamed: str) -> dict[str, object]:
    """What the model beside own data is asked."""
    if question.context is None:
        return _given(question, *fields, **renamed)
    cell = "+".join([question.context, *question.state])
    return {"context": cell, **_given(question, *fields, **renamed)}


def _own_exposure(question: Any, data: str) -> str:
    from jakstat.pharmacology.covariate_texts import read_covariates

    fields = [name for name in type(question).model_fields if name not in _PLACED]
    said = _given(question, *fields, peak_in_slope="with_peak", steady_state="steady", log_dv="log_values",
                  cmt="compartment")  # fmt: skip
    if question.covariate or question.weight is not None:
        said["covariates"] = read_covariates(question.covariate, question.weight)
    first = [data] if question.drug is None else [data, _written(question.drug)]
    return f"import jakstat as js\n\nfound = {_js('observed_exposure', *first, **said)}"


def _own_fit(question: Any, data: str) -> str:
    said = _given(question, "stimulus", "parts", "noise", "background", "scale_per", "prior", "cell",
                  "hold_out", "predict", "starts", "seed", "profiles", stimulus="stimulus",
                  cell="of_cell")  # fmt: skip
    first = (data, _written(question.context), _written(question.free.split(",")))
    if "predict" in said:
        said["predict"] = question.predict.split(",")
    return f"import jakstat as js\n\nfound = {_js('fit_time_courses', *first, **said)}"


def _own_cell(question: Any, data: str) -> str:
    said = _given(question, "save", "column", "reference", "log2", "sheet", "title")
    return f"import jakstat as js\n\nfound = {_js('own_cell', data, **{'like': question.like, **said})}"


def _own_drug(_: Any, data: str) -> str:
    return f"import jakstat as js\n\nfound = {_js('own_drug', data)}"


_PLACED = ("data", "drug", "covariate", "weight")
_OF_DATA: Mapping[str, Callable[[Any, str], str]] = {
    "own_curves": _own_curves,
    "own_matrix": _own_matrix,
    "own_exposure": _own_exposure,
    "own_fit": _own_fit,
    "own_cell": _own_cell,
    "own_drug": _own_drug,
}
_BY_KIND: Mapping[str, Callable[[Any], str]] = {
    "cell": _cell,
    "map": _map,
    "dose_response": _dose_response,
    "combine": _combine,
    "schedule": _schedule,
    "exposure": _exposure,
    "patient": _patient,
    "trial": _trial,
    "evidence": _evidence,
}
