"""Survival tables of the forms that people have: what an event is, units, groups, and what is asked for."""

import pytest

from jakstat.errors import InputError
from jakstat.trial.observed_survival import observed_survival
from jakstat.trial.survival_table import SurvivalReading, read_survival

DAY, MONTH = 24.0, 730.5


def codes(raised):
    return [p.code for p in raised.value.problems]


def adtte(**more):
    rows = {
        "USUBJID": ["1", "2", "3", "4"],
        "PARAMCD": ["OS", "OS", "OS", "OS"],
        "TRTP": ["placebo", "placebo", "drug", "drug"],
        "AVAL": [10, 20, 30, 40],
        "AVALU": ["DAYS"] * 4,
        "CNSR": [0, 1, 2, 0],
    }
    return rows | more


def test_cnsr_is_the_inverse_of_an_event():
    found = read_survival(adtte())
    assert found.endpoint == "OS"
    assert {k: v.happened.tolist() for k, v in found.groups.items()} == {
        "placebo": [True, False],
        "drug": [False, True],
    }
    assert found.groups["placebo"].time.tolist() == [10 * DAY, 20 * DAY]


def test_the_zero_that_pandas_reads_from_a_transport_file_is_an_event():
    """pandas.read_sas gives 16**-65 for 0 and bytes for texts; nobody would have had an event."""
    found = read_survival(
        adtte(CNSR=[5.397605346934028e-79, 1.0, 1.0, 5.397605346934028e-79], PARAMCD=[b"OS"] * 4)
    )
    assert [v.happened.tolist() for v in found.groups.values()] == [[True, False], [False, True]]


def test_a_flag_that_is_no_cnsr_is_refused():
    with pytest.raises(InputError) as raised:
        read_survival(adtte(CNSR=[0, -1, 0.5, "x"]))
    assert codes(raised) == ["survival.status"] * 3
    assert [p.line for p in raised.value.problems] == [3, 4, 5]


def test_one_of_several_endpoints_is_asked_for():
    rows = adtte(PARAMCD=["OS", "OS", "PFS", "PFS"])
    with pytest.raises(InputError) as raised:
        read_survival(rows)
    assert codes(raised) == ["survival.endpoint"]
    assert raised.value.problems[0].hint == "OS, PFS"
    assert list(read_survival(rows, SurvivalReading(endpoint="pfs")).groups) == ["drug"]


@pytest.mark.parametrize(
    ("more", "hours"),
    [
        ({"AVALU": ["MONTHS"] * 4}, 10 * MONTH),
        ({"AVALU": ["weeks"] * 4}, 70 * DAY),
        ({"AVALU": [""] * 4, "PARAM": ["Overall Survival (Months)"] * 4}, 10 * MONTH),
    ],
)
def test_the_unit_stands_in_avalu_or_in_param(more, hours):
    assert read_survival(adtte(**more)).groups["placebo"].time[0] == hours


def test_a_unit_is_asked_for_and_may_not_be_contradicted():
    silent = adtte(AVALU=[""] * 4)
    with pytest.raises(InputError) as raised:
        read_survival(silent)
    assert codes(raised) == ["survival.unit"]
    told = read_survival(silent, SurvivalReading(time_unit="months"))
    assert told.groups["placebo"].time[0] == 10 * MONTH
    with pytest.raises(InputError) as raised:
        read_survival(adtte(), SurvivalReading(time_unit="months"))
    assert codes(raised) == ["survival.unit"]


@pytest.mark.parametrize(
    ("heading", "values", "words"),
    [
        ("status", [1, 2, 2, 1], "which of them is an event"),  # R's lung: 2 is death
        ("status", [1, 1, 1, 1], "which of them is an event"),
        ("cens", [0, 1, 1, 0], "may be 1 for an event"),  # GBSG2 of TH.data: cens 1 is an event
        ("censored", [0, 1, 1, 0], "may be 1 for an event"),
    ],
)
def test_a_status_that_tools_read_differently_is_asked_for(heading, values, words):
    rows = {"days": [1, 2, 3, 4], heading: values}
    with pytest.raises(InputError, match=words) as raised:
        read_survival(rows)
    assert codes(raised) == ["survival.status"]
    found = read_survival(rows, SurvivalReading(events=(str(values[0]),)))
    assert found.groups["all"].happened.tolist() == [v == values[0] for v in values]


@pytest.mark.parametrize(
    ("heading", "values", "happened"),
    [
        ("event", [0, 1], [False, True]),
        ("event", [1, 1], [True, True]),
        ("status", [0, 1], [False, True]),
        ("death", ["True", "False"], [True, False]),
        ("event", ["0", "1"], [False, True]),  # texts: scikit-survival takes a list of them as all true
        ("vital_status", ["Alive", "Dead"], [False, True]),
    ],
)
def test_what_a_heading_settles_is_read(heading, values, happened):
    found = read_survival({"months": [3, 4], heading: values})
    assert found.groups["all"].happened.tolist() == happened


def test_an_event_that_no_cell_has_is_refused():
    with pytest.raises(InputError, match="it holds 1, 2") as raised:
        read_survival({"days": [1, 2], "status": [1, 2]}, SurvivalReading(events=("3",)))
    assert codes(raised) == ["survival.status"]


