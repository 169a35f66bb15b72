"""Tables of one's own time courses: what is read, and what a slip of the keyboard is answered with."""

# ruff: noqa: E501 - one mistake on one line reads best

import pytest

from jakstat.calibration.own_fit import FitAsked, prepare_fit
from jakstat.calibration.own_points import CourseReading, read_points
from jakstat.calibration.own_problem import OwnModel, rise_of
from jakstat.calibration.own_tables import course_table
from jakstat.calibration.profile import RISE
from jakstat.errors import InputError
from own_courses import changed, csv_text, plain


def asked(*free, **more):
    return FitAsked("hepg2", free or ("kcat_STAT3",), **more)


def faults(rows, question=None):
    with pytest.raises(InputError) as caught:
        prepare_fit(course_table(rows), question or asked())
    return caught.value.problems


def first(rows, question=None):
    problem = faults(rows, question)[0]
    return problem.code, problem.line, f"{problem.message}. {problem.hint}"


def without(*columns):
    return [{k: v for k, v in row.items() if k not in columns} for row in plain()]


# what is wrong; the code and line of the answer; words that mend it
MISTAKES = [
    (changed(4, readout="pSTAT"), ("observable.unknown", 4), "did you mean pSTAT3"),
    (changed(4, readout="CXCL8_mRNA"), ("observable.unknown", 4), "--parts core,"),
    (changed(4, readout=""), ("table.empty", 4), "pSTAT3"),
    (without("time_unit"), ("courses.time-unit", 1), "time (min)"),
    (changed(5, time_unit=""), ("courses.time-unit", 5), "min or h"),
    (changed(5, time_unit="minuten"), ("courses.time-unit", 5), "min or h"),
    (plain(time_unit="h"), ("courses.time", 7), "if they are minutes, write min"),
    (changed(3, time=-10), ("courses.time", 3), "time 0 is when the stimulus is given"),
    (changed(3, time="10 min"), ("table.number", 3), "the unit belongs in the heading"),
    (changed(6, value="ca. 12"), ("table.number", 6), "plain digits"),
    (changed(6, time=""), ("table.empty", 6), "leave the row out"),
    (changed(4, time=10), ("courses.twice", 4), "column replicate"),
    (changed(4, dose=""), ("courses.dose", 4), "IL6=10ng/ml"),
    (changed(4, dose=-1), ("dose.negative", 4), "0 or more"),
    (changed(4, dose_unit="ngml"), ("unit.unknown", 4), ""),
    (without("dose_unit"), ("courses.dose", 2), "dose (ng/ml)"),
    (without("stimulus", "dose", "dose_unit"), ("courses.stimulus", 1), "--stimulus IL6=10ng/ml"),
    (changed(4, stimulus=""), ("courses.dose", 4), "IL6"),
    (plain(stimulus="IL7x"), ("stimulus.unknown", 2), "IL7"),
    ([{**r, "sd": ""} for r in plain()][:11] + [{**plain()[11], "sd": 2}], ("courses.sd", 2), "in all, or in none"),
    ([{**r, "sd": 0} for r in plain()], ("courses.sd", 2), "leave the cell empty"),
    ([{**r, "drug": "ruxo", "drug_dose": 1, "drug_unit": "uM"} for r in plain()], ("drug.unknown", 2), "ruxolitinib"),
    ([{**r, "drug": "ruxolitinib"} for r in plain()], ("courses.dose", 2), "drug_dose"),
    ([{**r, "knockdown": "SOCS3"} for r in plain()], ("text.no-equals", 2), "SOCS3=0"),
    ([{**r, "cell": n} for r, n in zip(plain(), ["HepG2", "Huh7"] * 6, strict=True)], ("courses.cell", None), "--cell HepG2"),
    ([{**r, "condition": n} for r, n in zip(plain(), ["a", "b"] * 6, strict=True)], ("courses.condition", 3), "stimulus, dose"),
    ([{**r, "unit": "nM"} for r in plain()], ("unit.clash", 2), "a.u."),
    ([{k: v for k, v in r.items() if k != "value"} for r in plain()], ("table.columns", 1), "readout"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "place", "words"), MISTAKES)
