"""From pharmacokinetic parts and numbers to one standard document (SBML L3V2): mg, L and hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from jakstat.biology.kept import kept
from jakstat.biology.parts import Part
from jakstat.biology.pk_parts import pk_part, pk_units
from jakstat.errors import InputError, Problem
from jakstat.identity import content_key
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["PkAssembly", "assemble_pk", "pk_constants", "pk_numbers", "pk_pieces"]

_UNITS = {"substance": "mg", "extent": "mg", "volume": "L", "area": "m^2", "time": "h"}


@dataclass(frozen=True, slots=True)
class PkAssembly:
    """The pharmacokinetics of one drug as a standard document.

    Parameters
    ----------
    sbml : str
        SBML Level 3 Version 2; amounts in mg (of a target in nmol), volumes in L, time in h.
    model_key : str
        Content key of the document.
    values : mapping of str to float
        Every number in it, in the units of ``units``.
    units : mapping of str to str
    parts : tuple of str
    """

    sbml: str
    model_key: str
    values: Mapping[str, float]
    units: Mapping[str, str]
    parts: tuple[str, ...]


@lru_cache(maxsize=1)
def pk_constants() -> Mapping[str, Row]:
    """Numbers of the body that several drugs share, with range, grade and source.

    Examples
    --------
    >>> pk_constants()["site"].unit
    'L'
    """
    text = files("jakstat.biology").joinpath("parameters", "pk.csv").read_text(encoding="utf-8")
    return MappingProxyType({row.id: row for row in read_table(text, file="biology/parameters/pk.csv")})


def pk_pieces(names: Iterable[str]) -> tuple[Part, ...]:
    """The pharmacokinetic parts of one drug, the chains of its transit compartments annotated.

    Examples
    --------
    >>> [a.id for piece in pk_pieces(["central", "transit_1"]) for a in piece.species]
    ['Drug', 'Depot', 'Transit_1']
    """
    names = tuple(names)
    stages = next((n.removeprefix("transit_") for n in names if n.startswith("transit_")), "")
    return tuple(pk_part(name, stages=stages) for name in names)


def pk_numbers(names: Iterable[str]) -> Mapping[str, str]:
    """What numbers the parts need, with the unit of each in the model.

    Examples
    --------
    >>> dict(pk_numbers(["central"]))
    {'V1': 'L', 'CL': 'L/h'}
    """
    return pk_units(pk_pieces(names))


def assemble_pk(name: str, parts: Iterable[str], values: Mapping[str, float]) -> PkAssembly:
    """The pharmacokinetic parts of one drug as SBML Level 3 Version 2.

    Parameters
    ----------
    name : str
        Identifier of the drug.
    parts : iterable of str
        Names of pharmacokinetic parts; ``central`` first.
    values : mapping of str to float
        What :func:`pk_numbers` asks for, in its units.

    Raises
    ------
    InputError
        ``part.unknown``; ``pk.parameter``: a number is missing.

    Notes
    -----
    SBML L3V2: doi:10.1515/jib-2017-0081.

    Examples
    --------
    >>> model = assemble_pk("drug", ["central"], {"V1": 5.0, "CL": 0.1})
    >>> 'id="Elimination"' in model.sbml
    True
    """
    chosen = tuple(parts)
    units = pk_numbers(chosen)
    missing = [key for key in units if key not in values]
    if missing:
        raise InputError(Problem("pk.parameter", f"{name} has no number {key}", field=key) for key in missing)
    return _assemble(name, chosen, tuple((key, float(values[key])) for key in units))


@lru_cache(maxsize=256)
def _assemble(name: str, names: tuple[str, ...], numbers: tuple[tuple[str, float], ...]) -> PkAssembly:
    pieces, values = pk_pieces(names), dict(numbers)
    units = pk_units(pieces)
    declared = [f"{key} = {value!r};" for key, value in values.items()]
    places = {key for key in values if any(f"compartment {key};" in piece.text for piece in pieces)}
    lines = [f"model pk_{name}", *(f"compartment {key};" for key in sorted(places)), *declared]
    lines += [piece.text for piece in pieces]
    given: dict[str, list[str]] = {}
    for port, formula in (pair for piece in pieces for pair in piece.gives):
        given.setdefault(port, []).append(formula)
    lines += [port.rule(given.get(port.name, ())) for piece in pieces for port in piece.ports]
    text = "\n".join([*lines, "end"])
    sbml: str = kept("documents", ["pk", name, names, text], lambda: _written(name, text, pieces, places))
    return PkAssembly(sbml, content_key(sbml), MappingProxyType(values), units, names)


def _written(name: str, text: str, pieces: tuple[Part, ...], places: Iterable[str]) -> str:
    import libsbml

    from jakstat.biology.annotate import annotate, mark_dimensionless
    from jakstat.biology.sbml_writing import translated

    document = libsbml.readSBMLFromString(translated(f"pk_{name}", text))
    document.setLevelAndVersion(3, 2, False)
    model = document.getModel()
    model.setName(f"pharmacokinetics of {name}")
    _set_units(model, pieces, pk_units(pieces), places)
    mark_dimensionless(model)
    found = [a for piece in pieces for a in (*piece.species, *piece.reactions)]
    annotate(model, found, "human", {})
    return str(libsbml.writeSBMLToString(document))


def _set_units(model: Any, pieces: Iterable[Part], units: Mapping[str, str], places: Iterable[str]) -> None:
    from jakstat.biology.sbml_units import set_model_units, unit_id

    set_model_units(model, _UNITS)
    told = dict(units)
    for piece in pieces:
        told.update(piece.units)
        told.update({port.name: port.unit for port in piece.ports})
    for parameter in model.getListOfParameters():
        parameter.setUnits(unit_id(model, told.get(parameter.getId(), "dimensionless")))
    for place in places:
        model.getCompartment(place).setUnits(unit_id(model, "L"))
    for species in model.getListOfSpecies():
        target = species.getId().startswith(("Free_", "Bound_"))
        species.setSubstanceUnits(unit_id(model, "nmol" if target else _UNITS["substance"]))
        if model.getInitialAssignmentBySymbol(species.getId()) is None and not target:
            species.setInitialAmount(0.0)
