"""Pharmacokinetic models of drugs, read from the tables of this room.

``pk_models.yaml`` says which parts a drug's model has, by which routes it is given, its regimens and
its mechanistic toxicities. ``pk_parameters.csv`` holds every number as ``<drug>.<number>``,
``pk_variability.csv`` what differs between subjects, ``pk_covariates.csv`` what explains a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from jakstat.biology import loosened
from jakstat.biology.kept import kept_yaml
from jakstat.biology.own_drugs import OwnDrug, own_drug_numbers
from jakstat.biology.pk_assembly import pk_constants, pk_numbers
from jakstat.errors import InputError, problem
from jakstat.knowledge.parameter_table import USER, Grade, Row, read_table, weakest
from jakstat.pharmacology.library import find_agent
from jakstat.pharmacology.nearest import unknown
from jakstat.units import convert, parse_quantity, to_molar

_OWN_POPULATION = "healthy"
"""In whom a drug of the user's own is used unless told otherwise."""

__all__ = ["Covariate", "PkModel", "SubjectSpread", "pk_model", "pk_models"]


@dataclass(frozen=True, slots=True)
class SubjectSpread:
    """How far one number differs between subjects.

    ``draw`` names the standard normal draw; numbers with one draw move together. ``scale`` is ``log``
    (number times exp(size*draw)), ``add`` (number plus size*draw), or ``correlation`` between two draws.
    """

    draw: str
    scale: str
    number: str
    row: Row


@dataclass(frozen=True, slots=True)
class Covariate:
    """How one number follows a covariate: as a power of it over a reference, or by a factor where it is 1."""

    covariate: str
    form: str
    reference: float
    number: str
    row: Row


@dataclass(frozen=True, slots=True)
class PkModel:
    """The pharmacokinetics of one drug.

    Parameters
    ----------
    id, name : str
    aliases : tuple of str
    kind : str
        antibody, small molecule, oligonucleotide, fusion protein, probe.
    parts : tuple of str
        Parts of the model.
    routes : mapping of route to species
        Where a dose goes.
    population : str
        In whom it is used unless told otherwise.
    target : str
        The soluble ligand or receptor of plasma that it binds, or ``""``.
    regimens, toxicities : tuple of mapping
        ``text``, ``note`` and ``source``.
    numbers : mapping of str to Row
    spreads : tuple of SubjectSpread
    covariates : tuple of Covariate
    own_data : str
        SHA-256 of the file of a drug of the user's own.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    parts: tuple[str, ...]
    routes: Mapping[str, str]
    population: str
    target: str
    regimens: tuple[Mapping[str, str], ...]
    toxicities: tuple[Mapping[str, str], ...]
    numbers: Mapping[str, Row]
    spreads: tuple[SubjectSpread, ...]
    covariates: tuple[Covariate, ...]
    own_data: str = ""

    @property
    def molar_mass(self) -> float:
        """Molar mass in g/mol."""
        return self.numbers["molar_mass"].value

    @property
    def fraction_unbound(self) -> float:
        """Unbound share of the drug in plasma."""
        return self.numbers["fraction_unbound"].value

    @property
    def grade(self) -> Grade:
        """The weakest grade of the numbers of its clearance and first volume, on which its exposure rests."""
        return weakest(self.numbers[key].grade for key in ("CL", "V1"))

    @property
    def unbound_grade(self) -> Grade:
        """The weakest grade of exposure and unbound share together."""
        return weakest((self.grade, self.numbers["fraction_unbound"].grade))

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the sources of its numbers, sorted."""
        rows = [*self.numbers.values(), *(s.row for s in self.spreads), *(c.row for c in self.covariates)]
        return tuple(sorted({row.source for row in rows}))

    def number(self, key: str, unit: str = "") -> float | None:
        """One number in a unit, or None when the drug has none."""
        row = self.numbers.get(key)
        if row is None:
            return None
        return row.value if not unit or row.unit == unit else convert(row.value, row.unit, unit)

    def values(self, *, target: bool = False) -> dict[str, float]:
        """Every number that its parts need, in the model's units (mg, L, h).

        Raises
        ------
        InputError
            ``pk.target`` when a target is asked of a drug that has none in plasma.
        """
        found: dict[str, float] = {}
        for key, unit in pk_numbers(self.all_parts(target=target)).items():
            row = self.numbers.get(key) or pk_constants().get(key)
            if row is not None:
                found[key] = _in_unit(row, unit, key)
        found["nmol_per_mg"] = to_molar(parse_quantity("1 mg/L"), molar_mass=self.molar_mass)
        if "cyp3a4" in self.parts:
            found["IL6"] = found["IL6_reference"]
        return found

    def all_parts(self, *, target: bool = False) -> tuple[str, ...]:
        """Its parts, with its soluble target when asked for."""
        if target and not self.target:
            hint = f"it is for {', '.join(m.name for m in pk_models() if m.target)}"
            raise problem("pk.target", f"{self.name} binds no target in plasma", hint=hint)
        return (*self.parts, f"target_{self.target}") if target else self.parts


def _in_unit(row: Row, unit: str, key: str) -> float:
    if row.unit == unit:
        return row.value
    if unit == "nM":
        mass = pk_constants()[f"mass_{key.split('_')[1]}"].value
        return to_molar(parse_quantity(f"{row.value!r} {row.unit}"), molar_mass=mass)
    return convert(row.value, row.unit, unit)


