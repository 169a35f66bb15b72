"""The tumour's lineage in whole cells as one standard document: each division, death and step is a reaction.

Stem-like cells S divide into two of their kind, one of each kind or two progenitors P; progenitors divide,
die, return or mature into differentiated cells D, which are lost. A stem-like cell that divides into two of
one kind makes two stem-like cells with the odds ``two_S`` of the table times a power of the stemness score.
The numbers are those of ``parameters/lineage.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from jakstat.biology.kept import kept
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["lineage_document", "lineage_rows"]

_TEXT = """model lineage
compartment place = 1;
substanceOnly species S in place = 1, P in place = 0, D in place = 0;
weight_S = 0; weight_P = 0;
counted := piecewise(1, weight_S*S + weight_P*P < 1, 0);
two_stem: S -> 2 S; counted*kdiv_S*share_SS*S;
one_stem: S -> S + P; counted*kdiv_S*share_SP*S;
two_progenitors: S -> 2 P; counted*kdiv_S*(1 - share_SS - share_SP)*S;
death_stem: S -> ; counted*kdeath_S*S;
division_progenitor: P -> 2 P; counted*kdiv_P*P;
death_progenitor: P -> ; counted*kdeath_P*P;
maturation: P -> D; counted*kmature_P*P;
return_progenitor: P -> S; counted*kreturn_P*P;
loss_differentiated: D -> ; counted*kdeath_D*D;
end"""
_UNITS = {"substance": "item", "extent": "item", "time": "h"}


@lru_cache(maxsize=1)
def lineage_rows() -> Mapping[str, Row]:
    """The numbers of the lineage by id, with range, grade and source.

    Examples
    --------
    >>> lineage_rows()["kdiv_S"].unit
    '1/h'
    """
    text = files("jakstat.biology").joinpath("parameters", "lineage.csv").read_text(encoding="utf-8")
    return MappingProxyType({r.id: r for r in read_table(text, file="biology/parameters/lineage.csv")})


@lru_cache(maxsize=1)
def lineage_document() -> str:
    """The lineage as SBML Level 3 Version 2: cells as items, hours.

    Nothing happens any more in a tumour with ``weight_S`` S + ``weight_P`` P of 1 or more; the weights are 0.

    Notes
    -----
    SBML L3V2: doi:10.1515/jib-2017-0081.

    Examples
    --------
    >>> 'id="two_stem"' in lineage_document()
    True
    """
    values = {name: row.value for name, row in lineage_rows().items() if re.search(rf"\b{name}\b", _TEXT)}
    found: str = kept("documents", ["lineage", _TEXT, values], lambda: _written(values))
    return found


def _written(values: Mapping[str, float]) -> str:
    import libsbml

    from jakstat.biology.annotate import mark_dimensionless
    from jakstat.biology.sbml_units import set_model_units, unit_id
    from jakstat.biology.sbml_writing import translated

    lines = [f"{name} = {value!r};" for name, value in values.items()]
    text = _TEXT.replace("\nend", "\n" + "\n".join(lines) + "\nend")
    document = libsbml.readSBMLFromString(translated("lineage", text))
    document.setLevelAndVersion(3, 2, False)
    model = document.getModel()
    model.setName("lineage of a tumour")
    set_model_units(model, _UNITS)
    for parameter in model.getListOfParameters():
        unit = "1/h" if parameter.getId() in values and parameter.getId()[0] == "k" else "dimensionless"
        parameter.setUnits(unit_id(model, unit))
    for name in ("weight_S", "weight_P"):
        model.getParameter(name).setUnits(unit_id(model, "1/item"))
    model.getCompartment("place").setUnits(unit_id(model, "dimensionless"))
    for species in model.getListOfSpecies():
        species.setSubstanceUnits(unit_id(model, "item"))
    mark_dimensionless(model)
    return str(libsbml.writeSBMLToString(document))
