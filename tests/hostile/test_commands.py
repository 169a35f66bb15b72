"""Slips and attacks at the command line: one clear message, code 2, nothing written."""

import json
import os
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from jakstat.cli.main import app

RUN = CliRunner()
SIMULATE = ("simulate", "hepg2", "--parts", "core")
SCHEDULE = ("schedule", "hepg2", "--drug", "ruxolitinib", "--parts", "core")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)


def refused(*words, code):
    """Run with a figure and a table asked for: exit 2, one line per problem, nothing written."""
    targets = ["--plot", "o.png", "--csv", "o.csv"] if words[0] in ("simulate", "experiment") else []
    done = RUN.invoke(app, [*words, *targets])
    assert done.exit_code == 2, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert f"[{code}]" in done.stderr
    assert "Traceback" not in done.output
    assert len(done.stderr) < 4000
    assert done.stdout == ""
    assert os.listdir() == []
    return done.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("simulate", "hepg"), "context.unknown", "did you mean 'hepg2'"),
        (("pk", "siltuximb", "5 mg IV"), "drug.unknown", "did you mean 'siltuximab'"),
        (("pk", "siltuximab", "11 mg/kg/day/x"), "unit.clash", "write '11 mg/kg IV q3w'"),
        (("pk", "siltuximab", "11 mg/kg PO q3w"), "regimen.route", "write '11 mg/kg IV q3w'"),
        (("pk", "ruxolitinib", "5 nM PO"), "unit.clash", "not a dose"),
        (("pk", "ruxolitinib", "5 mg PO q1h", "--days", "3650"), "dose.count", "fewer days"),
        (("pk", "ruxolitinib", "1e9 mg PO QD"), "regimen.unit", "unknown unit"),
        (("pk", "ruxolitinib", "5 mg PO " + "x" * 500), "text.long", "characters"),
        ((*SIMULATE, "--stimulus", "IL6=10h"), "unit.clash", "not a concentration"),
        ((*SIMULATE, "--stimulus", "IL6=-1ng/ml"), "dose.negative", "negative"),
        ((*SIMULATE, "--stimulus", "IL66=1ng/ml"), "stimulus.unknown", "did you mean 'IL6'"),
        ((*SIMULATE, "--drug", "ruxolitinb=5nM"), "drug.unknown", "did you mean 'ruxolitinib'"),
        ((*SIMULATE, "--drug", "ruxolitinib=5h"), "unit.clash", "not a concentration"),
        (("schedule", "hepg2", "--drug", "Stattic"), "pk.none", "drugs with pharmacokinetics"),
        (("schedule", "hepg2", "--drug", "ruxolitinb"), "drug.unknown", "did you mean 'ruxolitinib'"),
        ((*SCHEDULE, "--regimen", "15 mg IV BID"), "regimen.route", "--regimen: ruxolitinib"),
        ((*SCHEDULE, "--regimen", "15 nM PO BID"), "unit.clash", "--regimen: '15 nM'"),
        ((*SCHEDULE, "--regimen", "15 mg PO BID", "--regimen", "15 mg PO q12h"), "name.twice", "given twice"),
        ((*SCHEDULE, "--suppress", "120"), "option.value", "between 0 and 100"),
        ((*SCHEDULE, "--days", "1"), "time.range", "no full cycle of 7 days"),
        ((*SCHEDULE, "--days", "-3"), "time.range", "-3 days"),
        pytest.param((*SCHEDULE, "--days", "3000"), "dose.count", "fewer days", marks=pytest.mark.long),
        ((*SCHEDULE, "--population", "livr_cancer"), "population.unknown", "liver_cancer"),
        ((*SCHEDULE, "--readout", "pSTAT33"), "observable.unknown", "did you mean 'pSTAT3'"),
        ((*SCHEDULE, "--stimulus", "IL6=1,2ng/ml"), "schedule.series", "one level"),
        (("combine", "hepg2"), "combine.two", "0 drugs are given"),
        (
            ("combine", "hepg2", "--drug", "ruxo", "--drug", "Stattic"),
            "drug.unknown",
            "did you mean 'ruxolitinib'",
        ),
        (("combine", "hepg2", "--drug", "Jakafi", "--drug", "ruxolitinib"), "combine.same", "same drug"),
        (
            ("combine", "hepg2", "--drug", "Stattic=1h", "--drug", "Jakafi"),
            "unit.clash",
            "not a concentration",
        ),
        (("combine", "hepg2", "--drug", "Stattic=-1nM", "--drug", "Jakafi"), "dose.negative", "negative"),
        (("combine", "hepg", "--drug", "Stattic", "--drug", "Jakafi"), "context.unknown", "did you mean"),
        ((*SIMULATE, "--knockdown", "SOCS=0"), "gene.unknown", "did you mean 'SOCS3'"),
        ((*SIMULATE, "--knockdown", "SOCS3=-1"), "dose.negative", "negative"),
        ((*SIMULATE, "--observe", "pSTATT3"), "observable.unknown", "did you mean 'pSTAT3'"),
        ((*SIMULATE, "--observe", ""), "observable.unknown", "no observable ''"),
        ((*SIMULATE, "--until", "0"), "time.span", "above 0"),
        ((*SIMULATE, "--until", "-1h"), "time.span", "above 0"),
        ((*SIMULATE, "--until", "10ng/ml"), "unit.clash", "not a time"),
        ((*SIMULATE, "--until", "1e9h"), "time.range", "out of range"),
        ((*SIMULATE, "--until", "nan"), "number.text", "not start with a number"),
        ((*SIMULATE, "--points", "999999999"), "points.range", "give 2 to"),
        ((*SIMULATE, "--points", "-5"), "points.range", "give 2 to"),
        ((*SIMULATE, "--treatment", "actinomycin_D@9h"), "time.late", "give a later end"),
        (("model", "hepg"), "context.unknown", "did you mean 'hepg2'"),
        (("validate", "--context", "hepg"), "context.unknown", "did you mean 'hepg2'"),
    ],
)
def test_slips(words, code, says):
    assert says in refused(*words, code=code)


