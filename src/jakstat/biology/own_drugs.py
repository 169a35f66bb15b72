"""Drugs of a user's own: what his file says, and the part of the model that it becomes.

The part is made from the templates that the library's drugs are made from, with other numbers; so an own
drug with a library drug's numbers gives that drug's answers. A drug is named by its content: ``my_drug#``
and eight digits of the SHA-256 of what was understood of its file, of which a copy is kept in the user's
folder. The name says which numbers are meant, wherever it travels, and two versions of a file never mix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from jakstat.knowledge.parameter_table import USER, Row, read_table

__all__ = [
    "ID_SIGN",
    "KINASES",
    "MECHANISMS",
    "SYMBOL",
    "Mechanism",
    "OwnDrug",
    "OwnPotency",
    "drug_text",
    "is_own_part",
    "own_drug_numbers",
    "own_part_ref",
]

KINASES = ("JAK1", "JAK2", "JAK3", "TYK2")
ID_SIGN = "_u"
"""Stands for ``#`` where only a word can stand."""
SYMBOL = "own_"
"""Begins the id of what is a user's own in a model; no part of the product has it."""
_OWN_PART = re.compile(r"(?P<template>\w+)_own_(?P<ref>[A-Za-z]\w*#[0-9a-f]{8})")
Measure = Literal["IC50", "Ki", "Kd", "DC50"]
Assay = Literal["enzyme", "binding", "cell"]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """How a drug acts: the template of its part, and what its constant stands in.

    Parameters
    ----------
    template : str
        The part of the product that it is an instance of.
    targets : tuple of str
        What it may act on; none for any ligand of the model.
    constant : str
        Name of the row of its constant; ``%id%`` and ``%target%`` stand for drug and target.
    measures, assays : tuple of str
        What may be given of its potency.
    group, structure, about : str
        As the library has them.
    stand_in : str
        A drug of the library that acts in the same way: with it the dose on cells is worked out.
    gives, requires
        What a blocker gives to ports, with ``%id%``, and the parts that it needs.
    """

    template: str
    targets: tuple[str, ...]
    constant: str
    measures: tuple[str, ...]
    assays: tuple[str, ...]
    group: str
    structure: str
    about: str
    stand_in: str = ""
    gives: tuple[tuple[str, str], ...] = ()
    requires: tuple[str, ...] = ()


_OCCUPIED = "1/(1 + %id%/K_%id%)"
_BLOCKER: Mapping[str, Any] = {
    "template": "blocker", "constant": "K_%id%", "measures": ("IC50", "Ki", "Kd"),
    "assays": ("binding", "enzyme", "cell"), "structure": "small molecule",
}  # fmt: skip
MECHANISMS: Mapping[str, Mechanism] = MappingProxyType(
    {
        "kinase_inhibitor": Mechanism(
            "jak_inhibitor", KINASES, "IC50_%id%_%target%", ("IC50", "Ki"), ("enzyme", "cell"), "JAK",
            "small molecule", "competes with ATP on the kinase site", "ruxolitinib",
        ),
        "SH2_blocker": Mechanism(
            **_BLOCKER, targets=("STAT3",), group="STAT3 SH2", stand_in="C188-9",
            about="sits in the SH2 domain of STAT3: STAT3 neither docks nor pairs",
            gives=(("SH2_occupancy", "%id%/K_%id%"), ("dimer_pairing", _OCCUPIED)),
        ),
        "DNA_binding_blocker": Mechanism(
            **_BLOCKER, targets=("STAT3",), group="STAT3 DNA", stand_in="DBD_inhibitor",
            about="keeps dimers of STAT3 from DNA", gives=(("DNA_binding", _OCCUPIED),), requires=("stat3",),
        ),
        "gp130_dimerisation_blocker": Mechanism(
            **_BLOCKER, targets=("IL6ST",), group="gp130", stand_in="bazedoxifene",
            about="keeps two trimers of IL-6, IL-6R and gp130 from joining",
            gives=(("hexamer_formation", f"{_OCCUPIED}^2"),), requires=("receptor",),
        ),
        "degrader": Mechanism(
            "blocker", ("STAT3",), "K_%id%", ("DC50",), ("cell",), "STAT3", "small molecule",
            "has STAT3 degraded faster",
            gives=(("STAT3_loss", "1 + gain_%id%*%id%/(K_%id% + %id%)"),),
            requires=("stat3", "stat3_turnover"),
        ),
        "ligand_antibody": Mechanism(
            "ligand_antibody", (), "KD_%id%", ("Kd",), ("binding",), "ligand", "antibody",
            "binds the ligand in the medium",
        ),
        "receptor_antibody": Mechanism(
            "receptor_antibody", ("IL6R",), "KD_%id%", ("Kd",), ("binding",), "IL-6R", "antibody",
            "binds IL-6R on the membrane and in solution",
        ),
        "gp130_antibody": Mechanism(
            "blocker", ("IL6ST",), "K_%id%", ("Kd",), ("binding",), "gp130", "antibody",
            "covers the ligand sites of gp130", gives=(("gp130_free", _OCCUPIED),), requires=("receptor",),
        ),
    }
)  # fmt: skip
"""How a drug of one's own may act."""


