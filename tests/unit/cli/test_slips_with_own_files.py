"""What goes wrong first with files of one's own is answered by the sentence that mends it."""

import shlex

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from jakstat.cli.main import app

DOSES = (0, 1, 3, 10, 30, 100, 300, 1000)
A, B = (0, 10, 100, 1000), (0, 1, 3, 10, 30)
TIMES = (0, 5, 10, 20, 30, 60)


def response(dose):
    return round(100 / (1 + dose / 60), 1)


def viability(a, b):
    return round(1 / (1 + a / 150) / (1 + b / 8), 3)


def curve(head="drug,dose,dose_unit,response", unit="nM", **other):
    """A curve of drug X; ``other`` takes the place of the response at dose 30, or of that dose."""
    doses = {d: other.get("dose", d) if d == 30 else d for d in DOSES}
    read = {d: other.get("response", response(d)) if d == 30 else response(d) for d in DOSES}
    rows = [f"X,{doses[d]},{unit},{read[d]}" for d in DOSES]
    return "\n".join([head, *rows])


def matrix(pairs=None):
    pairs = [(a, b) for a in A for b in B] if pairs is None else pairs
    return "\n".join(
        [
            "drug_a,dose_a,drug_b,dose_b,unit,viability",
            *(f"X,{a},Y,{b},nM,{viability(a, b)}" for a, b in pairs),
        ]
    )


def course(head="time (min),readout,value,stimulus,dose,dose_unit", readout="pSTAT3", shift=0):
    return "\n".join([head, *(f"{t + shift},{readout},{10 + t},IL6,10,ng/ml" for t in TIMES)])


