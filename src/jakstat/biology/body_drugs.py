"""Drugs in a body: their pharmacokinetics behind a prefix, and what they do to a tumour as a whole.

The numbers of an action stand in ``parameters/tumour_drugs.csv``, the actions themselves in
``tumour_drugs.yaml``: by drug and port, at which concentration it acts, and the records behind it. An action
saturates as Emax*C/(EC50 + C), and a port that is a product gets one minus that; an antibody that holds a
ligand gives its sites over their dissociation constant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from jakstat.biology.instances import prefixed_part, renamed
from jakstat.biology.kept import kept_yaml
from jakstat.biology.parts import Part, Port
from jakstat.biology.pk_assembly import pk_pieces
from jakstat.biology.pk_parts import pk_units
from jakstat.knowledge.parameter_table import Row, read_table

__all__ = ["BodyDrug", "acts_on_tumour", "drug_actions", "drug_pieces", "drug_rows", "tumour_drug_rows"]

_CLOCK = re.compile(r"\btime\b")
_AMOUNT = re.compile(r"substanceOnly species (\w+)")


@dataclass(frozen=True, slots=True, eq=False)
class BodyDrug:
    """A drug in a body.

    Parameters
    ----------
    id, name : str
        ``id`` stands as prefix before everything of its pharmacokinetics.
    kind : str
        antibody, small molecule, ...
    parts : tuple of str
        Its pharmacokinetic parts.
    rows : tuple of Row
        Its numbers in the model's units (mg, L, h), without the prefix.
    symbol : str
        The species of a cell's medium that it is; empty when no part of the cell knows it.
    cell_part : str
        The part of the cell that it acts in, or empty.
    places : mapping of str to str
        By route, the species of the document that a dose goes into.
    """

    id: str
    name: str
    kind: str
    parts: tuple[str, ...]
    rows: tuple[Row, ...]
    symbol: str
    cell_part: str
    places: Mapping[str, str]

    @property
    def prefix(self) -> str:
        """What stands before its identifiers: ``sorafenib_``."""
        return f"{self.id}_"

    @property
    def is_antibody(self) -> bool:
        """Whether it reaches tissue as antibodies do: a share of its level in plasma."""
        return self.kind in ("antibody", "fusion protein")

    @property
    def around_cells(self) -> str:
        """The formula of its concentration around the cells, nominal as in a culture, in nM."""
        return f"{self.id}_unbound/{self.id}_fraction_unbound_medium"


def drug_rows(drug: BodyDrug) -> tuple[Row, ...]:
    """The numbers of a drug as the document has them, with the prefix."""
    return tuple(replace(row, id=drug.prefix + row.id) for row in drug.rows)


def drug_pieces(drug: BodyDrug, known: Iterable[str]) -> tuple[Part, ...]:
    """The pharmacokinetics of a drug in a body as parts of its document.

    Parameters
    ----------
    drug : BodyDrug
    known : iterable of str
        Symbols that the rest of the document defines; ``IL6_serum`` moves CYP3A4 where it is among them.
    """
    pieces = pk_pieces(drug.parts)
    numbers = pk_units(pieces)
    found = []
    clock = False
    for piece in pieces:
        gives = tuple((port, _CLOCK.sub("on_treatment", formula)) for port, formula in piece.gives)
        clock = clock or gives != piece.gives
        amounts = set(_AMOUNT.findall(piece.text))
        units = {a.id: "mg" if a.id in amounts else "mg/L" for a in piece.species}
        whole = replace(piece, gives=gives, units={**piece.units, **units})
        found.append(prefixed_part(whole, drug.prefix, drug.name, renamed(piece.text, drug.prefix)))
    return (*found, _course(drug, numbers, clock=clock, serum="IL6_serum" in set(known)))


def _course(drug: BodyDrug, numbers: Mapping[str, str], *, clock: bool, serum: bool) -> Part:
    """What joins the pharmacokinetics of a drug to the rest of the body."""
    lines = ["unbound := fraction_unbound*nmol_per_mg*Drug;"]
    units = {"unbound": "nM"}
    if clock:
        lines.append("on_treatment := piecewise(time - first_dose, time > first_dose, 0*first_dose);")
        units["on_treatment"] = "h"
    text = renamed("\n".join(lines), drug.prefix)
    if serum and "IL6" in numbers:
        text += f"\n{drug.prefix}IL6 := IL6_serum*{drug.prefix}mass_IL6;"
        units["IL6"] = "ng/L"
    return Part(
        name=f"{drug.prefix}course",
        title=f"{drug.name} in the body",
        summary="Unbound drug of plasma reaches the cells.",
        limits=(),
        species=(),
        reactions=(),
        expected=(),
        text=text,
        units=MappingProxyType({drug.prefix + key: unit for key, unit in units.items()}),
    )


def _read(name: str) -> str:
    return files("jakstat.biology").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def tumour_drug_rows() -> tuple[Row, ...]:
    """The numbers of what drugs do to a tumour as a whole.

    Examples
    --------
    >>> {row.unit for row in tumour_drug_rows() if row.id.startswith("EC50_sorafenib")}
    {'nM'}
    """
    file = "parameters/tumour_drugs.csv"
    return read_table(_read(file), file=f"biology/{file}")


@lru_cache(maxsize=1)
def _actions() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    found: Mapping[str, Mapping[str, Mapping[str, Any]]] = kept_yaml(_read("tumour_drugs.yaml"))
    return found


def acts_on_tumour(drug: BodyDrug) -> bool:
    """Whether the drug does anything in a patient: in his cells, or to his tumour as a whole."""
    return bool(drug.cell_part) or drug.id in _actions()


def drug_actions(drug: BodyDrug, ports: Mapping[str, Port]) -> Part:
    """What a drug gives to the ports of the tumour.

    Parameters
    ----------
    drug : BodyDrug
    ports : mapping of str to Port
        The ports that the tumour has; actions on others are left out.
    """
    gives, rules = [], {}
    for port, entry in _actions().get(drug.id, {}).items():
        if port not in ports:
            continue
        gives.append((port, _action(drug, entry, ports[port])))
        rules[port] = tuple(entry["evidence"])
    return Part(
        name=f"{drug.prefix}actions",
        title=f"{drug.name} on the tumour",
        summary="What the drug does to vessels, immune cells, stroma and dividing cells as a whole.",
        limits=(),
        species=(),
        reactions=(),
        expected=(),
        text="",
        gives=tuple(gives),
        rules=MappingProxyType(rules),
    )


def _action(drug: BodyDrug, entry: Mapping[str, Any], port: Port) -> str:
    """The formula of one action."""
    level = f"{drug.prefix}{'unbound' if entry['level'] == 'unbound' else 'Drug'}"
    if "share" in entry:
        level = f"{entry['share']}*{level}"
    if "sites_over" in entry:
        return f"sites*{level}/{entry['sites_over']}"
    ends = f"{drug.id}_{port.name}"
    formula = f"Emax_{ends}*{level}/(EC50_{ends} + {level})"
    return formula if port.combine == "sum" else f"1 - {formula}"
