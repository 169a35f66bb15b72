import json
from importlib.resources import files

import jsonschema
import pytest
import yaml

from jakstat.errors import InputError
from jakstat.knowledge import sources
from jakstat.patients.patient_file import patient_of, read_patient
from jakstat.patients.patient_record import default_rows, make_patient
from jakstat.patients.patient_schema import patient_schema_text
from jakstat.patients.recist import visit_conventions
from jakstat.patients.scores import albi, bclc_stage, child_pugh, score_rows
from jakstat.patients.values import parse_span

GOOD = """\
title: Mrs X
aetiology: HCV
stage: B
age: 66
sex: female
weight: 62 kg
ECOG: 1
liver: {albumin: 3.4 g/dL, bilirubin: 1.3 mg/dL, INR: 1.2, ascites: slight, fibrosis: 4}
virus: {HCV_RNA: 2e6 IU/mL, antiviral: true}
blood: {IL6: 12 pg/ml, CRP: 0.9 mg/dL, AFP: 210 ng/ml}
tumour:
  lesions: [5.2 cm, 31 mm]
  doubling_time: 4 months
  SOCS3_methylated: yes
"""

BAD = """\
aetiology: HBC
stage: B
weight: 80
sex: man
ECOG: 7
liver:
  albumin: 3.4 g/L
  albumine: 3
blood:
  IL6: 5 mg
tumour:
  lesions: [3 cm, 20, 2000 mm]
  HBx: maybe
  cell: hepg3
disease: [hcc]
liver2: 3
virus: none
"""


def written(tmp_path, text):
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path, text):
    with pytest.raises(InputError) as caught:
        read_patient(written(tmp_path, text))
    return [(p.line, p.code) for p in caught.value.problems]


def test_a_file_is_read_in_the_units_of_the_product(tmp_path):
    one = read_patient(written(tmp_path, GOOD))
    assert (one.title, one.aetiology, one.lesions) == ("Mrs X", "HCV", (52.0, 31.0))
    n = one.numbers
    assert (n["albumin"], n["CRP"], n["HCV_RNA"], n["antiviral"]) == (34.0, 9.0, 2e6, 1.0)
    assert n["bilirubin"] == pytest.approx(22.2, abs=0.05)  # 1.3 mg/dL over 584.66 g/mol
    assert n["doubling_time"] == pytest.approx(121.75)
    assert (n["ascites"], n["SOCS3_methylated"], n["female"]) == (1.0, 1.0, 1.0)
    # 1 + 2 + 1 + 2 + 1 points; ECOG 1 makes it stage C whatever default patient was taken
    assert (one.child_pugh, one.bclc) == (7, "C")
    assert one.volume == pytest.approx(3.14159265 / 6 * (5.2**3 + 3.1**3))


def test_what_is_not_said_comes_from_the_default_patient(tmp_path):
    one = read_patient(written(tmp_path, "aetiology: HBV\ntumour: {sum: 250 mm}\n"))
    assert one.numbers["doubling_time"] == 76.8
    assert one.rows["doubling_time"].source == "an2015"
    assert one.sum_of_diameters == pytest.approx(250.0)
    assert len(one.lesions) == 4
    assert not {"lesion_1", "aetiology"} & set(one.rows)


def test_every_problem_at_once_with_its_line(tmp_path):
    assert problems(tmp_path, BAD) == [
        (1, "patient.choice"),
        (3, "unit.missing"),
        (4, "patient.choice"),
        (5, "patient.range"),
        (7, "patient.range"),
        (8, "key.unknown"),
        (10, "unit.clash"),
        (12, "unit.missing"),
        (12, "patient.range"),
        (13, "yaml.type"),
        (14, "context.unknown"),
        (15, "yaml.type"),
        (16, "key.unknown"),
        (17, "yaml.type"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [(None, "yaml.empty")]),
        ("- a\n", [(1, "yaml.shape")]),
        ("age: &a 3\n", [(1, "yaml.alias")]),
        ("age: 50\nage: 60\n", [(2, "key.twice")]),
        ("tumour: {lesions: [30 mm], sum: 3 cm}\n", [(1, "patient.clash")]),
        ("tumour:\n  lesions: [1 cm, 1 cm, 1 cm, 1 cm, 1 cm, 1 cm]\n", [(2, "patient.clash")]),
        ("tumour:\n  lesions: []\n", [(2, "patient.clash")]),
        ("aetiology: none\ntumour:\n  HBx: true\n", [(3, "patient.clash")]),
        ("virus: {HBV_DNA: 1e5 IU/mL}\n", [(1, "patient.clash")]),
        ("disease: osteosarcoma\nstage: C\n", [(2, "patient.clash")]),
        ("virus: {HBV_DNA: 1e5}\naetiology: HBV\n", [(1, "unit.missing")]),
        ("blood: {AFP: 1e999 ng/ml}\n", [(1, "number.range")]),
        ("age: sixty\n", [(1, "number.text")]),
        ("ECOG: 1.5\n", [(1, "number.text")]),
    ],
)
def test_bad_files(tmp_path, text, found):
    assert problems(tmp_path, text) == found