NO_UNIT = "\n".join(["drug,dose,response", *(f"X,{d},{response(d)}" for d in DOSES)])
FRACTIONS = "\n".join(["drug,dose (nM),response", *(f"X,{d},{response(d) / 100:.3f}" for d in DOSES)])
GERMAN = "Substanz;Konzentration;Viabilität\nX;1;90\n"
CASES = [
    ("", "dose-response --data nowhere.csv", "--data: there is no such file"),
    (NO_UNIT, "dose-response --data F", "write the heading as 'dose (nM)', or give --unit nM"),
    (curve(unit="nm/l"), "dose-response --data F", "nm/l is something else, not a concentration"),
    (curve(response="high"), "dose-response --data F", "'high' is not a finite number"),
    (curve(dose=-30), "dose-response --data F", "give concentrations, not their logarithms"),
    (curve("drug,log dose,dose_unit,response"), "dose-response --data F", "and not their logarithms"),
    (GERMAN, "dose-response --data F", "the file has 'Substanz', 'Konzentration', 'Viabilität'"),
    (
        "drug,dose,dose_unit,response\nX,1,nM,90\nX,10,nM,50",
        "dose-response --data F",
        "needs 4 levels of dose",
    ),
    ("", "dose-response --data F", "the first row names the columns"),
    (curve().replace("1000", '"1,000"'), "dose-response --data F", "nothing between thousands"),
    (FRACTIONS, "dose-response --data F --response percent", "give --response fraction"),
    (
        curve(),
        "dose-response --data F --response percents",
        "--response: there is no 'percents'. one of signal",
    ),
    (curve(), "dose-response --data F --model hill6", "--model: there is no 'hill6'. one of auto, hill2"),
    (
        curve("drug,dose,dose_unit,response"),
        "dose-response hepg3 --data F",
        "did you mean 'hepg2' or 'hep3b'?",
    ),
    (curve(), "dose-response --data F --sheet 2", "only .xlsx has sheets"),
    (
        matrix(),
        "combine --data F",
        "what the responses are is not told; the file calls the column 'viability'. say --response viability",
    ),
    (matrix(), "combine --data F --response percent-viability", "say --response viability"),
    (matrix(), "combine --data F --response effect", "say --response viability, or call the column response"),
    (
        matrix([(a, b) for a in A for b in B if (a, b) != (100, 3)]),
        "combine --data F --response viability",
        "(X 100 nM + Y 3 nM). add them",
    ),
    (matrix([(a, b) for a in A[1:] for b in B]), "combine --data F --response viability", "(X at dose 0)"),
    ("patient,hour,level\nA,1,2", "pk --data F", "with headings such as subject, time, conc, dose"),
    ("subject,time (h),conc (mg/L)\nA,0,5\nA,1,-4", "pk --data F", "below the limit? write BLQ"),
    ("subject,time (h),conc (mg/L)\nA,0,5\nA,1,4", "pk ruxolitinb --data F", "did you mean 'ruxolitinib'"),
    ("subject,time (h),conc (mg/L)\nA,0,5\nA,1,4", "pk --data F --blq M9", "no rule 'M9'. one of pknca, M1"),
    (
        "subject,time (h),conc (mg/L)\nA,0,5\nA,1,4",
        "pk --data F --fit",
        "name the drug: jakstat pk ruxolitinib",
    ),
    ("gene,copies\nACTB,1000", "contexts --from F --like hepg2", "the model does not have it"),
    ("gene,copies\nSTAT3,lots", "contexts --from F --like hepg2", "'lots' is not a finite number"),
    ("gene,TPM\nSTAT3,24", "contexts --from F --like hepg2", "--column and --reference"),
    ("gene,copies\nSTAT3,9000", "contexts --from F", "nothing says which cell it is like. write"),
    ("gene,copies\nSTAT3,9000", "contexts --from F --like hepg3", "did you mean 'hepg2'"),
    (
        course("time,readout,value,stimulus,dose,dose_unit"),
        "fit --data F --context hepg2 --free kcat_STAT3",
        "write time (min) in the header",
    ),
    (course(readout="pSTAT9"), "fit --data F --context hepg2 --free kcat_STAT3", "did you mean pSTAT3"),
    (
        course(shift=-5),
        "fit --data F --context hepg2 --free kcat_STAT3",
        "time 0 is when the stimulus is given",
    ),
    (
        course(),
        "fit --data F --context hepg2 --free 'kcat_STAT3 kcat_STAT33'",
        "there is no parameter 'kcat_STAT33'",
    ),
    (course(), "fit --data F --context hepg2", "e.g. --free kcat_STAT3"),
    (course(), "fit --data F --free kcat_STAT3", "e.g. --context hepg2"),
    (
        "name: a1\nmechanism: magic\npotency: {Kd: 5 uM}",
        "drugs --add F",
        "one of kinase_inhibitor, SH2_blocker",
    ),
    ("name: a1\nmechanism: SH2 blocker\npotency: {Kd: 5}", "drugs --add F", "'5' has no unit"),
    ("name: a1\nmechanism: SH2 blocker\nIC50: 5 uM", "drugs --add F", "there is no key 'IC50'"),
    (
        "name: ruxolitinib\nmechanism: kinase inhibitor\npotency: {JAK1: 5 nM}",
        "drugs --add F",
        "give another name, e.g. my_ruxolitinib",
    ),
    (
        "name: a1\nmechanism: kinase inhibitor\npotency: {EGFR: 5 nM}",
        "drugs --add F",
        "JAK1, JAK2, JAK3, TYK2",
    ),
    ("name: a1\nmechanism: kinase inhibitor", "simulate hepg2 --drug-file F", "there is no 'potency'"),
    (matrix(), "dose-response --data F", "a table of two drugs is for jakstat combine --data"),
    (
        curve("drug,dose (nM),dose (uM),response"),
        "dose-response --data F",
        "as 'dose (nM)' does. leave one of them out",
    ),
    (
        curve("drug,dose,dose_unit,response"),
        "dose-response hepg2 --data F --sheet 2",
        "only .xlsx has sheets",
    ),
    (
        "drug,cell,dose (nM),response\n" + "\n".join(f"ruxolitinib,HepG2,{d},{response(d)}" for d in DOSES),
        "dose-response --data F --response percent --parts core --readout pSTAT33",
        "jakstat: --readout: the model beside",
    ),
    (
        "subject,time (h),conc (mg/L)\nA,0,5\nA,1,4",
        "pk --data F --dose '20 mgs'",
        "'mgs'. e.g. 320 mg or 5 mg/kg",
    ),
    ("PK" + chr(3) + chr(4), "drugs --add F", "the file is a workbook, and a drug is a YAML file"),
]


