"""Drugs of the library as the document of a patient takes them, and the doses of a regimen into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from jakstat.arrays import Floats
from jakstat.biology.body_drugs import BodyDrug
from jakstat.biology.pk_assembly import pk_constants, pk_numbers
from jakstat.engine.doses import Dose
from jakstat.knowledge.parameter_table import Row
from jakstat.pharmacology.dose_table import dose_tables
from jakstat.pharmacology.library import find_agent
from jakstat.pharmacology.pk_library import PkModel, pk_model
from jakstat.pharmacology.regimen import Regimen
from jakstat.pharmacology.subjects import Subjects, individual_numbers

__all__ = ["body_doses", "body_drug", "body_numbers"]

_NOT_IN_CELLS = ("ligand_antibody_", "cytotoxic_")
"""Parts of the cell for what acts in the fluids of the body, or on the tumour as a whole, instead."""


@lru_cache(maxsize=64)
def body_drug(name: str) -> BodyDrug:
    """The drug called ``name`` as the document of a patient takes it.

    Parameters
    ----------
    name : str
        Id, name or alias.

    Raises
    ------
    InputError
        ``drug.unknown``, ``pk.none``.

    Examples
    --------
    >>> drug = body_drug("Jakafi")
    >>> drug.id, drug.cell_part, dict(drug.places)
    ('ruxolitinib', 'jak_inhibitor_ruxolitinib', {'PO': 'ruxolitinib_Depot'})
    """
    model = pk_model(name)
    agent = find_agent(model.id)
    symbol = agent.model_symbol if agent is not None and agent.kind == "drug" else ""
    cell_part = agent.cell_part if agent is not None and symbol else ""
    if cell_part.startswith(_NOT_IN_CELLS):
        symbol, cell_part = "", ""
    medium = None if agent is None else agent.properties.get("fraction_unbound_medium")
    return BodyDrug(
        id=model.id,
        name=model.name,
        kind=model.kind,
        parts=model.parts,
        rows=_body_rows(model, medium),
        symbol=symbol,
        cell_part=cell_part,
        places=MappingProxyType({route: f"{model.id}_{place}" for route, place in model.routes.items()}),
    )


def _body_rows(model: PkModel, medium: Row | None) -> tuple[Row, ...]:
    """The numbers of a drug in mg, L, h and nM, with their grades and sources."""
    values = model.values()
    found: list[Row] = []
    for key, unit in pk_numbers(model.parts).items():
        own = model.numbers.get(key) or pk_constants().get(key)
        if own is not None:
            found.append(_in_model(own, key, values[key], unit))
    mass = model.numbers["molar_mass"]
    found.append(_in_model(mass, "nmol_per_mg", values["nmol_per_mg"], "nmol/mg"))
    unbound = model.numbers["fraction_unbound"]
    found.append(_in_model(unbound, "fraction_unbound", unbound.value, unbound.unit))
    one = Row("", 1.0, "dimensionless", 1.0, 1.0, "assumed", "protocol", "nothing is bound in medium")
    own = medium or one
    found.append(_in_model(own, "fraction_unbound_medium", own.value, own.unit))
    if "cyp3a4" in model.parts:
        reference = pk_constants()["IL6_reference"]
        found.append(_in_model(reference, "IL6", values["IL6"], "ng/L"))
        grams = pk_constants()["mass_IL6"]
        found.append(replace(grams, unit="ng/nmol"))  # the same number as g/mol
    if "clearance_falls" in model.parts:
        first = Row("first_dose", 0.0, "h", 0.0, 1e6, "assumed", "protocol", "time of the first dose")
        found.append(first)
    return tuple(found)


def _in_model(row: Row, key: str, value: float, unit: str) -> Row:
    """The row in another unit; its range keeps its ratio to the value."""
    low, high = (value if row.value == 0 else value * x / row.value for x in (row.low, row.high))
    return replace(row, id=key, value=value, unit=unit, low=min(low, high), high=max(low, high), key=())


def body_numbers(drug: BodyDrug, subjects: Subjects) -> dict[str, Floats]:
    """The drug's numbers in each subject, by their ids in the document of a patient.

    Examples
    --------
    >>> from jakstat.pharmacology.subjects import draw_subjects
    >>> numbers = body_numbers(body_drug("siltuximab"), draw_subjects("cancer", 0))
    >>> round(24 * float(numbers["siltuximab_CL"][0]), 3)
    0.214
    """
    known = {row.id for row in drug.rows}
    found = individual_numbers(pk_model(drug.id), subjects)
    return {drug.prefix + key: value for key, value in found.items() if key in known and key != "IL6"}


def body_doses(
    drug: BodyDrug, regimen: Regimen, subjects: Subjects, numbers: Mapping[str, Floats], until_h: float
) -> list[list[Dose]]:
    """The doses of a regimen into the document of a patient, in mg and hours.

    Parameters
    ----------
    drug : BodyDrug
    regimen : Regimen
    subjects : Subjects
    numbers : mapping of str to array
        As :func:`jakstat.pharmacology.dose_table.dose_tables`.
    until_h : float

    Examples
    --------
    >>> from jakstat.pharmacology.regimen_text import parse_regimen
    >>> from jakstat.pharmacology.subjects import draw_subjects
    >>> regimen, one = parse_regimen("20 mg PO BID"), draw_subjects("cancer", 0)
    >>> body_doses(body_drug("ruxolitinib"), regimen, one, {}, 48.0)[0][0].target
    'ruxolitinib_Depot'
    """
    tables = dose_tables(pk_model(drug.id), regimen, subjects, numbers, until_h)
    return [[replace(dose, target=drug.prefix + dose.target) for dose in table] for table in tables]