def test_a_mapping_says_the_same_as_a_file(tmp_path):
    from_file = read_patient(written(tmp_path, GOOD))
    given = yaml.safe_load(GOOD)
    assert patient_of(given) == from_file
    assert patient_of(from_file) is from_file
    assert patient_of(None) == make_patient({})
    with pytest.raises(InputError, match=r"key\.unknown"):
        patient_of({"liver": {"albumine": 3}})


def test_schema_is_published_and_agrees_with_the_reader():
    place = files("jakstat.patients").joinpath("schemas/patient.schema.json")
    assert place.read_text(encoding="utf-8") == patient_schema_text(), "run `make docs`"
    schema = json.loads(patient_schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    assert list(check.iter_errors(yaml.safe_load(GOOD))) == []
    places = {".".join(map(str, e.absolute_path)) for e in check.iter_errors(yaml.safe_load(BAD))}
    assert {"aetiology", "weight", "sex", "ECOG", "liver", "tumour.HBx", "disease", "virus"} <= places


@pytest.mark.parametrize("disease", ["hcc", "osteosarcoma"])
@pytest.mark.parametrize("aetiology", ["HBV", "HCV", "alcohol", "MASH", "none"])
@pytest.mark.parametrize("stage", ["A", "B", "C"])
def test_default_patients_are_complete_and_of_the_stage_they_are_called(disease, aetiology, stage):
    one = make_patient({"disease": disease, "aetiology": aetiology, "stage": stage})
    assert set(one.numbers) == set(make_patient({}).numbers)
    assert one.bclc == (stage if disease == "hcc" else "")
    assert one.child_pugh in (5, 6)


def test_osteosarcoma_has_its_own_lesion():
    assert make_patient({"disease": "osteosarcoma"}).lesions == (90.0,)


def test_every_row_names_a_source_that_is_known():
    known = set(sources())
    rows = [*visit_conventions().values(), *score_rows().values()]
    for aetiology in ("HBV", "HCV", "alcohol", "MASH", "none"):
        for stage in "ABC":
            rows += default_rows("hcc", aetiology, stage).values()
    rows += default_rows("osteosarcoma", "none", "B").values()
    assert {r.source for r in rows} <= known
    assert {r.grade for r in rows if r.source in ("recalled", "protocol")} == {"assumed"}


def test_scores_by_hand():
    # log10(100) = 2: 1.32 - 2.55
    assert albi(30.0, 100.0) == pytest.approx(-1.23)
    pairs = [(35.1, 33), (35, 33), (27.9, 33), (36, 34), (36, 52)]
    assert [child_pugh(a, b, 1.0, 0, 0) for a, b in pairs] == [5, 6, 7, 6, 7]
    assert bclc_stage([30.0, 30.0, 30.0], 0, 6, spread=False) == "A"
    assert bclc_stage([20.0] * 4, 0, 6, spread=False) == "B"
    assert bclc_stage([20.0], 0, 10, spread=False) == "D"


@pytest.mark.parametrize(
    ("text", "hours"),
    [("6w", 1008), ("24mo", 17532), ("2 years", 17532), ("90 d", 2160), ("12h", 12), ("0", 0)],
)
def test_spans_of_time(text, hours):
    assert parse_span(text, field="--until") == hours


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("24", "unit.missing"),
        ("3 mg", "unit.clash"),
        ("-2w", "time.range"),
        ("x", "number.text"),
        ("900y", "time.range"),
    ],
)
def test_spans_that_are_none(text, code):
    with pytest.raises(InputError) as caught:
        parse_span(text, field="--until")
    assert [p.code for p in caught.value.problems] == [code]