PORTAL = (
    "#Patient Identifier\tOverall Survival Status\tOverall Survival (Months)\n"
    "#x\tx\tx\n#STRING\tSTRING\tNUMBER\n#1\t1\t1\n"
    "PATIENT_ID\tOS_STATUS\tOS_MONTHS\tDFS_STATUS\tDFS_MONTHS\n"
    "P1\t1:DECEASED\t12.5\t1:Recurred/Progressed\t3\nP2\t0:LIVING\t30\t0:DiseaseFree\t\nP3\tDECEASED\t2\t\t\n"
    "P4\t[Not Available]\tNA\t\t\n"
)


def test_patients_of_cbioportal(tmp_path):
    (tmp_path / "data_clinical_patient.txt").write_text(PORTAL)
    found = read_survival(tmp_path / "data_clinical_patient.txt", SurvivalReading(endpoint="OS"))
    assert found.groups["all"].happened.tolist() == [True, False, True]
    assert found.groups["all"].time.tolist() == [12.5 * MONTH, 30 * MONTH, 2 * MONTH]
    assert "1:DECEASED and DECEASED is the event" in found.notes[0].text
    assert [n.code for n in found.notes] == ["survival.status", "survival.left-out", "survival.unit"]
    free = read_survival(tmp_path / "data_clinical_patient.txt", SurvivalReading(endpoint="dfs"))
    assert free.groups["all"].happened.tolist() == [True]


def test_a_status_that_contradicts_itself_is_refused():
    rows = {"OS_MONTHS": [1, 2], "OS_STATUS": ["0:DECEASED", "1:DECEASED"]}
    with pytest.raises(InputError, match="contradicts itself") as raised:
        read_survival(rows)
    assert codes(raised) == ["survival.status"]


GDC = (
    "case_submitter_id\tdemographic.vital_status\tdemographic.days_to_death\tdays_to_last_follow_up\ttreatment_type\n"
    "T1\tDead\t300\t'--\tPharmaceutical\nT1\tDead\t300\t'--\tRadiation\n"
    "T2\tAlive\t'--\t600\tPharmaceutical\nT3\tNot Reported\t'--\t'--\tRadiation\n"
)


def test_cases_of_gdc_are_counted_once(tmp_path):
    """Its clinical table has a row for each treatment of a case."""
    (tmp_path / "clinical.tsv").write_text(GDC)
    found = read_survival(tmp_path / "clinical.tsv")
    assert found.groups["all"].time.tolist() == [300 * DAY, 600 * DAY]
    assert found.groups["all"].happened.tolist() == [True, False]
    assert [n.text for n in found.notes if n.code == "survival.twice"] == [
        "rows that say the same of a patient again left out: 1"
    ]


def test_a_patient_with_two_times_is_refused(tmp_path):
    (tmp_path / "clinical.tsv").write_text(GDC.replace("300\t'--\tRad", "301\t'--\tRad"))
    with pytest.raises(InputError) as raised:
        read_survival(tmp_path / "clinical.tsv")
    assert codes(raised) == ["survival.twice"]
    assert raised.value.problems[0].line == 3


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({"months": [1, 2]}, "survival.column"),
        ({"death": [1, 0]}, "survival.column"),
        ({"months": [1, -2], "death": [1, 0]}, "survival.time"),
        ({"years": [1, 400], "death": [1, 0]}, "survival.time"),
        ({"months": [1, 1e308], "death": [1, 0]}, "survival.time"),
        ({"months": ["", ""], "death": [1, 0]}, "survival.empty"),
        ({"months": range(20), "death": [1] * 20, "arm": range(20)}, "survival.group"),
    ],
)
def test_what_is_missing_or_impossible_is_said(rows, code):
    with pytest.raises(InputError) as raised:
        read_survival(rows)
    assert codes(raised) == [code]


def test_medians_at_one_half_and_ties_as_r_has_them():
    """R's survival 3.5-3: median 3.5 of deaths at 1 ... 6; coxph's coefficient 0.9806122 with ties."""
    found = observed_survival({"months": [1, 2, 3, 4, 5, 6], "death": [1] * 6})
    assert found["arms"]["all"]["median_months"] == 3.0
    assert found["arms"]["all"]["median_months_r"] == pytest.approx(3.5)
    tied = observed_survival(
        {
            "months": [1, 1, 2, 2, 3, 3, 4, 4],
            "death": [1, 1, 1, 0, 1, 1, 1, 0],
            "arm": ["b", "a", "b", "b", "a", "b", "a", "a"],
        },
        control="a",
    )
    assert tied["compared"]["b"]["hazard_ratio"] == pytest.approx(2.7182818284590452**0.9806122, rel=1e-6)


def test_means_end_where_the_group_followed_least_does():
    """By hand, until 3 months: of the first group 1 + 1/2 * 2, of the second all three months."""
    found = observed_survival({"months": [1, 3, 9, 9], "death": [1, 0, 0, 0], "arm": ["a", "a", "b", "b"]})
    assert found["rmst_until_months"] == pytest.approx(3.0)
    assert found["arms"]["a"]["rmst_months"] == pytest.approx(2.0)
    assert found["arms"]["b"]["rmst_months"] == pytest.approx(3.0)
