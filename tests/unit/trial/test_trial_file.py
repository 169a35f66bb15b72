"""A trial file: what it becomes, and every problem of it at once, each with its line."""

import json
import math
from importlib.resources import files

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from jakstat.cli.main import app
from jakstat.errors import InputError
from jakstat.patients.answer import body_outputs
from jakstat.population.cohort_file import read_cohort, write_cohort
from jakstat.population.cohort_making import make_cohort, plan_of_shipped
from jakstat.population.outcome_numbers import BURDENS, ERAS
from jakstat.trial.arm_courses import trial_body
from jakstat.trial.design import ENDPOINTS, Eligibility, Occasion, RuleAct, Stratum
from jakstat.trial.design_checks import circles
from jakstat.trial.design_words import design_lines
from jakstat.trial.patient_numbers import trial_outputs
from jakstat.trial.trial_fields import trial_fields
from jakstat.trial.trial_file import read_trial
from jakstat.trial.trial_mapping import trial_mapping
from jakstat.trial.trial_schema import trial_schema_text

GOOD = """\
trial: sorafenib in advanced disease
population: sharp
patients: 1000
size: 602
seed: 3
arms:
  placebo: {}
  sorafenib:
    regimen: [sorafenib 400 mg PO BID, siltuximab 11 mg/kg IV q3w]
    allocation: 2
    rules:
      - {on: progression, do: stop}
      - {on: toxicity, do: reduce, drug: Nexavar, by: 50 %}
      - {on: progression, do: switch, to: second_line, share: 30 %}
      - {on: time, at: 6mo, do: stop, drug: siltuximab}
lines: {second_line: {regimen: [lenvatinib 12 mg PO QD]}}
visits: {every: 6w, until: 24mo}
endpoints: [OS, TTP, PFS, ORR, DCR, DoR, toxicity]
primary: TTP
strata: [{number: pSTAT3_bulk, cut: median}, {number: aetiology, randomised: true}, {number: HBx}]
eligible: [{number: IL6, above: 18.49 pg/ml}, {number: albumin, above: 2.8 g/dL, below: 60 g/L}]
accrual: 14mo
closes: 19mo
dropout: 2 %/month
enrolled: 2006
options: {burden: beta_high, era: era_tumour}
dosing: mean_rate
biomarkers: [CRP, pSTAT3_bulk]
courses: 10
"""

SHORT = "population: sharp\narms:\n  placebo: {}\n  drug: {regimen: [ruxolitinib 20 mg PO BID]}\n"
VISITS = "visits: {every: 6w, until: 24mo}\n"


def written(tmp_path, text):
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path, text, **more):
    with pytest.raises(InputError) as caught:
        read_trial(written(tmp_path, text), **more)
    return [(p.line, p.code) for p in caught.value.problems]


