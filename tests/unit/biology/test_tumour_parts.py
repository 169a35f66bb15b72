"""The parts of the tumour: what each holds, and the untreated patient at rest and growing."""

import re

import numpy as np
import pytest

from jakstat.knowledge.record_set import knowledge
from tumour_model import DAY, LIVER_CANCER, MONTH, course, tumour_model, tumour_part, tumour_rows

PARTS = (*LIVER_CANCER, "osteosarcoma")


@pytest.mark.parametrize("name", PARTS)
def test_every_piece_rests_on_a_known_record(name):
    known = knowledge()
    keys = {*known.sources, *known.claims, *known.quantities}
    piece = tumour_part(name)
    assert {key for a in (*piece.species, *piece.reactions) for key in a.evidence} <= keys
    assert {key for claims in piece.rules.values() for key in claims} <= keys
    assert {row.source for row in tumour_rows(name)} <= keys


def test_the_usual_tumour_is_4_27_and_69_per_cent(  # shares of the design: solved by hand from the rates
):
    stem, progenitors, mature, live = course(
        tumour_model(), 1.0, "Stem", "Progenitor", "Differentiated", "live_cells", points=2
    )
    assert [x[0] / live[0] for x in (stem, progenitors, mature)] == pytest.approx(
        [0.038, 0.27, 0.69], abs=0.01
    )


FAST = (
    *(
        "TAM",
        "CAF",
        "MDSC",
        "neutrophils",
        "Kupffer",
        "stellate",
        "TIMP1_tumour",
        "IL6_total_tumour",
        "TNF_tumour",
    ),
    *(
        "IL1B_tumour",
        "CXCL8_tumour",
        "IL6_total_serum",
        "IL6_total_liver",
        "sIL6R_serum",
        "sgp130_serum",
        "CRP",
    ),
    *(
        "hepcidin",
        "fibrinogen",
        "albumin",
        "bilirubin",
        "CYP3A4",
        "DC",
        "CD8",
        "Treg",
        "NK",
        "pumps",
        "VEGF_tumour",
        "vessels",
    ),
)


@pytest.mark.parametrize(
    "patient",
    [
        {},
        {"TAM_start": 3.0, "CAF_start": 0.3, "CD8_start": 4.0},
        {"IL6_serum_start": 0.003, "IL6_liver_ratio": 15.0, "IL6_tumour_ratio": 20.0},
        {"tumour_volume_start": 2.0, "AFP_per_cell": 0.5},
        {"tumour_volume_start": 1500.0, "female": 1.0},
    ],
)
def test_nothing_but_growth_moves_at_the_start(patient):
    model = tumour_model()
    start = np.array(course(model, 1.0, *FAST, points=2, **patient))[:, 0]
    later = np.array(course(model, 10 * DAY, *FAST, points=2, growth_held=1.0, **patient))[:, -1]
    moved = {name: b / a for name, a, b in zip(FAST, start, later, strict=True) if abs(b / a - 1) > 0.05}
    assert not moved


def test_untreated_growth_is_that_of_the_stem_like_cells_and_slows(  # 0.006 a day: doubling in 115 d
):
    (volume,) = course(tumour_model(), 24 * MONTH, "tumour_volume")
    doubling = np.log(2) / np.log(volume[1:] / volume[:-1]) * MONTH / DAY
    assert doubling[0] == pytest.approx(np.log(2) / 0.006, rel=0.05)
    assert np.all(np.diff(doubling) > 0)


def test_pace_sets_the_doubling_time():
    model = tumour_model()
    (slow,) = course(model, 12 * MONTH, "tumour_volume", points=2)
    (fast,) = course(model, 6 * MONTH, "tumour_volume", points=2, pace=2.0)
    assert fast[-1] == pytest.approx(slow[-1], rel=0.02)


def test_interleukin_6_lies_where_patients_have_it():
    serum, liver, tumour = course(tumour_model(), 1.0, "IL6_serum", "IL6_liver", "IL6_tumour", points=2)
    pg_ml = 21e3  # 21 kDa: 1 nM is 21 ng/ml
    assert serum[0] * pg_ml == pytest.approx(13.99, rel=0.02)  # Q006
    assert liver[0] / serum[0] == pytest.approx(5.0)
    assert 50 < tumour[0] * pg_ml < 500  # Q028


def _numbers(protocol):
    return (
        {} if protocol == "none" else {k: float(v) for k, v in (e.split("=") for e in protocol.split(", "))}
    )


def _measured(model, observable, measure, **numbers):
    kind, days = re.fullmatch(r"(\w+)\((\d+)d\)", measure).groups()
    found = course(model, max(float(days), 1.0) * DAY, observable, points=2, **numbers)[0]
    if kind == "over_untouched":
        return found[1] / course(model, float(days) * DAY, observable, points=2)[0][1]
    if kind == "doubling":
        return float(days) * np.log(2) / np.log(found[1] / found[0])
    return found[0 if float(days) == 0 else 1]


@pytest.mark.parametrize(
    ("name", "row"), [(name, row) for name in PARTS for row in tumour_part(name).expected], ids=str
)
def test_a_part_does_what_its_heading_expects(name, row):
    names = (*LIVER_CANCER, name) if name not in LIVER_CANCER else LIVER_CANCER
    low, high = row["between"]
    found = _measured(tumour_model(names), row["observable"], row["measure"], **_numbers(row["protocol"]))
    assert low <= found <= high


@pytest.mark.parametrize("name", PARTS)
def test_every_species_has_a_unit_and_every_reaction_a_ground(name):
    piece = tumour_part(name)
    assert {a.id for a in piece.species} <= set(piece.units)
    named = set(re.findall(r"^(\w+): ", piece.text, re.MULTILINE))
    assert named == {a.id for a in piece.reactions}


def test_a_patient_with_hardly_any_stroma_still_makes_interleukin_6():
    bare = {"TAM_start": 0.05, "CAF_start": 0.05, "IL6_tumour_ratio": 2.0, "tumour_volume_start": 5000.0}
    serum, tumour = course(tumour_model(), 10 * DAY, "IL6_serum", "IL6_tumour", growth_held=1.0, **bare)
    assert tumour[0] > serum[0]
    assert [x[-1] / x[0] for x in (serum, tumour)] == pytest.approx([1.0, 1.0], abs=0.02)


def test_the_chance_to_found_a_tumour_is_that_of_the_branching_process():
    """Daily rates of the design: division 0.06, death 0.003, shares 0.27 and 0.12 into two and into none."""
    (chance,) = course(tumour_model(), 1.0, "founding_chance", points=2)
    assert chance[0] == pytest.approx(1.0 - (0.003 + 0.06 * 0.12) / (0.06 * 0.27), abs=0.003)
    (none,) = course(tumour_model(), 1.0, "founding_chance", points=2, share_SS=0.15, share_SP=0.61)
    assert none[0] == 0.0  # 0.15 into two against 0.24 into none


def test_few_apoptotic_bodies_take_no_scar_away():
    """A liver that replaces no hepatocytes has fewer bodies in time; scar is formed as at rest at least."""
    numbers = {
        "gain_compensation": 0.0,
        "other_injury": 1.0,
        "fibrosis_start": 0.1,
        "gain_hepatitis_death": 2.0,
    }
    times = {"points": 3, **numbers}
    engulfed, formed = course(tumour_model(), 24.0 * MONTH, "engulfed", "scar_formation", **times)
    assert engulfed[-1] < 1.0
    assert formed[-1] > 0.0