@dataclass(frozen=True, slots=True)
class OwnPotency:
    """What was measured of a drug on one target.

    Parameters
    ----------
    target : str
    measure : {"IC50", "Ki", "Kd", "DC50"}
    value, low, high : float
        nM; the range is None where the file has none.
    assay : {"enzyme", "binding", "cell"}
    ATP, Km_ATP : float or None
        mM, of an enzyme assay.
    cell, stimulus, readout, at, before : str
        Of an assay on cells: which, what was given, read and when, and how long before the drug was there.
    most : float or None
        Share of the target that a degrader takes away at most.
    constant : float or None
        nM; what the potency on cells was turned into.
    """

    target: str
    measure: Measure
    value: float
    assay: Assay
    low: float | None = None
    high: float | None = None
    ATP: float | None = None
    Km_ATP: float | None = None
    cell: str = ""
    stimulus: str = ""
    readout: str = ""
    at: str = ""
    before: str = ""
    most: float | None = None
    constant: float | None = None

    @property
    def fold(self) -> float:
        """The model's constant over the potency as it was measured.

        An IC50 of an enzyme at another ATP is brought to that of the library's assays, an inhibition constant
        too: IC50 = Ki*(1 + ATP/Km) (Cheng and Prusoff 1973, doi:10.1016/0006-2952(73)90196-2). A degrader
        that takes the share D away at most does half of it at K*(1 - D), since 1/(1 + g*x) with
        g = D/(1 - D) is 1 - D/2 at x = C/(C + K) = (1 - D)/(2 - D).

        Examples
        --------
        >>> OwnPotency("JAK1", "IC50", 2.0, "enzyme", ATP=0.01, Km_ATP=0.01).fold
        50.5
        >>> OwnPotency("STAT3", "DC50", 5.0, "cell", most=0.75).fold
        4.0
        """
        if self.constant is not None:
            return self.constant / self.value
        if self.measure == "DC50":
            assert self.most is not None
            return 1.0 / (1.0 - self.most)
        if self.assay != "enzyme" or self.Km_ATP is None:
            return 1.0
        there = own_drug_numbers()["ATP_of_assays"].value / self.Km_ATP
        here = 0.0 if self.measure == "Ki" else (self.ATP or 0.0) / self.Km_ATP
        return (1.0 + there) / (1.0 + here)

    @property
    def told(self) -> str:
        """How it was measured, for the note of the number."""
        said = f"{self.measure} {self.value:g} nM, {self.assay} assay"
        if self.assay == "cell":
            said += f" on {self.cell}, {self.stimulus}, {self.readout} at {self.at}" if self.cell else ""
            return said if self.constant is None else f"{said}; the model's constant gives that dose"
        said += f" at {self.ATP:g} mM ATP" if self.ATP is not None else ""
        return said if self.fold == 1.0 else f"{said}; brought to {self.fold:.4g} times it"


