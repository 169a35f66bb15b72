"""The document of a patient: cells and drugs in one."""

from dataclasses import replace

import libsbml
import numpy as np
import pytest

from jakstat.biology.body_drugs import BodyDrug, drug_actions, tumour_drug_rows
from jakstat.biology.cells_at_rest import rest_values
from jakstat.biology.contexts import parameters
from jakstat.biology.parts import Port, part, part_names
from jakstat.biology.patient_assembly import PatientAssembly, assemble_patient
from jakstat.biology.patient_cells import patient_cells, usual_values
from jakstat.biology.patient_start import patient_model, patient_start
from jakstat.biology.states import state
from jakstat.errors import InputError
from jakstat.knowledge import knowledge
from jakstat.pharmacology.body_drugs import body_doses, body_drug
from jakstat.pharmacology.exposure import exposure
from jakstat.pharmacology.pk_library import pk_models
from jakstat.pharmacology.regimen_text import parse_regimen
from jakstat.pharmacology.subjects import draw_subjects

DRUGS = ("ruxolitinib", "tocilizumab")


@pytest.fixture(scope="module")
def patient() -> PatientAssembly:
    return assemble_patient(drugs=[body_drug(name) for name in DRUGS])


@pytest.mark.long
def test_the_document_has_no_error_and_no_unit_warning(patient: PatientAssembly) -> None:
    document = libsbml.readSBMLFromString(patient.sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


def test_every_reaction_has_records_and_every_number_a_source(patient: PatientAssembly) -> None:
    model = libsbml.readSBMLFromString(patient.sbml).getModel()
    reactions = {r.getId() for r in model.getListOfReactions()}
    assert reactions == set(patient.evidence)
    known = knowledge()
    records = {*known.sources, *known.claims, *known.quantities}
    assert {key for keys in patient.evidence.values() for key in keys} <= records
    assert {row.source for row in patient.parameters} <= records
    numbers = {row.id for row in patient.parameters}
    assert {c.getId() for c in model.getListOfCompartments()} <= numbers


@pytest.mark.long
def test_bulk_cells_with_the_numbers_of_stem_like_ones_are_the_same_cell(patient: PatientAssembly) -> None:
    names = [f"{prefix}_{name}" for name in ("pSTAT3", "BCL2", "SOCS3_mRNA", "PROM1") for prefix in "SB"]
    numbers = {row.id: row.value for row in patient.parameters}
    as_stem_like = {f"B_{row.id}": numbers[f"S_{row.id}"] for row in state("stem_like").rows}
    model = patient_model(patient.sbml)
    found = model.simulate([0.0, 10.0, 100.0], as_stem_like, outputs=names, rtol=1e-8)
    other = model.simulate([0.0, 10.0, 100.0], outputs=names, rtol=1e-8)
    for a, b in zip(names[::2], names[1::2], strict=True):
        assert np.allclose(found.value(a), found.value(b), rtol=1e-6), a
    more, less = (
        ("S_pSTAT3", "S_BCL2", "S_PROM1", "B_SOCS3_mRNA"),
        ("B_pSTAT3", "B_BCL2", "B_PROM1", "S_SOCS3_mRNA"),
    )
    for a, b in zip(more, less, strict=True):
        assert np.all(other.value(a)[0, 1:] > other.value(b)[0, 1:]), a


def test_the_stem_like_cell_differs_by_its_state_and_the_tumour_knows_its_pumps(
    patient: PatientAssembly,
) -> None:
    """Factors of the state; and the pumps of the usual cells stand in the table of the lineage too."""
    numbers = {row.id: row.value for row in patient.parameters}
    assert {patient.instances[p].context for p in ("S_", "B_")} == {"hepg2+stem_like", "hepg2"}
    assert numbers["S_kbasal_gp130"] == pytest.approx(3.0 * numbers["B_kbasal_gp130"])
    assert numbers["S_factor_ABCG2"] == 3.0 * numbers["B_factor_ABCG2"]
    excess = numbers["S_usual_pump_activity"] / numbers["B_usual_pump_activity"]
    assert numbers["pump_excess_stem"] == pytest.approx(excess, rel=0.01)


def test_without_il6_the_liver_keeps_as_much_crp_as_blocked_patients_do() -> None:
    """Sarilumab took 94.0 % of CRP by week 24 (Gabay 2020); the cell in a dish keeps more."""
    liver = patient_cells("hepg2", "human_hepatocyte", (), ("IL6_liver", "sIL6R_serum", "sgp130_serum"))[2]
    assert liver.context == "human_hepatocyte+in_the_body"
    usual = {row.id: row.value for row in parameters("tumour")}
    around = {"sIL6R": usual["sIL6R_start"], "sgp130": usual["sgp130_start"]}
    kept = {}
    for context in (liver.context, "human_hepatocyte"):
        cell = replace(liver, context=context)
        rest = [
            rest_values(cell, ["CRP_mRNA"], {**around, "IL6": il6})["CRP_mRNA"]
            for il6 in (0.0, usual["IL6_liver_usual"])
        ]
        kept[context] = rest[0] / rest[1]
    assert kept[liver.context] == pytest.approx(0.06, abs=0.002)
    assert kept["human_hepatocyte"] > 0.2


def test_the_usual_cells_have_no_virus() -> None:
    """What the tumour reads is told over cells of the usual patient, so a virus in the cells counts."""
    names = ["stemness", "pump_activity"]
    body = ("IL6_tumour", "sIL6R_serum", "sgp130_serum", "oxygen")
    stem_like = [patient_cells(cell, "human_hepatocyte", (), body)[0] for cell in ("hepg2", "hepg2+HBV")]
    assert [cell.context for cell in stem_like] == ["hepg2+stem_like", "hepg2+HBV+stem_like"]
    plain, infected = (usual_values(cell, names) for cell in stem_like)
    for name in names:
        assert infected[name] == pytest.approx(plain[name], rel=1e-6)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ruxolitinib", "20 mg PO BID"),
        ("sorafenib", "400 mg PO BID"),
        ("nivolumab", "240 mg IV q2w"),
        ("tocilizumab", "8 mg/kg IV q4w"),
    ],
)
def test_a_drug_in_the_body_is_that_of_pharmacokinetics(name: str, text: str) -> None:
    """The same regimen in the drug's own document and in that of the patient."""
    times = np.array([0.0, 2.0, 24.0, 100.0, 400.0])
    alone = exposure(name, text, subjects=0, population="cancer", times_h=times, rtol=1e-8)
    drug = body_drug(name)
    whole = assemble_patient(drugs=[drug], tumour=())
    subject = draw_subjects("cancer", 0)
    numbers = {
        f"{name}_{k[7:]}": v.values for k, v in alone.data_vars.items() if str(k).startswith("number_")
    }
    known = {row.id for row in whole.parameters}
    (doses,) = body_doses(drug, parse_regimen(text), subject, {}, 400.0)
    found = patient_model(whole.sbml).simulate(
        times,
        {key: value for key, value in numbers.items() if key in known},
        doses=doses,
        outputs=[f"{name}_Drug", f"{name}_unbound"],
        rtol=1e-8,
    )
    assert np.allclose(found.value(f"{name}_Drug")[0], alone["total"][0], rtol=1e-5)
    assert np.allclose(found.value(f"{name}_unbound")[0], alone["unbound"][0], rtol=1e-5)
    assert alone["total"][0, 1] > 0


