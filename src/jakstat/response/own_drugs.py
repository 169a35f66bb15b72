"""A drug of one's own: its file read, potencies on cells turned into the model's constants, a copy kept.

A potency on cells becomes a constant as it does for the drugs of the library: that constant at which the
model's half-maximal dose, in the same cells under the same experiment, is the one that was measured. A
drug of the library that acts in the same way stands in for it; since such drugs are not used up by what
they bind, the dose is in proportion to the constant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from jakstat.biology.kept import kept
from jakstat.biology.kept_drugs import add_drug, keep_drug
from jakstat.biology.own_drug_file import read_drug_file
from jakstat.biology.own_drugs import KINASES, OwnDrug, OwnPotency
from jakstat.biology.selection import defined_in, dissolved
from jakstat.calls import one_call
from jakstat.errors import InputError, Problem, problem
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.dose_series import half_maximum
from jakstat.experiment.lanes import bench_for, run_vectors
from jakstat.identity import VERSION
from jakstat.pharmacology import agent, library_agents, unknown

__all__ = ["own_drug"]

_CLOSE, _ROUNDS = 1e-3, 8
_SPAN, _LEVELS = 300.0, 25
_AWAY = 1e12
"""nM: a constant at which a kinase is left alone."""


@one_call
def own_drug(path: str | Path, *, add: bool = False, replace_added: bool = False) -> OwnDrug:
    """A drug of your own from its YAML file, to be given to any function that takes drugs.

    Parameters
    ----------
    path : path
        Of a file with ``name``, ``mechanism``, ``potency`` and what else is known; ``jakstat drugs --schema``
        prints its JSON Schema.
    add : bool
        Whether every command shall know it by its bare name from now on.
    replace_added : bool
        Whether it may replace one that was added under this name.

    Returns
    -------
    OwnDrug
        ``str()`` of it is the name that protocols take.

    Raises
    ------
    InputError
        As :func:`jakstat.biology.own_drug_file.read_drug_file`; ``own.name`` for a name of the library;
        ``own-drug.cell``: cells on which the model cannot have the potency; ``file.write``.

    Examples
    --------
    >>> own_drug("nowhere.yaml")
    Traceback (most recent call last):
    ...
    jakstat.errors.InputError: nowhere.yaml --drug-file: there is no such file. ... [file.missing]
    """
    drug = read_drug_file(path)
    file = Path(path).name
    _check_names(drug, file)
    drug = replace(drug, potencies=_worked_out(drug, file))
    return add_drug(drug, replace=replace_added) if add else keep_drug(drug)


def _check_names(drug: OwnDrug, file: str) -> None:
    names = {s.casefold() for a in library_agents() for s in (a.id, a.name, *a.aliases, *a.misprints)}
    problems = []
    if drug.name.casefold() in names:
        hint = f"give another name, e.g. my_{drug.name}"
        problems.append(Problem("own.name", f"{drug.name!r} is a drug of the library", file, hint=hint))
    if drug.acts.template == "ligand_antibody":
        drugs = {a.model_symbol for a in library_agents()}
        ligands = [s for s in dissolved() if not drugs & {s, *s.split("_")}]
        problems += [unknown("stimulus", t, ligands) for t in drug.targets if t not in ligands]
        if drug.site == "III" and drug.targets != ("IL6",):
            problems.append(Problem("own-drug.site", "only IL-6 has a site III here", file, field="site"))
    if problems:
        raise InputError(replace(p, file=file) for p in problems)


def _worked_out(drug: OwnDrug, file: str) -> tuple[OwnPotency, ...]:
    """The potencies, with the constants of those that were measured on cells."""
    on_cells = [p for p in drug.potencies if p.cell]
    if not on_cells:
        return drug.potencies
    if len({(p.value, *_condition(p)) for p in on_cells}) > 1 or len(on_cells) < len(drug.potencies):
        hint = "give one IC50 on cells, with its targets; or enzyme constants for each kinase"
        raise problem(
            "own-drug.cell", "one experiment on cells cannot tell kinases apart", file=file, hint=hint
        )
    constant = _cell_constant(drug, on_cells[0], file)
    return tuple(replace(p, constant=constant) for p in drug.potencies)


def _condition(p: OwnPotency) -> tuple[str, ...]:
    return p.cell, p.stimulus, p.readout, p.at, p.before


def _cell_constant(drug: OwnDrug, p: OwnPotency, file: str) -> float:
    """The constant (nM) at which the model's half-maximal dose is the measured one."""
    stand_in = agent(drug.acts.stand_in)
    bound = (drug.unbound or 1.0) / stand_in.fraction_unbound_medium
    loss = next(row.value for row in drug.rows() if row.id.startswith("kloss_"))
    target = p.value * bound
    try:
        said = [VERSION, drug.acts.template, drug.acts.stand_in, drug.targets, loss, target, *_condition(p)]
        bench = bench_for(_protocol(drug.acts.stand_in, p, target))
        found: float = kept(
            "own_potencies",
            [bench.cell.assembly.model_key, *said],
            lambda: _searched(drug, p, target, loss),
        )
    except InputError as error:
        hint = "the experiment of this potency cannot be run on the model"
        raise InputError(
            Problem(q.code, q.message, file, None, None, f"potency ({q.field or 'cell'})", q.hint or hint)
            for q in error.problems
        ) from None
    return found


def _protocol(name: str, p: OwnPotency, target: float):  # type: ignore[no-untyped-def]
    doses = f"{name}={target / _SPAN!r}..{target * _SPAN!r}nM:{_LEVELS}@-{p.before}"
    return make_protocol(p.cell, stimuli=p.stimulus, drugs=doses, observe=p.readout, until=p.at, points=3)


def _searched(drug: OwnDrug, p: OwnPotency, target: float, loss: float) -> float:
    symbol = agent(drug.acts.stand_in).model_symbol
    bench = bench_for(_protocol(drug.acts.stand_in, p, target))
    value = target / 10.0
    for _ in range(_ROUNDS):
        vectors = {key: np.array([v]) for key, v in _numbers(drug, symbol, value, loss).items()}
        run = run_vectors(bench, vectors, lambda _, values: values[:, -1:])
        response = run.values[p.readout][0, :, 0]
        half = half_maximum(np.array(bench.plan.axes[0].values), response, unit="nM").value
        if not math.isfinite(half):
            # half the change lies outside the doses: move on towards where there is one
            moved = np.abs(response - response[0]).max() > 1e-3 * np.abs(response).max()
            value *= 10.0 if moved else 0.1
            continue
        value *= target / half
        if abs(half / target - 1.0) < _CLOSE:
            return float(value)
    message = f"no constant of the model gives {p.measure} {p.value:g} nM on {p.readout} of {p.cell}"
    hint = "another readout, time or stimulus; or a constant of the enzyme"
    raise problem("own-drug.cell", message, hint=hint)


def _numbers(drug: OwnDrug, symbol: str, value: float, loss: float) -> Mapping[str, float]:
    """The numbers of the drug that stands in, as those of the drug."""
    found = {f"kloss_{symbol}": loss}
    if drug.acts.template == "jak_inhibitor":
        return found | {f"IC50_{symbol}_{k}": value if k in drug.targets else _AWAY for k in KINASES}
    prefix = next(f"{k}_{symbol}" for k in ("K", "KD") if f"{k}_{symbol}" in defined_in())
    return {**found, prefix: value}