def run(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAKSTAT_HOME", str(tmp_path / "home"))
    return CliRunner().invoke(app, words)


@pytest.mark.parametrize(("text", "command", "answer"), CASES)
def test_a_slip_is_answered_by_what_mends_it(text, command, answer, tmp_path, monkeypatch):
    suffix = ".yaml" if "drug" in command.split("--")[0] or "--drug-file" in command else ".csv"
    (tmp_path / f"mine{suffix}").write_text(text, encoding="utf-8")
    words = [f"mine{suffix}" if word == "F" else word for word in shlex.split(command)]
    done = run(words, tmp_path, monkeypatch)
    said = " ".join(done.output.split())
    assert done.exit_code == 2, said
    assert "jakstat: " in said
    assert answer in said
    assert "Traceback" not in said
    assert "?." not in said


def test_a_comma_among_points_is_told_once(tmp_path, monkeypatch):
    (tmp_path / "k.csv").write_text("Gene;Copies\nSTAT3;210000,5\nIL6ST;45.000\n", encoding="utf-8")
    done = run(["contexts", "--from", "k.csv", "--like", "hepg2"], tmp_path, monkeypatch)
    assert done.exit_code == 2
    assert done.output.count("jakstat:") == 1
    assert "'210000,5' has a decimal comma, '45.000' in line 3 a point" in done.output


def test_a_drug_with_three_doses_is_not_called_without_effect(tmp_path, monkeypatch):
    """1000 nM take 87 % away: it is the curve that is missing, not the effect."""
    (tmp_path / "m.csv").write_text(matrix(), encoding="utf-8")
    done = run(["combine", "--data", "m.csv", "--response", "viability"], tmp_path, monkeypatch)
    said = " ".join(done.output.split())
    assert done.exit_code == 0
    assert "X: fewer than 4 doses above 0 make no curve, so Loewe, ZIP and MuSyC are not defined" in said
    assert "no effect on this readout" not in said


def test_a_workbook_is_read_as_it_is(tmp_path, monkeypatch):
    book = Workbook()
    book.active.append(["Drug", "Cell", "Conc (nM)", "Viability (%)"])
    for d in DOSES:
        for more in (-1.5, 2.0, -0.5):
            book.active.append(["Ruxolitinib", "Hep G2", d, response(d) + more])
    book.save(tmp_path / "c.xlsx")
    done = run(
        ["dose-response", "--data", "c.xlsx", "--response", "percent-viability", "--json"],
        tmp_path,
        monkeypatch,
    )
    assert done.exit_code == 0
    assert '"EC50": 60.' in done.output or '"EC50": 59.' in done.output


def test_wells_of_a_row_stand_beside_its_dose(tmp_path, monkeypatch):
    """One well at each dose: a column among those of the curve would be taken for all its wells."""
    (tmp_path / "c.csv").write_text(curve(), encoding="utf-8")
    done = run(
        ["dose-response", "--data", "c.csv", "--response", "percent", "--csv", "t.csv"], tmp_path, monkeypatch
    )
    assert done.exit_code == 0
    head, *rows = [
        line.split(",") for line in (tmp_path / "t.csv").read_text().splitlines() if line[:1] != "#"
    ]
    assert head.index("wells") > head.index("dose")
    assert [row[head.index("wells")] for row in rows] == ["1"] * len(DOSES)