def test_a_file_is_read_in_the_units_of_the_product(tmp_path):
    trial = read_trial(written(tmp_path, GOOD))
    assert (trial.name, trial.population, trial.disease) == (
        "sorafenib in advanced disease",
        "sharp",
        "hcc",
    )
    assert (trial.patients, trial.size, trial.seed, trial.courses) == (1000, 602, 3, 10)
    assert [(a.name, a.allocation) for a in trial.arms] == [("placebo", 1.0), ("sorafenib", 2.0)]
    rules = trial.arms[1].line.rules
    assert [(r.on, r.do) for r in rules] == [
        (Occasion.PROGRESSION, RuleAct.STOP),
        (Occasion.TOXICITY, RuleAct.REDUCE),
        (Occasion.PROGRESSION, RuleAct.SWITCH),
        (Occasion.TIME, RuleAct.STOP),
    ]
    assert (rules[1].drugs, rules[1].factor) == (("sorafenib",), 0.5)
    assert (rules[2].to, rules[2].share) == ("second_line", pytest.approx(0.3))
    assert (rules[3].drugs, rules[3].at_h) == (("siltuximab",), pytest.approx(6 * 730.5))
    assert trial.line("second_line").prescriptions[0].told == "lenvatinib 12 mg PO QD"
    assert trial.drugs == ("sorafenib", "siltuximab", "lenvatinib")
    # 24 months of 730.5 h hold 17 spans of six weeks of 168 h: 17 x 1008 = 17136 < 17532
    assert trial.visits_h == tuple(1008.0 * k for k in range(18))
    assert (trial.until_h, trial.accrual_h, trial.closes_h) == (17532.0, 14 * 730.5, 19 * 730.5)
    assert trial.dropout == pytest.approx(0.02 / 730.5)
    assert trial.strata[1:] == (
        Stratum("aetiology", pytest.approx(math.nan, nan_ok=True), True),
        Stratum("HBx", 0.5),
    )
    assert math.isnan(trial.strata[0].cut)
    assert trial.eligible == (Eligibility("IL6", 18.49), Eligibility("albumin", 28.0, 60.0))
    assert (trial.enrolled, trial.burden, trial.era) == (2006.0, "beta_high", "era_tumour")
    assert (trial.primary, trial.biomarkers, trial.mean_rate) == ("TTP", ("CRP", "pSTAT3_bulk"), True)
    assert (trial.resected_h, trial.residual) == (None, ())


def test_what_is_not_said(tmp_path):
    trial = read_trial(written(tmp_path, SHORT + VISITS))
    assert (trial.name, trial.patients, trial.size, trial.seed, trial.courses) == ("t", 1000, 1000, 1, 24)
    assert trial.endpoints == tuple(e for e in ENDPOINTS if e != "RFS")
    assert (trial.primary, trial.accrual_h, trial.dropout) == ("OS", 0.0, 0.0)
    assert math.isinf(trial.closes_h)
    assert math.isnan(trial.enrolled)
    operated = read_trial(written(tmp_path, SHORT + VISITS + "resect: {at: 0d}\n"))
    assert (operated.resected_h, operated.residual) == (0.0, ("many", "few"))
    assert operated.endpoints == ("OS", "RFS", "toxicity")
    uneven = SHORT + "visits: {at: [0d, 4w, 8w], until: 12w}\nresect: {at: 2w, residual: few}\n"
    later = read_trial(written(tmp_path, uneven))
    assert (later.visits_h, later.residual) == ((0.0, 672.0, 1344.0), ("few",))
    assert set(later.endpoints) == set(ENDPOINTS)


def test_the_command_line_has_the_last_word(tmp_path):
    trial = read_trial(written(tmp_path, SHORT + VISITS + "patients: 10\nseed: 2\n"), patients=64, seed=9)
    assert (trial.patients, trial.size, trial.seed) == (64, 64, 9)
    assert problems(tmp_path, SHORT + VISITS, patients=0, seed=-1) == [
        (None, "trial.range"),
        (None, "seed.range"),
    ]
    assert problems(tmp_path, SHORT + VISITS + "size: 100\n", patients=50) == [(6, "trial.size")]


def test_a_mapping_says_the_same_as_a_file(tmp_path):
    text = "\n".join(line for line in GOOD.splitlines() if not line.startswith("strata"))
    from_file = read_trial(written(tmp_path, text))
    given = yaml.safe_load(text)
    assert True in given["arms"]["sorafenib"]["rules"][0]  # the key `on`, as PyYAML reads it
    assert read_trial(given) == from_file
    with pytest.raises(InputError, match=r"arms\.placebo\.regimens.*did you mean 'regimen'"):
        read_trial({**given, "arms": {"placebo": {"regimens": []}}})


