"""A calibration problem written as PEtab 2, read back and checked by libpetab.

PEtab 2 has no log10 noise; it becomes that of natural logarithms, times ln 10. It has no density on the
scale of the search either (PEtab 1's ``parameterScale...``); such a prior is written as what is the same
function of the value up to a factor, so that the problem keeps its optimum (docs/calibration.md).
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from jakstat.calibration.priors import Prior
from jakstat.calibration.problem import FitExperiment, FitParameter, FitProblem, Period
from jakstat.errors import problem as fault
from jakstat.extras import needs
from jakstat.store import write_text

__all__ = ["write_petab"]

_LN10 = repr(math.log(10.0))


def write_petab(
    problem: FitProblem,
    folder: str | Path,
    *,
    values: Mapping[str, float] | None = None,
    check: bool = True,
    replace: bool = False,
) -> Path:
    """Write a problem as a PEtab 2 folder.

    Parameters
    ----------
    problem : FitProblem
        With ``model_file``.
    folder : path
        Made if it is not there.
    values : mapping of str to float, optional
        New nominal values, e.g. those of a fit.
    check : bool
        Whether libpetab shall read and check what was written.
    replace : bool
        Whether files that are there may be replaced.

    Returns
    -------
    Path
        The YAML file.

    Raises
    ------
    InputError
        ``petab.write`` without a model file; ``file.exists`` and the like; ``petab.lint`` with the words
        of libpetab if it finds a fault.
    """
    if problem.model_file is None:
        raise fault("petab.write", "the problem has no model file")
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    model = "model.xml"
    tables = {
        "parameters.tsv": _parameters(problem.parameters, values or {}),
        "conditions.tsv": _conditions(problem.experiments),
        "experiments.tsv": _experiments(problem.experiments),
        "observables.tsv": _observables(problem),
        "measurements.tsv": _measurements(problem),
    }
    write_text(place / model, problem.model_file.read_text(encoding="utf-8"), replace=replace)
    for name, text in tables.items():
        write_text(place / name, text, replace=replace)
    lines = [
        "format_version: 2.0.0",
        "model_files:",
        "  model:",
        f"    location: {model}",
        "    language: sbml",
    ]
    for kind in ("parameter", "condition", "experiment", "observable", "measurement"):
        lines += [f"{kind}_files:", f"  - {kind}s.tsv"]
    yaml = write_text(place / "problem.yaml", "\n".join(lines) + "\n", replace=replace)
    if check:
        _lint(yaml)
    return yaml


def _lint(yaml: Path) -> None:
    with needs("fit"):
        from petab.v2 import Problem
        from petab.v2.lint import ValidationIssueSeverity, lint_problem

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libpetab's own, about pandas
        issues = lint_problem(Problem.from_yaml(yaml))
    found = [i for i in issues if i.level > ValidationIssueSeverity.WARNING]
    if found:
        raise fault("petab.lint", " ".join(str(found[0]).split())[:300], file=yaml.name)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join("\t".join(cells) + "\n" for cells in (head, *rows))


def _number(value: float) -> str:
    return "" if math.isnan(value) else repr(float(value))


def _parameters(parameters: Sequence[FitParameter], values: Mapping[str, float]) -> str:
    head = ("parameterId", "lowerBound", "upperBound", "nominalValue", "estimate", "priorDistribution",
            "priorParameters", "parameterScale", "parameterType", "parameterUnit")  # fmt: skip
    rows = []
    for p in parameters:
        family, numbers = _prior(p)
        bounds = (_number(p.low), _number(p.high)) if p.estimated else ("", "")
        value = values.get(p.id, p.nominal)
        rows.append(
            (
                p.id,
                *bounds,
                _number(value),
                str(p.estimated).lower(),
                family,
                numbers,
                p.scale,
                p.role,
                p.unit,
            )
        )
    return _table(head, rows)


def _prior(p: FitParameter) -> tuple[str, str]:
    if p.prior is None or not p.estimated:
        return "", ""
    family, numbers = p.prior.family, p.prior.numbers
    if p.prior.on_scale and p.scale != "lin":
        if family == "laplace":
            return "", ""  # as a measurement
        factor = math.log(10.0) if p.scale == "log10" else 1.0
        first, second = (n * factor for n in numbers)
        if family == "uniform":
            numbers = math.exp(first), math.exp(second)
        else:
            # exp(-(ln v - m)^2 / 2 s^2) is v times the log-normal density of m and s, and up to a factor
            # the log-normal density of m + s^2 and s: the square is completed
            family, numbers = "log-normal", (first + second**2, second)
    return family, ";".join(map(repr, numbers))


def _told_as_measured(problem: FitProblem) -> list[tuple[str, str, Prior]]:
    """Laplace densities on a logarithm, which no family of PEtab 2 is up to a factor; observable, formula."""
    taken = {o.id for o in problem.observables}
    found = []
    for p in problem.parameters:
        if p.prior is None or not p.estimated or not p.prior.on_scale or p.scale == "lin":
            continue
        if p.prior.family == "laplace":
            name = next(n for k in itertools.count() if (n := f"prior{'_' * k}_{p.id}") not in taken)
            found.append((name, f"{'log10' if p.scale == 'log10' else 'ln'}({p.id})", p.prior))
    return found


def _periods(experiments: Sequence[FitExperiment]) -> Iterable[tuple[str, str, Period]]:
    """Experiment, condition (its name is made here) and period."""
    for number, e in enumerate(experiments):
        for k, period in enumerate(e.periods):
            yield experiment_name(e, number), f"condition_{number}_{k}" if period.changes else "", period


def experiment_name(experiment: FitExperiment, number: int) -> str:
    """The id under which an experiment is written."""
    return experiment.id or f"experiment_{number}"


def _conditions(experiments: Sequence[FitExperiment]) -> str:
    rows = [
        (condition, c.target, c.formula.text)
        for _, condition, period in _periods(experiments)
        for c in period.changes
    ]
    return _table(("conditionId", "targetId", "targetValue"), rows)


def _experiments(experiments: Sequence[FitExperiment]) -> str:
    rows = [(name, repr(period.time), condition) for name, condition, period in _periods(experiments)]
    return _table(("experimentId", "time", "conditionId"), rows)


def _observables(problem: FitProblem) -> str:
    head = ("observableId", "observableName", "observableFormula", "noiseFormula", "noiseDistribution",
            "observablePlaceholders", "noisePlaceholders", "observableUnit")  # fmt: skip
    rows = []
    for o in problem.observables:
        noise = f"({o.noise.text}) * {_LN10}" if o.transform == "log10" else o.noise.text
        kind = o.distribution if o.transform == "lin" else f"log-{o.distribution}"
        rows.append(
            (
                o.id,
                o.name,
                o.formula.text,
                noise,
                kind,
                ";".join(o.placeholders),
                ";".join(o.noise_placeholders),
                o.unit,
            )
        )
    for name, formula, prior in _told_as_measured(problem):
        rows.append((name, "", formula, repr(prior.numbers[1]), "laplace", "", "", ""))
    return _table(head, rows)


def _measurements(problem: FitProblem) -> str:
    head = ("observableId", "experimentId", "measurement", "time", "observableParameters", "noiseParameters",
            "datasetId")  # fmt: skip
    rows = [
        (
            problem.observables[m.observable].id,
            experiment_name(problem.experiments[m.experiment], m.experiment),
            repr(m.value), repr(m.time), ";".join(f.text for f in m.overrides),
            ";".join(f.text for f in m.noise_overrides), m.dataset,
        )
        for m in problem.measurements
    ]  # fmt: skip
    first = problem.experiments[0]
    for name, _, prior in _told_as_measured(problem):
        at = repr(first.main[0].time)
        rows.append((name, experiment_name(first, 0), repr(prior.numbers[0]), at, "", "", ""))
    return _table(head, rows)
