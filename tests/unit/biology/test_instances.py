"""A cell in a body: prefixes, and what it follows."""

import numpy as np
import pytest

from jakstat.biology.assembly import assemble
from jakstat.biology.cells_at_rest import lone_cell
from jakstat.biology.instances import Instance, instance_observables, instance_parts, renamed
from jakstat.biology.parts import part_names, with_required
from jakstat.biology.patient_cells import patient_cells
from jakstat.engine.load import load_sbml

HEPATOCYTE = Instance("H_", "hepatocyte", "human_hepatocyte", with_required(["targets", "feedback"]),
                      {"IL6": "IL6_liver"})  # fmt: skip


@pytest.mark.parametrize("name", part_names())
def test_every_part_of_the_cell_can_stand_behind_a_prefix(name: str) -> None:
    cell = Instance("Q_", "a cell", "hepg2", with_required([name]), {})
    for piece in instance_parts(cell):
        own = [a.id for a in (*piece.species, *piece.reactions)] + list(piece.units) + list(piece.rules)
        assert all(symbol.startswith("Q_") for symbol in own), piece.name
        assert "Q_Q_" not in piece.text


def test_what_nothing_makes_is_held_at_nothing_and_its_loss_is_gone() -> None:
    cell = Instance("Q_", "a cell", "hepg2", with_required(["phenotype"]), {})
    pieces = {piece.name: piece for piece in instance_parts(cell)}
    assert "Q_TNFSF10 = 0" in pieces["Q_phenotype"].text
    assert "Q_TNFSF10_loss" not in pieces["Q_phenotype"].text
    assert "Q_TNFSF10_loss" not in {a.id for a in pieces["Q_phenotype"].reactions}
    assert "cell_number" not in "".join(piece.text for piece in pieces.values())
    assert not [o for o in instance_observables(cell) if "cell_number" in o.formula]


def test_functions_and_numbers_keep_their_names() -> None:
    assert renamed("a := piecewise(1e-3, time > t0, max(b, 0))", "S_") == (
        "S_a := piecewise(1e-3, time > S_t0, max(S_b, 0))"
    )


@pytest.mark.long
def test_a_cell_that_depletes_nothing_is_that_of_a_culture_without_end() -> None:
    """IL-6 that is held at a concentration is that of so much medium that no cell can take it away."""
    held = lone_cell(HEPATOCYTE).model()
    culture = load_sbml(assemble("human_hepatocyte", parts=HEPATOCYTE.parts).sbml, trusted=True)
    rows = {row.id: row.value for row in assemble("human_hepatocyte", parts=HEPATOCYTE.parts).parameters}
    volume = 1e6 * rows["medium"]
    times, concentration = np.linspace(0.0, 4.0, 9), 0.1
    names = ["pSTAT3", "SOCS3_mRNA", "CRP_mRNA"]
    a = held.simulate(times, {"around_IL6": concentration}, outputs=names, rtol=1e-8)
    b = culture.simulate(
        times, {"medium": volume}, initial={"IL6": concentration * volume}, outputs=names, rtol=1e-8
    )
    for name in names:
        assert np.allclose(a.value(name), b.value(name), rtol=1e-4, atol=1e-9), name
        assert b.value(name)[0, -1] > 0


def test_cells_of_a_patient_follow_only_what_the_body_has() -> None:
    stem, bulk, liver = patient_cells("hepg2", "human_hepatocyte", (), {"IL6_liver", "oxygen"})
    assert dict(liver.follows) == {"IL6": "IL6_liver"}
    assert dict(stem.follows) == dict(bulk.follows) == {"oxygen": "oxygen*oxygen_tissue"}
    assert set(bulk.parts) - set(stem.parts) >= {"invasion", "gene_CDH1"}
    assert "stemness" in stem.parts
    assert "bmp_smad" in liver.parts