def test_files_of_patients_lie_beside_the_trial(tmp_path):
    (tmp_path / "mine.yaml").write_text("like: sharp\n")
    trial = read_trial(written(tmp_path, (SHORT + VISITS).replace("sharp", "mine.yaml")))
    assert (trial.population, trial.patients) == (str(tmp_path / "mine.yaml"), 1000)
    assert problems(tmp_path, (SHORT + VISITS).replace("sharp", "yours.parquet")) == [(1, "file.missing")]
    assert problems(tmp_path, (SHORT + VISITS).replace("sharp", "shrap")) == [(1, "population.unknown")]
    (tmp_path / "mine.yaml").write_text("like: sharp\n\nmargin: 3\n")  # line 3 of that file
    both = (SHORT + VISITS).replace("sharp", "mine.yaml") + "sizes: 3\n"
    assert problems(tmp_path, both) == [(3, "key.unknown"), (6, "key.unknown")]


@pytest.mark.long
def test_a_cohort_file_has_patients_of_its_own(tmp_path):
    write_cohort(make_cohort(plan_of_shipped("sharp"), 6, seed=1), tmp_path / "six.parquet", asked=6)
    count = read_cohort(tmp_path / "six.parquet").count
    text = (SHORT + VISITS).replace("sharp", "six.parquet")
    assert read_trial(written(tmp_path, text)).patients == count
    assert problems(tmp_path, text + f"patients: {count + 1}\n") == [(1, "cohort.short")]
    (tmp_path / "six.parquet").write_bytes(b"PAR1")
    assert problems(tmp_path, text) == [(None, "cohort.foreign")]


def test_the_disease_is_that_of_the_population(tmp_path):
    text = (SHORT + VISITS).replace("sharp", "osteosarcoma")
    assert read_trial(written(tmp_path, text)).disease == "osteosarcoma"
    for number in ("Child_Pugh", "ALBI"):
        other = text + f"eligible: [{{number: {number}, above: 3}}]\n"
        assert (6, "number.unknown") in problems(tmp_path, other)
    (tmp_path / "bone.yaml").write_text("like: osteosarcoma\n")
    assert (
        read_trial(written(tmp_path, (SHORT + VISITS).replace("sharp", "bone.yaml"))).disease
        == "osteosarcoma"
    )
    (tmp_path / "bone.yaml").write_text("like: osteosarcomas\n")
    assert problems(tmp_path, (SHORT + VISITS).replace("sharp", "bone.yaml")) == [(1, "population.unknown")]


EVERYTHING = """\
population: shrp
patients: 10
size: 20
arms:
  A: {}
  a:
    regimen:
      - sorafenib -4 mg PO BID
      - sorafenib 4 nM PO BID
      - regorafenib 160 mg PO QD
      - midazolam 5 mg PO QD
    alocation: 2
    rules:
      - {on: progression, do: switch, to: A}
      - {on: time, do: reduce, by: 120 %}
      - {on: progression, do: switch, to: nowhere}
  b:
    allocation: 0
    rules: [{on: progression, do: switch, to: b}]
lines:
  third: {regimen: [lenvatinib 12 mg PO QD]}
visits:
  at:
    - 6w
    - 30mo
    - 4w
    - six weeks
  until: 24mo
endpoints: [OS, RFS, OS, XX]
primary: PFS
strata:
  - {number: pSTAT3, cut: 3}
  - {number: AFP, cut: 3 mM}
  - {number: pSTAT3_bulk, cut: 100}
eligible:
  - {number: IL6, above: 18 pg/ml, below: 3 pg/ml}
  - {number: ECOG}
accrual: 20mo
closes: 19mo
dropout: 2 %
enrolled: 1706
options: {burden: beta, era: era_tumour}
dosing: weekly
biomarkers: [CRP, crp2]
"""


