"""What the loops through secreted ligands add to pSTAT3, for the page on questions to a whole model."""

from __future__ import annotations

from jakstat.equilibria.steady_states import steady_states
from jakstat.experiment.describe import make_protocol

__all__ = ["tnf_loop", "vegf_loop"]

_CELLS = ("hepg2", "huh7", "hepg2+HBV", "hcc_stem_like", "caf", "macrophage")
_FOLDS = (1, 10, 30)


def vegf_loop() -> str:
    """A table: resting pSTAT3 with the loop over that without VEGFA, by cell and number of receptors."""
    lines = ["", "", "| cell | " + " | ".join(f"KDR x {fold}" for fold in _FOLDS) + " |", "|---|---|---|---|"]
    for cell in _CELLS:
        found = []
        for fold in _FOLDS:
            loop, cut = (_resting(cell, {"KDR": fold, "VEGFA": vegf}) for vegf in (1.0, 0.0))
            found.append(f"{loop / cut:.2f}")
        lines.append(f"| {cell} | " + " | ".join(found) + " |")
    return "\n".join([*lines, "", ""])


def tnf_loop() -> str:
    """Resting pSTAT3 of HepG2 without TNF, and with 1 ng/ml of it held."""
    rest, held = (_resting("hepg2", {}, stimuli=given) for given in (None, "TNF=1ng/ml"))
    return f"from {float(f'{rest:.3g}'):,.0f} to {float(f'{held:.3g}'):,.0f}"


def _resting(context: str, factors: dict[str, float], stimuli: str | None = None) -> float:
    protocol = make_protocol(
        context,
        perturb=factors or None,
        stimuli=stimuli,
        observe="pSTAT3,NFKB_nuclear,VEGFA",
        parts="core,auto",
    )
    return float(steady_states(protocol, starts=0)["pSTAT3"].values[-1])
