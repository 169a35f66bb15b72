"""Ligands of gp130 other than IL-6: antibodies on IL-6 leave them, JAK inhibitors do not, a dish has none."""

import numpy as np
import pytest

from jakstat.biology.cells_at_rest import rest_lanes
from jakstat.biology.contexts import parameters
from jakstat.biology.parts import part
from jakstat.biology.patient_cells import patient_cells

FLUID = ("IL6_tumour", "sIL6R_serum", "sgp130_serum", "oxygen", "pairs_other_ligands")


def rows(scale=None):
    return {row.id: row.value for row in (parameters(scale) if scale else parameters())}


@pytest.fixture(scope="module")
def phosphorylated():
    """Nuclear dimers of STAT3 of the bulk cell by its numbers and what is around it."""
    bulk = next(c for c in patient_cells("hepg2", "human_hepatocyte", (), FLUID) if c.prefix == "B_")
    usual = rows("tumour")

    def found(il6, pairs, jak1=1.0):
        around = {
            "IL6": il6 * usual["IL6_tumour_usual"],
            "oxygen": usual["oxygen_usual"] * usual["oxygen_tissue"],
            "sIL6R": usual["sIL6R_start"],
            "sgp130": usual["sgp130_start"],
            "pairs_other_ligands": pairs * usual["share_pairs_others"],
        }
        numbers = {"factor_JAK1": np.array([jak1])}
        states = ("pSTAT3", "pSTAT3_dimer", "pSTAT3_dimer_nuc")
        rest = rest_lanes(bulk, states, around, numbers)
        weights = np.array([0.6375, 2 * 0.6375, 2 * 0.2125])  # pL of cytoplasm and nucleus
        return float(weights @ np.array([rest[name][0] for name in states]))

    return found


def test_an_antibody_on_il6_leaves_what_the_part_says_and_less_without_the_others(phosphorylated):
    low, high = part("other_gp130_ligands").expected[0]["between"]
    assert low <= phosphorylated(0.0, 1.0) / phosphorylated(1.0, 1.0) <= high
    assert phosphorylated(0.0, 0.0) / phosphorylated(1.0, 0.0) < low


def test_the_others_need_the_kinase_too(phosphorylated):
    without = [phosphorylated(0.0, pairs, jak1=1e-6) for pairs in (0.0, 1.0)]
    assert without[1] == pytest.approx(without[0], rel=1e-3)
    assert without[1] < 0.1 * phosphorylated(0.0, 1.0)


def test_a_dish_has_none_of_them_and_a_cell_of_a_patient_reads_those_of_the_tumour():
    assert rows()["pairs_other_ligands"] == 0.0
    stem, bulk, liver = patient_cells("hepg2", "human_hepatocyte", (), FLUID)
    for cell in (stem, bulk):
        assert cell.follows["pairs_other_ligands"] == "pairs_other_ligands"
    assert "other_gp130_ligands" not in liver.parts