def test_every_problem_at_once_with_its_line(tmp_path):
    assert problems(tmp_path, EVERYTHING) == [
        (1, "population.unknown"),
        (3, "trial.size"),
        (6, "trial.name"),
        (8, "dose.negative"),
        (9, "unit.clash"),
        (10, "drug.unknown"),
        (11, "trial.drug"),
        (12, "key.unknown"),
        (15, "trial.range"),
        (15, "trial.rule"),
        (16, "trial.switch"),
        (17, "trial.allocation"),
        (19, "trial.circular"),
        (21, "trial.switch"),
        (25, "time.late"),
        (26, "time.order"),
        (27, "number.text"),
        (29, "trial.choice"),
        (29, "trial.endpoint"),
        (29, "trial.endpoint"),
        (30, "trial.endpoint"),
        (32, "number.unknown"),
        (33, "unit.clash"),
        (34, "unit.missing"),
        (36, "trial.range"),
        (37, "key.missing"),
        (39, "time.late"),
        (40, "unit.missing"),
        (41, "trial.range"),
        (42, "trial.choice"),
        (43, "trial.choice"),
        (44, "number.unknown"),
    ]


ARMS = "population: sharp\n" + VISITS + "arms:\n"  # the arms begin in line 4
RULE = ARMS + "  drug:\n    regimen: [ruxolitinib 20 mg PO BID]\n    rules:\n      - "  # rules from line 7
PLACEBO = "  placebo: {}\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # unknown drug
        (ARMS + "  a: {regimen: [ruxolitinb 20 mg PO BID]}\n", [(4, "drug.unknown")]),
        (ARMS + "  a: {regimen: [ruxolitinib and sorafenib 20 mg PO BID]}\n", [(4, "drug.unknown")]),
        (ARMS + "  a:\n    regimen: 20 mg PO BID\n", [(5, "regimen.text")]),
        (ARMS + "  a:\n    regimen: Stattic 20 mg PO BID\n", [(5, "pk.none")]),
        (RULE + "{on: toxicity, do: stop, drug: ruxo}\n", [(7, "drug.unknown")]),
        (RULE + "{on: toxicity, do: stop, drug: sorafenib}\n", [(7, "trial.rule")]),
        # arm without patients
        (ARMS + PLACEBO + "  a: {allocation: 0}\n", [(5, "trial.allocation")]),
        (ARMS + PLACEBO + "  a: {allocation: 0.0001}\n", [(5, "trial.allocation")]),
        (ARMS + PLACEBO + "  a: {allocation: -1}\n", [(5, "trial.range")]),
        (
            ARMS + "  a: {}\n  b: {}\n  c: {}\npatients: 2\nsize: 2\n",
            [(k, "trial.allocation") for k in (4, 5, 6)],
        ),
        (ARMS + "  a:\n", [(4, "yaml.type")]),
        ("population: sharp\n" + VISITS + "arms: {}\n", [(3, "yaml.type")]),
        ("population: sharp\n" + VISITS, [(1, "key.missing")]),
        # visit after the end
        (SHORT + "visits: {at: [6w, 25mo], until: 24mo}\n", [(5, "time.late")]),
        (SHORT + "visits:\n  until: 5w\n  every: 6w\n", [(7, "time.late")]),
        (
            SHORT + "visits:\n  until: 8w\n  at:\n    - 6w\n    - 9w\n    - 10w\n",
            [(9, "time.late"), (10, "time.late")],
        ),
        (SHORT + "visits: {at: [6w], until: 1h}\n", [(5, "time.span")]),
        (SHORT + "visits: {until: 24mo}\n", [(5, "trial.clash")]),
        (SHORT + "visits: {every: 6w, at: [6w], until: 24mo}\n", [(5, "trial.clash")]),
        (SHORT + "visits: {every: 0d, until: 24mo}\n", [(5, "time.span")]),
        (SHORT + "visits: {every: 1h, until: 24mo}\n", [(5, "time.count")]),
        (SHORT + "visits: {at: [0d], until: 24mo}\n", [(5, "time.span")]),
        (SHORT + "visits: {every: 6w}\n", [(5, "key.missing")]),
        (SHORT + VISITS + "resect: {at: 24mo}\n", [(6, "time.late")]),
        (SHORT + VISITS + "accrual: 14mo\ncloses: 1y\n", [(7, "time.late")]),
        (SHORT + VISITS + "closes: 0d\n", [(6, "time.span")]),
        (RULE + "{on: time, at: 24mo, do: stop}\n", [(7, "time.late")]),
        (ARMS + "  a:\n    regimen:\n      - ruxolitinib 20 mg PO BID from day 800\n", [(6, "time.late")]),
        # unit clash
        (SHORT + "visits: {every: 6 mg, until: 24mo}\n", [(5, "unit.clash")]),
        (SHORT + "visits: {every: 6w, until: 24}\n", [(5, "unit.missing")]),
        (SHORT + VISITS + "eligible: [{number: IL6, above: 3 h}]\n", [(6, "unit.clash")]),
        (SHORT + VISITS + "eligible:\n  - number: AFP\n    above: 400\n", [(7, "unit.missing")]),
        (SHORT + VISITS + "strata: [{number: pSTAT3_bulk, cut: 3 mg}]\n", [(6, "unit.clash")]),
        (SHORT + VISITS + "strata: [{number: stem_share, cut: 3 mg}]\n", [(6, "number.text")]),
        (SHORT + VISITS + "strata: [{number: oxygen, cut: 3 mg}]\n", [(6, "number.text")]),
        (SHORT + VISITS + "dropout: 2 %/mg\n", [(6, "unit.clash")]),
        (SHORT + VISITS + "dropout: 2 %/fortnightx\n", [(6, "unit.unknown")]),
        (ARMS + "  a: {regimen: [ruxolitinib 20 nM PO BID]}\n", [(4, "unit.clash")]),
        (ARMS + "  a: {regimen: [siltuximab 11 mg/kg PO q3w]}\n", [(4, "regimen.route")]),
        # unknown field
        (SHORT + VISITS + "patient: 10\n", [(6, "key.unknown")]),
        (SHORT + "visits: {every: 6w, untill: 24mo}\n", [(5, "key.missing"), (5, "key.unknown")]),
        (RULE + "{on: progression, do: stop, dose: 50 %}\n", [(7, "key.unknown")]),
        (SHORT + VISITS + "options: {burdens: beta_low}\n", [(6, "key.unknown")]),
        (ARMS + "  a: {<<: {regimen: []}}\n", [(4, "key.unknown")]),
        # negative dose
        (ARMS + "  a: {regimen: [ruxolitinib -20 mg PO BID]}\n", [(4, "dose.negative")]),
        (ARMS + "  a: {regimen: [siltuximab 0 mg/kg IV q3w]}\n", [(4, "dose.negative")]),
        (
            ARMS + "  a: {regimen: [ruxolitinib 5 mg PO BID for 2 weeks then -5 mg PO BID]}\n",
            [(4, "dose.negative")],
        ),
        # rules
        (RULE + "{on: toxicity, do: reduce, by: 0 %}\n", [(7, "trial.rule")]),
        (RULE + "{on: toxicity, do: reduce, by: 100 %}\n", [(7, "trial.rule")]),
        (RULE + "{on: toxicity, do: reduce, by: 30}\n", [(7, "trial.range")]),
        (RULE + "{on: toxicity, do: reduce}\n", [(7, "trial.rule")]),
        (RULE + "{on: toxicity, do: stop, by: 50 %}\n", [(7, "trial.rule")]),
        (RULE + "{on: toxicity, do: stop, at: 6w}\n", [(7, "trial.rule")]),
        (RULE + "{on: time, do: stop}\n", [(7, "trial.rule")]),
        (RULE + "{on: time, do: stop, at: 6w, share: 0}\n", [(7, "trial.rule")]),
        (RULE + "{on: time, do: stop, at: 6w, share: 130 %}\n", [(7, "trial.range")]),
        (RULE + "{on: progression, do: stop}\n      - {on: progression, do: stop}\n", [(8, "trial.rule")]),
        (RULE + "{on: progression, do: switch}\n", [(7, "trial.rule")]),
        (
            RULE + "{do: stop}\n      - on: death\n        do: pray\n",
            [(7, "key.missing"), (8, "trial.choice"), (9, "trial.choice")],
        ),
        (ARMS + "  a: {rules: [{on: progression, do: stop}]}\n", [(4, "trial.rule")]),
        (ARMS + "  a: {rules: {on: progression, do: stop}}\n", [(4, "yaml.type")]),
        # circles, and ways that lead nowhere
        (RULE + "{on: progression, do: switch, to: drug}\n", [(7, "trial.circular")]),
        (RULE + "{on: progression, do: switch, to: sorafenib}\n", [(7, "trial.switch")]),
        (ARMS + PLACEBO + "lines: {l: {regimen: [lenvatinib 8 mg PO QD]}}\n", [(5, "trial.switch")]),
        # names
        (ARMS + "  a: {}\n  a: {}\n", [(5, "key.twice")]),
        (ARMS + "  - {name: a}\n  - {name: a}\n", [(5, "key.twice")]),
        (ARMS + "  - {name: a}\n  - {regimen: []}\n", [(5, "key.missing")]),
        (ARMS + "  - {name: a, regimen: [x]}\n  - a\n", [(4, "regimen.text"), (5, "key.missing")]),
        (ARMS + "  arm one: {}\n  Arm  One: {}\n", [(5, "trial.name")]),
        (
            RULE + "{on: progression, do: switch, to: drug2}\nlines:\n  drug2: {}\n  DRUG: {}\n",
            [(10, "trial.name"), (10, "trial.switch")],
        ),
        (ARMS + "  <script>: {}\n", [(4, "trial.name")]),
        (ARMS + f"  {'a' * 61}: {{}}\n", [(4, "trial.name")]),
        # endpoints
        (SHORT + VISITS + "endpoints: [OS, RFS]\n", [(6, "trial.endpoint")]),
        (SHORT + VISITS + "endpoints: [OS, EFS]\n", [(6, "trial.choice")]),
        (SHORT + VISITS + "endpoints: [OS, ORR]\nprimary: PFS\n", [(7, "trial.endpoint")]),
        (SHORT + VISITS + "endpoints: [OS, OS]\n", [(6, "trial.endpoint")]),
        (
            SHORT + VISITS + "resect: {at: 0d}\nendpoints: [RFS, ORR, PFS]\n",
            [(7, "trial.endpoint"), (7, "trial.endpoint")],
        ),
        (SHORT + VISITS + "endpoints: []\nprimary: RFS\n", [(7, "trial.endpoint")]),
        # ranges, sizes, numbers of patients
        (
            SHORT + VISITS + "eligible: [{number: IL6, above: 9 pg/ml, below: 3 pg/ml}]\n",
            [(6, "trial.range")],
        ),
        (SHORT + VISITS + "eligible: [{number: IL6, above: 1e6 pg/ml}]\n", [(6, "patient.range")]),
        (SHORT + VISITS + "eligible: [{number: aetiology}]\n", [(6, "number.unknown")]),
        (
            SHORT
            + VISITS
            + "eligible: [{number: IL6}, {number: age, above: 60}, {number: age, below: 70}]\n",
            [(6, "key.missing"), (6, "trial.clash")],
        ),
        (SHORT + VISITS + "strata: [{number: AFP}, {number: AFP, cut: 400 ng/ml}]\n", [(6, "trial.clash")]),
        (SHORT + VISITS + "strata: [{number: aetiology, cut: HBV}]\n", [(6, "trial.clash")]),
        (SHORT + VISITS + "strata: [{number: CRP, randomised: perhaps}]\n", [(6, "yaml.type")]),
        (SHORT + VISITS + "biomarkers: [CRP, CRP]\n", [(6, "trial.clash")]),
        (SHORT + VISITS + "biomarkers: [necrosis]\n", [(6, "number.unknown")]),
        (SHORT + VISITS + "patients: 100\nsize: 200\n", [(7, "trial.size")]),
        (SHORT + VISITS + "patients: 1_000\n", [(6, "number.text")]),
        (SHORT + VISITS + "patients: 1e3\n", [(6, "number.text")]),
        (SHORT + VISITS + "patients: 0\nsize: 1\n", [(6, "trial.range"), (7, "trial.range")]),
        (SHORT + VISITS + "seed: -1\n", [(6, "seed.range")]),
        (SHORT + VISITS + "seed: one\n", [(6, "seed.range")]),
        (SHORT + VISITS + "courses: 5000\n", [(6, "trial.range")]),
        (SHORT + VISITS + "dropout: 2/month\n", [(6, "trial.range")]),
        (SHORT + VISITS + "dropout: -2 %/month\n", [(6, "trial.range")]),
        (SHORT + VISITS + "options: {era: era_tumour}\n", [(6, "trial.clash")]),
        # forms
        ("", [(None, "yaml.empty")]),
        ("- a\n", [(1, "yaml.shape")]),
        ("population: &a sharp\n", [(1, "yaml.alias")]),
        ("population: !!python/object:os.system x\n", [(1, "yaml.tag")]),
        ("population: [sharp\n", [(2, "yaml.syntax")]),
        ("a: " + "[" * 40 + "]" * 40 + "\n", [(1, "yaml.depth")]),
        (SHORT + VISITS + "population: sharp\nsizes: 3\n", [(6, "key.twice"), (7, "key.unknown")]),
        (SHORT + VISITS + "visits: 6w\n", [(6, "key.twice")]),
        (SHORT + "visits: 6w\n", [(5, "yaml.type")]),
        (SHORT + VISITS + "? [a, b]\n: 3\n", [(6, "yaml.type")]),
        (SHORT + VISITS + "trial:\n", [(6, "yaml.type")]),
        (SHORT + VISITS + 'trial: "a\\u0007b"\n', [(6, "yaml.type")]),
        (SHORT + VISITS + "trial: " + "x" * 300 + "\n", [(6, "text.long")]),
        (SHORT + VISITS + "accrual: [1mo]\n", [(6, "yaml.type")]),
        (
            "population: sharp\n" + VISITS + "arms: {" + ", ".join(f"a{k}: {{}}" for k in range(13)) + "}\n",
            [(3, "count.range")],
        ),
    ],
)
def test_bad_files(tmp_path, text, found):
    assert sorted(problems(tmp_path, text), key=str) == sorted(found, key=str)


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ({"a": ["a"]}, [("a", "a")]),
        ({"a": ["b"], "b": ["a"]}, [("a", "b", "a")]),
        ({"a": ["b"], "b": ["c"], "c": ["d"], "d": ["b"]}, [("b", "c", "d", "b")]),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, []),
        ({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"]}, [("a", "b", "a"), ("c", "d", "c")]),
    ],
)
def test_circles(ways, found):
    assert circles(ways) == found


