import math

import numpy as np
import pytest

from jakstat.biology import assemble
from jakstat.biology.selection import needed_parts
from jakstat.errors import InputError
from jakstat.experiment.describe import make_protocol
from jakstat.experiment.run import simulate
from jakstat.knowledge.parameter_table import Row
from jakstat.pharmacology import agent
from jakstat.pharmacology.exposure import unbound_nanomolar
from jakstat.response import target_scan as scan_module
from jakstat.response.drug_doses import strongest_potency
from jakstat.response.patient_doses import compared_dose, unbound_peak
from jakstat.response.target_scan import target_scan

PARTS = needed_parts(["ruxolitinib"])  # the core and one drug
CORE = make_protocol("hepg2", stimuli="IL6=10ng/ml", parts=PARTS)


@pytest.fixture(scope="module")
def found():
    return target_scan(CORE, readouts="pSTAT3,SOCS3_mRNA", at="20min,1h")


def by_name(found):
    return {t.name: t for t in found.targets}


def test_ranks_go_by_the_first_readout(found):
    assert [t.rank for t in found.targets] == list(range(1, len(found.targets) + 1))
    strengths = [t.strength for t in found.targets]
    assert strengths == sorted(strengths, reverse=True)
    assert strengths == pytest.approx([abs(math.log2(t.folds[0])) for t in found.targets])
    for t in found.targets:
        assert t.folds == pytest.approx([v / c for v, c in zip(t.values, found.controls, strict=True)])
    assert found.ats == ("20min", "1h")
    assert found.failed == 0
    assert any("not tried" in note for note in found.notes)  # drugs of other parts


def test_a_knockdown_is_that_of_simulate(found):
    for gene, at in (("STAT3", 0), ("SOCS3", 0), ("JAK1", 0)):
        runs = [simulate("hepg2", stimuli="IL6=10ng/ml", perturb=p, until="20min", observe="pSTAT3", points=3,
                         parts=PARTS)["pSTAT3"].values[0, -1] for p in ({gene: 0.1}, {})]  # fmt: skip
        assert by_name(found)[gene].folds[at] == pytest.approx(runs[0] / runs[1], rel=1e-4)


def test_a_drug_has_the_unbound_peak_that_a_patient_has(found):
    drug = by_name(found)["ruxolitinib"]
    assert drug.kind == "drug"
    assert drug.grade == agent("ruxolitinib").grade
    assert "JAK1" in drug.drugs
    assert drug.why == "unbound peak of 20 mg PO BID"
    dose = float(drug.dose.removesuffix(" nM").replace(",", ""))
    course = unbound_nanomolar("ruxolitinib", "20 mg PO BID", np.linspace(0.0, 48.0, 4801))
    assert dose == pytest.approx(course.max(), rel=5e-3)  # told to three digits, and steady within two days
    runs = [simulate("hepg2", stimuli="IL6=10ng/ml", drugs=[f"ruxolitinib={d}nM@-60min"], until="20min",
                     observe="pSTAT3", points=3, parts=PARTS)["pSTAT3"].values[0, -1]
            for d in (dose, 0)]  # fmt: skip
    assert drug.folds[0] == pytest.approx(runs[0] / runs[1], rel=2e-3)


def test_without_exposure_the_dose_is_a_stated_multiple_and_never_millimolar():
    assert unbound_peak("Stattic") is None
    weak = [Row("Ki_Stattic", 2e5, "nM", 1e5, 4e5, "assumed", "recalled", "")]
    strong = [Row("Ki_Stattic", 50.0, "nM", 10.0, 100.0, "assumed", "recalled", "")]
    assert compared_dose(agent("Stattic"), weak).nanomolar == 1e5  # 10 x 200 uM would be 2 mM
    assert "at most 100,000 nM" in compared_dose(agent("Stattic"), weak).why
    assert compared_dose(agent("Stattic"), strong).nanomolar == 500.0
    assert compared_dose(agent("Stattic"), strong).why == "no exposure known: 10 x potency"
    assert compared_dose(agent("Stattic"), strong, 3.0).nanomolar == 150.0
    assert compared_dose(agent("Stattic"), []) is None


def test_genes_know_the_drugs_against_them(found):
    assert "ruxolitinib" in by_name(found)["JAK1"].drugs
    assert by_name(found)["JAK1"].grade in ("measured", "fitted", "assumed")
    assert by_name(found)["SOCS3"].drugs == ()
    assert by_name(found)["SOCS3"].grade == ""
    assert by_name(found)["SOCS3"].folds[0] > 1


def test_a_multiple_and_a_factor_are_kept_to():
    found = target_scan(CORE, multiple=1, factor=0.5)
    own = strongest_potency(agent("ruxolitinib"), assemble("hepg2", parts=PARTS).parameters)
    assert by_name(found)["ruxolitinib"].dose == f"{own:.3g} nM"
    assert by_name(found)["ruxolitinib"].folds[0] > 0.9
    assert 0.1 < by_name(found)["STAT3"].folds[0] < 0.7


def test_what_cannot_matter_changes_nothing():
    found = target_scan(make_protocol("hepg2", parts=PARTS), readouts="pSTAT3", at="20min")
    assert all(np.isfinite(t.strength) for t in found.targets)
    assert by_name(found)["SOCS3"].folds[0] > 1
    held = target_scan(make_protocol("hepg2", stimuli="IL6=10ng/ml", perturb="STAT3=0", parts=PARTS))
    assert "STAT3" not in by_name(held)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"factor": 1.0}, "factor.range"),
        ({"factor": -0.1}, "factor.range"),
        ({"factor": float("nan")}, "factor.range"),
        ({"multiple": 0}, "multiple.range"),
        ({"multiple": float("inf")}, "multiple.range"),
        ({"at": "72h:growth"}, "option.value"),
        ({"at": "1h,2h"}, "option.value"),
        ({"readouts": "pSTAT"}, "observable.unknown"),
        ({"pre": "-1h"}, "time.span"),
    ],
)
def test_scans_that_cannot_be(options, code):
    with pytest.raises(InputError) as caught:
        target_scan(CORE, **options)
    assert caught.value.problems[0].code == code


def test_only_one_level_each():
    with pytest.raises(InputError, match="several levels"):
        target_scan(make_protocol("hepg2", stimuli="IL6=1,10ng/ml", parts="auto"))


def test_a_drug_without_any_dose_is_named_and_left_out(monkeypatch):
    monkeypatch.setattr(scan_module, "compared_dose", lambda *_: None)
    found = target_scan(CORE)
    assert {t.kind for t in found.targets} == {"gene"}
    assert any(
        note.startswith("no exposure and no potency in nM") and "ruxolitinib" in note for note in found.notes
    )