TWO_NAMES = ("--drug", "ruxolitinib=1nM", "--drug", "Jakafi=2nM")


@pytest.mark.parametrize(
    "words",
    [
        (*SIMULATE, *TWO_NAMES),
        (*SIMULATE, "--cells", "50", *TWO_NAMES),
        pytest.param(("targets", "hepg2", *TWO_NAMES), marks=pytest.mark.long),
        pytest.param(("sensitivity", "hepg2", *TWO_NAMES), marks=pytest.mark.long),
        ("steady-state", "hepg2", *TWO_NAMES),
        ("bistability", "hepg2", "--input", "IL6=1..2ng/ml", *TWO_NAMES),
        ("bistability", "hepg2", "--input", "ruxolitinib=1..2nM", *TWO_NAMES[2:]),
        ("map", "--out", "o.svg", "--at", "20min", *TWO_NAMES),
        ("dose-response", "hepg2", *TWO_NAMES),
        ("dose-response", "hepg2", "--drug", "ruxolitinib", *TWO_NAMES[2:]),
        ("combine", "hepg2", *TWO_NAMES),
        # options of one value: the last one is no better than the first
        ("potency", "hepg2", "--drug", "ruxolitinib", "--drug", "fedratinib"),
        (*SCHEDULE, "--drug", "tocilizumab"),
        (*SIMULATE, "--until", "1h", "--until=2h"),
        ("run", "m.xml", "--until", "1", "--out", "a.csv", "--out", "b.csv"),
    ],
)
def test_what_is_given_twice_is_one_clear_error(words):
    said = refused(*words, code="combine.same" if words[0] == "combine" else "name.twice")
    assert len(said.splitlines()) == 1, said
    assert (
        "ruxolitinib" in said or f"{words[-2].partition('=')[0]} is given twice" in said or "--until" in said
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("IL6=nanng/ml", "dose.unreadable"),
        ("IL6=infng/ml", "dose.unreadable"),
        ("IL6=1e999ng/ml", "number.range"),
        ("IL6=0.1..500ng/ml:999999999", "series.count"),
        ("IL6=1nM@0h+1hx999999999", "time.repeat"),
        ("IL6=" + "1," * 90 + "1x", "unit.unknown"),
        ("IL6=1nM" + "A" * 100_000, "text.long"),
        ("A" * 100_000, "text.long"),
        ("IL6=1nM\x00", "unit.unknown"),
        ("IL6=1nM;rm -rf", "unit.unknown"),
        ("=cmd|' /C calc'!A0", "name.unreadable"),
        ("__import__('os').system('x')=1nM", "name.unreadable"),
        ("IL6=１nM", "dose.unreadable"),
        ("IL6=1nM@1h..", "time.late"),
        ("ИЛ6=1nM", "name.unreadable"),
        ("../../etc/passwd=1nM", "name.unreadable"),
    ],
)
def test_hostile_doses(text, code):
    until = ["--until", "30min"] if code == "time.late" else []
    refused(*SIMULATE, "--stimulus", text, *until, code=code)