@pytest.mark.long  # two documents are made
def test_outputs_are_those_of_the_documents():
    for disease in ("hcc", "osteosarcoma"):
        assert set(trial_outputs(disease)) == {o.id for o in body_outputs(trial_body(disease))}


def test_a_circle_over_arms_and_lines_is_told_with_its_way(tmp_path):
    text = (
        RULE
        + "{on: progression, do: switch, to: l1}\n"
        + (
            "lines:\n  l1: {rules: [{on: progression, do: switch, to: l2}]}\n"
            "  l2: {rules: [{on: progression, do: switch, to: drug}, "
            "{on: progression, do: switch, to: l1}]}\n"
        )
    )
    with pytest.raises(InputError) as caught:
        read_trial(written(tmp_path, text))
    assert [(p.line, p.code) for p in caught.value.problems] == [(7, "trial.circular"), (9, "trial.circular")]
    assert "drug -> l1 -> l2 -> drug" in str(caught.value)


def test_the_schema_is_published_and_agrees_with_the_reader():
    place = files("jakstat.trial").joinpath("schemas/trial.schema.json")
    assert place.read_text(encoding="utf-8") == trial_schema_text(), "run `make docs`"
    schema = json.loads(trial_schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    loader = type("Plain", (yaml.SafeLoader,), {"yaml_implicit_resolvers": _without_booleans()})
    assert list(check.iter_errors(yaml.load(GOOD, Loader=loader))) == []
    assert list(check.iter_errors(yaml.load(SHORT + VISITS, Loader=loader))) == []
    places = {
        ".".join(map(str, e.absolute_path)) for e in check.iter_errors(yaml.load(EVERYTHING, Loader=loader))
    }
    assert {
        "arms",
        "endpoints",
        "dropout",
        "enrolled",
        "options.burden",
        "dosing",
    } <= places


def _without_booleans():
    """YAML 1.2, as schema tools read it: `on` is a word, true and false are not."""
    found = {}
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items():
        kept = [(tag, reg) for tag, reg in pairs if tag != "tag:yaml.org,2002:bool" or first in "tfTF"]
        found[first] = kept
    return found


def test_choices_of_the_table_are_those_of_the_product():
    fields = trial_fields()
    assert fields[""]["endpoints"].choices == fields[""]["primary"].choices == ENDPOINTS
    assert fields["options"]["burden"].choices == BURDENS
    assert fields["options"]["era"].choices == ERAS
    assert fields["rule"]["on"].choices == tuple(map(str, Occasion))
    assert fields["rule"]["do"].choices == tuple(map(str, RuleAct))


def test_a_design_in_words(tmp_path):
    told = design_lines(read_trial(written(tmp_path, GOOD)))
    assert told[0].endswith("1,000 patients of sharp in every arm; a trial enrols 602; seed 3")
    assert "    on progression: switch to second_line in 30 % of patients" in told
    assert "groups by pSTAT3_bulk at its median; aetiology (randomised); HBx" in told
    assert "eligible with IL6 above 18.49 pg/ml; albumin from 28 g/L to 60 g/L" in told


def test_the_command_checks_and_refuses(tmp_path):
    run = CliRunner()
    good = run.invoke(app, ["trial", str(written(tmp_path, GOOD)), "--check", "--patients", "700"])
    assert good.exit_code == 0, good.output
    assert "700 patients of sharp" in good.stdout
    as_json = run.invoke(app, ["trial", str(tmp_path / "t.yaml"), "--check", "--json"])
    assert json.loads(as_json.stdout)["question"]["arms"][1]["rules"][0] == "on progression: stop"
    schema = run.invoke(app, ["trial", "--schema"])
    assert schema.stdout == trial_schema_text()
    assert run.invoke(app, ["trial", "--schema", "--seed", "1"]).exit_code == 2
    nothing = run.invoke(app, ["trial", "--check"])
    assert (nothing.exit_code, "[trial.no-file]" in nothing.stderr) == (2, True)
    text = run.invoke(app, ["trial", "--help"]).stdout
    assert "--patients" in text
    assert "FILE" in text


def test_a_design_as_a_mapping_reads_back_the_same(tmp_path):
    more = GOOD.replace("cut: median", "cut: 120 zmol").replace("by: 50 %", "by: 0.9")
    more = more.replace("{every: 6w, until", "{at: [10d, 6w], until") + (
        "resect: {at: 11d, residual: [few, many]}\n"
    )
    more = more.replace(
        "{number: HBx}", "{number: HBx}, {number: AFP, cut: 400 ng/ml}, {number: age, cut: 60}"
    )
    more = more.replace("18.49 pg/ml}", "18.49 pg/ml}, {number: HBx, is: false}, {number: age, below: 70}")
    for text in (more, SHORT + VISITS + "strata: [{number: female}]\nenrolled: 2010\n"):
        # aetiology has no cut, and nothing equals NaN
        design = read_trial(written(tmp_path, text.replace("{number: aetiology, randomised: true}, ", "")))
        # a manifest sorts its keys
        assert read_trial(json.loads(json.dumps(trial_mapping(design), sort_keys=True))) == design