def _text(name: str) -> str:
    return files("jakstat.pharmacology").joinpath(name).read_text(encoding="utf-8")


def _of(drug: str, identifier: str) -> bool:
    return identifier.split(".", maxsplit=1)[0] == drug


@lru_cache(maxsize=1)
def pk_models() -> tuple[PkModel, ...]:
    """The pharmacokinetic models of all drugs that have one.

    Examples
    --------
    >>> [m.name for m in pk_models()][:2]
    ['siltuximab', 'sirukumab']
    """
    heads: dict[str, Any] = kept_yaml(_text("pk_models.yaml"))
    numbers = read_table(_text("pk_parameters.csv"), file="pharmacology/pk_parameters.csv")
    spreads = read_table(
        _text("pk_variability.csv"), file="pharmacology/pk_variability.csv", leading=("eta", "scale")
    )
    covariates = read_table(
        _text("pk_covariates.csv"),
        file="pharmacology/pk_covariates.csv",
        leading=("covariate", "form", "reference", "reference_unit"),
    )
    return tuple(
        PkModel(
            id=drug,
            name=head["name"],
            aliases=tuple(head["aliases"]),
            kind=head["kind"],
            parts=tuple(head["parts"]),
            routes=MappingProxyType(head["routes"]),
            population=head["population"],
            target=head.get("target", ""),
            regimens=tuple(MappingProxyType(r) for r in head["regimens"]),
            toxicities=tuple(MappingProxyType(t) for t in head["toxicities"]),
            numbers=MappingProxyType({r.id.split(".")[1]: r for r in numbers if _of(drug, r.id)}),
            spreads=tuple(
                SubjectSpread(r.key[0], r.key[1], r.id.split(".")[1], r) for r in spreads if _of(drug, r.id)
            ),
            covariates=tuple(
                Covariate(r.key[0], r.key[1], float(r.key[2]), r.id.split(".")[1], r)
                for r in covariates
                if _of(drug, r.id)
            ),
        )
        for drug, head in heads.items()
    )


def pk_model(name: str) -> PkModel:
    """The pharmacokinetics of the drug called ``name`` (id, name or alias; case is ignored).

    Raises
    ------
    InputError
        ``drug.unknown``, with the nearest names; ``pk.none`` for a drug of the library without
        pharmacokinetics.

    Examples
    --------
    >>> pk_model("Actemra").name, pk_model("CNTO 328").grade
    ('tocilizumab', 'fitted')
    """
    name = str(name)  # of a drug of the user's own as well
    found = find_agent(name)
    return _shipped_model(name) if found is None or found.own is None else _own_model(found.own)


@lru_cache(maxsize=64)
def _own_model(drug: OwnDrug) -> PkModel:
    """The pharmacokinetics of a drug of the user's own."""
    if not drug.pk:
        hint = "add pk to its file: route, CL, V1 and, if it is not given into a vein, ka"
        raise problem("pk.none", f"no pharmacokinetics are given for {drug.ref}", field="DRUG", hint=hint)
    depot = drug.route != "IV"
    regimens = [{"text": drug.regimen, "note": "of the user's file", "source": USER}] if drug.regimen else []
    numbers = _own_numbers(drug)
    return PkModel(
        id=drug.id,
        name=drug.ref,
        aliases=(),
        kind=drug.acts.structure,
        parts=("central", *(["peripheral_1"] if "V2" in numbers else []), *(["absorption"] if depot else [])),
        routes=MappingProxyType({drug.route: "Depot" if depot else "Drug"}),
        population=_OWN_POPULATION,
        target="",
        regimens=tuple(MappingProxyType(r) for r in regimens),
        toxicities=(),
        numbers=MappingProxyType(numbers),
        spreads=(),
        covariates=(),
        own_data=drug.data_key,
    )


def _own_numbers(drug: OwnDrug) -> dict[str, Row]:
    """Those that were given, and a share of 1 where none was."""
    spread = own_drug_numbers()["spread_kinetics"].value
    found = {}
    for key, value, unit in drug.pk:
        high = value * spread if unit else min(value * spread, 1.0)
        found[key] = Row(key, value, unit or "dimensionless", value / spread, high, USER, USER, "")
    mass = drug.molar_mass or 0.0
    found["molar_mass"] = Row("molar_mass", mass, "g/mol", mass, mass, USER, USER, "")
    for key in ("fraction_unbound", *(["F"] if drug.route != "IV" else [])):
        one = Row(key, 1.0, "dimensionless", 0.01, 1.0, "assumed", "recalled", "not given; taken as 1")
        found.setdefault(key, one)
    return {key: replace(row, id=f"{drug.id}.{key}") for key, row in found.items()}


@lru_cache(maxsize=256)
def _shipped_model(name: str) -> PkModel:
    wanted = loosened(name)
    for model in pk_models():
        if wanted in {loosened(s) for s in (model.id, model.name, *model.aliases)}:
            return model
    known = find_agent(name)
    for model in pk_models() if known is not None else ():
        if known is not None and known.id == model.id:
            return model
    names = [m.name for m in pk_models()]
    if known is not None:
        hint = f"drugs with pharmacokinetics: {', '.join(names)}"
        raise problem(
            "pk.none", f"no pharmacokinetics are recorded for {known.name}", field="DRUG", hint=hint
        )
    raise InputError([unknown("drug", name.strip(), names, field="DRUG")])
