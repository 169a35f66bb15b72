"""Parameter vectors of a patient: keyed, joined to the posterior, and true to the usual patient."""

from dataclasses import replace

import numpy as np
import pytest

from jakstat.biology.draws import core_posterior
from jakstat.biology.patient_cells import usual_lanes
from jakstat.errors import InputError
from jakstat.patients.bodies import at_first_visit, body_of, course
from jakstat.patients.body_numbers import lanes_of_patients
from jakstat.patients.patient_record import make_patient
from jakstat.population.cohort import cohort
from jakstat.population.cohort_lanes import cohort_lanes
from jakstat.population.parameter_vectors import parameter_vector


@pytest.fixture(scope="module")
def body():
    return body_of("hepg2", "hcc", ())


def untreated(body, patient, changes):
    """Volume and albumin of a patient at 0 and 60 days and three months, his numbers changed."""
    people = lanes_of_patients([make_patient(patient)])
    people = replace(
        people, numbers={**people.numbers, **{k: np.array([v]) for k, v in changes.items()}}, met={}
    )
    times = np.array([0.0, 1440.0, 2191.5])
    return course(body, at_first_visit(body, people), [[]], times, ["tumour_volume", "albumin"]).values


def test_vector_0_is_the_tables_and_others_do_not_rest_on_what_was_asked_before(body):
    assert parameter_vector(body, 0) == {}
    third, again = parameter_vector(body, 3, seed=2), parameter_vector(body, 3, seed=2)
    assert third == again
    assert third != parameter_vector(body, 3, seed=3)
    assert third != parameter_vector(body, 2, seed=2)
    with pytest.raises(InputError) as caught:
        parameter_vector(body, -1)
    assert caught.value.problems[0].code == "count.range"


def test_constants_of_the_core_are_one_vector_of_the_posterior(body):
    """All that cells share comes from the same vector, in all three cells."""
    found = parameter_vector(body, 1)
    values = core_posterior().values()
    at = np.flatnonzero(values["*|kcat_STAT3"] == found["S_kcat_STAT3"])
    assert len(at) == 1
    for name in ("kcat_STAT3", "kdeg_SOCS3", "KD_hexamer", "kexport_STAT3"):
        assert {found[f"{cell}_{name}"] for cell in "SBH"} == {values[f"*|{name}"][at[0]]}
    assert found["B_promoter_SOCS3"] == values["hepg2|promoter_SOCS3"][at[0]]
    assert found["S_promoter_SOCS3"] == pytest.approx(0.5 * found["B_promoter_SOCS3"])  # the stem-like state


def test_a_silenced_gene_is_silenced_under_a_vector_too(body):
    """The state of a patient's cells takes SOCS3 to a tenth, whatever the cell makes of it otherwise."""
    few, vector = cohort("sharp", 8, seed=1), parameter_vector(body, 1)
    lanes = cohort_lanes(few, body, changes=vector)
    silenced = few.numbers["SOCS3_methylated"] > 0
    assert 0 < silenced.sum() < 8
    for cell in ("S_", "B_"):
        ratio = lanes.numbers[f"{cell}promoter_SOCS3"] / vector[f"{cell}promoter_SOCS3"]
        assert ratio[silenced] == pytest.approx(0.1)
        assert ratio[~silenced] == pytest.approx(1.0)


def test_drugs_in_the_document_change_no_other_number(body):
    other = parameter_vector(body_of("hepg2", "hcc", ("sorafenib",)), 2)
    plain = parameter_vector(body, 2)
    assert {key: other[key] for key in plain} == plain
    assert set(other) - set(plain) != set()


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("aetiology", ["none", "HBV"])
def test_the_usual_patient_grows_as_untreated_tumours_do(body, k, aetiology):
    """Pooled doubling time 4.6 months, 3.9 to 5.3 (Nathani 2021), about that of the tables."""
    patient = {"aetiology": aetiology}
    tables, vector = (untreated(body, patient, parameter_vector(body, n)) for n in (0, k))
    growth = [np.log(v["tumour_volume"][0, 1] / v["tumour_volume"][0, 0]) for v in (tables, vector)]
    assert 3.9 / 4.6 <= growth[0] / growth[1] <= 5.3 / 4.6
    assert vector["albumin"][0, 2] == pytest.approx(tables["albumin"][0, 2], rel=0.1)


def test_a_cell_s_constants_move_no_tumour_of_the_usual_patient(body):
    """What the tumour reads is told over the usual patient's cells, so these must move along: an identity."""
    vector = parameter_vector(body, 1)
    cells = {k: v for k, v in vector.items() if k.startswith(("S_", "B_", "H_")) and "_usual_" not in k}
    moved = {}
    for one in body.assembly.instances.values():
        lanes = usual_lanes(one, body.ids, {k: np.array([v]) for k, v in cells.items()})
        moved |= {k: float(v[0]) for k, v in lanes.items()}
    assert {k: vector[k] for k in moved} == pytest.approx(moved, rel=1e-6)
    tables, along, alone = (untreated(body, {}, c) for c in ({}, {**cells, **moved}, cells))
    volume = [v["tumour_volume"][0, 1] for v in (tables, along, alone)]
    assert volume[1] == pytest.approx(volume[0], rel=2e-3)
    assert abs(volume[2] / volume[0] - 1.0) > 5e-3