def test_huge_products_are_refused_at_once():
    start = time.perf_counter()
    many = ["--stimulus", "IL6=1..2nM:1000", "--drug", "ruxolitinib=1..2nM:1000"]
    refused(*SIMULATE, *many, code="lanes.too-many")
    assert time.perf_counter() - start < 60  # a guard against work that never ends


BOMB = "a: &a [x, x]\n" + "".join(
    f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "yaml.alias"),
        ("context: !!python/object/apply:os.system ['touch pwned']", "yaml.tag"),
        ("context: !!python/name:os.system", "yaml.tag"),
        ("!<tag:yaml.org,2002:python/object/new:os.system> [x]", "yaml.tag"),
        ("<<: {context: hepg2}", "key.unknown"),
        ("context: " + "{a: " * 5000, "yaml.depth"),
        ("[" * 100_000, "yaml.depth"),
        ("context: hepg2\nstimuli: {IL6: 10 kg}", "unit.clash"),
        ("context: hepg2\npoints: 1e9", "yaml.type"),
        ("context: hepg2\nuntil: .nan", "number.text"),
        ("context: hepg2\nparts: core\nobserve: [" + "pSTAT3," * 10 + "nothing]", "observable.unknown"),
        ("context: hepg2\nstimuli: [" + "IL6=1nM," * 500 + "]", "entries.too-many"),
        ("context: hepg2\nfoo: 1", "key.unknown"),
        ("x" * 2_000_000, "file.too-large"),
        ("\x00\x01\x02", "file.encoding"),
        ("%YAML 9.9\n---\ncontext: hepg2", "yaml.syntax"),
    ],
)
def test_hostile_experiment_files(tmp_path, text, code):
    file = tmp_path / "e.yaml"
    file.write_text(text)
    start = time.perf_counter()
    assert "e.yaml" in refused("experiment", str(file), code=code)
    assert time.perf_counter() - start < 60  # a guard against work that never ends


@pytest.mark.parametrize("special", ["/dev/zero", ".", "no.yaml"])
def test_what_is_no_file(special):
    refused("experiment", special, code="file.missing")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("20,min,pSTAT3,=1+1", "table.number"),
        ("20,min,pSTAT3,ten", "table.number"),
        ("20,min,pSTAT3,NaN", "table.number"),
        ("20,min,=HYPERLINK(),1", "observable.unknown"),
        ("20,kg,pSTAT3,1", "unit.clash"),
        ("20,min,pSTAT3", "table.cells"),
        ("20,min,pSTAT3,1,2", "table.cells"),
        ("x" * 50_000 + ",min,pSTAT3,1", "table.field"),
        ('20,min,"pSTAT3,1', "table.form"),
        ("20,min,pSTAT3,1\x00", "file.encoding"),
    ],
)
def test_hostile_overlays(tmp_path, rows, code):
    file = tmp_path / "my.csv"
    file.write_text(f"time,time_unit,observable,value\n{rows}\n")
    refused(*SIMULATE, "--until", "30min", "--points", "3", "--overlay", str(file), code=code)


def test_an_existing_file_is_untouched_by_a_refusal():
    with open("o.csv", "w") as mine:
        mine.write("mine")
    done = RUN.invoke(app, [*SIMULATE, "--stimulus", "IL6=10h", "--csv", "o.csv", "--force"])
    assert done.exit_code == 2
    with open("o.csv") as mine:
        assert mine.read() == "mine"


def test_with_json_the_problem_is_a_document():
    done = RUN.invoke(app, [*SIMULATE, "--stimulus", "IL6=10h", "--json"])
    assert done.exit_code == 2
    (found,) = json.loads(done.stdout)["problems"]
    assert found["code"] == "unit.clash"


_WITNESS = """
import sys
from jakstat.cli.main import run
try:
    run()
finally:
    heavy = {"xarray", "pandas", "matplotlib", "zarr", "pyarrow"} & set(sys.modules)
    print(*sorted(heavy), file=open("loaded.txt", "w"))
"""


@pytest.mark.parametrize("words", [("--stimulus", "IL6=10h"), ("--knockdown", "SOC3=0"), ("--until", "0h")])
def test_a_slip_is_refused_before_anything_heavy_is_loaded(words):
    command = [sys.executable, "-c", _WITNESS, *SIMULATE, *words]
    where = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=where)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    with open("loaded.txt") as loaded:
        assert loaded.read().split() == []