@pytest.mark.long
def test_every_drug_joins_one_document() -> None:
    """All drugs with pharmacokinetics at once; each that acts on the tumour as a whole has records for it."""
    drugs = [body_drug(model.id) for model in pk_models()]
    document = libsbml.readSBMLFromString(assemble_patient(drugs=drugs).sbml)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


def test_actions_rest_on_records() -> None:
    ports = {p.name: p for name in part_names(scale="tumour") for p in part(name).ports}
    known = knowledge()
    records = {*known.sources, *known.claims, *known.quantities}
    for model in pk_models():
        rules = drug_actions(body_drug(model.id), ports).rules
        assert {key for keys in rules.values() for key in keys} <= records, model.id


def test_cells_of_the_usual_patient_give_1() -> None:
    """The default patient is the usual one, so at rest every output of the cells is 1."""
    patient = assemble_patient()
    names = ["division_stem", "apoptosis_bulk", "stemness_bulk", "efflux_stem", "PDL1_tumour", "VEGF_output"]
    names += ["TIMP1_output", "EMT_output", "CRP_output", "HAMP_output", "FGG_output"]
    start = patient_start(patient, {"pace": [1.0, 2.0]})
    found = patient_model(patient.sbml).simulate(
        [0.0, 1.0], start.parameters, initial=start.initial, outputs=names
    )
    for name in names:
        assert np.allclose(found.value(name)[:, 0], 1.0, rtol=1e-3), name