def test_a_slip_is_answered_by_the_sentence_that_mends_it(rows, place, words):
    code, line, text = first(rows)
    assert (code, line) == place, text
    assert words in text


QUESTIONS = [
    (asked("kcat_STAT"), "parameter.unknown", "did you mean kcat_STAT3"),
    (asked("K_PH_AKT"), "parameter.unknown", "--parts core,akt_mtor"),
    (asked("factor_SOCS3"), "courses.free", "set by a protocol"),
    (asked("activity_nuclear_PTP"), "courses.free", "1 by definition"),
    (asked("molar_mass_IL6"), "courses.free", "nM"),
    (asked("kcat_STAT3", "kcat_STAT3"), "name.twice", "once"),
    (asked(""), "courses.free", "--free kcat_STAT3"),
    (asked("kcat_STAT3", hold_out=("dose",)), "courses.hold-out", "column=value"),
    (asked("kcat_STAT3", hold_out=("dose=7",)), "courses.hold-out", "there is 1, 10"),
    (asked("kcat_STAT3", hold_out=("readout=pSTAT3",)), "courses.hold-out", "nothing is left"),
    (asked("kcat_STAT3", predict=("SOCS",)), "observable.unknown", "did you mean SOCS3"),
    (asked("kcat_STAT3", reading=CourseReading(stimulus="IL6=10ng/ml")), "courses.stimulus", "leave one"),
    (asked("kcat_STAT3", reading=CourseReading(cell="huh7")), "courses.cell", "leave out --cell"),
    (FitAsked("hepg", ("kcat_STAT3",)), "context.unknown", "hepg2"),
    (asked("kcat_STAT3", parts=("coree",)), "part.unknown", "core"),
]


@pytest.mark.parametrize(("question", "code", "words"), QUESTIONS)
def test_a_question_that_cannot_be_put_is_mended_too(question, code, words):
    found = faults(plain(), question)
    assert found[0].code == code
    assert words in f"{found[0].message}. {found[0].hint}"


def test_values_without_a_logarithm_are_named_under_noise_in_proportion():
    rows = changed(4, value=-0.2)
    question = asked(reading=CourseReading(noise="log"), model=OwnModel(noise="log"))
    code, line, text = first(rows, question)
    assert (code, line) == ("courses.log", 4)
    assert "--noise additive" in text
    prepare_fit(course_table(rows), asked())  # additive noise takes it


def test_more_is_not_asked_than_the_values_can_tell():
    rows = plain()[:6]
    code, _, text = first(rows, asked("kcat_STAT3", "abundance_STAT3", "kdephos_STAT3_nucleus", "K_SOCS3"))
    assert code == "courses.few"
    assert "4 free parameters with 2 scales and backgrounds and 1 noises are more than 6" in text
    code, _, text = first(plain()[:2])
    assert code == "courses.few"
    assert "pSTAT3 has 2 values" in text


def test_everything_that_is_wrong_is_told_at_once():
    rows = plain()
    rows[0]["readout"], rows[3]["time_unit"], rows[5]["value"] = "pSTAT", "", "x"
    found = faults(rows, asked("kcat_STAT", hold_out=("dose=7",)))
    assert [(p.code, p.line) for p in found] == [
        ("observable.unknown", 2), ("courses.time-unit", 5), ("table.number", 7),
        ("courses.hold-out", None), ("parameter.unknown", None),
    ]  # fmt: skip


def test_a_readout_is_told_though_its_row_has_other_faults():
    rows = changed(4, readout="pSTAT", dose="x")
    assert {p.code for p in faults(rows)} == {"table.number", "observable.unknown"}