@dataclass(frozen=True, slots=True)
class OwnDrug:
    """A drug of a user's own.

    Parameters
    ----------
    name, mechanism : str
    potencies : tuple of OwnPotency
    data_key : str
        SHA-256 of the user's file.
    molar_mass : float or None
        g/mol.
    unbound : float or None
        Unbound share in culture medium.
    loss : float or None
        1/h, in medium.
    species : tuple of str
        Whose target it knows.
    site : {"I", "III"}
        Of IL-6, where an antibody binds.
    pk : tuple of (str, float, str)
        Pharmacokinetic numbers with their unit.
    route, regimen, note : str
    """

    name: str
    mechanism: str
    potencies: tuple[OwnPotency, ...]
    data_key: str
    molar_mass: float | None = None
    unbound: float | None = None
    loss: float | None = None
    species: tuple[str, ...] = ("human", "mouse")
    site: str = "I"
    pk: tuple[tuple[str, float, str], ...] = ()
    route: str = ""
    regimen: str = ""
    note: str = ""

    def __str__(self) -> str:
        return self.ref

    @property
    def acts(self) -> Mechanism:
        """How it acts."""
        return MECHANISMS[self.mechanism]

    @property
    def symbol(self) -> str:
        """Its id in a model."""
        return f"{SYMBOL}{self.name}"

    @property
    def ref(self) -> str:
        """The name under which protocols take it: what it is called, and which numbers are meant."""
        return f"{self.name}#{sha256(drug_text(self).encode()).hexdigest()[:8]}"

    @property
    def id(self) -> str:
        """The same as a word that a model may have as an id."""
        return self.ref.replace("#", ID_SIGN)

    @property
    def part(self) -> str:
        """The name of its part."""
        return f"{self.acts.template}_own_{self.ref}"

    @property
    def targets(self) -> tuple[str, ...]:
        """What it acts on."""
        return tuple(p.target for p in self.potencies)

    def constants(self) -> tuple[str, ...]:
        """Ids of the numbers that say how strongly it acts."""
        filled = self.acts.constant.replace("%id%", self.symbol)
        return tuple(filled.replace("%target%", target) for target in self.targets)

    def rows(self) -> tuple[Row, ...]:
        """The numbers of its part.

        Examples
        --------
        >>> drug = OwnDrug("mine", "SH2_blocker", (OwnPotency("STAT3", "Kd", 500.0, "binding"),), "0" * 64)
        >>> [(row.id, row.value, row.low, row.grade) for row in drug.rows()]
        [('K_own_mine', 500.0, 125.0, 'user'), ('kloss_own_mine', 0.03, 0.003, 'assumed')]
        """
        spread = own_drug_numbers()["spread_potency"].value
        found = []
        for key, p in zip(self.constants(), self.potencies, strict=True):
            value = p.value if p.fold == 1.0 else p.value * p.fold
            low = value / spread if p.low is None else value * p.low / p.value
            high = value * spread if p.high is None else value * p.high / p.value
            found.append(Row(key, value, "nM", low, high, USER, USER, p.told))
            if p.most is not None:
                gain, most = p.most / (1.0 - p.most), f"takes {p.most:.3g} of the target away at most"
                found.append(Row(f"gain_{self.symbol}", gain, "dimensionless", gain, gain, USER, USER, most))
        if self.acts.template in ("jak_inhibitor", "blocker"):
            found.append(self._loss_row())
        return tuple(found)

    def _loss_row(self) -> Row:
        key = f"kloss_{self.symbol}"
        if self.loss is not None:
            return Row(key, self.loss, "1/h", self.loss / 3, self.loss * 3, USER, USER, "loss in medium")
        if self.acts.structure == "antibody":
            return Row(key, 0.0, "1/h", 0.0, 0.0, "assumed", "recalled", "stable in culture for days")
        return replace(own_drug_numbers()["loss_in_medium"], id=key)

    def entries(self) -> dict[str, Any]:
        """What fills the slots of its template, but for what the model knows of a ligand."""
        shared = {"id": self.symbol, "name": self.name, "chebi": "", "evidence": [USER], "expected": []}
        if self.acts.template == "jak_inhibitor":
            needs = [] if "JAK1" in self.targets else ["jak_family"]
            return {**shared, "acts": self.acts.about, "shift": "potency_shift", "loss_evidence": [USER],
                    "factor": "the potency shift of the cell: ATP and uptake", "requires": needs}  # fmt: skip
        if self.acts.template == "blocker":
            return {
                **shared,
                "target": ", ".join(self.targets),
                "summary": f"{self.name} {self.acts.about}.",
                "limit": "What it does beside its target is left out.",
                "sbo": "SBO:0000252" if self.acts.structure == "antibody" else "SBO:0000247",
                "requires": list(self.acts.requires),
                "gives": {port: said.replace("%id%", self.symbol) for port, said in self.acts.gives},
            }
        return shared

    @property
    def lacks(self) -> tuple[str, ...]:
        """Kinases of its template for which no number is given: it leaves them alone."""
        if self.acts.template != "jak_inhibitor":
            return ()
        return tuple(k for k in KINASES if k not in self.targets)


