"""The parts of the tumour joined without cells: ports rest at their base or take what a test gives."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import numpy as np

import jakstat as js
from jakstat.biology.parts import Part, read_part
from jakstat.biology.sbml_writing import translated
from jakstat.engine.model import Model
from jakstat.knowledge.parameter_table import Row, read_table

LIVER_CANCER = ("lineage", "stroma", "immunity", "vessels", "liver", "hepatitis")
MONTH = 730.5
DAY = 24.0
_FILES = files("jakstat.biology")


@cache
def tumour_part(name: str) -> Part:
    return read_part(name, _FILES.joinpath("parts", "tumour", f"{name}.ant").read_text("utf-8"), entries={})


@cache
def tumour_rows(name: str) -> tuple[Row, ...]:
    return read_table(_FILES.joinpath("parameters", f"{name}.csv").read_text("utf-8"), file=f"{name}.csv")


@cache
def _model(names: tuple[str, ...], given: tuple[tuple[str, str], ...], numbers: tuple[str, ...]) -> Model:
    pieces = [tumour_part(name) for name in names]
    terms: dict[str, list[str]] = {}
    for port, formula in (*(pair for piece in pieces for pair in piece.gives), *given):
        terms.setdefault(port, []).append(formula)
    rows = [row for name in names for row in tumour_rows(name)]
    places = {
        row.id
        for row in rows
        if any(f"compartment {row.id};" in p.text or f", {row.id};" in p.text for p in pieces)
    }
    lines = [f"{'' if row.id in places else 'const '}{row.id} = {row.value!r};" for row in rows]
    lines += [f"const {name} = 0;" for name in numbers]
    lines += [port.rule(terms.get(port.name, ())) for piece in pieces for port in piece.ports]
    return js.load_sbml(
        translated(
            "tumour_alone", "\n".join(["model tumour_alone", *lines, *(p.text for p in pieces), "end"])
        )
    )


def tumour_model(
    names: Iterable[str] = LIVER_CANCER, given: Mapping[str, str] | None = None, numbers: Iterable[str] = ()
) -> Model:
    """The tumour of these parts; ``given`` adds formulas to ports, ``numbers`` are new parameters, 0."""
    return _model(tuple(names), tuple(sorted((given or {}).items())), tuple(numbers))


def course(
    model: Model, until: float, *names: str, points: int = 25, start: float = 0.0, **numbers: float
) -> list[np.ndarray]:
    """What these quantities do from ``start`` to ``until`` (h)."""
    found = model.simulate(np.linspace(start, until, points), parameters=numbers, outputs=names)
    assert found.ok.all()
    return [found.value(name)[0] for name in names]


_SIGNAL = "(IL6_tumour*IL6_signal_stroma*JAK_activity_stroma/IL6_tumour_usual)"


def _answer(floor: float, rise: float, half: float) -> str:
    return f"{floor} + {rise}*{_SIGNAL}^1.6/({half} + {_SIGNAL}^1.6)"


_STEM_LIKE, _DEATH = _answer(0.575, 1.35, 2.18), f"1/(0.0218 + 0.978*{_SIGNAL}^3.4)"
CURVES = {
    **{f"division_{who}": _answer(0.895, 0.2, 0.9) for who in ("stem", "bulk")},
    **{f"stemness_{who}": _STEM_LIKE for who in ("stem", "bulk")},
    **{f"efflux_{who}": _STEM_LIKE for who in ("stem", "bulk")},
    **{f"apoptosis_{who}": _DEATH for who in ("stem", "bulk")},
    **dict.fromkeys(("TIMP1_output", "PDL1_tumour"), _STEM_LIKE),
    "VEGF_output": _answer(0.332, 1.5, 1.245),
    "EMT_output": _answer(0.563, 1.15, 1.63),
    "AFP_output": _answer(0.837, 0.36, 1.21),
}
"""What HepG2 does under held IL-6 over what it does at 98 pg/ml, as curves that stand for the cells."""

DRUGS = {
    "IL6_held_serum": "anti_IL6",
    "IL6_held_tumour": "anti_IL6*share_tissue",
    "IL6_held_liver": "anti_IL6*share_tissue",
    "IL6R_free": "1 - anti_IL6R",
    "IL6_signal_stroma": "1 - anti_IL6R",
    "JAK_activity_stroma": "1 - anti_JAK",
    "kill_bulk": "chemotherapy",
    "kill_TKI": "kinase_inhibitor",
    "vessel_growth_left": "1 - anti_VEGF",
    "PD1_free": "1 - anti_PD1",
}
DOSES = (
    *("anti_IL6", "share_tissue", "anti_IL6R", "anti_JAK", "chemotherapy", "kinase_inhibitor"),
    *("anti_VEGF", "anti_PD1"),
)
"""What the drugs of these tests are called; each is 0 unless it is given."""