def test_a_table_of_a_spreadsheet_is_read(tmp_path):
    place = tmp_path / "blot.csv"
    place.write_text(
        "Time (min);Readout;Intensity (a.u.);Ligand;Ligand dose (ng/ml);Blot\n0;p-STAT3;1,5;IL6;10;1\n"
        "30;pSTAT3;12;IL6;10;1\n\n30;pSTAT3;11,5;IL6;10;2\n0;pSTAT3;1;none;;1\n",
        encoding="utf-8",
    )
    found = read_points(course_table(place), CourseReading())
    assert not found.problems
    assert [(p.time_h, p.value, p.replicate, len(p.situation.stimuli)) for p in found.points] == [
        (0.0, 1.5, "1", 1), (0.5, 12.0, "1", 1), (0.5, 11.5, "2", 1), (0.0, 1.0, "1", 0),
    ]  # fmt: skip


def test_doses_may_stand_in_the_words_of_a_protocol():
    rows = [
        {"time (h)": 1, "readout": "pSTAT3", "value": 1, "stimulus": "IL6=10ng/ml@0min..20min; IL10=5ng/ml",
         "drug": "ruxolitinib", "drug_dose (nM)": 500, "drug_time": -1, "knockdown": "SOCS3=0.1"},
    ]  # fmt: skip
    (point,) = read_points(course_table(rows), CourseReading()).points
    s = point.situation
    assert [(a.name, a.values, a.unit) for a in (*s.stimuli, *s.drugs)] == [
        ("IL6", (10.0,), "ng/ml"), ("IL10", (5.0,), "ng/ml"), ("ruxolitinib", (500.0,), "nM"),
    ]  # fmt: skip
    assert s.drugs[0].schedule.starts == (-1.0,)
    assert s.perturbations[0].factors == (0.1,)


def test_rows_of_one_cell_are_taken_and_the_others_counted():
    rows = [{**row, "cell": name} for name in ("HepG2", "Huh-7") for row in plain()]
    found = read_points(course_table(rows), CourseReading(cell="huh7"))
    assert len(found.points) == 12
    assert found.understood == ["12 rows of other cells left out", "times in min"]


def test_a_table_with_a_column_for_each_readout_is_read_too(tmp_path):
    place = tmp_path / "wide.csv"
    place.write_text(
        "Time (h),Ligand,dose_unit,dose,pSTAT3 (a.u.),pSTAT3 sd,SOCS3 mRNA,Remark\n"
        "0,IL6,ng/ml,10,1,0.5,n.d.,blot 1\n0.5,IL6,ng/ml,10,12,0.6,3,\n",
        encoding="utf-8",
    )
    table = course_table(place)
    assert table.notes[-2:] == (
        "a column for each readout: pSTAT3, SOCS3 mRNA",
        "columns left out: Remark",
    )
    found = read_points(table, CourseReading())
    assert not found.problems
    assert [(p.line, p.readout, p.value) for p in found.points] == [
        (2, "pSTAT3", 1.0), (3, "pSTAT3", 12.0), (3, "SOCS3_mRNA", 3.0),
    ]  # fmt: skip
    assert [p.sd for p in found.points] == [0.5, 0.6, None]
    assert "line 2 left out: no value" in found.understood


def test_the_rise_of_an_interval_is_that_of_students_t():
    """One noise solved within, n = 12 values, 3 other numbers: t(9, 0.975) = 2.262157 (printed tables)."""
    import math

    problem = prepare_fit(course_table(plain()), asked()).problem
    assert rise_of(problem) == pytest.approx(6 * math.log(1 + 2.262157**2 / 9), rel=1e-6)
    known = prepare_fit(course_table([{**r, "sd": 1.0} for r in plain()]), asked()).problem
    assert rise_of(known) == RISE


def test_text_reads_back():
    assert csv_text(plain()[:1]).splitlines()[1] == "0,min,pSTAT3,10,IL6,1,ng/ml"