@lru_cache(maxsize=1)
def own_drug_numbers() -> Mapping[str, Row]:
    """The numbers by which an own drug is understood.

    Examples
    --------
    >>> own_drug_numbers()["ATP_of_assays"].unit
    'mM'
    """
    text = files("jakstat.biology").joinpath("own_drug_numbers.csv").read_text(encoding="utf-8")
    return {row.id: row for row in read_table(text, file="biology/own_drug_numbers.csv")}


def is_own_part(name: str) -> bool:
    """Whether a part is made from a drug of the user's own.

    Examples
    --------
    >>> is_own_part("blocker_own_mine#0123abcd"), is_own_part("blocker_Stattic")
    (True, False)
    """
    return _OWN_PART.fullmatch(name) is not None


def own_part_ref(name: str) -> str:
    """The drug that an own part is made from.

    Examples
    --------
    >>> own_part_ref("blocker_own_mine#0123abcd")
    'mine#0123abcd'
    """
    found = _OWN_PART.fullmatch(name)
    assert found is not None
    return found["ref"]


def drug_text(drug: OwnDrug) -> str:
    """What was understood of a drug's file, as a file; numbers are written so that they read back exactly.

    Examples
    --------
    >>> drug = OwnDrug("mine", "SH2_blocker", (OwnPotency("STAT3", "Kd", 0.5, "binding"),), "0" * 64)
    >>> print(drug_text(drug))
    # A drug of your own, as jakstat understood its file; `jakstat drugs mine` shows it.
    name: mine
    mechanism: SH2_blocker
    data_key: "0000000000000000000000000000000000000000000000000000000000000000"
    species: [human, mouse]
    potency:
      STAT3: {Kd: 0.5 nM, assay: binding}
    <BLANKLINE>
    """
    lines = [
        f"# A drug of your own, as jakstat understood its file; `jakstat drugs {drug.name}` shows it.",
        f"name: {drug.name}",
        f"mechanism: {drug.mechanism}",
        f"data_key: {json.dumps(drug.data_key)}",
        f"species: [{', '.join(drug.species)}]",
    ]
    lines += [f"molar_mass: {drug.molar_mass!r} g/mol"] if drug.molar_mass is not None else []
    lines += [f"unbound_in_medium: {drug.unbound!r}"] if drug.unbound is not None else []
    lines += [f"loss_in_medium: {drug.loss!r} 1/h"] if drug.loss is not None else []
    lines += [f"site: {drug.site}"] if drug.site != "I" else []
    lines += [f"note: {json.dumps(drug.note, ensure_ascii=False)}"] if drug.note else []
    lines += ["potency:", *(f"  {p.target}: {{{_potency_text(p)}}}" for p in drug.potencies)]
    if drug.pk:
        lines += ["pk:", f"  route: {drug.route}"]
        lines += [f"  regimen: {json.dumps(drug.regimen)}"] if drug.regimen else []
        lines += [f"  {key}: {f'{value!r} {unit}'.strip()}" for key, value, unit in drug.pk]
    return "\n".join([*lines, ""])


def _potency_text(p: OwnPotency) -> str:
    said = [f"{p.measure}: {p.value!r} nM", f"assay: {p.assay}"]
    said += [f"{key}: {v!r} nM" for key, v in (("low", p.low), ("high", p.high)) if v is not None]
    said += [f"{key}: {v!r} mM" for key, v in (("ATP", p.ATP), ("Km_ATP", p.Km_ATP)) if v is not None]
    words = ("cell", "stimulus", "readout", "at", "before")
    said += [f"{key}: {json.dumps(getattr(p, key))}" for key in words if getattr(p, key)]
    said += [f"most: {p.most!r}"] if p.most is not None else []
    said += [f"constant: {p.constant!r} nM"] if p.constant is not None else []
    return ", ".join(said)