@pytest.mark.long
def test_cells_see_unbound_drug(patient: PatientAssembly) -> None:
    drug = body_drug("ruxolitinib")
    (doses,) = body_doses(drug, parse_regimen("20 mg PO BID"), draw_subjects("cancer", 0), {}, 24.0)
    names = ["S_ruxolitinib", "H_ruxolitinib", "ruxolitinib_unbound"]
    found = patient_model(patient.sbml).simulate([0.0, 2.0], doses=doses, outputs=names)
    values = [found.value(name)[0, -1] for name in names]
    assert values[0] == values[1] == values[2] > 0


def test_an_action_saturates_and_a_product_is_left_with_the_rest() -> None:
    ports = {
        "PD1_free": Port("PD1_free", "product", "1", "dimensionless", ""),
        "kill_bulk": Port("kill_bulk", "sum", "0", "1/h", ""),
    }
    gives = dict(drug_actions(body_drug("nivolumab"), ports).gives)
    assert gives == {
        "PD1_free": "1 - Emax_nivolumab_PD1_free*antibody_share_tumour*nivolumab_unbound/"
        "(EC50_nivolumab_PD1_free + antibody_share_tumour*nivolumab_unbound)"
    }
    assert dict(drug_actions(body_drug("doxorubicin"), ports).gives)["kill_bulk"].startswith("Emax_")
    assert drug_actions(body_drug("nivolumab"), {}).gives == ()


def test_every_number_of_an_action_is_used() -> None:
    class Every(dict[str, Port]):
        def __contains__(self, key: object) -> bool:
            return True

        def __missing__(self, key: str) -> Port:
            return Port(key, "sum", "0", "dimensionless", "")

    formulas = " ".join(f for m in pk_models() for _, f in drug_actions(body_drug(m.id), Every()).gives)
    assert [row.id for row in tumour_drug_rows() if row.id not in formulas] == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"cell": "hepg3"}, "context.unknown"),
        ({"tumour": ["lung"]}, "part.unknown"),
        ({"parameters": {"no_such": 1.0}}, "parameter.unknown"),
        ({"parameters": {"abundance_STAT3": 1.0}}, "parameter.unknown"),
        ({"drugs": ["ruxolitinib", "Jakafi"]}, "drug.twice"),
    ],
)
def test_wrong_input_is_told(arguments: dict[str, object], code: str) -> None:
    drugs: list[BodyDrug] = [body_drug(str(name)) for name in arguments.pop("drugs", [])]  # type: ignore[attr-defined]
    with pytest.raises(InputError) as caught:
        assemble_patient(drugs=drugs, **{"tumour": (), **arguments})  # type: ignore[arg-type]
    assert [p.code for p in caught.value.problems] == [code]


def test_a_number_of_one_cell_changes_that_cell() -> None:
    found = assemble_patient(tumour=(), parameters={"S_abundance_STAT3": 5.0})
    values = {row.id: row.value for row in found.parameters}
    assert values["S_abundance_STAT3"] == 5.0
    assert values["B_abundance_STAT3"] > 100.0
