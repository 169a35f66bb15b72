"""The cells of a patient: which parts they have, what they follow, and what they give to the tumour."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

from jakstat.arrays import Floats
from jakstat.biology.body_drugs import BodyDrug
from jakstat.biology.cells_at_rest import rest_lanes, rest_values
from jakstat.biology.contexts import context, parameters
from jakstat.biology.instances import Instance
from jakstat.biology.kept import kept_yaml
from jakstat.biology.parts import CORE_PARTS, Part, Port, with_required
from jakstat.knowledge.parameter_table import Row

__all__ = ["PREFIXES", "cell_outputs", "patient_cells", "usual_lanes", "usual_values"]

_CANCER_PARTS = ("receptor", "jak", "other_gp130_ligands", "stat3", "feedback", "phenotype", "stemness",
                 "immune_evasion", "hypoxia_vegf", "efflux", "gene_TIMP1", "gene_AFP")  # fmt: skip
_BULK_PARTS = (*_CANCER_PARTS, "invasion")
_LIVER_PARTS = (*CORE_PARTS, "bmp_smad")
_FOLLOWED = {
    "tumour": {
        "IL6": "IL6_tumour",
        "sIL6R": "sIL6R_serum",
        "sgp130": "sgp130_serum",
        "pairs_other_ligands": "pairs_other_ligands",
    },
    "liver": {"IL6": "IL6_liver", "sIL6R": "sIL6R_serum", "sgp130": "sgp130_serum"},
}
"""By fluid: what a cell reads of the body, by species of its medium."""

PREFIXES = ("S_", "B_", "H_")
"""What stands before the identifiers of the stem-like and the bulk cancer cell and the hepatocyte."""

_STEM_LIKE = "stem_like"
"""The state of a cancer cell that makes it the stem-like one."""
_IN_THE_BODY = "in_the_body"
"""The state of a hepatocyte that no isolation and no culture has woken."""
_OWN_STATE = {"S_": _STEM_LIKE, "H_": _IN_THE_BODY}
"""By cell: the state that it has in every patient, the usual one too."""

_PAIRS = {"pairs_other_ligands": "share_pairs_others"}
_SOLUBLE = {"sIL6R": "sIL6R_start", "sgp130": "sgp130_start"}
_USUAL = {
    "S_": {"IL6": "IL6_tumour_usual", "oxygen": "oxygen_usual", **_PAIRS, **_SOLUBLE},
    "B_": {"IL6": "IL6_tumour_usual", "oxygen": "oxygen_usual", **_PAIRS, **_SOLUBLE},
    "H_": {"IL6": "IL6_liver_usual", **_SOLUBLE},
}
"""By cell: the numbers of the usual patient that stand for what it follows."""


def patient_cells(
    cell: str, hepatocyte: str, drugs: Sequence[BodyDrug], known: Collection[str]
) -> tuple[Instance, ...]:
    """The stem-like and the bulk cancer cell and the hepatocyte, with the parts of the drugs in them.

    Parameters
    ----------
    cell, hepatocyte : str
        Contexts.
    drugs : sequence of BodyDrug
    known : collection of str
        Symbols of the body; a cell follows those of them that it reads.

    Examples
    --------
    >>> [c.prefix for c in patient_cells("hepg2", "human_hepatocyte", (), ())]
    ['S_', 'B_', 'H_']
    """
    cells = (
        ("S_", "stem-like cancer cell", _in_state(cell, _STEM_LIKE), _CANCER_PARTS, "tumour"),
        ("B_", "bulk cancer cell", cell, _BULK_PARTS, "tumour"),
        ("H_", "hepatocyte", _in_state(hepatocyte, _IN_THE_BODY), _LIVER_PARTS, "liver"),
    )
    found = []
    for prefix, title, name, own, fluid in cells:
        inside = [drug for drug in drugs if drug.cell_part]
        wanted = with_required([*own, *context(name).requires, *(drug.cell_part for drug in inside)])
        follows = {k: v for k, v in _FOLLOWED[fluid].items() if v in known}
        follows.update({drug.symbol: _around(drug, fluid) for drug in inside})
        if fluid == "tumour" and "oxygen" in known:
            follows["oxygen"] = "oxygen*oxygen_tissue"
        medicine = {drug.symbol: str(drug.cell_part) for drug in inside}
        found.append(Instance(prefix, title, context(name).name, wanted, follows, medicine))
    return tuple(found)


def _in_state(cell: str, name: str) -> str:
    """The cell with a state, which it may have already."""
    return cell if name in cell.split("+") else f"{cell}+{name}"


def _around(drug: BodyDrug, fluid: str) -> str:
    """The drug around a cell: an antibody reaches a share of its level in plasma there."""
    share = f"antibody_share_{fluid}*" if drug.is_antibody else ""
    return f"{share}{drug.around_cells}"


@lru_cache(maxsize=1)
def _read() -> Mapping[str, tuple[str, str]]:
    text = files("jakstat.biology").joinpath("cell_outputs.yaml").read_text(encoding="utf-8")
    return {port: (cell, symbol) for port, (cell, symbol) in kept_yaml(text).items()}


def cell_outputs(
    cells: Iterable[Instance], ports: Mapping[str, Port], living: Iterable[Part]
) -> tuple[Part, tuple[Row, ...]]:
    """What the cells give to the ports of the tumour, and the values of the usual patient's cells as numbers.

    Parameters
    ----------
    cells : iterable of Instance
    ports : mapping of str to Port
        Those of the tumour.
    living : iterable of Part
        The parts of the cells, with their prefixes.
    """
    units: dict[str, str] = {}
    for piece in living:
        units.update({a.id: "nM" for a in piece.species})
        units.update(piece.units)
    chosen = {
        port: (f"{cell}_", symbol)
        for port, (cell, symbol) in _read().items()
        if port in ports and f"{cell}_{symbol}" in units
    }
    rows: list[Row] = []
    cells = tuple(cells)
    for cell in cells:
        symbols = sorted({symbol for owner, symbol in chosen.values() if owner == cell.prefix})
        values = _whole(cell, cells, chosen.values()) if symbols else {}
        for symbol in symbols:
            note = f"{symbol} in the usual patient without drugs, worked out by the model"
            key, unit = cell.prefix + symbol, units[cell.prefix + symbol]
            rows.append(Row(_usual(key), values[symbol], unit, 0.0, 1e9, "assumed", "protocol", note))
    gives = [(port, f"{owner}{symbol}/{_usual(owner + symbol)}") for port, (owner, symbol) in chosen.items()]
    outputs = Part(
        name="cell_outputs",
        title="What the cells give to the tumour",
        summary="Values of the cells over those in the usual patient.",
        limits=(),
        species=(),
        reactions=(),
        expected=(),
        text="",
        gives=tuple(gives),
    )
    return outputs, tuple(rows)


def _whole(
    cell: Instance, cells: Iterable[Instance], chosen: Iterable[tuple[str, str]]
) -> Mapping[str, float]:
    """Usual values of a cell, worked out once with those of a cell that is the same and has more parts."""
    same = [
        other for other in cells if (other.context, dict(other.follows)) == (cell.context, dict(cell.follows))
    ]
    largest = max(same, key=lambda other: len(other.parts))
    if not set(cell.parts) <= set(largest.parts):
        largest = cell
    owners = {other.prefix for other in same if set(other.parts) <= set(largest.parts)}
    return usual_values(largest, {symbol for owner, symbol in chosen if owner in owners})


def _usual(symbol: str) -> str:
    """``S_usual_stemness`` for ``S_stemness``."""
    prefix, _, name = symbol.partition("_")
    return f"{prefix}_usual_{name}"


def _usual_cell(cell: Instance) -> Instance:
    """The cell of the usual patient: no virus, no mutation and no drug; a state of all patients stays.

    A drug that is not given changes nothing in a cell; without its part one cell serves all documents.
    """
    kind, *states = cell.context.split("+")
    own = _OWN_STATE.get(cell.prefix)
    return replace(
        cell,
        context=f"{kind}+{own}" if own in states else kind,
        parts=tuple(name for name in cell.parts if name not in cell.drugs.values()),
        follows={key: formula for key, formula in cell.follows.items() if key not in cell.drugs},
        drugs={},
    )


def usual_values(cell: Instance, symbols: Iterable[str]) -> Mapping[str, float]:
    """Values of symbols of a cell at rest in the fluid of the usual patient, without drugs.

    The states that a patient's tumour has (a virus, a silenced gene) are not those of the usual patient's.

    Examples
    --------
    >>> usual_values(patient_cells("hepg2", "human_hepatocyte", (), ())[0], [])
    {}
    """
    wanted = tuple(symbols)
    return rest_values(_usual_cell(cell), wanted, _around_usual(cell)) if wanted else {}


def usual_lanes(cell: Instance, names: Iterable[str], numbers: Mapping[str, Floats]) -> dict[str, Floats]:
    """The numbers of a document that stand for the usual patient's cell, under other numbers of the cell.

    Parameters
    ----------
    cell : Instance
    names : iterable of str
        Of all numbers of the document; those of the cell's usual values are found.
    numbers : mapping of str to array, shape (lanes,)
        By name in the document.

    Examples
    --------
    >>> import numpy as np
    >>> from jakstat.biology.patient_assembly import assemble_patient
    >>> model = assemble_patient()
    >>> names = [row.id for row in model.parameters]
    >>> found = usual_lanes(model.instances["H_"], names, {"H_kcat_STAT3": np.array([2e4, 4e4])})
    >>> sorted(found)[0], bool(found["H_usual_CRP_mRNA"][1] > found["H_usual_CRP_mRNA"][0])
    ('H_usual_CRP_mRNA', True)
    """
    head = _usual(cell.prefix)
    symbols = [name.removeprefix(head) for name in names if name.startswith(head)]
    own = {key.removeprefix(cell.prefix): v for key, v in numbers.items() if key.startswith(cell.prefix)}
    if not symbols:
        return {}
    return {
        head + name: v for name, v in rest_lanes(_usual_cell(cell), symbols, _around_usual(cell), own).items()
    }


def _around_usual(cell: Instance) -> dict[str, float]:
    known = {row.id: row.value for row in parameters("tumour")}
    usual = _USUAL[cell.prefix].items()
    around = {name: known[key] for name, key in usual if key in known and name in cell.follows}
    if "oxygen" in around:
        around["oxygen"] *= known["oxygen_tissue"]
    return around
